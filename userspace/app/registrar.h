// SPDX-License-Identifier: Apache-2.0
/*
 * Request files are made before they are needed: for each protected workload that watches one (`checkpoint: file:PATH`),
 * as soon as it is seen and then now and again, because a container that was restarted may have lost its own. Only in
 * enforce mode, and only where asking is allowed, since observe mode writes nothing. One at a time, through a hand; who has
 * cost a hand is left alone for a while.
 */
#ifndef RP_APP_REGISTRAR_H
#define RP_APP_REGISTRAR_H

#include "node/act/hands.h"
#include "reprieve/model.h"

#define RP_REGISTER_MAX 64

struct rp_registration {
    rp_cgroup_id cgroup; /* of the workload; RP_CGROUP_NONE: free */
    rp_ns due_ns;
    int32_t error; /* of the last attempt: 0 or -errno; -EINPROGRESS: there was none yet */
    char pod[RP_NAME_MAX];
};

struct rp_registrar {
    struct rp_registration list[RP_REGISTER_MAX];
    uint64_t job;     /* under way, 0: none */
    uint32_t ordered; /* whose */
    rp_ns due_ns;
};

/* Give to a hand what is due, and forget who is gone. `asks`: requests may be made at present. */
void rp_registrar_tend(struct rp_registrar *registrar, struct rp_arena *arena, struct rp_hands *hands, bool asks);

/* The result of a REQUEST; false if it is somebody else's. */
bool rp_registrar_result(struct rp_registrar *registrar, const struct rp_job_result *result);

/* Sentences about files that could not be made, behind those that are in the list; gives how many there are then. */
uint32_t rp_registrar_complaints(const struct rp_registrar *registrar, struct rp_complaint *list, uint32_t n,
                                 uint32_t cap);

#endif
