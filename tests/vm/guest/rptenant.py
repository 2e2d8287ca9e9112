# SPDX-License-Identifier: Apache-2.0
"""Workloads of a plain machine: one process in a cgroup of its own that takes memory when told to; and its knobs."""

import os
import re
import threading
import time
from pathlib import Path

import rpguard
import rpvm

MIB = 1 << 20
FREE = {"cgroup.freeze": "0", "cpu.max": "max 100000", "memory.high": "max", "oom_score_adj": "0"}
# Follows the orders in a file, read 20 times a second: "grow MIB_PER_S TOP_MIB", "hold", "drop". On SIGUSR1 it adds a
# line to the file ACK ("": it only handles the signal).
PROGRAM = """
import mmap, signal, sys, time
order, ack, held, filling = sys.argv[1], sys.argv[2], [], b"x" * (1 << 20)
def checkpoint(*_):
    if ack:
        with open(ack, "a") as file:
            file.write("checkpoint\\n")
signal.signal(signal.SIGUSR1, checkpoint)
due = time.monotonic()
while True:
    with open(order) as file:
        words = file.read().split()
    now = time.monotonic()
    if words[0] == "drop":
        held.clear()
    if words[0] != "grow":
        due = now
    while words[0] == "grow" and due <= now and len(held) < int(words[2]):
        held.append(mmap.mmap(-1, 1 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        held[-1].write(filling)
        due = max(due + 1 / float(words[1]), now - 1)
    time.sleep(0.05)
"""


class Orders:
    """The file by which such a program is told what to do."""

    def __init__(self, name: str, ack: str = ""):
        self.name = name
        self._file = Path(f"/run/order-{name}")
        self.command = ["python3", "-c", PROGRAM, self._file, ack]
        self.hold()

    def _say(self, text: str) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(text, encoding="ascii")
        fresh.replace(self._file)

    def grow(self, mib_per_s: float, top_mib: float) -> None:
        self._say(f"grow {mib_per_s} {int(top_mib)}")

    def hold(self) -> None:
        self._say("hold")

    def drop(self) -> None:
        self._say("drop")


class Tenant(Orders):
    """`wrapper` is put before the program; `cgroup` is jobs/NAME if it is not given."""

    def __init__(self, name: str, ack: str = "", wrapper: tuple = (), cgroup: str = ""):
        super().__init__(name, ack)
        self.group = rpvm.Cgroup(cgroup or f"jobs/{name}")
        self.process = rpvm.spawn([*wrapper, *self.command], self.group)
        rpvm.wait_for(f"{name} to handle USR1", self._handles, 30)

    def _handles(self) -> bool:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"SigCgt:\s+(\w+)", status)[1], 16) & 1 << 9 != 0

    def use_mib(self) -> float:
        return int(self.group.read("memory.current")) / MIB

    def path(self, knob: str) -> Path:
        return Path(f"/proc/{self.process.pid}/oom_score_adj") if knob == "oom_score_adj" else self.group.path / knob

    def knobs(self) -> dict[str, str]:
        return {knob: self.path(knob).read_text(encoding="ascii").strip() for knob in FREE}

    def write(self, knob: str, value: str) -> None:
        self.path(knob).write_text(value, encoding="ascii")

    def is_free(self) -> bool:
        return self.knobs() == FREE


class Watch(threading.Thread):
    """Reads the knobs of tenants, every millisecond if not told otherwise; `changes` are (time, tenant, knob, value)."""

    def __init__(self, *tenants: Tenant, every_s: float = 0.001):
        super().__init__(daemon=True)
        self._every_s = every_s
        self.changes: list[tuple[float, str, str, str]] = []
        self._files = {(tenant.name, knob): os.open(tenant.path(knob), os.O_RDONLY)
                       for tenant in tenants for knob in FREE}
        self._last = {key: self._read(fd) for key, fd in self._files.items()}
        self.start()

    @staticmethod
    def _read(fd: int) -> str:
        return os.pread(fd, 64, 0).decode("ascii").strip()

    def run(self) -> None:
        while True:
            for key, fd in self._files.items():
                value = self._read(fd)
                if value != self._last[key]:
                    self._last[key] = value
                    self.changes.append((rpvm.now(), *key, value))
            time.sleep(self._every_s)

    def since(self, began: float) -> list[tuple[float, str, str, str]]:
        return [change for change in self.changes if change[0] >= began]

    def freed_ms(self, began: float) -> dict[str, float]:
        """How long after `began` each knob got its old value back."""
        return {f"{name} {knob}": round((when - began) * 1000, 1)
                for when, name, knob, value in self.since(began) if value == FREE[knob]}


def fill(leave_mib: int) -> Tenant:
    """Take memory in a cgroup that no configuration names, until that much is left."""
    ballast = Tenant("ballast", cgroup="ballast")
    take = rpvm.meminfo()["MemAvailable"] / MIB - leave_mib
    ballast.grow(1000, take)
    rpvm.wait_for("the ballast", lambda: ballast.use_mib() > take, 60)
    return ballast


def config(*workloads: str, act: str = "horizon: 60s, calm-hold: 1h, freeze-max: 1h, brake-max: 1h",
           threshold: str = "100Mi", mode: str = "enforce", more: str = "") -> str:
    """A reprieve.yaml; each workload is a YAML mapping in braces."""
    rows = "".join(f"  - {row}\n" for row in workloads)
    return (f"mode: {mode}\nact: {{{act}}}\nkubelet: {{evictionHard: {{memory.available: {threshold}}}}}\n{more}"
            f"workloads:\n{rows}")


def said(guard: rpguard.Guard, *words: str) -> bool:
    """Does a line of the guard's log hold all these words?"""
    return any(all(word in line["text"] for word in words) for line in guard.status()["log"])
