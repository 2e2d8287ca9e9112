// SPDX-License-Identifier: Apache-2.0
/*
 * Files inside a container, for what its contract names: found by the root directory of one of its processes and with that
 * process's ids, so that nothing is seen or written that it could not see or write itself. Paths are resolved within that
 * root, magic links are refused, a symbolic link at the end as well, and only regular files are opened.
 *
 * A container's file system may be a tenant's FUSE mount that never answers: only hands call this.
 * Rights: CAP_SYS_PTRACE, to pass through /proc/PID/root of another user's process; CAP_SETUID and CAP_SETGID for its ids.
 */
#ifndef RP_NODE_ACT_INSIDE_H
#define RP_NODE_ACT_INSIDE_H

#include "node/act/checkpoint.h"

/* What is to be done there: 0 or -errno. */
typedef int rp_inside_fn(void *ctx, int root_fd);

/*
 * Do it with the root and ids of that process. -ESRCH if it is gone or has left the job's cgroup, and nothing was done;
 * another -errno likewise; else what `what` gave.
 */
int rp_inside(const struct rp_undo_roots *roots, const struct rp_job *job, const struct rp_signal_target *target,
              rp_inside_fn *what, void *ctx) RP_MUST_CHECK;

/* O_PATH descriptor of a regular file, which neither reads it nor waits on a FIFO. -EINVAL: it is none. */
int rp_inside_find(int root_fd, const char *path) RP_MUST_CHECK;

/* Open what rp_inside_find gave, and not whatever has its name by now. `proc_fd` is that of roots. */
int rp_inside_open(int proc_fd, int found_fd, int flags) RP_MUST_CHECK;

#endif
