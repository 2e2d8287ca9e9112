// SPDX-License-Identifier: Apache-2.0
#include "core/model/events.h"

#include "base/num.h"
#include "core/model/cgroups.h"
#include "core/model/troubles.h"

#include <string.h>

#define OOM_LINES_PER_S    8 /* a group kill marks hundreds of tasks; the counter has them all */
#define LOST_LINE_PAUSE_NS (10 * RP_NS_PER_S)

/* How many lines of a kind stand at the end of the log that are not older than `since`. */
static uint32_t recent_lines(const struct rp_arena *arena, enum rp_log_kind kind, rp_ns since)
{
    uint32_t count = 0;
    for (uint64_t back = 1; back <= RP_LOG_MAX && back <= arena->log_n; back++) {
        const struct rp_log_entry *entry = &arena->log[(arena->log_n - back) % RP_LOG_MAX];
        if (entry->t_ns < since)
            break;
        count += entry->kind == kind;
    }
    return count;
}

static bool is_shared_limit(struct rp_arena *arena, rp_cgroup_id owner)
{
    const struct rp_cgroup *cgroup = rp_cgroup_find(arena, owner);
    return cgroup && rp_cgroup_is_shared(arena, cgroup);
}

static void later(rp_ns *stamp, rp_ns t_ns)
{
    *stamp = rp_max_u64(*stamp, t_ns);
}

static void log_oom(struct rp_arena *arena, const struct rp_event *event, uint8_t what)
{
    if (recent_lines(arena, RP_LOG_OOM, rp_sub_sat_u64(arena->t_ns, RP_NS_PER_S)) >= OOM_LINES_PER_S)
        return;
    const struct rp_cgroup *cgroup = rp_cgroup_find(arena, event->cgroup);
    rp_log_add(arena, (struct rp_log_entry){.t_ns = event->t_ns, .kind = RP_LOG_OOM, .a = what, .value = event->pid},
               cgroup ? rp_pod_at(arena, cgroup->pod) : NULL);
}

static void refused(struct rp_arena *arena, const struct rp_event *event, enum rp_trouble_kind kind)
{
    const struct rp_refusal refusal = {
        .kind = kind,
        .subject = rp_cgroup_find(arena, event->cgroup),
        .owner = kind == RP_TROUBLE_PIDS ? rp_cgroup_find(arena, event->owner) : NULL,
        .value = kind == RP_TROUBLE_SPACE ? 0 : event->value,
        .dev = kind == RP_TROUBLE_SPACE ? event->value : 0,
        .t_ns = event->t_ns,
    };
    rp_trouble_seen(arena, &refusal);
}

static void take(struct rp_arena *arena, const struct rp_event *event)
{
    struct rp_node *node = &arena->node;
    switch (event->type) {
    case RP_EVENT_OOM_BEGIN:
        if (event->owner == RP_CGROUP_NONE || is_shared_limit(arena, event->owner))
            later(&node->node_oom_ns, event->t_ns);
        log_oom(arena, event, 1);
        break;
    case RP_EVENT_OOM_KILL:
        log_oom(arena, event, 2);
        break;
    case RP_EVENT_OOM_VICTIM:
        node->oom_kills++;
        log_oom(arena, event, 3);
        break;
    case RP_EVENT_DIRECT_RECLAIM:
        later(&node->global_reclaim_ns, event->t_ns);
        break;
    case RP_EVENT_LIMIT_RECLAIM:
        if (is_shared_limit(arena, event->owner))
            later(&node->global_reclaim_ns, event->t_ns);
        break;
    case RP_EVENT_NEAR_OOM:
        later(&node->near_oom_ns, event->t_ns);
        break;
    case RP_EVENT_PIDS_REFUSED:
        refused(arena, event, RP_TROUBLE_PIDS);
        break;
    case RP_EVENT_FORK_FAILED:
        refused(arena, event, RP_TROUBLE_FORK);
        break;
    case RP_EVENT_NO_SPACE:
        refused(arena, event, RP_TROUBLE_SPACE);
        break;
    case RP_EVENT_HARDWARE:
        if (event->value < RP_HARDWARE_MAX)
            rp_warning_seen(arena, (uint32_t)event->value, 0, event->t_ns);
        break;
    default: /* births and deaths come as such; over-high is in the counters */
        break;
    }
}

static void take_losses(struct rp_arena *arena, const struct rp_sample *sample)
{
    uint64_t before = arena->node.dropped, now = sample->dropped;
    for (uint32_t i = 0; i < RP_LOST_MAX; i++) {
        before = rp_add_sat_u64(before, arena->node.lost[i]);
        now = rp_add_sat_u64(now, sample->lost[i]);
    }
    memcpy(arena->node.lost, sample->lost, sizeof(arena->node.lost));
    arena->node.dropped = sample->dropped;
    const rp_ns since = rp_sub_sat_u64(arena->t_ns, LOST_LINE_PAUSE_NS);
    if (now > before && recent_lines(arena, RP_LOG_LOST, since) == 0)
        rp_log_add(arena, (struct rp_log_entry){.kind = RP_LOG_LOST, .value = rp_i64_of_u64(now - before)}, NULL);
}

void rp_events_step(struct rp_arena *arena, const struct rp_sample *sample)
{
    for (uint32_t i = 0; i < sample->events_n; i++)
        take(arena, &sample->events[i]);
    take_losses(arena, sample);
}
