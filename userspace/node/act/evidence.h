// SPDX-License-Identifier: Apache-2.0
/*
 * The acknowledgement file of a workload: looked at before the request and after it, and believed only if it is newer than
 * itself. A file from an earlier checkpoint never counts, whatever the clocks say.
 *
 * The path comes from an annotation and is resolved inside the container by its own root, so it cannot name a file of the
 * node: magic links are refused, a symbolic link at the end as well, and only a regular file counts. It is opened with
 * O_PATH, which neither reads it nor waits on a FIFO. Its file system may be a tenant's FUSE mount that never answers:
 * only hands call this.
 *
 * Rights: CAP_SYS_PTRACE, to pass through /proc/PID/root of another user's process.
 */
#ifndef RP_NODE_ACT_EVIDENCE_H
#define RP_NODE_ACT_EVIDENCE_H

#include "node/act/checkpoint.h"

/* The file as it stands now in every container that the target names. */
void rp_evidence_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result);

/*
 * Has a file appeared or been written again since the baseline? What the baseline could not see or does not know is taken
 * into it and counts from the next look on.
 */
bool rp_evidence_is_fresh(struct rp_evidence *baseline, const struct rp_evidence *now);

#endif
