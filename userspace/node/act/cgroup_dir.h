// SPDX-License-Identifier: Apache-2.0
/*
 * The directory of one cgroup: opened beneath the cgroup root by path, and believed only if it still has the inode that
 * identifies the cgroup. A removed cgroup whose name was used again has another one.
 */
#ifndef RP_NODE_ACT_CGROUP_DIR_H
#define RP_NODE_ACT_CGROUP_DIR_H

#include "reprieve/types.h"

/* A descriptor that can also be listed. -ENOENT: that cgroup is gone, even if another one has its name. */
int rp_cgroup_dir_open(int root_fd, const char *path, rp_cgroup_id id) RP_MUST_CHECK;

/* Is this descriptor (O_PATH is enough) the directory of that cgroup? */
bool rp_cgroup_dir_is(int dirfd, rp_cgroup_id id);

/* Is the cgroup behind this descriptor still there? A removed one keeps its inode but has no files any more. */
bool rp_cgroup_dir_exists(int dirfd);

/* memory.current in bytes. 0 or -errno. */
int rp_cgroup_dir_usage(int dirfd, uint64_t *ret_bytes) RP_MUST_CHECK;

/* How often the cgroup was reclaimed because it was over its memory.high: `high` of memory.events. 0 or -errno. */
int rp_cgroup_dir_high_events(int dirfd, uint64_t *ret) RP_MUST_CHECK;

/* cgroup.events: `populated` and `frozen`; either may be NULL. 0 or -errno. */
int rp_cgroup_dir_state(int dirfd, bool *ret_populated, bool *ret_frozen) RP_MUST_CHECK;

/*
 * Every process of the cgroup and of all cgroups below it, one call each with the cgroup that it lives in. A callback
 * that returns non-zero ends the walk and gives its result. Processes that are born or die meanwhile may be missed or
 * named twice. 0; -E2BIG too many nested cgroups for the walk; another -errno.
 */
typedef int rp_cgroup_dir_fn(void *ctx, int32_t pid, rp_cgroup_id leaf);
int rp_cgroup_dir_processes(int dirfd, rp_cgroup_dir_fn *each, void *ctx) RP_MUST_CHECK;

#endif
