"""T10: damage is reported, never served. A bit is flipped, a file cut short or a page made zero; what
comes back is what was sent, byte for byte, or an error."""
import os
import random
import shutil
import sqlite3
import subprocess

import pytest

import bangban
from test_cases import FILES, PASSWORD_LINE, photo, send, staff
from test_resend import SEED, query, town  # noqa: F401 (a fixture)


@pytest.fixture(scope="module")
def filed(town):  # noqa: F811
    """(the address of a photograph for staff, a clerk who may see it, its bytes, its hash)"""
    answer, instance = send(town.client())
    assert answer.status == 201, answer
    with open(os.path.join(town.data, "sign-ins.txt"), encoding="utf-8") as f:
        town.password = PASSWORD_LINE.search(f.read())[1]
    clerk = staff(town, "window")
    (name, blob), = query(town, "select a.name, a.blob_hash from attachments a join submissions s on s.tenant = a.tenant "
                                f"and s.id = a.submission_id where s.instance_id = '{instance}' and a.name like 'id_card%'")
    path = f"/v1/cases/{answer.json['ref']}/files/{name}"
    assert clerk.get(path, expect=200).body == photo(FILES["id_card"])
    return path, clerk, photo(FILES["id_card"]), blob


def damages(rng, good):
    """(what, bytes)"""
    for _ in range(20):
        at, bad = rng.randrange(len(good)), bytearray(good)
        bad[at] ^= 1 << rng.randrange(8)
        yield f"bit of byte {at}", bytes(bad)
    for cut in (0, 1, len(good) - 1):
        yield f"cut to {cut}", good[:cut]
    yield "longer", good + b"\0"
    yield "first page zero", bytes(4096) + good[4096:]


def put_blob(town, blob, data):  # noqa: F811
    if town.database:
        query(town, f"update blob_chunks set bytes = decode('{data[:256 * 1024].hex()}', 'hex') where hash = '{blob}' and "
                    "number = 0")
        return
    with open(os.path.join(town.data, "blobs", blob[:2], blob), "wb") as f:
        f.write(data)


def test_T10_a_damaged_file_is_never_served(town, filed):  # noqa: F811
    path, clerk, good, blob = filed
    assert len(good) < 256 * 1024  # one chunk
    for what, bad in damages(random.Random(SEED), good):
        put_blob(town, blob, bad)
        answer = clerk.get(path)
        assert answer.status == 500 and good[:64] not in answer.body and b"blobs/" not in answer.body, (what, answer)
    put_blob(town, blob, good)
    assert clerk.get(path, expect=200).body == good
    assert "blob.damaged" in town.log_text()


def test_T10_a_damaged_file_is_not_backed_up(town, filed, tmp_path):  # noqa: F811
    if town.database:
        pytest.skip("SQLite only")
    blob, good = filed[3], filed[2]
    put_blob(town, blob, good[:-1])
    done = subprocess.run(town.command("backup", "--to", str(tmp_path / "copy")), capture_output=True, text=True)
    put_blob(town, blob, good)
    assert done.returncode != 0 and "blob.damaged" in done.stderr, done


def contents(path):
    """Everything that can be read, or None where the database says that it is damaged."""
    try:
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        if db.execute("pragma integrity_check(1)").fetchone()[0] != "ok":
            return None
        return [db.execute(f"select * from {t} order by 1, 2").fetchall() for t in ("submissions", "audit_entries")]
    except sqlite3.DatabaseError:
        return None


def test_T10_a_damaged_database_is_reported(own_town, tmp_path):
    """Zeroed, cut and torn pages: the backup refuses what it would otherwise pass on."""
    if bangban.DATABASE:
        pytest.skip("PostgreSQL checks its own pages (data checksums)")
    t = own_town()
    t.stop()
    subprocess.run(t.command("verify"), check=True, capture_output=True)
    good_path, rng = os.path.join(t.data, "bangban.db"), random.Random(SEED)
    with open(good_path, "rb") as f:
        good = f.read()
    whole, found, same, silent = contents(good_path), 0, 0, []
    for number in range(60):
        bad, page = bytearray(good), rng.randrange(1, len(good) // 4096)
        if number % 3 == 0:
            bad[page * 4096:page * 4096 + 4096] = bytes(4096)
        elif number % 3 == 1:
            bad = bad[:page * 4096 + rng.randrange(4096)]
        else:
            bad[page * 4096:page * 4096 + 512] = rng.randbytes(512)
        with open(good_path, "wb") as f:
            f.write(bad)
        copy = tmp_path / f"copy{number}"
        done = subprocess.run(t.command("backup", "--to", str(copy)), capture_output=True, text=True)
        if done.returncode != 0:
            found += 1
        elif contents(copy / "bangban.db") == whole:
            same += 1
        else:
            silent.append(number)
        shutil.rmtree(copy, ignore_errors=True)
    with open(good_path, "wb") as f:
        f.write(good)
    t.start()
    print(f"seed {SEED}: {found} reported, {same} without consequence")
    assert not silent and found > 30, (found, same, silent)
