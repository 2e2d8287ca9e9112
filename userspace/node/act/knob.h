// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel files that Reprieve changes, and how the kernel shows a value back that was written to them. Knowing the
 * latter beforehand lets the undo log hold, before the write, the text that a later reader will find.
 *
 * Only the first line of a knob counts, here as in the kernel, so a plain file can stand in for one. Nothing allocates.
 */
#ifndef RP_NODE_ACT_KNOB_H
#define RP_NODE_ACT_KNOB_H

#include "reprieve/tables.h"
#include "reprieve/types.h"

enum rp_knob {
    RP_KNOB_NONE,
    RP_KNOB_MEMORY_HIGH,
    RP_KNOB_CPU_MAX,
    RP_KNOB_FREEZE,
    RP_KNOB_OOM_SCORE_ADJ, /* of processes, in /proc/PID; the knob of a cgroup only in the sense of all its processes */
    RP_KNOB_MAX
};

#define RP_KNOB_TEXT_MAX 64

struct rp_knob_text {
    char s[RP_KNOB_TEXT_MAX]; /* one line without its newline */
};

/* Its file name, relative to the directory of the cgroup or process. */
const char *rp_knob_file(enum rp_knob knob);

/* The knob that an action of this kind turns and must be able to turn back; NONE for kills and requests. */
enum rp_knob rp_knob_of_action(enum rp_action_kind kind);

/*
 * The value of an action (bytes, permille of one CPU, 0 or 1, adjustment) as the kernel will show it after it was
 * written. -ERANGE if the kernel has no such value.
 */
int rp_knob_format(enum rp_knob knob, int64_t value, struct rp_knob_text *ret) RP_MUST_CHECK;

/* The reverse: INT64_MAX for "max". 0 or -EBADMSG. */
int rp_knob_value(enum rp_knob knob, const struct rp_knob_text *text, int64_t *ret) RP_MUST_CHECK;

/* Do both texts mean the same to the kernel? Text that is not understood is compared as bytes. */
bool rp_knob_same(enum rp_knob knob, const struct rp_knob_text *a, const struct rp_knob_text *b);

/* Would going from `from` to `to` give the cgroup more than it has? A brake must never do that. */
bool rp_knob_loosens(enum rp_knob knob, const struct rp_knob_text *from, const struct rp_knob_text *to);

/* Open a file of that directory: no symlink, no way out of it. Writing asks for O_NONBLOCK, see rp_knob_write. */
int rp_knob_open(int dirfd, const char *file, int flags) RP_MUST_CHECK;

/* The present value. 0; -ENOENT no such knob; -ENODEV, -ESRCH the cgroup or process is gone; -EBADMSG too long. */
int rp_knob_read(int dirfd, enum rp_knob knob, struct rp_knob_text *ret) RP_MUST_CHECK;

/*
 * Write and read back what the kernel made of it. memory.high is opened with O_NONBLOCK: from 6.16 on the kernel then
 * does not reclaim inside the write. Before that it does, up to 16 rounds, if the new value is below the present use:
 * such a write belongs into a hand.
 */
int rp_knob_write(int dirfd, enum rp_knob knob, const struct rp_knob_text *text,
                  struct rp_knob_text *ret_shown) RP_MUST_CHECK;

#endif
