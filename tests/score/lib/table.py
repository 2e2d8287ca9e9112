# SPDX-License-Identifier: Apache-2.0
"""The result as Markdown for people and as JSON that shows a change as a change of few lines."""

import json
import re

TARGETS = (  # what, path in the method's numbers, at least or at most, bound
    ("precision at 60 s, forecastable shapes", "forecastable/at_60s/precision", "least", 0.95),
    ("recall at 60 s, forecastable shapes", "forecastable/at_60s/recall", "least", 0.95),
    ("Brier score at 60 s, all shapes", "all/brier/60", "most", 0.05),
    ("calibration error at 60 s, all shapes", "all/calibration/60/expected", "most", 0.05),
    ("leaks: error of the time left, median", "all/leak_time_left/median", "most", 0.20),
    ("leaks: error of the time left, p90", "all/leak_time_left/p90", "most", 0.35),
    ("ramps: lead over min(120 s, 60 %), median", "all/ramp_lead/median_of_wanted", "least", 1.0),
)
COLUMNS = (
    ("Brier 10 s", "all/brier/10"), ("60 s", "all/brier/60"), ("5 min", "all/brier/300"),
    ("calibration error 10 s", "all/calibration/10/expected"), ("60 s", "all/calibration/60/expected"),
    ("5 min", "all/calibration/300/expected"),
    ("precision¹", "forecastable/at_60s/precision"), ("recall¹", "forecastable/at_60s/recall"),
    ("precision, all", "all/at_60s/precision"), ("recall, all", "all/at_60s/recall"),
    ("crossings warned²", "all/warned"), ("false alarm, min/h³", "all/false_minutes_per_hour"),
    ("ETA error median", "all/leak_time_left/median"), ("p90", "all/leak_time_left/p90"),
    ("lead median, s", "all/ramp_lead/median_s"), ("of wanted", "all/ramp_lead/median_of_wanted"),
    ("abstained", "all/abstained"),
)
NOTES = """
¹ On shapes where what leads to the crossing, or away from it, can be seen a minute before. An alarm is a probability of
0.5 and more; every forecast counts, also those of the very second in which 59 s become 61 s.
² Crossings before which the alarm was on ten seconds ahead or earlier.
³ Minutes per hour of harmless series in which the alarm was on, as forecast for the next minute.
"""


def at(numbers: dict, path: str) -> float | None:
    for word in path.split("/"):
        numbers = numbers[word]
    return numbers


def number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def grid(rows: list[list[str]]) -> str:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "| --- |" + " ---: |" * (len(rows[0]) - 1), *body])


def _origin(result: dict) -> str:
    made = result["series"] - result["recorded"]
    words = f"{result['series']} series of {result['families']} {result['set']} families, {result['harmless']} of them harmless. "
    if made:
        words += (f"**{made} are synthetic**: made by `lib/shapes.py` with fixed seeds, never measured on a machine. They say "
                  "what a method makes of a shape, not how often a shape occurs. ")
    return words + (f"{result['recorded']} are recordings." if result["recorded"] else "None is a recording of a real program.")


def _targets(numbers: dict) -> str:
    rows = [["target", "wanted", "measured", ""]]
    for what, path, way, bound in TARGETS:
        value = at(numbers, path)
        good = value is not None and (value >= bound if way == "least" else value <= bound)
        gap = "" if value is None else f"missed by {number(abs(value - bound))}"
        rows.append([what, f"{'≥' if way == 'least' else '≤'} {bound:g}", number(value), "met" if good else gap])
    return grid(rows)


def _methods(result: dict) -> str:
    """Methods in columns: there are more numbers than methods."""
    names = list(result["methods"])
    rows, group = [["", *names]], ""
    for what, path in COLUMNS:
        group = what.rsplit(" ", 2)[0] if what.startswith(("Brier", "calibration")) else group
        label = f"{group} {what}" if what in ("60 s", "5 min") else "ETA error p90" if what == "p90" else what
        label = "lead of wanted, median" if what == "of wanted" else label
        rows.append([label, *(number(at(result["methods"][name], path)) for name in names)])
    return grid(rows)


def _reliability(numbers: dict) -> str:
    rows = [["said", *(f"{word} {horizon}" for horizon in ("10 s", "60 s", "5 min") for word in ("came,", "n,"))]]
    bins = {horizon: {round(b["from"], 1): b for b in numbers["reliability"][horizon]} for horizon in ("10", "60", "300")}
    for i in range(10):
        row = [f"{i / 10:.1f}–{i / 10 + 0.1:.1f}"]
        for horizon in ("10", "60", "300"):
            b = bins[horizon].get(round(i / 10, 1))
            row += [f"{b['came']:.2f}", str(b["n"])] if b else ["–", "0"]
        rows.append(row)
    return grid(rows)


def _families(result: dict) -> str:
    rows = [["family", "series", "harmless", "Brier 10 s", "60 s", "5 min", "precision 60 s", "recall 60 s", "warned", "false alarm, min/h"]]
    for name, one in result["by_family"].items():
        marks = "" if one["forecastable"] else " (not foreseeable a minute ahead)"
        rows.append([name + marks, str(one["series"]), str(one["harmless"]), *(number(one[key]) for key in (
            "brier_10s", "brier_60s", "brier_300s", "precision", "recall", "warned", "false_minutes_per_hour"))])
    return grid(rows)


def _recordings(result: dict) -> str:
    parts = []
    for which, one in result.items():
        parts.append(f"### {which}: {one['series']} recordings of {one['families']} families, {one['harmless']} without a "
                     f"crossing\n\n{_methods(one)}\n\n{_families(one)}")
    return "\n\n".join(parts) or "There are none."


def markdown(result: dict) -> str:
    mine = result["methods"]["reprieve"]
    parts = [f"# Scores of {result.get('commit', '?')}\n\n{_origin(result)}",
             "Made by `make score`; what the words mean stands in [`../README.md`](../README.md).",
             f"## Targets\n\n{_targets(mine)}", f"## Beside simple rules\n\n{_methods(result)}\n{NOTES}",
             f"## Reliability\n\n![reliability](reliability.svg)\n\n{_reliability(mine['all'])}",
             f"## By family\n\n{_families(result)}",
             "## Recordings of real programs\n\nMeasured in virtual machines: [`tests/corpus`](../../corpus/README.md). The "
             f"simple rules learn on the recordings of the tuning set.\n\n{_recordings(result.get('recordings', {}))}"]
    return "\n\n".join(parts) + "\n"


def rounded(value):
    """More digits than anybody reads would change with every compiler."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


def compact(result: dict) -> str:
    """JSON with each innermost object on one line."""
    return re.sub(r"\{[^{}\[\]]*\}", lambda found: " ".join(found[0].split()), json.dumps(result, indent=1))
