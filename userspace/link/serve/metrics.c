// SPDX-License-Identifier: Apache-2.0
#include "link/serve/metrics.h"

#include <math.h>
#include <stdio.h>

#include "base/line.h"
#include "base/num.h"
#include "base/str.h"
#include "core/view/words.h"

enum metric {
#define RP_METRIC(id, name, type, help) M_##id,
#include "reprieve/tbl/metrics.h"
#undef RP_METRIC
    M_MAX
};

static const struct {
    const char *name, *type, *help;
} infos[M_MAX] = {
#define RP_METRIC(id, name, type, help) [M_##id] = {"reprieve_" name, type, help},
#include "reprieve/tbl/metrics.h"
#undef RP_METRIC
};

static void head(struct evbuffer *out, enum metric m)
{
    (void)evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", infos[m].name, infos[m].help, infos[m].name,
                              infos[m].type);
}

static void put(struct evbuffer *out, enum metric m, const char *labels, double value)
{
    if (value > 1e300)
        (void)evbuffer_add_printf(out, "%s%s +Inf\n", infos[m].name, labels);
    else
        (void)evbuffer_add_printf(out, "%s%s %.15g\n", infos[m].name, labels, value);
}

static double seconds(rp_ns ns)
{
    return ns == RP_NS_FOREVER ? (double)INFINITY : (double)ns / 1e9;
}

/*
 * A label value: backslash and quote are escaped, as the format demands; a byte that is not UTF-8 would cost the whole
 * scrape, and cgroups may be named with any byte.
 */
static void escape(char *dst, size_t size, const char *src)
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

static void one_label(char *dst, size_t size, const char *key, const char *value)
{
    char safe[96]; /* the values are our own words and program names */
    struct rp_line line;
    escape(safe, sizeof(safe), value);
    rp_line_init(&line, dst, size);
    rp_line_add(&line, "{");
    rp_line_add(&line, key);
    rp_line_add(&line, "=\"");
    rp_line_add(&line, safe);
    rp_line_add(&line, "\"}");
}

/* ---- the agent */

static void agent(struct evbuffer *out, const struct rp_arena *arena)
{
    const struct rp_agent *a = &arena->agent;
    char labels[256], version[128], kernel[160];
    escape(version, sizeof(version), a->version);
    escape(kernel, sizeof(kernel), a->kernel);
    (void)snprintf(labels, sizeof(labels), "{version=\"%.100s\",kernel=\"%.100s\"}", version, kernel);
    head(out, M_BUILD_INFO);
    put(out, M_BUILD_INFO, labels, 1);
    head(out, M_MODE);
    one_label(labels, sizeof(labels), "mode", rp_mode_word(a->mode));
    put(out, M_MODE, labels, 1);
    head(out, M_PHASE);
    one_label(labels, sizeof(labels), "phase", rp_phase_word(arena->ladder.phase));
    put(out, M_PHASE, labels, 1);
    head(out, M_UNDONE);
    put(out, M_UNDONE, "", (double)a->undo_reverted);
    head(out, M_LEFT);
    put(out, M_LEFT, "", (double)a->undo_left);
    head(out, M_TICKS);
    put(out, M_TICKS, "", (double)a->ticks);
    head(out, M_LATE);
    put(out, M_LATE, "", (double)a->late_ticks);
    head(out, M_TICK_SECONDS);
    put(out, M_TICK_SECONDS, "", seconds(a->tick_max_ns));
    head(out, M_HANDS_LOST);
    put(out, M_HANDS_LOST, "", a->hands_lost);
    head(out, M_HEARTBEAT);
    put(out, M_HEARTBEAT, "", ((double)a->heartbeat_ns + (double)a->realtime_offset_ns) / 1e9);
}

static void hooks(struct evbuffer *out, const struct rp_arena *arena)
{
    static const char *const causes[RP_LOST_MAX] = {
        [RP_LOST_EVENT] = "event", [RP_LOST_COUNTS] = "counter", [RP_LOST_SNAP] = "snapshot", [RP_LOST_DISK] = "disk"};
    char labels[128];
    head(out, M_PROGRAM);
    for (uint32_t i = 0; i < arena->agent.hooks_n; i++) {
        if (arena->agent.hooks[i].state == RP_HOOK_SPARE) /* an alert on 0 must not fire for it */
            continue;
        one_label(labels, sizeof(labels), "program", arena->agent.hooks[i].program);
        put(out, M_PROGRAM, labels, arena->agent.hooks[i].state == RP_HOOK_ATTACHED);
    }
    head(out, M_LOST);
    for (int i = 0; i < RP_LOST_MAX; i++) {
        one_label(labels, sizeof(labels), "cause", causes[i]);
        put(out, M_LOST, labels, (double)arena->node.lost[i]);
    }
    head(out, M_OVERFLOW);
    put(out, M_OVERFLOW, "{table=\"cgroups\"}", (double)arena->cgroups.overflow);
    put(out, M_OVERFLOW, "{table=\"pods\"}", (double)arena->pods.overflow);
    put(out, M_OVERFLOW, "{table=\"sample\"}", (double)arena->node.dropped);
    head(out, M_SOURCE_UP);
    for (unsigned i = 0; i < RP_SOURCE_MAX; i++) {
        one_label(labels, sizeof(labels), "source", rp_source_word(i));
        if (arena->node.sources[i].configured)
            put(out, M_SOURCE_UP, labels, arena->node.sources[i].ok);
    }
}

/* ---- forecasts: one family at a time, as the format demands */

static bool has_reading(const struct rp_forecast *f)
{
    return !(f->missing & (RP_MISSING_READING | RP_MISSING_THRESHOLD));
}

static bool foresees(const struct rp_forecast *f)
{
    return f->state != RP_FORECAST_ABSTAIN;
}

static void forecast_family(struct evbuffer *out, const struct rp_arena *arena, enum metric m,
                            double (*value)(const struct rp_forecast *), bool (*wanted)(const struct rp_forecast *))
{
    char labels[128];
    head(out, m);
    for (unsigned d = 0; d < RP_DANGER_MAX; d++) {
        one_label(labels, sizeof(labels), "danger", rp_danger_word(d));
        if (wanted(&arena->forecasts[d]))
            put(out, m, labels, value(&arena->forecasts[d]));
    }
}

static double available(const struct rp_forecast *f)
{
    return (double)f->available_bytes;
}

static double threshold(const struct rp_forecast *f)
{
    return (double)f->threshold_bytes;
}

static double growth(const struct rp_forecast *f)
{
    return (double)f->growth_bytes_per_s;
}

static double median(const struct rp_forecast *f)
{
    return seconds(f->median_ns);
}

static double early(const struct rp_forecast *f)
{
    return seconds(f->early_ns);
}

static double late(const struct rp_forecast *f)
{
    return seconds(f->late_ns);
}

static double abstains(const struct rp_forecast *f)
{
    return f->state == RP_FORECAST_ABSTAIN;
}

static bool always(const struct rp_forecast *f)
{
    (void)f;
    return true;
}

static void probabilities(struct evbuffer *out, const struct rp_arena *arena)
{
    head(out, M_PROBABILITY);
    for (unsigned d = 0; d < RP_DANGER_MAX; d++) {
        const struct rp_forecast *f = &arena->forecasts[d];
        const struct {
            const char *horizon;
            uint16_t permille;
        } rows[] = {{"10s", f->within_10s_permille}, {"60s", f->within_60s_permille}, {"5m", f->within_5min_permille}};
        for (size_t i = 0; foresees(f) && i < sizeof(rows) / sizeof(rows[0]); i++) {
            char labels[128];
            (void)snprintf(labels, sizeof(labels), "{danger=\"%s\",horizon=\"%s\"}", rp_danger_word(d),
                           rows[i].horizon);
            put(out, M_PROBABILITY, labels, rows[i].permille / 1000.0);
        }
    }
}

static void forecasts(struct evbuffer *out, const struct rp_arena *arena)
{
    forecast_family(out, arena, M_AVAILABLE, available, has_reading);
    forecast_family(out, arena, M_THRESHOLD, threshold, has_reading);
    forecast_family(out, arena, M_GROWTH, growth, foresees);
    forecast_family(out, arena, M_CROSSING, median, foresees);
    forecast_family(out, arena, M_CROSSING_LOWER, early, foresees);
    forecast_family(out, arena, M_CROSSING_UPPER, late, foresees);
    forecast_family(out, arena, M_ABSTAINS, abstains, always);
    probabilities(out, arena);
}

/* ---- pods */

static bool shown(const struct rp_pod *pod)
{
    return pod->live && (pod->protected_ || (pod->rank > 0 && pod->rank <= RP_VICTIMS_MAX));
}

static void pod_labels(struct rp_arena *arena, const struct rp_pod *pod, char *dst, size_t size)
{
    char namespace_[2 * RP_NS_MAX], name[2 * RP_POD_NAME_MAX], id[2 * RP_PATH_MAX];
    const struct rp_cgroup *cgroup = rp_cgroup_at(arena, pod->cgroup);
    escape(namespace_, sizeof(namespace_), pod->namespace_);
    escape(name, sizeof(name), pod->name);
    escape(id, sizeof(id), pod->uid[0] || !cgroup ? pod->uid : cgroup->path);
    (void)snprintf(dst, size, "{namespace=\"%s\",pod=\"%s\",id=\"%s\"}", namespace_, name, id);
}

static double working_set(const struct rp_pod *pod, rp_ns now)
{
    (void)now;
    return pod->working_set_known ? (double)pod->working_set_bytes : -1;
}

static double rank(const struct rp_pod *pod, rp_ns now)
{
    (void)now;
    return pod->rank ? (double)pod->rank : -1;
}

static double checkpoint_age(const struct rp_pod *pod, rp_ns now)
{
    return pod->checkpoint.acks ? seconds(rp_sub_sat_u64(now, pod->checkpoint.acked_ns)) : -1;
}

static double checkpoint_duration(const struct rp_pod *pod, rp_ns now)
{
    rp_ns longest = 0;
    (void)now;
    for (uint32_t i = 0; i < RP_DURATIONS_MAX && i < pod->checkpoint.durations_n; i++)
        if (pod->checkpoint.durations_ns[i] > longest)
            longest = pod->checkpoint.durations_ns[i];
    return pod->checkpoint.durations_n ? seconds(longest) : -1;
}

static double of_checkpoints(const struct rp_pod *pod, uint32_t n)
{
    return pod->contract.trigger == RP_TRIGGER_NONE ? -1.0 : (double)n;
}

static double requests(const struct rp_pod *pod, rp_ns now)
{
    (void)now;
    return of_checkpoints(pod, pod->checkpoint.requests);
}

static double acks(const struct rp_pod *pod, rp_ns now)
{
    (void)now;
    return of_checkpoints(pod, pod->checkpoint.acks);
}

static double failures(const struct rp_pod *pod, rp_ns now)
{
    (void)now;
    return of_checkpoints(pod, pod->checkpoint.failures);
}

/* A negative value means that this pod has none. */
static void pod_family(struct evbuffer *out, struct rp_arena *arena, enum metric m, rp_ns now,
                       double (*value)(const struct rp_pod *, rp_ns))
{
    char labels[2 * (RP_NS_MAX + RP_POD_NAME_MAX + RP_PATH_MAX) + 32];
    head(out, m);
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        double v = shown(pod) ? value(pod, now) : -1;
        if (v < 0)
            continue;
        pod_labels(arena, pod, labels, sizeof(labels));
        put(out, m, labels, v);
    }
}

static void counts(struct evbuffer *out, struct rp_arena *arena)
{
    uint64_t by_kind[RP_ACTION_MAX] = {0};
    uint64_t known = 0, unknown = 0, protected_ = 0;
    char labels[64];
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        if (!pod->live)
            continue;
        known += pod->has_facts || pod->from_rule;
        unknown += !pod->has_facts && !pod->from_rule;
        protected_ += pod->protected_;
        for (int k = 0; k < RP_BRAKES_MAX; k++)
            if (pod->brakes[k].kind < RP_ACTION_MAX && pod->brakes[k].state == RP_OUTCOME_DONE)
                by_kind[pod->brakes[k].kind]++;
    }
    head(out, M_ACTIONS);
    for (unsigned k = RP_ACTION_NONE + 1; k < RP_ACTION_MAX; k++) {
        if (!rp_action_info((enum rp_action_kind)k)->reversible)
            continue;
        one_label(labels, sizeof(labels), "action", rp_action_info((enum rp_action_kind)k)->word);
        put(out, M_ACTIONS, labels, (double)by_kind[k]);
    }
    head(out, M_PODS);
    put(out, M_PODS, "{state=\"known\"}", (double)known);
    put(out, M_PODS, "{state=\"unknown\"}", (double)unknown);
    put(out, M_PODS, "{state=\"protected\"}", (double)protected_);
    head(out, M_OOM_KILLS);
    put(out, M_OOM_KILLS, "", (double)arena->node.oom_kills);
}

void rp_metrics_write(struct evbuffer *out, struct rp_arena *arena, rp_ns now)
{
    agent(out, arena);
    hooks(out, arena);
    forecasts(out, arena);
    counts(out, arena);
    pod_family(out, arena, M_POD_WORKING_SET, now, working_set);
    pod_family(out, arena, M_POD_RANK, now, rank);
    pod_family(out, arena, M_CHECKPOINT_REQUESTS, now, requests);
    pod_family(out, arena, M_CHECKPOINT_ACKS, now, acks);
    pod_family(out, arena, M_CHECKPOINT_FAILURES, now, failures);
    pod_family(out, arena, M_CHECKPOINT_AGE, now, checkpoint_age);
    pod_family(out, arena, M_CHECKPOINT_DURATION, now, checkpoint_duration);
}
