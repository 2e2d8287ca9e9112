// SPDX-License-Identifier: Apache-2.0
/* Which cgroups are worth a place in the table, and which of their files a descriptor. */
#include "node/sense/census.h"

#include <string.h>

#include "base/str.h"
#include "core/model/policy_text.h"
#include "core/parse/cgroup_path.h"

#define CONTAINER_FILES (RP_READ_LIGHT | RP_READ(RP_FILE_CGROUP_EVENTS))

bool rp_census_is_spare(uint8_t kind)
{
    return kind == RP_CGROUP_INSIDE || kind == RP_CGROUP_SYSTEM || kind == RP_CGROUP_OTHER;
}

bool rp_census_room(const struct rp_census *census, uint8_t kind)
{
    if (census->live >= census->capacity)
        return false;
    return !rp_census_is_spare(kind) || census->spare < census->capacity / 2;
}

uint32_t rp_census_wants(uint8_t kind)
{
    switch (kind) {
    case RP_CGROUP_PODS_ROOT:
    case RP_CGROUP_POD:
        return RP_READ_FULL;
    case RP_CGROUP_CONTAINER:
        return CONTAINER_FILES; /* what the choice of a victim needs; everything else is read of the pod */
    default:
        return 0;
    }
}

static bool is_self(const struct rp_census *census, const char *path)
{
    size_t n = strlen(census->self);
    return n > 0 && strncmp(path, census->self, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool has_rule(const struct rp_policy *policy, const char *path)
{
    for (uint32_t i = 0; i < policy->rules_n; i++)
        if (rp_glob_match(policy->rules[i].glob, path))
            return true;
    return false;
}

static const char *pods_root_path(const struct rp_census *census)
{
    if (census->policy->pods_root[0])
        return census->policy->pods_root;
    return census->pods_root == RP_INDEX_NONE ? "" : census->nodes[census->pods_root].path;
}

uint8_t rp_census_kind(const struct rp_census *census, const char *path)
{
    struct rp_cgroup_name name;
    if (is_self(census, path))
        return RP_CGROUP_SELF;
    if (has_rule(census->policy, path))
        return RP_CGROUP_POD;
    if (rp_parse_cgroup_path_under(pods_root_path(census), path, &name))
        return RP_CGROUP_OTHER;
    return name.kind;
}

static bool names_pods_root(const struct rp_census *census, const struct rp_census_node *node)
{
    struct rp_cgroup_name name;
    const char *configured = census->policy->pods_root;
    if (configured[0])
        return strcmp(configured, node->path) == 0;
    return rp_parse_cgroup_path(node->path, &name) == 0 && name.kind == RP_CGROUP_PODS_ROOT;
}

/* Several may be named so: a cluster inside a container brings its own. The kubelet's of this node is nearest to the root. */
static uint32_t find_pods_root(const struct rp_census *census)
{
    uint32_t best = RP_INDEX_NONE;
    for (uint32_t i = 0; i < census->used; i++) {
        const struct rp_census_node *node = &census->nodes[i];
        if (node->id == RP_CGROUP_NONE || !names_pods_root(census, node))
            continue;
        if (best == RP_INDEX_NONE || node->level < census->nodes[best].level)
            best = i;
    }
    return best;
}

bool rp_census_is_better_pods_root(const struct rp_census *census, uint32_t index)
{
    const struct rp_census_node *node = &census->nodes[index];
    if (census->pods_root != RP_INDEX_NONE && node->level >= census->nodes[census->pods_root].level)
        return false;
    return names_pods_root(census, node);
}

void rp_census_judge(struct rp_census *census)
{
    census->pods_root = find_pods_root(census);
    census->spare = 0;
    for (uint32_t i = 0; i < census->used; i++) {
        struct rp_census_node *node = &census->nodes[i];
        if (node->id == RP_CGROUP_NONE)
            continue;
        rp_census_close_files(census, i, 0);
        node->kind = node->parent == RP_INDEX_NONE ? RP_CGROUP_ROOT : rp_census_kind(census, node->path);
        rp_census_look(census, i); /* opens what it wants now */
        census->spare += rp_census_is_spare(node->kind);
    }
}

static bool is_pod(uint8_t kind)
{
    return kind == RP_CGROUP_POD || kind == RP_CGROUP_PODS_ROOT;
}

/* Descriptors that this kind may still take: containers leave those that the pods of a full node would need. */
static uint32_t budget(const struct rp_census *census, uint8_t kind)
{
    uint32_t left = census->files_max - census->files_open;
    if (is_pod(kind))
        return left;
    uint64_t pods = ((uint64_t)census->policy->pods_max + 1) * RP_FILES_KEPT;
    uint64_t reserve = pods > census->pod_files_open ? pods - census->pod_files_open : 0;
    return left > reserve ? left - (uint32_t)reserve : 0;
}

static bool lacks_files(const struct rp_census_node *node)
{
    for (uint32_t f = 0; f < RP_FILE_MAX; f++)
        if ((rp_census_wants(node->kind) & RP_READ(f)) && node->files.fd[f] < 0)
            return true;
    return false;
}

void rp_census_open_files(struct rp_census *census, uint32_t index, int dirfd)
{
    struct rp_census_node *node = &census->nodes[index];
    uint32_t left = budget(census, node->kind);
    uint32_t opened = rp_files_open(&node->files, dirfd, rp_census_wants(node->kind), left);
    census->files_open += opened;
    census->pod_files_open += is_pod(node->kind) ? opened : 0;
    node->starved = opened == left && lacks_files(node);
}

void rp_census_close_files(struct rp_census *census, uint32_t index, uint32_t keep)
{
    struct rp_census_node *node = &census->nodes[index];
    uint32_t closed = rp_files_close(&node->files, keep);
    census->files_open -= closed;
    census->pod_files_open -= is_pod(node->kind) ? closed : 0;
}
