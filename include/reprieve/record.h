// SPDX-License-Identifier: Apache-2.0
/*
 * A recording on disk starts with a keyframe: this header, then the arena exactly as it stood between two samples.
 * The frames that follow it hold exactly the samples that the core consumed, so that a replay reaches the same plans.
 */
#ifndef RP_RECORD_H
#define RP_RECORD_H

#include "reprieve/types.h"

#define RP_RECORD_MAGIC   UINT64_C(0x31444f4345525052) /* "RPRECOD1" */
#define RP_RECORD_VERSION 1

struct rp_keyframe_header {
    uint64_t magic;
    uint32_t version;
    uint32_t checksum; /* CRC-32 (zlib) of the arena bytes that follow */
    uint64_t arena_bytes;
    uint64_t sample_number;
    int64_t realtime_ns; /* wall clock of the keyframe, for people */
};

#endif
