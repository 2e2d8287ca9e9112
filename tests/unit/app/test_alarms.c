// SPDX-License-Identifier: Apache-2.0
/* Which cgroups get a wake-up on pressure, and when they lose it. The hand's end is played by the test. */
#include "app/alarms.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fdio.h"
#include "harness/harness.h"

#define POD "/pod11111111-2222-3333-4444-555555555555"

struct world {
    struct rp_alarms alarms;
    struct rp_hands hands;
    struct rp_arena *arena;
    int far;
    uint64_t number;
};

static void step(struct world *w, rp_ns time, rp_cgroup_id dead)
{
    const struct rp_cgroup_death death = {.id = dead};
    const struct rp_sample sample = {
        .number = ++w->number, .t_ns = w->arena->t_ns + time, .deaths = &death, .deaths_n = dead != RP_CGROUP_NONE};
    rp_model_step(w->arena, &sample);
    w->arena->t_ns = sample.t_ns;
}

static void make(struct world *w)
{
    static struct rp_policy policy;
    static const struct rp_cgroup_birth births[] = {
        {.id = 1, .path = ""},
        {.id = 2, .parent = 1, .path = "kubepods"},
        {.id = 3, .parent = 2, .path = "kubepods/burstable"},
        {.id = 4, .parent = 2, .path = "kubepods/besteffort"},
        {.id = 5, .parent = 3, .path = "kubepods/burstable" POD},
        {.id = 6, .parent = 1, .path = "system.slice"},
    };
    int ends[2];
    *w = (struct world){.number = 1};
    rp_policy_init(&policy);
    policy.cgroups_max = 16;
    policy.pods_max = 4;
    const size_t bytes = rp_arena_size(&policy);
    w->arena = calloc(1, bytes);
    assert_int_equal(rp_arena_init(w->arena, bytes, &policy), 0);
    const struct rp_sample sample = {
        .number = 1, .t_ns = 100 * RP_NS_PER_S, .births = births, .births_n = RP_ROWS(births)};
    rp_model_step(w->arena, &sample);
    w->arena->t_ns = sample.t_ns;
    rp_hands_init(&w->hands, 1);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    assert_int_equal(rp_hands_adopt(&w->hands, 0, ends[0]), 0);
    w->far = ends[1];
    rp_alarms_init(&w->alarms);
}

static void drop(struct world *w)
{
    rp_alarms_tend(&w->alarms, w->arena, &w->hands, false);
    rp_hands_deinit(&w->hands);
    close(w->far);
    free(w->arena);
}

/* One order and its answer: the cgroup, or RP_CGROUP_NONE if nothing was ordered. */
static rp_cgroup_id tend(struct world *w, bool enforce, int error, int *ret_fd)
{
    struct rp_job job;
    struct rp_job_result result;
    struct rp_fds none = {.n = 0};
    size_t len = 0;
    int fd = -1;
    rp_alarms_tend(&w->alarms, w->arena, &w->hands, enforce);
    if (rp_recv_fds(w->far, &job, sizeof(job), &len, &none) != 0)
        return RP_CGROUP_NONE;
    assert_int_equal(job.kind, RP_JOB_ALARM);
    assert_string_equal(job.path, rp_cgroup_find(w->arena, job.cgroup)->path);
    const struct rp_job_result answer = {.id = job.id, .kind = job.kind, .error = error};
    const struct rp_fds one = {.fd = {error ? 0 : open("/dev/null", O_RDONLY | O_CLOEXEC)}, .n = error ? 0 : 1};
    assert_int_equal(rp_send_fds(w->far, &answer, sizeof(answer), &one), 0);
    if (one.n)
        close(one.fd[0]);
    assert_int_equal(rp_hands_take(&w->hands, 1, &result, &fd), 1);
    *ret_fd = rp_alarms_result(&w->alarms, &result, fd);
    return job.cgroup;
}

static void observe_mode_orders_none(void **state)
{
    struct world w;
    int fd = -1;
    (void)state;
    make(&w);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(tend(&w, false, 0, &fd), RP_CGROUP_NONE);
        step(&w, 20 * RP_NS_PER_S, RP_CGROUP_NONE);
    }
    drop(&w);
}

static void every_class_gets_one_and_no_pod(void **state)
{
    struct world w;
    bool seen[8] = {false};
    int fds[3];
    (void)state;
    make(&w);
    for (int i = 0; i < 3; i++) {
        const rp_cgroup_id cgroup = tend(&w, true, 0, &fds[i]);
        assert_in_range(cgroup, 2, 4);
        assert_false(seen[cgroup]);
        seen[cgroup] = true;
        assert_true(rp_alarms_own(&w.alarms, fds[i]));
    }
    int fd = -1;
    step(&w, 20 * RP_NS_PER_S, RP_CGROUP_NONE);
    assert_int_equal(tend(&w, true, 0, &fd), RP_CGROUP_NONE);
    /* Back to observe: none is left, and nothing is written for that. */
    assert_int_equal(tend(&w, false, 0, &fd), RP_CGROUP_NONE);
    for (int i = 0; i < 3; i++) {
        assert_false(rp_alarms_own(&w.alarms, fds[i]));
        assert_int_equal(fcntl(fds[i], F_GETFD), -1);
    }
    step(&w, 20 * RP_NS_PER_S, RP_CGROUP_NONE);
    assert_true(tend(&w, true, 0, &fd) != RP_CGROUP_NONE);
    drop(&w);
}

static void a_refusal_is_not_asked_for_again(void **state)
{
    struct world w;
    int fd = 0;
    (void)state;
    make(&w);
    for (int i = 0; i < 3; i++) {
        assert_true(tend(&w, true, -EOPNOTSUPP, &fd) != RP_CGROUP_NONE);
        assert_int_equal(fd, -1);
    }
    step(&w, 60 * RP_NS_PER_S, RP_CGROUP_NONE);
    assert_int_equal(tend(&w, true, -EOPNOTSUPP, &fd), RP_CGROUP_NONE);
    assert_false(rp_alarms_own(&w.alarms, -1));
    drop(&w);
}

static void one_of_a_removed_cgroup_ends(void **state)
{
    struct world w;
    int fds[3], fd = -1;
    rp_cgroup_id cgroups[3];
    (void)state;
    make(&w);
    for (int i = 0; i < 3; i++)
        cgroups[i] = tend(&w, true, 0, &fds[i]);
    rp_alarms_end(&w.alarms, fds[0]); /* the kernel said so first */
    assert_false(rp_alarms_own(&w.alarms, fds[0]));
    assert_int_equal(fcntl(fds[0], F_GETFD), -1);
    assert_int_equal(cgroups[2], 4);
    step(&w, 20 * RP_NS_PER_S, 4);
    assert_int_equal(tend(&w, true, 0, &fd), RP_CGROUP_NONE);
    assert_false(rp_alarms_own(&w.alarms, fds[2]));
    assert_true(rp_alarms_own(&w.alarms, fds[1]));
    drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(observe_mode_orders_none),
        cmocka_unit_test(every_class_gets_one_and_no_pod),
        cmocka_unit_test(a_refusal_is_not_asked_for_again),
        cmocka_unit_test(one_of_a_removed_cgroup_ends),
    };
    return RP_RUN(tests);
}
