"""What must not reach a handler: trust.md H2, H3, H5."""
import pytest

from bangban import raw, status_of

HOST = b"Host: h\r\n"
OWN = HOST + b"Content-Type: application/json\r\nSec-Fetch-Site: same-origin\r\n"
SESSION = b"POST /v1/session HTTP/1.1\r\n" + OWN

H3 = {
    "length_and_coding": (SESSION + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "two_lengths_differ": (SESSION + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "two_lengths_same": (SESSION + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    "coding_with_blank": (SESSION + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "coding_twice": (SESSION + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "folded_line": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-A: b\r\n c\r\n\r\n", 400),
    "folded_coding": (SESSION + b"Transfer-Encoding: x\r\n chunked\r\n\r\n0\r\n\r\n", 400),
    "two_hosts": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"Host: x\r\n\r\n", 400),
    "strange_coding": (SESSION + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    "signed_length": (SESSION + b"Content-Length: +4\r\n\r\n{}  ", 400),
    "no_host": (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    "wide_header": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 40000 + b"\r\n\r\n", 431),
    "many_headers": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"".join(b"X%d: a\r\n" % i for i in range(101)) + b"\r\n", 431),
    "get_with_body": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n\r\nabcd", 400),
    "trace": (b"TRACE /healthz HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "options": (b"OPTIONS /healthz HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "bare_line_feed": (b"GET /healthz HTTP/1.1\nHost: h\n\n", 400),
    "line_feed_in_head": (b"GET /healthz HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400),
    "nul_in_value": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n", 400),
}


@pytest.mark.parametrize("name", H3)
def test_H3_smuggling(town, name):
    sent, wanted = H3[name]
    # What is smuggled behind the refused request must not be answered.
    answer = raw(town.port, sent + b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
    assert status_of(answer) == wanted, answer
    assert b"HTTP/1.1 200" not in answer, answer
    assert b'"ok":true' not in answer
    assert b"connection: close" in answer.lower()


def test_H3_an_honest_request_goes_through(town):
    """The control: the same bytes without the trick are answered, and the next one too."""
    one = b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-A: b\r\n\r\n"
    answer = raw(town.port, one + one)
    assert answer.count(b"HTTP/1.1 200") == 2, answer


H5 = {
    "/v1/../healthz": 400,
    "/v1/%2e%2e/healthz": 400,
    "/healthz/..": 400,
    "//healthz": 400,
    "/healthz/": 400,
    "/healthz%00": 400,
    "/healthz%00.png": 400,
    "/%c0%ae%c0%ae/healthz": 400,
    "/healthz;a=b": 400,
    "/v1/pictures/a%2fb.svg": 400,
    "/v1/pictures/a%5cb.svg": 400,
    "/v1/pictures/%252e%252e": 404,
    "/HEALTHZ": 404,
    "/v1/nothing": 404,
    "/etc/passwd": 404,
    "/healthz?a=1&a=2": 400,
    "/healthz?a=%zz": 400,
}


@pytest.mark.parametrize("path", H5)
def test_H5_paths(town, path):
    answer = raw(town.port, f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    assert status_of(answer) == H5[path], answer
    assert b"root:" not in answer


def test_H2_long_address(town):
    answer = raw(town.port, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert status_of(answer) == 414


@pytest.mark.parametrize("length", [4 * 1024 * 1024 + 1, 2**40, 2**63 - 1])
def test_H2_too_large_is_refused_before_reading(town, length):
    head = SESSION + b"Content-Length: %d\r\n\r\n" % length
    assert status_of(raw(town.port, head, ends=False)) == 413


@pytest.mark.parametrize("length", [2**63, 2**64 + 2])
def test_H2_absurd_length(town, length):
    head = SESSION + b"Content-Length: %d\r\n\r\n" % length
    assert status_of(raw(town.port, head, ends=False)) in (400, 413)


def test_H2_chunks_are_counted(town):
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    sent = SESSION + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 6 + b"0\r\n\r\n"
    try:
        assert status_of(raw(town.port, sent)) in (413, 0)
    except (BrokenPipeError, ConnectionResetError):
        pass  # closed while we were still sending
    assert town.client().get("/healthz").status == 200


def test_405_names_what_is_allowed(town):
    answer = town.client().delete("/healthz")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")


def test_an_error_tells_nothing_of_the_inside(town):
    for path in ("/v1/nothing", "/v1/pictures/none.svg"):
        text = town.client().get(path).body.decode()
        for word in (town.folder, "sqlite", "select", "src/", "0x", "microhttpd"):
            assert word not in text.lower()


def test_errors_speak_the_reader_s_language(town):
    english = town.client(language="en-GB,en;q=0.9").get("/v1/nothing").json["error"]["message"]
    chinese = town.client(language="zh-CN").get("/v1/nothing").json["error"]["message"]
    assert english == "There is nothing at this address." and chinese == "此网址没有内容。"
    assert town.client().get("/v1/nothing?lang=en").json["error"]["message"] == english
