// SPDX-License-Identifier: Apache-2.0
#include "cli/json_kubelet.h"

#include <stdio.h>

#include "cli/json_parts.h"
#include "core/kubelet/calibrate.h"
#include "core/kubelet/threshold.h"
#include "core/view/words.h"

json_t *rp_json_victims(struct rp_arena *arena, const struct rp_victims *victims, const char *unit)
{
    char key[48];
    json_t *list = json_array();
    (void)snprintf(key, sizeof(key), "over_request_%s", unit);
    for (uint32_t i = 0; i < victims->n && i < RP_VICTIMS_MAX; i++) {
        const struct rp_victim *v = &victims->list[i];
        const struct rp_pod *pod = rp_pod_at(arena, v->pod);
        if (pod)
            (void)json_array_append_new(list, json_pack("{ss si sI sb}", "uid", pod->uid, "group", (int)v->group, key,
                                                        (json_int_t)v->over_request, "stale_only", v->stale_only));
    }
    return list;
}

static json_t *conditions(const struct rp_kubelet_manager *manager)
{
    json_t *list = json_array();
    for (uint32_t c = 0; c < RP_CONDITION_MAX; c++)
        if (manager->conditions & (1u << c))
            (void)json_array_append_new(list, json_pack("{ss so}", "condition", rp_condition_word(c), "since_s",
                                                        rp_json_when(manager->since_ns[c])));
    return list;
}

static const struct rp_forecast *forecast_of(const struct rp_arena *arena, uint8_t signal)
{
    for (uint32_t danger = 0; danger < RP_DANGER_MAX; danger++)
        if (rp_danger_info(danger)->signal == signal)
            return &arena->forecasts[danger];
    return NULL;
}

/* What it amounts to is known where the signal's capacity is. */
static json_t *threshold(const struct rp_arena *arena, uint32_t i)
{
    const struct rp_kubelet *kubelet = &arena->kubelet;
    const struct rp_threshold *t = &kubelet->effective.thresholds[i];
    const struct rp_forecast *f = forecast_of(arena, t->signal);
    const bool known = f && !(f->missing & RP_MISSING_READING);
    const int64_t capacity = known ? f->capacity : 0;
    const bool met = kubelet->decision.met & (1u << i);
    return json_pack("{ss so so so sb so sb}", "signal", rp_signal_name((enum rp_signal)t->signal), "amount",
                     rp_json_number(known, rp_kubelet_amount(t, capacity, false)), "with_min_reclaim",
                     rp_json_number(known, rp_kubelet_amount(t, capacity, true)), "grace_s",
                     rp_json_seconds(t->grace_ns), "met", met, "met_since_s",
                     rp_json_when(met ? kubelet->manager.met_ns[i] : 0), "acts",
                     (bool)(kubelet->manager.acts & (1u << i)));
}

static json_t *thresholds(const struct rp_arena *arena)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < arena->kubelet.effective.thresholds_n; i++)
        (void)json_array_append_new(list, threshold(arena, i));
    return list;
}

static json_t *looks(const struct rp_arena *arena)
{
    const struct rp_kubelet_phase *phase = &arena->kubelet.phase;
    const struct rp_kubelet_look next = rp_kubelet_next_look(phase, arena->t_ns);
    return json_pack("{si so so so}", "traces", (int)phase->traces, "last_trace_s", rp_json_when(phase->to_ns),
                     "next_early_s", rp_json_when(next.early_ns), "next_late_s", rp_json_when(next.late_ns));
}

static json_t *rankings(struct rp_arena *arena)
{
    json_t *object = json_object();
    for (uint32_t danger = 0; danger < RP_DANGER_MAX; danger++) {
        const uint8_t signal = rp_danger_info(danger)->signal;
        if (signal < RP_SIGNAL_MAX && arena->victims_by[signal].n > 0)
            (void)json_object_set_new(
                object, rp_signal_name((enum rp_signal)signal),
                rp_json_victims(arena, &arena->victims_by[signal], rp_unit_word(rp_danger_info(danger)->unit)));
    }
    return object;
}

static json_t *above_limits(struct rp_arena *arena)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        if (pod->live && pod->excess != RP_EXCESS_NONE)
            (void)json_array_append_new(list,
                                        json_pack("{ss ss}", "uid", pod->uid, "limit_of", rp_excess_word(pod->excess)));
    }
    return list;
}

json_t *rp_json_kubelet(struct rp_arena *arena)
{
    const struct rp_kubelet *kubelet = &arena->kubelet;
    const uint32_t minor = arena->node.kubelet.minor;
    const bool meminfo = rp_kubelet_usage_meminfo(&kubelet->calibration, minor);
    return json_pack("{so ss ss sb sI so so so so so}", "minor", rp_json_number(minor, minor), "layout",
                     rp_layout_word(kubelet->layout), "root_usage", meminfo ? "memtotal-memfree" : "anon+file",
                     "root_usage_told", kubelet->calibration.usage_known, "huge_pages_bytes",
                     (json_int_t)rp_kubelet_huge_bytes(&kubelet->calibration, minor, &arena->node.now), "conditions",
                     conditions(&kubelet->manager), "thresholds", thresholds(arena), "looks", looks(arena), "victims",
                     rankings(arena), "above_limits", above_limits(arena));
}
