// SPDX-License-Identifier: Apache-2.0
/* Eviction thresholds as the kubelet's configuration writes them. */
#ifndef RP_PARSE_THRESHOLD_H
#define RP_PARSE_THRESHOLD_H

#include "reprieve/link.h"

#define RP_THRESHOLD_DROPPED 1 /* written as "0%" or "100%", which means: no threshold */

/*
 * One entry of evictionHard (grace NULL) or of evictionSoft (grace its entry of evictionSoftGracePeriod; pass "" if
 * there is none, which is an error). `reclaim` is its entry of evictionMinimumReclaim or NULL. 0; RP_THRESHOLD_DROPPED
 * and nothing written; -EINVAL where the kubelet refuses to start.
 */
int rp_parse_threshold(enum rp_signal signal, const char *value, const char *grace, const char *reclaim,
                       struct rp_threshold *ret) RP_MUST_CHECK;

#endif
