// SPDX-License-Identifier: Apache-2.0
/* What was tried and what happened; enters the core with the next sample. */
#ifndef RP_OUTCOME_H
#define RP_OUTCOME_H

#include "reprieve/plan.h"
#include "reprieve/types.h"

enum rp_outcome_state {
    RP_OUTCOME_DONE,      /* in force, as read back from the kernel */
    RP_OUTCOME_OBSERVED,  /* observe mode: would have been done */
    RP_OUTCOME_REFUSED,   /* the gate said no, `reason` says which rule */
    RP_OUTCOME_FAILED,    /* the kernel said no, `error` is its -errno */
    RP_OUTCOME_PENDING,   /* given to a hand; a later outcome with the same id follows */
    RP_OUTCOME_UNDONE,    /* restored; reason says why */
    RP_OUTCOME_LEFT,      /* not restored: somebody else changed it, or the cgroup is gone; reason says which */
    RP_OUTCOME_ACKED,     /* CHECKPOINT: the declared evidence appeared */
    RP_OUTCOME_TIMED_OUT, /* CHECKPOINT: no evidence in time; other kinds: the hand missed its deadline */
};

struct rp_outcome {
    struct rp_action action; /* as executed */
    rp_ns t_ns;
    uint8_t state;  /* enum rp_outcome_state */
    uint8_t reason; /* enum rp_reason, with REFUSED, UNDONE, LEFT, FAILED */
    int32_t error;  /* 0 or -errno */
    int64_t
        seen; /* the knob as the kernel shows it back, or the pid signalled; ACKED: exit code, or checkpoint bytes */
};

#endif
