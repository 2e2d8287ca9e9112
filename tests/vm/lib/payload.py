# SPDX-License-Identifier: Apache-2.0
"""What goes into the guest (one tar as a raw disk) and what comes back (an ext4 disk, read without mounting)."""

import io
import os
import shlex
import tarfile
from pathlib import Path

import cache
from host import HERE, run

RESULTS_SIZE = "512M"
SBIN = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}


def split(argument: str) -> tuple[Path, str]:
    """DIR_OR_FILE[:guestpath] as (host path, absolute guest path)."""
    source, _colon, target = argument.partition(":")
    path = Path(source).resolve()
    if not path.exists():
        raise cache.Failure(f"payload {source} does not exist")
    if target and not target.startswith("/"):
        raise cache.Failure(f"payload {argument}: the guest path must be absolute")
    return path, target or f"/payload/{path.name}"


def as_root(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if "__pycache__" in info.name.split("/"):
        return None
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    return info


def add_text(archive: tarfile.TarFile, name: str, text: str, mode: int) -> None:
    info = tarfile.TarInfo(name)
    data = text.encode()
    info.size, info.mode = len(data), mode
    archive.addfile(info, io.BytesIO(data))


def make(out: Path, payloads: list[str], scenario: Path | None, arguments: list[str], environment: dict) -> None:
    """Write the payload disk: our boot files, guest helpers, the scenario with its arguments, the user's parts."""
    with tarfile.open(out, "w", format=tarfile.GNU_FORMAT) as archive:
        archive.add(HERE / "boot", "vm/boot", filter=as_root)
        archive.add(HERE / "guest", "vm/guest", filter=as_root)
        settings = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
        add_text(archive, "vm/env", settings, 0o644)
        if scenario:
            inside = f"vm/scenario/{scenario.name}"
            archive.add(scenario, inside, filter=as_root)
            words = " ".join(shlex.quote(word) for word in [f"/{inside}", *arguments])
            add_text(archive, "vm/run", f"#!/bin/sh\nexec {words}\n", 0o755)
        for argument in payloads:
            path, target = split(argument)
            archive.add(path, target.lstrip("/"), filter=as_root)
    with open(out, "r+b") as handle:  # disks have whole sectors
        handle.truncate(-(-handle.seek(0, os.SEEK_END) // 65536) * 65536)


def make_results_disk(out: Path) -> None:
    run(["mke2fs", "-q", "-t", "ext4", "-m", "0", "-N", "8192", "-J", "size=4",
         "-E", "lazy_itable_init=0,lazy_journal_init=0", str(out), RESULTS_SIZE], env=SBIN)


def read_results(disk: Path, into: Path) -> None:
    """Replay the journal if the guest died, then copy every file out. Needs neither root nor a mount."""
    into.mkdir(parents=True, exist_ok=True)
    run(["sh", "-c", 'e2fsck -fy "$1"; [ $? -lt 4 ]', "e2fsck", str(disk)], env=SBIN)
    listing = run(["debugfs", "-R", "ls -p /", str(disk)], env=SBIN)
    names = [line.split("/")[5] for line in listing.splitlines() if line.startswith("/")]
    for name in names:
        if name not in (".", "..", "lost+found", ""):
            run(["debugfs", "-R", f'rdump "/{name}" "{into}"', str(disk)], env=SBIN)
