// SPDX-License-Identifier: Apache-2.0
/* What the core made of a sample, beside its plan, as one number: whether two runs saw and foresaw the same. */
#ifndef RP_NODE_RECORD_DIGEST_H
#define RP_NODE_RECORD_DIGEST_H

#include "reprieve/model.h"

/*
 * Forecasts, the kubelet's victims and the kernel's, phase. Field by field, so that bytes between fields do not matter. Whoever
 * changes what goes into it gives it another name in fields.c, and older recordings are not compared with it.
 */
uint64_t rp_decision_digest(const struct rp_arena *arena);

#endif
