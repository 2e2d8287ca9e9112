// SPDX-License-Identifier: Apache-2.0
/* A line of /proc/PID/mountinfo: which device a mount really has. */
#ifndef RP_PARSE_MOUNTINFO_H
#define RP_PARSE_MOUNTINFO_H

#include "reprieve/types.h"

struct rp_mount {
    uint64_t id;             /* as statx(2) gives it */
    uint64_t dev;            /* the file system's own: major << 20 | minor */
    bool overlay;            /* overlayfs: has no room of its own */
    char upper[RP_PATH_MAX]; /* of overlayfs: where it writes, in the mount namespace that mounted it; "": unknown */
};

/* One line, without its newline. 0 or -EBADMSG. */
int rp_parse_mount(const char *line, size_t len, struct rp_mount *ret) RP_MUST_CHECK;

#endif
