// SPDX-License-Identifier: Apache-2.0
#include "cli/render.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/json_kubelet.h"
#include "cli/json_oom.h"
#include "cli/json_parts.h"
#include "cli/json_senses.h"
#include "core/view/words.h"

/* "available_inodes": a number's key says what it is counted in. */
static void put_quantity(json_t *object, const char *what, unsigned danger, const char *per, int64_t value)
{
    char key[48];
    (void)snprintf(key, sizeof(key), "%s_%s%s", what, rp_unit_word(rp_danger_info(danger)->unit), per);
    (void)json_object_set_new(object, key, json_integer((json_int_t)value));
}

static json_t *forecast(const struct rp_forecast *f, unsigned danger)
{
    json_t *object = rp_json_forecast(f);
    (void)json_object_set_new(object, "danger", json_string(rp_danger_word(danger)));
    put_quantity(object, "available", danger, "", f->available);
    put_quantity(object, "capacity", danger, "", f->capacity);
    put_quantity(object, "threshold", danger, "", f->threshold);
    put_quantity(object, "growth", danger, "_per_s", f->growth_per_s);
    return object;
}

static json_t *forecasts(const struct rp_arena *arena)
{
    json_t *list = json_array();
    for (unsigned d = 0; d < RP_DANGER_MAX; d++)
        if (rp_danger_shown(arena, d))
            (void)json_array_append_new(list, forecast(&arena->forecasts[d], d));
    return list;
}

static json_t *brakes(const struct rp_pod *pod)
{
    json_t *list = json_array();
    for (int i = 0; i < RP_BRAKES_MAX; i++) {
        const struct rp_brake *b = &pod->brakes[i];
        if (b->kind == RP_ACTION_NONE)
            continue;
        (void)json_array_append_new(
            list, json_pack("{ss ss ss sI so}", "action", rp_action_info((enum rp_action_kind)b->kind)->word, "state",
                            rp_outcome_word(b->state), "reason", rp_reason_word((enum rp_reason)b->reason), "value",
                            (json_int_t)b->value, "since_s", rp_json_seconds(b->since_ns)));
    }
    return list;
}

/* Of the measured durations, the smallest that so many percent do not exceed; null: none was measured. */
static json_t *quantile(const struct rp_checkpoint *checkpoint, uint32_t percent)
{
    const uint32_t n = checkpoint->durations_n < RP_DURATIONS_MAX ? checkpoint->durations_n : RP_DURATIONS_MAX;
    rp_ns found = RP_NS_FOREVER;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t below = 0;
        for (uint32_t k = 0; k < n; k++)
            below += checkpoint->durations_ns[k] <= checkpoint->durations_ns[i];
        if (below * 100 >= percent * n && checkpoint->durations_ns[i] < found)
            found = checkpoint->durations_ns[i];
    }
    return n > 0 ? rp_json_seconds(found) : json_null();
}

static json_t *checkpoint(const struct rp_pod *pod)
{
    const struct rp_checkpoint *c = &pod->checkpoint;
    uint32_t n = c->durations_n < RP_DURATIONS_MAX ? c->durations_n : RP_DURATIONS_MAX;
    json_t *durations = json_array();
    for (uint32_t i = 0; i < n; i++)
        (void)json_array_append_new(durations, rp_json_seconds(c->durations_ns[i]));
    return json_pack("{ss si si si so so so so}", "state", rp_checkpoint_word(c->state), "requests", (int)c->requests,
                     "acks", (int)c->acks, "failures", (int)c->failures, "durations_s", durations, "p50_s",
                     quantile(c, 50), "p95_s", quantile(c, 95), "bytes", rp_json_number(c->bytes > 0, c->bytes));
}

static json_t *pod_json(struct rp_arena *arena, const struct rp_pod *pod)
{
    return json_pack(
        "{ss ss ss ss sb sb sb sb sb si sI so so sI si so so so so so so so}", "uid", pod->uid, "namespace",
        pod->namespace_, "name", pod->name, "qos", rp_qos_word(pod->qos), "known", pod->has_facts || pod->from_rule,
        "protected", pod->protected_, "over_budget", pod->over_budget, "critical", pod->critical, "contract_broken",
        pod->contract_broken, "value", (int)pod->value, "request_bytes", (json_int_t)pod->request_bytes,
        "working_set_bytes", rp_json_number(pod->working_set_known, pod->working_set_bytes), "believed_bytes",
        rp_json_number(pod->believed_known, pod->believed_bytes), "growth_bytes_per_s",
        (json_int_t)pod->growth_bytes_per_s, "rank", (int)pod->rank, "brakes", brakes(pod), "checkpoint",
        checkpoint(pod), "tasks", rp_json_tasks(arena, pod), "disk", rp_json_disk(arena, &pod->activity), "logs",
        rp_json_amount(&pod->logs), "deleted_open", rp_json_deleted(pod), "own_limit", rp_json_own_limit(arena, pod));
}

static json_t *pods(struct rp_arena *arena)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < arena->pods.used; i++)
        if (rp_pod_at(arena, i)->live)
            (void)json_array_append_new(list, pod_json(arena, rp_pod_at(arena, i)));
    return list;
}

static json_t *ledger(const struct rp_arena *arena)
{
    json_t *list = json_array();
    uint64_t n = arena->ledger_n < RP_LEDGER_MAX ? arena->ledger_n : RP_LEDGER_MAX;
    for (uint64_t i = arena->ledger_n - n; i < arena->ledger_n; i++) {
        const struct rp_ledger *l = &arena->ledger[i % RP_LEDGER_MAX];
        (void)json_array_append_new(
            list,
            json_pack("{sI ss ss ss ss ss sI sI sI so so so sb}", "id", (json_int_t)l->action.id, "action",
                      rp_action_info((enum rp_action_kind)l->action.kind)->word, "pod", l->pod, "why",
                      rp_reason_word((enum rp_reason)l->action.reason), "state", rp_outcome_word(l->state), "reason",
                      rp_reason_word((enum rp_reason)l->reason), "expected_bytes", (json_int_t)l->action.expected_bytes,
                      "usage_before_bytes", (json_int_t)l->usage_before_bytes, "usage_after_bytes",
                      (json_int_t)l->usage_after_bytes, "done_s", rp_json_seconds(l->done_ns), "bought_s",
                      rp_json_seconds(l->bought_ns), "cost_s", rp_json_seconds(l->cost_ns), "measured", l->measured));
    }
    return list;
}

static json_t *log_json(const struct rp_arena *arena)
{
    json_t *list = json_array();
    uint64_t n = arena->log_n < RP_LOG_MAX ? arena->log_n : RP_LOG_MAX;
    for (uint64_t i = arena->log_n - n; i < arena->log_n; i++) {
        char text[400];
        rp_log_text(&arena->log[i % RP_LOG_MAX], text, sizeof(text));
        (void)json_array_append_new(
            list, json_pack("{so ss}", "t_s", rp_json_seconds(arena->log[i % RP_LOG_MAX].t_ns), "text", text));
    }
    return list;
}

static json_t *hooks(const struct rp_arena *arena)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < arena->agent.hooks_n && i < RP_HOOKS_MAX; i++) {
        const struct rp_hook *h = &arena->agent.hooks[i];
        (void)json_array_append_new(list, json_pack("{ss ss ss si sI}", "program", h->program, "state",
                                                    rp_hook_word(h->state), "fallback", h->fallback, "error", h->error,
                                                    "skipped_runs", (json_int_t)h->skipped));
    }
    return list;
}

static json_t *complaints(const struct rp_arena *arena)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < arena->agent.complaints_n && i < RP_COMPLAINTS_MAX; i++)
        (void)json_array_append_new(list, json_string(arena->agent.complaints[i].text));
    return list;
}

static json_t *recorder(const struct rp_recorder_view *view)
{
    return json_pack(
        "{sb so sI sI sI sI so sI}", "on", view->on, "error",
        view->error ? json_string(strerror(-view->error)) : json_null(), "frames", (json_int_t)view->frames, "bytes",
        (json_int_t)view->bytes, "lost", (json_int_t)view->dropped, "failures", (json_int_t)view->failures, "written_s",
        view->written_ns ? rp_json_seconds(view->written_ns) : json_null(), "segment", (json_int_t)view->serial);
}

static json_t *agent(const struct rp_arena *arena)
{
    const struct rp_agent *a = &arena->agent;
    return json_pack("{ss ss ss ss si si sI sI sI so so sI sI sI si so so so}", "mode", rp_mode_word(a->mode),
                     "mode_reason", rp_reason_word((enum rp_reason)a->mode_reason), "version", a->version, "kernel",
                     a->kernel, "guard_pid", (int)a->guard_pid, "guard_starts", (int)a->guard_starts, "ticks",
                     (json_int_t)a->ticks, "sweeps", (json_int_t)a->sweeps, "late_ticks", (json_int_t)a->late_ticks,
                     "period_s", rp_json_seconds(a->period_ns), "tick_max_s", rp_json_seconds(a->tick_max_ns),
                     "undo_active", (json_int_t)a->undo_active, "undo_reverted", (json_int_t)a->undo_reverted,
                     "undo_left", (json_int_t)a->undo_left, "hands_lost", (int)a->hands_lost, "hooks", hooks(arena),
                     "recorder", recorder(&a->recorder), "complaints", complaints(arena));
}

int rp_render_json(FILE *out, struct rp_arena *arena)
{
    char sentence[256];
    rp_headline(arena, sentence, sizeof(sentence));
    json_t *root = json_pack("{so ss ss so so so so so so so so so so}", "t_s", rp_json_seconds(arena->t_ns),
                             "headline", sentence, "phase", rp_phase_word(arena->ladder.phase), "agent", agent(arena),
                             "forecasts", forecasts(arena), "victims", rp_json_victims(arena, &arena->victims, "bytes"),
                             "kubelet", rp_json_kubelet(arena), "kernel_victims", rp_json_kernel_victims(arena), "pods",
                             pods(arena), "filesystems", rp_json_filesystems(arena), "node", rp_json_node(arena),
                             "ledger", ledger(arena), "log", log_json(arena));
    if (!root)
        return -ENOMEM;
    int rc = json_dumpf(root, out, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0 ? 0 : -EIO;
    fputc('\n', out);
    json_decref(root);
    return rc;
}
