# SPDX-License-Identifier: Apache-2.0
"""The test program bpf_probe, which loads and reads the BPF programs as the daemon does, as an object."""

import json
import subprocess

import rpvm

PROBE = "/payload/bpf_probe"
MIB = 1 << 20
TYPES = ["none", "oom_begin", "oom_kill", "oom_victim", "direct", "limit", "high", "near_oom", "new", "gone", "pids_refused",
         "fork_failed", "no_space", "hardware"]
COUNTERS = ["direct_reclaims", "direct_reclaim_ns", "limit_reclaims", "over_high", "near_oom", "oom_begins", "oom_victims",
            "forks", "exits", "pids_refused", "fork_failures", "no_space", "write_bytes", "writes"]


class Event:
    def __init__(self, fields: list[int]):
        kind, self.t_ns, self.cgroup, self.owner, self.value, self.pid = fields
        self.type = TYPES[kind]
        self.who = (self.owner, self.cgroup, self.pid)

    def __repr__(self) -> str:
        return f"{self.type}(cgroup {self.cgroup}, owner {self.owner}, value {self.value}, pid {self.pid})"


def only(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event.type == kind]


class Probe:
    """The test program, which loads and reads as the daemon does. Everything is attached when this returns."""

    def __init__(self, *options: str):
        self.process = subprocess.Popen([PROBE, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.report = self.ask("hooks")
        self.hooks = self.report["hooks"]
        self.allocations = 0

    def ask(self, command: str) -> dict:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def events(self, wait_ms: int = 0) -> list[Event]:
        answer = self.ask(f"wait {wait_ms}")
        self.allocations += answer["allocations"]
        return [Event(fields) for fields in answer["events"]]

    def counts(self, number: int) -> dict:
        return self.ask(f"counts {number}")["counts"] or dict.fromkeys(COUNTERS, 0)

    def skipped(self, program: str) -> int:
        """A preemptible kernel skips a program that it interrupted on the same CPU; it says how often."""
        return self.ask("costs")[program][3]

    def disk(self, dev: int) -> dict[int, list[int]]:
        """Of one file system (kernel's device number) by cgroup: bytes allocated, freed, inodes made, freed."""
        return {cgroup: numbers for cgroup, at, *numbers in self.ask("disk")["disk"] if at == dev}

    def runs(self) -> dict[str, int]:
        """How often each program ran, if `costs` tells on this kernel."""
        return {name: numbers[0] for name, numbers in self.ask("costs").items()}

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)


class Group(rpvm.Cgroup):
    def __init__(self, name: str, **limits):
        super().__init__(name, **limits)
        self.id = self.path.stat().st_ino


def pod_and_leaf(max_mib: int | None = None, high_mib: int | None = None) -> tuple[Group, Group]:
    """A limit on a parent, the work in its child: whose is the limit, who suffers?"""
    limits = {name: mib * MIB for name, mib in (("memory_max", max_mib), ("memory_high", high_mib)) if mib}
    return Group("pod", **limits), Group("pod/leaf")
