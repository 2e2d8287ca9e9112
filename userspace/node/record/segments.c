// SPDX-License-Identifier: Apache-2.0
#include "node/record/segments.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/str.h"
#include "node/record/block.h"

#define SLOTS_LEAST  4u
#define SLOT_BYTES   (UINT64_C(4) << 20) /* enough for an hour of calm; what is overwritten at once */
#define SLOT_ROUNDED (UINT64_C(64) << 10)
#define PATH_LONGEST 512
#define FREE_LEAST   16u /* times of what is taken, before it is taken */

struct rp_segments_layout rp_segments_layout(uint64_t record_bytes)
{
    const uint64_t slots = rp_clamp_u64(record_bytes / SLOT_BYTES, SLOTS_LEAST, RP_SEGMENTS_MAX);
    return (struct rp_segments_layout){.slots = (uint32_t)slots,
                                       .bytes = record_bytes / slots / SLOT_ROUNDED * SLOT_ROUNDED};
}

void rp_segments_name(uint32_t slot, char dst[static RP_SEGMENT_NAME_MAX])
{
    (void)snprintf(dst, RP_SEGMENT_NAME_MAX, "segment-%02u" RP_SEGMENT_SUFFIX, slot);
}

static int make_directories(const char *path)
{
    char part[PATH_LONGEST];
    if (rp_copy(part, sizeof(part), path) < 0)
        return -ENAMETOOLONG;
    for (char *at = part + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return -errno;
        *at = '/';
    }
    return mkdir(part, 0700) != 0 && errno != EEXIST ? -errno : 0;
}

int rp_segments_open(const char *path)
{
    struct stat st;
    int rc = make_directories(path);
    RP_CLEANUP_FD int dir = rc == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (rc != 0)
        return rc;
    if (dir < 0 || fstat(dir, &st) != 0)
        return -errno;
    if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
        return -EPERM;
    if (flock(dir, LOCK_EX | LOCK_NB) != 0) /* a hand that was given up may still be in there */
        return errno == EWOULDBLOCK ? -EBUSY : -errno;
    return RP_TAKE_FD(dir);
}

/* A recording must not be what fills a disk. */
static bool leaves_room(int fd, const struct stat *st, uint64_t bytes)
{
    struct statvfs fs;
    const uint64_t have = (uint64_t)st->st_blocks * 512;
    if (have >= bytes)
        return true;
    return fstatvfs(fd, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize / FREE_LEAST >= bytes - have;
}

int rp_segments_slot(int dir, uint32_t slot, uint64_t bytes)
{
    char name[RP_SEGMENT_NAME_MAX];
    struct stat st;
    rp_segments_name(slot, name);
    RP_CLEANUP_FD int fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0 || fstat(fd, &st) != 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EEXIST;
    if (!leaves_room(fd, &st, bytes))
        return -ENOSPC;
    if (st.st_size > (off_t)bytes && ftruncate(fd, (off_t)bytes) != 0)
        return -errno;
    if (fallocate(fd, 0, 0, (off_t)bytes) != 0 && errno != EOPNOTSUPP)
        return -errno;
    return RP_TAKE_FD(fd);
}

uint64_t rp_segments_serial(int fd)
{
    unsigned char bytes[sizeof(struct rp_block_header)];
    struct rp_block_header header;
    if (pread(fd, bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return 0;
    return rp_block_header_read(bytes, sizeof(bytes), 0, &header) ? header.serial : 0;
}

static uint64_t serial_of(int dir, uint32_t slot)
{
    char name[RP_SEGMENT_NAME_MAX];
    rp_segments_name(slot, name);
    RP_CLEANUP_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd < 0 ? 0 : rp_segments_serial(fd);
}

uint64_t rp_segments_last_serial(int dir)
{
    uint64_t last = 0;
    for (uint32_t slot = 0; slot < RP_SEGMENTS_MAX; slot++)
        last = rp_max_u64(last, serial_of(dir, slot));
    return last;
}

void rp_segments_trim(int dir, uint32_t slots)
{
    char name[RP_SEGMENT_NAME_MAX];
    for (uint32_t slot = slots; slot < RP_SEGMENTS_MAX; slot++) {
        rp_segments_name(slot, name);
        (void)unlinkat(dir, name, 0);
    }
}
