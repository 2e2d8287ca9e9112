// SPDX-License-Identifier: Apache-2.0
/*
 * The undo log: what has to be put back, written down before anything is changed (rule E4).
 *
 * One file in the run directory, memory-mapped and shared by every process that may have to put things back: the guard
 * writes it, its hands add processes to it, the supervisor reads it when the guard died, the next start and `reprieve
 * revert` read it when everything died. The directory is a tmpfs: knobs do not survive a reboot and neither does the
 * log, so nothing is ever synced. Its pages are allocated when it is made, so that a full tmpfs cannot fault later.
 *
 * A record becomes valid by one store to its `state`, after all of its bytes and their checksum stand. A process that
 * is killed at any instruction therefore leaves either no record or a whole one, and in both cases the knob has not been
 * written yet or the record says how to undo it:
 *
 *     FREE ──▶ (CLAIMED) ──▶ ARMED ──▶ [knob is written] ──▶ IN_FORCE ──▶ [knob is restored] ──▶ FREE
 *
 * A change of a knob that we changed before takes a second record with the same old value, which also knows our earlier
 * value; the first record is freed once the second is armed, before the knob is touched. At most one record per knob is
 * needed to undo it.
 *
 * Apart from opening nothing here allocates, and nothing but the two tables is written.
 */
#ifndef RP_NODE_ACT_UNDO_H
#define RP_NODE_ACT_UNDO_H

#include "node/act/knob.h"
#include "reprieve/control.h"
#include "reprieve/plan.h"
#include "reprieve/types.h"

#define RP_UNDO_CHANGES_MAX 512
#define RP_UNDO_TASKS_MAX   4096
#define RP_BOOT_ID_MAX      40 /* of /proc/sys/kernel/random/boot_id: 36 characters */

enum rp_undo_state {
    RP_UNDO_FREE,
    RP_UNDO_CLAIMED,  /* being filled by one of several writers; means nothing yet */
    RP_UNDO_ARMED,    /* whole; the knob may or may not hold our value */
    RP_UNDO_IN_FORCE, /* our value was read back */
    RP_UNDO_STATE_MAX
};

/* One knob of one cgroup. Everything but state and shown is constant while the record is not free. */
struct rp_undo_change {
    uint32_t state;            /* enum rp_undo_state; atomic */
    uint32_t checksum;         /* of all bytes from `sequence` on */
    uint32_t shown_checksum;   /* of `shown`, which arrives later than the rest */
    uint32_t knob;             /* enum rp_knob */
    struct rp_knob_text shown; /* what the kernel answered; valid IN_FORCE */
    uint64_t sequence;         /* counts up; of two records of one knob the higher one counts */
    rp_ns since_ns;
    struct rp_action action; /* id, cgroup, reason, expiry: why this was done */
    struct rp_knob_text old, intended;
    struct rp_knob_text earlier; /* our own former value, "" if there was none */
    char path[RP_PATH_MAX];      /* of the cgroup, beneath the cgroup root */
};

/*
 * One process whose oom_score_adj was changed. It is identified by pid and start time. The record also covers children
 * that it has had since: they inherit the value without being written down (see shield.h).
 */
struct rp_undo_task {
    uint32_t state;     /* enum rp_undo_state; atomic, several hands claim records at once */
    uint32_t checksum;  /* of all bytes from `group` on */
    rp_cgroup_id group; /* of the action: the pod */
    rp_cgroup_id leaf;  /* where the process lives: its container */
    uint64_t starttime; /* field 22 of /proc/PID/stat */
    int32_t pid;
    int16_t old, now;
};

struct rp_undo {
    void *map;
    size_t bytes;
    struct rp_undo_change *changes; /* RP_UNDO_CHANGES_MAX */
    struct rp_undo_task *tasks;     /* RP_UNDO_TASKS_MAX */
    uint64_t *sequence;             /* of the last record that anybody made; lives in the file */
    uint32_t *tasks_top;            /* no record of a process was ever used from there on; lives in the file, atomic */
};

#define RP_UNDO_NULL ((struct rp_undo){0})

/* What was wrong with a file that cannot be used. */
enum rp_undo_damage {
    RP_UNDO_SOUND,
    RP_UNDO_FOREIGN, /* not a regular file of ours with mode 0600: somebody else put it there */
    RP_UNDO_BAD_SIZE,
    RP_UNDO_BAD_MAGIC,
    RP_UNDO_OTHER_VERSION, /* another release of Reprieve wrote it */
    RP_UNDO_BAD_HEADER,
    RP_UNDO_OTHER_BOOT, /* nothing of it can be in force any more */
    RP_UNDO_MENDED,     /* the header was damaged; the records have checksums of their own, and are of this boot */
    RP_UNDO_DAMAGE_MAX
};

/* A sentence for people. */
const char *rp_undo_damage_text(enum rp_undo_damage damage);

/*
 * Map the log in that directory; make it if it is missing. One that cannot serve is renamed to undo.damaged, said in
 * ret_damage, and replaced by an empty one: damage never keeps Reprieve from starting. Where only the header is damaged and
 * records are whole, a new header is written and MENDED is said: what they say is still to be undone. 0 or -errno.
 */
int rp_undo_open(int dirfd, const char *boot_id, struct rp_undo *ret, enum rp_undo_damage *ret_damage) RP_MUST_CHECK;

/* Map the log only if it is there, mended if need be. -ENOENT; -EBADMSG no use, said in ret_damage and left in place. */
int rp_undo_open_existing(int dirfd, const char *boot_id, struct rp_undo *ret,
                          enum rp_undo_damage *ret_damage) RP_MUST_CHECK;

void rp_undo_close(struct rp_undo *log);

/* What rp_undo_begin is told. */
struct rp_undo_entry {
    const struct rp_action *action;
    const char *path;
    enum rp_knob knob;
    rp_ns since_ns;
    struct rp_knob_text old, intended, earlier;
};

/* Write down a change that is about to be made. 0; -ENOSPC full, then the change must not be made; -ENAMETOOLONG. */
int rp_undo_begin(struct rp_undo *log, const struct rp_undo_entry *entry, struct rp_undo_change **ret) RP_MUST_CHECK;

/* The change was made; this is what the kernel shows. */
void rp_undo_commit(struct rp_undo_change *change, const struct rp_knob_text *shown);

/* The change is undone, or is none of ours any more. */
void rp_undo_forget(struct rp_undo_change *change);

/* Was the change read back from the kernel? If not, it may or may not have been made. */
bool rp_undo_is_in_force(const struct rp_undo_change *change);

/* Does this text mean one of the values that the knob can have because of this record? */
bool rp_undo_is_ours(const struct rp_undo_change *change, const struct rp_knob_text *text);

enum rp_undo_slot { RP_UNDO_SLOT_EMPTY, RP_UNDO_SLOT_USED, RP_UNDO_SLOT_DAMAGED };

/* What slot i holds. Only USED slots may be looked into. */
enum rp_undo_slot rp_undo_change_slot(const struct rp_undo *log, uint32_t i);
enum rp_undo_slot rp_undo_task_slot(const struct rp_undo *log, uint32_t i);

/* The valid record of that knob with the highest sequence, or NULL. */
struct rp_undo_change *rp_undo_find(const struct rp_undo *log, rp_cgroup_id cgroup, enum rp_knob knob);

uint32_t rp_undo_used(const struct rp_undo *log); /* changes in force or armed */
bool rp_undo_has_room(const struct rp_undo *log);

/* Write down a process that is about to be changed; callable by several hands at once. 0 or -ENOSPC. */
int rp_undo_add_task(struct rp_undo *log, const struct rp_undo_task *task, struct rp_undo_task **ret) RP_MUST_CHECK;

/* Its oom_score_adj was written. */
void rp_undo_commit_task(struct rp_undo_task *task);

void rp_undo_forget_task(struct rp_undo_task *task);

/* Records of processes lie below this: what has to look through them a hundred times a second need not look further. */
uint32_t rp_undo_tasks_top(const struct rp_undo *log);

#endif
