// SPDX-License-Identifier: Apache-2.0
/* What brakes.c and brakes_watch.c share. */
#ifndef RP_NODE_ACT_BRAKES_PRIVATE_H
#define RP_NODE_ACT_BRAKES_PRIVATE_H

#include "node/act/brakes.h"

/* What is to be done with that change; it has the same index as its record. */
struct rp_work *rp_brakes_work(struct rp_brakes *brakes, const struct rp_undo_change *change);

/* The number that an outcome shows for the knob's text; -1 if it is none. */
int64_t rp_brakes_number(const struct rp_undo_change *change, const struct rp_knob_text *text);

/* Give its work to a hand, if one is free and it is not too early for another attempt. */
void rp_brakes_post(struct rp_brakes *brakes, struct rp_undo_change *change, rp_ns now);

/* Turn the end of a change into an outcome, and free the record if nothing is left to do. */
void rp_brakes_conclude(struct rp_brakes *brakes, struct rp_undo_change *change, const struct rp_revert *what,
                        struct rp_outcome *outcome);

/* Begin to restore it, and tell what came of it unless that takes a hand. */
void rp_brakes_restore(struct rp_brakes *brakes, struct rp_undo_change *change, enum rp_reason reason, rp_ns now,
                       struct rp_outcomes *out);

/* Try once more. */
void rp_brakes_retry(struct rp_brakes *brakes, struct rp_undo_change *change, rp_ns now, struct rp_outcomes *out);

#endif
