#!/usr/bin/env python3
"""T1: kill -9 under HTTP load. What was answered with 201 is there after the restart: the row once, the
file whole, the audit entry of the same act. A record whose answer did not come is sent again.

usage: http_kill.py BANGBAN [--cycles N] [--seed N]

Ledger rule: stop the server, read the ledger, kill, start again, compare. The control takes a row and
a file away from what was kept: the comparison must miss both. Prints TAP.
"""
import argparse
import hashlib
import http.client
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS, BOUNDARY, LONGEST = 8, "bangban-crash", 180
RECORD = (
    '<?xml version="1.0"?><data id="crash_household" version="1" '
    'xmlns:orx="http://openrosa.org/xforms"><name>张三</name><age>%d</age><photo>%s</photo>'
    "<orx:meta><orx:instanceID>%s</orx:instanceID></orx:meta></data>")


def part(name, filename, kind, body):
    head = ('--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n'
            "Content-Type: %s\r\n\r\n") % (BOUNDARY, name, filename, kind)
    return head.encode() + body + b"\r\n"


class Record:
    def __init__(self, rng):
        self.id = "uuid:" + str(uuid.UUID(int=rng.getrandbits(128), version=4))
        photo = rng.randbytes(rng.randrange(1, 20000)) if rng.random() < 0.5 else b""
        self.hash = hashlib.sha256(photo).hexdigest() if photo else None
        xml = RECORD % (rng.randrange(100), "a.jpg" if photo else "", self.id)
        self.body = part("xml_submission_file", "s.xml", "text/xml", xml.encode())
        if photo:
            self.body += part("a.jpg", "a.jpg", "image/jpeg", photo)
        self.body += ("--%s--\r\n" % BOUNDARY).encode()


class Clients:
    """Threads that send one record after another, and send again what was not answered."""

    def __init__(self, port, seed):
        self.port, self.ledger, self.lock, self.over = port, {}, threading.Lock(), False
        self.refused = []
        self.threads = [threading.Thread(target=self.run, args=(random.Random(seed + i),))
                        for i in range(CLIENTS)]
        for t in self.threads:
            t.start()

    def run(self, rng):
        record, connection = Record(rng), None
        while not self.over:
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, 5)
                connection.request("POST", "/openrosa/submission", record.body, {
                    "Content-Type": "multipart/form-data; boundary=" + BOUNDARY,
                    "X-OpenRosa-Version": "1.0"})
                answer = connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException):
                connection = None
                time.sleep(0.01)
                continue
            if answer.status == 201:
                with self.lock:
                    self.ledger[record.id] = record.hash
                record = Record(rng)
                time.sleep(0.002)  # the disk is what is tried, not the client
            elif answer.status != 503:
                self.refused.append((answer.status, text[:200]))
                record = Record(rng)

    def read(self):
        with self.lock:
            return dict(self.ledger)

    def stop(self):
        self.over = True
        for t in self.threads:
            t.join()


class Server:
    def __init__(self, program, data, port):
        self.words = [program, "serve", "--data", data, "--listen", "127.0.0.1:%d" % port,
                      "--open-openrosa"]
        self.port, self.slowest, self.process = port, 0, None
        self.log = open(os.path.join(os.path.dirname(data), "log"), "ab")

    def start(self):
        begin = time.monotonic()
        self.process = subprocess.Popen(self.words, stdout=self.log, stderr=self.log)
        while True:
            try:
                c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                c.request("GET", "/healthz")
                if c.getresponse().status == 200:
                    break
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("the server did not start again: exit %s" % self.process.returncode)
                time.sleep(0.005)
        self.slowest = max(self.slowest, time.monotonic() - begin)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def kill(self):
        self.process.kill()
        self.process.wait()


def whole(data, blob):
    try:
        with open(os.path.join(data, "blobs", blob[:2], blob), "rb") as f:
            return hashlib.sha256(f.read()).hexdigest() == blob
    except OSError:
        return False


def lost(data, ledger):
    """Those of the ledger that are not there, or not once, or not whole."""
    db = sqlite3.connect("file:%s/bangban.db?mode=ro" % data, uri=True)
    kept = {name: (count, blob) for name, count, blob in db.execute(
        "select s.instance_id, count(*), max(a.blob_hash) from submissions s left join attachments a "
        "on a.tenant = s.tenant and a.submission_id = s.id group by s.instance_id")}
    db.close()
    return [name for name, blob in ledger.items()
            if kept.get(name) != (1, blob) or (blob and not whole(data, blob))]


def halves(data):
    """Submissions without the audit entry of their own act."""
    db = sqlite3.connect("file:%s/bangban.db?mode=ro" % data, uri=True)
    count = db.execute(
        "select count(*) from submissions s left join audit_entries e on e.tenant = s.tenant and "
        "e.lane = s.audit_lane and e.seq = s.audit_seq where e.seq is null").fetchone()[0]
    db.close()
    return count


def control(data, ledger):
    """Take one row and one file away: how many does the comparison miss? (the server is down)"""
    with_file = [name for name in ledger if ledger[name]]
    without = [name for name in ledger if not ledger[name]]
    db = sqlite3.connect("%s/bangban.db" % data)
    db.execute("delete from submissions where instance_id = ?", (without[0],))
    db.commit()
    db.close()
    blob = ledger[with_file[0]]
    with open(os.path.join(data, "blobs", blob[:2], blob), "r+b") as f:
        f.truncate(os.path.getsize(f.name) // 2)
    return len(lost(data, ledger))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def must(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit("%s: %s" % (" ".join(words[1:3]), done.stdout))


def run(program, cycles, seed, root):
    data = os.path.join(root, "data")
    must(program, "init", "--data", data)
    must(program, "publish", "--data", data, os.path.join(HERE, "household.xml"))
    server, missing, seen = Server(program, data, free_port()), [], 0
    server.start()
    deadline = time.monotonic() + LONGEST
    clients = Clients(server.port, seed)
    try:
        for _ in range(cycles):
            time.sleep(0.05 + random.random() * 0.3)
            server.freeze()
            ledger = clients.read()
            server.kill()
            server.start()
            new = dict(list(ledger.items())[seen:])
            missing += lost(data, new)
            seen = len(ledger)
            if time.monotonic() > deadline:
                sys.exit("too slow: the machine is overloaded")
    finally:
        clients.stop()
        server.kill()
    ledger = clients.read()
    missing = set(missing) | set(lost(data, ledger))
    rows = [
        (not missing and len(ledger) > cycles,
         "%d kills, %d acknowledged, %d lost, %d refused %s"
         % (cycles, len(ledger), len(missing), len(clients.refused), clients.refused[:1])),
        (not clients.refused, "nothing was refused"),
        (halves(data) == 0, "every act has its audit entry"),
        (subprocess.run([program, "verify", "--data", data], stdout=subprocess.DEVNULL)
         .returncode == 0, "the audit chain holds"),
        (server.slowest < 1.0 or os.environ.get("BB_SLOW") == "1",
         "ready again after %.2f s at most" % server.slowest),
        (control(data, ledger) == 2, "control: a row and half a file taken away are missed"),
    ]
    for number, (is_good, name) in enumerate(rows, 1):
        print("%sok %d - %s" % ("" if is_good else "not ", number, name), flush=True)
    return 0 if all(r[0] for r in rows) else 1


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("--cycles", type=int, default=50)
    p.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    o = p.parse_args()
    random.seed(o.seed)
    print("1..6\n# seed %d" % o.seed, flush=True)
    with tempfile.TemporaryDirectory(prefix="bangban-http-kill-") as root:
        return run(os.path.abspath(o.program), o.cycles, o.seed, root)


sys.exit(main())
