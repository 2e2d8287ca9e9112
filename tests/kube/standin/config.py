# SPDX-License-Identifier: Apache-2.0
"""KubeletConfiguration (kubelet.config.k8s.io/v1beta1), in JSON: defaults, checks, what /configz shows.

Fields that this stand-in does not act on are kept as they are and shown again.
"""

from fractions import Fraction

from standin import quantity, thresholds

_API_VERSION, _KIND = "kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"

DEFAULT_EVICTION_HARD = {
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
    "imagefs.available": "15%",
    "imagefs.inodesFree": "5%",
}

_DEFAULTS = {
    "cgroupDriver": "cgroupfs",
    "cgroupRoot": "",
    "cgroupsPerQOS": True,
    "cpuCFSQuota": True,
    "cpuCFSQuotaPeriod": "100ms",
    "enforceNodeAllocatable": ["pods"],
    "evictionMaxPodGracePeriod": 0,
    "evictionMinimumReclaim": {},
    "evictionPressureTransitionPeriod": "5m0s",
    "evictionSoft": {},
    "evictionSoftGracePeriod": {},
    "failSwapOn": True,
    "imageGCHighThresholdPercent": 85,
    "imageGCLowThresholdPercent": 80,
    "kubeReserved": {},
    "localStorageCapacityIsolation": True,
    "memoryThrottlingFactor": 0.9,
    "mergeDefaultEvictionSettings": False,
    "nodeStatusUpdateFrequency": "10s",
    "podPidsLimit": -1,
    "singleProcessOOMKill": False,
    "systemReserved": {},
    "volumeStatsAggPeriod": "1m0s",
}

_TYPES = {dict: "an object", list: "a list", bool: "true or false", str: "a string", int: "a whole number"}
_TEXT_MAPS = ("evictionHard", "evictionSoft", "evictionSoftGracePeriod", "evictionMinimumReclaim")
_DURATIONS = (
    "evictionPressureTransitionPeriod",
    "cpuCFSQuotaPeriod",
    "nodeStatusUpdateFrequency",
    "volumeStatsAggPeriod",
)


class ConfigError(ValueError):
    """The configuration is one that a kubelet would refuse to start with."""


class Config:
    """The effective configuration.  `effective` is the body of /configz."""

    def __init__(self, given: dict):
        if given.get("apiVersion", _API_VERSION) != _API_VERSION or given.get("kind", _KIND) != _KIND:
            raise ConfigError(f"not a {_API_VERSION} {_KIND}")
        fields = {key: item for key, item in given.items() if key not in ("apiVersion", "kind") and item is not None}
        self.effective = _DEFAULTS | fields
        self.effective["evictionHard"] = self._eviction_hard(given)
        self._check_types()
        try:
            for name in _DURATIONS:
                self.effective[name] = quantity.format_duration(quantity.parse_duration_ns(self.effective[name]))
            self.transition_ns = quantity.parse_duration_ns(self.effective["evictionPressureTransitionPeriod"])
            self.cpu_period_us = quantity.parse_duration_ns(self.effective["cpuCFSQuotaPeriod"]) // 1000
            self.thresholds = thresholds.parse(
                self.effective["evictionHard"],
                self.effective["evictionSoft"],
                self.effective["evictionSoftGracePeriod"],
                self.effective["evictionMinimumReclaim"],
                self.effective["enforceNodeAllocatable"],
            )
            self._reserved = {
                name: {key: quantity.parse(str(text)).exact for key, text in self.effective[name].items()}
                for name in ("systemReserved", "kubeReserved")
            }
        except quantity.QuantityError as error:
            raise ConfigError(str(error)) from error
        if self.driver not in ("systemd", "cgroupfs"):
            raise ConfigError(f"cgroupDriver: {self.driver!r} is neither systemd nor cgroupfs")

    @staticmethod
    def _eviction_hard(given: dict) -> dict:
        """A given map replaces the default one whole; only an absent one (or a merge) keeps it."""
        hard = given.get("evictionHard")
        if hard is None:
            return dict(DEFAULT_EVICTION_HARD)
        if given.get("mergeDefaultEvictionSettings") and isinstance(hard, dict):
            return DEFAULT_EVICTION_HARD | hard
        return hard

    def _check_types(self) -> None:
        for name, default in (_DEFAULTS | {"evictionHard": {}}).items():
            wanted = type(default)
            if wanted in _TYPES and not isinstance(self.effective[name], wanted):
                raise ConfigError(f"{name} must be {_TYPES[wanted]}")

        for name in _TEXT_MAPS:
            if not all(isinstance(text, str) for text in self.effective[name].values()):
                raise ConfigError(f"{name} must hold strings")

    @property
    def driver(self) -> str:
        return self.effective["cgroupDriver"]

    @property
    def cgroup_root(self) -> str:
        return self.effective["cgroupRoot"]

    @property
    def max_pod_grace_seconds(self) -> int:
        return self.effective["evictionMaxPodGracePeriod"]

    @property
    def oom_group(self) -> bool:
        return not self.effective["singleProcessOOMKill"]

    @property
    def pod_pids_limit(self) -> int | None:
        limit = self.effective["podPidsLimit"]
        return limit if limit > 0 else None

    @property
    def limited_swap(self) -> bool:
        return (self.effective.get("memorySwap") or {}).get("swapBehavior") == "LimitedSwap"

    def pods_limit(self, resource: str, capacity: Fraction) -> Fraction:
        """What all pods may use together: capacity less both reservations, never less than nothing.

        The eviction threshold is *not* taken off (Node.status.allocatable is a different number).
        """
        if "pods" not in self.effective["enforceNodeAllocatable"]:
            return capacity
        reserved = sum((kind.get(resource, Fraction(0)) for kind in self._reserved.values()), Fraction(0))
        return max(Fraction(0), capacity - reserved)
