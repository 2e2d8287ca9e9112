# SPDX-License-Identifier: Apache-2.0
"""What programs work on, made on the host because it would take minutes in a guest; the same bytes every time."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

LOCK = threading.Lock()


def _reads(top: Path, length: str, coverage: str, out: Path) -> None:
    with open(out, "wb") as reads:
        subprocess.run([sys.executable, top / "tests/demo/reads.py", length, coverage], stdout=reads, check=True)


def _sources(top: Path, out: Path) -> None:
    """Reprieve's own C, as something to compile."""
    for part in ("include", "userspace/base", "userspace/core"):
        shutil.copytree(top / part, out / part)


def make(top: Path, name: str) -> Path:
    """`reads-LENGTH-COVERAGE.fa` or `sources`; its path on the host."""
    path = top / "build/corpus/data" / name
    with LOCK:
        if not path.exists():
            fresh = path.with_name(f".{name}")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.unlink(missing_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            kind, *numbers = path.stem.split("-")
            if kind == "reads":
                _reads(top, *numbers, fresh)
            else:
                _sources(top, fresh)
            fresh.rename(path)
    return path
