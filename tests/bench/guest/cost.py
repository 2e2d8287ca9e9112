# SPDX-License-Identifier: Apache-2.0
"""What programs cost while nothing happens."""

import os
import re
import time
from pathlib import Path

import rpvm
import trace


def processes(program: str) -> dict[int, str]:
    """pid -> name of every process whose executable is called that."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if os.path.basename(os.readlink(place / "exe")) == program:
                found[int(place.name)] = (place / "comm").read_text(encoding="ascii").strip()
        except OSError:
            continue
    return found


def _numbers(pid: int) -> dict[str, int]:
    place = Path(f"/proc/{pid}")
    status = (place / "status").read_text(encoding="ascii")
    fields = {key: int(re.search(rf"^{name}:\s+(\d+)", status, re.M)[1]) for key, name in (
        ("rss_kib", "VmRSS"), ("anon_kib", "RssAnon"), ("locked_kib", "VmLck"), ("sleeps", "voluntary_ctxt_switches"))}
    stat = (place / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    rollup = (place / "smaps_rollup").read_text(encoding="ascii")
    return fields | {"pss_kib": int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1]), "faults": int(stat[7]) + int(stat[9]),
                     "ticks": int(stat[11]) + int(stat[12]), "cpu_ns": int((place / "schedstat").read_text().split()[0])}


def _difference(name: str, was: dict, now: dict, seconds: float) -> dict:
    return {"process": name, "cpu_ms_per_min": round((now["cpu_ns"] - was["cpu_ns"]) / 1e6 * 60 / seconds, 3),
            "cpu_ticks": now["ticks"] - was["ticks"], "wakeups_per_s": round((now["sleeps"] - was["sleeps"]) / seconds, 2),
            "page_faults": now["faults"] - was["faults"],
            **{key: now[key] for key in ("rss_kib", "anon_kib", "pss_kib", "locked_kib")}}


def idle(programs: list[str], seconds: float) -> list[dict]:
    """Each process of these programs over one and the same time. Reading the numbers first would be seen in them."""
    names = {pid: name for program in programs for pid, name in processes(program).items()}
    for pid in names:
        _numbers(pid)
    was, began = {pid: _numbers(pid) for pid in names}, rpvm.now()
    time.sleep(seconds)
    now, passed = {pid: _numbers(pid) for pid in names}, rpvm.now() - began
    return sorted((_difference(names[pid], was[pid], now[pid], passed) for pid in names), key=lambda row: row["process"])


def together(rows: list[dict], prefix: str = "") -> dict:
    """The sum over the processes whose name begins so. A shared page counts once in pss."""
    mine = [row for row in rows if row["process"].startswith(prefix)]
    return {key: round(sum(row[key] for row in mine), 3) for key in ("cpu_ms_per_min", "wakeups_per_s", "pss_kib", "anon_kib")}


def per_waking(pid: int, seconds: float) -> dict:
    """How long the process runs each time it wakes, in ms of CPU."""
    watch = trace.Trace({"sched/sched_switch": f"prev_pid=={pid} || next_pid=={pid}"})
    watch.start()
    time.sleep(seconds)
    events = watch.stop()
    watch.close()
    return trace.percentiles(trace.runs_ms(events, pid))
