// SPDX-License-Identifier: Apache-2.0
/* A consistent copy of the guard's arena, taken under the sequence lock. */
#ifndef RP_NODE_SHOW_SNAPSHOT_H
#define RP_NODE_SHOW_SNAPSHOT_H

#include "reprieve/model.h"

struct rp_snapshot {
    const struct rp_arena *shared; /* read-only mapping */
    struct rp_arena *copy;         /* valid after rp_snapshot_take returned 0 */
    size_t bytes;
};

/* Map `fd` read-only. 0 or -errno. */
int rp_snapshot_open(struct rp_snapshot *snapshot, int fd, size_t bytes) RP_MUST_CHECK;
void rp_snapshot_close(struct rp_snapshot *snapshot);

/* Copy and verify. 0; -EAGAIN the guard is not writing or died inside; -EBADMSG, -EPROTONOSUPPORT not our arena. */
int rp_snapshot_take(struct rp_snapshot *snapshot) RP_MUST_CHECK;

#endif
