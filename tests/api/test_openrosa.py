"""What ODK Collect does: look for forms, fetch them, send, send again (forms.md 9; O1)."""
import base64
import hashlib
import resource
import socket
import uuid
import xml.etree.ElementTree as ElementTree

import pytest

import bangban
from bangban import multipart, status_of

FORMS = "{http://openrosa.org/xforms/xformsList}"

WORKBOOK = """## survey
| type | name | label | constraint | required |
|---|---|---|---|---|
| text | place | 地点 | | yes |
| integer | depth | 深度 | . < 100 | |
| image | photo | 照片 | | |

## settings
| form_id | form_title | version |
|---|---|---|
| well_depth | 水井深度 | 1 |
"""


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.fixture(scope="module")
def field(town, tmp_path_factory):
    """A township with a form, somebody who may send, and his phone's token."""
    path = tmp_path_factory.mktemp("form") / "well.md"
    path.write_text(WORKBOOK, encoding="utf-8")
    town.run("publish", str(path))
    town.add_person("collector", "clerk")
    town.token = town.run("user", "token", "collector", "--label", "phone 1")["token"]
    return town


def submission(instance, depth=12, place="十堡村", photo="", version="1"):
    return (f'<data id="well_depth" version="{version}" xmlns:orx="http://openrosa.org/xforms">'
            f"<place>{place}</place><depth>{depth}</depth><photo>{photo}</photo>"
            f"<orx:meta><orx:instanceID>{instance}</orx:instanceID></orx:meta></data>").encode()


def send(town, xml, files=(), more=(), door=None, headers=None):
    parts = [("xml_submission_file", "submission.xml", "text/xml", xml)]
    parts += [(name, name, "image/jpeg", data) for name, data in files]
    parts += [(name, None, None, data) for name, data in more]
    kind, body = multipart(parts)
    door = f"/openrosa/key/{town.token}" if door is None else door
    return town.client().ask("POST", f"{door}/submission?deviceID=d1", body,
                             {**kind, "Sec-Fetch-Site": None, "X-OpenRosa-Version": "1.0", **(headers or {})})


def new_instance():
    return f"uuid:{uuid.uuid4()}"


@pytest.mark.parametrize("door", ["basic", "key"])
def test_forms_are_found_and_fetched(field, door):
    at, headers = f"/openrosa/key/{field.token}", {}
    if door == "basic":
        at, headers = "/openrosa", basic("collector", bangban.PASSWORD)
    answer = field.client().get(f"{at}/formList?deviceID=d1", headers=headers, expect=200)
    assert answer.headers["X-OpenRosa-Version"] == "1.0" and answer.headers["Content-Type"].startswith("text/xml")
    rows = {f.find(FORMS + "formID").text: f for f in ElementTree.fromstring(answer.body)}
    form = rows["well_depth"]
    assert form.find(FORMS + "name").text == "水井深度" and form.find(FORMS + "version").text == "1"
    url = form.find(FORMS + "downloadUrl").text
    assert url.startswith(f"http://127.0.0.1:{field.port}{at}/forms/")
    xform = field.client().get(url.split(str(field.port), 1)[1], headers=headers, expect=200)
    assert "md5:" + hashlib.md5(xform.body).hexdigest() == form.find(FORMS + "hash").text


def test_a_stranger_is_asked_for_his_name(field):
    answer = field.client().get("/openrosa/formList")
    assert answer.status == 401 and answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.headers["X-OpenRosa-Version"] == "1.0" and b"OpenRosaResponse" in answer.body
    assert field.client().get("/openrosa/formList", headers=basic("collector", "wrong")).status == 401
    assert field.client().get("/openrosa/key/none/formList").status == 401


def test_head_tells_how_to_send(field):
    answer = field.client().ask("HEAD", f"/openrosa/key/{field.token}/submission")
    assert answer.status == 204 and answer.body == b""
    assert int(answer.headers["X-OpenRosa-Accept-Content-Length"]) > 10**7
    assert answer.headers["Location"].endswith(f"/openrosa/key/{field.token}/submission")
    stranger = field.client().ask("HEAD", "/openrosa/submission")
    assert stranger.status == 401 and stranger.headers["X-OpenRosa-Version"] == "1.0"


def test_a_submission_is_kept_once_however_often_it_is_sent(field):
    xml = submission(new_instance())
    for _ in range(3):
        answer = send(field, xml)
        assert answer.status == 201 and b"submit_success" in answer.body, answer


def test_other_content_under_the_same_name_is_refused(field):
    instance = new_instance()
    assert send(field, submission(instance, depth=1)).status == 201
    answer = send(field, submission(instance, depth=2))
    assert answer.status == 409 and b"nature=\"error\"" in answer.body, answer
    assert send(field, submission(instance, depth=1)).status == 201


def test_what_breaks_a_rule_is_kept_and_flagged(field):
    assert send(field, submission(new_instance(), depth=500, place="")).status == 201


def test_files_come_with_it_or_later(field):
    instance = new_instance()
    xml = submission(instance, photo="井.jpg")
    assert send(field, xml, more=[("*isIncomplete*", b"yes")]).status == 201
    assert send(field, xml, files=[("井.jpg", b"\xff\xd8" + b"x" * 300000)]).status == 201
    assert send(field, xml, files=[("井.jpg", b"\xff\xd8" + b"x" * 300000)]).status == 201
    other = send(field, xml, files=[("井.jpg", b"other bytes")])
    assert other.status == 409, other


@pytest.mark.parametrize("door", ["/openrosa"])
def test_basic_sends_too(field, door):
    assert send(field, submission(new_instance()), door=door,
                headers=basic("collector", bangban.PASSWORD)).status == 201
    assert send(field, submission(new_instance()), door=door).status == 401


BAD = {
    "cut": (lambda: submission(new_instance())[:-40], 400),
    "empty": (lambda: b"", 400),
    "doctype": (lambda: b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + submission(new_instance()), 400),
    "unknown_form": (lambda: submission(new_instance()).replace(b"\"well_depth\"", b"\"nobody_knows\""), 404),
    "unknown_version": (lambda: submission(new_instance(), version="77"), 404),
    "deep": (lambda: submission(new_instance()).replace("十堡村".encode(), b"<a>" * 300 + b"</a>" * 300), 400),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_submission_is_refused(field, name):
    xml, wanted = BAD[name][0](), BAD[name][1]
    answer = send(field, xml)
    assert answer.status == wanted, answer
    assert answer.headers["X-OpenRosa-Version"] == "1.0" and b"OpenRosaResponse" in answer.body


def test_without_its_xml_it_is_refused(field):
    kind, body = multipart([("photo.jpg", "photo.jpg", "image/jpeg", b"x")])
    answer = field.client().ask("POST", f"/openrosa/key/{field.token}/submission", body, kind)
    assert answer.status == 400, answer
    answer = field.client().ask("POST", f"/openrosa/key/{field.token}/submission", body[:-9], kind)
    assert answer.status == 400, answer


def test_a_browser_on_another_site_cannot_send(field):
    answer = send(field, submission(new_instance()), door="/openrosa",
                  headers={**basic("collector", bangban.PASSWORD), "Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403, answer


def test_chunked_bodies_are_taken(field):
    kind, body = multipart([("xml_submission_file", "s.xml", "text/xml", submission(new_instance()))])
    pieces = [body[i:i + 500] for i in range(0, len(body), 500)]
    answer = field.client().ask("POST", f"/openrosa/key/{field.token}/submission", iter(pieces),
                                {**kind, "Transfer-Encoding": "chunked"})
    assert answer.status == 201, answer


def test_the_token_stands_in_no_log(field):
    field.client().get(f"/openrosa/key/{field.token}/formList", expect=200)
    send(field, b"")
    assert field.token not in field.log_text()


def test_a_thousand_wait_for_the_writer(field):
    """A thousand connections each send a submission of their own before any answer is read; each is
    kept, and told so. There are a few threads only: waiting connections hold none."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    before = field.client().get("/healthz").json["jobs"]
    open_ones = []
    for _ in range(1000):
        s = socket.create_connection(("127.0.0.1", field.port))
        s.settimeout(30)
        open_ones.append(s)
    for s in open_ones:
        kind, body = multipart([("xml_submission_file", "s.xml", "text/xml", submission(new_instance()))])
        head = (f"POST /openrosa/key/{field.token}/submission HTTP/1.1\r\nHost: h\r\n"
                f"Content-Type: {kind['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n")
        s.sendall(head.encode() + body)
    statuses = [status_of(s.recv(4096)) for s in open_ones]
    for s in open_ones:
        s.close()
    assert statuses == [201] * 1000, {x: statuses.count(x) for x in set(statuses)}
    assert field.client().get("/healthz").json["jobs"] >= before + 1000
