// SPDX-License-Identifier: Apache-2.0
#include "node/act/revert.h"

#include "unit/node/act/fixture.h"

#define HIGH POD_PATH "/memory.high"

/* One armed change of memory.high from "max" to 8192, and what the knob holds when it is to be undone. */
static void restores_only_what_is_ours(void **state)
{
    static const struct {
        const char *row, *present, *shown; /* shown: committed with it, NULL: still armed */
        enum rp_revert_result want;
        const char *left;
    } rows[] = {
        {"in force", "8192\n", "8192", RP_REVERT_RESTORED, "max"},
        {"armed and written", "8192\n", NULL, RP_REVERT_RESTORED, "max"},
        {"armed, not written", "max\n", NULL, RP_REVERT_ALREADY, "max"},
        {"undone by somebody", "max\n", "8192", RP_REVERT_ALREADY, "max"},
        {"changed by somebody", "65536\n", "8192", RP_REVERT_CHANGED, "65536"},
        {"as the kernel rounded it", "4096\n", "4096", RP_REVERT_RESTORED, "max"},
        {"garbage", "what?\n", "8192", RP_REVERT_CHANGED, "what?"},
        {"empty", "", "8192", RP_REVERT_CHANGED, ""},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct fixture fixture;
        fixture_make(&fixture);
        const rp_cgroup_id id = fixture_cgroup(&fixture, POD_PATH);
        struct rp_undo_change *change = fixture_arm(&fixture, POD_PATH, id, RP_ACTION_BRACE, "max -> 8192");
        if (rows[i].shown) {
            const struct rp_knob_text shown = text_of(rows[i].shown);
            rp_undo_commit(change, &shown);
        }
        fixture_set(&fixture, POD_PATH, "memory.high", rows[i].present);
        const struct rp_revert what = rp_revert_change(&fixture.undo, change, &fixture.roots, true);
        rp_expect_i64(rows[i].row, what.result, rows[i].want);
        rp_expect_text(rows[i].row, fixture_line(&fixture, "cgroup/" HIGH), rows[i].left);
        fixture_drop(&fixture);
    }
}

static void knows_a_cgroup_by_its_inode(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_make(&fixture);
    const rp_cgroup_id id = fixture_cgroup(&fixture, POD_PATH);
    struct rp_undo_change *change = fixture_arm(&fixture, POD_PATH, id, RP_ACTION_BRACE, "max -> 8192");
    /* Another one with the same name, and even with our value in its knob. */
    rp_tree_mkdir(&fixture.tree, "cgroup/kubepods/keep-the-inode");
    rp_tree_remove(&fixture.tree, "cgroup/" POD_PATH);
    assert_int_equal(rp_revert_change(&fixture.undo, change, &fixture.roots, true).result, RP_REVERT_GONE);
    rp_tree_mkdir(&fixture.tree, "cgroup/kubepods/takes-the-inode");
    const bool reused = fixture_cgroup(&fixture, POD_PATH) == id; /* some file systems give a free inode away again */
    fixture_set(&fixture, POD_PATH, "memory.high", "8192\n");
    assert_int_equal(rp_revert_change(&fixture.undo, change, &fixture.roots, true).result,
                     reused ? RP_REVERT_RESTORED : RP_REVERT_GONE);
    assert_string_equal(fixture_line(&fixture, "cgroup/" HIGH), reused ? "max" : "8192");
    fixture_drop(&fixture);
}

/* Old limits below the present use make older kernels reclaim inside the write: not for a thread that must not sleep. */
static void leaves_to_a_hand_what_may_sleep(void **state)
{
    static const struct {
        const char *row, *old, *usage;
        bool sleeps;
    } rows[] = {
        {"no limit before", "max", "1048576\n", false},       {"limit above the use", "2097152", "1048576\n", false},
        {"limit below the use", "524288", "1048576\n", true}, {"use unknown", "524288", "?\n", true},
        {"use unknown, no limit", "max", "?\n", false},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct fixture fixture;
        fixture_make(&fixture);
        const rp_cgroup_id id = fixture_cgroup(&fixture, POD_PATH);
        char texts[64];
        (void)snprintf(texts, sizeof(texts), "%s" ARROW "8192", rows[i].old);
        struct rp_undo_change *change = fixture_arm(&fixture, POD_PATH, id, RP_ACTION_SQUEEZE, texts);
        fixture_set(&fixture, POD_PATH, "memory.current", rows[i].usage);
        fixture_set(&fixture, POD_PATH, "memory.high", "8192\n");
        const struct rp_revert quick = rp_revert_change(&fixture.undo, change, &fixture.roots, false);
        rp_expect_i64(rows[i].row, quick.result, rows[i].sleeps ? RP_REVERT_WAITS : RP_REVERT_RESTORED);
        rp_expect_text(rows[i].row, fixture_line(&fixture, "cgroup/" HIGH), rows[i].sleeps ? "8192" : rows[i].old);
        const struct rp_revert slow = rp_revert_change(&fixture.undo, change, &fixture.roots, true);
        rp_expect_i64(rows[i].row, slow.result, rows[i].sleeps ? RP_REVERT_RESTORED : RP_REVERT_ALREADY);
        fixture_drop(&fixture);
    }
}

/* ---- everything at once */

struct seen {
    uint32_t n;
    uint32_t knobs[8];
    enum rp_revert_result results[8];
    enum rp_reason reason;
};

static void note(void *ctx, const struct rp_undo_change *change, const struct rp_revert *what, enum rp_reason reason)
{
    struct seen *seen = ctx;
    assert_true(seen->n < 8);
    seen->knobs[seen->n] = change ? change->knob : RP_KNOB_NONE;
    seen->results[seen->n++] = what->result;
    seen->reason = reason;
}

static void one_failure_does_not_stop_the_others(void **state)
{
    struct fixture fixture;
    struct seen seen = {0};
    struct rp_undo_summary summary = {.each = note, .ctx = &seen};
    (void)state;
    fixture_make(&fixture);
    const rp_cgroup_id a = fixture_cgroup(&fixture, "a"), b = fixture_cgroup(&fixture, "b");
    /* The order of the records is the opposite of the order in which they must be undone. */
    (void)fixture_arm(&fixture, "a", a, RP_ACTION_SQUEEZE, "4096 -> 8192"); /* may sleep: last */
    (void)fixture_arm(&fixture, "b", b, RP_ACTION_SLOW, "max 100000 -> 1000 100000");
    fixture_arm(&fixture, "b", b, RP_ACTION_BRACE, "max -> 8192")->old.s[0] = '1'; /* damaged */
    (void)fixture_arm(&fixture, "gone", 1, RP_ACTION_SLOW, "max 100000 -> 1000 100000");
    (void)fixture_arm(&fixture, "a", a, RP_ACTION_SLOW, "max 100000 -> 1000 100000"); /* cannot be read */
    (void)fixture_arm(&fixture, "a", a, RP_ACTION_FREEZE, "0 -> 1");                  /* first */
    (void)fixture_arm(&fixture, "b", b, RP_ACTION_FREEZE, "0 -> 1");
    fixture_set(&fixture, "a", "memory.high", "8192\n");
    fixture_set(&fixture, "b", "cpu.max", "1000 100000\n");
    rp_tree_remove(&fixture.tree, "cgroup/a/cpu.max");
    rp_tree_mkdir(&fixture.tree, "cgroup/a/cpu.max");
    fixture_set(&fixture, "a", "cgroup.freeze", "1\n");

    rp_undo_revert_all(&fixture.undo, &fixture.roots, RP_REASON_CRASH, &summary);
    assert_int_equal(seen.n, 7);
    assert_int_equal(seen.reason, RP_REASON_CRASH);
    assert_int_equal(seen.knobs[0], RP_KNOB_FREEZE);
    assert_int_equal(seen.knobs[1], RP_KNOB_FREEZE);
    assert_int_equal(seen.knobs[5], RP_KNOB_MEMORY_HIGH);
    assert_int_equal(seen.results[6], RP_REVERT_DAMAGED);
    assert_int_equal(summary.reverted, 3);
    assert_int_equal(summary.already, 1);
    assert_int_equal(summary.left, 1);
    assert_int_equal(summary.failed, 1);
    assert_int_equal(summary.damaged, 1);
    assert_string_equal(fixture_line(&fixture, "cgroup/a/cgroup.freeze"), "0");
    assert_string_equal(fixture_line(&fixture, "cgroup/a/memory.high"), "4096");
    assert_string_equal(fixture_line(&fixture, "cgroup/b/cpu.max"), "max 100000");

    /* Only what failed is still there, and is undone once that is possible. */
    assert_int_equal(rp_undo_used(&fixture.undo), 1);
    rp_tree_remove(&fixture.tree, "cgroup/a/cpu.max");
    fixture_set(&fixture, "a", "cpu.max", "1000 100000\n");
    summary = (struct rp_undo_summary){0};
    rp_undo_revert_all(&fixture.undo, &fixture.roots, RP_REASON_START, &summary);
    assert_int_equal(summary.reverted, 1);
    assert_int_equal(rp_undo_used(&fixture.undo), 0);
    assert_string_equal(fixture_line(&fixture, "cgroup/a/cpu.max"), "max 100000");
    fixture_drop(&fixture);
}

/* Killed after the second record was armed and before the first was freed: both stand, and the knob holds either value. */
static void two_records_of_one_knob_count_as_one(void **state)
{
    static const char *const present[] = {"8192\n", "16384\n", "max\n"};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(present); i++) {
        struct fixture fixture;
        struct rp_undo_summary summary = {0};
        fixture_make(&fixture);
        const rp_cgroup_id id = fixture_cgroup(&fixture, POD_PATH);
        struct rp_undo_change *first = fixture_arm(&fixture, POD_PATH, id, RP_ACTION_BRACE, "max -> 8192");
        const struct rp_undo_change copy = *first;
        const struct rp_undo_entry again = {.action = &copy.action,
                                            .path = POD_PATH,
                                            .knob = RP_KNOB_MEMORY_HIGH,
                                            .old = copy.old,
                                            .intended = text_of("16384"),
                                            .earlier = copy.intended};
        struct rp_undo_change *second = NULL;
        assert_int_equal(rp_undo_begin(&fixture.undo, &again, &second), 0);
        *first = copy; /* as if it had not been freed */
        assert_int_equal(rp_undo_used(&fixture.undo), 2);
        fixture_set(&fixture, POD_PATH, "memory.high", present[i]);
        rp_undo_revert_all(&fixture.undo, &fixture.roots, RP_REASON_START, &summary);
        rp_expect_text(present[i], fixture_line(&fixture, "cgroup/" HIGH), "max");
        rp_expect_u64(present[i], summary.reverted + summary.already, 1);
        rp_expect_u64(present[i], summary.left + summary.failed, 0);
        rp_expect_u64(present[i], rp_undo_used(&fixture.undo), 0);
        fixture_drop(&fixture);
    }
}

/* A record whose path leads out of the cgroup root, as only a forged log could hold: nothing outside is touched. */
static void stays_beneath_the_root(void **state)
{
    static const char *const paths[] = {"../outside", "/etc", "link", "a/../../outside"};
    (void)state;
    for (size_t i = 0; i < RP_ROWS(paths); i++) {
        struct fixture fixture;
        struct rp_undo_summary summary = {0};
        fixture_make(&fixture);
        (void)fixture_cgroup(&fixture, "a");
        rp_tree_write(&fixture.tree, "outside/memory.high", "8192\n");
        assert_int_equal(symlinkat("../outside", fixture.roots.cgroup_fd, "link"), 0);
        (void)fixture_arm(&fixture, paths[i], fixture_inode(&fixture, "outside"), RP_ACTION_BRACE, "max -> 8192");
        rp_undo_revert_all(&fixture.undo, &fixture.roots, RP_REASON_START, &summary);
        rp_expect_u64(paths[i], summary.reverted, 0);
        rp_expect_text(paths[i], fixture_line(&fixture, "outside/memory.high"), "8192");
        fixture_drop(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restores_only_what_is_ours),           cmocka_unit_test(knows_a_cgroup_by_its_inode),
        cmocka_unit_test(leaves_to_a_hand_what_may_sleep),      cmocka_unit_test(one_failure_does_not_stop_the_others),
        cmocka_unit_test(two_records_of_one_knob_count_as_one), cmocka_unit_test(stays_beneath_the_root),
    };
    return RP_RUN(tests);
}
