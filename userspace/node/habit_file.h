// SPDX-License-Identifier: Apache-2.0
/*
 * The file of what checkpoints took (include/reprieve/habit.h): small, written anew as a whole and put in place by a rename,
 * with a version and a checksum. One that is damaged counts as none.
 */
#ifndef RP_NODE_HABIT_FILE_H
#define RP_NODE_HABIT_FILE_H

#include "reprieve/habit.h"

#define RP_HABIT_FILE       "checkpoints"
#define RP_HABIT_FILE_BYTES (64 + RP_HABITS_MAX * (RP_HABIT_NAME_MAX + 8 * (RP_DURATIONS_MAX + 3))) /* the largest */

/* The bytes of the habits that have a name. Gives how many. */
size_t rp_habit_file_make(const struct rp_habit *list, uint32_t n, unsigned char dst[RP_HABIT_FILE_BYTES]);

/* 0 and how many; -EBADMSG damaged, -EPROTONOSUPPORT another version; then the list is untouched. */
int rp_habit_file_parse(const unsigned char *bytes, size_t len, struct rp_habit list[RP_HABITS_MAX],
                        uint32_t *ret_n) RP_MUST_CHECK;

/* From the directory: 0 and how many, -ENOENT, or another -errno. */
int rp_habit_file_load(const char *directory, struct rp_habit list[RP_HABITS_MAX], uint32_t *ret_n) RP_MUST_CHECK;

/* Put one among those that are there, over its former self or the longest unchanged. Waits for the disk. 0 or -errno. */
int rp_habit_file_keep(const char *directory, const struct rp_habit *habit) RP_MUST_CHECK;

#endif
