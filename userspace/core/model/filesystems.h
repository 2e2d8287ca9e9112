// SPDX-License-Identifier: Apache-2.0
/* The file systems that the kubelet watches: levels as statfs shows them, and how they compare with what writers took. */
#ifndef RP_MODEL_FILESYSTEMS_H
#define RP_MODEL_FILESYSTEMS_H

#include "reprieve/model.h"

/* Readings of this sample into rp_arena.fs. */
void rp_filesystems_step(struct rp_arena *arena, const struct rp_sample *sample);

/* The place of that device in rp_arena.fs or RP_INDEX_NONE. */
uint32_t rp_fs_find(const struct rp_arena *arena, uint64_t dev);

/*
 * What the kubelet's hard thresholds leave of it for its roles: the available bytes or inodes below which it evicts. Where
 * it plays several roles the first that is met counts. False if there is none.
 */
bool rp_fs_threshold(const struct rp_arena *arena, const struct rp_fs *fs, bool inodes, int64_t *ret);

#endif
