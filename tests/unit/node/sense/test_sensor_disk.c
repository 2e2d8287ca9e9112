// SPDX-License-Identifier: Apache-2.0
/* Disks in samples: BPF's entries, played by the test, heirs of removed cgroups, and what hands brought. */
#include "unit/node/sense/fixture.h"

#include "node/sense/sensor_private.h"

#define T0 (100 * RP_NS_PER_S)

struct world {
    struct fixture *fx;
    struct rp_sensor *sensor;
    struct rp_sample sample;
};

static void open_world(struct world *w)
{
    *w = (struct world){.fx = fx_new()};
    const struct rp_sensor_options options = {.policy = &w->fx->policy, .self = ""};
    struct rp_complaint why;
    fx_cgroup(w->fx, "kubepods/pod" UID_A "/" HEX64, "1\n");
    fx_cgroup(w->fx, "system.slice/cron.service", "1\n");
    assert_int_equal(rp_sensor_open(&options, &why, &w->sensor), 0);
}

static void close_world(struct world *w)
{
    rp_sensor_close(&w->sensor);
    fx_free(w->fx);
}

static rp_cgroup_id id_of(const struct world *w, const char *path)
{
    char full[1024];
    snprintf(full, sizeof(full), "cgroup/%s", path);
    return fx_id(w->fx, full);
}

static void take(struct world *w, rp_cgroup_id cgroup, uint32_t dev, uint64_t allocated)
{
    const struct rp_disk_key key = {.cgroup = cgroup, .dev = dev};
    const struct rp_disk counts = {.allocated_bytes = allocated, .freed_bytes = 1, .inodes_made = 2, .inodes_freed = 3};
    rp_sensor_take_disk(w->sensor, &key, &counts);
}

static void entries_of_known_cgroups_become_readings(void **state)
{
    struct world w;
    (void)state;
    open_world(&w);
    const rp_cgroup_id container = id_of(&w, "kubepods/pod" UID_A "/" HEX64);
    rp_sensor_sweep(w.sensor, T0, &w.sample);
    take(&w, container, 8 << 20 | 1, 4096);
    take(&w, container, 8 << 20 | 2, 8192);
    take(&w, 424242, 8 << 20 | 3, 1); /* nobody that was listed */
    rp_sensor_show_disks(w.sensor, &w.sample);
    assert_int_equal(w.sample.disks_n, 2);
    assert_int_equal(w.sample.disks[0].cgroup, container);
    assert_int_equal(w.sample.disks[0].dev, 8 << 20 | 1);
    assert_int_equal(w.sample.disks[0].t_ns, T0);
    assert_int_equal(w.sample.disks[0].counts.allocated_bytes, 4096);
    assert_int_equal(w.sample.disks[1].counts.inodes_freed, 3);
    rp_sensor_glance(w.sensor, T0 + 1, &w.sample);
    assert_int_equal(w.sample.disks_n, 0); /* of one sample only */
    close_world(&w);
}

static void more_entries_than_fit_are_left_out(void **state)
{
    struct world w;
    (void)state;
    open_world(&w);
    rp_sensor_sweep(w.sensor, T0, &w.sample);
    const uint32_t max = w.fx->policy.cgroups_max * 2;
    for (uint32_t i = 0; i < max + 5; i++)
        take(&w, id_of(&w, "system.slice/cron.service"), i, 1);
    rp_sensor_show_disks(w.sensor, &w.sample);
    assert_int_equal(w.sample.disks_n, max);
    close_world(&w);
}

/* The heir of each death of the present sample, by id of the dead. */
static rp_cgroup_id heir_of(const struct world *w, rp_cgroup_id dead)
{
    for (uint32_t i = 0; i < w->sample.deaths_n; i++)
        if (w->sample.deaths[i].id == dead)
            return rp_sensor_heir(w->sensor, i);
    fail();
    return RP_CGROUP_NONE;
}

static void a_pod_inherits_and_nobody_else_does(void **state)
{
    struct world w;
    (void)state;
    open_world(&w);
    fx_mkdir(w.fx, "cgroup/kubepods/pod" UID_B "/" HEX64 "/inside");
    rp_sensor_sweep(w.sensor, T0, &w.sample);
    rp_sensor_sweep(w.sensor, T0 + RP_NS_PER_S, &w.sample);
    const rp_cgroup_id pod = id_of(&w, "kubepods/pod" UID_A), container = id_of(&w, "kubepods/pod" UID_A "/" HEX64);
    const rp_cgroup_id pod_b = id_of(&w, "kubepods/pod" UID_B), container_b = id_of(&w, "kubepods/pod" UID_B "/" HEX64);
    const rp_cgroup_id inside = id_of(&w, "kubepods/pod" UID_B "/" HEX64 "/inside");
    const rp_cgroup_id service = id_of(&w, "system.slice/cron.service");
    fx_remove(w.fx, "cgroup/kubepods/pod" UID_A "/" HEX64);
    fx_remove(w.fx, "cgroup/kubepods/pod" UID_B);
    fx_remove(w.fx, "cgroup/system.slice/cron.service");
    rp_sensor_sweep(w.sensor, T0 + 30 * RP_NS_PER_S, &w.sample);
    assert_int_equal(w.sample.deaths_n, 5);
    assert_int_equal(heir_of(&w, container), pod);
    assert_int_equal(heir_of(&w, inside), container_b); /* which hands it on, as it is dead itself */
    assert_int_equal(heir_of(&w, container_b), pod_b);
    assert_int_equal(heir_of(&w, pod_b), RP_CGROUP_NONE);
    assert_int_equal(heir_of(&w, service), RP_CGROUP_NONE);
    close_world(&w);
}

static void what_hands_bring_is_told_once(void **state)
{
    const struct rp_fs_reading filesystems[RP_FILESYSTEMS_MAX] = {{.dev = 1, .roles = RP_FS_NODEFS},
                                                                  {.dev = 2, .roles = RP_FS_IMAGEFS}};
    const struct rp_pod_disk_reading pod = {.cgroup = 7, .known = RP_POD_DISK_LOGS, .log_bytes = 4096};
    struct world w;
    (void)state;
    open_world(&w);
    rp_sensor_take_filesystems(w.sensor, filesystems, 2);
    rp_sensor_take_pod_disk(w.sensor, &pod);
    rp_sensor_glance(w.sensor, T0, &w.sample);
    assert_int_equal(w.sample.filesystems_n, 2);
    assert_int_equal(w.sample.filesystems[1].dev, 2);
    assert_int_equal(w.sample.pod_disks_n, 1);
    assert_int_equal(w.sample.pod_disks[0].log_bytes, 4096);
    /* After a sample, and before the next one. */
    rp_sensor_take_filesystems(w.sensor, filesystems, 1);
    rp_sensor_glance(w.sensor, T0 + 1, &w.sample);
    assert_int_equal(w.sample.filesystems_n, 1);
    assert_int_equal(w.sample.pod_disks_n, 0);
    rp_sensor_sweep(w.sensor, T0 + 2, &w.sample);
    assert_int_equal(w.sample.filesystems_n, 0);
    /* A newer look at the file systems replaces one that was not told yet; pods are many. */
    rp_sensor_take_filesystems(w.sensor, filesystems, 1);
    rp_sensor_take_filesystems(w.sensor, filesystems + 1, 1);
    for (int i = 0; i < 20; i++)
        rp_sensor_take_pod_disk(w.sensor, &pod);
    rp_sensor_glance(w.sensor, T0 + 3, &w.sample);
    assert_int_equal(w.sample.filesystems_n, 1);
    assert_int_equal(w.sample.filesystems[0].dev, 2);
    assert_int_equal(w.sample.pod_disks_n, RP_SENSOR_POD_DISKS_MAX);
    rp_sensor_take_filesystems(w.sensor, filesystems, 99); /* a hand's number is not believed */
    rp_sensor_glance(w.sensor, T0 + 4, &w.sample);
    assert_int_equal(w.sample.filesystems_n, RP_FILESYSTEMS_MAX);
    close_world(&w);
}

static void memory_errors_are_counted_now_and_then(void **state)
{
    struct world w = {.fx = fx_new()};
    const struct rp_sensor_options options = {.policy = &w.fx->policy, .self = ""};
    struct rp_complaint why;
    (void)state;
    snprintf(w.fx->policy.host_root, sizeof(w.fx->policy.host_root), "%s", w.fx->tree.root);
    fx_write(w.fx, "sys/devices/system/edac/mc/mc0/ce_count", "3\n");
    fx_write(w.fx, "sys/devices/system/edac/mc/mc0/ue_count", "0\n");
    assert_int_equal(rp_sensor_open(&options, &why, &w.sensor), 0);
    rp_sensor_glance(w.sensor, T0, &w.sample);
    assert_false(w.sample.node.known & RP_NODE_EDAC);
    for (rp_ns second = 0; second < 30; second++) {
        rp_sensor_sweep(w.sensor, T0 + second * RP_NS_PER_S, &w.sample);
        assert_true(!(w.sample.node.known & RP_NODE_EDAC) == (second % 10 != 0));
        assert_int_equal(w.sample.node.edac_corrected, second % 10 == 0 ? 3 : 0);
    }
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_of_known_cgroups_become_readings),
        cmocka_unit_test(more_entries_than_fit_are_left_out),
        cmocka_unit_test(a_pod_inherits_and_nobody_else_does),
        cmocka_unit_test(what_hands_bring_is_told_once),
        cmocka_unit_test(memory_errors_are_counted_now_and_then),
    };
    return RP_RUN(tests);
}
