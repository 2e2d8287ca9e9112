# SPDX-License-Identifier: Apache-2.0
"""From the condition to the brake: how long, and with how much room left.

A tenant grows until it is stopped. Both programs get the same one, at the same level, in turns, each alone on the machine.
 * trigger: the condition under which the program is to act. earlyoom: MemAvailable is under the limit. Reprieve, which acts
   on what is coming: the growth began that leads over the limit within its horizon, which at these rates is at once.
 * acted: the write of cgroup.freeze, or the sending of the signal. woke: when the program was woken to do that.
 * stopped: every task of the tenant is frozen, or has the signal; or before that its growth ended, as after the action the
   next MiB was due and did not come (a task that has used up its cpu.max enters the freeze only when it may run again).
"""

import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import cost
import rpguard
import rpvm
import tenant
import trace

MIB = 1 << 20
LIMIT_MIB = 400
TENANT = Path(__file__).resolve().with_name("tenant.py")
LOG = Path("/run/growth")
GUARD_CONFIG = """
mode: enforce
act: {{calm-hold: 2s}}
kubelet: {{evictionHard: {{memory.available: {limit}}}}}
kubernetes: {{pods: {pods}, allowed-namespaces: [bench]}}
workloads: [{{name: greedy, cgroup: bench/greedy-*, value: 0}}]
"""


def kubelet_available() -> int:
    """memory.available as the kubelet computes it: without what the kernel itself uses, so it is more than MemAvailable."""
    stat = {key: int(value) for key, value in (line.split() for line in (rpvm.CGROUP / "memory.stat").read_text().splitlines())}
    return rpvm.meminfo()["MemTotal"] - (stat["anon"] + stat["file"] - stat["inactive_file"])


class Reprieve:
    """
    With the kubelet's limit where MemAvailable is LIMIT_MIB, so that both programs watch for the same moment. It remembers
    90 s, and takes what comes again and again for a sawtooth: each tenant comes after a longer pause.
    """
    name, by_limit, pause_s = "reprieve", False, 95

    def __init__(self, pods_list: Path):
        limit = LIMIT_MIB * MIB + kubelet_available() - rpvm.meminfo()["MemAvailable"]
        self._guard = rpguard.Guard(GUARD_CONFIG.format(limit=limit, pods=pods_list))
        self.pid = self._guard.pid()

    def calm(self) -> bool:
        return self._guard.status()["phase"] == "calm"

    def stop(self) -> None:
        (rpvm.RESULTS / f"status-{self.pid}.json").write_text(json.dumps(self._guard.status(), indent=1), encoding="utf-8")
        self._guard.stop()


class Earlyoom:
    """At the same priority as the guard (-p). Signals TERM under the limit, KILL under half of it. It remembers nothing."""
    name, by_limit, pause_s = "earlyoom", True, 10

    def __init__(self, _pods_list: Path):
        kib = LIMIT_MIB << 10
        self._log = open(rpvm.RESULTS / "earlyoom.log", "ab")
        self._process = rpvm.spawn(["earlyoom", "-p", "-r", 3600, "-M", f"{kib},{kib // 2}"], stdout=self._log,
                                   stderr=subprocess.STDOUT)
        self.pid = self._process.pid

    def calm(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        rpvm.stop(self._process)
        self._log.close()


class Tenant:
    def __init__(self, number: int, mib_per_s: float):
        LOG.write_bytes(bytes(tenant.RECORDS_MAX * tenant.RECORD.size))
        self.group = rpvm.Cgroup(f"bench/greedy-{number}")
        self.process = rpvm.spawn([sys.executable, TENANT, LOG, mib_per_s], self.group, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def go(self) -> None:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def stopped(self) -> bool:
        return self.process.poll() is not None or "frozen 1" in self.group.read("cgroup.events")

    def remove(self) -> None:
        self.group.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.group.remove()


@dataclass
class Times:
    """Milliseconds on one clock."""
    onset: float
    crossed: float | None
    woke: float
    acted: float
    stopped: float
    how: str
    room_mib: float


def _action(events: list[trace.Event], path: str, pid: int) -> tuple[trace.Event, trace.Event, str]:
    """What was done first against the tenant, and when it had taken effect."""
    for at, event in enumerate(events):
        if event.name == "cgroup_freeze" and event.field("path") == path:
            done = next(e for e in events[at:] if e.name == "cgroup_notify_frozen" and e.field("path") == path)
            return event, done, "freeze"
        if event.name == "signal_generate" and int(event.field("pid")) == pid:
            done = next(e for e in events[at:] if e.name == "signal_deliver" and e.pid == pid)
            return event, done, {"15": "SIGTERM", "9": "SIGKILL"}[event.field("sig")]
    raise RuntimeError("nothing was done")


def _crossing(grown: list[tuple[float, int]], acted: float, by_limit: bool) -> float | None:
    """
    When MemAvailable met the limit: between two records. Who acts by the limit alone may have acted before the record that
    would show it; then it was on the way from the last record to there.
    """
    limit = LIMIT_MIB * MIB
    for (t_0, before), (t_1, after) in zip(grown, grown[1:]):
        if after <= limit:
            return t_0 + (before - limit) * (t_1 - t_0) / (before - after)
    return (grown[-1][0] + acted) / 2 if by_limit else None


def _times(events: list[trace.Event], path: str, pid: int, actor) -> Times:
    grown = tenant.records(LOG)
    event, done, how = _action(events, path, pid)
    wakings = [e.t_ms for e in events if e.name == "sched_waking" and int(e.field("pid")) == actor.pid and e.t_ms <= event.t_ms]
    grown_by_then = [record for record in grown if record[0] <= done.t_ms]
    (before, _), (last, left) = grown_by_then[-2:]
    stopped = min(done.t_ms, max(event.t_ms, last) + (last - before))
    crossed = _crossing(grown, event.t_ms, actor.by_limit)
    return Times(grown[0][0], crossed, wakings[-1], event.t_ms, stopped, how, left / MIB - LIMIT_MIB)


def once(program, number: int, mib_per_s: float, chance: random.Random) -> Times:
    """One tenant's growth and end."""
    greedy = Tenant(number, mib_per_s)
    rpvm.wait_for("calm", program.calm, 90, 1)
    time.sleep(program.pause_s + chance.random() * 2)
    watch = trace.Trace({"cgroup/cgroup_freeze": "", "cgroup/cgroup_notify_frozen": "",
                         "signal/signal_generate": "sig==15 || sig==9", "signal/signal_deliver": "sig==15 || sig==9",
                         "sched/sched_waking": f"pid=={program.pid}"})
    try:
        watch.start()
        greedy.go()
        rpvm.wait_for("the tenant to be stopped", greedy.stopped, 60)
        time.sleep(0.1)
        return _times(watch.stop(), f"/{greedy.group.path.relative_to(rpvm.CGROUP)}", greedy.process.pid, program)
    finally:
        watch.close()
        greedy.remove()


def _summary(times: list[Times], by_limit: bool) -> dict:
    """The trigger of who acts by the limit is its crossing. `each` is in the order of time, to be paired with the peer's."""
    each = [{"how": t.how, "room_left_mib": round(t.room_mib, 1),
             "trigger_to_stopped_ms": round(t.stopped - (t.crossed if by_limit else t.onset), 3),
             "onset_to_stopped_ms": round(t.stopped - t.onset, 3), "woke_to_acted_ms": round(t.acted - t.woke, 3),
             "acted_to_stopped_ms": round(t.stopped - t.acted, 3)} for t in times]
    return {key: trace.percentiles([row[key] for row in each]) for key in each[0] if key.endswith("_ms")} | {
        "room_left_mib": {"least": min(row["room_left_mib"] for row in each),
                          "median": sorted(row["room_left_mib"] for row in each)[len(each) // 2]},
        "actions": {how: sum(t.how == how for t in times) for how in sorted({t.how for t in times})}, "each": each}


def compare(pods_list: Path, mib_per_s: float, repetitions: int, block: int) -> dict:
    """Blocks of a few tenants with the one program, then with the other, until each has had that many."""
    found: dict[type, list[Times]] = {Reprieve: [], Earlyoom: []}
    chance, number = random.Random(1), 0
    while len(found[Earlyoom]) < repetitions:
        for kind, times in found.items():
            program = kind(pods_list)
            for _ in range(min(block, repetitions - len(times))):
                number += 1
                times.append(once(program, number, mib_per_s, chance))
                rpvm.log(f"{len(times)} of {repetitions}: {kind.name} stopped it {times[-1].stopped - times[-1].onset:.0f} ms "
                         f"after its growth began, by {times[-1].how}, {times[-1].room_mib:.0f} MiB above the limit")
            program.stop()
    return {kind.name: _summary(times, kind.by_limit) for kind, times in found.items()}


def _decided(events: list[trace.Event], guard: int, since_ms: float) -> tuple[float, float]:
    """When the guard first reads the node's files after that moment, and when it sleeps again: then it has decided."""
    look = next(e.t_ms for e in events if e.name == "sys_pread64" and e.t_ms >= since_ms)
    return look, next(e.t_ms for e in events if e.name == "sched_switch" and e.t_ms >= look
                      and int(e.field("prev_pid")) == guard and not e.field("prev_state").startswith("R"))


def urgent(pods_list: Path, repetitions: int) -> dict:
    """
    OOM kills inside of a small cgroup. BPF tells at once when an allocation has failed, and again when a victim is chosen,
    which may be within the guard's pause between two rounds for events (10 ms).
    """
    program = Reprieve(pods_list)
    small = rpvm.Cgroup("bench-small", memory_max=4 * MIB)
    watch = trace.Trace({"oom/mark_victim": "", "sched/sched_waking": f"pid=={program.pid}",
                         "sched/sched_switch": f"prev_pid=={program.pid} || next_pid=={program.pid}",
                         "syscalls/sys_enter_pread64": f"common_pid=={program.pid}"})
    found: dict[str, list[float]] = {"event_to_look_ms": [], "event_to_decided_ms": [], "kill_to_decided_ms": []}
    for _ in range(repetitions):
        time.sleep(1)
        watch.start()
        rpvm.spawn([sys.executable, "-c", "b'x' * (16 << 20)"], small).wait()
        time.sleep(0.1)
        events = watch.stop()
        victim = next(e for e in events if e.name == "mark_victim")
        first = next(e.t_ms for e in events if e.name == "sched_waking" and e.pid == victim.pid)
        look, decided = _decided(events, program.pid, first)
        found["event_to_look_ms"].append(look - first)
        found["event_to_decided_ms"].append(decided - first)
        found["kill_to_decided_ms"].append(_decided(events, program.pid, victim.t_ms)[1] - victim.t_ms)
    watch.close()
    small.remove()
    program.stop()
    return {key: trace.percentiles(values) for key, values in found.items()}
