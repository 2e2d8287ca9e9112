// SPDX-License-Identifier: Apache-2.0
/*
 * What a cgroup is follows from its path, from what lies above it, and from the policy. Whoever may create cgroups can also
 * name one "kubepods", so the pods root is the configured one, else the one nearest to the root of the tree; everything
 * else is judged below it.
 */
#include "core/model/cgroups.h"

#include "base/num.h"
#include "base/str.h"
#include "core/model/activity.h"
#include "core/model/index.h"
#include "core/model/manager.h"
#include "core/model/pods.h"
#include "core/model/table.h"
#include "core/parse/cgroup_path.h"

#include <string.h>

#define ID_DIGITS 16u

/* ---- what it is */

struct verdict {
    uint8_t kind;   /* enum rp_cgroup_kind */
    uint32_t rule;  /* of a POD */
    bool from_rule; /* a POD by that rule alone */
    uint8_t qos;    /* enum rp_qos, where the path says it */
    uint64_t container;
    char uid[RP_UID_MAX]; /* of a Kubernetes POD */
};

static const char *pods_root_path(struct rp_arena *arena)
{
    const struct rp_cgroup *root = rp_cgroup_at(arena, arena->node.pods_root);
    if (arena->policy.pods_root[0])
        return arena->policy.pods_root;
    return root ? root->path : "";
}

static uint64_t container_id(const char *text)
{
    uint64_t id = 0;
    const bool is_one = strnlen(text, ID_DIGITS) == ID_DIGITS && rp_parse_hex_u64(text, ID_DIGITS, &id) == 0;
    return is_one ? id : 0;
}

static void judge_path(struct rp_arena *arena, const struct rp_cgroup *cgroup, struct verdict *verdict)
{
    struct rp_cgroup_name name;
    verdict->kind = RP_CGROUP_OTHER;
    if (cgroup->path[0] == '\0')
        verdict->kind = RP_CGROUP_ROOT;
    else if (rp_parse_cgroup_path_under(pods_root_path(arena), cgroup->path, &name) == 0) {
        verdict->kind = name.kind;
        verdict->qos = name.qos;
        verdict->container = container_id(name.container);
        rp_cut(verdict->uid, RP_UID_MAX, name.uid);
    }
}

static bool is_self(const struct rp_arena *arena, const char *path)
{
    const char *self = arena->agent.self_path;
    const size_t len = strlen(self);
    return len > 0 && strncmp(path, self, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static struct verdict judge(struct rp_arena *arena, const struct rp_cgroup *cgroup)
{
    const struct rp_cgroup *parent = rp_cgroup_at(arena, cgroup->parent);
    const struct rp_pod *pod = parent ? rp_pod_at(arena, parent->pod) : NULL;
    struct verdict verdict = {.rule = RP_INDEX_NONE};
    if (is_self(arena, cgroup->path)) {
        verdict.kind = RP_CGROUP_SELF;
        return verdict;
    }
    judge_path(arena, cgroup, &verdict);
    if (pod && pod->from_rule && verdict.kind != RP_CGROUP_PODS_ROOT) {
        verdict.kind = RP_CGROUP_INSIDE;
        return verdict;
    }
    /* Above the pods root nothing may be braked as a workload: that would brake every pod. */
    if (verdict.kind == RP_CGROUP_POD || verdict.kind == RP_CGROUP_SYSTEM)
        verdict.rule = rp_rule_find(&arena->policy, cgroup->path);
    if (verdict.kind == RP_CGROUP_SYSTEM && verdict.rule != RP_INDEX_NONE) {
        verdict.kind = RP_CGROUP_POD;
        verdict.from_rule = true;
    }
    return verdict;
}

/* ---- whose it is */

static void disown(struct rp_arena *arena, uint32_t i)
{
    struct rp_cgroup *cgroup = rp_cgroup_in(arena, i);
    const struct rp_pod *pod = rp_pod_at(arena, cgroup->pod);
    if (pod && pod->cgroup == i) {
        rp_manager_pod_gone(arena, pod);
        rp_pod_free(arena, cgroup->pod);
    }
    cgroup->pod = RP_INDEX_NONE;
}

/* The pod that this cgroup is the slice of: the one it has, the one that facts announced, or a new one. */
static uint32_t pod_for(struct rp_arena *arena, uint32_t i, const struct verdict *verdict)
{
    const struct rp_cgroup *cgroup = rp_cgroup_in(arena, i);
    const struct rp_pod *own = rp_pod_at(arena, cgroup->pod);
    if (own && own->cgroup == i && own->from_rule == verdict->from_rule && strcmp(own->uid, verdict->uid) == 0)
        return cgroup->pod;
    disown(arena, i);
    const uint32_t known = rp_pod_find(arena, verdict->uid, 0);
    const struct rp_pod *pod = rp_pod_at(arena, known);
    if (!pod)
        return rp_pod_new(arena, verdict->uid);
    return pod->cgroup == RP_INDEX_NONE ? known : RP_INDEX_NONE; /* two slices of one UID: the first is it */
}

static void settle_pod(struct rp_arena *arena, uint32_t i, const struct verdict *verdict)
{
    const uint32_t index = pod_for(arena, i, verdict);
    struct rp_pod *pod = rp_pod_at(arena, index);
    rp_cgroup_in(arena, i)->pod = index;
    if (!pod)
        return;
    pod->cgroup = i;
    pod->from_rule = verdict->from_rule;
    pod->rule = verdict->rule;
    rp_pod_join(arena, index);
}

static void settle(struct rp_arena *arena, uint32_t i)
{
    struct rp_cgroup *cgroup = rp_cgroup_in(arena, i);
    const struct rp_cgroup *parent = rp_cgroup_at(arena, cgroup->parent);
    const struct verdict verdict = judge(arena, cgroup);
    cgroup->kind = verdict.kind;
    cgroup->qos = verdict.qos;
    cgroup->container = verdict.container;
    if (verdict.kind == RP_CGROUP_ROOT)
        arena->node.root = i;
    if (verdict.kind == RP_CGROUP_POD) {
        settle_pod(arena, i, &verdict);
        return;
    }
    disown(arena, i);
    const bool belongs =
        verdict.kind == RP_CGROUP_CONTAINER || verdict.kind == RP_CGROUP_INSIDE || verdict.kind == RP_CGROUP_SELF;
    if (belongs && parent)
        cgroup->pod = parent->pod;
    struct rp_pod *pod = rp_pod_at(arena, cgroup->pod);
    if (pod && verdict.kind == RP_CGROUP_SELF)
        pod->self = true;
}

/* ---- the pods root */

static bool named_pods_root(const struct rp_arena *arena, const struct rp_cgroup *cgroup)
{
    struct rp_cgroup_name name;
    if (arena->policy.pods_root[0])
        return strcmp(arena->policy.pods_root, cgroup->path) == 0;
    return rp_parse_cgroup_path(cgroup->path, &name) == 0 && name.kind == RP_CGROUP_PODS_ROOT;
}

static bool better_pods_root(struct rp_arena *arena, uint32_t i)
{
    const struct rp_cgroup *cgroup = rp_cgroup_in(arena, i);
    const struct rp_cgroup *present = rp_cgroup_at(arena, arena->node.pods_root);
    return (!present || cgroup->level < present->level) && named_pods_root(arena, cgroup);
}

static void find_pods_root(struct rp_arena *arena)
{
    arena->node.pods_root = RP_INDEX_NONE;
    for (uint32_t i = 0; i < arena->cgroups.used; i++)
        if (rp_cgroup_in(arena, i)->live && better_pods_root(arena, i))
            arena->node.pods_root = i;
}

void rp_cgroups_judge(struct rp_arena *arena)
{
    uint32_t deepest = 0;
    find_pods_root(arena);
    for (uint32_t i = 0; i < arena->cgroups.used; i++) {
        const struct rp_cgroup *cgroup = rp_cgroup_in(arena, i);
        if (cgroup->live && cgroup->level > deepest)
            deepest = cgroup->level;
    }
    /* Level by level, because a cgroup is judged by its parent and a reused element may stand before it. */
    for (uint32_t level = 0; level <= deepest; level++)
        for (uint32_t i = 0; i < arena->cgroups.used; i++)
            if (rp_cgroup_in(arena, i)->live && rp_cgroup_in(arena, i)->level == level)
                settle(arena, i);
}

/* ---- births and deaths */

static void forget_history(struct rp_arena *arena)
{
    memset(&arena->node.history[RP_DANGER_KUBELET_ALLOCATABLE], 0, sizeof(arena->node.history[0]));
    memset(&arena->node.history[RP_DANGER_PODS_OOM], 0, sizeof(arena->node.history[0]));
}

void rp_cgroup_born(struct rp_arena *arena, const struct rp_cgroup_birth *birth)
{
    const struct rp_cgroup *known = rp_cgroup_find(arena, birth->id);
    if (birth->id == RP_CGROUP_NONE || (known && strcmp(known->path, birth->path) == 0))
        return;
    rp_cgroup_died(arena, birth->id); /* the kernel gave the number to another one; the death was missed */
    const uint32_t i = rp_cgroup_take(arena);
    if (i == RP_INDEX_NONE)
        return;
    struct rp_cgroup *cgroup = rp_cgroup_in(arena, i);
    cgroup->id = birth->id;
    cgroup->pod = RP_INDEX_NONE;
    cgroup->parent = rp_index_find(arena, birth->parent);
    struct rp_cgroup *parent = rp_cgroup_at(arena, cgroup->parent);
    if (parent) {
        parent->children++;
        cgroup->level = (uint16_t)(parent->level + 1);
    }
    rp_cut(cgroup->path, sizeof(cgroup->path), birth->path);
    rp_index_add(arena, i);
    if (better_pods_root(arena, i)) {
        forget_history(arena);
        rp_cgroups_judge(arena);
    } else {
        settle(arena, i);
    }
    if (cgroup->kind == RP_CGROUP_POD && arena->sample_number > 1)
        rp_log_add(arena, (struct rp_log_entry){.kind = RP_LOG_PODS, .a = 1}, rp_pod_at(arena, cgroup->pod));
}

bool rp_cgroup_lies_below(struct rp_arena *arena, uint32_t i, uint32_t ancestor)
{
    while (i != RP_INDEX_NONE && i != ancestor)
        i = rp_cgroup_in(arena, i)->parent;
    return i == ancestor;
}

static void remove_one(struct rp_arena *arena, uint32_t i)
{
    rp_activity_inherit(arena, rp_cgroup_in(arena, i));
    disown(arena, i);
    rp_index_remove(arena, rp_cgroup_in(arena, i)->id);
    rp_cgroup_give(arena, i);
    if (arena->node.root == i)
        arena->node.root = RP_INDEX_NONE;
    if (arena->node.pods_root == i) {
        arena->node.pods_root = RP_INDEX_NONE;
        forget_history(arena);
    }
}

/* Leaves first, pass by pass, so that the chain of parents above what remains is whole. */
static void remove_below(struct rp_arena *arena, uint32_t ancestor)
{
    while (rp_cgroup_in(arena, ancestor)->children > 0) {
        for (uint32_t i = 0; i < arena->cgroups.used; i++) {
            const struct rp_cgroup *cgroup = rp_cgroup_in(arena, i);
            if (!cgroup->live || i == ancestor || cgroup->children > 0 || !rp_cgroup_lies_below(arena, i, ancestor))
                continue;
            rp_cgroup_in(arena, cgroup->parent)->children--;
            remove_one(arena, i);
        }
    }
}

void rp_cgroup_died(struct rp_arena *arena, rp_cgroup_id id)
{
    const uint32_t i = rp_index_find(arena, id);
    const uint32_t pods_root = arena->node.pods_root;
    if (i == RP_INDEX_NONE)
        return;
    struct rp_cgroup *parent = rp_cgroup_at(arena, rp_cgroup_in(arena, i)->parent);
    remove_below(arena, i);
    if (parent)
        parent->children--;
    remove_one(arena, i);
    if (arena->node.pods_root != pods_root)
        rp_cgroups_judge(arena);
}

bool rp_cgroup_is_shared(struct rp_arena *arena, const struct rp_cgroup *cgroup)
{
    if (cgroup->kind == RP_CGROUP_ROOT || cgroup->kind == RP_CGROUP_PODS_ROOT || cgroup->kind == RP_CGROUP_QOS)
        return true;
    if (cgroup->kind != RP_CGROUP_OTHER)
        return false;
    for (const struct rp_cgroup *at = rp_cgroup_at(arena, arena->node.pods_root); at;
         at = rp_cgroup_at(arena, at->parent))
        if (at == cgroup)
            return true;
    return false;
}
