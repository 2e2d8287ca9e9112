// SPDX-License-Identifier: Apache-2.0
/*
 * oom_score_adj of every process of a pod: set it, follow new processes, put it back.
 *
 * Children inherit the value of their parent, so a process that was born under a shield holds our value without a record
 * of its own. Two things make that safe. A repeated walk (the shield is applied again every second) writes such children
 * down. And putting back covers those that no walk has met: in a container that we changed, a process without a record
 * that reads our value gets the container's old value. That is why a process that held our value before we came gets a
 * record as well, and why the last record of a container outlives its process.
 *
 * Writing oom_score_adj with CAP_SYS_RESOURCE also moves the lowest value that the process may give itself later; that
 * cannot be read and is therefore not restored. Container runtimes write with that right too, so it stood at the old
 * value before.
 */
#ifndef RP_NODE_ACT_SHIELD_H
#define RP_NODE_ACT_SHIELD_H

#include "node/act/revert.h"

/* At or below this a process belongs to the runtime (the kubelet gives pause -998) and is never touched. */
#define RP_SHIELD_RUNTIME_ADJ (-998)

struct rp_shield_counts {
    uint32_t seen;    /* processes that may be touched */
    uint32_t holding; /* of them, hold the wanted value now */
    uint32_t theirs;  /* changed by somebody else after us: left */
    uint32_t failed;  /* the kernel refused */
    uint32_t no_room; /* the log is full: left unchanged */
    int32_t error;    /* of the last failure */
};

/*
 * Bring all processes of the change's cgroup to its intended value, writing each down first. Stops with -ETIME once
 * CLOCK_MONOTONIC passes the deadline, because whoever is late has been given up and may be undone already. 0 or -errno.
 */
int rp_shield_apply(struct rp_undo *undo, const struct rp_undo_change *change, const struct rp_undo_roots *roots,
                    rp_ns deadline_ns, struct rp_shield_counts *ret) RP_MUST_CHECK;

/* Put back and free all process records of the change's cgroup, and what was inherited from them. */
struct rp_revert rp_shield_revert(struct rp_undo *undo, const struct rp_undo_change *change,
                                  const struct rp_undo_roots *roots);

/* Put back one process record and free it unless that failed. */
enum rp_revert_result rp_shield_revert_task(struct rp_undo_task *task, int proc_fd);

#endif
