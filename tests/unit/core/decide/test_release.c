// SPDX-License-Identifier: Apache-2.0
/* How a brake ends when it is neither calm nor over: its pod may not be touched any more, or a stronger step was taken. */
#include "core/decide/decide.h"
#include "harness/scene.h"

#define S RP_NS_PER_S

static const struct rp_scene_pod assembly = {"assembly", 800, true, 900, 0, 200};
static const struct rp_scene_pod filler = {"filler", 100, false, 500, 10, 2000};

struct frozen {
    struct rp_scene scene;
    uint32_t job, grower;
};

/* The grower is frozen, and the danger goes on. */
static void freeze(struct frozen *f)
{
    rp_scene_make(&f->scene);
    f->job = rp_scene_pod(&f->scene, &assembly);
    f->grower = rp_scene_pod(&f->scene, &filler);
    rp_scene_victim(&f->scene, f->job);
    rp_scene_forecast(&f->scene, 60, 10, 6);
    rp_scene_plan(&f->scene, S);
    assert_non_null(rp_scene_planned(&f->scene, f->grower, RP_ACTION_FREEZE));
    rp_scene_outcomes(&f->scene, RP_OUTCOME_DONE, RP_REASON_NONE);
}

static struct rp_pod *pod_of(struct frozen *f)
{
    return rp_scene_at(&f->scene, f->grower);
}

static void expect_thaw(struct frozen *f, enum rp_reason reason)
{
    rp_scene_plan(&f->scene, S);
    const struct rp_action *undo = rp_scene_planned(&f->scene, f->grower, RP_ACTION_FREEZE);
    assert_non_null(undo);
    assert_true(undo->undo);
    assert_int_equal(undo->reason, reason);
    rp_scene_drop(&f->scene);
}

/* SIGTERM does not reach a frozen process: a pod that is being deleted must run to end. */
static void test_terminating(void **state)
{
    (void)state;
    struct frozen f;
    freeze(&f);
    pod_of(&f)->terminating = true;
    expect_thaw(&f, RP_REASON_NOT_A_TARGET);
}

static void test_protected_now(void **state)
{
    (void)state;
    struct frozen f;
    freeze(&f);
    pod_of(&f)->protected_ = f.scene.protected_[f.grower] = true;
    expect_thaw(&f, RP_REASON_NOT_A_TARGET);
}

static void test_not_listed_any_more(void **state)
{
    (void)state;
    struct frozen f;
    freeze(&f);
    pod_of(&f)->has_facts = false;
    expect_thaw(&f, RP_REASON_NOT_A_TARGET);
}

static void test_floor_was_raised(void **state)
{
    (void)state;
    struct frozen f;
    freeze(&f);
    pod_of(&f)->contract.floor = RP_ACTION_SLOW;
    expect_thaw(&f, RP_REASON_NOT_A_TARGET);
}

static void test_kind_was_disabled(void **state)
{
    (void)state;
    struct frozen f;
    freeze(&f);
    f.scene.arena->policy.enabled &= ~(1u << RP_ACTION_FREEZE);
    expect_thaw(&f, RP_REASON_NOT_A_TARGET);
}

static void test_nothing_at_stake_any_more(void **state)
{
    (void)state;
    struct frozen f;
    freeze(&f);
    rp_scene_at(&f.scene, f.job)->protected_ = false;
    expect_thaw(&f, RP_REASON_NOTHING_AT_STAKE);
}

/* The kubelet starts the killed container anew inside the same slice: frozen, it could not even be created. */
static void test_killed_pod_is_thawed(void **state)
{
    (void)state;
    struct frozen f;
    freeze(&f);
    pod_of(&f)->killed_ns = f.scene.arena->t_ns;
    expect_thaw(&f, RP_REASON_SUPERSEDED);
}

/* A shield follows protection in both directions. */
static void test_shields_follow_protection(void **state)
{
    (void)state;
    struct rp_scene scene;
    rp_scene_make(&scene);
    uint32_t job = rp_scene_pod(&scene, &assembly), other = rp_scene_pod(&scene, &assembly);
    rp_scene_forecast(&scene, 60, 10, 6);
    rp_scene_plan(&scene, S);
    assert_non_null(rp_scene_planned(&scene, job, RP_ACTION_SHIELD));
    rp_scene_outcomes(&scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    rp_scene_at(&scene, job)->protected_ = false;
    rp_scene_plan(&scene, S);
    const struct rp_action *undo = rp_scene_planned(&scene, job, RP_ACTION_SHIELD);
    assert_true(undo && undo->undo);
    assert_null(rp_scene_planned(&scene, other, RP_ACTION_SHIELD));
    rp_scene_drop(&scene);
}

/* An undoing that has been asked for is not asked for again with every tick; it is if nothing came of it. */
static void test_undo_is_asked_once(void **state)
{
    (void)state;
    struct frozen f;
    freeze(&f);
    pod_of(&f)->terminating = true;
    uint32_t asked = 0;
    for (int i = 0; i < 30; i++) {
        rp_scene_plan(&f.scene, 100 * RP_NS_PER_MS);
        asked += rp_scene_planned(&f.scene, f.grower, RP_ACTION_FREEZE) != NULL;
    }
    assert_in_range(asked, 2, 3);
    rp_scene_drop(&f.scene);
}

/* ---- how long it stays undone */

static int seconds_until_frozen(struct frozen *f, int limit)
{
    for (int i = 1; i <= limit; i++) {
        rp_scene_plan(&f->scene, S);
        const struct rp_action *action = rp_scene_planned(&f->scene, f->grower, RP_ACTION_FREEZE);
        if (action && !action->undo)
            return i;
        rp_scene_outcomes(&f->scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    }
    return limit + 1;
}

static void thaw(struct frozen *f, rp_ns after_ns, enum rp_reason reason)
{
    rp_scene_plan(&f->scene, after_ns);
    const struct rp_brake *brake = rp_brake_find(pod_of(f), RP_ACTION_FREEZE);
    const struct rp_action undo = {.id = brake->action_id,
                                   .cgroup = rp_scene_slice(&f->scene, f->grower)->id,
                                   .pod = f->grower,
                                   .kind = RP_ACTION_FREEZE,
                                   .undo = true};
    rp_scene_outcome(&f->scene, &undo, RP_OUTCOME_UNDONE, reason);
}

/* "The longest freeze" would mean nothing if the next one began at once. */
static void test_rests_after_expiry(void **state)
{
    (void)state;
    struct frozen f;
    freeze(&f);
    thaw(&f, 40 * S, RP_REASON_EXPIRED);
    assert_in_range(seconds_until_frozen(&f, 100), 40, 42);
    rp_scene_drop(&f.scene);
}

/* E11: a probe must have the time to succeed between two freezes, or they add up to one that is too long. */
static void test_rests_for_the_liveness_probe(void **state)
{
    (void)state;
    struct frozen f;
    freeze(&f);
    pod_of(&f)->liveness_window_ns = 30 * S;
    rp_ns thawed_ns = f.scene.arena->t_ns + 5 * S;
    thaw(&f, 5 * S, RP_REASON_CALM);
    rp_expect_u64("thawed", pod_of(&f)->thawed_ns, thawed_ns);
    assert_in_range(seconds_until_frozen(&f, 100), 15, 16);
    rp_scene_drop(&f.scene);
}

/* Without a probe a freeze that was lifted as a probe of ours is taken back at once. */
static void test_does_not_rest_without_a_reason(void **state)
{
    (void)state;
    struct frozen f;
    freeze(&f);
    thaw(&f, 5 * S, RP_REASON_CALM);
    assert_int_equal(seconds_until_frozen(&f, 100), 1);
    rp_scene_drop(&f.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminating),
        cmocka_unit_test(test_protected_now),
        cmocka_unit_test(test_not_listed_any_more),
        cmocka_unit_test(test_floor_was_raised),
        cmocka_unit_test(test_kind_was_disabled),
        cmocka_unit_test(test_nothing_at_stake_any_more),
        cmocka_unit_test(test_killed_pod_is_thawed),
        cmocka_unit_test(test_shields_follow_protection),
        cmocka_unit_test(test_undo_is_asked_once),
        cmocka_unit_test(test_rests_after_expiry),
        cmocka_unit_test(test_rests_for_the_liveness_probe),
        cmocka_unit_test(test_does_not_rest_without_a_reason),
    };
    return RP_RUN(tests);
}
