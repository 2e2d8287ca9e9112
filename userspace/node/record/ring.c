// SPDX-License-Identifier: Apache-2.0
#include "node/record/ring.h"

#include <stddef.h>
#include <string.h>

#include "base/num.h"

#define ALIGN      8u
#define SLACK      (3 * sizeof(struct rp_policy) + (128u << 10)) /* a START, a reload or two, and what comes meanwhile */
#define PATH_USUAL 160u                                          /* a container's path below kubepods.slice */
#define BIRTH_HEAD offsetof(struct rp_cgroup_birth, path)
#define FACT_HEAD  offsetof(struct rp_fact, list)

/* In front of every frame; arrays follow in the order of the counts. Kind NONE: the rest up to the wrap is not used. */
struct entry {
    uint32_t bytes; /* with this */
    uint32_t kind;
    uint64_t input;
    rp_ns t_ns;
    uint64_t digest;
    struct rp_ring_stamp stamp;
    uint32_t actions_n, actions_dropped;
    uint64_t plan_sample;
    rp_ns plan_ns;
};

static size_t align(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

size_t rp_ring_size(uint32_t cgroups_max, uint32_t pods_max)
{
    const size_t per_cgroup = sizeof(struct rp_cgroup_reading) + BIRTH_HEAD + PATH_USUAL;
    return align(sizeof(struct rp_ring) + SLACK + per_cgroup * cgroups_max +
                 (FACT_HEAD + sizeof(struct rp_fact_pod)) * pods_max);
}

void rp_ring_init(struct rp_ring *ring, size_t bytes)
{
    ring->bytes = (bytes - sizeof(*ring)) / ALIGN * ALIGN;
}

uint64_t rp_ring_used(const struct rp_ring *ring)
{
    return ring->head - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
}

/* ---- the guard's side */

static size_t birth_bytes(const struct rp_cgroup_birth *birth)
{
    return align(BIRTH_HEAD + strnlen(birth->path, sizeof(birth->path) - 1) + 1);
}

static size_t body_bytes(uint32_t kind)
{
    static const size_t bytes[] = {
        [RP_FACT_BEGIN] = sizeof(struct rp_fact_list),
        [RP_FACT_COMMIT] = sizeof(struct rp_fact_list),
        [RP_FACT_POD] = sizeof(struct rp_fact_pod),
        [RP_FACT_KUBELET] = sizeof(struct rp_fact_kubelet),
        [RP_FACT_POD_STATS] = sizeof(struct rp_fact_pod_stats),
        [RP_FACT_SOURCE] = sizeof(struct rp_fact_source),
        [RP_FACT_NODE_STATS] = sizeof(struct rp_fact_node_stats),
    };
    return kind < sizeof(bytes) / sizeof(bytes[0]) ? bytes[kind] : 0;
}

static size_t fact_bytes(const struct rp_fact *fact)
{
    return align(FACT_HEAD + body_bytes(fact->kind));
}

/* Everything in a sample that has a fixed size, in the order in which it lies in the ring. */
struct plain {
    const void *list;
    size_t bytes;
};

#define PLAIN_ARRAYS 9

static void list_plain(const struct rp_sample *sample, const struct rp_plan *plan, struct plain list[PLAIN_ARRAYS])
{
    const struct plain all[PLAIN_ARRAYS] = {
        {sample->deaths, sample->deaths_n * sizeof(sample->deaths[0])},
        {sample->cgroups, sample->cgroups_n * sizeof(sample->cgroups[0])},
        {sample->filesystems, sample->filesystems_n * sizeof(sample->filesystems[0])},
        {sample->disks, sample->disks_n * sizeof(sample->disks[0])},
        {sample->pod_disks, sample->pod_disks_n * sizeof(sample->pod_disks[0])},
        {sample->events, sample->events_n * sizeof(sample->events[0])},
        {sample->outcomes, sample->outcomes_n * sizeof(sample->outcomes[0])},
        {sample->habits, sample->habits_n * sizeof(sample->habits[0])},
        {plan->actions, plan->actions_n * sizeof(plan->actions[0])},
    };
    memcpy(list, all, sizeof(all));
}

static size_t sample_bytes(const struct rp_sample *sample, const struct rp_plan *plan)
{
    struct plain list[PLAIN_ARRAYS];
    size_t bytes = align(sizeof(*sample));
    list_plain(sample, plan, list);
    for (size_t i = 0; i < PLAIN_ARRAYS; i++)
        bytes += align(list[i].bytes);
    for (uint32_t i = 0; i < sample->births_n; i++)
        bytes += birth_bytes(&sample->births[i]);
    for (uint32_t i = 0; i < sample->facts_n; i++)
        bytes += fact_bytes(&sample->facts[i]);
    return bytes;
}

static size_t frame_bytes(const struct rp_frame *frame)
{
    size_t bytes = align(sizeof(struct entry));
    if (frame->kind == RP_FRAME_SAMPLE)
        return bytes + sample_bytes(frame->sample, frame->plan);
    if (frame->kind == RP_FRAME_START)
        bytes += align(sizeof(*frame->start));
    return bytes + align(sizeof(*frame->policy));
}

static unsigned char *put(unsigned char *at, const void *bytes, size_t len)
{
    if (len > 0)
        memcpy(at, bytes, len);
    return at + align(len);
}

static void put_sample(unsigned char *at, const struct rp_sample *sample, const struct rp_plan *plan)
{
    struct plain list[PLAIN_ARRAYS];
    at = put(at, sample, sizeof(*sample));
    list_plain(sample, plan, list);
    for (size_t i = 0; i < PLAIN_ARRAYS; i++)
        at = put(at, list[i].list, list[i].bytes);
    for (uint32_t i = 0; i < sample->births_n; i++) {
        const struct rp_cgroup_birth *birth = &sample->births[i];
        const size_t len = strnlen(birth->path, sizeof(birth->path) - 1);
        memcpy(at, birth, BIRTH_HEAD + len);
        at[BIRTH_HEAD + len] = '\0';
        at += birth_bytes(birth);
    }
    for (uint32_t i = 0; i < sample->facts_n; i++)
        at = put(at, &sample->facts[i], FACT_HEAD + body_bytes(sample->facts[i].kind));
}

static void put_frame(unsigned char *at, const struct rp_frame *frame, const struct rp_ring_stamp *stamp, size_t bytes)
{
    struct entry entry = {.bytes = (uint32_t)bytes,
                          .kind = frame->kind,
                          .input = frame->input,
                          .t_ns = frame->t_ns,
                          .digest = frame->digest,
                          .stamp = *stamp};
    if (frame->kind == RP_FRAME_SAMPLE) {
        entry.actions_n = frame->plan->actions_n;
        entry.actions_dropped = frame->plan->dropped;
        entry.plan_sample = frame->plan->sample_number;
        entry.plan_ns = frame->plan->t_ns;
    }
    at = put(at, &entry, sizeof(entry));
    if (frame->kind == RP_FRAME_SAMPLE) {
        put_sample(at, frame->sample, frame->plan);
        return;
    }
    if (frame->kind == RP_FRAME_START)
        at = put(at, frame->start, sizeof(*frame->start));
    (void)put(at, frame->policy, sizeof(*frame->policy));
}

bool rp_ring_push(struct rp_ring *ring, const struct rp_frame *frame, const struct rp_ring_stamp *stamp)
{
    const size_t bytes = frame_bytes(frame);
    const uint64_t used = rp_ring_used(ring);
    uint64_t at = ring->head % ring->bytes;
    const uint64_t skip = bytes > ring->bytes - at ? ring->bytes - at : 0; /* no frame lies across the end */
    if (used > ring->bytes || bytes + skip > ring->bytes - used) {
        ring->dropped++;
        return false;
    }
    if (skip > 0) {
        const uint32_t none[2] = {(uint32_t)skip, RP_FRAME_NONE};
        memcpy(ring->data + at, none, sizeof(none));
        at = 0;
    }
    put_frame(ring->data + at, frame, stamp, bytes);
    __atomic_store_n(&ring->head, ring->head + skip + bytes, __ATOMIC_RELEASE);
    return true;
}

/* ---- the writer's side */

uint64_t rp_ring_births_max(const struct rp_ring *ring)
{
    return ring->bytes / align(BIRTH_HEAD + 1);
}

uint64_t rp_ring_facts_max(const struct rp_ring *ring)
{
    return ring->bytes / align(FACT_HEAD);
}

/* The next array of n elements, and `at` behind it. */
static const void *take(const unsigned char **at, uint32_t n, size_t bytes)
{
    const void *list = *at;
    *at += align(n * bytes);
    return list;
}

static void look_at_sample(const struct entry *entry, const unsigned char *at, struct rp_ring_room *room)
{
    struct rp_sample *sample = &room->sample;
    struct rp_plan *plan = &room->plan;
    memcpy(sample, at, sizeof(*sample));
    at += align(sizeof(*sample));
    sample->deaths = take(&at, sample->deaths_n, sizeof(sample->deaths[0]));
    sample->cgroups = take(&at, sample->cgroups_n, sizeof(sample->cgroups[0]));
    sample->filesystems = take(&at, sample->filesystems_n, sizeof(sample->filesystems[0]));
    sample->disks = take(&at, sample->disks_n, sizeof(sample->disks[0]));
    sample->pod_disks = take(&at, sample->pod_disks_n, sizeof(sample->pod_disks[0]));
    sample->events = take(&at, sample->events_n, sizeof(sample->events[0]));
    sample->outcomes = take(&at, sample->outcomes_n, sizeof(sample->outcomes[0]));
    sample->habits = take(&at, sample->habits_n, sizeof(sample->habits[0]));
    *plan = (struct rp_plan){.sample_number = entry->plan_sample, .t_ns = entry->plan_ns};
    plan->actions_n = entry->actions_n;
    plan->dropped = entry->actions_dropped;
    memcpy(plan->actions, take(&at, entry->actions_n, sizeof(plan->actions[0])),
           entry->actions_n * sizeof(plan->actions[0]));
    for (uint32_t i = 0; i < sample->births_n; i++) {
        struct rp_cgroup_birth *birth = &room->births[i];
        const size_t len = BIRTH_HEAD + strlen((const char *)at + BIRTH_HEAD) + 1;
        memset(birth, 0, sizeof(*birth));
        memcpy(birth, at, len);
        at += align(len);
    }
    for (uint32_t i = 0; i < sample->facts_n; i++) {
        struct rp_fact *fact = &room->facts[i];
        memset(fact, 0, sizeof(*fact));
        memcpy(fact, at, FACT_HEAD);
        memcpy(fact, at, FACT_HEAD + body_bytes(fact->kind));
        at += fact_bytes(fact);
    }
    sample->births = room->births;
    sample->facts = room->facts;
}

bool rp_ring_look(const struct rp_ring *ring, uint64_t *at, struct rp_ring_room *room, struct rp_frame *ret,
                  struct rp_ring_stamp *ret_stamp)
{
    struct entry entry;
    uint32_t none[2];
    const uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
    if (*at == head)
        return false;
    memcpy(none, ring->data + *at % ring->bytes, sizeof(none));
    if (none[1] == RP_FRAME_NONE)
        *at += none[0];
    const unsigned char *place = ring->data + *at % ring->bytes;
    memcpy(&entry, place, sizeof(entry));
    *at += entry.bytes;
    place += align(sizeof(entry));
    *ret = (struct rp_frame){.kind = entry.kind, .input = entry.input, .t_ns = entry.t_ns, .digest = entry.digest};
    *ret_stamp = entry.stamp;
    if (entry.kind == RP_FRAME_SAMPLE) {
        look_at_sample(&entry, place, room);
        ret->sample = &room->sample;
        ret->plan = &room->plan;
        return true;
    }
    if (entry.kind == RP_FRAME_START) {
        ret->start = (const void *)place;
        place += align(sizeof(*ret->start));
    }
    ret->policy = (const void *)place;
    return true;
}

void rp_ring_release(struct rp_ring *ring, uint64_t at)
{
    __atomic_store_n(&ring->tail, at, __ATOMIC_RELEASE);
}
