# SPDX-License-Identifier: Apache-2.0
import struct
import unittest
from fractions import Fraction

from standin import quantity, thresholds
from standin.thresholds import ALLOCATABLE, MEMORY, Threshold, parse, parse_percentage, parse_statement

KI, MI, GI = 1024, 1024**2, 1024**3


def memory(value: str, min_reclaim: str | None = None) -> Threshold:
    least = thresholds.parse_min_reclaim(MEMORY, min_reclaim) if min_reclaim is not None else None
    return Threshold(MEMORY, parse_statement(MEMORY, value), 0, least)


def amount(text: str, capacity: int) -> Fraction:
    return parse_statement(MEMORY, text).amount(capacity).exact


class Met(unittest.TestCase):
    def test_quantity(self):
        self.assertTrue(memory("1Gi").met(500 * MI, 4 * GI))
        self.assertFalse(memory("1Gi").met(2 * GI, 4 * GI))

    def test_min_reclaim(self):
        limit = memory("1Gi", "500Mi")
        self.assertTrue(limit.met(GI * 105 // 100, 4 * GI, with_min_reclaim=True))
        self.assertFalse(limit.met(2 * GI, 4 * GI, with_min_reclaim=True))
        self.assertFalse(limit.met(GI * 105 // 100, 4 * GI))

    def test_equal_is_not_met(self):
        self.assertFalse(memory("100Mi").met(104857600, GI))
        self.assertTrue(memory("100Mi").met(104857599, GI))

    def test_fractions_of_a_byte_count(self):
        self.assertTrue(memory("1.05Gi").met(1127428915, 4 * GI))
        self.assertFalse(memory("1.05Gi").met(1127428916, 4 * GI))

    def test_percentage(self):
        capacity = 1000 * MI
        self.assertEqual(amount("20%", capacity), 209715203)
        self.assertTrue(memory("20%").met(100 * MI, capacity))
        self.assertFalse(memory("20%").met(300 * MI, capacity))

    def test_percentage_min_reclaim(self):
        limit, capacity = memory("20%", "5%"), 1000 * MI
        self.assertEqual(limit.min_reclaim.amount(capacity).exact, 52428800)
        self.assertTrue(limit.met(225 * MI, capacity, with_min_reclaim=True))
        self.assertFalse(limit.met(300 * MI, capacity, with_min_reclaim=True))

    def test_percentage_of_a_disk(self):
        self.assertEqual(amount("30%", 1000 * GI), 322122560000)
        self.assertTrue(memory("30%").met(100 * GI, 1000 * GI))
        self.assertFalse(memory("30%").met(400 * GI, 1000 * GI))

    def test_negative_available(self):
        self.assertTrue(memory("100Mi").met(-1, GI))


class Percentage(unittest.TestCase):
    def test_through_float32(self):
        cases = {
            ("10%", 10 * GI): 1073741840,
            ("10.5%", 100 * GI): 11274288800,
            ("5%", 6553600): 327680,
            ("10%", 4194304): 419430,
            ("25%", 4 * GI): GI,
            ("12.5%", 16 * GI): 2 * GI,
        }
        for (text, capacity), expected in cases.items():
            self.assertEqual(amount(text, capacity), expected, text)

    def test_parsed(self):
        self.assertEqual(float(parse_percentage("25.5%")), struct.unpack("f", struct.pack("f", 0.255))[0])
        self.assertEqual(parse_percentage("10%%"), parse_percentage("10%"))
        for text in ["12%345", "blah", "foo%", "%", "10..5%", "inf%", "nan%", "0x1p2%"]:
            with self.subTest(text), self.assertRaises(quantity.QuantityError):
                parse_percentage(text)

    def test_round_float32_has_no_double_rounding(self):
        """Just over the midpoint between two float32s, by less than a float64 can show beside 1."""
        midpoint = 1 + Fraction(1, 2**24)
        self.assertEqual(thresholds.round_float32(midpoint), 1)
        self.assertEqual(thresholds.round_float32(midpoint + Fraction(1, 2**80)), 1 + Fraction(1, 2**23))
        self.assertEqual(thresholds.round_float32(-midpoint - Fraction(1, 2**80)), -1 - Fraction(1, 2**23))
        with self.assertRaises(quantity.QuantityError):
            thresholds.round_float32(Fraction(10) ** 39)

    def test_dropped(self):
        self.assertIsNone(parse_statement(MEMORY, "0%"))
        self.assertIsNone(parse_statement(MEMORY, "100%"))
        self.assertEqual(parse({}, {MEMORY: "100%"}, {}, {}, []), [])

    def test_zero_written_otherwise_is_kept_and_never_met(self):
        value = parse_statement(MEMORY, "0.0%")
        self.assertFalse(Threshold(MEMORY, value).met(0, GI))


class Configured(unittest.TestCase):
    def test_refused(self):
        for text in ["-150Mi", "", "0", "-15%", "150%", "10..5%"]:
            with self.subTest(text), self.assertRaises(quantity.QuantityError):
                parse({MEMORY: text}, {}, {}, {}, [])
        bad = [
            ({"mem.available": "150Mi"}, {}, {}, {}),
            ({}, {MEMORY: "150Mi"}, {}, {}),
            ({}, {MEMORY: "150Mi"}, {MEMORY: "-30s"}, {}),
            ({}, {MEMORY: "150Mi"}, {MEMORY: "30mins"}, {}),
            ({}, {}, {"mem.available": "30s"}, {}),
            ({MEMORY: "150Mi"}, {}, {}, {MEMORY: "-300Mi"}),
            ({MEMORY: "150Mi"}, {}, {}, {MEMORY: "0%"}),
        ]
        for given in bad:
            with self.subTest(given), self.assertRaises(quantity.QuantityError):
                parse(*given, [])

    def test_allocatable_twin(self):
        found = parse({MEMORY: "150Mi"}, {MEMORY: "300Mi"}, {MEMORY: "30s"}, {MEMORY: "0"}, ["pods"])
        self.assertEqual(
            sorted((item.signal, item.value.exact, item.grace_ns) for item in found),
            [(ALLOCATABLE, 150 * MI, 0), (MEMORY, 150 * MI, 0), (MEMORY, 300 * MI, 30 * 10**9)],
        )
        self.assertEqual([item.min_reclaim.exact for item in found], [0, 0, 0])

    def test_no_twin_unless_pods_are_enforced(self):
        self.assertEqual([item.signal for item in parse({MEMORY: "150Mi"}, {}, {}, {}, ["system-reserved"])], [MEMORY])

    def test_soft_without_grace_time_is_hard(self):
        found = parse({}, {MEMORY: "150Mi"}, {MEMORY: "0s"}, {}, ["pods"])
        self.assertEqual([(item.signal, item.hard) for item in found], [(MEMORY, True), (ALLOCATABLE, True)])

    def test_sameness_is_by_number(self):
        self.assertTrue(memory("1Gi").same_as(memory("1024Mi")))
        self.assertTrue(memory("1Gi").same_as(memory("1Gi", "1Mi")))
        self.assertFalse(memory("1Gi").same_as(memory("25%")))


if __name__ == "__main__":
    unittest.main()
