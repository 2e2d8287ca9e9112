// SPDX-License-Identifier: Apache-2.0
/*
 * Refusals and warnings: stamps for whoever decides, and lines for people. The counters and stamps have every one; the log
 * takes few of each kind, so that a storm of them does not wash away what else it says.
 */
#ifndef RP_MODEL_TROUBLES_H
#define RP_MODEL_TROUBLES_H

#include "reprieve/model.h"

/* Somebody was refused something. Any event of it and any rise of its counter may tell; which comes first does not matter. */
struct rp_refusal {
    enum rp_trouble_kind kind;
    const struct rp_cgroup *subject; /* whose task it was, NULL: not known */
    const struct rp_cgroup *owner;   /* PIDS: whose limit, NULL: not known */
    uint64_t value;                  /* PIDS: the limit; FORK: the errno; 0: not known */
    uint64_t dev;                    /* SPACE: of the file system, 0: not known */
    rp_ns t_ns;
};
void rp_trouble_seen(struct rp_arena *arena, const struct rp_refusal *refusal);

/* The hardware reported something; `more` of it than was counted before, 0 if only an event tells. */
void rp_warning_seen(struct rp_arena *arena, uint32_t kind, uint64_t more, rp_ns t_ns);

#endif
