"""Raw uploads: streamed, hashed, typed; never larger than the limit."""
import hashlib
import os
import time

import pytest

import bangban
from bangban import raw, status_of

SERVICE = """## survey
| type | name | label |
|---|---|---|
| image | photo | 照片 |

## settings
| form_id | form_title | version |
|---|---|---|
| one_photo | 一张照片 | 1 |
"""


@pytest.fixture(scope="module")
def draft(town, tmp_path_factory):
    path = tmp_path_factory.mktemp("form") / "photo.md"
    path.write_text(SERVICE, encoding="utf-8")
    town.run("publish", str(path))
    instance = "uuid:11111111-2222-4333-8444-555555555555"
    made = town.client().post("/v1/drafts", {"service": "one_photo", "answers": [], "instance_id": instance}).json
    made["instance"] = instance
    return made


def upload(town, draft, name, data, media_type="image/jpeg; charset=x"):
    return town.client().post(f"/v1/uploads/{draft['instance']}/{name}", data,
                              headers={"X-Bangban-Key": draft["key"], "Content-Type": media_type})


@pytest.mark.parametrize("size", [0, 1, 70000, 5 << 20])
def test_bytes_arrive_whole(town, draft, size):
    data = os.urandom(size)
    answer = upload(town, draft, f"照片{size}.jpg", data)
    assert answer.status in (200, 201), answer
    assert (answer.json["size"], answer.json["hash"]) == (size, hashlib.sha256(data).hexdigest())


def test_H2_an_upload_over_the_limit_is_refused_before_reading(town, draft):
    head = (f"POST /v1/uploads/{draft['instance']}/x.jpg HTTP/1.1\r\nHost: h\r\nSec-Fetch-Site: same-origin\r\n"
            f"X-Bangban-Key: {draft['key']}\r\nContent-Length: {(200 << 20) + 1}\r\n\r\n").encode()
    assert status_of(raw(town.port, head, ends=False)) == 413


def test_an_upload_that_breaks_off_leaves_nothing(town, draft):
    def files():
        return sorted(os.path.join(w, f) for w, _, names in os.walk(town.data) for f in names
                      if "bangban.db" not in f and "sqlite" not in f)

    before = files()
    head = (f"POST /v1/uploads/{draft['instance']}/cut.jpg HTTP/1.1\r\nHost: h\r\nSec-Fetch-Site: same-origin\r\n"
            f"X-Bangban-Key: {draft['key']}\r\nContent-Length: 1000000\r\n\r\n").encode()
    assert status_of(raw(town.port, head + b"x" * 500000)) == 0
    town.client().get("/healthz", expect=200)
    for _ in range(160):  # a half-closed connection is cleared away when it has been silent for 12 s
        if files() == before:
            break
        time.sleep(0.1)
    assert files() == before


def test_another_site_cannot_upload(town, draft):
    answer = town.client().post(f"/v1/uploads/{draft['instance']}/x.jpg", b"x",
                                headers={"X-Bangban-Key": draft["key"], "Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403
