#!/usr/bin/env python3
"""T2: a power cut under HTTP load, simulated by power_cut.so: what was never synced is gone. What was
answered with 201 is there after the server has started on what is left.

usage: http_power.py BANGBAN BANGBAN_UNSAFE POWER_CUT_SO [--cycles N] [--seed N]

The control is the same test with synchronous=OFF and files that are not synced: it must lose. Prints TAP.
"""
import os
import random
import shutil
import subprocess
import time

import crash
import town


def cut(o, program, root, env, number):
    """One cut on a fresh copy; (ledger, folder as the next start finds it)."""
    data, shadow = os.path.join(root, "data"), os.path.join(root, "shadow")
    after = os.path.join(root, "after-%d" % number)
    os.makedirs(shadow)
    shim = {"LD_PRELOAD": os.path.abspath(o.more[1]), "POWER_CUT_SHADOW": shadow}
    town.make(o.program, root, shim)
    server = town.Server(program, data, {**shim, **env}).start()
    clients = town.Clients(server.port, o.seed + 100 * number)
    try:
        time.sleep(0.2 + random.random() * 0.5)
        server.freeze()
        ledger = clients.read()
        crash.rebuild(shadow, os.stat(data).st_ino, after)
    finally:
        clients.over = True
        server.kill()
        clients.stop()
    shutil.rmtree(data)
    shutil.rmtree(shadow)
    return ledger, after


def starts(o, data):
    """The server comes up on it and stops again; the audit chain holds."""
    server = town.Server(o.program, data)
    server.launch()
    if not server.wait_ready():
        return False
    return server.stop() == 0 and town.verifies(o.program, data)


def cuts(o, program, root, env, until_lost=False):
    os.makedirs(root)
    acked, with_file, missing, broken = 0, 0, 0, 0
    for number in range(o.cycles):
        ledger, after = cut(o, program, root, env, number)
        acked, with_file = acked + len(ledger), with_file + sum(1 for h in ledger.values() if h)
        if not until_lost:
            broken += not starts(o, after)
        missing += len(town.lost(after, ledger))
        if until_lost and missing:
            break
        shutil.rmtree(after)
    return acked, with_file, missing, broken, number + 1


def test(o, tap, root):
    acked, with_file, missing, broken, count = cuts(o, o.program, root + "/good", {})
    tap.row(not missing and acked > 10 * count, "T2 %d power cuts, %d acknowledged, %d with a file, %d lost"
            % (count, acked, with_file, missing))
    tap.row(not broken, "T2 the server starts on what is left, the audit chain holds")
    acked, _, missing, _, count = cuts(o, os.path.abspath(o.more[0]), root + "/control",
                                       {"BANGBAN_UNSAFE": "sync"}, True)
    tap.row(missing, "T2 control, synchronous=OFF: %d of %d lost after %d cuts (it must lose)"
            % (missing, acked, count))


if __name__ == "__main__":
    town.run(test, lambda p: p.add_argument("--cycles", type=int, default=6))
