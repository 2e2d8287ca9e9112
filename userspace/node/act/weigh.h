// SPDX-License-Identifier: Apache-2.0
/*
 * The processes of a cgroup as the kernel weighs them when it looks for a victim (mm/oom_kill.c: oom_badness): resident
 * memory, swap and page tables, and a thousandth of the machine's memory and swap for each of oom_score_adj.
 *
 * Only hands call this: a cgroup may have thousands of processes. Rights: none; with hidepid=2 CAP_SYS_PTRACE.
 */
#ifndef RP_NODE_ACT_WEIGH_H
#define RP_NODE_ACT_WEIGH_H

#include "node/act/job.h"
#include "node/act/revert.h"

/* Work ends shortly before the job's deadline, or when too many were seen; then the result says that it is partial. */
void rp_weigh_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result);

#endif
