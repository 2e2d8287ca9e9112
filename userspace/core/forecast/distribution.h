// SPDX-License-Identifier: Apache-2.0
/* From a trend and the room that is left to a distribution of the time to the crossing. */
#ifndef RP_FORECAST_DISTRIBUTION_H
#define RP_FORECAST_DISTRIBUTION_H

#include "core/forecast/trend.h"

/* Fills the times, the probabilities and the growth of `ret`; room_bytes is available - threshold, not negative. */
void rp_distribution_make(const struct rp_trend *trend, int64_t room_bytes, struct rp_forecast *ret);

#endif
