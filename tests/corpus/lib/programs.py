# SPDX-License-Identifier: Apache-2.0
"""programs.txt: one recording a line. The host and the guest read the same."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

SETS = ("tuning", "held-out")
ENDS = ("crosses", "trap")
SIGNAL = re.compile(r"(memory|nodefs|imagefs|pid)\.[A-Za-z]+")


@dataclass(frozen=True)
class Program:
    name: str
    family: str
    set: str
    end: str                     # what it was chosen for; what it did stands in its recording
    command: str                 # for sh, in the pod
    thresholds: tuple            # (signal of the kubelet, quantity); the first is the danger that it is about
    traits: tuple = ()
    memory_mib: int = 512        # of the machine
    seconds: int = 120           # recorded, unless it crosses before
    calm_s: int = 10             # of them before the program starts
    data: str = ""               # what `corpus` has to make for it
    pid_max: int = 0
    root: str = "base"           # root file system of the machine

    @property
    def danger(self) -> str:
        return self.thresholds[0][0]


OPTIONS = {"mem": ("memory_mib", int), "s": ("seconds", int), "calm": ("calm_s", int), "data": ("data", str),
           "pid-max": ("pid_max", int), "root": ("root", str), "traits": ("traits", lambda text: tuple(text.split(",")))}


def _row(line: str) -> Program:
    head, _dashes, command = line.partition(" -- ")
    name, family, which, end, *options = shlex.split(head)
    if which not in SETS or end not in ENDS or not command.strip():
        raise ValueError(f"{name}: a set of {SETS}, an end of {ENDS} and a command are wanted")
    more, thresholds = {}, []
    for option in options:
        key, _equals, value = option.partition("=")
        if SIGNAL.fullmatch(key):
            thresholds.append((key, value))
        else:
            field, convert = OPTIONS[key]
            more[field] = convert(value)
    if not thresholds:
        raise ValueError(f"{name}: no threshold")
    return Program(name, family, which, end, command.strip(), tuple(thresholds), **more)


def parse(text: str) -> list[Program]:
    rows = [_row(line) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len({row.name for row in rows}) != len(rows):
        raise ValueError("two recordings have the same name")
    return rows


def read(path: Path) -> list[Program]:
    return parse(path.read_text(encoding="utf-8"))
