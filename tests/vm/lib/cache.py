# SPDX-License-Identifier: Apache-2.0
"""The cache outside the tree: where it is, keys made from inputs, locks, and publishing by one rename."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path


UNUSED_S = 14 * 86400


class Failure(Exception):
    """Something the user must read; the message is the whole report."""


def say(text: str) -> None:
    print(f"vm: {text}", file=sys.stderr, flush=True)


def root() -> Path:
    base = os.environ.get("REPRIEVE_CACHE")
    if not base:
        base = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "reprieve")
    path = Path(base).resolve() / "vm"
    path.mkdir(parents=True, exist_ok=True)
    return path


def key(*inputs: Path | str) -> str:
    """A short name for the content of these files and strings."""
    digest = hashlib.sha256()
    for item in inputs:
        data = item.read_bytes() if isinstance(item, Path) else item.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def locked(name: str):
    """One builder at a time for one thing; the lock goes with the process, however it ends."""
    path = root() / f"{name}.lock"
    with open(path, "w", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another run is preparing {name}; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def cached(kind: str, name: str, build, refresh: bool = False) -> Path:
    """The directory kind/name, made by build(directory) if it is not there. Half-built ones are never seen."""
    final = root() / kind / name
    if final.is_dir() and not refresh:
        os.utime(final)
        return final
    with locked(f"{kind}-{name.rsplit('-', 1)[0]}"):
        if final.is_dir() and not refresh:
            return final
        final.parent.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        work = Path(tempfile.mkdtemp(prefix=".build-", dir=final.parent))
        try:
            build(work)
            old = Path(tempfile.mkdtemp(prefix=".old-", dir=final.parent))
            if final.is_dir():
                final.rename(old / "tree")
            work.rename(final)
            shutil.rmtree(old)
            prune(final)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        say(f"{kind}/{name} is ready after {time.monotonic() - started:.1f} s")
    return final


def prune(newest: Path) -> None:
    """Remove what was made from older inputs and not used for long: another checkout may still need a fresh one."""
    prefix = newest.name.rsplit("-", 1)[0]
    for path in newest.parent.glob(f"{prefix}-*"):
        if path != newest and time.time() - path.stat().st_mtime > UNUSED_S:
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def run_dir():
    """A private directory for one run. Those of runs that were killed are removed by the next run."""
    runs = root() / "runs"
    runs.mkdir(exist_ok=True)
    with locked("runs"):
        for stale in runs.iterdir():
            remove_if_unused(stale)
        mine = Path(tempfile.mkdtemp(dir=runs))
        handle = os.open(mine, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield mine
    finally:
        shutil.rmtree(mine, ignore_errors=True)
        os.close(handle)


def remove_if_unused(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(directory, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(handle)
