// SPDX-License-Identifier: Apache-2.0
/* cgroup.events: whether processes live below the cgroup, and whether it is frozen (kernel 5.2). */
#ifndef RP_PARSE_CGROUP_EVENTS_H
#define RP_PARSE_CGROUP_EVENTS_H

#include "reprieve/sample.h"

/* Sets populated, frozen and RP_CG_POPULATED. 0, or -EBADMSG if one is missing. */
int rp_parse_cgroup_events(const char *text, size_t len, struct rp_cgroup_reading *ret) RP_MUST_CHECK;

#endif
