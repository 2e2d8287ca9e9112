// SPDX-License-Identifier: Apache-2.0
/*
 * select_bad_process() takes the process with the most points, at equal points the one that it comes to last. Weights have
 * bounds here, so several may be the first: everybody whose upper bound reaches the highest lower bound of all.
 */
#include "core/oom/victims.h"

#include "base/num.h"
#include "core/model/cgroups.h"
#include "core/model/table.h"

struct wall {
    struct rp_arena *arena;
    uint32_t root; /* RP_INDEX_NONE: everything */
    int64_t total_bytes;
};

/* totalram_pages() + total_swap_pages, or mem_cgroup_get_max(). Swap of a cgroup counts where the wall is not one pod's. */
static int64_t total_of(struct rp_arena *arena, uint32_t root)
{
    const struct rp_node_reading *node = &arena->node.now;
    const struct rp_cgroup *cgroup = rp_cgroup_at(arena, root);
    const uint64_t swap = node->known & RP_NODE_SWAP ? node->swap_total_bytes : 0;
    if (root == RP_INDEX_NONE)
        return node->known & RP_NODE_MEM_TOTAL ? rp_i64_of_u64(rp_add_sat_u64(node->mem_total_bytes, swap)) : 0;
    if (!cgroup || !cgroup->live || !(cgroup->now.known & RP_CG_MAX) || cgroup->now.max_bytes == UINT64_MAX)
        return 0;
    const bool shared = rp_cgroup_is_shared(arena, cgroup);
    return rp_i64_of_u64(rp_add_sat_u64(cgroup->now.max_bytes, shared ? swap : 0));
}

static struct wall wall_at(struct rp_arena *arena, uint32_t root)
{
    return (struct wall){arena, root, total_of(arena, root)};
}

static bool weigh(const struct wall *wall, uint32_t i, struct rp_oom_weight *ret)
{
    const struct rp_cgroup *cgroup = rp_cgroup_in(wall->arena, i);
    if (!rp_oom_is_candidate(cgroup))
        return false;
    if (wall->root != RP_INDEX_NONE && !rp_cgroup_lies_below(wall->arena, i, wall->root))
        return false;
    return rp_oom_weigh(wall->arena, cgroup, wall->total_bytes, ret);
}

/* ---- what dies */

/* The highest cgroup with memory.oom.group, no higher than the wall (mm/memcontrol.c: mem_cgroup_get_oom_group). */
static void see_what_dies(const struct wall *wall, struct rp_oom_victim *victim)
{
    const uint32_t i = victim->cgroup;
    const struct rp_cgroup *group = NULL;
    bool known = false;
    for (uint32_t at = i; at != RP_INDEX_NONE; at = rp_cgroup_in(wall->arena, at)->parent) {
        const struct rp_cgroup *cgroup = rp_cgroup_in(wall->arena, at);
        known = known || (at == i && (cgroup->now.known & RP_CG_OOM_GROUP));
        if ((cgroup->now.known & RP_CG_OOM_GROUP) && cgroup->now.oom_group)
            group = cgroup;
        if (at == wall->root)
            break;
    }
    victim->dies = group ? RP_OOM_DIES_GROUP : known ? RP_OOM_DIES_PROCESS : RP_OOM_DIES_UNKNOWN;
    victim->frees_bytes = group ? rp_max_i64(victim->bytes, rp_i64_of_u64(group->now.usage_bytes)) : victim->bytes;
}

/* ---- the list */

struct survey {
    int64_t highest_low;
    uint32_t candidates, exempt, guessed;
};

static struct survey survey_of(const struct wall *wall)
{
    struct survey survey = {.highest_low = INT64_MIN};
    for (uint32_t i = 0; i < wall->arena->cgroups.used; i++) {
        struct rp_oom_weight weight;
        if (!weigh(wall, i, &weight))
            continue;
        if (weight.exempt) {
            survey.exempt++;
            continue;
        }
        survey.candidates++;
        survey.guessed += weight.evidence == RP_OOM_GUESSED;
        survey.highest_low = rp_max_i64(survey.highest_low, weight.low);
    }
    return survey;
}

/* Those of the first group before all others, then by what is likely. */
static bool goes_before(const struct rp_oom_victim *a, const struct rp_oom_victim *b)
{
    if (a->group != b->group)
        return a->group < b->group;
    return a->points > b->points;
}

static void keep(struct rp_oom_victims *list, const struct rp_oom_victim *victim)
{
    uint32_t at = list->n < RP_VICTIMS_MAX ? list->n++ : list->n;
    if (at == RP_VICTIMS_MAX && !goes_before(victim, &list->list[--at]))
        return;
    for (; at > 0 && goes_before(victim, &list->list[at - 1]); at--)
        list->list[at] = list->list[at - 1];
    list->list[at] = *victim;
}

/* Whose bounds reach the highest lower bound of those who are left are the next group. */
static void group_the_rest(struct rp_oom_victims *list)
{
    uint32_t done = 0;
    while (done < list->n && list->list[done].group == 1)
        done++;
    while (done < list->n) {
        int64_t highest_low = INT64_MIN;
        uint32_t end = done;
        for (uint32_t i = done; i < list->n; i++)
            highest_low = rp_max_i64(highest_low, list->list[i].points_low);
        for (uint32_t i = done; i < list->n; i++) {
            struct rp_oom_victim victim = list->list[i];
            if (victim.points_high < highest_low)
                continue;
            victim.group = done + 1;
            for (uint32_t k = i; k > end; k--)
                list->list[k] = list->list[k - 1];
            list->list[end++] = victim;
        }
        done = end;
    }
}

static struct rp_oom_victim victim_of(const struct wall *wall, uint32_t i, const struct rp_oom_weight *weight)
{
    return (struct rp_oom_victim){
        .cgroup = i,
        .pod = rp_cgroup_in(wall->arena, i)->pod,
        .points = weight->likely,
        .points_low = weight->low,
        .points_high = weight->high,
        .bytes = weight->bytes,
        .adj = weight->adj,
        .evidence = weight->evidence,
    };
}

void rp_oom_victims_make(struct rp_arena *arena, uint32_t root, struct rp_oom_victims *ret)
{
    const struct wall wall = wall_at(arena, root);
    struct rp_oom_victims made = {.total_bytes = wall.total_bytes};
    if (wall.total_bytes > 0) {
        const struct survey survey = survey_of(&wall);
        made.candidates = survey.candidates;
        made.exempt = survey.exempt;
        made.guessed = survey.guessed;
        for (uint32_t i = 0; i < arena->cgroups.used; i++) {
            struct rp_oom_weight weight;
            if (!weigh(&wall, i, &weight) || weight.exempt)
                continue;
            struct rp_oom_victim victim = victim_of(&wall, i, &weight);
            victim.group = weight.high >= survey.highest_low ? 1 : 2;
            made.first_n += victim.group == 1;
            keep(&made, &victim);
        }
        group_the_rest(&made);
        for (uint32_t k = 0; k < made.n; k++)
            see_what_dies(&wall, &made.list[k]);
    }
    *ret = made;
}

/* ---- one of them */

uint32_t rp_oom_candidate_of(struct rp_arena *arena, uint32_t i)
{
    for (; i != RP_INDEX_NONE; i = rp_cgroup_in(arena, i)->parent)
        if (rp_oom_is_candidate(rp_cgroup_in(arena, i)))
            return i;
    return RP_INDEX_NONE;
}

uint32_t rp_oom_rank(struct rp_arena *arena, uint32_t root, uint32_t cgroup, uint32_t *ret_among)
{
    const struct wall wall = wall_at(arena, root);
    const int64_t highest_low = survey_of(&wall).highest_low;
    struct rp_oom_weight own;
    uint32_t before = 0, among = 0;
    *ret_among = 0;
    if (cgroup >= arena->cgroups.used || !weigh(&wall, cgroup, &own) || own.exempt)
        return 0;
    for (uint32_t i = 0; i < arena->cgroups.used; i++) {
        struct rp_oom_weight weight;
        if (!weigh(&wall, i, &weight) || weight.exempt)
            continue;
        among += weight.high >= highest_low;
        before += i != cgroup && weight.likely > own.likely;
    }
    *ret_among = own.high >= highest_low ? among : 0;
    return 1 + before;
}
