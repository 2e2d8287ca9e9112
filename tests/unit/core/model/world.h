// SPDX-License-Identifier: Apache-2.0
/* A small world for tests of the core: an arena, a clock, and samples made of one line each. */
#ifndef RP_TEST_WORLD_H
#define RP_TEST_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/harness.h"
#include "reprieve/model.h"

#define GIB          (INT64_C(1) << 30)
#define WORLD_FACTS  64
#define UID_A        "11111111-1111-1111-1111-111111111111"
#define UID_B        "22222222-2222-2222-2222-222222222222"
#define UID_C        "33333333-3333-3333-3333-333333333333"
#define UID_STATIC   "0123456789abcdef0123456789abcdef"
#define SLICE(uid_)  "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" uid_ ".slice"
#define SLICE_A      SLICE("11111111_1111_1111_1111_111111111111")
#define SLICE_B      SLICE("22222222_2222_2222_2222_222222222222")
#define SLICE_C      SLICE("33333333_3333_3333_3333_333333333333")
#define CONTAINER_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Ids of the tree that world_tree makes. */
enum { ID_ROOT = 1, ID_SYSTEM, ID_PODS, ID_BURSTABLE, ID_A, ID_A_CONTAINER, ID_B, ID_C, ID_FREE };

struct world {
    struct rp_arena *arena;
    struct rp_policy policy;
    size_t bytes;
    rp_ns t_ns;
    uint64_t number, generation;
    struct rp_fact facts[WORLD_FACTS];
    uint32_t facts_n;
};

static inline void world_open(struct world *world, uint32_t cgroups_max, uint32_t pods_max)
{
    memset(world, 0, sizeof(*world));
    rp_policy_init(&world->policy);
    world->policy.cgroups_max = cgroups_max;
    world->policy.pods_max = pods_max;
    world->bytes = rp_arena_size(&world->policy);
    world->t_ns = 1000 * RP_NS_PER_S;
    world->arena = calloc(1, world->bytes);
    assert_non_null(world->arena);
    assert_int_equal(rp_arena_init(world->arena, world->bytes, &world->policy), 0);
}

static inline void world_close(struct world *world)
{
    assert_int_equal(rp_arena_check(world->arena, world->bytes), 0);
    free(world->arena);
}

/* A sample of the present moment, to be filled and given to world_step. */
static inline struct rp_sample world_sample(struct world *world)
{
    return (struct rp_sample){.number = ++world->number, .t_ns = world->t_ns};
}

static inline void world_step(struct world *world, const struct rp_sample *sample)
{
    rp_model_step(world->arena, sample);
    rp_forecast_step(world->arena);
}

static inline void world_born(struct world *world, rp_cgroup_id id, rp_cgroup_id parent, const char *path)
{
    struct rp_cgroup_birth birth = {.id = id, .parent = parent, .t_ns = world->t_ns};
    struct rp_sample sample = world_sample(world);
    assert_int_equal(rp_copy(birth.path, sizeof(birth.path), path), 0);
    sample.births = &birth;
    sample.births_n = 1;
    world_step(world, &sample);
}

static inline void world_died(struct world *world, rp_cgroup_id id)
{
    const struct rp_cgroup_death death = {.id = id, .t_ns = world->t_ns};
    struct rp_sample sample = world_sample(world);
    sample.deaths = &death;
    sample.deaths_n = 1;
    world_step(world, &sample);
}

/* The root, kubepods with its burstable level, three pods, one of them with a container. */
static inline void world_tree(struct world *world)
{
    world_born(world, ID_ROOT, 0, "");
    world_born(world, ID_SYSTEM, ID_ROOT, "system.slice");
    world_born(world, ID_PODS, ID_ROOT, "kubepods.slice");
    world_born(world, ID_BURSTABLE, ID_PODS, "kubepods.slice/kubepods-burstable.slice");
    world_born(world, ID_A, ID_BURSTABLE, SLICE_A);
    world_born(world, ID_A_CONTAINER, ID_A, SLICE_A "/cri-containerd-" CONTAINER_ID ".scope");
    world_born(world, ID_B, ID_BURSTABLE, SLICE_B);
    world_born(world, ID_C, ID_BURSTABLE, SLICE_C);
}

static inline void world_reads(struct world *world, const struct rp_cgroup_reading *readings, uint32_t n)
{
    struct rp_sample sample = world_sample(world);
    sample.cgroups = readings;
    sample.cgroups_n = n;
    world_step(world, &sample);
}

static inline void world_usage(struct world *world, rp_cgroup_id id, int64_t usage_bytes, int64_t inactive_bytes)
{
    const struct rp_cgroup_reading reading = {.id = id,
                                              .t_ns = world->t_ns,
                                              .known = RP_CG_USAGE | RP_CG_INACTIVE_FILE,
                                              .usage_bytes = (uint64_t)usage_bytes,
                                              .inactive_file_bytes = (uint64_t)inactive_bytes};
    world_reads(world, &reading, 1);
}

/* The kernel's number of the node: of `total`, this much is available. */
static inline void world_node(struct world *world, int64_t total_bytes, int64_t available_bytes)
{
    struct rp_sample sample = world_sample(world);
    sample.node = (struct rp_node_reading){.t_ns = world->t_ns,
                                           .known = RP_NODE_MEM_TOTAL | RP_NODE_MEM_AVAILABLE,
                                           .mem_total_bytes = (uint64_t)total_bytes,
                                           .mem_available_bytes = (uint64_t)available_bytes};
    world_step(world, &sample);
}

static inline void world_events(struct world *world, const struct rp_event *events, uint32_t n)
{
    struct rp_sample sample = world_sample(world);
    sample.events = events;
    sample.events_n = n;
    world_step(world, &sample);
}

static inline void world_filesystems(struct world *world, const struct rp_fs_reading *readings, uint32_t n)
{
    struct rp_sample sample = world_sample(world);
    sample.filesystems = readings;
    sample.filesystems_n = n;
    world_step(world, &sample);
}

static inline void world_disks(struct world *world, const struct rp_disk_reading *readings, uint32_t n)
{
    struct rp_sample sample = world_sample(world);
    sample.disks = readings;
    sample.disks_n = n;
    world_step(world, &sample);
}

/* ---- facts: add some, then commit them as one list */

static inline struct rp_fact_pod *world_fact(struct world *world, const char *uid, int32_t priority,
                                             int64_t request_bytes)
{
    struct rp_fact *fact = &world->facts[1 + world->facts_n++];
    *fact = (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_POD};
    assert_int_equal(rp_copy(fact->pod.uid, sizeof(fact->pod.uid), uid), 0);
    assert_int_equal(rp_copy(fact->pod.namespace_, sizeof(fact->pod.namespace_), "default"), 0);
    rp_cut(fact->pod.name, sizeof(fact->pod.name), uid);
    fact->pod.priority = priority;
    fact->pod.memory_request_bytes = request_bytes;
    fact->pod.memory_limit_bytes = -1;
    fact->pod.liveness_window_ns = RP_NS_FOREVER;
    rp_contract_init(&fact->pod.contract);
    return &fact->pod;
}

static inline void world_fact_stats(struct world *world, const char *uid, int64_t working_set_bytes)
{
    struct rp_fact *fact = &world->facts[1 + world->facts_n++];
    *fact = (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_POD_STATS};
    assert_int_equal(rp_copy(fact->pod_stats.uid, sizeof(fact->pod_stats.uid), uid), 0);
    fact->pod_stats.working_set_bytes = working_set_bytes;
    fact->pod_stats.sampled_ns = world->t_ns;
}

static inline void world_commit(struct world *world, enum rp_list list)
{
    const uint32_t n = world->facts_n;
    const struct rp_fact_list head = {.list = list, .count = n, .generation = ++world->generation};
    world->facts[0] = (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_BEGIN, .list = head};
    world->facts[n + 1] = (struct rp_fact){.version = RP_LINK_VERSION, .kind = RP_FACT_COMMIT, .list = head};
    struct rp_sample sample = world_sample(world);
    sample.facts = world->facts;
    sample.facts_n = n + 2;
    world->facts_n = 0;
    world_step(world, &sample);
}

/* ---- questions */

static inline struct rp_cgroup *world_cgroup(struct world *world, rp_cgroup_id id)
{
    return rp_cgroup_find(world->arena, id);
}

static inline struct rp_pod *world_pod(struct world *world, const char *uid)
{
    for (uint32_t i = 0; i < world->arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_at(world->arena, i);
        if (pod->live && strcmp(pod->uid, uid) == 0)
            return pod;
    }
    return NULL;
}

/* A small generator with a fixed start, so that a failure can be repeated. */
static inline uint64_t world_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
