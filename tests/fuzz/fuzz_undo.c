// SPDX-License-Identifier: Apache-2.0
/*
 * A damaged or forged undo log, acted upon. The input changes bytes of a good log, four input bytes each: region, offset
 * in it (two), new value. With an odd first byte the checksums are made right again, because no mutation would get past
 * them; so what is fuzzed is what a well-formed record can make us do. Nothing outside of the two roots may change, and
 * every record must be accounted for.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/act/revert.h"

#include "fuzz.h"

#define BOOT_ID "01234567-89ab-cdef-0123-456789abcdef"
#define RECORDS 2

struct place {
    struct rp_undo_roots roots;
    int run_fd, outside_fd;
    struct rp_undo good; /* the file that is damaged anew each time */
    unsigned char header[64];
    struct rp_undo_change changes[RECORDS];
    struct rp_undo_task tasks[RECORDS];
};

static int directory(int at, const char *name)
{
    RP_MUST(mkdirat(at, name, 0700) == 0);
    const int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    RP_MUST(fd >= 0);
    return fd;
}

static void put(int at, const char *name, const char *text)
{
    const int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    RP_MUST(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void put_world(struct place *place)
{
    put(place->roots.cgroup_fd, "a/memory.high", "8192\n");
    put(place->roots.cgroup_fd, "a/memory.current", "4096\n");
    put(place->roots.cgroup_fd, "a/cpu.max", "1000 100000\n");
    put(place->roots.cgroup_fd, "a/cgroup.freeze", "1\n");
    put(place->roots.cgroup_fd, "a/cgroup.procs", "77\n");
    put(place->roots.proc_fd, "77/oom_score_adj", "1000\n");
    put(place->roots.proc_fd, "77/stat", "77 (x) S 1 1 1 0 -1 0 1 0 0 0 0 0 0 0 20 0 1 0 555 1 1\n");
}

static struct rp_undo_change *arm(struct place *place, uint64_t inode, enum rp_action_kind kind, const char *old,
                                  const char *now)
{
    const struct rp_action action = {.id = 7, .cgroup = inode, .kind = (uint8_t)kind};
    struct rp_undo_entry entry = {.action = &action, .path = "a", .knob = rp_knob_of_action(kind)};
    struct rp_undo_change *change = NULL;
    memcpy(entry.old.s, old, strlen(old));
    memcpy(entry.intended.s, now, strlen(now));
    RP_MUST(rp_undo_begin(&place->good, &entry, &change) == 0);
    return change;
}

static char root[256];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void remove_root(void)
{
    (void)nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct place *make(void)
{
    static struct place place;
    const char *where = getenv("TMPDIR");
    enum rp_undo_damage damage;
    struct stat st;
    if (place.good.map)
        return &place;
    (void)snprintf(root, sizeof(root), "%s/rp-fuzz-undo-XXXXXX", where ? where : "/tmp");
    RP_MUST(mkdtemp(root) != NULL);
    RP_MUST(atexit(remove_root) == 0);
    const int at = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    place.run_fd = directory(at, "run");
    place.roots.cgroup_fd = directory(at, "cgroup");
    place.roots.proc_fd = directory(at, "proc");
    place.outside_fd = directory(at, "outside");
    close(directory(place.roots.cgroup_fd, "a"));
    close(directory(place.roots.proc_fd, "77"));
    put(place.outside_fd, "memory.high", "8192\n");
    RP_MUST(fstatat(place.roots.cgroup_fd, "a", &st, 0) == 0);
    RP_MUST(rp_undo_open(place.run_fd, BOOT_ID, &place.good, &damage) == 0);
    const struct rp_knob_text shown = {"8192"};
    rp_undo_commit(arm(&place, st.st_ino, RP_ACTION_BRACE, "max", "8192"), &shown);
    (void)arm(&place, st.st_ino, RP_ACTION_SHIELD, "", "1000");
    const struct rp_undo_task task = {
        .group = st.st_ino, .leaf = st.st_ino, .pid = 77, .starttime = 555, .old = 500, .now = 1000};
    for (int i = 0; i < RECORDS; i++) {
        struct rp_undo_task *added = NULL;
        RP_MUST(rp_undo_add_task(&place.good, &task, &added) == 0);
    }
    memcpy(place.header, place.good.map, sizeof(place.header));
    memcpy(place.changes, place.good.changes, sizeof(place.changes));
    memcpy(place.tasks, place.good.tasks, sizeof(place.tasks));
    return &place;
}

/* The log's own checksum, written a second time: a forger would do that, too. */
static uint32_t checksum_of(const void *bytes, size_t len)
{
    uint64_t sum = UINT64_C(14695981039346656037), word = 0;
    for (size_t i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
        memcpy(&word, (const unsigned char *)bytes + i, sizeof(word));
        sum = (sum ^ word) * UINT64_C(1099511628211);
    }
    return (uint32_t)(sum ^ (sum >> 32));
}

static void damage_it(struct place *place, const uint8_t *data, size_t size)
{
    unsigned char *const regions[] = {place->good.map, (unsigned char *)place->good.changes,
                                      (unsigned char *)(place->good.changes + 1), (unsigned char *)place->good.tasks};
    const size_t sizes[] = {sizeof(place->header), sizeof(struct rp_undo_change), sizeof(struct rp_undo_change),
                            sizeof(place->tasks)};
    for (size_t i = 1; i + 4 <= size; i += 4) {
        const size_t region = data[i] % 4;
        regions[region][(data[i + 1] + 256u * data[i + 2]) % sizes[region]] = data[i + 3];
    }
    for (uint32_t i = 0; size > 0 && data[0] % 2 == 1 && i < RECORDS; i++) {
        struct rp_undo_change *change = &place->good.changes[i];
        struct rp_undo_task *task = &place->good.tasks[i];
        change->checksum =
            change->knob ^ checksum_of(&change->sequence, sizeof(*change) - offsetof(struct rp_undo_change, sequence));
        change->shown_checksum = checksum_of(&change->shown, sizeof(change->shown));
        task->checksum = checksum_of(&task->group, sizeof(*task) - offsetof(struct rp_undo_task, group));
    }
}

static uint32_t used_slots(const struct rp_undo *undo, bool damaged)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < RP_UNDO_CHANGES_MAX; i++)
        n += rp_undo_change_slot(undo, i) == (damaged ? RP_UNDO_SLOT_DAMAGED : RP_UNDO_SLOT_USED);
    return n;
}

static void act(struct place *place, struct rp_undo *undo)
{
    struct rp_undo_summary summary = {0};
    char outside[16] = "";
    const uint32_t before = used_slots(undo, false);
    rp_undo_revert_all(undo, &place->roots, RP_REASON_START, &summary);
    const uint64_t told = summary.reverted + summary.left + summary.already + summary.failed + summary.damaged;
    /* Two records of one knob may have become one. */
    RP_MUST(told + RECORDS - 1 >= before && used_slots(undo, false) <= summary.failed);
    RP_MUST(used_slots(undo, true) == 0);
    const int fd = openat(place->outside_fd, "memory.high", O_RDONLY | O_CLOEXEC);
    RP_MUST(read(fd, outside, sizeof(outside)) == 5 && memcmp(outside, "8192\n", 5) == 0);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct place *place = make();
    struct rp_undo undo = RP_UNDO_NULL;
    enum rp_undo_damage damage = RP_UNDO_SOUND;
    memcpy(place->good.map, place->header, sizeof(place->header));
    memcpy(place->good.changes, place->changes, sizeof(place->changes));
    memcpy(place->good.tasks, place->tasks, sizeof(place->tasks));
    put_world(place);
    damage_it(place, data, size);
    const int r = rp_undo_open_existing(place->run_fd, BOOT_ID, &undo, &damage);
    const bool serves = damage == RP_UNDO_SOUND || damage == RP_UNDO_MENDED;
    RP_MUST(r == 0 ? serves : r == -EBADMSG && !serves);
    RP_MUST(size >= 5 || r == 0); /* unchanged it is sound */
    if (r < 0)
        return 0;
    act(place, &undo);
    rp_undo_close(&undo);
    return 0;
}
