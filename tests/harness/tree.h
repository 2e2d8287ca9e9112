// SPDX-License-Identifier: Apache-2.0
/* A directory tree for readers of /proc and /sys/fs/cgroup: made of what a test writes, removed at the end. */
#ifndef RP_HARNESS_TREE_H
#define RP_HARNESS_TREE_H

#include "harness.h"

struct rp_tree {
    char root[256]; /* absolute */
};

/* Every failure below fails the running test. */
void rp_tree_make(struct rp_tree *tree);

/* Make the directory and those above it. */
void rp_tree_mkdir(const struct rp_tree *tree, const char *path);

/* Write (replace) a file; directories above it are made. */
void rp_tree_write(const struct rp_tree *tree, const char *path, const char *text);

/* Read a file back, as a string in the caller's array. */
void rp_tree_read(const struct rp_tree *tree, const char *path, char *dst, size_t size);

/* Remove a file or a directory with all that is in it. */
void rp_tree_remove(const struct rp_tree *tree, const char *path);

/* Remove everything. */
void rp_tree_drop(struct rp_tree *tree);

#endif
