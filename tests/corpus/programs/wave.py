# SPDX-License-Identifier: Apache-2.0
"""
Jobs in turn: `wave.py HIGH_MIB PERIOD_S [LOW_MIB] [GROWTH_MIB]`. Takes memory up to HIGH_MIB within half a period and gives it back
down to LOW_MIB within the other; each period ends GROWTH_MIB higher than the one before.
"""

import sys
import time

given = [float(word) for word in sys.argv[1:]]
high, period, low, growth = given + [0.0, 0.0][len(given) - 2:]
STEPS = 20
held: list[bytearray] = []
began = time.monotonic()
while True:
    phase = (time.monotonic() - began) / period
    part = phase % 1.0
    wanted = low + (high - low) * (2 * part if part < 0.5 else 2 - 2 * part) + growth * int(phase)
    while len(held) > wanted:
        held.pop()
    while len(held) + 1 <= wanted:
        held.append(bytearray(b"w") * (1 << 20))
    time.sleep(period / STEPS / 2)
