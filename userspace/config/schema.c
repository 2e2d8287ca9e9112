// SPDX-License-Identifier: Apache-2.0
/* The table of all settings, and looking into it. */
#include "config/schema.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "core/model/policy_text.h"

#define SCALAR(map, name, function, what, about)                                                                       \
    {.in = RP_MAP_##map, .shape = RP_SHAPE_SCALAR, .key = (name), .bind = (function), .kind = (what), .text = (about)},
#define LIST(map, name, function, most, about)                                                                         \
    {.in = RP_MAP_##map, .shape = RP_SHAPE_LIST, .key = (name), .bind = (function), .max = (most), .text = (about)},
#define MAP(map, name, below, about)                                                                                   \
    {.in = RP_MAP_##map, .shape = RP_SHAPE_MAP, .key = (name), .opens = RP_MAP_##below, .text = (about)},
#define EVICTION_MAP(name, below, about)                                                                               \
    {.in = RP_MAP_KUBELET,                                                                                             \
     .shape = RP_SHAPE_MAP,                                                                                            \
     .key = (name),                                                                                                    \
     .opens = RP_MAP_##below,                                                                                          \
     .bind = rp_bind_eviction_map,                                                                                     \
     .kind = RP_KUBELET_##below,                                                                                       \
     .text = (about)},

#define MEMBER(member) .offset = offsetof(struct rp_policy, member), .size = sizeof(((struct rp_policy *)0)->member)
#define bind_DURATION  rp_bind_duration
#define bind_SHARE     rp_bind_share
#define bind_CPU       rp_bind_cpu
#define bind_COUNT     rp_bind_count
#define bind_SIZE      rp_bind_size

/* clang-format off */
const struct rp_setting rp_settings[] = {
    SCALAR(ROOT, "version", rp_bind_version, 0, "format of this file: 1")
    SCALAR(ROOT, "mode", rp_bind_mode, 0, "observe: compute and show, touch nothing; enforce: act")
    LIST(ROOT, "enforce", rp_bind_enforce, RP_ACTION_MAX, "kinds of action that enforce mode may execute")

#define RP_SECTION(id, key, text) MAP(ROOT, key, id, text)
#define RP_NUMBER(section, name, number, member, initial, least, most, about) \
    {.in = RP_MAP_##section, .shape = RP_SHAPE_SCALAR, .key = (name), .bind = bind_##number, MEMBER(member), \
     .min = (least), .max = (most), .text = (about)},
#define RP_STRING(section, name, string, member, initial, about) \
    {.in = RP_MAP_##section, .shape = RP_SHAPE_SCALAR, .key = (name), .bind = rp_bind_string, MEMBER(member), \
     .kind = RP_TEXT_##string, .text = (about)},
#include "reprieve/tbl/settings.h"

    LIST(KUBERNETES, "allowed-namespaces", rp_bind_namespace, RP_NAMESPACES_MAX,
         "pods of these namespaces may carry contracts; \"*\": of all")

    MAP(ROOT, "kubelet", KUBELET, "eviction settings to assume while configz is not known, in the kubelet's own words")
    EVICTION_MAP("evictionHard", HARD, "hard thresholds; once given, they replace all defaults")
    EVICTION_MAP("evictionSoft", SOFT, "soft thresholds")
    EVICTION_MAP("evictionSoftGracePeriod", GRACE, "how long each soft threshold must be met")
    EVICTION_MAP("evictionMinimumReclaim", RECLAIM, "how much more than the threshold an eviction frees")
#define RP_SIGNAL(id, name, resource, memory) SCALAR(HARD, name, rp_bind_eviction, RP_KUBELET_HARD, "quantity or percentage")
#include "reprieve/tbl/signals.h"
#undef RP_SIGNAL
#define RP_SIGNAL(id, name, resource, memory) SCALAR(SOFT, name, rp_bind_eviction, RP_KUBELET_SOFT, "quantity or percentage")
#include "reprieve/tbl/signals.h"
#undef RP_SIGNAL
#define RP_SIGNAL(id, name, resource, memory) SCALAR(GRACE, name, rp_bind_eviction, RP_KUBELET_GRACE, "duration")
#include "reprieve/tbl/signals.h"
#undef RP_SIGNAL
#define RP_SIGNAL(id, name, resource, memory) SCALAR(RECLAIM, name, rp_bind_eviction, RP_KUBELET_RECLAIM, "quantity or percentage")
#include "reprieve/tbl/signals.h"
#undef RP_SIGNAL
    SCALAR(KUBELET, "version", rp_bind_kubelet_version, 0, "of the kubelet, for details that differ: \"1.31\"")
    SCALAR(KUBELET, "evictionPressureTransitionPeriod", rp_bind_transition, 0, "how long a condition outlasts its cause")
    SCALAR(KUBELET, "evictionMaxPodGracePeriod", rp_bind_max_pod_grace, 0, "seconds given to a pod evicted softly")
    SCALAR(KUBELET, "mergeDefaultEvictionSettings", rp_bind_merge, 0, "true: evictionHard adds to the defaults")
    LIST(KUBELET, "enforceNodeAllocatable", rp_bind_node_allocatable, 8, "with \"pods\" there is an allocatable threshold")

    {.in = RP_MAP_ROOT, .shape = RP_SHAPE_MAPS, .key = "workloads", .opens = RP_MAP_WORKLOAD, .max = RP_RULES_MAX,
     .text = "workloads and their contracts, by cgroup or by systemd unit"},
    SCALAR(WORKLOAD, "name", rp_bind_workload_name, 0, "what it is called")
    SCALAR(WORKLOAD, "cgroup", rp_bind_workload_cgroup, 0, "pattern on its cgroup's path")
    SCALAR(WORKLOAD, "unit", rp_bind_workload_unit, 0, "its systemd unit, instead of cgroup")
#define RP_CONTRACT_KEY(key, text) SCALAR(WORKLOAD, key, rp_bind_workload_contract, 0, text)
#include "reprieve/tbl/settings.h"
};
/* clang-format on */

const uint32_t rp_settings_n = sizeof(rp_settings) / sizeof(rp_settings[0]);
static_assert(sizeof(rp_settings) / sizeof(rp_settings[0]) <= RP_SETTINGS_CAP, "a set of settings is an array of bool");

uint32_t rp_setting_find(enum rp_map in, const char *key)
{
    for (uint32_t i = 0; i < rp_settings_n; i++) {
        if (rp_settings[i].in == in && strcmp(rp_settings[i].key, key) == 0)
            return i;
    }
    return RP_INDEX_NONE;
}

static const struct rp_setting *opener(enum rp_map map)
{
    for (uint32_t i = 0; i < rp_settings_n; i++) {
        if (rp_settings[i].shape == RP_SHAPE_MAP && rp_settings[i].opens == map)
            return &rp_settings[i];
    }
    return NULL;
}

void rp_setting_path(const struct rp_setting *setting, char dst[static RP_CONFIG_PATH_MAX])
{
    const struct rp_setting *const above = opener(setting->in);
    const struct rp_setting *const top = above ? opener(above->in) : NULL;
    (void)snprintf(dst, RP_CONFIG_PATH_MAX, "%s%s%s%s%s", top ? top->key : "", top ? "." : "", above ? above->key : "",
                   above ? "." : "", setting->key);
}

/* Edits from a to b: insert, drop, replace a byte, swap two neighbours. Both are cut to what a key can be. */
static uint32_t distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    uint32_t rows[3][LONGEST + 1] = {0};
    const uint32_t n = (uint32_t)strnlen(a, LONGEST), m = (uint32_t)strnlen(b, LONGEST);
    for (uint32_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (uint32_t i = 1; i <= n; i++) {
        uint32_t *const now = rows[i % 3];
        const uint32_t *const before = rows[(i + 2) % 3], *const before_that = rows[(i + 1) % 3];
        now[0] = i;
        for (uint32_t j = 1; j <= m; j++) {
            const uint32_t replaced = before[j - 1] + (a[i - 1] != b[j - 1]);
            const uint32_t shifted = 1 + (before[j] < now[j - 1] ? before[j] : now[j - 1]);
            now[j] = replaced < shifted ? replaced : shifted;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before_that[j - 2] + 1 < now[j])
                now[j] = before_that[j - 2] + 1;
        }
    }
    return rows[n % 3][m];
}

static const struct rp_setting *closest(enum rp_map in, const char *key)
{
    const uint32_t tolerated = (uint32_t)rp_clamp_u64(strlen(key) / 3, 1, 4);
    const struct rp_setting *best = NULL;
    uint32_t least = tolerated + 1;
    for (uint32_t i = 0; i < rp_settings_n; i++) {
        const uint32_t d = rp_settings[i].in == in ? distance(key, rp_settings[i].key) : least;
        if (d < least) {
            least = d;
            best = &rp_settings[i];
        }
    }
    return best;
}

void rp_setting_suggest(enum rp_map in, const char *key, char dst[static RP_CONFIG_HINT_MAX])
{
    char path[RP_CONFIG_PATH_MAX];
    const struct rp_setting *const near = closest(in, key);
    dst[0] = '\0';
    if (near) {
        (void)snprintf(dst, RP_CONFIG_HINT_MAX, "; did you mean \"%s\"?", near->key);
        return;
    }
    if (in == RP_MAP_WORKLOAD && rp_starts_with(key, RP_ANNOTATION_PREFIX)) {
        (void)snprintf(dst, RP_CONFIG_HINT_MAX, "; here it is written without %s", RP_ANNOTATION_PREFIX);
        return;
    }
    for (uint32_t i = 0; i < rp_settings_n; i++) {
        const struct rp_setting *const setting = &rp_settings[i];
        if (strcmp(setting->key, key) != 0)
            continue;
        rp_setting_path(setting, path);
        (void)snprintf(dst, RP_CONFIG_HINT_MAX, "; there is %s%s", setting->in == RP_MAP_WORKLOAD ? "workloads[]." : "",
                       path);
        return;
    }
}
