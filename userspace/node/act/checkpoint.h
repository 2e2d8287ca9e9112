// SPDX-License-Identifier: Apache-2.0
/*
 * A checkpoint request by signal, as late and as narrowly checked as possible (rule E7). A signal that a program does not
 * handle kills it, so it is sent only if the process, at that moment, is one that the contract names, still lives in the
 * workload's cgroup, and catches the signal (or, declared as `signalfd`, blocks it to read it).
 *
 * Catching is necessary, not sufficient: the handler may do anything. It is also what makes PID 1 of a container safe: the
 * kernel drops signals that an init does not handle, and an unhandled request would look like an ignored one.
 *
 * Between the last look and the signal a few microseconds remain in which the program could exec and lose its handler.
 * No interface of the kernel closes that gap.
 *
 * Rights: CAP_KILL for processes of other users; for a pidfile those of node/act/inside.h.
 */
#ifndef RP_NODE_ACT_CHECKPOINT_H
#define RP_NODE_ACT_CHECKPOINT_H

#include "core/parse/proc_status.h"
#include "node/act/job.h"
#include "node/act/revert.h"

#define RP_TARGETS_MAX 256

/* One process that the contract's target names. */
struct rp_signal_target {
    int32_t pid;
    bool is_init;   /* PID 1 of its own namespace */
    uint32_t depth; /* of its pid namespace below ours; 1: it is in ours */
    rp_cgroup_id leaf;
    uint64_t starttime;
};

struct rp_signal_targets {
    uint32_t n;
    uint32_t dropped; /* more than fit */
    struct rp_signal_target list[RP_TARGETS_MAX];
};

/*
 * The processes that `target` names below the cgroup, PID 1s first:
 *   pid1  per container the process that is PID 1 in its own namespace; without such a namespace the eldest process whose
 *         parent lives outside of the cgroup (the main process of a systemd unit, or of a pod that shares one namespace);
 *   all   every process;   comm  every process of that name;
 *   pidfile  for a job that signals: per container the process whose number, as the container counts, stands in a file
 *            there; else as pid1.
 * The runtime's pause process is none of them unless its name is asked for. 0 or -errno.
 */
int rp_signal_find(const struct rp_undo_roots *roots, const struct rp_job *job,
                   struct rp_signal_targets *ret) RP_MUST_CHECK;

/* E7 on what /proc/PID/status says. */
bool rp_signal_is_handled(const struct rp_proc_status *status, int signal, bool signalfd);

/* Find, check and signal. Gives a pidfd of the first one signalled in *ret_pidfd if the job wants it, else -1. */
void rp_signal_run(const struct rp_undo_roots *roots, const struct rp_job *job, struct rp_job_result *result,
                   int *ret_pidfd);

#endif
