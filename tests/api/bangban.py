"""What every API test needs: the real program on a fresh data folder, and a client that behaves like
our pages. The database is SQLite, or PostgreSQL when BANGBAN_TEST_DATABASE names one (tests/api/run
runs everything on both)."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("BANGBAN", os.path.join(SOURCE, "build", "bangban"))
DATABASE = os.environ.get("BANGBAN_TEST_DATABASE", "")
PASSWORD = "korrekt-Pferd-7 帮办"


def new_database():
    """The options of a database that nobody else uses."""
    if not DATABASE:
        return []
    name = f"t{os.getpid()}_{time.monotonic_ns()}"
    subprocess.run(["psql", "-qc", f"create database {name}"], check=True)
    address = DATABASE.replace("postgres://?", f"postgres:///{name}?")
    return ["--database", address]


class Township:
    """A data folder with its database; commands are run on it, a server may be started on it."""

    def __init__(self, pack=None):
        self.folder = tempfile.mkdtemp(prefix="bangban-api.")
        self.data = os.path.join(self.folder, "data")
        self.database = new_database()
        self.server = None
        self.port = 0
        extra = ["--pack", os.path.join(SOURCE, pack)] if pack else []
        self.admin_password = self.run("init", *extra)["password"]

    def command(self, name, *words):
        return [PROGRAM, name, *words, "--data", self.data, *self.database]

    def run(self, name, *words, fails=False):
        """A command with --json; its answer, or its error when it must fail. One program at a time
        has the folder: a running server is stopped for it and started again."""
        if self.server:
            assert self.stop() == 0
            try:
                return self.run(name, *words, fails=fails)
            finally:
                self.start(*self.words, env=self.env)
        done = subprocess.run(self.command(name, *words, "--json"), capture_output=True, text=True)
        assert (done.returncode != 0) == fails, (name, words, done.returncode, done.stderr)
        text = done.stderr if fails else done.stdout
        return json.loads(text) if text.strip() else None

    def start(self, *words, env=None):
        self.words, self.env = words, env
        listen = ["--listen", f"127.0.0.1:{self.port}"]
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.server = subprocess.Popen(
            self.command("serve", *listen, *words),
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env={**os.environ, **(env or {})},
        )
        line = self.server.stdout.readline()
        found = re.fullmatch(r"bangban http://127\.0\.0\.1:(\d+)/\n", line)
        assert found, (line, self.log_text())
        self.port = int(found[1])
        return self

    def log_text(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as f:
            return f.read()

    def stop(self, how=signal.SIGTERM, within=30):
        """The exit code."""
        self.server.send_signal(how)
        code = self.server.wait(within)
        self.server.stdout.close()
        self.log.close()
        self.server = None
        return code

    def close(self):
        if self.server:
            code = self.stop()
            assert code == 0, (code, self.log_text())
        shutil.rmtree(self.folder)

    def client(self, **more):
        return Client(self.port, **more)

    def admin(self):
        """A client signed in as the first administrator, password changed."""
        c = self.client()
        c.sign_in("admin", self.admin_password)
        c.post("/v1/session/password", {"old": self.admin_password, "new": PASSWORD}, expect=200)
        self.admin_password = PASSWORD
        return c

    def add_person(self, name, role, **more):
        """Somebody who can sign in; the password is his own already. Returns a signed-in client."""
        options = [w for key, value in more.items() for w in (f"--{key}", value)]
        once = self.run("user", "add", name, "--role", role, *options)["password"]
        c = self.client()
        c.sign_in(name, once)
        c.post("/v1/session/password", {"old": once, "new": PASSWORD}, expect=200)
        c.sign_in(name, PASSWORD)
        return c


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The code of an error."""
        return self.json["error"]["code"]

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class Client:
    """Speaks as one of our pages in a browser does, and keeps the cookie."""

    def __init__(self, port, language="zh", headers=None):
        self.port, self.cookie = port, ""
        self.always = {"Accept-Language": language, **(headers or {})}

    def ask(self, method, path, body=None, headers=None, expect=None):
        given = {**self.always, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        if self.cookie:
            given["Cookie"] = self.cookie
        if isinstance(body, (dict, list)):
            body = json.dumps(body, ensure_ascii=False).encode()
            given.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, urllib.parse.quote(path, safe="/?=&%:-._~*"), body,
                           {k: v for k, v in given.items() if v is not None},
                           encode_chunked="Transfer-Encoding" in given)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        set_cookie = answer.headers.get("Set-Cookie")
        if set_cookie:
            self.cookie = set_cookie.split(";")[0]
        if expect is not None:
            assert answer.status == expect, (method, path, answer)
        return answer

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.ask("POST", path, {} if body is None else body, **more)

    def put(self, path, body, **more):
        return self.ask("PUT", path, body, **more)

    def delete(self, path, **more):
        return self.ask("DELETE", path, **more)

    def sign_in(self, name, password, expect=200):
        return self.post("/v1/session", {"name": name, "password": password}, expect=expect)


def raw(port, data, wait=5, ends=True):
    """Bytes to the server as they are; everything it answers until it closes or wait is over."""
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.settimeout(wait)
        answer = b""
        try:
            s.sendall(data)
            if ends:
                s.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed already: what was answered can still be read
        try:
            while piece := s.recv(65536):
                answer += piece
        except (socket.timeout, ConnectionResetError):
            pass
    return answer


def status_of(answer):
    """The status in a raw answer, 0 if there is none."""
    found = re.match(rb"HTTP/1\.1 (\d+)", answer)
    return int(found[1]) if found else 0


def multipart(parts, boundary="XBOUND"):
    """parts: (name, file name or None, type or None, bytes). Returns headers and body."""
    body = b""
    for name, file_name, media_type, data in parts:
        head = f'Content-Disposition: form-data; name="{name}"'
        if file_name is not None:
            head += f'; filename="{file_name}"'
        if media_type:
            head += f"\r\nContent-Type: {media_type}"
        body += f"--{boundary}\r\n{head}\r\n\r\n".encode() + data + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body
