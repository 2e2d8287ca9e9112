// SPDX-License-Identifier: Apache-2.0
/* What an actor is given: the log, the hands, kept descriptors, and three questions to those who know the cgroups. */
#ifndef RP_NODE_ACT_WORLD_H
#define RP_NODE_ACT_WORLD_H

#include "node/act/hands.h"
#include "node/act/undo.h"
#include "reprieve/contract.h"
#include "reprieve/outcome.h"

struct rp_actor_world {
    struct rp_undo *undo;
    struct rp_hands *hands;
    int cgroup_root_fd;
    rp_ns escape_ns; /* E5: how long a memory.high may throttle without bringing the use below it */
    void *ctx;       /* of the questions */
    /* A kept descriptor of the cgroup's directory, which stays the sensor's, or -ENOENT. */
    int (*dirfd_of)(void *ctx, rp_cgroup_id id);
    /* Its path beneath the cgroup root, or NULL. Valid until the next sample. */
    const char *(*path_of)(void *ctx, rp_cgroup_id id);
    /* The contract of that pod (an index of the arena), or NULL. */
    const struct rp_contract *(*contract_of)(void *ctx, uint32_t pod);
};

/* Outcomes for the next sample. What does not fit is dropped and counted; the state behind it is right all the same. */
struct rp_outcomes {
    struct rp_outcome *list;
    uint32_t n, cap;
    uint64_t dropped;
};

static inline void rp_outcomes_add(struct rp_outcomes *out, const struct rp_outcome *outcome)
{
    if (out->n < out->cap)
        out->list[out->n++] = *outcome;
    else
        out->dropped++;
}

/* The cgroup's kept descriptor after its inode was compared, and its path; -ENOENT if it is gone. */
int rp_world_find(const struct rp_actor_world *world, rp_cgroup_id id, const char **ret_path) RP_MUST_CHECK;

#endif
