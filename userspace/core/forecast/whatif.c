// SPDX-License-Identifier: Apache-2.0
/*
 * The ranking asked backwards. It is never worse for a pod to request more or to have a higher priority, so the smallest
 * number that is enough is found by halving, with the very comparison that ranks: no second copy of its rules.
 */
#include "core/forecast/whatif.h"

#include "base/num.h"
#include "core/forecast/victims.h"
#include "core/model/manager.h"
#include "core/model/table.h"

#define REQUEST_MAX  (INT64_C(1) << 50)  /* a pebibyte: no machine */
#define PRIORITY_MAX INT64_C(1000000000) /* of a PriorityClass that users may make */

static bool is_memory(enum rp_signal signal)
{
    return signal == RP_SIGNAL_MEMORY || signal == RP_SIGNAL_ALLOCATABLE;
}

static void key_of(struct rp_arena *arena, const struct rp_kubelet_pod *pod, uint32_t i, enum rp_signal signal,
                   struct rp_rank_key *ret)
{
    ret->pod = i;
    rp_kubelet_rank_key(pod, signal, rp_layout(arena), ret);
}

/* The first of all others that the kubelet would not pass over. */
static void find_rival(struct rp_arena *arena, uint32_t self, enum rp_signal signal, struct rp_whatif *ret)
{
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_in(arena, i);
        struct rp_rank_key key;
        if (i == self || !rp_victim_candidate(pod) || pod->critical)
            continue;
        const struct rp_kubelet_pod seen = rp_victim_seen(pod, !is_memory(signal));
        key_of(arena, &seen, i, signal, &key);
        if (ret->rival != RP_INDEX_NONE && rp_kubelet_rank_compare(&ret->rivals, &key) <= 0)
            continue;
        ret->rival = i;
        ret->rivals = key;
    }
}

static void set_request(struct rp_kubelet_pod *pod, enum rp_signal signal, int64_t value)
{
    if (is_memory(signal)) {
        pod->memory_request_bytes = value;
        pod->memory_request_cut_nano = 0;
    } else {
        pod->storage_request_bytes = value;
        pod->storage_request_cut_nano = 0;
    }
}

/* A pod with one of its numbers open. */
struct search {
    struct rp_arena *arena;
    const struct rp_whatif *whatif; /* the rival to fall behind */
    struct rp_kubelet_pod pod;
    enum rp_signal signal;
    void (*set)(struct rp_kubelet_pod *pod, enum rp_signal signal, int64_t value);
};

static bool enough(struct search *search, int64_t value)
{
    struct rp_rank_key key;
    search->set(&search->pod, search->signal, value);
    key_of(search->arena, &search->pod, search->whatif->own.pod, search->signal, &key);
    return rp_kubelet_rank_compare(&search->whatif->rivals, &key) < 0;
}

static void set_priority(struct rp_kubelet_pod *pod, enum rp_signal signal, int64_t value)
{
    (void)signal;
    pod->priority = (int32_t)value;
}

/* The smallest value above `low`, which is not enough, up to `high`. */
static struct rp_remedy smallest(struct search search, int64_t low, int64_t high)
{
    if (low >= high || !enough(&search, high))
        return (struct rp_remedy){.helps = false};
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (enough(&search, middle))
            high = middle;
        else
            low = middle;
    }
    return (struct rp_remedy){.helps = true, .value = high};
}

static int64_t request_of(const struct rp_kubelet_pod *pod, enum rp_signal signal)
{
    if (signal == RP_SIGNAL_PID)
        return -1;
    return is_memory(signal) ? pod->memory_request_bytes : pod->storage_request_bytes;
}

static void set_use(const struct rp_kubelet_pod *pod, enum rp_signal signal, struct rp_whatif *ret)
{
    ret->request = request_of(pod, signal);
    ret->use = rp_add_sat_i64(ret->own.over, ret->request < 0 ? 0 : ret->request);
}

static uint8_t standing_of(const struct rp_pod *pod, const struct rp_whatif *whatif)
{
    if (pod->critical)
        return RP_STANDING_PASSED_OVER;
    if (whatif->rival == RP_INDEX_NONE)
        return RP_STANDING_NEXT;
    const int order = rp_kubelet_rank_compare(&whatif->own, &whatif->rivals);
    return order < 0 ? RP_STANDING_NEXT : order == 0 ? RP_STANDING_TIED : RP_STANDING_BEHIND;
}

static void find_remedies(struct rp_arena *arena, const struct rp_kubelet_pod *pod, enum rp_signal signal,
                          struct rp_whatif *whatif)
{
    struct search search = {.arena = arena, .whatif = whatif, .pod = *pod, .signal = signal, .set = set_request};
    if (whatif->request >= 0)
        whatif->by_request = smallest(search, whatif->request, REQUEST_MAX);
    search.set = set_priority;
    whatif->by_priority = smallest(search, pod->priority, PRIORITY_MAX);
}

void rp_whatif(struct rp_arena *arena, uint32_t i, enum rp_signal signal, struct rp_whatif *ret)
{
    const struct rp_pod *pod = rp_pod_in(arena, i);
    const struct rp_kubelet_pod seen = rp_victim_seen(pod, !is_memory(signal));
    struct rp_whatif whatif = {.rival = RP_INDEX_NONE};

    key_of(arena, &seen, i, signal, &whatif.own);
    if (rp_victim_candidate(pod)) {
        find_rival(arena, i, signal, &whatif);
        whatif.standing = standing_of(pod, &whatif);
        set_use(&seen, signal, &whatif);
    }
    const bool next = whatif.standing == RP_STANDING_NEXT || whatif.standing == RP_STANDING_TIED;
    if (next && whatif.rival != RP_INDEX_NONE)
        find_remedies(arena, &seen, signal, &whatif);
    *ret = whatif;
}
