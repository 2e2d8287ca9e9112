# SPDX-License-Identifier: Apache-2.0
"""One QEMU process: its command line, its three serial lines, and its certain end."""

import ctypes
import os
import selectors
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


PR_SET_PDEATHSIG = 1
NOT_EMULATED = ("rdseed", "sha-ni", "fxsr-opt", "misalignsse", "3dnowprefetch", "osvw", "topoext", "nrip-save",
                "xsavec")
LINES = ("console", "log", "control")


@dataclass
class Config:
    """What the machine is made of."""
    kernel_name: str
    kernel: Path
    root_image: Path
    payload: Path | None = None
    results: Path | None = None
    swap: Path | None = None
    memory_mib: int = 2048
    cpus: int = 1
    icount: bool = False
    append: str = ""
    kvm: bool = False


def cpu_model(config: Config) -> str:
    """Emulated: a model with POPCNT and BMI2, which MEGAHIT looks for, without what the emulator lacks and would warn
    about. "max" boots too, but the same work took 1.4 times as long on it."""
    return "host" if config.kvm else "EPYC" + "".join(f",-{name}" for name in NOT_EMULATED)


def accelerator(config: Config) -> list[str]:
    # Multi-threaded emulation breaks the kernel's own patching of code (int3 panics on 6.12, hangs on 5.10).
    if config.icount:
        return ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"]
    return ["-accel", "kvm" if config.kvm else "tcg,thread=single"]


def kernel_arguments(config: Config) -> str:
    words = ["console=ttyS0", "quiet", "panic=-1", "oops=panic", "cgroup_no_v1=all", "psi=1", "mitigations=off",
             "random.trust_cpu=on", "nowatchdog", "no_timer_check"]
    given = {word.partition("=")[0] for word in config.append.split()}
    words = [word for word in words if word.partition("=")[0] not in given]  # cgroup_no_v1= only adds, it never takes back
    if not config.kvm:  # one host clock is behind all emulated CPUs, but the kernel takes a busy host for a bad TSC
        words.append("tsc=reliable")
    return " ".join(words + ([config.append] if config.append else []))


def command(config: Config) -> list[str]:
    """The QEMU command, without its serial lines."""
    words = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-nic", "none",
             "-machine", "q35", "-cpu", cpu_model(config), "-m", str(config.memory_mib), "-smp", str(config.cpus),
             *accelerator(config), "-kernel", str(config.kernel / "vmlinuz"),
             "-initrd", str(config.kernel / "initramfs"), "-append", kernel_arguments(config)]
    disks = [("root", config.root_image, "snapshot=on"), ("modules", config.kernel / "modules.img", "readonly=on"),
             ("payload", config.payload, "readonly=on"), ("results", config.results, "cache=writeback"),
             ("swap", config.swap, "cache=unsafe")]
    for serial, path, option in disks:
        if path:
            words += ["-drive", f"file={path},format=raw,if=none,id={serial},{option}",
                      "-device", f"virtio-blk-pci,drive={serial},serial={serial}"]
    return words


def die_with_parent() -> None:
    """In the child before exec: if we are killed, QEMU goes too."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """A running guest in a session of its own, so that Ctrl-C is ours. Leaving the context always ends QEMU."""

    def __init__(self, config: Config, directory: Path):
        self.config = config
        self.directory = directory
        self.started = time.monotonic()
        self.selector = selectors.DefaultSelector()
        self.rest = {name: b"" for name in LINES}
        self.errors = tempfile.TemporaryFile(dir=directory)
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "Machine":
        words, far_ends = command(self.config), []
        for name in LINES:
            near, far = socket.socketpair()
            near.setblocking(False)
            self.selector.register(near, selectors.EVENT_READ, name)
            far_ends.append(far)
            words += ["-chardev", f"socket,id={name},fd={far.fileno()}", "-serial", f"chardev:{name}"]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors,
                                        pass_fds=[far.fileno() for far in far_ends], start_new_session=True,
                                        preexec_fn=die_with_parent, env={**os.environ, "TMPDIR": str(self.directory)})
        for far in far_ends:
            far.close()
        return self

    def __exit__(self, *_unused) -> None:
        self.kill()
        for entry in list(self.selector.get_map().values()):
            entry.fileobj.close()
        self.selector.close()
        self.errors.close()

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()

    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def lines(self, wait_s: float) -> list[tuple[str, str]]:
        """The whole lines (line name, text) that came within wait_s, or at once when some are there."""
        found = []
        for entry, _mask in self.selector.select(wait_s):
            try:
                data = entry.fileobj.recv(65536)
            except (BlockingIOError, InterruptedError):
                continue
            except ConnectionResetError:
                data = b""
            if not data:
                self.selector.unregister(entry.fileobj)
                entry.fileobj.close()
                data = b"\n" if self.rest[entry.data] else b""
            *whole, self.rest[entry.data] = (self.rest[entry.data] + data).split(b"\n")
            found += [(entry.data, line.decode("utf-8", "replace").rstrip("\r")) for line in whole]
        return found

    def open_lines(self) -> bool:
        return bool(self.selector.get_map())

    def complaint(self) -> str:
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace").strip()
