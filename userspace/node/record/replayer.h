// SPDX-License-Identifier: Apache-2.0
/*
 * The same core over a recording. Only what was seen is an input, so a run under the recorded policy must decide what was
 * decided, and a difference is a finding. Beside it, if wanted, runs a second core under another policy or another
 * configuration of the kubelet. What became of its own actions nobody can know: they count as imagined, as in observe mode,
 * and what really happened goes on as it did.
 */
#ifndef RP_NODE_RECORD_REPLAYER_H
#define RP_NODE_RECORD_REPLAYER_H

#include "node/record/recording.h"

struct rp_what_if {
    const struct rp_policy *policy;        /* NULL: as recorded */
    const struct rp_fact_kubelet *kubelet; /* NULL: as recorded */
};

struct rp_replayer {
    struct rp_what_if what_if;
    bool doubled;           /* there is a second core */
    struct rp_arena *arena; /* as recorded; NULL before the first START or keyframe */
    struct rp_arena *other; /* NULL: not wanted, or not begun */
    bool valid;             /* the arenas have all inputs up to now */
    struct rp_plan plan, other_plan;
    struct rp_outcome imagined[RP_PLAN_MAX];
    uint32_t imagined_n;
    struct rp_policy policy; /* where the other one's is made */
    struct rp_fact *facts;   /* the other one's */
    uint32_t facts_cap;
    uint64_t last_input;
    /* for a summary */
    uint64_t samples, starts, policies, keyframes;
    uint64_t missing;    /* inputs that are not in the recording */
    uint64_t unreplayed; /* samples that are, between a gap and the next keyframe */
    uint64_t plans_differ, states_differ;
    uint64_t first_differing; /* number of the sample, 0: none */
    uint64_t planned;         /* actions */
};

enum rp_replay_step {
    RP_REPLAY_NOTHING, /* nothing that an arena could take in */
    RP_REPLAY_BEGUN,   /* a guard started */
    RP_REPLAY_RESUMED, /* a keyframe ended a gap */
    RP_REPLAY_POLICY,
    RP_REPLAY_SAMPLE,
    RP_REPLAY_LOST, /* a sample, but the state before it is not known */
};

struct rp_replayed {
    uint32_t step;      /* enum rp_replay_step */
    uint64_t missing;   /* inputs just before it that are not in the recording */
    bool plan_differs;  /* SAMPLE: from the recorded one */
    bool state_differs; /* SAMPLE: forecasts do; a keyframe: the state reached here is not the one that was there */
};

/* what_if may be NULL. */
void rp_replayer_init(struct rp_replayer *replayer, const struct rp_what_if *what_if);
void rp_replayer_deinit(struct rp_replayer *replayer);

/* Take in one entry of a recording. 0 or -ENOMEM. */
int rp_replayer_take(struct rp_replayer *replayer, const struct rp_entry *entry, struct rp_replayed *ret) RP_MUST_CHECK;

#endif
