"""A case from the resident's phone to the decision in his hand, on the demo service 残疾人两项补贴:
receipt, acceptance, one notice, correction, two bureaus and a return, decision, letter, tracking,
rating, trips; and what must be refused on the way."""
import os
import re
import subprocess
import tempfile
import uuid

import pytest

import bangban

ID = "000000195208150028"  # a number that cannot belong to anybody
PASSWORD_LINE = re.compile(r"口令 password: (\S+)")


@pytest.fixture(scope="module")
def demo():
    t = bangban.Township.__new__(bangban.Township)
    t.folder = tempfile.mkdtemp(prefix="bangban-api.")
    t.data = os.path.join(t.folder, "data")
    t.database = bangban.new_database()
    t.server, t.port = None, 0
    done = subprocess.run(t.command("demo", "--pack", os.path.join(bangban.SOURCE, "packs/township")),
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with open(os.path.join(t.data, "sign-ins.txt"), encoding="utf-8") as f:
        t.password = PASSWORD_LINE.search(f.read())[1]
    t.start()
    yield t
    t.close()


def staff(demo, name):
    c = demo.client()
    c.sign_in(name, demo.password)
    return c


def photo(name):
    with open(os.path.join(bangban.SOURCE, "packs/township/samples", name), "rb") as f:
        return f.read()


FILES = {"disability_cert": "certificate.jpg", "id_card": "id.jpg", "bank_card": "bankcard.jpg"}


def document(instance, files, deprecated="", **more):
    a = {"kind": "both", "level": "2", "category": "limb", "low_income": "yes", "care": "home",
         "who": "self", "name": "张老三", "id": ID, "phone": "000-1234567",
         "village": "000000100200", "bank": "000000000000", "own": "yes", **more}
    pictures = "".join(f"<{n}>{n}.jpg</{n}>" if n in files else f"<{n}/>" for n in FILES)
    old = f"<orx:deprecatedID>{deprecated}</orx:deprecatedID>" if deprecated else ""
    return f"""<data id="disability_subsidy" version="1" xmlns:orx="http://openrosa.org/xforms">
<guide><kind>{a['kind']}</kind><level>{a['level']}</level><category>{a['category']}</category>
<low_income>{a['low_income']}</low_income><care>{a['care']}</care><who>{a['who']}</who></guide>
<applicant><applicant_name>{a['name']}</applicant_name><applicant_id>{a['id']}</applicant_id>
<applicant_phone>{a['phone']}</applicant_phone><village>{a['village']}</village></applicant>
<money><bank_account>{a['bank']}</bank_account><own_card>{a['own']}</own_card></money>
<papers>{pictures}</papers>
<orx:meta><orx:instanceID>{instance}</orx:instanceID>{old}</orx:meta></data>"""


def send(client, files=tuple(FILES), replaces="", **more):
    """Upload the photographs, then submit. The answer, and the instance's id."""
    instance, key = f"uuid:{uuid.uuid4()}", uuid.uuid4().hex
    sent = []
    for name in files:
        a = client.ask("POST", f"/v1/uploads/{instance}/{name}.jpg", photo(FILES[name]),
                       {"Content-Type": "image/jpeg", "X-Bangban-Key": key})
        assert a.status in (200, 201), a
        sent.append({"name": f"{name}.jpg", "hash": a.json["hash"]})
    body = {"service": "disability_subsidy", "version": "1", "instance_id": instance, "key": key,
            "xml": document(instance, files, replaces, **more), "files": sent}
    if replaces:
        body["replaces"] = replaces
    return client.post("/v1/submissions", body), instance


def act(client, ref, action, expect=200, **more):
    version = client.get(f"/v1/cases/{ref}", expect=200).json["version"]
    return client.post(f"/v1/cases/{ref}/actions/{action}", {"version": version, **more},
                       expect=expect).json


def printed(answer):
    """The words on a page, without its line breaks."""
    assert is_pdf(answer), answer
    done = subprocess.run(["pdftotext", "-", "-"], input=answer.body, capture_output=True)
    return re.sub(r"\s+", "", done.stdout.decode())


def is_pdf(answer):
    return answer.status == 200 and answer.body.startswith(b"%PDF") and \
        answer.headers["Content-Type"] == "application/pdf"


def test_goes_from_the_phone_to_the_decision(demo):
    resident = demo.client()
    a, _ = send(resident, files=("disability_cert", "id_card"))
    assert a.status == 422 and a.code == "submission.invalid"
    assert any("bank_card" in f["path"] for f in a.json["error"]["findings"])
    a, instance = send(resident)
    assert a.status == 201, a
    receipt = a.json
    ref, code = receipt["ref"], receipt["code"]
    assert re.fullmatch(r"\d{6}-\d{4}-\d", ref) and re.fullmatch(r"\d{6}", code)
    assert ID not in receipt["qr"] and code not in receipt["qr"] and ref in receipt["qr"]
    assert ID not in a.body.decode() and "张老三" not in a.body.decode()

    window = staff(demo, "window")
    listed = window.get("/v1/work", expect=200).json
    assert ref in [i["ref"] for i in listed["items"]]
    case = window.get(f"/v1/cases/{ref}", expect=200).json
    assert case["state"] == "open" and case["step"] == "intake"
    assert ID not in str(case) and case["applicant"]["id_masked"].endswith(ID[-4:])
    assert {m["name"]: m["state"] for m in case["materials"]} == {
        "disability_cert": "present", "id_card": "present", "bank_card": "present",
        "institution_form": "not_needed", "proxy_id_card": "not_needed", "mandate": "not_needed",
        "low_income_check": "held"}
    assert [x["name"] for x in case["actions"]] == ["accept", "notice", "decline"]
    chosen = {x["path"].split("/")[-1]: x["display"] for x in case["answers"]}
    assert chosen["category"] == "肢体" and chosen["village"] == "十堡村"
    file = window.get(case["materials"][0]["files"][0]["url"], expect=200)
    assert file.body == photo("certificate.jpg") and file.headers["Content-Type"] == "image/jpeg"
    for paper in ("a4", "slip"):
        page = printed(window.get(f"/v1/cases/{ref}/receipt.pdf?paper={paper}"))
        assert ref in page and code in page and "残疾人两项补贴" in page and ID not in page
    window.post(f"/v1/cases/{ref}/visits", {"cause": "file"}, expect=200)

    # one notice, once
    items = [{"path": "", "material": "bank_card", "text": "卡号看不清，请重拍"},
             {"path": "/data/applicant/applicant_phone", "material": "", "text": "请写家人的电话"}]
    assert act(window, ref, "notice", 422)["error"]["code"] == "flow.items_needed"
    case = act(window, ref, "notice", items=items)
    assert case["state"] == "waiting" and case["actions"] is not None
    page = printed(window.get(f"/v1/cases/{ref}/letters/notice.pdf"))
    assert "云溪镇便民服务中心2026年" in page and "张老三" in page and "1.银行卡：卡号看不清，请重拍" in page and "${" not in page
    assert window.get(f"/v1/cases/{ref}/letters/decision.pdf").code == "letter.missing"

    # the resident sees it, and mends it
    assert resident.post("/v1/track", {"code": code, "last4": "0000"}).code == "track.no_match"
    mine = resident.post("/v1/track", {"code": f"{code[:3]} {code[3:]}", "last4": ID[-4:]}, expect=200).json
    assert mine["can_correct"] and mine["notice"]["items"][0]["material"] == "bank_card"
    assert mine["notice"]["items"][0]["path"] == "/data/papers/bank_card"
    assert mine["notice"]["items"][1]["label"] == "打哪个电话能找到您？"
    assert mine["instance_id"] == instance and mine["qr"] == receipt["qr"] and mine["code"] == code
    assert mine["applicant"]["name_masked"] == "张*三" and mine["visit_count"] == 1
    a, _ = send(resident, replaces=instance)
    assert a.status == 201 and a.json["ref"] == ref, a
    assert resident.get("/v1/my/case", expect=200).json["state"] == "open"
    assert act(window, ref, "notice", 409, items=items)["error"]["code"] == "flow.second_notice"

    # two bureaus within their clocks; one returns to the other once
    case = act(window, ref, "accept")
    assert case["accepted_on"] and case["clock"]["is_running"] and case["clock"]["budget"] == 16
    assert case["clock"]["promised_on"] and case["step"] == "review"
    assert is_pdf(window.get(f"/v1/cases/{ref}/letters/acceptance.pdf"))
    canlian, minzheng = staff(demo, "canlian"), staff(demo, "minzheng")
    assert minzheng.post(f"/v1/cases/{ref}/actions/agree",
                         {"version": case["version"]}).code == "flow.wrong_unit"
    assert act(canlian, ref, "agree")["step"] == "decide"
    assert act(minzheng, ref, "back", 422)["error"]["code"] == "flow.reason_needed"
    assert act(minzheng, ref, "back", reason="等级请再核对")["step"] == "review"
    act(canlian, ref, "agree")
    taken = canlian.get(f"/v1/cases/{ref}", expect=200).json
    assert taken["can_take_back"]
    assert canlian.post(f"/v1/cases/{ref}/take-back", {"version": taken["version"]},
                        expect=200).json["step"] == "review"
    act(canlian, ref, "agree")
    assert canlian.post(f"/v1/cases/{ref}/actions/agree", {"version": 1}).code == "case.changed"
    case = act(minzheng, ref, "grant")
    assert case["outcome"] == "granted" and case["state"] == "decided" and case["decided_on"]
    letter = window.get(f"/v1/cases/{ref}/letters/decision.pdf")
    page = printed(letter)
    assert "残疾类别和等级：肢体二级。" in page and "县民政局2026年" in page
    assert window.get(f"/v1/cases/{ref}/letters/decision.pdf").body == letter.body, "as given out"
    assert act(window, ref, "deliver", note="帮办员送到家")["state"] == "closed"

    # tracking and rating
    mine = resident.get("/v1/my/case", expect=200).json
    assert mine["can_rate"] and mine["outcome"] == "granted" and mine["visit_count"] == 1
    assert [x["name"] for x in mine["letters"]] == ["acceptance", "notice", "decision"]
    assert is_pdf(resident.get("/v1/my/case/letters/decision.pdf"))
    assert is_pdf(resident.get("/v1/my/case/receipt.pdf?paper=slip"))
    rated = resident.post("/v1/my/case/rating", {"level": 5, "words": "没跑第二趟"}, expect=200).json
    assert rated["rating"]["level"] == 5
    assert resident.post("/v1/my/case/rating", {"level": 1, "words": ""}).code == "rating.given"
    trips = staff(demo, "leader").get("/v1/reports/trips", expect=200).json
    assert sum(s["visits"] for s in trips["by_service"]) >= 1


def test_shows_a_case_only_within_ones_area(demo):
    a, _ = send(demo.client(), id="000000194403020013")
    ref = a.json["ref"]
    outside = staff(demo, "shanghe")  # helper of another village
    for answer in (outside.get(f"/v1/cases/{ref}"), outside.get("/v1/cases/261124-0000-0"),
                   outside.get(f"/v1/cases/{ref}/receipt.pdf"),
                   outside.post(f"/v1/cases/{ref}/visits", {"cause": "file"})):
        assert answer.status == 404 and answer.code == "case.missing", answer
    assert demo.client().get("/v1/my/case").status in (401, 404)


def test_locks_guessing_and_writes_down_unmasking(demo):
    a, _ = send(demo.client(), id="00000019600701004X")
    ref = a.json["ref"]
    guess = demo.client()
    codes = [guess.post("/v1/track", {"ref": ref, "last4": "1111"}).code for _ in range(6)]
    assert codes[:5] == ["track.no_match"] * 5 and codes[5] == "track.locked"
    assert guess.post("/v1/track", {"ref": ref, "last4": "004X"}).status == 429
    window = staff(demo, "window")
    unmask = window.post(f"/v1/cases/{ref}/unmask", {"reason": ""})
    if unmask.status != 403:
        assert unmask.code == "unmask.reason_needed"
        shown = window.post(f"/v1/cases/{ref}/unmask", {"reason": "核对身份证"}, expect=200).json
        assert shown["id_number"] == "00000019600701004X"


def test_loads_a_year_and_counts_anew(demo):
    owner = staff(demo, "owner")
    window = staff(demo, "window")
    a, _ = send(demo.client(), id="000000199001010034")
    act(window, a.json["ref"], "accept")
    before = window.get(f"/v1/cases/{a.json['ref']}", expect=200).json["clock"]
    calendar = owner.get("/v1/calendar", expect=200).json
    assert calendar["published_until"] == "2026-12-31" and "2026-10-01" in calendar["off_days"]
    closed = {"year": 2026, "source": "test",
              "off_days": calendar["off_days"] + [before["due_on"]],
              "extra_working_days": calendar["extra_working_days"]}
    assert window.post("/v1/calendar", closed).status == 403
    owner.post("/v1/calendar", closed, expect=200)
    after = window.get(f"/v1/cases/{a.json['ref']}", expect=200).json["clock"]
    assert after["due_on"] > before["due_on"] and after["left"] == before["left"]
    listed = {i["ref"]: i for i in staff(demo, "canlian").get("/v1/work", expect=200).json["items"]}
    assert listed[a.json["ref"]]["due_on"] == after["due_on"]
    assert owner.post("/v1/calendar", {"year": 2026, "off_days": ["2025-01-01"]}).code == "calendar.day"
