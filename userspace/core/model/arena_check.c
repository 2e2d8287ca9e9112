// SPDX-License-Identifier: Apache-2.0
/*
 * Is this an arena? Asked of keyframes from disk and of other processes' mappings, so nothing in the bytes is trusted
 * before it was looked at: counts before loops, indices before accesses, bytes before they are read as bool.
 */
#include "core/model/arena.h"
#include "core/model/index.h"
#include "core/model/table.h"

#include <errno.h>
#include <string.h>

#define ENDS(array) (memchr((array), '\0', sizeof(array)) != NULL)

/* Reading a bool whose byte is neither 0 nor 1 is undefined, so look at the byte. */
static bool is_bool(const bool *flag)
{
    unsigned char byte;
    memcpy(&byte, flag, 1);
    return byte <= 1;
}

static bool table_fits(const struct rp_table *table, const struct rp_table *wanted)
{
    return table->offset == wanted->offset && table->stride == wanted->stride && table->capacity == wanted->capacity &&
           table->used <= table->capacity && table->live <= table->used && table->hint <= table->capacity;
}

static bool tables_fit(const struct rp_arena *arena, size_t len)
{
    struct rp_layout layout;
    return rp_layout_make(arena->cgroups.capacity, arena->pods.capacity, &layout) &&
           arena->total_bytes == layout.total_bytes && arena->total_bytes <= len &&
           table_fits(&arena->cgroups, &layout.cgroups) && table_fits(&arena->pods, &layout.pods) &&
           table_fits(&arena->index, &layout.index) && table_fits(&arena->order, &layout.order);
}

static bool policy_holds(const struct rp_policy *policy)
{
    if (policy->rules_n > RP_RULES_MAX || policy->allowed_namespaces_n > RP_NAMESPACES_MAX ||
        policy->kubelet.thresholds_n > RP_THRESHOLDS_MAX)
        return false;
    for (uint32_t i = 0; i < policy->rules_n; i++)
        if (!ENDS(policy->rules[i].name) || !ENDS(policy->rules[i].glob))
            return false;
    for (uint32_t i = 0; i < policy->allowed_namespaces_n; i++)
        if (!ENDS(policy->allowed_namespaces[i]))
            return false;
    return ENDS(policy->node_name) && ENDS(policy->cgroup_root) && ENDS(policy->proc_root) && ENDS(policy->run_dir) &&
           ENDS(policy->host_root) && ENDS(policy->kubelet_root) && ENDS(policy->pod_logs) &&
           ENDS(policy->image_store) && ENDS(policy->layer_store) && ENDS(policy->record_dir) &&
           ENDS(policy->pods_root) && ENDS(policy->listen);
}

static bool agent_holds(const struct rp_agent *agent)
{
    if (agent->hooks_n > RP_HOOKS_MAX || !ENDS(agent->self_path) || !ENDS(agent->kernel) || !ENDS(agent->version))
        return false;
    if (agent->complaints_n > RP_COMPLAINTS_MAX)
        return false;
    for (uint32_t i = 0; i < agent->complaints_n; i++)
        if (!ENDS(agent->complaints[i].text))
            return false;
    for (uint32_t i = 0; i < agent->hooks_n; i++)
        if (!ENDS(agent->hooks[i].program) || !ENDS(agent->hooks[i].gives) || !ENDS(agent->hooks[i].fallback))
            return false;
    return true;
}

static bool history_holds(const struct rp_history *history)
{
    return history->n <= RP_HISTORY_MAX && history->at < RP_HISTORY_MAX;
}

static bool flow_holds(const struct rp_flow *flow)
{
    return flow->n <= RP_FLOW_POINTS;
}

static bool room_holds(const struct rp_room *room)
{
    /* The two histories are read side by side. */
    return history_holds(&room->level) && room->growth_then.n == room->level.n &&
           room->growth_then.at == room->level.at && flow_holds(&room->growth);
}

static bool filesystems_hold(const struct rp_arena *arena)
{
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++) {
        const struct rp_fs *fs = &arena->fs[i];
        if ((fs->now.roles & ~RP_FS_ANY) || !ENDS(fs->now.path) || !ENDS(fs->before.path) || !room_holds(&fs->bytes) ||
            !room_holds(&fs->inodes))
            return false;
    }
    return true;
}

static bool activity_holds(const struct rp_activity *activity)
{
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
        if (!flow_holds(&activity->disk[i].allocated_bytes) || !flow_holds(&activity->disk[i].inodes_made))
            return false;
    return flow_holds(&activity->forks) && flow_holds(&activity->exits) && flow_holds(&activity->write_bytes);
}

/* Signals are indices. */
static bool thresholds_hold(const struct rp_fact_kubelet *kubelet)
{
    if (kubelet->thresholds_n > RP_THRESHOLDS_MAX)
        return false;
    for (uint32_t i = 0; i < kubelet->thresholds_n; i++)
        if (kubelet->thresholds[i].signal >= RP_SIGNAL_MAX)
            return false;
    return true;
}

static bool kubelet_holds(const struct rp_kubelet *kubelet)
{
    return thresholds_hold(&kubelet->effective) && kubelet->layout <= RP_LAYOUT_SPLIT && kubelet->gone_at < RP_GONE_MAX;
}

static bool node_holds(const struct rp_node *node)
{
    if (!thresholds_hold(&node->kubelet))
        return false;
    for (uint32_t i = 0; i < RP_SOURCE_MAX; i++)
        if (!ENDS(node->sources[i].error))
            return false;
    for (uint32_t i = 0; i < RP_DANGER_MAX; i++)
        if (!history_holds(&node->history[i]))
            return false;
    return activity_holds(&node->system) && flow_holds(&node->io_some_us) && flow_holds(&node->io_full_us);
}

static bool records_hold(const struct rp_arena *arena)
{
    for (uint32_t wall = 0; wall < RP_OOM_WALLS; wall++)
        if (arena->oom_victims[wall].n > RP_VICTIMS_MAX)
            return false;
    if (arena->victims.n > RP_VICTIMS_MAX || arena->plan.actions_n > RP_PLAN_MAX)
        return false;
    for (uint32_t i = 0; i < RP_SIGNAL_MAX; i++)
        if (arena->victims_by[i].n > RP_VICTIMS_MAX)
            return false;
    for (uint32_t i = 0; i < RP_HABITS_MAX; i++)
        if (!ENDS(arena->habits[i].name))
            return false;
    for (uint32_t i = 0; i < RP_LEDGER_MAX; i++)
        if (!ENDS(arena->ledger[i].pod))
            return false;
    for (uint32_t i = 0; i < RP_LOG_MAX; i++)
        if (!ENDS(arena->log[i].pod))
            return false;
    return true;
}

static bool cgroup_holds(struct rp_arena *arena, uint32_t i)
{
    const struct rp_cgroup *cgroup = rp_cgroup_in(arena, i);
    const struct rp_cgroup *parent = rp_cgroup_at(arena, cgroup->parent);
    const struct rp_pod *pod = rp_pod_at(arena, cgroup->pod);
    if (!is_bool(&cgroup->live))
        return false;
    if (!cgroup->live)
        return true;
    if (cgroup->parent != RP_INDEX_NONE && (!parent || !is_bool(&parent->live) || !parent->live))
        return false;
    if (cgroup->pod != RP_INDEX_NONE && (!pod || !is_bool(&pod->live) || !pod->live))
        return false;
    if (cgroup->level != (parent ? parent->level + 1 : 0)) /* also proves that no chain of parents is a circle */
        return false;
    if (!is_bool(&cgroup->now.oom_group) || !is_bool(&cgroup->now.processes.partial))
        return false;
    return cgroup->kind <= RP_CGROUP_SELF && ENDS(cgroup->path) && rp_index_find(arena, cgroup->id) == i;
}

static bool pod_holds(struct rp_arena *arena, uint32_t i)
{
    const struct rp_pod *pod = rp_pod_in(arena, i);
    const struct rp_cgroup *slice = rp_cgroup_at(arena, pod->cgroup);
    if (!is_bool(&pod->live))
        return false;
    if (!pod->live)
        return true;
    if (pod->cgroup != RP_INDEX_NONE && (!slice || !slice->live || slice->pod != i))
        return false;
    if (pod->storage.volumes_n > RP_VOLUMES_MAX || pod->storage.containers_n > RP_CONTAINERS_MAX ||
        pod->believed_storage.volumes_n > RP_VOLUMES_MAX || pod->believed_storage.containers_n > RP_CONTAINERS_MAX ||
        pod->excess >= RP_EXCESS_MAX)
        return false;
    return (pod->rule == RP_INDEX_NONE || pod->rule < arena->policy.rules_n) && pod->history_n <= RP_POD_HISTORY &&
           pod->own_limit.history_n <= RP_POD_HISTORY && pod->containers_n <= RP_CONTAINERS_MAX &&
           pod->history_at < RP_POD_HISTORY && activity_holds(&pod->activity) && ENDS(pod->uid) &&
           ENDS(pod->namespace_) && ENDS(pod->name) && ENDS(pod->contract.comm) && ENDS(pod->contract.ack_path) &&
           ENDS(pod->declared.comm) && ENDS(pod->declared.ack_path) && ENDS(pod->contract.request_path) &&
           ENDS(pod->contract.pidfile) && ENDS(pod->declared.request_path) && ENDS(pod->declared.pidfile);
}

/* Every search must end at a free slot, and every slot must lead to a cgroup that is there. */
static bool index_holds(struct rp_arena *arena)
{
    const uint32_t *slots = rp_table_at(arena, &arena->index, 0);
    uint32_t filled = 0;
    for (uint32_t i = 0; i < arena->index.capacity; i++) {
        if (slots[i] == RP_INDEX_NONE)
            continue;
        if (slots[i] >= arena->cgroups.used)
            return false;
        filled++;
    }
    return filled == arena->index.live && filled <= arena->index.capacity / 2 && filled == arena->cgroups.live;
}

static bool elements_hold(struct rp_arena *arena)
{
    uint64_t cgroups = 0, pods = 0, orphans = 0, children = 0;
    for (uint32_t i = 0; i < arena->cgroups.used; i++) {
        if (!cgroup_holds(arena, i))
            return false;
        const struct rp_cgroup *cgroup = rp_cgroup_in(arena, i);
        cgroups += cgroup->live;
        orphans += cgroup->live && cgroup->parent == RP_INDEX_NONE;
        children += cgroup->live ? cgroup->children : 0;
    }
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        if (!pod_holds(arena, i))
            return false;
        pods += rp_pod_in(arena, i)->live;
    }
    return cgroups == arena->cgroups.live && pods == arena->pods.live && children + orphans == cgroups;
}

static bool special_holds(struct rp_arena *arena, uint32_t i)
{
    const struct rp_cgroup *cgroup = rp_cgroup_at(arena, i);
    return i == RP_INDEX_NONE || (cgroup && cgroup->live);
}

int rp_arena_check(const void *bytes, size_t len)
{
    /* The accessors take a writable arena; nothing below writes. */
    struct rp_arena *arena = (struct rp_arena *)(uintptr_t)bytes; /* NOLINT(performance-no-int-to-ptr) */
    if (len < sizeof(*arena) || (uintptr_t)bytes % _Alignof(struct rp_arena) != 0 || arena->magic != RP_ARENA_MAGIC)
        return -EBADMSG;
    if (arena->version != RP_ARENA_VERSION || arena->header_bytes != sizeof(*arena))
        return -EPROTONOSUPPORT;
    const bool good = tables_fit(arena, len) && policy_holds(&arena->policy) && agent_holds(&arena->agent) &&
                      node_holds(&arena->node) && kubelet_holds(&arena->kubelet) && filesystems_hold(arena) &&
                      records_hold(arena) && index_holds(arena) && elements_hold(arena) &&
                      special_holds(arena, arena->node.root) && special_holds(arena, arena->node.pods_root);
    return good ? 0 : -EBADMSG;
}
