// SPDX-License-Identifier: Apache-2.0
/* When hands look at disks, and at whose: the rule, and turns over an arena with pods. The other end is the test. */
#include "app/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fdio.h"
#include "harness/harness.h"

#define S        RP_NS_PER_S
#define GIB      (UINT64_C(1) << 30)
#define PODS_MAX 8

/* ---- the rule */

static struct rp_fact_kubelet thresholds(void)
{
    struct rp_fact_kubelet kubelet = {.thresholds_n = 3};
    kubelet.thresholds[0] = (struct rp_threshold){.signal = RP_SIGNAL_NODEFS, .quantity_floor = (int64_t)(10 * GIB)};
    kubelet.thresholds[1] = (struct rp_threshold){.signal = RP_SIGNAL_NODEFS_INODES, .quantity_floor = 1000};
    kubelet.thresholds[2] = (struct rp_threshold){.signal = RP_SIGNAL_IMAGEFS, .quantity_floor = (int64_t)(15 * GIB)};
    return kubelet;
}

static void near_is_twice_the_threshold_or_a_minute(void **state)
{
    static const struct {
        const char *row;
        uint32_t roles;
        uint64_t available, inodes, inodes_free, before, inodes_before;
        bool near;
    } rows[] = {
        {"ample", RP_FS_NODEFS, 50 * GIB, 100000, 50000, 50 * GIB, 50000, false},
        {"twice", RP_FS_NODEFS, 20 * GIB, 100000, 50000, 20 * GIB, 50000, false},
        {"less than twice", RP_FS_NODEFS, 20 * GIB - 1, 100000, 50000, 20 * GIB - 1, 50000, true},
        {"of its own role", RP_FS_IMAGEFS, 20 * GIB, 100000, 50000, 20 * GIB, 50000, true},
        {"layers as nodefs", RP_FS_CONTAINERFS, 19 * GIB, 100000, 50000, 19 * GIB, 50000, true},
        {"logs have none", RP_FS_LOGS, 1, 100000, 1, 50 * GIB, 50000, false},
        {"few inodes", RP_FS_NODEFS, 50 * GIB, 100000, 1999, 50 * GIB, 1999, true},
        {"no fixed number of inodes", RP_FS_NODEFS, 50 * GIB, 0, 0, 50 * GIB, 0, false},
        {"falls: there in a minute", RP_FS_NODEFS, 50 * GIB, 100000, 50000, 55 * GIB, 50000, true},
        {"falls: there later", RP_FS_NODEFS, 51 * GIB, 100000, 50000, 56 * GIB - 1, 50000, false},
        {"rises", RP_FS_NODEFS, 30 * GIB, 100000, 50000, 10 * GIB, 50000, false},
        {"inodes fall", RP_FS_NODEFS, 50 * GIB, 100000, 8000, 50 * GIB, 9000, true},
    };
    const struct rp_fact_kubelet kubelet = thresholds();
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_fs_reading before = {.t_ns = 100 * S,
                                             .roles = rows[i].roles,
                                             .capacity_bytes = 100 * GIB,
                                             .available_bytes = rows[i].before,
                                             .inodes = rows[i].inodes,
                                             .inodes_free = rows[i].inodes_before};
        struct rp_fs_reading now = before;
        now.t_ns += 10 * S;
        now.available_bytes = rows[i].available;
        now.inodes_free = rows[i].inodes_free;
        rp_expect_i64(rows[i].row, rp_disk_is_near(&kubelet, &now, &before), rows[i].near);
    }
    /* Without an earlier look there is no pace, and without a threshold there is nothing to come near to. */
    const struct rp_fact_kubelet none = {0};
    const struct rp_fs_reading low = {.roles = RP_FS_NODEFS, .capacity_bytes = 100 * GIB, .available_bytes = 1};
    const struct rp_fs_reading ample = {
        .roles = RP_FS_NODEFS, .capacity_bytes = 100 * GIB, .available_bytes = 60 * GIB};
    assert_false(rp_disk_is_near(&none, &low, NULL));
    assert_false(rp_disk_is_near(&kubelet, &ample, NULL));
}

/* ---- ordering */

struct world {
    struct rp_disk_watch watch;
    struct rp_hands hands;
    struct rp_arena *arena;
    int far[2];
    rp_ns now;
};

static void make(struct world *w, uint32_t pods)
{
    static struct rp_policy policy;
    struct rp_cgroup_birth births[PODS_MAX + 2] = {{.id = 1, .path = ""}, {.id = 2, .parent = 1, .path = "kubepods"}};
    for (uint32_t i = 0; i < pods; i++) {
        births[i + 2] = (struct rp_cgroup_birth){.id = i + 10, .parent = 2};
        (void)snprintf(births[i + 2].path, RP_PATH_MAX, "kubepods/pod%08u-0000-0000-0000-000000000000", i);
    }
    *w = (struct world){.now = 1000 * S};
    rp_policy_init(&policy);
    policy.cgroups_max = 16;
    policy.pods_max = PODS_MAX;
    const size_t bytes = rp_arena_size(&policy);
    w->arena = calloc(1, bytes);
    assert_int_equal(rp_arena_init(w->arena, bytes, &policy), 0);
    const struct rp_sample sample = {.number = 1, .t_ns = 1, .births = births, .births_n = pods + 2};
    rp_model_step(w->arena, &sample);
    rp_hands_init(&w->hands, 2);
    for (uint32_t i = 0; i < 2; i++) {
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        assert_int_equal(rp_hands_adopt(&w->hands, i, ends[0]), 0);
        w->far[i] = ends[1];
    }
}

static void drop(struct world *w)
{
    rp_hands_deinit(&w->hands);
    close(w->far[0]);
    close(w->far[1]);
    free(w->arena);
}

/* Time passes; then the job that was ordered meanwhile, answered with `error`, or kind NONE. */
static struct rp_job pass(struct world *w, rp_ns time, int error)
{
    struct rp_job job = {.kind = RP_JOB_NONE};
    w->now += time;
    rp_disk_watch_order(&w->watch, w->arena, &w->hands, w->now);
    for (int i = 0; i < 2; i++) {
        struct rp_fds none = {.n = 0};
        struct rp_job_result result;
        size_t len = 0;
        int fd = -1;
        if (rp_recv_fds(w->far[i], &job, sizeof(job), &len, &none) != 0)
            continue;
        const struct rp_job_result answer = {.id = job.id, .kind = job.kind, .error = error};
        assert_int_equal(rp_send_fds(w->far[i], &answer, sizeof(answer), NULL), 0);
        assert_int_equal(rp_hands_take(&w->hands, w->now, &result, &fd), 1);
        if (result.kind == RP_JOB_POD_DISK)
            rp_disk_watch_pod(&w->watch, w->now);
        else
            rp_disk_watch_filesystems(&w->watch, w->arena, &result, w->now);
        return job;
    }
    return job;
}

static void file_systems_are_looked_at_every_ten_seconds(void **state)
{
    struct world w;
    (void)state;
    make(&w, 0);
    assert_int_equal(pass(&w, 0, 0).kind, RP_JOB_FILESYSTEMS);     /* at once */
    assert_int_equal(rp_disk_watch_next(&w.watch) - w.now, 3 * S); /* for pods, of which there are none */
    assert_int_equal(pass(&w, 9 * S, 0).kind, RP_JOB_NONE);
    assert_int_equal(pass(&w, 1 * S, 0).kind, RP_JOB_FILESYSTEMS);
    const struct rp_event full = {.type = RP_EVENT_NO_SPACE};
    const struct rp_sample sample = {.events = &full, .events_n = 1};
    assert_int_equal(pass(&w, 1 * S, 0).kind, RP_JOB_NONE);
    rp_disk_watch_hear(&w.watch, &sample);
    assert_int_equal(pass(&w, 0, 0).kind, RP_JOB_FILESYSTEMS); /* somebody was refused a write */
    drop(&w);
}

static void a_dead_disk_is_asked_less_and_less(void **state)
{
    static const rp_ns pauses[] = {10, 20, 40, 80, 160, 300, 300};
    struct world w;
    (void)state;
    make(&w, 0);
    assert_int_equal(pass(&w, 0, -ETIMEDOUT).kind, RP_JOB_FILESYSTEMS);
    for (size_t i = 0; i < RP_ROWS(pauses); i++) {
        const struct rp_event full = {.type = RP_EVENT_NO_SPACE};
        const struct rp_sample sample = {.events = &full, .events_n = 1};
        rp_disk_watch_hear(&w.watch, &sample); /* no reason to lose another hand */
        assert_int_equal(pass(&w, pauses[i] * S - 1, 0).kind, RP_JOB_NONE);
        assert_int_equal(pass(&w, 1, -ETIMEDOUT).kind, RP_JOB_FILESYSTEMS);
    }
    assert_int_equal(pass(&w, 300 * S, 0).kind, RP_JOB_FILESYSTEMS);
    assert_int_equal(pass(&w, 10 * S, 0).kind, RP_JOB_FILESYSTEMS); /* it came back */
    drop(&w);
}

static void one_job_of_each_kind_at_a_time(void **state)
{
    struct world w;
    (void)state;
    make(&w, 1);
    for (int i = 0; i < 5; i++) { /* nobody answers */
        rp_disk_watch_order(&w.watch, w.arena, &w.hands, w.now);
        w.now += 20 * S;
    }
    assert_int_equal(rp_hands_busy(&w.hands), 1); /* of two hands the last one is for others */
    assert_true(rp_disk_watch_next(&w.watch) < w.now + 20 * S);
    drop(&w);
}

static void pods_come_in_turns_and_some_more_often(void **state)
{
    uint32_t seen[PODS_MAX] = {0};
    struct world w;
    (void)state;
    make(&w, 4);
    rp_pod_at(w.arena, 2)->protected_ = true;
    rp_pod_at(w.arena, 1)->activity.disk[0].allocated_bytes.per_s = 2 * RP_MIB;
    w.watch.due_ns = RP_NS_FOREVER;
    for (int i = 0; i < 24; i++) {
        const struct rp_job job = pass(&w, 3 * S, 0);
        assert_int_equal(job.kind, RP_JOB_POD_DISK);
        assert_in_range(job.cgroup, 10, 13);
        seen[job.cgroup - 10]++;
        const struct rp_pod *pod = rp_pod_at(w.arena, (uint32_t)job.cgroup - 10);
        assert_string_equal(job.pod_uid, pod->uid);
        assert_string_equal(job.path, rp_cgroup_at(w.arena, pod->cgroup)->path);
        assert_int_equal(pass(&w, 1 * S, 0).kind, RP_JOB_NONE);
        w.now -= 1 * S;
    }
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(seen[i], i == 1 || i == 2 ? 9 : 3);
    drop(&w);
}

static void no_pod_while_memory_is_fought_for(void **state)
{
    struct world w;
    (void)state;
    make(&w, 2);
    w.watch.due_ns = RP_NS_FOREVER;
    w.arena->ladder.phase = RP_PHASE_ACT;
    assert_int_equal(pass(&w, 60 * S, 0).kind, RP_JOB_NONE);
    w.arena->ladder.phase = RP_PHASE_WATCH;
    assert_int_equal(pass(&w, 3 * S, 0).kind, RP_JOB_POD_DISK);
    drop(&w);
}

/* A pod with many open files takes a hand long; then the turns are further apart. */
static void a_long_look_is_followed_by_a_long_pause(void **state)
{
    struct world w;
    (void)state;
    make(&w, 1);
    w.watch.due_ns = RP_NS_FOREVER;
    rp_disk_watch_order(&w.watch, w.arena, &w.hands, w.now);
    assert_int_equal(rp_disk_watch_next(&w.watch), RP_NS_FOREVER);
    w.now += S / 2;
    rp_disk_watch_pod(&w.watch, w.now);
    assert_int_equal(rp_disk_watch_next(&w.watch) - w.now, 25 * S);
    drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_is_twice_the_threshold_or_a_minute),
        cmocka_unit_test(file_systems_are_looked_at_every_ten_seconds),
        cmocka_unit_test(a_dead_disk_is_asked_less_and_less),
        cmocka_unit_test(one_job_of_each_kind_at_a_time),
        cmocka_unit_test(pods_come_in_turns_and_some_more_often),
        cmocka_unit_test(no_pod_while_memory_is_fought_for),
        cmocka_unit_test(a_long_look_is_followed_by_a_long_pause),
    };
    return RP_RUN(tests);
}
