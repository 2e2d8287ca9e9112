// SPDX-License-Identifier: Apache-2.0
/* The forecast of any level that has a history: those of the node are made with it, and the limits of single pods. */
#ifndef RP_FORECAST_AHEAD_H
#define RP_FORECAST_AHEAD_H

#include "reprieve/model.h"

/*
 * State, times, probabilities and growth of `f`, whose available, capacity and threshold are set and whose state is
 * abstain; `grain` is what the number does not hold still within.
 */
void rp_forecast_ahead(const struct rp_history *history, int64_t grain, struct rp_forecast *f);

#endif
