// SPDX-License-Identifier: Apache-2.0
/* The lines of the Prometheus text format, and the families that stand in files of their own. */
#ifndef RP_LINK_SERVE_METRIC_LINE_H
#define RP_LINK_SERVE_METRIC_LINE_H

#include <event2/buffer.h>

#include "reprieve/model.h"

enum rp_metric {
#define RP_METRIC(id, name, type, help) RP_METRIC_##id,
#include "reprieve/tbl/metrics.h"
#undef RP_METRIC
    RP_METRIC_MAX
};

/* The HELP and TYPE lines of a family, before its samples. */
void rp_metric_head(struct evbuffer *out, enum rp_metric m);

/* One sample; labels are "" or as rp_metric_label makes them. */
void rp_metric_put(struct evbuffer *out, enum rp_metric m, const char *labels, double value);

/*
 * A label value: backslash and quote are escaped, as the format demands; a byte that is not UTF-8 would cost the whole
 * scrape, and cgroups may be named with any byte.
 */
void rp_metric_escape(char *dst, size_t size, const char *src);

/* {key="value"} */
void rp_metric_label(char *dst, size_t size, const char *key, const char *value);

#define RP_POD_LABELS_MAX (2 * (RP_NS_MAX + RP_POD_NAME_MAX + RP_PATH_MAX) + 32)
void rp_metric_pod_labels(struct rp_arena *arena, const struct rp_pod *pod, char *dst, size_t size);

/* Is it one of the few pods that have series of their own? */
bool rp_metric_shows(const struct rp_pod *pod);

/* File systems, tasks, stalls on disks, hardware, and what pods do beside using memory. */
void rp_metrics_senses(struct evbuffer *out, struct rp_arena *arena);

/* Whom the kernel would choose, how its choices came out, and pods near their own limits. */
void rp_metrics_oom(struct evbuffer *out, struct rp_arena *arena);

#endif
