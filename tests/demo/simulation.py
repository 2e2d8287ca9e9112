# SPDX-License-Identifier: Apache-2.0
"""A long computation that checkpoints on SIGUSR1 and resumes from its checkpoint: the second protected job of the demo.

`simulation.py DIRECTORY`: counts steps, holds some memory, writes DIRECTORY/checkpoint (atomically) when asked and then
touches DIRECTORY/ack. At start it continues from DIRECTORY/checkpoint if there is one and says so.
"""

import os
import signal
import sys
import time
from pathlib import Path

place = Path(sys.argv[1])
asked = False


def ask(_signal, _frame) -> None:
    global asked
    asked = True


def show(step: int) -> None:
    fresh = place / "step.new"
    fresh.write_text(f"{step}\n", encoding="ascii")
    os.replace(fresh, place / "step")  # whoever reads it never finds half of it


def checkpoint(step: int) -> None:
    fresh = place / "checkpoint.new"
    with open(fresh, "w", encoding="ascii") as handle:
        handle.write(f"{step}\n")
        time.sleep(1.5)  # what writing a large state would take
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(fresh, place / "checkpoint")
    (place / "ack").write_text(f"{step}\n", encoding="ascii")
    print(f"checkpoint at step {step}", flush=True)


signal.signal(signal.SIGUSR1, ask)
saved = place / "checkpoint"
step = int(saved.read_text(encoding="ascii")) if saved.exists() else 0
print(f"{'resumed from' if step else 'started at'} step {step}", flush=True)
state = bytearray(60 << 20)
while True:
    step += 1
    state[step * 4096 % len(state)] = step % 256
    show(step)
    if asked:
        asked = False
        checkpoint(step)
    time.sleep(0.2)
