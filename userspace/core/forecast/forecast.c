// SPDX-License-Identifier: Apache-2.0
/* When: a forecast for each danger, or an abstention that says what is missing. Who: see victims.c. */
#include "base/num.h"
#include "core/forecast/ahead.h"
#include "core/forecast/distribution.h"
#include "core/forecast/victims.h"
#include "core/kubelet/threshold.h"
#include "core/model/levels.h"
#include "core/model/manager.h"

#define LIKELY_PERMILLE 500
#define STALE_PERIODS   3                  /* of the slowest sampling */
#define DISK_STALE_NS   (60 * RP_NS_PER_S) /* a hand looks at disks every ten seconds, and may wait for one */

static bool threshold_of(const struct rp_arena *arena, enum rp_danger danger, int64_t capacity, int64_t *ret)
{
    const enum rp_signal signal = (enum rp_signal)rp_danger_info(danger)->signal;
    if (signal == RP_SIGNAL_MAX) {
        *ret = 0;
        return true;
    }
    return rp_kubelet_here(arena) && rp_kubelet_hard_threshold(&arena->kubelet.effective, signal, capacity, ret);
}

static bool is_stale(const struct rp_arena *arena, enum rp_danger danger, rp_ns read_ns)
{
    const rp_ns limit = rp_level_of_disk(danger) ? DISK_STALE_NS : STALE_PERIODS * arena->policy.sweep_calm_ns;
    return rp_sub_sat_u64(arena->t_ns, read_ns) > limit;
}

/* What a number of this kind does not hold still within: per-CPU batches of the kernel's counters, small change. */
static int64_t grain_of(enum rp_danger danger, int64_t capacity)
{
    switch (rp_danger_info(danger)->unit) {
    case RP_UNIT_INODES:
        return rp_clamp_i64(capacity / 65536, 16, 4096);
    case RP_UNIT_TASKS:
        return rp_clamp_i64(capacity / 4096, 8, 256);
    default:
        return rp_clamp_i64(capacity / 4096, RP_MIB, 16 * RP_MIB);
    }
}

void rp_forecast_ahead(const struct rp_history *history, int64_t grain, struct rp_forecast *f)
{
    const int64_t room = rp_sub_sat_i64(f->available, f->threshold);
    struct rp_trend trend;
    if (rp_trend_make(history, grain, &trend)) {
        rp_distribution_make(&trend, room, f);
        f->burst = trend.burst;
        f->state = f->within_5min_permille >= LIKELY_PERMILLE ? RP_FORECAST_CROSSING : RP_FORECAST_CALM;
    } else {
        f->missing |= RP_MISSING_HISTORY;
    }
    if (room >= 0)
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
        f.available = history->points[history->n - 1].value;
        f.capacity = level.capacity;
        f.missing |= is_stale(arena, danger, f.t_ns) ? RP_MISSING_FRESH : 0;
    } else {
        f.missing |= RP_MISSING_READING;
    }
    if (!threshold_of(arena, danger, f.capacity, &f.threshold))
        f.missing |= RP_MISSING_THRESHOLD;
    if (!f.missing)
        rp_forecast_ahead(history, grain_of(danger, f.capacity), &f);
    if (!rp_danger_of_kernel(danger) && !rp_victims_sure(arena))
        f.missing |= RP_MISSING_FACTS;
    *ret = f;
}

void rp_forecast_step(struct rp_arena *arena)
{
    rp_victims_step(arena);
    for (uint32_t danger = 0; danger < RP_DANGER_MAX; danger++)
        make(arena, (enum rp_danger)danger, &arena->forecasts[danger]);
}
