// SPDX-License-Identifier: Apache-2.0
/* The ladder: the weakest sufficient step, on the right pod, and nothing without evidence. */
#include "core/decide/decide.h"
#include "harness/scene.h"

#define S RP_NS_PER_S

static const struct rp_scene_pod assembly = {"assembly", 800, true, 900, 0, 200};
static const struct rp_scene_pod filler = {"filler", 100, false, 500, 10, 2000};
static const struct rp_scene_pod idle = {"idle", 50, false, 300, 0, 100};

/* A scene in which something is at stake. */
static void make_guarded(struct rp_scene *scene)
{
    rp_scene_make(scene);
    (void)rp_scene_pod(scene, &assembly);
}

static void test_calm_does_nothing(void **state)
{
    (void)state;
    struct rp_scene scene;
    rp_scene_make(&scene);
    (void)rp_scene_pod(&scene, &assembly);
    (void)rp_scene_pod(&scene, &filler);
    rp_scene_plan(&scene, S);
    assert_int_equal(scene.plan.actions_n, 0);
    assert_int_equal(scene.arena->ladder.phase, RP_PHASE_CALM);
    rp_scene_drop(&scene);
}

static void test_abstaining_starts_nothing(void **state)
{
    (void)state;
    struct rp_scene scene;
    make_guarded(&scene);
    (void)rp_scene_pod(&scene, &filler);
    rp_scene_forecast(&scene, 50, 10, 5);
    scene.arena->forecasts[RP_DANGER_KUBELET_MEMORY].state = RP_FORECAST_ABSTAIN;
    rp_scene_plan(&scene, S);
    assert_int_equal(scene.plan.actions_n, 0);
    rp_scene_drop(&scene);
}

/* With time to see whether it works, the grower is slowed; when that fails by its deadline, it is frozen. */
static void test_slow_then_freeze(void **state)
{
    (void)state;
    struct rp_scene scene;
    rp_scene_make(&scene);
    uint32_t victim = rp_scene_pod(&scene, &assembly), grower = rp_scene_pod(&scene, &filler);
    uint32_t still = rp_scene_pod(&scene, &idle);
    rp_scene_victim(&scene, victim);
    rp_scene_forecast(&scene, 400, 10, 40);
    rp_scene_plan(&scene, S);
    assert_int_equal(scene.arena->ladder.phase, RP_PHASE_ACT);
    assert_non_null(rp_scene_planned(&scene, grower, RP_ACTION_SLOW));
    assert_null(rp_scene_planned(&scene, grower, RP_ACTION_FREEZE));
    assert_null(rp_scene_planned(&scene, still, RP_ACTION_SLOW));
    assert_null(rp_scene_planned(&scene, victim, RP_ACTION_SLOW));
    rp_scene_outcomes(&scene, RP_OUTCOME_DONE, RP_REASON_NONE);

    rp_scene_plan(&scene, S); /* before the deadline: wait and see */
    assert_null(rp_scene_planned(&scene, grower, RP_ACTION_FREEZE));
    rp_scene_plan(&scene, 3 * S);
    const struct rp_action *freeze = rp_scene_planned(&scene, grower, RP_ACTION_FREEZE);
    assert_non_null(freeze);
    assert_int_equal(freeze->reason, RP_REASON_STEP_TOO_WEAK);
    rp_scene_drop(&scene);
}

static void test_hurry_freezes_at_once(void **state)
{
    (void)state;
    struct rp_scene scene;
    make_guarded(&scene);
    uint32_t grower = rp_scene_pod(&scene, &filler);
    rp_scene_forecast(&scene, 60, 10, 6);
    rp_scene_plan(&scene, S);
    assert_non_null(rp_scene_planned(&scene, grower, RP_ACTION_FREEZE));
    rp_scene_drop(&scene);
}

static void test_floor_and_configuration_bound_the_step(void **state)
{
    (void)state;
    struct rp_scene scene;
    make_guarded(&scene);
    uint32_t grower = rp_scene_pod(&scene, &filler);
    rp_scene_at(&scene, grower)->contract.floor = RP_ACTION_SLOW;
    rp_scene_forecast(&scene, 60, 10, 6);
    rp_scene_plan(&scene, S);
    assert_null(rp_scene_planned(&scene, grower, RP_ACTION_FREEZE));
    assert_non_null(rp_scene_planned(&scene, grower, RP_ACTION_SLOW));

    scene.arena->policy.enabled &= ~(1u << RP_ACTION_SLOW);
    rp_scene_plan(&scene, S);
    assert_null(rp_scene_planned(&scene, grower, RP_ACTION_SLOW));
    rp_scene_drop(&scene);
}

/* E11: half of the shortest liveness window is the longest freeze; too short a window means none. */
static void test_liveness_bounds_the_freeze(void **state)
{
    (void)state;
    struct rp_scene scene;
    make_guarded(&scene);
    uint32_t grower = rp_scene_pod(&scene, &filler);
    rp_scene_at(&scene, grower)->liveness_window_ns = 30 * S;
    rp_scene_forecast(&scene, 60, 10, 6);
    rp_scene_plan(&scene, S);
    const struct rp_action *freeze = rp_scene_planned(&scene, grower, RP_ACTION_FREEZE);
    assert_non_null(freeze);
    assert_true(freeze->expires_ns - scene.arena->t_ns <= 15 * S);

    rp_scene_at(&scene, grower)->liveness_window_ns = 3 * S;
    rp_scene_plan(&scene, S);
    assert_null(rp_scene_planned(&scene, grower, RP_ACTION_FREEZE));
    rp_scene_drop(&scene);
}

static void test_lowest_value_goes_first(void **state)
{
    (void)state;
    struct rp_scene scene;
    make_guarded(&scene);
    struct rp_scene_pod dear = {"dear", 400, false, 500, 10, 100}, cheap = {"cheap", 10, false, 500, 10, 100};
    uint32_t dear_pod = rp_scene_pod(&scene, &dear), cheap_pod = rp_scene_pod(&scene, &cheap);
    rp_scene_forecast(&scene, 1400, 20, 50); /* nine of the twenty MiB/s have to stop: one pod is enough */
    rp_scene_plan(&scene, S);
    assert_non_null(rp_scene_planned(&scene, cheap_pod, RP_ACTION_SLOW));
    assert_null(rp_scene_planned(&scene, dear_pod, RP_ACTION_SLOW));
    rp_scene_drop(&scene);
}

/* A kill only where it changes the outcome: crossed, and the kubelet would take a protected pod. */
static void test_kill_only_for_a_protected_victim(void **state)
{
    (void)state;
    struct rp_scene scene;
    rp_scene_make(&scene);
    uint32_t victim = rp_scene_pod(&scene, &assembly), still = rp_scene_pod(&scene, &idle);
    rp_scene_victim(&scene, still); /* the kubelet takes the expendable pod by itself */
    rp_scene_forecast(&scene, -20, 0, 0);
    rp_scene_plan(&scene, S);
    assert_null(rp_scene_planned(&scene, still, RP_ACTION_KILL));

    rp_scene_victim(&scene, victim);
    rp_scene_plan(&scene, S);
    const struct rp_action *kill = rp_scene_planned(&scene, still, RP_ACTION_KILL);
    assert_non_null(kill);
    assert_true(kill->cgroup != rp_scene_slice(&scene, still)->id); /* the container, not the slice */
    assert_int_equal(kill->reason, RP_REASON_EVICTION_DUE);

    /* E3: nobody else while its memory is on the way back */
    rp_scene_outcomes(&scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    (void)rp_scene_pod(&scene, &(struct rp_scene_pod){"other", 10, false, 400, 0, 100});
    rp_scene_plan(&scene, S);
    for (uint32_t i = 0; i < scene.plan.actions_n; i++)
        assert_int_not_equal(scene.plan.actions[i].kind, RP_ACTION_KILL);
    rp_scene_drop(&scene);
}

static void test_smallest_sufficient_victim(void **state)
{
    (void)state;
    struct rp_scene scene;
    rp_scene_make(&scene);
    uint32_t victim = rp_scene_pod(&scene, &assembly);
    uint32_t big = rp_scene_pod(&scene, &(struct rp_scene_pod){"big", 50, false, 900, 0, 100});
    uint32_t fits = rp_scene_pod(&scene, &(struct rp_scene_pod){"fits", 50, false, 200, 0, 100});
    uint32_t tiny = rp_scene_pod(&scene, &(struct rp_scene_pod){"tiny", 50, false, 5, 0, 100});
    rp_scene_victim(&scene, victim);
    rp_scene_forecast(&scene, -20, 0, 0);
    rp_scene_plan(&scene, S);
    assert_non_null(rp_scene_planned(&scene, fits, RP_ACTION_KILL));
    assert_null(rp_scene_planned(&scene, big, RP_ACTION_KILL));
    assert_null(rp_scene_planned(&scene, tiny, RP_ACTION_KILL));
    rp_scene_drop(&scene);
}

/* Plan second by second; returns after how many the freeze of that pod is lifted, or `limit`. */
static int seconds_until_thaw(struct rp_scene *scene, uint32_t pod, int limit)
{
    for (int i = 1; i < limit; i++) {
        rp_scene_plan(scene, S);
        const struct rp_action *undo = rp_scene_planned(scene, pod, RP_ACTION_FREEZE);
        if (undo && undo->undo)
            return i;
        rp_scene_outcomes(scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    }
    return limit;
}

static void freeze_grower(struct rp_scene *scene, uint32_t *grower)
{
    make_guarded(scene);
    *grower = rp_scene_pod(scene, &filler);
    rp_scene_forecast(scene, 60, 10, 6);
    rp_scene_plan(scene, S);
    assert_non_null(rp_scene_planned(scene, *grower, RP_ACTION_FREEZE));
    rp_scene_outcomes(scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    rp_scene_at(scene, *grower)->growth_bytes_per_s = 0;
}

/* A braked node looks calm because of the brake: with ample room it is lifted after the hold of 30 s ... */
static void test_release_with_room(void **state)
{
    (void)state;
    struct rp_scene scene;
    uint32_t grower;
    freeze_grower(&scene, &grower);
    rp_scene_forecast(&scene, 3000, 0, -1);
    int after = seconds_until_thaw(&scene, grower, 200);
    assert_in_range(after, 30, 40);
    rp_scene_drop(&scene);
}

/* ... with little room as a probe, which is taken back when the pod grows again; not where the probe itself would cross. */
static void test_release_as_a_probe(void **state)
{
    (void)state;
    struct rp_scene scene;
    uint32_t grower;
    freeze_grower(&scene, &grower);
    scene.arena->policy.freeze_max_ns = 3600 * S;
    rp_brake_find(rp_scene_at(&scene, grower), RP_ACTION_FREEZE)->expires_ns = RP_NS_FOREVER;
    rp_scene_forecast(&scene, 100, 0, -1);
    assert_in_range(seconds_until_thaw(&scene, grower, 200), 30, 40);
    rp_scene_outcomes(&scene, RP_OUTCOME_DONE, RP_REASON_CALM);
    rp_scene_plan(&scene, S); /* it keeps still: nothing happens */
    assert_null(rp_scene_planned(&scene, grower, RP_ACTION_FREEZE));
    rp_scene_at(&scene, grower)->growth_bytes_per_s = 9 * RP_MIB;
    rp_scene_plan(&scene, S);
    const struct rp_action *again = rp_scene_planned(&scene, grower, RP_ACTION_FREEZE);
    assert_non_null(again);
    assert_false(again->undo);
    rp_scene_outcomes(&scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    rp_scene_at(&scene, grower)->growth_bytes_per_s = 0;
    assert_in_range(seconds_until_thaw(&scene, grower, 200), 60, 70); /* twice as long */
    rp_scene_drop(&scene);

    freeze_grower(&scene, &grower);
    rp_brake_find(rp_scene_at(&scene, grower), RP_ACTION_FREEZE)->expires_ns = RP_NS_FOREVER;
    rp_scene_forecast(&scene, 50, 0, -1);
    assert_int_equal(seconds_until_thaw(&scene, grower, 400), 400);
    rp_scene_drop(&scene);
}

static void test_expiry_always_lifts(void **state)
{
    (void)state;
    struct rp_scene scene;
    make_guarded(&scene);
    uint32_t grower = rp_scene_pod(&scene, &filler);
    rp_scene_forecast(&scene, 60, 10, 6);
    rp_scene_plan(&scene, S);
    rp_scene_outcomes(&scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    rp_scene_plan(&scene, scene.arena->policy.freeze_max_ns);
    const struct rp_action *undo = rp_scene_planned(&scene, grower, RP_ACTION_FREEZE);
    assert_non_null(undo);
    assert_true(undo->undo);
    assert_int_equal(undo->reason, RP_REASON_EXPIRED);
    rp_scene_drop(&scene);
}

/* What the kernel or the gate refused is not tried again at once. */
static void test_refusal_pauses(void **state)
{
    (void)state;
    struct rp_scene scene;
    make_guarded(&scene);
    uint32_t grower = rp_scene_pod(&scene, &filler);
    rp_scene_forecast(&scene, 60, 10, 6);
    rp_scene_plan(&scene, S);
    assert_non_null(rp_scene_planned(&scene, grower, RP_ACTION_FREEZE));
    rp_scene_outcomes(&scene, RP_OUTCOME_REFUSED, RP_REASON_E4_UNDO_FULL);
    rp_scene_plan(&scene, S);
    assert_null(rp_scene_planned(&scene, grower, RP_ACTION_FREEZE));
    rp_scene_plan(&scene, 6 * S);
    assert_non_null(rp_scene_planned(&scene, grower, RP_ACTION_FREEZE));
    rp_scene_drop(&scene);
}

static void declare_checkpoint(struct rp_pod *pod)
{
    pod->contract.trigger = RP_TRIGGER_SIGNAL;
    pod->contract.signal = 10;
    pod->contract.duration_ns = 20 * S;
    pod->contract.timeout_ns = 60 * S;
    pod->contract.min_interval_ns = 300 * S;
}

static void test_checkpoint_in_time_and_learned(void **state)
{
    (void)state;
    struct rp_scene scene;
    rp_scene_make(&scene);
    uint32_t job = rp_scene_pod(&scene, &assembly);
    declare_checkpoint(rp_scene_at(&scene, job));
    rp_scene_victim(&scene, job);
    rp_scene_forecast(&scene, 2000, 10, 200);
    rp_scene_plan(&scene, S);
    assert_null(rp_scene_planned(&scene, job, RP_ACTION_CHECKPOINT)); /* 200 s are plenty for 20 s and a margin */
    rp_scene_forecast(&scene, 300, 10, 25);
    rp_scene_plan(&scene, S);
    const struct rp_action *asked = rp_scene_planned(&scene, job, RP_ACTION_CHECKPOINT);
    assert_non_null(asked);
    assert_int_equal(asked->value, 10);
    assert_int_equal(asked->reason, RP_REASON_CHECKPOINT_TIME);
    /* To be written by the crossing less the margin, which is nearer than the timeout. */
    const rp_ns left = 25 * S - S - scene.arena->policy.checkpoint_margin_ns;
    assert_true(asked->expires_ns >= scene.arena->t_ns + left && asked->expires_ns <= scene.arena->t_ns + left + S);
    rp_scene_outcomes(&scene, RP_OUTCOME_PENDING, RP_REASON_NONE);
    rp_scene_plan(&scene, 2 * S);
    assert_null(rp_scene_planned(&scene, job, RP_ACTION_CHECKPOINT));

    struct rp_outcome ack = {
        .action = {.id = rp_scene_at(&scene, job)->checkpoint.action_id, .pod = job, .kind = RP_ACTION_CHECKPOINT},
        .t_ns = scene.arena->t_ns,
        .state = RP_OUTCOME_ACKED};
    struct rp_sample sample = {.t_ns = scene.arena->t_ns, .outcomes = &ack, .outcomes_n = 1};
    rp_decide_outcomes(scene.arena, &sample);
    const struct rp_checkpoint *checkpoint = &rp_scene_at(&scene, job)->checkpoint;
    assert_int_equal(checkpoint->state, RP_CHECKPOINT_ACKED);
    assert_int_equal(checkpoint->durations_n, 1);
    rp_expect_u64("measured", checkpoint->durations_ns[0], 2 * S);
    rp_scene_drop(&scene);
}

/* Asked all the same, but told that it may not be enough. */
static void test_checkpoint_that_comes_late(void **state)
{
    static const struct {
        int64_t median_s;
        rp_ns left_ns;
    } rows[] = {{15, 5 * S}, {5, 0}, {0, 0}};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_scene scene;
        rp_scene_make(&scene);
        uint32_t job = rp_scene_pod(&scene, &assembly);
        declare_checkpoint(rp_scene_at(&scene, job)); /* takes 20 s */
        rp_scene_victim(&scene, job);
        rp_scene_forecast(&scene, rows[i].median_s ? 100 : -10, 10, rows[i].median_s);
        rp_scene_plan(&scene, 0);
        const struct rp_action *asked = rp_scene_planned(&scene, job, RP_ACTION_CHECKPOINT);
        assert_non_null(asked);
        assert_int_equal(asked->reason, RP_REASON_CHECKPOINT_LATE);
        rp_expect_u64("left", asked->expires_ns - scene.arena->t_ns, rows[i].left_ns);
        rp_scene_drop(&scene);
    }
}

/* Nothing brakes a pod that is writing its checkpoint. */
static void test_checkpointing_pod_is_left_in_peace(void **state)
{
    (void)state;
    struct rp_scene scene;
    make_guarded(&scene);
    uint32_t grower = rp_scene_pod(&scene, &filler);
    rp_scene_at(&scene, grower)->checkpoint.state = RP_CHECKPOINT_REQUESTED;
    rp_scene_at(&scene, grower)->checkpoint.deadline_ns = RP_NS_FOREVER;
    rp_scene_forecast(&scene, 60, 10, 6);
    rp_scene_plan(&scene, S);
    assert_null(rp_scene_planned(&scene, grower, RP_ACTION_FREEZE));
    assert_null(rp_scene_planned(&scene, grower, RP_ACTION_SLOW));
    rp_scene_drop(&scene);
}

static void test_held_only_undoes(void **state)
{
    (void)state;
    struct rp_scene scene;
    make_guarded(&scene);
    (void)rp_scene_pod(&scene, &filler);
    scene.arena->ladder.held = true;
    rp_scene_forecast(&scene, 60, 10, 6);
    rp_scene_plan(&scene, S);
    assert_int_equal(scene.plan.actions_n, 0);
    rp_scene_drop(&scene);
}

static void test_ledger_measures_what_was_bought(void **state)
{
    (void)state;
    struct rp_scene scene;
    make_guarded(&scene);
    uint32_t grower = rp_scene_pod(&scene, &filler);
    rp_scene_forecast(&scene, 60, 10, 6);
    rp_scene_plan(&scene, S);
    scene.plan.actions_n = rp_scene_planned(&scene, grower, RP_ACTION_FREEZE) ? scene.plan.actions_n : 0;
    rp_scene_outcomes(&scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    rp_scene_forecast(&scene, 55, 1, 55);
    rp_scene_plan(&scene, 4 * S);
    bool found = false;
    for (uint64_t i = 0; i < scene.arena->ledger_n; i++) {
        const struct rp_ledger *line = &scene.arena->ledger[i];
        if (line->action.kind != RP_ACTION_FREEZE)
            continue;
        found = true;
        assert_true(line->measured);
        rp_expect_u64("bought", line->bought_ns, (55 - (6 - 4)) * S);
    }
    assert_true(found);
    rp_scene_drop(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calm_does_nothing),
        cmocka_unit_test(test_abstaining_starts_nothing),
        cmocka_unit_test(test_slow_then_freeze),
        cmocka_unit_test(test_hurry_freezes_at_once),
        cmocka_unit_test(test_floor_and_configuration_bound_the_step),
        cmocka_unit_test(test_liveness_bounds_the_freeze),
        cmocka_unit_test(test_lowest_value_goes_first),
        cmocka_unit_test(test_kill_only_for_a_protected_victim),
        cmocka_unit_test(test_smallest_sufficient_victim),
        cmocka_unit_test(test_release_with_room),
        cmocka_unit_test(test_release_as_a_probe),
        cmocka_unit_test(test_expiry_always_lifts),
        cmocka_unit_test(test_refusal_pauses),
        cmocka_unit_test(test_checkpoint_that_comes_late),
        cmocka_unit_test(test_checkpoint_in_time_and_learned),
        cmocka_unit_test(test_checkpointing_pod_is_left_in_peace),
        cmocka_unit_test(test_held_only_undoes),
        cmocka_unit_test(test_ledger_measures_what_was_bought),
    };
    return RP_RUN(tests);
}
