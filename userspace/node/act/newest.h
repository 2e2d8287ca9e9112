// SPDX-License-Identifier: Apache-2.0
/*
 * The newest file that a pattern names, in a container (`checkpoint-ack: mtime:PATTERN`). `*` and `?` stay within a
 * component, `**` is any number of directories; a name that begins with a dot is only named by a component that does, and
 * symbolic links are not followed below the part without wildcards. How much is looked at is bounded.
 */
#ifndef RP_NODE_ACT_NEWEST_H
#define RP_NODE_ACT_NEWEST_H

#include <sys/stat.h>

#include "reprieve/types.h"

#define RP_NEWEST_ENTRIES_MAX 4096 /* names looked at */
#define RP_NEWEST_DEPTH_MAX   12   /* directories below the part without wildcards */

/* 0; -ENOENT: there is none; -E2BIG: there is more than is looked at; another -errno. Not before `end_ns`: -ETIME. */
int rp_newest_find(int root_fd, const char *pattern, rp_ns end_ns, struct stat *ret) RP_MUST_CHECK;

#endif
