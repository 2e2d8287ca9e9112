# SPDX-License-Identifier: Apache-2.0
import unittest
from fractions import Fraction

from standin import config
from standin.config import Config, ConfigError

GI = 1024**3


def signals(found: Config) -> set[str]:
    return {item.signal for item in found.thresholds}


class Eviction(unittest.TestCase):
    def test_defaults(self):
        found = Config({})
        self.assertEqual(found.effective["evictionHard"], config.DEFAULT_EVICTION_HARD)
        self.assertEqual(
            signals(found),
            {
                "memory.available",
                "allocatableMemory.available",
                "nodefs.available",
                "nodefs.inodesFree",
                "imagefs.available",
                "imagefs.inodesFree",
            },
        )
        self.assertEqual(found.transition_ns, 300 * 10**9)

    def test_a_given_map_replaces_the_defaults_whole(self):
        self.assertEqual(
            signals(Config({"evictionHard": {"memory.available": "1Gi"}, "enforceNodeAllocatable": []})),
            {"memory.available"},
        )
        self.assertEqual(signals(Config({"evictionHard": {}})), set())
        self.assertEqual(signals(Config({"evictionHard": None})), signals(Config({})))

    def test_unless_asked_to_merge(self):
        found = Config({"evictionHard": {"memory.available": "1Gi"}, "mergeDefaultEvictionSettings": True})
        self.assertEqual(found.effective["evictionHard"], config.DEFAULT_EVICTION_HARD | {"memory.available": "1Gi"})

    def test_refused(self):
        for given in (
            {"evictionHard": {"memory.available": "x"}},
            {"evictionSoft": {"memory.available": "1Gi"}},
            {"evictionHard": "100Mi"},
            {"evictionHard": {"memory.available": 100}},
            {"kind": "Pod"},
            {"cgroupDriver": "none"},
            {"systemReserved": {"memory": "1gi"}},
            {"enforceNodeAllocatable": "pods"},
            {"evictionPressureTransitionPeriod": "5 min"},
        ):
            with self.subTest(given), self.assertRaises(ConfigError):
                Config(given)


class Allocatable(unittest.TestCase):
    def limit(self, **given) -> Fraction:
        return Config(given).pods_limit("memory", Fraction(4 * GI))

    def test_reservations_come_off_the_eviction_threshold_does_not(self):
        self.assertEqual(
            self.limit(
                systemReserved={"memory": "1Gi"},
                kubeReserved={"memory": "0.5Gi", "cpu": "1"},
                evictionHard={"memory.available": "1Gi"},
            ),
            5 * GI // 2,
        )

    def test_never_negative(self):
        self.assertEqual(self.limit(kubeReserved={"memory": "5Gi"}), 0)

    def test_not_enforced(self):
        self.assertEqual(self.limit(kubeReserved={"memory": "1Gi"}, enforceNodeAllocatable=[]), 4 * GI)


class Shown(unittest.TestCase):
    def test_unknown_fields_and_durations(self):
        shown = Config(
            {
                "apiVersion": "kubelet.config.k8s.io/v1beta1",
                "kind": "KubeletConfiguration",
                "maxPods": 20,
                "evictionPressureTransitionPeriod": "30s",
                "volumeStatsAggPeriod": "60s",
            }
        ).effective
        self.assertEqual(
            (shown["maxPods"], shown["evictionPressureTransitionPeriod"], shown["volumeStatsAggPeriod"]),
            (20, "30s", "1m0s"),
        )
        self.assertNotIn("kind", shown)

    def test_oom_group_and_pids(self):
        self.assertTrue(Config({}).oom_group)
        self.assertFalse(Config({"singleProcessOOMKill": True}).oom_group)
        self.assertIsNone(Config({}).pod_pids_limit)
        self.assertEqual(Config({"podPidsLimit": 100}).pod_pids_limit, 100)


if __name__ == "__main__":
    unittest.main()
