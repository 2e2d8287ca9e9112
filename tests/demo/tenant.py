# SPDX-License-Identifier: Apache-2.0
"""A co-tenant that takes memory: `tenant.py START_MIB STEP_MIB SECONDS_PER_STEP TOP_MIB`, then holds what it has."""

import sys
import time

start, step, pause, top = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
held = [bytearray(start << 20)]
size = start
while True:
    if size < top:
        held.append(bytearray(step << 20))
        size += step
    time.sleep(pause)
