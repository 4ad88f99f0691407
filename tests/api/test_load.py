"""H1: slow ones are closed, others do not notice."""
import concurrent.futures
import resource
import selectors
import socket
import statistics
import subprocess
import time

from bangban import status_of

resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))


def slowest_ms(client, count=60):
    """The 99th percentile of honest requests."""
    times = []
    for _ in range(count):
        start = time.monotonic()
        client.get("/healthz", expect=200)
        times.append((time.monotonic() - start) * 1000)
    return statistics.quantiles(times, n=100)[98]


def trickle(port, begin, piece, count, every, until):
    """count connections that send a piece now and then; how long each lasted, and its last words."""
    ends, last = {}, {}
    select = selectors.DefaultSelector()
    start = time.monotonic()
    for _ in range(count):
        s = socket.create_connection(("127.0.0.1", port))
        s.sendall(begin)
        s.setblocking(False)
        select.register(s, selectors.EVENT_READ)
    due = start + every
    while len(ends) < count and time.monotonic() - start < until:
        for key, _ in select.select(timeout=0.2):
            try:
                got = key.fileobj.recv(4096)
            except ConnectionResetError:
                got = b""
            last[key.fileobj] = last.get(key.fileobj, b"") + got
            if not got:
                select.unregister(key.fileobj)
                ends[key.fileobj] = time.monotonic() - start
        if time.monotonic() >= due:
            due += every
            for key in list(select.get_map().values()):
                try:
                    key.fileobj.send(piece)
                except OSError:
                    pass
    for s in last:
        s.close()
    return list(ends.values()), list(last.values())


SESSION = (b"POST /v1/session HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
           b"Sec-Fetch-Site: same-origin\r\n")


SLOW = {
    "head": (b"GET /healthz HTTP/1.1\r\nHost: h\r\nX-Slow: ", b"a"),
    "address": (b"GET /hea", b"l"),
    "body": (SESSION + b"Content-Length: 100000\r\n\r\n", b" "),
}


def test_H1_slow_ones_are_closed(town):
    """500 connections, each sends a byte now and then."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = {name: pool.submit(trickle, town.port, begin, piece, 170, 3, 20)
                   for name, (begin, piece) in SLOW.items()}
        time.sleep(2)
        assert slowest_ms(town.client()) < 200
        results = {name: r.result() for name, r in running.items()}
    for name, (ends, last) in results.items():
        assert len(ends) == 170, name
        assert max(ends) <= 16 and min(ends) > 5, (name, min(ends), max(ends))  # slowness, not number, is refused
        assert any(status_of(words) == 408 for words in last), name


def test_H1_a_slow_but_steady_upload_lives(town):
    """The control: 20 s of a body at 4 KB/s is no attack."""
    with socket.create_connection(("127.0.0.1", town.port)) as s:
        s.sendall(SESSION + b"Content-Length: 80000\r\n\r\n")
        for _ in range(20):
            s.sendall(b" " * 4000)
            time.sleep(0.9)
        assert status_of(s.recv(4096)) == 400  # blanks are no JSON; but it was read to the end


def read_slowly(port, bytes_each, every, until):
    """Seconds that a connection lasts which asks for a large file and takes so little at a time;
    until when it was still open then."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", port))
    s.sendall(b"GET /large.txt HTTP/1.1\r\nHost: h\r\n\r\n")
    mine = s.getsockname()[1]
    start = time.monotonic()
    while time.monotonic() - start < until:
        time.sleep(every)
        s.recv(bytes_each)
        ours = subprocess.run(["ss", "-Htn", "state", "established", f"( sport = :{port} and dport = :{mine} )"],
                              capture_output=True, text=True).stdout
        if not ours:
            s.close()
            return time.monotonic() - start
    s.close()
    return until


def test_H1_slow_readers_are_closed(own_town, tmp_path):
    """Who takes next to nothing is closed; a slow phone (20 KB/s) and an honest reader are not."""
    (tmp_path / "large.txt").write_bytes(b"x" * (12 << 20))
    t = own_town("--ui", str(tmp_path))
    assert len(t.client().get("/large.txt", expect=200).body) == 12 << 20
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        slow = [pool.submit(read_slowly, t.port, 800, 1, 35) for _ in range(40)]
        phones = [pool.submit(read_slowly, t.port, 4000, 0.2, 35) for _ in range(4)]
        assert max(s.result() for s in slow) <= 31
        assert min(p.result() for p in phones) == 35
