// SPDX-License-Identifier: Apache-2.0
#include "core/model/budget.h"

#include "base/num.h"
#include "core/model/rank_sort.h"
#include "core/model/table.h"

#include <string.h>

static bool asks(const struct rp_pod *pod)
{
    return pod->live && pod->contract.protect;
}

static bool goes_first(struct rp_arena *arena, const struct rp_rank_key *a, const struct rp_rank_key *b)
{
    const struct rp_pod *left = rp_pod_in(arena, a->pod), *right = rp_pod_in(arena, b->pod);
    if (left->value != right->value)
        return left->value > right->value;
    if (left->start_unix_s != right->start_unix_s)
        return left->start_unix_s < right->start_unix_s;
    const int by_uid = strcmp(left->uid, right->uid); /* so that the order of the table decides nothing */
    return by_uid ? by_uid < 0 : a->pod < b->pod;
}

static int64_t budget_of(const struct rp_arena *arena)
{
    const int64_t allocatable = arena->node.allocatable_bytes;
    if (allocatable < 0)
        return INT64_MAX; /* not read yet: nothing is acted upon either */
    return rp_mul_div_i64(allocatable, arena->policy.protected_budget_permille, 1000);
}

static void grant(struct rp_arena *arena, struct rp_pod *pod, int64_t *left_bytes)
{
    const bool fits = pod->request_bytes <= *left_bytes;
    if (fits)
        *left_bytes -= pod->request_bytes;
    if (!fits && !pod->over_budget)
        rp_log_add(arena, (struct rp_log_entry){.kind = RP_LOG_PODS, .a = 3}, pod);
    pod->protected_ = fits;
    pod->over_budget = !fits;
}

void rp_budget_step(struct rp_arena *arena)
{
    struct rp_rank_key *keys = rp_rank_keys(arena);
    int64_t left_bytes = budget_of(arena);
    uint32_t n = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        if (asks(pod))
            keys[n++] = (struct rp_rank_key){.pod = i};
        else
            pod->protected_ = pod->over_budget = false;
    }
    rp_rank_sort(arena, n, goes_first);
    for (uint32_t k = 0; k < n; k++)
        grant(arena, rp_pod_in(arena, keys[k].pod), &left_bytes);
}
