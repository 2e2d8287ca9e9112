// SPDX-License-Identifier: Apache-2.0
/* From the guard's ring to a reader and back: what the core consumed comes out again, and leads to the same decisions. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/harness.h"
#include "node/record/digest.h"
#include "node/record/segments.h"
#include "unit/node/record/recorded.h"

static struct rp_play play;

static void a_story_is_replayed_to_the_same_decisions(void **state)
{
    static const uint32_t looks[] = {1, 7, 40};
    (void)state;
    for (uint32_t i = 0; i < rp_play_stories_n * RP_ROWS(looks); i++) {
        struct rp_tree tree;
        struct reread reread;
        const struct rp_play_story *story = &rp_play_stories[i / RP_ROWS(looks)];
        rp_tree_make(&tree);
        play_into(&play, story, tree.root, looks[i % RP_ROWS(looks)]);
        reread_all(tree.root, &reread);
        rp_expect_u64(story->name, reread.frames, play.number + 1);
        rp_expect_u64(story->name, reread.damages, 0);
        rp_expect_u64(story->name, reread.replayer.missing, 0);
        rp_expect_u64(story->name, reread.replayer.samples, play.number);
        rp_expect_u64(story->name, reread.replayer.planned, play.planned);
        rp_expect_u64(story->name, reread.replayer.arena->inputs, play.arena->inputs);
        assert_true(play.planned > 0);
        assert_memory_equal(&reread.replayer.arena->ladder, &play.arena->ladder, sizeof(play.arena->ladder));
        reread_drop(&reread);
        rp_play_close(&play);
        rp_tree_drop(&tree);
    }
}

/* Long enough that every file is written over, several times. */
static void the_ring_of_files_goes_round(void **state)
{
    static const struct rp_play_story story = {.name = "long", .seconds = 6000, .quiet = 110, .node_mib = 16384};
    struct rp_scribe scribe;
    struct rp_tree tree;
    struct reread reread;
    struct stat st;
    char path[600], name[RP_SEGMENT_NAME_MAX];
    const uint64_t size = UINT64_C(1) << 20;
    (void)state;
    rp_tree_make(&tree);
    rp_play_open(&play, &story);
    rp_play_scribe(&play, tree.root, size, &scribe);
    play_on(&play, &scribe, 5);
    assert_true(play.ring->state.segments > 2 * scribe.layout.slots);
    for (uint32_t slot = 0; slot < RP_SEGMENTS_MAX; slot++) {
        rp_segments_name(slot, name);
        (void)snprintf(path, sizeof(path), "%s/%s", tree.root, name);
        rp_expect_i64(name, stat(path, &st), slot < scribe.layout.slots ? 0 : -1);
        if (slot < scribe.layout.slots)
            rp_expect_u64(name, (uint64_t)st.st_size, scribe.layout.bytes);
    }
    reread_all(tree.root, &reread);
    rp_expect_u64("damages", reread.damages, 0);
    rp_expect_u64("missing", reread.replayer.missing, 0);
    rp_expect_u64("unreplayed", reread.replayer.unreplayed, 0); /* every segment begins with a keyframe */
    rp_expect_u64("starts", reread.replayer.starts, 0);         /* long overwritten */
    assert_true(reread.replayer.keyframes >= scribe.layout.slots);
    rp_expect_u64("inputs", reread.replayer.arena->inputs, play.arena->inputs);
    reread_drop(&reread);
    record_end(&play, &tree, &scribe);
}

/* Nobody writes until the ring has dropped frames: said, counted, and bridged by a keyframe. */
static void a_gap_is_said_and_bridged(void **state)
{
    struct rp_scribe scribe;
    struct rp_tree tree;
    struct reread reread;
    (void)state;
    record_begin(&play, "leak-observe", &tree, &scribe);
    while (play.ring->dropped < 20 && rp_play_wait(&play))
        rp_play_look(&play);
    assert_int_equal(play.ring->dropped, 20);
    const uint64_t stood = play.number;
    play_on(&play, &scribe, 3);
    reread_all(tree.root, &reread);
    rp_expect_u64("missing", reread.replayer.missing, play.ring->dropped + play.ring->state.skipped);
    assert_true(reread.replayer.missing >= 20 && reread.replayer.missing < 30);
    rp_expect_u64("keyframes", reread.replayer.keyframes >= 1, true);
    rp_expect_u64("samples", reread.replayer.samples, play.number - reread.replayer.missing);
    rp_expect_u64("unreplayed", reread.replayer.unreplayed, 0);
    assert_true(play.number > stood);
    reread_drop(&reread);
    record_end(&play, &tree, &scribe);
}

/* What the dead guard saw last is still in the ring, and is what everybody wants to know. */
static void a_guard_dies_and_nothing_of_it_is_lost(void **state)
{
    struct rp_scribe scribe;
    struct rp_tree tree;
    struct reread reread;
    (void)state;
    record_begin(&play, "burst-enforce", &tree, &scribe);
    for (uint32_t i = 0; i < 30 && rp_play_wait(&play); i++)
        rp_play_look(&play);
    const uint64_t before = play.number;
    rp_play_again(&play);
    play_on(&play, &scribe, 9);
    reread_all(tree.root, &reread);
    rp_expect_u64("starts", reread.replayer.starts, 2);
    rp_expect_u64("samples", reread.replayer.samples, before + play.number);
    rp_expect_u64("missing", reread.replayer.missing, 0);
    reread_drop(&reread);
    record_end(&play, &tree, &scribe);
}

/* A second daemon, or this one after a reboot, goes on in the next segment. */
static void a_new_start_goes_on_behind_the_old_one(void **state)
{
    struct rp_tree tree;
    struct reread reread;
    uint64_t samples = 0;
    (void)state;
    rp_tree_make(&tree);
    for (uint64_t turn = 1; turn <= 3; turn++) {
        play_into(&play, story_named("trap"), tree.root, 20);
        samples += play.number;
        rp_expect_u64("serial", play.ring->state.serial, turn);
        rp_play_close(&play);
    }
    reread_all(tree.root, &reread);
    rp_expect_u64("starts", reread.replayer.starts, 3);
    rp_expect_u64("samples", reread.replayer.samples, samples);
    reread_drop(&reread);
    rp_tree_drop(&tree);
}

static void somebody_else_writes_there(void **state)
{
    struct rp_scribe scribe;
    struct rp_tree tree;
    (void)state;
    record_begin(&play, "trap", &tree, &scribe);
    const int other = rp_segments_open(tree.root);
    assert_true(other >= 0);
    rp_play_look(&play);
    rp_expect_i64("locked", rp_scribe_run(&scribe, soon()), -EBUSY);
    rp_expect_i64("locked", play.ring->state.error, -EBUSY);
    close(other);
    rp_expect_i64("free", rp_scribe_run(&scribe, soon()), 0);
    rp_expect_i64("free", play.ring->state.error, 0);
    assert_int_equal(chmod(tree.root, 0777), 0);
    rp_expect_i64("open to all", rp_scribe_run(&scribe, soon()), -EPERM);
    record_end(&play, &tree, &scribe);
}

/* rm while it records: what is gone is gone, and the recording goes on. */
static void files_are_removed_under_way(void **state)
{
    struct rp_scribe scribe;
    struct rp_tree tree;
    struct reread reread;
    char name[RP_SEGMENT_NAME_MAX];
    (void)state;
    record_begin(&play, "trap", &tree, &scribe);
    for (uint32_t i = 0; i < 40 && rp_play_wait(&play); i++)
        rp_play_look(&play);
    assert_int_equal(rp_scribe_run(&scribe, soon()), 0);
    for (uint32_t slot = 0; slot < scribe.layout.slots; slot++) {
        rp_segments_name(slot, name);
        rp_tree_remove(&tree, name);
    }
    play_on(&play, &scribe, 9);
    reread_all(tree.root, &reread);
    assert_true(reread.replayer.samples > 30 && reread.replayer.keyframes > 0);
    assert_true(reread.replayer.samples - reread.replayer.unreplayed > 30);
    reread_drop(&reread);
    record_end(&play, &tree, &scribe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_story_is_replayed_to_the_same_decisions),
        cmocka_unit_test(the_ring_of_files_goes_round),
        cmocka_unit_test(a_gap_is_said_and_bridged),
        cmocka_unit_test(a_guard_dies_and_nothing_of_it_is_lost),
        cmocka_unit_test(a_new_start_goes_on_behind_the_old_one),
        cmocka_unit_test(somebody_else_writes_there),
        cmocka_unit_test(files_are_removed_under_way),
    };
    return RP_RUN(tests);
}
