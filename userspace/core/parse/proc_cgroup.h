// SPDX-License-Identifier: Apache-2.0
/* /proc/PID/cgroup: where the process is, and which kind of hierarchy this machine has. */
#ifndef RP_PARSE_PROC_CGROUP_H
#define RP_PARSE_PROC_CGROUP_H

#include "reprieve/types.h"

enum rp_hierarchy {
    RP_HIERARCHY_V2,     /* one line "0::/path" */
    RP_HIERARCHY_HYBRID, /* v1 controllers, and a v2 tree beside them that has no memory controller */
    RP_HIERARCHY_V1,
};

struct rp_proc_cgroup {
    uint8_t hierarchy;      /* enum rp_hierarchy */
    bool deleted;           /* the cgroup was removed while the process is still in it */
    char path[RP_PATH_MAX]; /* of the v2 tree, relative to its root, no leading slash; "" for the root and for V1 */
};

/* 0; -EBADMSG no line was understood; -ENAMETOOLONG the path does not fit. */
int rp_parse_proc_cgroup(const char *text, size_t len, struct rp_proc_cgroup *ret) RP_MUST_CHECK;

#endif
