// SPDX-License-Identifier: Apache-2.0
/*
 * What the files of decide/ share: a planner over the arena, and the small questions that each of them asks.
 * Planning order (plan.c): phase, checkpoints, brakes, room, releases, shields. Every file adds actions to one plan, whose
 * room is bounded: what there may be hundreds of comes last.
 */
#ifndef RP_CORE_DECIDE_H
#define RP_CORE_DECIDE_H

#include "reprieve/model.h"

struct rp_planner {
    struct rp_arena *arena;
    struct rp_plan *plan;
    rp_ns now;
    bool stakes; /* a protected workload is here; without one nobody has to give way to anybody */
};

/* ---- targets.c: who may be acted against */

/*
 * Known, unprotected, not critical nor the cluster's own, not leaving, not misunderstood: the only pods that brakes and
 * kills may touch.
 */
bool rp_pod_expendable(const struct rp_pod *pod);

/* Bytes that reclaim could take from the pod: its file cache, and swap-backed anon as far as swap is free. */
int64_t rp_pod_reclaimable_bytes(const struct rp_arena *arena, const struct rp_pod *pod);

/* Writing a checkpoint now: to be left in peace. */
bool rp_pod_checkpointing(const struct rp_pod *pod);

bool rp_somebody_protected(struct rp_arena *arena);

/* Fills `order` with the indices of expendable pods that were read lately, lowest value first, then fastest growth first. Returns how many. */
uint32_t rp_targets(struct rp_arena *arena, uint32_t *order, uint32_t cap);

/* May this step be used against the pod by its floor and by the configuration? */
bool rp_step_allowed(const struct rp_arena *arena, const struct rp_pod *pod, enum rp_action_kind kind);

/* ---- brakes.c: the slots of changes in force */

struct rp_brake *rp_brake_find(struct rp_pod *pod, enum rp_action_kind kind);
struct rp_brake *rp_brake_slot(struct rp_pod *pod, enum rp_action_kind kind); /* existing or free, NULL if none */
bool rp_brake_active(const struct rp_brake *brake);           /* done, pending or (observing) imagined */
bool rp_brake_waits(const struct rp_brake *brake, rp_ns now); /* refused, taken over, or just undone: not yet */

/* The pod that the action was planned for; NULL if it is gone, also when another one has its slot by now. */
struct rp_pod *rp_action_pod(struct rp_arena *arena, const struct rp_action *action);

/* ---- phase.c */

/* Lead danger and phase from the forecasts. */
void rp_phase_step(struct rp_planner *planner);

/* available - threshold of the leading danger (of the kubelet's memory number in calm); may be negative. */
int64_t rp_room_bytes(const struct rp_arena *arena);

/* What must be free before things count as good again: threshold distance that absorbs noise and min-reclaim. */
int64_t rp_margin_bytes(const struct rp_arena *arena);

/* ---- plan.c */

/* Append; fills id and returns the entry, or NULL when the plan is full (counted). */
struct rp_action *rp_plan_add(struct rp_planner *planner, const struct rp_pod *pod, enum rp_action_kind kind,
                              enum rp_reason reason);

/* Append the undoing of one brake. False if it was asked for a moment ago or does not fit. */
bool rp_plan_undo(struct rp_planner *planner, struct rp_pod *pod, struct rp_brake *brake, enum rp_reason reason);

/* ---- release.c */

/* Does the room survive, for that many seconds, the growth that the pod had before this brake? */
bool rp_room_outlasts(const struct rp_arena *arena, const struct rp_brake *brake, int64_t seconds);

/* ---- one file per concern */

void rp_plan_shields(struct rp_planner *planner);     /* shields.c */
void rp_plan_checkpoints(struct rp_planner *planner); /* checkpoints.c */
void rp_plan_brakes(struct rp_planner *planner);      /* slow_down.c: stop the growth, reversibly */
void rp_plan_room(struct rp_planner *planner);        /* make_room.c: get memory back */
void rp_plan_releases(struct rp_planner *planner);    /* release.c: undo on calm and expiry */

/* Requests that nobody answers end, in every mode; a turn that nobody uses is free again. checkpoints.c */
void rp_checkpoints_step(struct rp_planner *planner);

/* p95 of the measured request-to-ack times, or the declared estimate while nothing was measured. checkpoints.c */
rp_ns rp_checkpoint_need_ns(const struct rp_pod *pod);

/* ---- habits.c: what checkpoints of a workload take, beyond the life of its pod */

void rp_habits_take(struct rp_arena *arena, const struct rp_sample *sample);

/* A checkpoint of this pod was measured. */
void rp_habit_learn(struct rp_arena *arena, const struct rp_pod *pod);

/* To pods that are new. */
void rp_habits_recall(struct rp_arena *arena);

/* ---- victims.c: E3's bookkeeping */

/* An outcome of a KILL; `first` of this action. */
void rp_victim_outcome(struct rp_arena *arena, const struct rp_outcome *outcome, bool first);

/* Is the last victim's memory back? */
void rp_victim_watch(struct rp_arena *arena);

/* ---- imagined.c */

/* Enforcing begins: nothing that observe mode only imagined is in force, and none of it counts. */
void rp_forget_imagined(struct rp_arena *arena);

/* ---- ledger.c */

/* The line of that action, or NULL when it has left the ring. */
struct rp_ledger *rp_ledger_find(struct rp_arena *arena, uint64_t action_id);
void rp_ledger_outcome(struct rp_arena *arena, const struct rp_outcome *outcome);
void rp_ledger_step(struct rp_arena *arena); /* measure what actions bought once their deadline has passed */

#endif
