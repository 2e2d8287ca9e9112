// SPDX-License-Identifier: Apache-2.0
/*
 * Whom the kubelet would take. It ranks critical pods too, but passes over them when it evicts; what ties in its comparisons
 * is taken at random. For memory there are two orders: by what is now, and by the older numbers that it still believes.
 * What disks hold, and how many processes there are, is known from its own statistics alone.
 */
#include "core/forecast/victims.h"

#include "base/num.h"
#include "core/kubelet/threshold.h"
#include "core/model/manager.h"
#include "core/model/rank_sort.h"
#include "core/model/table.h"

#define STALE_MIN 3u /* places that older numbers get even if the first group alone would fill the list */

bool rp_victim_candidate(const struct rp_pod *pod)
{
    return pod->live && !pod->from_rule && !pod->finished;
}

/* Volumes that count in the ranking: those that the spec calls local. */
static void add_volumes(const struct rp_pod *pod, struct rp_kubelet_pod *ret)
{
    const struct rp_storage_use *use = &pod->believed_storage;
    for (uint32_t i = 0; i < pod->storage.volumes_n && i < RP_VOLUMES_MAX; i++) {
        const struct rp_volume_limit *volume = &pod->storage.volumes[i];
        for (uint32_t k = 0; volume->local && k < use->volumes_n && k < RP_VOLUMES_MAX; k++) {
            if (use->volumes[k].name != volume->name)
                continue;
            ret->volumes_bytes = rp_add_sat_i64(ret->volumes_bytes, use->volumes[k].bytes);
            ret->volumes_inodes = rp_add_sat_i64(ret->volumes_inodes, use->volumes[k].inodes);
            break;
        }
    }
}

struct rp_kubelet_pod rp_victim_seen(const struct rp_pod *pod, bool believed)
{
    struct rp_kubelet_pod ret = {
        .priority = pod->priority,
        .stats = believed ? pod->believed_known : pod->working_set_known && pod->cgroup != RP_INDEX_NONE,
        .memory_bytes = believed ? pod->believed_bytes : pod->working_set_bytes,
        .memory_request_bytes = pod->request_bytes,
        .memory_request_cut_nano = pod->request_cut_nano,
        .storage_request_bytes = pod->storage.request_bytes,
        .storage_request_cut_nano = pod->storage.request_cut_nano,
    };
    if (!believed)
        return ret;
    const struct rp_storage_use *use = &pod->believed_storage;
    ret.processes = pod->believed_processes;
    ret.rootfs_bytes = use->rootfs_bytes;
    ret.rootfs_inodes = use->rootfs_inodes;
    ret.logs_bytes = use->logs_bytes;
    ret.logs_inodes = use->logs_inodes;
    add_volumes(pod, &ret);
    return ret;
}

static uint32_t count_unknown(struct rp_arena *arena)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_in(arena, i);
        n += rp_victim_candidate(pod) && !pod->has_facts;
    }
    return n;
}

static bool before(struct rp_arena *arena, const struct rp_rank_key *a, const struct rp_rank_key *b)
{
    (void)arena;
    const int order = rp_kubelet_rank_compare(a, b);
    return order ? order < 0 : a->pod < b->pod; /* within a tie any order is as good; this one is the same every time */
}

/* Sorts the keys of all candidates into the arena's room for them and returns how many. */
static uint32_t sort(struct rp_arena *arena, enum rp_signal signal, bool believed)
{
    struct rp_rank_key *keys = rp_rank_keys(arena);
    uint32_t n = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        if (!rp_victim_candidate(rp_pod_in(arena, i)))
            continue;
        const struct rp_kubelet_pod pod = rp_victim_seen(rp_pod_in(arena, i), believed);
        keys[n].pod = i;
        rp_kubelet_rank_key(&pod, signal, rp_layout(arena), &keys[n++]);
    }
    rp_rank_sort(arena, n, before);
    return n;
}

/* By memory, and notes the places; ties share that of their first. */
static uint32_t rank(struct rp_arena *arena, bool believed)
{
    const struct rp_rank_key *keys = rp_rank_keys(arena);
    const uint32_t n = sort(arena, RP_SIGNAL_MEMORY, believed);
    uint32_t place = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++)
        *(believed ? &rp_pod_in(arena, i)->rank_believed : &rp_pod_in(arena, i)->rank) = 0;
    for (uint32_t k = 0; k < n; k++) {
        if (k == 0 || rp_kubelet_rank_compare(&keys[k - 1], &keys[k]) != 0)
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
        if (k == 0 || rp_kubelet_rank_compare(&keys[k - 1], &keys[k]) != 0)
            group = k + 1;
        if (rp_pod_in(arena, keys[k].pod)->critical)
            continue;
        ret->list[ret->n++] = (struct rp_victim){
            .pod = keys[k].pod,
            .group = group,
            .over_request = keys[k].over,
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
    struct rp_victims sum = {.epoch = now->epoch, .candidates = now->candidates, .unknown = now->unknown};
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

static void for_memory(struct rp_arena *arena)
{
    struct rp_victims now = {.epoch = arena->node.pods_epoch}, believed = {.n = 0};
    if (arena->victims.epoch == arena->node.pods_epoch)
        return;
    if (arena->node.generations[RP_LIST_STATS])
        collect(arena, rank(arena, true), &believed);
    now.candidates = rank(arena, false);
    now.unknown = count_unknown(arena);
    collect(arena, now.candidates, &now);
    join(&now, &believed);
    arena->victims = now;
}

static void for_signal(struct rp_arena *arena, enum rp_signal signal)
{
    struct rp_victims *victims = &arena->victims_by[signal];
    int64_t threshold = 0;
    if (victims->epoch == arena->node.facts_epoch)
        return;
    *victims = (struct rp_victims){.epoch = arena->node.facts_epoch};
    if (!arena->node.generations[RP_LIST_STATS] ||
        !rp_kubelet_hard_threshold(&arena->kubelet.effective, signal, 0, &threshold))
        return;
    victims->candidates = sort(arena, signal, true);
    victims->unknown = count_unknown(arena);
    collect(arena, victims->candidates, victims);
}

void rp_victims_step(struct rp_arena *arena)
{
    for_memory(arena);
    for (uint32_t signal = 0; signal < RP_SIGNAL_MAX; signal++)
        if (signal != RP_SIGNAL_MEMORY && signal != RP_SIGNAL_ALLOCATABLE)
            for_signal(arena, (enum rp_signal)signal);
}

bool rp_victims_sure(const struct rp_arena *arena)
{
    return arena->node.pods_listed && arena->victims.unknown == 0;
}
