# SPDX-License-Identifier: Apache-2.0
"""What the kubelet reads out of a core/v1 Pod: requests, limits, QoS class, priority, OOM score.

A pod is its JSON object, unchanged.  Everything here is a function of it.
"""

from fractions import Fraction

from standin import quantity

GUARANTEED, BURSTABLE, BEST_EFFORT = "Guaranteed", "Burstable", "BestEffort"

SYSTEM_CRITICAL_PRIORITY = 2_000_000_000
_CLASS_PRIORITY = {
    "system-cluster-critical": SYSTEM_CRITICAL_PRIORITY,
    "system-node-critical": SYSTEM_CRITICAL_PRIORITY + 1000,
}
_ANNOTATION_SOURCE = "kubernetes.io/config.source"
_ANNOTATION_MIRROR = "kubernetes.io/config.mirror"
_ANNOTATION_START_DELAY = "standin.reprieve.dev/start-delay"

GUARANTEED_OOM_SCORE, BEST_EFFORT_OOM_SCORE, PAUSE_OOM_SCORE, KUBELET_OOM_SCORE = -997, 1000, -998, -999


def uid(pod: dict) -> str:
    return pod["metadata"]["uid"]


def full_name(pod: dict) -> str:
    return f"{pod['metadata'].get('namespace', 'default')}/{pod['metadata']['name']}"


def annotations(pod: dict) -> dict:
    return pod["metadata"].get("annotations") or {}


def containers(pod: dict) -> list[dict]:
    return pod["spec"].get("containers") or []


def init_containers(pod: dict) -> list[dict]:
    return pod["spec"].get("initContainers") or []


def is_sidecar(container: dict) -> bool:
    return container.get("restartPolicy") == "Always"


def _listed(holder: dict, kind: str) -> dict:
    return (holder.get("resources") or {}).get(kind) or {}


def amount(holder: dict, kind: str, resource: str) -> Fraction:
    """A container's (or the pod level's) request or limit; nothing is 0."""
    text = _listed(holder, kind).get(resource)
    return Fraction(0) if text is None else quantity.parse(str(text)).exact


def written(holder: dict, kind: str, resource: str) -> quantity.Quantity:
    """The same, in the form it was written in, for messages."""
    text = _listed(holder, kind).get(resource)
    return quantity.Quantity(Fraction(0)) if text is None else quantity.parse(str(text))


def _aggregate(pod: dict, kind: str, resource: str) -> Fraction:
    """Containers and sidecars run together; init containers run one at a time beside earlier sidecars."""
    total = sum((amount(container, kind, resource) for container in containers(pod)), Fraction(0))
    sidecars, peak = Fraction(0), Fraction(0)
    for container in init_containers(pod):
        need = amount(container, kind, resource)
        if is_sidecar(container):
            sidecars += need
        else:
            peak = max(peak, sidecars + need)
    return max(total + sidecars, peak)


def _pod_amount(pod: dict, kind: str, resource: str) -> Fraction:
    if resource in _listed(pod["spec"], kind):
        total = amount(pod["spec"], kind, resource)
    else:
        total = _aggregate(pod, kind, resource)
    overhead = (pod["spec"].get("overhead") or {}).get(resource)
    return total + quantity.parse(str(overhead)).exact if total and overhead is not None else total


def request(pod: dict, resource: str) -> Fraction:
    return _pod_amount(pod, "requests", resource)


def limit(pod: dict, resource: str) -> Fraction:
    return _pod_amount(pod, "limits", resource)


def every_container_limits(pod: dict, resource: str) -> bool:
    """A pod's own limit is only enforced when no container could go past the sum unbounded."""
    if amount(pod["spec"], "limits", resource):
        return True
    return all(amount(container, "limits", resource) for container in containers(pod))


def priority(pod: dict) -> int:
    return pod["spec"].get("priority") or 0


def is_static(pod: dict) -> bool:
    return annotations(pod).get(_ANNOTATION_SOURCE, "api") != "api"


def is_critical(pod: dict) -> bool:
    """Never evicted: static and mirror pods, and the two system priority classes."""
    return is_static(pod) or _ANNOTATION_MIRROR in annotations(pod) or priority(pod) >= SYSTEM_CRITICAL_PRIORITY


def _is_node_critical(pod: dict) -> bool:
    return is_critical(pod) and pod["spec"].get("priorityClassName") == "system-node-critical"


def qos_class(pod: dict) -> str:
    """Only cpu and memory count, and only amounts above zero."""
    holders = containers(pod) + init_containers(pod)
    if _listed(pod["spec"], "requests") or _listed(pod["spec"], "limits"):
        holders = [pod["spec"]]
    requests, limits, guaranteed = {}, {}, True
    for holder in holders:
        for resource in ("cpu", "memory"):
            asked, bound = amount(holder, "requests", resource), amount(holder, "limits", resource)
            if asked > 0:
                requests[resource] = requests.get(resource, 0) + asked
            if bound > 0:
                limits[resource] = limits.get(resource, 0) + bound
            else:
                guaranteed = False
    if not requests and not limits:
        return BEST_EFFORT
    return GUARANTEED if guaranteed and requests == limits else BURSTABLE


def _spare_request_per_container(pod: dict) -> int:
    """The part of a pod-level request that no container claims, shared out evenly."""
    pod_level = written(pod["spec"], "requests", "memory").value()
    if pod_level == 0:
        return 0
    claimed = quantity.ceil_away(_aggregate(pod, "requests", "memory"))
    # Go's division truncates towards zero.
    return int(Fraction(pod_level - claimed, len(containers(pod)) + len(init_containers(pod))))


def oom_score_adj(pod: dict, container: dict, node_memory_bytes: int) -> int:
    if _is_node_critical(pod):
        return GUARANTEED_OOM_SCORE
    qos = qos_class(pod)
    if qos == GUARANTEED:
        return GUARANTEED_OOM_SCORE
    if qos == BEST_EFFORT:
        return BEST_EFFORT_OOM_SCORE
    spare = _spare_request_per_container(pod)

    def score(request_bytes: int) -> int:
        return 1000 - 1000 * (request_bytes + spare) // node_memory_bytes

    adj = score(written(container, "requests", "memory").value())
    if container in init_containers(pod) and is_sidecar(container):
        # A sidecar must not die before the containers that it serves.
        adj = min(adj, score(min(written(other, "requests", "memory").value() for other in containers(pod))))
    # A Guaranteed pod that uses all memory scores 3; nothing Burstable may go below that.
    return max(1000 + GUARANTEED_OOM_SCORE, BEST_EFFORT_OOM_SCORE - 1 if adj == BEST_EFFORT_OOM_SCORE else adj)


def tolerates_memory_pressure(pod: dict) -> bool:
    key = "node.kubernetes.io/memory-pressure"
    for toleration in pod["spec"].get("tolerations") or []:
        if toleration.get("effect") not in (None, "", "NoSchedule"):
            continue
        exists = toleration.get("operator") == "Exists"
        if toleration.get("key") in (None, "") and exists:
            return True
        if toleration.get("key") == key and (exists or not toleration.get("value")):
            return True
    return False


def apply_defaults(pod: dict) -> dict:
    """The API server's defaults that matter here, written into the pod so that /pods shows them."""
    metadata, spec = pod["metadata"], pod["spec"]
    pod.setdefault("apiVersion", "v1")
    pod.setdefault("kind", "Pod")
    metadata.setdefault("namespace", "default")
    metadata["annotations"] = dict(annotations(pod))
    metadata["annotations"].setdefault(_ANNOTATION_SOURCE, "api")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("hostNetwork", True)
    spec.setdefault("priority", _CLASS_PRIORITY.get(spec.get("priorityClassName"), 0))
    for holder in [spec, *containers(pod), *init_containers(pod)]:
        limits = _listed(holder, "limits")
        if limits:
            holder["resources"]["requests"] = limits | _listed(holder, "requests")
    return pod


def start_delay_ns(pod: dict) -> int:
    """Stands for an image pull: the pod is there and ranked, but has no stats yet."""
    return quantity.parse_duration_ns(annotations(pod).get(_ANNOTATION_START_DELAY, "0s"))


def check_numbers(pod: dict) -> None:
    """Raise QuantityError now for a number that could not be read later."""
    for resource in ("cpu", "memory", "ephemeral-storage"):
        request(pod, resource)
        limit(pod, resource)
    for volume in pod["spec"].get("volumes") or []:
        quantity.parse((volume.get("emptyDir") or {}).get("sizeLimit") or "0")
    start_delay_ns(pod)


def unsupported(pod: dict) -> str | None:
    """Why this stand-in cannot run the pod as it is written; None when it can."""
    spec = pod["spec"]
    if init_containers(pod):
        return "init containers are not run here"
    if not containers(pod):
        return "spec.containers is empty"
    volumes = set()
    for volume in spec.get("volumes") or []:
        if "emptyDir" not in volume and "hostPath" not in volume:
            return f"volume {volume['name']}: only emptyDir and hostPath are made here"
        volumes.add(volume["name"])
    for container in containers(pod):
        if not container.get("command"):
            return f"container {container['name']}: there are no images here, so it needs a command"
        if any("valueFrom" in item for item in container.get("env") or []):
            return f"container {container['name']}: env takes plain values only"
        for mount in container.get("volumeMounts") or []:
            if mount["name"] not in volumes or "subPath" in mount:
                return f"container {container['name']}: cannot mount {mount['name']} at {mount['mountPath']}"
    return None
