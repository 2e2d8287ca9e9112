// SPDX-License-Identifier: Apache-2.0
/*
 * The safety gate: asked just before each single action, whoever planned it. It shares no code with core/decide on
 * purpose: a mistake of the planner must not also be a mistake of the gate.
 *
 * Rules and where they are enforced:
 *   E1 target, E2 cause, E3 victims, E6 evidence, E9 stagger, E10 mode, E11 liveness: here, from the arena.
 *   E5 reclaimable: here; the escape timer that follows a memory.high is the actor's.
 *   E4 here: every change has an end, within the longest time that is configured.
 *   E4 undo log and E7 signal handler: here as far as they are declared, and again where the deed is done, because only
 *      there they can be seen (undo.c: no record, no write; checkpoint.c: the process as it is at that moment).
 *   E8 a rescue that needs no undo is not stopped by failed bookkeeping: a KILL passes with a full undo log.
 */
#ifndef RP_NODE_ACT_GATE_H
#define RP_NODE_ACT_GATE_H

#include "reprieve/model.h"

/* What the caller has just looked at. */
struct rp_gate_facts {
    rp_ns now_ns;
    bool cgroup_matches; /* the kept directory still has the inode that the action names */
    bool undo_has_room;
    uint32_t mode; /* effective enum rp_mode */
    /* since the last sample, so that the arena does not know of it yet */
    bool victim_taken, checkpoint_asked;
};

/* RP_REASON_NONE: go ahead. Anything else: do not, and this is why. Undoing is always allowed. */
enum rp_reason rp_gate_check(struct rp_arena *arena, const struct rp_action *action, const struct rp_gate_facts *facts);

#endif
