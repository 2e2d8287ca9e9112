# SPDX-License-Identifier: Apache-2.0
"""Running test programs: a few at a time, with a line as each ends and what it said if it failed."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
HEARTBEAT_S = 20
SHOWN_LINES = 60

Count = Callable[["Job", str, bool], "Counts"]


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: list[str] = field(default_factory=list)


def one(_job: "Job", _output: str, good: bool) -> Counts:
    """A program whose cases are not known counts as one."""
    return Counts(passed=1) if good else Counts(failed=1)


def none(_job: "Job", _output: str, good: bool) -> Counts:
    """A preparation, such as a build, is no test unless it fails."""
    return Counts() if good else Counts(failed=1)


def tap(_job: "Job", output: str, good: bool) -> Counts:
    """The Test Anything Protocol, as cmocka and tests/check speak it."""
    counts = Counts()
    for result, rest in re.findall(r"^(ok|not ok)\b(.*)$", output, re.MULTILINE):
        if re.search(r"# *skip", rest, re.IGNORECASE):
            counts.skipped += 1
            counts.reasons.append(rest.strip(" -"))
        elif result == "ok":
            counts.passed += 1
        else:
            counts.failed += 1
    # A sanitizer ends the program between two lines; a program without any case tested nothing.
    if counts.failed == 0 and (not good or counts.passed + counts.skipped == 0):
        counts.failed = 1
    return counts


def unittest(_job: "Job", output: str, good: bool) -> Counts:
    ran = re.search(r"^Ran (\d+) tests?", output, re.MULTILINE)
    ends = re.search(r"^(?:OK|FAILED)(?: \((.*)\))?$", output, re.MULTILINE)
    numbers = dict(re.findall(r"(\w+)=(\d+)", ends[1] or "")) if ends else {}
    failed = sum(int(numbers.get(key, 0)) for key in ("failures", "errors"))
    skipped = int(numbers.get("skipped", 0))
    total = int(ran[1]) if ran else 0
    if failed == 0 and (not good or total == 0):
        failed = 1
    reasons = re.findall(r"skipped ['\"](.*)['\"]$", output, re.MULTILINE)
    return Counts(max(total - failed - skipped, 0), failed, skipped, reasons)


def inputs(_job: "Job", output: str, good: bool) -> Counts:
    """A replay of fuzz inputs: each is a case; a crash loses the count, so it counts as one failure."""
    found = re.search(r"^(\d+) inputs$", output, re.MULTILINE)
    return Counts(passed=int(found[1])) if good and found else Counts(failed=1)


@dataclass
class Job:
    group: str
    name: str
    command: list[str]
    count: Count = one
    timeout_s: float = 300
    environment: dict[str, str] = field(default_factory=dict)
    stream: bool = False  # show the output as it comes
    out: Path | None = None


@dataclass
class Totals:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[tuple[Job, str, str]] = field(default_factory=list)  # job, what happened, output
    skips: list[str] = field(default_factory=list)


class Runner:
    """Runs jobs and keeps the score."""

    def __init__(self, workers: int):
        self.workers = workers
        self.totals = Totals()
        self.lock = threading.Lock()
        self.running: dict[int, tuple[Job, float, subprocess.Popen]] = {}
        self.last: dict[int, str] = {}
        self.spoken = time.monotonic()
        threading.Thread(target=self._heartbeat, daemon=True).start()

    def say(self, text: str) -> None:
        with self.lock:
            self.spoken = time.monotonic()
            print(text, flush=True)

    def skip(self, group: str, reason: str) -> None:
        self.say(f"  SKIP  {group:<10} {reason}")
        self.totals.skipped += 1
        self.totals.skips.append(f"{group}: {reason}")

    def run(self, jobs: list[Job]) -> bool:
        """True when none failed."""
        before = self.totals.failed
        with ThreadPoolExecutor(1 if any(job.stream for job in jobs) else self.workers) as pool:
            list(pool.map(self._one, jobs))
        return self.totals.failed == before

    def stop(self) -> None:
        for _job, _start, process in list(self.running.values()):
            _kill(process)

    def _heartbeat(self) -> None:
        while True:
            time.sleep(1)
            if time.monotonic() - self.spoken < HEARTBEAT_S:
                continue
            for key, (job, start, _process) in list(self.running.items()):
                seconds = time.monotonic() - start
                self.say(f"  ...   {job.group:<10} {job.name:<34} {seconds:5.0f} s   {self.last.get(key, '')[:70]}")

    def _one(self, job: Job) -> None:
        start = time.monotonic()
        output, trouble = self._execute(job, start)
        seconds = time.monotonic() - start
        counts = job.count(job, output, not trouble)
        self._note(job, counts, trouble, output)
        cases = counts.passed + counts.failed + counts.skipped
        word = "FAIL" if counts.failed else "ok  " if cases - counts.skipped or job.count is none else "SKIP"
        size = "" if job.count is none else f"{cases} case{'' if cases == 1 else 's'}"
        line = f"  {word}  {job.group:<10} {job.name:<34} {size:>10} {seconds:7.1f} s   {trouble}"
        self.say(line.rstrip())

    def _note(self, job: Job, counts: Counts, trouble: str, output: str) -> None:
        with self.lock:
            self.totals.passed += counts.passed
            self.totals.failed += counts.failed
            self.totals.skipped += counts.skipped
            reasons = counts.reasons or ["no reason given"] * counts.skipped
            self.totals.skips += [f"{job.group} {job.name}: {reason}" for reason in reasons]
            if counts.failed:
                self.totals.failures.append((job, trouble or "a test case failed", output))

    def _execute(self, job: Job, start: float) -> tuple[str, str]:
        """Its output, and what went wrong ("" if nothing did)."""
        environment = os.environ | {"CMOCKA_MESSAGE_OUTPUT": "TAP", "PYTHONDONTWRITEBYTECODE": "1"} | job.environment
        try:
            process = subprocess.Popen(job.command, cwd=TOP, env=environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                       start_new_session=True)
        except OSError as error:
            return "", f"cannot start: {error}"
        timer = threading.Timer(job.timeout_s, _kill, [process])
        with process:
            self.running[id(job)] = (job, start, process)
            timer.start()
            lines = []
            for line in process.stdout:
                lines.append(line)
                self.last[id(job)] = line.strip()
                if job.stream:
                    self.say(f"        {line.rstrip()}")
            process.wait()
            timed_out = not timer.is_alive()
            timer.cancel()
            del self.running[id(job)]
        trouble = f"not done after {job.timeout_s:.0f} s" if timed_out else _describe(process.returncode)
        return "".join(lines), trouble


def _kill(process: subprocess.Popen) -> None:
    """The whole process group, which the job leads: a test's children do not outlive it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _describe(status: int) -> str:
    if status == 0:
        return ""
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"


def report(totals: Totals, seconds: float) -> int:
    """Failures with their output, skips with their reasons, the sum; the exit code."""
    for job, trouble, output in totals.failures:
        lines = output.rstrip().splitlines()
        print(f"\n---- {job.group} {job.name}: {trouble}\n     again: {shlex.join(job.command)}")
        if len(lines) > SHOWN_LINES:
            print(f"     ({len(lines) - SHOWN_LINES} earlier lines not shown)")
        print("\n".join(f"     {line}" for line in lines[-SHOWN_LINES:]))
    if totals.skips:
        print("\nskipped:")
        print("\n".join(f"  {skip}" for skip in totals.skips))
    print(f"\n{seconds:.0f} s")
    print(f"{totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped")
    sys.stdout.flush()
    return 1 if totals.failed else 0
