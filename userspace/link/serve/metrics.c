// SPDX-License-Identifier: Apache-2.0
#include "link/serve/metrics.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "core/view/words.h"
#include "link/serve/metric_line.h"

static double seconds(rp_ns ns)
{
    return ns == RP_NS_FOREVER ? (double)INFINITY : (double)ns / 1e9;
}

/* ---- the agent */

static void agent(struct evbuffer *out, const struct rp_arena *arena)
{
    const struct rp_agent *a = &arena->agent;
    char labels[256], version[128], kernel[160];
    rp_metric_escape(version, sizeof(version), a->version);
    rp_metric_escape(kernel, sizeof(kernel), a->kernel);
    (void)snprintf(labels, sizeof(labels), "{version=\"%.100s\",kernel=\"%.100s\"}", version, kernel);
    rp_metric_head(out, RP_METRIC_BUILD_INFO);
    rp_metric_put(out, RP_METRIC_BUILD_INFO, labels, 1);
    rp_metric_head(out, RP_METRIC_MODE);
    rp_metric_label(labels, sizeof(labels), "mode", rp_mode_word(a->mode));
    rp_metric_put(out, RP_METRIC_MODE, labels, 1);
    rp_metric_head(out, RP_METRIC_PHASE);
    rp_metric_label(labels, sizeof(labels), "phase", rp_phase_word(arena->ladder.phase));
    rp_metric_put(out, RP_METRIC_PHASE, labels, 1);
    rp_metric_head(out, RP_METRIC_UNDONE);
    rp_metric_put(out, RP_METRIC_UNDONE, "", (double)a->undo_reverted);
    rp_metric_head(out, RP_METRIC_LEFT);
    rp_metric_put(out, RP_METRIC_LEFT, "", (double)a->undo_left);
    rp_metric_head(out, RP_METRIC_TICKS);
    rp_metric_put(out, RP_METRIC_TICKS, "", (double)a->ticks);
    rp_metric_head(out, RP_METRIC_LATE);
    rp_metric_put(out, RP_METRIC_LATE, "", (double)a->late_ticks);
    rp_metric_head(out, RP_METRIC_TICK_SECONDS);
    rp_metric_put(out, RP_METRIC_TICK_SECONDS, "", seconds(a->tick_max_ns));
    rp_metric_head(out, RP_METRIC_HANDS_LOST);
    rp_metric_put(out, RP_METRIC_HANDS_LOST, "", a->hands_lost);
    rp_metric_head(out, RP_METRIC_HEARTBEAT);
    rp_metric_put(out, RP_METRIC_HEARTBEAT, "", ((double)a->heartbeat_ns + (double)a->realtime_offset_ns) / 1e9);
}

static void recorder(struct evbuffer *out, const struct rp_recorder_view *view)
{
    const struct {
        enum rp_metric metric;
        double value;
    } rows[] = {
        {RP_METRIC_RECORDER_UP, view->error == 0},
        {RP_METRIC_RECORDER_BYTES, (double)view->bytes},
        {RP_METRIC_RECORDER_FRAMES, (double)view->frames},
        {RP_METRIC_RECORDER_LOST, (double)view->dropped},
        {RP_METRIC_RECORDER_FAILURES, (double)view->failures},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rp_metric_head(out, rows[i].metric);
        if (view->on)
            rp_metric_put(out, rows[i].metric, "", rows[i].value);
    }
}

static void hooks(struct evbuffer *out, const struct rp_arena *arena)
{
    static const char *const causes[RP_LOST_MAX] = {
        [RP_LOST_EVENT] = "event", [RP_LOST_COUNTS] = "counter", [RP_LOST_SNAP] = "snapshot", [RP_LOST_DISK] = "disk"};
    char labels[128];
    rp_metric_head(out, RP_METRIC_PROGRAM);
    for (uint32_t i = 0; i < arena->agent.hooks_n; i++) {
        if (arena->agent.hooks[i].state == RP_HOOK_SPARE) /* an alert on 0 must not fire for it */
            continue;
        rp_metric_label(labels, sizeof(labels), "program", arena->agent.hooks[i].program);
        rp_metric_put(out, RP_METRIC_PROGRAM, labels, arena->agent.hooks[i].state == RP_HOOK_ATTACHED);
    }
    rp_metric_head(out, RP_METRIC_SKIPPED);
    for (uint32_t i = 0; i < arena->agent.hooks_n; i++) {
        if (arena->agent.hooks[i].state != RP_HOOK_ATTACHED)
            continue;
        rp_metric_label(labels, sizeof(labels), "program", arena->agent.hooks[i].program);
        rp_metric_put(out, RP_METRIC_SKIPPED, labels, (double)arena->agent.hooks[i].skipped);
    }
    rp_metric_head(out, RP_METRIC_LOST);
    for (int i = 0; i < RP_LOST_MAX; i++) {
        rp_metric_label(labels, sizeof(labels), "cause", causes[i]);
        rp_metric_put(out, RP_METRIC_LOST, labels, (double)arena->node.lost[i]);
    }
    rp_metric_head(out, RP_METRIC_OVERFLOW);
    rp_metric_put(out, RP_METRIC_OVERFLOW, "{table=\"cgroups\"}", (double)arena->cgroups.overflow);
    rp_metric_put(out, RP_METRIC_OVERFLOW, "{table=\"pods\"}", (double)arena->pods.overflow);
    rp_metric_put(out, RP_METRIC_OVERFLOW, "{table=\"sample\"}", (double)arena->node.dropped);
    rp_metric_head(out, RP_METRIC_SOURCE_UP);
    for (unsigned i = 0; i < RP_SOURCE_MAX; i++) {
        rp_metric_label(labels, sizeof(labels), "source", rp_source_word(i));
        if (arena->node.sources[i].configured)
            rp_metric_put(out, RP_METRIC_SOURCE_UP, labels, arena->node.sources[i].ok);
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

struct forecast_family {
    enum rp_metric metric;
    enum rp_unit unit; /* of the dangers that it is about, RP_UNIT_MAX: of any */
    double (*value)(const struct rp_forecast *f);
    bool (*wanted)(const struct rp_forecast *f);
};

static void forecast_family(struct evbuffer *out, const struct rp_arena *arena, const struct forecast_family *family)
{
    char labels[128];
    rp_metric_head(out, family->metric);
    for (unsigned d = 0; d < RP_DANGER_MAX; d++) {
        const bool of_unit = family->unit == RP_UNIT_MAX || rp_danger_info(d)->unit == family->unit;
        if (!of_unit || !rp_danger_shown(arena, d) || !family->wanted(&arena->forecasts[d]))
            continue;
        rp_metric_label(labels, sizeof(labels), "danger", rp_danger_word(d));
        rp_metric_put(out, family->metric, labels, family->value(&arena->forecasts[d]));
    }
}

static double available(const struct rp_forecast *f)
{
    return (double)f->available;
}

static double threshold(const struct rp_forecast *f)
{
    return (double)f->threshold;
}

static double growth(const struct rp_forecast *f)
{
    return (double)f->growth_per_s;
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
    rp_metric_head(out, RP_METRIC_PROBABILITY);
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
            rp_metric_put(out, RP_METRIC_PROBABILITY, labels, rows[i].permille / 1000.0);
        }
    }
}

static void forecasts(struct evbuffer *out, const struct rp_arena *arena)
{
    static const struct forecast_family families[] = {
        {RP_METRIC_AVAILABLE, RP_UNIT_BYTES, available, has_reading},
        {RP_METRIC_THRESHOLD, RP_UNIT_BYTES, threshold, has_reading},
        {RP_METRIC_GROWTH, RP_UNIT_BYTES, growth, foresees},
        {RP_METRIC_AVAILABLE_INODES, RP_UNIT_INODES, available, has_reading},
        {RP_METRIC_THRESHOLD_INODES, RP_UNIT_INODES, threshold, has_reading},
        {RP_METRIC_GROWTH_INODES, RP_UNIT_INODES, growth, foresees},
        {RP_METRIC_AVAILABLE_TASKS, RP_UNIT_TASKS, available, has_reading},
        {RP_METRIC_THRESHOLD_TASKS, RP_UNIT_TASKS, threshold, has_reading},
        {RP_METRIC_GROWTH_TASKS, RP_UNIT_TASKS, growth, foresees},
        {RP_METRIC_CROSSING, RP_UNIT_MAX, median, foresees},
        {RP_METRIC_CROSSING_LOWER, RP_UNIT_MAX, early, foresees},
        {RP_METRIC_CROSSING_UPPER, RP_UNIT_MAX, late, foresees},
        {RP_METRIC_ABSTAINS, RP_UNIT_MAX, abstains, always},
    };
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        forecast_family(out, arena, &families[i]);
    probabilities(out, arena);
}

static void kubelet(struct evbuffer *out, const struct rp_arena *arena)
{
    const struct rp_kubelet *view = &arena->kubelet;
    char labels[128];
    rp_metric_head(out, RP_METRIC_CONDITION);
    for (unsigned c = 0; view->manager.looks && c < RP_CONDITION_MAX; c++) {
        rp_metric_label(labels, sizeof(labels), "condition", rp_condition_word(c));
        rp_metric_put(out, RP_METRIC_CONDITION, labels, (view->manager.conditions >> c) & 1u);
    }
    rp_metric_head(out, RP_METRIC_ABOVE_LIMITS);
    if (view->manager.looks)
        rp_metric_put(out, RP_METRIC_ABOVE_LIMITS, "", view->excess_n);
}

/* ---- pods */

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
static void pod_family(struct evbuffer *out, struct rp_arena *arena, enum rp_metric m, rp_ns now,
                       double (*value)(const struct rp_pod *, rp_ns))
{
    char labels[RP_POD_LABELS_MAX];
    rp_metric_head(out, m);
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        double v = rp_metric_shows(pod) ? value(pod, now) : -1;
        if (v < 0)
            continue;
        rp_metric_pod_labels(arena, pod, labels, sizeof(labels));
        rp_metric_put(out, m, labels, v);
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
    rp_metric_head(out, RP_METRIC_ACTIONS);
    for (unsigned k = RP_ACTION_NONE + 1; k < RP_ACTION_MAX; k++) {
        if (!rp_action_info((enum rp_action_kind)k)->reversible)
            continue;
        rp_metric_label(labels, sizeof(labels), "action", rp_action_info((enum rp_action_kind)k)->word);
        rp_metric_put(out, RP_METRIC_ACTIONS, labels, (double)by_kind[k]);
    }
    rp_metric_head(out, RP_METRIC_PODS);
    rp_metric_put(out, RP_METRIC_PODS, "{state=\"known\"}", (double)known);
    rp_metric_put(out, RP_METRIC_PODS, "{state=\"unknown\"}", (double)unknown);
    rp_metric_put(out, RP_METRIC_PODS, "{state=\"protected\"}", (double)protected_);
    rp_metric_head(out, RP_METRIC_OOM_KILLS);
    rp_metric_put(out, RP_METRIC_OOM_KILLS, "", (double)arena->node.oom_kills);
}

void rp_metrics_write(struct evbuffer *out, struct rp_arena *arena, rp_ns now)
{
    agent(out, arena);
    recorder(out, &arena->agent.recorder);
    hooks(out, arena);
    forecasts(out, arena);
    kubelet(out, arena);
    counts(out, arena);
    rp_metrics_senses(out, arena);
    rp_metrics_oom(out, arena);
    pod_family(out, arena, RP_METRIC_POD_WORKING_SET, now, working_set);
    pod_family(out, arena, RP_METRIC_POD_RANK, now, rank);
    pod_family(out, arena, RP_METRIC_CHECKPOINT_REQUESTS, now, requests);
    pod_family(out, arena, RP_METRIC_CHECKPOINT_ACKS, now, acks);
    pod_family(out, arena, RP_METRIC_CHECKPOINT_FAILURES, now, failures);
    pod_family(out, arena, RP_METRIC_CHECKPOINT_AGE, now, checkpoint_age);
    pod_family(out, arena, RP_METRIC_CHECKPOINT_DURATION, now, checkpoint_duration);
}
