// SPDX-License-Identifier: Apache-2.0
/*
 * The file by which a workload is asked (`checkpoint: file:PATH`, include/reprieve/request.h): made when the workload is
 * first seen, because making one fails on the full disk that may be the reason for asking; overwritten in place later.
 *
 * It is made and written with the container's own root and ids. What is there already is taken only if it is a regular file
 * that is empty or as long as a request: a path that names something else by mistake costs nobody a byte.
 */
#ifndef RP_NODE_ACT_REQUEST_FILE_H
#define RP_NODE_ACT_REQUEST_FILE_H

#include "node/act/checkpoint.h"

/*
 * Write, or with id 0 only make, the file in every container that the target names. `touched` says in how many; a
 * container without that directory is none of them. Gives a pidfd of the first process asked if the job wants it.
 */
void rp_request_file_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result,
                         int *ret_pidfd);

#endif
