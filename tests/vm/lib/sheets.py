# SPDX-License-Identifier: Apache-2.0
"""Tables of the cells' results, in Markdown."""

import errno
from collections.abc import Iterable

MADE = "Made by `make vm-{0}` of `results/{0}/*.json`; do not edit."
MATRIX_HELP = """\
A number that a program counted stands before the same number from a source that owes nothing to BPF: `=` equal, `~` not
equal, but within the bounds that the scenario states (counts that the kernel makes at another point), `!` wrong. `runs` is
how often the kernel ran the program under this workload. *missing*: this kernel does not have the hook; *refused*: it has,
and says no; *spare*: another program does the same there."""


def _table(head: list[str], rows: Iterable[list]) -> list[str]:
    lines = [head, ["---"] * len(head), *([str(field) for field in row] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines] + [""]


def _kernels(results: list[dict]) -> list[str]:
    return sorted({result["kernel"] for result in results}, key=lambda name: [int(part) for part in name.split(".")])


def _checks(result: dict) -> tuple[int, list[str]]:
    """How many hold, and which do not."""
    checks = result["result"].get("checks", {})
    failed = [name for name, check in checks.items() if not check["ok"]]
    return len(checks) - len(failed), failed


def summary(result: dict) -> str:
    good, failed = _checks(result)
    text = f"{good} checks held" + (f", **{len(failed)} failed**" if failed else "")
    if result["exit_code"] and not failed:
        text += f", **{result['outcome']}, exit code {result['exit_code']}**"
    return text


def _versions(results: list[dict]) -> list[str]:
    rows = []
    for kernel in _kernels(results):
        mine = [result for result in results if result["kernel"] == kernel]
        rows.append([kernel] + [", ".join(sorted({result[key] for result in mine if result[key]}))
                                for key in ("release", "accelerator", "date", "commit")])
    return _table(["kernel", "release", "accelerator", "date", "commit"], rows)


def _cells(results: list[dict]) -> list[str]:
    kernels = _kernels(results)
    by_name: dict[str, dict[str, dict]] = {}
    for result in results:
        name = result["scenario"] + (f", {result['variant']}" if result["variant"] else "")
        by_name.setdefault(name, {})[result["kernel"]] = result
    rows = [[f"`{name}`"] + [f"{summary(mine[k])}; {mine[k]['duration_s']} s" if k in mine else "not run" for k in kernels]
            for name, mine in by_name.items()]
    lines = _table(["scenario", *kernels], rows)
    bad = [f"* `{result['scenario']}` on {result['kernel']}: {name}: {result['result']['checks'][name]['detail']}"
           for result in results for name in _checks(result)[1]]
    return lines + (["Failed:", "", *bad, ""] if bad else [])


# ---- programs and kernels


def _merge(results: list[dict]) -> dict[str, dict[str, dict]]:
    """program -> kernel -> what all scenarios together say of it. A scenario that did not run it knows only its state."""
    found: dict[str, dict[str, dict]] = {}
    for result in results:
        for name, said in result["result"].get("programs", {}).items():
            entry = found.setdefault(name, {}).setdefault(
                result["kernel"], {"state": said["state"], "error": said["error"], "fired": 0, "compared": {}})
            entry["fired"] += said["fired"] or 0
            if said["state"] == "attached":  # in one scenario a module was not loaded, say
                entry.update(state="attached", error=0)
            entry["compared"].update({row["against"]: row for row in said["compared"]})
    return found


def _number(row: dict) -> str:
    sign = "=" if row["exact"] else "~" if row["holds"] else "!"
    text = f"{row['seen']} {sign} {row['expected']}"
    return text if row["holds"] else f"**{text}**"


def _field(entry: dict | None, against: str, first: bool) -> str:
    if entry is None:
        return "not tried"
    if entry["state"] != "attached":
        return entry["state"] + (f" ({errno.errorcode.get(-entry['error'], entry['error'])})" if entry["state"] == "refused"
                                 else "")
    runs = f"{entry['fired']} runs" if first else ""
    row = entry["compared"].get(against)
    number = _number(row) if row else ""
    return "; ".join(text for text in (number, runs) if text) or "–"


def _programs(results: list[dict]) -> list[str]:
    kernels, rows = _kernels(results), []
    for name, entries in _merge(results).items():
        sources = list(dict.fromkeys(against for entry in entries.values() for against in entry["compared"])) or [
            "nothing else knows it" if any(entry["state"] == "attached" for entry in entries.values()) else "–"]
        for number, against in enumerate(sources):
            rows.append([f"`{name}`" if number == 0 else "", against]
                        + [_field(entries.get(kernel), against, number == 0) for kernel in kernels])
    return _table(["program", "checked against", *kernels], rows)


def matrix(results: list[dict]) -> str:
    return "\n".join(["# BPF programs on kernels", "", MADE.format("matrix"), "", MATRIX_HELP, "", *_versions(results),
                      "## Programs", "", *_programs(results), "## Scenarios", "", *_cells(results)])


# ---- cost


def _of(results: list[dict], scenario: str) -> list[dict]:
    return [result for result in results if result["scenario"] == scenario]


def _percent(ratio: float) -> str:
    return f"{(ratio - 1) * 100:+.2f} %"


def _operations(results: list[dict]) -> list[str]:
    rows = []
    for result in results:
        for name, row in result["result"].get("operations", {}).items():
            noise = max(abs(value - 1) for value in row["noise"])
            more = _percent(row["ratio"]) if row["ratio"] <= 1.005 else f"**{_percent(row['ratio'])}**"
            rows.append([result["kernel"], name, row["off"], row["on"], more + f" ({_percent(min(row['ratios']))} to "
                         f"{_percent(max(row['ratios']))})", f"±{noise * 100:.2f} %"])
    return _table(["kernel", "operation", "without", "with", "difference: median (least to most)", "noise"], rows)


def _sweeps(results: list[dict]) -> list[str]:
    rows = []
    for result in results:
        for size, row in result["result"].get("snapshot", {}).items():
            snapshot = row.get("snapshot")
            rows.append([result["kernel"], size, snapshot["per_cgroup"] if snapshot else "no iterator",
                         row["pread"]["per_cgroup"], row["files_read_and_parsed"]["per_cgroup"],
                         f"{row['pread']['per_cgroup'] / snapshot['per_cgroup']:.0f}" if snapshot else "–",
                         f"{(snapshot or row['files_read_and_parsed'])['instructions'] / 1e7:.2f} %"])
    return _table(["kernel", "cgroups", "snapshot", "pread", "pread and parse", "pread : snapshot", "one sweep per s"], rows)


def _daemon(results: list[dict]) -> list[str]:
    rows = []
    for result in results:
        for size, row in result["result"].get("snapshot", {}).items():
            own = row["daemon"]
            rows.append([result["kernel"], size, f"{own['maps_bytes']} in {own['maps']}",
                         f"{own['programs_bytes']} in {own['programs']}", f"{own['instructions_per_s'] / 1e7:.2f} %",
                         f"{own['sweeps'] / own['seconds']:.2f}"])
    return _table(["kernel", "cgroups", "maps, bytes", "programs, bytes", "daemon at rest", "its sweeps per s"], rows)


def _storms(results: list[dict]) -> list[str]:
    rows = []
    for result in results:
        said = result["result"]
        for name in ("reader_paced", "reader_burst", "guard_paced", "guard_burst"):
            if name in said:
                one = said[name]
                p99 = f"{one['p99_ns'] / 1e6:.3f} ms" if "p99_ns" in one and name.endswith("paced") else "–"
                rows.append([result["kernel"], name.replace("_", ", "), one["sent"], one["received"], one["lost"],
                             f"{one['sent'] / (one['ns'] / 1e9):.0f}", p99])
    return _table(["kernel", "who reads, how sent", "sent", "received", "lost", "per s", "p99 latency"], rows)


def _tenants(results: list[dict]) -> list[str]:
    rows = []
    for result in results:
        said = result["result"]
        for name, text in (
                ("bomb", "{refused} refusals in {seconds} s, pids.events says {pids_events_max}; {events} events"),
                ("churn", "{cgroups} cgroups in {minutes} min: {told} told, {lost} lost; counters of at most {entries_most}, "
                          "{entries_left} left")):
            if name in said:
                guard = said[f"{name}_guard"]
                rows.append([result["kernel"], name, text.format(**said[name]), f"{guard['rss_kib']} KiB, "
                             f"{guard['grown_kib']:+} KiB", f"{max(guard['status_ms']):.0f} ms"])
    return _table(["kernel", "storm", "what happened", "guard's memory", "longest answer"], rows)


COST_HELP = """\
QEMU counts instructions (`-icount`, one CPU), so a nanosecond in the guest is an instruction; percentages of a CPU are of
one that does 10⁹ a second. `noise` is what blocks without programs differ by when they are compared in the same way.
Bold: more than 0.5 %. Appending costs more because a program counts each new block of a file in the writer's context; four
run with each fork and its end."""


def cost(results: list[dict]) -> str:
    costs, storms = _of(results, "bpf-cost"), _of(results, "bpf-storm")
    return "\n".join([
        "# What the BPF programs cost", "", MADE.format("cost"), "", COST_HELP, "", *_versions(results),
        "## Instructions per operation, without and with all programs attached", "", *_operations(costs),
        "## Instructions per cgroup to read all of them, half of them with live tasks", "", *_sweeps(costs),
        "## The daemon on such a node", "", *_daemon(costs),
        "## Storms of urgent events", "", *_storms(storms), "## Storms that tenants make", "", *_tenants(storms),
        "## Scenarios", "", *_cells(results)])


RENDER = {"matrix": matrix, "cost": cost}
