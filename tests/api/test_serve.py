"""Starting and ending."""
import os
import signal
import socket
import subprocess
import time

import bangban


def test_SIGTERM_ends_well_and_the_port_is_free_again():
    t = bangban.Township()
    try:
        t.start()
        t.client().get("/healthz", expect=200)
        assert t.stop(signal.SIGTERM) == 0
        t.start()  # the same port
        t.client().get("/healthz", expect=200)
        assert t.stop(signal.SIGINT) == 0
    finally:
        t.close()


def test_T14_a_second_server_on_the_same_folder_is_refused(town):
    done = subprocess.run(town.command("serve", "--listen", "127.0.0.1:0"), capture_output=True, text=True,
                          timeout=10)
    if bangban.DATABASE:
        return  # several servers may share a PostgreSQL; the folder's lock is store's own test
    assert done.returncode != 0 and "store.in_use" in done.stderr, done
    town.client().get("/healthz", expect=200)


def test_a_taken_port_is_told():
    t = bangban.Township()
    try:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            done = subprocess.run(t.command("serve", "--listen", f"127.0.0.1:{port}"), capture_output=True,
                                  text=True, timeout=10)
        assert done.returncode != 0 and "server.listen" in done.stderr, done
    finally:
        t.close()


def test_an_empty_folder_is_told(tmp_path):
    done = subprocess.run([bangban.PROGRAM, "serve", "--data", str(tmp_path / "none"), "--listen", "127.0.0.1:0"],
                          capture_output=True, text=True, timeout=10)
    assert done.returncode not in (0, -signal.SIGILL) and done.stderr


def test_systemd_is_notified(tmp_path):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(10)
        t = bangban.Township()
        try:
            t.start(env={"NOTIFY_SOCKET": path})
            words = {s.recv(64)}
            while b"READY=1" not in words or b"WATCHDOG=1" not in words:
                words.add(s.recv(64))
            t.stop()
            while b"STOPPING=1" not in words:
                words.add(s.recv(64))
        finally:
            t.close()


def test_what_is_under_way_is_answered_before_the_end():
    """A sign-in costs 74 ms: SIGTERM comes in the middle of it."""
    t = bangban.Township()
    try:
        t.start()
        body = b'{"name":"nobody","password":"x"}'
        with socket.create_connection(("127.0.0.1", t.port)) as s:
            s.sendall(b"POST /v1/session HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                      b"Sec-Fetch-Site: same-origin\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            time.sleep(0.02)
            os.kill(t.server.pid, signal.SIGTERM)
            s.settimeout(10)
            assert bangban.status_of(s.recv(4096)) == 401
        assert t.server.wait(10) == 0
        t.server.stdout.close()
        t.log.close()
        t.server = None
    finally:
        t.close()
