// SPDX-License-Identifier: Apache-2.0
/*
 * What reprieve.yaml may hold, as one table. From it come the walk that finds unknown keys and wrong shapes (lint.c), the
 * schema that libcyaml loads by (load.c), the meaning of each text (bind.c) and the reference.
 */
#ifndef RP_CONFIG_SCHEMA_H
#define RP_CONFIG_SCHEMA_H

#include "config/report.h"
#include "core/parse/kubelet_config.h"

/* The mappings of the document; every key belongs to one. */
enum rp_map {
    RP_MAP_ROOT,
#define RP_SECTION(id, key, text) RP_MAP_##id,
#include "reprieve/tbl/settings.h"
    RP_MAP_KUBELET,
    RP_MAP_HARD,
    RP_MAP_SOFT,
    RP_MAP_GRACE,
    RP_MAP_RECLAIM,
    RP_MAP_WORKLOAD,
    RP_MAP_MAX
};

enum rp_shape {
    RP_SHAPE_SCALAR,
    RP_SHAPE_LIST, /* of scalars */
    RP_SHAPE_MAP,  /* opens another mapping */
    RP_SHAPE_MAPS, /* a list of such */
};

struct rp_setting;

/* What binding works on: everything that a setting may change. */
struct rp_binder {
    struct rp_policy *policy;
    struct rp_kubelet_config kubelet;
    struct rp_rule *rule; /* the workload at hand */
};

/*
 * Give a text its meaning. 0, or -errno and why. A list's function is called with NULL before its entries, a mapping's
 * (if it has one) instead of entries: "it was given".
 */
typedef int rp_bind_fn(struct rp_binder *binder, const struct rp_setting *setting, const char *text,
                       struct rp_complaint *why);

struct rp_setting {
    uint8_t in;    /* enum rp_map that it belongs to */
    uint8_t opens; /* enum rp_map below it, of MAP and MAPS */
    uint8_t shape; /* enum rp_shape */
    uint8_t kind;  /* for the function: enum rp_policy_text, enum rp_kubelet_map */
    const char *key;
    rp_bind_fn *bind;
    size_t offset, size; /* of the member of struct rp_policy */
    uint64_t min, max;   /* range of a number; of a list, most entries */
    const char *text;
};

#define RP_SETTINGS_CAP 128

/* A mapping comes before the keys in it. */
extern const struct rp_setting rp_settings[];
extern const uint32_t rp_settings_n;

/* Index of the key in that mapping, or RP_INDEX_NONE. */
uint32_t rp_setting_find(enum rp_map in, const char *key);

/* "act.horizon"; of a workload's key only the key itself, as its path has an index. */
void rp_setting_path(const struct rp_setting *setting, char dst[static RP_CONFIG_PATH_MAX]);

#define RP_CONFIG_HINT_MAX 160

/* What somebody who wrote this unknown key may have meant, as the end of a sentence, or "". */
void rp_setting_suggest(enum rp_map in, const char *key, char dst[static RP_CONFIG_HINT_MAX]);

/* ---- the functions that the table names: values.c, meanings.c */

/* Fills `why`; returns -EINVAL. */
int rp_bind_refuse(struct rp_complaint *why, const char *format, ...) RP_PRINTF(2, 3);

#define RP_BIND_SHOWN 60 /* bytes of a wrong value that a message repeats */

rp_bind_fn rp_bind_duration, rp_bind_share, rp_bind_cpu, rp_bind_count, rp_bind_size, rp_bind_string;
rp_bind_fn rp_bind_version, rp_bind_mode, rp_bind_enforce, rp_bind_namespace;
rp_bind_fn rp_bind_eviction_map, rp_bind_eviction, rp_bind_transition, rp_bind_max_pod_grace, rp_bind_node_allocatable,
    rp_bind_kubelet_version, rp_bind_merge;
rp_bind_fn rp_bind_workload_name, rp_bind_workload_cgroup, rp_bind_workload_unit, rp_bind_workload_contract;

#endif
