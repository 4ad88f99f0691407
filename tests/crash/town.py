"""What the loss tests share: a data folder with one form, the real server on it, clients that keep a
ledger of what was acknowledged, and the comparison of the ledger with what is there afterwards."""
import argparse
import hashlib
import http.client
import os
import random
import shutil
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
FORM = os.path.join(HERE, "household.xml")
CLIENTS, BOUNDARY = 8, "bangban-crash"
TYPE = "multipart/form-data; boundary=" + BOUNDARY
RECORD = (
    '<?xml version="1.0"?><data id="crash_household" version="1" '
    'xmlns:orx="http://openrosa.org/xforms"><name>张三</name><age>%d</age><photo>%s</photo>'
    "<orx:meta><orx:instanceID>%s</orx:instanceID></orx:meta></data>")


def part(name, filename, kind, body):
    head = ('--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n'
            "Content-Type: %s\r\n\r\n") % (BOUNDARY, name, filename, kind)
    return head.encode() + body + b"\r\n"


class Record:
    """A submission, half of them with a photo."""

    def __init__(self, rng, photo_size=20000, with_photo=None):
        self.id = "uuid:" + str(uuid.UUID(int=rng.getrandbits(128), version=4))
        with_photo = rng.random() < 0.5 if with_photo is None else with_photo
        photo = rng.randbytes(rng.randrange(1, photo_size)) if with_photo else b""
        self.hash = hashlib.sha256(photo).hexdigest() if photo else None
        xml = RECORD % (rng.randrange(100), "a.jpg" if photo else "", self.id)
        self.body = part("xml_submission_file", "s.xml", "text/xml", xml.encode())
        if photo:
            self.body += part("a.jpg", "a.jpg", "image/jpeg", photo)
        self.body += ("--%s--\r\n" % BOUNDARY).encode()


def send(port, record, timeout=5, connection=None):
    """The status of one attempt; 0 when no answer came."""
    try:
        c = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        c.request("POST", "/openrosa/submission", record.body,
                  {"Content-Type": TYPE, "X-OpenRosa-Version": "1.0"})
        answer = c.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        if not connection:
            c.close()


class Clients:
    """Threads that send one record after another, and send again what was not answered."""

    def __init__(self, port, seed, count=CLIENTS, rest=0.002):
        self.port, self.ledger, self.lock, self.over = port, {}, threading.Lock(), False
        self.refused, self.rest = [], rest
        self.threads = [threading.Thread(target=self.run, args=(random.Random(seed + i),))
                        for i in range(count)]
        for t in self.threads:
            t.start()

    def run(self, rng):
        record, connection = Record(rng), None
        while not self.over:
            connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            status = send(self.port, record, connection=connection)
            if status == 201:
                with self.lock:
                    self.ledger[record.id] = record.hash
                record = Record(rng)
                time.sleep(self.rest)  # the disk is what is tried, not the client
            elif status == 0:
                connection.close()
                connection = None
                time.sleep(0.01)
            elif status != 503:
                self.refused.append(status)
                record = Record(rng)

    def read(self):
        with self.lock:
            return dict(self.ledger)

    def stop(self):
        self.over = True
        for t in self.threads:
            t.join()


class Server:
    def __init__(self, program, data, env=None, before=None):
        self.port, self.slowest, self.process = free_port(), 0, None
        self.words = [program, "serve", "--data", data, "--listen", "127.0.0.1:%d" % self.port,
                      "--open-openrosa"]
        self.env, self.before = {**os.environ, **(env or {})}, before
        self.log = open(os.path.join(os.path.dirname(data), "log"), "ab")

    def launch(self):
        self.process = subprocess.Popen(self.words, stdout=self.log, stderr=self.log, env=self.env,
                                        preexec_fn=self.before)

    def wait_ready(self, within=20):
        """Whether it answers; False when it ended instead."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if self.status("/healthz") == 200:
                return True
            if self.process.poll() is not None:
                return False
            time.sleep(0.005)
        sys.exit("the server does not answer")

    def start(self):
        begin = time.monotonic()
        self.launch()
        if not self.wait_ready():
            sys.exit("the server did not start: exit %s\n%s" % (self.process.returncode, self.tail()))
        self.slowest = max(self.slowest, time.monotonic() - begin)
        return self

    def status(self, path, timeout=5):
        return self.get(path, timeout)[0]

    def get(self, path, timeout=5):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            c.request("GET", path)
            answer = c.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            c.close()

    def freeze(self):
        """Stop it, and let the clients read what it had sent: that is what it has promised."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)
        time.sleep(0.01)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(20)

    def tail(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as f:
            return f.read()[-600:]


def whole(data, blob):
    try:
        with open(os.path.join(data, "blobs", blob[:2], blob), "rb") as f:
            return hashlib.sha256(f.read()).hexdigest() == blob
    except OSError:
        return False


def query(data, sql):
    db = sqlite3.connect("file:%s/bangban.db?mode=ro" % data, uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def lost(data, ledger):
    """Those of the ledger that are not there, or not once, or not whole."""
    try:
        rows = query(data, "select s.instance_id, count(*), max(a.blob_hash) from submissions s "
                           "left join attachments a on a.tenant = s.tenant and a.submission_id = s.id "
                           "group by s.instance_id")
    except sqlite3.DatabaseError:
        return list(ledger)  # unusable: all of it is gone
    kept = {name: (count, blob) for name, count, blob in rows}
    return [name for name, blob in ledger.items()
            if kept.get(name) != (1, blob) or (blob and not whole(data, blob))]


def halves(data):
    """Submissions without the audit entry of their own act, and files without their bytes."""
    bare = query(data, "select count(*) from submissions s left join audit_entries e on "
                       "e.tenant = s.tenant and e.lane = s.audit_lane and e.seq = s.audit_seq "
                       "where e.seq is null")[0][0]
    named = query(data, "select distinct blob_hash from attachments where blob_hash <> ''")
    return bare + sum(not whole(data, blob) for blob, in named)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def must(*words, env=None):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, **(env or {})})
    if done.returncode:
        sys.exit("%s: %s" % (" ".join(words[1:3]), done.stdout))


def make(program, root, env=None):
    """A data folder with the form."""
    data = os.path.join(root, "data")
    must(program, "init", "--data", data, env=env)
    must(program, "publish", "--data", data, FORM, env=env)
    return data


def verifies(program, data):
    return subprocess.run([program, "verify", "--data", data], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


class Tap:
    """Test Anything Protocol: rows as they come, the plan last."""

    def __init__(self):
        self.count, self.is_good = 0, True

    def row(self, is_good, name):
        self.count += 1
        self.is_good = self.is_good and bool(is_good)
        print("%sok %d - %s" % ("" if is_good else "not ", self.count, name), flush=True)

    def skip(self, name, why):
        if os.environ.get("BB_REQUIRE") == "all":
            return self.row(False, "%s: %s" % (name, why))
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, why), flush=True)

    def end(self):
        print("1..%d" % self.count, flush=True)
        return 0 if self.is_good else 1


def run(test, add_options=None):
    """Run test(options, tap, folder) in a folder of its own, which stays when a row fails."""
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("more", nargs="*")
    p.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    if add_options:
        add_options(p)
    o = p.parse_args()
    o.program = os.path.abspath(o.program)
    random.seed(o.seed)
    print("# seed %d" % o.seed, flush=True)
    tap, root = Tap(), tempfile.mkdtemp(prefix="bangban-loss-")
    os.chmod(root, 0o755)
    test(o, tap, root)
    if tap.is_good:
        shutil.rmtree(root)
    else:
        print("# kept: %s" % root)
    sys.exit(tap.end())
