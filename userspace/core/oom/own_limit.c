// SPDX-License-Identifier: Apache-2.0
/*
 * A pod may have several walls of its own: that of its slice and one for each container. They are not added up: the one
 * with the least room is what counts, and its history is kept, one per pod.
 *
 * Before the kernel kills at a limit it reclaims, so page cache is room; shared memory is none, as the kubelet gives most
 * pods no swap. Kernel memory that could shrink is not counted as room either, so the wall may stand a little further away.
 */
#include "core/oom/own_limit.h"

#include "base/num.h"
#include "core/forecast/ahead.h"
#include "core/model/points.h"
#include "core/model/table.h"

#include <string.h>

#define NEAR_PART     8   /* of its limit is left: then a forecast is worth its time */
#define AHEAD_S       600 /* or at its present growth it would be there within this */
#define KEEP_PART     64  /* another wall must be nearer by this part of the limit */
#define STALE_PERIODS 3   /* of the slowest sampling */
#define AT_LIMIT_PART 16  /* reclaim within this of memory.max is not for a memory.high below it */
#define POINTS_MIN    4
#define RECENT_NS     (60 * RP_NS_PER_S) /* reclaim is news for so long */

static const struct rp_points_rule rule = {.capacity = RP_POD_HISTORY, .fineness = 3, .age_max_ns = 90 * RP_NS_PER_S};

bool rp_own_limit_room(const struct rp_cgroup *cgroup, int64_t *ret_available, int64_t *ret_limit)
{
    const struct rp_cgroup_reading *now = &cgroup->now;
    const uint64_t needed = RP_CG_MAX | RP_CG_USAGE;
    uint64_t cache = 0;
    if (!cgroup->live || (cgroup->kind != RP_CGROUP_POD && cgroup->kind != RP_CGROUP_CONTAINER) ||
        (now->known & needed) != needed || now->max_bytes == UINT64_MAX)
        return false;
    if (now->known & RP_CG_INACTIVE_FILE)
        cache = now->inactive_file_bytes;
    if (now->known & RP_CG_ANON_FILE) /* read less often */
        cache = rp_max_u64(cache, now->file_bytes);
    *ret_limit = rp_i64_of_u64(now->max_bytes);
    *ret_available = rp_sub_sat_i64(*ret_limit, rp_i64_of_u64(rp_sub_sat_u64(now->usage_bytes, cache)));
    return true;
}

/* ---- the nearest wall */

static void forget_candidates(struct rp_arena *arena)
{
    for (uint32_t i = 0; i < arena->pods.used; i++)
        rp_pod_in(arena, i)->own_limit.nearest = RP_INDEX_NONE;
}

static void offer(struct rp_arena *arena, uint32_t i)
{
    const struct rp_cgroup *cgroup = rp_cgroup_in(arena, i);
    int64_t available = 0, limit = 0;
    struct rp_pod *pod = rp_pod_at(arena, cgroup->pod);
    if (!pod || !rp_own_limit_room(cgroup, &available, &limit))
        return;
    struct rp_own_limit *own = &pod->own_limit;
    if (cgroup->id == own->cgroup_id) /* it stays what it is unless another one is clearly nearer */
        available = rp_sub_sat_i64(available, limit / KEEP_PART);
    if (own->nearest != RP_INDEX_NONE && available >= own->nearest_bytes)
        return;
    own->nearest = i;
    own->nearest_bytes = available;
}

/* ---- its history */

static bool is_stale(const struct rp_arena *arena, rp_ns read_ns)
{
    return rp_sub_sat_u64(arena->t_ns, read_ns) > STALE_PERIODS * arena->policy.sweep_calm_ns;
}

static bool is_worth_it(const struct rp_pod *pod, const struct rp_forecast *f)
{
    return f->available < f->capacity / NEAR_PART ||
           rp_mul_sat_i64(rp_max_i64(0, pod->growth_bytes_per_s), AHEAD_S) >= f->available;
}

static void look_ahead(struct rp_pod *pod, struct rp_forecast *f)
{
    const struct rp_own_limit *own = &pod->own_limit;
    struct rp_history history;
    if (own->history_n < POINTS_MIN) {
        f->missing |= RP_MISSING_HISTORY;
    } else if (!is_worth_it(pod, f)) {
        f->state = RP_FORECAST_CALM;
        f->growth_per_s = pod->growth_bytes_per_s;
    } else {
        memcpy(history.points, own->history, own->history_n * sizeof(own->history[0]));
        history.n = own->history_n;
        history.at = own->history_n - 1;
        rp_forecast_ahead(&history, rp_clamp_i64(f->capacity / 4096, RP_MIB, 16 * RP_MIB), f);
    }
}

static void see_reclaim(struct rp_own_limit *own, const struct rp_cgroup_reading *now)
{
    if (!(now->known & RP_CG_EVENTS))
        return;
    if (own->events_known && now->events_max > own->events_max)
        own->reclaim_ns = now->t_ns;
    own->events_max = now->events_max;
    own->events_known = true;
}

static void settle(struct rp_arena *arena, struct rp_pod *pod)
{
    struct rp_own_limit *own = &pod->own_limit;
    const struct rp_cgroup *cgroup = rp_cgroup_at(arena, own->nearest);
    struct rp_forecast f = {
        .state = RP_FORECAST_ABSTAIN, .early_ns = RP_NS_FOREVER, .median_ns = RP_NS_FOREVER, .late_ns = RP_NS_FOREVER};
    if (!cgroup || !rp_own_limit_room(cgroup, &f.available, &f.capacity)) {
        *own = (struct rp_own_limit){.nearest = RP_INDEX_NONE};
        return;
    }
    if (own->cgroup_id != cgroup->id)
        *own = (struct rp_own_limit){.cgroup_id = cgroup->id, .nearest = own->nearest};
    const struct rp_point point = {cgroup->now.t_ns, f.available};
    rp_discard(rp_points_add(own->history, &own->history_n, point, &rule)); /* the same reading again is no news */
    see_reclaim(own, &cgroup->now);
    f.t_ns = cgroup->now.t_ns;
    if (is_stale(arena, f.t_ns))
        f.missing |= RP_MISSING_FRESH;
    else
        look_ahead(pod, &f);
    own->forecast = f;
}

void rp_own_limits_step(struct rp_arena *arena)
{
    forget_candidates(arena);
    for (uint32_t i = 0; i < arena->cgroups.used; i++)
        offer(arena, i);
    for (uint32_t i = 0; i < arena->pods.used; i++)
        if (rp_pod_in(arena, i)->live)
            settle(arena, rp_pod_in(arena, i));
}

void rp_own_limit_reclaims(struct rp_arena *arena, const struct rp_cgroup *cgroup, rp_ns t_ns)
{
    struct rp_pod *pod = rp_pod_at(arena, cgroup->pod);
    const struct rp_cgroup_reading *now = &cgroup->now;
    const bool bounded = (now->known & RP_CG_MAX) && (now->known & RP_CG_USAGE) && now->max_bytes != UINT64_MAX;
    if (!pod || !bounded || pod->own_limit.cgroup_id != cgroup->id)
        return;
    if (now->usage_bytes >= now->max_bytes - now->max_bytes / AT_LIMIT_PART)
        pod->own_limit.reclaim_ns = rp_max_u64(pod->own_limit.reclaim_ns, t_ns);
}

/* ---- for those who look */

bool rp_own_limit_is_near(const struct rp_arena *arena, const struct rp_pod *pod)
{
    const struct rp_own_limit *own = &pod->own_limit;
    const struct rp_forecast *f = &own->forecast;
    const bool reclaims = own->reclaim_ns && rp_sub_sat_u64(arena->t_ns, own->reclaim_ns) <= RECENT_NS;
    if (!pod->live || own->cgroup_id == RP_CGROUP_NONE)
        return false;
    return reclaims || f->available < f->capacity / NEAR_PART || f->state == RP_FORECAST_CROSSING;
}

static bool is_nearer(const struct rp_forecast *a, const struct rp_forecast *b)
{
    if (a->median_ns != b->median_ns)
        return a->median_ns < b->median_ns;
    return a->available < b->available;
}

uint32_t rp_own_limits_nearest(struct rp_arena *arena, uint32_t max, uint32_t *ret)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_in(arena, i);
        if (!rp_own_limit_is_near(arena, pod))
            continue;
        uint32_t at = n < max ? n++ : max;
        for (; at > 0 && is_nearer(&pod->own_limit.forecast, &rp_pod_in(arena, ret[at - 1])->own_limit.forecast); at--)
            if (at < max)
                ret[at] = ret[at - 1];
        if (at < max)
            ret[at] = i;
    }
    return n;
}
