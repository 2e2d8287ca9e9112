# SPDX-License-Identifier: Apache-2.0
"""
The cells of a sheet: one scenario on one kernel. A cell's result is a file that says what it was made from, so that a run
that was broken off goes on where it stopped, and what did not change is not run again.
"""

import datetime
import hashlib
import json
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

HARNESS_ENDED = 200  # and above: not the scenario's own exit code (session.py)
# What decides about the programs in the kernel. The daemon around them may change without a new run.
SOURCES = ("bpf", "include/reprieve/wire.h", "include/reprieve/tbl/hooks.h", "include/reprieve/tbl/objects.h")


@dataclass(frozen=True)
class Row:
    sheet: str
    scenario: str
    variant: str
    options: tuple
    arguments: tuple

    @property
    def name(self) -> str:
        return self.scenario + (f"-{self.variant}" if self.variant else "")


@dataclass(frozen=True)
class Cell:
    row: Row
    kernel: str

    @property
    def name(self) -> str:
        return f"{self.row.name}-{self.kernel}"


def parse(text: str) -> list[Row]:
    rows = []
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        sheet, what, *rest = words
        split = rest.index("--") if "--" in rest else len(rest)
        scenario, _colon, variant = what.partition(":")
        rows.append(Row(sheet, scenario, variant, tuple(rest[:split]), tuple(rest[split + 1:])))
    return rows


def built(rows: list[Row]) -> list[str]:
    """What has to be built for them."""
    words = {word.partition(":")[0] for row in rows for word in row.options}
    return sorted(word for word in words if word.startswith("build/"))


def sources(top: Path, row: Row) -> str:
    """A hash over everything that a new result would depend on."""
    files = [path for name in SOURCES for path in ([top / name] if (top / name).is_file() else (top / name).rglob("*.[ch]"))]
    found = hashlib.sha256(repr((row.options, row.arguments)).encode())
    for path in sorted(files) + [top / "tests/vm/scenarios" / row.scenario]:
        found.update(f"{path.relative_to(top)}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


class Store:
    """Where a sheet's results lie: NAME-KERNEL.json, and NAME-KERNEL.log while a cell has failed."""

    def __init__(self, directory: Path):
        self.directory = directory

    def load(self, cell: Cell) -> dict | None:
        try:
            return json.loads((self.directory / f"{cell.name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def all(self, rows: list[Row], kernels: list[str]) -> list[dict]:
        """What there is, in the order of the rows, then of the kernels."""
        return [result for row in rows for kernel in kernels if (result := self.load(Cell(row, kernel)))]

    def is_done(self, cell: Cell, now: str) -> bool:
        """Has it a result of the present sources? One that the harness ended, for it took too long, say, is none."""
        result = self.load(cell)
        return bool(result) and result["sources"] == now and result["exit_code"] < HARNESS_ENDED

    def save(self, cell: Cell, result: dict, log: str) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        path, kept = self.directory / f"{cell.name}.json", self.directory / f"{cell.name}.log"
        if result["exit_code"] == 0:
            kept.unlink(missing_ok=True)
        else:
            kept.write_text(log, encoding="utf-8")
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        fresh.replace(path)


def commit(top: Path) -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=top, stdout=subprocess.PIPE, text=True, check=False).stdout.strip()
    changed = git("status", "--porcelain", "--", "bpf", "include", "userspace", "tests/vm/scenarios", "tests/vm/programs")
    return git("rev-parse", "--short=12", "HEAD") + (" with changes" if changed else "")


def read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def run(top: Path, cell: Cell, now: str) -> tuple[dict, str]:
    """The cell's result, and its log, which can be followed in build/matrix/NAME-KERNEL.log."""
    out, log = top / "build/matrix" / cell.name, top / "build/matrix" / f"{cell.name}.log"
    shutil.rmtree(out, ignore_errors=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    words = [top / "tests/vm/vm", "run", "-k", cell.kernel, "--out", out, *cell.row.options, cell.row.scenario, "--",
             *cell.row.arguments]
    with open(log, "w", encoding="utf-8") as handle:
        code = subprocess.run([str(word) for word in words], cwd=top, stdout=handle, stderr=subprocess.STDOUT,
                              check=False).returncode
    machine = read_json(out / "vm.json")
    result = {"scenario": cell.row.scenario, "variant": cell.row.variant, "kernel": cell.kernel, "sources": now,
              "release": machine.get("release", ""), "accelerator": machine.get("accel", ""),
              "memory_mib": machine.get("memory_mib"), "outcome": machine.get("outcome", "set-up failed"),
              "exit_code": code, "commit": commit(top),
              "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
              "duration_s": round(time.monotonic() - began), "result": read_json(out / "result.json")}
    return result, log.read_text(encoding="utf-8", errors="replace")
