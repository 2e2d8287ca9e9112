// SPDX-License-Identifier: Apache-2.0
/*
 * What should be done: a value without descriptors or pointers. Core makes it, the gate checks each action again just
 * before it is executed, an actor (real, observe-only or fake) executes it, and outcomes come back in a later sample.
 */
#ifndef RP_PLAN_H
#define RP_PLAN_H

#include "reprieve/tables.h"
#include "reprieve/types.h"

#define RP_PLAN_MAX 32

struct rp_action {
    uint64_t id;         /* unique within a boot of the guard; outcome and ledger refer to it */
    rp_cgroup_id cgroup; /* where it applies: the pod slice for brakes, the container for kills */
    uint32_t pod;        /* index into the arena's pods, for facts and words */
    uint8_t kind;        /* enum rp_action_kind */
    uint8_t reason;      /* enum rp_reason: why */
    uint8_t cause;       /* enum rp_danger that it answers */
    bool undo;           /* restore the earlier change of this kind on this cgroup instead */
    int64_t
        value; /* knob value: bytes (BRACE, SQUEEZE), cpu permille of one CPU (SLOW), adj (SHIELD), signal (CHECKPOINT) */
    rp_ns expires_ns;       /* the change is undone then, whatever happens; CHECKPOINT: by when it must be written */
    rp_ns deadline_ns;      /* by when the expected effect must show */
    int64_t expected_bytes; /* what it should free or keep from being taken until the deadline */
};

struct rp_plan {
    uint64_t sample_number; /* the sample that it answers */
    rp_ns t_ns;
    struct rp_action actions[RP_PLAN_MAX];
    uint32_t actions_n;
    uint32_t dropped; /* wanted but did not fit; shown */
};

#endif
