# SPDX-License-Identifier: Apache-2.0
"""
A service whose cache forgets nothing: `leak.py MIB_PER_S [TOP_MIB] [START_MIB]`. Requests come at random, of random size, the
same each time; past TOP_MIB they find everything in the cache.
"""

import random
import sys
import time

given = [float(word) for word in sys.argv[1:]]
rate, top, start = given + [1e9, 0.0][len(given) - 1:]
rng = random.Random(1)
cache = {-1: bytearray(int(start) << 20)}
mean_kib = min(1024.0, max(16.0, rate * 64))
held, number, due = 0.0, 0, time.monotonic()
while True:
    kib = rng.uniform(0.2, 1.8) * mean_kib
    due += rng.expovariate(1.0) * mean_kib / 1024 / rate
    time.sleep(max(0.0, due - time.monotonic()))
    if held < top:
        cache[number] = b"\xa5" * int(kib * 1024)
        held += kib / 1024
        number += 1
