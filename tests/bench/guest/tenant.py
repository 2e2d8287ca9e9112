# SPDX-License-Identifier: Apache-2.0
"""The tenant whose growth has to be stopped: `tenant.py LOG MIB_PER_S`; 0 is "as fast as it can".

It starts to take memory when a line arrives on stdin, and writes down in LOG (mapped, so that this costs no call) for each
MiB when it had it, and what was available on the node. When it is stopped, the last record is the moment at which its growth
ended, whoever did it and however.
"""

import mmap
import struct
import sys
import time

RECORD = struct.Struct("<QQ")  # CLOCK_MONOTONIC ns, MemAvailable bytes
RECORDS_MAX = 1792
STEP = 1 << 20


def available(meminfo) -> int:
    meminfo.seek(0)
    text = meminfo.read(512)
    at = text.index(b"MemAvailable:") + 13
    return int(text[at:text.index(b"kB", at)]) << 10


def grow(log, mib_per_s: float) -> None:
    meminfo = open("/proc/meminfo", "rb", buffering=0)
    fresh = bytes(STEP)
    held = mmap.mmap(-1, RECORDS_MAX * STEP, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    begun = time.monotonic()
    for step in range(RECORDS_MAX - 1):
        if mib_per_s:
            time.sleep(max(0.0, begun + step / mib_per_s - time.monotonic()))
        RECORD.pack_into(log, step * RECORD.size, time.monotonic_ns(), available(meminfo))
        held[step * STEP:(step + 1) * STEP] = fresh


def main() -> None:
    with open(sys.argv[1], "r+b") as file:
        log = mmap.mmap(file.fileno(), RECORDS_MAX * RECORD.size)
    print("ready", flush=True)
    sys.stdin.readline()
    grow(log, float(sys.argv[2]))
    sys.exit("took everything and was not stopped")


def records(path: str) -> list[tuple[float, int]]:
    """(ms, MemAvailable) in order."""
    with open(path, "rb") as file:
        return [(t / 1e6, bytes_) for t, bytes_ in RECORD.iter_unpack(file.read()) if t]


if __name__ == "__main__":
    main()
