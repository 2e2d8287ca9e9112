# SPDX-License-Identifier: Apache-2.0
"""
A recording as it is kept: recordings/NAME.series.xz, which says how it came to be and then holds its series, in the format of
tests/score/lib/series.py, one after the other. The first is of the danger that the recording is about.
"""

import dataclasses
import datetime
import hashlib
import lzma
import re
from array import array
from pathlib import Path

import series
from programs import Program

FIRST_LINE = "# reprieve recording 1"


@dataclasses.dataclass
class Recording:
    facts: dict[str, str]  # in the order in which they are written
    series: list[series.Series]
    file_bytes: int = 0

    @property
    def sources(self) -> str:
        return self.facts["sources"]


def sources(here: Path, program: Program) -> str:
    """A hash over the row and the programs that its command names. What records them may change without a new run."""
    found = hashlib.sha256(repr(program).encode())
    for name in re.findall(r"\$P/(\S+)", program.command):
        found.update((here / "programs" / name).read_bytes())
    return found.hexdigest()[:16]


def _columns(lines: list[str]) -> tuple[array, array, array]:
    """To the millisecond; of readings within the same one the last."""
    rows: dict[int, tuple[int, int]] = {}
    for line in lines:
        t, available, stalled = map(int, line.split())
        rows[t // 1_000_000 * 1_000_000] = (max(0, available), stalled)
    return array("q", rows), array("q", (row[0] for row in rows.values())), array("q", (row[1] for row in rows.values()))


def _extracted(program: Program, text: str, onset_s: float) -> list[series.Series]:
    lines, found, at = text.splitlines(), [], 0
    while at < len(lines):
        _word, danger, capacity, threshold, n = lines[at].split()
        columns = _columns(lines[at + 1:at + 1 + int(n)])
        one = series.Series(program.name, program.family, program.set, int(capacity), int(threshold), frozenset(),
                            *columns, onset_s, danger)
        traits = {"recorded", *program.traits} | ({"harmless"} if one.crossing_ns is None else set())
        found.append(dataclasses.replace(one, traits=frozenset(traits)))
        at += 1 + int(n)
    return sorted(found, key=lambda one: one.danger != program.danger)


def make(here: Path, program: Program, extracted: str, result: dict, machine: dict, commit: str) -> Recording:
    found = _extracted(program, extracted, round(result["onset_s"], 3))
    if not found or found[0].danger != program.danger:
        raise ValueError(f"{program.name}: nothing was recorded of {program.danger}")
    facts = {"recording": program.name, "sources": sources(here, program), "kernel": machine["release"],
             "accelerator": machine["accel"], "memory": f"{machine['memory_mib']} MiB", "commit": commit,
             "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"), "chosen": program.end,
             "command": program.command, "ended": "not" if result["still_runs"] else str(result["ended"])}
    return Recording(facts, found)


def save(place: Path, recording: Recording) -> None:
    place.mkdir(parents=True, exist_ok=True)
    facts = "".join(f"# {key} {value}\n" for key, value in recording.facts.items())
    text = f"{FIRST_LINE}\n{facts}" + "".join(series.write(one) for one in recording.series)
    packed = lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)
    path = place / f"{recording.facts['recording']}.series.xz"
    fresh = path.with_suffix(".new")
    fresh.write_bytes(packed)
    fresh.replace(path)
    recording.file_bytes = len(packed)


def load(place: Path, name: str) -> Recording | None:
    path = place / f"{name}.series.xz"
    if not path.is_file():
        return None
    text = lzma.decompress(path.read_bytes()).decode()
    facts = dict(re.findall(r"^# (\w+) (.*)$", text.partition(series.FIRST_LINE)[0], re.MULTILINE)[1:])
    return Recording(facts, series.read_packed(path), path.stat().st_size)


def is_of(here: Path, program: Program) -> bool:
    """Is there a recording of the present row and programs?"""
    recording = load(here / "recordings", program.name)
    return recording is not None and recording.sources == sources(here, program)


def _length_s(one: series.Series) -> float:
    return (one.times_ns[-1] - one.times_ns[0]) / 1e9


def _crossed(one: series.Series) -> str:
    if one.crossing_ns is None:
        return "no"
    return f"after {(one.crossing_ns - one.times_ns[0]) / 1e9:.0f} s"


def summary(recording: Recording) -> str:
    one = recording.series[0]
    wanted = (recording.facts["chosen"] == "crosses") == (one.crossing_ns is not None)
    end = _crossed(one) + ("" if wanted else " (NOT AS CHOSEN)")
    return (f"{recording.facts['recording']}: {one.danger}, crossed: {end}; "
            f"{len(one.times_ns)} readings in {_length_s(one):.0f} s, {recording.file_bytes / 1024:.1f} KiB")


def _row(program: Program, recording: Recording) -> list[str]:
    one, facts = recording.series[0], recording.facts
    nearest = min(one.available) / one.threshold
    return [program.name, program.family, program.set, one.danger, f"{_length_s(one):.0f}", str(len(one.times_ns)),
            _crossed(one), f"{nearest:.2f}", facts["memory"], facts["kernel"], facts["commit"], facts["date"]]


HEAD = ["recording", "family", "set", "danger", "s", "readings", "crossed", "least available / threshold", "machine",
        "kernel", "commit", "date"]


def table(place: Path, rows: list[Program]) -> str:
    there = [(program, recording) for program in rows if (recording := load(place, program.name))]
    harmless = sum(recording.series[0].crossing_ns is None for _program, recording in there)
    of_set = {which: sum(program.set == which for program, _ in there) for which in series.SETS}
    families = len({program.family for program, _ in there})
    head = (f"# Recordings of real programs\n\n{len(there)} recordings of {families} families: {of_set['tuning']} in the "
            f"tuning set, {of_set['held-out']} held out; {harmless} ended without a crossing. Made by `make corpus`; how stands in "
            f"[`README.md`](README.md), with what command in [`programs.txt`](programs.txt).\n\n")
    body = [HEAD, ["---"] * len(HEAD)] + [_row(program, recording) for program, recording in there]
    return head + "".join(f"| {' | '.join(row)} |\n" for row in body)
