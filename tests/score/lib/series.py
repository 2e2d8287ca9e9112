# SPDX-License-Identifier: Apache-2.0
"""
A series: how much of something was available, over time, up to a little after the first crossing or to the end. As text:

    # reprieve series 1
    # name leak-3
    # family leak
    # set held-out
    # capacity 8589934592
    # threshold 104857600
    # traits forecastable leak
    0.000 734003200 0
    1.000 733478912 0

that is seconds, how much is available, and microseconds stalled for memory so far (PSI, some). What it is that is available
`# danger` says, in the words of the product; memory.available if nothing does. Series of one family are all in one set; a
method is tuned on the one and judged on the other.
"""

import dataclasses
import lzma
import re
from array import array
from pathlib import Path

MIB = 1 << 20
FIRST_LINE = "# reprieve series 1"
SETS = ("tuning", "held-out")
DANGERS = ("memory.available", "nodefs.available", "nodefs.inodesFree", "pid.available")  # as in foresee.c
TRAITS = {
    "harmless": "ends without a crossing",
    "forecastable": "what leads to its crossing, or away from it, can be seen a minute before",
    "leak": "counts for the error of the time left",
    "ramp": "counts for the lead",
    "recorded": "real programs on a real kernel, not made up",
}


@dataclasses.dataclass
class Series:
    name: str
    family: str
    set: str
    capacity: int
    threshold: int
    traits: frozenset[str]
    times_ns: array
    available: array
    stalled_us: array
    onset_s: float = 0.0  # when what leads to the crossing began
    danger: str = "memory.available"

    @property
    def crossing_ns(self) -> int | None:
        """Time of the first reading below the threshold."""
        return next((t for t, value in zip(self.times_ns, self.available) if value < self.threshold), None)


class Damaged(ValueError):
    """Text that is no series, and why."""


def write(series: Series) -> str:
    head = (f"{FIRST_LINE}\n# danger {series.danger}\n# name {series.name}\n# family {series.family}\n# set {series.set}\n"
            f"# capacity {series.capacity}\n# threshold {series.threshold}\n# onset {series.onset_s:g}\n"
            f"# traits {' '.join(sorted(series.traits))}\n")
    return head + "".join(f"{t / 1e9:.3f} {value} {stalled}\n" for t, value, stalled in
                          zip(series.times_ns, series.available, series.stalled_us))


def _head(lines: list[str]) -> dict[str, str]:
    found = {}
    for line in lines:
        if not line.startswith("#"):
            break
        word = re.fullmatch(r"# (\w+) ?(.*)", line)
        if word:
            found[word[1]] = word[2]
    return found


def _readings(lines: list[str], capacity: int) -> tuple[array, array, array]:
    columns = array("q"), array("q"), array("q")
    for number, line in enumerate(lines, 1):
        if line.startswith("#") or not line.strip():
            continue
        try:
            seconds, available, stalled = line.split()
            row = round(float(seconds) * 1e9), int(available), int(stalled)
        except ValueError as error:
            raise Damaged(f"line {number}: {error}") from error
        if columns[0] and row[0] <= columns[0][-1]:
            raise Damaged(f"line {number}: time does not go on")
        if not 0 <= row[1] <= capacity or row[2] < 0 or not 0 <= row[0] < 1 << 62:
            raise Damaged(f"line {number}: out of range")
        for column, value in zip(columns, row):
            column.append(value)
    return columns


def read(text: str) -> Series:
    lines = text.splitlines()
    head = _head(lines)
    if not lines or lines[0] != FIRST_LINE:
        raise Damaged(f"does not begin with '{FIRST_LINE}'")
    try:
        capacity, threshold = int(head["capacity"]), int(head["threshold"])
        name, family, which = head["name"], head["family"], head["set"]
        onset = float(head.get("onset", "0"))
    except (KeyError, ValueError) as error:
        raise Damaged(f"head: {error}") from error
    traits = frozenset(head.get("traits", "").split())
    if which not in SETS or not traits <= set(TRAITS) or not 0 < threshold < capacity < 1 << 62:
        raise Damaged("head: an unknown set or trait, or a threshold that is none")
    return Series(name, family, which, capacity, threshold, traits, *_readings(lines, capacity), onset,
                  head.get("danger", "memory.available"))


def read_packed(path: Path) -> list[Series]:
    """All of a recording (tests/corpus): the first is of the danger that it is about."""
    text = lzma.decompress(path.read_bytes()).decode("utf-8")
    return [read(FIRST_LINE + each) for each in text.split(FIRST_LINE)[1:]]


def read_below(place: Path) -> list[Series]:
    """Every *.series file below a directory, and of each *.series.xz the first series."""
    found = []
    for path in sorted([*place.rglob("*.series"), *place.rglob("*.series.xz")]):
        try:
            found.append(read_packed(path)[0] if path.suffix == ".xz" else read(path.read_text(encoding="utf-8")))
        except (Damaged, UnicodeDecodeError, lzma.LZMAError, IndexError) as error:
            raise Damaged(f"{path}: {error}") from error
    return found


def check_split(found: list[Series]) -> None:
    sets: dict[str, str] = {}
    for series in found:
        if sets.setdefault(series.family, series.set) != series.set:
            raise Damaged(f"family {series.family} is in both sets")
