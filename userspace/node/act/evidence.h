// SPDX-License-Identifier: Apache-2.0
/*
 * The acknowledgement of a workload, a file or the newest that a pattern names: looked at before the request and after it, and believed only if it is newer than
 * itself. A file from an earlier checkpoint never counts, whatever the clocks say.
 *
 * The path comes from an annotation and is resolved inside the container (node/act/inside.h), so it cannot name a file of
 * the node.
 */
#ifndef RP_NODE_ACT_EVIDENCE_H
#define RP_NODE_ACT_EVIDENCE_H

#include "node/act/checkpoint.h"

/* The file as it stands now in every container that the target names. */
void rp_evidence_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result);

/*
 * A file that has appeared or been written again since the baseline, or NULL. What the baseline could not see or does not
 * know is taken into it and counts from the next look on.
 */
const struct rp_evidence_file *rp_evidence_fresh(struct rp_evidence *baseline, const struct rp_evidence *now);

/* reprieve-wrap's answer to that request, or NULL: its number says more than any time. */
const struct rp_evidence_file *rp_evidence_answer(const struct rp_evidence *now, uint64_t id);

/*
 * The same for the newest of many files, which somebody may still be writing: its mtime is later than the baseline's, it is
 * not empty, and two looks in a row found it unchanged. `last` is empty at first and kept for the next look.
 */
const struct rp_evidence_file *rp_evidence_settled(struct rp_evidence *baseline, struct rp_evidence *last,
                                                   const struct rp_evidence *now);

#endif
