// SPDX-License-Identifier: Apache-2.0
/*
 * The pace of looking. A look must come at least twice while the worst burst eats what is left of the nearest danger's
 * headroom; a sweep, which costs more and only tells who it is, must come often enough before the earliest crossing. Below
 * sweep_fast_ns there is nothing to gain from polling: kernel events wake the guard for what happens between two looks.
 *
 * Most of the time nothing happens, and then nobody should notice that somebody watches. So a quiet node is looked at just
 * as often, but by reading MemAvailable alone; only when that has fallen does the rest follow.
 */
#include "core/decide/pace.h"

#include "base/num.h"

#define LOOKS_PER_HEADROOM  2u  /* so the look that sees a burst still finds half of the headroom */
#define LOOKS_PER_SWEEP     8u  /* while nothing crosses: a sweep only keeps the per-pod histories alive */
#define UNSEEN_DIV          32  /* of the headroom: the part that may go before a quiet node is looked at whole */
#define SWEEPS_PER_CROSSING 20u /* before the earliest crossing: for a trend per pod, and to judge each step */
#define US_PER_S            1000000

static rp_ns clamp(rp_ns period, const struct rp_policy *policy)
{
    if (period < policy->sweep_fast_ns)
        return policy->sweep_fast_ns;
    return period < policy->sweep_calm_ns ? period : policy->sweep_calm_ns;
}

/* Time until `bytes` are gone at the fastest fill, or at this node's own growth if that is faster still. */
static rp_ns fill_ns(int64_t bytes, int64_t growth_bytes_per_s)
{
    int64_t rate = growth_bytes_per_s > RP_PACE_FILL_BYTES_PER_S ? growth_bytes_per_s : RP_PACE_FILL_BYTES_PER_S;
    if (bytes <= 0)
        return 0;
    return (uint64_t)(bytes / (rate / US_PER_S)) * (RP_NS_PER_S / US_PER_S); /* bytes * 1e9 would overflow at 8 GiB */
}

/* What this one danger asks for, unclamped. */
static void ask(const struct rp_forecast *f, struct rp_pace *ret)
{
    const int64_t headroom_bytes = f->available - f->threshold;
    rp_ns look = fill_ns(headroom_bytes, f->growth_per_s) / LOOKS_PER_HEADROOM;
    rp_ns sweep = look * LOOKS_PER_SWEEP;
    if (f->missing & RP_MISSING_HISTORY)
        look = sweep = 0; /* a trend needs points: collect them */
    if (f->burst || f->state == RP_FORECAST_CROSSED)
        sweep = 0; /* somebody is growing right now: find out who */
    if (f->state == RP_FORECAST_CROSSING && f->early_ns / SWEEPS_PER_CROSSING < sweep)
        sweep = f->early_ns / SWEEPS_PER_CROSSING;
    ret->look_ns = rp_min_u64(ret->look_ns, look);
    ret->sweep_ns = rp_min_u64(ret->sweep_ns, sweep);
    ret->unseen_bytes = rp_min_i64(ret->unseen_bytes, headroom_bytes / UNSEEN_DIV);
    if (f->state != RP_FORECAST_CALM || f->missing & RP_MISSING_HISTORY || f->burst)
        ret->unseen_bytes = -1;
}

void rp_pace_make(const struct rp_arena *arena, struct rp_pace *ret)
{
    struct rp_pace pace = {.look_ns = RP_NS_FOREVER, .sweep_ns = RP_NS_FOREVER, .unseen_bytes = INT64_MAX};
    for (uint32_t d = 0; d < RP_DANGER_MAX; d++) {
        const struct rp_forecast *f = &arena->forecasts[d];
        if (rp_danger_info(d)->memory && !(f->missing & (RP_MISSING_READING | RP_MISSING_THRESHOLD)))
            ask(f, &pace);
    }
    if (arena->ladder.phase == RP_PHASE_ACT)
        pace.look_ns = pace.sweep_ns = 0; /* every step taken is judged by what the next sweep shows */
    /* A brake in force hides the growth that it holds back, and its release must be watched. */
    if (arena->ladder.phase != RP_PHASE_CALM || arena->agent.undo_active > 0)
        pace.unseen_bytes = -1;
    *ret = (struct rp_pace){
        .look_ns = clamp(pace.look_ns, &arena->policy),
        .sweep_ns = clamp(pace.sweep_ns, &arena->policy),
        .quiet_ns = arena->policy.sweep_calm_ns,
        .unseen_bytes = pace.unseen_bytes,
    };
}
