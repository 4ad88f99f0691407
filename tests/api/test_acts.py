"""What an action needs: each need is enforced, and can be met over HTTP; files of acts are the
event's, shown within the area only; what the applicant is told at each step."""
import hashlib
import os
import subprocess
import tempfile
import uuid

import bangban
from test_cases import act, demo, printed, send, staff  # noqa: F401 (a fixture)

WORKBOOK = """## survey
| type | name | label |
|---|---|---|
| text | who | 姓名 |
| text | id | 身份证 |

## settings
| form_id | form_title | version |
|---|---|---|
| needs | 要什么 | 1 |

## service
| name | owner_unit | case_kind | limit_legal | limit_legal_unit | limit_promised | limit_promised_unit | applicant_name | applicant_id |
|---|---|---|---|---|---|---|---|---|
| 要什么 | fwzx | 承诺件 | 20 | wd | 10 | wd | who | id |

## steps
| name | label | unit | role | clock |
|---|---|---|---|---|
| first | 受理 | fwzx | clerk | runs |
| last | 决定 | fwzx | clerk | runs |

## actions
| step | action | label | next | needs | effect | kind |
|---|---|---|---|---|---|---|
| first | accept | 受理 | last |  | accept | forward |
| last | file | 附文件 | last | file |  | forward |
| last | sign | 签字 | last | signature |  | forward |
| last | come | 到场 | last | visit |  | forward |
| last | name | 指明 | last | fields |  | forward |
| last | lead | 领导 | last | leader note |  | forward |
| last | grant | 批准 | end | reason | grant | forward |
"""
ID = "000000195208150028"


def opened(demo):
    owner = staff(demo, "owner")
    answer = owner.ask("POST", "/v1/publish", WORKBOOK.encode(), {"Content-Type": "text/markdown"})
    assert answer.status == 200, answer
    instance = f"uuid:{uuid.uuid4()}"
    xml = (f'<data id="needs" version="1" xmlns:orx="http://openrosa.org/xforms"><who>张老三</who><id>{ID}</id>'
           f"<orx:meta><orx:instanceID>{instance}</orx:instanceID></orx:meta></data>")
    body = {"service": "needs", "version": "1", "instance_id": instance, "key": "k", "xml": xml, "files": []}
    return demo.client().post("/v1/submissions", body, expect=201).json


def test_every_need_is_enforced_and_can_be_met(demo):
    ref = opened(demo)["ref"]
    window = staff(demo, "window")
    act(window, ref, "accept")
    for action, code in (("file", "flow.file_needed"), ("sign", "flow.signature_needed"),
                         ("come", "flow.visit_needed"), ("name", "flow.items_needed"),
                         ("grant", "flow.reason_needed")):
        assert act(window, ref, action, 422)["error"]["code"] == code
    assert act(window, ref, "lead", 403)["error"]["code"] == "flow.leader_needed"

    report = b"%PDF-1.4 report"
    kept = window.ask("POST", f"/v1/cases/{ref}/files/report.pdf", report,
                      {"Content-Type": "application/pdf"}, expect=201).json
    assert kept == {"name": "report.pdf", "size": len(report), "hash": hashlib.sha256(report).hexdigest()}
    wrong = [{"name": "report.pdf", "hash": "0" * 64}]
    assert act(window, ref, "file", 422, files=wrong)["error"]["code"] == "file.not_sent"
    case = act(window, ref, "file", files=[{"name": "report.pdf", "hash": kept["hash"]}])
    shown = case["timeline"][-1]["files"][0]
    assert (shown["name"], shown["kind"], shown["size"]) == ("report.pdf", "", len(report))
    got = window.get(shown["url"], expect=200)
    assert got.body == report
    # a file is used once, and by whoever sent it
    assert act(window, ref, "file", 422, files=[{"name": "report.pdf", "hash": kept["hash"]}])["error"]["code"] \
        == "file.not_sent"
    window.ask("POST", f"/v1/cases/{ref}/files/name.png", b"drawn", {"Content-Type": "image/png"}, expect=201)
    drawn = {"name": "name.png", "hash": hashlib.sha256(b"drawn").hexdigest()}
    leader = staff(demo, "leader")
    assert act(leader, ref, "lead", 422, note="同意", files=[drawn])["error"]["code"] == "file.not_sent"
    assert act(window, ref, "sign", 422, files=[drawn])["error"]["code"] == "flow.signature_needed"
    case = act(window, ref, "sign", files=[{**drawn, "kind": "signature"}])
    assert case["timeline"][-1]["files"][0]["kind"] == "signature"
    case = act(window, ref, "come", visit={"cause": "sign"})
    assert case["visit_count"] == 1
    act(window, ref, "name", items=[{"path": "/data/who", "material": "", "text": "名字写全"}])
    act(leader, ref, "lead", note="同意")
    assert act(window, ref, "grant", reason="齐全")["outcome"] == "granted"

    outside = staff(demo, "shanghe")
    if outside.get(f"/v1/cases/{ref}").status == 404:
        assert outside.get(shown["url"]).code == "case.missing"
    assert demo.client().get(shown["url"]).status == 401
    assert window.get(shown["url"].replace("report", "other")).code == "case.missing"


def test_a_file_is_sent_only_within_ones_area(demo):
    a, _ = send(demo.client(), id="000000194403020013")
    outside = staff(demo, "shanghe")
    answer = outside.ask("POST", f"/v1/cases/{a.json['ref']}/files/x.png", b"x", {"Content-Type": "image/png"})
    assert answer.status in (403, 404), answer
    assert demo.client().ask("POST", f"/v1/cases/{a.json['ref']}/files/x.png", b"x",
                             {"Content-Type": "image/png"}).status == 401


def test_says_what_happened_at_each_step(demo):
    resident = demo.client()
    a, instance = send(resident, id="00000019600701004X")
    ref, code = a.json["ref"], a.json["code"]
    window = staff(demo, "window")
    act(window, ref, "notice", items=[{"path": "", "material": "bank_card", "text": "卡号看不清"}])
    resident.post("/v1/track", {"code": code, "last4": "004X"}, expect=200)
    assert send(resident, replaces=instance, id="00000019600701004X")[0].status == 201
    act(window, ref, "accept")
    case = window.get(f"/v1/cases/{ref}", expect=200).json
    said = [m["text"] for m in case["messages"]]
    assert said[0].startswith("您的申请收到了，最晚 ") and said[0].endswith("告诉您材料齐不齐。")
    assert said[1] == "还差这些：银行卡：卡号看不清。补上就接着办，不用从头来。"
    assert said[2] == "补的材料收到了，接着办。"
    assert said[3].startswith("您的申请已经受理，最晚 ") and "有结果。" in said[3]
    assert len(said) == 4 and case["needs_slip"] is False
    mine = resident.get("/v1/my/case", expect=200).json
    assert [t["said"] for t in mine["timeline"] if t["said"]] == said
    english = resident.get("/v1/my/case?lang=en", expect=200).json
    assert english["timeline"][0]["said"].startswith("Your application was received. By ")
    page = printed(window.get(f"/v1/cases/{ref}/letters/message.pdf?paper=slip"))
    assert "您的申请已经受理" in page and ref in page and code[:3] in page


def test_the_qr_code_leads_to_the_public_address():
    t = bangban.Township.__new__(bangban.Township)
    t.folder = tempfile.mkdtemp(prefix="bangban-api.")
    t.data, t.database = os.path.join(t.folder, "data"), bangban.new_database()
    t.server, t.port = None, 0
    refused = subprocess.run(t.command("init", "--address", "bangban.example.cn", "--json"), capture_output=True, text=True)
    assert refused.returncode != 0 and "tenant.address" in refused.stderr, refused.stderr
    pack = os.path.join(bangban.SOURCE, "packs/township")
    subprocess.run(t.command("demo", "--pack", pack, "--address", "https://bangban.example.cn/"), check=True,
                   capture_output=True)
    t.start()
    receipt = send(t.client())[0].json
    assert receipt["qr"] == f"https://bangban.example.cn/#/track/{receipt['ref']}"
    t.close()
