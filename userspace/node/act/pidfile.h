// SPDX-License-Identifier: Apache-2.0
/* From the main process of a container to the one that it names in a file. */
#ifndef RP_NODE_ACT_PIDFILE_H
#define RP_NODE_ACT_PIDFILE_H

#include "node/act/checkpoint.h"

/*
 * Each target becomes the process of its container, in the same pid namespace, whose number there stands in the file
 * job->target.path, or is dropped. `dirfd` is the workload's cgroup.
 */
void rp_pidfile_follow(const struct rp_undo_roots *roots, const struct rp_job *job, int dirfd,
                       struct rp_signal_targets *targets);

#endif
