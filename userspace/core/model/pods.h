// SPDX-License-Identifier: Apache-2.0
/*
 * Pods: found by UID, joined from three sources that may come in any order: the cgroup, the kubelet's facts, the policy's
 * rules. On a plain Linux machine a rule alone makes one.
 */
#ifndef RP_MODEL_PODS_H
#define RP_MODEL_PODS_H

#include "reprieve/model.h"

/* The pod of that UID or RP_INDEX_NONE. Looks at `guess` first and goes on from there: lists keep their order. */
uint32_t rp_pod_find(struct rp_arena *arena, const char *uid, uint32_t guess);

/* A new pod without cgroup and facts; uid "" for a configured workload. RP_INDEX_NONE when there is no room. */
uint32_t rp_pod_new(struct rp_arena *arena, const char *uid);

/* Nothing is left of it but what log and ledger say. Cgroups must not refer to it any more. */
void rp_pod_free(struct rp_arena *arena, uint32_t pod);

/* Contract, value and what follows from them, after any of the sources changed. */
void rp_pod_join(struct rp_arena *arena, uint32_t index);

/* Value of a pod that declares none. */
uint32_t rp_value_of_priority(int32_t priority);

/* The first rule of the policy that names this path, or RP_INDEX_NONE. */
uint32_t rp_rule_find(const struct rp_policy *policy, const char *path);

#endif
