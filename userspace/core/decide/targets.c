// SPDX-License-Identifier: Apache-2.0
/* Who may be acted against, and in which order. */
#include "base/num.h"
#include "core/decide/decide.h"
#include "core/model/table.h"

#include <string.h>

#define EVIDENCE_MAX_NS (5 * RP_NS_PER_S)

/* The cluster's own add-ons, network and storage among them, do not always carry a critical priority. */
static bool is_system(const struct rp_pod *pod)
{
    static const char name[] = "kube-system";
    return memcmp(pod->namespace_, name, sizeof(name)) == 0;
}

bool rp_pod_expendable(const struct rp_pod *pod)
{
    if (!pod->live || pod->cgroup == RP_INDEX_NONE || pod->self)
        return false;
    if (!pod->has_facts && !pod->from_rule)
        return false; /* E1: an unknown pod may be anything */
    /* A contract that was not understood may have meant "protect": leave that pod alone, and show it. */
    return !pod->protected_ && !pod->critical && !is_system(pod) && !pod->terminating && !pod->finished &&
           !pod->contract_broken;
}

bool rp_somebody_protected(struct rp_arena *arena)
{
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_in(arena, i);
        if (pod->live && pod->protected_ && !pod->finished)
            return true;
    }
    return false;
}

bool rp_pod_checkpointing(const struct rp_pod *pod)
{
    return pod->checkpoint.state == RP_CHECKPOINT_REQUESTED;
}

int64_t rp_pod_reclaimable_bytes(const struct rp_arena *arena, const struct rp_pod *pod)
{
    if (pod->cgroup >= arena->cgroups.used)
        return 0;
    const struct rp_cgroup_reading *now =
        &((const struct rp_cgroup *)((const unsigned char *)arena + arena->cgroups.offset))[pod->cgroup].now;
    if (!(now->known & RP_CG_ANON_FILE))
        return 0;
    uint64_t bytes = rp_min_u64(now->file_bytes, now->usage_bytes);
    if (arena->node.now.known & RP_NODE_SWAP) {
        uint64_t swappable =
            now->anon_bytes < arena->node.now.swap_free_bytes ? now->anon_bytes : arena->node.now.swap_free_bytes;
        bytes = rp_add_sat_u64(bytes, swappable);
    }
    return rp_i64_of_u64(bytes);
}

bool rp_step_allowed(const struct rp_arena *arena, const struct rp_pod *pod, enum rp_action_kind kind)
{
    if (!(arena->policy.enabled & (1u << kind)))
        return false;
    return kind <= (enum rp_action_kind)pod->contract.floor;
}

static bool goes_before(const struct rp_pod *a, const struct rp_pod *b)
{
    if (a->value != b->value)
        return a->value < b->value;
    if (a->growth_bytes_per_s != b->growth_bytes_per_s)
        return a->growth_bytes_per_s > b->growth_bytes_per_s;
    return a->working_set_bytes > b->working_set_bytes;
}

uint32_t rp_targets(struct rp_arena *arena, uint32_t *order, uint32_t cap)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_in(arena, i);
        /* E6: of a pod that was not looked at lately nobody knows what it does. */
        if (!rp_pod_expendable(pod) || rp_sub_sat_u64(arena->t_ns, pod->working_set_ns) > EVIDENCE_MAX_NS)
            continue;
        /* Insertion into a bounded list: with more pods than places, those that would go last fall out. */
        uint32_t at = n < cap ? n : cap;
        while (at > 0 && goes_before(pod, rp_pod_in(arena, order[at - 1])))
            at--;
        if (at == cap)
            continue;
        uint32_t last = n < cap ? n++ : cap - 1;
        for (uint32_t k = last; k > at; k--)
            order[k] = order[k - 1];
        order[at] = i;
    }
    return n;
}
