// SPDX-License-Identifier: Apache-2.0
/* Shared by the two halves of the reader: recording_scan.c finds the blocks, recording.c reads what is in them. */
#ifndef RP_NODE_RECORD_RECORDING_PRIVATE_H
#define RP_NODE_RECORD_RECORDING_PRIVATE_H

#include "node/record/frame.h"
#include "node/record/recording.h"

#define RP_SCHEMAS_MAX 16

/* A block, or a stretch of damage. */
struct rp_stretch {
    uint32_t file;
    bool damage;
    uint64_t offset, bytes; /* bytes: of the damage */
    struct rp_block_header header;
};

struct rp_segment_file {
    char *path;
    uint64_t serial, bytes;
};

struct rp_recording {
    struct rp_segment_file *files; /* by serial */
    uint32_t files_n;
    struct rp_stretch *places;
    uint32_t places_n, places_cap;

    /* the file at hand */
    uint32_t loaded; /* index + 1; 0: none */
    unsigned char *bytes;
    uint64_t len;

    /* where reading is */
    uint32_t at;                    /* the next place */
    unsigned char *raw;             /* of the block at hand */
    struct rp_source_bytes frames;  /* what is left of it */
    const struct rp_schema *schema; /* by which it is written */
    struct rp_frame_room room;
    struct rp_arena *arena; /* a keyframe under way, or the last one */
    uint64_t arena_bytes, arena_have;

    struct rp_schema *schemas[RP_SCHEMAS_MAX];
    uint32_t schemas_n;
};

/* Load a file whole, unless it is the one at hand. 0 or -errno. */
int rp_recording_load(struct rp_recording *recording, uint32_t file) RP_MUST_CHECK;

/* All places of all files. 0 or -errno and why. */
int rp_recording_scan(struct rp_recording *recording, struct rp_complaint *why) RP_MUST_CHECK;

#endif
