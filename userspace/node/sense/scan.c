// SPDX-License-Identifier: Apache-2.0
/* Listing directories: who was born, who is gone, and when to look again. */
#include "node/sense/census.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/line.h"

#define FAST_NS   (1 * RP_NS_PER_S)
#define PODS_NS   (5 * RP_NS_PER_S) /* of a pod: its containers come within seconds, and rarely later */
#define SLOW_NS   (10 * RP_NS_PER_S)
#define HINTED_NS (60 * RP_NS_PER_S) /* BPF tells of every birth and death, and counts what it could not tell */
#define SPREAD    64                 /* seconds over which those are spread, so that no sample bears them all */
/* Reads of one directory per listing, about 700 names each: somebody's huge directory must not hold up the others. */
#define READS_MAX 16

#define BENEATH (RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS)

/* Pods come below these, services below the root and its slices. */
static bool is_busy(const struct rp_census_node *node)
{
    return node->kind == RP_CGROUP_PODS_ROOT || node->kind == RP_CGROUP_QOS || node->level <= 1;
}

static rp_ns period(const struct rp_census *census, const struct rp_census_node *node)
{
    if (census->hinted)
        return HINTED_NS + node->id % SPREAD * RP_NS_PER_S;
    return is_busy(node) ? FAST_NS : node->kind == RP_CGROUP_POD ? PODS_NS : SLOW_NS;
}

static bool join(char *dst, const char *parent, const char *name)
{
    struct rp_line line;
    rp_line_init(&line, dst, RP_PATH_MAX);
    rp_line_add(&line, parent);
    if (parent[0])
        rp_line_add(&line, "/");
    rp_line_add(&line, name);
    return !line.cut;
}

/* The directory's id, or RP_CGROUP_NONE. */
static rp_cgroup_id id_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) < 0 ? RP_CGROUP_NONE : st.st_ino;
}

/* Someone not yet known under this parent. False if no more births can be reported with this sample. */
static bool meet(struct rp_census *census, uint32_t parent, int dirfd, const char *name, rp_ns now)
{
    char path[RP_PATH_MAX];
    struct rp_census_node *above = &census->nodes[parent];
    if (above->level >= RP_CENSUS_LEVELS_MAX || !join(path, above->path, name)) {
        above->left_out++;
        return true;
    }
    uint8_t kind = rp_census_kind(census, path);
    if (!rp_census_room(census, kind)) {
        above->left_out++;
        return true;
    }
    RP_CLEANUP_FD int fd = rp_openat2(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, BENEATH);
    if (fd < 0) {
        above->left_out += fd != -ENOENT;
        return true;
    }
    rp_cgroup_id id = id_of(fd);
    uint32_t known = rp_census_find(census, id);
    if (known != RP_INDEX_NONE && census->nodes[known].parent == parent)
        census->nodes[known].seen = census->listing;
    if (id == RP_CGROUP_NONE ||
        known != RP_INDEX_NONE) /* gone already; or, never in cgroupfs, moved here from elsewhere */
        return true;
    if (census->births_n == census->births_max)
        return false;
    const struct rp_census_entry entry = {.id = id, .parent = parent, .kind = kind, .path = path};
    uint32_t i = rp_census_add(census, &entry, now);
    if (rp_census_is_better_pods_root(census, i))
        rp_census_judge(census);
    rp_census_open_files(census, i, fd);
    return true;
}

static bool visit(struct rp_census *census, uint32_t parent, int dirfd, const struct dirent64 *entry, rp_ns now)
{
    if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
        return true;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return true;
    /* In cgroupfs d_ino is the id; where it is not, the directory is opened and asked. */
    uint32_t known = rp_census_find(census, entry->d_ino);
    if (known == RP_INDEX_NONE || census->nodes[known].parent != parent)
        return meet(census, parent, dirfd, entry->d_name, now);
    census->nodes[known].seen = census->listing;
    return true;
}

/* All entries. False if the listing is not whole, so that nobody may be called gone by it. */
static bool list(struct rp_census *census, uint32_t parent, int dirfd, rp_ns now)
{
    for (int reads = 0; reads < READS_MAX; reads++) {
        ssize_t n = getdents64(dirfd, census->entries, sizeof(census->entries));
        if (n <= 0)
            return n == 0;
        for (ssize_t at = 0; at < n;) {
            const struct dirent64 *entry = (const void *)(census->entries + at);
            if (!visit(census, parent, dirfd, entry, now))
                return false;
            at += entry->d_reclen;
        }
    }
    return false;
}

static void bury_the_unseen(struct rp_census *census, uint32_t parent, rp_ns now)
{
    uint32_t next = RP_INDEX_NONE;
    for (uint32_t i = census->nodes[parent].child; i != RP_INDEX_NONE; i = next) {
        next = census->nodes[i].sibling;
        if (census->nodes[i].seen != census->listing)
            rp_census_remove(census, i, now);
    }
}

/* Its directory is not there, or another one has its name. */
static void vanish(struct rp_census *census, uint32_t index, rp_ns now)
{
    uint32_t parent = census->nodes[index].parent;
    if (parent == RP_INDEX_NONE) {
        census->scans_failed++;
        return;
    }
    rp_census_remove(census, index, now);
    rp_census_look(census, parent);
}

static void scan(struct rp_census *census, uint32_t index, rp_ns now)
{
    struct rp_census_node *node = &census->nodes[index];
    if (node->looks > 0)
        node->looks--;
    node->scan_ns = node->looks > 0 ? now + 1 : now + period(census, node);
    census->scans++;
    RP_CLEANUP_FD int fd =
        rp_openat2(census->root_fd, node->path[0] ? node->path : ".", O_RDONLY | O_DIRECTORY, BENEATH);
    if (fd == -ENOENT || fd == -ENOTDIR || (fd >= 0 && id_of(fd) != node->id)) {
        vanish(census, index, now);
        return;
    }
    if (fd < 0) {
        census->scans_failed++;
        return;
    }
    rp_census_open_files(census, index, fd); /* a controller may have been switched on since */
    uint32_t left_out = node->left_out;
    node->left_out = 0;
    census->listing++;
    if (list(census, index, fd, now))
        bury_the_unseen(census, index, now);
    if (census->births_n == census->births_max)
        node->scan_ns = now + 1; /* the rest with the next sample */
    if (node->left_out > left_out)
        census->dropped += node->left_out - left_out;
}

/* Who comes first when not everybody can be listed at once. */
enum rank { HINTED, PODS, ANYBODY, RANKS };

static bool belongs(const struct rp_census_node *node, enum rank rank)
{
    if (rank == ANYBODY)
        return true;
    return !rp_census_is_spare(node->kind) && (rank == PODS || node->looks > 0);
}

/* One round over those that are due, from where the last one stopped. Returns how many were listed. */
static uint32_t round_of(struct rp_census *census, enum rank rank, rp_ns now, uint32_t scans)
{
    uint32_t listed = 0;
    for (uint32_t n = census->used; n > 0 && listed < scans && census->births_n < census->births_max; n--) {
        census->cursor = census->cursor + 1 < census->used ? census->cursor + 1 : 0;
        const struct rp_census_node *node = &census->nodes[census->cursor];
        if (node->id == RP_CGROUP_NONE || node->scan_ns > now || !belongs(node, rank))
            continue;
        scan(census, census->cursor, now);
        listed++;
    }
    return listed;
}

static rp_ns next_due(const struct rp_census *census)
{
    rp_ns due = RP_NS_FOREVER;
    for (uint32_t i = 0; i < census->used; i++)
        if (census->nodes[i].id != RP_CGROUP_NONE && census->nodes[i].scan_ns < due)
            due = census->nodes[i].scan_ns;
    return due;
}

void rp_census_step(struct rp_census *census, rp_ns now, uint32_t scans)
{
    if (now < census->due_ns) /* most steps: do not walk the table for nothing */
        return;
    /* A tenant that makes and removes its own cgroups all the time must not hide a new pod. */
    for (enum rank rank = HINTED; rank < RANKS && scans > 0;) {
        uint32_t listed = round_of(census, rank, now, scans);
        scans -= listed;
        rank = listed > 0 ? HINTED : rank + 1; /* what was listed may have brought new ones */
    }
    census->due_ns = next_due(census);
}
