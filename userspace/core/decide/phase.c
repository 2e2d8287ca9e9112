// SPDX-License-Identifier: Apache-2.0
/*
 * How serious is it: calm, watch, act. The phase follows the most probable danger; it rises at once and falls only after
 * the pressure has been over for a while, so that oscillation around a boundary does not flap brakes.
 */
#include "base/num.h"
#include "core/decide/decide.h"
#include "core/forecast/crossing.h"

/* Watch begins well before acting: shields and checkpoints are cheap, and they need the time. */
#define WATCH_PERMILLE 250u
/* A phase falls when the probability is under half of what raised it for this long. */
#define FALL_HOLD_NS   (3 * RP_NS_PER_S)

static uint32_t probability(const struct rp_arena *arena, uint32_t danger)
{
    const struct rp_forecast *f = &arena->forecasts[danger];
    if (f->state == RP_FORECAST_ABSTAIN)
        return 0; /* E6: no evidence starts nothing */
    if (f->state == RP_FORECAST_CROSSED)
        return 1000;
    return rp_forecast_within(arena, (enum rp_danger)danger, arena->policy.act_horizon_ns);
}

static uint32_t lead(const struct rp_arena *arena, uint8_t *danger)
{
    uint32_t best = 0;
    *danger = RP_DANGER_NONE;
    for (uint32_t d = 0; d < RP_DANGER_MAX; d++) {
        uint32_t p = rp_danger_info(d)->memory ? probability(arena, d) : 0; /* no brake of the ladder helps elsewhere */
        bool nearer = *danger != RP_DANGER_NONE && p == best &&
                      arena->forecasts[d].median_ns < arena->forecasts[*danger].median_ns;
        if (p > best || (p > 0 && nearer)) {
            best = p;
            *danger = (uint8_t)d;
        }
    }
    return best;
}

static void enter(struct rp_planner *planner, enum rp_phase phase, uint8_t danger)
{
    struct rp_arena *arena = planner->arena;
    struct rp_ladder *ladder = &arena->ladder;
    bool known = danger < RP_DANGER_MAX;
    ladder->phase = (uint8_t)phase;
    ladder->phase_since_ns = planner->now;
    if (phase == RP_PHASE_ACT && !ladder->incident_ns)
        ladder->incident_ns = planner->now;
    rp_log_add(arena,
               (struct rp_log_entry){.kind = RP_LOG_PHASE,
                                     .a = (uint8_t)phase,
                                     .b = danger,
                                     .value = known && arena->forecasts[danger].median_ns != RP_NS_FOREVER
                                                  ? (int64_t)arena->forecasts[danger].median_ns
                                                  : -1},
               NULL);
}

void rp_phase_step(struct rp_planner *planner)
{
    struct rp_arena *arena = planner->arena;
    struct rp_ladder *ladder = &arena->ladder;
    uint8_t danger;
    uint32_t p = lead(arena, &danger);
    uint32_t act = arena->policy.act_permille;
    enum rp_phase want = p >= act ? RP_PHASE_ACT : p >= WATCH_PERMILLE ? RP_PHASE_WATCH : RP_PHASE_CALM;

    if (want != RP_PHASE_CALM)
        ladder->danger = danger;
    if (want > (enum rp_phase)ladder->phase) {
        enter(planner, want, danger);
        ladder->calm_since_ns = 0;
        return;
    }
    uint32_t stay = ladder->phase == RP_PHASE_ACT ? act / 2 : WATCH_PERMILLE / 2;
    if (p >= stay) {
        ladder->calm_since_ns = 0;
        return;
    }
    if (!ladder->calm_since_ns)
        ladder->calm_since_ns = planner->now;
    if (ladder->phase != RP_PHASE_CALM && planner->now - ladder->calm_since_ns >= FALL_HOLD_NS) {
        enter(planner, want, danger);
        if (want == RP_PHASE_CALM)
            ladder->danger = RP_DANGER_NONE;
    }
}

int64_t rp_room_bytes(const struct rp_arena *arena)
{
    int64_t room = INT64_MAX;
    for (uint32_t d = 0; d < RP_DANGER_MAX; d++) {
        const struct rp_forecast *f = &arena->forecasts[d];
        if (!rp_danger_info(d)->memory || f->missing & (RP_MISSING_READING | RP_MISSING_THRESHOLD))
            continue;
        int64_t here = rp_sub_sat_i64(f->available, f->threshold);
        if (here < room)
            room = here;
    }
    return room;
}

/* More than all of it cannot become available, whatever share was configured. */
static int64_t reclaim_bytes(const struct rp_threshold *threshold, int64_t capacity_bytes)
{
    if (!threshold->reclaim_is_percent)
        return rp_add_sat_i64(threshold->reclaim_floor, threshold->reclaim_nano > 0);
    return threshold->reclaim_percent < 1 ? (int64_t)((double)capacity_bytes * (double)threshold->reclaim_percent)
                                          : capacity_bytes;
}

int64_t rp_margin_bytes(const struct rp_arena *arena)
{
    const struct rp_fact_kubelet *kubelet = &arena->node.kubelet;
    int64_t threshold = arena->forecasts[RP_DANGER_KUBELET_MEMORY].threshold;
    int64_t margin = threshold / 10 > 32 * RP_MIB ? threshold / 10 : 32 * RP_MIB;
    /* Once the kubelet has acted, a threshold stays met until available reaches value + min-reclaim. */
    for (uint32_t i = 0; i < kubelet->thresholds_n; i++) {
        const struct rp_threshold *t = &kubelet->thresholds[i];
        if (t->signal == RP_SIGNAL_MEMORY)
            margin = rp_max_i64(margin, reclaim_bytes(t, arena->forecasts[RP_DANGER_KUBELET_MEMORY].capacity));
    }
    return margin;
}
