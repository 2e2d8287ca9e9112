# SPDX-License-Identifier: Apache-2.0
"""The kubelet's eviction loop: every 10 s it looks, decides, and kills at most one pod.

While it waits for a victim to die and to be cleaned up it evaluates nothing else; then it looks again
at once.  The manager decides; this gives it numbers and carries the decision out.
"""

from standin import pods, probe, wire
from standin.loop import NS
from standin.manager import Decision
from standin.ranking import PodStats, memory_key
from standin.thresholds import Observation, Threshold
from standin.worker import PodWorker, Verdict

_CLEANUP_TIMEOUT_NS, _CLEANUP_POLL_NS = 30 * NS, NS
_KILL_TIMEOUT_NS, _KILL_POLL_NS = 10 * NS, NS // 20


class EvictionLoop:
    def __init__(self, node):
        self._node = node
        self.passes = 0
        # 0 while a pass is under way or follows at once.
        self.next_pass_ns = 0

    def run(self):
        """A task of the event loop: yields how long to sleep."""
        options, loop = self._node.options, self._node.loop
        self.next_pass_ns = loop.now_ns() + options.phase_ns
        yield options.phase_ns
        while True:
            self.next_pass_ns = 0
            evicted = yield from self._synchronize()
            if evicted is None:
                self.next_pass_ns = loop.now_ns() + options.period_ns
                yield options.period_ns
            else:
                yield from self._wait_for_cleanup(evicted)

    def _synchronize(self):
        node, now_ns = self._node, self._node.loop.now_ns()
        self.passes += 1
        root, kubepods, disk = (node.housekeeping.force(key) for key in ("node", "kubepods", "nodefs"))
        seen = probe.observe(root, kubepods, disk)
        active = [worker for worker in node.workers.values() if not worker.finished]
        candidates, stats = [worker.pod for worker in active], self._stats(active)
        before = node.manager.conditions
        decision = node.manager.synchronize(now_ns, seen, candidates, stats)
        for name in sorted(set(before) ^ set(node.manager.conditions)):
            node.journal.event("NodeCondition", None, name, status=name in node.manager.conditions)
        node.journal.observation(self._observation(now_ns, seen, candidates, stats, decision))
        if decision is None:
            return None
        available = seen[decision.threshold.signal].available
        node.journal.event(
            "EvictionThresholdMet",
            None,
            decision.threshold.signal,
            f"Attempting to reclaim {decision.resource}",
            available=available,
        )
        if decision.victim is None:
            return None
        worker = node.workers[pods.uid(decision.victim)]
        yield from self._evict(worker, decision, available)
        return worker

    def _evict(self, worker: PodWorker, decision: Decision, available: int):
        """Blocks the loop until the pod is dead or the time for it is up; nothing else is evaluated meanwhile."""
        loop = self._node.loop
        disruption = wire.condition("DisruptionTarget", True, "TerminationByKubelet", decision.message)
        self._node.journal.event(
            "Evicted",
            worker.name,
            "Evicted",
            decision.message,
            uid=worker.uid,
            signal=decision.threshold.signal,
            grace_seconds=decision.grace_seconds,
            available=available,
            annotations=decision.annotations,
        )
        worker.terminate(decision.grace_seconds, Verdict("Evicted", decision.message, [disruption]))
        deadline_ns = loop.now_ns() + max(_KILL_TIMEOUT_NS, decision.grace_seconds * NS * 3 // 2)
        while worker.alive and loop.now_ns() < deadline_ns:
            yield _KILL_POLL_NS

    def _wait_for_cleanup(self, worker: PodWorker):
        deadline_ns = self._node.loop.now_ns() + _CLEANUP_TIMEOUT_NS
        while self._node.loop.now_ns() < deadline_ns:
            yield _CLEANUP_POLL_NS
            if worker.finished:
                return

    def _stats(self, active: list[PodWorker]) -> dict[str, PodStats]:
        """The cached samples; a pod with no sampled running container has no entry at all."""
        sample, found = self._node.housekeeping.sample, {}
        for worker in active:
            sampled = {container.name: sample(worker.sample_key(container)) for container in worker.containers}
            sampled = {name: item for name, item in sampled.items() if item}
            if not sampled:
                continue
            used = {name: item["working_set"] for name, item in sampled.items()}
            whole = sample(f"pod/{worker.uid}")
            disk_bytes, inodes = self._node.disk_usage.get(worker.uid, (0, 0))
            found[worker.uid] = PodStats(
                whole["working_set"] if whole else sum(used.values()),
                used,
                sum(item["processes"] for item in sampled.values()),
                disk_bytes,
                inodes,
                whole["time_ns"] if whole else None,
            )
        return found

    def _observation(
        self,
        now_ns: int,
        seen: dict[str, Observation],
        candidates: list[dict],
        stats: dict[str, PodStats],
        decision: Decision | None,
    ) -> dict:
        """What this pass saw and believed.  The memory ranking is shown in every pass, acted on or not."""
        manager = self._node.manager
        by_memory = sorted(candidates, key=lambda pod: memory_key(pod, stats.get(pods.uid(pod))))
        return {
            "t_monotonic_ns": now_ns,
            "pass": self.passes,
            "conditions": manager.conditions,
            "signals": {
                signal: {"available": item.available, "capacity": item.capacity, "time_ns": item.time_ns}
                for signal, item in seen.items()
            },
            "thresholds": [
                self._threshold_line(item, seen[item.signal]) for item in manager.configured if item.signal in seen
            ],
            "ranking": [
                _ranking_line(now_ns, pod, stats.get(pods.uid(pod)))
                for pod in (decision.ranked if decision else by_memory)
            ],
            "ranked_for": decision.threshold.signal if decision else None,
            "victim": pods.full_name(decision.victim) if decision and decision.victim else None,
        }

    def _threshold_line(self, threshold: Threshold, seen: Observation) -> dict:
        manager, amount = self._node.manager, threshold.value.amount(seen.capacity)
        return {
            "signal": threshold.signal,
            "quantity": str(amount),
            "amount": float(amount.exact),
            "grace_ns": threshold.grace_ns,
            "met": threshold.met(seen.available, seen.capacity),
            "acted_on": manager.acts_on(threshold),
            "first_met_ns": manager.first_met_ns(threshold),
        }


def _ranking_line(now_ns: int, pod: dict, stats: PodStats | None) -> dict:
    line = {
        "pod": pods.full_name(pod),
        "uid": pods.uid(pod),
        "priority": pods.priority(pod),
        "request": float(pods.request(pod, "memory")),
        "critical": pods.is_critical(pod),
        "stats": stats is not None,
    }
    if stats is None:
        return line
    usage = stats.working_set_bytes or 0
    return line | {
        "working_set": usage,
        "over": usage - line["request"],
        "exceeds": usage > line["request"],
        "sample_age_ns": now_ns - stats.sampled_ns if stats.sampled_ns else None,
        "processes": stats.process_count,
    }
