// SPDX-License-Identifier: Apache-2.0
/*
 * When hands weigh processes, and whose: those that the kernel would choose first are looked at again and again, the more
 * often the nearer the danger is; everybody else now and then, so that a new grower is not met unprepared. One look at a
 * time.
 */
#ifndef RP_APP_WEIGHING_H
#define RP_APP_WEIGHING_H

#include "node/act/hands.h"
#include "reprieve/model.h"

struct rp_weigh_watch {
    bool looking; /* a job is under way */
    rp_ns due_ns;
    rp_ns pace_ns; /* after the present look */
    uint32_t turn; /* the cgroup that was looked at last in its turn */
};

/* Give to a hand what is due. */
void rp_weigh_watch_order(struct rp_weigh_watch *watch, struct rp_arena *arena, struct rp_hands *hands, rp_ns now);

/* When to order next. */
rp_ns rp_weigh_watch_next(const struct rp_weigh_watch *watch);

/* A hand is through with one. */
void rp_weigh_watch_done(struct rp_weigh_watch *watch, rp_ns now);

#endif
