// SPDX-License-Identifier: Apache-2.0
/*
 * Random samples, with births, deaths, readings, facts, events and policies that no sane node would send, must leave a whole
 * arena and sane forecasts behind; and the model must know exactly the cgroups that a plain list says are alive.
 */
#include "unit/core/model/world.h"

#define IDS      48
#define PODS     10
#define CGROUPS  16
#define STEPS    4000
#define ANYTHING 16

struct churn {
    struct world world;
    uint64_t seed;
    bool alive[IDS];
    uint32_t parent[IDS];
    char path[IDS][RP_PATH_MAX];
    /* what a sample is made of */
    struct rp_cgroup_birth births[ANYTHING];
    struct rp_cgroup_death deaths[ANYTHING];
    struct rp_cgroup_reading readings[ANYTHING];
    struct rp_fs_reading filesystems[ANYTHING];
    struct rp_disk_reading disks[ANYTHING];
    struct rp_pod_disk_reading pod_disks[ANYTHING];
    struct rp_event events[ANYTHING];
    struct rp_fact facts[ANYTHING + 2];
    /* what came up at all: a generator that reaches nothing proves nothing */
    uint32_t states[RP_FORECAST_CROSSED + 1], victims, protected_, over_budget, from_rule, growing, written, falls,
        explained, forking, logs;
};

static uint64_t any(struct churn *churn, uint64_t below)
{
    return world_random(&churn->seed) % below;
}

/* Mostly plausible, sometimes from the ends of the range. */
static uint64_t any_number(struct churn *churn)
{
    switch (any(churn, 8)) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX - any(churn, 3);
    case 2:
        return world_random(&churn->seed);
    default:
        return any(churn, 16 * (uint64_t)GIB);
    }
}

static void any_uid(struct churn *churn, char uid[RP_UID_MAX])
{
    rp_cut(uid, RP_UID_MAX, "00000000-0000-0000-0000-00000000000X");
    uid[35] = (char)('0' + any(churn, 14));
}

static void any_component(struct churn *churn, char name[RP_UID_MAX + 8])
{
    static const char *const names[] = {"kubepods", "burstable", "besteffort",     "system.slice",
                                        "job-1",    "job-2",     "kubepods.slice", "c"};
    if (any(churn, 2)) {
        rp_cut(name, RP_UID_MAX, names[any(churn, RP_ROWS(names))]);
        return;
    }
    rp_cut(name, 4, "pod");
    any_uid(churn, name + 3);
}

/* ---- one thing of each kind; the plain list is kept along */

static void kill_below(struct churn *churn, uint32_t i)
{
    churn->alive[i] = false;
    for (uint32_t k = 1; k < IDS; k++)
        if (churn->alive[k] && churn->parent[k] == i)
            kill_below(churn, k);
}

static uint32_t live_of(const struct churn *churn)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i < IDS; i++)
        n += churn->alive[i];
    return n;
}

static void any_birth(struct churn *churn, struct rp_sample *sample)
{
    struct rp_cgroup_birth *birth = &churn->births[sample->births_n];
    const uint32_t i = 1 + (uint32_t)any(churn, IDS - 1), parent = (uint32_t)any(churn, IDS);
    char name[RP_UID_MAX + 8];
    if (churn->alive[i] || (i > 1 && !churn->alive[parent]))
        return;
    memset(birth, 0, sizeof(*birth));
    birth->id = i;
    birth->parent = i > 1 ? parent : 0;
    if (i > 1) {
        any_component(churn, name);
        const size_t len = strlen(churn->path[parent]);
        if (len + strlen(name) + 2 > RP_PATH_MAX)
            return;
        rp_cut(birth->path, RP_PATH_MAX, churn->path[parent]);
        rp_cut(birth->path + len, RP_PATH_MAX - len, len ? "/" : "");
        rp_cut(birth->path + strlen(birth->path), RP_UID_MAX, name);
    }
    sample->births_n++;
    if (live_of(churn) == CGROUPS)
        return; /* does not fit */
    churn->alive[i] = true;
    churn->parent[i] = (uint32_t)birth->parent;
    rp_cut(churn->path[i], RP_PATH_MAX, birth->path);
}

static void any_death(struct churn *churn, struct rp_sample *sample)
{
    const uint32_t i = (uint32_t)any(churn, IDS);
    churn->deaths[sample->deaths_n++] = (struct rp_cgroup_death){.id = i};
    if (churn->alive[i])
        kill_below(churn, i);
}

static void any_reading(struct churn *churn, struct rp_sample *sample)
{
    churn->readings[sample->cgroups_n++] = (struct rp_cgroup_reading){
        .id = any(churn, IDS + 5),
        .t_ns = churn->world.t_ns - any(churn, 5),
        .known = world_random(&churn->seed),
        .usage_bytes = any_number(churn),
        .inactive_file_bytes = any_number(churn),
        .max_bytes = any_number(churn),
        .psi_some_us = any_number(churn),
        .counts = {.direct_reclaims = any_number(churn),
                   .oom_begins = any_number(churn),
                   .forks = any_number(churn),
                   .exits = any_number(churn),
                   .pids_refused = any_number(churn),
                   .fork_failures = any_number(churn),
                   .no_space = any_number(churn),
                   .write_bytes = any_number(churn)},
    };
}

static void any_filesystem(struct churn *churn, struct rp_sample *sample)
{
    struct rp_fs_reading *fs = &churn->filesystems[sample->filesystems_n++];
    *fs = (struct rp_fs_reading){.dev = any(churn, 6),
                                 .roles = (uint32_t)any(churn, 2 * RP_FS_ANY),
                                 .t_ns = churn->world.t_ns - any(churn, 5),
                                 .capacity_bytes = any_number(churn),
                                 .available_bytes = any_number(churn),
                                 .inodes = any(churn, 3) ? any_number(churn) : 0,
                                 .inodes_free = any_number(churn)};
}

static void any_disk(struct churn *churn, struct rp_sample *sample)
{
    churn->disks[sample->disks_n++] = (struct rp_disk_reading){.cgroup = any(churn, IDS + 5),
                                                               .dev = any(churn, 6),
                                                               .t_ns = churn->world.t_ns,
                                                               .counts = {.allocated_bytes = any_number(churn),
                                                                          .freed_bytes = any_number(churn),
                                                                          .inodes_made = any_number(churn),
                                                                          .inodes_freed = any_number(churn)}};
}

static void any_pod_disk(struct churn *churn, struct rp_sample *sample)
{
    churn->pod_disks[sample->pod_disks_n++] = (struct rp_pod_disk_reading){.cgroup = any(churn, IDS + 5),
                                                                           .known = any(churn, 8),
                                                                           .t_ns = churn->world.t_ns - any(churn, 5),
                                                                           .log_bytes = any_number(churn),
                                                                           .deleted_bytes = any_number(churn),
                                                                           .deleted_files = (uint32_t)any(churn, 9)};
}

static void any_event(struct churn *churn, struct rp_sample *sample)
{
    churn->events[sample->events_n++] = (struct rp_event){
        .type = (uint32_t)any(churn, RP_EVENT_MAX + 2),
        .cgroup = any(churn, IDS + 5),
        .owner = any(churn, IDS + 5),
        .value = any(churn, 2) ? any(churn, 8) : any_number(churn),
        .t_ns = any(churn, 2) ? churn->world.t_ns : any_number(churn),
    };
}

static void any_fact(struct churn *churn, struct rp_fact *fact)
{
    memset(fact, 0, sizeof(*fact));
    fact->kind = (uint32_t)any(churn, RP_FACT_COMMIT);
    if (fact->kind == RP_FACT_POD) {
        any_uid(churn, fact->pod.uid);
        rp_contract_init(&fact->pod.contract);
        fact->pod.contract.protect = any(churn, 2);
        fact->pod.priority = (int32_t)world_random(&churn->seed);
        fact->pod.memory_request_bytes = (int64_t)(any_number(churn) >> 1);
        fact->pod.critical = any(churn, 4) == 0;
        fact->pod.finished = any(churn, 4) == 0;
    }
    if (fact->kind == RP_FACT_POD_STATS) {
        any_uid(churn, fact->pod_stats.uid);
        fact->pod_stats.working_set_bytes = (int64_t)(any_number(churn) >> 1) - 1;
    }
    if (fact->kind == RP_FACT_BEGIN)
        fact->kind = RP_FACT_NONE; /* torn lists are torn elsewhere */
    if (fact->kind == RP_FACT_KUBELET)
        fact->kubelet = churn->world.policy.kubelet;
}

static void any_list(struct churn *churn, struct rp_sample *sample)
{
    const uint32_t n = (uint32_t)any(churn, ANYTHING);
    const struct rp_fact_list head = {.list = (uint32_t)any(churn, RP_LIST_MAX + 1),
                                      .generation = ++churn->world.generation,
                                      .count = any(churn, 8) ? n : n + 1};
    churn->facts[0] = (struct rp_fact){.kind = RP_FACT_BEGIN, .list = head};
    for (uint32_t i = 1; i <= n; i++)
        any_fact(churn, &churn->facts[i]);
    churn->facts[n + 1] = (struct rp_fact){.kind = RP_FACT_COMMIT, .list = head};
    sample->facts_n = n + 2;
}

static void any_policy(struct churn *churn)
{
    static const char *const globs[] = {"**", "system.slice/*", "*/job-*", "kubepods/**", "**/c"};
    struct rp_policy *policy = &churn->world.policy;
    policy->rules_n = (uint32_t)any(churn, 3);
    for (uint32_t i = 0; i < policy->rules_n; i++) {
        rp_contract_init(&policy->rules[i].contract);
        policy->rules[i].contract.set = RP_CONTRACT_PROTECT;
        policy->rules[i].contract.protect = any(churn, 2);
        rp_cut(policy->rules[i].name, RP_NAME_MAX, "rule");
        rp_cut(policy->rules[i].glob, RP_PATH_MAX, globs[any(churn, RP_ROWS(globs))]);
    }
    policy->allowed_namespaces_n = (uint32_t)any(churn, 2);
    rp_cut(policy->allowed_namespaces[0], RP_NS_MAX, "*");
    policy->protected_budget_permille = (uint32_t)any(churn, 1001);
    rp_cut(policy->pods_root, RP_PATH_MAX, any(churn, 4) ? "" : "system.slice/kubepods");
    rp_model_set_policy(churn->world.arena, policy);
}

/* ---- what must hold afterwards */

static void check_forecasts(struct churn *churn)
{
    const struct rp_arena *arena = churn->world.arena;
    for (int d = 0; d < RP_DANGER_MAX; d++) {
        const struct rp_forecast *f = &arena->forecasts[d];
        assert_in_range(f->state, RP_FORECAST_ABSTAIN, RP_FORECAST_CROSSED);
        churn->states[f->state]++;
        assert_true(f->early_ns <= f->median_ns && f->median_ns <= f->late_ns);
        assert_true(f->within_10s_permille <= f->within_60s_permille);
        assert_true(f->within_60s_permille <= f->within_5min_permille && f->within_5min_permille <= 1000);
        assert_int_equal(f->state == RP_FORECAST_CROSSED,
                         f->state != RP_FORECAST_ABSTAIN && f->available < f->threshold);
    }
}

static void check_victims(struct churn *churn)
{
    struct rp_arena *arena = churn->world.arena;
    churn->victims += arena->victims.n;
    assert_in_range(arena->victims.n, 0, RP_VICTIMS_MAX);
    for (uint32_t i = 0; i < arena->victims.n; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, arena->victims.list[i].pod);
        assert_non_null(pod);
        assert_true(pod->live && !pod->critical && !pod->from_rule && !pod->finished);
    }
}

static void check_protection(struct churn *churn)
{
    struct rp_arena *arena = churn->world.arena;
    int64_t protected_bytes = 0;
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        if (!pod->live)
            continue;
        assert_in_range(pod->value, 0, 1000);
        churn->protected_ += pod->protected_;
        churn->over_budget += pod->over_budget;
        churn->from_rule += pod->from_rule;
        assert_false(pod->protected_ && pod->over_budget);
        assert_int_equal(pod->protected_ || pod->over_budget, pod->contract.protect);
        if (pod->protected_ && arena->node.allocatable_bytes >= 0)
            assert_false(__builtin_add_overflow(protected_bytes, pod->request_bytes, &protected_bytes));
    }
    if (arena->node.allocatable_bytes >= 0)
        assert_true(protected_bytes <= arena->node.allocatable_bytes);
}

/* A count that only grows is never seen to shrink, whatever the counters do; and each role is played once. */
static void check_flow(const struct rp_flow *flow, uint32_t *moving)
{
    assert_true(flow->total >= 0 && flow->per_s >= 0);
    *moving += flow->per_s > 0;
    for (uint32_t i = 0; i + 1 < flow->n; i++)
        assert_true(flow->points[i].t_ns < flow->points[i + 1].t_ns &&
                    flow->points[i].value <= flow->points[i + 1].value);
}

static void check_activity(struct churn *churn, const struct rp_activity *activity)
{
    check_flow(&activity->forks, &churn->forking);
    check_flow(&activity->exits, &churn->forking);
    check_flow(&activity->write_bytes, &churn->written);
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++) {
        check_flow(&activity->disk[i].allocated_bytes, &churn->growing);
        check_flow(&activity->disk[i].inodes_made, &churn->growing);
    }
}

static void check_disks(struct churn *churn)
{
    struct rp_arena *arena = churn->world.arena;
    uint32_t roles = 0;
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++) {
        const struct rp_fs *fs = &arena->fs[i];
        assert_int_equal(roles & fs->now.roles, 0);
        roles |= fs->now.roles;
        churn->falls += fs->bytes.fall_per_s != 0;
        churn->explained += fs->bytes.fell > 0 && fs->bytes.explained != 0;
    }
    check_activity(churn, &arena->node.system);
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        if (!pod->live)
            continue;
        check_activity(churn, &pod->activity);
        churn->logs += pod->logs.bytes > 0;
    }
}

static void check_list(struct churn *churn)
{
    assert_int_equal(churn->world.arena->cgroups.live, live_of(churn));
    for (uint32_t i = 1; i < IDS; i++) {
        const struct rp_cgroup *cgroup = rp_cgroup_find(churn->world.arena, i);
        assert_int_equal(cgroup != NULL, churn->alive[i]);
        if (cgroup)
            assert_string_equal(cgroup->path, churn->path[i]);
    }
}

static void step(struct churn *churn)
{
    if (any(churn, 50) == 0)
        any_policy(churn);
    churn->world.t_ns += any(churn, 4) ? any(churn, RP_NS_PER_S) : any(churn, 200 * RP_NS_PER_S);
    struct rp_sample sample = world_sample(&churn->world);
    sample.births = churn->births;
    sample.deaths = churn->deaths;
    sample.cgroups = churn->readings;
    sample.filesystems = churn->filesystems;
    sample.disks = churn->disks;
    sample.pod_disks = churn->pod_disks;
    sample.events = churn->events;
    sample.facts = churn->facts;
    /* In the order in which the model takes them, so that the plain list comes to the same. */
    for (uint64_t i = any(churn, 8); i > 6; i--)
        any_death(churn, &sample);
    for (uint64_t i = any(churn, ANYTHING); i > 10; i--)
        any_birth(churn, &sample);
    for (uint64_t i = any(churn, ANYTHING); i > 0; i--)
        any_reading(churn, &sample);
    for (uint64_t i = any(churn, 4); i > 0; i--)
        any_event(churn, &sample);
    for (uint64_t i = any(churn, 8); i > 5; i--)
        any_filesystem(churn, &sample);
    for (uint64_t i = any(churn, ANYTHING); i > 0; i--)
        any_disk(churn, &sample);
    for (uint64_t i = any(churn, 4); i > 2; i--)
        any_pod_disk(churn, &sample);
    if (any(churn, 4) == 0)
        any_list(churn, &sample);
    sample.node = (struct rp_node_reading){.t_ns = churn->world.t_ns,
                                           .known = world_random(&churn->seed),
                                           .mem_total_bytes = any_number(churn),
                                           .mem_free_bytes = any_number(churn),
                                           .mem_available_bytes = any_number(churn),
                                           .swap_free_bytes = any_number(churn),
                                           .anon_bytes = any_number(churn),
                                           .file_bytes = any_number(churn),
                                           .inactive_file_bytes = any_number(churn),
                                           .psi_io_some_us = any_number(churn),
                                           .tasks = any_number(churn),
                                           .edac_corrected = any_number(churn),
                                           .hardware = {any_number(churn), any_number(churn)}};
    world_step(&churn->world, &sample);
}

static void churn_leaves_a_whole_arena(void **state)
{
    (void)state;
    static struct churn churn;
    for (uint64_t run = 1; run <= 5; run++) {
        memset(&churn, 0, sizeof(churn));
        churn.seed = run * 7919;
        world_open(&churn.world, CGROUPS, PODS);
        for (int i = 0; i < STEPS; i++) {
            step(&churn);
            assert_int_equal(rp_arena_check(churn.world.arena, churn.world.bytes), 0);
            check_forecasts(&churn);
            check_victims(&churn);
            check_protection(&churn);
            check_disks(&churn);
            check_list(&churn);
        }
        assert_true(churn.world.arena->pods.overflow > 0 && churn.world.arena->cgroups.overflow > 0);
        assert_true(churn.victims && churn.protected_ && churn.over_budget && churn.from_rule);
        assert_true(churn.growing && churn.written && churn.falls && churn.explained && churn.forking && churn.logs);
        for (int i = RP_FORECAST_ABSTAIN; i <= RP_FORECAST_CROSSED; i++)
            assert_true(churn.states[i] > 0);
        world_close(&churn.world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(churn_leaves_a_whole_arena)};
    return RP_RUN(tests);
}
