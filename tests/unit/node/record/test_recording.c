// SPDX-License-Identifier: Apache-2.0
/* From the guard's ring to a reader and back: what the core consumed comes out again, and leads to the same decisions. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/harness.h"
#include "harness/play.h"
#include "harness/tree.h"
#include "node/act/clock.h"
#include "node/record/digest.h"
#include "node/record/recording.h"

#define SIZE (UINT64_C(8) << 20)

static rp_ns soon(void)
{
    return rp_clock_ns() + 60 * RP_NS_PER_S;
}

/* Play a story into a directory; a job for the scribe after every `looks`. */
static void play_into(const struct rp_play_story *story, const char *directory, uint32_t looks, struct rp_play *play)
{
    struct rp_scribe scribe;
    rp_play_open(play, story);
    rp_play_scribe(play, directory, SIZE, &scribe);
    uint32_t n = 0;
    do {
        rp_play_look(play);
        if (++n % looks == 0)
            assert_int_equal(rp_scribe_run(&scribe, soon()), 0);
    } while (rp_play_wait(play));
    assert_int_equal(rp_scribe_run(&scribe, soon()), 0);
    rp_scribe_deinit(&scribe);
}

/* ---- a replay, as small as it can be */

struct replay {
    struct rp_arena *arena;
    uint64_t inputs; /* taken in since the arena was made */
    uint64_t frames, keyframes, damages, gaps, mismatches;
    bool valid;
};

static void begin(struct replay *replay, const struct rp_frame *frame)
{
    const size_t bytes = rp_arena_size(frame->policy);
    free(replay->arena);
    replay->arena = calloc(1, bytes);
    assert_int_equal(rp_arena_init(replay->arena, bytes, frame->policy), 0);
    replay->arena->agent.bpf = frame->start->bpf;
    memcpy(replay->arena->agent.self_path, frame->start->self_path, sizeof(frame->start->self_path));
    assert_int_equal(replay->arena->inputs, frame->input);
    replay->valid = true;
}

static void step(struct replay *replay, const struct rp_frame *frame)
{
    struct rp_plan plan;
    replay->frames++;
    if (frame->kind == RP_FRAME_START) {
        begin(replay, frame);
        return;
    }
    if (replay->valid && frame->input != replay->arena->inputs + 1) {
        replay->valid = false;
        replay->gaps++;
    }
    if (!replay->valid)
        return;
    if (frame->kind == RP_FRAME_POLICY) {
        rp_model_set_policy(replay->arena, frame->policy);
        return;
    }
    rp_core_step(replay->arena, frame->sample, &plan);
    const bool same = plan.actions_n == frame->plan->actions_n && plan.dropped == frame->plan->dropped &&
                      memcmp(plan.actions, frame->plan->actions, plan.actions_n * sizeof(plan.actions[0])) == 0;
    replay->mismatches += !same || frame->digest != rp_decision_digest(replay->arena);
}

static void jump(struct replay *replay, const struct rp_arena *arena)
{
    replay->keyframes++;
    if (replay->valid && replay->arena->inputs == arena->inputs) {
        /* The state that was reached here is the one that was there. */
        assert_memory_equal(&replay->arena->node, &arena->node, sizeof(arena->node));
        assert_memory_equal(replay->arena->forecasts, arena->forecasts, sizeof(arena->forecasts));
    }
    free(replay->arena);
    replay->arena = malloc(arena->total_bytes);
    memcpy(replay->arena, arena, arena->total_bytes);
    replay->valid = true;
}

static void replay_all(const char *path, struct replay *replay)
{
    struct rp_recording *recording = NULL;
    struct rp_complaint why;
    struct rp_entry entry;
    int rc;
    memset(replay, 0, sizeof(*replay));
    rc = rp_recording_open(path, &recording, &why);
    if (rc != 0)
        print_message("%s\n", why.text);
    assert_int_equal(rc, 0);
    while ((rc = rp_recording_next(recording, &entry)) == 1) {
        if (entry.kind == RP_ENTRY_FRAME)
            step(replay, &entry.frame);
        else if (entry.kind == RP_ENTRY_KEYFRAME)
            jump(replay, entry.arena);
        else
            replay->damages++;
    }
    assert_int_equal(rc, 0);
    rp_recording_close(&recording);
}

static void a_story_is_replayed_to_the_same_decisions(void **state)
{
    (void)state;
    static struct rp_play play;
    static const uint32_t looks[] = {1, 7, 40};
    for (uint32_t i = 0; i < rp_play_stories_n * RP_ROWS(looks); i++) {
        struct rp_tree tree;
        struct replay replay;
        const struct rp_play_story *story = &rp_play_stories[i / RP_ROWS(looks)];
        rp_tree_make(&tree);
        play_into(story, tree.root, looks[i % RP_ROWS(looks)], &play);
        replay_all(tree.root, &replay);
        rp_expect_u64(story->name, replay.frames, play.number + 1);
        rp_expect_u64(story->name, replay.damages, 0);
        rp_expect_u64(story->name, replay.gaps, 0);
        rp_expect_u64(story->name, replay.mismatches, 0);
        rp_expect_u64(story->name, replay.arena->inputs, play.arena->inputs);
        assert_memory_equal(&replay.arena->ladder, &play.arena->ladder, sizeof(play.arena->ladder));
        print_message("%s: %llu looks, %llu actions, %llu bytes\n", story->name, (unsigned long long)play.number,
                      (unsigned long long)play.planned, (unsigned long long)play.ring->state.bytes);
        free(replay.arena);
        rp_play_close(&play);
        rp_tree_drop(&tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_story_is_replayed_to_the_same_decisions),
    };
    return RP_RUN(tests);
}
