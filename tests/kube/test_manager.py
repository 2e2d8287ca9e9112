# SPDX-License-Identifier: Apache-2.0
import random
import unittest

from standin import pods, quantity, thresholds
from standin.manager import EvictionManager
from standin.ranking import PodStats
from standin.thresholds import ALLOCATABLE, MEMORY, PID, Observation

MI, GI = 1024**2, 1024**3
SECOND = 10**9
MINUTE = 60 * SECOND


def pod(name: str, priority: int = 0, grace: int | None = 30, annotations: dict | None = None, **requests: str) -> dict:
    spec = {"priority": priority, "containers": [{"name": "main", "resources": {"requests": requests}}]}
    if grace is not None:
        spec["terminationGracePeriodSeconds"] = grace
    return {"metadata": {"name": name, "namespace": "ns", "uid": name, "annotations": annotations or {}}, "spec": spec}


class Scenario:
    """One manager, its clock, and pods that use what they are said to use."""

    def __init__(
        self, hard=None, soft=None, grace=None, reclaim=None, enforce=(), max_grace=0, transition_ns=5 * MINUTE, seed=1
    ):
        configured = thresholds.parse(hard or {}, soft or {}, grace or {}, reclaim or {}, list(enforce))
        self.manager = EvictionManager(configured, transition_ns, max_grace, random.Random(seed))
        self.now_ns = 1000 * SECOND
        self.pods = [pod("victim")]
        self.stats = {"victim": PodStats(500 * MI, {"main": 500 * MI})}

    def at(self, later_ns: int, stale: bool = False, **available: int | tuple[int, int]):
        """Advance, observe, decide.  Names are signals with _ for the dot; capacity is 4 GiB unless given."""
        self.now_ns += later_ns
        seen = {}
        for name, numbers in available.items():
            free, capacity = numbers if isinstance(numbers, tuple) else (numbers, 4 * GI)
            seen[name.replace("_", ".")] = Observation(free, capacity, 1 if stale else self.now_ns)
        return self.manager.synchronize(self.now_ns, seen, self.pods, self.stats)


class Memory(unittest.TestCase):
    def soft_and_hard(self) -> Scenario:
        return Scenario({MEMORY: "1Gi"}, {MEMORY: "2Gi"}, {MEMORY: "2m"}, max_grace=5)

    def test_soft_then_hard(self):
        run = self.soft_and_hard()
        self.assertIsNone(run.at(0, memory_available=2 * GI))
        self.assertEqual(run.manager.conditions, [])
        self.assertIsNone(run.at(MINUTE, memory_available=1500 * MI))
        self.assertEqual(run.manager.conditions, ["MemoryPressure"])
        decision = run.at(3 * MINUTE, memory_available=1500 * MI)
        self.assertEqual((decision.victim["metadata"]["name"], decision.grace_seconds), ("victim", 5))
        self.assertIsNone(run.at(20 * MINUTE, memory_available=3 * GI))
        self.assertEqual(run.manager.conditions, [])
        decision = run.at(MINUTE, memory_available=500 * MI)
        self.assertEqual(
            (decision.threshold.hard, decision.grace_seconds) if decision.threshold.hard else None, (True, 1)
        )
        self.assertEqual(run.manager.conditions, ["MemoryPressure"])

    def test_soft_grace_is_the_smaller_and_never_under_a_second(self):
        for most, own, expected in ((5, 30, 5), (60, 30, 30), (0, 30, 1), (60, None, 60), (60, 0, 1)):
            with self.subTest(most=most, own=own):
                run = Scenario({}, {MEMORY: "2Gi"}, {MEMORY: "10s"}, max_grace=most)
                run.pods = [pod("victim", grace=own)]
                self.assertIsNone(run.at(0, memory_available=GI))
                self.assertEqual(run.at(10 * SECOND, memory_available=GI).grace_seconds, expected)

    def test_soft_starts_over_when_it_was_not_met_once(self):
        run = Scenario({}, {MEMORY: "2Gi"}, {MEMORY: "1m"})
        run.at(0, memory_available=GI)
        run.at(30 * SECOND, memory_available=3 * GI)
        self.assertIsNone(run.at(31 * SECOND, memory_available=GI))
        self.assertIsNone(run.at(59 * SECOND, memory_available=GI))
        self.assertIsNotNone(run.at(SECOND, memory_available=GI))

    def test_min_reclaim_holds_once_acted_on(self):
        run = Scenario({MEMORY: "1Gi"}, reclaim={MEMORY: "500Mi"})
        self.assertIsNone(run.at(0, memory_available=GI + 100 * MI))
        self.assertIsNotNone(run.at(SECOND, memory_available=GI - 1))
        self.assertIsNotNone(run.at(SECOND, memory_available=GI + 100 * MI))
        self.assertIsNone(run.at(SECOND, memory_available=GI + 500 * MI))
        self.assertIsNone(run.at(SECOND, memory_available=GI + 100 * MI))

    def test_min_reclaim_does_not_hold_a_soft_threshold_in_its_grace(self):
        run = Scenario({}, {MEMORY: "1Gi"}, {MEMORY: "1m"}, {MEMORY: "500Mi"})
        run.at(0, memory_available=GI - 1)
        run.at(SECOND, memory_available=GI + 100 * MI)
        self.assertIsNone(run.manager.first_met_ns(run.manager.configured[0]))

    def test_allocatable_alone(self):
        run = Scenario({MEMORY: "100Mi"}, enforce=["pods"])
        seen = {MEMORY: Observation(GI, 4 * GI, 1), ALLOCATABLE: Observation(50 * MI, 2 * GI, 1)}
        decision = run.manager.synchronize(run.now_ns, seen, run.pods, run.stats)
        self.assertEqual((decision.threshold.signal, decision.resource), (ALLOCATABLE, "memory"))
        self.assertIn(
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ", decision.message
        )

    def test_missing_observation_is_passed_over(self):
        run = Scenario({MEMORY: "1Gi"})
        self.assertIsNone(run.at(0))
        self.assertIsNotNone(run.at(SECOND, memory_available=0))
        self.assertIsNone(run.at(SECOND))

    def test_stale_observation_does_not_act_again(self):
        run = Scenario({MEMORY: "1Gi"})
        self.assertIsNotNone(run.at(0, stale=True, memory_available=GI // 2))
        self.assertIsNone(run.at(SECOND, stale=True, memory_available=GI // 2))
        self.assertEqual(run.manager.conditions, ["MemoryPressure"])
        self.assertIsNotNone(run.at(SECOND, memory_available=GI // 2))

    def test_freshness(self):
        for now, last, acts in ((None, 5, True), (6, 5, True), (5, 5, False), (4, 5, False)):
            with self.subTest(now=now, last=last):
                run = Scenario({MEMORY: "1Gi"})
                for time_ns in (last, now):
                    decision = run.manager.synchronize(
                        run.now_ns, {MEMORY: Observation(0, GI, time_ns)}, run.pods, run.stats
                    )
                self.assertEqual(decision is not None, acts)

    def test_condition_is_held_for_the_transition_period(self):
        for period_ns, after_ns, held in (
            (2 * MINUTE, MINUTE, True),
            (30 * SECOND, MINUTE, False),
            (MINUTE, MINUTE, False),
        ):
            run = Scenario({MEMORY: "1Gi"}, transition_ns=period_ns)
            run.at(0, memory_available=0)
            run.at(after_ns, memory_available=3 * GI)
            self.assertEqual(run.manager.conditions == ["MemoryPressure"], held)

    def test_memory_goes_before_everything_else(self):
        for seed in range(20):
            run = Scenario({"nodefs.available": "1Gi", PID: "1k", MEMORY: "1Gi"}, seed=seed)
            decision = run.at(0, nodefs_available=0, pid_available=0, memory_available=0)
            self.assertEqual(decision.threshold.signal, MEMORY)

    def test_others_have_no_order(self):
        signals = set()
        for seed in range(40):
            run = Scenario({"nodefs.available": "1Gi", PID: "1k"}, seed=seed)
            signals.add(run.at(0, nodefs_available=0, pid_available=0).threshold.signal)
        self.assertEqual(signals, {"nodefs.available", PID})


class Pids(unittest.TestCase):
    def test_steps(self):
        run = Scenario({PID: "1200"}, {PID: "1500"}, {PID: "2m"})
        for used, conditions, kills in ((300, [], False), (700, ["PIDPressure"], False), (1200, ["PIDPressure"], True)):
            decision = run.at(10 * SECOND, pid_available=(2000 - used, 2000))
            self.assertEqual((run.manager.conditions, decision is not None), (conditions, kills))
        self.assertEqual(
            decision.message, "The node was low on resource: pids. Threshold quantity: 1200, available: 800. "
        )


class Victim(unittest.TestCase):
    def test_critical_pods_stay_in_the_ranking_and_are_passed_over(self):
        exempt = {
            "static": pod("static", annotations={"kubernetes.io/config.source": "file"}),
            "mirror": pod("mirror", annotations={"kubernetes.io/config.mirror": "x"}),
            "system": pod("system", priority=2_000_000_000),
        }
        for name, spared in exempt.items():
            with self.subTest(name):
                run = Scenario({MEMORY: "1Gi"})
                run.pods = [pod("ordinary", priority=3, memory="1Gi"), spared]
                # The spared one exceeds its request, the ordinary one does not.
                run.stats = {"ordinary": PodStats(MI), name: PodStats(900 * MI)}
                decision = run.at(0, memory_available=0)
                self.assertEqual([pods.uid(item) for item in decision.ranked], [name, "ordinary"])
                self.assertEqual(pods.uid(decision.victim), "ordinary")

    def test_nobody_left_to_take(self):
        run = Scenario({MEMORY: "1Gi"})
        run.pods = [pod("static", annotations={"kubernetes.io/config.source": "file"})]
        self.assertIsNone(run.at(0, memory_available=0).victim)
        run.pods = []
        self.assertIsNone(run.at(SECOND, memory_available=0).victim)

    def test_message_names_containers_over_their_request(self):
        run = Scenario({MEMORY: "1Gi"})
        run.pods = [pod("victim", memory="200Mi")]
        decision = run.at(0, memory_available=1000 * MI)
        self.assertEqual(
            decision.message,
            (
                "The node was low on resource: memory. Threshold quantity: 1Gi, available: 1000Mi. "
                "Container main was using 500Mi, request is 200Mi, has larger consumption of memory. "
            ),
        )
        self.assertEqual(
            decision.annotations,
            {"offending_containers": "main", "offending_containers_usage": "500Mi", "starved_resource": "memory"},
        )

    def test_message_for_a_best_effort_container_and_odd_numbers(self):
        run = Scenario({MEMORY: "10%"})
        run.stats = {"victim": PodStats(123 * 4096, {"main": 123 * 4096})}
        decision = run.at(0, memory_available=(5 * 4096, 10 * GI))
        self.assertEqual(
            decision.message,
            (
                "The node was low on resource: memory. Threshold quantity: 1073741840, available: 20Ki. "
                "Container main was using 492Ki, request is 0, has larger consumption of memory. "
            ),
        )

    def test_message_within_the_request_or_without_stats(self):
        run = Scenario({MEMORY: "1Gi"})
        run.pods = [pod("victim", memory="1Gi")]
        short = "The node was low on resource: memory. Threshold quantity: 1Gi, available: 0. "
        self.assertEqual(run.at(0, memory_available=0).message, short)
        run.stats = {}
        decision = run.at(SECOND, memory_available=0)
        self.assertEqual((decision.message, decision.annotations), (short, {}))

    def test_message_with_a_pod_level_request(self):
        run = Scenario({MEMORY: "1Gi"})
        run.pods[0]["spec"]["resources"] = {"requests": {"memory": "300Mi"}}
        decision = run.at(0, memory_available=0)
        self.assertIn(
            "Pod victim was using 500Mi, request is 300Mi, has larger consumption of memory. ", decision.message
        )
        self.assertEqual(decision.annotations["offending_pod_usage"], "500Mi")


class Admission(unittest.TestCase):
    BURSTABLE, BEST_EFFORT = pod("bu", memory="1Mi"), pod("be")

    def pressed(self, **available: int) -> EvictionManager:
        run = Scenario({MEMORY: "1Gi", "nodefs.available": "1Gi"})
        run.at(0, **available)
        return run.manager

    def test_calm(self):
        manager = self.pressed(memory_available=3 * GI)
        self.assertIsNone(manager.admit(self.BEST_EFFORT))

    def test_memory_pressure_turns_best_effort_away(self):
        manager = self.pressed(memory_available=0)
        self.assertEqual(manager.admit(self.BEST_EFFORT), "The node had condition: [MemoryPressure]. ")
        self.assertIsNone(manager.admit(self.BURSTABLE))

    def test_toleration(self):
        manager = self.pressed(memory_available=0)
        for toleration, admitted in (
            ({"key": "node.kubernetes.io/memory-pressure", "operator": "Exists"}, True),
            ({"operator": "Exists"}, True),
            ({"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoExecute"}, False),
            ({"key": "node.kubernetes.io/disk-pressure", "operator": "Exists"}, False),
        ):
            tolerant = pod("be")
            tolerant["spec"]["tolerations"] = [toleration]
            self.assertEqual(manager.admit(tolerant) is None, admitted, toleration)

    def test_disk_pressure_turns_all_but_critical_away(self):
        manager = self.pressed(memory_available=0, nodefs_available=0)
        self.assertEqual(manager.admit(self.BURSTABLE), "The node had condition: [DiskPressure MemoryPressure]. ")
        self.assertIsNone(manager.admit(pod("critical", priority=2_000_000_000)))


class Amounts(unittest.TestCase):
    def test_go_formats_of_available(self):
        self.assertEqual(str(quantity.of(-5 * MI)), "-5Mi")
        self.assertEqual(str(quantity.of(1000)), "1k")
        self.assertEqual(thresholds.counted_format(PID), quantity.DECIMAL_SI)


if __name__ == "__main__":
    unittest.main()
