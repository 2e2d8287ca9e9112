// SPDX-License-Identifier: Apache-2.0
/*
 * Makes the recordings that the golden tests replay: play DIRECTORY writes NAME.rprec for every story of harness/play.c, the
 * same bytes on every machine.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "harness/play.h"
#include "node/act/clock.h"
#include "node/record/segments.h"

#define SIZE       (UINT64_C(8) << 20)
#define LOOKS      10 /* between two jobs of the scribe */
#define POLICY_AT  60 /* the policy is changed once */
#define PATH_BYTES 400

/* The segment's file without the room behind its end. */
static int keep(const char *scratch, uint64_t serial, uint64_t bytes, const char *to)
{
    char name[RP_SEGMENT_NAME_MAX], path[PATH_BYTES];
    rp_segments_name((uint32_t)(serial % rp_segments_layout(SIZE).slots), name);
    (void)snprintf(path, sizeof(path), "%s/%s", scratch, name);
    RP_CLEANUP_FD int in = open(path, O_RDONLY | O_CLOEXEC);
    RP_CLEANUP_FD int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    RP_CLEANUP_FREE unsigned char *copy = malloc(bytes);
    if (in < 0 || out < 0 || !copy || pread(in, copy, bytes, 0) != (ssize_t)bytes)
        return -1;
    return rp_write_all(out, copy, bytes);
}

static void remove_scratch(const char *scratch)
{
    char name[RP_SEGMENT_NAME_MAX], path[PATH_BYTES];
    for (uint32_t slot = 0; slot < RP_SEGMENTS_MAX; slot++) {
        rp_segments_name(slot, name);
        (void)snprintf(path, sizeof(path), "%s/%s", scratch, name);
        (void)unlink(path);
    }
    (void)rmdir(scratch);
}

static int play_story(const struct rp_play_story *story, const char *directory)
{
    static struct rp_play play;
    struct rp_scribe scribe;
    char scratch[PATH_BYTES / 2], to[PATH_BYTES];
    int rc = 0;
    (void)snprintf(scratch, sizeof(scratch), "%.150s/.scratch-XXXXXX", directory);
    (void)snprintf(to, sizeof(to), "%.150s/%s.rprec", directory, story->name);
    if (!mkdtemp(scratch))
        return -1;
    rp_play_open(&play, story);
    rp_play_scribe(&play, scratch, SIZE, &scribe);
    scribe.keyframe_ns = RP_NS_FOREVER; /* none: they fit only one layout of the arena */
    do {
        rp_play_look(&play);
        if (play.number == POLICY_AT) {
            play.policy.act_permille = 600;
            rp_play_set_policy(&play);
        }
        if (play.number % LOOKS == 0)
            rc = rp_scribe_run(&scribe, rp_clock_ns() + 60 * RP_NS_PER_S);
    } while (rc == 0 && rp_play_wait(&play));
    if (rc == 0)
        rc = rp_scribe_run(&scribe, rp_clock_ns() + 60 * RP_NS_PER_S);
    if (rc == 0)
        rc = keep(scratch, play.ring->state.serial, play.ring->state.offset, to);
    printf("%s: %llu samples, %llu actions, %llu bytes\n", story->name, (unsigned long long)play.number,
           (unsigned long long)play.planned, (unsigned long long)play.ring->state.offset);
    rp_scribe_deinit(&scribe);
    rp_play_close(&play);
    remove_scratch(scratch);
    return rc;
}

int main(int argc, char **argv)
{
    int rc = argc == 2 ? 0 : -1;
    if (rc != 0)
        fputs("usage: play DIRECTORY\n", stderr);
    for (uint32_t i = 0; rc == 0 && i < rp_play_stories_n; i++)
        rc = play_story(&rp_play_stories[i], argv[1]);
    return rc == 0 ? 0 : 1;
}
