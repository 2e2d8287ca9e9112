# SPDX-License-Identifier: Apache-2.0
"""From the kernel's text to the numbers that the kubelet decides on.  Pure: text in, numbers out.

The root cgroup has no memory.current, so the runtime library makes up a usage for it: `anon` + `file`
since runc 1.1.9, MemTotal - MemFree before.  Either way `inactive_file` is then taken off, which gives
the working set, and what is left of MemTotal is "available".
"""

from standin.thresholds import Observation

# A cgroup limit above this is "no limit" to the kubelet: it then publishes no availableBytes at all.
UNLIMITED = 2**62
_WRAP = 2**64

ROOT_USAGES = ("anon+file", "memtotal-memfree")


def parse_flat(text: str) -> dict[str, int]:
    """memory.stat, memory.events, cpu.stat: one `key number` a line."""
    words = text.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def parse_meminfo(text: str) -> dict[str, int]:
    """/proc/meminfo in bytes; the lines without a unit are counts and stay as they are."""
    found = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        number, *unit = rest.split()
        found[name] = int(number) * (1024 if unit == ["kB"] else 1)
    return found


def parse_psi(text: str) -> dict[str, dict]:
    found = {}
    for line in text.splitlines():
        kind, *pairs = line.split()
        fields = dict(pair.split("=") for pair in pairs)
        # The API's type comment says nanoseconds; what it carries is the kernel's microseconds.
        found[kind] = {"total": int(fields.pop("total"))} | {key: float(text) for key, text in fields.items()}
    return found


def working_set(usage: int, inactive_file: int) -> int:
    return max(0, usage - inactive_file)


def root_usage(formula: str, meminfo: dict, stat: dict) -> int:
    if formula == "memtotal-memfree":
        return meminfo["MemTotal"] - meminfo["MemFree"]
    return stat["anon"] + stat["file"]


def available(limit: int, used: int) -> int | None:
    """The API's uint64: it wraps when the working set is over the limit."""
    return None if limit > UNLIMITED else (limit - used) % _WRAP


def int64(number: int) -> int:
    wrapped = number % _WRAP
    return wrapped - _WRAP if wrapped >= _WRAP // 2 else wrapped


def memory_observation(available_bytes: int | None, used: int, time_ns: int | None) -> Observation | None:
    """Both casts to int64 happen after the unsigned sum, which is why an overrun still adds up."""
    if available_bytes is None:
        return None
    return Observation(int64(available_bytes), int64(available_bytes + used), time_ns)


def without_huge_pages(available_bytes: int, pool_bytes: int) -> int:
    """1.37's HugepageAwareEviction: the whole pool, used or not, is not available."""
    return max(0, available_bytes - pool_bytes)


def sample_available(sample: dict) -> int | None:
    """availableBytes of one sample of a cgroup; None without a limit."""
    if sample["limit"] is None:
        return None
    free, pool = available(sample["limit"], sample["working_set"]), sample.get("huge_page_pool", 0)
    return without_huge_pages(free, pool) if free is not None and pool else free


def pid_limits(pid_max: str | None, threads_max: str | None, loadavg: str) -> tuple[int, int]:
    """(maxpid, curproc).  curproc counts every thread of the node."""
    limits = [int(text) for text in (pid_max, threads_max) if text is not None]
    return min(limits), int(loadavg.split()[3].partition("/")[2])


def pid_observation(max_pid: int, current: int, time_ns: int | None) -> Observation:
    return Observation(max_pid - current, max_pid, time_ns)
