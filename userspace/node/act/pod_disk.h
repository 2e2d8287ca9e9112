// SPDX-License-Identifier: Apache-2.0
/*
 * Room that a pod takes and that no count of its writes shows: its logs, which the container runtime writes, and files
 * that it has deleted but holds open, so that no directory names them and their blocks come back only when it ends.
 *
 * Not seen: deleted files that are only mapped, and logs that are links to elsewhere. A descriptor may lead to a tenant's
 * FUSE mount that never answers: only hands call this.
 *
 * Rights: CAP_SYS_PTRACE and CAP_DAC_OVERRIDE, to follow /proc/PID/fd of another user's process.
 */
#ifndef RP_NODE_ACT_POD_DISK_H
#define RP_NODE_ACT_POD_DISK_H

#include "node/act/job.h"
#include "node/act/revert.h"
#include "reprieve/policy.h"

/* Work ends a second before the job's deadline, or when too much was seen; then the reading says that it is partial. */
void rp_pod_disk_run(const struct rp_policy *policy, const struct rp_undo_roots *roots, const struct rp_job *job,
                     struct rp_job_result *result);

#endif
