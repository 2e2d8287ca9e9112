# SPDX-License-Identifier: Apache-2.0
"""
Made-up series of many shapes, each with its own seed, so that everybody gets the same ones. A family belongs to one set.
They are simple on purpose and none of them was ever measured: they say what a method makes of a shape, not how often
a shape occurs.
"""

import dataclasses
import math
import random
from array import array
from collections.abc import Callable

from series import MIB, Series

Level = Callable[[float], float]  # MiB above the threshold at a time in seconds
GIB = 1024.0                      # in MiB
AFTER_S = 4                       # readings after the crossing
TRAP_S = 420.0                    # at least how long nothing has to happen for a trap to be one


@dataclasses.dataclass
class Shape:
    level: Level
    length_s: float              # if it does not cross before
    noise_mib: float | None = None  # None: what the node's size brings
    onset_s: float = 0.0
    gaps: float = 0.0            # chance per reading that the next few are missing
    stall: Level | None = None   # permille of the time, beside what shortage brings


FAMILIES: dict[str, tuple[str, frozenset[str], Callable]] = {}


def family(which: str, *traits: str):
    def note(make: Callable[[random.Random], Shape]):
        FAMILIES[make.__name__.replace("_", "-")] = (which, frozenset(traits), make)
        return make
    return note


def log_uniform(rng: random.Random, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


# ---- it crosses, and one can see it coming

@family("tuning", "forecastable", "leak")
def leak(rng):
    rate, left = log_uniform(rng, 0.2, 5), rng.uniform(200, 700)
    return Shape(lambda t: rate * (left - t), left + 60)


@family("held-out", "forecastable", "leak")
def leak_in_lumps(rng):
    """An allocator that takes a chunk now and then: flat most of the time."""
    lump, every, left = rng.uniform(1, 24), rng.uniform(2, 8), rng.uniform(200, 700)
    at, when = [], 0.0
    while when < left * 1.3:
        when += every * rng.uniform(0.6, 1.4)
        at.append(when)
    def level(t):
        return lump * (left / every - sum(1 for w in at if w <= t))
    return Shape(level, left * 1.4)


@family("held-out", "forecastable", "leak")
def leak_wandering(rng):
    """A rate that drifts by a third."""
    rate, left, turn, phase = log_uniform(rng, 0.3, 6), rng.uniform(200, 600), rng.uniform(150, 500), rng.uniform(0, 6.3)
    def level(t):
        return rate * (left - t) + rate * 0.33 * turn / 6.28 * (math.cos(6.28 * t / turn + phase) - math.cos(phase))
    return Shape(level, left * 1.6)


@family("tuning", "forecastable", "leak")
def leak_under_a_heap(rng):
    """A collected heap whose floor rises."""
    rate, left, tooth, period = log_uniform(rng, 0.5, 6), rng.uniform(250, 600), rng.uniform(10, 60), rng.uniform(3, 12)
    return Shape(lambda t: rate * (left - t) - tooth * ((t / period) % 1 - 0.5), left + 60)


@family("held-out", "forecastable", "leak")
def leak_under_waves(rng):
    rate, left, height, period = log_uniform(rng, 0.5, 6), rng.uniform(250, 600), rng.uniform(5, 30), rng.uniform(8, 40)
    return Shape(lambda t: rate * (left - t) + height * math.sin(6.28 * t / period), left + 90)


@family("tuning", "forecastable", "leak")
def leak_with_gaps(rng):
    shape = leak(rng)
    shape.gaps = rng.uniform(0.01, 0.05)
    return shape


@family("tuning", "forecastable", "ramp")
def ramp(rng):
    rate, left = log_uniform(rng, 1, 200), rng.uniform(100, 400)
    return Shape(lambda t: rate * (left - t), left + 30)


@family("held-out", "forecastable", "ramp")
def ramp_after_calm(rng):
    rate, left, calm = log_uniform(rng, 1, 200), rng.uniform(100, 400), rng.uniform(30, 240)
    return Shape(lambda t: rate * (left - max(0.0, t - calm)), calm + left + 30, onset_s=calm)


@family("tuning", "forecastable", "ramp")
def ramp_after_ramp(rng):
    """A job at one pace, then at another."""
    slow, fast, left, first = log_uniform(rng, 0.5, 20), rng.uniform(2, 6), rng.uniform(120, 300), rng.uniform(60, 150)
    def level(t):
        return slow * fast * left - slow * min(t, first) - slow * fast * max(0.0, t - first) + slow * first
    return Shape(level, first + left + 30, onset_s=first)


@family("held-out", "forecastable", "ramp")
def ramp_getting_faster(rng):
    """Twice as fast every one to three minutes."""
    rate, double, left = log_uniform(rng, 1, 40), rng.uniform(60, 180), rng.uniform(120, 300)
    def grown(t):
        return rate * double / math.log(2) * (2 ** (t / double) - 1)
    return Shape(lambda t: grown(left) - grown(t), left + 30)


@family("tuning", "forecastable", "ramp")
def ramp_gathering_pace(rng):
    """More workers every minute: the rate itself grows steadily."""
    rate, more, left = log_uniform(rng, 0.5, 20), rng.uniform(0.005, 0.03), rng.uniform(150, 400)
    def grown(t):
        return rate * (t + more * t * t / 2)
    return Shape(lambda t: grown(left) - grown(t), left + 30)


@family("tuning", "forecastable", "ramp")
def ramp_getting_slower(rng):
    """Half as fast every two to six minutes, and it crosses nevertheless."""
    rate, half, left = log_uniform(rng, 4, 150), rng.uniform(120, 360), rng.uniform(120, 300)
    def grown(t):
        return rate * half / math.log(2) * (1 - 2 ** (-t / half))
    return Shape(lambda t: grown(left) - grown(t), left * 2)


@family("held-out", "forecastable", "ramp")
def ramp_and_rest(rng):
    """A program that works and waits in turns."""
    rate, left, work, rest = log_uniform(rng, 2, 120), rng.uniform(100, 300), rng.uniform(2, 8), rng.uniform(1, 6)
    def worked(t):
        n, part = divmod(t, work + rest)
        return n * work + min(part, work)
    total = worked(left)
    return Shape(lambda t: rate * (total - worked(t)), left * 2)


@family("tuning", "forecastable", "ramp")
def ramp_behind_an_exit(rng):
    """Another job ends on the way and gives some back; the growth goes on."""
    rate, left, when = log_uniform(rng, 2, 120), rng.uniform(150, 350), rng.uniform(30, 90)
    back = rate * rng.uniform(20, 80)
    return Shape(lambda t: rate * left - rate * t + (back if t >= when else 0) - back, left + 60)


@family("held-out", "forecastable", "ramp")
def ramp_with_gaps(rng):
    shape = ramp(rng)
    shape.gaps = rng.uniform(0.02, 0.08)
    return shape


@family("held-out", "forecastable", "ramp")
def ramp_of_several(rng):
    """Three pods that grow at their own paces and begin at their own times."""
    parts = [(log_uniform(rng, 1, 40), rng.uniform(0, 60)) for _ in range(3)]
    left = rng.uniform(150, 350)
    def grown(t):
        return sum(rate * max(0.0, t - start) for rate, start in parts)
    return Shape(lambda t: grown(left) - grown(t), left + 30, onset_s=max(start for _, start in parts))


# ---- it crosses before anybody could know a minute ahead

@family("tuning")
def burst_from_calm(rng):
    room, calm, takes = rng.uniform(0.5, 6) * GIB, rng.uniform(40, 200), rng.uniform(1, 12)
    return Shape(lambda t: room - room / takes * max(0.0, t - calm), calm + 30, onset_s=calm)


@family("held-out")
def fast_ramp_from_calm(rng):
    room, calm, takes = rng.uniform(0.5, 8) * GIB, rng.uniform(40, 200), rng.uniform(12, 50)
    return Shape(lambda t: room - room / takes * max(0.0, t - calm), calm + 80, onset_s=calm)


@family("held-out")
def steps_across(rng):
    """Large arrays, one after the other, until one is too many."""
    room, steps, every, calm = rng.uniform(1, 8) * GIB, rng.randint(2, 5), rng.uniform(3, 20), rng.uniform(30, 120)
    def level(t):
        done = min(steps + 1, math.floor(max(0.0, t - calm) / every))
        return room - done * room * 1.05 / steps
    return Shape(level, calm + (steps + 2) * every, onset_s=calm)


@family("tuning")
def growth_then_burst(rng):
    """A slow leak, and something big on top of it."""
    rate, calm, takes = log_uniform(rng, 0.5, 5), rng.uniform(100, 250), rng.uniform(3, 20)
    room = rate * rng.uniform(400, 900)
    return Shape(lambda t: room - rate * t - (room / takes) * max(0.0, t - calm), calm + 40, onset_s=calm)


# ---- harmless

@family("tuning", "harmless", "forecastable")
def calm(rng):
    room = rng.uniform(0.02, 4) * GIB
    return Shape(lambda t: room, TRAP_S, noise_mib=rng.uniform(0.2, 2))


@family("held-out", "harmless", "forecastable")
def noise(rng):
    """Coarse, heavy-tailed noise."""
    room = rng.uniform(0.3, 4) * GIB
    spikes = {rng.randrange(0, 900): rng.uniform(0.05, 0.5) * room for _ in range(rng.randint(2, 20))}
    return Shape(lambda t: room - spikes.get(math.floor(t), 0.0), TRAP_S, noise_mib=room * rng.uniform(0.005, 0.06))


@family("tuning", "harmless", "forecastable")
def heap(rng):
    """Regular teeth of a collected heap, whose points stay clear of the threshold."""
    room, period = rng.uniform(0.2, 4) * GIB, rng.uniform(3, 15)
    tooth = room * rng.uniform(0.2, 0.8)
    return Shape(lambda t: room - tooth * ((t / period) % 1), TRAP_S)


@family("held-out", "harmless", "forecastable")
def heap_irregular(rng):
    """Teeth of uneven length and height."""
    room, when, teeth = rng.uniform(0.2, 4) * GIB, 0.0, []
    while when < TRAP_S + 60:
        length = rng.uniform(3, 14)
        teeth.append((when, length, room * rng.uniform(0.2, 0.7)))
        when += length
    def level(t):
        start, length, height = max((tooth for tooth in teeth if tooth[0] <= t), key=lambda tooth: tooth[0])
        return room - height * (t - start) / length
    return Shape(level, TRAP_S)


@family("held-out", "harmless")
def heap_slow(rng):
    """Teeth so long that each looks like a ramp towards the threshold; the collection comes in its last minute."""
    room, period = rng.uniform(0.5, 4) * GIB, rng.uniform(60, 140)
    tooth, start = room * rng.uniform(0.7, 0.9), rng.uniform(0, 1)
    return Shape(lambda t: room - tooth * ((t / period + start) % 1), TRAP_S + 200)


@family("tuning", "harmless", "forecastable")
def cache_fill(rng):
    """Files are read; reclaim takes over before the kubelet's threshold: the fall flattens out."""
    room, floor, tau = rng.uniform(1, 8) * GIB, rng.uniform(0.1, 0.3), rng.uniform(20, 90)
    return Shape(lambda t: room * (floor + (1 - floor) * math.exp(-t / tau)), TRAP_S + 200,
                 stall=lambda t: 150.0 if t > 2 * tau else 0.0)


@family("held-out", "harmless", "forecastable")
def cache_bouncing(rng):
    """Active cache grows until reclaim gives a part of it back, again and again."""
    room, floor, every = rng.uniform(1, 8) * GIB, rng.uniform(0.25, 0.5), rng.uniform(8, 25)
    return Shape(lambda t: room * (1 - min(1.0, t / 90)) + room * (floor + 0.15 * (1 - (t / every) % 1)) * min(1.0, t / 90),
                 TRAP_S + 100, stall=lambda t: 200.0 if (t / every) % 1 > 0.9 and t > 90 else 0.0)


@family("held-out", "harmless", "forecastable")
def waves(rng):
    room, period, height = rng.uniform(0.2, 4) * GIB, rng.uniform(6, 40), rng.uniform(0.1, 0.4)
    return Shape(lambda t: room * (1 - height + height * math.sin(6.28 * t / period)), TRAP_S)


@family("tuning", "harmless", "forecastable")
def square_waves(rng):
    """Jobs that start, run and end."""
    room, period, height = rng.uniform(0.3, 4) * GIB, rng.uniform(10, 60), rng.uniform(0.2, 0.8)
    return Shape(lambda t: room * (1 - (height if (t / period) % 1 > 0.5 else 0)), TRAP_S)


@family("tuning", "harmless")
def batch_jobs(rng):
    """One after the other they load their data, come near the threshold, and end."""
    room, when, jobs = rng.uniform(0.5, 6) * GIB, 0.0, []
    while when < 2 * TRAP_S:
        length = rng.uniform(50, 150)
        jobs.append((when, length, room * rng.uniform(0.6, 0.9)))
        when += length + rng.uniform(2, 30)
    def level(t):
        start, length, height = max((job for job in jobs if job[0] <= t), key=lambda job: job[0])
        return room - (height * (t - start) / length if t < start + length else 0)
    return Shape(level, TRAP_S + 300)


@family("held-out", "harmless")
def long_waves(rng):
    """A swing of minutes; going down it is a ramp."""
    room, period, height = rng.uniform(0.5, 4) * GIB, rng.uniform(120, 400), rng.uniform(0.25, 0.42)
    return Shape(lambda t: room * (1 - height + height * math.cos(6.28 * t / period)), TRAP_S + 200)


@family("tuning", "harmless", "forecastable")
def plateau_far(rng):
    """A ramp that ends more than two minutes before its crossing."""
    rate, stop, spare = log_uniform(rng, 1, 200), rng.uniform(40, 150), rng.uniform(120, 400)
    return Shape(lambda t: rate * (spare + stop - min(t, stop)), stop + TRAP_S)


@family("held-out", "harmless")
def plateau_near(rng):
    """A ramp that ends within the last minute and a half: until then it is a ramp like any other."""
    rate, stop, spare = log_uniform(rng, 1, 200), rng.uniform(60, 200), rng.uniform(5, 90)
    return Shape(lambda t: rate * (spare + stop - min(t, stop)), stop + TRAP_S)


@family("held-out", "harmless", "forecastable")
def exit_far(rng):
    """A job that grows and ends long before."""
    rate, stop, spare = log_uniform(rng, 1, 200), rng.uniform(60, 200), rng.uniform(120, 400)
    return Shape(lambda t: rate * (spare + stop) - (rate * t if t < stop else 0), stop + TRAP_S)


@family("tuning", "harmless")
def exit_near(rng):
    """A job that grows and ends in the last minute."""
    rate, stop, spare = log_uniform(rng, 1, 200), rng.uniform(60, 200), rng.uniform(5, 60)
    return Shape(lambda t: rate * (spare + stop) - (rate * t if t < stop else 0), stop + TRAP_S)


@family("tuning", "harmless")
def burst_that_ends(rng):
    """A program starts and takes a part of the room at once."""
    room, calm, takes, part = rng.uniform(0.5, 8) * GIB, rng.uniform(40, 150), rng.uniform(0.5, 8), rng.uniform(0.2, 0.9)
    return Shape(lambda t: room * (1 - part * min(1.0, max(0.0, (t - calm) / takes))), calm + TRAP_S)


@family("held-out", "harmless")
def start_in_stages(rng):
    """Several programs start one after the other."""
    room, calm, n = rng.uniform(1, 8) * GIB, rng.uniform(40, 120), rng.randint(2, 5)
    part = rng.uniform(0.4, 0.85) / n
    stages = [(calm + i * rng.uniform(3, 12), rng.uniform(0.3, 4)) for i in range(n)]
    def level(t):
        return room * (1 - sum(part * min(1.0, max(0.0, (t - start) / takes)) for start, takes in stages))
    return Shape(level, calm + TRAP_S)


@family("tuning", "harmless", "forecastable")
def drift(rng):
    """A slow walk without aim."""
    room = rng.uniform(0.3, 4) * GIB
    step, at, walk = room * 0.004, 0.0, []
    for _ in range(int(TRAP_S) + 300):
        at = max(-room / 3, min(room / 3, at + rng.gauss(0, step)))
        walk.append(at)
    return Shape(lambda t: room + walk[min(int(t), len(walk) - 1)], TRAP_S + 120)


@family("held-out", "harmless", "forecastable")
def calm_with_gaps(rng):
    shape = calm(rng)
    shape.gaps = rng.uniform(0.02, 0.08)
    return shape


@family("held-out", "harmless", "forecastable")
def slow_and_far(rng):
    """A real growth that would take half an hour and more."""
    rate, left = log_uniform(rng, 0.2, 20), rng.uniform(1800, 7200)
    return Shape(lambda t: rate * (left - t), TRAP_S + 100)


# ---- readings of a shape

def _capacity(rng: random.Random, highest_mib: float) -> int:
    fits = [gib for gib in (8, 16, 32, 64, 128, 256, 512) if gib * GIB * 0.9 > highest_mib]
    return rng.choice(fits[:3]) * 1024 * MIB


def sample(name: str, index: int) -> Series:
    """The readings of one series, noise and gaps included."""
    which, traits, make = FAMILIES[name]
    rng = random.Random(f"reprieve {name} {index}")
    shape = make(rng)
    period = rng.choice((0.5, 1.0, 1.0, 2.0))
    highest = max(shape.level(shape.length_s * i / 200) for i in range(201))
    capacity = _capacity(rng, highest)
    threshold = rng.choice((100 * MIB, capacity // 20))
    sigma = shape.noise_mib
    if sigma is None:
        sigma = rng.uniform(0.2, 1.0) * math.sqrt(capacity / MIB / 8192)
    columns, t, left, stalled = (array("q"), array("q"), array("q")), 0.0, None, 0.0
    while t <= shape.length_s and (left is None or left > 0):
        mib = shape.level(t) + rng.gauss(0, sigma)
        value = max(0, min(capacity, threshold + int(mib * MIB)))
        if value < threshold and left is None:
            left = AFTER_S
        short = 1 - mib * MIB / (capacity * 0.02)  # shortage stalls, and so do files that are read again and again
        stalled += period * 1000 * (max(0.0, 600 * short) + (shape.stall(t) if shape.stall else 0.0) + rng.uniform(0, 4))
        for column, number in zip(columns, (int((1000 + t) * 1e9), value, int(stalled))):
            column.append(number)
        step = period * rng.uniform(0.95, 1.05) + (rng.uniform(2, 12) if rng.random() < shape.gaps else 0)
        t += step
        left = left - step if left is not None else None
    return Series(f"{name}-{index}", name, which, capacity, threshold, traits, *columns, 1000 + shape.onset_s)


def all_series(per_family: int) -> list[Series]:
    return [sample(name, index) for name in FAMILIES for index in range(per_family)]
