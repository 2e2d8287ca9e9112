# SPDX-License-Identifier: Apache-2.0
"""The cgroup2 tree: create, set, read, kill, remove.  Paths are relative to the mount."""

import errno
import os
import signal
import time

from standin import signals

# Those that the kubelet and the runtimes turn on; memory is the one that nothing works without.
_CONTROLLERS = ("cpu", "cpuset", "hugetlb", "io", "memory", "pids")
_PURGE_SECONDS = 10
_READ_BYTES = 1 << 16


def read_file(path: str) -> str:
    """A kernel file in one read; plain descriptors, because the stand-in does this hundreds of times a minute."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, _READ_BYTES).decode()
    finally:
        os.close(descriptor)


class CgroupError(OSError):
    """The tree is not usable for pods."""


class Cgroups:
    def __init__(self, mount: str):
        self._mount = mount
        self._handed_down: set[str] = set()
        if not os.path.exists(f"{mount}/cgroup.controllers"):
            raise CgroupError(errno.ENODEV, "no cgroup2 mount", mount)
        if "memory" not in self.read("", "cgroup.controllers").split():
            raise CgroupError(errno.ENOTSUP, "the memory controller is not available", mount)

    def _file(self, path: str, name: str) -> str:
        return f"{self._mount}/{path}/{name}"

    def read(self, path: str, name: str) -> str:
        return read_file(self._file(path, name))

    def read_or_none(self, path: str, name: str) -> str | None:
        """None when the file or the whole cgroup is not there (any more)."""
        try:
            return self.read(path, name)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENODEV, errno.EOPNOTSUPP):
                return None
            raise

    def write(self, path: str, name: str, text: str) -> None:
        # Not open(): it would ask to create a knob that this kernel lacks, and be told "permission denied".
        descriptor = os.open(self._file(path, name), os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)

    def open_procs(self, path: str) -> int:
        return os.open(self._file(path, "cgroup.procs"), os.O_WRONLY | os.O_CLOEXEC)

    def create(self, path: str) -> None:
        """Make the cgroup, with every controller handed down to it along the way."""
        parts = path.split("/")
        for depth in range(len(parts)):
            parent = "/".join(parts[:depth])
            if parent not in self._handed_down:
                self._hand_down(parent)
                self._handed_down.add(parent)
            if not os.path.isdir(self._file(parent, parts[depth])):
                os.mkdir(self._file(parent, parts[depth]))

    def nest(self, path: str, name: str) -> str:
        """A child that gets processes but no controllers, as crun makes one inside a container's scope."""
        os.makedirs(self._file(path, name), exist_ok=True)
        return f"{path}/{name}"

    def _hand_down(self, path: str) -> None:
        missing = set(self.read(path, "cgroup.controllers").split()) - set(
            self.read(path, "cgroup.subtree_control").split()
        )
        for controller in _CONTROLLERS:
            if controller in missing:
                self.write(path, "cgroup.subtree_control", f"+{controller}")

    def apply(self, path: str, settings: dict[str, str]) -> None:
        """A knob whose controller this kernel was built or booted without is left out."""
        for name, text in settings.items():
            if os.path.exists(self._file(path, name)):
                self.write(path, name, text)

    def processes(self, path: str) -> list[int]:
        return [int(line) for line in (self.read_or_none(path, "cgroup.procs") or "").split()]

    def kill(self, path: str) -> None:
        """SIGKILL everything below, now."""
        try:
            self.write(path, "cgroup.kill", "1")
            return
        except FileNotFoundError:
            # Kernels before 5.14 have no cgroup.kill.
            pass
        for inner in self._below(path):
            for pid in self.processes(inner):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def _below(self, path: str) -> list[str]:
        """The cgroup and all its descendants, children before parents."""
        top = os.path.join(self._mount, path)
        return [os.path.relpath(found, self._mount) for found, _, _ in os.walk(top, topdown=False)]

    def remove(self, path: str) -> bool:
        """True once it is gone; False while something in it still lives."""
        for inner in self._below(path):
            self._handed_down.discard(inner)
            try:
                os.rmdir(os.path.join(self._mount, inner))
            except FileNotFoundError:
                continue
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise
                return False
        return True

    def purge(self, path: str) -> None:
        """What an earlier run left: a kubelet kills and removes pod cgroups that it does not know."""
        deadline = time.monotonic() + _PURGE_SECONDS
        while os.path.isdir(os.path.join(self._mount, path)):
            self.kill(path)
            if self.remove(path):
                return
            if time.monotonic() > deadline:
                raise CgroupError(errno.EBUSY, "left-over pods do not die", path)
            time.sleep(0.05)

    def sample(self, path: str) -> dict | None:
        """One cAdvisor-like reading of a pod, container or kubepods cgroup; None when it is gone."""
        texts = {
            name: self.read_or_none(path, name) for name in ("memory.current", "memory.stat", "memory.max", "cpu.stat")
        }
        if texts["memory.current"] is None or texts["memory.stat"] is None:
            return None
        stat = signals.parse_flat(texts["memory.stat"])
        usage, bound = int(texts["memory.current"]), (texts["memory.max"] or "max").strip()
        return {
            "time_ns": time.monotonic_ns(),
            "wall_s": time.time(),
            "usage": usage,
            "working_set": signals.working_set(usage, stat["inactive_file"]),
            "limit": None if bound == "max" else int(bound),
            "rss": stat["anon"],
            "faults": stat["pgfault"],
            "major_faults": stat["pgmajfault"],
            "cpu_us": signals.parse_flat(texts["cpu.stat"] or "").get("usage_usec"),
            "psi": self.pressure(path),
            "processes": len(self.processes(path)),
        }

    def pressure(self, path: str) -> dict | None:
        text = self.read_or_none(path, "memory.pressure")
        return signals.parse_psi(text) if text else None
