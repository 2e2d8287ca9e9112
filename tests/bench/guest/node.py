# SPDX-License-Identifier: Apache-2.0
"""A node with pods: cgroups as the kubelet makes them (cgroupfs driver), a sleeping process in each container, and the
kubelet's PodList as a file for the link."""

import ctypes
import json
import os
import signal
import uuid
from pathlib import Path

import rpvm

LIST = Path("/run/pods.json")
QOS = ("Guaranteed", "Burstable", "BestEffort")
PR_SET_THP_DISABLE = 41
LIBC = ctypes.CDLL(None)


def _sleeper(group: Path, pages: int) -> None:
    """A fork that never runs again: it shares this process's pages, so a container costs a few hundred KiB.

    Not with huge pages: in time khugepaged makes 2 MiB of each region that has one page, and 500 pods fill the machine.
    """
    if os.fork():
        return
    try:
        LIBC.prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)
        Path("/proc/self/oom_score_adj").write_text("0", encoding="ascii")
        (group / "cgroup.procs").write_text("0", encoding="ascii")
        kept = b"x" * (pages << 12)  # hardly two pods of a real node use the same
        while kept:
            signal.pause()
    finally:
        os._exit(1)


class Pod:
    """Every second one has two containers, the others three; the first one is protected."""

    def __init__(self, number: int):
        self.number = number
        self.uid = str(uuid.UUID(int=number, version=4))
        self.qos = QOS[number % 3]
        level = "" if self.qos == "Guaranteed" else self.qos.lower() + "/"
        self.containers = [f"{uuid.UUID(int=number << 8 | i, version=4).hex * 2}" for i in range(2 + number % 2)]
        for name in self.containers:
            _sleeper(rpvm.Cgroup(f"kubepods/{level}pod{self.uid}/{name}").path, number % 64)

    def manifest(self) -> dict:
        amounts = {"memory": "16Mi", "cpu": "10m"}
        resources = {"requests": amounts} if self.qos != "BestEffort" else {}
        if self.qos == "Guaranteed":
            resources["limits"] = amounts
        contract = {"reprieve.dev/protect": "true"} if self.number == 1 else {}
        return {"metadata": {"name": f"pod-{self.number}", "namespace": "bench", "uid": self.uid, "annotations": contract},
                "spec": {"nodeName": "node", "priority": 0,
                         "containers": [{"name": f"c{i}", "resources": resources} for i in range(len(self.containers))]},
                "status": {"phase": "Running", "qosClass": self.qos}}


class Node:
    def __init__(self):
        self.pods: list[Pod] = []

    def grow_to(self, pods: int) -> None:
        self.pods += [Pod(number) for number in range(len(self.pods) + 1, pods + 1)]
        fresh = LIST.with_suffix(".new")
        fresh.write_text(json.dumps({"kind": "PodList", "apiVersion": "v1", "items": [pod.manifest() for pod in self.pods]}),
                         encoding="utf-8")
        fresh.chmod(0o644)
        fresh.replace(LIST)

    def cgroups(self) -> int:
        return len(self.pods) + sum(len(pod.containers) for pod in self.pods)
