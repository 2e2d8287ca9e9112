// SPDX-License-Identifier: Apache-2.0
#include "node/habit_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "harness/tree.h"

static struct rp_habit habit_of(const char *name, uint64_t learned)
{
    struct rp_habit habit = {.durations_ns = {learned * 10, 20}, .durations_n = 2, .bytes = 4096, .learned = learned};
    assert_int_equal(rp_copy(habit.name, sizeof(habit.name), name), 0);
    return habit;
}

static void kept_over_a_restart(void **state)
{
    struct rp_habit list[RP_HABITS_MAX];
    struct rp_habit first = habit_of("science/assembly", 1), second = habit_of("gromacs", 2);
    struct rp_tree tree;
    uint32_t n = 9;
    (void)state;
    rp_tree_make(&tree);
    assert_int_equal(rp_habit_file_load(tree.root, list, &n), -ENOENT);
    assert_int_equal(n, 9);
    assert_int_equal(rp_habit_file_keep(tree.root, &first), 0);
    assert_int_equal(rp_habit_file_keep(tree.root, &second), 0);
    first = habit_of("science/assembly", 3);
    assert_int_equal(rp_habit_file_keep(tree.root, &first), 0);
    assert_int_equal(rp_habit_file_load(tree.root, list, &n), 0);
    assert_int_equal(n, 2);
    assert_memory_equal(&list[0], &first, sizeof(first));
    assert_memory_equal(&list[1], &second, sizeof(second));
    assert_int_equal(rp_habit_file_keep("/nowhere/at/all", &first), -ENOENT);
    rp_tree_drop(&tree);
}

static void the_longest_unchanged_gives_way(void **state)
{
    struct rp_habit list[RP_HABITS_MAX], one;
    struct rp_tree tree;
    uint32_t n = 0;
    char name[32];
    (void)state;
    rp_tree_make(&tree);
    for (uint32_t i = 0; i < RP_HABITS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "ns/%u", i);
        one = habit_of(name, i == 5 ? 1 : i + 100);
        assert_int_equal(rp_habit_file_keep(tree.root, &one), 0);
    }
    one = habit_of("ns/new", 1000);
    assert_int_equal(rp_habit_file_keep(tree.root, &one), 0);
    assert_int_equal(rp_habit_file_load(tree.root, list, &n), 0);
    assert_int_equal(n, RP_HABITS_MAX);
    assert_string_equal(list[5].name, "ns/new");
    assert_string_equal(list[6].name, "ns/6");
    rp_tree_drop(&tree);
}

/* Damage is seen wherever it is, costs nothing but what was known, and the next one is kept again. */
static void every_damage_is_seen(void **state)
{
    unsigned char bytes[RP_HABIT_FILE_BYTES];
    struct rp_habit list[RP_HABITS_MAX] = {{.name = "untouched"}};
    const struct rp_habit one = habit_of("ns/a", 1);
    struct rp_tree tree;
    uint32_t n = 9;
    (void)state;
    const size_t len = rp_habit_file_make(&one, 1, bytes);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= 0x10;
        assert_true(rp_habit_file_parse(bytes, len, list, &n) < 0);
        bytes[i] ^= 0x10;
        assert_true(rp_habit_file_parse(bytes, i, list, &n) < 0);
    }
    assert_string_equal(list[0].name, "untouched");
    assert_int_equal(n, 9);
    bytes[8]++; /* the version */
    assert_int_equal(rp_habit_file_parse(bytes, len, list, &n), -EPROTONOSUPPORT);
    rp_tree_make(&tree);
    rp_tree_write(&tree, RP_HABIT_FILE, "garbage");
    assert_int_equal(rp_habit_file_load(tree.root, list, &n), -EBADMSG);
    assert_int_equal(rp_habit_file_keep(tree.root, &one), 0);
    assert_int_equal(rp_habit_file_load(tree.root, list, &n), 0);
    assert_string_equal(list[0].name, "ns/a");
    rp_tree_remove(&tree, RP_HABIT_FILE);
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/" RP_HABIT_FILE, tree.root);
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody writes into it */
    assert_true(rp_habit_file_load(tree.root, list, &n) < 0);
    rp_tree_drop(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_over_a_restart),
        cmocka_unit_test(the_longest_unchanged_gives_way),
        cmocka_unit_test(every_damage_is_seen),
    };
    return RP_RUN(tests);
}
