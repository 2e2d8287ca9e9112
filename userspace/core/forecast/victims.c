// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's rankMemoryPressure (pkg/kubelet/eviction/helpers.go): pods without statistics first, then those above their
 * request, then lower priority, then more above their request. It ranks critical pods too, but passes over them when it
 * evicts. What ties in all of these is taken at random. QoS class, limits, age and annotations play no part.
 */
#include "core/forecast/victims.h"

#include "base/num.h"
#include "core/model/rank_sort.h"
#include "core/model/table.h"

#define STALE_MIN 3u /* places that older numbers get even if the first group alone would fill the list */

/* Pending and terminating pods are candidates; finished ones are not, nor workloads that the kubelet does not know. */
static bool is_candidate(const struct rp_pod *pod)
{
    return pod->live && !pod->from_rule && !pod->finished;
}

static struct rp_rank_key key_of(const struct rp_pod *pod, uint32_t i, bool believed)
{
    const bool known = believed ? pod->believed_known : pod->working_set_known && pod->cgroup != RP_INDEX_NONE;
    struct rp_rank_key key = {.pod = i, .missing = !known, .priority = pod->priority};
    if (known) {
        key.over_bytes = (believed ? pod->believed_bytes : pod->working_set_bytes) - pod->request_bytes;
        key.exceeds = key.over_bytes > 0;
    }
    return key;
}

/* < 0: a is evicted before b; 0: either. */
static int compare(const struct rp_rank_key *a, const struct rp_rank_key *b)
{
    if (a->missing != b->missing)
        return a->missing ? -1 : 1;
    if (a->exceeds != b->exceeds)
        return a->exceeds ? -1 : 1;
    if (a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    if (a->over_bytes != b->over_bytes)
        return a->over_bytes > b->over_bytes ? -1 : 1;
    return 0;
}

static uint32_t count_unknown(struct rp_arena *arena)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_in(arena, i);
        n += is_candidate(pod) && !pod->has_facts;
    }
    return n;
}

static bool before(struct rp_arena *arena, const struct rp_rank_key *a, const struct rp_rank_key *b)
{
    (void)arena;
    const int order = compare(a, b);
    return order ? order < 0 : a->pod < b->pod; /* within a tie any order is as good; this one is the same every time */
}

/* Sorts all candidates into the arena's room for keys and returns how many; ties share the rank of their first. */
static uint32_t rank(struct rp_arena *arena, bool believed)
{
    struct rp_rank_key *keys = rp_rank_keys(arena);
    uint32_t n = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        *(believed ? &pod->rank_believed : &pod->rank) = 0;
        if (is_candidate(pod))
            keys[n++] = key_of(pod, i, believed);
    }
    rp_rank_sort(arena, n, before);
    uint32_t place = 0;
    for (uint32_t k = 0; k < n; k++) {
        if (k == 0 || compare(&keys[k - 1], &keys[k]) != 0)
            place = k + 1;
        struct rp_pod *pod = rp_pod_in(arena, keys[k].pod);
        *(believed ? &pod->rank_believed : &pod->rank) = place;
    }
    return n;
}

/* The first pods in the order of the keys that the kubelet would not pass over. */
static void collect(struct rp_arena *arena, uint32_t n, struct rp_victims *ret)
{
    const struct rp_rank_key *keys = rp_rank_keys(arena);
    uint32_t group = 0;
    ret->n = 0;
    for (uint32_t k = 0; k < n && ret->n < RP_VICTIMS_MAX; k++) {
        if (k == 0 || compare(&keys[k - 1], &keys[k]) != 0)
            group = k + 1;
        if (rp_pod_in(arena, keys[k].pod)->critical)
            continue;
        ret->list[ret->n++] = (struct rp_victim){
            .pod = keys[k].pod,
            .group = group,
            .over_request_bytes = keys[k].over_bytes,
            .exceeds_request = keys[k].exceeds,
        };
    }
}

static uint32_t first_group(const struct rp_victims *victims)
{
    uint32_t n = 0;
    while (n < victims->n && victims->list[n].group == victims->list[0].group)
        n++;
    return n;
}

static bool has(const struct rp_victims *victims, uint32_t n, uint32_t pod)
{
    for (uint32_t i = 0; i < n; i++)
        if (victims->list[i].pod == pod)
            return true;
    return false;
}

/* Put those who are first only by the older numbers behind the first group; the rest moves back. */
static void join(struct rp_victims *now, const struct rp_victims *believed)
{
    struct rp_victims sum = {.pods_epoch = now->pods_epoch, .candidates = now->candidates, .unknown = now->unknown};
    const uint32_t first = first_group(now), first_believed = first_group(believed);
    const uint32_t stale_min = first_believed < STALE_MIN ? first_believed : STALE_MIN;
    for (uint32_t i = 0; i < first && sum.n < RP_VICTIMS_MAX - stale_min; i++)
        sum.list[sum.n++] = now->list[i];
    for (uint32_t i = 0; i < first_believed && sum.n < RP_VICTIMS_MAX; i++) {
        if (has(now, first, believed->list[i].pod))
            continue;
        sum.list[sum.n] = believed->list[i];
        sum.list[sum.n].group = 0; /* a tie among themselves */
        sum.list[sum.n++].stale_only = true;
    }
    for (uint32_t i = 0; i < now->n && sum.n < RP_VICTIMS_MAX; i++)
        if (!has(&sum, sum.n, now->list[i].pod))
            sum.list[sum.n++] = now->list[i];
    *now = sum;
}

void rp_victims_step(struct rp_arena *arena)
{
    struct rp_victims now = {.pods_epoch = arena->node.pods_epoch}, believed = {.n = 0};
    if (arena->victims.pods_epoch == arena->node.pods_epoch)
        return;
    if (arena->node.generations[RP_LIST_STATS])
        collect(arena, rank(arena, true), &believed);
    now.candidates = rank(arena, false);
    now.unknown = count_unknown(arena);
    collect(arena, now.candidates, &now);
    join(&now, &believed);
    arena->victims = now;
}

bool rp_victims_sure(const struct rp_arena *arena)
{
    return arena->node.pods_listed && arena->victims.unknown == 0;
}
