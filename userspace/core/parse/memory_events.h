// SPDX-License-Identifier: Apache-2.0
/* memory.events (hierarchical) or memory.events.local (the same text). */
#ifndef RP_PARSE_MEMORY_EVENTS_H
#define RP_PARSE_MEMORY_EVENTS_H

#include "reprieve/sample.h"

/* Sets events_high, events_max, events_oom, events_oom_kill and RP_CG_EVENTS. 0, or -EBADMSG if one is missing. */
int rp_parse_memory_events(const char *text, size_t len, struct rp_cgroup_reading *ret) RP_MUST_CHECK;

#endif
