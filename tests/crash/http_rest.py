#!/usr/bin/env python3
"""The smaller loss tests. usage: http_rest.py BANGBAN BANGBAN_NEXT FAULT_SO [--seed N]. Prints TAP.

T6   the disk is full (file size limit; a small tmpfs): 507, reads go on, it recovers without a restart
T11  a backup under load restores to every row acknowledged before it began
T12  an upgrade that is killed leaves the old schema or the new one; a downgrade is refused
T14  a second server on the folder is refused
G11  an act whose audit entry cannot be written is not stored
"""
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import time

import town
from http_fault import Fault

SMALL_DISK = 6 << 20
SEARCH_LIMIT = 3000


def ledger_of(port, rng, count, **more):
    kept = {}
    for _ in range(count):
        record = town.Record(rng, **more)
        assert town.send(port, record) == 201
        kept[record.id] = record.hash
    return kept


# T6 --------------------------------------------------------------------------------------------


def fill(server, rng):
    """Send until the disk is full: (ledger, the record that was refused, its status)"""
    ledger = {}
    for _ in range(SEARCH_LIMIT):
        record = town.Record(rng, photo_size=200000, with_photo=True)
        status = town.send(server.port, record)
        if status != 201:
            return ledger, record, status
        ledger[record.id] = record.hash
    return ledger, None, 201


def full_then_free(tap, name, o, data, server, free):
    rng = random.Random(o.seed)
    ledger, refused, status = fill(server, rng)
    pid = server.process.pid
    more = [town.send(server.port, town.Record(rng, with_photo=n % 2 == 0)) for n in range(6)]
    reads = [server.status(path) for path in ("/healthz", "/openrosa/formList")]
    tap.row(status == 507 and set(more) <= {201, 507} and reads == [200, 200],
            "%s full after %d records: %d, then %s, reads %s" % (name, len(ledger), status, more, reads))
    left = [n for n in os.listdir(data + "/tmp") if n.startswith("part-")]
    free(server)
    end, again = time.monotonic() + 5, 0
    while refused and again != 201 and time.monotonic() < end:
        again = town.send(server.port, refused)
        time.sleep(0.02)
    is_same = server.process.poll() is None and server.process.pid == pid
    tap.row(again == 201 and is_same and not left,
            "%s space freed: what was refused is taken (%d) without a restart, %d half files" % (name, again, len(left)))
    ledger[refused.id] = refused.hash
    server.kill()
    server.start()
    server.kill()
    missing = town.lost(data, ledger)
    tap.row(not missing and town.halves(data) == 0 and town.verifies(o.program, data),
            "%s %d acknowledged, %d lost, no halves" % (name, len(ledger), len(missing)))


def limit_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))


def lift_limit(server):
    server.before = None
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def size_limit(o, tap, root):
    data = town.make(o.program, root)
    server = town.Server(o.program, data, before=limit_files).start()
    full_then_free(tap, "T6 file size limit:", o, data, server, lift_limit)


def small_disk(o, tap, root):
    disk = root + "/disk"
    os.makedirs(disk)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % SMALL_DISK, "tmpfs", disk],
                             stderr=subprocess.PIPE, text=True)
    if mounted.returncode:
        return tap.skip("T6 small disk", "needs root (%s)" % mounted.stderr.strip())
    try:
        ballast = disk + "/ballast"
        with open(ballast, "wb") as f:
            f.write(bytes(SMALL_DISK // 3))
        data = town.make(o.program, disk)
        server = town.Server(o.program, data).start()
        full_then_free(tap, "T6 small disk:", o, data, server, lambda s: os.unlink(ballast))
        server.log.close()
    finally:
        subprocess.run(["umount", "-l", disk], check=False)
    return None


# T11 -------------------------------------------------------------------------------------------


def backup(o, tap, root):
    data = town.make(o.program, root)
    server = town.Server(o.program, data).start()
    clients, missing, total = town.Clients(server.port, o.seed), 0, 0
    try:
        for number in range(4):
            time.sleep(0.4)
            before = clients.read()
            copy, back = "%s/backup-%d" % (root, number), "%s/back-%d" % (root, number)
            town.must(o.program, "backup", "--data", data, "--to", copy)
            town.must(o.program, "restore", "--from", copy, "--data", back)
            missing, total = missing + len(town.lost(back, before)), total + len(before)
            missing += town.halves(back) + (not town.verifies(o.program, back))
    finally:
        clients.stop()
        server.kill()
    tap.row(not missing and total > 100, "T11 4 backups under load, %d rows acknowledged before them, %d missing"
            % (total, missing))
    some = next(blob for blob in before.values() if blob)
    with open("%s/blobs/%s/%s" % (copy, some[:2], some), "r+b") as f:
        f.truncate(os.path.getsize(f.name) - 1)
    done = subprocess.run([o.program, "restore", "--from", copy, "--data", root + "/never"], stderr=subprocess.PIPE)
    tap.row(done.returncode and b"damaged" in done.stderr, "T11 a damaged backup is not restored")
    naive, last = root + "/naive", clients.read()
    shutil.copytree(data, naive)
    os.unlink(naive + "/bangban.db-wal")  # what a copy of the database file alone is worth
    tap.row(town.lost(naive, last), "T11 control, a plain copy of the file: %d of %d missing (it must lose)"
            % (len(town.lost(naive, last)), len(last)))


# T12 -------------------------------------------------------------------------------------------


def schema_number(data):
    return town.query(data, "select max(number) from schema_changes")[0][0]


def schema_of(program, data, old):
    """old, new, or what lies between."""
    names = {name for name, in town.query(data, "select name from sqlite_master")}
    columns = {row[1] for row in town.query(data, "pragma table_info(submissions)")}
    marks = ["next_copies" in names, "next_copies_other" in names, "next_last" in names, "next_mark" in columns,
             schema_number(data) == old + 1]
    if all(marks):
        count = town.query(data, "select (select count(*) from next_copies), (select count(*) from submissions)")[0]
        return "new" if count[0] == count[1] else "between %s" % (count,)
    is_old = not any(marks) and town.verifies(program, data)
    return "old" if is_old else "between %s" % marks


def upgrade(o, tap, root):
    data, upgraded = town.make(o.program, root), os.path.abspath(o.more[0])
    server = town.Server(o.program, data).start()
    ledger = ledger_of(server.port, random.Random(o.seed), 200, with_photo=False)
    server.kill()
    fault, seen, old = Fault(root + "/control"), {}, schema_number(data)
    env = {**os.environ, "LD_PRELOAD": os.path.abspath(o.more[1]), "FAULT_CONTROL": root + "/control"}
    for kind, error in (("write", "KILL"), ("sync", "KILL"), ("write", "ENOSPC")):
        for number in list(range(1, 8)) + [12, 20, 35, 60, 100, 160]:
            copy = root + "/copy"
            shutil.copytree(data, copy)
            fault.arm(kind, number, error, 0)
            subprocess.run([upgraded, "verify", "--data", copy], env={**env, "FAULT_FOLDER": copy},
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if fault.disarm():
                state = schema_of(o.program, copy, old)
                seen[state] = seen.get(state, 0) + 1
                town.must(upgraded, "verify", "--data", copy)
                if schema_of(upgraded, copy, old) != "new" or town.lost(copy, ledger):
                    seen["lost"] = seen.get("lost", 0) + 1
            shutil.rmtree(copy)
    tap.row(set(seen) <= {"old", "new"} and sum(seen.values()) > 15, "T12 upgrades killed or on a full disk: %s" % seen)
    town.must(upgraded, "verify", "--data", data)
    done = subprocess.run([o.program, "verify", "--data", data], stderr=subprocess.PIPE)
    tap.row(done.returncode and b"store.newer" in done.stderr, "T12 a downgrade is refused")
    half = sqlite3.connect(data + "/bangban.db")
    half.execute("drop table next_last")
    half.commit()
    half.close()
    state = schema_of(o.program, data, old)
    tap.row(state.startswith("between"), "T12 control, a migration without its last statement: %s" % state)


# T14 -------------------------------------------------------------------------------------------


def second(o, tap, root):
    data = town.make(o.program, root)
    first, results = town.Server(o.program, data).start(), []
    for words in (["serve", "--listen", "127.0.0.1:0"], ["rebuild"], ["serve", "--listen", "127.0.0.1:0"]):
        done = subprocess.run([o.program, *words, "--data", data], stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, timeout=20)
        results.append(done.returncode != 0 and b"store.in_use" in done.stderr)
    kept = ledger_of(first.port, random.Random(o.seed), 3)
    tap.row(all(results), "T14 a second server on the folder is refused, a second command too")
    first.kill()
    next_one = town.Server(o.program, data).start()
    tap.row(not town.lost(data, kept), "T14 the lock of a killed server is no lock")
    os.unlink(data + "/lock")
    other = town.Server(o.program, data)
    other.launch()
    tap.row(other.wait_ready(), "T14 control, the lock taken away: a second one starts (it must)")
    other.kill()
    next_one.kill()


# G11 -------------------------------------------------------------------------------------------


def change(data, sql):
    db = sqlite3.connect(data + "/bangban.db", timeout=10)
    db.execute(sql)
    db.commit()
    db.close()


def audit_fails(o, tap, root):
    data, rng = town.make(o.program, root), random.Random(o.seed)
    server, statuses = town.Server(o.program, data).start(), []
    records = [town.Record(rng) for _ in range(10)]
    change(data, "create trigger no before insert on audit_entries begin select raise(abort, 'no'); end")
    statuses = [town.send(server.port, record) for record in records]
    stored = town.query(data, "select count(*) from submissions")[0][0]
    tap.row(min(statuses) >= 500 and stored == 0, "G11 no audit entry, no act: answers %s, %d stored" % (set(statuses), stored))
    change(data, "drop trigger no")
    again = {town.send(server.port, record) for record in records}
    server.kill()
    tap.row(again == {201} and town.halves(data) == 0 and town.verifies(o.program, data), "G11 afterwards it goes on, the chain holds")
    change(data, "delete from audit_entries where (lane, seq) in (select audit_lane, audit_seq from submissions limit 1)")
    tap.row(town.halves(data) == 1 and not town.verifies(o.program, data), "G11 control, an act without its entry is seen")


TESTS = {"size": size_limit, "disk": small_disk, "backup": backup, "upgrade": upgrade, "second": second, "audit": audit_fails}


def test(o, tap, root):
    for name in o.only or TESTS:
        os.makedirs("%s/%s" % (root, name))
        TESTS[name](o, tap, "%s/%s" % (root, name))


if __name__ == "__main__":
    town.run(test, lambda p: p.add_argument("--only", action="append", choices=list(TESTS)))
