// SPDX-License-Identifier: Apache-2.0
#include "reprieve/model.h"

#include "base/num.h"
#include "core/model/index.h"
#include "core/oom/own_limit.h"
#include "core/oom/victims.h"

#define LINES_MAX 8 /* per sample; the tally has them all */

/* ---- choices that were made */

static uint8_t byte_of(uint32_t n)
{
    return (uint8_t)rp_min_u64(n, UINT8_MAX);
}

static enum rp_oom_wall count_of(const struct rp_arena *arena, uint32_t wall)
{
    if (wall == RP_INDEX_NONE || wall == arena->node.root)
        return RP_OOM_NODE;
    return wall == arena->node.pods_root ? RP_OOM_PODS : RP_OOM_OWN;
}

static void count(struct rp_oom_tally *tally, uint32_t rank, uint32_t among)
{
    tally->kills++;
    tally->first += rank > 0 && among == 1;
    tally->among += rank > 0 && among > 1;
    tally->others += rank > 0 && among == 0;
}

/* True if a line was written. */
static bool judge(struct rp_arena *arena, const struct rp_event *event, bool quiet)
{
    const uint32_t wall = event->owner ? rp_index_find(arena, event->owner) : RP_INDEX_NONE;
    const uint32_t chosen = rp_oom_candidate_of(arena, rp_index_find(arena, event->cgroup));
    struct rp_cgroup *cgroup = rp_cgroup_at(arena, chosen);
    uint32_t among = 0;
    if (event->owner && wall == RP_INDEX_NONE) /* a limit that the model does not know */
        return false;
    const enum rp_oom_wall kind = count_of(arena, wall);
    const uint32_t rank = rp_oom_rank(arena, wall, chosen, &among);
    count(&arena->oom_tally[kind], rank, among);
    if (cgroup)
        cgroup->chosen_ns = event->t_ns;
    if (quiet)
        return false;
    const struct rp_log_entry entry = {.t_ns = event->t_ns,
                                       .kind = RP_LOG_OOM_RANK,
                                       .a = (uint8_t)kind,
                                       .b = byte_of(rank),
                                       .c = byte_of(among),
                                       .value = event->pid};
    rp_log_add(arena, entry, cgroup ? rp_pod_at(arena, cgroup->pod) : NULL);
    return true;
}

static void hear_reclaim(struct rp_arena *arena, const struct rp_event *event)
{
    const struct rp_cgroup *owner = rp_cgroup_find(arena, event->owner);
    if (owner)
        rp_own_limit_reclaims(arena, owner, event->t_ns);
}

void rp_oom_judge(struct rp_arena *arena, const struct rp_sample *sample)
{
    uint32_t lines = 0;
    for (uint32_t i = 0; i < sample->events_n; i++) {
        const struct rp_event *event = &sample->events[i];
        if (event->type == RP_EVENT_OOM_KILL)
            lines += judge(arena, event, lines >= LINES_MAX);
        else if (event->type == RP_EVENT_LIMIT_RECLAIM)
            hear_reclaim(arena, event);
    }
}

/* ---- choices that may come */

void rp_oom_step(struct rp_arena *arena)
{
    const uint32_t pods_root = arena->node.pods_root;
    if (arena->oom_epoch == arena->node.pods_epoch)
        return;
    arena->oom_epoch = arena->node.pods_epoch;
    rp_oom_victims_make(arena, RP_INDEX_NONE, &arena->oom_victims[RP_OOM_NODE]);
    arena->oom_victims[RP_OOM_PODS] = (struct rp_oom_victims){0};
    if (pods_root != RP_INDEX_NONE)
        rp_oom_victims_make(arena, pods_root, &arena->oom_victims[RP_OOM_PODS]);
    rp_own_limits_step(arena);
}
