# SPDX-License-Identifier: Apache-2.0
"""The rules as a service: a JSON question a line on stdin, a JSON answer a line on stdout.

For differential tests: `python3 -m standin.reference`, in tests/kube.  Exact numbers that need not be
whole are written "numerator/denominator".  A question that the kubelet would refuse, and one that is
malformed, both get {"error": ...}.
"""

import json
import random
import sys
from fractions import Fraction

from standin import layout, pods, quantity, ranking, signals, thresholds
from standin.config import Config
from standin.journal import compact
from standin.manager import EvictionManager
from standin.ranking import PodStats
from standin.thresholds import Observation

_SIGNAL_OF = {
    "rank_memory": thresholds.MEMORY,
    "rank_disk": "nodefs.available",
    "rank_inodes": "nodefs.inodesFree",
    "rank_pid": thresholds.PID,
}


def _ratio(number: Fraction) -> str:
    return f"{number.numerator}/{number.denominator}"


def _quantity(ask: dict) -> dict:
    found = quantity.parse(ask["text"])
    return {"exact": _ratio(found.exact), "value": found.value(), "canonical": str(found)}


def _duration(ask: dict) -> dict:
    return {"ns": quantity.parse_duration_ns(ask["text"])}


def _percentage(ask: dict) -> dict:
    return {"fraction": _ratio(thresholds.parse_percentage(ask["text"]))}


def _value_text(value: thresholds.Value | None) -> str | None:
    if value is None:
        return None
    return ("fraction " if value.percentage else "quantity ") + _ratio(value.exact)


def _threshold(ask: dict) -> dict:
    """{"signal", "value", "capacity", "available", "min_reclaim"?, "enforce_min_reclaim"?}"""
    value = thresholds.parse_statement(ask.get("signal", thresholds.MEMORY), ask["value"])
    if value is None:
        return {"dropped": True}
    reclaim = ask.get("min_reclaim")
    least = thresholds.parse_min_reclaim(thresholds.MEMORY, reclaim) if reclaim is not None else None
    limit = thresholds.Threshold(thresholds.MEMORY, value, 0, least)
    return {
        "quantity": _ratio(value.amount(ask["capacity"]).exact),
        "text": str(value.amount(ask["capacity"])),
        "met": limit.met(ask["available"], ask["capacity"], bool(ask.get("enforce_min_reclaim"))),
    }


def _thresholds(ask: dict) -> dict:
    """{"config": KubeletConfiguration}: every threshold that comes out of it."""
    return {
        "thresholds": sorted(
            [item.signal, _value_text(item.value), item.grace_ns, _value_text(item.min_reclaim)]
            for item in Config(ask["config"]).thresholds
        )
    }


def _pods_limit(ask: dict) -> dict:
    """{"config", "resource", "capacity"}: the limit of kubepods."""
    return {"exact": _ratio(Config(ask["config"]).pods_limit(ask["resource"], Fraction(ask["capacity"])))}


def _plain_pod(item: dict) -> tuple[dict, PodStats | None]:
    """{"uid", "priority"?, "request"?, "storage_request"?, "working_set"?, "processes"?, "disk"?, "inodes"?}

    "stats": false means that the kubelet has none.  "pod" takes a whole Pod in place of the requests.
    """
    requests = {"memory": str(item.get("request", 0)), "ephemeral-storage": str(item.get("storage_request", 0))}
    pod = item.get("pod") or {
        "metadata": {"uid": item["uid"], "name": item["uid"]},
        "spec": {
            "priority": item.get("priority", 0),
            "containers": [{"name": "c", "resources": {"requests": requests}}],
        },
    }
    if not item.get("stats", True):
        return pod, None
    return pod, PodStats(
        item.get("working_set"), {}, item.get("processes", 0), item.get("disk", 0), item.get("inodes", 0)
    )


def _rank(ask: dict) -> dict:
    """{"pods": [...]}: the order as groups of UIDs; within a group the kubelet's choice is chance."""
    listed = [_plain_pod(item) for item in ask["pods"]]
    stats = {pods.uid(pod): known for pod, known in listed if known is not None}
    return {"groups": ranking.tie_groups(_SIGNAL_OF[ask["op"]], [pod for pod, _ in listed], stats)}


def _node_available(ask: dict) -> dict:
    """{"meminfo": text, "memory_stat": text, "root_usage"?, "huge_page_pool"?}"""
    meminfo, stat = signals.parse_meminfo(ask["meminfo"]), signals.parse_flat(ask["memory_stat"])
    usage = signals.root_usage(ask.get("root_usage", signals.ROOT_USAGES[0]), meminfo, stat)
    used = signals.working_set(usage, stat["inactive_file"])
    return _memory({"limit": meminfo["MemTotal"], "working_set": used, "huge_page_pool": ask.get("huge_page_pool", 0)})


def _cgroup_available(ask: dict) -> dict:
    """{"current", "inactive_file", "limit"}"""
    return _memory({"limit": ask["limit"], "working_set": signals.working_set(ask["current"], ask["inactive_file"])})


def _memory(sample: dict) -> dict:
    free = signals.sample_available(sample)
    seen = signals.memory_observation(free, sample["working_set"], None)
    return {
        "working_set": sample["working_set"],
        "available_bytes": free,
        "available": seen.available if seen else None,
        "capacity": seen.capacity if seen else None,
    }


def _pid_available(ask: dict) -> dict:
    max_pid, threads = signals.pid_limits(ask.get("pid_max"), ask.get("threads_max"), ask["loadavg"])
    return {"max": max_pid, "current": threads, "available": signals.pid_observation(max_pid, threads, None).available}


def _pod(ask: dict) -> dict:
    """{"pod": Pod, "node_memory_bytes"?, "driver"?, "cgroup_root"?}: all that the kubelet derives from it."""
    pod = pods.apply_defaults(ask["pod"])
    qos, memory = pods.qos_class(pod), ask.get("node_memory_bytes", 0)
    named = layout.Layout(ask.get("driver", "systemd"), "containerd", ask.get("cgroup_root", ""))
    return {
        "qos": qos,
        "priority": pods.priority(pod),
        "critical": pods.is_critical(pod),
        "memory_request": _ratio(pods.request(pod, "memory")),
        "cgroup": named.pod(qos, pods.uid(pod)),
        "oom_score_adj": [pods.oom_score_adj(pod, container, memory) for container in pods.containers(pod)]
        if memory
        else None,
    }


def _oom_score_adj(ask: dict) -> dict:
    """{"pod", "container"?: index, "node_memory_bytes"}"""
    return {"oom_score_adj": _pod(ask)["oom_score_adj"][ask.get("container", 0)]}


def _synchronize(ask: dict) -> dict:
    """{"config", "pods", "steps": [{"now_ns", "signals": {name: [available, capacity, time_ns?]}, "pods"?}]}

    Each step answers with the conditions, and with the signal, victim and grace if a pod is taken.
    Whole steps of the loop, one manager; a victim is not removed from the pods by itself.
    """
    config = Config(ask["config"])
    manager = EvictionManager(config.thresholds, config.transition_ns, config.max_pod_grace_seconds, random.Random(0))
    return {"steps": [_step(manager, step, step.get("pods", ask.get("pods", []))) for step in ask["steps"]]}


def _step(manager: EvictionManager, step: dict, items: list) -> dict:
    listed = [_plain_pod(item) for item in items]
    stats = {pods.uid(pod): known for pod, known in listed if known is not None}
    seen = {signal: Observation(*numbers) for signal, numbers in step["signals"].items()}
    decision = manager.synchronize(step["now_ns"], seen, [pod for pod, _ in listed], stats)
    answer = {"conditions": manager.conditions}
    if decision is None:
        return answer
    return answer | {
        "resource": decision.resource,
        "hard": decision.threshold.hard,
        "grace_seconds": decision.grace_seconds,
        "victim": pods.uid(decision.victim) if decision.victim else None,
        "message": decision.message,
    }


_ANSWERS = {
    "quantity": _quantity,
    "duration": _duration,
    "percentage": _percentage,
    "threshold": _threshold,
    "thresholds": _thresholds,
    "pods_limit": _pods_limit,
    "rank_memory": _rank,
    "rank_disk": _rank,
    "rank_inodes": _rank,
    "rank_pid": _rank,
    "node_available": _node_available,
    "cgroup_available": _cgroup_available,
    "pid_available": _pid_available,
    "pod": _pod,
    "oom_score_adj": _oom_score_adj,
    "synchronize": _synchronize,
}


def answer(line: str) -> dict:
    try:
        ask = json.loads(line)
        return _ANSWERS[ask["op"]](ask)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    for line in sys.stdin:
        print(compact(answer(line)), flush=True)


if __name__ == "__main__":
    main()
