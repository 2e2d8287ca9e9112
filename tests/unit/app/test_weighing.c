// SPDX-License-Identifier: Apache-2.0
/* Whose processes a hand weighs, and when. The other end of the hands is the test. */
#include "app/weighing.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/fdio.h"
#include "unit/core/oom/wall.h"

#define S RP_NS_PER_S

struct turns {
    struct wall_world w;
    struct rp_weigh_watch watch;
    struct rp_hands hands;
    int far[2];
    rp_cgroup_id ids[3];
};

static void make(struct turns *t)
{
    memset(t, 0, sizeof(*t));
    wall_open(&t->w);
    for (uint32_t i = 0; i < 3; i++)
        t->ids[i] = wall_pod(&t->w, &(struct wall_pod){RP_QOS_BURSTABLE, 0, 100 * (i + 1), 0, 1});
    wall_facts(&t->w);
    rp_hands_init(&t->hands, 2);
    for (uint32_t i = 0; i < 2; i++) {
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        assert_int_equal(rp_hands_adopt(&t->hands, i, ends[0]), 0);
        t->far[i] = ends[1];
    }
}

static void drop(struct turns *t)
{
    rp_hands_deinit(&t->hands);
    close(t->far[0]);
    close(t->far[1]);
    world_close(&t->w.world);
}

/* Time passes; then whose processes were ordered to be weighed, RP_CGROUP_NONE: nobody's. The look takes no time. */
static rp_cgroup_id pass(struct turns *t, rp_ns time, bool answered)
{
    struct rp_job job = {.kind = RP_JOB_NONE};
    t->w.world.t_ns += time;
    rp_weigh_watch_order(&t->watch, t->w.world.arena, &t->hands, t->w.world.t_ns);
    for (int i = 0; i < 2; i++) {
        struct rp_fds none = {.n = 0};
        struct rp_job_result result;
        size_t len = 0;
        int fd = -1;
        if (rp_recv_fds(t->far[i], &job, sizeof(job), &len, &none) != 0)
            continue;
        assert_int_equal(job.kind, RP_JOB_PROCESSES);
        assert_string_equal(job.path, world_cgroup(&t->w.world, job.cgroup)->path);
        const struct rp_job_result answer = {.id = job.id, .kind = job.kind};
        if (!answered)
            return job.cgroup;
        assert_int_equal(rp_send_fds(t->far[i], &answer, sizeof(answer), NULL), 0);
        assert_int_equal(rp_hands_take(&t->hands, t->w.world.t_ns, &result, &fd), 1);
        wall_looks(&t->w, job.cgroup, 100, 90, 999);
        rp_weigh_watch_done(&t->watch, t->w.world.t_ns);
        return job.cgroup;
    }
    return RP_CGROUP_NONE;
}

static void everybody_once_and_then_rarely(void **state)
{
    struct turns t;
    uint32_t looked = 0;
    (void)state;
    make(&t);
    for (int i = 0; i < 4; i++) /* the pods and system.slice */
        assert_int_not_equal(pass(&t, 2 * S, true), RP_CGROUP_NONE);
    for (int i = 0; i < 140; i++)
        looked += pass(&t, 2 * S, true) != RP_CGROUP_NONE;
    assert_int_equal(looked, 0); /* no danger, no list: 280 s are not long ago */
    for (int i = 0; i < 20; i++)
        looked += pass(&t, 2 * S, true) != RP_CGROUP_NONE;
    assert_int_equal(looked, 4);
    drop(&t);
}

static void likely_victims_come_first_and_again(void **state)
{
    struct turns t;
    (void)state;
    make(&t);
    rp_oom_step(t.w.world.arena);
    t.w.world.arena->oom_victims[RP_OOM_NODE].n = 1; /* the largest */
    assert_int_equal(pass(&t, 0, true), t.ids[2]);
    for (int i = 0; i < 3; i++)
        assert_int_not_equal(pass(&t, 3 * S, true), t.ids[2]);
    assert_int_equal(pass(&t, 40 * S, true), RP_CGROUP_NONE);
    assert_int_equal(pass(&t, 20 * S, true), t.ids[2]);
    t.w.world.arena->ladder.phase = RP_PHASE_WATCH;
    t.watch.due_ns = 0;
    assert_int_equal(pass(&t, 2 * S, true), RP_CGROUP_NONE);
    assert_int_equal(pass(&t, 2 * S, true), t.ids[2]);
    assert_int_equal(pass(&t, 2 * S, true), RP_CGROUP_NONE);
    assert_int_equal(pass(&t, 2 * S, true), t.ids[2]);
    drop(&t);
}

static void one_look_at_a_time(void **state)
{
    struct turns t;
    (void)state;
    make(&t);
    assert_int_not_equal(pass(&t, 0, false), RP_CGROUP_NONE);
    assert_true(rp_weigh_watch_next(&t.watch) == RP_NS_FOREVER);
    assert_int_equal(pass(&t, 100 * S, true), RP_CGROUP_NONE);
    rp_weigh_watch_done(&t.watch, t.w.world.t_ns);                           /* given up */
    assert_int_equal(rp_weigh_watch_next(&t.watch) - t.w.world.t_ns, S / 2); /* there are new ones */
    assert_int_equal(pass(&t, 2 * S, true), RP_CGROUP_NONE); /* one hand is still busy, the other is for others */
    drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_once_and_then_rarely),
        cmocka_unit_test(likely_victims_come_first_and_again),
        cmocka_unit_test(one_look_at_a_time),
    };
    return RP_RUN(tests);
}
