// SPDX-License-Identifier: Apache-2.0
/*
 * What the checkpoints of one workload were measured to take: kept when its pod is replaced, and in a file when Reprieve or
 * the machine starts anew, because a first estimate that is too small loses the work.
 */
#ifndef RP_HABIT_H
#define RP_HABIT_H

#include "reprieve/types.h"

#define RP_HABITS_MAX     64
#define RP_DURATIONS_MAX  16
#define RP_HABIT_NAME_MAX (RP_NS_MAX + RP_POD_NAME_MAX)

struct rp_habit {
    char name
        [RP_HABIT_NAME_MAX]; /* "NAMESPACE/NAME" of a pod, "NAME" of a configured workload; "": this place is free */
    rp_ns durations_ns[RP_DURATIONS_MAX]; /* ring of request-to-answer times */
    uint32_t durations_n;                 /* how many were ever measured */
    int64_t bytes;                        /* of the last checkpoint; 0: not known */
    uint64_t learned;                     /* counts up over all; the smallest gives way */
};

#endif
