"""The files an operator copies: the systemd unit, and the nginx configuration with a request
through it."""
import os
import re
import shutil
import socket
import ssl
import subprocess
import time

import pytest

import bangban
from bangban import SOURCE, raw, status_of

UNIT = os.path.join(SOURCE, "deploy", "bangban.service")
NGINX = os.path.join(SOURCE, "deploy", "nginx.conf")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="SKIP deploy: needs systemd-analyze")
def test_the_unit_is_tight():
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", UNIT],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-300:]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """The shipped configuration with only addresses, certificate and log paths replaced."""
    if not shutil.which("nginx") and not os.path.exists("/usr/sbin/nginx"):
        pytest.skip("SKIP deploy: needs nginx")
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
                   check=True, capture_output=True)
    town = bangban.Township()
    town.start("--proxy", "127.0.0.1")
    port = free_port()
    with open(NGINX, encoding="utf-8") as f:
        text = f.read()
    for pattern, value in ((r"listen \[::\].*\n", "\n"), (r"listen 80;", f"listen 127.0.0.1:{free_port()};"),
                           (r"listen 443", f"listen 127.0.0.1:{port}"), (r"/etc/ssl/bangban", str(folder)),
                           (r"/var/log/nginx", str(folder)), (r"127\.0\.0\.1:8080", f"127.0.0.1:{town.port}"),
                           (r"bangban\.example\.cn", "localhost")):
        text, count = re.subn(pattern, value, text)
        assert count, pattern
    temp = "".join(f"{k}_temp_path {folder}/{k};\n" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = folder / "nginx.conf"
    config.write_text(f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
                      f"http {{\n{temp}{text}\n}}\n")
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if os.geteuid() == 0:
        os.chmod(folder, 0o755)
    done = subprocess.run([nginx, "-t", "-c", config, "-p", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    server = subprocess.Popen([nginx, "-c", config, "-p", folder])
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.05)
    yield town, port, folder
    server.terminate()
    server.wait(10)
    town.close()


def through(port, data):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain) as s:
        s.settimeout(10)
        s.sendall(data)
        answer = b""
        try:
            while piece := s.recv(65536):
                answer += piece
        except (socket.timeout, ConnectionResetError):
            pass
    return answer


def test_a_request_through_nginx(proxied):
    town, port, _ = proxied
    host = b"Host: localhost:%d\r\nConnection: close\r\n" % port
    answer = through(port, b"GET /healthz HTTP/1.1\r\n" + host + b"\r\n")
    assert status_of(answer) == 200 and b"Strict-Transport-Security" in answer, answer
    body = b'{"name":"admin","password":"%s"}' % town.admin_password.encode()
    answer = through(port, b"POST /v1/session HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\nOrigin: "
                     b"https://localhost:%d\r\nContent-Length: %d\r\n\r\n" % (port, len(body)) + body)
    assert status_of(answer) == 200 and b"__Host-bb=" in answer and b"Secure" in answer, answer


def test_H3_through_nginx(proxied):
    """nginx forwards no request that could be read in two ways."""
    from test_guard import H3
    _, port, _ = proxied
    for name, (sent, _) in H3.items():
        if name in ("bare_line_feed", "line_feed_in_head", "get_with_body", "options", "many_headers",
                    "folded_line", "folded_coding"):
            continue  # nginx rewrites or answers these itself; straight to the server they are refused
        answer = through(port, sent)
        assert status_of(answer) in (400, 405, 431, 501), (name, answer)


def test_a_device_token_stands_in_no_log(proxied):
    town, port, folder = proxied
    path = b"/openrosa/key/tokencanary0123456789/formList?deviceID=querycanary"
    through(port, b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    log = (folder / "bangban.log").read_text()
    assert "/openrosa/key/-/formList" in log
    for text in (log, (folder / "error.log").read_text(), town.log_text()):
        assert "tokencanary" not in text and "querycanary" not in text


def test_O1_basic_in_the_clear_is_refused(proxied):
    """Behind a proxy, what did not come by TLS is refused before a password is looked at."""
    town, _, _ = proxied
    answer = raw(town.port, b"GET /openrosa/formList HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                            b"Authorization: Basic YTpi\r\n\r\n")
    assert status_of(answer) == 403 and b"https" in answer
