# SPDX-License-Identifier: Apache-2.0
"""
What is compared: Reprieve's forecast, by the program that runs its core, and the simple rules that are in use elsewhere.
A simple rule only says yes or no; it gets the best parameter and the two probabilities that the tuning set gives it, for
each horizon apart, so that it is as good as it can be.
"""

import dataclasses
import math
import subprocess
from array import array
from pathlib import Path

from series import DANGERS, Series

HORIZONS_S = (10, 60, 300)
WORDS = 8         # of the program's answer to a reading
ABSTAIN = 0       # enum rp_forecast_state
ALARM = 0.5       # from this probability on a forecast is an alarm
EVERY_S = 2.0     # forecasts of one series that are scored are this far apart
NEVER = math.inf


@dataclasses.dataclass
class Forecast:
    """One of one method, at one reading of one series, with what became of it."""
    t_ns: int
    left_s: float | None                # true time to the crossing, None: it did not cross
    known_s: float                      # how long the series goes on
    p: tuple[float, ...] | None = None  # by horizon; None: it abstained
    alarm: tuple[bool, ...] = (False,) * len(HORIZONS_S)
    median_s: float = NEVER

    def outcome(self, horizon_s: float) -> bool | None:
        """Did it cross within that time? None: nobody knows, the series ended before."""
        if self.left_s is not None:
            return self.left_s <= horizon_s
        return False if self.known_s >= horizon_s else None


def instants(series: Series) -> list[int]:
    """Indices of the readings at which forecasts are scored: before the crossing, and not all of them."""
    crossing, chosen, due = series.crossing_ns, [], 0
    for i, t in enumerate(series.times_ns):
        if crossing is not None and t >= crossing:
            break
        if t >= due:
            chosen.append(i)
            due = t + int(EVERY_S * 1e9)
    return chosen


def blank(series: Series) -> list[Forecast]:
    crossing, end = series.crossing_ns, series.times_ns[-1]
    return [Forecast(t, None if crossing is None else (crossing - t) / 1e9, (end - t) / 1e9)
            for t in (series.times_ns[i] for i in instants(series))]


# ---- Reprieve

def reprieve(program: Path, found: list[Series]) -> list[list[Forecast]]:
    asked = array("q")
    for series in found:
        asked.extend((DANGERS.index(series.danger), series.capacity, series.threshold, len(series.times_ns)))
        for row in zip(series.times_ns, series.available, series.stalled_us):
            asked.extend(row)
    done = subprocess.run([program], input=asked.tobytes(), stdout=subprocess.PIPE, check=True)
    words, at, result = array("q", done.stdout), 0, []
    for series in found:
        forecasts = blank(series)
        for forecast, i in zip(forecasts, instants(series)):
            state, _missing, _early, median, _late, *permille = words[at + i * WORDS:at + (i + 1) * WORDS]
            if state != ABSTAIN:
                forecast.p = tuple(p / 1000 for p in permille)
                forecast.alarm = tuple(p >= ALARM for p in forecast.p)
            forecast.median_s = NEVER if median < 0 else median / 1e9
        at += len(series.times_ns) * WORDS
        result.append(forecasts)
    return result


# ---- simple rules: a number for each instant; the smaller, the nearer the danger

def _room(series: Series, i: int) -> int:
    return series.available[i] - series.threshold


def _time_at(room: float, fall: float) -> float:
    return max(0.0, room / fall) if fall > 0 else NEVER


def last_slope(series: Series) -> list[float]:
    """Time left at the slope between the last two readings."""
    def at(i):
        if i == 0:
            return NEVER
        passed = (series.times_ns[i] - series.times_ns[i - 1]) / 1e9
        return _time_at(_room(series, i), (series.available[i - 1] - series.available[i]) / passed)
    return [at(i) for i in instants(series)]


def ewma_slope(series: Series, tau_s: float = 15.0) -> list[float]:
    """Time left at an exponentially weighted mean of the slopes."""
    rates, rate = [0.0], 0.0
    for i in range(1, len(series.times_ns)):
        passed = (series.times_ns[i] - series.times_ns[i - 1]) / 1e9
        now = (series.available[i - 1] - series.available[i]) / passed
        rate += (1 - math.exp(-passed / tau_s)) * (now - rate)
        rates.append(rate)
    return [_time_at(_room(series, i), rates[i]) for i in instants(series)]


def static_threshold(series: Series) -> list[float]:
    """How much of the capacity is left."""
    return [_room(series, i) / series.capacity for i in instants(series)]


def psi_threshold(series: Series, window_s: float = 10.0) -> list[float]:
    """Minus the share of the last ten seconds that some task was stalled for memory."""
    shares, first = [], 0
    for i in instants(series):
        while series.times_ns[i] - series.times_ns[first] > window_s * 1e9 and first + 1 < i:
            first += 1
        passed = (series.times_ns[i] - series.times_ns[first]) / 1e3
        shares.append(-(series.stalled_us[i] - series.stalled_us[first]) / passed if passed > 0 else 0.0)
    return shares


SIMPLE = {
    "last slope": (last_slope, [0.5, 0.75, 1, 1.5, 2], "times the horizon"),
    "EWMA slope": (ewma_slope, [0.5, 0.75, 1, 1.5, 2], "times the horizon"),
    "static threshold": (static_threshold, [0.005, 0.01, 0.02, 0.05, 0.1, 0.2], "of the capacity"),
    "PSI threshold": (psi_threshold, [-0.02, -0.05, -0.1, -0.2, -0.4], "stalled"),
}


@dataclasses.dataclass
class Rule:
    limit: float
    alarm: float   # probability of a crossing when the rule says yes
    silence: float


def _learn(pairs: list[tuple[float, bool]], limits: list[float]) -> Rule:
    """The limit whose two frequencies give the least Brier score."""
    best, least = Rule(0, 0, 0), math.inf
    for limit in limits:
        yes = [outcome for number, outcome in pairs if number <= limit]
        no = [outcome for number, outcome in pairs if number > limit]
        p, q = (sum(group) / len(group) if group else 0.0 for group in (yes, no))
        error = p * (1 - p) * len(yes) + q * (1 - q) * len(no)
        if error < least:
            best, least = Rule(limit, p, q), error
    return best


def simple(name: str, tuning: list[Series], judged: list[Series]) -> tuple[list[list[Forecast]], list[Rule]]:
    """The rule's forecasts for the judged series, learned on the tuning set alone."""
    number, factors, unit = SIMPLE[name]
    known = [(blank(series), number(series)) for series in tuning]
    rules = []
    for horizon in HORIZONS_S:
        limits = [factor * horizon for factor in factors] if unit.startswith("times") else factors
        pairs = [(x, outcome) for forecasts, numbers in known for forecast, x in zip(forecasts, numbers)
                 if (outcome := forecast.outcome(horizon)) is not None]
        rules.append(_learn(pairs, limits))
    result = []
    for series in judged:
        forecasts = blank(series)
        for forecast, x in zip(forecasts, number(series)):
            forecast.alarm = tuple(x <= rule.limit for rule in rules)
            forecast.p = tuple(rule.alarm if alarm else rule.silence for rule, alarm in zip(rules, forecast.alarm))
            forecast.median_s = x if unit.startswith("times") else NEVER
        result.append(forecasts)
    return result, rules
