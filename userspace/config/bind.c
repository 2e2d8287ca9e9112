// SPDX-License-Identifier: Apache-2.0
/* From the loaded texts to a policy: through the table once, a mapping before the keys in it. */
#include "config/bind.h"

#include <stdio.h>
#include <string.h>

struct bind {
    struct rp_binder binder;
    struct rp_report *report;
    const struct rp_lint *lint;
    const struct rp_slot *maps[RP_MAP_MAX]; /* NULL: not given */
};

static void apply(struct bind *bind, const struct rp_setting *setting, const char *path, const char *text)
{
    struct rp_complaint why = {""};
    if (setting->bind(&bind->binder, setting, text, &why) < 0)
        rp_report_on(bind->report, path, "%s", why.text);
}

static void apply_list(struct bind *bind, const struct rp_setting *setting, const char *path,
                       const struct rp_slot *slot)
{
    char *const *const texts = slot->data;
    char entry[RP_CONFIG_PATH_MAX + 16];
    if (!rp_report_find(bind->report, path)) /* an empty list has no data, but it has a place */
        return;
    apply(bind, setting, path, NULL);
    for (unsigned i = 0; i < slot->n; i++) {
        (void)snprintf(entry, sizeof(entry), "%s[%u]", path, i);
        apply(bind, setting, entry, texts[i]);
    }
}

/* ---- workloads */

/* Was the key given, but wrong? Then its absence from the rule is no second mistake. */
static bool spoilt(const struct bind *bind, const char *above, const char *key)
{
    char path[2 * RP_CONFIG_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s.%s", above, key);
    return bind->lint->unsound[rp_setting_find(RP_MAP_WORKLOAD, key)] || rp_report_about(bind->report, path);
}

static void check_workload(struct bind *bind, const char *path)
{
    const struct rp_rule *const rule = bind->binder.rule;
    char inside[RP_CONFIG_PATH_MAX + 1];
    struct rp_complaint why;
    (void)snprintf(inside, sizeof(inside), "%s.", path);
    if (!rp_report_about(bind->report, inside) && rp_contract_check(&rule->contract, &why) < 0)
        rp_report_on(bind->report, path, "%s", why.text);
    if (!rule->name[0] && !spoilt(bind, path, "name"))
        rp_report_on(bind->report, path, "needs a name");
    if (!rule->glob[0] && !spoilt(bind, path, "cgroup") && !spoilt(bind, path, "unit"))
        rp_report_on(bind->report, path, "needs a cgroup or a unit");
}

static void apply_workload(struct bind *bind, const struct rp_slot *slots, unsigned index)
{
    char above[RP_CONFIG_PATH_MAX], path[2 * RP_CONFIG_PATH_MAX];
    bind->binder.rule = &bind->binder.policy->rules[index];
    rp_contract_init(&bind->binder.rule->contract);
    (void)snprintf(above, sizeof(above), "workloads[%u]", index);
    for (uint32_t i = 0; i < rp_settings_n; i++) {
        if (rp_settings[i].in != RP_MAP_WORKLOAD || !slots[i].data)
            continue;
        (void)snprintf(path, sizeof(path), "%s.%s", above, rp_settings[i].key);
        apply(bind, &rp_settings[i], path, slots[i].data);
    }
    check_workload(bind, above);
    bind->binder.policy->rules_n++;
}

static void apply_workloads(struct bind *bind, const struct rp_slot *slot)
{
    const struct rp_slot *const entries = slot->data;
    for (unsigned i = 0; i < slot->n; i++)
        apply_workload(bind, &entries[(size_t)i * rp_settings_n], i);
}

/* ---- the document */

static void apply_setting(struct bind *bind, uint32_t i)
{
    const struct rp_setting *const setting = &rp_settings[i];
    char path[RP_CONFIG_PATH_MAX];
    if (setting->in == RP_MAP_WORKLOAD || !bind->maps[setting->in])
        return;
    const struct rp_slot *const slot = &bind->maps[setting->in][i];
    rp_setting_path(setting, path);
    switch ((enum rp_shape)setting->shape) {
    case RP_SHAPE_SCALAR:
        if (slot->data)
            apply(bind, setting, path, slot->data);
        break;
    case RP_SHAPE_LIST:
        if (!bind->lint->unsound[i])
            apply_list(bind, setting, path, slot);
        break;
    case RP_SHAPE_MAP:
        bind->maps[setting->opens] = slot->data;
        if (slot->data && setting->bind)
            apply(bind, setting, path, NULL);
        break;
    case RP_SHAPE_MAPS:
        apply_workloads(bind, slot);
        break;
    }
}

void rp_bind_document(const struct rp_slot *root, const struct rp_lint *lint, struct rp_report *report,
                      struct rp_policy *policy)
{
    struct bind bind = {.binder.policy = policy, .report = report, .lint = lint, .maps[RP_MAP_ROOT] = root};
    struct rp_complaint why;
    rp_kubelet_config_begin(&bind.binder.kubelet);
    for (uint32_t i = 0; i < rp_settings_n; i++)
        apply_setting(&bind, i);
    if (!rp_report_about(report, "kubelet.") &&
        rp_kubelet_config_finish(&bind.binder.kubelet, &policy->kubelet, &why) < 0)
        rp_report_complaint(report, "kubelet.", &why);
}
