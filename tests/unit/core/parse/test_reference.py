# SPDX-License-Identifier: Apache-2.0
"""
The C parsers of quantities, percentages, durations and thresholds against the stand-in kubelet's, which hold the same
rules a second time in exact fractions: the same texts must be accepted, refused, and mean the same to the last bit.
"""

import ctypes
import json
import random
import subprocess
import sys
import tempfile
import unittest
from fractions import Fraction
from pathlib import Path

TOP = Path(__file__).resolve().parents[4]
SOURCES = ["base/line.c", "base/num.c", "base/str.c", "core/tables.c", *(f"core/parse/{name}.c" for name in (
    "decimal", "go_duration", "percentage", "quantity", "text", "threshold"))]
CASES = 2000
SEED = 20261124


class Quantity(ctypes.Structure):
    _fields_ = [("floor", ctypes.c_int64), ("value", ctypes.c_int64), ("nano", ctypes.c_uint32)]


class Threshold(ctypes.Structure):
    """struct rp_threshold of include/reprieve/link.h; its size is checked below."""
    _fields_ = [("signal", ctypes.c_uint8), ("is_percent", ctypes.c_bool), ("reclaim_is_percent", ctypes.c_bool),
                ("percent", ctypes.c_float), ("reclaim_percent", ctypes.c_float), ("quantity_floor", ctypes.c_int64),
                ("reclaim_floor", ctypes.c_int64), ("quantity_nano", ctypes.c_uint32), ("reclaim_nano", ctypes.c_uint32),
                ("grace_ns", ctypes.c_uint64)]


def build(place: Path) -> ctypes.CDLL:
    library = place / "parse.so"
    probe = place / "probe.c"
    probe.write_text('#include "reprieve/link.h"\n'
                     "unsigned long threshold_size(void) { return sizeof(struct rp_threshold); }\n", encoding="ascii")
    sources = [TOP / "userspace" / path for path in SOURCES]
    subprocess.run(["gcc", "-std=gnu17", "-O1", "-shared", "-fPIC", "-ffp-contract=off", f"-I{TOP}/include",
                    f"-I{TOP}/userspace", "-o", library, probe, *sources], check=True)
    return ctypes.CDLL(str(library))


class Reference:
    """`python3 -m standin.reference`: a question and an answer a line."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "standin.reference"], cwd=TOP / "tests/kube", text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")

    def ask(self, **question) -> dict:
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Texts:
    """Texts near the grammar: mostly right, sometimes damaged, with numbers of every size."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)

    def digits(self, most: int) -> str:
        return "".join(self.random.choice("0123456789") for _ in range(self.random.randint(0, most)))

    def number(self, whole: int, part: int) -> str:
        text = self.random.choice(["", "", "", "-", "+"]) + self.digits(whole)
        return text + ("." + self.digits(part) if self.random.random() < 0.6 else "")

    def exponent(self, most: int) -> str:
        return self.random.choice("eE") + self.random.choice(["", "-", "+"]) + str(self.random.randint(0, most))

    def damaged(self, text: str, alphabet: str) -> str:
        if self.random.random() < 0.85:
            return text
        at = self.random.randint(0, len(text))
        return text[:at] + self.random.choice(alphabet) + text[at + self.random.randint(0, 1):]

    def quantity(self) -> str:
        suffix = self.random.choice(["", *"numkMGTPE", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"])
        if self.random.random() < 0.2:
            suffix = self.exponent(30)
        return self.damaged(self.number(self.random.choice([2, 6, 22]), self.random.choice([3, 12, 30])) + suffix,
                            "0.-+eEiKkmGx %")

    def percentage(self) -> str:
        text = self.number(self.random.choice([2, 3, 8]), self.random.choice([1, 4, 9]))
        if self.random.random() < 0.1:
            text += self.exponent(9)
        # No stray "e" or digit: the reference would really compute 10^184436914, and the C parser ends at 10^18.
        return self.damaged(text + self.random.choice(["%", "%", "%%"]), ".-+%x ")

    def duration(self) -> str:
        """Each part is whole nanoseconds: Go drops what is finer part by part, the reference only from the sum."""
        units = {"ns": 0, "us": 3, "\u00b5s": 3, "\u03bcs": 3, "ms": 6, "s": 9, "m": 9, "h": 9}
        parts = []
        for _ in range(self.random.randint(1, 3)):
            unit = self.random.choice(list(units))
            part = "." + self.digits(units[unit]) if self.random.random() < 0.4 else ""
            parts.append(self.digits(4) + part + unit)
        return self.damaged(self.random.choice(["", "", "-", "+"]) + "".join(parts), "-+smhnx ")


class Differences(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.place = tempfile.TemporaryDirectory()
        cls.parse = build(Path(cls.place.name))
        cls.reference = Reference()
        cls.texts = Texts()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.reference.close()
        cls.place.cleanup()

    def call(self, function: str, text: str, ret) -> int:
        data = text.encode()
        return getattr(self.parse, function)(data, ctypes.c_size_t(len(data)), ctypes.byref(ret))

    def assert_mixed(self, accepted: list[bool]) -> None:
        """Texts that are all right or all wrong would compare little."""
        self.assertGreater(accepted.count(True), CASES // 4)
        self.assertGreater(accepted.count(False), CASES // 50)

    def compare(self, make, op: str, function: str, new, same) -> None:
        accepted = []
        for _ in range(CASES):
            text = make()
            ret = new()
            status = self.call(function, text, ret)
            answer = self.reference.ask(op=op, text=text)
            self.assertEqual(status < 0, "error" in answer, f"{text!r}: C {status}, reference {answer}")
            if status == 0:
                same(text, ret, answer)
            accepted.append(status == 0)
        self.assert_mixed(accepted)

    def test_quantities(self) -> None:
        def same(text: str, ret: Quantity, answer: dict) -> None:
            exact = Fraction(answer["exact"])
            self.assertEqual((ret.floor, ret.value), (exact.__floor__(), answer["value"]), text)
            self.assertEqual(ret.floor + Fraction(ret.nano, 10**9), exact, text)
        self.compare(self.texts.quantity, "quantity", "rp_parse_quantity", Quantity, same)

    def test_percentages(self) -> None:
        def same(text: str, ret: ctypes.c_float, answer: dict) -> None:
            self.assertEqual(Fraction(ret.value), Fraction(answer["fraction"]), text)
        self.compare(self.texts.percentage, "percentage", "rp_parse_percentage", ctypes.c_float, same)

    def test_durations(self) -> None:
        def same(text: str, ret: ctypes.c_int64, answer: dict) -> None:
            self.assertEqual(ret.value, answer["ns"], text)
        self.compare(self.texts.duration, "duration", "rp_parse_go_duration", ctypes.c_int64, same)

    def test_thresholds(self) -> None:
        """As far as the question "is it met?", at, above and below the exact amount."""
        self.assertEqual(ctypes.sizeof(Threshold), self.parse.threshold_size())
        accepted = []
        for _ in range(CASES):
            value = self.texts.random.choice([self.texts.quantity, self.texts.percentage])()
            capacity = self.texts.random.randrange(1 << self.texts.random.choice([20, 31, 34, 45]))
            ret = Threshold()
            status = self.parse.rp_parse_threshold(0, value.encode(), None, None, ctypes.byref(ret))
            answer = self.reference.ask(op="threshold", value=value, capacity=capacity, available=0)
            expected = "error" in answer, "dropped" in answer
            self.assertEqual((status < 0, status == 1), expected, f"{value!r}: {answer}")
            accepted.append(status == 0)
            if status == 0:
                self.assert_met_alike(value, ret, capacity, Fraction(answer["quantity"]))
        self.assert_mixed(accepted)

    def assert_met_alike(self, value: str, ret: Threshold, capacity: int, exact: Fraction) -> None:
        amount = ret.quantity_floor + Fraction(ret.quantity_nano, 10**9)
        if ret.is_percent:
            amount = int(float(capacity) * ret.percent)
        for available in (exact.__floor__() - 1, exact.__floor__(), exact.__floor__() + 1):
            met = available < amount
            answer = self.reference.ask(op="threshold", value=value, capacity=capacity, available=available)
            self.assertEqual(met, answer["met"], f"{value!r} of {capacity} at {available}")


if __name__ == "__main__":
    unittest.main()
