"""T7, B1: sending again is always safe. A request or its reply is cut at every kind of place and sent
again until it is answered with 201: one row, one case, one receipt, whatever happened before."""
import http.client
import json
import os
import random
import re
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time
import uuid

import pytest

import bangban
from bangban import multipart, status_of
from test_cases import FILES, document, photo
from test_openrosa import WORKBOOK, submission

SEED = int(os.environ.get("BB_SEED", "0")) or random.randrange(1 << 30)
CUTS = ["nothing sent", "after the headers", "mid boundary", "last byte - 1", "after the last byte",
        "1 byte into the reply"] + [f"random {i}" for i in range(12)]


def make_town(folder):
    t = bangban.Township.__new__(bangban.Township)
    t.folder = tempfile.mkdtemp(prefix="bangban-api.")
    t.data, t.database = os.path.join(t.folder, "data"), bangban.new_database()
    t.server, t.port = None, 0
    done = subprocess.run(t.command("demo", "--pack", os.path.join(bangban.SOURCE, "packs/township")),
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    path = folder / "well.md"
    path.write_text(WORKBOOK.replace("| image | photo | 照片 | | |",
                                     "| image | photo | 照片 | | |\n| image | photo2 | 照片二 | | |"), encoding="utf-8")
    t.run("publish", str(path))
    return t.start("--open-openrosa")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    print(f"seed {SEED} (BB_SEED)")
    t = make_town(tmp_path_factory.mktemp("form"))
    yield t
    t.close()


def query(town, sql, *, writes=False):
    """Rows as lists of text, straight from the database."""
    if town.database:
        name = re.search(r"postgres:///(\w+)\?", town.database[1])[1]
        done = subprocess.run(["psql", "-qAt", "-F", "|", "-d", name, "-c", sql], check=True,
                              capture_output=True, text=True)
        return [line.split("|") for line in done.stdout.splitlines()]
    db = sqlite3.connect(os.path.join(town.data, "bangban.db"))
    rows = [[str(x) for x in row] for row in db.execute(sql)] if not writes else db.executescript(sql).fetchall()
    db.commit()
    db.close()
    return rows


def rows_of(town, instance):
    """Submissions of that name, and cases opened by them."""
    (found,) = query(town, f"select count(*), (select count(*) from case_states c join submissions s on "
                           f"s.tenant = c.tenant and s.id = c.submission_id where s.instance_id = '{instance}') "
                           f"from submissions where instance_id = '{instance}'")
    return [int(n) for n in found]


def files_of(town, instance):
    return dict(query(town, "select a.name, a.blob_hash from attachments a join submissions s on s.tenant = a.tenant "
                            f"and s.id = a.submission_id where s.instance_id = '{instance}'"))


def request_bytes(path, headers, body):
    lines = [f"POST {path} HTTP/1.1", "Host: h", "Sec-Fetch-Site: same-origin", f"Content-Length: {len(body)}",
             "Connection: close", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def cut_at(name, data, rng):
    """(bytes of the request that leave, bytes of the reply that are read)"""
    head = data.index(b"\r\n\r\n") + 4
    middle = data.find(b"--XBOUND", head + 20)
    return {"nothing sent": (0, 0), "after the headers": (head, 0),
            "mid boundary": (middle + 4 if middle > 0 else (head + len(data)) // 2, 0),
            "last byte - 1": (len(data) - 1, 0), "after the last byte": (len(data), 0),
            "1 byte into the reply": (len(data), 1)}.get(name) or (rng.randrange(len(data)), 0)


def send_cut(port, data, sent, read):
    """Break off hard: the server sees a reset, as when a phone goes out of range."""
    s = socket.create_connection(("127.0.0.1", port))
    s.settimeout(10)
    s.sendall(data[:sent])
    if read:
        s.recv(read)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def send_whole(port, data):
    """(status, body)"""
    s = socket.create_connection(("127.0.0.1", port))
    s.settimeout(30)
    s.sendall(data)
    answer = http.client.HTTPResponse(s)
    answer.begin()
    body = answer.read()
    s.close()
    return answer.status, body


def until_201(port, data, tries=20):
    for _ in range(tries):
        status, body = send_whole(port, data)
        if status == 201:
            return body
        assert status == 503, (status, body)
        time.sleep(0.05)
    raise AssertionError("never 201")


def half_files(town):
    names = os.listdir(os.path.join(town.data, "tmp"))
    return [n for n in names if n.startswith("part-")]


def leaves_no_half_file(town):
    for _ in range(200):
        if not half_files(town):
            return
        time.sleep(0.1)
    assert not half_files(town)


def new_instance():
    return f"uuid:{uuid.uuid4()}"


def device_request(instance, files=(), **more):
    xml = submission(instance, **more).replace(b"</photo>", b"</photo><photo2>b.jpg</photo2>")
    kind, body = multipart([("xml_submission_file", "s.xml", "text/xml", xml)]
                           + [(name, name, "image/jpeg", data) for name, data in files])
    return request_bytes("/openrosa/submission", {**kind, "X-OpenRosa-Version": "1.0"}, body)


def resident_request(town, instance, key, **more):
    """Photographs first, then the form that names them."""
    sent = []
    for name in FILES:
        status, body = send_whole(town.port, upload_request(instance, key, f"{name}.jpg", photo(FILES[name])))
        assert status in (200, 201), body
        sent.append({"name": f"{name}.jpg", "hash": json.loads(body)["hash"]})
    body = {"service": "disability_subsidy", "version": "1", "instance_id": instance, "key": key,
            "xml": document(instance, FILES, **more), "files": sent}
    return request_bytes("/v1/submissions", {"Content-Type": "application/json"}, json.dumps(body).encode())


def upload_request(instance, key, name, data):
    return request_bytes(f"/v1/uploads/{instance}/{name}", {"Content-Type": "image/jpeg", "X-Bangban-Key": key}, data)


@pytest.mark.parametrize("cut", CUTS)
def test_T7_a_device_is_cut_and_sends_again(town, cut):
    rng, instance, picture = random.Random(f"{SEED} {cut}"), new_instance(), b"\xff\xd8" + b"p" * 50000
    data = device_request(instance, [("a.jpg", picture), ("b.jpg", picture)], photo="a.jpg")
    sent, read = cut_at(cut, data, rng)
    send_cut(town.port, data, sent, read)
    if sent < len(data):
        leaves_no_half_file(town)
        assert rows_of(town, instance)[0] == 0
    first = until_201(town.port, data)
    assert until_201(town.port, data) == first
    assert rows_of(town, instance)[0] == 1
    kept = files_of(town, instance)
    assert set(kept) == {"a.jpg", "b.jpg"} and len(set(kept.values())) == 1  # equal bytes, two names: both


@pytest.mark.parametrize("cut", CUTS[:8])
def test_T7_a_resident_is_cut_and_sends_again(town, cut):
    rng, instance, key = random.Random(f"{SEED} {cut}"), new_instance(), uuid.uuid4().hex
    data = resident_request(town, instance, key)
    sent, read = cut_at(cut, data, rng)
    send_cut(town.port, data, sent, read)
    if sent < len(data):
        assert rows_of(town, instance) == [0, 0]
    first = json.loads(until_201(town.port, data))
    assert json.loads(until_201(town.port, data)) == first and first["ref"] and len(first["files_present"]) == 3 and not first["files_missing"]
    assert rows_of(town, instance) == [1, 1]


@pytest.mark.parametrize("cut", CUTS[:8])
def test_T7_an_upload_is_cut_and_sent_again(town, cut):
    rng, instance, key = random.Random(f"{SEED} {cut}"), new_instance(), uuid.uuid4().hex
    data = upload_request(instance, key, "a.jpg", b"\xff\xd8" + os.urandom(200000))
    sent, read = cut_at(cut, data, rng)
    send_cut(town.port, data, sent, read)
    if sent < len(data):
        leaves_no_half_file(town)
        assert not query(town, f"select 1 from uploads where instance_id = '{instance}'")
    answers = {send_whole(town.port, data)[1] for _ in range(3)}
    assert len(answers) == 1 and json.loads(answers.pop())["name"] == "a.jpg"
    assert len(query(town, f"select 1 from uploads where instance_id = '{instance}'")) == 1


def test_T7_other_content_under_the_same_name_changes_nothing(town):
    instance, a, b = new_instance(), b"\xff\xd8a", b"\xff\xd8b"
    whole = device_request(instance, [("a.jpg", a)], photo="a.jpg")
    first = until_201(town.port, whole)
    before = query(town, f"select xml, content_hash, received_at from submissions where instance_id = '{instance}'")
    assert send_whole(town.port, device_request(instance, [("a.jpg", a)], photo="a.jpg", depth=13))[0] == 409
    assert send_whole(town.port, device_request(instance, [("a.jpg", b)], photo="a.jpg"))[0] == 409
    assert until_201(town.port, whole) == first
    assert query(town, f"select xml, content_hash, received_at from submissions where instance_id = '{instance}'") == before
    assert len(files_of(town, instance)) >= 1
    instance, key = new_instance(), uuid.uuid4().hex
    first = until_201(town.port, resident_request(town, instance, key))
    assert send_whole(town.port, resident_request(town, instance, key, name="张老四"))[0] == 409
    assert json.loads(until_201(town.port, resident_request(town, instance, key))) == json.loads(first)


def parallel(town, data, count=16):
    """Answers of count equal requests at once."""
    answers, gate = [], threading.Barrier(count)

    def one():
        gate.wait()
        answers.append(send_whole(town.port, data))

    threads = [threading.Thread(target=one) for _ in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return answers


def stored_once(town, door):
    instance = new_instance()
    if door == "device":
        data = device_request(instance, [("a.jpg", b"\xff\xd8x"), ("b.jpg", b"\xff\xd8x")], photo="a.jpg")
    else:
        data = resident_request(town, instance, uuid.uuid4().hex)
    answers = parallel(town, data)
    rows = rows_of(town, instance)
    return [a[0] for a in answers] == [201] * 16 and len({a[1] for a in answers}) == 1 and rows[0] == 1 and \
        rows[1] == (door == "resident")


@pytest.mark.parametrize("door", ["device", "resident"])
def test_T7_sixteen_at_once_are_one(town, door):
    assert all(stored_once(town, door) for _ in range(5))


def drop_unique(town):
    """Take the unique key away from the submissions (the server is down)."""
    if town.database:
        (name,), = query(town, "select conname from pg_constraint where conrelid = 'submissions'::regclass and "
                               "contype = 'u'")
        return query(town, f"alter table submissions drop constraint {name}", writes=True)
    (sql,), = query(town, "select sql from sqlite_master where name = 'submissions'")
    bare = re.sub(r",\s*unique \(tenant, service_id, instance_id\)", "", sql)
    assert bare != sql
    return query(town, f"alter table submissions rename to kept; {bare}; insert into submissions select * from kept; "
                       "drop table kept", writes=True)


@pytest.mark.parametrize("door", ["device", "resident"])
def test_T7_control_without_the_unique_key_it_is_caught(tmp_path, door):
    t = make_town(tmp_path)
    try:
        assert stored_once(t, door)
        assert t.stop() == 0
        drop_unique(t)
        t.start("--open-openrosa")
        assert not all(stored_once(t, door) for _ in range(5))
    finally:
        t.close()
