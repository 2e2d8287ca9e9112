// SPDX-License-Identifier: Apache-2.0
/* Whole samples from a node of plain files: what each look gives, what is lost and said, and what calls it makes. */
#include "unit/node/sense/fixture.h"

#include <seccomp.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "node/sense/sensor.h"

#define T0 (100 * RP_NS_PER_S)

struct world {
    struct fixture *fx;
    struct rp_sensor *sensor;
    struct rp_sample sample;
};

static void open_world(struct world *w)
{
    const struct rp_sensor_options options = {
        .policy = &w->fx->policy, .self = "/system.slice/reprieved.service", .files_reserved = 64};
    struct rp_complaint why;
    assert_int_equal(rp_sensor_open(&options, &why, &w->sensor), 0);
}

static void close_world(struct world *w)
{
    rp_sensor_close(&w->sensor);
    assert_null(w->sensor);
    fx_free(w->fx);
}

/* Pods root, a pod with one container, a service. */
static struct fixture *small_node(void)
{
    struct fixture *fx = fx_new();
    fx_cgroup(fx, "kubepods.slice", "900000\n");
    fx_cgroup(fx, SYSTEMD_CONTAINER, "600000\n");
    fx_cgroup(fx, SYSTEMD_POD, "700000\n");
    fx_cgroup(fx, "system.slice/reprieved.service", "50000\n");
    return fx;
}

static const struct rp_cgroup_reading *reading_at(const struct world *w, const char *path)
{
    char full[1024];
    snprintf(full, sizeof(full), "cgroup/%s", path);
    rp_cgroup_id id = fx_id(w->fx, full);
    const struct rp_cgroup_reading *found = NULL;
    for (uint32_t i = 0; i < w->sample.cgroups_n; i++)
        if (w->sample.cgroups[i].id == id) {
            assert_null(found); /* one reading per cgroup and sample */
            found = &w->sample.cgroups[i];
        }
    return found;
}

static bool complains(const struct rp_sensor *sensor, const char *text)
{
    struct rp_complaint list[32];
    uint32_t n = rp_sensor_complaints(sensor, list, 32);
    for (uint32_t i = 0; i < n; i++)
        if (strstr(list[i].text, text))
            return true;
    return false;
}

static void the_first_sample_tells_of_everybody(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    open_world(&w);
    rp_sensor_glance(w.sensor, T0, &w.sample);
    assert_int_equal(w.sample.number, 1);
    assert_int_equal(w.sample.t_ns, T0);
    assert_int_equal(w.sample.births_n, 7);
    assert_string_equal(w.sample.births[0].path, "");
    assert_int_equal(w.sample.deaths_n, 0);
    assert_int_equal(w.sample.node.mem_total_bytes, 8000000ull * 1024);
    assert_int_equal(w.sample.node.t_ns, T0);
    rp_sensor_glance(w.sensor, T0 + 1, &w.sample);
    assert_int_equal(w.sample.number, 2);
    assert_int_equal(w.sample.births_n, 0);
    close_world(&w);
}

static void a_glance_reads_the_pods_root_alone(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    open_world(&w);
    rp_sensor_glance(w.sensor, T0, &w.sample);
    assert_int_equal(w.sample.cgroups_n, 1);
    const struct rp_cgroup_reading *root = reading_at(&w, "kubepods.slice");
    assert_int_equal(root->usage_bytes, 900000);
    assert_int_equal(root->known, RP_CG_USAGE | RP_CG_EVENTS | RP_CG_INACTIVE_FILE | RP_CG_ANON_FILE | RP_CG_MAX);
    assert_int_equal(root->t_ns, T0);
    close_world(&w);
}

static void a_sweep_reads_pods_fully_and_containers_lightly(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    open_world(&w);
    rp_sensor_sweep(w.sensor, T0, &w.sample);
    assert_int_equal(w.sample.cgroups_n, 3);
    assert_int_equal(reading_at(&w, SYSTEMD_POD)->known, RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_ANON_FILE |
                                                             RP_CG_SWAP | RP_CG_EVENTS | RP_CG_PSI | RP_CG_PIDS |
                                                             RP_CG_MAX | RP_CG_POPULATED | RP_CG_OOM_GROUP);
    assert_int_equal(reading_at(&w, SYSTEMD_CONTAINER)->known,
                     RP_CG_USAGE | RP_CG_EVENTS | RP_CG_POPULATED | RP_CG_MAX | RP_CG_OOM_GROUP);
    close_world(&w);
}

static void costly_files_are_read_less_often(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    open_world(&w);
    rp_sensor_sweep(w.sensor, T0, &w.sample);
    fx_write(w.fx, "cgroup/" SYSTEMD_POD "/memory.current", "800000\n");
    rp_sensor_sweep(w.sensor, T0 + 100 * RP_NS_PER_MS, &w.sample);
    assert_int_equal(reading_at(&w, SYSTEMD_POD)->known, RP_CG_USAGE | RP_CG_EVENTS | RP_CG_PIDS);
    assert_int_equal(reading_at(&w, SYSTEMD_POD)->usage_bytes, 800000);
    rp_sensor_sweep(w.sensor, T0 + 1000 * RP_NS_PER_MS, &w.sample);
    uint64_t known = reading_at(&w, SYSTEMD_POD)->known;
    assert_true((known & RP_CG_INACTIVE_FILE) && (known & RP_CG_PSI) && (known & RP_CG_MAX));
    close_world(&w);
}

static uint32_t read_whole(const struct rp_sample *sample)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < sample->cgroups_n; i++)
        n += (sample->cgroups[i].known & RP_CG_PSI) != 0;
    return n;
}

static void costly_files_of_many_are_read_in_turns(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    bool seen[60] = {false};
    rp_cgroup_id ids[60];
    for (int i = 0; i < 60; i++) {
        char path[256], full[300];
        snprintf(path, sizeof(path), "kubepods/pod%08d-0000-0000-0000-000000000000", i);
        snprintf(full, sizeof(full), "cgroup/%s", path);
        fx_cgroup(w.fx, path, "4096\n");
        ids[i] = fx_id(w.fx, full);
    }
    open_world(&w);
    rp_sensor_sweep(w.sensor, T0, &w.sample);
    assert_int_equal(read_whole(&w.sample), 60); /* who was never read does not wait */
    for (int s = 1; s <= 4; s++) {
        rp_sensor_sweep(w.sensor, T0 + (rp_ns)s * 2 * RP_NS_PER_S, &w.sample);
        assert_in_range(read_whole(&w.sample), 1, 24);
        assert_true(w.sample.cgroups_n >= 60); /* what is cheap is read of all */
        for (uint32_t c = 0; c < w.sample.cgroups_n; c++)
            for (int i = 0; i < 60; i++)
                if (w.sample.cgroups[c].id == ids[i] && (w.sample.cgroups[c].known & RP_CG_PSI))
                    seen[i] = true;
    }
    for (int i = 0; i < 60; i++)
        assert_true(seen[i]); /* nobody starves */
    close_world(&w);
}

static void a_fall_is_seen_in_one_number(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    open_world(&w);
    assert_true(rp_sensor_fell(w.sensor, 0)); /* no sample yet to compare with */
    rp_sensor_glance(w.sensor, T0, &w.sample);
    assert_false(rp_sensor_fell(w.sensor, 0));
    fx_write(w.fx, "proc/meminfo", "MemTotal: 8000000 kB\nMemFree: 1 kB\nMemAvailable: 2999000 kB\n");
    assert_false(rp_sensor_fell(w.sensor, 1000 * 1024));
    assert_true(rp_sensor_fell(w.sensor, 1000 * 1024 - 1));
    fx_write(w.fx, "proc/meminfo", "MemTotal: 8000000 kB\nMemFree: 1 kB\nMemAvailable: 3999000 kB\n");
    assert_false(rp_sensor_fell(w.sensor, 0)); /* it rose */
    fx_write(w.fx, "proc/meminfo", "MemTotal: 8000000 kB\n");
    assert_true(rp_sensor_fell(w.sensor, INT64_MAX)); /* not known, so it may have */
    close_world(&w);
}

static void fresh_readings_join_the_same_sample(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    open_world(&w);
    const rp_cgroup_id ids[] = {fx_id(w.fx, "cgroup/" SYSTEMD_POD), 424242};
    rp_sensor_sweep(w.sensor, T0, &w.sample);
    rp_sensor_sweep(w.sensor, T0 + 1, &w.sample);
    assert_false(reading_at(&w, SYSTEMD_POD)->known & RP_CG_PSI);
    rp_sensor_pressure_of(w.sensor, ids, 2, &w.sample);
    assert_true(reading_at(&w, SYSTEMD_POD)->known & RP_CG_PSI);
    assert_false(reading_at(&w, SYSTEMD_POD)->known & RP_CG_INACTIVE_FILE);
    rp_sensor_add(w.sensor, ids, 2, &w.sample);
    assert_true(reading_at(&w, SYSTEMD_POD)->known & RP_CG_INACTIVE_FILE);
    assert_int_equal(w.sample.cgroups_n, 3);
    /* into a glance too */
    rp_sensor_glance(w.sensor, T0 + 2, &w.sample);
    assert_int_equal(w.sample.cgroups_n, 1);
    rp_sensor_pressure_of(w.sensor, ids, 2, &w.sample);
    assert_int_equal(w.sample.cgroups_n, 2);
    assert_int_equal(reading_at(&w, SYSTEMD_POD)->known, RP_CG_USAGE | RP_CG_PSI);
    close_world(&w);
}

static void a_pod_that_vanishes_is_a_death_and_no_error(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    open_world(&w);
    rp_sensor_sweep(w.sensor, T0, &w.sample);
    rp_cgroup_id pod = fx_id(w.fx, "cgroup/" SYSTEMD_POD);
    fx_remove(w.fx, "cgroup/" SYSTEMD_POD);
    rp_sensor_sweep(w.sensor, T0 + 2 * RP_NS_PER_S, &w.sample);
    assert_int_equal(w.sample.deaths_n, 2);
    assert_int_equal(w.sample.deaths[1].id, pod);
    assert_int_equal(w.sample.cgroups_n, 1);
    rp_sensor_add(w.sensor, &pod, 1, &w.sample);
    assert_int_equal(w.sample.cgroups_n, 1);
    struct rp_sensor_state now;
    rp_sensor_state(w.sensor, &now);
    for (int f = 0; f < RP_FILE_MAX; f++)
        assert_int_equal(now.garbage[f], 0);
    close_world(&w);
}

static void garbage_is_counted_and_said(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    open_world(&w);
    rp_sensor_sweep(w.sensor, T0, &w.sample);
    assert_false(complains(w.sensor, "not understood"));
    fx_write(w.fx, "cgroup/" SYSTEMD_POD "/memory.stat", "\xde\xad\xbe\xef");
    fx_write(w.fx, "proc/meminfo", "MemTotal: lots\n");
    fx_write(w.fx, "proc/pressure/memory", "none at all\n");
    rp_sensor_sweep(w.sensor, T0 + RP_NS_PER_S, &w.sample);
    /* only those fields are lost */
    assert_false(w.sample.node.known & (RP_NODE_MEM_TOTAL | RP_NODE_PSI));
    assert_true(w.sample.node.known & RP_NODE_ROOT_STAT);
    assert_true(reading_at(&w, SYSTEMD_POD)->known & RP_CG_USAGE);
    assert_false(reading_at(&w, SYSTEMD_POD)->known & RP_CG_INACTIVE_FILE);
    assert_true(complains(w.sensor, "memory.stat of a cgroup was not understood, times: 1"));
    assert_true(complains(w.sensor, "meminfo of the node was not understood, times: 1"));
    close_world(&w);
}

static void losses_are_said(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_remove(w.fx, "proc/pressure");
    fx_mkdir(w.fx, "cgroup/system.slice/cron.service");
    open_world(&w);
    struct rp_sensor_state now;
    rp_sensor_state(w.sensor, &now);
    assert_false(now.psi || now.trigger || now.bpf || now.iterator || now.pods_root);
    assert_true(complains(w.sensor, "PSI"));
    assert_true(complains(w.sensor, "no BPF"));
    assert_true(complains(w.sensor, "no pods root"));
    assert_int_equal(rp_sensor_trigger_fd(w.sensor, RP_PSI_MEMORY), -1);
    assert_int_equal(rp_sensor_event_fd(w.sensor), -1);
    /* a list that is too short is filled and not overrun */
    struct rp_complaint two[2];
    assert_int_equal(rp_sensor_complaints(w.sensor, two, 2), 2);
    close_world(&w);
}

static void pods_without_a_memory_controller_are_said(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_mkdir(w.fx, "cgroup/kubepods/pod" UID_A);
    open_world(&w);
    assert_true(complains(w.sensor, "1 pods have no memory controller"));
    rp_sensor_sweep(w.sensor, T0, &w.sample);
    /* switched on later */
    fx_cgroup(w.fx, "kubepods/pod" UID_A, "77\n");
    rp_sensor_sweep(w.sensor, T0 + 6 * RP_NS_PER_S, &w.sample);
    assert_false(complains(w.sensor, "no memory controller"));
    assert_int_equal(reading_at(&w, "kubepods/pod" UID_A)->usage_bytes, 77);
    close_world(&w);
}

static void overflow_is_counted_and_said(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    w.fx->policy.cgroups_max = 8;
    for (int i = 0; i < 20; i++) {
        char path[256];
        snprintf(path, sizeof(path), "cgroup/kubepods/pod%08d-0000-0000-0000-000000000000", i);
        fx_mkdir(w.fx, path);
    }
    open_world(&w);
    rp_sensor_sweep(w.sensor, T0, &w.sample);
    assert_int_equal(w.sample.births_n, 8);
    assert_int_equal(w.sample.dropped, 14);
    assert_true(complains(w.sensor, "14 cgroups found no place"));
    close_world(&w);
}

static void write_stall(const struct world *w, uint64_t total_us)
{
    char text[256];
    snprintf(text, sizeof(text),
             "some avg10=0.00 avg60=0.00 avg300=0.00 total=%llu\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
             (unsigned long long)total_us);
    fx_write(w->fx, "proc/pressure/memory", text);
}

static void no_directory_is_listed_while_the_node_stalls(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    write_stall(&w, 1000000);
    open_world(&w);
    rp_sensor_glance(w.sensor, T0, &w.sample);
    fx_cgroup(w.fx, "kubepods.slice/kubepods-pod" UID_A_ ".slice", "1\n");
    uint64_t stalled_us = 1000000;
    for (int second = 1; second <= 6; second++) {
        stalled_us += 300000; /* 30 % of each second */
        write_stall(&w, stalled_us);
        rp_sensor_glance(w.sensor, T0 + (rp_ns)second * RP_NS_PER_S, &w.sample);
        assert_int_equal(w.sample.births_n, second < 6 ? 0 : 1); /* if it lasts, a few are listed all the same */
    }
    close_world(&w);
}

static void a_short_stall_delays_a_birth_by_one_sample(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    open_world(&w);
    rp_sensor_glance(w.sensor, T0, &w.sample);
    fx_cgroup(w.fx, "kubepods.slice/kubepods-pod" UID_A_ ".slice", "1\n");
    write_stall(&w, 400000);
    rp_sensor_glance(w.sensor, T0 + RP_NS_PER_S, &w.sample);
    assert_int_equal(w.sample.births_n, 0);
    write_stall(&w, 500000); /* 10 % */
    rp_sensor_glance(w.sensor, T0 + 2 * RP_NS_PER_S, &w.sample);
    assert_int_equal(w.sample.births_n, 1);
    close_world(&w);
}

static void our_own_cgroup_is_known(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    open_world(&w);
    struct rp_sensor_state now;
    rp_sensor_state(w.sensor, &now);
    assert_int_equal(now.self, fx_id(w.fx, "cgroup/system.slice/reprieved.service"));
    close_world(&w);
}

static void other_hierarchies_are_refused_with_a_sentence(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    struct rp_complaint why = {""};
    struct rp_sensor *sensor = NULL;
    const struct rp_sensor_options options = {.policy = &fx->policy, .self = ""};
    fx_remove(fx, "cgroup/cgroup.controllers");
    assert_int_equal(rp_sensor_open(&options, &why, &sensor), -EOPNOTSUPP);
    assert_null(sensor);
    assert_non_null(strstr(why.text, "no cgroup hierarchy"));
    fx_remove(fx, "cgroup");
    assert_int_equal(rp_sensor_open(&options, &why, &sensor), -ENOENT);
    assert_non_null(strstr(why.text, "/cgroup: No such file"));
    fx_free(fx);
}

/* All that may be called once the guard is at work; everything else ends the process. */
static int confine(void)
{
    static const int allowed[] = {SCMP_SYS(pread64), SCMP_SYS(openat2), SCMP_SYS(getdents64), SCMP_SYS(newfstatat),
                                  SCMP_SYS(fstat),   SCMP_SYS(close),   SCMP_SYS(exit_group)};
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!ctx)
        return -ENOMEM;
    for (size_t i = 0; i < RP_ROWS(allowed); i++)
        if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0) < 0)
            return -EINVAL;
    return seccomp_load(ctx); /* its memory is left to the exit: free may call what is forbidden now */
}

/* _exit would let ASan's runtime look around first, with calls that are forbidden. */
static void leave(int status)
{
    syscall(SYS_exit_group, status);
}

/* In a child: a sample of each kind, while pods are born, die and send garbage. The exit status tells. */
static void look_confined(struct world *w, rp_cgroup_id pod)
{
    int r = confine();
    if (r < 0)
        leave(77);
    for (int i = 0; i < 5; i++) {
        rp_ns now = T0 + (rp_ns)i * 3 * RP_NS_PER_S;
        rp_sensor_glance(w->sensor, now, &w->sample);
        rp_sensor_sweep(w->sensor, now + RP_NS_PER_S, &w->sample);
        rp_sensor_add(w->sensor, &pod, 1, &w->sample);
        rp_sensor_pressure_of(w->sensor, &pod, 1, &w->sample);
        if (rp_sensor_wants_walk(w->sensor, now))
            leave(2);
    }
    leave(w->sample.cgroups_n == 2 ? 0 : 1);
}

static void after_open_only_calls_that_do_not_sleep(void **state)
{
    (void)state;
    struct world w = {.fx = small_node()};
    open_world(&w);
    rp_cgroup_id pod = fx_id(w.fx, "cgroup/" SYSTEMD_POD);
    fx_remove(w.fx, "cgroup/" SYSTEMD_POD);
    fx_cgroup(w.fx, "kubepods.slice/kubepods-pod" UID_A_ ".slice", "1\n");
    fx_write(w.fx, "cgroup/kubepods.slice/kubepods-pod" UID_A_ ".slice/memory.stat", "garbage");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        look_confined(&w, pod);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    close_world(&w);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("SKIP: no seccomp filter can be loaded here\n");
        skip();
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_sample_tells_of_everybody),
        cmocka_unit_test(a_glance_reads_the_pods_root_alone),
        cmocka_unit_test(a_sweep_reads_pods_fully_and_containers_lightly),
        cmocka_unit_test(costly_files_are_read_less_often),
        cmocka_unit_test(costly_files_of_many_are_read_in_turns),
        cmocka_unit_test(a_fall_is_seen_in_one_number),
        cmocka_unit_test(fresh_readings_join_the_same_sample),
        cmocka_unit_test(a_pod_that_vanishes_is_a_death_and_no_error),
        cmocka_unit_test(garbage_is_counted_and_said),
        cmocka_unit_test(losses_are_said),
        cmocka_unit_test(pods_without_a_memory_controller_are_said),
        cmocka_unit_test(overflow_is_counted_and_said),
        cmocka_unit_test(no_directory_is_listed_while_the_node_stalls),
        cmocka_unit_test(a_short_stall_delays_a_birth_by_one_sample),
        cmocka_unit_test(our_own_cgroup_is_known),
        cmocka_unit_test(other_hierarchies_are_refused_with_a_sentence),
        cmocka_unit_test(after_open_only_calls_that_do_not_sleep),
    };
    return RP_RUN(tests);
}
