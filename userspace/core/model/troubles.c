// SPDX-License-Identifier: Apache-2.0
#include "core/model/troubles.h"

#include "base/num.h"
#include "base/str.h"
#include "core/model/activity.h"
#include "core/model/cgroups.h"
#include "core/model/filesystems.h"

#include <string.h>

#define TOLD_NS   (300 * RP_NS_PER_S) /* one line about the same thing */
#define LINES_MAX 8u                  /* and all of a kind together, in the same time */

static void later(rp_ns *stamp, rp_ns t_ns)
{
    *stamp = rp_max_u64(*stamp, t_ns);
}

static bool may_tell(const struct rp_arena *arena, rp_ns told_ns)
{
    return !told_ns || rp_sub_sat_u64(arena->t_ns, told_ns) >= TOLD_NS;
}

/* ---- refusals */

static bool takes_line(const struct rp_arena *arena, struct rp_quota *quota)
{
    if (may_tell(arena, quota->from_ns))
        *quota = (struct rp_quota){.from_ns = arena->t_ns};
    return quota->lines++ < LINES_MAX;
}

static struct rp_log_entry line_of(const struct rp_arena *arena, const struct rp_refusal *refusal)
{
    static const uint8_t kinds[RP_TROUBLE_MAX] = {
        [RP_TROUBLE_PIDS] = RP_LOG_PIDS, [RP_TROUBLE_FORK] = RP_LOG_FORK, [RP_TROUBLE_SPACE] = RP_LOG_SPACE};
    struct rp_log_entry entry = {.t_ns = refusal->t_ns, .kind = kinds[refusal->kind]};
    const uint32_t fs = refusal->dev ? rp_fs_find(arena, refusal->dev) : RP_INDEX_NONE;
    if (refusal->kind == RP_TROUBLE_PIDS) {
        entry.a = refusal->owner ? refusal->owner->kind : RP_CGROUP_OTHER;
        entry.value = rp_i64_of_u64(refusal->value);
    } else if (refusal->kind == RP_TROUBLE_FORK) {
        entry.a = (uint8_t)rp_min_u64(refusal->value, UINT8_MAX);
    } else if (fs != RP_INDEX_NONE) {
        entry.a = (uint8_t)arena->fs[fs].now.roles;
    }
    return entry;
}

static void tell(struct rp_arena *arena, const struct rp_refusal *refusal, struct rp_trouble *trouble)
{
    const struct rp_cgroup *cgroup = refusal->subject;
    const struct rp_pod *pod = rp_pod_at(arena, cgroup->pod);
    if (!may_tell(arena, trouble->told_ns) || !takes_line(arena, &arena->node.told[refusal->kind]))
        return;
    struct rp_log_entry entry = line_of(arena, refusal);
    trouble->told_ns = arena->t_ns;
    if (!pod) { /* a service: its directory's name, which is also its unit's */
        const char *name = cgroup->path;
        for (const char *at = name; *at; at++)
            name = *at == '/' ? at + 1 : name;
        rp_cut(entry.pod, sizeof(entry.pod), name);
    }
    rp_log_add(arena, entry, pod);
}

/* Does it bind or concern the node, and not the one that was refused alone? */
static void stamp_node(struct rp_arena *arena, const struct rp_refusal *refusal)
{
    const uint32_t fs = refusal->dev ? rp_fs_find(arena, refusal->dev) : RP_INDEX_NONE;
    struct rp_node *node = &arena->node;
    if (refusal->kind == RP_TROUBLE_PIDS && refusal->owner && rp_cgroup_is_shared(arena, refusal->owner))
        later(&node->pids_refused_ns, refusal->t_ns);
    if (refusal->kind == RP_TROUBLE_FORK)
        later(&node->fork_failed_ns, refusal->t_ns);
    if (refusal->kind != RP_TROUBLE_SPACE || fs == RP_INDEX_NONE)
        return;
    later(&node->no_space_ns, refusal->t_ns);
    later(&arena->fs[fs].no_space_ns, refusal->t_ns);
}

void rp_trouble_seen(struct rp_arena *arena, const struct rp_refusal *refusal)
{
    struct rp_activity *activity = rp_activity_of(arena, refusal->subject);
    stamp_node(arena, refusal);
    if (!activity)
        return;
    later(&activity->troubles[refusal->kind].t_ns, refusal->t_ns);
    if (refusal->kind == RP_TROUBLE_PIDS && refusal->owner) {
        const bool same = activity->pids_owner == refusal->owner->id;
        activity->pids_owner = refusal->owner->id;
        if (refusal->value || !same)
            activity->pids_limit = refusal->value;
    }
    tell(arena, refusal, &activity->troubles[refusal->kind]);
}

/* ---- warnings of the hardware */

void rp_warning_seen(struct rp_arena *arena, uint32_t kind, uint64_t more, rp_ns t_ns)
{
    if (kind >= RP_WARNING_MAX)
        return;
    struct rp_warning *warning = &arena->node.warnings[kind];
    warning->total = rp_add_sat_u64(warning->total, more);
    later(&warning->t_ns, t_ns);
    later(&arena->node.hardware_ns, t_ns);
    if (!may_tell(arena, warning->told_ns))
        return;
    warning->told_ns = arena->t_ns;
    rp_log_add(arena, (struct rp_log_entry){.t_ns = t_ns, .kind = RP_LOG_HARDWARE, .a = (uint8_t)kind}, NULL);
}
