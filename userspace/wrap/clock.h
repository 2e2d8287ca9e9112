// SPDX-License-Identifier: Apache-2.0
#ifndef RP_WRAP_CLOCK_H
#define RP_WRAP_CLOCK_H

#include <time.h>

#include "reprieve/types.h"

static inline rp_ns rp_wrap_clock_ns(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (rp_ns)t.tv_sec * RP_NS_PER_S + (rp_ns)t.tv_nsec;
}

#endif
