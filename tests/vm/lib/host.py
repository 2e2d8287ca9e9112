# SPDX-License-Identifier: Apache-2.0
"""What this machine must have: Debian packages."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from cache import Failure, say

HERE = Path(__file__).resolve().parent.parent


def read_list(path: Path) -> list[str]:
    lines = (line.split("#", 1)[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def run(command: list[str], **options) -> str:
    """Run quietly and return stdout; on failure show what the program said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise Failure(f"`{' '.join(command)}` failed with status {done.returncode}:\n{done.stdout.rstrip()}")
    return done.stdout


def run_counted(command: list[str], label: str, total: int, counts) -> None:
    """Run, counting the output lines for which counts(line) is true, and say how far it is every two seconds."""
    spoken = time.monotonic()
    seen, tail = 0, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout:
            tail = (tail + [line.rstrip()])[-20:]
            seen += bool(counts(line))
            if time.monotonic() - spoken > 2:
                spoken = time.monotonic()
                say(f"{label}: {seen} of {total}")
    if process.returncode != 0:
        raise Failure(f"{label}: `{' '.join(command[:3])} ...` failed:\n" + "\n".join(tail))


def missing_packages() -> list[str]:
    wanted = read_list(HERE / "host-packages.txt")
    if not shutil.which("dpkg-query"):
        raise Failure("the VM tests need a Debian (or derived) machine: dpkg-query is not here")
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n", *wanted],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    installed = {line.split()[1] for line in shown.splitlines() if line.startswith("installed ")}
    return [name for name in wanted if name not in installed]


def ensure_packages() -> None:
    missing = missing_packages()
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        raise Failure(f"missing packages; as root run:\n    {' '.join(install)}")
    say(f"installing {' '.join(missing)}")
    run(["apt-get", "update", "-qq"])
    run(install, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
