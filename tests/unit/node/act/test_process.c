// SPDX-License-Identifier: Apache-2.0
#include "node/act/process.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "harness/hostile.h"
#include "node/act/cgroup_dir.h"
#include "unit/node/act/fixture.h"

RP_PARSER(parse_stat, rp_process_parse_stat, struct rp_process_stat)

#define STAT_TAIL " S 17 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1000 10\n"

static void reads_stat_behind_any_name(void **state)
{
    static const struct {
        const char *text;
        int r;
        int32_t parent;
        uint64_t starttime;
    } rows[] = {
        {"12 (sh)" STAT_TAIL, 0, 17, 987654},
        {"12 (a) S 1 2 3 (b)" STAT_TAIL, 0, 17, 987654}, /* a process may call itself anything */
        {"12 (foo) Z \n)" STAT_TAIL, 0, 17, 987654},
        {"12 ()" STAT_TAIL, 0, 17, 987654},
        {"12 (sh) S 17 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654", -EBADMSG, 0, 0}, /* may be cut off */
        {"12 (sh) S 17 1 1 0", -EBADMSG, 0, 0},
        {"12 (sh) S x 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1\n", -EBADMSG, 0, 0},
        {"12 (sh) S -1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1\n", -EBADMSG, 0, 0},
        {"12 (sh) S 17 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 -5 1\n", -EBADMSG, 0, 0},
        {"12 sh" STAT_TAIL, -EBADMSG, 0, 0},
        {"", -EBADMSG, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_process_stat stat = {0};
        char *text = rp_exact(rows[i].text, strlen(rows[i].text));
        rp_expect_i64(rows[i].text, rp_process_parse_stat(text, strlen(rows[i].text), &stat), rows[i].r);
        rp_expect_i64(rows[i].text, stat.parent, rows[i].parent);
        rp_expect_u64(rows[i].text, stat.starttime, rows[i].starttime);
        free(text);
    }
    rp_hostile(parse_stat, sizeof(struct rp_process_stat), "12 (sh)" STAT_TAIL, strlen("12 (sh)" STAT_TAIL));
}

static void compares_cgroup_paths(void **state)
{
    static const struct {
        const char *shown, *path;
        bool under;
    } rows[] = {
        {"a/b", "a/b", true},
        {"a/b/c", "a/b", true},
        {"a/bc", "a/b", false},
        {"a", "a/b", false},
        {"x/a/b", "a/b", false},
        {"anything", "", true},
        {"", "a", false},
        {"", "", true},
        /* From inside a private cgroup namespace whose root is kubepods/podX/c1: */
        {"../../podA/c2", "kubepods/podA", true},
        {"../../podA", "kubepods/podA", true},
        {"../../../kubepods/podA/c2", "kubepods/podA", true},
        {"../../podB/c2", "kubepods/podA", false},
        {"../../podAB/c2", "kubepods/podA", false},
        {"../../../kubepods", "kubepods/podA", false},
        {"..", "kubepods/podA", false},
        {"../..", "kubepods/podA", false},
        {"..podA", "kubepods/podA", false},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_i64(rows[i].shown, rp_cgroup_path_is_under(rows[i].shown, rows[i].path), rows[i].under);
}

/* What is read through the directory of a process that has ended fails, also when the number belongs to another one. */
static void a_descriptor_stands_for_the_process(void **state)
{
    struct rp_process_stat stat = {0};
    int ends[2];
    char name[RP_NAME_MAX];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const pid_t pid = fork();
    if (pid == 0) {
        char byte = 0;
        close(ends[1]);
        _exit((int)read(ends[0], &byte, 1));
    }
    close(ends[0]);
    const int fd = rp_process_open(proc, pid);
    assert_true(fd >= 0);
    assert_int_equal(rp_process_stat(fd, &stat), 0);
    assert_int_equal(stat.parent, getpid());
    assert_true(stat.starttime > 0);
    assert_int_equal(rp_process_comm(fd, name), 0);
    assert_true(strlen(name) > 0);
    const int root = rp_process_root(fd);
    assert_true(root >= 0);
    close(root);
    close(ends[1]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(rp_process_stat(fd, &stat), -ESRCH);
    assert_int_equal(rp_process_open(proc, pid), -ESRCH);
    close(fd);
    close(proc);
}

struct met {
    uint32_t n;
    int32_t pid[64];
    rp_cgroup_id leaf[64];
    uint32_t stop_after;
};

static int meet(void *ctx, int32_t pid, rp_cgroup_id leaf)
{
    struct met *met = ctx;
    assert_true(met->n < 64);
    met->pid[met->n] = pid;
    met->leaf[met->n++] = leaf;
    return met->stop_after && met->n == met->stop_after ? -ECANCELED : 0;
}

static bool has_met(const struct met *met, int32_t pid, rp_cgroup_id leaf)
{
    for (uint32_t i = 0; i < met->n; i++)
        if (met->pid[i] == pid && met->leaf[i] == leaf)
            return true;
    return false;
}

static void walks_all_processes_below(void **state)
{
    struct fixture fixture;
    struct met met = {0};
    (void)state;
    fixture_make(&fixture);
    const rp_cgroup_id pod = fixture_cgroup(&fixture, POD_PATH);
    const rp_cgroup_id one = fixture_cgroup(&fixture, POD_PATH "/c1"),
                       deep = fixture_cgroup(&fixture, POD_PATH "/c2/x/y");
    (void)fixture_cgroup(&fixture, POD_PATH "/c2");
    (void)fixture_cgroup(&fixture, POD_PATH "/c2/x");
    (void)fixture_cgroup(&fixture, POD_PATH "x"); /* a neighbour */
    fixture_set(&fixture, POD_PATH, "cgroup.procs", "5\n");
    fixture_set(&fixture, POD_PATH "/c1", "cgroup.procs", "10\n0\n4194304\n"); /* 0: of another pid namespace */
    fixture_set(&fixture, POD_PATH "/c2/x/y", "cgroup.procs", "30\n99999999999\n31\n");
    fixture_set(&fixture, POD_PATH "x", "cgroup.procs", "66\n");
    const int fd = fixture_open(&fixture, "cgroup/" POD_PATH);
    assert_int_equal(rp_cgroup_dir_processes(fd, meet, &met), 0);
    assert_true(has_met(&met, 5, pod) && has_met(&met, 10, one) && has_met(&met, 4194304, one));
    assert_true(has_met(&met, 30, deep) && has_met(&met, 31, deep));
    assert_int_equal(met.n, 5);
    met.n = 0;
    assert_int_equal(rp_cgroup_dir_processes(fd, meet, &met), 0); /* once more through the same descriptor */
    assert_int_equal(met.n, 5);
    met = (struct met){.stop_after = 2};
    assert_int_equal(rp_cgroup_dir_processes(fd, meet, &met), -ECANCELED);
    assert_int_equal(met.n, 2);
    close(fd);
    fixture_drop(&fixture);
}

static void says_when_there_are_too_many_cgroups(void **state)
{
    struct fixture fixture;
    struct met met = {0};
    (void)state;
    fixture_make(&fixture);
    (void)fixture_cgroup(&fixture, POD_PATH);
    fixture_set(&fixture, POD_PATH, "cgroup.procs", "5\n");
    for (int i = 0; i < 200; i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "cgroup/" POD_PATH "/c%d", i);
        rp_tree_mkdir(&fixture.tree, path);
    }
    const int fd = fixture_open(&fixture, "cgroup/" POD_PATH);
    assert_int_equal(rp_cgroup_dir_processes(fd, meet, &met), -E2BIG);
    assert_int_equal(met.n, 1);
    close(fd);
    fixture_drop(&fixture);
}

static void reads_what_a_cgroup_says(void **state)
{
    struct fixture fixture;
    uint64_t number = 0;
    bool populated = false, frozen = true;
    (void)state;
    fixture_make(&fixture);
    const rp_cgroup_id id = fixture_cgroup(&fixture, POD_PATH);
    const int fd = rp_cgroup_dir_open(fixture.roots.cgroup_fd, POD_PATH, id);
    assert_true(fd >= 0);
    assert_int_equal(rp_cgroup_dir_open(fixture.roots.cgroup_fd, POD_PATH, id + 1), -ENOENT);
    assert_int_equal(rp_cgroup_dir_open(fixture.roots.cgroup_fd, POD_PATH "/cpu.max", id), -ENOENT);
    assert_int_equal(rp_cgroup_dir_usage(fd, &number), 0);
    assert_int_equal(number, 1048576);
    fixture_set(&fixture, POD_PATH, "memory.events", "low 0\nhigh 7\nmax 0\noom 0\noom_kill 0\n");
    assert_int_equal(rp_cgroup_dir_high_events(fd, &number), 0);
    assert_int_equal(number, 7);
    assert_int_equal(rp_cgroup_dir_state(fd, &populated, &frozen), 0);
    assert_true(populated);
    assert_false(frozen);
    fixture_set(&fixture, POD_PATH, "memory.current", "lots\n");
    assert_true(rp_cgroup_dir_usage(fd, &number) < 0);
    assert_int_equal(number, 7);
    close(fd);
    fixture_drop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_stat_behind_any_name),           cmocka_unit_test(compares_cgroup_paths),
        cmocka_unit_test(a_descriptor_stands_for_the_process),  cmocka_unit_test(walks_all_processes_below),
        cmocka_unit_test(says_when_there_are_too_many_cgroups), cmocka_unit_test(reads_what_a_cgroup_says),
    };
    return RP_RUN(tests);
}
