// SPDX-License-Identifier: Apache-2.0
/*
 * The policy as a value: its defaults, and the check that stands between foreign bytes (a recording, a descriptor from the
 * config child) and everybody who trusts them. Both come from tbl/settings.h.
 */
#include "reprieve/policy.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/line.h"
#include "base/str.h"
#include "core/model/policy_text.h"
#include "core/parse/kubelet_config.h"

enum section {
    SECTION_ROOT,
#define RP_SECTION(id, key, text) SECTION_##id,
#include "reprieve/tbl/settings.h"
};

static const char *const section_keys[] = {
    [SECTION_ROOT] = "",
#define RP_SECTION(id, key, text) [SECTION_##id] = key ".",
#include "reprieve/tbl/settings.h"
};

struct number {
    enum section section;
    const char *key;
    size_t offset, size;
    uint64_t initial, min, max;
};

static const struct number numbers[] = {
#define RP_NUMBER(section, key, kind, member, initial, min, max, text)                                                 \
    {SECTION_##section,                                                                                                \
     key,                                                                                                              \
     offsetof(struct rp_policy, member),                                                                               \
     sizeof(((struct rp_policy *)0)->member),                                                                          \
     initial,                                                                                                          \
     min,                                                                                                              \
     max},
#include "reprieve/tbl/settings.h"
};

struct string {
    enum section section;
    enum rp_policy_text kind;
    const char *key;
    size_t offset, size;
    const char *initial;
};

static const struct string strings[] = {
#define RP_STRING(section, key, kind, member, initial, text)                                                           \
    {SECTION_##section,                                                                                                \
     RP_TEXT_##kind,                                                                                                   \
     key,                                                                                                              \
     offsetof(struct rp_policy, member),                                                                               \
     sizeof(((struct rp_policy *)0)->member),                                                                          \
     initial},
#include "reprieve/tbl/settings.h"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define KINDS_ALL    (((1u << RP_ACTION_MAX) - 1) & ~(1u << RP_ACTION_NONE))

void rp_policy_init(struct rp_policy *policy)
{
    unsigned char *const bytes = (unsigned char *)policy;
    memset(policy, 0, sizeof(*policy));
    policy->magic = RP_POLICY_MAGIC;
    policy->version = RP_POLICY_VERSION;
    policy->bytes = sizeof(*policy);
    policy->mode = RP_MODE_OBSERVE;
    policy->enabled = KINDS_ALL;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        const uint32_t narrow = (uint32_t)numbers[i].initial;
        if (numbers[i].size == sizeof(narrow))
            memcpy(bytes + numbers[i].offset, &narrow, sizeof(narrow));
        else
            memcpy(bytes + numbers[i].offset, &numbers[i].initial, sizeof(numbers[i].initial));
    }
    for (size_t i = 0; i < COUNT(strings); i++)
        rp_discard(rp_copy((char *)bytes + strings[i].offset, strings[i].size, strings[i].initial));

    struct rp_kubelet_config defaults;
    struct rp_complaint why;
    rp_kubelet_config_begin(&defaults);
    rp_discard(rp_kubelet_config_finish(&defaults, &policy->kubelet, &why));
}

/* ---- check */

/* Says "<a><b>: <problem>" and fails. */
static int complain(struct rp_complaint *why, const char *a, const char *b, const char *problem)
{
    struct rp_line line;
    rp_line_init(&line, why->text, sizeof(why->text));
    rp_line_add(&line, a);
    rp_line_add(&line, b);
    rp_line_add(&line, ": ");
    rp_line_add(&line, problem);
    return -EINVAL;
}

static bool ends(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static int check_head(const struct rp_policy *policy, struct rp_complaint *why)
{
    if (policy->magic != RP_POLICY_MAGIC || policy->bytes != sizeof(*policy))
        return complain(why, "policy", "", "these bytes are none");
    if (policy->version != RP_POLICY_VERSION)
        return complain(why, "version", "", "is another one than this program's");
    if (policy->mode > RP_MODE_ENFORCE)
        return complain(why, "mode", "", "must be observe or enforce");
    if (policy->enabled & ~KINDS_ALL)
        return complain(why, "enforce", "", "has an unknown kind of action");
    return 0;
}

static int check_numbers(const struct rp_policy *policy, struct rp_complaint *why)
{
    const unsigned char *const bytes = (const unsigned char *)policy;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        const struct number *const n = &numbers[i];
        uint32_t narrow = 0;
        uint64_t value = 0;
        memcpy(&narrow, bytes + n->offset, sizeof(narrow));
        memcpy(&value, bytes + n->offset, n->size);
        if (n->size == sizeof(narrow))
            value = narrow;
        if (value < n->min || value > n->max)
            return complain(why, section_keys[n->section], n->key, "is out of range");
    }
    return 0;
}

static int check_strings(const struct rp_policy *policy, struct rp_complaint *why)
{
    for (size_t i = 0; i < COUNT(strings); i++) {
        const struct string *const s = &strings[i];
        const char *const text = (const char *)policy + s->offset;
        const char *const problem = ends(text, s->size) ? rp_policy_text_problem(s->kind, text) : "does not end";
        if (problem)
            return complain(why, section_keys[s->section], s->key, problem);
    }
    return 0;
}

static int check_namespaces(const struct rp_policy *policy, struct rp_complaint *why)
{
    const char *const key = "kubernetes.allowed-namespaces";
    if (policy->allowed_namespaces_n > RP_NAMESPACES_MAX)
        return complain(why, key, "", "too many");
    for (uint32_t i = 0; i < policy->allowed_namespaces_n; i++) {
        const char *const text = policy->allowed_namespaces[i];
        const char *const problem =
            ends(text, RP_NS_MAX) ? rp_policy_text_problem(RP_TEXT_NAMESPACE, text) : "does not end";
        if (problem)
            return complain(why, key, "", problem);
    }
    return 0;
}

/* The guard's judge of frames from the link knows what a contract and a kubelet's settings may be; it serves here too. */
static bool contract_in_range(const struct rp_contract *contract)
{
    struct rp_fact fact = {.version = RP_LINK_VERSION, .kind = RP_FACT_POD, .pod.uid = "-"};
    memcpy(&fact.pod.contract, contract, sizeof(*contract));
    return rp_fact_validate(&fact, sizeof(fact)) == 0;
}

static bool kubelet_in_range(const struct rp_fact_kubelet *kubelet)
{
    struct rp_fact fact = {.version = RP_LINK_VERSION, .kind = RP_FACT_KUBELET};
    memcpy(&fact.kubelet, kubelet, sizeof(*kubelet));
    return rp_fact_validate(&fact, sizeof(fact)) == 0;
}

static int check_rule(const struct rp_policy *policy, uint32_t which, struct rp_complaint *why)
{
    const struct rp_rule *const rule = &policy->rules[which];
    if (!ends(rule->name, sizeof(rule->name)) || rp_policy_text_problem(RP_TEXT_NAME, rule->name))
        return complain(why, "workloads", "", "one has no proper name");
    if (!ends(rule->glob, sizeof(rule->glob)) || rp_policy_text_problem(RP_TEXT_GLOB, rule->glob))
        return complain(why, "workloads.", rule->name, "has no proper cgroup");
    if (!contract_in_range(&rule->contract))
        return complain(why, "workloads.", rule->name, "its contract is out of range");
    for (uint32_t i = 0; i < which; i++) {
        if (memcmp(policy->rules[i].name, rule->name, strlen(rule->name) + 1) == 0)
            return complain(why, "workloads.", rule->name, "two have this name");
    }
    struct rp_complaint contract;
    if (rp_contract_check(&rule->contract, &contract) < 0)
        return complain(why, "workloads.", rule->name, contract.text);
    return 0;
}

static int check_rules(const struct rp_policy *policy, struct rp_complaint *why)
{
    if (policy->rules_n > RP_RULES_MAX)
        return complain(why, "workloads", "", "too many");
    for (uint32_t i = 0; i < policy->rules_n; i++) {
        const int r = check_rule(policy, i, why);
        if (r < 0)
            return r;
    }
    return 0;
}

static int check_kubelet(const struct rp_policy *policy, struct rp_complaint *why)
{
    return kubelet_in_range(&policy->kubelet) ? 0 : complain(why, "kubelet", "", "is out of range");
}

static int check_relations(const struct rp_policy *policy, struct rp_complaint *why)
{
    if (policy->checkpoint_ends_permille < policy->checkpoint_permille)
        return complain(why, "checkpoint.ends-probability", "", "must not be below checkpoint.probability");
    if (policy->sweep_fast_ns > policy->sweep_calm_ns)
        return complain(why, "sampling.fast", "", "must not be longer than sampling.calm");
    if (policy->cgroups_max && policy->cgroups_max < policy->pods_max)
        return complain(why, "limits.cgroups", "", "must not be below limits.pods: every pod is a cgroup");
    return 0;
}

int rp_policy_check(const struct rp_policy *policy, struct rp_complaint *why)
{
    static int (*const checks[])(const struct rp_policy *, struct rp_complaint *) = {
        check_head, check_numbers, check_strings, check_namespaces, check_rules, check_kubelet, check_relations,
    };
    for (size_t i = 0; i < COUNT(checks); i++) {
        const int r = checks[i](policy, why);
        if (r < 0)
            return r;
    }
    return 0;
}
