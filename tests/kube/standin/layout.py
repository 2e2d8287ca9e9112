# SPDX-License-Identifier: Apache-2.0
"""Names of cgroups, and the numbers written into them, as the kubelet and the runtimes choose them.

Pure: paths are relative to the cgroup2 mount, settings are {file: text}.
"""

from fractions import Fraction

from standin import pods, quantity
from standin.config import Config

RUNTIMES = ("containerd", "crio")
_CONTAINER_PREFIX = {
    ("containerd", "systemd"): "cri-containerd-",
    ("containerd", "cgroupfs"): "",
    ("crio", "systemd"): "crio-",
    ("crio", "cgroupfs"): "crio-",
}
_ID_SCHEME = {"containerd": "containerd://", "crio": "cri-o://"}

_MIN_SHARES, _MAX_SHARES = 2, 262144
_MIN_QUOTA_US = 1000


class Layout:
    def __init__(self, driver: str, runtime: str, cgroup_root: str = ""):
        self._driver = driver
        self._runtime = runtime
        self._root = [part for part in cgroup_root.split("/") if part]

    def _path(self, *names: str) -> str:
        parts = [*self._root, *names]
        if self._driver == "cgroupfs":
            return "/".join(parts)
        # systemd reads a dash as nesting: a-b.slice lives in a.slice, so names hide their own dashes.
        escaped = [part.replace("-", "_") for part in parts]
        return "/".join("-".join(escaped[: depth + 1]) + ".slice" for depth in range(len(escaped)))

    def kubepods(self) -> str:
        return self._path("kubepods")

    def qos(self, qos_class: str) -> str:
        """Guaranteed pods hang directly under kubepods."""
        return self.kubepods() if qos_class == pods.GUARANTEED else self._path("kubepods", qos_class.lower())

    def pod(self, qos_class: str, uid: str) -> str:
        nest = ["kubepods"] if qos_class == pods.GUARANTEED else ["kubepods", qos_class.lower()]
        return self._path(*nest, f"pod{uid}")

    def container(self, pod_path: str, container_id: str) -> str:
        suffix = ".scope" if self._driver == "systemd" else ""
        return f"{pod_path}/{_CONTAINER_PREFIX[self._runtime, self._driver]}{container_id}{suffix}"

    def status_id(self, container_id: str) -> str:
        return _ID_SCHEME[self._runtime] + container_id


def cpu_weight(milli_cpu: int) -> int:
    shares = min(max(milli_cpu * 1024 // 1000, _MIN_SHARES), _MAX_SHARES)
    return 1 + (shares - _MIN_SHARES) * 9999 // (_MAX_SHARES - _MIN_SHARES)


def cpu_max(milli_cpu: int, period_us: int) -> str:
    if milli_cpu == 0:
        return f"max {period_us}"
    return f"{max(milli_cpu * period_us // 1000, _MIN_QUOTA_US)} {period_us}"


def _milli(number: Fraction) -> int:
    return quantity.Quantity(number).milli()


def kubepods_settings(config: Config, memory_bytes: int, cpus: int, max_pid: int) -> dict[str, str]:
    return {
        "memory.max": str(quantity.ceil_away(config.pods_limit("memory", Fraction(memory_bytes)))),
        "cpu.weight": str(cpu_weight(_milli(config.pods_limit("cpu", Fraction(cpus))))),
        "pids.max": str(quantity.ceil_away(config.pods_limit("pid", Fraction(max_pid)))),
    }


def qos_settings(requested_cpus: Fraction) -> dict[str, str]:
    """Burstable pods share by their requests together; best-effort ones request nothing and get the least there is."""
    return {"cpu.weight": str(cpu_weight(_milli(requested_cpus)))}


def pod_settings(config: Config, pod: dict) -> dict[str, str]:
    qos = pods.qos_class(pod)
    settings = {"cpu.weight": str(cpu_weight(_milli(pods.request(pod, "cpu"))))}
    if qos == pods.BEST_EFFORT:
        settings["cpu.weight"] = str(cpu_weight(0))
    if qos == pods.GUARANTEED or (qos == pods.BURSTABLE and pods.every_container_limits(pod, "cpu")):
        settings["cpu.max"] = cpu_max(_milli(pods.limit(pod, "cpu")), config.cpu_period_us)
    if qos == pods.GUARANTEED or (qos == pods.BURSTABLE and pods.every_container_limits(pod, "memory")):
        settings["memory.max"] = str(quantity.ceil_away(pods.limit(pod, "memory")))
    if config.pod_pids_limit is not None:
        settings["pids.max"] = str(config.pod_pids_limit)
    return settings


def container_settings(
    config: Config, pod: dict, container: dict, memory_bytes: int, swap_bytes: int
) -> dict[str, str]:
    bound = pods.amount(container, "limits", "memory") or pods.amount(pod["spec"], "limits", "memory")
    settings = {
        "cpu.weight": str(cpu_weight(_milli(pods.amount(container, "requests", "cpu")))),
        "cpu.max": cpu_max(_milli(pods.amount(container, "limits", "cpu")), config.cpu_period_us),
        "memory.max": str(quantity.ceil_away(bound)) if bound else "max",
        "memory.swap.max": str(_swap_limit(config, pod, container, memory_bytes, swap_bytes)),
    }
    if config.oom_group:
        settings["memory.oom.group"] = "1"
    return settings


def _swap_limit(config: Config, pod: dict, container: dict, memory_bytes: int, swap_bytes: int) -> int:
    """Swap in proportion to the request, only for Burstable containers that ask for less than they may use."""
    asked = pods.written(container, "requests", "memory").value()
    unbounded_request = asked and asked != pods.written(container, "limits", "memory").value()
    eligible = config.limited_swap and pods.qos_class(pod) == pods.BURSTABLE and unbounded_request
    if not eligible or pods.is_critical(pod):
        return 0
    return int(float(asked) / float(memory_bytes) * float(swap_bytes))
