// SPDX-License-Identifier: Apache-2.0
/*
 * Executing a plan: one action in, one outcome out, and later outcomes for what could not be finished at once. Behind the
 * one interface stand the real actor and the observer; a test can put its own there.
 *
 * The gate has agreed before rp_actor_apply is called; the actor checks again only what can be seen at the knob itself.
 * Calls of one tick, in this order: rp_actor_result for every result of a hand that is not the sensor's, rp_actor_poll,
 * after a sweep rp_actor_check, then rp_actor_apply for the plan's actions. None of them waits or allocates.
 */
#ifndef RP_NODE_ACT_ACTOR_H
#define RP_NODE_ACT_ACTOR_H

#include "node/act/brakes.h"
#include "node/act/request.h"

struct rp_actor;

struct rp_actor_ops {
    void (*apply)(struct rp_actor *actor, const struct rp_action *action, struct rp_outcome *outcome);
    void (*result)(struct rp_actor *actor, const struct rp_job_result *result, int fd, struct rp_outcomes *out);
    void (*poll)(struct rp_actor *actor, rp_ns now, struct rp_outcomes *out);
    void (*check)(struct rp_actor *actor, rp_ns now, struct rp_outcomes *out);
    uint32_t (*restore_all)(struct rp_actor *actor, rp_ns now, enum rp_reason reason, struct rp_outcomes *out);
};

struct rp_actor {
    const struct rp_actor_ops *ops;
};

/* Do it, or say why not. PENDING: a later outcome with the same id follows. */
static inline void rp_actor_apply(struct rp_actor *actor, const struct rp_action *action, struct rp_outcome *outcome)
{
    actor->ops->apply(actor, action, outcome);
}

/* What rp_hands_take gave; of the kinds that are not the actor's nothing happens. The descriptor belongs to the actor. */
static inline void rp_actor_result(struct rp_actor *actor, const struct rp_job_result *result, int fd,
                                   struct rp_outcomes *out)
{
    actor->ops->result(actor, result, fd, out);
}

/* Every tick: waiting jobs to free hands, checkpoints under way, and expiry, whether or not the core says anything. */
static inline void rp_actor_poll(struct rp_actor *actor, rp_ns now, struct rp_outcomes *out)
{
    actor->ops->poll(actor, now, out);
}

/* Every sweep: does each brake still read our value, does its cgroup exist, does a memory.high only throttle? */
static inline void rp_actor_check(struct rp_actor *actor, rp_ns now, struct rp_outcomes *out)
{
    actor->ops->check(actor, now, out);
}

/* Start to undo everything, and ask nobody any more; gives how many changes are still in force because they need a hand. */
static inline uint32_t rp_actor_restore_all(struct rp_actor *actor, rp_ns now, enum rp_reason reason,
                                            struct rp_outcomes *out)
{
    return actor->ops->restore_all(actor, now, reason, out);
}

/* The observer (rule E10): opens nothing, writes nothing, says OBSERVED. */
struct rp_actor *rp_actor_observer(void);

#define RP_KILLS_MAX 4

/* A kill process by process that a hand is busy with. */
struct rp_kill {
    uint64_t job; /* 0: free */
    struct rp_action action;
};

/* Large and free of pointers into itself but `actor`; lives as long as the guard, in memory that is locked. */
struct rp_real_actor {
    struct rp_actor actor; /* first: the interface is found by it */
    struct rp_brakes brakes;
    struct rp_requests requests;
    struct rp_kill kills[RP_KILLS_MAX];
};

/* Everything in `world` must outlive the actor. Returns &real->actor. */
struct rp_actor *rp_actor_real(struct rp_real_actor *real, const struct rp_actor_world *world);

#endif
