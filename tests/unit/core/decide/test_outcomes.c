// SPDX-License-Identifier: Apache-2.0
/* What came of actions: victims, checkpoints, and what observe mode only imagined. */
#include "core/decide/decide.h"
#include "harness/scene.h"

#define S RP_NS_PER_S

static const struct rp_scene_pod assembly = {"assembly", 800, true, 900, 0, 200};
static const struct rp_scene_pod idle = {"idle", 50, false, 300, 0, 100};
static const struct rp_scene_pod other = {"other", 60, false, 300, 0, 100};

struct stage {
    struct rp_scene scene;
    uint32_t job, first, second;
};

static void make(struct stage *t)
{
    rp_scene_make(&t->scene);
    t->job = rp_scene_pod(&t->scene, &assembly);
    t->first = rp_scene_pod(&t->scene, &idle);
    t->second = rp_scene_pod(&t->scene, &other);
    rp_scene_victim(&t->scene, t->job);
    rp_scene_forecast(&t->scene, -20, 0, 0);
    struct rp_pod *job = rp_scene_at(&t->scene, t->job);
    job->contract.trigger = RP_TRIGGER_SIGNAL;
    job->contract.signal = 10;
    job->contract.ack = RP_ACK_FILE;
    job->contract.duration_ns = 20 * S;
    job->contract.timeout_ns = 60 * S;
    job->contract.min_interval_ns = 300 * S;
}

/* The one action of that kind on anybody in the plan. */
static struct rp_action planned(const struct stage *t, enum rp_action_kind kind)
{
    struct rp_action found = {.kind = RP_ACTION_NONE};
    for (uint32_t i = 0; i < t->scene.plan.actions_n; i++) {
        if (t->scene.plan.actions[i].kind != kind)
            continue;
        assert_int_equal(found.kind, RP_ACTION_NONE);
        found = t->scene.plan.actions[i];
    }
    return found;
}

static struct rp_action plan_one(struct stage *t, enum rp_action_kind kind)
{
    rp_scene_plan(&t->scene, S);
    const struct rp_action action = planned(t, kind);
    assert_int_equal(action.kind, kind);
    return action;
}

static uint32_t victims(const struct stage *t)
{
    uint32_t n = 0;
    for (size_t i = 0; i < 8; i++)
        n += t->scene.arena->ladder.victims_ns[i] != 0;
    return n;
}

/* Before 5.14 a kill is a hand's work for seconds. It is a victim from its beginning on, and one. */
static void test_pending_kill_is_a_victim(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const struct rp_action kill = plan_one(&t, RP_ACTION_KILL);
    rp_scene_outcome(&t.scene, &kill, RP_OUTCOME_PENDING, RP_REASON_NONE);
    rp_scene_plan(&t.scene, S);
    assert_int_equal(planned(&t, RP_ACTION_KILL).kind, RP_ACTION_NONE);
    assert_int_equal(victims(&t), 1);
    rp_scene_outcome(&t.scene, &kill, RP_OUTCOME_DONE, RP_REASON_NONE);
    assert_int_equal(victims(&t), 1);
    assert_int_equal(rp_scene_at(&t.scene, t.first)->kills, 1);
    rp_scene_drop(&t.scene);
}

static void test_failed_kill_is_no_victim(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const struct rp_action kill = plan_one(&t, RP_ACTION_KILL);
    rp_scene_outcome(&t.scene, &kill, RP_OUTCOME_PENDING, RP_REASON_NONE);
    rp_scene_outcome(&t.scene, &kill, RP_OUTCOME_FAILED, RP_REASON_FAILED);
    assert_int_equal(victims(&t), 0);
    assert_int_equal(rp_scene_at(&t.scene, t.first)->kills, 0);
    const struct rp_action next = plan_one(&t, RP_ACTION_KILL);
    assert_int_equal(next.pod, t.second);
    rp_scene_drop(&t.scene);
}

/* The pod is gone before its change can be undone; the log must still say whose it was. */
static void test_what_outlives_its_pod_is_named(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const struct rp_action kill = plan_one(&t, RP_ACTION_KILL);
    rp_scene_outcome(&t.scene, &kill, RP_OUTCOME_DONE, RP_REASON_NONE);
    rp_scene_at(&t.scene, t.first)->live = false;
    rp_scene_outcome(&t.scene, &kill, RP_OUTCOME_LEFT, RP_REASON_CGROUP_GONE);
    const struct rp_arena *arena = t.scene.arena;
    const struct rp_log_entry *last = &arena->log[(arena->log_n - 1) % RP_LOG_MAX];
    assert_int_equal(last->kind, RP_LOG_ACTION);
    assert_string_equal(last->pod, "idle");
    rp_scene_drop(&t.scene);
}

/* ---- checkpoints */

static const struct rp_checkpoint *checkpoint_of(struct stage *t)
{
    return &rp_scene_at(&t->scene, t->job)->checkpoint;
}

/* The actor and the planner both watch the deadline; that is one failure. */
static void test_one_timeout_is_one_failure(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const struct rp_action asked = plan_one(&t, RP_ACTION_CHECKPOINT);
    rp_scene_outcome(&t.scene, &asked, RP_OUTCOME_PENDING, RP_REASON_NONE);
    rp_scene_outcome(&t.scene, &asked, RP_OUTCOME_DONE, RP_REASON_NONE);
    rp_scene_plan(&t.scene, 61 * S);
    rp_scene_outcome(&t.scene, &asked, RP_OUTCOME_TIMED_OUT, RP_REASON_NONE);
    assert_int_equal(checkpoint_of(&t)->state, RP_CHECKPOINT_TIMED_OUT);
    assert_int_equal(checkpoint_of(&t)->failures, 1);
    rp_scene_drop(&t.scene);
}

/* Also while an operator holds the guard, and after requests were disabled. */
static void test_requests_end_in_every_mode(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const struct rp_action asked = plan_one(&t, RP_ACTION_CHECKPOINT);
    rp_scene_outcome(&t.scene, &asked, RP_OUTCOME_DONE, RP_REASON_NONE);
    t.scene.arena->ladder.held = true;
    t.scene.arena->policy.enabled &= ~(1u << RP_ACTION_CHECKPOINT);
    rp_scene_plan(&t.scene, 61 * S);
    assert_int_equal(checkpoint_of(&t)->state, RP_CHECKPOINT_TIMED_OUT);
    rp_scene_drop(&t.scene);
}

/* The interval between requests protects the workload from requests; where none was sent, there is nothing to wait for. */
static void test_unsent_request_is_tried_again_soon(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const struct rp_action asked = plan_one(&t, RP_ACTION_CHECKPOINT);
    rp_scene_outcome(&t.scene, &asked, RP_OUTCOME_PENDING, RP_REASON_NONE);
    rp_scene_outcome(&t.scene, &asked, RP_OUTCOME_FAILED, RP_REASON_FAILED);
    rp_scene_plan(&t.scene, S);
    assert_int_equal(planned(&t, RP_ACTION_CHECKPOINT).kind, RP_ACTION_NONE);
    rp_scene_plan(&t.scene, 9 * S);
    const struct rp_action again = planned(&t, RP_ACTION_CHECKPOINT);
    assert_int_equal(again.kind, RP_ACTION_CHECKPOINT);

    rp_scene_outcome(&t.scene, &again, RP_OUTCOME_DONE, RP_REASON_NONE); /* sent, and then it failed */
    rp_scene_outcome(&t.scene, &again, RP_OUTCOME_FAILED, RP_REASON_FAILED);
    rp_scene_plan(&t.scene, 200 * S);
    assert_int_equal(planned(&t, RP_ACTION_CHECKPOINT).kind, RP_ACTION_NONE);
    rp_scene_plan(&t.scene, 100 * S);
    assert_int_equal(planned(&t, RP_ACTION_CHECKPOINT).kind, RP_ACTION_CHECKPOINT);
    rp_scene_drop(&t.scene);
}

/* A pod that dies while it writes takes its turn with it. */
static void test_a_dead_pod_holds_no_turn(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const uint32_t second = rp_scene_pod(&t.scene, &assembly);
    rp_scene_at(&t.scene, second)->contract = rp_scene_at(&t.scene, t.job)->contract;
    const struct rp_action asked = plan_one(&t, RP_ACTION_CHECKPOINT);
    assert_int_equal(asked.pod, t.job);
    rp_scene_outcome(&t.scene, &asked, RP_OUTCOME_DONE, RP_REASON_NONE);
    rp_scene_victim(&t.scene, second);
    rp_scene_plan(&t.scene, S);
    assert_int_equal(planned(&t, RP_ACTION_CHECKPOINT).kind, RP_ACTION_NONE); /* E9: one at a time */
    const struct rp_cgroup_death death = {.id = rp_scene_slice(&t.scene, t.job)->id, .t_ns = t.scene.arena->t_ns};
    const struct rp_sample sample = {.number = 100, .t_ns = t.scene.arena->t_ns, .deaths = &death, .deaths_n = 1};
    rp_model_step(t.scene.arena, &sample);
    rp_scene_at(&t.scene, second)->protected_ = true;
    rp_scene_plan(&t.scene, S);
    assert_int_equal(planned(&t, RP_ACTION_CHECKPOINT).pod, second);
    rp_scene_drop(&t.scene);
}

/* Without evidence nothing can time out: after the declared duration the others have their turn. */
static void test_without_evidence_the_duration_counts(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    rp_scene_at(&t.scene, t.job)->contract.ack = RP_ACK_NONE;
    const struct rp_action asked = plan_one(&t, RP_ACTION_CHECKPOINT);
    rp_expect_u64("deadline", asked.deadline_ns, t.scene.arena->t_ns + 20 * S);
    rp_scene_outcome(&t.scene, &asked, RP_OUTCOME_DONE, RP_REASON_NONE);
    rp_scene_plan(&t.scene, 19 * S);
    assert_int_equal(checkpoint_of(&t)->state, RP_CHECKPOINT_REQUESTED);
    rp_scene_plan(&t.scene, S);
    assert_int_equal(checkpoint_of(&t)->state, RP_CHECKPOINT_IDLE);
    assert_int_equal(checkpoint_of(&t)->failures, 0);
    rp_scene_drop(&t.scene);
}

/* A hand's clock is read after the sample's: what it did must not lie in the future, where differences wrap around. */
static void test_nothing_happens_in_the_future(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const struct rp_action asked = plan_one(&t, RP_ACTION_CHECKPOINT);
    const struct rp_outcome ahead = {.action = asked, .t_ns = t.scene.arena->t_ns + 5, .state = RP_OUTCOME_FAILED};
    const struct rp_sample sample = {.t_ns = t.scene.arena->t_ns, .outcomes = &ahead, .outcomes_n = 1};
    rp_decide_outcomes(t.scene.arena, &sample);
    rp_scene_plan(&t.scene, 0);
    assert_int_equal(planned(&t, RP_ACTION_CHECKPOINT).kind, RP_ACTION_NONE);
    rp_scene_drop(&t.scene);
}

/* ---- observe, then enforce */

static void test_imagined_things_do_not_count_in_enforce(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    t.scene.arena->policy.mode = RP_MODE_OBSERVE;
    rp_scene_at(&t.scene, t.first)->growth_bytes_per_s = 10 * RP_MIB;
    rp_scene_forecast(&t.scene, -20, 10, 0);
    for (int i = 0; i < 20; i++) { /* it imagines: shields, freezes, kills, requests */
        rp_scene_plan(&t.scene, S);
        rp_scene_outcomes(&t.scene, RP_OUTCOME_OBSERVED, RP_REASON_NONE);
    }
    assert_int_equal(victims(&t), 2);
    assert_int_equal(planned(&t, RP_ACTION_CHECKPOINT).kind, RP_ACTION_NONE);

    t.scene.arena->policy.mode = RP_MODE_ENFORCE;
    rp_scene_plan(&t.scene, S);
    assert_non_null(rp_scene_planned(&t.scene, t.first, RP_ACTION_FREEZE));
    assert_non_null(rp_scene_planned(&t.scene, t.job, RP_ACTION_SHIELD));
    assert_non_null(rp_scene_planned(&t.scene, t.job, RP_ACTION_CHECKPOINT));
    assert_int_equal(victims(&t), 0);
    rp_scene_outcomes(&t.scene, RP_OUTCOME_DONE, RP_REASON_NONE);
    rp_scene_plan(&t.scene, 2 * S);
    assert_int_equal(planned(&t, RP_ACTION_KILL).kind, RP_ACTION_KILL);
    rp_scene_drop(&t.scene);
}

/* What was really done stays counted over a time of observing. */
static void test_real_victims_stay_counted(void **state)
{
    (void)state;
    struct stage t;
    make(&t);
    const struct rp_action kill = plan_one(&t, RP_ACTION_KILL);
    rp_scene_outcome(&t.scene, &kill, RP_OUTCOME_DONE, RP_REASON_NONE);
    t.scene.arena->ladder.held = true;
    rp_scene_plan(&t.scene, S);
    t.scene.arena->ladder.held = false;
    rp_scene_plan(&t.scene, S);
    assert_int_equal(victims(&t), 1);
    assert_int_equal(rp_scene_at(&t.scene, t.first)->kills, 1);
    rp_scene_drop(&t.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pending_kill_is_a_victim),
        cmocka_unit_test(test_failed_kill_is_no_victim),
        cmocka_unit_test(test_what_outlives_its_pod_is_named),
        cmocka_unit_test(test_one_timeout_is_one_failure),
        cmocka_unit_test(test_requests_end_in_every_mode),
        cmocka_unit_test(test_unsent_request_is_tried_again_soon),
        cmocka_unit_test(test_a_dead_pod_holds_no_turn),
        cmocka_unit_test(test_without_evidence_the_duration_counts),
        cmocka_unit_test(test_nothing_happens_in_the_future),
        cmocka_unit_test(test_imagined_things_do_not_count_in_enforce),
        cmocka_unit_test(test_real_victims_stay_counted),
    };
    return RP_RUN(tests);
}
