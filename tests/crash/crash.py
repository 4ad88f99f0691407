#!/usr/bin/env python3
"""Nothing acknowledged is lost: kill -9 and power cut under load, each with a control that must lose.

usage: crash.py kill|power STORE_LOAD [POWER_CUT_SO] [--cycles N] [--seed N]

Ledger rule: stop the program, read the ledger, keep what is durable, then kill. Prints TAP.
"""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time


class Load:
    """The program under load in a folder of its own."""

    def __init__(self, program, root, words=(), shim=None):
        self.program, self.words = program, list(words)
        self.data, self.ledger = os.path.join(root, "data"), os.path.join(root, "ledger")
        self.shadow = os.path.join(root, "shadow")
        self.env = dict(os.environ)
        self.process = None
        os.makedirs(self.data, 0o700)
        os.makedirs(self.shadow)
        if shim:
            self.env.update(LD_PRELOAD=shim, POWER_CUT_SHADOW=self.shadow)

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "run", self.data, self.ledger] + self.words,
            stdout=subprocess.PIPE, env=self.env)
        if self.process.stdout.readline() != b"ready\n":
            sys.exit("the program did not start again: exit %s" % self.process.wait())

    def freeze(self):
        """Stop it; give the ledger as it stands."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)
        with open(self.ledger, "rb") as f:
            text = f.read()
        return text[: text.rfind(b"\n") + 1]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def check(program, data, ledger_text):
    """How many were acknowledged, how many of them are gone."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(ledger_text)
        f.flush()
        done = subprocess.run([program, "check", data, f.name], stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit("check failed: %s" % done.stdout)
    words = dict(w.split("=") for w in done.stdout.split() if "=" in w)
    return int(words["acked"]), int(words["lost"])


def kill_cycles(program, cycles, words, until_lost):
    """Kill it again and again over the same folder; after each cycle check what is new, at the end all."""
    with tempfile.TemporaryDirectory(prefix="bangban-crash-") as root:
        load, seen, lost = Load(program, root, words), 0, 0
        for cycle in range(cycles):
            load.start()
            time.sleep(0.02 + random.random() * 0.2)
            text = load.freeze()
            load.kill()
            _, gone = check(program, load.data, text[seen:])
            seen, lost = len(text), lost + gone
            if until_lost and lost:
                return seen, lost, cycle + 1
        acked, gone = check(program, load.data, text)
        return acked, max(lost, gone), cycles


def rebuild(shadow, folder_inode, target):
    """The folder as it is after the cut: names and bytes that were synced, nothing else."""
    os.makedirs(target, exist_ok=True)
    names = os.path.join(shadow, "folder-%d" % folder_inode)
    if not os.path.exists(names):
        return
    with open(names) as f:
        rows = [line.rstrip("\n").split(" ", 2) for line in f]
    for kind, inode, name in rows:
        path = os.path.join(target, name)
        kept = os.path.join(shadow, "inode-" + inode)
        if kind == "d":
            rebuild(shadow, int(inode), path)
        elif os.path.exists(kept):
            shutil.copyfile(kept, path)
        else:
            open(path, "wb").close()


def power_cuts(program, shim, cycles, words, until_lost):
    total, lost = 0, 0
    for cycle in range(cycles):
        with tempfile.TemporaryDirectory(prefix="bangban-crash-") as root:
            load, after = Load(program, root, words, shim), os.path.join(root, "after")
            load.start()
            time.sleep(0.1 + random.random() * 0.4)
            text = load.freeze()
            rebuild(load.shadow, os.stat(load.data).st_ino, after)
            load.kill()
            try:
                acked, gone = check(program, after, text)
            except SystemExit:
                acked, gone = text.count(b"\n"), text.count(b"\n")
            total, lost = total + acked, lost + gone
            if until_lost and lost:
                return total, lost, cycle + 1
    return total, lost, cycles


def main():
    p = argparse.ArgumentParser()
    p.add_argument("what", choices=["kill", "power"])
    p.add_argument("program")
    p.add_argument("shim", nargs="?")
    p.add_argument("--cycles", type=int, default=0)
    p.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    o = p.parse_args()
    random.seed(o.seed)
    print("1..2\n# seed %d" % o.seed, flush=True)
    if o.what == "kill":
        acked, lost, cycles = kill_cycles(o.program, o.cycles or 20, [], False)
        control = kill_cycles(o.program, o.cycles or 50, ["early"], True)
        name = "acknowledged before the commit"
    else:
        acked, lost, cycles = power_cuts(o.program, o.shim, o.cycles or 8, [], False)
        control = power_cuts(o.program, o.shim, o.cycles or 12, ["unsynced"], True)
        name = "synchronous=OFF"
    is_good = lost == 0 and acked > 100 * cycles / 10
    print("%sok 1 - %s: %d cycles, %d acknowledged, %d lost"
          % ("" if is_good else "not ", o.what, cycles, acked, lost))
    print("%sok 2 - control, %s: %d lost after %d cycles (it must lose)"
          % ("" if control[1] else "not ", name, control[1], control[2]))
    return 0 if is_good and control[1] else 1


if __name__ == "__main__":
    sys.exit(main())
