// SPDX-License-Identifier: Apache-2.0
#include "node/act/newest.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "harness/tree.h"

struct dir {
    struct rp_tree tree;
    int fd;
};

static void make(struct dir *dir)
{
    rp_tree_make(&dir->tree);
    dir->fd = open(dir->tree.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir->fd >= 0);
}

static void drop(struct dir *dir)
{
    close(dir->fd);
    rp_tree_drop(&dir->tree);
}

/* A file of `bytes` bytes, so that the test knows it again, last written at `second`. */
static void put(struct dir *dir, const char *path, int bytes, time_t second)
{
    char text[64];
    const struct timespec times[2] = {{.tv_sec = second}, {.tv_sec = second}};
    memset(text, 'x', sizeof(text));
    text[bytes] = '\0';
    rp_tree_write(&dir->tree, path, text);
    assert_int_equal(utimensat(dir->fd, path, times, 0), 0);
}

static void finds_the_newest(void **state)
{
    static const struct {
        const char *pattern;
        int r;
        int bytes;
    } rows[] = {
        {"/ckpt/*.ckpt", 0, 2},
        {"/ckpt/a.ckpt", 0, 1},
        {"/ckpt/?.ckpt", 0, 2},
        {"/ckpt/*.cpt", -ENOENT, 0},
        {"/ckpt/none", -ENOENT, 0},
        {"/none/*", -ENOENT, 0},
        {"/ckpt/*/state", 0, 4},
        {"/ckpt/**/state", 0, 5},
        {"/**/state", 0, 5},
        {"/ckpt/**", 0, 5},
        {"/ckpt/*", 0, 2}, /* not the newer one that begins with a dot */
        {"/ckpt/.*", 0, 9},
        {"/ckpt/**/**/deep/state", 0, 5},
        {"/linked/*.ckpt", 0, 2},  /* a link before the first wildcard */
        {"/*/x.ckpt", -ENOENT, 0}, /* and one behind it */
        {"/ckpt/*/../a.ckpt", -EXDEV, 0},
        {"/ckpt/run*", -ENOENT, 0}, /* directories are no files */
    };
    struct dir dir;
    (void)state;
    make(&dir);
    put(&dir, "ckpt/a.ckpt", 1, 1000);
    put(&dir, "ckpt/b.ckpt", 2, 3000);
    put(&dir, "ckpt/.tmp", 9, 9000);
    put(&dir, "ckpt/run1/state", 3, 3500);
    put(&dir, "ckpt/run2/state", 4, 3600);
    put(&dir, "ckpt/run2/deep/state", 5, 4000);
    put(&dir, "other/x.ckpt", 6, 1);
    rp_tree_remove(&dir.tree, "other/x.ckpt");
    put(&dir, "hidden/.d/x.ckpt", 6, 1);
    assert_int_equal(symlinkat("ckpt", dir.fd, "linked"), 0);
    assert_int_equal(symlinkat("hidden/.d", dir.fd, "through"), 0);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct stat st = {.st_size = 0};
        rp_expect_i64(rows[i].pattern, rp_newest_find(dir.fd, rows[i].pattern, RP_NS_FOREVER, &st), rows[i].r);
        rp_expect_i64(rows[i].pattern, st.st_size, rows[i].bytes);
    }
    drop(&dir);
}

static void is_bounded(void **state)
{
    struct dir dir;
    struct stat st = {.st_size = 0};
    char path[256] = "deep";
    (void)state;
    make(&dir);
    for (int i = 0; i <= RP_NEWEST_DEPTH_MAX; i++)
        (void)snprintf(path + strlen(path), sizeof(path) - strlen(path), "/d");
    rp_tree_mkdir(&dir.tree, path);
    assert_int_equal(rp_newest_find(dir.fd, "/deep/**/x", RP_NS_FOREVER, &st), -E2BIG);
    assert_int_equal(rp_newest_find(dir.fd, "/deep/d/*", RP_NS_FOREVER, &st), -ENOENT);
    rp_tree_mkdir(&dir.tree, "many");
    for (int i = 0; i < RP_NEWEST_ENTRIES_MAX; i++) {
        (void)snprintf(path, sizeof(path), "many/%d", i);
        const int fd = openat(dir.fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        close(fd);
    }
    assert_int_equal(rp_newest_find(dir.fd, "/many/*", RP_NS_FOREVER, &st), -E2BIG);
    assert_int_equal(rp_newest_find(dir.fd, "/many/*", 1, &st), -ETIME);
    assert_int_equal(st.st_size, 0);
    drop(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_the_newest), cmocka_unit_test(is_bounded)};
    return RP_RUN(tests);
}
