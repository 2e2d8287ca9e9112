# SPDX-License-Identifier: Apache-2.0
"""The eviction manager: one pass of the kubelet's loop as a function of time, observations and pods.

It does no I/O and reads no clock.  What it remembers between passes is what the kubelet remembers:
the thresholds acted on (for min-reclaim), when each was first met, when each node condition was last
met, and the previous observations (a stale number never evicts twice).
"""

from dataclasses import dataclass

from standin import pods, quantity, ranking, thresholds
from standin.ranking import PodStats
from standin.thresholds import Observation, Threshold

HARD_GRACE_SECONDS = 1


@dataclass(frozen=True)
class Decision:
    """The one threshold that this pass acts on, and whom it takes."""

    threshold: Threshold
    resource: str
    ranked: list[dict]
    # None: every pod in the ranking is critical.
    victim: dict | None
    grace_seconds: int
    message: str
    annotations: dict[str, str]


class EvictionManager:
    def __init__(self, configured: list[Threshold], transition_ns: int, max_pod_grace_seconds: int, rng):
        self._configured = configured
        self._transition_ns = transition_ns
        self._max_pod_grace_seconds = max_pod_grace_seconds
        self._rng = rng
        self._acted_on: list[Threshold] = []
        self._first_met_ns: dict[Threshold, int] = {}
        self._condition_seen_ns: dict[str, int] = {}
        self._last: dict[str, Observation] = {}
        self.conditions: list[str] = []

    @property
    def configured(self) -> list[Threshold]:
        return self._configured

    def first_met_ns(self, threshold: Threshold) -> int | None:
        return self._first_met_ns.get(threshold)

    def acts_on(self, threshold: Threshold) -> bool:
        """Past its grace; from now on it stays met until the minimum has been reclaimed as well."""
        return any(threshold.same_as(other) for other in self._acted_on)

    def synchronize(
        self, now_ns: int, seen: dict[str, Observation], candidates: list[dict], stats: dict[str, PodStats]
    ) -> Decision | None:
        due = self._due(now_ns, seen)
        if not due:
            return None
        # The kubelet's order among equals comes from a Go map and an unstable sort: chance.
        self._rng.shuffle(due)
        due.sort(key=lambda threshold: threshold.signal not in thresholds.MEMORY_SIGNALS)
        return self._decide(due, seen, candidates, stats)

    def _due(self, now_ns: int, seen: dict[str, Observation]) -> list[Threshold]:
        """Update the memory of past passes; return the thresholds to act on now."""
        met = self._met(self._configured, seen, with_min_reclaim=False)
        for threshold in self._met(self._acted_on, seen, with_min_reclaim=True):
            if not any(threshold.same_as(other) for other in met):
                met.append(threshold)
        self._first_met_ns = {threshold: self._first_met_ns.get(threshold, now_ns) for threshold in met}
        # A condition is raised at once, a soft threshold's too, and held for the transition period.
        for threshold in met:
            self._condition_seen_ns[thresholds.SIGNALS[threshold.signal][1]] = now_ns
        self.conditions = sorted(
            name for name, at in self._condition_seen_ns.items() if now_ns - at < self._transition_ns
        )
        self._acted_on = [
            threshold for threshold in met if now_ns - self._first_met_ns[threshold] >= threshold.grace_ns
        ]
        fresh = [threshold for threshold in self._acted_on if self._is_fresh(threshold.signal, seen)]
        self._last = dict(seen)
        return fresh

    @staticmethod
    def _met(candidates: list[Threshold], seen: dict[str, Observation], with_min_reclaim: bool) -> list[Threshold]:
        """A signal without an observation is skipped: it can neither start nor hold anything."""
        return [
            threshold
            for threshold in candidates
            if threshold.signal in seen
            and threshold.met(seen[threshold.signal].available, seen[threshold.signal].capacity, with_min_reclaim)
        ]

    def _is_fresh(self, signal: str, seen: dict[str, Observation]) -> bool:
        last = self._last.get(signal)
        if last is None or seen[signal].time_ns is None:
            return True
        return last.time_ns is None or seen[signal].time_ns > last.time_ns

    def _decide(
        self, due: list[Threshold], seen: dict[str, Observation], candidates: list[dict], stats: dict[str, PodStats]
    ) -> Decision:
        chosen = due[0]
        resource = thresholds.SIGNALS[chosen.signal][0]
        ranked = ranking.rank(chosen.signal, candidates, stats, self._rng)
        victim = next((pod for pod in ranked if not pods.is_critical(pod)), None)
        if victim is None:
            return Decision(chosen, resource, ranked, None, 0, "", {})
        message, annotations = eviction_message(victim, stats.get(pods.uid(victim)), chosen, seen[chosen.signal])
        return Decision(chosen, resource, ranked, victim, self._grace_seconds(chosen, victim), message, annotations)

    def _grace_seconds(self, chosen: Threshold, victim: dict) -> int:
        """Grace only ever shrinks, and never below a second: the default maximum of 0 means 1."""
        if chosen.hard:
            return HARD_GRACE_SECONDS
        own = victim["spec"].get("terminationGracePeriodSeconds", self._max_pod_grace_seconds)
        return max(1, min(self._max_pod_grace_seconds, own))

    def admit(self, pod: dict) -> str | None:
        """None, or the message of the refusal (whose reason is "Evicted", as if it had run)."""
        if not self.conditions or pods.is_critical(pod):
            return None
        if self.conditions == [thresholds.MEMORY_PRESSURE]:
            if pods.qos_class(pod) != pods.BEST_EFFORT or pods.tolerates_memory_pressure(pod):
                return None
        return f"The node had condition: [{' '.join(self.conditions)}]. "


def eviction_message(
    pod: dict, stats: PodStats | None, threshold: Threshold, seen: Observation
) -> tuple[str, dict[str, str]]:
    resource = thresholds.SIGNALS[threshold.signal][0]
    available = quantity.of(seen.available, thresholds.counted_format(threshold.signal))
    message = (
        f"The node was low on resource: {resource}. "
        f"Threshold quantity: {threshold.value.amount(seen.capacity)}, available: {available}. "
    )
    if stats is None:
        return message, {}
    annotations, offenders = {}, []
    pod_request = (pod["spec"].get("resources") or {}).get("requests", {}).get("memory")
    if resource == "memory" and pod_request is not None and stats.working_set_bytes is not None:
        used = quantity.of(stats.working_set_bytes)
        asked = pods.written(pod["spec"], "requests", "memory")
        message += _larger("Pod", pod["metadata"]["name"], used, asked, resource)
        annotations = {"offending_pod": pod["metadata"]["name"], "offending_pod_usage": str(used)}
    if resource == "memory":
        for container in pods.containers(pod) + pods.init_containers(pod):
            used = quantity.of(stats.containers.get(container["name"], 0))
            asked = pods.written(container, "requests", "memory")
            if used.exact > asked.exact:
                message += _larger("Container", container["name"], used, asked, resource)
                offenders.append((container["name"], str(used)))
    annotations |= {
        "offending_containers": ",".join(name for name, _ in offenders),
        "offending_containers_usage": ",".join(used for _, used in offenders),
        "starved_resource": resource,
    }
    return message, annotations


def _larger(kind: str, name: str, used: quantity.Quantity, asked: quantity.Quantity, resource: str) -> str:
    return f"{kind} {name} was using {used}, request is {asked}, has larger consumption of {resource}. "
