# SPDX-License-Identifier: Apache-2.0
"""Why the kubelet's idea of a pod is old: cAdvisor samples each cgroup on its own slow clock.

The delay starts at 10 s, grows to 15 s while nothing changes, and each one is stretched by a random
factor between 1 and 2; so what the ranking believes of a pod is up to 30 s old.  The first sample is
taken as the cgroup appears, which is why a fresh pod looks tiny for its first 10 to 20 s.
"""

from dataclasses import dataclass

BASE_NS = 10 * 10**9
_MAX_OF_BASE = (3, 2)


@dataclass
class _Item:
    read: object
    interval_ns: int
    due_ns: int
    sample: dict | None = None


def _unchanged(old: dict | None, new: dict) -> bool:
    times = ("time_ns", "wall_s")
    return old is not None and all(old.get(key) == new[key] for key in new if key not in times)


class Housekeeping:
    """Cached samples by key.  `read()` returns a sample with its own time, or None once the cgroup is gone."""

    def __init__(self, rng, base_ns: int = BASE_NS):
        self._rng = rng
        self._base_ns = base_ns
        self._max_ns = base_ns * _MAX_OF_BASE[0] // _MAX_OF_BASE[1]
        self._items: dict[str, _Item] = {}
        # Keys with a new sample, or none any more, since somebody last emptied this.
        self.news: set[str] = set()

    def add(self, key: str, read, now_ns: int) -> None:
        self._items[key] = _Item(read, self._base_ns, now_ns)
        self._take(key, now_ns)

    def drop(self, key: str) -> None:
        self._items.pop(key, None)
        self.news.add(key)

    def sample(self, key: str) -> dict | None:
        item = self._items.get(key)
        return item.sample if item else None

    def run(self, now_ns: int) -> None:
        for key, item in self._items.items():
            if item.due_ns <= now_ns:
                self._take(key, now_ns)

    def force(self, key: str) -> dict | None:
        """On-demand housekeeping: a fresh sample that leaves the item's own clock alone."""
        item = self._items[key]
        item.sample = item.read()
        self.news.add(key)
        return item.sample

    def _take(self, key: str, now_ns: int) -> None:
        item = self._items[key]
        new = item.read()
        if new is not None:
            if _unchanged(item.sample, new):
                item.interval_ns = min(item.interval_ns * 2, self._max_ns)
            else:
                item.interval_ns = self._base_ns
            item.sample = new
            self.news.add(key)
        item.due_ns = now_ns + int(item.interval_ns * (1 + self._rng.random()))
