// SPDX-License-Identifier: Apache-2.0
#include "core/model/facts.h"

#include "base/num.h"
#include "base/str.h"
#include "core/model/cgroups.h"
#include "core/model/manager.h"
#include "core/model/pods.h"
#include "core/model/table.h"

#include <string.h>

/* ---- single facts */

/* Returns where the pod was found, as a guess for the next one. */
static uint32_t take_pod(struct rp_arena *arena, const struct rp_fact_pod *fact, uint64_t generation, uint32_t guess)
{
    uint32_t i = rp_pod_find(arena, fact->uid, guess);
    if (i == RP_INDEX_NONE)
        i = rp_pod_new(arena, fact->uid);
    if (i == RP_INDEX_NONE)
        return guess;
    struct rp_pod *pod = rp_pod_in(arena, i);
    pod->has_facts = true;
    pod->generation = generation;
    rp_cut(pod->namespace_, sizeof(pod->namespace_), fact->namespace_);
    rp_cut(pod->name, sizeof(pod->name), fact->name);
    pod->priority = fact->priority;
    pod->qos = fact->qos;
    pod->critical = fact->critical;
    pod->node_critical = fact->node_critical;
    pod->terminating = fact->terminating;
    pod->finished = fact->finished;
    pod->sandboxed = fact->sandboxed;
    pod->request_bytes = rp_max_i64(0, fact->memory_request_bytes);
    pod->limit_bytes = fact->memory_limit_bytes;
    pod->request_cut_nano = fact->memory_request_cut_nano;
    pod->storage = fact->storage;
    pod->termination_grace_ns = fact->termination_grace_ns;
    pod->evicted_ns = fact->evicted_ns;
    pod->liveness_window_ns = fact->liveness_window_ns;
    pod->start_unix_s = fact->start_unix_s;
    pod->containers_n = (uint32_t)rp_min_u64(fact->containers_n, RP_CONTAINERS_MAX);
    pod->containers_cut = fact->containers_cut;
    memcpy(pod->containers, fact->containers, sizeof(pod->containers));
    pod->declared = fact->contract;
    pod->declared_broken = fact->contract_broken;
    rp_pod_join(arena, i);
    return i + 1;
}

static uint32_t take_stats(struct rp_arena *arena, const struct rp_fact_pod_stats *fact, uint64_t generation,
                           uint32_t guess)
{
    const uint32_t i = rp_pod_find(arena, fact->uid, guess);
    if (i == RP_INDEX_NONE)
        return guess; /* not known yet, or gone: the next list of statistics comes soon */
    struct rp_pod *pod = rp_pod_in(arena, i);
    pod->stats_generation = generation;
    pod->believed_known = fact->working_set_bytes >= 0;
    pod->believed_bytes = fact->working_set_bytes;
    pod->believed_ns = fact->sampled_ns;
    pod->believed_processes = fact->processes;
    pod->believed_storage = fact->storage;
    return i + 1;
}

/* The kubelet's configuration does not tell its version; the policy may. */
static void take_kubelet(struct rp_arena *arena, const struct rp_fact_kubelet *fact)
{
    arena->node.kubelet = *fact;
    if (!fact->minor)
        arena->node.kubelet.minor = arena->policy.kubelet.minor;
}

static void take_source(struct rp_arena *arena, const struct rp_fact_source *fact)
{
    if (fact->source >= RP_SOURCE_MAX)
        return;
    struct rp_fact_source *source = &arena->node.sources[fact->source];
    if (fact->configured && (!source->configured || source->ok != fact->ok))
        rp_log_add(arena, (struct rp_log_entry){.kind = RP_LOG_SOURCE, .a = fact->source, .b = fact->ok}, NULL);
    *source = *fact;
}

/* ---- a list is complete */

/* A pod that the list does not name any more is unknown; without a cgroup nothing is left of it. */
static void forget_unlisted(struct rp_arena *arena, uint64_t generation)
{
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        if (!pod->live || !pod->has_facts || pod->generation == generation)
            continue;
        pod->has_facts = false;
        if (pod->cgroup == RP_INDEX_NONE)
            rp_pod_free(arena, i);
        else
            rp_pod_join(arena, i);
    }
}

static void forget_unmeasured(struct rp_arena *arena, uint64_t generation)
{
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        if (pod->stats_generation != generation)
            pod->believed_known = false;
    }
}

static void commit(struct rp_arena *arena, const struct rp_fact_list *list)
{
    arena->node.generations[list->list] = list->generation;
    arena->node.pods_epoch++;
    arena->node.facts_epoch++;
    if (list->list == RP_LIST_STATS)
        forget_unmeasured(arena, list->generation);
    rp_manager_listed(arena, (enum rp_list)list->list);
    if (list->list != RP_LIST_PODS)
        return;
    arena->node.pods_listed = true;
    forget_unlisted(arena, list->generation);
    /* Slices that found no room when they were born may find it now, or the pod that the list just brought. */
    if (arena->pods.overflow)
        rp_cgroups_judge(arena);
}

/* ---- lists */

/* Index of the COMMIT that ends the list begun at `begin`, or 0 if it is torn. */
static uint32_t end_of_list(const struct rp_sample *sample, uint32_t begin)
{
    const struct rp_fact_list *head = &sample->facts[begin].list;
    for (uint32_t i = begin + 1; i < sample->facts_n; i++) {
        const struct rp_fact *fact = &sample->facts[i];
        if (fact->kind == RP_FACT_BEGIN)
            return 0;
        if (fact->kind != RP_FACT_COMMIT)
            continue;
        const bool whole = fact->list.list == head->list && fact->list.generation == head->generation &&
                           fact->list.count == i - begin - 1 && head->list < RP_LIST_MAX;
        return whole ? i : 0;
    }
    return 0;
}

static void take_list(struct rp_arena *arena, const struct rp_fact *facts, uint32_t begin, uint32_t end)
{
    const uint64_t generation = facts[begin].list.generation;
    uint32_t guess = 0;
    for (uint32_t i = begin + 1; i < end; i++) {
        const struct rp_fact *fact = &facts[i];
        if (fact->kind == RP_FACT_POD)
            guess = take_pod(arena, &fact->pod, generation, guess);
        else if (fact->kind == RP_FACT_POD_STATS)
            guess = take_stats(arena, &fact->pod_stats, generation, guess);
        else if (fact->kind == RP_FACT_KUBELET)
            take_kubelet(arena, &fact->kubelet);
        else if (fact->kind == RP_FACT_NODE_STATS)
            arena->node.believed = fact->node_stats;
        else if (fact->kind == RP_FACT_SOURCE)
            take_source(arena, &fact->source);
    }
    commit(arena, &facts[end].list);
}

void rp_facts_step(struct rp_arena *arena, const struct rp_sample *sample)
{
    for (uint32_t i = 0; i < sample->facts_n; i++) {
        if (sample->facts[i].kind != RP_FACT_BEGIN)
            continue;
        const uint32_t end = end_of_list(sample, i);
        if (!end)
            continue;
        take_list(arena, sample->facts, i, end);
        i = end;
    }
}
