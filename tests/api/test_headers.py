"""S2: what every answer carries; C1, C3: whose pages may write; H4: whom to believe."""
import pytest

from bangban import raw, status_of

POLICY = ("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob:; "
          "media-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'")


@pytest.mark.parametrize("path", ["/healthz", "/v1/nothing", "/v1/session", "/openrosa/formList", "/v1/../x"])
def test_S2_headers_on_every_answer(town, path):
    h = town.client().get(path).headers
    assert h["Content-Security-Policy"] == POLICY
    assert h["X-Content-Type-Options"] == "nosniff"
    assert h["Referrer-Policy"] == "no-referrer"
    assert h["Cache-Control"] == "no-store"
    assert "camera=(self)" in h["Permissions-Policy"]
    assert h["Date"]
    assert h["Strict-Transport-Security"] is None  # no TLS in front of this one


WRITE = {"Content-Type": "application/json"}
C1 = {
    "no_token": ({"Sec-Fetch-Site": None}, 403),
    "cross_site": ({"Sec-Fetch-Site": "cross-site"}, 403),
    "same_site": ({"Sec-Fetch-Site": "same-site"}, 403),
    "other_origin": ({"Sec-Fetch-Site": None, "Origin": "https://evil.example"}, 403),
    "null_origin": ({"Sec-Fetch-Site": None, "Origin": "null"}, 403),
    "plain_text": ({"Content-Type": "text/plain"}, 415),
    "plain_text_from_elsewhere": ({"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}, 403),
    "form": ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
}


@pytest.mark.parametrize("name", C1)
def test_C1_only_our_own_pages_write(town, name):
    headers, wanted = C1[name]
    answer = town.client().ask("POST", "/v1/session", b'{"name":"a","password":"b"}', {**WRITE, **headers})
    assert answer.status == wanted, answer


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": None, "Origin": "http://h"}])
def test_C1_our_own_pages_do(town, headers):
    """The control: the same request from a page of ours reaches the sign-in, which says 401."""
    answer = town.client().ask("POST", "/v1/session", b'{"name":"nobody","password":"b"}',
                               {"Host": "h", **WRITE, **headers})
    assert answer.status == 401, answer


def test_C1_get_never_changes(town):
    c = town.client()
    for path in ("/v1/session/password", "/v1/submissions", "/v1/drafts"):
        assert c.get(path).status in (404, 405)


def test_C3_cookie_behind_tls(own_town):
    t = own_town("--proxy", "127.0.0.1")
    tls = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    c = t.client(headers=tls)
    answer = c.sign_in("admin", t.admin_password)
    cookie = answer.headers["Set-Cookie"]
    name, value = cookie.split(";")[0].split("=")
    attributes = {a.strip().lower() for a in cookie.split(";")[1:]}
    assert name == "__Host-bb" and len(value) >= 22
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= attributes
    assert not any(a.startswith("domain") for a in attributes)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert c.get("/v1/session").json["signed_in"]


def test_C3_cookie_without_tls_is_another_one(town):
    c = town.client()
    cookie = c.sign_in("admin", town.admin_password).headers["Set-Cookie"]
    assert cookie.startswith("bb=") and "Secure" not in cookie and "HttpOnly" in cookie
    # Nobody forges the TLS cookie's name into a plain connection.
    c.cookie = c.cookie.replace("bb=", "__Host-bb=", 1)
    assert not c.get("/v1/session").json["signed_in"]


def test_H4_only_the_proxy_is_believed(town):
    """This server names no proxy: the headers of one are a stranger's."""
    answer = town.client(headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}).get("/healthz")
    assert answer.headers["Strict-Transport-Security"] is None


def test_S2_files_of_the_screens(own_town, tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html><title>帮办</title>")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "engine-abc123.wasm").write_bytes(b"\0asm\1\0\0\0")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "rain.svg").write_text("<svg/>")
    (tmp_path.parent / "secret.txt").write_text("canary")
    (tmp_path / "link.txt").symlink_to(tmp_path.parent / "secret.txt")
    c = own_town("--ui", str(tmp_path)).client()
    page = c.get("/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8" and "帮办" in page.body.decode()
    assert page.headers["Content-Security-Policy"] == POLICY and page.headers["Cache-Control"] == "no-cache"
    again = c.get("/", headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert c.get("/", headers={"If-None-Match": '"other"'}).status == 200
    wasm = c.get("/assets/engine-abc123.wasm")
    assert wasm.headers["Content-Type"] == "application/wasm" and "immutable" in wasm.headers["Cache-Control"]
    assert c.get("/v1/pictures/rain.svg").headers["Content-Type"] == "image/svg+xml"
    assert c.get("/pictures/rain.svg").status == 200
    assert c.ask("HEAD", "/").body == b""
    both = raw(c.port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 2)
    assert both.count(b"HTTP/1.1 200") == 2 and b"Connection: close" not in both
    for path in ("/link.txt", "/../secret.txt", "/assets", "/nothing.html"):
        answer = raw(c.port, f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        assert status_of(answer) in (400, 404) and b"canary" not in answer
