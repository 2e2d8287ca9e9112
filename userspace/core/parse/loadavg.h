// SPDX-License-Identifier: Apache-2.0
/* /proc/loadavg: of it only the number of threads on the node, which the kubelet's pid.available counts. */
#ifndef RP_PARSE_LOADAVG_H
#define RP_PARSE_LOADAVG_H

#include "reprieve/types.h"

/* The number after the slash of the fourth field. 0 or -EBADMSG. */
int rp_parse_loadavg_tasks(const char *text, size_t len, uint64_t *ret_tasks) RP_MUST_CHECK;

#endif
