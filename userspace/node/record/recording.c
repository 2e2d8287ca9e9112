// SPDX-License-Identifier: Apache-2.0
#include "node/record/recording.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/str.h"
#include "node/record/block.h"
#include "node/record/keyframe.h"
#include "node/record/recording_private.h"
#include "node/record/segments.h"

#define FILES_MAX 4096u

/* ---- which files */

static int add_file(struct rp_recording *recording, const char *directory, const char *name)
{
    char *path = NULL;
    struct rp_segment_file *files = realloc(recording->files, (recording->files_n + 1) * sizeof(*files));
    if (!files)
        return -ENOMEM;
    recording->files = files;
    if (asprintf(&path, "%s%s%s", directory, directory[0] ? "/" : "", name) < 0)
        return -ENOMEM;
    files[recording->files_n++] = (struct rp_segment_file){.path = path};
    return 0;
}

static int add_directory(struct rp_recording *recording, const char *path)
{
    DIR *dir = opendir(path);
    int rc = dir ? 0 : -errno;
    for (struct dirent *entry = dir ? readdir(dir) : NULL; rc == 0 && entry; entry = readdir(dir))
        if (rp_ends_with(entry->d_name, RP_SEGMENT_SUFFIX) && recording->files_n < FILES_MAX)
            rc = add_file(recording, path, entry->d_name);
    if (dir)
        (void)closedir(dir);
    return rc == 0 && recording->files_n == 0 ? -ENOENT : rc;
}

static int find_files(struct rp_recording *recording, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return -errno;
    return S_ISDIR(st.st_mode) ? add_directory(recording, path) : add_file(recording, "", path);
}

/* ---- contents of blocks */

static const unsigned char *packed_of(const struct rp_recording *recording, const struct rp_stretch *place)
{
    return recording->bytes + place->offset + sizeof(place->header);
}

/* Into recording->raw. */
static int unpack(struct rp_recording *recording, const struct rp_stretch *place)
{
    int rc = rp_recording_load(recording, place->file);
    if (rc != 0)
        return rc;
    /* A file that is written meanwhile may be another one than the one that was scanned. */
    if (recording->len < place->offset + sizeof(place->header) + place->header.packed_bytes)
        return -EBADMSG;
    free(recording->raw);
    recording->raw = malloc(place->header.raw_bytes);
    if (!recording->raw)
        return -ENOMEM;
    return rp_block_unpack(&place->header, packed_of(recording, place), recording->raw);
}

static const struct rp_schema *find_schema(const struct rp_recording *recording, uint32_t crc)
{
    for (uint32_t i = 0; i < recording->schemas_n; i++)
        if (recording->schemas[i]->crc == crc)
            return recording->schemas[i];
    return NULL;
}

static int add_schema(struct rp_recording *recording, const unsigned char *bytes, size_t len, struct rp_complaint *why)
{
    RP_CLEANUP_FREE struct rp_schema *schema = malloc(sizeof(*schema));
    if (!schema)
        return -ENOMEM;
    const int rc = rp_schema_read(bytes, len, schema, why);
    if (rc != 0 || find_schema(recording, schema->crc) || recording->schemas_n == RP_SCHEMAS_MAX)
        return rc;
    recording->schemas[recording->schemas_n++] = RP_TAKE_PTR(schema);
    return 0;
}

/* This program's own is known, and every file has its own: a damaged one is likely to be found elsewhere. */
static int collect_schemas(struct rp_recording *recording, struct rp_complaint *why)
{
    unsigned char own[RP_SCHEMA_BYTES_MAX];
    int rc = add_schema(recording, own, rp_schema_write(own), why);
    for (uint32_t i = 0; rc == 0 && i < recording->places_n; i++) {
        const struct rp_stretch *place = &recording->places[i];
        if (place->damage || place->header.kind != RP_BLOCK_SCHEMA || find_schema(recording, place->header.schema_crc))
            continue;
        rc = unpack(recording, place);
        if (rc == 0)
            rc = add_schema(recording, recording->raw, place->header.raw_bytes, why);
        rc = rc == -EBADMSG ? 0 : rc; /* said when it is read */
    }
    return rc;
}

/* ---- open and close */

int rp_recording_open(const char *path, struct rp_recording **ret, struct rp_complaint *why)
{
    struct rp_recording *recording = calloc(1, sizeof(*recording));
    int rc = recording ? rp_frame_room_init(&recording->room) : -ENOMEM;
    why->text[0] = '\0';
    if (rc == 0)
        rc = find_files(recording, path);
    if (rc == 0)
        rc = rp_recording_scan(recording, why);
    if (rc == 0)
        rc = collect_schemas(recording, why);
    if (rc != 0 && !why->text[0])
        (void)snprintf(why->text, sizeof(why->text), "%.100s: %s", path,
                       rc == -ENOENT ? "there is no recording" : strerror(-rc));
    if (rc != 0)
        rp_recording_close(&recording);
    else
        *ret = recording;
    return rc;
}

void rp_recording_close(struct rp_recording **recording)
{
    struct rp_recording *r = *recording;
    *recording = NULL;
    if (!r)
        return;
    for (uint32_t i = 0; i < r->files_n; i++)
        free(r->files[i].path);
    for (uint32_t i = 0; i < r->schemas_n; i++)
        free(r->schemas[i]);
    rp_frame_room_deinit(&r->room);
    free(r->files);
    free(r->places);
    free(r->bytes);
    free(r->raw);
    free(r->arena);
    free(r);
}

/* Wraps, whatever the file says. */
static int64_t earlier(int64_t realtime_ns, rp_ns by)
{
    return (int64_t)((uint64_t)realtime_ns - by);
}

static void count_block(struct rp_recording_info *info, const struct rp_block_header *header)
{
    info->blocks++;
    info->lost = rp_max_u64(info->lost, header->lost);
    if (header->kind == RP_BLOCK_KEYFRAME)
        info->keyframe_bytes += header->packed_bytes + sizeof(*header);
    if (header->kind != RP_BLOCK_FRAMES)
        return;
    info->packed_bytes += header->packed_bytes + sizeof(*header);
    info->raw_bytes += header->raw_bytes;
    if (info->first_realtime_ns == 0) /* of its first frame */
        info->first_realtime_ns = earlier(header->realtime_ns, header->last_ns - header->first_ns);
    info->last_realtime_ns = header->realtime_ns;
}

void rp_recording_info(const struct rp_recording *recording, struct rp_recording_info *ret)
{
    *ret = (struct rp_recording_info){.files = recording->files_n};
    for (uint32_t i = 0; i < recording->files_n; i++)
        ret->file_bytes += recording->files[i].bytes;
    for (uint32_t i = 0; i < recording->places_n; i++) {
        if (recording->places[i].damage)
            ret->damages++;
        else
            count_block(ret, &recording->places[i].header);
    }
}

/* ---- one entry after the other */

static int say(struct rp_entry *entry, enum rp_entry_kind kind, const char *text)
{
    entry->kind = kind;
    (void)snprintf(entry->text, sizeof(entry->text), "%s", text);
    return 1;
}

static int damaged(const struct rp_stretch *place, struct rp_entry *entry)
{
    entry->kind = RP_ENTRY_DAMAGE;
    const bool torn = place->header.magic != 0; /* its header was there */
    (void)snprintf(entry->text, sizeof(entry->text), "%s%llu bytes are lost",
                   torn ? "the file ends inside of a block, " : "no block, ", (unsigned long long)place->bytes);
    return 1;
}

/* Pieces come one behind the other; what does not fit on is the rest of one whose beginning was lost. */
static int take_piece(struct rp_recording *recording, const struct rp_stretch *place, struct rp_entry *entry)
{
    const struct rp_block_header *header = &place->header;
    if (header->at_bytes == 0) {
        free(recording->arena);
        recording->arena_have = 0;
        recording->arena_bytes = header->whole_bytes;
        recording->arena = header->whole_bytes <= RP_KEYFRAME_BYTES_MAX ? malloc(header->whole_bytes + 1) : NULL;
        if (!recording->arena)
            return header->whole_bytes <= RP_KEYFRAME_BYTES_MAX
                       ? -ENOMEM
                       : say(entry, RP_ENTRY_DAMAGE, "a keyframe claims too much");
    }
    if (!recording->arena || header->whole_bytes != recording->arena_bytes ||
        header->at_bytes != recording->arena_have || header->raw_bytes > recording->arena_bytes - recording->arena_have)
        return 0;
    memcpy((unsigned char *)recording->arena + header->at_bytes, recording->raw, header->raw_bytes);
    recording->arena_have += header->raw_bytes;
    if (recording->arena_have < recording->arena_bytes)
        return 0;
    const int rc = rp_arena_check(recording->arena, recording->arena_bytes);
    entry->kind = RP_ENTRY_KEYFRAME;
    entry->arena = recording->arena;
    if (rc == -EPROTONOSUPPORT)
        return say(entry, RP_ENTRY_FOREIGN, "the keyframe is of a program with another state than this one's");
    return rc == 0 ? 1 : say(entry, RP_ENTRY_DAMAGE, "the keyframe is no state that a guard can have had");
}

/* 1: an entry; 0: nothing that is worth one. */
static int open_block(struct rp_recording *recording, const struct rp_stretch *place, struct rp_entry *entry)
{
    int rc = unpack(recording, place);
    if (rc == -EBADMSG)
        return say(entry, RP_ENTRY_DAMAGE, "the block's checksum is wrong");
    if (rc != 0)
        return rc;
    if (place->header.kind == RP_BLOCK_KEYFRAME)
        return take_piece(recording, place, entry);
    if (place->header.kind != RP_BLOCK_FRAMES)
        return 0;
    recording->schema = find_schema(recording, place->header.schema_crc);
    if (!recording->schema)
        return say(entry, RP_ENTRY_DAMAGE, "no file says what the fields of this block are");
    recording->frames = (struct rp_source_bytes){.at = recording->raw, .end = recording->raw + place->header.raw_bytes};
    rp_frame_room_begin(&recording->room);
    return 0;
}

/* The next frame of the block that is open. */
static int next_frame(struct rp_recording *recording, const struct rp_stretch *place, struct rp_entry *entry)
{
    const int rc = rp_frame_get(&recording->frames, recording->schema, &recording->room, &entry->frame);
    entry->kind = RP_ENTRY_FRAME;
    /* The header has the time of the last one. */
    entry->realtime_ns = earlier(place->header.realtime_ns, place->header.last_ns - entry->frame.t_ns);
    if (rc == -EBADMSG) {
        recording->frames = (struct rp_source_bytes){0};
        return say(entry, RP_ENTRY_DAMAGE, "the rest of the block holds no frames");
    }
    return rc == 0 ? 1 : rc;
}

int rp_recording_next(struct rp_recording *recording, struct rp_entry *ret)
{
    for (;;) {
        const bool open = recording->frames.at != recording->frames.end;
        if (!open && recording->at == recording->places_n)
            return 0;
        const struct rp_stretch *place = &recording->places[open ? recording->at - 1 : recording->at];
        *ret = (struct rp_entry){.file = recording->files[place->file].path,
                                 .offset = place->offset,
                                 .realtime_ns = place->header.realtime_ns};
        if (open)
            return next_frame(recording, place, ret);
        recording->at++;
        const int rc = place->damage ? damaged(place, ret) : open_block(recording, place, ret);
        if (rc != 0)
            return rc;
    }
}

void rp_recording_seek(struct rp_recording *recording, int64_t realtime_ns)
{
    recording->frames = (struct rp_source_bytes){0};
    recording->at = 0;
    for (uint32_t i = 0; i < recording->places_n; i++) {
        const struct rp_stretch *place = &recording->places[i];
        const bool entry = (place->header.kind == RP_BLOCK_KEYFRAME && place->header.at_bytes == 0) ||
                           (place->header.kind == RP_BLOCK_FRAMES && (place->header.flags & RP_BLOCK_STARTS));
        if (!place->damage && entry && place->header.realtime_ns <= realtime_ns)
            recording->at = i;
    }
}

void rp_recording_progress(const struct rp_recording *recording, uint64_t *ret_done, uint64_t *ret_all)
{
    *ret_done = recording->at;
    *ret_all = recording->places_n;
}
