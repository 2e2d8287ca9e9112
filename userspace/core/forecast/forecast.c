// SPDX-License-Identifier: Apache-2.0
/* When: a forecast for each danger, or an abstention that says what is missing. Who: see victims.c. */
#include "base/num.h"
#include "core/forecast/distribution.h"
#include "core/forecast/victims.h"
#include "core/model/kubelet.h"
#include "core/model/levels.h"

#define LIKELY_PERMILLE 500
#define STALE_PERIODS   3 /* of the slowest sampling */

/* A machine without a pods root has no kubelet, unless somebody configured thresholds as if there were one. */
static bool kubelet_here(const struct rp_arena *arena)
{
    return arena->node.pods_root != RP_INDEX_NONE || !arena->node.kubelet.from_defaults;
}

static bool threshold_of(const struct rp_arena *arena, enum rp_danger danger, int64_t capacity_bytes, int64_t *ret)
{
    if (danger == RP_DANGER_NODE_OOM) {
        *ret = 0;
        return true;
    }
    const enum rp_signal signal = danger == RP_DANGER_KUBELET_MEMORY ? RP_SIGNAL_MEMORY : RP_SIGNAL_ALLOCATABLE;
    return kubelet_here(arena) && rp_kubelet_hard_threshold(&arena->node.kubelet, signal, capacity_bytes, ret);
}

static bool is_stale(const struct rp_arena *arena, rp_ns read_ns)
{
    return rp_sub_sat_u64(arena->t_ns, read_ns) > STALE_PERIODS * arena->policy.sweep_calm_ns;
}

static void look_ahead(const struct rp_history *history, struct rp_forecast *f)
{
    const int64_t room_bytes = rp_sub_sat_i64(f->available_bytes, f->threshold_bytes);
    struct rp_trend trend;
    if (rp_trend_make(history, f->capacity_bytes, &trend)) {
        rp_distribution_make(&trend, room_bytes, f);
        f->burst = trend.burst;
        f->state = f->within_5min_permille >= LIKELY_PERMILLE ? RP_FORECAST_CROSSING : RP_FORECAST_CALM;
    } else {
        f->missing |= RP_MISSING_HISTORY;
    }
    if (room_bytes >= 0)
        return;
    f->state = RP_FORECAST_CROSSED;
    f->early_ns = f->median_ns = f->late_ns = 0;
    f->within_10s_permille = f->within_60s_permille = f->within_5min_permille = 1000;
}

static void make(struct rp_arena *arena, enum rp_danger danger, struct rp_forecast *ret)
{
    const struct rp_history *history = &arena->node.history[danger];
    struct rp_forecast f = {
        .state = RP_FORECAST_ABSTAIN, .early_ns = RP_NS_FOREVER, .median_ns = RP_NS_FOREVER, .late_ns = RP_NS_FOREVER};
    struct rp_level level;
    if (history->n > 0 && rp_level_make(arena, danger, &level)) {
        f.t_ns = history->points[history->n - 1].t_ns;
        f.available_bytes = history->points[history->n - 1].value;
        f.capacity_bytes = level.capacity_bytes;
        f.missing |= is_stale(arena, f.t_ns) ? RP_MISSING_FRESH : 0;
    } else {
        f.missing |= RP_MISSING_READING;
    }
    if (!threshold_of(arena, danger, f.capacity_bytes, &f.threshold_bytes))
        f.missing |= RP_MISSING_THRESHOLD;
    if (!f.missing)
        look_ahead(history, &f);
    if (danger != RP_DANGER_NODE_OOM && !rp_victims_sure(arena))
        f.missing |= RP_MISSING_FACTS;
    *ret = f;
}

void rp_forecast_step(struct rp_arena *arena)
{
    rp_victims_step(arena);
    for (uint32_t danger = 0; danger < RP_DANGER_MAX; danger++)
        make(arena, (enum rp_danger)danger, &arena->forecasts[danger]);
}
