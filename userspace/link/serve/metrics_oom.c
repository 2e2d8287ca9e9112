// SPDX-License-Identifier: Apache-2.0
/* The kernel's choices and own limits as metrics. */
#include <math.h>
#include <stdio.h>

#include "core/oom/own_limit.h"
#include "core/view/words.h"
#include "link/serve/metric_line.h"

#define NEAREST 5

/* ---- whom the kernel would choose */

static void points_at(struct evbuffer *out, struct rp_arena *arena, unsigned wall)
{
    const struct rp_oom_victims *list = &arena->oom_victims[wall];
    char labels[RP_POD_LABELS_MAX + 32], pod_labels[RP_POD_LABELS_MAX];
    for (uint32_t i = 0; i < list->n && i < RP_VICTIMS_MAX; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, list->list[i].pod);
        bool again = false; /* another container of the same pod stands before it */
        for (uint32_t k = 0; k < i; k++)
            again = again || list->list[k].pod == list->list[i].pod;
        if (!pod || again)
            continue;
        rp_metric_pod_labels(arena, pod, pod_labels, sizeof(pod_labels));
        (void)snprintf(labels, sizeof(labels), "{wall=\"%s\",%s", rp_oom_wall_word(wall), pod_labels + 1);
        rp_metric_put(out, RP_METRIC_POD_OOM_POINTS, labels, (double)list->list[i].points / (double)list->total_bytes);
    }
}

static void choices(struct evbuffer *out, const struct rp_arena *arena)
{
    char labels[96];
    rp_metric_head(out, RP_METRIC_OOM_CHOICES);
    for (unsigned wall = 0; wall < RP_OOM_COUNTS; wall++) {
        const struct rp_oom_tally *tally = &arena->oom_tally[wall];
        const struct {
            const char *word;
            uint64_t n;
        } rows[] = {{"first", tally->first},
                    {"among", tally->among},
                    {"other", tally->others},
                    {"none", tally->kills - tally->first - tally->among - tally->others}};
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            (void)snprintf(labels, sizeof(labels), "{wall=\"%s\",expected=\"%s\"}", rp_oom_wall_word(wall),
                           rows[i].word);
            rp_metric_put(out, RP_METRIC_OOM_CHOICES, labels, (double)rows[i].n);
        }
    }
}

/* ---- own limits */

struct nearest {
    uint32_t pods[NEAREST], n;
};

static bool shows(const struct nearest *nearest, const struct rp_pod *pod, uint32_t index)
{
    bool near = rp_metric_shows(pod);
    for (uint32_t i = 0; i < nearest->n; i++)
        near = near || nearest->pods[i] == index;
    return near && pod->live && pod->own_limit.cgroup_id != RP_CGROUP_NONE;
}

static double limit(const struct rp_forecast *f)
{
    return (double)f->capacity;
}

static double left(const struct rp_forecast *f)
{
    return (double)f->available;
}

/* Below zero: there is no forecast. */
static double crossing(const struct rp_forecast *f)
{
    if (f->state == RP_FORECAST_ABSTAIN)
        return -1;
    return f->median_ns == RP_NS_FOREVER ? (double)INFINITY : (double)f->median_ns / 1e9;
}

static void limit_family(struct evbuffer *out, struct rp_arena *arena, enum rp_metric m,
                         double (*value)(const struct rp_forecast *), const struct nearest *nearest)
{
    char labels[RP_POD_LABELS_MAX];
    rp_metric_head(out, m);
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        if (!shows(nearest, pod, i) || value(&pod->own_limit.forecast) < 0)
            continue;
        rp_metric_pod_labels(arena, pod, labels, sizeof(labels));
        rp_metric_put(out, m, labels, value(&pod->own_limit.forecast));
    }
}

void rp_metrics_oom(struct evbuffer *out, struct rp_arena *arena)
{
    struct nearest nearest;
    nearest.n = rp_own_limits_nearest(arena, NEAREST, nearest.pods);
    rp_metric_head(out, RP_METRIC_POD_OOM_POINTS);
    for (unsigned wall = 0; wall < RP_OOM_WALLS; wall++)
        points_at(out, arena, wall);
    limit_family(out, arena, RP_METRIC_POD_LIMIT, limit, &nearest);
    limit_family(out, arena, RP_METRIC_POD_LIMIT_ROOM, left, &nearest);
    limit_family(out, arena, RP_METRIC_POD_LIMIT_CROSSING, crossing, &nearest);
    choices(out, arena);
}
