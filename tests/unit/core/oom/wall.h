// SPDX-License-Identifier: Apache-2.0
/* A node with pods of one container each, for tests of whom the kernel would choose. */
#ifndef RP_TEST_OOM_WALL_H
#define RP_TEST_OOM_WALL_H

#include <stdio.h>

#include "core/oom/victims.h"
#include "unit/core/model/world.h"

#define WALL_TOTAL (8 * GIB)
#define WALL_PODS  8

struct wall_pod {
    uint8_t qos;
    int64_t request_mib; /* of its container, -1: facts do not tell of it */
    int64_t usage_mib, inactive_mib;
    uint64_t pids;
};

struct wall_world {
    struct world world;
    uint32_t pods;
    rp_cgroup_id next;
};

static inline void wall_open(struct wall_world *w)
{
    memset(w, 0, sizeof(*w));
    world_open(&w->world, 64, 16);
    world_born(&w->world, ID_ROOT, 0, "");
    world_born(&w->world, ID_SYSTEM, ID_ROOT, "system.slice");
    world_born(&w->world, ID_PODS, ID_ROOT, "kubepods.slice");
    world_born(&w->world, ID_BURSTABLE, ID_PODS, "kubepods.slice/kubepods-burstable.slice");
    w->next = 100;
    world_node(&w->world, WALL_TOTAL, WALL_TOTAL / 2);
}

static inline void wall_uid(uint32_t i, char uid[RP_UID_MAX])
{
    (void)snprintf(uid, RP_UID_MAX, "%08x-1111-1111-1111-111111111111", i);
}

/* What is read of a cgroup now, beside what was read before. */
static inline void wall_reads(struct wall_world *w, rp_cgroup_id id, struct rp_cgroup_reading reading)
{
    reading.id = id;
    reading.t_ns = w->world.t_ns += RP_NS_PER_MS;
    world_reads(&w->world, &reading, 1);
}

static inline void wall_usage(struct wall_world *w, rp_cgroup_id id, int64_t usage_mib, int64_t inactive_mib)
{
    wall_reads(w, id,
               (struct rp_cgroup_reading){.known = RP_CG_USAGE | RP_CG_INACTIVE_FILE,
                                          .usage_bytes = (uint64_t)(usage_mib * RP_MIB),
                                          .inactive_file_bytes = (uint64_t)(inactive_mib * RP_MIB)});
}

static inline void wall_looks(struct wall_world *w, rp_cgroup_id id, int64_t charged_mib, int64_t first_mib,
                              int32_t adj)
{
    wall_reads(w, id,
               (struct rp_cgroup_reading){
                   .known = RP_CG_PROCESSES,
                   .processes = {.t_ns = w->world.t_ns + RP_NS_PER_MS,
                                 .charged_bytes = (uint64_t)(charged_mib * RP_MIB),
                                 .first_bytes = (uint64_t)(first_mib * RP_MIB),
                                 .first_adj = adj,
                                 .n = 3,
                                 .exempt = adj == -1000 ? 3 : 0},
               });
}

static inline void wall_limit(struct wall_world *w, rp_cgroup_id id, int64_t max_mib, bool group)
{
    wall_reads(w, id,
               (struct rp_cgroup_reading){.known = RP_CG_MAX | RP_CG_OOM_GROUP,
                                          .max_bytes = max_mib < 0 ? UINT64_MAX : (uint64_t)(max_mib * RP_MIB),
                                          .oom_group = group});
}

/* Returns the id of its container's cgroup; the one before it is the slice's. */
static inline rp_cgroup_id wall_pod(struct wall_world *w, const struct wall_pod *pod)
{
    char uid[RP_UID_MAX], path[RP_PATH_MAX], container[RP_PATH_MAX + 96];
    const uint32_t i = w->pods++;
    const rp_cgroup_id slice = w->next, leaf = w->next + 1;
    w->next += 2;
    wall_uid(i, uid);
    (void)snprintf(
        path, sizeof(path),
        "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod%08x_1111_1111_1111_111111111111.slice", i);
    (void)snprintf(container, sizeof(container), "%s/cri-containerd-%016x%048x.scope", path, i + 1, 0);
    world_born(&w->world, slice, ID_BURSTABLE, path);
    world_born(&w->world, leaf, slice, container);
    struct rp_fact_pod *fact = world_fact(&w->world, uid, 0, 0);
    fact->qos = pod->qos;
    if (pod->request_mib >= 0) {
        fact->containers_n = 1;
        fact->containers[0] = (struct rp_fact_container){i + 1, pod->request_mib * RP_MIB};
    }
    wall_reads(w, leaf, (struct rp_cgroup_reading){.known = RP_CG_PIDS, .pids = pod->pids ? pod->pids : 1});
    wall_usage(w, leaf, pod->usage_mib, pod->inactive_mib);
    return leaf;
}

static inline void wall_facts(struct wall_world *w)
{
    world_commit(&w->world, RP_LIST_PODS);
}

static inline struct rp_oom_victims wall_victims(struct wall_world *w, rp_cgroup_id wall)
{
    struct rp_oom_victims victims;
    const uint32_t root = wall ? (uint32_t)(((const unsigned char *)world_cgroup(&w->world, wall) -
                                             (const unsigned char *)rp_cgroup_at(w->world.arena, 0)) /
                                            w->world.arena->cgroups.stride)
                               : RP_INDEX_NONE;
    rp_oom_victims_make(w->world.arena, root, &victims);
    return victims;
}

/* The id of the victim at that place. */
static inline rp_cgroup_id wall_at(const struct wall_world *w, const struct rp_oom_victims *victims, uint32_t place)
{
    const struct rp_cgroup *cgroup =
        place < victims->n ? rp_cgroup_at(w->world.arena, victims->list[place].cgroup) : NULL;
    return cgroup ? cgroup->id : 0;
}

#endif
