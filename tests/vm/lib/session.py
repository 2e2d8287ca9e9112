# SPDX-License-Identifier: Apache-2.0
"""`vm run`: prepare, boot, show the log, collect the results, and say in one number how it went."""

import json
import os
import shutil
import signal
import subprocess
import time
from argparse import Namespace
from pathlib import Path

import cache
import kernels
import kvm
import payload
import rootfs
from host import HERE
from machine import Config, Machine, command, die_with_parent

# The scenario's own code passes through below 200; these say that the harness ended it.
EXIT_SETUP, EXIT_TIMEOUT, EXIT_CRASH, EXIT_BOOT, EXIT_INTERRUPTED = 200, 201, 202, 203, 204
MEANING = {EXIT_TIMEOUT: "timeout", EXIT_CRASH: "guest crashed", EXIT_BOOT: "boot failed",
           EXIT_INTERRUPTED: "interrupted"}
LAST_LINES = 40
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """SIGINT, SIGTERM or SIGHUP came."""


def on_signal(number, _frame):
    for each in SIGNALS:  # one is enough: the way out must not be interrupted again
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(signal.Signals(number).name)


def find_scenario(name: str) -> Path:
    for path in (Path(name), HERE / "scenarios" / name):
        if path.is_file():
            if not os.access(path, os.X_OK):
                raise cache.Failure(f"scenario {path} is not executable")
            return path.resolve()
    raise cache.Failure(f"no scenario {name} (a path, or a name in tests/vm/scenarios/)")


def sparse_file(path: Path, mib: int) -> Path | None:
    if not mib:
        return None
    with open(path, "wb") as handle:
        handle.truncate(mib << 20)
    return path


def open_out(name: str | None, directory: Path) -> Path:
    """The directory for the results: empty, so that nothing of an earlier run is mistaken for this one's."""
    if not name:
        return directory / "out"
    out = Path(name).resolve()
    if out.is_dir() and any(out.iterdir()):
        if not (out / "vm.json").is_file():
            raise cache.Failure(f"{out} is not empty, and not from an earlier `vm run`: choose another --out")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "vm.json").write_text('{"outcome": "running"}\n', encoding="utf-8")
    return out


def environment(config: Config, mode: str) -> dict[str, str]:
    return {"VM_MODE": mode, "VM_KERNEL": config.kernel_name,
            "VM_HOSTNAME": f"vm-{config.kernel_name.replace('.', '-')}",
            "VM_ACCEL": "icount" if config.icount else "kvm" if config.kvm else "tcg", "VM_CPUS": str(config.cpus),
            "VM_RESULTS": "/results", "PYTHONPATH": "/vm/guest", "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1"}


def make_config(args: Namespace, directory: Path, mode: str) -> Config:
    """Prepare what is missing and lay out this run's disks."""
    config = Config(args.kernel, kernels.prepare(args.kernel), rootfs.prepare(args.root) / "root.img",
                    memory_mib=args.mem, append=args.append)
    config.kvm = not args.icount and not args.no_kvm and kvm.usable()
    config.icount = args.icount or (args.steady and not config.kvm)
    config.cpus = 1 if config.icount else args.cpus
    config.swap = sparse_file(directory / "swap.img", args.swap)
    config.payload = directory / "payload.tar"
    scenario = find_scenario(args.scenario) if mode == "run" else None
    payload.make(config.payload, args.payload, scenario, args.arguments, environment(config, mode))
    if mode == "run":
        config.results = directory / "results.img"
        payload.make_results_disk(config.results)
    return config


class Log:
    """The readable log: what happened, with the seconds since QEMU started."""

    def __init__(self, machine: Machine):
        self.machine = machine
        self.text: list[str] = []
        self.console: list[str] = []
        self.spoken = 0.0

    def show(self, text: str) -> None:
        self.spoken = self.machine.elapsed()
        line = f"[{self.spoken:8.2f}] {text}"
        self.text.append(line)
        print(line, flush=True)

    def heartbeat(self, where: str) -> None:
        """Say that we are alive when nothing was said for long; not part of the stored log."""
        now = self.machine.elapsed()
        if now - self.spoken > 20:
            self.spoken = now
            print(f"[{now:8.2f}] .. {where}", flush=True)


class Run:
    """One guest from power-on to its end; outcome says how it ended."""

    def __init__(self, args: Namespace, machine: Machine):
        self.machine = machine
        self.log = Log(machine)
        self.timeout, self.boot_timeout = args.timeout, min(args.timeout, args.boot_timeout)
        self.stages: dict[str, float] = {}
        self.where = "booting"
        self.code: int | None = None
        self.limit_hit = False

    def take(self, name: str, text: str) -> None:
        if name == "log":
            self.log.show(text)
        elif name == "console":
            self.log.console.append(f"[{self.machine.elapsed():8.2f}] {text}")
        elif text.startswith("stage "):
            self.where = text[6:]
            self.stages[self.where.split()[0]] = round(self.machine.elapsed(), 2)
            self.log.show(f"-- {self.where}")
        elif text.startswith("exit "):
            self.code = int(text[5:])
            self.log.show(f"-- scenario ended with {self.code}")

    def over(self) -> bool:
        booted = "scenario" in self.stages
        self.limit_hit = self.machine.elapsed() > (self.timeout if booted else self.boot_timeout)
        return self.limit_hit or self.code is not None or self.machine.process.poll() is not None

    def follow(self) -> None:
        """Until the scenario reports, a limit is reached or QEMU ends."""
        while not self.over():
            for name, text in self.machine.lines(0.5):
                self.take(name, text)
            self.log.heartbeat(self.where)
        self.machine.kill()
        while self.machine.open_lines():
            for name, text in self.machine.lines(0.5):
                self.take(name, text)

    def exit_code(self) -> int:
        if self.code is not None:
            return min(self.code, EXIT_SETUP - 1)
        if "scenario" not in self.stages:
            return EXIT_BOOT
        return EXIT_TIMEOUT if self.limit_hit else EXIT_CRASH

    def explain(self, code: int) -> None:
        """After anything but a scenario's own exit: the last of the console, and of QEMU's own words."""
        cache.say(f"{MEANING[code]} after {self.machine.elapsed():.1f} s, last stage: {self.where}")
        for line in self.log.console[-LAST_LINES:]:
            print(f"    {line}", flush=True)
        for line in self.log.console:
            if "Kernel panic" in line:
                cache.say(line)
        if self.machine.complaint():
            cache.say(f"QEMU said: {self.machine.complaint()}")


def write_out(out: Path, config: Config, run: Run, code: int) -> None:
    payload.read_results(config.results, out)
    (out / "log.txt").write_text("\n".join(run.log.text) + "\n", encoding="utf-8")
    (out / "console.txt").write_text("\n".join(run.log.console) + "\n", encoding="utf-8")
    summary = {"kernel": config.kernel_name, "release": kernels.release(config.kernel), "cpus": config.cpus,
               "memory_mib": config.memory_mib, "accel": environment(config, "run")["VM_ACCEL"],
               "exit_code": code, "outcome": MEANING.get(code, "ended"), "stages_s": run.stages,
               "wall_s": round(run.machine.elapsed(), 2)}
    (out / "vm.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def run_scenario(args: Namespace) -> int:
    for number in SIGNALS:
        signal.signal(number, on_signal)
    started = time.monotonic()
    with cache.run_dir() as directory:
        config = make_config(args, directory, "run")
        out = open_out(args.out, directory)
        cache.say(f"kernel {kernels.release(config.kernel)}, {config.cpus} cpu, {config.memory_mib} MiB, "
                  f"{environment(config, 'run')['VM_ACCEL']}; ready to boot after {time.monotonic() - started:.1f} s")
        with Machine(config, directory) as machine:
            run = Run(args, machine)
            try:
                run.follow()
                code = run.exit_code()
            except Interrupted as interrupt:
                machine.kill()
                cache.say(f"{interrupt}: the machine is stopped")
                code = EXIT_INTERRUPTED
            if code in MEANING:
                run.explain(code)
            write_out(out, config, run, code)
        if not args.out and (out / "result.json").is_file():
            print(" ".join((out / "result.json").read_text(encoding="utf-8").split()), flush=True)
        return code


def run_shell(args: Namespace) -> int:
    """An interactive root shell on the guest's console."""
    with cache.run_dir() as directory:
        config = make_config(args, directory, "shell")
        words = [*command(config), "-serial", "mon:stdio", "-serial", "null", "-serial", "null"]
        child = subprocess.Popen(words, preexec_fn=die_with_parent, env={**os.environ, "TMPDIR": str(directory)})
        return child.wait()
