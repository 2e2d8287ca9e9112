// SPDX-License-Identifier: Apache-2.0
/*
 * The whole core state on disk: where a recording starts, and what a replay starts from. The bytes are the arena's own; the
 * header in front says how many they are and what they must add up to.
 */
#ifndef RP_NODE_RECORD_KEYFRAME_H
#define RP_NODE_RECORD_KEYFRAME_H

#include "reprieve/model.h"
#include "reprieve/record.h"

#define RP_KEYFRAME_BYTES_MAX (UINT64_C(1) << 30) /* what a header may claim */

/*
 * Write at the current position. The arena must stand still: it belongs to the caller, or is a copy that was taken under
 * the sequence lock; -EAGAIN if it was taken in the middle of a step. May sleep on the disk, so a hand does it.
 */
int rp_keyframe_write(int fd, const struct rp_arena *arena, int64_t realtime_ns) RP_MUST_CHECK;

/*
 * Check `len` bytes, aligned to 8, that start with a keyframe: 0 and the arena within them, safe for every accessor.
 * -EBADMSG if anything is damaged or torn, -EPROTONOSUPPORT if another version wrote it.
 */
int rp_keyframe_check(const void *bytes, size_t len, const struct rp_arena **ret) RP_MUST_CHECK;

struct rp_keyframe {
    struct rp_keyframe_header header;
    struct rp_arena *arena; /* owned; NULL: none */
};

/* Read and check one from the current position, which is then just behind it. Errors as above, -ENOMEM, or of read(2). */
int rp_keyframe_read(int fd, struct rp_keyframe *ret) RP_MUST_CHECK;
void rp_keyframe_deinit(struct rp_keyframe *keyframe);

#endif
