# SPDX-License-Identifier: Apache-2.0
import unittest
from fractions import Fraction

from standin import quantity

GI = 1024**3

# text: (exact, Value())
ACCEPTED = {
    "100Mi": (104857600, 104857600),
    "0.5Gi": (536870912, 536870912),
    "1.2Gi": (Fraction("1288490188.8"), 1288490189),
    "1.05Gi": (Fraction("1127428915.2"), 1127428916),
    "0.3Ki": (Fraction("307.2"), 308),
    "2.5G": (2500000000, 2500000000),
    "128k": (128000, 128000),
    "1500m": (Fraction("1.5"), 2),
    "1e3": (1000, 1000),
    "1E3": (1000, 1000),
    "12e6": (12000000, 12000000),
    "1e+3": (1000, 1000),
    "1E": (10**18, 10**18),
    "1Ei": (1152921504606846976, 1152921504606846976),
    "100n": (Fraction(1, 10**7), 1),
    "1u": (Fraction(1, 10**6), 1),
    "0.1m": (Fraction(1, 10**4), 1),
    "0.1n": (Fraction(1, 10**9), 1),
    "9Ei": (2**63 - 1, 2**63 - 1),
    "1e400": (2**63 - 1, 2**63 - 1),
    ".5Gi": (GI // 2, GI // 2),
    "1.Gi": (GI, GI),
    "+5": (5, 5),
    "-150Mi": (-157286400, -157286400),
    "-1500m": (Fraction("-1.5"), -2),
    "0": (0, 0),
    "000.001": (Fraction(1, 1000), 1),
}
REFUSED = [
    "",
    "Gi",
    "1.5.2",
    "1 Gi",
    "1gi",
    "10%",
    "K",
    "1K",
    ".",
    "+",
    "-",
    "1e",
    "0x10",
    "1,5",
    "1-5",
    "١",
    "1e3Mi",
    " 1",
]

CANONICAL = {
    "100Mi": "100Mi",
    "1.5Gi": "1536Mi",
    "1024": "1024",
    "0.5Ki": "512",
    "1500m": "1500m",
    "1000m": "1",
    "2500000000": "2500M",
    "1e3": "1e3",
    "100e-3": "100e-3",
    "12e6": "12e6",
    "0": "0",
    "0.3Ki": "307200m",
    "1.05Gi": "1127428916",
    "128k": "128k",
    "-1Gi": "-1Gi",
    "1048576": "1048576",
    "1Ei": "1Ei",
}


class Quantity(unittest.TestCase):
    def test_accepted(self):
        for text, (exact, value) in ACCEPTED.items():
            with self.subTest(text):
                found = quantity.parse(text)
                self.assertEqual((found.exact, found.value()), (exact, value))

    def test_refused(self):
        for text in REFUSED:
            with self.subTest(text), self.assertRaises(quantity.QuantityError):
                quantity.parse(text)

    def test_canonical_form(self):
        for text, shown in CANONICAL.items():
            with self.subTest(text):
                self.assertEqual(str(quantity.parse(text)), shown)

    def test_canonical_form_means_the_same(self):
        """Only what BinarySI rounds up to whole bytes may differ."""
        for text, (exact, value) in ACCEPTED.items():
            with self.subTest(text):
                again = quantity.parse(str(quantity.parse(text)))
                self.assertIn(again.exact, (exact, value))

    def test_milli(self):
        for text, milli in {"1": 1000, "250m": 250, "0.0001": 1, "1.5": 1500}.items():
            self.assertEqual(quantity.parse(text).milli(), milli)


class Duration(unittest.TestCase):
    def test_parsed(self):
        cases = {
            "1m30s": 90 * 10**9,
            "5m0s": 300 * 10**9,
            "1.5s": 15 * 10**8,
            "0": 0,
            "0s": 0,
            "100ms": 10**8,
            "2h": 7200 * 10**9,
            "-30s": -30 * 10**9,
            "+1s": 10**9,
            "1us": 1000,
            ".5s": 5 * 10**8,
        }
        for text, nanoseconds in cases.items():
            self.assertEqual(quantity.parse_duration_ns(text), nanoseconds, text)

    def test_refused(self):
        for text in ["", "30mins", "30", "s", "1m30", "1 s", "."]:
            with self.subTest(text), self.assertRaises(quantity.QuantityError):
                quantity.parse_duration_ns(text)

    def test_shown_as_go_does(self):
        for shown in ["0s", "5m0s", "30s", "1.5s", "100ms", "1h0m0s", "1m30s", "-30s", "1.5µs", "12ns"]:
            self.assertEqual(quantity.format_duration(quantity.parse_duration_ns(shown)), shown)


if __name__ == "__main__":
    unittest.main()
