# SPDX-License-Identifier: Apache-2.0
"""The kubelet's wire formats: PodList (/pods), /configz and /stats/summary.

The summary shows cached samples only, as the kubelet's does to anybody but its own eviction loop.
Each pod's part is kept as text until it changes: with 110 pods, telling of the node must not be the
load on it.
"""

import time

from standin import pods, signals
from standin.container import RUNNING, STARTING, TERMINATED, Container, Ended
from standin.journal import compact
from standin.worker import PodWorker

_ADDRESS = "127.0.0.1"


def timestamp(wall_s: float | None = None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() if wall_s is None else wall_s))


def condition(kind: str, true: bool, reason: str = "", message: str = "", since_s: float | None = None) -> dict:
    found = {
        "type": kind,
        "status": "True" if true else "False",
        "lastProbeTime": None,
        "lastTransitionTime": timestamp(since_s),
    }
    return found | ({"reason": reason} if reason else {}) | ({"message": message} if message else {})


def _terminated(ended: Ended, layout) -> dict:
    state = {
        "exitCode": ended.exit_code,
        "reason": ended.reason,
        "startedAt": timestamp(ended.started_s) if ended.started_s else None,
        "finishedAt": timestamp(ended.finished_s),
        "containerID": layout.status_id(ended.container_id),
    }
    return {"terminated": state | ({"message": ended.message} if ended.message else {})}


def _container_status(container: Container, spec: dict, layout) -> dict:
    running = container.state == RUNNING
    if running:
        state = {"running": {"startedAt": timestamp(container.started_s)}}
    elif container.state == TERMINATED:
        state = _terminated(container.ended, layout)
    else:
        reason = "ContainerCreating" if container.state == STARTING else container.waiting_reason
        state = {"waiting": {"reason": reason}}
    last = _terminated(container.ended, layout) if container.ended and container.state != TERMINATED else {}
    status = {
        "name": container.name,
        "state": state,
        "lastState": last,
        "ready": running,
        "started": running,
        "restartCount": container.restarts,
        "image": spec.get("image", ""),
        "imageID": "",
    }
    if running or container.ended:
        status["containerID"] = layout.status_id(container.container_id if running else container.ended.container_id)
    return status


def _status(worker: PodWorker, layout) -> dict:
    specs = {spec["name"]: spec for spec in pods.containers(worker.pod)}
    statuses = [
        _container_status(container, specs[container.name], layout)
        for container in sorted(worker.containers, key=lambda container: container.name)
    ]
    ready = all(status["ready"] for status in statuses)
    not_ready = {} if ready else {"reason": "ContainersNotReady"}
    status = {
        "phase": worker.phase,
        "conditions": [
            condition("Initialized", True, since_s=worker.created_s),
            condition("Ready", ready, **not_ready, since_s=worker.created_s),
            condition("ContainersReady", ready, **not_ready, since_s=worker.created_s),
            condition("PodScheduled", True, since_s=worker.created_s),
        ],
        "hostIP": _ADDRESS,
        "hostIPs": [{"ip": _ADDRESS}],
        "podIP": _ADDRESS,
        "podIPs": [{"ip": _ADDRESS}],
        "startTime": timestamp(worker.created_s),
        "containerStatuses": statuses,
        "qosClass": worker.qos,
    }
    if worker.verdict is not None:
        status |= {"reason": worker.verdict.reason, "message": worker.verdict.message}
        status["conditions"] = worker.verdict.conditions + status["conditions"]
    return status


def pod_object(worker: PodWorker, layout) -> dict:
    metadata = worker.pod["metadata"] | {"creationTimestamp": timestamp(worker.created_s)}
    if worker.deleted_s is not None:
        metadata["deletionTimestamp"] = timestamp(worker.deleted_s)
        metadata["deletionGracePeriodSeconds"] = worker.pod["spec"]["terminationGracePeriodSeconds"]
    return worker.pod | {"metadata": metadata, "status": _status(worker, layout)}


def rejected_object(pod: dict, message: str) -> dict:
    """A pod refused by admission is Failed with the same reason as one that ran and was evicted."""
    metadata = pod["metadata"] | {"creationTimestamp": timestamp()}
    status = {
        "phase": "Failed",
        "reason": "Evicted",
        "message": message,
        "startTime": timestamp(),
        "qosClass": pods.qos_class(pod),
    }
    return pod | {"metadata": metadata, "status": status}


def pod_list(items: list[str]) -> bytes:
    """Of pods already written out: one that has not changed is not written again."""
    return f'{{"kind":"PodList","apiVersion":"v1","metadata":{{}},"items":[{",".join(items)}]}}'.encode()


def configz(effective: dict) -> bytes:
    return compact({"kubeletconfig": effective}).encode()


def memory(sample: dict) -> dict:
    found = {"time": timestamp(sample["wall_s"])}
    free = signals.sample_available(sample)
    if free is not None:
        found["availableBytes"] = free
    found |= {
        "usageBytes": sample["usage"],
        "workingSetBytes": sample["working_set"],
        "rssBytes": sample["rss"],
        "pageFaults": sample["faults"],
        "majorPageFaults": sample["major_faults"],
    }
    return found | ({"psi": sample["psi"]} if sample["psi"] else {})


def _cpu(sample: dict) -> dict:
    found = {"time": timestamp(sample["wall_s"])}
    return found | ({"usageCoreNanoSeconds": sample["cpu_us"] * 1000} if sample["cpu_us"] is not None else {})


def file_system(sample: dict) -> dict:
    return {
        "time": timestamp(sample["wall_s"]),
        "availableBytes": sample["available"],
        "capacityBytes": sample["capacity"],
        "usedBytes": sample["used"],
        "inodesFree": sample["inodes_free"],
        "inodes": sample["inodes"],
        "inodesUsed": sample["inodes"] - sample["inodes_free"],
    }


def _container_stats(name: str, sample: dict) -> dict:
    return {"name": name, "startTime": timestamp(sample["wall_s"]), "cpu": _cpu(sample), "memory": memory(sample)}


class Summary:
    """The body of /stats/summary, put together from parts that only change with a sample."""

    def __init__(self, node_name: str):
        self._node_name = node_name
        self._started = timestamp()
        self._pods: dict[str, str] = {}

    def update(self, worker: PodWorker, sample) -> None:
        """Write one pod's part anew.  Without a sampled running container the pod "has no stats"."""
        found = {container.name: sample(worker.sample_key(container)) for container in worker.containers}
        found = {name: item for name, item in found.items() if item}
        if not found or worker.finished:
            self.forget(worker.uid)
            return
        metadata, whole = worker.pod["metadata"], sample(f"pod/{worker.uid}")
        stats = {
            "podRef": {"name": metadata["name"], "namespace": metadata["namespace"], "uid": worker.uid},
            "startTime": timestamp(worker.created_s),
            "containers": [_container_stats(name, item) for name, item in found.items()],
        }
        if whole:
            stats |= {"cpu": _cpu(whole), "memory": memory(whole)}
        stats["process_stats"] = {"process_count": sum(item["processes"] for item in found.values())}
        self._pods[worker.uid] = compact(stats)

    def forget(self, uid: str) -> None:
        self._pods.pop(uid, None)

    def body(self, sample, max_pid: int, threads: int) -> bytes:
        root, kubepods, disk = sample("node"), sample("kubepods"), sample("nodefs")
        node = {
            "nodeName": self._node_name,
            "startTime": self._started,
            "systemContainers": [_container_stats("pods", kubepods)] if kubepods else [],
            "rlimit": {"time": timestamp(), "maxpid": max_pid, "curproc": threads},
        }
        if root:
            node |= {"cpu": _cpu(root), "memory": memory(root)}
        if disk:
            shown = file_system(disk)
            node |= {"fs": shown, "runtime": {"imageFs": shown, "containerFs": shown}}
        return f'{{"node":{compact(node)},"pods":[{",".join(self._pods.values())}]}}'.encode()
