// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel files of one cgroup, opened once and read by position. That costs half of opening a file for each reading, and it
 * walks no path, so nothing outside of kernfs can delay it. A removed cgroup answers -ENODEV.
 */
#ifndef RP_NODE_SENSE_FILES_H
#define RP_NODE_SENSE_FILES_H

#include "reprieve/sample.h"

enum rp_file {
    RP_FILE_CURRENT,
    RP_FILE_EVENTS,
    RP_FILE_STAT,
    RP_FILE_PRESSURE,
    RP_FILE_PIDS,
    RP_FILE_SWAP,
    RP_FILE_MAX_BYTES,
    RP_FILE_CGROUP_EVENTS,
    RP_FILE_OOM_GROUP,
    RP_FILE_MAX
};

/*
 * What to read, as bits 1 << enum rp_file. Measured on 6.1, in instructions per read: memory.current 1.8k, memory.events
 * 4.5k, memory.pressure 7.6k, memory.stat 41k. LIGHT is for every look; SLOW changes only when somebody configures or ends
 * the pod. RARE changes hardly ever: no descriptor is kept for it.
 */
#define RP_READ(file) (1u << (file))
#define RP_READ_LIGHT (RP_READ(RP_FILE_CURRENT) | RP_READ(RP_FILE_EVENTS))
#define RP_READ_SLOW  (RP_READ(RP_FILE_MAX_BYTES) | RP_READ(RP_FILE_CGROUP_EVENTS))
#define RP_READ_RARE  RP_READ(RP_FILE_OOM_GROUP)
#define RP_FILES_KEPT RP_FILE_OOM_GROUP
#define RP_READ_ALL   (RP_READ(RP_FILE_MAX) - 1u)
#define RP_READ_FULL  (RP_READ_ALL & ~RP_READ_RARE)

struct rp_files {
    int fd[RP_FILE_MAX]; /* -1: not open */
};

/* Where file contents land on their way to a parser; the longest is memory.stat with about 2 KiB. */
struct rp_scratch {
    char text[16384];
};

/*
 * A kernel file from its start. The kernel makes each of ours in one piece (seq_file with a single record), so one pread has
 * it all and another one to see the end would only cost: a sweep makes two thousand. 0; -E2BIG; another -errno as read.
 */
int rp_scratch_read(struct rp_scratch *scratch, int fd, size_t *ret_len) RP_MUST_CHECK;

/* Its name in the directory, and the RP_CG bits that it gives at least. */
const char *rp_file_name(enum rp_file file);
uint64_t rp_file_gives(enum rp_file file);

void rp_files_init(struct rp_files *files);

/*
 * Open what `mask` asks for and is not open yet, in the order of the enumeration, at most `budget` files. Files that do not
 * exist (a controller that is off, a kernel without PSI) stay closed. Returns how many were opened.
 */
uint32_t rp_files_open(struct rp_files *files, int dirfd, uint32_t mask, uint32_t budget);

/* Close what is open and not in `keep`. Returns how many were closed. */
uint32_t rp_files_close(struct rp_files *files, uint32_t keep);

struct rp_files_result {
    uint32_t gone;    /* files that answered -ENODEV: the cgroup was removed, or the controller was switched off */
    uint32_t garbage; /* files whose text was not understood, or that could not be read for another reason */
};

/* Read the open files of `mask` into the reading; only what was understood is set, with its known bit. */
struct rp_files_result rp_files_read(const struct rp_files *files, uint32_t mask, struct rp_scratch *scratch,
                                     struct rp_cgroup_reading *out);

/* The same of files that are opened only for this. */
struct rp_files_result rp_files_read_once(int dirfd, uint32_t mask, struct rp_scratch *scratch,
                                          struct rp_cgroup_reading *out);

#endif
