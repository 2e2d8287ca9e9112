// SPDX-License-Identifier: Apache-2.0
/* Keyframes: header and arena, written in one go, believed only after every check. */
#include "node/record/keyframe.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/fdio.h"

/* The arena follows at once, and a mapped keyframe is used in place. */
static_assert(sizeof(struct rp_keyframe_header) % 8 == 0, "the arena behind the header must stay aligned");

static uint32_t checksum(const void *bytes, size_t len)
{
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), bytes, len);
}

int rp_keyframe_write(int fd, const struct rp_arena *arena, int64_t realtime_ns)
{
    if (arena->sequence & 1)
        return -EAGAIN;
    const struct rp_keyframe_header header = {
        .magic = RP_RECORD_MAGIC,
        .version = RP_RECORD_VERSION,
        .checksum = checksum(arena, arena->total_bytes),
        .arena_bytes = arena->total_bytes,
        .sample_number = arena->sample_number,
        .realtime_ns = realtime_ns,
    };
    int r = rp_write_all(fd, &header, sizeof(header));
    return r ? r : rp_write_all(fd, arena, arena->total_bytes);
}

static int check_header(const struct rp_keyframe_header *header)
{
    if (header->magic != RP_RECORD_MAGIC)
        return -EBADMSG;
    if (header->version != RP_RECORD_VERSION)
        return -EPROTONOSUPPORT;
    return header->arena_bytes < sizeof(struct rp_arena) || header->arena_bytes > RP_KEYFRAME_BYTES_MAX ? -EBADMSG : 0;
}

/* The arena's bytes, as many as the checked header says. */
static int check_arena(const struct rp_keyframe_header *header, const struct rp_arena *arena)
{
    if (checksum(arena, header->arena_bytes) != header->checksum)
        return -EBADMSG;
    int r = rp_arena_check(arena, header->arena_bytes);
    if (r)
        return r;
    return arena->total_bytes == header->arena_bytes && arena->sample_number == header->sample_number ? 0 : -EBADMSG;
}

int rp_keyframe_check(const void *bytes, size_t len, const struct rp_arena **ret)
{
    struct rp_keyframe_header header;
    if (len < sizeof(header))
        return -EBADMSG;
    memcpy(&header, bytes, sizeof(header));
    int r = check_header(&header);
    if (r)
        return r;
    if (len - sizeof(header) < header.arena_bytes)
        return -EBADMSG;
    const struct rp_arena *arena = (const void *)((const unsigned char *)bytes + sizeof(header));
    r = check_arena(&header, arena);
    if (!r)
        *ret = arena;
    return r;
}

static int read_exactly(int fd, void *buf, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = read(fd, (unsigned char *)buf + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -EBADMSG; /* torn: whoever wrote it did not finish */
        done += (size_t)n;
    }
    return 0;
}

int rp_keyframe_read(int fd, struct rp_keyframe *ret)
{
    struct rp_keyframe_header header;
    int r = read_exactly(fd, &header, sizeof(header));
    if (!r)
        r = check_header(&header);
    if (r)
        return r;
    RP_CLEANUP_FREE struct rp_arena *arena = malloc(header.arena_bytes);
    if (!arena)
        return -ENOMEM;
    r = read_exactly(fd, arena, header.arena_bytes);
    if (!r)
        r = check_arena(&header, arena);
    if (r)
        return r;
    *ret = (struct rp_keyframe){.header = header, .arena = RP_TAKE_PTR(arena)};
    return 0;
}

void rp_keyframe_deinit(struct rp_keyframe *keyframe)
{
    free(keyframe->arena);
    keyframe->arena = NULL;
}
