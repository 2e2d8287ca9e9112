// SPDX-License-Identifier: Apache-2.0
/*
 * Killing process by process, for kernels before 5.14 that have no cgroup.kill, and taking a killed process's memory back
 * without waiting for it to run. The guard has frozen the cgroup before, so that nothing in it can fork away.
 *
 * Rights: CAP_KILL for processes of other users. process_mrelease(2), kernel 5.15, asks for none: it only works on what
 * is dying already.
 */
#ifndef RP_NODE_ACT_KILL_H
#define RP_NODE_ACT_KILL_H

#include "node/act/job.h"
#include "node/act/revert.h"

/* SIGKILL until nobody is left or the deadline passes: then -ETIMEDOUT. */
void rp_kill_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result);

/* Release the memory of every process of the cgroup that is dying. */
void rp_reap_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result);

#endif
