# SPDX-License-Identifier: Apache-2.0
"""
A FUSE file system that can hang: `rpfuse.py MOUNTPOINT MODE_FILE`, in a mount namespace of its own. It holds one file,
`ack`, which is newer at each look. While MODE_FILE says "hang" it takes requests and never answers them. That is the
worst way to hang: a request that was taken holds its caller even against SIGKILL.
"""

import ctypes
import errno
import os
import stat
import struct
import sys
import time
from pathlib import Path

import rpvm

CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000
LOOKUP, FORGET, GETATTR, INIT, INTERRUPT, BATCH_FORGET = 1, 2, 3, 26, 36, 42
IN_HEADER = struct.Struct("=IIQQIIII")  # length, opcode, unique, node, uid, gid, pid, padding
OUT_HEADER = struct.Struct("=IiQ")
ROOT_NODE, ACK_NODE = 1, 2


def attributes(node: int) -> bytes:
    mode = stat.S_IFDIR | 0o755 if node == ROOT_NODE else stat.S_IFREG | 0o644
    second, nanosecond = divmod(time.time_ns(), 10**9)
    return struct.pack("=6Q10I", node, 1, 1, second, second, second, *[nanosecond] * 3, mode, 1, 0, 0, 0, 4096, 0)


def answer(opcode: int, node: int, body: bytes) -> bytes | int:
    """The body of the reply, or an error number. Nothing may be cached, so that each look is a request."""
    if opcode == INIT:
        return struct.pack("=IIIIHHIIHH8I", 7, 31, 65536, 0, 12, 9, 65536, 1, 0, 0, *[0] * 8)
    if opcode == GETATTR:
        return struct.pack("=QII", 0, 0, 0) + attributes(node)
    if opcode == LOOKUP:
        if body.rstrip(b"\0") != b"ack":
            return errno.ENOENT
        return struct.pack("=QQQQII", ACK_NODE, 0, 0, 0, 0, 0) + attributes(ACK_NODE)
    return errno.ENOSYS


def serve(device: int, mode: Path) -> None:
    while True:
        request = os.read(device, 1 << 17)
        _length, opcode, unique, node, *_caller = IN_HEADER.unpack_from(request)
        hangs = opcode != INIT and mode.read_text(encoding="ascii") == "hang"
        if hangs or opcode in (FORGET, INTERRUPT, BATCH_FORGET):
            continue
        reply = answer(opcode, node, request[IN_HEADER.size:])
        body, error = (b"", -reply) if isinstance(reply, int) else (reply, 0)
        os.write(device, OUT_HEADER.pack(OUT_HEADER.size + len(body), error, unique) + body)


def mount(device: int, place: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.unshare(CLONE_NEWNS) or libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None) or libc.mount(
            b"hanging", str(place).encode(), b"fuse.hanging", 0, options):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Fuse:
    """Such a server; what shall see its mount is started with `enter` before its command."""

    def __init__(self, place: Path):
        self._mode = Path("/run/fuse-mode")
        self.answer()
        place.mkdir(parents=True)
        self.process = rpvm.spawn(["python3", __file__, place, self._mode])
        self.enter = ("nsenter", f"--mount=/proc/{self.process.pid}/ns/mnt", "--")
        mounts = Path(f"/proc/{self.process.pid}/mounts")
        rpvm.wait_for("the mount", lambda: "fuse.hanging" in mounts.read_text(encoding="ascii"), 30)

    def answer(self) -> None:
        self._mode.write_text("answer", encoding="ascii")

    def hang(self) -> None:
        self._mode.write_text("hang", encoding="ascii")

    def end(self) -> None:
        """The connection is cut, and everybody who waits gets an error."""
        self.process.kill()
        self.process.wait()


if __name__ == "__main__":
    fuse = os.open("/dev/fuse", os.O_RDWR)
    mount(fuse, Path(sys.argv[1]))
    serve(fuse, Path(sys.argv[2]))
