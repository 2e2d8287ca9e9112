// SPDX-License-Identifier: Apache-2.0
/* The table of live cgroups: slots, the index by id, births and deaths. */
#include "node/sense/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fdio.h"

static uint32_t bucket_of(const struct rp_tree *tree, rp_cgroup_id id)
{
    /* Ids count up by one within a generation; a multiplication spreads them, its upper bits are the good ones. */
    return (uint32_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (tree->buckets_n - 1);
}

uint32_t rp_tree_find(const struct rp_tree *tree, rp_cgroup_id id)
{
    if (id == RP_CGROUP_NONE)
        return RP_INDEX_NONE;
    uint32_t i = tree->buckets[bucket_of(tree, id)];
    while (i != RP_INDEX_NONE && tree->nodes[i].id != id)
        i = tree->nodes[i].chain;
    return i;
}

static uint32_t take_slot(struct rp_tree *tree)
{
    uint32_t i = tree->free;
    if (i != RP_INDEX_NONE)
        tree->free = tree->nodes[i].sibling;
    else
        i = tree->used++;
    return i;
}

static void report_birth(struct rp_tree *tree, const struct rp_tree_node *node, rp_ns now)
{
    struct rp_cgroup_birth *birth = &tree->births[tree->births_n++];
    birth->id = node->id;
    birth->parent = node->parent == RP_INDEX_NONE ? RP_CGROUP_NONE : tree->nodes[node->parent].id;
    birth->t_ns = now;
    memcpy(birth->path, node->path, sizeof(birth->path));
}

uint32_t rp_tree_add(struct rp_tree *tree, const struct rp_tree_entry *entry, rp_ns now)
{
    uint32_t i = take_slot(tree);
    struct rp_tree_node *node = &tree->nodes[i];
    *node = (struct rp_tree_node){
        .id = entry->id,
        .parent = entry->parent,
        .child = RP_INDEX_NONE,
        .sibling = RP_INDEX_NONE,
        .reading = RP_INDEX_NONE,
        .kind = entry->kind,
        .scan_again = true, /* its children may have been on their way when it is listed for the first time */
        .seen = tree->listing,
    };
    rp_files_init(&node->files);
    memcpy(node->path, entry->path, strlen(entry->path) + 1);
    if (entry->parent != RP_INDEX_NONE) {
        struct rp_tree_node *parent = &tree->nodes[entry->parent];
        node->level = (uint16_t)(parent->level + 1);
        node->sibling = parent->child;
        parent->child = i;
    }
    uint32_t *bucket = &tree->buckets[bucket_of(tree, node->id)];
    node->chain = *bucket;
    *bucket = i;
    tree->live++;
    tree->spare += rp_tree_is_spare(node->kind);
    report_birth(tree, node, now);
    return i;
}

/* Unlink one that has no children. */
static void remove_leaf(struct rp_tree *tree, uint32_t index, rp_ns now)
{
    struct rp_tree_node *node = &tree->nodes[index];
    if (node->parent != RP_INDEX_NONE) {
        uint32_t *link = &tree->nodes[node->parent].child;
        while (*link != index)
            link = &tree->nodes[*link].sibling;
        *link = node->sibling;
    }
    uint32_t *bucket = &tree->buckets[bucket_of(tree, node->id)];
    while (*bucket != index)
        bucket = &tree->nodes[*bucket].chain;
    *bucket = node->chain;
    rp_tree_close_files(tree, index, 0);
    tree->deaths[tree->deaths_n++] = (struct rp_cgroup_death){.id = node->id, .t_ns = now};
    tree->live--;
    tree->spare -= rp_tree_is_spare(node->kind);
    if (index == tree->pods_root)
        tree->pods_root = RP_INDEX_NONE;
    node->id = RP_CGROUP_NONE;
    node->sibling = tree->free;
    tree->free = index;
}

void rp_tree_remove(struct rp_tree *tree, uint32_t index, rp_ns now)
{
    bool had_root = tree->pods_root != RP_INDEX_NONE;
    for (uint32_t i = index;;) {
        while (tree->nodes[i].child != RP_INDEX_NONE)
            i = tree->nodes[i].child;
        uint32_t parent = tree->nodes[i].parent;
        remove_leaf(tree, i, now);
        if (i == index)
            break;
        i = parent;
    }
    if (had_root && tree->pods_root == RP_INDEX_NONE)
        rp_tree_judge(tree);
}

void rp_tree_hint(struct rp_tree *tree, rp_cgroup_id id)
{
    uint32_t i = rp_tree_find(tree, id);
    if (i == RP_INDEX_NONE)
        return;
    /* The kernel reports a new cgroup just before its directory becomes visible, so one look may be too early. */
    tree->nodes[i].scan_again = true;
    tree->nodes[i].scan_ns = 0;
}

void rp_tree_clear_news(struct rp_tree *tree)
{
    tree->births_n = 0;
    tree->deaths_n = 0;
}

static int add_root(struct rp_tree *tree)
{
    RP_CLEANUP_FD int fd = rp_openat2(tree->root_fd, ".", O_RDONLY | O_DIRECTORY, RESOLVE_BENEATH);
    struct stat st;
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    const struct rp_tree_entry root = {.id = st.st_ino, .parent = RP_INDEX_NONE, .kind = RP_CGROUP_ROOT, .path = ""};
    rp_tree_add(tree, &root, 0);
    return 0;
}

int rp_tree_init(struct rp_tree *tree, const struct rp_tree_options *options)
{
    *tree = (struct rp_tree){
        .root_fd = options->root_fd,
        .policy = options->policy,
        .self = options->self,
        .hinted = options->hinted,
        .files_max = options->files_max,
        .capacity = options->policy->cgroups_max,
        .free = RP_INDEX_NONE,
        .pods_root = RP_INDEX_NONE,
        .buckets_n = 1,
    };
    while (tree->buckets_n < tree->capacity)
        tree->buckets_n *= 2;
    tree->births_max = tree->capacity < RP_TREE_BIRTHS_MAX ? tree->capacity : RP_TREE_BIRTHS_MAX;
    tree->nodes = calloc(tree->capacity, sizeof(*tree->nodes));
    tree->buckets = calloc(tree->buckets_n, sizeof(*tree->buckets));
    tree->births = calloc(tree->births_max, sizeof(*tree->births));
    /* Whoever was alive before a sample can die in it, and whoever was born in it too. */
    tree->deaths = calloc((size_t)tree->capacity + tree->births_max, sizeof(*tree->deaths));
    if (!tree->nodes || !tree->buckets || !tree->births || !tree->deaths)
        return -ENOMEM;
    memset(tree->buckets, 0xff, tree->buckets_n * sizeof(*tree->buckets)); /* RP_INDEX_NONE */
    return add_root(tree);
}

void rp_tree_deinit(struct rp_tree *tree)
{
    for (uint32_t i = 0; i < tree->used; i++)
        if (tree->nodes[i].id != RP_CGROUP_NONE)
            rp_files_close(&tree->nodes[i].files, 0);
    free(tree->nodes);
    free(tree->buckets);
    free(tree->births);
    free(tree->deaths);
    *tree = (struct rp_tree){.root_fd = -1};
}
