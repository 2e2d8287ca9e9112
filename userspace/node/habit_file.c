// SPDX-License-Identifier: Apache-2.0
/* The file of what checkpoints took. */
#include "node/habit_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/fdio.h"

#define MAGIC   UINT64_C(0x5354494241485052) /* "RPHABITS" */
#define VERSION 1u
#define FRESH   RP_HABIT_FILE ".new"

/* As it lies in the file, in this machine's byte order: it is read by who wrote it. */
struct header {
    uint64_t magic;
    uint32_t version, n;
    uint32_t entry_bytes, crc; /* crc: of what follows */
};

struct entry {
    char name[RP_HABIT_NAME_MAX];
    uint64_t durations_ns[RP_DURATIONS_MAX];
    uint64_t durations_n;
    int64_t bytes;
    uint64_t learned;
};

static_assert(sizeof(struct header) + RP_HABITS_MAX * sizeof(struct entry) <= RP_HABIT_FILE_BYTES, "room for all");

size_t rp_habit_file_make(const struct rp_habit *list, uint32_t n, unsigned char dst[RP_HABIT_FILE_BYTES])
{
    struct header header = {.magic = MAGIC, .version = VERSION, .entry_bytes = sizeof(struct entry)};
    unsigned char *at = dst + sizeof(header);
    for (uint32_t i = 0; i < n && header.n < RP_HABITS_MAX; i++) {
        struct entry entry = {.durations_n = list[i].durations_n, .bytes = list[i].bytes, .learned = list[i].learned};
        if (list[i].name[0] == '\0')
            continue;
        memcpy(entry.name, list[i].name, strnlen(list[i].name, sizeof(entry.name) - 1));
        memcpy(entry.durations_ns, list[i].durations_ns, sizeof(entry.durations_ns));
        memcpy(at, &entry, sizeof(entry));
        at += sizeof(entry);
        header.n++;
    }
    const size_t len = (size_t)(at - dst);
    header.crc = (uint32_t)crc32_z(0, dst + sizeof(header), len - sizeof(header));
    memcpy(dst, &header, sizeof(header));
    return len;
}

static bool is_sound(const struct entry *entry)
{
    return entry->name[0] != '\0' && memchr(entry->name, '\0', sizeof(entry->name)) && entry->durations_n > 0 &&
           entry->durations_n <= UINT32_MAX && entry->bytes >= 0;
}

int rp_habit_file_parse(const unsigned char *bytes, size_t len, struct rp_habit list[RP_HABITS_MAX], uint32_t *ret_n)
{
    struct header header;
    struct rp_habit found[RP_HABITS_MAX] = {{.name = ""}};
    if (len < sizeof(header))
        return -EBADMSG;
    memcpy(&header, bytes, sizeof(header));
    if (header.magic != MAGIC)
        return -EBADMSG;
    if (header.version != VERSION || header.entry_bytes != sizeof(struct entry))
        return -EPROTONOSUPPORT;
    if (header.n > RP_HABITS_MAX || len != sizeof(header) + header.n * sizeof(struct entry) ||
        header.crc != (uint32_t)crc32_z(0, bytes + sizeof(header), len - sizeof(header)))
        return -EBADMSG;
    for (uint32_t i = 0; i < header.n; i++) {
        struct entry entry;
        memcpy(&entry, bytes + sizeof(header) + i * sizeof(entry), sizeof(entry));
        if (!is_sound(&entry))
            return -EBADMSG;
        memcpy(found[i].name, entry.name, sizeof(entry.name));
        memcpy(found[i].durations_ns, entry.durations_ns, sizeof(entry.durations_ns));
        found[i].durations_n = (uint32_t)entry.durations_n;
        found[i].bytes = entry.bytes;
        found[i].learned = entry.learned;
    }
    memcpy(list, found, sizeof(found));
    *ret_n = header.n;
    return 0;
}

int rp_habit_file_load(const char *directory, struct rp_habit list[RP_HABITS_MAX], uint32_t *ret_n)
{
    unsigned char bytes[RP_HABIT_FILE_BYTES];
    size_t len = 0;
    RP_CLEANUP_FD int dir = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    RP_CLEANUP_FD int fd =
        rp_openat2(dir, RP_HABIT_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    const int r = fd < 0 ? fd : rp_pread_all(fd, bytes, sizeof(bytes), &len);
    return r < 0 ? r : rp_habit_file_parse(bytes, len, list, ret_n);
}

static int write_all(int dir, const unsigned char *bytes, size_t len)
{
    RP_CLEANUP_FD int fd =
        rp_openat2(dir, FRESH, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    const int r = fd < 0 ? fd : rp_write_all(fd, bytes, len);
    if (r < 0)
        return r;
    return fdatasync(fd) < 0 ? -errno : 0;
}

/* Over its former self, or behind the others, or where nothing was learned for longest. */
static void enter(struct rp_habit list[RP_HABITS_MAX], uint32_t *n, const struct rp_habit *habit)
{
    uint32_t at = 0, eldest = 0;
    while (at < *n && strcmp(list[at].name, habit->name) != 0) {
        eldest = list[at].learned < list[eldest].learned ? at : eldest;
        at++;
    }
    if (at == RP_HABITS_MAX)
        at = eldest;
    if (at == *n)
        (*n)++;
    list[at] = *habit;
}

int rp_habit_file_keep(const char *directory, const struct rp_habit *habit)
{
    struct rp_habit list[RP_HABITS_MAX];
    unsigned char bytes[RP_HABIT_FILE_BYTES];
    uint32_t n = 0;
    int r = rp_habit_file_load(directory, list, &n);
    if (r < 0 && r != -ENOENT && r != -EBADMSG && r != -EPROTONOSUPPORT && r != -E2BIG)
        return r;
    RP_CLEANUP_FD int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    enter(list, &n, habit);
    r = write_all(dir, bytes, rp_habit_file_make(list, n, bytes));
    if (r == 0 && renameat(dir, FRESH, dir, RP_HABIT_FILE) < 0)
        r = -errno;
    return r;
}
