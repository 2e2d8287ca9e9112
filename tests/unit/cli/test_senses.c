// SPDX-License-Identifier: Apache-2.0
/* Tasks, disks and hardware as the operator's tool shows them: right fields, null for what is not known, lines that fit. */
#include "view.h"

static void json_has_what_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int64_t value;
    } rows[] = {
        {"filesystems.0.bytes.available", INT64_C(20) << 30},
        {"filesystems.0.bytes.growth_per_s", 30 * RP_MIB},
        {"filesystems.0.bytes.fell", 1000 * RP_MIB},
        {"filesystems.0.bytes.explained", 930 * RP_MIB},
        {"filesystems.0.inodes.size", 6000000},
        {"filesystems.0.inodes.growth_per_s", 12},
        {"filesystems.0.no_space_s", 450},
        {"node.tasks", 30000},
        {"node.tasks_available", 2768},
        {"node.fork_failures", 5},
        {"node.io_some_permille", 250},
        {"node.hardware.3.total", 2},
        {"node.hardware.3.last_s", 460},
        {"pods.1.tasks.now", 99},
        {"pods.1.tasks.forks_per_s", 40},
        {"pods.1.tasks.refused.total", 17},
        {"pods.1.tasks.refused_limit", 100},
        {"pods.1.disk.filesystems.0.bytes_per_s", 29 * RP_MIB},
        {"pods.1.disk.filesystems.0.inodes_made", 4000},
        {"pods.1.disk.block_write_bytes_per_s", 25 * RP_MIB},
        {"pods.1.disk.no_space.total", 2},
        {"pods.1.deleted_open.bytes", 700 * RP_MIB},
        {"pods.1.deleted_open.files", 3},
        {"pods.0.logs.bytes", 4 * RP_MIB},
    };
    static const char *const unknown[] = {"filesystems.1.inodes",
                                          "filesystems.1.bytes.growth_per_s",
                                          "filesystems.1.bytes.fall_per_s",
                                          "filesystems.1.bytes.threshold",
                                          "filesystems.1.no_space_s",
                                          "node.hardware.0.last_s",
                                          "pods.0.tasks.now",
                                          "pods.0.tasks.refused_by",
                                          "pods.1.logs.bytes",
                                          "pods.0.deleted_open.files"};
    struct view view;
    rp_shown_make(&view.scene);
    show(&view);
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_i64(rows[i].path, (int64_t)json_number_value(at(&view, rows[i].path)), rows[i].value);
    for (size_t i = 0; i < RP_ROWS(unknown); i++)
        rp_expect_i64(unknown[i], json_is_null(at(&view, unknown[i])), true);
    assert_int_equal(json_array_size(at(&view, "filesystems.0.roles")), 2);
    assert_int_equal(json_array_size(at(&view, "node.hardware")), RP_HARDWARE_MAX); /* no EDAC */
    assert_int_equal(json_array_size(at(&view, "pods.1.disk.filesystems")), 1);     /* one of two is counted */
    assert_true(rp_ends_with(json_string_value(at(&view, "pods.1.tasks.refused_by")), ".slice"));
    drop(&view);
}

static void text_says_it_in_few_lines(void **state)
{
    (void)state;
    struct view view;
    rp_shown_make(&view.scene);
    show(&view);
    expect_line(&view,
                "  pid.available                    2768 free of 32768, 7 running, disks stall 25 %; 5 forks failed, "
                "last 30 s ago\n");
    expect_line(&view, "  nodefs, imagefs             ");
    expect_line(&view, "  grows 30.0 MiB/s (93 % explained)  inodes 17 % +12/s  full, last 50 s ago\n");
    expect_line(&view, "  logs                          512 MiB free of 1.0 GiB\n");
    expect_line(&view, "  hardware page-lost                  2, last 40 s ago\n");
    expect_line(&view, "  team/batch-7f9c           99      40   29.0 MiB        11         ?   700 MiB  17 forks by "
                       "pids.max, 2 writes: full\n");
    expect_line(&view, "  team/assembly-0            ?       0        0 B         0   4.0 MiB         ?\n");
    drop(&view);
}

/* The widest numbers and the longest names cut the line, and nothing else. */
static void nothing_is_too_wide(void **state)
{
    (void)state;
    struct view view;
    rp_shown_make(&view.scene);
    struct rp_arena *arena = view.scene.arena;
    struct rp_pod *pod = rp_scene_at(&view.scene, RP_SHOWN_BATCH);
    memset(pod->name, 'n', sizeof(pod->name) - 1);
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++) {
        pod->activity.disk[i].allocated_bytes.per_s = pod->activity.disk[i].inodes_made.per_s = INT64_MAX;
        arena->fs[i].now.available_bytes = arena->fs[i].now.capacity_bytes = arena->fs[i].now.inodes = UINT64_MAX;
        arena->fs[i].bytes.growth.per_s = arena->fs[i].bytes.fell = arena->fs[i].bytes.explained = INT64_MAX;
        arena->fs[i].inodes.growth.per_s = INT64_MIN;
        arena->fs[i].counted_ns = arena->fs[i].no_space_ns = 1;
    }
    for (uint32_t i = 0; i < RP_TROUBLE_MAX; i++)
        pod->activity.troubles[i].count = UINT64_MAX;
    arena->fs[0].now.roles = RP_FS_ANY & ~RP_FS_LOGS;
    arena->node.now.tasks = arena->node.now.tasks_running = arena->node.fork_failures = UINT64_MAX;
    arena->node.io_some_us.per_s = INT64_MIN;
    pod->deleted.bytes = pod->logs.bytes = INT64_MIN;
    show(&view);
    for (char *rest = view.text, *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        assert_true(strlen(line) < 256);
    drop(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_what_is_known),
        cmocka_unit_test(text_says_it_in_few_lines),
        cmocka_unit_test(nothing_is_too_wide),
    };
    return RP_RUN(tests);
}
