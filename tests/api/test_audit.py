"""G12: each act, allowed or refused, leaves exactly one audit entry (SQLite: the entries are counted
in the file, beside the running server)."""
import glob
import hashlib
import os
import sqlite3
import uuid

import pytest

from bangban import DATABASE
from test_cases import ID, document, photo, send, staff, demo  # noqa: F401 (a fixture)

pytestmark = pytest.mark.skipif(DATABASE != "", reason="counts in the SQLite file")


class Chain:
    """The entries since the last look."""

    def __init__(self, demo):
        path = [f for f in glob.glob(os.path.join(demo.data, "*")) if f.endswith((".db", ".sqlite"))][0]
        self.database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.seen = set()
        self.new()

    def new(self):
        rows = self.database.execute("select lane, seq, op, object, result from audit_entries "
                                     "where op not in ('sweep', 'audit.begin') order by lane, seq").fetchall()
        new = [r[2:] for r in rows if r[:2] not in self.seen]
        self.seen |= {r[:2] for r in rows}
        return new

    def one(self, op, result="ok"):
        new = self.new()
        assert len(new) == 1 and new[0][0] == op and new[0][2] == result, (op, result, new)
        return new[0]


def test_G12_each_act_leaves_exactly_one_entry(demo):
    chain = Chain(demo)
    window = staff(demo, "window")
    chain.one("session.open")
    demo.client().sign_in("window", "wrong", expect=401)
    chain.one("session.open", "sign_in.wrong")
    resident = demo.client()
    instance, key = f"uuid:{uuid.uuid4()}", uuid.uuid4().hex
    resident.post("/v1/drafts", {"service": "disability_subsidy", "answers": [], "instance_id": instance}, expect=201)
    chain.new()
    files = []
    for name, picture in (("disability_cert", "certificate.jpg"), ("id_card", "id.jpg"), ("bank_card", "bankcard.jpg")):
        a = resident.ask("POST", f"/v1/uploads/{instance}/{name}.jpg", photo(picture),
                         {"Content-Type": "image/jpeg", "X-Bangban-Key": key}, expect=201)
        chain.one("upload.add")
        files.append({"name": f"{name}.jpg", "hash": a.json["hash"]})
    body = {"service": "disability_subsidy", "version": "1", "instance_id": instance, "key": key,
            "xml": document(instance, ("disability_cert", "id_card", "bank_card")), "files": files}
    receipt = resident.post("/v1/submissions", body, expect=201).json
    chain.one("submission.create")
    again = resident.post("/v1/submissions", body).json  # the same again is no second act
    assert again["ref"] == receipt["ref"] and len(chain.new()) <= 1
    ref = receipt["ref"]

    def act(client, action, op, result="ok", **more):
        version = client.get(f"/v1/cases/{ref}").json.get("version", 0)
        client.post(f"/v1/cases/{ref}/actions/{action}", {"version": version, **more})
        return chain.one(op, result)

    window.get(f"/v1/cases/{ref}", expect=200)
    assert chain.new() == []
    act(window, "notice", "case.act", "flow.items_needed")
    act(window, "accept", "case.accept")
    drawn = window.ask("POST", f"/v1/cases/{ref}/files/x.png", b"x", {"Content-Type": "image/png"}, expect=201).json
    chain.one("upload.add")
    window.post(f"/v1/cases/{ref}/visits", {"cause": "file"}, expect=200)
    chain.one("case.visit")
    window.post(f"/v1/cases/{ref}/claim", expect=200)
    chain.one("case.claim")
    canlian = staff(demo, "canlian")
    chain.one("session.open")
    act(canlian, "agree", "case.agree")
    version = canlian.get(f"/v1/cases/{ref}", expect=200).json["version"]
    canlian.post(f"/v1/cases/{ref}/take-back", {"version": version}, expect=200)
    chain.one("case.take-back")
    resident.post("/v1/track", {"ref": ref, "last4": "0000"})
    assert len(chain.new()) == 1
    resident.post("/v1/track", {"ref": ref, "last4": ID[-4:]}, expect=200)
    assert len(chain.new()) == 1
    resident.post("/v1/my/case/withdraw", {"reason": "不办了"}, expect=200)
    chain.one("case.withdraw")
    window.delete("/v1/session", expect=200)
    chain.one("session.close")
    assert drawn["hash"] == hashlib.sha256(b"x").hexdigest()
