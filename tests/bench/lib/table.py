# SPDX-License-Identifier: Apache-2.0
"""The numbers as text: for people, and as JSON that shows a change as a change of few lines."""

import json
import re

CLOCKS = {"kvm": "times are real (KVM)", "tcg": "emulated: times are those of an emulator, good for ratios only",
          "icount": "EMULATED, instructions counted: 1 ms here is one million instructions of the guest; good for ratios only"}
RATIO = "reprieve : earlyoom, median of pairs (least..most)"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _grid(title: str, head: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ["  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
             for row in [head, *rows]]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([title, "", *("  " + line.rstrip() for line in [lines[0], rule, *lines[1:]])])


def _median(values: list[float]) -> float:
    """The lower one of two in the middle: a value that was measured."""
    return sorted(values)[(len(values) - 1) // 2]


def ratio(mine: list[float], peers: list[float]) -> str:
    """Of each pair; nothing where the peer's number is nothing."""
    each = [a / b for a, b in zip(mine, peers) if b > 0]
    return f"{_number(_median(each))} ({_number(min(each))}..{_number(max(each))})" if each else "-"


def _idle(measured: dict) -> str:
    rows = []
    for key, text in (("cpu_ms_per_min", "CPU, ms in a minute"), ("wakeups_per_s", "wake-ups in a second"),
                      ("pss_kib", "memory (PSS), KiB")):
        mine, blind, peer = ([pair[who][key] for pair in measured[way]] for way, who in (
            ("bpf", "reprieve"), ("files", "reprieve"), ("bpf", "earlyoom")))
        rows.append([text, *(_number(_median(values)) for values in (mine, blind, peer)), ratio(mine, peer)])
    title = (f"Idle: {measured['pods']} pods, {measured['cgroups']} cgroups; both programs over the same "
             f"{measured['seconds']} s, {len(measured['bpf'])} times")
    shown = ("cpu_ms_per_min", "wakeups_per_s", "rss_kib", "anon_kib", "pss_kib")
    processes = [[row["process"], *(_number(row[key]) for key in shown), str(row["page_faults"])]
                 for row in measured["bpf"][0]["processes"]]
    return (_grid(title, ["", "reprieve", "without BPF", "earlyoom", RATIO], rows) + "\n\n" + _grid(
        "Each process (the first time, with BPF)",
        ["", "CPU ms/min", "wake-ups/s", "RSS KiB", "anon KiB", "PSS KiB", "page faults"], processes))


def _scale(measured: list[dict]) -> str:
    rows = []
    for one in measured:
        guard = next(row for row in one["processes"] if row["process"] == "rp-guard")
        waking = one["guard_waking_ms"]
        rows.append([f"{one['pods']} pods, {one['cgroups']} cgroups", _number(one["reprieve"]["cpu_ms_per_min"]),
                     _number(guard["cpu_ms_per_min"]), _number(waking["p50"]), _number(waking["p99"]), _number(guard["rss_kib"]),
                     _number(one["reprieve"]["pss_kib"])])
    return _grid("Scale: Reprieve alone, idle, with room for 512 pods",
                 ["", "CPU ms/min", "guard's", "a waking p50 ms", "p99 ms", "guard RSS KiB", "PSS KiB"], rows)


def _urgent(measured: dict) -> str:
    rows = [[text, *(_number(measured[key][rank]) for rank in ("p50", "p99", "max"))] for key, text in (
        ("event_to_look_ms", "first event until the guard looks"), ("event_to_decided_ms", "first event until it has decided"),
        ("kill_to_decided_ms", "kill until it has decided"))]
    title = f"An OOM kill inside of a small cgroup, ms ({measured['kill_to_decided_ms']['n']} kills)"
    return _grid(title, ["", "p50", "p99", "max"], rows)


def _growth(title: str, measured: dict) -> str:
    mine, peer = measured["reprieve"], measured["earlyoom"]
    n = len(peer["each"])
    high = "p99" if n >= 100 else "max"
    rows = []
    for key, text in (("trigger_to_stopped_ms", "trigger to stopped, ms"), ("onset_to_stopped_ms", "begin of growth to stopped, ms"),
                      ("woke_to_acted_ms", "last waking to the action, ms"), ("acted_to_stopped_ms", "action to stopped, ms")):
        pairs = ratio(*([row[key] for row in who["each"]] for who in (mine, peer)))
        rows.append([text, *(f"{_number(who[key]['p50'])} / {_number(who[key][high])}" for who in (mine, peer)),
                     "other triggers" if key.startswith("trigger") else pairs])
    rows.append(["room left before the limit, MiB (median / least)",
                 *(" / ".join(_number(who["room_left_mib"][rank]) for rank in ("median", "least")) for who in (mine, peer)), ""])
    how = [", ".join(f"{count} {name}" for name, count in who["actions"].items()) for who in (mine, peer)]
    rows.append(["how", *how, ""])
    return _grid(f"{title}; {n} tenants for each, p50 / {high}", ["", "reprieve", "earlyoom", RATIO], rows)


SECTIONS = {"idle": _idle, "scale": _scale, "urgent": _urgent,
            "steady": lambda measured: _growth("A tenant that takes 200 MiB/s", measured),
            "burst": lambda measured: _growth("A tenant that takes memory at full speed", measured)}


def whole(results: dict) -> str:
    """Every section that was measured, under what the numbers are worth."""
    parts = results["parts"]
    head = (f"reprieve {results['commit']} on {results['kernel']}, {results['memory_mib']} MiB, {results['cpus']} CPU, "
            f"{results['date']}\n{CLOCKS[results['clock']]}")
    return "\n\n".join([head, *(section(parts[name]) for name, section in SECTIONS.items() if name in parts)])


def compact(results: dict) -> str:
    """JSON with each innermost object on one line."""
    return re.sub(r"\{[^{}\[\]]*\}", lambda found: " ".join(found[0].split()), json.dumps(results, indent=1))
