# SPDX-License-Identifier: Apache-2.0
"""The node: admits pods, runs the eviction loop over them, publishes what a kubelet would.

Everything happens on one loop, so one scenario with one seed is one order of decisions.
"""

import os
import random
import sys
from dataclasses import dataclass
from fractions import Fraction

from standin import layout, pods, probe, thresholds, wire
from standin.cgroups import Cgroups
from standin.config import Config
from standin.eviction import EvictionLoop
from standin.housekeeping import Housekeeping
from standin.journal import Journal, compact
from standin.loop import NS, Loop
from standin.manager import EvictionManager
from standin.volumes import disk_usage
from standin.worker import PodWorker

_HOUSEKEEPING_TICK_NS = NS // 4
_PUBLISH_DELAY_NS = NS // 10
_QOS_RECONCILE_NS = 60 * NS
_DISK_SAMPLE_NS = 60 * NS


@dataclass(frozen=True)
class Options:
    out_dir: str
    root_dir: str
    log_dir: str
    cgroup_mount: str
    runtime: str
    root_usage: str
    node_name: str
    seed: int
    period_ns: int
    phase_ns: int
    housekeeping_ns: int
    restart_backoff_ns: int
    sandbox: bool
    crun_child: bool
    huge_page_aware: bool


class PodRefused(ValueError):
    """The pod is one that the API server, or this stand-in, does not take."""


class Node:
    def __init__(self, config: Config, options: Options):
        self.config, self.options = config, options
        self.loop = Loop()
        self.journal = Journal(options.out_dir)
        self.cgroups = Cgroups(options.cgroup_mount)
        self.layout = layout.Layout(config.driver, options.runtime, config.cgroup_root)
        self.memory_bytes, self.swap_bytes = probe.node_memory()
        # One source of chance for each use, so that more samples do not change who loses a tie.
        self.housekeeping = Housekeeping(random.Random(options.seed), options.housekeeping_ns)
        self.manager = EvictionManager(
            config.thresholds, config.transition_ns, config.max_pod_grace_seconds, random.Random(options.seed + 1)
        )
        self.workers: dict[str, PodWorker] = {}
        self._bodies: dict[str, bytes] = {"/configz": wire.configz(config.effective)}
        self.disk_usage: dict[str, tuple[int, int]] = {}
        self.eviction = EvictionLoop(self)
        self._summary = wire.Summary(options.node_name)
        self._pod_texts: dict[str, str] = {}
        self._to_publish: set[str] = set()
        self._modules = frozenset()

    def start(self) -> None:
        """Lay out the tree, then run every clock of the kubelet that matters here."""
        kubepods = self.layout.kubepods()
        self.cgroups.purge(kubepods)
        self.cgroups.create(kubepods)
        max_pid, _ = probe.pid_counts()
        cpus = os.cpu_count() or 1
        self.cgroups.apply(kubepods, layout.kubepods_settings(self.config, self.memory_bytes, cpus, max_pid))
        for qos in (pods.BURSTABLE, pods.BEST_EFFORT):
            self.cgroups.create(self.layout.qos(qos))
        self._reconcile_qos()
        now_ns = self.loop.now_ns()
        self.housekeeping.add("node", self._root_sample, now_ns)
        self.housekeeping.add("kubepods", lambda: self.cgroups.sample(kubepods), now_ns)
        self.housekeeping.add("nodefs", lambda: probe.file_system(self.options.root_dir), now_ns)
        self.loop.every(_HOUSEKEEPING_TICK_NS, lambda: self.housekeeping.run(self.loop.now_ns()))
        self.loop.every(_QOS_RECONCILE_NS, self._reconcile_qos)
        if any(item.signal not in (*thresholds.MEMORY_SIGNALS, thresholds.PID) for item in self.config.thresholds):
            self.loop.every(_DISK_SAMPLE_NS, self._sample_disk)
        self.loop.every(NS, self._publish_summary)
        self.loop.spawn(self.eviction.run())
        self._publish_pods()
        self._publish_summary()
        self.journal.replace("configz.json", self._bodies["/configz"])
        # From here on an import would mean a file to read while the node is short of memory.
        self._modules = frozenset(sys.modules)
        self.journal.event("StandinStarted", kubepods=kubepods, memory_bytes=self.memory_bytes, seed=self.options.seed)

    def _root_sample(self) -> dict:
        return probe.root_sample(self.cgroups, self.options.root_usage, self.options.huge_page_aware)

    def _reconcile_qos(self) -> None:
        """Every minute and on admission the kubelet writes these again, over whatever was there."""
        for qos in (pods.BURSTABLE, pods.BEST_EFFORT):
            shares = [
                worker.requested_cpus for worker in self.workers.values() if worker.qos == qos and not worker.finished
            ]
            self.cgroups.apply(self.layout.qos(qos), layout.qos_settings(sum(shares, Fraction(0))))

    def _sample_disk(self) -> None:
        for worker in self.workers.values():
            parts = (worker.volumes.disk_usage(), disk_usage(worker.log_dir))
            self.disk_usage[worker.uid] = (sum(size for size, _ in parts), sum(count for _, count in parts))

    # Pods come and go.

    def create(self, pod: dict) -> PodWorker | None:
        """None: admission turned it away, and says so in /pods as a kubelet does."""
        try:
            pods.apply_defaults(pod)
            pod["metadata"].setdefault("uid", _new_uid(pods.is_static(pod)))
            refusal = pods.unsupported(pod)
            pods.check_numbers(pod)
        except (KeyError, TypeError, AttributeError) as error:
            raise PodRefused(f"not a Pod: {type(error).__name__} {error}") from error
        except ValueError as error:
            raise PodRefused(str(error)) from error
        if refusal is not None:
            raise PodRefused(refusal)
        if pods.uid(pod) in self.workers or self.find(pods.full_name(pod)) is not None:
            raise PodRefused(f"{pods.full_name(pod)} is already here")
        message = self.manager.admit(pod)
        if message is not None:
            self._pod_texts[pods.uid(pod)] = compact(wire.rejected_object(pod, message))
            self.journal.event("PodRejected", pods.full_name(pod), "Evicted", message)
            self.changed(None)
            return None
        worker = PodWorker(self, pod)
        self.workers[worker.uid] = worker
        self.journal.event("PodAdmitted", worker.name, uid=worker.uid, qos=worker.qos, cgroup=worker.path)
        worker.start()
        self._reconcile_qos()
        self.changed(worker)
        return worker

    def find(self, full_name: str) -> PodWorker | None:
        return next((worker for worker in self.workers.values() if worker.name == full_name), None)

    def delete(self, worker: PodWorker, grace_seconds: int | None = None) -> None:
        own = worker.pod["spec"]["terminationGracePeriodSeconds"]
        worker.terminate(own if grace_seconds is None else grace_seconds, deleting=True)
        if worker.finished:
            self.ended(worker)

    def ended(self, worker: PodWorker) -> None:
        """Evicted and completed pods stay listed until somebody deletes them."""
        if worker.deleted_s is not None:
            self.workers.pop(worker.uid, None)
            self.disk_usage.pop(worker.uid, None)
            self.journal.event("PodRemoved", worker.name, uid=worker.uid)
        self.changed(worker)

    def remove_cgroup(self, path: str) -> None:
        if not self.cgroups.remove(path):
            self.loop.call_after(NS // 10, lambda: self.remove_cgroup(path))

    # What others see.

    def changed(self, worker: PodWorker | None) -> None:
        """Something that /pods shows is different; changes that come together are written together."""
        if not self._to_publish:
            self.loop.call_after(_PUBLISH_DELAY_NS, self._publish_changes)
        self._to_publish.add(worker.uid if worker else "")

    def body(self, path: str) -> bytes | None:
        """What a reader of the socket gets, which is never behind."""
        self._publish_changes()
        return self._bodies.get(path)

    def _publish_changes(self) -> None:
        if self._to_publish:
            self._publish_pods()

    def _publish_pods(self) -> None:
        for uid in self._to_publish - {""}:
            worker = self.workers.get(uid)
            if worker is None:
                self._pod_texts.pop(uid, None)
            else:
                self._pod_texts[uid] = compact(wire.pod_object(worker, self.layout))
        self._to_publish.clear()
        self._bodies["/pods"] = wire.pod_list(list(self._pod_texts.values()))
        self.journal.replace("pods.json", self._bodies["/pods"])

    def _publish_summary(self) -> None:
        sample, news = self.housekeeping.sample, self.housekeeping.news
        for uid in {key.split("/")[1] for key in news if "/" in key}:
            if uid in self.workers:
                self._summary.update(self.workers[uid], sample)
            else:
                self._summary.forget(uid)
        news.clear()
        self._bodies["/stats/summary"] = self._summary.body(sample, *probe.pid_counts())
        self.journal.replace("summary.json", self._bodies["/stats/summary"])

    def state(self) -> dict:
        return {
            "now_monotonic_ns": self.loop.now_ns(),
            "loops": self.eviction.passes,
            "next_loop_ns": self.eviction.next_pass_ns,
            "conditions": self.manager.conditions,
            "memory_bytes": self.memory_bytes,
            "write_errors": self.journal.write_errors,
            "late_imports": sorted(set(sys.modules) - self._modules),
            "pods": [
                {
                    "pod": worker.name,
                    "uid": worker.uid,
                    "phase": worker.phase,
                    "cgroup": worker.path,
                    "qos": worker.qos,
                    "finished": worker.finished,
                    "containers": [
                        {
                            "name": container.name,
                            "state": container.state,
                            "pid": container.pid,
                            "cgroup": container.path,
                            "restarts": container.restarts,
                        }
                        for container in worker.containers
                    ],
                }
                for worker in self.workers.values()
            ],
        }

    def shut_down(self) -> None:
        """Unlike a kubelet, a test part takes its pods along: the node is left as it was found."""
        for worker in list(self.workers.values()):
            worker.kill()
        self.loop.run(until=lambda: all(worker.finished for worker in self.workers.values()))
        self.cgroups.purge(self.layout.kubepods())
        self.journal.event("StandinStopped")


def _new_uid(static: bool) -> str:
    """Static pods carry a hash of their manifest, 32 digits without dashes."""
    digits = os.urandom(16).hex()
    return digits if static else "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
