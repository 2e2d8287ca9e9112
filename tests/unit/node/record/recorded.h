// SPDX-License-Identifier: Apache-2.0
/* Stories of harness/play.h on disk, and what a replay makes of them. */
#ifndef RP_TEST_RECORDED_H
#define RP_TEST_RECORDED_H

#include <stdio.h>
#include <stdlib.h>

#include "harness/play.h"
#include "harness/tree.h"
#include "node/act/clock.h"
#include "node/record/replayer.h"

#define RECORDED_SIZE (UINT64_C(8) << 20)

static inline rp_ns soon(void)
{
    return rp_clock_ns() + 60 * RP_NS_PER_S;
}

static inline const struct rp_play_story *story_named(const char *name)
{
    for (uint32_t i = 0; i < rp_play_stories_n; i++)
        if (strcmp(rp_play_stories[i].name, name) == 0)
            return &rp_play_stories[i];
    fail_msg("no story %s", name);
    return NULL;
}

/* To the end of the story; a job for the scribe after every `looks`. */
static inline void play_on(struct rp_play *play, struct rp_scribe *scribe, uint32_t looks)
{
    do {
        rp_play_look(play);
        if (play->number % looks == 0)
            assert_int_equal(rp_scribe_run(scribe, soon()), 0);
    } while (rp_play_wait(play));
    assert_int_equal(rp_scribe_run(scribe, soon()), 0);
}

static inline void play_into(struct rp_play *play, const struct rp_play_story *story, const char *directory,
                             uint32_t looks)
{
    struct rp_scribe scribe;
    rp_play_open(play, story);
    rp_play_scribe(play, directory, RECORDED_SIZE, &scribe);
    play_on(play, &scribe, looks);
    rp_scribe_deinit(&scribe);
}

struct reread {
    struct rp_replayer replayer;
    uint64_t frames, damages;
};

/* 0, or why it could not be opened. What is replayed must be what was decided, whatever is missing. */
static inline int reread_try(const char *path, const struct rp_what_if *what_if, struct reread *reread)
{
    struct rp_recording *recording = NULL;
    struct rp_complaint why;
    struct rp_entry entry;
    struct rp_replayed replayed;
    *reread = (struct reread){0};
    rp_replayer_init(&reread->replayer, what_if);
    int rc = rp_recording_open(path, &recording, &why);
    if (rc != 0)
        return rc;
    while ((rc = rp_recording_next(recording, &entry)) == 1) {
        reread->frames += entry.kind == RP_ENTRY_FRAME;
        reread->damages += entry.kind == RP_ENTRY_DAMAGE;
        assert_int_equal(rp_replayer_take(&reread->replayer, &entry, &replayed), 0);
    }
    assert_int_equal(rc, 0);
    rp_recording_close(&recording);
    rp_expect_u64("plans differ", reread->replayer.plans_differ, 0);
    rp_expect_u64("states differ", reread->replayer.states_differ, 0);
    return 0;
}

static inline void reread_all(const char *path, struct reread *reread)
{
    assert_int_equal(reread_try(path, NULL, reread), 0);
}

static inline void reread_drop(struct reread *reread)
{
    rp_replayer_deinit(&reread->replayer);
}

/* A story and a scribe for it, in a directory of its own; and what ends all three. */
static inline void record_begin(struct rp_play *play, const char *story, struct rp_tree *tree, struct rp_scribe *scribe)
{
    rp_tree_make(tree);
    rp_play_open(play, story_named(story));
    rp_play_scribe(play, tree->root, RECORDED_SIZE, scribe);
}

static inline void record_end(struct rp_play *play, struct rp_tree *tree, struct rp_scribe *scribe)
{
    rp_scribe_deinit(scribe);
    rp_play_close(play);
    rp_tree_drop(tree);
}

#endif
