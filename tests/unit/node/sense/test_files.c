// SPDX-License-Identifier: Apache-2.0
/* Kept files of one cgroup: partial sets, garbage, and a real cgroup that is removed under an open descriptor. */
#include "unit/node/sense/fixture.h"

#include "node/sense/files.h"

#define CG "cgroup/" CGROUPFS_POD

static struct rp_scratch scratch;

static int open_dir(const struct fixture *fx, const char *path)
{
    char full[1024];
    fx_path(fx, path, full);
    int fd = open(full, O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    return fd;
}

static struct rp_files open_files(const struct fixture *fx, uint32_t mask)
{
    struct rp_files files;
    int dir = open_dir(fx, CG);
    rp_files_init(&files);
    rp_files_open(&files, dir, mask, RP_FILE_MAX);
    close(dir);
    return files;
}

static void all_fields_are_read(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    fx_cgroup(fx, CGROUPFS_POD, "123456789\n");
    struct rp_files files = open_files(fx, RP_READ_FULL);
    struct rp_cgroup_reading reading = {0};
    struct rp_files_result result = rp_files_read(&files, RP_READ_FULL, &scratch, &reading);
    assert_int_equal(result.gone, 0);
    assert_int_equal(result.garbage, 0);
    assert_int_equal(reading.known, RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_ANON_FILE | RP_CG_SWAP | RP_CG_EVENTS |
                                        RP_CG_PSI | RP_CG_PIDS | RP_CG_MAX | RP_CG_POPULATED);
    assert_int_equal(reading.usage_bytes, 123456789);
    assert_int_equal(reading.inactive_file_bytes, 700);
    assert_int_equal(reading.anon_bytes, 1000);
    assert_int_equal(reading.swap_bytes, 4096);
    assert_int_equal(reading.events_oom_kill, 6);
    assert_int_equal(reading.psi_full_us, 567);
    assert_int_equal(reading.pids, 12);
    assert_true(reading.max_bytes == UINT64_MAX);
    assert_true(reading.populated && !reading.frozen);
    assert_int_equal(rp_files_close(&files, RP_READ(RP_FILE_CURRENT)), RP_FILES_KEPT - 1);
    assert_int_equal(rp_files_close(&files, 0), 1);
    fx_free(fx);
}

static void only_what_is_asked_for(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    fx_cgroup(fx, CGROUPFS_POD, "5\n");
    struct rp_files files = open_files(fx, RP_READ_FULL);
    struct rp_cgroup_reading reading = {0};
    rp_files_read(&files, RP_READ_LIGHT, &scratch, &reading);
    assert_int_equal(reading.known, RP_CG_USAGE | RP_CG_EVENTS);
    rp_files_close(&files, 0);
    fx_free(fx);
}

static void each_file_gives_what_it_promises(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    fx_cgroup(fx, CGROUPFS_POD, "5\n");
    struct rp_files files = open_files(fx, RP_READ_ALL);
    for (uint32_t f = 0; f < RP_FILE_MAX; f++) {
        struct rp_cgroup_reading reading = {0};
        rp_files_read(&files, RP_READ(f), &scratch, &reading);
        assert_true((reading.known & rp_file_gives((enum rp_file)f)) == rp_file_gives((enum rp_file)f));
    }
    rp_files_close(&files, 0);
    fx_free(fx);
}

static void group_kill_is_one_or_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool known, group;
    } rows[] = {{"1\n", true, true}, {"0\n", true, false}, {"2\n", false, false}, {"max\n", false, false}};
    struct fixture *fx = fx_new();
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        fx_cgroup(fx, CGROUPFS_POD, "5\n");
        fx_write(fx, CG "/memory.oom.group", rows[i].text);
        struct rp_cgroup_reading reading = {0};
        int dir = open_dir(fx, CG);
        const struct rp_files_result result = rp_files_read_once(dir, RP_READ(RP_FILE_OOM_GROUP), &scratch, &reading);
        close(dir);
        rp_expect_u64(rows[i].text, reading.known, rows[i].known ? RP_CG_OOM_GROUP : 0);
        rp_expect_u64(rows[i].text, result.garbage != 0, !rows[i].known);
        rp_expect_u64(rows[i].text, reading.oom_group, rows[i].group);
    }
    fx_free(fx);
}

static void absent_files_are_tolerated_and_found_later(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    fx_cgroup(fx, CGROUPFS_POD, "5\n");
    fx_remove(fx, CG "/memory.swap.current");
    fx_remove(fx, CG "/memory.pressure");
    struct rp_files files = open_files(fx, RP_READ_FULL);
    struct rp_cgroup_reading reading = {0};
    struct rp_files_result result = rp_files_read(&files, RP_READ_FULL, &scratch, &reading);
    assert_int_equal(result.garbage | result.gone, 0);
    assert_int_equal(reading.known & (RP_CG_SWAP | RP_CG_PSI), 0);
    assert_true(reading.known & RP_CG_USAGE);
    fx_write(fx, CG "/memory.pressure", PRESSURE);
    int dir = open_dir(fx, CG);
    assert_int_equal(rp_files_open(&files, dir, RP_READ_FULL, RP_FILE_MAX), 1);
    close(dir);
    rp_files_close(&files, 0);
    fx_free(fx);
}

static void the_budget_keeps_the_first_files(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    fx_cgroup(fx, CGROUPFS_POD, "5\n");
    struct rp_files files;
    rp_files_init(&files);
    int dir = open_dir(fx, CG);
    assert_int_equal(rp_files_open(&files, dir, RP_READ_FULL, 2), 2);
    close(dir);
    assert_true(files.fd[RP_FILE_CURRENT] >= 0 && files.fd[RP_FILE_EVENTS] >= 0 && files.fd[RP_FILE_STAT] < 0);
    rp_files_close(&files, 0);
    fx_free(fx);
}

static void garbage_leaves_a_field_unknown(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "-5\n", "12 apples\n", "99999999999999999999999\n", "\xff\xfe\n"};
    for (size_t i = 0; i < RP_ROWS(bad); i++) {
        struct fixture *fx = fx_new();
        fx_cgroup(fx, CGROUPFS_POD, bad[i]);
        fx_write(fx, CG "/memory.stat", bad[i]);
        fx_write(fx, CG "/memory.events", bad[i]);
        fx_write(fx, CG "/memory.pressure", bad[i]);
        fx_write(fx, CG "/cgroup.events", bad[i]);
        struct rp_files files = open_files(fx, RP_READ_FULL);
        struct rp_cgroup_reading reading = {0};
        struct rp_files_result result = rp_files_read(&files, RP_READ_FULL, &scratch, &reading);
        assert_int_equal(result.garbage, RP_READ_LIGHT | RP_READ(RP_FILE_STAT) | RP_READ(RP_FILE_PRESSURE) |
                                             RP_READ(RP_FILE_CGROUP_EVENTS));
        assert_int_equal(result.gone, 0);
        assert_int_equal(reading.known, RP_CG_PIDS | RP_CG_SWAP | RP_CG_MAX);
        rp_files_close(&files, 0);
        fx_free(fx);
    }
}

static void a_huge_file_is_garbage(void **state)
{
    (void)state;
    static char huge[sizeof(scratch.text) + 2];
    memset(huge, '1', sizeof(huge) - 1);
    struct fixture *fx = fx_new();
    fx_cgroup(fx, CGROUPFS_POD, huge);
    struct rp_files files = open_files(fx, RP_READ_LIGHT);
    struct rp_cgroup_reading reading = {0};
    assert_int_equal(rp_files_read(&files, RP_READ_LIGHT, &scratch, &reading).garbage, RP_READ(RP_FILE_CURRENT));
    assert_int_equal(reading.known, RP_CG_EVENTS);
    rp_files_close(&files, 0);
    fx_free(fx);
}

static void links_out_of_the_cgroup_are_not_followed(void **state)
{
    (void)state;
    struct fixture *fx = fx_new();
    char link[1024];
    fx_cgroup(fx, CGROUPFS_POD, "5\n");
    fx_remove(fx, CG "/memory.current");
    fx_path(fx, CG "/memory.current", link);
    assert_int_equal(symlink("/proc/uptime", link), 0);
    struct rp_files files = open_files(fx, RP_READ_LIGHT);
    assert_true(files.fd[RP_FILE_CURRENT] < 0 && files.fd[RP_FILE_EVENTS] >= 0);
    rp_files_close(&files, 0);
    fx_free(fx);
}

/* Where a v2 hierarchy is mounted and may be written to; else NULL. */
static const char *writable_hierarchy(char *dst, size_t size)
{
    static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    for (size_t i = 0; i < 2; i++) {
        char probe[64];
        snprintf(probe, sizeof(probe), "%s/cgroup.controllers", roots[i]);
        snprintf(dst, size, "%s/reprieve-test-%d", roots[i], getpid());
        if (access(probe, F_OK) == 0 && mkdir(dst, 0755) == 0)
            return dst;
    }
    return NULL;
}

static void a_removed_cgroup_answers_gone(void **state)
{
    (void)state;
    char path[64];
    if (!writable_hierarchy(path, sizeof(path))) {
        print_message("SKIP: no cgroup v2 hierarchy that this user may write to\n");
        skip();
    }
    struct rp_files files;
    struct rp_cgroup_reading reading = {0};
    int dir = open(path, O_RDONLY | O_DIRECTORY);
    rp_files_init(&files);
    rp_files_open(&files, dir, RP_READ_FULL, RP_FILE_MAX);
    close(dir);
    assert_true(files.fd[RP_FILE_CGROUP_EVENTS] >= 0);
    struct rp_files_result result = rp_files_read(&files, RP_READ_FULL, &scratch, &reading);
    assert_int_equal(result.gone | result.garbage, 0);
    assert_true((reading.known & RP_CG_POPULATED) && !reading.populated);
    assert_int_equal(rmdir(path), 0);
    result = rp_files_read(&files, RP_READ_FULL, &scratch, &reading);
    assert_int_equal(result.garbage, 0);
    for (uint32_t f = 0; f < RP_FILE_MAX; f++)
        assert_int_equal((result.gone & RP_READ(f)) != 0, files.fd[f] >= 0);
    rp_files_close(&files, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fields_are_read),
        cmocka_unit_test(only_what_is_asked_for),
        cmocka_unit_test(each_file_gives_what_it_promises),
        cmocka_unit_test(group_kill_is_one_or_nothing),
        cmocka_unit_test(absent_files_are_tolerated_and_found_later),
        cmocka_unit_test(the_budget_keeps_the_first_files),
        cmocka_unit_test(garbage_leaves_a_field_unknown),
        cmocka_unit_test(a_huge_file_is_garbage),
        cmocka_unit_test(links_out_of_the_cgroup_are_not_followed),
        cmocka_unit_test(a_removed_cgroup_answers_gone),
    };
    return RP_RUN(tests);
}
