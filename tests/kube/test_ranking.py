# SPDX-License-Identifier: Apache-2.0
import itertools
import random
import unittest

from standin import pods, ranking, thresholds
from standin.ranking import PodStats

MI = 1024**2
LOW, DEFAULT, HIGH = -1, 0, 1


def pod(name: str, priority: int = 0, request: str | None = None, storage: str | None = None) -> dict:
    requests = ({"memory": request} if request else {}) | ({"ephemeral-storage": storage} if storage else {})
    return {
        "metadata": {"name": name, "uid": name},
        "spec": {"priority": priority, "containers": [{"name": "c", "resources": {"requests": requests}}]},
    }


class Ranking(unittest.TestCase):
    def order(self, signal: str, listed: list[tuple[dict, PodStats | None]]) -> list[str]:
        """The order, which must not depend on the order that the pods are given in."""
        stats = {pods.uid(item): known for item, known in listed if known}
        orders = {
            tuple(
                pods.uid(item)
                for item in ranking.rank(signal, [item for item, _ in shuffled], stats, random.Random(seed))
            )
            for seed, shuffled in enumerate(itertools.islice(itertools.permutations(listed), 50))
        }
        self.assertEqual(len(orders), 1, orders)
        return list(orders.pop())

    def memory(self, *listed) -> list[str]:
        return self.order(
            thresholds.MEMORY, [(item, None if used is None else PodStats(used * MI)) for item, used in listed]
        )

    def test_exceeding_beats_priority(self):
        self.assertEqual(
            self.memory((pod("below", LOW, "200Mi"), 199), (pod("exceeds", HIGH, "100Mi"), 101)), ["exceeds", "below"]
        )

    def test_by_amount_over_the_request_whatever_the_class(self):
        found = self.memory(
            (pod("be500"), 500),
            (pod("be300"), 300),
            (pod("bu800", 0, "100Mi"), 800),
            (pod("bu300", 0, "100Mi"), 300),
            (pod("gu800", 0, "1Gi"), 800),
            (pod("gu200", 0, "1Gi"), 200),
        )
        self.assertEqual(found, ["bu800", "be500", "be300", "bu300", "gu800", "gu200"])

    def test_exceeding_then_priority_then_amount(self):
        listed = [
            (pod(f"{side}-{word}-{use}", priority, request), used)
            for side, request, uses in (("above", "100Mi", (600, 150)), ("below", "1Gi", (900, 100)))
            for word, priority in (("low", LOW), ("high", HIGH))
            for use, used in zip(("high", "low"), uses, strict=True)
        ]
        self.assertEqual(
            self.memory(*listed),
            [
                "above-low-high",
                "above-low-low",
                "above-high-high",
                "above-high-low",
                "below-low-high",
                "below-low-low",
                "below-high-high",
                "below-high-low",
            ],
        )

    def test_priority(self):
        listed = [(pod("c", 12534), 0), (pod("a", -134), 0), (pod("b", 1), 0)]
        self.assertEqual(self.memory(*listed), ["a", "b", "c"])

    def test_request_of_nothing_is_exceeded_by_any_use_and_not_by_none(self):
        self.assertEqual(self.memory((pod("idle", LOW), 0), (pod("used", HIGH), 1)), ["used", "idle"])

    def test_equal_to_the_request_does_not_exceed(self):
        self.assertEqual(
            self.memory((pod("equal", LOW, "100Mi"), 100), (pod("over", HIGH, "100Mi"), 101)), ["over", "equal"]
        )

    def test_request_in_fractions_of_a_byte(self):
        stats = {"a": PodStats(308), "b": PodStats(307)}
        first, second = pod("a", 0, "0.3Ki"), pod("b", 0, "0.3Ki")
        self.assertLess(ranking.memory_key(first, stats["a"]), ranking.memory_key(second, stats["b"]))
        self.assertFalse(ranking.memory_key(first, stats["a"])[1])
        self.assertTrue(ranking.memory_key(second, stats["b"])[1])

    def test_without_stats_first_whatever_the_priority(self):
        self.assertEqual(self.memory((pod("hog", LOW), 5 * 1024), (pod("pulling", 10**6), None)), ["pulling", "hog"])

    def test_two_without_stats_differ_by_priority_only(self):
        self.assertEqual(self.memory((pod("high", HIGH), None), (pod("low", LOW), None)), ["low", "high"])
        groups = ranking.tie_groups(thresholds.MEMORY, [pod("a"), pod("b"), pod("c", HIGH)], {})
        self.assertEqual(groups, [["a", "b"], ["c"]])

    def test_known_pod_without_memory_uses_nothing(self):
        stats = {"a": PodStats(None), "b": PodStats(1)}
        self.assertEqual(ranking.tie_groups(thresholds.MEMORY, [pod("a"), pod("b")], stats), [["b"], ["a"]])

    def test_full_ties_are_random(self):
        listed = [pod(name) for name in "abc"]
        stats = {name: PodStats(MI) for name in "abc"}
        firsts = {
            pods.uid(ranking.rank(thresholds.MEMORY, listed, stats, random.Random(seed))[0]) for seed in range(50)
        }
        self.assertEqual(firsts, {"a", "b", "c"})

    def test_pids_by_priority_then_count(self):
        listed = [(pod("low6", LOW), 6), (pod("high20", HIGH), 20), (pod("low20", LOW), 20), (pod("high5", HIGH), 5)]
        found = self.order(thresholds.PID, [(item, PodStats(process_count=count)) for item, count in listed])
        self.assertEqual(found, ["low20", "low6", "high20", "high5"])
        listed = [
            (pod("a", HIGH), 900),
            (pod("b"), 100),
            (pod("c"), 400),
            (pod("victim", LOW), 600),
            (pod("e", LOW), 50),
        ]
        found = self.order(thresholds.PID, [(item, PodStats(process_count=count)) for item, count in listed])
        self.assertEqual(found[0], "victim")

    def test_pids_priority_beats_missing_stats(self):
        found = self.order(
            thresholds.PID,
            [
                (pod("unknown"), None),
                (pod("low", LOW), PodStats(process_count=1)),
                (pod("known"), PodStats(process_count=9)),
            ],
        )
        self.assertEqual(found, ["low", "unknown", "known"])

    def test_inodes(self):
        listed = [(pod(str(count)), PodStats(inodes=count)) for count in (200000, 300000, 400000)]
        self.assertEqual(self.order("nodefs.inodesFree", listed), ["400000", "300000", "200000"])

    def test_inodes_are_set_off_against_a_storage_request_in_bytes(self):
        listed = [(pod("many", 0, None, "1Gi"), PodStats(inodes=500000)), (pod("few"), PodStats(inodes=1))]
        self.assertEqual(self.order("nodefs.inodesFree", listed), ["few", "many"])

    def test_disk(self):
        listed = [
            (pod("within", LOW, None, "1Gi"), PodStats(disk_bytes=900 * MI)),
            (pod("over", HIGH), PodStats(disk_bytes=MI)),
        ]
        self.assertEqual(self.order("nodefs.available", listed), ["over", "within"])


if __name__ == "__main__":
    unittest.main()
