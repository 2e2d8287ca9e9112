// SPDX-License-Identifier: Apache-2.0
/* Why, in sentences: of one pod, and of one incident. For people; every line ends with a newline. */
#ifndef RP_CORE_VIEW_EXPLAIN_H
#define RP_CORE_VIEW_EXPLAIN_H

#include "reprieve/model.h"

#define RP_EXPLAIN_MAX 16384 /* an array of this size holds any explanation; what does not fit is cut */

/*
 * The pod that somebody means by "namespace/name", by a name that only one pod has, or by the beginning of its UID. Its
 * index; -ENOENT; -ENOTUNIQ: several.
 */
int rp_explain_find(struct rp_arena *arena, const char *meant);

/*
 * A pod: its place in the kubelet's ranking for that signal and why, who goes before and after it, what would have to be
 * different for it to leave the set of likely victims, its place with the kernel, and what was done to or for it.
 */
void rp_explain_pod(struct rp_arena *arena, uint32_t pod, enum rp_signal signal, char *dst, size_t size);

/* The present incident, or the last one that the log still has: how it went, what was done and bought, who was spared and why. */
void rp_explain_incident(struct rp_arena *arena, char *dst, size_t size);

#endif
