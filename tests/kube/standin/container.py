# SPDX-License-Identifier: Apache-2.0
"""One container of a pod: started, watched, signalled, started again."""

import os
import signal
import time
from dataclasses import dataclass

from standin import launch, signals
from standin.loop import NS

WAITING, STARTING, RUNNING, TERMINATED = "waiting", "starting", "running", "terminated"

# The kubelet forgets a container's crashes once it has run this long.
_BACKOFF_RESET_NS = 600 * NS
_BACKOFF_DOUBLINGS = 4


@dataclass(frozen=True)
class Ended:
    exit_code: int
    reason: str
    message: str
    started_s: float | None
    finished_s: float
    container_id: str


class Container:
    """`on_start()` and `on_end(container)` tell the pod; `name` is unique in it."""

    def __init__(self, node, name: str, on_start, on_end):
        self._node = node
        self.name = name
        self._on_start = on_start
        self._on_end = on_end
        self.state = WAITING
        self.waiting_reason = "ContainerCreating"
        self.container_id = ""
        self.path = ""
        self.pid: int | None = None
        self.started_s: float | None = None
        self.ended: Ended | None = None
        self.restarts = 0
        self._started_ns = 0
        self._doublings = 0
        self._told = ""

    def start(self, pod_path: str, settings: dict[str, str], command: launch.Command) -> None:
        node = self._node
        self.container_id = os.urandom(32).hex()
        self.path = node.layout.container(pod_path, self.container_id)
        self.state, self.started_s, self._started_ns, self._told = STARTING, None, node.loop.now_ns(), ""
        try:
            reader, first = self._launch(settings, command)
        except OSError as error:
            # Out of PIDs, memory or disk: the very shortages that tests bring about.
            why = f"{error.strerror}: {error.filename or ''}"
            node.loop.call_after(0, lambda: self._end(launch.FAILED, "StartError", why))
            return
        node.loop.claim_child(first, lambda status: None)
        node.loop.watch(reader, lambda: self._hear(reader))

    def _launch(self, settings: dict[str, str], command: launch.Command) -> tuple[int, int]:
        cgroups = self._node.cgroups
        cgroups.create(self.path)
        cgroups.apply(self.path, settings)
        inside = cgroups.nest(self.path, "container") if self._node.options.crun_child else self.path
        procs = cgroups.open_procs(inside)
        try:
            return launch.launch(command, procs)
        finally:
            os.close(procs)

    def _hear(self, reader: int) -> None:
        """The pid comes first; the pipe closes when the command runs or both children have failed."""
        text = os.read(reader, 4096).decode()
        self._told += text
        if text:
            return
        self._node.loop.unwatch(reader)
        os.close(reader)
        lines = dict(line.split(" ", 1) for line in self._told.splitlines())
        self.pid = int(lines["pid"]) if "pid" in lines else None
        if "error" in lines or self.pid is None:
            self._end(launch.FAILED, "StartError", lines.get("error", "it was killed before it started"))
            if self.pid is not None:
                self._node.loop.claim_child(self.pid, lambda status: None)
            return
        self.state, self.started_s = RUNNING, time.time()
        self._on_start()
        self._node.loop.claim_child(self.pid, self._exited)

    def _exited(self, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        code = 128 - code if code < 0 else code
        events = self._node.cgroups.read_or_none(self.path, "memory.events")
        oom_kills = signals.parse_flat(events)["oom_kill"] if events else 0
        reason = "OOMKilled" if oom_kills else "Completed" if code == 0 else "Error"
        self._end(code, reason, "")

    def _end(self, code: int, reason: str, message: str) -> None:
        self.ended = Ended(code, reason, message, self.started_s, time.time(), self.container_id)
        self.state, self.pid = TERMINATED, None
        self._node.remove_cgroup(self.path)
        self._on_end(self)

    def signal(self, number: int) -> None:
        if self.state == RUNNING:
            os.kill(self.pid, number)

    def kill(self) -> None:
        if self.state == STARTING:
            self._node.cgroups.kill(self.path)
        self.signal(signal.SIGKILL)

    @property
    def alive(self) -> bool:
        return self.state in (STARTING, RUNNING)

    def should_restart(self, policy: str) -> bool:
        return policy == "Always" or (policy == "OnFailure" and self.ended.exit_code != 0)

    def back_off_ns(self) -> int:
        """How long until it is started again; also what /pods says about it meanwhile."""
        if self._node.loop.now_ns() - self._started_ns >= _BACKOFF_RESET_NS:
            self._doublings = 0
        delay_ns = self._node.options.restart_backoff_ns << self._doublings
        self._doublings = min(self._doublings + 1, _BACKOFF_DOUBLINGS)
        self.state, self.waiting_reason, self.restarts = WAITING, "CrashLoopBackOff", self.restarts + 1
        return delay_ns
