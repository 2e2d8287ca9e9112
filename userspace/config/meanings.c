// SPDX-License-Identifier: Apache-2.0
/* What the settings mean that are more than a number or a text: modes, lists, the kubelet's maps, workloads. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "config/schema.h"
#include "core/model/policy_text.h"

static bool is(const char *text, const char *word)
{
    return strcmp(text, word) == 0;
}

/* ---- the document */

int rp_bind_version(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                    struct rp_complaint *why)
{
    (void)binder;
    (void)setting;
    return is(text, "1") ? 0 : rp_bind_refuse(why, "must be 1, the only version of this file's format");
}

int rp_bind_mode(struct rp_binder *binder, const struct rp_setting *setting, const char *text, struct rp_complaint *why)
{
    (void)setting;
    if (!is(text, "observe") && !is(text, "enforce"))
        return rp_bind_refuse(why, "must be observe or enforce, not \"%.*s\"", RP_BIND_SHOWN, text);
    binder->policy->mode = is(text, "enforce") ? RP_MODE_ENFORCE : RP_MODE_OBSERVE;
    return 0;
}

int rp_bind_enforce(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                    struct rp_complaint *why)
{
    (void)setting;
    if (!text) {
        binder->policy->enabled = 0;
        return 0;
    }
    const enum rp_action_kind kind = rp_action_by_word(text);
    if (kind == RP_ACTION_NONE) {
        char words[120] = "";
        for (uint32_t i = RP_ACTION_NONE + 1; i < RP_ACTION_MAX; i++)
            (void)snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s%s", words[0] ? ", " : "",
                           rp_action_info((enum rp_action_kind)i)->word);
        return rp_bind_refuse(why, "\"%.*s\" is no action; there are: %s", RP_BIND_SHOWN, text, words);
    }
    if (binder->policy->enabled & (1u << kind))
        return rp_bind_refuse(why, "\"%s\" stands here twice", text);
    binder->policy->enabled |= 1u << kind;
    return 0;
}

int rp_bind_namespace(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                      struct rp_complaint *why)
{
    struct rp_policy *const policy = binder->policy;
    (void)setting;
    if (!text) {
        policy->allowed_namespaces_n = 0;
        return 0;
    }
    const char *const problem = rp_policy_text_problem(RP_TEXT_NAMESPACE, text);
    if (problem)
        return rp_bind_refuse(why, "%s, not \"%.*s\"", problem, RP_BIND_SHOWN, text);
    for (uint32_t i = 0; i < policy->allowed_namespaces_n; i++) {
        if (is(policy->allowed_namespaces[i], text))
            return rp_bind_refuse(why, "\"%s\" stands here twice", text);
    }
    return rp_copy(policy->allowed_namespaces[policy->allowed_namespaces_n++], RP_NS_MAX, text);
}

/* ---- kubelet */

int rp_bind_eviction_map(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                         struct rp_complaint *why)
{
    (void)text;
    (void)why;
    rp_kubelet_config_give(&binder->kubelet, (enum rp_kubelet_map)setting->kind);
    return 0;
}

int rp_bind_eviction(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                     struct rp_complaint *why)
{
    return rp_kubelet_config_set(&binder->kubelet, (enum rp_kubelet_map)setting->kind, setting->key, text, why);
}

int rp_bind_transition(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                       struct rp_complaint *why)
{
    (void)setting;
    return rp_kubelet_config_transition(&binder->kubelet, text, why);
}

int rp_bind_max_pod_grace(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                          struct rp_complaint *why)
{
    int64_t seconds = 0;
    (void)setting;
    if (rp_parse_i64(text, strlen(text), &seconds) < 0 || seconds < INT32_MIN || seconds > INT32_MAX)
        return rp_bind_refuse(why, "must be a whole number of seconds, without a unit, not \"%.*s\"", RP_BIND_SHOWN,
                              text);
    rp_kubelet_config_max_pod_grace(&binder->kubelet, (int32_t)seconds);
    return 0;
}

int rp_bind_merge(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                  struct rp_complaint *why)
{
    (void)setting;
    if (!is(text, "true") && !is(text, "false"))
        return rp_bind_refuse(why, "must be true or false, not \"%.*s\"", RP_BIND_SHOWN, text);
    rp_kubelet_config_merge(&binder->kubelet, is(text, "true"));
    return 0;
}

int rp_bind_kubelet_version(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                            struct rp_complaint *why)
{
    (void)setting;
    return rp_kubelet_config_version(&binder->kubelet, text, why);
}

int rp_bind_node_allocatable(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                             struct rp_complaint *why)
{
    static const char *const words[] = {"none",
                                        "pods",
                                        "system-reserved",
                                        "kube-reserved",
                                        "system-reserved-compressible",
                                        "kube-reserved-compressible"};
    (void)setting;
    if (!text) {
        rp_kubelet_config_enforce_pods(&binder->kubelet, false);
        return 0;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!is(text, words[i]))
            continue;
        if (is(text, "pods"))
            rp_kubelet_config_enforce_pods(&binder->kubelet, true);
        return 0;
    }
    return rp_bind_refuse(why, "the kubelet enforces pods, system-reserved and kube-reserved, not \"%.*s\"",
                          RP_BIND_SHOWN, text);
}

/* ---- workloads */

int rp_bind_workload_name(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                          struct rp_complaint *why)
{
    (void)setting;
    const char *const problem = rp_policy_text_problem(RP_TEXT_NAME, text);
    if (problem)
        return rp_bind_refuse(why, "%s", problem);
    for (uint32_t i = 0; i < binder->policy->rules_n; i++) {
        if (is(binder->policy->rules[i].name, text))
            return rp_bind_refuse(why, "another workload is called \"%s\" already", text);
    }
    if (rp_copy(binder->rule->name, sizeof(binder->rule->name), text) < 0)
        return rp_bind_refuse(why, "is longer than %zu bytes", sizeof(binder->rule->name) - 1);
    return 0;
}

static int set_glob(struct rp_binder *binder, const char *prefix, const char *text, struct rp_complaint *why)
{
    char glob[RP_PATH_MAX];
    if (binder->rule->glob[0])
        return rp_bind_refuse(why, "give either cgroup or unit, not both");
    if (strnlen(text, sizeof(glob)) + strlen(prefix) >= sizeof(glob))
        return rp_bind_refuse(why, "is longer than a cgroup path may be");
    (void)snprintf(glob, sizeof(glob), "%s%s", prefix, text);
    for (uint32_t i = 0; i < binder->policy->rules_n; i++) {
        if (is(binder->policy->rules[i].glob, glob))
            return rp_bind_refuse(why, "is the cgroup of workload \"%s\" already", binder->policy->rules[i].name);
    }
    return rp_copy(binder->rule->glob, sizeof(binder->rule->glob), glob);
}

int rp_bind_workload_cgroup(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                            struct rp_complaint *why)
{
    (void)setting;
    const char *const problem = rp_policy_text_problem(RP_TEXT_GLOB, text);
    return problem ? rp_bind_refuse(why, "%s", problem) : set_glob(binder, "", text, why);
}

/* In which slice a unit runs, only systemd knows; its name is unique on the machine, and so wherever it is it is the one. */
int rp_bind_workload_unit(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                          struct rp_complaint *why)
{
    (void)setting;
    const char *const problem = rp_policy_text_problem(RP_TEXT_UNIT, text);
    return problem ? rp_bind_refuse(why, "%s", problem) : set_glob(binder, "**/", text, why);
}

int rp_bind_workload_contract(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                              struct rp_complaint *why)
{
    return rp_contract_set(&binder->rule->contract, setting->key, text, why);
}
