// SPDX-License-Identifier: Apache-2.0
/* /proc/loadavg: of it only the threads of the node, which the kubelet's pid.available counts, and how many want to run. */
#ifndef RP_PARSE_LOADAVG_H
#define RP_PARSE_LOADAVG_H

#include "reprieve/types.h"

struct rp_loadavg {
    uint64_t running, tasks;
};

/* The numbers before and after the slash of the fourth field. 0 or -EBADMSG. */
int rp_parse_loadavg(const char *text, size_t len, struct rp_loadavg *ret) RP_MUST_CHECK;

#endif
