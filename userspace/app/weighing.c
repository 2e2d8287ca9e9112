// SPDX-License-Identifier: Apache-2.0
#include "app/weighing.h"

#include "base/num.h"
#include "base/str.h"
#include "core/oom/weight.h"

#define CALM_NS     (2 * RP_NS_PER_S)    /* between two looks */
#define FIRST_NS    (500 * RP_NS_PER_MS) /* at somebody new */
#define DANGER_NS   (250 * RP_NS_PER_MS)
#define NOTHING_NS  (10 * RP_NS_PER_S) /* everybody was looked at lately */
#define FRESH_CALM  (60 * RP_NS_PER_S) /* of a likely victim: not looked at again before */
#define FRESH       (3 * RP_NS_PER_S)
#define FRESH_OTHER (300 * RP_NS_PER_S) /* of anybody else */
#define DEADLINE_NS (2 * RP_NS_PER_S)

static bool in_danger(const struct rp_arena *arena)
{
    return arena->ladder.phase != RP_PHASE_CALM;
}

static rp_ns pace(const struct rp_arena *arena)
{
    return in_danger(arena) ? DANGER_NS : CALM_NS;
}

/* How old the last look is; forever if there was none. */
static rp_ns age_of(const struct rp_cgroup *cgroup, rp_ns now)
{
    return cgroup->now.known & RP_CG_PROCESSES ? rp_sub_sat_u64(now, cgroup->now.processes.t_ns) : RP_NS_FOREVER;
}

/* Of the likely victims the one that was not looked at for longest, if that is long enough. */
static uint32_t choose_victim(struct rp_arena *arena, rp_ns now)
{
    rp_ns oldest = in_danger(arena) ? FRESH : FRESH_CALM;
    uint32_t chosen = RP_INDEX_NONE;
    for (uint32_t k = 0; k < RP_OOM_WALLS * RP_VICTIMS_MAX; k++) {
        const struct rp_oom_victims *list = &arena->oom_victims[k / RP_VICTIMS_MAX];
        const uint32_t i = list->list[k % RP_VICTIMS_MAX].cgroup;
        const struct rp_cgroup *cgroup = k % RP_VICTIMS_MAX < list->n ? rp_cgroup_at(arena, i) : NULL;
        if (!cgroup || !rp_oom_is_candidate(cgroup) || age_of(cgroup, now) <= oldest)
            continue;
        oldest = age_of(cgroup, now);
        chosen = i;
    }
    return chosen;
}

static uint32_t choose_in_turn(struct rp_weigh_watch *watch, struct rp_arena *arena, rp_ns now)
{
    for (uint32_t n = 0; n < arena->cgroups.used; n++) {
        watch->turn = watch->turn + 1 < arena->cgroups.used ? watch->turn + 1 : 0;
        const struct rp_cgroup *cgroup = rp_cgroup_at(arena, watch->turn);
        if (rp_oom_is_candidate(cgroup) && age_of(cgroup, now) > FRESH_OTHER)
            return watch->turn;
    }
    return RP_INDEX_NONE;
}

void rp_weigh_watch_order(struct rp_weigh_watch *watch, struct rp_arena *arena, struct rp_hands *hands, rp_ns now)
{
    struct rp_job job = {.kind = RP_JOB_PROCESSES, .deadline_ns = now + DEADLINE_NS};
    if (watch->looking || now < watch->due_ns)
        return;
    watch->pace_ns = pace(arena);
    watch->due_ns = now + watch->pace_ns;
    if (!rp_hands_free_for(hands, RP_JOB_PROCESSES))
        return;
    uint32_t i = choose_victim(arena, now);
    if (i == RP_INDEX_NONE)
        i = choose_in_turn(watch, arena, now);
    const struct rp_cgroup *cgroup = rp_cgroup_at(arena, i);
    if (!cgroup) {
        watch->due_ns = now + (in_danger(arena) ? CALM_NS : NOTHING_NS);
        return;
    }
    if (age_of(cgroup, now) == RP_NS_FOREVER)
        watch->pace_ns = rp_min_u64(FIRST_NS, pace(arena));
    job.cgroup = cgroup->id;
    rp_cut(job.path, sizeof(job.path), cgroup->path);
    watch->looking = rp_hands_post(hands, &job) == 0;
}

rp_ns rp_weigh_watch_next(const struct rp_weigh_watch *watch)
{
    return watch->looking ? RP_NS_FOREVER : watch->due_ns;
}

void rp_weigh_watch_done(struct rp_weigh_watch *watch, rp_ns now)
{
    watch->looking = false;
    watch->due_ns = now + watch->pace_ns;
}
