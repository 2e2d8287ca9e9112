// SPDX-License-Identifier: Apache-2.0
/* What is given to a hand to be kept, and when. The hands are the test. */
#include "app/keeper.h"

#include <stdlib.h>

#include "base/str.h"
#include "harness/tree.h"
#include "node/habit_file.h"
#include "unit/app/played.h"

#define S RP_NS_PER_S

struct desk {
    struct rp_keeper keeper;
    struct rp_arena *arena;
    struct played played;
};

static void make(struct desk *desk)
{
    *desk = (struct desk){.arena = calloc(1, sizeof(struct rp_arena))};
    assert_non_null(desk->arena);
    desk->arena->t_ns = 1000 * S;
    played_make(&desk->played);
}

static void drop(struct desk *desk)
{
    played_drop(&desk->played);
    free(desk->arena);
}

static void learn(struct desk *desk, uint32_t place, const char *name)
{
    struct rp_habit *habit = &desk->arena->habits[place];
    assert_int_equal(rp_copy(habit->name, sizeof(habit->name), name), 0);
    habit->durations_n = 1;
    habit->learned = ++desk->arena->habits_learned;
}

/* Time passes; whose habit was given to a hand then, which answered with `error`; "" if nobody's. */
static const char *pass(struct desk *desk, rp_ns time, int error)
{
    static struct rp_job job;
    desk->arena->t_ns += time;
    rp_keeper_tend(&desk->keeper, desk->arena, &desk->played.hands);
    rp_keeper_tend(&desk->keeper, desk->arena, &desk->played.hands); /* one at a time */
    struct rp_job_result result;
    if (!played_answer(&desk->played, error, &job, &result))
        return "";
    assert_int_equal(job.kind, RP_JOB_KEEP);
    rp_keeper_result(&desk->keeper, desk->arena, &result);
    return job.habit.name;
}

static void keeps_what_is_new_in_the_order_of_learning(void **state)
{
    struct desk desk;
    (void)state;
    make(&desk);
    assert_string_equal(pass(&desk, S, 0), "");
    learn(&desk, 5, "ns/a");
    learn(&desk, 2, "ns/b");
    assert_string_equal(pass(&desk, 0, 0), "ns/a");
    assert_string_equal(pass(&desk, 0, 0), "ns/b");
    assert_string_equal(pass(&desk, 1000 * S, 0), "");
    learn(&desk, 5, "ns/a");
    assert_string_equal(pass(&desk, 0, -ENOSPC), "ns/a");
    assert_string_equal(pass(&desk, 299 * S, 0), "");
    assert_string_equal(pass(&desk, 2 * S, 0), "ns/a");
    drop(&desk);
}

static void what_was_loaded_is_not_kept_again(void **state)
{
    static struct rp_policy policy;
    struct rp_habit habit = {.name = "ns/a", .durations_n = 1, .learned = 7};
    struct rp_tree tree;
    struct desk desk;
    (void)state;
    make(&desk);
    rp_tree_make(&tree);
    rp_policy_init(&policy);
    assert_string_equal(rp_keeper_directory(&policy), policy.record_dir);
    policy.record_dir[0] = '\0';
    assert_string_equal(rp_keeper_directory(&policy), policy.run_dir);
    assert_int_equal(rp_copy(policy.run_dir, sizeof(policy.run_dir), tree.root), 0);
    rp_keeper_load(&desk.keeper, &policy);
    assert_int_equal(desk.keeper.loaded_n, 0);
    assert_int_equal(rp_habit_file_keep(tree.root, &habit), 0);
    rp_keeper_load(&desk.keeper, &policy);
    assert_int_equal(desk.keeper.loaded_n, 1);
    desk.arena->habits[0] = desk.keeper.loaded[0];
    desk.arena->habits_learned = 7;
    assert_string_equal(pass(&desk, S, 0), "");
    learn(&desk, 0, "ns/a");
    assert_string_equal(pass(&desk, S, 0), "ns/a");
    rp_tree_drop(&tree);
    drop(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_is_new_in_the_order_of_learning),
        cmocka_unit_test(what_was_loaded_is_not_kept_again),
    };
    return RP_RUN(tests);
}
