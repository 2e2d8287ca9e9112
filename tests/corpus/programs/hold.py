# SPDX-License-Identifier: Apache-2.0
"""A server that waits: `hold.py MIB`."""

import sys
import time

held = bytearray(int(sys.argv[1]) << 20)
while True:
    time.sleep(60)
