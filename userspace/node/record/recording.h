// SPDX-License-Identifier: Apache-2.0
/*
 * Reading a recording: one segment file or a directory of them, whoever wrote them and whatever became of them since. What is
 * damaged is said and skipped; what comes after it is read. Allocates; not for the guard.
 */
#ifndef RP_NODE_RECORD_RECORDING_H
#define RP_NODE_RECORD_RECORDING_H

#include "reprieve/model.h"
#include "reprieve/record.h"

#define RP_SEGMENT_BYTES_MAX (UINT64_C(1) << 31)

struct rp_recording;

enum rp_entry_kind {
    RP_ENTRY_FRAME,
    RP_ENTRY_KEYFRAME, /* the arena as it stood after the input that its `inputs` says */
    RP_ENTRY_DAMAGE,   /* something is missing here */
    RP_ENTRY_FOREIGN,  /* a keyframe of a program with another arena: only a START helps */
};

/* Valid until the next one. */
struct rp_entry {
    uint32_t kind; /* enum rp_entry_kind */
    const char *file;
    uint64_t offset; /* of the block, or of the damage */
    int64_t realtime_ns;
    struct rp_frame frame;        /* FRAME */
    const struct rp_arena *arena; /* KEYFRAME: checked */
    char text[160];               /* DAMAGE, FOREIGN: what is wrong */
};

struct rp_recording_info {
    uint32_t files, blocks, damages;
    uint64_t file_bytes, packed_bytes, raw_bytes; /* raw, packed: of blocks that hold frames */
    uint64_t keyframe_bytes;                      /* packed */
    int64_t first_realtime_ns, last_realtime_ns;
    uint64_t lost; /* inputs that the recorder dropped, as it said last */
};

/*
 * 0; or -errno and why, with the file's name: -ENOENT: there is none; -EBADMSG: no block in it is sound; -EPROTONOSUPPORT:
 * another version's; -ENOMEM.
 */
int rp_recording_open(const char *path, struct rp_recording **ret, struct rp_complaint *why) RP_MUST_CHECK;

/* Accepts NULL. */
void rp_recording_close(struct rp_recording **recording);

void rp_recording_info(const struct rp_recording *recording, struct rp_recording_info *ret);

/* 1 and the next entry; 0 at the end; -ENOMEM, or -errno if a file cannot be read any more. */
int rp_recording_next(struct rp_recording *recording, struct rp_entry *ret) RP_MUST_CHECK;

/* Go on with the last place up to that wall-clock time at which a replay can begin; with the first one if there is none. */
void rp_recording_seek(struct rp_recording *recording, int64_t realtime_ns);

/* How far it is, in blocks, for a progress bar. */
void rp_recording_progress(const struct rp_recording *recording, uint64_t *ret_done, uint64_t *ret_all);

#endif
