// SPDX-License-Identifier: Apache-2.0
/* Every rule of the gate, one way each: an action that passes, and the smallest change that makes it refused. */
#include "node/act/gate.h"

#include <signal.h>
#include <string.h>

#include "harness/scene.h"

#define S RP_NS_PER_S

struct setting {
    struct rp_scene scene;
    uint32_t job, other;
    struct rp_action freeze, kill, squeeze, request;
    struct rp_gate_facts facts;
};

static void make(struct setting *t)
{
    rp_scene_make(&t->scene);
    t->job = rp_scene_pod(&t->scene, &(struct rp_scene_pod){"assembly", 800, true, 900, 0, 200});
    t->other = rp_scene_pod(&t->scene, &(struct rp_scene_pod){"filler", 100, false, 500, 10, 100});
    rp_scene_forecast(&t->scene, -5, 10, 0);
    rp_ns now = t->scene.arena->t_ns;
    rp_cgroup_id slice = rp_scene_slice(&t->scene, t->other)->id;
    struct rp_pod *job = rp_scene_at(&t->scene, t->job);
    job->contract.trigger = RP_TRIGGER_SIGNAL;
    job->contract.signal = SIGUSR1;
    job->contract.min_interval_ns = 60 * S;
    t->facts =
        (struct rp_gate_facts){.now_ns = now, .cgroup_matches = true, .undo_has_room = true, .mode = RP_MODE_ENFORCE};
    t->freeze = (struct rp_action){
        .id = 1, .cgroup = slice, .pod = t->other, .kind = RP_ACTION_FREEZE, .value = 1, .expires_ns = now + 20 * S};
    t->kill = (struct rp_action){
        .id = 2, .cgroup = slice + 1, .pod = t->other, .kind = RP_ACTION_KILL, .cause = RP_DANGER_KUBELET_MEMORY};
    t->squeeze = (struct rp_action){.id = 3,
                                    .cgroup = slice,
                                    .pod = t->other,
                                    .kind = RP_ACTION_SQUEEZE,
                                    .value = 450 * RP_MIB,
                                    .expires_ns = now + 60 * S};
    t->request = (struct rp_action){.id = 4,
                                    .cgroup = rp_scene_slice(&t->scene, t->job)->id,
                                    .pod = t->job,
                                    .kind = RP_ACTION_CHECKPOINT,
                                    .value = SIGUSR1};
}

static enum rp_reason ask(struct setting *t, const struct rp_action *action)
{
    return rp_gate_check(t->scene.arena, action, &t->facts);
}

#define expect(t, action, reason) assert_int_equal(ask(t, &(t)->action), reason)

static void test_e1_target(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    struct rp_pod *pod = rp_scene_at(&t.scene, t.other);
    expect(&t, freeze, RP_REASON_NONE);
    pod->protected_ = true;
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    pod->protected_ = false;
    pod->critical = true;
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    pod->critical = false;
    pod->has_facts = false;
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    pod->has_facts = true;
    pod->contract_broken = true;
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    pod->contract_broken = false;
    pod->terminating = true;
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    pod->terminating = false;
    pod->finished = true;
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    pod->finished = false;
    memcpy(pod->namespace_, "kube-system", sizeof("kube-system"));
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    pod->namespace_[0] = '\0';
    expect(&t, freeze, RP_REASON_NONE);
    t.facts.cgroup_matches = false;
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    rp_scene_drop(&t.scene);
}

/* Nobody gives way to nobody; what helps a workload and undoing are another matter. */
static void test_nothing_at_stake(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    rp_scene_at(&t.scene, t.job)->protected_ = false;
    expect(&t, freeze, RP_REASON_NOTHING_AT_STAKE);
    expect(&t, kill, RP_REASON_NOTHING_AT_STAKE);
    expect(&t, squeeze, RP_REASON_NOTHING_AT_STAKE);
    rp_scene_drop(&t.scene);
}

/* A brake on a QoS slice or on kubepods would hit protected pods too; a kill belongs on a container. */
static void test_e1_place(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    rp_cgroup_id slice = t.freeze.cgroup;
    t.freeze.cgroup = t.scene.burstable;
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    t.freeze.cgroup = 2;
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    t.freeze.cgroup = slice + 1;
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    t.freeze.cgroup = rp_scene_slice(&t.scene, t.job)->id;
    expect(&t, freeze, RP_REASON_E1_FORBIDDEN_TARGET);
    expect(&t, kill, RP_REASON_NONE);
    t.kill.cgroup = slice;
    expect(&t, kill, RP_REASON_E1_FORBIDDEN_TARGET);
    rp_scene_drop(&t.scene);
}

static void test_e2_cause(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    struct rp_forecast *f = &t.scene.arena->forecasts[RP_DANGER_KUBELET_MEMORY];
    f->state = RP_FORECAST_CROSSING;
    f->within_10s_permille = 500;
    expect(&t, kill, RP_REASON_E2_NO_NODE_CAUSE); /* not certain enough */
    f->within_10s_permille = 950;
    expect(&t, kill, RP_REASON_NONE);
    f->growth_per_s = 100 * RP_MIB; /* most of the growth belongs to nobody that we know */
    expect(&t, kill, RP_REASON_E2_NO_NODE_CAUSE);
    t.scene.arena->node.global_reclaim_ns = t.facts.now_ns - 10 * S;
    expect(&t, kill, RP_REASON_NONE);
    t.scene.arena->node.global_reclaim_ns = t.facts.now_ns - 60 * S;
    expect(&t, kill, RP_REASON_E2_NO_NODE_CAUSE);
    rp_scene_drop(&t.scene);
}

static void test_e3_victims(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    struct rp_ladder *ladder = &t.scene.arena->ladder;
    t.scene.arena->policy.kills_max = 2;
    ladder->victim_action = 9;
    ladder->victim_deadline_ns = t.facts.now_ns + S;
    expect(&t, kill, RP_REASON_E3_RELEASE_PENDING);
    ladder->victim_deadline_ns = t.facts.now_ns;
    expect(&t, kill, RP_REASON_NONE);
    ladder->victims_ns[0] = t.facts.now_ns - S;
    expect(&t, kill, RP_REASON_NONE);
    ladder->victims_ns[5] = t.facts.now_ns - 2 * S;
    expect(&t, kill, RP_REASON_E3_VICTIM_BUDGET);
    ladder->victims_ns[5] = 0;
    rp_scene_at(&t.scene, t.other)->killed_ns = t.facts.now_ns - S; /* the same pod again */
    expect(&t, kill, RP_REASON_E3_VICTIM_BUDGET);
    rp_scene_at(&t.scene, t.other)->killed_ns = 0;
    expect(&t, kill, RP_REASON_NONE);
    t.facts.victim_taken = true; /* by the same plan: the arena does not know yet */
    expect(&t, kill, RP_REASON_E3_RELEASE_PENDING);
    rp_scene_drop(&t.scene);
}

static void test_e4_every_change_ends(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    struct rp_action slow = t.freeze;
    slow.kind = RP_ACTION_SLOW;
    t.scene.arena->policy.freeze_max_ns = 30 * S;
    t.scene.arena->policy.brake_max_ns = 60 * S;
    const struct {
        rp_ns freeze_ns, slow_ns; /* until the end */
        enum rp_reason reason;
    } rows[] = {
        {30 * S, 60 * S, RP_REASON_NONE},
        {30 * S + 1, 60 * S + 1, RP_REASON_E4_NO_END},
        {0, 0, RP_REASON_E4_NO_END},
        {RP_NS_FOREVER / 2, RP_NS_FOREVER / 2, RP_REASON_E4_NO_END},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        t.freeze.expires_ns = t.facts.now_ns + rows[i].freeze_ns;
        slow.expires_ns = t.facts.now_ns + rows[i].slow_ns;
        expect(&t, freeze, rows[i].reason);
        assert_int_equal(ask(&t, &slow), rows[i].reason);
    }
    t.freeze.expires_ns = RP_NS_FOREVER;
    expect(&t, freeze, RP_REASON_E4_NO_END);
    t.freeze.expires_ns = t.facts.now_ns - S;
    expect(&t, freeze, RP_REASON_E4_NO_END);
    rp_scene_drop(&t.scene);
}

/* E8: a kill needs no undo, so a full log does not stop it. */
static void test_e4_and_e8_undo_log(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    t.facts.undo_has_room = false;
    expect(&t, freeze, RP_REASON_E4_UNDO_FULL);
    expect(&t, kill, RP_REASON_NONE);
    rp_scene_drop(&t.scene);
}

static void test_e5_reclaimable(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    struct rp_cgroup_reading *now = &rp_scene_slice(&t.scene, t.other)->now;
    expect(&t, squeeze, RP_REASON_E5_NOT_RECLAIMABLE); /* all of it anonymous, no swap */
    now->anon_bytes = 200 * RP_MIB;
    now->file_bytes = 300 * RP_MIB;
    expect(&t, squeeze, RP_REASON_NONE);
    t.squeeze.value = 300 * RP_MIB; /* 200 of 300 MiB of cache: the hot half too */
    expect(&t, squeeze, RP_REASON_E5_NOT_RECLAIMABLE);
    now->anon_bytes = 500 * RP_MIB;
    now->file_bytes = 0;
    t.squeeze.value = 450 * RP_MIB;
    t.scene.arena->node.now.swap_free_bytes = UINT64_C(1) << 30;
    expect(&t, squeeze, RP_REASON_NONE);
    now->known = RP_CG_USAGE;
    expect(&t, squeeze, RP_REASON_E6_STALE);
    rp_scene_drop(&t.scene);
}

static void test_e6_stale(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    t.facts.now_ns += 6 * S;
    t.freeze.expires_ns += 6 * S;
    expect(&t, freeze, RP_REASON_E6_STALE);
    t.scene.arena->node.now.t_ns = t.facts.now_ns;
    expect(&t, freeze, RP_REASON_E6_STALE); /* the pod was not looked at */
    rp_scene_at(&t.scene, t.other)->working_set_ns = t.facts.now_ns;
    expect(&t, freeze, RP_REASON_E6_STALE); /* the forecast is old */
    expect(&t, kill, RP_REASON_E6_STALE);
    t.scene.arena->forecasts[RP_DANGER_KUBELET_MEMORY].t_ns = t.facts.now_ns;
    expect(&t, freeze, RP_REASON_NONE);
    expect(&t, kill, RP_REASON_NONE);
    t.scene.arena->forecasts[RP_DANGER_KUBELET_MEMORY].state = RP_FORECAST_ABSTAIN;
    expect(&t, freeze, RP_REASON_E6_STALE);
    expect(&t, kill, RP_REASON_E6_STALE);
    rp_scene_drop(&t.scene);
}

static void test_e7_declared(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    struct rp_pod *job = rp_scene_at(&t.scene, t.job);
    expect(&t, request, RP_REASON_NONE);
    t.request.value = SIGUSR2;
    expect(&t, request, RP_REASON_E7_NOT_DECLARED);
    t.request.value = job->contract.signal = SIGTERM; /* TERM ends a program: only if it declares that */
    expect(&t, request, RP_REASON_E7_NOT_DECLARED);
    job->contract.effect = RP_EFFECT_ENDS;
    expect(&t, request, RP_REASON_NONE);
    t.request.value = job->contract.signal = SIGKILL;
    expect(&t, request, RP_REASON_E7_NOT_DECLARED);
    t.request.value = job->contract.signal = SIGUSR1;
    job->sandboxed = true;
    expect(&t, request, RP_REASON_E7_NOT_DECLARED);
    job->sandboxed = false;
    job->contract.trigger = RP_TRIGGER_FILE; /* no signal is declared, so none may be asked for */
    job->contract.signal = 0;
    expect(&t, request, RP_REASON_E7_NOT_DECLARED);
    t.request.value = 0;
    expect(&t, request, RP_REASON_NONE);
    job->contract.trigger = RP_TRIGGER_NONE;
    expect(&t, request, RP_REASON_E7_NOT_DECLARED);
    rp_scene_drop(&t.scene);
}

static void test_e9_one_checkpoint_at_a_time(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    t.scene.arena->ladder.checkpoint_until_ns = t.facts.now_ns + S;
    expect(&t, request, RP_REASON_E9_STAGGERED);
    t.scene.arena->ladder.checkpoint_until_ns = 0;
    t.facts.checkpoint_asked = true; /* by the same plan */
    expect(&t, request, RP_REASON_E9_STAGGERED);
    t.facts.checkpoint_asked = false;
    rp_scene_at(&t.scene, t.job)->checkpoint.requested_ns = t.facts.now_ns - 10 * S;
    expect(&t, request, RP_REASON_RATE_LIMITED);
    rp_scene_drop(&t.scene);
}

static void test_e10_observe(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    t.facts.mode = RP_MODE_OBSERVE;
    expect(&t, freeze, RP_REASON_E10_OBSERVE);
    expect(&t, kill, RP_REASON_E10_OBSERVE);
    expect(&t, request, RP_REASON_E10_OBSERVE);
    t.freeze.undo = true; /* undoing is always allowed */
    expect(&t, freeze, RP_REASON_NONE);
    t.freeze.undo = false;
    t.facts.mode = RP_MODE_ENFORCE;
    t.scene.arena->ladder.held = true;
    expect(&t, freeze, RP_REASON_E10_OBSERVE);
    t.scene.arena->ladder.held = false;
    t.scene.arena->policy.enabled &= ~(1u << RP_ACTION_FREEZE);
    expect(&t, freeze, RP_REASON_NOT_ENABLED);
    rp_scene_drop(&t.scene);
}

static void test_e11_liveness(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    rp_scene_at(&t.scene, t.other)->liveness_window_ns = 30 * S;
    expect(&t, freeze, RP_REASON_E11_LIVENESS); /* 20 s are more than half of 30 s */
    t.freeze.expires_ns = t.facts.now_ns + 15 * S;
    expect(&t, freeze, RP_REASON_NONE);
    rp_scene_at(&t.scene, t.other)->thawed_ns = t.facts.now_ns - 14 * S;
    expect(&t, freeze, RP_REASON_E11_LIVENESS); /* too soon after the one before: they would add up */
    rp_scene_at(&t.scene, t.other)->thawed_ns = t.facts.now_ns - 15 * S;
    expect(&t, freeze, RP_REASON_NONE);
    rp_scene_at(&t.scene, t.other)->liveness_window_ns = RP_NS_FOREVER;
    rp_scene_at(&t.scene, t.other)->thawed_ns = t.facts.now_ns;
    expect(&t, freeze, RP_REASON_NONE);
    rp_scene_drop(&t.scene);
}

static void test_floor_and_checkpointing(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    struct rp_pod *pod = rp_scene_at(&t.scene, t.other);
    pod->contract.floor = RP_ACTION_FREEZE;
    expect(&t, freeze, RP_REASON_NONE);
    expect(&t, kill, RP_REASON_FLOOR);
    pod->contract.floor = RP_ACTION_NONE;
    expect(&t, freeze, RP_REASON_FLOOR);
    pod->contract.floor = RP_ACTION_KILL;
    pod->checkpoint.state = RP_CHECKPOINT_REQUESTED;
    expect(&t, freeze, RP_REASON_CHECKPOINTING);
    rp_scene_drop(&t.scene);
}

/* Downwards only for the protected, upwards only for the expendable. */
static void test_shield_direction(void **state)
{
    (void)state;
    struct setting t;
    make(&t);
    struct rp_action up = t.freeze, down = t.request;
    up.kind = down.kind = RP_ACTION_SHIELD;
    up.value = 1000;
    down.value = -998;
    down.expires_ns = up.expires_ns;
    assert_int_equal(ask(&t, &up), RP_REASON_NONE);
    assert_int_equal(ask(&t, &down), RP_REASON_NONE);
    up.value = -998;
    down.value = 1000;
    assert_int_equal(ask(&t, &up), RP_REASON_E1_FORBIDDEN_TARGET);
    assert_int_equal(ask(&t, &down), RP_REASON_E1_FORBIDDEN_TARGET);
    down.value = -1000; /* which the kernel takes for "cannot be killed" */
    assert_int_equal(ask(&t, &down), RP_REASON_E1_FORBIDDEN_TARGET);
    rp_scene_drop(&t.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_e1_target),
        cmocka_unit_test(test_e1_place),
        cmocka_unit_test(test_nothing_at_stake),
        cmocka_unit_test(test_e2_cause),
        cmocka_unit_test(test_e3_victims),
        cmocka_unit_test(test_e4_every_change_ends),
        cmocka_unit_test(test_e4_and_e8_undo_log),
        cmocka_unit_test(test_e5_reclaimable),
        cmocka_unit_test(test_e6_stale),
        cmocka_unit_test(test_e7_declared),
        cmocka_unit_test(test_e9_one_checkpoint_at_a_time),
        cmocka_unit_test(test_e10_observe),
        cmocka_unit_test(test_e11_liveness),
        cmocka_unit_test(test_floor_and_checkpointing),
        cmocka_unit_test(test_shield_direction),
    };
    return RP_RUN(tests);
}
