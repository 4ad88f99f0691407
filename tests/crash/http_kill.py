#!/usr/bin/env python3
"""T1: kill -9 under HTTP load, 50 times over the same folder. What was answered with 201 is there after
the restart: the row once, the file whole, the audit entry of the same act. A record whose answer did
not come is sent again.

usage: http_kill.py BANGBAN BANGBAN_UNSAFE [--cycles N] [--seed N]

Ledger rule: stop the server, read the ledger, kill, start again, compare. The control is the same test
on the same sources with the acknowledgement moved before the commit: it must lose. Prints TAP.
"""
import os
import subprocess
import random
import sys
import time

import town

LONGEST = 180


def kills(o, program, root, env, until_lost=False):
    """(server, data folder, ledger, names that were lost, what was refused, kills)"""
    os.makedirs(root)
    data = town.make(o.program, root)
    server, missing, seen = town.Server(program, data, env).start(), set(), 0
    deadline = time.monotonic() + LONGEST
    clients = town.Clients(server.port, o.seed)
    try:
        for cycle in range(o.cycles):
            time.sleep(0.05 + random.random() * 0.3)
            server.freeze()
            ledger = clients.read()
            server.kill()
            missing |= set(town.lost(data, dict(list(ledger.items())[seen:])))
            if until_lost and missing:
                break
            server.start()
            seen = len(ledger)
            if time.monotonic() > deadline:
                sys.exit("too slow: the machine is overloaded")
    finally:
        clients.over = True  # before the kill: what comes now is not part of the test
        server.kill()
        clients.stop()
    ledger = clients.read()
    if not until_lost:
        missing |= set(town.lost(data, ledger))
    return server, data, ledger, missing, clients.refused, cycle + 1


def holds_word(program, word):
    with open(program, "rb") as f:
        return word in f.read()


def test(o, tap, root):
    unsafe = os.path.abspath(o.more[0])
    server, data, ledger, missing, refused, cycles = kills(o, o.program, root + "/good", {})
    tap.row(not missing and len(ledger) > cycles,
            "T1 %d kills, %d acknowledged, %d with a file, %d lost"
            % (cycles, len(ledger), sum(1 for h in ledger.values() if h), len(missing)))
    tap.row(not refused, "T1 nothing was refused %s" % refused[:3])
    tap.row(town.halves(data) == 0, "T1 every act has its audit entry, every named file its bytes")
    tap.row(town.verifies(o.program, data), "T1 the audit chain holds")
    tap.row(server.slowest < 1.0 or os.environ.get("BB_SLOW") == "1",
            "T1 ready again after %.2f s at most" % server.slowest)
    _, _, ledger, missing, _, cycles = kills(o, unsafe, root + "/control", {"BANGBAN_UNSAFE": "ack"}, True)
    tap.row(missing, "T1 control, acknowledged before the commit: %d of %d lost after %d kills (it must lose)"
            % (len(missing), len(ledger), cycles))
    tap.row(holds_word(unsafe, b"BANGBAN_UNSAFE") and not holds_word(o.program, b"BANGBAN_UNSAFE"),
            "T1 the released program does not know the control's variable")


if __name__ == "__main__":
    town.run(test, lambda p: p.add_argument("--cycles", type=int, default=50))
