// SPDX-License-Identifier: Apache-2.0
/* The ring of segment files in a directory. */
#ifndef RP_NODE_RECORD_SEGMENTS_H
#define RP_NODE_RECORD_SEGMENTS_H

#include "reprieve/types.h"

#define RP_SEGMENTS_MAX     64u
#define RP_SEGMENT_NAME_MAX 32
#define RP_SEGMENT_SUFFIX   ".rprec"

/* How many files, and how large each. */
struct rp_segments_layout {
    uint32_t slots;
    uint64_t bytes;
};

struct rp_segments_layout rp_segments_layout(uint64_t record_bytes);

void rp_segments_name(uint32_t slot, char dst[static RP_SEGMENT_NAME_MAX]);

/*
 * Create what is missing of the directory, for root alone, open and lock it. The descriptor, or -errno: -EBUSY: somebody else
 * writes there; -EPERM: it belongs to others, or others may write to it.
 */
int rp_segments_open(const char *path) RP_MUST_CHECK;

/*
 * Open one of its files for writing and make sure that there is room for all of it. The descriptor or -errno; -ENOSPC already
 * if what is to be taken is more than a sixteenth of what is free.
 */
int rp_segments_slot(int dir, uint32_t slot, uint64_t bytes) RP_MUST_CHECK;

/* Of the segment that begins in this file, 0 if none does. */
uint64_t rp_segments_serial(int fd);

/* The highest serial of any segment in there, 0 without one. */
uint64_t rp_segments_last_serial(int dir);

/* Remove files that a larger ring had. */
void rp_segments_trim(int dir, uint32_t slots);

#endif
