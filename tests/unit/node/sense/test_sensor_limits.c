// SPDX-License-Identifier: Apache-2.0
/* Limits of containers in samples: soon after a birth, then rarely; memory.stat near a limit; what hands weighed. */
#include "unit/node/sense/fixture.h"

#include "node/sense/sensor_private.h"

#define T0        (100 * RP_NS_PER_S)
#define S         RP_NS_PER_S
#define CONTAINER CGROUPFS_CONTAINER

struct world {
    struct fixture *fx;
    struct rp_sensor *sensor;
    struct rp_sample sample;
    rp_cgroup_id container;
};

static void open_world(struct world *w, const char *current)
{
    *w = (struct world){.fx = fx_new()};
    const struct rp_sensor_options options = {.policy = &w->fx->policy, .self = ""};
    struct rp_complaint why;
    fx_cgroup(w->fx, CGROUPFS_POD, "5000000\n");
    fx_cgroup(w->fx, CONTAINER, current);
    fx_write(w->fx, "cgroup/" CONTAINER "/memory.max", "8000000\n");
    w->container = fx_id(w->fx, "cgroup/" CONTAINER);
    assert_int_equal(rp_sensor_open(&options, &why, &w->sensor), 0);
}

static void close_world(struct world *w)
{
    rp_sensor_close(&w->sensor);
    fx_free(w->fx);
}

/* What the sweep at that time says of the container. */
static struct rp_cgroup_reading sweep(struct world *w, rp_ns t_ns)
{
    rp_sensor_sweep(w->sensor, t_ns, &w->sample);
    for (uint32_t i = 0; i < w->sample.cgroups_n; i++)
        if (w->sample.cgroups[i].id == w->container)
            return w->sample.cgroups[i];
    return (struct rp_cgroup_reading){0};
}

static void limits_are_read_at_birth_and_then_once_a_minute(void **state)
{
    struct world w;
    uint32_t read = 0;
    (void)state;
    open_world(&w, "1000000\n");
    const struct rp_cgroup_reading first = sweep(&w, T0);
    assert_int_equal(first.known & (RP_CG_MAX | RP_CG_OOM_GROUP), RP_CG_MAX | RP_CG_OOM_GROUP);
    assert_int_equal(first.max_bytes, 8000000);
    assert_true(first.oom_group);
    fx_write(w.fx, "cgroup/" CONTAINER "/memory.max", "9000000\n");
    fx_write(w.fx, "cgroup/" CONTAINER "/memory.oom.group", "0\n");
    struct rp_cgroup_reading last = first;
    for (rp_ns t = T0 + S; t < T0 + 95 * S; t += S) {
        const struct rp_cgroup_reading now = sweep(&w, t);
        assert_true(!(now.known & RP_CG_MAX) || t >= T0 + 60 * S);
        read += (now.known & RP_CG_MAX) != 0;
        last = now.known & RP_CG_MAX ? now : last;
    }
    assert_int_equal(read, 1);
    assert_int_equal(last.max_bytes, 9000000);
    assert_false(last.oom_group);
    close_world(&w);
}

static void many_births_are_read_a_few_at_a_time(void **state)
{
    struct world w;
    char path[256];
    uint32_t read[4] = {0};
    (void)state;
    open_world(&w, "1000000\n");
    for (int i = 0; i < 30; i++) {
        snprintf(path, sizeof(path), CGROUPFS_POD "/%064x", i + 1);
        fx_cgroup(w.fx, path, "1\n");
    }
    for (uint32_t look = 0; look < RP_ROWS(read); look++) {
        rp_sensor_sweep(w.sensor, T0 + (10 + look) * S, &w.sample);
        for (uint32_t i = 0; i < w.sample.cgroups_n; i++)
            read[look] += (w.sample.cgroups[i].known & RP_CG_OOM_GROUP) != 0;
    }
    assert_int_equal(read[0], 16);
    assert_int_equal(read[1], 16);
    assert_int_equal(read[2], 0); /* 31 containers and their pod: all had a turn */
    close_world(&w);
}

static void near_its_limit_it_is_known_what_reclaim_could_take(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, "3999999\n"); /* one byte below the half */
    (void)sweep(&w, T0);
    assert_int_equal(sweep(&w, T0 + 2 * S).known & RP_CG_ANON_FILE, 0);
    fx_write(w.fx, "cgroup/" CONTAINER "/memory.current", "4000000\n");
    const struct rp_cgroup_reading now = sweep(&w, T0 + 4 * S);
    assert_true(now.known & RP_CG_ANON_FILE);
    assert_int_equal(now.file_bytes, 2000);
    assert_int_equal(sweep(&w, T0 + 4 * S + S / 2).known & RP_CG_ANON_FILE, 0); /* not every time */
    assert_true(sweep(&w, T0 + 5 * S).known & RP_CG_ANON_FILE);
    close_world(&w);
}

static void without_a_limit_nothing_is_near(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, "4000000\n");
    fx_write(w.fx, "cgroup/" CONTAINER "/memory.max", "max\n");
    for (rp_ns t = T0; t < T0 + 5 * S; t += S)
        assert_int_equal(sweep(&w, t).known & RP_CG_ANON_FILE, 0);
    close_world(&w);
}

static void no_directory_is_opened_while_the_node_stalls(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, "1000000\n");
    w.sensor->stalls_since_ns = T0;
    rp_sensor_read_limits(w.sensor);
    assert_int_equal(w.sensor->readings_n, 0);
    w.sensor->stalls_since_ns = 0;
    rp_sensor_read_limits(w.sensor);
    assert_int_equal(w.sensor->readings_n, 2);
    close_world(&w);
}

static void another_one_of_the_same_name_is_not_taken_for_it(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, "1000000\n");
    (void)sweep(&w, T0);
    fx_mkdir(w.fx, "cgroup/" CGROUPFS_POD "/keeps-the-inode-from-being-used-again");
    fx_remove(w.fx, "cgroup/" CONTAINER);
    fx_mkdir(w.fx, "cgroup/other");
    fx_cgroup(w.fx, CONTAINER, "1\n");
    if (fx_id(w.fx, "cgroup/" CONTAINER) == w.container)
        skip(); /* this file system gives the number again at once */
    const uint32_t i = rp_census_find(&w.sensor->census, w.container);
    assert_int_not_equal(i, RP_INDEX_NONE);
    w.sensor->census.nodes[i].limits_ns = 0;
    rp_sensor_forget_readings(w.sensor);
    rp_sensor_read_limits(w.sensor);
    assert_int_equal(w.sensor->census.nodes[i].reading, RP_INDEX_NONE);
    close_world(&w);
}

static void what_hands_weighed_is_in_the_next_sample_once(void **state)
{
    struct world w;
    const struct rp_processes found = {
        .t_ns = T0, .n = 3, .charged_bytes = 5678, .first_bytes = 1234, .first_adj = 873};
    (void)state;
    open_world(&w, "1000000\n");
    (void)sweep(&w, T0);
    rp_sensor_take_processes(w.sensor, w.container, &found);
    rp_sensor_take_processes(w.sensor, 424242, &found); /* gone meanwhile */
    for (int i = 0; i < 10; i++)
        rp_sensor_take_processes(w.sensor, 424242, &found); /* more than there is room for */
    rp_sensor_glance(w.sensor, T0 + S, &w.sample);
    const struct rp_cgroup_reading *reading = &w.sample.cgroups[w.sample.cgroups_n - 1];
    assert_int_equal(reading->id, w.container);
    assert_int_equal(reading->known, RP_CG_PROCESSES | RP_CG_USAGE);
    assert_int_equal(reading->usage_bytes, 5678);
    assert_int_equal(reading->processes.first_adj, 873);
    rp_sensor_glance(w.sensor, T0 + 2 * S, &w.sample);
    for (uint32_t i = 0; i < w.sample.cgroups_n; i++)
        assert_int_equal(w.sample.cgroups[i].known & RP_CG_PROCESSES, 0);
    rp_sensor_take_processes(w.sensor, w.container, &found);
    assert_int_equal(sweep(&w, T0 + 3 * S).usage_bytes, 1000000); /* the sweep's own number is newer */
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_read_at_birth_and_then_once_a_minute),
        cmocka_unit_test(many_births_are_read_a_few_at_a_time),
        cmocka_unit_test(near_its_limit_it_is_known_what_reclaim_could_take),
        cmocka_unit_test(without_a_limit_nothing_is_near),
        cmocka_unit_test(no_directory_is_opened_while_the_node_stalls),
        cmocka_unit_test(another_one_of_the_same_name_is_not_taken_for_it),
        cmocka_unit_test(what_hands_weighed_is_in_the_next_sample_once),
    };
    return RP_RUN(tests);
}
