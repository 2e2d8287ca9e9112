# SPDX-License-Identifier: Apache-2.0
"""A node with pods: cgroups as the kubelet makes them (cgroupfs driver), a sleeping process in each container, and the
kubelet's PodList as a file for the link."""

import json
import os
import subprocess
import uuid
from pathlib import Path

import rpvm

LIST = Path("/run/pods.json")
QOS = ("Guaranteed", "Burstable", "BestEffort")
NEVER = Path("/run/never")


class Nursery:
    """
    A shell that forks what sleeps in the containers: it is small and hardly changes, so 500 pods fit into a small machine.
    Forks of this process would each keep their own copy of what it wrote until the next one.
    """

    def __init__(self):
        os.mkfifo(NEVER)
        self._shell = rpvm.spawn(["busybox", "sh"], stdin=subprocess.PIPE, text=True)

    def bear(self, group: rpvm.Cgroup, pages: int) -> None:
        """One that waits for ever, and has about so many pages: hardly two pods of a real node use the same."""
        self._shell.stdin.write(f"(echo 0 >{group.path}/cgroup.procs; f=$(printf %{pages << 12}s); read f <{NEVER})&\n")
        self._shell.stdin.flush()


class Pod:
    """Every second one has two containers, the others three; the first one is protected."""

    def __init__(self, number: int, nursery: Nursery):
        self.number = number
        self.uid = str(uuid.UUID(int=number, version=4))
        self.qos = QOS[number % 3]
        level = "" if self.qos == "Guaranteed" else self.qos.lower() + "/"
        names = [f"{uuid.UUID(int=number << 8 | i, version=4).hex * 2}" for i in range(2 + number % 2)]
        self.containers = [rpvm.Cgroup(f"kubepods/{level}pod{self.uid}/{name}") for name in names]
        for group in self.containers:
            nursery.bear(group, 1 + number % 31)

    def runs(self) -> bool:
        return all("populated 1" in group.read("cgroup.events") for group in self.containers)

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
        self._nursery = Nursery()

    def grow_to(self, pods: int) -> None:
        fresh_pods = [Pod(number, self._nursery) for number in range(len(self.pods) + 1, pods + 1)]
        rpvm.wait_for(f"{pods} pods", lambda: all(pod.runs() for pod in fresh_pods), 60)
        self.pods += fresh_pods
        rpvm.log(f"{pods} pods, {rpvm.meminfo()['MemAvailable'] >> 20} MiB available")
        fresh = LIST.with_suffix(".new")
        fresh.write_text(json.dumps({"kind": "PodList", "apiVersion": "v1", "items": [pod.manifest() for pod in self.pods]}),
                         encoding="utf-8")
        fresh.chmod(0o644)
        fresh.replace(LIST)

    def cgroups(self) -> int:
        return len(self.pods) + sum(len(pod.containers) for pod in self.pods)
