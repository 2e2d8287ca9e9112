# SPDX-License-Identifier: Apache-2.0
"""Who goes first.  Each ranking is a key: the smallest is evicted first, equal keys are a true tie.

The kubelet compares pairs of pods step by step; every step is a total preorder, so the same order is
written as a tuple.  Numbers stay Fractions: a request of "0.3Ki" is not a whole number of bytes.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from standin import pods, thresholds


@dataclass(frozen=True)
class PodStats:
    """What the kubelet believes of one pod, from samples that are 10 to 30 s old."""

    # None: the pod is known, its memory is not; that counts as a usage of 0.
    working_set_bytes: int | None = None
    containers: dict[str, int] = field(default_factory=dict)
    process_count: int = 0
    disk_bytes: int = 0
    inodes: int = 0
    sampled_ns: int | None = None


def _over_request(pod: dict, usage: int, asked: str, subtracted: str) -> tuple:
    exceeds = usage > pods.request(pod, asked)
    return (not exceeds, pods.priority(pod), -(usage - pods.request(pod, subtracted)))


def memory_key(pod: dict, stats: PodStats | None) -> tuple:
    """A pod without stats goes before everybody, whatever its priority."""
    if stats is None:
        return (0, False, pods.priority(pod), Fraction(0))
    return (1, *_over_request(pod, stats.working_set_bytes or 0, "memory", "memory"))


def disk_key(pod: dict, stats: PodStats | None) -> tuple:
    if stats is None:
        return (0, False, pods.priority(pod), Fraction(0))
    return (1, *_over_request(pod, stats.disk_bytes, "ephemeral-storage", "ephemeral-storage"))


def inode_key(pod: dict, stats: PodStats | None) -> tuple:
    """Nobody can request inodes, yet the last step takes the storage request in bytes off their number."""
    if stats is None:
        return (0, False, pods.priority(pod), Fraction(0))
    return (1, *_over_request(pod, stats.inodes, "inodes", "ephemeral-storage"))


def pid_key(pod: dict, stats: PodStats | None) -> tuple:
    """Priority comes first here, before missing stats; no request exists to exceed."""
    if stats is None:
        return (pods.priority(pod), 0, 0)
    return (pods.priority(pod), 1, -stats.process_count)


_KEYS = {"memory": memory_key, "ephemeral-storage": disk_key, "inodes": inode_key, "pids": pid_key}


def key_for(signal: str):
    return _KEYS[thresholds.SIGNALS[signal][0]]


def rank(signal: str, candidates: list[dict], stats: dict[str, PodStats], rng) -> list[dict]:
    """Ties come out in random order, as the kubelet's do: its list starts in the order of a Go map."""
    key = key_for(signal)
    shuffled = list(candidates)
    rng.shuffle(shuffled)
    return sorted(shuffled, key=lambda pod: key(pod, stats.get(pods.uid(pod))))


def tie_groups(signal: str, candidates: list[dict], stats: dict[str, PodStats]) -> list[list[str]]:
    """The ranking as far as it is determined: UIDs, grouped where only chance decides."""
    key, groups = key_for(signal), {}
    for pod in candidates:
        groups.setdefault(key(pod, stats.get(pods.uid(pod))), []).append(pods.uid(pod))
    return [groups[place] for place in sorted(groups)]
