// SPDX-License-Identifier: Apache-2.0
/* The undo log: its file, and records that are valid from one store on. */
#include "node/act/undo.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h> /* renameat(2) */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/str.h"

#define UNDO_MAGIC    UINT64_C(0x31304f444e555052) /* "RPUNDO01" */
#define UNDO_VERSION  1
#define UNDO_NEW      RP_UNDO_FILE ".new"
#define UNDO_DAMAGED  RP_UNDO_FILE ".damaged"
#define HEADER_BYTES  4096
#define CHANGES_BYTES (sizeof(struct rp_undo_change) * RP_UNDO_CHANGES_MAX)
#define TASKS_BYTES   (sizeof(struct rp_undo_task) * RP_UNDO_TASKS_MAX)
#define FILE_BYTES    (HEADER_BYTES + CHANGES_BYTES + TASKS_BYTES)

struct undo_header {
    uint64_t magic;
    uint32_t version;
    uint32_t checksum; /* of what follows, up to `sequence` */
    uint32_t change_bytes, changes_n, task_bytes, tasks_n;
    char boot_id[RP_BOOT_ID_MAX];
    uint64_t sequence; /* counts on over the lives of guards; not under the checksum, as it changes */
    uint32_t tasks_top;
};

static_assert(sizeof(struct undo_header) <= HEADER_BYTES, "the header has a page of its own");
static_assert(sizeof(struct rp_undo_change) % 8 == 0, "records stay aligned");
static_assert((offsetof(struct undo_header, sequence) - offsetof(struct undo_header, change_bytes)) % 8 == 0 &&
                  (sizeof(struct rp_undo_change) - offsetof(struct rp_undo_change, sequence)) % 8 == 0 &&
                  (sizeof(struct rp_undo_task) - offsetof(struct rp_undo_task, group)) % 8 == 0 &&
                  sizeof(struct rp_knob_text) % 8 == 0,
              "checksums cover whole words");
static_assert(CHANGES_BYTES % 8 == 0, "tasks follow changes and stay aligned");

/*
 * FNV-1a, eight bytes at a time: `len` is a multiple of eight. It has to tell damage from data, not to resist anybody:
 * the file is root's own. Every step can be inverted, so one damaged word never goes unnoticed before the fold.
 */
static uint32_t checksum_of(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    uint64_t sum = UINT64_C(14695981039346656037), word = 0;
    for (size_t i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
        memcpy(&word, at + i, sizeof(word));
        sum = (sum ^ word) * UINT64_C(1099511628211);
    }
    return (uint32_t)(sum ^ (sum >> 32));
}

static uint32_t header_checksum(const struct undo_header *header)
{
    return checksum_of(&header->change_bytes,
                       offsetof(struct undo_header, sequence) - offsetof(struct undo_header, change_bytes));
}

static uint32_t change_checksum(const struct rp_undo_change *change)
{
    const uint32_t body = checksum_of(&change->sequence, sizeof(*change) - offsetof(struct rp_undo_change, sequence));
    return body ^ change->knob;
}

static uint32_t task_checksum(const struct rp_undo_task *task)
{
    return checksum_of(&task->group, sizeof(*task) - offsetof(struct rp_undo_task, group));
}

static uint32_t state_of(const uint32_t *state)
{
    return __atomic_load_n(state, __ATOMIC_ACQUIRE);
}

/*
 * Everything written before is there when another process sees this state, and nothing written after it is there yet:
 * the next user of a freed record must not begin to fill it while it still counts. A kill sees the same order.
 */
static void set_state(uint32_t *state, enum rp_undo_state value) /* NOLINT(readability-non-const-parameter) */
{
    __atomic_store_n(state, (uint32_t)value, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* ---- the file */

const char *rp_undo_damage_text(enum rp_undo_damage damage)
{
    static const char *const texts[RP_UNDO_DAMAGE_MAX] = {
        [RP_UNDO_SOUND] = "sound",
        [RP_UNDO_FOREIGN] = "not a private regular file of this user",
        [RP_UNDO_BAD_SIZE] = "wrong size",
        [RP_UNDO_BAD_MAGIC] = "not an undo log",
        [RP_UNDO_OTHER_VERSION] = "written by another version of Reprieve",
        [RP_UNDO_BAD_HEADER] = "damaged header",
        [RP_UNDO_MENDED] = "damaged header; its records are whole and serve",
        [RP_UNDO_OTHER_BOOT] = "left from before the last reboot, which reset every knob",
    };
    return (unsigned int)damage < RP_UNDO_DAMAGE_MAX ? texts[damage] : "?";
}

static enum rp_undo_damage examine_file(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1 ||
        (st.st_mode & 07777) != 0600)
        return RP_UNDO_FOREIGN;
    return (size_t)st.st_size == FILE_BYTES ? RP_UNDO_SOUND : RP_UNDO_BAD_SIZE;
}

static bool has_our_shape(const struct undo_header *header)
{
    return header->change_bytes == sizeof(struct rp_undo_change) && header->changes_n == RP_UNDO_CHANGES_MAX &&
           header->task_bytes == sizeof(struct rp_undo_task) && header->tasks_n == RP_UNDO_TASKS_MAX;
}

static enum rp_undo_damage examine_header(const struct undo_header *header, const char *boot_id)
{
    if (header->magic != UNDO_MAGIC)
        return RP_UNDO_BAD_MAGIC;
    if (header->version != UNDO_VERSION)
        return RP_UNDO_OTHER_VERSION;
    if (header->checksum != header_checksum(header) || !has_our_shape(header))
        return RP_UNDO_BAD_HEADER;
    if (strnlen(header->boot_id, sizeof(header->boot_id)) == sizeof(header->boot_id))
        return RP_UNDO_BAD_HEADER;
    return strcmp(header->boot_id, boot_id) == 0 ? RP_UNDO_SOUND : RP_UNDO_OTHER_BOOT;
}

static uint32_t whole_records(const struct rp_undo *log)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++)
        n += rp_undo_change_slot(log, i) == RP_UNDO_SLOT_USED;
    for (uint32_t i = 0; i < RP_UNDO_TASKS_MAX; i++)
        n += rp_undo_task_slot(log, i) == RP_UNDO_SLOT_USED;
    return n;
}

/* Records from before a reboot must not be acted upon: a tmpfs has none, elsewhere the header must still name this boot. */
static bool is_of_this_boot(const struct rp_undo *log, int fd, const char *boot_id)
{
    const struct undo_header *header = log->map;
    struct statfs fs;
    if (strncmp(header->boot_id, boot_id, sizeof(header->boot_id)) == 0)
        return true;
    return fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

static int make_header(const char *boot_id, struct undo_header *ret)
{
    *ret = (struct undo_header){
        .magic = UNDO_MAGIC,
        .version = UNDO_VERSION,
        .change_bytes = sizeof(struct rp_undo_change),
        .changes_n = RP_UNDO_CHANGES_MAX,
        .task_bytes = sizeof(struct rp_undo_task),
        .tasks_n = RP_UNDO_TASKS_MAX,
    };
    if (rp_copy(ret->boot_id, sizeof(ret->boot_id), boot_id) < 0)
        return -EINVAL;
    ret->checksum = header_checksum(ret);
    return 0;
}

/* Records of another shape, said under a checksum that is right, are no damage but somebody else's. */
static bool mend(struct rp_undo *log, int fd, const char *boot_id, enum rp_undo_damage damage)
{
    struct undo_header *header = log->map;
    const bool foreign = header->checksum == header_checksum(header) && !has_our_shape(header);
    if ((damage != RP_UNDO_BAD_MAGIC && damage != RP_UNDO_BAD_HEADER) || foreign)
        return false;
    return whole_records(log) > 0 && is_of_this_boot(log, fd, boot_id) && make_header(boot_id, header) == 0;
}

static uint64_t highest_sequence(const struct rp_undo *log)
{
    uint64_t highest = 0;
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++)
        if (rp_undo_change_slot(log, i) == RP_UNDO_SLOT_USED && log->changes[i].sequence > highest)
            highest = log->changes[i].sequence;
    return highest;
}

static uint32_t highest_task(const struct rp_undo *log)
{
    uint32_t top = RP_UNDO_TASKS_MAX;
    while (top > 0 && state_of(&log->tasks[top - 1].state) == RP_UNDO_FREE)
        top--;
    return top;
}

/* false: see errno. */
static bool map_file(int fd, struct rp_undo *ret)
{
    void *map = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return false;
    unsigned char *at = map;
    *ret = (struct rp_undo){.map = map, .bytes = FILE_BYTES};
    ret->sequence = &((struct undo_header *)map)->sequence;
    ret->tasks_top = &((struct undo_header *)map)->tasks_top;
    ret->changes = (void *)(at + HEADER_BYTES);
    ret->tasks = (void *)(at + HEADER_BYTES + CHANGES_BYTES);
    return true;
}

int rp_undo_open_existing(int dirfd, const char *boot_id, struct rp_undo *ret, enum rp_undo_damage *ret_damage)
{
    struct rp_undo log = RP_UNDO_NULL;
    /* O_NONBLOCK: should somebody have put a FIFO there, opening it must not wait for a writer. */
    RP_CLEANUP_FD int fd = rp_openat2(dirfd, RP_UNDO_FILE, O_RDWR | O_NONBLOCK, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    if (fd == -ELOOP || fd == -ENXIO || fd == -EISDIR) {
        *ret_damage = RP_UNDO_FOREIGN;
        return -EBADMSG;
    }
    if (fd < 0)
        return fd;
    enum rp_undo_damage damage = examine_file(fd);
    if (damage == RP_UNDO_SOUND) {
        if (!map_file(fd, &log))
            return -errno;
        damage = examine_header(log.map, boot_id);
        if (mend(&log, fd, boot_id, damage))
            damage = RP_UNDO_MENDED;
    }
    *ret_damage = damage;
    if (damage != RP_UNDO_SOUND && damage != RP_UNDO_MENDED) {
        rp_undo_close(&log);
        return -EBADMSG;
    }
    const uint64_t highest = highest_sequence(&log);
    if (*log.sequence < highest)
        *log.sequence = highest;
    *log.tasks_top = highest_task(&log); /* whatever the file said: it is under no checksum */
    *ret = log;
    return 0;
}

/* Made under another name and renamed when it is whole, so that a crash in between leaves no half log. */
static int make_file(int dirfd, const char *boot_id)
{
    struct undo_header header;
    int r = make_header(boot_id, &header);
    if (r < 0)
        return r;
    if (unlinkat(dirfd, UNDO_NEW, 0) < 0 && errno != ENOENT)
        return -errno;
    RP_CLEANUP_FD int fd = rp_openat2(dirfd, UNDO_NEW, O_RDWR | O_CREAT | O_EXCL, RESOLVE_BENEATH);
    if (fd < 0)
        return fd;
    if (fchmod(fd, 0600) < 0) /* whatever the umask said */
        return -errno;
    r = -posix_fallocate(fd, 0, (off_t)FILE_BYTES);
    if (r == 0)
        r = rp_write_all(fd, &header, sizeof(header));
    if (r == 0 && renameat(dirfd, UNDO_NEW, dirfd, RP_UNDO_FILE) < 0)
        r = -errno;
    return r;
}

int rp_undo_open(int dirfd, const char *boot_id, struct rp_undo *ret, enum rp_undo_damage *ret_damage)
{
    enum rp_undo_damage damage = RP_UNDO_SOUND, none = RP_UNDO_SOUND;
    int r = rp_undo_open_existing(dirfd, boot_id, ret, &damage);
    if (r == -EBADMSG && renameat(dirfd, RP_UNDO_FILE, dirfd, UNDO_DAMAGED) < 0)
        return -errno;
    if (r == -ENOENT || r == -EBADMSG) {
        r = make_file(dirfd, boot_id);
        if (r == 0)
            r = rp_undo_open_existing(dirfd, boot_id, ret, &none);
    }
    if (r == 0)
        *ret_damage = damage;
    return r;
}

void rp_undo_close(struct rp_undo *log)
{
    if (log->map)
        munmap(log->map, log->bytes);
    *log = RP_UNDO_NULL;
}

/* ---- changes */

static bool ended(const struct rp_knob_text *text)
{
    return memchr(text->s, '\0', sizeof(text->s)) != NULL;
}

enum rp_undo_slot rp_undo_change_slot(const struct rp_undo *log, uint32_t i)
{
    const struct rp_undo_change *change = &log->changes[i];
    const uint32_t state = state_of(&change->state);
    if (state == RP_UNDO_FREE || state == RP_UNDO_CLAIMED)
        return RP_UNDO_SLOT_EMPTY;
    if (state >= RP_UNDO_STATE_MAX || change->checksum != change_checksum(change))
        return RP_UNDO_SLOT_DAMAGED;
    /* The checksum says that we wrote it; these say that it can be used even if we did not. */
    const bool usable = change->knob > RP_KNOB_NONE && change->knob < RP_KNOB_MAX && ended(&change->old) &&
                        ended(&change->intended) && ended(&change->earlier) && change->action.kind < RP_ACTION_MAX &&
                        memchr(change->path, '\0', sizeof(change->path));
    return usable ? RP_UNDO_SLOT_USED : RP_UNDO_SLOT_DAMAGED;
}

static struct rp_undo_change *free_change(const struct rp_undo *log)
{
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++)
        if (state_of(&log->changes[i].state) == RP_UNDO_FREE)
            return &log->changes[i];
    return NULL;
}

int rp_undo_begin(struct rp_undo *log, const struct rp_undo_entry *entry, struct rp_undo_change **ret)
{
    struct rp_undo_change *former = rp_undo_find(log, entry->action->cgroup, entry->knob);
    struct rp_undo_change *change = free_change(log);
    if (!change)
        return -ENOSPC;
    if (rp_copy(change->path, sizeof(change->path), entry->path) < 0)
        return -ENAMETOOLONG;
    change->knob = entry->knob;
    change->sequence = ++*log->sequence;
    change->since_ns = entry->since_ns;
    change->action = *entry->action;
    change->old = entry->old;
    change->intended = entry->intended;
    change->earlier = entry->earlier;
    change->checksum = change_checksum(change);
    set_state(&change->state, RP_UNDO_ARMED);
    if (former)
        rp_undo_forget(former);
    *ret = change;
    return 0;
}

void rp_undo_commit(struct rp_undo_change *change, const struct rp_knob_text *shown)
{
    change->shown = *shown;
    change->shown_checksum = checksum_of(&change->shown, sizeof(change->shown));
    set_state(&change->state, RP_UNDO_IN_FORCE);
}

void rp_undo_forget(struct rp_undo_change *change)
{
    set_state(&change->state, RP_UNDO_FREE);
}

bool rp_undo_is_in_force(const struct rp_undo_change *change)
{
    return state_of(&change->state) == RP_UNDO_IN_FORCE;
}

bool rp_undo_is_ours(const struct rp_undo_change *change, const struct rp_knob_text *text)
{
    const enum rp_knob knob = (enum rp_knob)change->knob;
    if (rp_knob_same(knob, text, &change->intended))
        return true;
    const bool shown_valid = rp_undo_is_in_force(change) && ended(&change->shown) &&
                             change->shown_checksum == checksum_of(&change->shown, sizeof(change->shown));
    if (shown_valid && rp_knob_same(knob, text, &change->shown))
        return true;
    return change->earlier.s[0] != '\0' && rp_knob_same(knob, text, &change->earlier);
}

struct rp_undo_change *rp_undo_find(const struct rp_undo *log, rp_cgroup_id cgroup, enum rp_knob knob)
{
    struct rp_undo_change *found = NULL;
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++) {
        struct rp_undo_change *change = &log->changes[i];
        if (state_of(&change->state) == RP_UNDO_FREE || change->action.cgroup != cgroup || change->knob != knob ||
            rp_undo_change_slot(log, i) != RP_UNDO_SLOT_USED)
            continue;
        if (!found || change->sequence > found->sequence)
            found = change;
    }
    return found;
}

uint32_t rp_undo_used(const struct rp_undo *log)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++)
        used += state_of(&log->changes[i].state) != RP_UNDO_FREE;
    return used;
}

bool rp_undo_has_room(const struct rp_undo *log)
{
    return free_change(log) != NULL;
}

/* ---- tasks */

enum rp_undo_slot rp_undo_task_slot(const struct rp_undo *log, uint32_t i)
{
    const struct rp_undo_task *task = &log->tasks[i];
    const uint32_t state = state_of(&task->state);
    if (state == RP_UNDO_FREE || state == RP_UNDO_CLAIMED)
        return RP_UNDO_SLOT_EMPTY;
    if (state >= RP_UNDO_STATE_MAX || task->checksum != task_checksum(task) || task->pid <= 0)
        return RP_UNDO_SLOT_DAMAGED;
    return RP_UNDO_SLOT_USED;
}

/* Before the record counts: who sees the record must also see that it is there. */
static void raise_top(struct rp_undo *log, uint32_t top)
{
    uint32_t seen = __atomic_load_n(log->tasks_top, __ATOMIC_RELAXED);
    while (seen < top &&
           !__atomic_compare_exchange_n(log->tasks_top, &seen, top, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

uint32_t rp_undo_tasks_top(const struct rp_undo *log)
{
    const uint32_t top = __atomic_load_n(log->tasks_top, __ATOMIC_ACQUIRE);
    return top < RP_UNDO_TASKS_MAX ? top : RP_UNDO_TASKS_MAX;
}

int rp_undo_add_task(struct rp_undo *log, const struct rp_undo_task *task, struct rp_undo_task **ret)
{
    for (uint32_t i = 0; i < RP_UNDO_TASKS_MAX; i++) {
        struct rp_undo_task *slot = &log->tasks[i];
        uint32_t expected = RP_UNDO_FREE;
        if (!__atomic_compare_exchange_n(&slot->state, &expected, RP_UNDO_CLAIMED, false, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
            continue;
        slot->group = task->group;
        slot->leaf = task->leaf;
        slot->starttime = task->starttime;
        slot->pid = task->pid;
        slot->old = task->old;
        slot->now = task->now;
        slot->checksum = task_checksum(slot);
        raise_top(log, i + 1);
        set_state(&slot->state, RP_UNDO_ARMED);
        *ret = slot;
        return 0;
    }
    return -ENOSPC;
}

void rp_undo_commit_task(struct rp_undo_task *task)
{
    set_state(&task->state, RP_UNDO_IN_FORCE);
}

void rp_undo_forget_task(struct rp_undo_task *task)
{
    set_state(&task->state, RP_UNDO_FREE);
}
