// SPDX-License-Identifier: Apache-2.0
/*
 * What each action was expected to free, what it freed, how much time it bought and what it cost the pod. The line is
 * opened by the first outcome, measured once the deadline has passed, and closed when the change is undone.
 */
#include "core/decide/decide.h"

#include <string.h>

struct rp_ledger *rp_ledger_find(struct rp_arena *arena, uint64_t action_id)
{
    uint64_t n = arena->ledger_n < RP_LEDGER_MAX ? arena->ledger_n : RP_LEDGER_MAX;
    for (uint64_t i = 0; i < n; i++) {
        struct rp_ledger *line = &arena->ledger[(arena->ledger_n - 1 - i) % RP_LEDGER_MAX];
        if (line->action.id == action_id)
            return line;
    }
    return NULL;
}

static int64_t usage_of(struct rp_arena *arena, rp_cgroup_id id)
{
    const struct rp_cgroup *cgroup = rp_cgroup_find(arena, id);
    return cgroup && (cgroup->now.known & RP_CG_USAGE) ? (int64_t)cgroup->now.usage_bytes : -1;
}

static rp_ns crossing(const struct rp_arena *arena, uint8_t danger)
{
    return danger < RP_DANGER_MAX ? arena->forecasts[danger].median_ns : RP_NS_FOREVER;
}

static struct rp_ledger *open_line(struct rp_arena *arena, const struct rp_outcome *outcome)
{
    struct rp_ledger *line = &arena->ledger[arena->ledger_n++ % RP_LEDGER_MAX];
    const struct rp_pod *pod = rp_action_pod(arena, &outcome->action);
    memset(line, 0, sizeof(*line));
    line->action = outcome->action;
    line->done_ns = outcome->t_ns;
    line->usage_before_bytes = usage_of(arena, outcome->action.cgroup);
    line->usage_after_bytes = -1;
    line->crossing_before_ns = crossing(arena, outcome->action.cause);
    if (pod) {
        const char *name = pod->name[0] ? pod->name : pod->uid;
        size_t len = strnlen(name, sizeof(line->pod) - 1);
        memcpy(line->pod, name, len);
    }
    return line;
}

void rp_ledger_outcome(struct rp_arena *arena, const struct rp_outcome *outcome)
{
    struct rp_ledger *line = rp_ledger_find(arena, outcome->action.id);
    if (!line) {
        if (outcome->action.undo)
            return; /* its line has left the ring */
        line = open_line(arena, outcome);
    }
    bool ends = outcome->state == RP_OUTCOME_UNDONE || outcome->state == RP_OUTCOME_LEFT;
    line->state = outcome->state;
    line->error = outcome->error;
    if (outcome->state != RP_OUTCOME_DONE && outcome->state != RP_OUTCOME_PENDING)
        line->reason = outcome->reason;
    if (ends) {
        line->undone_ns = outcome->t_ns;
        line->cost_ns = outcome->t_ns - line->done_ns;
    }
    line->closed = ends || outcome->state == RP_OUTCOME_REFUSED || outcome->state == RP_OUTCOME_FAILED;
}

static void measure(struct rp_arena *arena, struct rp_ledger *line)
{
    rp_ns after = crossing(arena, line->action.cause);
    rp_ns elapsed = arena->t_ns - line->done_ns;
    line->usage_after_bytes = usage_of(arena, line->action.cgroup);
    if (line->usage_after_bytes < 0 && line->action.kind == RP_ACTION_KILL)
        line->usage_after_bytes = 0; /* the container's cgroup is gone, and with it its memory */
    if (line->crossing_before_ns == RP_NS_FOREVER)
        return; /* nothing was coming, so nothing was bought */
    rp_ns left = line->crossing_before_ns > elapsed ? line->crossing_before_ns - elapsed : 0;
    line->bought_ns = after == RP_NS_FOREVER ? RP_NS_FOREVER : after > left ? after - left : 0;
}

void rp_ledger_step(struct rp_arena *arena)
{
    uint64_t n = arena->ledger_n < RP_LEDGER_MAX ? arena->ledger_n : RP_LEDGER_MAX;
    for (uint64_t i = 0; i < n; i++) {
        struct rp_ledger *line = &arena->ledger[i];
        bool in_force = line->state == RP_OUTCOME_DONE;
        if (in_force && !line->measured && arena->t_ns >= line->action.deadline_ns) {
            measure(arena, line);
            line->measured = true;
        }
    }
}
