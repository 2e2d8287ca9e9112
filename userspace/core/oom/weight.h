// SPDX-License-Identifier: Apache-2.0
/* What the kernel would find the heaviest process of a cgroup to weigh, as far as that can be told without looking at each. */
#ifndef RP_OOM_WEIGHT_H
#define RP_OOM_WEIGHT_H

#include "reprieve/model.h"

struct rp_oom_weight {
    int64_t low, likely, high; /* points, see struct rp_oom_victim */
    int64_t bytes;             /* likely, of the process */
    int16_t adj;
    uint8_t evidence; /* enum rp_oom_evidence */
    bool exempt;      /* it has no process that may be chosen */
};

/* Could a process of this cgroup be chosen? Each process belongs to one such cgroup: a container, a service, a workload. */
bool rp_oom_is_candidate(const struct rp_cgroup *cgroup);

/* False: not a candidate, or its memory is not known, or it has no processes. Total: of the wall. */
bool rp_oom_weigh(struct rp_arena *arena, const struct rp_cgroup *cgroup, int64_t total_bytes,
                  struct rp_oom_weight *ret) RP_MUST_CHECK;

/* What one point of oom_score_adj is worth at a wall of that size. */
int64_t rp_oom_unit(const struct rp_arena *arena, int64_t total_bytes);

#endif
