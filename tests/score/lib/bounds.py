# SPDX-License-Identifier: Apache-2.0
"""Scores must not get worse than this: bounds.json names numbers of a result by their path, each with its bound."""

import json
from pathlib import Path


def _at(result: dict, path: str) -> float | None:
    for word in path.split("/"):
        result = result[word]
    return result


def check(result: dict, place: Path) -> int:
    rows = json.loads(place.read_text(encoding="utf-8"))
    print(f"1..{len(rows)}")
    failed = 0
    for number, (path, bound) in enumerate(rows.items(), 1):
        value = _at(result, path)
        good = value is not None and bound.get("least", value) <= value <= bound.get("most", value)
        failed += not good
        shown = "nothing" if value is None else f"{value:.4f}"
        wanted = " and ".join(f"at {word} {bound[word]}" for word in ("least", "most") if word in bound)
        print(f"{'ok' if good else 'not ok'} {number} - {path}: {shown}, wanted {wanted}")
    return 1 if failed else 0
