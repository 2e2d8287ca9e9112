# SPDX-License-Identifier: Apache-2.0
"""Does KVM work here? Tried, not guessed."""

import fcntl
import os
import subprocess
from pathlib import Path

import cache
import kernels

GET_API_VERSION = 0xAE00
CREATE_VM = 0xAE01
PATIENCE_S = 20  # a kernel without a root file system panics within two


def can_create() -> bool:
    try:
        device = os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if fcntl.ioctl(device, GET_API_VERSION, 0) != 12:
            return False
        os.close(fcntl.ioctl(device, CREATE_VM, 0))
        return True
    except OSError:
        return False
    finally:
        os.close(device)


def boots(kernel: Path) -> bool:
    """Where a host is a guest itself, a machine may be created and its firmware run, and the kernel hang or QEMU abort."""
    command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-machine", "q35",
               "-accel", "kvm", "-cpu", "host", "-m", "256", "-kernel", str(kernel / "vmlinuz"), "-append", "quiet panic=-1"]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=PATIENCE_S, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def usable() -> bool:
    """The verdict holds until the host is booted anew."""
    if not can_create():
        return False
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    verdict = cache.root() / f"kvm-{boot}"
    with cache.locked("kvm"):
        if not verdict.exists():
            works = boots(kernels.prepare(next(iter(kernels.table()))))
            if not works:
                cache.say("/dev/kvm is there, but a kernel does not boot with it: everything is emulated")
            for old in cache.root().glob("kvm-*-*"):
                old.unlink()
            verdict.write_text("works\n" if works else "does not work\n", encoding="ascii")
        return verdict.read_text(encoding="ascii") == "works\n"
