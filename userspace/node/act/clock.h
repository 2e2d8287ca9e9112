// SPDX-License-Identifier: Apache-2.0
/* The clock of deadlines and expiries: CLOCK_MONOTONIC, which the vDSO reads without a system call. */
#ifndef RP_NODE_ACT_CLOCK_H
#define RP_NODE_ACT_CLOCK_H

#include <time.h>

#include "reprieve/types.h"

static inline rp_ns rp_clock_ns(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
    return (rp_ns)t.tv_sec * RP_NS_PER_S + (rp_ns)t.tv_nsec;
}

#endif
