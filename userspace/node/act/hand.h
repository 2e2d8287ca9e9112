// SPDX-License-Identifier: Apache-2.0
/*
 * The hand's side: a process that takes one job after the other from its socket and does it, however long that takes. It
 * keeps nothing between two jobs, so the supervisor can replace it at any moment.
 *
 * Rights of a hand, and what for: CAP_KILL (SIGNAL, KILL: processes of other users), CAP_SYS_PTRACE (EVIDENCE,
 * REQUEST: /proc/PID/root; POD_DISK: /proc/PID/fd), CAP_SETUID and CAP_SETGID (the same: to look with the tenant's ids),
 * CAP_DAC_OVERRIDE and CAP_SYS_RESOURCE (APPLY, RESTORE of oom_score_adj: the file belongs to the process's user;
 * lowering; the latter also for ALARM, the first also for FILESYSTEMS and POD_DISK), CAP_BPF and CAP_PERFMON (WALK, as the walk needs). Knobs of cgroups that root owns need none beside uid 0.
 */
#ifndef RP_NODE_ACT_HAND_H
#define RP_NODE_ACT_HAND_H

#include "node/act/job.h"
#include "node/act/revert.h"
#include "node/record/scribe.h"
#include "reprieve/policy.h"

struct rp_hand_context {
    struct rp_undo *undo; /* the shared log: a shield's processes are written down by the hand itself */
    struct rp_undo_roots roots;
    const struct rp_policy *policy; /* FILESYSTEMS, POD_DISK: where things are; NULL: -EINVAL */
    int (*walk)(void *ctx);         /* WALK: 0 or -errno; NULL: -EOPNOTSUPP */
    void *walk_ctx;
    struct rp_scribe *scribe;   /* RECORD; NULL: -EOPNOTSUPP */
    const char *keep_directory; /* KEEP; NULL: -EINVAL */
};

/* Serve jobs until the other end closes: 0, or -errno if the socket fails. The socket may be non-blocking. */
int rp_hand_main(int sock, const struct rp_hand_context *context);

/* Do one job. Gives a descriptor that goes back with the result, or -1. */
void rp_hand_run(const struct rp_hand_context *context, const struct rp_job *job, struct rp_job_result *result,
                 int *ret_fd);

#endif
