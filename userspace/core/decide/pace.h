// SPDX-License-Identifier: Apache-2.0
/* How soon to look again: the only place that trades the cost of looking against what may happen unseen. */
#ifndef RP_CORE_DECIDE_PACE_H
#define RP_CORE_DECIDE_PACE_H

#include "reprieve/model.h"

/*
 * The fastest that memory is assumed to fill. Untouched huge pages are zeroed in one go: one core of a small cloud machine
 * was measured at 8.6 GiB/s, several cores together soon meet the memory bus. Single pages fill far slower. An honest upper
 * end costs little, because while the node is quiet a look is one read; a low one costs the looks that would have seen the
 * burst.
 */
#define RP_PACE_FILL_BYTES_PER_S (INT64_C(8) << 30)

struct rp_pace {
    rp_ns look_ns;  /* to the next look at the node's numbers */
    rp_ns sweep_ns; /* to the next look at every cgroup while something moves; not above quiet_ns */
    rp_ns quiet_ns; /* the same while nothing does */
    /*
     * Nothing is coming and nothing is in force: as long as MemAvailable is not lower than at the last sample by more than
     * this, a look at that one number is enough. Negative: every look is to be a sample.
     */
    int64_t unseen_bytes;
};

/* The periods lie between the policy's sweep_fast_ns and sweep_calm_ns. */
void rp_pace_make(const struct rp_arena *arena, struct rp_pace *ret);

#endif
