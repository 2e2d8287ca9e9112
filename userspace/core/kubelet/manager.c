// SPDX-License-Identifier: Apache-2.0
/*
 * The eviction manager's memory (pkg/kubelet/eviction/eviction_manager.go: synchronize), step by step in its order. What
 * comes from the order of a Go map there, and so is chance, is a set here.
 */
#include "base/num.h"
#include "core/kubelet/threshold.h"

static enum rp_kubelet_condition condition_of(uint8_t signal)
{
    if (signal == RP_SIGNAL_MEMORY || signal == RP_SIGNAL_ALLOCATABLE)
        return RP_CONDITION_MEMORY;
    return signal == RP_SIGNAL_PID ? RP_CONDITION_PID : RP_CONDITION_DISK;
}

/* A signal without an observation is skipped: it can neither start nor hold anything. */
static bool is_met(const struct rp_threshold *threshold, const struct rp_kubelet_observation *observations,
                   bool with_reclaim)
{
    const struct rp_kubelet_observation *seen = &observations[threshold->signal];
    return seen->known && seen->available < rp_kubelet_amount(threshold, seen->capacity, with_reclaim);
}

/* Thresholds derived for containerfs count from the second look on: the first one still goes by the list before it. */
static bool counts_yet(const struct rp_kubelet_manager *manager, const struct rp_threshold *threshold)
{
    const bool derived =
        threshold->signal == RP_SIGNAL_CONTAINERFS || threshold->signal == RP_SIGNAL_CONTAINERFS_INODES;
    return manager->looks > 1 || !derived;
}

/* What was acted upon stays met until its min-reclaim is back as well. */
static uint32_t find_met(const struct rp_kubelet_manager *manager, const struct rp_fact_kubelet *kubelet,
                         const struct rp_kubelet_observation *observations)
{
    uint32_t met = 0;
    for (uint32_t i = 0; i < kubelet->thresholds_n; i++) {
        const struct rp_threshold *threshold = &kubelet->thresholds[i];
        if (counts_yet(manager, threshold) && is_met(threshold, observations, manager->acts & (1u << i)))
            met |= 1u << i;
    }
    return met;
}

/* A condition is raised at once, by a soft threshold in its grace too, and stays for the transition period. */
static void raise_conditions(struct rp_kubelet_manager *manager, const struct rp_fact_kubelet *kubelet, uint32_t met,
                             rp_ns now_ns)
{
    for (uint32_t i = 0; i < kubelet->thresholds_n; i++) {
        if (!(met & (1u << i)))
            continue;
        const enum rp_kubelet_condition condition = condition_of(kubelet->thresholds[i].signal);
        manager->raised[condition] = true;
        manager->raised_ns[condition] = now_ns;
    }
    for (uint32_t c = 0; c < RP_CONDITION_MAX; c++) {
        const bool held = manager->conditions & (1u << c);
        const bool holds = manager->raised[c] && now_ns - manager->raised_ns[c] < kubelet->transition_ns;
        if (holds && !held)
            manager->since_ns[c] = now_ns;
        manager->conditions = holds ? manager->conditions | (1u << c) : manager->conditions & ~(1u << c);
    }
}

static uint32_t past_grace(struct rp_kubelet_manager *manager, const struct rp_fact_kubelet *kubelet, uint32_t met,
                           rp_ns now_ns)
{
    uint32_t past = 0;
    for (uint32_t i = 0; i < RP_THRESHOLDS_MAX; i++) {
        if (!(met & (1u << i)))
            manager->met_ns[i] = 0;
        else if (!manager->met_ns[i])
            manager->met_ns[i] = now_ns;
        if (manager->met_ns[i] && now_ns - manager->met_ns[i] >= kubelet->thresholds[i].grace_ns)
            past |= 1u << i;
    }
    return past;
}

static bool is_fresh(const struct rp_kubelet_manager *manager, const struct rp_kubelet_observation *seen,
                     uint8_t signal)
{
    return seen->known && (!manager->seen[signal] || seen->t_ns == 0 || seen->t_ns > manager->seen_ns[signal]);
}

static uint32_t keep_fresh(const struct rp_kubelet_manager *manager, const struct rp_fact_kubelet *kubelet,
                           uint32_t past, const struct rp_kubelet_observation *observations)
{
    uint32_t fresh = 0;
    for (uint32_t i = 0; i < kubelet->thresholds_n; i++) {
        const uint8_t signal = kubelet->thresholds[i].signal;
        if ((past & (1u << i)) && is_fresh(manager, &observations[signal], signal))
            fresh |= 1u << i;
    }
    return fresh;
}

/* Memory first; among its two signals, and among all others, chance. */
static uint32_t may_come_first(const struct rp_fact_kubelet *kubelet, uint32_t due)
{
    uint32_t memory = 0;
    for (uint32_t i = 0; i < kubelet->thresholds_n; i++)
        if (condition_of(kubelet->thresholds[i].signal) == RP_CONDITION_MEMORY)
            memory |= 1u << i;
    return due & memory ? due & memory : due;
}

void rp_kubelet_synchronize(struct rp_kubelet_manager *manager, const struct rp_fact_kubelet *kubelet, rp_ns now_ns,
                            const struct rp_kubelet_observation observations[RP_SIGNAL_MAX],
                            struct rp_kubelet_decision *ret)
{
    manager->looks++;
    ret->met = find_met(manager, kubelet, observations);
    manager->acts = past_grace(manager, kubelet, ret->met, now_ns);
    raise_conditions(manager, kubelet, ret->met, now_ns);
    ret->due = keep_fresh(manager, kubelet, manager->acts, observations);
    ret->first = may_come_first(kubelet, ret->due);
    for (uint32_t signal = 0; signal < RP_SIGNAL_MAX; signal++) {
        manager->seen[signal] = observations[signal].known;
        manager->seen_ns[signal] = observations[signal].t_ns;
    }
}

bool rp_kubelet_may_reclaim(enum rp_signal signal, enum rp_kubelet_layout layout)
{
    if (signal == RP_SIGNAL_MEMORY || signal == RP_SIGNAL_ALLOCATABLE || signal == RP_SIGNAL_PID)
        return false;
    const bool nodefs = signal == RP_SIGNAL_NODEFS || signal == RP_SIGNAL_NODEFS_INODES;
    return !(nodefs && layout == RP_LAYOUT_DEDICATED); /* what could be deleted lies on imagefs then */
}

bool rp_kubelet_is_satisfied(const struct rp_fact_kubelet *kubelet,
                             const struct rp_kubelet_observation observations[RP_SIGNAL_MAX])
{
    for (uint32_t i = 0; i < kubelet->thresholds_n; i++)
        if (is_met(&kubelet->thresholds[i], observations, true))
            return false;
    return true;
}

bool rp_kubelet_admits(uint32_t conditions, bool critical, bool best_effort, bool tolerates_memory_pressure)
{
    if (conditions == 0 || critical)
        return true;
    return conditions == 1u << RP_CONDITION_MEMORY && (!best_effort || tolerates_memory_pressure);
}
