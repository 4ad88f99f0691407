#!/usr/bin/env python3
"""T4: the i-th write, fsync, rename, open, truncate or read of the server fails, once or for good, with
EIO, ENOSPC or a short write. Never 201 for what is not there afterwards; a failed sync ends the process;
anything else is a 5xx and the server goes on; what was refused is taken when it is sent again.

usage: http_fault.py BANGBAN BANGBAN_UNSAFE FAULT_SO [--points N] [--seed N]

The control acknowledges before the commit: the sweep must catch it. Prints TAP.
"""
import errno
import mmap
import os
import random
import struct
import subprocess
import time

import town

KINDS = ["none", "write", "sync", "rename", "open", "truncate", "read"]
SPECIAL = {"short": 0, "KILL": 1000}
SWEEP = [("write", "EIO"), ("write", "ENOSPC"), ("write", "short"), ("sync", "EIO"), ("sync", "ENOSPC"),
         ("rename", "EIO"), ("rename", "ENOSPC"), ("open", "EIO"), ("open", "ENOSPC"), ("truncate", "EIO"),
         ("read", "EIO")]
START = [("open", "EIO"), ("write", "ENOSPC"), ("sync", "EIO"), ("read", "EIO")]


class Fault:
    """The control block that the shim in the server maps as well."""

    def __init__(self, path):
        with open(path, "wb") as f:
            f.write(bytes(4096))
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 4096)

    def arm(self, kind, number, error, for_good):
        code = SPECIAL[error] if error in SPECIAL else getattr(errno, error)
        self.map[4:20] = struct.pack("4i", number, code, for_good, 0)
        self.map[0:4] = struct.pack("i", KINDS.index(kind))

    def disarm(self):
        self.map[0:4] = bytes(4)
        return struct.unpack("i", self.map[16:20])[0]


class Sweep:
    def __init__(self, o, program, root, env):
        os.makedirs(root)
        self.o, self.rng, self.faults, self.bad = o, random.Random(o.seed), Fault(root + "/control"), []
        self.data = town.make(o.program, root)
        self.ledger, self.points, self.deaths, self.statuses = {}, 0, 0, {}
        shim = {"LD_PRELOAD": os.path.abspath(o.more[1]), "FAULT_CONTROL": root + "/control",
                "FAULT_FOLDER": self.data, **env}
        self.server = town.Server(program, self.data, shim).start()

    def say(self, point, what):
        self.bad.append("%s #%d %s %s: %s" % (*point[:3], "for good" if point[3] else "once", what))

    def settle(self, is_over):
        """The exit code of a server that is ending, or None when it goes on."""
        end = time.monotonic() + (5 if is_over else 0.05)
        while is_over and self.server.process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        return self.server.process.poll()

    def again(self, point, record):
        """Without the fault: the server goes on, or starts again, and takes it."""
        if self.server.process.poll() is not None:
            self.deaths += 1
            self.server.start()
        for _ in range(50):
            status = town.send(self.server.port, record)
            if status == 201:
                self.ledger[record.id] = record.hash
                return
            time.sleep(0.01)
        self.say(point, "refused for good with %d" % status)

    def point(self, kind, number, error, for_good):
        """Whether the fault was met at all."""
        point, record = (kind, number, error, for_good), town.Record(self.rng, with_photo=True)
        self.faults.arm(*point)
        status = town.send(self.server.port, record)
        is_read = self.server.status("/healthz")
        hits = self.faults.disarm()
        if not hits:
            if status == 201:
                self.ledger[record.id] = record.hash
            return False
        self.points += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        code = self.settle(kind == "sync" or status == 0)
        if status == 201:
            self.ledger[record.id] = record.hash
            missing = town.lost(self.data, {record.id: record.hash})
            if missing or kind == "sync":
                self.say(point, "201, and %s" % ("not there" if missing else "not synced"))
        elif status != 0 and not 500 <= status < 600:
            self.say(point, "answered %d" % status)
        if kind == "sync" and not code:
            self.say(point, "goes on after a failed sync (exit %s)" % code)
        if code is None and is_read != 200 and kind != "sync":
            self.say(point, "healthz %d" % is_read)
        self.again(point, record)
        return True

    def sweep(self, limit):
        for kind, error in SWEEP:
            for for_good in (0, 1):
                for number in range(1, limit + 1):
                    if not self.point(kind, number, error, for_good):
                        break

    def starting(self, limit):
        """Faults while it starts: it refuses with an exit code or comes up, and the next start is clean."""
        count = 0
        for kind, error in START:
            for number in range(1, limit + 1):
                self.server.kill()
                self.faults.arm(kind, number, error, 0)
                self.server.launch()
                is_up = self.server.wait_ready()
                if not self.faults.disarm():
                    break
                count += 1
                if not is_up and self.server.process.returncode == 0:
                    self.say((kind, number, error, 0), "refused to start with exit 0")
                self.server.kill()
                self.server.start()
        return count


def test(o, tap, root):
    s = Sweep(o, o.program, root + "/good", {})
    s.sweep(o.points)
    starts = s.starting(12)
    s.server.kill()
    s.server.start()
    s.server.kill()
    missing = town.lost(s.data, s.ledger)
    tap.row(not s.bad and s.points > 100, "T4 %d fault points, answers %s, %d ends of the process %s"
            % (s.points, dict(sorted(s.statuses.items())), s.deaths, s.bad[:5]))
    tap.row(starts > 20, "T4 %d faults while starting: refused or up, clean afterwards" % starts)
    tap.row(not missing, "T4 %d acknowledged, %d lost after kill and restart" % (len(s.ledger), len(missing)))
    tap.row(town.halves(s.data) == 0 and town.verifies(o.program, s.data), "T4 no halves, the audit chain holds")
    s = Sweep(o, os.path.abspath(o.more[0]), root + "/control", {"BANGBAN_UNSAFE": "ack"})
    for number in range(1, o.points):
        if s.bad or not s.point("write", number, "ENOSPC", 1):
            break
    s.server.kill()
    tap.row(s.bad, "T4 control, acknowledged before the commit: %s (it must be caught)" % s.bad[:1])


if __name__ == "__main__":
    town.run(test, lambda p: p.add_argument("--points", type=int, default=40))
