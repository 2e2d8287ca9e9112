// SPDX-License-Identifier: Apache-2.0
/* Sizes, what the check lets through and what it does not, and the log ring. */
#include "unit/core/model/world.h"

static void size_is_what_init_needs(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 100, 10);
    assert_int_equal(world.bytes % 8, 0);
    struct rp_arena *other = calloc(1, world.bytes);
    assert_int_equal(rp_arena_init(other, world.bytes - 1, &world.policy), -ENOSPC);
    assert_int_equal(rp_arena_init(other, world.bytes, &world.policy), 0);
    assert_int_equal(rp_arena_check(other, world.bytes), 0);
    free(other);
    world_close(&world);
}

static void size_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 1);
    world.policy.cgroups_max = UINT32_MAX;
    assert_true(rp_arena_size(&world.policy) == SIZE_MAX);
    assert_int_equal(rp_arena_init(world.arena, world.bytes, &world.policy), -ENOSPC);
    world_close(&world);
}

enum damage {
    MAGIC,
    VERSION,
    HEADER,
    TOTAL,
    OFFSET,
    STRIDE,
    USED,
    CAPACITY,
    INDEX_SLOT,
    INDEX_FULL,
    PARENT,
    CIRCLE,
    CGROUP_POD,
    CGROUP_KIND,
    CGROUP_PATH,
    CGROUP_LIVE,
    CGROUP_ID,
    POD_CGROUP,
    POD_RULE,
    POD_UID,
    POD_HISTORY,
    POD_CONTAINERS,
    POD_OWN_LIMIT,
    POD_LIVE,
    POD_FLOW,
    POD_DISK_FLOW,
    NODE_ROOT,
    NODE_HISTORY,
    NODE_FLOW,
    SYSTEM_FLOW,
    FS_ROLES,
    FS_PATH,
    FS_HISTORY,
    FS_HISTORIES,
    FS_FLOW,
    NODE_THRESHOLDS,
    OOM_VICTIMS,
    VICTIMS,
    PLAN,
    RULES,
    NAMESPACES,
    HOOKS,
    LEDGER_NAME,
    LOG_NAME,
    DAMAGES
};

static void set_byte(void *at, unsigned char value)
{
    memcpy(at, &value, 1);
}

static void damage_head(struct rp_arena *arena, enum damage damage)
{
    switch ((int)damage) {
    case MAGIC:
        arena->magic++;
        break;
    case VERSION:
        arena->version++;
        break;
    case HEADER:
        arena->header_bytes += 8;
        break;
    case TOTAL:
        arena->total_bytes += 8;
        break;
    case OFFSET:
        arena->pods.offset += 64;
        break;
    case STRIDE:
        arena->cgroups.stride = 8;
        break;
    case USED:
        arena->cgroups.used = arena->cgroups.capacity + 1;
        break;
    case CAPACITY:
        arena->pods.capacity *= 2;
        break;
    case NODE_ROOT:
        arena->node.root = arena->cgroups.used;
        break;
    case NODE_HISTORY:
        arena->node.history[1].n = RP_HISTORY_MAX + 1;
        break;
    case NODE_THRESHOLDS:
        arena->node.kubelet.thresholds_n = RP_THRESHOLDS_MAX + 1;
        break;
    case VICTIMS:
        arena->victims.n = RP_VICTIMS_MAX + 1;
        break;
    case OOM_VICTIMS:
        arena->oom_victims[RP_OOM_PODS].n = RP_VICTIMS_MAX + 1;
        break;
    case PLAN:
        arena->plan.actions_n = RP_PLAN_MAX + 1;
        break;
    case RULES:
        arena->policy.rules_n = RP_RULES_MAX + 1;
        break;
    case NAMESPACES:
        arena->policy.allowed_namespaces_n = RP_NAMESPACES_MAX + 1;
        break;
    case HOOKS:
        arena->agent.hooks_n = RP_HOOKS_MAX + 1;
        break;
    case LEDGER_NAME:
        memset(arena->ledger[3].pod, 'x', sizeof(arena->ledger[3].pod));
        break;
    case LOG_NAME:
        memset(arena->log[3].pod, 'x', sizeof(arena->log[3].pod));
        break;
    default:
        break;
    }
}

static void damage_flows(struct rp_arena *arena, enum damage damage)
{
    switch ((int)damage) {
    case NODE_FLOW:
        arena->node.io_full_us.n = RP_FLOW_POINTS + 1;
        break;
    case SYSTEM_FLOW:
        arena->node.system.write_bytes.n = RP_FLOW_POINTS + 1;
        break;
    case FS_ROLES:
        arena->fs[1].now.roles = RP_FS_ANY + 1;
        break;
    case FS_PATH:
        memset(arena->fs[1].now.path, 'x', sizeof(arena->fs[1].now.path));
        break;
    case FS_HISTORY:
        arena->fs[3].bytes.level.n = arena->fs[3].bytes.growth_then.n = RP_HISTORY_MAX + 1;
        break;
    case FS_HISTORIES:
        arena->fs[3].inodes.level.n = 1;
        break;
    case FS_FLOW:
        arena->fs[0].inodes.growth.n = RP_FLOW_POINTS + 1;
        break;
    case POD_FLOW:
        rp_pod_at(arena, 0)->activity.exits.n = RP_FLOW_POINTS + 1;
        break;
    case POD_DISK_FLOW:
        rp_pod_at(arena, 0)->activity.disk[3].inodes_made.n = RP_FLOW_POINTS + 1;
        break;
    default:
        break;
    }
}

static void damage_tables(struct rp_arena *arena, enum damage damage)
{
    uint32_t *slots = rp_table_at(arena, &arena->index, 0);
    struct rp_cgroup *cgroup = rp_cgroup_find(arena, ID_A_CONTAINER);
    struct rp_pod *pod = rp_pod_at(arena, 0);
    switch ((int)damage) {
    case INDEX_SLOT:
        for (uint32_t i = 0; i < arena->index.capacity; i++)
            if (slots[i] != RP_INDEX_NONE)
                slots[i] = arena->cgroups.used;
        break;
    case INDEX_FULL:
        memset(slots, 0, (size_t)arena->index.capacity * sizeof(*slots));
        break;
    case PARENT:
        cgroup->parent = arena->cgroups.used;
        break;
    case CIRCLE:
        cgroup->parent = rp_cgroup_at(arena, cgroup->parent)->parent;
        break;
    case CGROUP_POD:
        cgroup->pod = arena->pods.used;
        break;
    case CGROUP_KIND:
        cgroup->kind = RP_CGROUP_SELF + 1;
        break;
    case CGROUP_PATH:
        memset(cgroup->path, 'x', sizeof(cgroup->path));
        break;
    case CGROUP_LIVE:
        set_byte(&cgroup->live, 2);
        break;
    case CGROUP_ID:
        cgroup->id = 4711;
        break;
    case POD_CGROUP:
        pod->cgroup = 0;
        break;
    case POD_RULE:
        pod->rule = 5;
        break;
    case POD_UID:
        memset(pod->uid, 'x', sizeof(pod->uid));
        break;
    case POD_HISTORY:
        pod->history_n = RP_POD_HISTORY + 1;
        break;
    case POD_CONTAINERS:
        pod->containers_n = RP_CONTAINERS_MAX + 1;
        break;
    case POD_OWN_LIMIT:
        pod->own_limit.history_n = RP_POD_HISTORY + 1;
        break;
    case POD_LIVE:
        set_byte(&pod->live, 77);
        break;
    default:
        break;
    }
}

static void damaged_arenas_are_refused(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 32, 8);
    world_tree(&world);
    struct rp_arena *copy = malloc(world.bytes);
    for (int damage = 0; damage < DAMAGES; damage++) {
        memcpy(copy, world.arena, world.bytes);
        assert_int_equal(rp_arena_check(copy, world.bytes), 0);
        damage_head(copy, (enum damage)damage);
        damage_tables(copy, (enum damage)damage);
        damage_flows(copy, (enum damage)damage);
        const int want = damage == VERSION || damage == HEADER ? -EPROTONOSUPPORT : -EBADMSG;
        if (rp_arena_check(copy, world.bytes) != want)
            fail_msg("damage %d was not seen", damage);
    }
    free(copy);
    world_close(&world);
}

static void short_bytes_are_no_arena(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 2);
    assert_int_equal(rp_arena_check(world.arena, 0), -EBADMSG);
    assert_int_equal(rp_arena_check(world.arena, sizeof(struct rp_arena) - 1), -EBADMSG);
    assert_int_equal(rp_arena_check(world.arena, world.bytes - 1), -EBADMSG);
    world_close(&world);
}

static void log_is_a_ring_with_numbers(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 16, 2);
    struct rp_pod pod = {.uid = UID_A, .name = "worker-0"};
    world.arena->t_ns = 7;
    for (uint32_t i = 0; i < RP_LOG_MAX + 3; i++)
        rp_log_add(world.arena, (struct rp_log_entry){.kind = RP_LOG_POLICY, .value = i}, &pod);
    assert_int_equal(world.arena->log_n, RP_LOG_MAX + 3);
    const struct rp_log_entry *last = &world.arena->log[(RP_LOG_MAX + 2) % RP_LOG_MAX];
    assert_int_equal(last->number, RP_LOG_MAX + 2);
    assert_int_equal(last->value, RP_LOG_MAX + 2);
    assert_int_equal(last->t_ns, 7);
    assert_string_equal(last->pod, "worker-0");
    pod.name[0] = '\0';
    rp_log_add(world.arena, (struct rp_log_entry){.t_ns = 5}, &pod);
    assert_string_equal(world.arena->log[3].pod, UID_A);
    assert_int_equal(world.arena->log[3].t_ns, 5);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_is_what_init_needs),    cmocka_unit_test(size_that_cannot_be_is_refused),
        cmocka_unit_test(damaged_arenas_are_refused), cmocka_unit_test(short_bytes_are_no_arena),
        cmocka_unit_test(log_is_a_ring_with_numbers),
    };
    return RP_RUN(tests);
}
