// SPDX-License-Identifier: Apache-2.0
/*
 * A recording: everything that entered the core, so that the same core reaches the same plans again.
 *
 * In memory it is a row of frames. A START makes an arena, every SAMPLE and every POLICY changes it, and each carries the
 * arena's own count of them (rp_arena.inputs), so that a gap is seen. A SAMPLE also says what was decided.
 *
 * On disk it is a ring of segment files, and a segment is a row of blocks, each with this header in front, little endian,
 * at a multiple of RP_BLOCK_ALIGN, compressed and checksummed by itself: what is damaged costs one block. The headers alone
 * are the index over time. A segment begins with a SCHEMA, which names all fields that frames are made of, and with a
 * KEYFRAME, the whole arena between two inputs (on a very busy node after some frames); a replay begins at a START or at a
 * KEYFRAME. Zeros where a header would be
 * are the end of a segment. A block of another serial is what an older turn of the ring left behind.
 *
 * A keyframe's bytes are the arena's own and fit only programs of the same layout. Frames are written field by field, by
 * name (userspace/node/record/fields.h), and outlive changes of the structures.
 */
#ifndef RP_RECORD_H
#define RP_RECORD_H

#include <assert.h>

#include "reprieve/plan.h"
#include "reprieve/policy.h"
#include "reprieve/sample.h"
#include "reprieve/types.h"

/* ---- a saved state: this header, then an arena (reprieve status --save) */

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

/* ---- frames */

enum rp_frame_kind {
    RP_FRAME_NONE,
    RP_FRAME_START,  /* a guard has started: a new arena, made from this policy */
    RP_FRAME_SAMPLE, /* rp_core_step */
    RP_FRAME_POLICY, /* rp_model_set_policy */
    RP_FRAME_MAX
};

/* What the core knows of the process around it; beside the policy the only thing that a new arena starts with. */
struct rp_start {
    char self_path[RP_PATH_MAX]; /* as rp_agent.self_path */
    char version[48], kernel[64];
    bool bpf;
    uint32_t page_bytes;
    int64_t realtime_offset_ns;
};

struct rp_frame {
    uint32_t kind;  /* enum rp_frame_kind */
    uint64_t input; /* rp_arena.inputs after it */
    rp_ns t_ns;
    uint64_t digest;                /* SAMPLE: rp_decision_digest after it */
    const struct rp_start *start;   /* START */
    const struct rp_policy *policy; /* START, POLICY */
    const struct rp_sample *sample; /* SAMPLE */
    const struct rp_plan *plan;     /* SAMPLE: what was decided upon it */
};

/* ---- blocks */

#define RP_BLOCK_MAGIC   UINT64_C(0x324b4c4245525052) /* "RPREBLK2" */
#define RP_BLOCK_VERSION 2
#define RP_BLOCK_ALIGN   64u

#define RP_BLOCK_STARTS (UINT64_C(1) << 0) /* there is a START among the frames */

enum rp_block_kind {
    RP_BLOCK_NONE,
    RP_BLOCK_SCHEMA,   /* first of a segment */
    RP_BLOCK_KEYFRAME, /* a piece of an arena */
    RP_BLOCK_FRAMES,   /* one or more; each block of them can be read without any other but its schema */
    RP_BLOCK_MAX
};

struct rp_block_header {
    uint64_t magic;
    uint32_t header_crc; /* CRC-32 of the rest of this header */
    uint16_t version, kind;
    uint64_t serial; /* of the segment; counts up for ever */
    uint64_t offset; /* of this header in its file */
    uint32_t packed_bytes, raw_bytes;
    uint32_t packed_crc;
    uint32_t schema_crc;              /* FRAMES: of the raw SCHEMA that they are written by */
    uint64_t first_input, last_input; /* KEYFRAME: both are what the arena has taken in */
    rp_ns first_ns, last_ns;
    int64_t realtime_ns;            /* wall clock at last_ns, for people */
    uint64_t whole_bytes, at_bytes; /* KEYFRAME: of the arena, and where this piece belongs */
    uint64_t lost;                  /* inputs that were dropped since the recorder started, as of this block */
    uint64_t flags;                 /* RP_BLOCK_STARTS */
    uint64_t zero;
};

static_assert(sizeof(struct rp_block_header) == 128, "the layout of a header is the format");

#endif
