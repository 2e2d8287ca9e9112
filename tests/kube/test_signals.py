# SPDX-License-Identifier: Apache-2.0
import unittest

from standin import signals
from standin.thresholds import Observation

GI = 1024**3


class Memory(unittest.TestCase):
    STAT = {"anon": 633847808, "file": 5332332544, "inactive_file": 4634497024}
    MEMINFO = {"MemTotal": 16786681856, "MemFree": 9786681856}

    def available(self, formula: str) -> tuple[int, int]:
        used = signals.working_set(signals.root_usage(formula, self.MEMINFO, self.STAT), self.STAT["inactive_file"])
        return used, signals.available(self.MEMINFO["MemTotal"], used)

    def test_root(self):
        self.assertEqual(self.available("anon+file"), (1331683328, 15454998528))

    def test_root_before_runc_1_1_9(self):
        self.assertEqual(self.available("memtotal-memfree"), (7000000000 - 4634497024, 16786681856 - 2365502976))

    def test_working_set_is_never_negative(self):
        self.assertEqual(signals.working_set(5, 6), 0)

    def test_over_the_limit_wraps_and_still_adds_up(self):
        free = signals.available(GI, GI + 4096)
        self.assertEqual(free, 2**64 - 4096)
        self.assertEqual(signals.memory_observation(free, GI + 4096, 7), Observation(-4096, GI, 7))

    def test_no_limit_no_observation(self):
        self.assertIsNone(signals.available(2**62 + 1, 0))
        self.assertIsNone(signals.memory_observation(None, 5, 7))
        self.assertIsNone(signals.sample_available({"limit": None, "working_set": 5}))

    def test_huge_page_pool(self):
        sample = {"limit": 10000 + 5, "working_set": 5, "huge_page_pool": 4 * GI}
        self.assertEqual(signals.sample_available(sample), 0)
        self.assertEqual(signals.memory_observation(0, 5, None), Observation(0, 5, None))


class Pids(unittest.TestCase):
    def test_limits(self):
        found = signals.pid_limits("4194304\n", "127000\n", "0.1 0.1 0.1 2/3518 99\n")
        self.assertEqual(found, (127000, 3518))
        self.assertEqual(signals.pid_observation(*found, None), Observation(123482, 127000, None))

    def test_one_limit_missing(self):
        self.assertEqual(signals.pid_limits("32768", None, "0 0 0 1/2 3"), (32768, 2))

    def test_can_be_negative(self):
        self.assertEqual(signals.pid_observation(100, 120, None).available, -20)


class Text(unittest.TestCase):
    def test_meminfo(self):
        text = "MemTotal:       16393244 kB\nMemFree:         1000 kB\nHugePages_Total:       3\n"
        self.assertEqual(
            signals.parse_meminfo(text), {"MemTotal": 16393244 * 1024, "MemFree": 1024000, "HugePages_Total": 3}
        )

    def test_flat(self):
        self.assertEqual(signals.parse_flat("anon 1\nfile 22\n"), {"anon": 1, "file": 22})

    def test_pressure(self):
        text = "some avg10=0.50 avg60=1.00 avg300=0.00 total=123\n" "full avg10=0.00 avg60=0.00 avg300=0.00 total=45\n"
        self.assertEqual(signals.parse_psi(text)["some"], {"total": 123, "avg10": 0.5, "avg60": 1.0, "avg300": 0.0})
        self.assertEqual(signals.parse_psi(text)["full"]["total"], 45)


if __name__ == "__main__":
    unittest.main()
