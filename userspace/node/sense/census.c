// SPDX-License-Identifier: Apache-2.0
/* The table of live cgroups: slots, the index by id, births and deaths. */
#include "node/sense/census.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fdio.h"

static uint32_t bucket_of(const struct rp_census *census, rp_cgroup_id id)
{
    /* Ids count up by one within a generation; a multiplication spreads them, its upper bits are the good ones. */
    return (uint32_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (census->buckets_n - 1);
}

uint32_t rp_census_find(const struct rp_census *census, rp_cgroup_id id)
{
    if (id == RP_CGROUP_NONE)
        return RP_INDEX_NONE;
    uint32_t i = census->buckets[bucket_of(census, id)];
    while (i != RP_INDEX_NONE && census->nodes[i].id != id)
        i = census->nodes[i].chain;
    return i;
}

static uint32_t take_slot(struct rp_census *census)
{
    uint32_t i = census->free;
    if (i != RP_INDEX_NONE)
        census->free = census->nodes[i].sibling;
    else
        i = census->used++;
    return i;
}

static void report_birth(struct rp_census *census, const struct rp_census_node *node, rp_ns now)
{
    struct rp_cgroup_birth *birth = &census->births[census->births_n++];
    birth->id = node->id;
    birth->parent = node->parent == RP_INDEX_NONE ? RP_CGROUP_NONE : census->nodes[node->parent].id;
    birth->t_ns = now;
    memcpy(birth->path, node->path, sizeof(birth->path));
}

uint32_t rp_census_add(struct rp_census *census, const struct rp_census_entry *entry, rp_ns now)
{
    uint32_t i = take_slot(census);
    struct rp_census_node *node = &census->nodes[i];
    *node = (struct rp_census_node){
        .id = entry->id,
        .parent = entry->parent,
        .child = RP_INDEX_NONE,
        .sibling = RP_INDEX_NONE,
        .reading = RP_INDEX_NONE,
        .kind = entry->kind,
        .looks = 2, /* its children may have been on their way when it is listed for the first time */
        .seen = census->listing,
    };
    rp_files_init(&node->files);
    memcpy(node->path, entry->path, strlen(entry->path) + 1);
    if (entry->parent != RP_INDEX_NONE) {
        struct rp_census_node *parent = &census->nodes[entry->parent];
        node->level = (uint16_t)(parent->level + 1);
        node->sibling = parent->child;
        parent->child = i;
    }
    uint32_t *bucket = &census->buckets[bucket_of(census, node->id)];
    node->chain = *bucket;
    *bucket = i;
    census->live++;
    census->spare += rp_census_is_spare(node->kind);
    report_birth(census, node, now);
    return i;
}

/* Unlink one that has no children. */
static void remove_leaf(struct rp_census *census, uint32_t index, rp_ns now)
{
    struct rp_census_node *node = &census->nodes[index];
    if (node->parent != RP_INDEX_NONE) {
        uint32_t *link = &census->nodes[node->parent].child;
        while (*link != index)
            link = &census->nodes[*link].sibling;
        *link = node->sibling;
    }
    uint32_t *bucket = &census->buckets[bucket_of(census, node->id)];
    while (*bucket != index)
        bucket = &census->nodes[*bucket].chain;
    *bucket = node->chain;
    rp_census_close_files(census, index, 0);
    census->heirs[census->deaths_n] = node->parent == RP_INDEX_NONE ? RP_CGROUP_NONE : census->nodes[node->parent].id;
    census->deaths[census->deaths_n++] = (struct rp_cgroup_death){.id = node->id, .t_ns = now};
    census->live--;
    census->spare -= rp_census_is_spare(node->kind);
    if (index == census->pods_root)
        census->pods_root = RP_INDEX_NONE;
    node->id = RP_CGROUP_NONE;
    node->sibling = census->free;
    census->free = index;
}

void rp_census_remove(struct rp_census *census, uint32_t index, rp_ns now)
{
    bool had_root = census->pods_root != RP_INDEX_NONE;
    for (uint32_t i = index;;) {
        while (census->nodes[i].child != RP_INDEX_NONE)
            i = census->nodes[i].child;
        uint32_t parent = census->nodes[i].parent;
        remove_leaf(census, i, now);
        if (i == index)
            break;
        i = parent;
    }
    if (had_root && census->pods_root == RP_INDEX_NONE)
        rp_census_judge(census);
}

void rp_census_look(struct rp_census *census, uint32_t index)
{
    struct rp_census_node *node = &census->nodes[index];
    node->looks = node->looks > 0 ? node->looks : 1;
    node->scan_ns = 0;
    census->due_ns = 0;
}

void rp_census_hint(struct rp_census *census, rp_cgroup_id id)
{
    uint32_t i = rp_census_find(census, id);
    if (i == RP_INDEX_NONE)
        return;
    rp_census_look(census, i);
    /* The kernel reports a new cgroup just before its directory becomes visible, so one look may be too early. */
    census->nodes[i].looks = 2;
}

void rp_census_clear_news(struct rp_census *census)
{
    census->births_n = 0;
    census->deaths_n = 0;
}

static int add_root(struct rp_census *census)
{
    RP_CLEANUP_FD int fd = rp_openat2(census->root_fd, ".", O_RDONLY | O_DIRECTORY, RESOLVE_BENEATH);
    struct stat st;
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    const struct rp_census_entry root = {.id = st.st_ino, .parent = RP_INDEX_NONE, .kind = RP_CGROUP_ROOT, .path = ""};
    rp_census_add(census, &root, 0);
    return 0;
}

int rp_census_init(struct rp_census *census, const struct rp_census_options *options)
{
    *census = (struct rp_census){
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
    while (census->buckets_n < census->capacity)
        census->buckets_n *= 2;
    census->births_max = census->capacity < RP_CENSUS_BIRTHS_MAX ? census->capacity : RP_CENSUS_BIRTHS_MAX;
    census->nodes = calloc(census->capacity, sizeof(*census->nodes));
    census->buckets = calloc(census->buckets_n, sizeof(*census->buckets));
    census->births = calloc(census->births_max, sizeof(*census->births));
    /* Whoever was alive before a sample can die in it, and whoever was born in it too. */
    const size_t deaths_max = (size_t)census->capacity + census->births_max;
    census->deaths = calloc(deaths_max, sizeof(*census->deaths));
    census->heirs = calloc(deaths_max, sizeof(*census->heirs));
    if (!census->nodes || !census->buckets || !census->births || !census->deaths || !census->heirs)
        return -ENOMEM;
    memset(census->buckets, 0xff, census->buckets_n * sizeof(*census->buckets)); /* RP_INDEX_NONE */
    return add_root(census);
}

void rp_census_deinit(struct rp_census *census)
{
    for (uint32_t i = 0; i < census->used; i++)
        if (census->nodes[i].id != RP_CGROUP_NONE)
            rp_files_close(&census->nodes[i].files, 0);
    free(census->nodes);
    free(census->buckets);
    free(census->births);
    free(census->deaths);
    free(census->heirs);
    *census = (struct rp_census){.root_fd = -1};
}
