# SPDX-License-Identifier: Apache-2.0
"""One pod's life: its cgroup, volumes, sandbox and containers, from admission to the last rmdir."""

import os
import signal
import time
from dataclasses import dataclass, field

from standin import layout, pods, volumes
from standin.container import TERMINATED, Container
from standin.launch import Command
from standin.loop import NS

# The runtime always leaves this long between SIGTERM and SIGKILL, whatever grace the kubelet chose.
_MIN_TERM_TO_KILL_NS = 2 * NS


@dataclass(frozen=True)
class Verdict:
    """The status that the kubelet puts over a pod that it ends itself."""

    reason: str
    message: str
    conditions: list[dict] = field(default_factory=list)


class PodWorker:
    def __init__(self, node, pod: dict):
        self._node = node
        self.pod = pod
        self.uid = pods.uid(pod)
        self.name = pods.full_name(pod)
        self.qos = pods.qos_class(pod)
        self.requested_cpus = pods.request(pod, "cpu")
        self.path = node.layout.pod(self.qos, self.uid)
        self.volumes = volumes.Volumes(node.options.root_dir, pod)
        self.log_dir = os.path.join(node.options.log_dir, self.name.replace("/", "_") + f"_{self.uid}")
        self.containers = [
            Container(node, spec["name"], self._started(spec), self._ended) for spec in pods.containers(pod)
        ]
        self._sandbox = Container(node, "POD", lambda: None, lambda _: self._finish_if_ended())
        self.created_s = time.time()
        self.verdict: Verdict | None = None
        self.deleted_s: float | None = None
        self.terminating = False
        # True once nothing runs any more and the cgroup is gone: the kubelet's "cleaned up".
        self.finished = False
        self._kill_due_ns: int | None = None
        self._announced = False

    def start(self) -> None:
        node = self._node
        node.cgroups.create(self.path)
        node.cgroups.apply(self.path, layout.pod_settings(node.config, self.pod))
        self.volumes.set_up()
        node.housekeeping.add(f"pod/{self.uid}", lambda: node.cgroups.sample(self.path), node.loop.now_ns())
        if node.options.sandbox:
            os.makedirs(self.log_dir, exist_ok=True)
            pause = Command(["sleep", "infinity"], {}, "/", "/dev/null", pods.PAUSE_OOM_SCORE)
            self._sandbox.start(self.path, {}, pause)
        node.loop.call_after(pods.start_delay_ns(self.pod), self._start_all)

    def _start_all(self) -> None:
        for spec, container in zip(pods.containers(self.pod), self.containers, strict=True):
            self._start_container(spec, container)

    def _start_container(self, spec: dict, container: Container) -> None:
        if self.terminating:
            return
        node = self._node
        home = os.path.join(self.log_dir, container.name)
        os.makedirs(home, exist_ok=True)
        context = (self.pod["spec"].get("securityContext") or {}) | (spec.get("securityContext") or {})
        env = {"HOSTNAME": self.pod["metadata"]["name"], "HOME": "/root"}
        env |= {item["name"]: item.get("value", "") for item in spec.get("env") or []}
        command = Command(
            argv=[*spec["command"], *(spec.get("args") or [])],
            env=env,
            working_dir=spec.get("workingDir", "/"),
            output_path=os.path.join(home, f"{container.restarts}.log"),
            oom_score_adj=pods.oom_score_adj(self.pod, spec, node.memory_bytes),
            binds=self.volumes.binds(spec),
            user=context.get("runAsUser"),
            group=context.get("runAsGroup", context.get("runAsUser")),
        )
        container.start(
            self.path,
            layout.container_settings(node.config, self.pod, spec, node.memory_bytes, node.swap_bytes),
            command,
        )
        node.changed(self)

    def _started(self, spec: dict):
        def on_start() -> None:
            node, container = self._node, self.container(spec["name"])
            node.housekeeping.add(
                self.sample_key(container), lambda path=container.path: node.cgroups.sample(path), node.loop.now_ns()
            )
            node.journal.event(
                "ContainerStarted",
                self.name,
                container=container.name,
                pid=container.pid,
                id=container.container_id,
                cgroup=container.path,
                restarts=container.restarts,
            )
            if not self._announced and all(other.alive for other in self.containers):
                self._announced = True
                node.journal.event("PodStarted", self.name, uid=self.uid, qos=self.qos, cgroup=self.path)
            node.changed(self)

        return on_start

    def _ended(self, container: Container) -> None:
        node, ended = self._node, container.ended
        node.housekeeping.drop(self.sample_key(container))
        node.journal.event(
            "ContainerExited",
            self.name,
            ended.reason,
            ended.message,
            container=container.name,
            exit_code=ended.exit_code,
            id=ended.container_id,
            restarts=container.restarts,
        )
        policy = self.pod["spec"]["restartPolicy"]
        if not self.terminating and container.should_restart(policy):
            spec = next(spec for spec in pods.containers(self.pod) if spec["name"] == container.name)
            node.loop.call_after(container.back_off_ns(), lambda: self._start_container(spec, container))
        elif not self.terminating and all(other.state == TERMINATED for other in self.containers):
            # Everything ended on its own: the pod is over.
            self.terminating = True
        self._finish_if_ended()
        node.changed(self)

    def sample_key(self, container: Container) -> str:
        return f"container/{self.uid}/{container.name}"

    def container(self, name: str) -> Container | None:
        return next((container for container in self.containers if container.name == name), None)

    def terminate(self, grace_seconds: int, verdict: Verdict | None = None, deleting: bool = False) -> None:
        """SIGTERM now, SIGKILL later.  Asked again, the time left can only shrink."""
        node = self._node
        if deleting and self.deleted_s is None:
            self.deleted_s = time.time()
        self.verdict = self.verdict or verdict
        due_ns = node.loop.now_ns() + max(max(1, grace_seconds) * NS, _MIN_TERM_TO_KILL_NS)
        if not self.terminating:
            self.terminating = True
            for container in self.containers:
                container.signal(signal.SIGTERM)
        if self._kill_due_ns is None or due_ns < self._kill_due_ns:
            self._kill_due_ns = due_ns
            node.loop.call_at(due_ns, self.kill)
        self._finish_if_ended()
        node.changed(self)

    def kill(self) -> None:
        self.terminating = True
        for container in self.containers:
            container.kill()
        self._finish_if_ended()

    def _finish_if_ended(self) -> None:
        if not self.terminating or self.finished or self.alive:
            return
        if self._sandbox.alive:
            self._sandbox.kill()
            return
        if not self._node.cgroups.remove(self.path):
            self._node.loop.call_after(NS // 10, self._finish_if_ended)
            return
        self.finished = True
        self._node.housekeeping.drop(f"pod/{self.uid}")
        self.volumes.tear_down()
        self._node.journal.event(
            "Killed", self.name, self.verdict.reason if self.verdict else "", uid=self.uid, phase=self.phase
        )
        self._node.ended(self)

    @property
    def alive(self) -> bool:
        return any(container.alive for container in self.containers)

    @property
    def phase(self) -> str:
        """As the kubelet publishes it: an evicted pod is Failed from the moment that it is told to end."""
        if self.verdict is not None:
            return "Failed"
        if all(container.state == TERMINATED for container in self.containers):
            return "Succeeded" if all(container.ended.exit_code == 0 for container in self.containers) else "Failed"
        return "Running" if any(container.started_s or container.ended for container in self.containers) else "Pending"
