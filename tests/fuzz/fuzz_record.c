// SPDX-License-Identifier: Apache-2.0
/*
 * Foreign recordings. The first byte says what the rest is, because no mutation would get past the checksums:
 *   0 a whole segment file
 *   1 the contents of a block of frames, in an otherwise sound file
 *   2 changes to good contents, three bytes each: where (16 bits), new value
 *   3 a schema, in front of good contents
 * Everything that is read goes through the core, as a replay does.
 */
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fdio.h"
#include "core/model/policy_text.h"
#include "fuzz.h"
#include "node/record/block.h"
#include "node/record/frame.h"
#include "node/record/recording.h"
#include "node/record/replayer.h"

#define CONTENTS_MAX 65536
#define CGROUPS_MAX  4096 /* of an arena that is worth making here */

enum mode { MODE_FILE, MODE_FRAMES, MODE_CHANGES, MODE_SCHEMA, MODES };

/* A start, a node with a pod that grows, facts, an event, outcomes. */
static size_t good_frames(unsigned char *dst)
{
    static struct rp_bases bases;
    static struct rp_policy policy;
    static struct rp_start start;
    static const struct rp_cgroup_birth births[] = {
        {.id = 1, .parent = RP_CGROUP_NONE, .path = ""},
        {.id = 2, .parent = 1, .path = "kubepods"},
        {.id = 3, .parent = 2, .path = "kubepods/pod11111111-2222-3333-4444-555555555555"},
        {.id = 4, .parent = 3, .path = "kubepods/pod11111111-2222-3333-4444-555555555555/c"},
    };
    static const struct rp_cgroup_reading cgroups[] = {
        {.id = 2, .t_ns = 90, .known = 7, .usage_bytes = 1 << 30, .max_bytes = 2u << 30},
        {.id = 3, .t_ns = 91, .known = 7, .usage_bytes = 1 << 30, .populated = true},
    };
    static const struct rp_event events[] = {{.t_ns = 80, .cgroup = 3, .owner = 3, .type = RP_EVENT_OOM_BEGIN}};
    static const struct rp_fact facts[] = {
        {.version = RP_LINK_VERSION, .kind = RP_FACT_BEGIN, .list = {.list = RP_LIST_PODS, .generation = 1}},
        {.version = RP_LINK_VERSION,
         .kind = RP_FACT_POD,
         .pod =
             {.uid = "11111111-2222-3333-4444-555555555555", .namespace_ = "a", .name = "b", .qos = RP_QOS_BURSTABLE}},
        {.version = RP_LINK_VERSION,
         .kind = RP_FACT_COMMIT,
         .list = {.list = RP_LIST_PODS, .count = 1, .generation = 1}},
    };
    static const struct rp_outcome outcomes[] = {
        {.action = {.id = 1, .cgroup = 3, .kind = RP_ACTION_FREEZE}, .t_ns = 95, .state = RP_OUTCOME_DONE}};
    static const struct rp_disk_reading disks[] = {
        {.cgroup = 3, .dev = 1, .t_ns = 90, .counts = {.allocated_bytes = 4096}}};
    static const struct rp_fs_reading filesystems[] = {{.dev = 1,
                                                        .roles = RP_FS_NODEFS,
                                                        .t_ns = 90,
                                                        .capacity_bytes = 1u << 30,
                                                        .available_bytes = 1 << 20,
                                                        .path = "/"}};
    struct rp_plan plan = {.sample_number = 2, .t_ns = 100, .actions_n = 1, .actions = {outcomes[0].action}};
    struct rp_sink sink = {.at = dst, .end = dst + CONTENTS_MAX};
    rp_policy_init(&policy);
    policy.cgroups_max = 16;
    policy.pods_max = 4;
    struct rp_sample sample = {
        .number = 1, .t_ns = 100, .births = births, .births_n = 4, .cgroups = cgroups, .cgroups_n = 2};
    struct rp_frame frame = {.kind = RP_FRAME_START, .input = 1, .t_ns = 10, .start = &start, .policy = &policy};
    rp_bases_reset(&bases);
    RP_MUST(rp_frame_put(&sink, &bases, &frame));
    frame = (struct rp_frame){.kind = RP_FRAME_SAMPLE, .input = 2, .t_ns = 100, .sample = &sample, .plan = &plan};
    RP_MUST(rp_frame_put(&sink, &bases, &frame));
    sample = (struct rp_sample){.number = 2,
                                .t_ns = 200,
                                .cgroups = cgroups,
                                .cgroups_n = 2,
                                .events = events,
                                .events_n = 1,
                                .facts = facts,
                                .facts_n = 3,
                                .outcomes = outcomes,
                                .outcomes_n = 1,
                                .disks = disks,
                                .disks_n = 1,
                                .filesystems = filesystems,
                                .filesystems_n = 1};
    frame.input = 3;
    frame.t_ns = 200;
    RP_MUST(rp_frame_put(&sink, &bases, &frame));
    frame = (struct rp_frame){.kind = RP_FRAME_POLICY, .input = 4, .t_ns = 300, .policy = &policy};
    RP_MUST(rp_frame_put(&sink, &bases, &frame));
    return (size_t)(sink.at - dst);
}

static void put_block(int fd, struct rp_block_header *header, const void *raw, size_t len)
{
    static struct rp_packer packer;
    unsigned char *packed = malloc(rp_block_bound(len));
    header->serial = 1;
    header->offset = (uint64_t)lseek(fd, 0, SEEK_CUR);
    header->raw_bytes = (uint32_t)len;
    const size_t bytes = rp_block_pack(&packer, header, raw, packed);
    RP_MUST(bytes > 0 && rp_write_all(fd, packed, bytes) == 0);
    free(packed);
}

static void put_file(int fd, const unsigned char *schema, size_t schema_len, const unsigned char *frames,
                     size_t frames_len)
{
    const uint32_t crc = (uint32_t)crc32_z(0, schema, schema_len);
    struct rp_block_header header = {.kind = RP_BLOCK_SCHEMA, .schema_crc = crc};
    put_block(fd, &header, schema, schema_len);
    header = (struct rp_block_header){.kind = RP_BLOCK_FRAMES, .schema_crc = crc, .first_input = 1, .last_input = 4};
    put_block(fd, &header, frames, frames_len);
}

/* The input as a file. False: it is too short for what it says. */
static bool make_file(int fd, const uint8_t *data, size_t size)
{
    static unsigned char schema[RP_SCHEMA_BYTES_MAX], frames[CONTENTS_MAX];
    const size_t schema_len = rp_schema_write(schema);
    const enum mode mode = (enum mode)(data[0] % MODES);
    size_t frames_len = good_frames(frames);
    data++;
    size--;
    if (mode == MODE_FILE) {
        RP_MUST(rp_write_all(fd, data, size) == 0);
        return true;
    }
    if (size == 0 && mode != MODE_CHANGES)
        return false;
    for (size_t i = 0; mode == MODE_CHANGES && i + 3 <= size; i += 3)
        frames[(data[i] + 256u * data[i + 1]) % frames_len] = data[i + 2];
    if (mode == MODE_FRAMES)
        put_file(fd, schema, schema_len, data, size);
    else if (mode == MODE_SCHEMA)
        put_file(fd, data, size, frames, frames_len);
    else
        put_file(fd, schema, schema_len, frames, frames_len);
    return true;
}

/* Text ends, kinds are known: what every user of a frame relies on. */
static void look_at(const struct rp_frame *frame)
{
    struct rp_complaint why;
    RP_MUST(frame->kind > RP_FRAME_NONE && frame->kind < RP_FRAME_MAX);
    if (frame->policy)
        RP_MUST(rp_policy_check(frame->policy, &why) == 0);
    for (uint32_t i = 0; frame->sample && i < frame->sample->births_n; i++)
        RP_MUST(memchr(frame->sample->births[i].path, '\0', RP_PATH_MAX));
    for (uint32_t i = 0; frame->sample && i < frame->sample->facts_n; i++)
        RP_MUST(rp_fact_validate(&frame->sample->facts[i], sizeof(frame->sample->facts[i])) == 0);
    if (frame->plan)
        RP_MUST(frame->plan->actions_n <= RP_PLAN_MAX);
}

static uint64_t replay(const char *path)
{
    struct rp_recording *recording = NULL;
    struct rp_replayer replayer;
    struct rp_complaint why;
    struct rp_entry entry;
    struct rp_replayed replayed;
    uint64_t frames = 0;
    if (rp_recording_open(path, &recording, &why) != 0) {
        RP_MUST(why.text[0]);
        return 0;
    }
    rp_replayer_init(&replayer, NULL);
    while (rp_recording_next(recording, &entry) == 1) {
        if (entry.kind == RP_ENTRY_FRAME)
            look_at(&entry.frame);
        frames += entry.kind == RP_ENTRY_FRAME;
        if (entry.kind != RP_ENTRY_FRAME || entry.frame.kind != RP_FRAME_START ||
            entry.frame.policy->cgroups_max <= CGROUPS_MAX)
            RP_MUST(rp_replayer_take(&replayer, &entry, &replayed) == 0);
    }
    if (replayer.arena)
        RP_MUST(rp_arena_check(replayer.arena, replayer.arena->total_bytes) == 0);
    rp_replayer_deinit(&replayer);
    rp_recording_close(&recording);
    return frames;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[40];
    if (size == 0)
        return 0;
    int fd = memfd_create("record", MFD_CLOEXEC);
    RP_MUST(fd >= 0);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (make_file(fd, data, size)) {
        const uint64_t frames = replay(path);
        RP_MUST(frames == 4 || size > 1 || data[0] % MODES != MODE_CHANGES); /* unchanged it is good */
    }
    (void)close(fd);
    return 0;
}
