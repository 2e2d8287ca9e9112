# SPDX-License-Identifier: Apache-2.0
"""Who writes to the files of whole file systems: fanotify marks, and each event's process by its executable."""

import ctypes
import os
import struct
import threading
from pathlib import Path

import rpvm

FAN_CLOEXEC, FAN_UNLIMITED_QUEUE = 0x1, 0x10
FAN_MARK_ADD, FAN_MARK_FILESYSTEM = 0x1, 0x100
FAN_MODIFY, FAN_CLOSE_WRITE, FAN_Q_OVERFLOW = 0x2, 0x8, 0x4000
EVENT = struct.Struct("=IBBHQii")  # struct fanotify_event_metadata
GONE = "gone"
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


class Writes(threading.Thread):
    """
    Counts, by (executable, path), what was written or was open for writing when it was closed, from the start of this
    object on. A process that ended before its event was read counts as GONE; the real-time priority makes that rare.
    """

    def __init__(self, *mounts: str):
        super().__init__(daemon=True)
        self.counts: dict[tuple[str, str], int] = {}
        self.overflows = 0
        self._executables: dict[int, str] = {}  # one that ends with the file open has no executable any more when it is closed
        self._fd = _checked(_libc.fanotify_init(FAN_CLOEXEC | FAN_UNLIMITED_QUEUE, os.O_RDONLY | os.O_CLOEXEC))
        for mount in mounts:
            _checked(_libc.fanotify_mark(self._fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM,
                                         ctypes.c_uint64(FAN_MODIFY | FAN_CLOSE_WRITE), -100, mount.encode()))
        self.start()

    def run(self) -> None:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        while True:
            data = os.read(self._fd, 65536)
            while data:
                length, _version, _reserved, _header, mask, fd, pid = EVENT.unpack_from(data)
                data = data[length:]
                if mask & FAN_Q_OVERFLOW:
                    self.overflows += 1
                    continue
                key = (self._executable(pid), os.readlink(f"/proc/self/fd/{fd}"))
                os.close(fd)
                self.counts[key] = self.counts.get(key, 0) + 1

    def _executable(self, pid: int) -> str:
        try:
            self._executables[pid] = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            return self._executables.get(pid, GONE)
        return self._executables[pid]

    def settle(self) -> None:
        """Wait until what happened before this call has been counted: a write of our own comes last."""
        marker = rpvm.Cgroup("marker")
        key = (os.readlink("/proc/self/exe"), str(marker.path / "cgroup.max.depth"))
        before = self.counts.get(key, 0)
        marker.write("cgroup.max.depth", 5)
        rpvm.wait_for("the last event", lambda: self.counts.get(key, 0) > before, 20)

    def by(self, writer: str | Path, mount: str) -> dict[str, int]:
        return {path: n for (exe, path), n in dict(self.counts).items()
                if exe == str(writer) and path.startswith(mount + "/")}
