# SPDX-License-Identifier: Apache-2.0
"""Readings of the node as a whole: root memory, huge pages, PIDs, file systems."""

import glob
import os
import time

from standin import signals, thresholds
from standin.cgroups import read_file
from standin.thresholds import Observation


def _text_or_none(path: str) -> str | None:
    try:
        return read_file(path)
    except FileNotFoundError:
        return None


def node_memory() -> tuple[int, int]:
    """(MemTotal, SwapTotal) in bytes."""
    meminfo = signals.parse_meminfo(read_file("/proc/meminfo"))
    return meminfo["MemTotal"], meminfo["SwapTotal"]


def huge_page_pool_bytes() -> int:
    total = 0
    for directory in glob.glob("/sys/kernel/mm/hugepages/hugepages-*kB"):
        size_kib = int(directory.rpartition("hugepages-")[2].removesuffix("kB"))
        total += int(read_file(f"{directory}/nr_hugepages")) * size_kib * 1024
    return total


def root_sample(cgroups, formula: str, huge_page_aware: bool) -> dict:
    """The root cgroup's sample; it has no memory.current, so its usage is made up (see signals)."""
    meminfo = signals.parse_meminfo(read_file("/proc/meminfo"))
    stat = signals.parse_flat(cgroups.read("", "memory.stat"))
    usage = signals.root_usage(formula, meminfo, stat)
    cpu = cgroups.read_or_none("", "cpu.stat")
    return {
        "time_ns": time.monotonic_ns(),
        "wall_s": time.time(),
        "usage": usage,
        "working_set": signals.working_set(usage, stat["inactive_file"]),
        "limit": meminfo["MemTotal"],
        "huge_page_pool": huge_page_pool_bytes() if huge_page_aware else 0,
        "rss": stat["anon"],
        "faults": stat["pgfault"],
        "major_faults": stat["pgmajfault"],
        "cpu_us": signals.parse_flat(cpu).get("usage_usec") if cpu else None,
        "psi": signals.parse_psi(psi) if (psi := _text_or_none("/proc/pressure/memory")) else None,
    }


def memory_observation(sample: dict) -> Observation | None:
    return signals.memory_observation(signals.sample_available(sample), sample["working_set"], sample["time_ns"])


def pid_counts() -> tuple[int, int]:
    return signals.pid_limits(
        _text_or_none("/proc/sys/kernel/pid_max"),
        _text_or_none("/proc/sys/kernel/threads-max"),
        read_file("/proc/loadavg"),
    )


def file_system(path: str) -> dict:
    status = os.statvfs(path)
    return {
        "time_ns": time.monotonic_ns(),
        "wall_s": time.time(),
        "available": status.f_frsize * status.f_bavail,
        "capacity": status.f_frsize * status.f_blocks,
        "used": status.f_frsize * (status.f_blocks - status.f_bfree),
        "inodes_free": status.f_ffree,
        "inodes": status.f_files,
    }


def file_system_observations(sample: dict) -> dict[str, Observation]:
    """One disk: the image file system is the node's, and so are its numbers."""
    space = Observation(sample["available"], sample["capacity"], sample["time_ns"])
    inodes = Observation(sample["inodes_free"], sample["inodes"], sample["time_ns"])
    return {
        "nodefs.available": space,
        "nodefs.inodesFree": inodes,
        "imagefs.available": space,
        "imagefs.inodesFree": inodes,
    }


def observe(root: dict, kubepods: dict | None, disk: dict) -> dict[str, Observation]:
    """Everything that the loop compares with its thresholds; what cannot be had is left out."""
    pids = signals.pid_observation(*pid_counts(), time.monotonic_ns())
    found = {
        thresholds.MEMORY: memory_observation(root),
        thresholds.PID: pids,
        thresholds.ALLOCATABLE: memory_observation(kubepods) if kubepods else None,
    }
    found |= file_system_observations(disk)
    return {signal: seen for signal, seen in found.items() if seen is not None}
