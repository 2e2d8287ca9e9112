# SPDX-License-Identifier: Apache-2.0
"""What the stand-in leaves for a test to read: append-only JSON lines, and files replaced whole."""

import json
import os
import sys
import time


_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def compact(value) -> str:
    return _ENCODER.encode(value)


class Journal:
    def __init__(self, directory: str):
        self._directory = directory
        os.makedirs(directory, exist_ok=True)
        self._events = self._append("events.jsonl")
        self._observations = self._append("observations.jsonl")
        # A full disk must not end the hazard; it is counted, and told once.
        self.write_errors = 0

    def _append(self, name: str) -> int:
        return os.open(
            os.path.join(self._directory, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644
        )

    def event(self, kind: str, pod: str | None = None, reason: str = "", message: str = "", **numbers) -> None:
        line = {
            "t_monotonic_ns": time.monotonic_ns(),
            "type": kind,
            "pod": pod,
            "reason": reason,
            "message": message,
            "numbers": numbers,
        }
        self._try(lambda: os.write(self._events, (compact(line) + "\n").encode()))

    def observation(self, line: dict) -> None:
        self._try(lambda: os.write(self._observations, (compact(line) + "\n").encode()))

    def replace(self, name: str, body: bytes) -> None:
        """A reader sees the old file or the new one, never a half."""
        self._try(lambda: self._replace(os.path.join(self._directory, name), body))

    @staticmethod
    def _replace(path: str, body: bytes) -> None:
        with open(path + ".new", "wb", buffering=0) as file:
            file.write(body)
        os.rename(path + ".new", path)

    def _try(self, write) -> None:
        try:
            write()
        except OSError as error:
            if self.write_errors == 0:
                print(f"kubelet: cannot write to {self._directory}: {error}", file=sys.stderr, flush=True)
            self.write_errors += 1
