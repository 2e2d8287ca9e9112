# SPDX-License-Identifier: Apache-2.0
"""Eviction thresholds: how they are written, what they amount to, and when they are met.

A percentage passes through float32 and float64 on its way to bytes, and the kubelet's answer
depends on both roundings ("10%" of 10Gi is one byte short).  Each step is done exactly here and
then rounded once to the width in question.
"""

import re
import struct
from dataclasses import dataclass
from fractions import Fraction

from standin import quantity

MEMORY = "memory.available"
ALLOCATABLE = "allocatableMemory.available"
PID = "pid.available"

MEMORY_PRESSURE, DISK_PRESSURE, PID_PRESSURE = "MemoryPressure", "DiskPressure", "PIDPressure"

# signal: (the resource it is a shortage of, the node condition it raises)
SIGNALS = {
    MEMORY: ("memory", MEMORY_PRESSURE),
    ALLOCATABLE: ("memory", MEMORY_PRESSURE),
    "nodefs.available": ("ephemeral-storage", DISK_PRESSURE),
    "nodefs.inodesFree": ("inodes", DISK_PRESSURE),
    "imagefs.available": ("ephemeral-storage", DISK_PRESSURE),
    "imagefs.inodesFree": ("inodes", DISK_PRESSURE),
    "containerfs.available": ("ephemeral-storage", DISK_PRESSURE),
    "containerfs.inodesFree": ("inodes", DISK_PRESSURE),
    PID: ("pids", PID_PRESSURE),
}
MEMORY_SIGNALS = (MEMORY, ALLOCATABLE)

# Observed in units, but written as plain decimal numbers in messages.
_COUNTED = ("pids", "inodes")

_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Value:
    """Either a quantity or a percentage (the float32 fraction, held exactly)."""

    exact: Fraction
    format: str = quantity.BINARY_SI
    percentage: bool = False

    def amount(self, capacity: int) -> quantity.Quantity:
        if not self.percentage:
            return quantity.Quantity(self.exact, self.format)
        # int64(float64(capacity) * float64(fraction)); a float32 is exact in a float64.
        return quantity.of(int(float(capacity) * float(self.exact)))


@dataclass(frozen=True)
class Threshold:
    signal: str
    value: Value
    grace_ns: int = 0
    min_reclaim: Value | None = None

    @property
    def hard(self) -> bool:
        """Hardness is a grace of nothing, whichever map the threshold was written in."""
        return self.grace_ns == 0

    def same_as(self, other: "Threshold") -> bool:
        mine = (self.signal, self.grace_ns, self.value.percentage, self.value.exact)
        return mine == (other.signal, other.grace_ns, other.value.percentage, other.value.exact)

    def met(self, available: int, capacity: int, with_min_reclaim: bool = False) -> bool:
        limit = self.value.amount(capacity).exact
        if with_min_reclaim and self.min_reclaim is not None:
            limit += self.min_reclaim.amount(capacity).exact
        return limit > available


@dataclass(frozen=True)
class Observation:
    available: int
    capacity: int
    # None: the observation carries no time and always counts as fresh.
    time_ns: int | None = None


def counted_format(signal: str) -> str:
    return quantity.DECIMAL_SI if SIGNALS[signal][0] in _COUNTED else quantity.BINARY_SI


def round_float32(number: Fraction) -> Fraction:
    """The nearest float32, ties to even, without the double rounding that a detour by float64 brings."""
    try:
        bits = struct.unpack("<I", struct.pack("<f", float(abs(number))))[0]
    except OverflowError as error:
        raise quantity.QuantityError("the number is beyond float32") from error

    def decode(pattern: int) -> Fraction:
        return Fraction(struct.unpack("<f", struct.pack("<I", pattern))[0])

    near = [pattern for pattern in (bits - 1, bits, bits + 1) if 0 <= pattern < 0x7F800000]
    best = min(near, key=lambda pattern: (abs(decode(pattern) - abs(number)), pattern & 1))
    return decode(best) if number >= 0 else -decode(best)


def parse_percentage(text: str) -> Fraction:
    """Every trailing '%' is dropped, the rest is a float32, and the division by 100 is one in float32."""
    number = text.rstrip("%")
    if not _FLOAT.fullmatch(number):
        raise quantity.QuantityError(f"{text!r} is not a percentage")
    return round_float32(round_float32(Fraction(number)) / 100)


def _check_signal(signal: str) -> None:
    if signal not in SIGNALS:
        raise quantity.QuantityError(f"unsupported eviction signal {signal}")


def parse_statement(signal: str, text: str) -> Value | None:
    """One entry of evictionHard or evictionSoft; None when it is written to mean "no threshold"."""
    _check_signal(signal)
    if text in ("0%", "100%"):
        return None
    if text.endswith("%"):
        fraction = parse_percentage(text)
        if not 0 <= fraction <= 1:
            raise quantity.QuantityError(f"eviction threshold {signal}: {text} is not between 0% and 100%")
        return Value(fraction, percentage=True)
    number = quantity.parse(text)
    if number.exact <= 0:
        raise quantity.QuantityError(f"eviction threshold {signal} must be positive: {text}")
    return Value(number.exact, number.format)


def _parse_grace(signal: str, text: str) -> int:
    _check_signal(signal)
    grace_ns = quantity.parse_duration_ns(text)
    if grace_ns < 0:
        raise quantity.QuantityError(f"eviction grace period of {signal} is negative: {text}")
    return grace_ns


def parse_min_reclaim(signal: str, text: str) -> Value:
    _check_signal(signal)
    if text.endswith("%"):
        fraction = parse_percentage(text)
        if fraction <= 0:
            raise quantity.QuantityError(f"minimum reclaim of {signal} must be positive: {text}")
        return Value(fraction, percentage=True)
    number = quantity.parse(text)
    if number.exact < 0:
        raise quantity.QuantityError(f"minimum reclaim of {signal} is negative: {text}")
    return Value(number.exact, number.format)


def parse(hard: dict, soft: dict, grace: dict, min_reclaim: dict, enforce: list) -> list[Threshold]:
    """The kubelet's whole list of thresholds, the allocatable twin of each hard memory one included."""
    graces = {signal: _parse_grace(signal, text) for signal, text in grace.items()}
    reclaims = {signal: parse_min_reclaim(signal, text) for signal, text in min_reclaim.items()}
    found = []
    for signal, text in hard.items():
        value = parse_statement(signal, text)
        if value is not None:
            found.append(Threshold(signal, value, 0, reclaims.get(signal)))
    for signal, text in soft.items():
        value = parse_statement(signal, text)
        if value is None:
            continue
        if signal not in graces:
            raise quantity.QuantityError(f"grace period must be specified for the soft eviction threshold {signal}")
        found.append(Threshold(signal, value, graces[signal], reclaims.get(signal)))
    if "pods" in enforce:
        # A soft threshold whose grace is nothing is hard, and so has a twin as well.
        found += [
            Threshold(ALLOCATABLE, item.value, 0, item.min_reclaim)
            for item in found
            if item.signal == MEMORY and item.hard
        ]
    return found
