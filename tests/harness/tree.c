// SPDX-License-Identifier: Apache-2.0
/* Directory trees for tests. */
#include "tree.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void at(const struct rp_tree *tree, const char *path, char *dst, size_t size)
{
    const int n = snprintf(dst, size, "%s/%s", tree->root, path);
    assert_true(n > 0 && (size_t)n < size);
}

void rp_tree_make(struct rp_tree *tree)
{
    const char *where = getenv("TMPDIR");
    const int n = snprintf(tree->root, sizeof(tree->root), "%s/rp-tree-XXXXXX", where ? where : "/tmp");
    assert_true(n > 0 && (size_t)n < sizeof(tree->root));
    assert_non_null(mkdtemp(tree->root));
}

/* Make every directory that ends in a slash of `path`, from the `from`th byte on. */
static void make_parents(char *path, size_t from)
{
    for (char *slash = strchr(path + from, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) < 0)
            assert_int_equal(errno, EEXIST);
        *slash = '/';
    }
}

void rp_tree_mkdir(const struct rp_tree *tree, const char *path)
{
    char full[2048], below[2048];
    const int n = snprintf(below, sizeof(below), "%s/", path);
    assert_true(n > 0 && (size_t)n < sizeof(below));
    at(tree, below, full, sizeof(full));
    make_parents(full, strlen(tree->root) + 1);
}

void rp_tree_write(const struct rp_tree *tree, const char *path, const char *text)
{
    char full[2048];
    at(tree, path, full, sizeof(full));
    make_parents(full, strlen(tree->root) + 1);
    const int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

void rp_tree_read(const struct rp_tree *tree, const char *path, char *dst, size_t size)
{
    char full[2048];
    at(tree, path, full, sizeof(full));
    const int fd = open(full, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const ssize_t n = read(fd, dst, size);
    close(fd);
    assert_true(n >= 0 && (size_t)n < size);
    dst[n] = '\0';
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void remove_all(const char *full)
{
    assert_int_equal(nftw(full, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void rp_tree_remove(const struct rp_tree *tree, const char *path)
{
    char full[2048];
    at(tree, path, full, sizeof(full));
    remove_all(full);
}

void rp_tree_drop(struct rp_tree *tree)
{
    remove_all(tree->root);
    tree->root[0] = '\0';
}
