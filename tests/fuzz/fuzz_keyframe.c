// SPDX-License-Identifier: Apache-2.0
/*
 * Foreign keyframes. An even first byte: the rest is taken for a file as it is. An odd one: the rest are changes to a good
 * keyframe, four bytes each (region, offset in it, new value), whose checksum is then made right again, because no mutation
 * would get past it; so what is fuzzed is the check of the arena behind it. What passes is walked as every reader may.
 */
#include "node/record/keyframe.h"

#include <zlib.h>

#include "fuzz.h"

#define HEADER sizeof(struct rp_keyframe_header)

static void grow(struct rp_arena *arena)
{
    static const struct rp_cgroup_birth births[] = {
        {.id = 1, .parent = RP_CGROUP_NONE, .path = ""},
        {.id = 2, .parent = 1, .path = "kubepods"},
        {.id = 3, .parent = 2, .path = "kubepods/pod11111111-2222-3333-4444-555555555555"},
        {.id = 4, .parent = 3, .path = "kubepods/pod11111111-2222-3333-4444-555555555555/c"},
    };
    const struct rp_sample sample = {.number = 1, .t_ns = 1, .births = births, .births_n = 4};
    rp_model_step(arena, &sample);
}

/* A good keyframe of a small arena; made once. */
static const unsigned char *good(size_t *ret_len)
{
    static unsigned char *bytes;
    static size_t len;
    if (!bytes) {
        static struct rp_policy policy;
        rp_policy_init(&policy);
        policy.cgroups_max = 16;
        policy.pods_max = 4;
        const size_t arena_bytes = rp_arena_size(&policy);
        len = HEADER + arena_bytes;
        bytes = calloc(1, len);
        struct rp_arena *arena = (void *)(bytes + HEADER);
        RP_MUST(rp_arena_init(arena, arena_bytes, &policy) == 0);
        grow(arena);
        const struct rp_keyframe_header header = {
            .magic = RP_RECORD_MAGIC,
            .version = RP_RECORD_VERSION,
            .arena_bytes = arena_bytes,
            .sample_number = arena->sample_number,
        };
        memcpy(bytes, &header, sizeof(header));
    }
    *ret_len = len;
    return bytes;
}

/* Where the parts of a keyframe begin, so that changes hit counts and indices and not only the wide plains between. */
static size_t region(const unsigned char *bytes, uint8_t which)
{
    const struct rp_arena *arena = (const void *)(bytes + HEADER);
    const size_t begins[] = {
        0,
        HEADER + offsetof(struct rp_arena, policy.rules_n),
        HEADER + offsetof(struct rp_arena, agent),
        HEADER + offsetof(struct rp_arena, node),
        HEADER + offsetof(struct rp_arena, victims),
        HEADER + offsetof(struct rp_arena, log_n),
        HEADER + arena->cgroups.offset,
        HEADER + arena->pods.offset,
        HEADER + arena->index.offset,
    };
    return begins[which % (sizeof(begins) / sizeof(begins[0]))];
}

static void change(unsigned char *bytes, size_t len, const uint8_t *data, size_t size)
{
    size_t ignored = 0;
    for (; size >= 4; data += 4, size -= 4) {
        const size_t at = region(good(&ignored), data[0]) + data[1] + 256u * data[2];
        bytes[at % len] = data[3];
    }
    const uint32_t checksum = (uint32_t)crc32(0, bytes + HEADER, (unsigned)(len - HEADER));
    memcpy(bytes + offsetof(struct rp_keyframe_header, checksum), &checksum, sizeof(checksum));
}

static size_t touch_cgroups(struct rp_arena *arena)
{
    size_t sum = 0;
    for (uint32_t i = 0; i < arena->cgroups.used; i++) {
        const struct rp_cgroup *cgroup = rp_cgroup_at(arena, i);
        if (!cgroup->live)
            continue;
        sum += strlen(cgroup->path) + (rp_cgroup_find(arena, cgroup->id) == cgroup);
        while (cgroup->parent != RP_INDEX_NONE) /* ends: parents form no circle */
            cgroup = rp_cgroup_at(arena, cgroup->parent);
        if (cgroup->pod != RP_INDEX_NONE)
            sum += strlen(rp_pod_at(arena, cgroup->pod)->uid);
    }
    return sum;
}

static size_t touch(struct rp_arena *arena)
{
    size_t sum = touch_cgroups(arena);
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        if (!pod->live)
            continue;
        sum += strlen(pod->uid) + strlen(pod->namespace_) + strlen(pod->name) + strlen(pod->contract.ack_path);
        sum += (size_t)pod->history[pod->history_at].value + rp_pod_index(arena, pod);
    }
    for (uint32_t i = 0; i < RP_LOG_MAX; i++)
        sum += strlen(arena->log[i].pod);
    for (uint32_t i = 0; i < RP_LEDGER_MAX; i++)
        sum += strlen(arena->ledger[i].pod);
    return sum + strlen(arena->policy.node_name) + strlen(arena->agent.kernel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = size > 0 ? size - 1 : 0;
    const bool changed = size > 0 && data[0] % 2 == 1;
    const unsigned char *from = changed ? good(&len) : data + (size > 0);
    unsigned char *bytes = malloc(len + !len); /* exactly its size, so that one byte too many is seen */
    if (len > 0)
        memcpy(bytes, from, len);
    if (changed)
        change(bytes, len, data + 1, size - 1);
    const struct rp_arena *arena = NULL;
    const int r = rp_keyframe_check(bytes, len, &arena);
    RP_MUST((r == 0) == (arena != NULL));
    RP_MUST(r == 0 || !changed || size >= 5); /* unchanged it is good */
    if (r == 0) {
        volatile size_t sum = touch((struct rp_arena *)(bytes + HEADER));
        (void)sum;
    }
    free(bytes);
    return 0;
}
