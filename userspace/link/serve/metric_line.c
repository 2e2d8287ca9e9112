// SPDX-License-Identifier: Apache-2.0
#include "link/serve/metric_line.h"

#include <stdio.h>

#include "base/line.h"
#include "base/str.h"

static const struct {
    const char *name, *type, *help;
} infos[RP_METRIC_MAX] = {
#define RP_METRIC(id, name, type, help) [RP_METRIC_##id] = {"reprieve_" name, type, help},
#include "reprieve/tbl/metrics.h"
#undef RP_METRIC
};

void rp_metric_head(struct evbuffer *out, enum rp_metric m)
{
    (void)evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", infos[m].name, infos[m].help, infos[m].name,
                              infos[m].type);
}

void rp_metric_put(struct evbuffer *out, enum rp_metric m, const char *labels, double value)
{
    if (value > 1e300)
        (void)evbuffer_add_printf(out, "%s%s +Inf\n", infos[m].name, labels);
    else
        (void)evbuffer_add_printf(out, "%s%s %.15g\n", infos[m].name, labels, value);
}

void rp_metric_escape(char *dst, size_t size, const char *src)
{
    size_t n = 0;
    for (; *src && n + 3 < size; src++) {
        if (*src == '\\' || *src == '"')
            dst[n++] = '\\';
        dst[n++] = *src;
    }
    dst[n] = '\0';
    rp_sanitize(dst);
}

void rp_metric_label(char *dst, size_t size, const char *key, const char *value)
{
    char safe[96]; /* the values are our own words and program names */
    struct rp_line line;
    rp_metric_escape(safe, sizeof(safe), value);
    rp_line_init(&line, dst, size);
    rp_line_add(&line, "{");
    rp_line_add(&line, key);
    rp_line_add(&line, "=\"");
    rp_line_add(&line, safe);
    rp_line_add(&line, "\"}");
}

bool rp_metric_shows(const struct rp_pod *pod)
{
    return pod->live && (pod->protected_ || (pod->rank > 0 && pod->rank <= RP_VICTIMS_MAX));
}

void rp_metric_pod_labels(struct rp_arena *arena, const struct rp_pod *pod, char *dst, size_t size)
{
    char namespace_[2 * RP_NS_MAX], name[2 * RP_POD_NAME_MAX], id[2 * RP_PATH_MAX];
    const struct rp_cgroup *cgroup = rp_cgroup_at(arena, pod->cgroup);
    rp_metric_escape(namespace_, sizeof(namespace_), pod->namespace_);
    rp_metric_escape(name, sizeof(name), pod->name);
    rp_metric_escape(id, sizeof(id), pod->uid[0] || !cgroup ? pod->uid : cgroup->path);
    (void)snprintf(dst, size, "{namespace=\"%s\",pod=\"%s\",id=\"%s\"}", namespace_, name, id);
}
