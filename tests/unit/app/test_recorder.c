// SPDX-License-Identifier: Apache-2.0
/* When the guard has its recording written: seldom in calm, at once under pressure, and less and less while nobody can. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/recorder.h"
#include "harness/harness.h"

#define SECOND RP_NS_PER_S

struct stand {
    struct rp_arena *arena;
    struct rp_ring *ring;
    struct rp_hands hands;
    int far[2];
    struct rp_recorder recorder;
    struct rp_plan plan;
    uint64_t number;
};

static void set_up(struct stand *stand)
{
    static struct rp_policy policy;
    *stand = (struct stand){0};
    rp_policy_init(&policy);
    policy.cgroups_max = 16;
    policy.pods_max = 4;
    const size_t bytes = rp_arena_size(&policy), ring = rp_ring_size(16, 4);
    stand->arena = calloc(1, bytes);
    stand->ring = calloc(1, ring);
    assert_int_equal(rp_arena_init(stand->arena, bytes, &policy), 0);
    rp_ring_init(stand->ring, ring);
    rp_hands_init(&stand->hands, 2);
    for (uint32_t i = 0; i < 2; i++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        assert_int_equal(rp_hands_adopt(&stand->hands, i, pair[0]), 0);
        stand->far[i] = pair[1];
    }
    rp_recorder_start(&stand->recorder, stand->ring, stand->arena);
}

static void tear_down(struct stand *stand)
{
    rp_hands_deinit(&stand->hands);
    for (uint32_t i = 0; i < 2; i++)
        close(stand->far[i]);
    free(stand->arena);
    free(stand->ring);
}

static void sample(struct stand *stand, rp_ns now)
{
    const struct rp_sample seen = {.number = ++stand->number, .t_ns = now};
    rp_core_step(stand->arena, &seen, &stand->plan);
    rp_recorder_sample(&stand->recorder, stand->arena, &seen, &stand->plan);
}

/* Did a hand get the job? Then it answers with this. */
static bool ordered(struct stand *stand, rp_ns now, int32_t error, bool last)
{
    rp_recorder_order(&stand->recorder, stand->arena, &stand->hands, now, last);
    if (!stand->recorder.writing)
        return false;
    const struct rp_job_result result = {.kind = RP_JOB_RECORD, .error = error};
    stand->hands.hand[0].busy = false;
    if (error == 0)
        rp_ring_release(stand->ring, stand->ring->head);
    rp_recorder_done(&stand->recorder, &result, now);
    return true;
}

static void calm_and_pressure(void **state)
{
    struct stand stand;
    (void)state;
    set_up(&stand);
    assert_true(ordered(&stand, 100 * SECOND, 0, false));  /* START */
    assert_false(ordered(&stand, 101 * SECOND, 0, false)); /* nothing there */
    assert_true(rp_recorder_next(&stand.recorder) == RP_NS_FOREVER);
    sample(&stand, 102 * SECOND);
    assert_false(ordered(&stand, 102 * SECOND, 0, false));
    rp_expect_u64("calm", rp_recorder_next(&stand.recorder), 130 * SECOND);
    assert_true(ordered(&stand, 130 * SECOND, 0, false));
    sample(&stand, 132 * SECOND);
    stand.arena->ladder.phase = RP_PHASE_WATCH;
    assert_true(ordered(&stand, 132 * SECOND, 0, false)); /* and does not wait for the end of the half minute */
    sample(&stand, 132 * SECOND);
    stand.arena->ladder.phase = RP_PHASE_WATCH; /* the core has its own opinion with each sample */
    assert_false(ordered(&stand, 132 * SECOND + SECOND / 2, 0, false));
    assert_true(ordered(&stand, 133 * SECOND, 0, false));
    sample(&stand, 133 * SECOND);
    assert_true(ordered(&stand, 134 * SECOND, 0, false));
    sample(&stand, 135 * SECOND);
    assert_true(ordered(&stand, 135 * SECOND, 0, true)); /* the guard ends */
    tear_down(&stand);
}

static void a_full_ring_does_not_wait(void **state)
{
    struct stand stand;
    (void)state;
    set_up(&stand);
    assert_true(ordered(&stand, 100 * SECOND, 0, false));
    while (rp_ring_used(stand.ring) <= stand.ring->bytes / 2) {
        assert_false(ordered(&stand, 101 * SECOND, 0, false));
        sample(&stand, 101 * SECOND);
    }
    assert_true(ordered(&stand, 101 * SECOND, 0, false));
    tear_down(&stand);
}

static void who_cannot_write_tries_less_and_less(void **state)
{
    static const rp_ns waits_s[] = {10, 20, 40, 80, 160, 300, 300};
    struct stand stand;
    struct rp_agent agent = {0};
    (void)state;
    set_up(&stand);
    rp_ns now = 100 * SECOND;
    for (size_t i = 0; i < RP_ROWS(waits_s); i++) {
        assert_true(ordered(&stand, now, -EROFS, false));
        stand.arena->ladder.phase = RP_PHASE_ACT;
        assert_false(ordered(&stand, now + waits_s[i] * SECOND - 1, 0, false));
        now += waits_s[i] * SECOND;
    }
    assert_false(ordered(&stand, now - 1, 0, true)); /* an end is not delayed by it */
    rp_recorder_describe(&stand.recorder, &agent);
    assert_true(agent.recorder.on);
    rp_expect_i64("error", agent.recorder.error, -EROFS);
    for (uint32_t i = 0; agent.recorder.dropped == 0; i++) {
        assert_true(i < 100000);
        sample(&stand, now);
        rp_recorder_describe(&stand.recorder, &agent);
    }
    assert_true(ordered(&stand, now, 0, false));
    sample(&stand, now);
    rp_recorder_describe(&stand.recorder, &agent);
    rp_expect_i64("error", agent.recorder.error, 0);
    tear_down(&stand);
}

static void without_a_directory_nothing_is_recorded(void **state)
{
    struct stand stand;
    (void)state;
    set_up(&stand);
    rp_recorder_start(&stand.recorder, NULL, stand.arena);
    sample(&stand, 100 * SECOND);
    rp_recorder_policy(&stand.recorder, stand.arena, 100 * SECOND);
    assert_false(ordered(&stand, 200 * SECOND, 0, false));
    rp_recorder_describe(&stand.recorder, &stand.arena->agent);
    assert_false(stand.arena->agent.recorder.on);
    tear_down(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calm_and_pressure),
        cmocka_unit_test(a_full_ring_does_not_wait),
        cmocka_unit_test(who_cannot_write_tries_less_and_less),
        cmocka_unit_test(without_a_directory_nothing_is_recorded),
    };
    return RP_RUN(tests);
}
