# SPDX-License-Identifier: Apache-2.0
"""Reprieve in a guest: start it with a configuration, ask it, end it in friendly and unfriendly ways."""

import json
import os
import signal
import subprocess
from pathlib import Path

import rpvm

BIN = Path("/payload/bin")
RUN = Path("/run/reprieve")


class Guard:
    """
    One run of reprieved. `config` is the text of its reprieve.yaml, and nothing is recorded unless it says so; `wrapper` is
    put before the program.
    """

    def __init__(self, config: str, *options: str, environment: dict | None = None, wait: bool = True, wrapper: tuple = ()):
        self.config = Path("/run/reprieve.yaml")
        if "record:" not in config:  # a disk that nobody else writes to is part of many scenarios
            config = f"{config.rstrip()}\nrecord: {{directory: \"\"}}\n"
        self.config.write_text(config, encoding="utf-8")
        self.config.chmod(0o644)  # the config child reads it as nobody
        self.log = open(rpvm.RESULTS / "reprieved.log", "ab")
        self.process = rpvm.spawn([*wrapper, BIN / "reprieved", "--config", self.config, *options], stderr=self.log,
                                  env=os.environ | (environment or {}))
        if wait:
            rpvm.wait_for("the guard to answer", self._ready, 60)

    def _ready(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"reprieved ended with {self.process.returncode}: {self.tail()}")
        return self.ask("status", "--json").returncode in (0, 10, 11)

    def tail(self) -> str:
        return (rpvm.RESULTS / "reprieved.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    @staticmethod
    def ask(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run([BIN / "reprieve", *words], capture_output=True, text=True, timeout=60, check=False)

    def status(self) -> dict:
        answer = self.ask("status", "--json")
        if answer.returncode not in (0, 10, 11):
            raise RuntimeError(f"status: {answer.returncode} {answer.stderr}")
        return json.loads(answer.stdout)

    def pid(self) -> int:
        return self.status()["agent"]["guard_pid"]

    def kill_all(self) -> None:
        """SIGKILL to every process of it, the supervisor first, so that nothing can clean up."""
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if (entry / "exe").resolve() == BIN / "reprieved":
                    os.kill(int(entry.name), signal.SIGSTOP)
            except OSError:
                continue
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if (entry / "exe").resolve() == BIN / "reprieved":
                    os.kill(int(entry.name), signal.SIGKILL)
            except OSError:
                continue
        self.process.wait()

    def stop(self) -> int:
        return rpvm.stop(self.process, 20)
