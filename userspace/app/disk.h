// SPDX-License-Identifier: Apache-2.0
/*
 * When hands look at disks, and at whose. File systems: every ten seconds; every second while one is near its threshold,
 * that is, has less than twice of it left, or would come to that within a minute at the pace at which it fell between the
 * last two looks. Pods: one after the other, every few seconds; every second turn is for those that are protected or take
 * room fast. No pod is looked at while memory is fought for, because that is what hands are needed for.
 */
#ifndef RP_APP_DISK_H
#define RP_APP_DISK_H

#include "node/act/hands.h"
#include "reprieve/model.h"

struct rp_disk_watch {
    bool looking, looking_at_pod; /* a job is under way */
    rp_ns due_ns, pod_due_ns;
    rp_ns pause_ns; /* between two attempts, if the last one failed; 0: it did not */
    rp_ns pod_posted_ns;
    bool near;
    uint32_t turn, favoured_turn; /* the pods that were looked at last */
    bool favour;                  /* whose turn it is */
    struct rp_fs_list last;
};

/* Give to hands what is due. */
void rp_disk_watch_order(struct rp_disk_watch *watch, struct rp_arena *arena, struct rp_hands *hands, rp_ns now);

/* When to order next. */
rp_ns rp_disk_watch_next(const struct rp_disk_watch *watch);

/* Results of such jobs. */
void rp_disk_watch_filesystems(struct rp_disk_watch *watch, struct rp_arena *arena, const struct rp_job_result *result,
                               rp_ns now);
void rp_disk_watch_pod(struct rp_disk_watch *watch, rp_ns now);

/* The sample says that a file system was full. */
void rp_disk_watch_hear(struct rp_disk_watch *watch, const struct rp_sample *sample);

/* The rule above; `before` may be NULL. */
bool rp_disk_is_near(const struct rp_fact_kubelet *kubelet, const struct rp_fs_reading *now,
                     const struct rp_fs_reading *before);

#endif
