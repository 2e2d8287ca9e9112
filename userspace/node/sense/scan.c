// SPDX-License-Identifier: Apache-2.0
/* Listing directories: who was born, who is gone, and when to look again. */
#include "node/sense/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fdio.h"

#define FAST_NS   (1 * RP_NS_PER_S)
#define SLOW_NS   (10 * RP_NS_PER_S)
/* Reads of one directory per listing, about 700 names each: somebody's huge directory must not hold up the others. */
#define READS_MAX 16

#define BENEATH (RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS)

/* Pods and containers come below these, services below the root and its slices. */
static bool is_busy(const struct rp_tree_node *node)
{
    return node->kind == RP_CGROUP_PODS_ROOT || node->kind == RP_CGROUP_QOS || node->kind == RP_CGROUP_POD ||
           node->level <= 1;
}

static rp_ns period(const struct rp_tree *tree, const struct rp_tree_node *node)
{
    return is_busy(node) && !tree->hinted ? FAST_NS : SLOW_NS;
}

static bool join(char *dst, const char *parent, const char *name)
{
    size_t p = strlen(parent), n = strlen(name);
    if (p + (p > 0) + n >= RP_PATH_MAX)
        return false;
    memcpy(dst, parent, p);
    if (p > 0)
        dst[p++] = '/';
    memcpy(dst + p, name, n + 1);
    return true;
}

/* The directory's id, or RP_CGROUP_NONE. */
static rp_cgroup_id id_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) < 0 ? RP_CGROUP_NONE : st.st_ino;
}

/* Someone not yet known under this parent. False if no more births can be reported with this sample. */
static bool meet(struct rp_tree *tree, uint32_t parent, int dirfd, const char *name, rp_ns now)
{
    char path[RP_PATH_MAX];
    struct rp_tree_node *above = &tree->nodes[parent];
    if (above->level >= RP_TREE_LEVELS_MAX || !join(path, above->path, name)) {
        above->left_out++;
        return true;
    }
    uint8_t kind = rp_tree_kind(tree, path);
    if (!rp_tree_room(tree, kind)) {
        above->left_out++;
        return true;
    }
    RP_CLEANUP_FD int fd = rp_openat2(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, BENEATH);
    if (fd < 0) {
        above->left_out += fd != -ENOENT;
        return true;
    }
    rp_cgroup_id id = id_of(fd);
    uint32_t known = rp_tree_find(tree, id);
    if (known != RP_INDEX_NONE && tree->nodes[known].parent == parent)
        tree->nodes[known].seen = tree->listing;
    if (id == RP_CGROUP_NONE ||
        known != RP_INDEX_NONE) /* gone already; or, never in cgroupfs, moved here from elsewhere */
        return true;
    if (tree->births_n == tree->births_max)
        return false;
    const struct rp_tree_entry entry = {.id = id, .parent = parent, .kind = kind, .path = path};
    uint32_t i = rp_tree_add(tree, &entry, now);
    if (rp_tree_is_better_pods_root(tree, i))
        rp_tree_judge(tree);
    rp_tree_open_files(tree, i, fd);
    return true;
}

static bool visit(struct rp_tree *tree, uint32_t parent, int dirfd, const struct dirent64 *entry, rp_ns now)
{
    if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
        return true;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return true;
    /* In cgroupfs d_ino is the id; where it is not, the directory is opened and asked. */
    uint32_t known = rp_tree_find(tree, entry->d_ino);
    if (known == RP_INDEX_NONE || tree->nodes[known].parent != parent)
        return meet(tree, parent, dirfd, entry->d_name, now);
    tree->nodes[known].seen = tree->listing;
    return true;
}

/* All entries. False if the listing is not whole, so that nobody may be called gone by it. */
static bool list(struct rp_tree *tree, uint32_t parent, int dirfd, rp_ns now)
{
    for (int reads = 0; reads < READS_MAX; reads++) {
        ssize_t n = getdents64(dirfd, tree->entries, sizeof(tree->entries));
        if (n <= 0)
            return n == 0;
        for (ssize_t at = 0; at < n;) {
            const struct dirent64 *entry = (const void *)(tree->entries + at);
            if (!visit(tree, parent, dirfd, entry, now))
                return false;
            at += entry->d_reclen;
        }
    }
    return false;
}

static void bury_the_unseen(struct rp_tree *tree, uint32_t parent, rp_ns now)
{
    uint32_t next = RP_INDEX_NONE;
    for (uint32_t i = tree->nodes[parent].child; i != RP_INDEX_NONE; i = next) {
        next = tree->nodes[i].sibling;
        if (tree->nodes[i].seen != tree->listing)
            rp_tree_remove(tree, i, now);
    }
}

/* Its directory is not there, or another one has its name. */
static void vanish(struct rp_tree *tree, uint32_t index, rp_ns now)
{
    uint32_t parent = tree->nodes[index].parent;
    if (parent == RP_INDEX_NONE) {
        tree->scans_failed++;
        return;
    }
    rp_tree_remove(tree, index, now);
    tree->nodes[parent].scan_ns = 0;
}

static void scan(struct rp_tree *tree, uint32_t index, rp_ns now)
{
    struct rp_tree_node *node = &tree->nodes[index];
    node->scan_ns = node->scan_again ? now + 1 : now + period(tree, node);
    node->scan_again = false;
    tree->scans++;
    RP_CLEANUP_FD int fd = rp_openat2(tree->root_fd, node->path[0] ? node->path : ".", O_RDONLY | O_DIRECTORY, BENEATH);
    if (fd == -ENOENT || fd == -ENOTDIR || (fd >= 0 && id_of(fd) != node->id)) {
        vanish(tree, index, now);
        return;
    }
    if (fd < 0) {
        tree->scans_failed++;
        return;
    }
    rp_tree_open_files(tree, index, fd); /* a controller may have been switched on since */
    uint32_t left_out = node->left_out;
    node->left_out = 0;
    tree->listing++;
    if (list(tree, index, fd, now))
        bury_the_unseen(tree, index, now);
    if (tree->births_n == tree->births_max)
        node->scan_ns = now + 1; /* the rest with the next sample */
    if (node->left_out > left_out)
        tree->dropped += node->left_out - left_out;
}

/* One round over those that are due, from where the last one stopped. Returns how many were listed. */
static uint32_t round_of(struct rp_tree *tree, bool spare, rp_ns now, uint32_t scans)
{
    uint32_t listed = 0;
    for (uint32_t n = tree->used; n > 0 && listed < scans && tree->births_n < tree->births_max; n--) {
        tree->cursor = tree->cursor + 1 < tree->used ? tree->cursor + 1 : 0;
        const struct rp_tree_node *node = &tree->nodes[tree->cursor];
        if (node->id == RP_CGROUP_NONE || node->scan_ns > now || rp_tree_is_spare(node->kind) != spare)
            continue;
        scan(tree, tree->cursor, now);
        listed++;
    }
    return listed;
}

void rp_tree_step(struct rp_tree *tree, rp_ns now, uint32_t scans)
{
    /* Pods first: a tenant that makes and removes its own cgroups all the time must not hide a new pod. */
    for (uint32_t listed = 1; listed > 0 && scans > 0; scans -= listed) {
        listed = round_of(tree, false, now, scans);
        if (listed == 0)
            listed = round_of(tree, true, now, scans);
    }
}
