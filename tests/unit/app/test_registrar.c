// SPDX-License-Identifier: Apache-2.0
/* Whose request files are made, and when. The hands are the test. */
#include "app/registrar.h"

#include <stdio.h>

#include "harness/scene.h"
#include "unit/app/played.h"

#define S RP_NS_PER_S

struct desk {
    struct rp_scene scene;
    struct rp_registrar registrar;
    struct played played;
    uint32_t job; /* the pod that watches a file */
};

static void make(struct desk *desk)
{
    static const struct rp_scene_pod job = {.name = "job", .protected_ = true, .working_set_mib = 10};
    static const struct rp_scene_pod other = {.name = "other", .working_set_mib = 10};
    *desk = (struct desk){0};
    rp_scene_make(&desk->scene);
    desk->job = rp_scene_pod(&desk->scene, &job);
    (void)rp_scene_pod(&desk->scene, &other);
    struct rp_contract *contract = &rp_scene_at(&desk->scene, desk->job)->contract;
    contract->trigger = RP_TRIGGER_FILE;
    (void)snprintf(contract->request_path, sizeof(contract->request_path), "/ckpt/REQUEST");
    played_make(&desk->played);
}

static void drop(struct desk *desk)
{
    played_drop(&desk->played);
    rp_scene_drop(&desk->scene);
}

/* Time passes; the job that was ordered then, answered with `error`, or kind NONE. */
static struct rp_job pass(struct desk *desk, rp_ns time, int error)
{
    struct rp_job job;
    desk->scene.arena->t_ns += time;
    rp_registrar_tend(&desk->registrar, desk->scene.arena, &desk->played.hands, true);
    struct rp_job_result result;
    if (played_answer(&desk->played, error, &job, &result)) {
        assert_true(rp_registrar_result(&desk->registrar, &result));
        assert_false(rp_registrar_result(&desk->registrar, &result));
    }
    return job;
}

static const char *complaint(struct desk *desk)
{
    static struct rp_complaint list[2];
    assert_int_equal(rp_registrar_complaints(&desk->registrar, list, 1, 1), 1); /* no room */
    const uint32_t n = rp_registrar_complaints(&desk->registrar, list, 0, 2);
    return n == 0 ? "" : list[0].text;
}

static void makes_the_file_at_once_and_looks_again(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk);
    const struct rp_job job = pass(&desk, S, 0);
    assert_int_equal(job.kind, RP_JOB_REQUEST);
    assert_int_equal(job.request.id, 0);
    assert_string_equal(job.target.path, "/ckpt/REQUEST");
    assert_int_equal(job.cgroup, rp_scene_slice(&desk.scene, desk.job)->id);
    assert_string_equal(job.path, rp_scene_slice(&desk.scene, desk.job)->path);
    assert_string_equal(complaint(&desk), "");
    assert_int_equal(pass(&desk, 30 * S, 0).kind, RP_JOB_NONE);
    assert_int_equal(pass(&desk, 30 * S, 0).kind, RP_JOB_REQUEST); /* its container may be another one by now */
    drop(&desk);
}

static void writes_nothing_where_nobody_may_ask(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk);
    struct rp_pod *pod = rp_scene_at(&desk.scene, desk.job);
    rp_registrar_tend(&desk.registrar, desk.scene.arena, &desk.played.hands, false); /* observing */
    assert_int_equal(rp_hands_busy(&desk.played.hands), 0);
    pod->protected_ = false;
    assert_int_equal(pass(&desk, S, 0).kind, RP_JOB_NONE);
    pod->protected_ = true;
    pod->sandboxed = true;
    assert_int_equal(pass(&desk, 2 * S, 0).kind, RP_JOB_NONE);
    pod->sandboxed = false;
    pod->contract.trigger = RP_TRIGGER_SIGNAL;
    assert_int_equal(pass(&desk, 2 * S, 0).kind, RP_JOB_NONE);
    pod->contract.trigger = RP_TRIGGER_FILE;
    assert_int_equal(pass(&desk, 2 * S, 0).kind, RP_JOB_REQUEST);
    drop(&desk);
}

static void failures_are_said_and_lost_hands_spared(void **state)
{
    static const struct {
        int error;
        const char *says;
    } rows[] = {
        {-ENOSPC, "No space left on device"},
        {-EEXIST, "holds something else"},
        {-EINVAL, "no regular file"},
        {-ENOENT, "directory is not there"},
        {-ESRCH, ""}, /* it is just starting, or ending */
        {-ETIMEDOUT, "does not answer"},
    };
    struct desk desk;
    (void)state;
    make(&desk);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        assert_int_equal(pass(&desk, 61 * S, rows[i].error).kind, RP_JOB_REQUEST);
        if (!strstr(complaint(&desk), rows[i].says) || (rows[i].says[0] && !strstr(complaint(&desk), "job")))
            fail_msg("%d: \"%s\"", rows[i].error, complaint(&desk));
    }
    assert_int_equal(pass(&desk, 500 * S, 0).kind, RP_JOB_NONE);
    assert_int_equal(pass(&desk, 101 * S, 0).kind, RP_JOB_REQUEST);
    assert_string_equal(complaint(&desk), "");
    /* Who does not watch a file any more leaves its place. */
    assert_int_equal(pass(&desk, 61 * S, -ENOSPC).kind, RP_JOB_REQUEST);
    rp_scene_at(&desk.scene, desk.job)->contract.trigger = RP_TRIGGER_NONE;
    assert_int_equal(pass(&desk, 61 * S, 0).kind, RP_JOB_NONE);
    assert_string_equal(complaint(&desk), "");
    drop(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_the_file_at_once_and_looks_again),
        cmocka_unit_test(writes_nothing_where_nobody_may_ask),
        cmocka_unit_test(failures_are_said_and_lost_hands_spared),
    };
    return RP_RUN(tests);
}
