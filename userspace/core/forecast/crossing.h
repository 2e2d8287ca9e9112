// SPDX-License-Identifier: Apache-2.0
/* Questions to a forecast that was already made. */
#ifndef RP_FORECAST_CROSSING_H
#define RP_FORECAST_CROSSING_H

#include "reprieve/model.h"

/*
 * Probability that the danger's threshold is crossed within `horizon` from now, in permille, read off the distribution
 * that the forecast publishes: never falls as the horizon grows. 0 while the forecast abstains, 1000 once crossed.
 */
uint16_t rp_forecast_within(const struct rp_arena *arena, enum rp_danger danger, rp_ns horizon);

#endif
