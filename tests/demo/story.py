# SPDX-License-Identifier: Apache-2.0
"""What happened in a run, as lines for people, and whether it is what was claimed."""

WIDTH = 70
SHOWN = ("PodStarted", "EvictionThresholdMet", "Evicted", "ContainerExited")


def kubelet_line(event: dict) -> str:
    pod = (event["pod"] or "").rpartition("/")[2]
    numbers = event.get("numbers") or {}
    return {
        "PodStarted": f"pod {pod} starts",
        "EvictionThresholdMet": "kubelet: threshold crossed",
        "Evicted": f"kubelet: EVICTS {pod}",
        "ContainerExited": f"pod {pod} ends, code {numbers.get('exit_code')}",
    }[event["type"]]


def events(result: dict) -> list[tuple[float, str]]:
    """(seconds of the guest's clock, sentence), in order: the kubelet's events and the guard's log."""
    lines = [(event["t_monotonic_ns"] / 1e9, kubelet_line(event)) for event in result["kubelet"] if event["type"] in SHOWN]
    for entry in result.get("status", {}).get("log", []):
        if not entry["text"].startswith(("source", "pod ")):
            lines.append((entry["t_s"], "guard: " + entry["text"]))
    return sorted(lines)


def tenant_start(result: dict) -> float:
    """Time zero of a story: when the second pod starts."""
    starts = [event["t_monotonic_ns"] / 1e9 for event in result["kubelet"] if event["type"] == "PodStarted"]
    return starts[1] if len(starts) > 1 else starts[0] if starts else result["began"]


def lines(result: dict) -> list[str]:
    zero = tenant_start(result)
    return [f"{t - zero:+7.1f} s  {text}" for t, text in events(result)]


def side_by_side(without: dict, with_guard: dict) -> str:
    left, right = lines(without), lines(with_guard)
    rows = [f"{'WITHOUT REPRIEVE':{WIDTH}} | WITH REPRIEVE", "-" * WIDTH + "-+-" + "-" * WIDTH]
    for i in range(max(len(left), len(right))):
        a, b = (side[i] if i < len(side) else "" for side in (left, right))
        rows.append(f"{a[:WIDTH]:{WIDTH}} | {b}")
    return "\n".join(["", "The second pod starts at 0. It stays inside its request, so the kubelet's rule takes the assembly.", *rows])


def alone(result: dict) -> str:
    titles = {"burst": "A best-effort pod takes 1 GiB at once.", "checkpoint": "A job that can checkpoint is asked in time, then killed on purpose."}
    return "\n".join(["", titles[result["case"]], "-" * WIDTH, *lines(result)])


def kills(result: dict) -> int:
    """Containers that ended by SIGKILL, whoever sent it, but for those that the test itself stops."""
    return sum(1 for event in result["kubelet"] if event["type"] == "ContainerExited" and event["numbers"].get("exit_code") == 137)


def verdict(case: str, guard: str, result: dict | None) -> tuple[bool, str]:
    if not result:
        return False, "the run left no result; see its log above"
    if case == "checkpoint":
        detail = (f"acknowledged at step {result['checkpoint_step']}, killed at step {result['killed_at_step']}, "
                  f"resumed at step {result['resumed_at_step']}")
        return bool(result["acknowledged"] and result["resumed"]), detail
    how = f"assembly {result['assembly']}, {result['contigs']} contigs, {kills(result)} killed"
    finished = result["assembly"] == "finished" and result["contigs"] > 0
    if guard == "without":
        return result["assembly"] == "evicted by the kubelet", how
    return finished and kills(result) <= (1 if case == "burst" else 0), how
