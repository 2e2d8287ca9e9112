# SPDX-License-Identifier: Apache-2.0
"""From forecasts and what became of them to numbers. What each number means stands in README.md."""

import math
from statistics import median

from methods import HORIZONS_S, Forecast
from series import Series

BINS = 10
BIN_MIN = 100        # forecasts; fewer say nothing about a probability
WARNED_S = 10        # before the crossing: the kubelet looks every ten seconds
LEAK_LEFT_S = (10, 300)
LEAD_MAX_S, LEAD_SHARE = 120, 0.6
SETTLE_S = 60        # of a series before it counts for the error of the time left

Run = tuple[Series, list[Forecast]]


def _judged(runs: list[Run], horizon: int) -> list[tuple[float, bool]]:
    which = HORIZONS_S.index(horizon)
    return [(f.p[which], outcome) for _series, forecasts in runs for f in forecasts
            if f.p is not None and (outcome := f.outcome(horizon)) is not None]


def brier(runs: list[Run], horizon: int) -> float | None:
    pairs = _judged(runs, horizon)
    return sum((p - outcome) ** 2 for p, outcome in pairs) / len(pairs) if pairs else None


def reliability(runs: list[Run], horizon: int) -> list[dict]:
    bins = [[] for _ in range(BINS)]
    for p, outcome in _judged(runs, horizon):
        bins[min(BINS - 1, int(p * BINS))].append((p, outcome))
    return [{"from": i / BINS, "n": len(each), "said": sum(p for p, _ in each) / len(each),
             "came": sum(outcome for _, outcome in each) / len(each)} for i, each in enumerate(bins) if each]


def calibration(bins: list[dict]) -> dict:
    """Over bins that hold enough: the mean distance, weighted by how many, and the worst."""
    enough = [(abs(b["said"] - b["came"]), b["n"]) for b in bins if b["n"] >= BIN_MIN]
    total = sum(n for _, n in enough)
    return {"expected": sum(d * n for d, n in enough) / total if total else None,
            "worst": max((d for d, _ in enough), default=None)}


def alarms(runs: list[Run], horizon: int = 60) -> dict:
    """Forecast by forecast; one that abstained gave no alarm."""
    which, hits, false, missed = HORIZONS_S.index(horizon), 0, 0, 0
    for _series, forecasts in runs:
        for f in forecasts:
            outcome, alarm = f.outcome(horizon), f.alarm[which]
            if outcome is None:
                continue
            hits += alarm and outcome
            false += alarm and not outcome
            missed += outcome and not alarm
    return {"precision": hits / (hits + false) if hits + false else None,
            "recall": hits / (hits + missed) if hits + missed else None}


def warned(runs: list[Run], horizon: int = 60) -> float | None:
    """Share of crossings before which, ten seconds and more ahead, there was an alarm within the horizon."""
    which = HORIZONS_S.index(horizon)
    crossings = [forecasts for series, forecasts in runs if series.crossing_ns is not None]
    good = sum(any(f.alarm[which] and WARNED_S <= f.left_s <= horizon for f in forecasts)
               for forecasts in crossings)
    return good / len(crossings) if crossings else None


def false_minutes(runs: list[Run], horizon: int = 60) -> float | None:
    """Minutes per hour of harmless series in which the alarm was on."""
    which = HORIZONS_S.index(horizon)
    each = [f.alarm[which] for series, forecasts in runs if series.crossing_ns is None
            for f in forecasts]
    return 60 * sum(each) / len(each) if each else None


def time_left_errors(runs: list[Run]) -> dict:
    """Of leaks: how far the median is off, relative to the time that was left; one that foresees none is off by all."""
    errors = []
    for series, forecasts in runs:
        for f in forecasts if "leak" in series.traits else []:
            seen_s = (f.t_ns - series.times_ns[0]) / 1e9
            if f.left_s is not None and seen_s >= SETTLE_S and LEAK_LEFT_S[0] <= f.left_s <= LEAK_LEFT_S[1]:
                errors.append(min(1.0, abs(f.median_s - f.left_s) / f.left_s) if f.median_s < math.inf else 1.0)
    errors.sort()
    return {"n": len(errors), "median": median(errors) if errors else None,
            "p90": errors[int(0.9 * (len(errors) - 1))] if errors else None}


def lead(runs: list[Run]) -> dict:
    """Of ramps: since when without a break a crossing within five minutes was more likely than not."""
    leads, shares = [], []
    for series, forecasts in runs:
        if "ramp" not in series.traits or series.crossing_ns is None:
            continue
        since = 0.0
        for f in reversed(forecasts):
            if not f.alarm[HORIZONS_S.index(300)]:
                break
            since = f.left_s
        wanted = min(LEAD_MAX_S, LEAD_SHARE * (series.crossing_ns / 1e9 - max(series.onset_s, series.times_ns[0] / 1e9)))
        leads.append(since)
        shares.append(since / wanted)
    return {"n": len(leads), "median_s": median(leads) if leads else None,
            "median_of_wanted": median(shares) if shares else None,
            "met": sum(share >= 1 for share in shares) / len(shares) if shares else None}


def abstained(runs: list[Run]) -> float:
    each = [f.p is None for _series, forecasts in runs for f in forecasts]
    return sum(each) / len(each) if each else 0.0


def whole(runs: list[Run]) -> dict:
    bins = {str(horizon): reliability(runs, horizon) for horizon in HORIZONS_S}
    return {
        "series": len(runs),
        "forecasts": sum(len(forecasts) for _series, forecasts in runs),
        "brier": {str(horizon): brier(runs, horizon) for horizon in HORIZONS_S},
        "calibration": {horizon: calibration(each) for horizon, each in bins.items()},
        "reliability": bins,
        "at_60s": alarms(runs),
        "warned": warned(runs),
        "false_minutes_per_hour": false_minutes(runs),
        "leak_time_left": time_left_errors(runs),
        "ramp_lead": lead(runs),
        "abstained": abstained(runs),
    }


def by_family(runs: list[Run]) -> dict:
    families = dict.fromkeys(series.family for series, _ in runs)
    found = {}
    for family in families:
        mine = [run for run in runs if run[0].family == family]
        found[family] = {"series": len(mine), "harmless": sum("harmless" in series.traits for series, _ in mine),
                         "forecastable": sum("forecastable" in series.traits for series, _ in mine), "traits": sorted(mine[0][0].traits), "brier_60s": brier(mine, 60), **alarms(mine),
                         "warned": warned(mine), "false_minutes_per_hour": false_minutes(mine),
                         "brier_300s": brier(mine, 300), "brier_10s": brier(mine, 10)}
    return found
