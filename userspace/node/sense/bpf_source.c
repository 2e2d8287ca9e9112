// SPDX-License-Identifier: Apache-2.0
/* The guard's end of the BPF programs: mapped at open, then read without allocating. */
#include "node/sense/bpf_source.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"

#define BATCH 256 /* more than any hash bucket holds, or the kernel answers ENOSPC */

struct mapping {
    void *at; /* mapped read-only */
    size_t bytes;
};

struct rp_bpf_source {
    const struct rp_bpf_handles *handles; /* borrowed */
    int events_fd, counts_fd, disk_fd;    /* borrowed */
    struct ring_buffer *ring;
    struct mapping lost, hardware, snaps, head;
    uint32_t snaps_max;
    /* where the running rp_bpf_source_events() puts what the ring's callback gets */
    struct rp_event *out;
    uint32_t out_n, out_cap;
    rp_cgroup_id keys[BATCH];
    struct rp_counts_slot slots[BATCH];
    struct rp_disk_key disk_keys[BATCH];
    struct rp_disk disks[BATCH];
};

/* A negative answer ends the consumption after this record, which is what a full output wants. */
static int take_event(void *context, void *data, size_t len)
{
    struct rp_bpf_source *source = context;

    if (len < sizeof(struct rp_event))
        return 0;
    memcpy(&source->out[source->out_n++], data, sizeof(struct rp_event));
    return source->out_n < source->out_cap ? 0 : -ENOBUFS;
}

static int map_array(int fd, size_t bytes, struct mapping *ret)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t whole = (bytes + page - 1) / page * page;
    void *at = mmap(NULL, whole, PROT_READ, MAP_SHARED, fd, 0);

    if (at == MAP_FAILED)
        return -errno;
    *ret = (struct mapping){at, whole};
    return 0;
}

static void unmap(struct mapping *mapping)
{
    if (mapping->at)
        munmap(mapping->at, mapping->bytes);
    *mapping = (struct mapping){0};
}

/* Array elements are laid out at multiples of eight bytes; all of ours are such multiples. */
static int map_all(struct rp_bpf_source *source, const int maps[RP_BPF_MAP_KEPT])
{
    int r = map_array(maps[RP_BPF_MAP_LOST], RP_LOST_MAX * sizeof(uint64_t), &source->lost);

    if (r == 0)
        r = map_array(maps[RP_BPF_MAP_HARDWARE], RP_HARDWARE_MAX * sizeof(uint64_t), &source->hardware);
    if (r == 0)
        r = map_array(maps[RP_BPF_MAP_SNAPS], source->snaps_max * sizeof(struct rp_snap), &source->snaps);
    if (r == 0)
        r = map_array(maps[RP_BPF_MAP_SNAP_HEAD], sizeof(struct rp_snap_head), &source->head);
    return r;
}

int rp_bpf_source_open(const struct rp_bpf_handles *handles, struct rp_bpf_source **ret)
{
    if (!rp_bpf_handles_live(handles))
        return -ENODEV;
    struct rp_bpf_source *source = calloc(1, sizeof(*source));
    if (!source)
        return -ENOMEM;
    source->handles = handles;
    source->events_fd = handles->maps[RP_BPF_MAP_EVENTS];
    source->counts_fd = handles->maps[RP_BPF_MAP_COUNTS];
    source->disk_fd = handles->maps[RP_BPF_MAP_DISK];
    source->snaps_max = handles->snaps_max;
    int r = map_all(source, handles->maps);
    if (r == 0) {
        source->ring = ring_buffer__new(source->events_fd, take_event, source, NULL);
        r = source->ring ? 0 : -errno;
    }
    if (r < 0) {
        rp_bpf_source_close(&source);
        return r;
    }
    *ret = source;
    return 0;
}

void rp_bpf_source_close(struct rp_bpf_source **source)
{
    if (!*source)
        return;
    ring_buffer__free((*source)->ring);
    unmap(&(*source)->lost);
    unmap(&(*source)->hardware);
    unmap(&(*source)->snaps);
    unmap(&(*source)->head);
    free(*source);
    *source = NULL;
}

int rp_bpf_source_fd(const struct rp_bpf_source *source)
{
    return source->events_fd;
}

uint32_t rp_bpf_source_events(struct rp_bpf_source *source, struct rp_event *out, uint32_t cap)
{
    if (cap == 0)
        return 0;
    source->out = out;
    source->out_n = 0;
    source->out_cap = cap;
    rp_discard(ring_buffer__consume(source->ring)); /* its errors are ours: the output is full */
    return source->out_n;
}

int rp_bpf_source_counts(const struct rp_bpf_source *source, rp_cgroup_id id, struct rp_counts *ret)
{
    struct rp_counts_slot slot;
    const int r = bpf_map_lookup_elem(source->counts_fd, &id, &slot);

    if (r == 0)
        *ret = slot.counts;
    return r;
}

/* A way through a hash, some entries at a time. */
struct way {
    uint32_t bucket, n; /* n: entries of the present batch */
    bool begun;
};

/* The next batch. More may follow on 0; -ENOENT: it was the last one. way->n entries either way. */
static int next_batch(int fd, struct way *way, void *keys, void *values)
{
    way->n = BATCH;
    const int r = bpf_map_lookup_batch(fd, way->begun ? &way->bucket : NULL, &way->bucket, keys, values, &way->n, NULL);
    if (r < 0 && r != -ENOENT)
        way->n = 0;
    way->begun = true;
    return r;
}

int rp_bpf_source_visit_counts(struct rp_bpf_source *source, rp_bpf_visit *visit, void *context)
{
    struct way way = {.begun = false};
    int r = 0;

    while (r == 0) {
        r = next_batch(source->counts_fd, &way, source->keys, source->slots);
        for (uint32_t i = 0; i < way.n; i++)
            visit(context, source->keys[i], &source->slots[i].counts);
    }
    return r == -ENOENT ? 0 : r;
}

int rp_bpf_source_visit_disk(struct rp_bpf_source *source, rp_bpf_visit_disk *visit, void *context)
{
    struct way way = {.begun = false};
    int r = 0;

    while (r == 0) {
        r = next_batch(source->disk_fd, &way, source->disk_keys, source->disks);
        for (uint32_t i = 0; i < way.n; i++)
            visit(context, &source->disk_keys[i], &source->disks[i]);
    }
    return r == -ENOENT ? 0 : r;
}

int rp_bpf_source_forget(struct rp_bpf_source *source, rp_cgroup_id id)
{
    return bpf_map_delete_elem(source->counts_fd, &id);
}

int rp_bpf_source_forget_disk(struct rp_bpf_source *source, const struct rp_disk_key *key)
{
    return bpf_map_delete_elem(source->disk_fd, key);
}

int rp_bpf_source_bequeath_disk(struct rp_bpf_source *source, const struct rp_disk_key *dead, rp_cgroup_id heir)
{
    const struct rp_disk_key key = {.cgroup = heir, .dev = dead->dev};
    struct rp_disk estate, sum = {0};
    int r = bpf_map_lookup_elem(source->disk_fd, dead, &estate);

    if (r == 0)
        r = bpf_map_delete_elem(source->disk_fd, dead);
    if (r < 0 || heir == RP_CGROUP_NONE)
        return r;
    rp_discard(bpf_map_lookup_elem(source->disk_fd, &key, &sum)); /* it may have none yet */
    sum.allocated_bytes += estate.allocated_bytes;
    sum.freed_bytes += estate.freed_bytes;
    sum.inodes_made += estate.inodes_made;
    sum.inodes_freed += estate.inodes_freed;
    return bpf_map_update_elem(source->disk_fd, &key, &sum, BPF_ANY);
}

static void read_numbers(const struct mapping *mapping, size_t n, uint64_t *ret)
{
    const uint64_t *numbers = mapping->at;

    for (size_t i = 0; i < n; i++)
        ret[i] = __atomic_load_n(&numbers[i], __ATOMIC_RELAXED);
}

void rp_bpf_source_hardware(const struct rp_bpf_source *source, uint64_t ret[RP_HARDWARE_MAX])
{
    read_numbers(&source->hardware, RP_HARDWARE_MAX, ret);
}

int rp_bpf_source_skipped(const struct rp_bpf_source *source, enum rp_bpf_hook hook, uint64_t *ret)
{
    struct bpf_prog_info info = {0};
    __u32 len = sizeof(info);
    const int fd = source->handles->programs[hook];
    const int r = fd < 0 ? -ENOENT : bpf_obj_get_info_by_fd(fd, &info, &len);

    if (r == 0)
        *ret = info.recursion_misses;
    return r;
}

void rp_bpf_source_lost(const struct rp_bpf_source *source, uint64_t ret_lost[RP_LOST_MAX])
{
    read_numbers(&source->lost, RP_LOST_MAX, ret_lost);
}

const struct rp_snap *rp_bpf_source_snaps(const struct rp_bpf_source *source, struct rp_snap_head *ret_head)
{
    const struct rp_snap_head *shared = source->head.at;
    struct rp_snap_head head = {.done = __atomic_load_n(&shared->done, __ATOMIC_ACQUIRE)};

    head.walk = __atomic_load_n(&shared->walk, __ATOMIC_ACQUIRE);
    head.used = __atomic_load_n(&shared->used, __ATOMIC_RELAXED);
    head.overflow = __atomic_load_n(&shared->overflow, __ATOMIC_RELAXED);
    head.t_ns = __atomic_load_n(&shared->t_ns, __ATOMIC_RELAXED);
    if (head.done == 0 || head.walk != head.done || !rp_bpf_source_snaps_whole(source, &head))
        return NULL;
    /* The memory is the kernel's, but the bound is ours. */
    if (head.used > source->snaps_max)
        head.used = source->snaps_max;
    *ret_head = head;
    return source->snaps.at;
}

bool rp_bpf_source_snaps_whole(const struct rp_bpf_source *source, const struct rp_snap_head *head)
{
    const struct rp_snap_head *shared = source->head.at;

    __atomic_thread_fence(__ATOMIC_ACQUIRE); /* the records were read before the number is looked at again */
    return __atomic_load_n(&shared->walk, __ATOMIC_RELAXED) == head->walk;
}
