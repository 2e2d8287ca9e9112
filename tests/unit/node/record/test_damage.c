// SPDX-License-Identifier: Apache-2.0
/*
 * A thousand ways to damage a recording: cut, flipped bits, zeroed pages, torn and overwritten stretches. All of it is read that
 * the damage did not touch, nothing is read that was never written, and the damage is said.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fdio.h"
#include "harness/harness.h"
#include "node/record/block.h"
#include "node/record/recording.h"
#include "node/record/segments.h"
#include "unit/node/record/recorded.h"

#define POINTS     1000
#define FRAMES_MAX 2000
#define BLOCKS_MAX 400

struct block {
    uint64_t from, to;
    uint64_t first, frames; /* of all frames of the recording */
};

/* The recording as it was written. */
static struct {
    unsigned char *bytes;
    size_t len;
    struct block blocks[BLOCKS_MAX];
    uint32_t blocks_n;
    uint64_t inputs[FRAMES_MAX], digests[FRAMES_MAX];
    uint64_t frames;
} good;

static uint64_t seed = 20231114;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void note_blocks(void)
{
    struct rp_block_header header;
    for (uint64_t at = 0; rp_block_header_read(good.bytes + at, good.len - at, at, &header);
         at += rp_block_stride(&header)) {
        assert_true(good.blocks_n < BLOCKS_MAX);
        good.blocks[good.blocks_n++] =
            (struct block){.from = at, .to = at + sizeof(header) + header.packed_bytes, .first = UINT64_MAX};
    }
}

static void note_frames(const char *path)
{
    struct rp_recording *recording = NULL;
    struct rp_complaint why;
    struct rp_entry entry;
    uint32_t block = 0;
    assert_int_equal(rp_recording_open(path, &recording, &why), 0);
    while (rp_recording_next(recording, &entry) == 1) {
        assert_int_not_equal(entry.kind, RP_ENTRY_DAMAGE);
        if (entry.kind != RP_ENTRY_FRAME)
            continue;
        assert_true(good.frames < FRAMES_MAX);
        while (good.blocks[block].from != entry.offset)
            block++;
        if (good.blocks[block].frames++ == 0)
            good.blocks[block].first = good.frames;
        good.inputs[good.frames] = entry.frame.input;
        good.digests[good.frames++] = entry.frame.digest;
    }
    rp_recording_close(&recording);
}

/* In memory: a thousand files on a disk would be what this test waits for. */
static void write_file(const unsigned char *bytes, size_t len, char path[40])
{
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("recording", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(rp_write_all(fd, bytes, len), 0);
    (void)snprintf(path, 40, "/proc/self/fd/%d", fd);
}

static int make_good(void **state)
{
    static struct rp_play play;
    char name[RP_SEGMENT_NAME_MAX], path[600];
    struct rp_tree tree;
    struct rp_scribe scribe;
    (void)state;
    record_begin(&play, "leak-enforce", &tree, &scribe);
    scribe.keyframe_ns = 40 * RP_NS_PER_S;
    play_on(&play, &scribe, 4);
    rp_segments_name((uint32_t)(play.ring->state.serial % scribe.layout.slots), name);
    (void)snprintf(path, sizeof(path), "%s/%s", tree.root, name);
    good.len = play.ring->state.offset;
    good.bytes = malloc(good.len);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, good.bytes, good.len, 0), (ssize_t)good.len);
    close(fd);
    assert_true(play.ring->state.keyframes > 3);
    record_end(&play, &tree, &scribe);
    note_blocks();
    write_file(good.bytes, good.len, path);
    note_frames(path);
    return 0;
}

static int drop_good(void **state)
{
    (void)state;
    free(good.bytes);
    return 0;
}

/* Damage [from, to) of a copy; gives its new length. */
static size_t damage(unsigned char *bytes, uint64_t *from, uint64_t *to)
{
    *from = next_random() % good.len;
    *to = *from + 1;
    switch (next_random() % 5) {
    case 0: /* cut */
        *to = good.len;
        return *from;
    case 1: /* a bit */
        bytes[*from] ^= (unsigned char)(1u << next_random() % 8);
        return good.len;
    case 2: /* a page that never came to the disk */
        *from = *from / 4096 * 4096;
        *to = *from + 4096 < good.len ? *from + 4096 : good.len;
        memset(bytes + *from, 0, *to - *from);
        return good.len;
    case 3: /* a torn write: the rest is of something older */
        *to = good.len;
        for (uint64_t i = *from; i < good.len; i++)
            bytes[i] = good.bytes[i - *from];
        return good.len;
    default:
        *to = *from + 1 + next_random() % 3000;
        *to = *to < good.len ? *to : good.len;
        for (uint64_t i = *from; i < *to; i++)
            bytes[i] = (unsigned char)next_random();
        return good.len;
    }
}

/* Has anything of the block changed? Padding does not count. */
static bool is_whole(const struct block *block, const unsigned char *bytes, size_t len)
{
    return block->to <= len && memcmp(bytes + block->from, good.bytes + block->from, block->to - block->from) == 0;
}

/* Cut just where a block ends, or zeros from there on. */
static bool looks_like_the_end(const unsigned char *bytes, size_t len)
{
    uint32_t i = 0;
    while (i < good.blocks_n && is_whole(&good.blocks[i], bytes, len))
        i++;
    for (uint64_t at = i < good.blocks_n ? good.blocks[i].from : len; at < len; at++)
        if (bytes[at])
            return false;
    return true;
}

static void read_damaged(const char *row, const char *path, const unsigned char *bytes, size_t len)
{
    struct rp_recording *recording = NULL;
    struct rp_complaint why;
    struct rp_entry entry;
    bool seen[FRAMES_MAX] = {false};
    uint64_t damages = 0, next = 0;
    bool any = false, all = true;
    for (uint32_t i = 0; i < good.blocks_n; i++) {
        const bool whole = is_whole(&good.blocks[i], bytes, len);
        any = any || whole;
        all = all && whole;
    }
    const int rc = rp_recording_open(path, &recording, &why);
    if (rc != 0) {
        rp_expect_i64(row, any, false);
        return;
    }
    while (rp_recording_next(recording, &entry) == 1) {
        damages += entry.kind == RP_ENTRY_DAMAGE;
        if (entry.kind != RP_ENTRY_FRAME)
            continue;
        while (next < good.frames && good.inputs[next] != entry.frame.input)
            next++;
        rp_expect_i64(row, next < good.frames, true); /* nothing that was never written, and in order */
        rp_expect_u64(row, entry.frame.digest, good.digests[next]);
        seen[next] = true;
    }
    rp_recording_close(&recording);
    for (uint32_t i = 0; i < good.blocks_n; i++)
        for (uint64_t f = 0; is_whole(&good.blocks[i], bytes, len) && f < good.blocks[i].frames; f++)
            rp_expect_i64(row, seen[good.blocks[i].first + f], true);
    const bool at_border = !all && damages == 0 && looks_like_the_end(bytes, len); /* nobody can tell */
    rp_expect_i64(row, damages > 0, !all && !at_border);
}

static void whatever_is_not_damaged_is_read(void **state)
{
    unsigned char *bytes = malloc(good.len);
    uint64_t unreplayed = 0;
    (void)state;
    for (uint32_t i = 0; i < POINTS; i++) {
        struct reread reread;
        uint64_t from = 0, to = 0;
        char row[80], path[40];
        memcpy(bytes, good.bytes, good.len);
        const size_t len = damage(bytes, &from, &to);
        (void)snprintf(row, sizeof(row), "point %u: [%llu, %llu) of %zu", i, (unsigned long long)from,
                       (unsigned long long)to, good.len);
        write_file(bytes, len, path);
        read_damaged(row, path, bytes, len);
        if (i % 10 == 0 && reread_try(path, NULL, &reread) == 0) /* what is replayed is as it was decided */
            unreplayed += reread.replayer.unreplayed;
        if (i % 10 == 0)
            reread_drop(&reread);
    }
    assert_true(unreplayed > 0); /* there were gaps, and keyframes behind them */
    free(bytes);
}

/* The last block that is there at all, byte for byte. */
static void every_cut_of_the_end_is_survived(void **state)
{
    const struct block *last = &good.blocks[good.blocks_n - 1];
    char path[40];
    (void)state;
    for (size_t len = last->from - 200; len < good.len; len += 37) {
        write_file(good.bytes, len, path);
        read_damaged("cut", path, good.bytes, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_not_damaged_is_read),
        cmocka_unit_test(every_cut_of_the_end_is_survived),
    };
    return cmocka_run_group_tests(tests, make_good, drop_good);
}
