// SPDX-License-Identifier: Apache-2.0
/* Records of the cgroup iterator as readings: units, known bits, strangers, absentees, and which files they spare. */
#include "unit/node/sense/fixture.h"

#include "node/sense/sensor_private.h"

#define PAGE UINT64_C(4096)

static struct rp_sensor *open_sensor(struct fixture *fx)
{
    const struct rp_sensor_options options = {.policy = &fx->policy, .self = "", .files_reserved = 64};
    struct rp_complaint why;
    struct rp_sensor *sensor = NULL;
    assert_int_equal(rp_sensor_open(&options, &why, &sensor), 0);
    return sensor;
}

static const struct rp_cgroup_reading *reading_of(const struct rp_sample *sample, rp_cgroup_id id)
{
    for (uint32_t i = 0; i < sample->cgroups_n; i++)
        if (sample->cgroups[i].id == id)
            return &sample->cgroups[i];
    return NULL;
}

static void units_are_turned(void **state)
{
    (void)state;
    const struct rp_snap snap = {
        .usage_pages = 3,
        .inactive_file_pages = 2,
        .swap_pages = 1,
        .psi_some_ns = 5999,
        .psi_full_ns = 4000,
        .events_high = 1,
        .events_max = 2,
        .events_oom = 3,
        .events_oom_kill = 4,
        .pids = 9,
        .known = RP_SNAP_USAGE | RP_SNAP_INACTIVE_FILE | RP_SNAP_EVENTS | RP_SNAP_PSI | RP_SNAP_PIDS | RP_SNAP_SWAP,
    };
    struct rp_cgroup_reading reading = {0};
    rp_snap_to_reading(&snap, PAGE, &reading);
    assert_int_equal(reading.known,
                     RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_EVENTS | RP_CG_PSI | RP_CG_PIDS | RP_CG_SWAP);
    assert_int_equal(reading.usage_bytes, 3 * PAGE);
    assert_int_equal(reading.inactive_file_bytes, 2 * PAGE);
    assert_int_equal(reading.swap_bytes, PAGE);
    assert_int_equal(reading.psi_some_us, 5);
    assert_int_equal(reading.psi_full_us, 4);
    assert_int_equal(reading.events_oom_kill, 4);
    assert_int_equal(reading.pids, 9);
}

static void unknown_stays_unknown(void **state)
{
    (void)state;
    for (uint32_t bit = 1; bit <= RP_SNAP_SWAP; bit <<= 1) {
        const struct rp_snap snap = {.usage_pages = 1, .known = bit};
        struct rp_cgroup_reading reading = {0};
        rp_snap_to_reading(&snap, PAGE, &reading);
        assert_int_equal(__builtin_popcountll(reading.known), 1);
    }
}

static void huge_numbers_saturate(void **state)
{
    (void)state;
    const struct rp_snap snap = {.usage_pages = UINT64_MAX / 2, .known = RP_SNAP_USAGE};
    struct rp_cgroup_reading reading = {0};
    rp_snap_to_reading(&snap, PAGE, &reading);
    assert_true(reading.usage_bytes == UINT64_MAX);
}

static void strangers_and_absentees_are_looked_for(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_sample sample;
    fx_cgroup(fx, "kubepods/pod" UID_A, "1\n");
    struct rp_sensor *sensor = open_sensor(fx);
    rp_sensor_glance(sensor, 20 * RP_NS_PER_S, &sample);
    rp_sensor_glance(sensor, 20 * RP_NS_PER_S + 10, &sample);
    assert_int_equal(sample.births_n + sample.deaths_n, 0);
    /* one appears, one goes; by the clock nothing is due, but a walk shows both */
    rp_cgroup_id gone = fx_id(fx, "cgroup/kubepods/pod" UID_A);
    fx_remove(fx, "cgroup/kubepods/pod" UID_A);
    fx_cgroup(fx, "kubepods/pod" UID_B, "1\n");
    rp_sensor_glance(sensor, 20 * RP_NS_PER_S + 20, &sample);
    assert_int_equal(sample.births_n + sample.deaths_n, 0);
    const struct rp_snap snaps[] = {
        {.id = fx_id(fx, "cgroup")},
        {.id = fx_id(fx, "cgroup/kubepods"), .parent = fx_id(fx, "cgroup"), .level = 1},
        {.id = fx_id(fx, "cgroup/kubepods/pod" UID_B), .parent = fx_id(fx, "cgroup/kubepods"), .level = 2},
    };
    const struct rp_snap_head head = {.used = 3, .t_ns = 20 * RP_NS_PER_S + 15};
    rp_sensor_take_snaps(sensor, snaps, &head);
    rp_sensor_glance(sensor, 20 * RP_NS_PER_S + 30, &sample);
    assert_int_equal(sample.births_n, 1);
    assert_string_equal(sample.births[0].path, "kubepods/pod" UID_B);
    assert_int_equal(sample.deaths_n, 1);
    assert_int_equal(sample.deaths[0].id, gone);
    rp_sensor_close(&sensor);
    fx_free(fx);
}

static void a_walk_that_overflowed_proves_no_absence(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_sample sample;
    struct rp_sensor_state before, after;
    fx_cgroup(fx, "kubepods/pod" UID_A, "1\n");
    struct rp_sensor *sensor = open_sensor(fx);
    rp_sensor_glance(sensor, 20 * RP_NS_PER_S, &sample);
    rp_sensor_glance(sensor, 20 * RP_NS_PER_S + 10, &sample);
    rp_sensor_state(sensor, &before);
    const struct rp_snap snaps[] = {{.id = fx_id(fx, "cgroup")}};
    const struct rp_snap_head head = {.used = 1, .overflow = 2, .t_ns = 1};
    rp_sensor_take_snaps(sensor, snaps, &head);
    rp_sensor_glance(sensor, 20 * RP_NS_PER_S + 20, &sample);
    rp_sensor_state(sensor, &after);
    assert_int_equal(after.scans, before.scans);
    rp_sensor_close(&sensor);
    fx_free(fx);
}

static void a_snapshot_spares_the_files_that_it_covers(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_sample sample;
    fx_cgroup(fx, "kubepods/pod" UID_A, "1000000\n");
    struct rp_sensor *sensor = open_sensor(fx);
    rp_ns now = 20 * RP_NS_PER_S;
    rp_sensor_sweep(sensor, now, &sample);
    rp_cgroup_id id = fx_id(fx, "cgroup/kubepods/pod" UID_A);
    assert_int_equal(reading_of(&sample, id)->usage_bytes, 1000000);
    /* the same sweep with a finished walk before it: usage is the snapshot's, memory.max the file's */
    const struct rp_snap snaps[] = {
        {.id = id,
         .usage_pages = 7,
         .inactive_file_pages = 1,
         .known = RP_SNAP_USAGE | RP_SNAP_EVENTS | RP_SNAP_INACTIVE_FILE | RP_SNAP_PSI | RP_SNAP_PIDS | RP_SNAP_SWAP}};
    const struct rp_snap_head head = {.used = 1, .overflow = 1, .t_ns = now + 5};
    sensor->now = now + 6 * RP_NS_PER_S;
    rp_sensor_forget_readings(sensor);
    rp_sensor_take_snaps(sensor, snaps, &head);
    rp_sensor_read_files(sensor);
    const struct rp_cgroup_reading *reading = &sensor->readings[0];
    assert_int_equal(reading->id, id);
    assert_int_equal(reading->usage_bytes, 7 * 4096);
    assert_int_equal(reading->t_ns, head.t_ns);
    assert_true(reading->known & RP_CG_MAX);
    assert_true(reading->known & RP_CG_ANON_FILE);
    assert_int_equal(reading->anon_bytes, 1000);
    rp_sensor_close(&sensor);
    fx_free(fx);
}

static void without_an_iterator_no_walk_is_wanted(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_sensor *sensor = open_sensor(fx);
    assert_false(rp_sensor_wants_walk(sensor, 1));
    assert_false(rp_sensor_take_walk(sensor));
    rp_sensor_close(&sensor);
    fx_free(fx);
}

static void failed_walks_pause_longer_and_longer(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_sensor *sensor = open_sensor(fx);
    rp_ns last = 0;
    for (int i = 0; i < 10; i++) {
        rp_sensor_walk_done(sensor, 100, false);
        assert_true(sensor->walk_again_ns - 100 >= last);
        last = sensor->walk_again_ns - 100;
    }
    assert_int_equal(last, 60 * RP_NS_PER_S);
    rp_sensor_walk_done(sensor, 100, true);
    rp_sensor_walk_done(sensor, 100, false);
    assert_int_equal(sensor->walk_again_ns, 100 + RP_NS_PER_S);
    rp_sensor_close(&sensor);
    fx_free(fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_turned),
        cmocka_unit_test(unknown_stays_unknown),
        cmocka_unit_test(huge_numbers_saturate),
        cmocka_unit_test(strangers_and_absentees_are_looked_for),
        cmocka_unit_test(a_walk_that_overflowed_proves_no_absence),
        cmocka_unit_test(a_snapshot_spares_the_files_that_it_covers),
        cmocka_unit_test(without_an_iterator_no_walk_is_wanted),
        cmocka_unit_test(failed_walks_pause_longer_and_longer),
    };
    return RP_RUN(tests);
}
