// SPDX-License-Identifier: Apache-2.0
#include "unit/node/act/stand.h"

#define POD_A "kubepods/podA"
#define POD_B "kubepods/podB"
#define MIB   INT64_C(1048576)

/* Brakes that cannot sleep are made at once, by the thread itself. */
static void brakes_at_once_and_undoes(void **state)
{
    static const struct {
        enum rp_action_kind kind;
        int64_t value;
        const char *file, *text, *before;
        int64_t seen;
    } rows[] = {
        {RP_ACTION_BRACE, 3 * MIB + 17, "memory.high", "3145728", "max", 3 * MIB},
        {RP_ACTION_SLOW, 250, "cpu.max", "25000 100000", "max 100000", 250},
        {RP_ACTION_FREEZE, 1, "cgroup.freeze", "1", "0", 1},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct stand stand;
        stand_make(&stand, 0);
        const rp_cgroup_id id = stand_pod(&stand, POD_A);
        struct rp_outcome outcome = stand_do(&stand, rows[i].kind, id, rows[i].value);
        expect_outcome(rows[i].file, &outcome, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
        rp_expect_i64(rows[i].file, outcome.seen, rows[i].seen);
        rp_expect_text(rows[i].file, stand_knob(&stand, POD_A, rows[i].file), rows[i].text);
        const struct rp_undo_change *change = &stand.fixture.undo.changes[0];
        assert_true(rp_undo_is_in_force(change));
        rp_expect_text(rows[i].file, change->old.s, rows[i].before);
        rp_expect_text(rows[i].file, change->path, POD_A);
        rp_actor_check(stand.actor, rp_clock_ns(), &stand.out);
        assert_int_equal(stand.out.n, 0);

        outcome = stand_undo(&stand, rows[i].kind, id);
        expect_outcome(rows[i].file, &outcome, RP_OUTCOME_UNDONE, RP_REASON_CALM, 0);
        rp_expect_text(rows[i].file, stand_knob(&stand, POD_A, rows[i].file), rows[i].before);
        assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
        assert_int_equal(stand.real.brakes.stats.restored, 1);
        outcome = stand_undo(&stand, rows[i].kind, id); /* once more is no error */
        expect_outcome(rows[i].file, &outcome, RP_OUTCOME_UNDONE, RP_REASON_CALM, 0);
        assert_int_equal(outcome.seen, -1);
        stand_drop(&stand);
    }
}

static void a_limit_below_the_use_is_a_hands_work(void **state)
{
    static const struct {
        enum rp_action_kind kind;
        int64_t value;
    } rows[] = {{RP_ACTION_BRACE, MIB}, {RP_ACTION_SQUEEZE, MIB / 2}}; /* 1 MiB is used */
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct stand stand;
        stand_make(&stand, 1);
        const rp_cgroup_id id = stand_pod(&stand, POD_A);
        struct rp_outcome outcome = stand_do(&stand, rows[i].kind, id, rows[i].value);
        expect_outcome("apply", &outcome, RP_OUTCOME_PENDING, RP_REASON_GROWING, 0);
        const uint64_t action = outcome.action.id;
        outcome = stand_wait(&stand);
        expect_outcome("applied", &outcome, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
        assert_int_equal(outcome.action.id, action);
        assert_int_equal(outcome.seen, rows[i].value);
        outcome = stand_undo(&stand, rows[i].kind, id); /* back to "max" cannot sleep */
        expect_outcome("undone", &outcome, RP_OUTCOME_UNDONE, RP_REASON_CALM, 0);
        assert_string_equal(stand_knob(&stand, POD_A, "memory.high"), "max");
        stand_drop(&stand);
    }
}

/* The pod had a limit of its own, and uses more than it by now. */
static void restoring_below_the_use_is_a_hands_work(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 1);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    fixture_set(&stand.fixture, POD_A, "memory.high", "16777216\n");
    struct rp_outcome outcome = stand_do(&stand, RP_ACTION_BRACE, id, 8 * MIB);
    expect_outcome("brace", &outcome, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
    fixture_set(&stand.fixture, POD_A, "memory.current", "33554432\n");
    outcome = stand_undo(&stand, RP_ACTION_BRACE, id);
    expect_outcome("undo", &outcome, RP_OUTCOME_PENDING, RP_REASON_CALM, 0);
    outcome = stand_undo(&stand, RP_ACTION_BRACE, id); /* asked again by the next plan */
    expect_outcome("again", &outcome, RP_OUTCOME_PENDING, RP_REASON_CALM, 0);
    outcome = stand_wait(&stand);
    expect_outcome("undone", &outcome, RP_OUTCOME_UNDONE, RP_REASON_CALM, 0);
    assert_true(outcome.action.undo);
    assert_string_equal(stand_knob(&stand, POD_A, "memory.high"), "16777216");
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
    stand_drop(&stand);
}

static void a_brake_is_moved_and_still_undone_to_the_beginning(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    for (int64_t mib = 4; mib < 40; mib += 4) {
        const struct rp_outcome outcome = stand_do(&stand, RP_ACTION_BRACE, id, mib * MIB);
        expect_outcome("brace", &outcome, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
        assert_int_equal(rp_undo_used(&stand.fixture.undo), 1);
    }
    assert_string_equal(stand_knob(&stand, POD_A, "memory.high"), "37748736");
    const struct rp_outcome outcome = stand_undo(&stand, RP_ACTION_BRACE, id);
    expect_outcome("undo", &outcome, RP_OUTCOME_UNDONE, RP_REASON_CALM, 0);
    assert_string_equal(stand_knob(&stand, POD_A, "memory.high"), "max");
    stand_drop(&stand);
}

static void refuses_what_would_not_brake(void **state)
{
    static const struct {
        const char *row;
        enum rp_action_kind kind;
        int64_t value;
        const char *file, *present;
        enum rp_outcome_state state;
        enum rp_reason reason;
        int error;
    } rows[] = {
        {"a stricter limit stands", RP_ACTION_BRACE, 64 * MIB, "memory.high", "4194304\n", RP_OUTCOME_FAILED,
         RP_REASON_FAILED, -ERANGE},
        {"less CPU already", RP_ACTION_SLOW, 500, "cpu.max", "10000 100000\n", RP_OUTCOME_FAILED, RP_REASON_FAILED,
         -ERANGE},
        {"no such value", RP_ACTION_SLOW, 1, "cpu.max", "max 100000\n", RP_OUTCOME_FAILED, RP_REASON_FAILED, -ERANGE},
        {"frozen by somebody", RP_ACTION_FREEZE, 1, "cgroup.freeze", "1\n", RP_OUTCOME_DONE, RP_REASON_GROWING, 0},
        {"not understood", RP_ACTION_NONE, 1, "cgroup.freeze", "0\n", RP_OUTCOME_FAILED, RP_REASON_FAILED, -EINVAL},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct stand stand;
        char line[300];
        stand_make(&stand, 0);
        const rp_cgroup_id id = stand_pod(&stand, POD_A);
        fixture_set(&stand.fixture, POD_A, rows[i].file, rows[i].present);
        const struct rp_outcome outcome = stand_do(&stand, rows[i].kind, id, rows[i].value);
        expect_outcome(rows[i].row, &outcome, rows[i].state, rows[i].reason, rows[i].error);
        (void)snprintf(line, sizeof(line), "%s\n", stand_knob(&stand, POD_A, rows[i].file));
        rp_expect_text(rows[i].row, line, rows[i].present);
        assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
        stand_drop(&stand);
    }
}

static void acts_on_no_cgroup_that_is_gone(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    struct rp_outcome outcome = stand_do(&stand, RP_ACTION_FREEZE, 12345, 1); /* unknown to the sensor */
    expect_outcome("unknown", &outcome, RP_OUTCOME_FAILED, RP_REASON_CGROUP_GONE, -ENOENT);
    stand.pods[0].id = id + 1; /* the kept descriptor belongs to another one */
    outcome = stand_do(&stand, RP_ACTION_FREEZE, id + 1, 1);
    expect_outcome("another inode", &outcome, RP_OUTCOME_FAILED, RP_REASON_CGROUP_GONE, -ENOENT);
    assert_string_equal(stand_knob(&stand, POD_A, "cgroup.freeze"), "0");
    stand.pods[0].id = id;
    rp_tree_remove(&stand.fixture.tree, "cgroup/" POD_A "/cpu.max"); /* not gone, but without this controller */
    outcome = stand_do(&stand, RP_ACTION_SLOW, id, 100);
    expect_outcome("no controller", &outcome, RP_OUTCOME_FAILED, RP_REASON_FAILED, -ENOENT);
    rp_tree_remove(&stand.fixture.tree, "cgroup/" POD_A); /* the descriptor is still open */
    outcome = stand_do(&stand, RP_ACTION_FREEZE, id, 1);
    expect_outcome("removed", &outcome, RP_OUTCOME_FAILED, RP_REASON_CGROUP_GONE, -ENOENT);
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
    stand_drop(&stand);
}

static void a_full_log_allows_no_new_brake(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++)
        (void)fixture_arm(&stand.fixture, "x", 1000000 + i, RP_ACTION_FREEZE, "0 -> 1");
    const struct rp_outcome outcome = stand_do(&stand, RP_ACTION_FREEZE, id, 1);
    expect_outcome("full", &outcome, RP_OUTCOME_REFUSED, RP_REASON_E4_UNDO_FULL, -ENOSPC);
    assert_string_equal(stand_knob(&stand, POD_A, "cgroup.freeze"), "0");
    stand_drop(&stand);
}

/* ---- watching */

static void a_sweep_sees_what_others_did(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id a = stand_pod(&stand, POD_A), b = stand_pod(&stand, POD_B);
    (void)stand_do(&stand, RP_ACTION_BRACE, a, 8 * MIB);
    (void)stand_do(&stand, RP_ACTION_SLOW, a, 100);
    (void)stand_do(&stand, RP_ACTION_FREEZE, b, 1);
    fixture_set(&stand.fixture, POD_A, "memory.high", "max\n"); /* systemd, the kubelet, a resize */
    rp_tree_remove(&stand.fixture.tree, "cgroup/" POD_B);
    rp_actor_check(stand.actor, rp_clock_ns(), &stand.out);
    assert_int_equal(stand.out.n, 2);
    expect_outcome("changed", &stand.list[0], RP_OUTCOME_LEFT, RP_REASON_CHANGED_BY_OTHER, 0);
    assert_int_equal(stand.list[0].action.kind, RP_ACTION_BRACE);
    assert_int_equal(stand.list[0].seen, INT64_MAX);
    expect_outcome("gone", &stand.list[1], RP_OUTCOME_LEFT, RP_REASON_CGROUP_GONE, 0);
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 1);
    assert_string_equal(stand_knob(&stand, POD_A, "memory.high"), "max");
    assert_string_equal(stand_knob(&stand, POD_A, "cpu.max"), "10000 100000");
    assert_int_equal(stand.real.brakes.stats.left, 2);
    stand_drop(&stand);
}

/* Between two sweeps, and then a plan that wants to move the brake: theirs is not overwritten. */
static void moving_a_brake_that_others_took_over_fails(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    (void)stand_do(&stand, RP_ACTION_BRACE, id, 8 * MIB);
    fixture_set(&stand.fixture, POD_A, "memory.high", "9437184\n");
    const struct rp_outcome outcome = stand_do(&stand, RP_ACTION_BRACE, id, 16 * MIB);
    expect_outcome("taken over", &outcome, RP_OUTCOME_FAILED, RP_REASON_CHANGED_BY_OTHER, -EBUSY);
    assert_string_equal(stand_knob(&stand, POD_A, "memory.high"), "9437184");
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
    stand_drop(&stand);
}

/* The core may have forgotten, hang, or be wrong: expiry is the actor's own. */
static void every_change_ends_by_itself(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    const rp_ns now = rp_clock_ns();
    struct rp_action action = stand_action(&stand, RP_ACTION_FREEZE, id, 1);
    action.expires_ns = now + 30 * RP_NS_PER_S;
    (void)stand_apply(&stand, action);
    stand_tick(&stand, now + 29 * RP_NS_PER_S);
    assert_int_equal(stand.out.n, 0);
    assert_string_equal(stand_knob(&stand, POD_A, "cgroup.freeze"), "1");
    stand_tick(&stand, now + 30 * RP_NS_PER_S);
    assert_int_equal(stand.out.n, 1);
    expect_outcome("expired", &stand.list[0], RP_OUTCOME_UNDONE, RP_REASON_EXPIRED, 0);
    assert_int_equal(stand.list[0].action.id, action.id);
    assert_string_equal(stand_knob(&stand, POD_A, "cgroup.freeze"), "0");
    stand_drop(&stand);
}

static void tell_use(struct stand *stand, const char *usage, int high)
{
    char events[100];
    (void)snprintf(events, sizeof(events), "low 0\nhigh %d\nmax 0\noom 0\noom_kill 0\n", high);
    fixture_set(&stand->fixture, POD_A, "memory.current", usage);
    fixture_set(&stand->fixture, POD_A, "memory.events", events);
}

static void a_limit_that_only_throttles_is_lifted(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    const rp_ns start = rp_clock_ns(), escape = stand.world.escape_ns;
    (void)stand_do(&stand, RP_ACTION_BRACE, id, 8 * MIB);
    tell_use(&stand, "9437184\n", 100); /* 9 MiB */
    rp_actor_check(stand.actor, start, &stand.out);
    tell_use(&stand, "8000000\n", 150); /* reclaim works */
    rp_actor_check(stand.actor, start + escape, &stand.out);
    tell_use(&stand, "9437184\n", 200);
    rp_actor_check(stand.actor, start + escape + 1, &stand.out);
    tell_use(&stand, "9437184\n", 200); /* above, but nobody is being throttled: frozen, or asleep */
    rp_actor_check(stand.actor, start + 3 * escape, &stand.out);
    assert_int_equal(stand.out.n, 0);
    tell_use(&stand, "9437184\n", 201);
    rp_actor_check(stand.actor, start + 3 * escape + 1, &stand.out);
    assert_int_equal(stand.out.n, 1);
    expect_outcome("harm", &stand.list[0], RP_OUTCOME_UNDONE, RP_REASON_DOES_HARM, 0);
    assert_string_equal(stand_knob(&stand, POD_A, "memory.high"), "max");
    stand_drop(&stand);
}

static void counts_freezes_that_are_not_complete(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    (void)stand_do(&stand, RP_ACTION_FREEZE, id, 1);
    rp_actor_check(stand.actor, rp_clock_ns(), &stand.out);
    assert_int_equal(stand.real.brakes.stats.unfrozen, 1);
    fixture_set(&stand.fixture, POD_A, "cgroup.events", "populated 1\nfrozen 1\n");
    rp_actor_check(stand.actor, rp_clock_ns(), &stand.out);
    assert_int_equal(stand.real.brakes.stats.unfrozen, 0);
    stand_drop(&stand);
}

static void undoes_everything(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 1);
    const rp_cgroup_id a = stand_pod(&stand, POD_A), b = stand_pod(&stand, POD_B);
    fixture_set(&stand.fixture, POD_B, "memory.high", "16777216\n");
    (void)stand_do(&stand, RP_ACTION_FREEZE, a, 1);
    (void)stand_do(&stand, RP_ACTION_SLOW, a, 100);
    (void)stand_do(&stand, RP_ACTION_BRACE, b, 8 * MIB);
    fixture_set(&stand.fixture, POD_A, "cpu.max", "77000 100000\n");
    fixture_set(&stand.fixture, POD_B, "memory.current", "33554432\n"); /* restoring this one needs a hand */
    assert_int_equal(rp_actor_restore_all(stand.actor, rp_clock_ns(), RP_REASON_OPERATOR, &stand.out), 1);
    assert_int_equal(stand.out.n, 2);
    expect_outcome("freeze", &stand.list[0], RP_OUTCOME_UNDONE, RP_REASON_OPERATOR, 0);
    expect_outcome("slow", &stand.list[1], RP_OUTCOME_LEFT, RP_REASON_CHANGED_BY_OTHER, 0);
    stand.out.n = 0;
    const struct rp_outcome outcome = stand_wait(&stand);
    expect_outcome("brace", &outcome, RP_OUTCOME_UNDONE, RP_REASON_OPERATOR, 0);
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
    stand_drop(&stand);
}

/* ---- hands that fail */

static void more_shields_than_hands(void **state)
{
    struct stand stand;
    uint32_t done = 0;
    (void)state;
    stand_make(&stand, 1);
    for (int i = 0; i < 5; i++) {
        char path[64], pid[16];
        (void)snprintf(path, sizeof(path), "kubepods/pod%d", i);
        (void)snprintf(pid, sizeof(pid), "%d\n", 100 + i);
        const struct fixture_process process = {
            .pid = 100 + i, .parent = 1, .starttime = 5, .adj = 500, .comm = "x", .cgroup = path};
        fixture_process(&stand.fixture, &process);
        const rp_cgroup_id id = stand_pod(&stand, path);
        fixture_set(&stand.fixture, path, "cgroup.procs", pid);
        const struct rp_outcome outcome = stand_do(&stand, RP_ACTION_SHIELD, id, 1000);
        expect_outcome("shield", &outcome, RP_OUTCOME_PENDING, RP_REASON_GROWING, 0);
    }
    while (done < 5) {
        const struct rp_outcome outcome = stand_wait(&stand);
        expect_outcome("shielded", &outcome, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
        assert_int_equal(outcome.seen, 1000);
        done++;
    }
    for (int i = 0; i < 5; i++)
        assert_int_equal(fixture_adj(&stand.fixture, 100 + i), 1000);
    /* Another value on top of it would make heirs of both kinds. */
    struct rp_outcome outcome = stand_do(&stand, RP_ACTION_SHIELD, stand.pods[0].id, -998);
    expect_outcome("another value", &outcome, RP_OUTCOME_FAILED, RP_REASON_CHANGED_BY_OTHER, -EBUSY);
    (void)stand_undo(&stand, RP_ACTION_SHIELD, stand.pods[0].id);
    outcome = stand_wait(&stand);
    expect_outcome("undone", &outcome, RP_OUTCOME_UNDONE, RP_REASON_CALM, 0);
    assert_int_equal(fixture_adj(&stand.fixture, 100), 500);
    assert_int_equal(fixture_adj(&stand.fixture, 101), 1000);
    stand_drop(&stand);
}

/* A process that was born later comes under the shield with the sweeps that follow. */
static void a_shield_follows_new_processes(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 1);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    const struct fixture_process first = {
        .pid = 100, .parent = 1, .starttime = 5, .adj = 500, .comm = "x", .cgroup = POD_A};
    const struct fixture_process second = {
        .pid = 101, .parent = 1, .starttime = 6, .adj = 400, .comm = "x", .cgroup = POD_A};
    fixture_process(&stand.fixture, &first);
    fixture_process(&stand.fixture, &second);
    fixture_set(&stand.fixture, POD_A, "cgroup.procs", "100\n");
    (void)stand_do(&stand, RP_ACTION_SHIELD, id, 1000);
    (void)stand_wait(&stand);
    assert_int_equal(fixture_adj(&stand.fixture, 101), 400);
    fixture_set(&stand.fixture, POD_A, "cgroup.procs", "100\n101\n");
    const rp_ns end = rp_clock_ns() + STAND_PATIENCE;
    while (fixture_adj(&stand.fixture, 101) != 1000) {
        assert_true(rp_clock_ns() < end);
        rp_actor_check(stand.actor, rp_clock_ns(), &stand.out);
        stand_tick(&stand, rp_clock_ns());
        (void)poll(NULL, 0, 2);
    }
    while (rp_hands_busy(&stand.hands))
        stand_tick(&stand, rp_clock_ns());
    assert_int_equal(stand.out.n, 0); /* nothing to tell */
    (void)stand_undo(&stand, RP_ACTION_SHIELD, id);
    (void)stand_wait(&stand);
    assert_int_equal(fixture_adj(&stand.fixture, 100), 500);
    assert_int_equal(fixture_adj(&stand.fixture, 101), 400);
    stand_drop(&stand);
}

/* A hand that is stuck in the write (the first is stopped) has perhaps made it: told as timed out, and undone. */
static void a_lost_hands_change_is_undone(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 1);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    assert_int_equal(kill(stand.pids[0], SIGSTOP), 0);
    struct rp_outcome outcome = stand_do(&stand, RP_ACTION_SQUEEZE, id, MIB / 2);
    expect_outcome("squeeze", &outcome, RP_OUTCOME_PENDING, RP_REASON_GROWING, 0);
    fixture_set(&stand.fixture, POD_A, "memory.high", "524288\n"); /* as if it had come as far as that */
    const rp_ns late = rp_clock_ns() + 6 * RP_NS_PER_S;
    stand_tick(&stand, late);
    assert_int_equal(stand.out.n, 1);
    expect_outcome("lost", &stand.list[0], RP_OUTCOME_TIMED_OUT, RP_REASON_FAILED, -ETIMEDOUT);
    assert_int_equal(rp_hands_to_replace(&stand.hands), 1);
    assert_string_equal(stand_knob(&stand, POD_A, "memory.high"), "524288"); /* not before the hand is dead */
    assert_int_equal(kill(stand.pids[0], SIGKILL), 0);
    stand_tick(&stand, late + 2 * RP_NS_PER_S);
    assert_int_equal(stand.out.n, 2);
    expect_outcome("undone", &stand.list[1], RP_OUTCOME_UNDONE, RP_REASON_FAILED, 0);
    assert_string_equal(stand_knob(&stand, POD_A, "memory.high"), "max");
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
    stand_drop(&stand);
}

/* Both at once: asked to undo while a hand is at it, and then that hand is lost. */
static void undoing_what_a_lost_hand_did(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 1);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    assert_int_equal(kill(stand.pids[0], SIGSTOP), 0);
    (void)stand_do(&stand, RP_ACTION_SQUEEZE, id, MIB / 2);
    (void)stand_undo(&stand, RP_ACTION_SQUEEZE, id);
    const rp_ns late = rp_clock_ns() + 6 * RP_NS_PER_S;
    stand_tick(&stand, late);
    assert_int_equal(stand.out.n, 1);
    expect_outcome("lost", &stand.list[0], RP_OUTCOME_TIMED_OUT, RP_REASON_FAILED, -ETIMEDOUT);
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 1); /* the hand may still write: not yet over */
    fixture_set(&stand.fixture, POD_A, "memory.high", "524288\n");
    assert_int_equal(kill(stand.pids[0], SIGKILL), 0);
    stand_tick(&stand, late + 2 * RP_NS_PER_S);
    assert_int_equal(stand.out.n, 2);
    expect_outcome("undone", &stand.list[1], RP_OUTCOME_UNDONE, RP_REASON_CALM, 0);
    assert_string_equal(stand_knob(&stand, POD_A, "memory.high"), "max");
    stand_drop(&stand);
}

static void undoing_what_a_hand_is_still_doing(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 1);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    assert_int_equal(kill(stand.pids[0], SIGSTOP), 0);
    (void)stand_do(&stand, RP_ACTION_SQUEEZE, id, MIB / 2);
    struct rp_outcome outcome = stand_undo(&stand, RP_ACTION_SQUEEZE, id);
    expect_outcome("undo", &outcome, RP_OUTCOME_PENDING, RP_REASON_CALM, 0);
    outcome = stand_do(&stand, RP_ACTION_SQUEEZE, id, MIB / 4); /* not both ways at once */
    expect_outcome("again", &outcome, RP_OUTCOME_FAILED, RP_REASON_CHANGED_BY_OTHER, -EBUSY);
    assert_int_equal(kill(stand.pids[0], SIGCONT), 0);
    outcome = stand_wait(&stand);
    expect_outcome("done", &outcome, RP_OUTCOME_DONE, RP_REASON_GROWING, 0);
    outcome = stand_wait(&stand);
    expect_outcome("undone", &outcome, RP_OUTCOME_UNDONE, RP_REASON_CALM, 0);
    assert_string_equal(stand_knob(&stand, POD_A, "memory.high"), "max");
    stand_drop(&stand);
}

/* Waiting for a hand, and undone before one came. */
static void undoing_what_no_hand_has_begun(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    (void)stand_do(&stand, RP_ACTION_SQUEEZE, id, MIB / 2);
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 1);
    const struct rp_outcome outcome = stand_undo(&stand, RP_ACTION_SQUEEZE, id);
    expect_outcome("undo", &outcome, RP_OUTCOME_UNDONE, RP_REASON_CALM, 0);
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 0);
    stand_drop(&stand);
}

/* The kernel refuses the restoring: told once, tried again every second, told when it has worked. */
static void restoring_is_tried_until_it_works(void **state)
{
    struct stand stand;
    (void)state;
    stand_make(&stand, 0);
    const rp_cgroup_id id = stand_pod(&stand, POD_A);
    (void)stand_do(&stand, RP_ACTION_SLOW, id, 100);
    rp_tree_remove(&stand.fixture.tree, "cgroup/" POD_A "/cpu.max");
    rp_tree_mkdir(&stand.fixture.tree, "cgroup/" POD_A "/cpu.max");
    struct rp_outcome outcome = stand_undo(&stand, RP_ACTION_SLOW, id);
    assert_int_equal(outcome.state, RP_OUTCOME_FAILED);
    assert_true(outcome.error < 0);
    assert_int_equal(rp_undo_used(&stand.fixture.undo), 1);
    const rp_ns now = rp_clock_ns();
    stand_tick(&stand, now + 2 * RP_NS_PER_S);
    assert_int_equal(stand.out.n, 0);
    rp_tree_remove(&stand.fixture.tree, "cgroup/" POD_A "/cpu.max");
    fixture_set(&stand.fixture, POD_A, "cpu.max", "10000 100000\n");
    stand_tick(&stand, now + 2 * RP_NS_PER_S + 1); /* not within the second */
    assert_int_equal(stand.out.n, 0);
    stand_tick(&stand, now + 4 * RP_NS_PER_S);
    assert_int_equal(stand.out.n, 1);
    expect_outcome("undone", &stand.list[0], RP_OUTCOME_UNDONE, RP_REASON_CALM, 0);
    assert_string_equal(stand_knob(&stand, POD_A, "cpu.max"), "max 100000");
    stand_drop(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brakes_at_once_and_undoes),
        cmocka_unit_test(a_limit_below_the_use_is_a_hands_work),
        cmocka_unit_test(restoring_below_the_use_is_a_hands_work),
        cmocka_unit_test(a_brake_is_moved_and_still_undone_to_the_beginning),
        cmocka_unit_test(refuses_what_would_not_brake),
        cmocka_unit_test(acts_on_no_cgroup_that_is_gone),
        cmocka_unit_test(a_full_log_allows_no_new_brake),
        cmocka_unit_test(a_sweep_sees_what_others_did),
        cmocka_unit_test(moving_a_brake_that_others_took_over_fails),
        cmocka_unit_test(every_change_ends_by_itself),
        cmocka_unit_test(a_limit_that_only_throttles_is_lifted),
        cmocka_unit_test(counts_freezes_that_are_not_complete),
        cmocka_unit_test(undoes_everything),
        cmocka_unit_test(more_shields_than_hands),
        cmocka_unit_test(a_shield_follows_new_processes),
        cmocka_unit_test(a_lost_hands_change_is_undone),
        cmocka_unit_test(undoing_what_a_lost_hand_did),
        cmocka_unit_test(undoing_what_a_hand_is_still_doing),
        cmocka_unit_test(undoing_what_no_hand_has_begun),
        cmocka_unit_test(restoring_is_tried_until_it_works),
    };
    return RP_RUN(tests);
}
