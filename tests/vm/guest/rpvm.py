# SPDX-License-Identifier: Apache-2.0
"""For scenarios in Python: steps, waiting, cgroups, and a result file that is always whole."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

RESULTS = Path(os.environ.get("VM_RESULTS", "/results"))
CGROUP = Path("/sys/fs/cgroup")
_result: dict = {"kernel": os.uname().release, "checks": {}}


def now() -> float:
    """Seconds since boot: the clock of all measurements."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def step(text: str) -> None:
    """Announce the next part in the log."""
    print(f"== {text}", flush=True)


def log(text: str) -> None:
    print(f"   {text}", flush=True)


def save() -> None:
    """Write /results/result.json so that a reader sees the old one or the new one, even after a crash."""
    temporary = RESULTS / ".result.json.new"
    with open(temporary, "w", encoding="utf-8") as handle:
        json.dump(_result, handle, indent=2)
        handle.write("\n")
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(temporary, RESULTS / "result.json")
    directory = os.open(RESULTS, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def record(**values) -> None:
    """Put values into the result and save it."""
    _result.update(values)
    save()


def check(name: str, good: bool, detail: object = "") -> bool:
    """Note whether something holds; finish() fails when any check did not."""
    print(f"{'ok  ' if good else 'FAIL'} {name}{f': {detail}' if detail != '' else ''}", flush=True)
    _result["checks"][name] = {"ok": bool(good), "detail": str(detail)}
    save()
    return good


def finish() -> None:
    """End the scenario: 0 when every check held (and there was one), else 1."""
    failed = [name for name, value in _result["checks"].items() if not value["ok"]]
    record(ok=not failed and bool(_result["checks"]), failed=failed)
    sys.exit(0 if _result["ok"] else 1)


def wait_for(what: str, condition, timeout_s: float, every_s: float = 0.05):
    """Poll condition() until it gives something true, and return that; TimeoutError after timeout_s."""
    end = now() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if now() > end:
            raise TimeoutError(f"{what}: not within {timeout_s} s")
        time.sleep(every_s)


def protect() -> None:
    """Keep the kernel's OOM killer off this process. Children made by spawn() are ordinary again."""
    Path("/proc/self/oom_score_adj").write_text("-1000", encoding="ascii")


def spawn(command: list, cgroup: "Cgroup | None" = None, oom_score_adj: int = 0, **options) -> subprocess.Popen:
    """Start a program, inside a cgroup from its first instruction on."""
    def enter() -> None:
        if cgroup:
            (cgroup.path / "cgroup.procs").write_text("0", encoding="ascii")
        Path("/proc/self/oom_score_adj").write_text(str(oom_score_adj), encoding="ascii")
    return subprocess.Popen([str(word) for word in command], preexec_fn=enter, **options)


def stop(process: subprocess.Popen, timeout_s: float = 10) -> int:
    """SIGTERM, then SIGKILL; returns the exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def meminfo() -> dict[str, int]:
    """/proc/meminfo in bytes."""
    rows = (line.split() for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    return {row[0].rstrip(":"): int(row[1]) * (1024 if len(row) > 2 else 1) for row in rows}


class Cgroup:
    """A directory under /sys/fs/cgroup, made with its parents, every controller handed down."""

    def __init__(self, name: str, **limits):
        self.path = CGROUP / name.strip("/")
        place = CGROUP
        for part in name.strip("/").split("/"):
            self._delegate(place)
            place /= part
            place.mkdir(exist_ok=True)
        for key, value in limits.items():
            self.write(key.replace("_", ".", 1), value)

    @staticmethod
    def _delegate(place: Path) -> None:
        have = (place / "cgroup.controllers").read_text(encoding="ascii").split()
        given = (place / "cgroup.subtree_control").read_text(encoding="ascii").split()
        missing = [f"+{name}" for name in ("cpu", "io", "memory", "pids") if name in have and name not in given]
        if missing:
            (place / "cgroup.subtree_control").write_text(" ".join(missing), encoding="ascii")

    def read(self, file: str) -> str:
        return (self.path / file).read_text(encoding="ascii").strip()

    def write(self, file: str, value: object) -> None:
        (self.path / file).write_text(str(value), encoding="ascii")

    def number(self, file: str) -> int | None:
        """A one-number file; None stands for "max"."""
        text = self.read(file)
        return None if text == "max" else int(text)

    def table(self, file: str) -> dict[str, int]:
        """A file of "key number" lines, such as memory.stat or memory.events."""
        return {key: int(value) for key, value in (line.split() for line in self.read(file).splitlines())}

    def processes(self) -> list[int]:
        return [int(pid) for pid in self.read("cgroup.procs").split()]

    def kill(self) -> None:
        """Kill all in the subtree; kernels before 5.14 have no cgroup.kill."""
        if (self.path / "cgroup.kill").exists():
            self.write("cgroup.kill", 1)
            return
        for file in self.path.rglob("cgroup.procs"):
            for pid in file.read_text(encoding="ascii").split():
                os.kill(int(pid), signal.SIGKILL)

    def remove(self) -> None:
        """Kill what is inside and remove the subtree, waiting for the dead to leave."""
        self.kill()
        wait_for(f"{self.path} to empty", lambda: "populated 0" in self.read("cgroup.events"), 10)
        for directory in sorted((path for path in self.path.rglob("*") if path.is_dir()), reverse=True):
            directory.rmdir()
        self.path.rmdir()
