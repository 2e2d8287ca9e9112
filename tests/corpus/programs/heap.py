# SPDX-License-Identifier: Apache-2.0
"""
A collected heap: `heap.py KEEP_MIB GARBAGE_MIB MIB_PER_S [KEPT_SHARE]`. Nodes that refer to each other, so that nothing is freed
before the collector runs, and that is when GARBAGE_MIB are there. With KEPT_SHARE, so much of each round survives.
"""

import gc
import sys
import time

keep, garbage, rate = map(float, sys.argv[1:4])
share = float(sys.argv[4]) if len(sys.argv) > 4 else 0.0
NODE_MIB = 0.25


class Node:
    def __init__(self):
        self.body = bytearray(int(NODE_MIB * (1 << 20)))
        self.body[::4096] = b"x" * len(self.body[::4096])
        self.itself = self


gc.disable()
base = [Node() for _ in range(int(keep / NODE_MIB))]
made, survivors, due = 0.0, 0.0, time.monotonic()
while True:
    node = Node()
    survivors += share
    if survivors >= 1.0:
        base.append(node)
        survivors -= 1.0
    made += NODE_MIB
    if made >= garbage:
        del node
        gc.collect()
        made = 0.0
    due += NODE_MIB / rate
    time.sleep(max(0.0, due - time.monotonic()))
