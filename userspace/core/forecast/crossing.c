// SPDX-License-Identifier: Apache-2.0
/*
 * The published numbers of a forecast are points of one distribution function: three percentiles and three fixed
 * horizons. Any other horizon lies between two of them, so whoever decides sees what whoever watches sees.
 */
#include "core/forecast/crossing.h"

#include "base/num.h"

struct knot {
    rp_ns t_ns;
    uint64_t permille;
};

uint16_t rp_forecast_within(const struct rp_arena *arena, enum rp_danger danger, rp_ns horizon)
{
    if (danger >= RP_DANGER_MAX)
        return 0;
    const struct rp_forecast *f = &arena->forecasts[danger];
    if (f->state == RP_FORECAST_ABSTAIN)
        return 0;
    if (f->state == RP_FORECAST_CROSSED)
        return 1000;
    /* The forecast counts from its reading, and some time has passed since then. */
    horizon = rp_add_sat_u64(horizon, rp_sub_sat_u64(arena->t_ns, f->t_ns));
    const struct knot knots[] = {
        {f->early_ns, 100},
        {f->median_ns, 500},
        {f->late_ns, 900},
        {10 * RP_NS_PER_S, f->within_10s_permille},
        {60 * RP_NS_PER_S, f->within_60s_permille},
        {300 * RP_NS_PER_S, f->within_5min_permille},
    };
    struct knot below = {0, 0}, above = {RP_NS_FOREVER, 1000};
    for (size_t i = 0; i < sizeof(knots) / sizeof(knots[0]); i++) {
        const struct knot k = knots[i];
        if (k.t_ns <= horizon && k.permille >= below.permille)
            below = k;
        if (k.t_ns > horizon && k.t_ns < above.t_ns)
            above = k;
    }
    if (above.t_ns == RP_NS_FOREVER)
        return (uint16_t)below.permille; /* nothing is claimed beyond the last point */
    const uint64_t rise = rp_sub_sat_u64(above.permille, below.permille);
    return (uint16_t)(below.permille + rp_mul_div_u64(rise, horizon - below.t_ns, above.t_ns - below.t_ns));
}
