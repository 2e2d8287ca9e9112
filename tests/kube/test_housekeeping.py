# SPDX-License-Identifier: Apache-2.0
import random
import unittest

from standin.housekeeping import Housekeeping

SECOND = 10**9


class Cgroup:
    def __init__(self, changing: bool):
        self.changing, self.reads, self.gone = changing, [], False
        self.now_ns = 0

    def read(self) -> dict | None:
        if self.gone:
            return None
        self.reads.append(self.now_ns)
        return {"time_ns": self.now_ns, "usage": len(self.reads) if self.changing else 0}


def run(cgroup: Cgroup, seconds: int, seed: int = 1) -> Housekeeping:
    keeper = Housekeeping(random.Random(seed))
    keeper.add("pod", cgroup.read, 0)
    for tick in range(1, seconds * 4 + 1):
        cgroup.now_ns = tick * SECOND // 4
        keeper.run(cgroup.now_ns)
    return keeper


class Ages(unittest.TestCase):
    def gaps(self, changing: bool) -> list[float]:
        cgroup = Cgroup(changing)
        run(cgroup, 4000)
        self.assertEqual(cgroup.reads[0], 0)
        return [(after - before) / SECOND for before, after in zip(cgroup.reads, cgroup.reads[1:], strict=False)]

    def test_changing(self):
        gaps = self.gaps(True)
        self.assertTrue(all(10 <= gap <= 20.25 for gap in gaps), gaps)
        self.assertTrue(min(gaps) < 12 and max(gaps) > 18, gaps)

    def test_unchanged_slows_down_to_one_and_a_half(self):
        gaps = self.gaps(False)
        self.assertTrue(10 <= gaps[0] <= 20.25, gaps[0])
        self.assertTrue(all(15 <= gap <= 30.25 for gap in gaps[1:]), gaps)
        self.assertTrue(max(gaps) > 27, gaps)

    def test_a_seed_is_a_schedule(self):
        first, second, other = Cgroup(True), Cgroup(True), Cgroup(True)
        run(first, 300, 7)
        run(second, 300, 7)
        run(other, 300, 8)
        self.assertEqual(first.reads, second.reads)
        self.assertNotEqual(first.reads, other.reads)


class Samples(unittest.TestCase):
    def test_forced_sample_is_fresh_and_keeps_the_clock(self):
        cgroup = Cgroup(True)
        keeper = run(cgroup, 1)
        cgroup.now_ns = 5 * SECOND
        self.assertEqual(keeper.force("pod")["time_ns"], 5 * SECOND)
        self.assertEqual(keeper.sample("pod")["time_ns"], 5 * SECOND)
        reads = len(cgroup.reads)
        keeper.run(9 * SECOND)
        self.assertEqual(len(cgroup.reads), reads)

    def test_news(self):
        cgroup = Cgroup(True)
        keeper = run(cgroup, 1)
        self.assertEqual(keeper.news, {"pod"})
        keeper.news.clear()
        keeper.run(SECOND)
        self.assertEqual(keeper.news, set())
        keeper.force("pod")
        self.assertEqual(keeper.news, {"pod"})

    def test_the_last_sample_outlives_its_cgroup(self):
        cgroup = Cgroup(True)
        keeper = run(cgroup, 1)
        cgroup.gone = True
        keeper.run(60 * SECOND)
        self.assertEqual(keeper.sample("pod")["time_ns"], 0)
        keeper.drop("pod")
        self.assertIsNone(keeper.sample("pod"))


if __name__ == "__main__":
    unittest.main()
