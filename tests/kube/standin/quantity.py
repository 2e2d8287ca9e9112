# SPDX-License-Identifier: Apache-2.0
"""Kubernetes resource quantities ("1.5Gi", "128k", "1e3") and Go durations ("1m30s"), exactly.

Quantities are decimal numbers with a suffix, held to nano precision; a quantity's number is a
Fraction here, so nothing is ever rounded except where the apimachinery library rounds.
"""

import functools
import re
from dataclasses import dataclass
from fractions import Fraction

BINARY_SI, DECIMAL_SI, DECIMAL_EXPONENT = "BinarySI", "DecimalSI", "DecimalExponent"

MAX = Fraction(2**63 - 1)
NANO = Fraction(1, 10**9)

_DECIMAL_SUFFIXES = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_BINARY_SUFFIXES = {1: "Ki", 2: "Mi", 3: "Gi", 4: "Ti", 5: "Pi", 6: "Ei"}
_MULTIPLIERS = {suffix: (Fraction(10) ** power, DECIMAL_SI) for power, suffix in _DECIMAL_SUFFIXES.items()}
_MULTIPLIERS |= {suffix: (Fraction(1024**power), BINARY_SI) for power, suffix in _BINARY_SUFFIXES.items()}

_QUANTITY = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?(?P<suffix>[eEinumkKMGTP]*[+-]?[0-9]*)")
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)")
# Beyond this the number is over the cap or under a nano whatever its digits say.
_EXPONENT_BOUND = 400


class QuantityError(ValueError):
    """The text is not a quantity (or not a duration)."""


def ceil_away(number: Fraction) -> int:
    """Round to an integer away from zero, which is how apimachinery rounds everywhere."""
    magnitude = -(-abs(number).numerator // number.denominator)
    return magnitude if number >= 0 else -magnitude


@dataclass(frozen=True)
class Quantity:
    exact: Fraction
    format: str = DECIMAL_SI

    def value(self) -> int:
        return ceil_away(self.exact)

    def milli(self) -> int:
        return ceil_away(self.exact * 1000)

    def __str__(self) -> str:
        return _canonical(self.exact, self.format)


def of(number: int, form: str = BINARY_SI) -> Quantity:
    return Quantity(Fraction(number), form)


def _multiplier(suffix: str) -> tuple[Fraction, str] | None:
    if suffix in _MULTIPLIERS:
        return _MULTIPLIERS[suffix]
    found = _EXPONENT.fullmatch(suffix)
    if not found:
        return None
    power = max(-_EXPONENT_BOUND, min(_EXPONENT_BOUND, int(found.group(1))))
    return Fraction(10) ** power, DECIMAL_EXPONENT


# A pod's few quantities are asked for again in every pass of the loop.
@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Quantity:
    found = _QUANTITY.fullmatch(text)
    if not found or not (found["whole"] or found["part"]):
        raise QuantityError(f"{text!r} is not a quantity")
    multiplier = _multiplier(found["suffix"])
    if multiplier is None:
        raise QuantityError(f"{text!r}: {found['suffix']!r} is no unit")
    scale, form = multiplier
    digits = (found["whole"] or "0") + (found["part"] or "")
    number = Fraction(int(digits), 10 ** len(found["part"] or "")) * scale
    # Non-zero values never vanish: anything finer than a nano is rounded up to one.
    number = min(Fraction(ceil_away(number / NANO)) * NANO, MAX)
    if form == BINARY_SI and 0 < number < 1:
        form = DECIMAL_SI
    return Quantity(-number if found["sign"] == "-" else number, form)


def _canonical(number: Fraction, form: str) -> str:
    if number == 0:
        return "0"
    if form == BINARY_SI and abs(number) >= 1024:
        mantissa, power = ceil_away(number), 0
        while mantissa % 1024 == 0 and power < max(_BINARY_SUFFIXES):
            mantissa, power = mantissa // 1024, power + 1
        return f"{mantissa}{_BINARY_SUFFIXES.get(power, '')}"
    mantissa, power = ceil_away(number / NANO), -9
    while mantissa % 1000 == 0 and power < max(_DECIMAL_SUFFIXES):
        mantissa, power = mantissa // 1000, power + 3
    if form == DECIMAL_EXPONENT:
        return f"{mantissa}e{power}" if power else str(mantissa)
    return f"{mantissa}{_DECIMAL_SUFFIXES[power]}"


_UNIT_NS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_DURATION_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")


def parse_duration_ns(text: str) -> int:
    """Go's time.ParseDuration."""
    sign, rest = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    total, at = Fraction(0), 0
    while at < len(rest):
        part = _DURATION_PART.match(rest, at)
        if not part or not (part[1] or part[2]):
            break
        number = Fraction(int((part[1] or "0") + (part[2] or "")), 10 ** len(part[2] or ""))
        total += number * _UNIT_NS[part[3]]
        at = part.end()
    if at == 0 or at < len(rest):
        raise QuantityError(f"{text!r} is not a duration")
    return sign * int(total)


def format_duration(nanoseconds: int) -> str:
    """Go's Duration.String, for the durations that a configuration holds."""
    if nanoseconds == 0:
        return "0s"
    sign, left = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if left < 10**9:
        unit = next(unit for unit in ("ms", "µs", "ns") if left >= _UNIT_NS[unit])
        return f"{sign}{_decimal(Fraction(left, _UNIT_NS[unit]))}{unit}"
    hours, left = divmod(left, _UNIT_NS["h"])
    minutes, left = divmod(left, _UNIT_NS["m"])
    seconds = f"{_decimal(Fraction(left, 10**9))}s"
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}"
    return f"{sign}{minutes}m{seconds}" if minutes else f"{sign}{seconds}"


def _decimal(number: Fraction) -> str:
    whole, part = divmod(number, 1)
    digits = f"{int(part * 10**9):09d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)
