// SPDX-License-Identifier: Apache-2.0
/* What the kernel chose against what was expected: counts by wall, the line in the log, and several kills at once. */
#include "wall.h"

static void judge(struct wall_world *w, const struct rp_event *events, uint32_t n)
{
    const struct rp_sample sample = {.t_ns = w->world.t_ns, .events = events, .events_n = n};
    rp_oom_judge(w->world.arena, &sample);
}

static struct rp_event kill(struct wall_world *w, rp_cgroup_id owner, rp_cgroup_id victim)
{
    return (struct rp_event){
        .type = RP_EVENT_OOM_KILL, .owner = owner, .cgroup = victim, .t_ns = w->world.t_ns + 1, .pid = 7};
}

static const struct rp_log_entry *last_line(const struct wall_world *w)
{
    return &w->world.arena->log[(w->world.arena->log_n - 1) % RP_LOG_MAX];
}

static void make(struct wall_world *w, rp_cgroup_id ids[3])
{
    static const struct wall_pod pods[] = {
        {RP_QOS_BURSTABLE, 0, 900, 0, 1}, {RP_QOS_BURSTABLE, 0, 500, 0, 1}, {RP_QOS_BURSTABLE, 0, 100, 0, 1}};
    wall_open(w);
    for (uint32_t i = 0; i < 3; i++)
        ids[i] = wall_pod(w, &pods[i]);
    wall_facts(w);
    wall_limit(w, ID_PODS, 4096, false);
    rp_oom_step(w->world.arena);
}

static void expect(struct wall_world *w, enum rp_oom_wall wall, struct rp_oom_tally want)
{
    const struct rp_oom_tally *got = &w->world.arena->oom_tally[wall];
    rp_expect_u64("kills", got->kills, want.kills);
    rp_expect_u64("first", got->first, want.first);
    rp_expect_u64("among", got->among, want.among);
    rp_expect_u64("others", got->others, want.others);
}

static void choices_are_counted_by_wall(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[3];
    make(&w, ids);
    struct rp_event event = kill(&w, 0, ids[0]);
    judge(&w, &event, 1);
    expect(&w, RP_OOM_NODE, (struct rp_oom_tally){1, 1, 0, 0});
    assert_int_equal(last_line(&w)->kind, RP_LOG_OOM_RANK);
    assert_int_equal(last_line(&w)->a, RP_OOM_NODE);
    assert_int_equal(last_line(&w)->b, 1);
    assert_int_equal(last_line(&w)->c, 1);
    wall_usage(&w, ids[0], 900, 0);
    event = kill(&w, ID_PODS, ids[2]);
    judge(&w, &event, 1);
    expect(&w, RP_OOM_PODS, (struct rp_oom_tally){1, 0, 0, 1});
    assert_int_equal(last_line(&w)->b, 3);
    assert_int_equal(last_line(&w)->c, 0);
    wall_limit(&w, ids[1], 600, true);
    event = kill(&w, ids[1], ids[1]);
    judge(&w, &event, 1);
    expect(&w, RP_OOM_OWN, (struct rp_oom_tally){1, 1, 0, 0});
    world_close(&w.world);
}

/* The second one dies because the first was not enough, so it was the first of those who were left. */
static void several_choices_at_once(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[3];
    make(&w, ids);
    const struct rp_event events[] = {kill(&w, 0, ids[0]), kill(&w, 0, ids[1]), kill(&w, 0, ids[2])};
    judge(&w, events, 3);
    expect(&w, RP_OOM_NODE, (struct rp_oom_tally){3, 3, 0, 0});
    world_close(&w.world);
}

static void one_of_several(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[3];
    make(&w, ids);
    wall_usage(&w, ids[1], 898, 0);
    const struct rp_event event = kill(&w, 0, ids[1]);
    judge(&w, &event, 1);
    expect(&w, RP_OOM_NODE, (struct rp_oom_tally){1, 0, 1, 0});
    assert_int_equal(last_line(&w)->b, 2);
    assert_int_equal(last_line(&w)->c, 2);
    world_close(&w.world);
}

static void below_a_container_is_the_container(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[3];
    char path[RP_PATH_MAX + 8];
    make(&w, ids);
    (void)snprintf(path, sizeof(path), "%s/inner", world_cgroup(&w.world, ids[0])->path);
    world_born(&w.world, 60, ids[0], path);
    const struct rp_event event = kill(&w, 0, 60);
    judge(&w, &event, 1);
    expect(&w, RP_OOM_NODE, (struct rp_oom_tally){1, 1, 0, 0});
    world_close(&w.world);
}

static void strangers(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[3];
    make(&w, ids);
    const uint64_t lines = w.world.arena->log_n;
    const struct rp_event events[] = {kill(&w, 0, 4242), kill(&w, 4242, ids[0]), kill(&w, 0, ID_ROOT)};
    judge(&w, events, 3);
    expect(&w, RP_OOM_NODE, (struct rp_oom_tally){2, 0, 0, 0}); /* no candidate; a wall that nobody knows is none */
    expect(&w, RP_OOM_OWN, (struct rp_oom_tally){0, 0, 0, 0});
    assert_int_equal(w.world.arena->log_n, lines + 2);
    world_close(&w.world);
}

static void a_storm_does_not_fill_the_log(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[3];
    struct rp_event events[40];
    make(&w, ids);
    const uint64_t lines = w.world.arena->log_n;
    for (uint32_t i = 0; i < 40; i++)
        events[i] = kill(&w, 0, ids[i % 3]);
    judge(&w, events, 40);
    assert_int_equal(w.world.arena->log_n, lines + 8);
    assert_int_equal(w.world.arena->oom_tally[RP_OOM_NODE].kills, 40);
    world_close(&w.world);
}

static void lists_follow_the_pods(void **state)
{
    (void)state;
    struct wall_world w;
    rp_cgroup_id ids[3];
    make(&w, ids);
    const struct rp_arena *arena = w.world.arena;
    assert_int_equal(arena->oom_victims[RP_OOM_NODE].n, 3);
    assert_int_equal(arena->oom_victims[RP_OOM_PODS].n, 3);
    world_died(&w.world, ids[0] - 1);
    rp_oom_step(w.world.arena);
    assert_int_equal(arena->oom_victims[RP_OOM_PODS].n, 2);
    world_died(&w.world, ID_PODS);
    rp_oom_step(w.world.arena);
    assert_int_equal(arena->oom_victims[RP_OOM_PODS].n, 0);
    world_close(&w.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choices_are_counted_by_wall),
        cmocka_unit_test(several_choices_at_once),
        cmocka_unit_test(one_of_several),
        cmocka_unit_test(below_a_container_is_the_container),
        cmocka_unit_test(strangers),
        cmocka_unit_test(a_storm_does_not_fill_the_log),
        cmocka_unit_test(lists_follow_the_pods),
    };
    return RP_RUN(tests);
}
