// SPDX-License-Identifier: Apache-2.0
/*
 * Wake-ups on memory pressure of the pods as a class: kubepods, burstable, besteffort. Ordering one is a write to a file of
 * a cgroup, so observe mode has none; leaving enforce mode ends them. They tell nothing that the next look would not see,
 * only sooner: one inside kubepods is reported also while the node as a whole has memory.
 */
#ifndef RP_APP_ALARMS_H
#define RP_APP_ALARMS_H

#include "node/act/hands.h"
#include "reprieve/model.h"

#define RP_ALARMS_MAX 4

struct rp_alarm {
    rp_cgroup_id cgroup; /* RP_CGROUP_NONE: free */
    int fd;              /* -1: ordered, or refused */
};

struct rp_alarms {
    struct rp_alarm list[RP_ALARMS_MAX];
    uint32_t ordered; /* index of the one that a hand is busy with, RP_INDEX_NONE: none */
    rp_ns due_ns;     /* to look for classes that have none */
};

void rp_alarms_init(struct rp_alarms *alarms);

/* Order what is missing and forget those of cgroups that are gone, now and then; with `enforce` false end all. */
void rp_alarms_tend(struct rp_alarms *alarms, struct rp_arena *arena, struct rp_hands *hands, bool enforce);

/* A hand's answer. Takes the descriptor; gives it back to be waited for (POLLPRI), or -1. */
int rp_alarms_result(struct rp_alarms *alarms, const struct rp_job_result *result, int fd);

/* Is it one of these? */
bool rp_alarms_own(const struct rp_alarms *alarms, int fd);

/* The kernel has nothing more to say on it: the cgroup was removed. */
void rp_alarms_end(struct rp_alarms *alarms, int fd);

#endif
