# SPDX-License-Identifier: Apache-2.0
"""Simulated sequencing reads with errors, from a random genome: the same bytes every time.

    python3 reads.py GENOME_LENGTH COVERAGE > reads.fa
"""

import random
import sys

READ = 100
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def reads(length: int, coverage: float):
    rng = random.Random(7)
    genome = "".join(rng.choices("ACGT", k=length))
    for number in range(int(length * coverage / READ)):
        start = rng.randrange(length - READ)
        read = genome[start : start + READ]
        if rng.random() < 0.5:
            read = read.translate(COMPLEMENT)[::-1]
        if rng.random() < 0.3:
            place = rng.randrange(READ)
            read = read[:place] + rng.choice("ACGT") + read[place + 1 :]
        yield f">read{number}\n{read}\n"


if __name__ == "__main__":
    sys.stdout.writelines(reads(int(sys.argv[1]), float(sys.argv[2])))
