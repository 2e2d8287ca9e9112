// SPDX-License-Identifier: Apache-2.0
/* Where the blocks of a recording are, and where something else is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "node/record/block.h"
#include "node/record/recording_private.h"

static int read_whole(int fd, unsigned char *bytes, uint64_t len, uint64_t *ret_len)
{
    uint64_t done = 0;
    while (done < len) {
        const ssize_t n = pread(fd, bytes + done, len - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break; /* somebody has cut it meanwhile */
        done += (uint64_t)n;
    }
    *ret_len = done;
    return 0;
}

int rp_recording_load(struct rp_recording *recording, uint32_t file)
{
    struct stat st;
    if (recording->loaded == file + 1)
        return 0;
    recording->loaded = 0;
    RP_CLEANUP_FD int fd = open(recording->files[file].path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    if ((uint64_t)st.st_size > RP_SEGMENT_BYTES_MAX)
        return -EFBIG;
    free(recording->bytes);
    recording->bytes = malloc((size_t)st.st_size + 1);
    if (!recording->bytes)
        return -ENOMEM;
    const int rc = read_whole(fd, recording->bytes, (uint64_t)st.st_size, &recording->len);
    if (rc == 0)
        recording->loaded = file + 1;
    return rc;
}

static int add(struct rp_recording *recording, const struct rp_stretch *place)
{
    if (recording->places_n == recording->places_cap) {
        const uint32_t cap = recording->places_cap ? 2 * recording->places_cap : 256;
        struct rp_stretch *places = realloc(recording->places, cap * sizeof(*places));
        if (!places)
            return -ENOMEM;
        recording->places = places;
        recording->places_cap = cap;
    }
    recording->places[recording->places_n++] = *place;
    return 0;
}

static bool header_at(const struct rp_recording *recording, uint64_t offset, struct rp_block_header *ret)
{
    return offset <= recording->len &&
           rp_block_header_read(recording->bytes + offset, recording->len - offset, offset, ret);
}

/* The first sound header from there on; the file's end if there is none. */
static uint64_t find_header(const struct rp_recording *recording, uint64_t from, struct rp_block_header *ret)
{
    uint64_t offset = from;
    while (offset < recording->len && !header_at(recording, offset, ret))
        offset += RP_BLOCK_ALIGN;
    return rp_min_u64(offset, recording->len);
}

/* Of the newest turn of the ring: a file may begin with damage and still hold older blocks at its end. */
static uint64_t serial_of(const struct rp_recording *recording)
{
    struct rp_block_header header;
    uint64_t serial = 0;
    if (header_at(recording, 0, &header))
        return header.serial;
    for (uint64_t at = find_header(recording, 0, &header); at < recording->len;
         at = find_header(recording, at + RP_BLOCK_ALIGN, &header))
        serial = rp_max_u64(serial, header.serial);
    return serial;
}

static bool all_zero(const struct rp_recording *recording, uint64_t from)
{
    const uint64_t to = rp_min_u64(recording->len, from + sizeof(struct rp_block_header));
    for (uint64_t i = from; i < to; i++)
        if (recording->bytes[i])
            return false;
    return true;
}

/* What is at `at` is no block of this segment: its end, or damage up to the next one. */
static int step_over(struct rp_recording *recording, uint32_t file, uint64_t *at)
{
    const uint64_t serial = recording->files[file].serial;
    struct rp_block_header header;
    const bool older = header_at(recording, *at, &header) && header.serial != serial;
    const bool end = older || all_zero(recording, *at);
    uint64_t next = *at;
    do
        next = find_header(recording, next + RP_BLOCK_ALIGN, &header);
    while (next < recording->len && header.serial != serial);
    const struct rp_stretch damage = {.file = file, .damage = true, .offset = *at, .bytes = next - *at};
    *at = next;
    return end && next == recording->len ? 0 : add(recording, &damage);
}

static bool is_claimed_well(const struct rp_block_header *header)
{
    return header->kind > RP_BLOCK_NONE && header->kind < RP_BLOCK_MAX && header->raw_bytes <= RP_BLOCK_RAW_MAX &&
           header->raw_bytes > 0;
}

static int scan_file(struct rp_recording *recording, uint32_t file, bool *ret_foreign)
{
    const uint64_t serial = recording->files[file].serial;
    int rc = 0;
    for (uint64_t at = 0; rc == 0 && at < recording->len;) {
        struct rp_stretch place = {.file = file, .offset = at};
        const bool sound = header_at(recording, at, &place.header) && place.header.serial == serial;
        const uint64_t stride = sound ? rp_block_stride(&place.header) : 0;
        *ret_foreign = *ret_foreign || (sound && place.header.version != RP_BLOCK_VERSION);
        if (!sound) {
            rc = step_over(recording, file, &at);
        } else if (!is_claimed_well(&place.header) ||
                   place.header.packed_bytes > recording->len - at - sizeof(place.header)) {
            place.damage = true; /* the file was cut */
            place.bytes = rp_min_u64(stride, recording->len - at);
            at += place.bytes;
            rc = add(recording, &place);
        } else {
            at += stride;
            rc = add(recording, &place);
        }
    }
    return rc;
}

static int by_serial(const void *a, const void *b)
{
    const struct rp_segment_file *x = a, *y = b;
    return (x->serial > y->serial) - (x->serial < y->serial);
}

static int complain(struct rp_complaint *why, const char *path, int rc, const char *text)
{
    (void)snprintf(why->text, sizeof(why->text), "%.100s: %s", path, text);
    return rc;
}

int rp_recording_scan(struct rp_recording *recording, struct rp_complaint *why)
{
    int rc = 0;
    bool foreign = false;
    for (uint32_t i = 0; i < recording->files_n; i++) {
        rc = rp_recording_load(recording, i);
        if (rc != 0)
            return complain(why, recording->files[i].path, rc, strerror(-rc));
        recording->files[i].serial = serial_of(recording);
        recording->files[i].bytes = recording->len;
    }
    qsort(recording->files, recording->files_n, sizeof(recording->files[0]), by_serial);
    recording->loaded = 0;
    for (uint32_t i = 0; i < recording->files_n; i++) {
        rc = rp_recording_load(recording, i);
        if (rc == 0 && recording->files[i].serial > 0) /* else nothing was written into it yet */
            rc = scan_file(recording, i, &foreign);
        if (rc != 0)
            return complain(why, recording->files[i].path, rc, strerror(-rc));
        if (foreign)
            return complain(why, recording->files[i].path, -EPROTONOSUPPORT, "another version of Reprieve recorded it");
    }
    for (uint32_t i = 0; i < recording->places_n; i++)
        if (!recording->places[i].damage)
            return 0;
    return complain(why, recording->files[0].path, -EBADMSG, "no recording, or nothing of it is whole");
}
