# SPDX-License-Identifier: Apache-2.0
"""What the kernel's own trace says about when something happened, on the clock of all processes (CLOCK_MONOTONIC).

No process has to wait and watch, which on one CPU would delay what it watches.
"""

import re
from dataclasses import dataclass
from pathlib import Path

INSTANCE = Path("/sys/kernel/tracing/instances/bench")
# "task-pid [cpu] flags time: name: text", or "…: sys_name(arguments)"
_LINE = re.compile(r"^\s*(?P<task>.+)-(?P<pid>\d+)\s+\[\d+\]\s+\S+\s+(?P<t>\d+\.\d+): (?P<name>\w+)(?:: |\()(?P<text>.*)$")


@dataclass
class Event:
    t_ms: float
    name: str
    pid: int   # of the task in whose context it happened
    text: str

    def field(self, name: str) -> str:
        return re.search(rf"\b{name}=(\S+)", self.text)[1]


class Trace:
    """`events` maps "group/name" to a filter, or ""."""

    def __init__(self, events: dict[str, str]):
        self._events = events
        INSTANCE.mkdir(exist_ok=True)
        self._write("trace_clock", "mono")
        self._write("buffer_size_kb", "4096")
        self._write("tracing_on", "0")
        for name, condition in events.items():
            if condition:
                self._write(f"events/{name}/filter", condition)
            self._write(f"events/{name}/enable", "1")

    @staticmethod
    def _write(file: str, text: str) -> None:
        (INSTANCE / file).write_text(text, encoding="ascii")

    def start(self) -> None:
        self._write("trace", "")
        self._write("tracing_on", "1")

    def stop(self) -> list[Event]:
        self._write("tracing_on", "0")
        found = []
        with open(INSTANCE / "trace", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                match = _LINE.match(line)
                if match:
                    found.append(Event(float(match["t"]) * 1000, match["name"], int(match["pid"]), match["text"]))
        return found

    def close(self) -> None:
        for name, condition in self._events.items():
            self._write(f"events/{name}/enable", "0")
            if condition:
                self._write(f"events/{name}/filter", "0")


def runs_ms(events: list[Event], pid: int) -> list[float]:
    """CPU time of each waking of that task, from sched_switch events: from its switch-in after a sleep to its next sleep."""
    runs, since, total = [], None, 0.0
    for event in events:
        if event.name != "sched_switch":
            continue
        if int(event.field("next_pid")) == pid:
            since = event.t_ms
        elif int(event.field("prev_pid")) == pid and since is not None:
            total += event.t_ms - since
            since = None
            if not event.field("prev_state").startswith("R"):
                runs.append(total)
                total = 0.0
    return runs


def percentiles(values: list[float]) -> dict:
    """Nearest rank; with fewer than a hundred values p99 is the largest."""
    ordered = sorted(values)
    if not ordered:
        return {"n": 0}
    rank = {name: ordered[min(len(ordered) - 1, -(-len(ordered) * part // 100) - 1)] for name, part in (("p50", 50), ("p99", 99))}
    return {"n": len(ordered), **{name: round(value, 3) for name, value in rank.items()}, "max": round(ordered[-1], 3)}
