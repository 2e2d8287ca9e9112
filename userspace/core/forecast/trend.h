// SPDX-License-Identifier: Apache-2.0
/* Where a level is going: the rates of its latest regime, how long that has lasted, and how noisy it is. */
#ifndef RP_FORECAST_TREND_H
#define RP_FORECAST_TREND_H

#include "core/model/slope.h"

struct rp_trend {
    int64_t fall_bytes_per_s; /* at which `available` falls; negative: it recovers */
    struct rp_slopes slopes;  /* between its far pairs: how much the rate varies */
    rp_ns span_ns;            /* the time over which they were seen */
    int64_t noise_bytes;      /* median distance of a reading from the line */
    bool burst;               /* it falls faster, since a moment ago, than it did before */
};

/* `grain`: what this number does not hold still within. False: too few points to call anything a trend. */
bool rp_trend_make(const struct rp_history *history, int64_t grain, struct rp_trend *ret);

#endif
