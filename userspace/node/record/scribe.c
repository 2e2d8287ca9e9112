// SPDX-License-Identifier: Apache-2.0
#include "node/record/scribe.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/seq.h"
#include "node/act/clock.h"
#include "node/record/frame.h"

#define BLOCK_ENOUGH (256u << 10) /* a block is closed when it has so much */
#define RESERVE_DIV  8u /* the part of a segment that is kept for frames that come before a new one can begin */

static struct rp_scribe_state *state_of(const struct rp_scribe *scribe)
{
    return &scribe->ring->state;
}

/* ---- memory */

static size_t round_up(size_t n)
{
    return (n + 4095) / 4096 * 4096;
}

int rp_scribe_init(struct rp_scribe *scribe, const struct rp_scribe_options *options)
{
    const struct rp_ring *ring = options->ring;
    *scribe = (struct rp_scribe){
        .ring = options->ring,
        .arena = options->arena,
        .arena_bytes = options->arena_bytes,
        .directory = options->directory,
        .layout = rp_segments_layout(options->record_bytes),
        .keyframe_ns = options->keyframe_ns ? options->keyframe_ns : RP_KEYFRAME_NS,
        .raw_bytes =
            round_up(ring->bytes + BLOCK_ENOUGH), /* fields take no more than the structures that they are of */
        .dir = -1,
        .fd = -1,
    };
    const size_t sizes[] = {round_up(sizeof(*scribe->bases)),
                            round_up(sizeof(*scribe->packer)),
                            round_up(rp_ring_births_max(ring) * sizeof(struct rp_cgroup_birth)),
                            round_up(rp_ring_facts_max(ring) * sizeof(struct rp_fact)),
                            scribe->raw_bytes,
                            round_up(rp_block_bound(scribe->raw_bytes)),
                            round_up(options->arena_bytes)};
    unsigned char *at[sizeof(sizes) / sizeof(sizes[0])];
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        scribe->memory_bytes += sizes[i];
    /* Large by its limits, but only what a job touches is there. */
    scribe->memory =
        mmap(NULL, scribe->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (scribe->memory == MAP_FAILED)
        return -ENOMEM;
    at[0] = scribe->memory;
    for (size_t i = 1; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        at[i] = at[i - 1] + sizes[i - 1];
    scribe->bases = (void *)at[0];
    scribe->packer = (void *)at[1];
    scribe->room.births = (void *)at[2];
    scribe->room.facts = (void *)at[3];
    scribe->raw = at[4];
    scribe->packed = at[5];
    scribe->copy = (void *)at[6];
    scribe->schema_bytes = rp_schema_write(scribe->schema);
    scribe->schema_crc = (uint32_t)crc32_z(0, scribe->schema, scribe->schema_bytes);
    return 0;
}

void rp_scribe_deinit(struct rp_scribe *scribe)
{
    if (scribe->memory)
        (void)munmap(scribe->memory, scribe->memory_bytes);
    scribe->memory = NULL;
}

/* ---- blocks */

static int write_at(int fd, const unsigned char *bytes, size_t len, uint64_t offset)
{
    for (size_t done = 0; done < len;) {
        const ssize_t n = pwrite(fd, bytes + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        done += (size_t)n;
    }
    return 0;
}

#define NO_ROOM 1 /* in this segment; no error */

/* The header comes with what is inside; this adds where it stands. 0, NO_ROOM or -errno. */
static int write_block(struct rp_scribe *scribe, struct rp_block_header *header, const void *raw)
{
    struct rp_scribe_state *state = state_of(scribe);
    header->serial = state->serial;
    header->offset = state->offset;
    header->lost = scribe->ring->dropped + state->skipped;
    const size_t bytes = rp_block_pack(scribe->packer, header, raw, scribe->packed);
    if (bytes == 0)
        return -EIO;
    if (bytes + sizeof(*header) > scribe->layout.bytes - state->offset)
        return NO_ROOM;
    /* With the zeros behind it in the same write, so that what lay there before is never taken for the next one. */
    const int rc = write_at(scribe->fd, scribe->packed, bytes + sizeof(*header), state->offset);
    if (rc != 0)
        return rc;
    state->offset += bytes;
    state->bytes += bytes;
    state->blocks++;
    return 0;
}

/* ---- segments */

static int open_slot(struct rp_scribe *scribe, uint32_t slot)
{
    rp_close_fd(&scribe->fd);
    const int fd = rp_segments_slot(scribe->dir, slot, scribe->layout.bytes);
    if (fd < 0)
        return fd;
    scribe->fd = fd;
    return 0;
}

/* All room is taken at once, so that a disk that fills up later does not end the recording when it is needed. */
static int prepare(struct rp_scribe *scribe)
{
    struct rp_scribe_state *state = state_of(scribe);
    int rc = 0;
    rp_segments_trim(scribe->dir, scribe->layout.slots);
    for (state->slots = 0; state->slots < scribe->layout.slots; state->slots++) {
        rc = open_slot(scribe, state->slots);
        if (rc != 0)
            break;
    }
    rp_close_fd(&scribe->fd);
    if (state->slots == 0)
        return rc;
    state->serial = rp_segments_last_serial(scribe->dir);
    state->ready = true;
    return 0;
}

static int begin_segment(struct rp_scribe *scribe)
{
    struct rp_scribe_state *state = state_of(scribe);
    struct rp_block_header header = {.kind = RP_BLOCK_SCHEMA,
                                     .raw_bytes = (uint32_t)scribe->schema_bytes,
                                     .schema_crc = scribe->schema_crc,
                                     .first_input = state->last_input,
                                     .last_input = state->last_input};
    if (scribe->fd >= 0)
        (void)fdatasync(scribe->fd);
    if (state->slots < scribe->layout.slots && open_slot(scribe, state->slots) == 0)
        state->slots++; /* the disk has room again */
    state->serial++;
    state->open = state->entry = false;
    int rc = open_slot(scribe, (uint32_t)(state->serial % state->slots));
    if (rc != 0)
        return rc;
    state->offset = 0;
    rc = write_block(scribe, &header, scribe->schema);
    state->open = rc == 0;
    state->segments += rc == 0;
    return rc == NO_ROOM ? -E2BIG : rc;
}

/* The open segment's file. Somebody may have removed it; then the recording goes on in the next one. */
static int reach_segment(struct rp_scribe *scribe)
{
    const struct rp_scribe_state *state = state_of(scribe);
    if (!state->open)
        return begin_segment(scribe);
    if (scribe->fd >= 0)
        return 0;
    const int rc = open_slot(scribe, (uint32_t)(state->serial % state->slots));
    return rc == 0 && rp_segments_serial(scribe->fd) != state->serial ? begin_segment(scribe) : rc;
}

/* ---- keyframes */

static int copy_arena(struct rp_scribe *scribe)
{
    const struct rp_arena *arena = scribe->arena;
    const int rc = rp_seq_read(&arena->sequence, scribe->copy, arena, scribe->arena_bytes);
    return rc == 0 && scribe->copy->total_bytes != scribe->arena_bytes ? -EAGAIN : rc; /* a guard is just starting */
}

static int write_pieces(struct rp_scribe *scribe)
{
    const struct rp_arena *copy = scribe->copy;
    int rc = 0;
    for (uint64_t at = 0; rc == 0 && at < scribe->arena_bytes; at += RP_KEYFRAME_PIECE) {
        struct rp_block_header header = {
            .kind = RP_BLOCK_KEYFRAME,
            .raw_bytes = (uint32_t)rp_min_u64(RP_KEYFRAME_PIECE, scribe->arena_bytes - at),
            .first_input = copy->inputs,
            .last_input = copy->inputs,
            .first_ns = copy->t_ns,
            .last_ns = copy->t_ns,
            .realtime_ns = (int64_t)copy->t_ns + copy->agent.realtime_offset_ns,
            .whole_bytes = scribe->arena_bytes,
            .at_bytes = at,
        };
        rc = write_block(scribe, &header, (const unsigned char *)copy + at);
    }
    return rc;
}

/* The copy that was taken. If the segment is too small for it, into a new one. */
static int write_keyframe(struct rp_scribe *scribe)
{
    struct rp_scribe_state *state = state_of(scribe);
    int rc = reach_segment(scribe);
    if (rc == 0)
        rc = write_pieces(scribe);
    if (rc == NO_ROOM) {
        rc = begin_segment(scribe);
        if (rc == 0)
            rc = write_pieces(scribe);
    }
    if (rc != 0)
        return rc == NO_ROOM ? -E2BIG : rc; /* record.size is too small for such a node */
    (void)fdatasync(scribe->fd);
    state->keyframes++;
    state->entry = true;
    state->keyframe_ns = scribe->copy->t_ns;
    state->last_input = scribe->copy->inputs;
    state->epoch = scribe->copy->agent.guard_starts;
    return 0;
}

/* Nothing is between what is written and what the arena is now. */
static bool copy_fits(const struct rp_scribe *scribe)
{
    const struct rp_scribe_state *state = state_of(scribe);
    return scribe->copy->inputs == state->last_input && scribe->copy->agent.guard_starts == state->epoch;
}

/* A new segment while there is still room in the old one, a keyframe where the last one is long ago. */
static int tidy(struct rp_scribe *scribe)
{
    const struct rp_scribe_state *state = state_of(scribe);
    const uint64_t reserve = scribe->layout.bytes / RESERVE_DIV;
    const bool full = state->offset > scribe->layout.bytes - reserve;
    if (!state->open || rp_ring_used(scribe->ring) > 0 ||
        (!full && state->entry && state->written_ns - state->keyframe_ns < scribe->keyframe_ns))
        return 0;
    if (copy_arena(scribe) != 0 || !copy_fits(scribe))
        return 0; /* at the end of another job */
    const int rc = full ? begin_segment(scribe) : 0;
    return rc == 0 ? write_keyframe(scribe) : rc;
}

/* ---- frames */

enum verdict { TAKE, SKIP, GAP };

static enum verdict judge(const struct rp_scribe *scribe, const struct rp_frame *frame,
                          const struct rp_ring_stamp *stamp)
{
    if (frame->kind == RP_FRAME_START)
        return TAKE;
    if (stamp->epoch != scribe->epoch || frame->input > scribe->last_input + 1)
        return GAP;
    return frame->input == scribe->last_input + 1 ? TAKE : SKIP;
}

static void skip_to(struct rp_scribe *scribe, uint64_t at)
{
    state_of(scribe)->skipped++;
    rp_ring_release(scribe->ring, at);
}

/* Inputs are missing: only the whole state helps, and the frames that are in it already are not needed. */
static int bridge(struct rp_scribe *scribe, const struct rp_ring_stamp *stamp, uint64_t at)
{
    const int rc = copy_arena(scribe);
    if (rc != 0)
        return rc;
    if (scribe->copy->agent.guard_starts != stamp->epoch) { /* of a guard that is no more */
        skip_to(scribe, at);
        return 0;
    }
    return write_keyframe(scribe);
}

/* What a block says of its frames. */
static void note(struct rp_block_header *header, const struct rp_frame *frame, const struct rp_ring_stamp *stamp)
{
    if (header->first_input == 0) {
        header->first_input = frame->input;
        header->first_ns = frame->t_ns;
    }
    if (frame->kind == RP_FRAME_START)
        header->flags |= RP_BLOCK_STARTS;
    header->last_input = frame->input;
    header->last_ns = frame->t_ns;
    header->realtime_ns = stamp->realtime_ns;
}

/* As many frames as belong into one block. Gives how many; 0 with *ret_rc 0: the first one was dealt with otherwise. */
static uint32_t gather(struct rp_scribe *scribe, struct rp_block_header *header, int *ret_rc)
{
    struct rp_sink sink = {.at = scribe->raw, .end = scribe->raw + scribe->raw_bytes};
    struct rp_frame frame;
    struct rp_ring_stamp stamp;
    uint32_t n = 0;
    rp_bases_reset(scribe->bases);
    scribe->looked = scribe->ring->tail;
    scribe->last_input = state_of(scribe)->last_input;
    scribe->epoch = state_of(scribe)->epoch;
    for (uint64_t at = scribe->looked; rp_ring_look(scribe->ring, &at, &scribe->room, &frame, &stamp);) {
        const enum verdict verdict = judge(scribe, &frame, &stamp);
        const bool fits = verdict == TAKE && rp_frame_put(&sink, scribe->bases, &frame);
        if (!fits && n == 0 && verdict == GAP)
            *ret_rc = bridge(scribe, &stamp, at);
        else if (!fits && n == 0)
            skip_to(scribe, at);
        if (!fits)
            break;
        n++;
        note(header, &frame, &stamp);
        scribe->looked = at;
        scribe->last_input = frame.input;
        scribe->epoch = stamp.epoch;
        if (sink.at - scribe->raw >= (ptrdiff_t)BLOCK_ENOUGH)
            break;
    }
    header->raw_bytes = (uint32_t)(sink.at - scribe->raw);
    return n;
}

static int write_frames(struct rp_scribe *scribe)
{
    struct rp_scribe_state *state = state_of(scribe);
    struct rp_block_header header = {.kind = RP_BLOCK_FRAMES, .schema_crc = scribe->schema_crc};
    int rc = 0;
    const uint32_t n = gather(scribe, &header, &rc);
    if (n == 0)
        return rc;
    rc = reach_segment(scribe);
    if (rc == 0)
        rc = write_block(scribe, &header, scribe->raw);
    if (rc == NO_ROOM) { /* too busy to begin a new one in time, so it begins with frames and gets its keyframe soon */
        rc = begin_segment(scribe);
        if (rc == 0)
            rc = write_block(scribe, &header, scribe->raw);
    }
    if (rc != 0)
        return rc == NO_ROOM ? -E2BIG : rc;
    state->frames += n;
    state->last_input = scribe->last_input;
    state->epoch = scribe->epoch;
    state->written_ns = header.last_ns;
    if (header.flags & RP_BLOCK_STARTS) {
        state->entry = true;
        state->keyframe_ns = header.last_ns;
    }
    rp_ring_release(scribe->ring, scribe->looked);
    return 0;
}

int rp_scribe_run(struct rp_scribe *scribe, rp_ns until_ns)
{
    struct rp_scribe_state *state = state_of(scribe);
    int rc = rp_segments_open(scribe->directory);
    scribe->dir = rc < 0 ? -1 : rc;
    rc = rc < 0 ? rc : 0;
    if (rc == 0 && !state->ready)
        rc = prepare(scribe);
    while (rc == 0 && rp_ring_used(scribe->ring) > 0 && rp_clock_ns() < until_ns)
        rc = write_frames(scribe);
    if (rc == 0)
        rc = tidy(scribe);
    rp_close_fd(&scribe->fd);
    rp_close_fd(&scribe->dir);
    (void)madvise(scribe->memory, scribe->memory_bytes, MADV_DONTNEED);
    state->error = rc;
    state->failures += rc != 0;
    return rc;
}
