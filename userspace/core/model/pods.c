// SPDX-License-Identifier: Apache-2.0
#include "core/model/pods.h"

#include "base/num.h"
#include "base/str.h"
#include "core/model/table.h"

#include <string.h>

uint32_t rp_pod_find(struct rp_arena *arena, const char *uid, uint32_t guess)
{
    const uint32_t used = arena->pods.used;
    if (uid[0] == '\0' || used == 0)
        return RP_INDEX_NONE;
    uint32_t i = guess < used ? guess : 0;
    for (uint32_t looked = 0; looked < used; looked++) {
        const struct rp_pod *pod = rp_pod_in(arena, i);
        if (pod->live && strcmp(pod->uid, uid) == 0)
            return i;
        i = i + 1 < used ? i + 1 : 0;
    }
    return RP_INDEX_NONE;
}

uint32_t rp_pod_new(struct rp_arena *arena, const char *uid)
{
    const uint32_t i = rp_pod_take(arena);
    if (i == RP_INDEX_NONE)
        return i;
    struct rp_pod *pod = rp_pod_in(arena, i);
    pod->cgroup = pod->rule = RP_INDEX_NONE;
    pod->limit_bytes = -1;
    pod->liveness_window_ns = RP_NS_FOREVER;
    pod->made_after_action = arena->ladder.next_action_id;
    rp_contract_init(&pod->declared);
    rp_cut(pod->uid, sizeof(pod->uid), uid);
    rp_pod_join(arena, i);
    arena->node.pods_epoch++;
    arena->node.facts_epoch++;
    return i;
}

static void log_pod(struct rp_arena *arena, uint8_t what, const struct rp_pod *pod)
{
    rp_log_add(arena, (struct rp_log_entry){.kind = RP_LOG_PODS, .a = what}, pod);
}

void rp_pod_free(struct rp_arena *arena, uint32_t pod)
{
    log_pod(arena, 2, rp_pod_in(arena, pod));
    rp_pod_give(arena, pod);
    arena->node.pods_epoch++;
    arena->node.facts_epoch++;
}

uint32_t rp_rule_find(const struct rp_policy *policy, const char *path)
{
    for (uint32_t i = 0; i < policy->rules_n; i++)
        if (rp_glob_match(policy->rules[i].glob, path))
            return i;
    return RP_INDEX_NONE;
}

static bool namespace_may_speak(const struct rp_policy *policy, const char *namespace_)
{
    for (uint32_t i = 0; i < policy->allowed_namespaces_n; i++) {
        const char *allowed = policy->allowed_namespaces[i];
        if (strcmp(allowed, "*") == 0 || strcmp(allowed, namespace_) == 0)
            return true;
    }
    return false;
}

/* A rule's checkpoint keys stand for each other, so they are taken together or not at all. */
static void lay_over(struct rp_contract *contract, const struct rp_contract *rule)
{
    struct rp_contract sum = *contract;
    if (rule->set & RP_CONTRACT_CHECKPOINT) {
        sum = *rule;
        sum.protect = contract->protect;
        sum.value = contract->value;
        sum.floor = contract->floor;
    }
    sum.set = contract->set | rule->set;
    if (rule->set & RP_CONTRACT_PROTECT)
        sum.protect = rule->protect;
    if (rule->set & RP_CONTRACT_VALUE)
        sum.value = rule->value;
    if (rule->set & RP_CONTRACT_FLOOR)
        sum.floor = rule->floor;
    if (rule->set & RP_CONTRACT_DURATION)
        sum.duration_ns = rule->duration_ns;
    if (rule->set & RP_CONTRACT_TIMEOUT)
        sum.timeout_ns = rule->timeout_ns;
    if (rule->set & RP_CONTRACT_MIN_INTERVAL)
        sum.min_interval_ns = rule->min_interval_ns;
    *contract = sum;
}

/*
 * 100 for the default priority 0, and 90 more for each decimal digit: priorities are powers of ten in practice, so that
 * 1000 and 1000000 should differ as much as 1 and 1000. Below zero 10 less for each digit. All of 0..1000, never falling.
 */
uint32_t rp_value_of_priority(int32_t priority)
{
    uint32_t digits = 0;
    for (uint32_t rest = priority < 0 ? 0u - (uint32_t)priority : (uint32_t)priority; rest > 0; rest /= 10)
        digits++;
    return priority < 0 ? 100 - 10 * digits : 100 + 90 * digits;
}

static uint32_t value_of(const struct rp_pod *pod)
{
    if (pod->contract.set & RP_CONTRACT_VALUE)
        return pod->contract.value;
    if (!pod->has_facts && !pod->from_rule)
        return 1000; /* unknown may be anything */
    return rp_value_of_priority(pod->priority);
}

void rp_pod_join(struct rp_arena *arena, uint32_t index)
{
    const struct rp_policy *policy = &arena->policy;
    struct rp_pod *pod = rp_pod_in(arena, index);
    const bool heard = pod->has_facts && namespace_may_speak(policy, pod->namespace_);
    if (heard)
        pod->contract = pod->declared;
    else
        rp_contract_init(&pod->contract);
    pod->contract_broken = heard && pod->declared_broken;
    if (pod->rule < policy->rules_n) {
        const struct rp_rule *rule = &policy->rules[pod->rule];
        lay_over(&pod->contract, &rule->contract);
        if (pod->from_rule)
            rp_cut(pod->name, sizeof(pod->name), rule->name);
    }
    pod->value = value_of(pod);
}
