// SPDX-License-Identifier: Apache-2.0
/*
 * What recording costs: a node of 110 pods with two cgroups each, an hour of calm and then an hour of a slow leak among
 * them, in samples as the guard takes them. Prints bytes on disk and the CPU time of the hand that writes; under
 * `valgrind --tool=callgrind` the inclusive costs of rp_ring_push and rp_decision_digest are what the guard pays for it, and
 * that of rp_core_step is the rest of the core's round. record DIRECTORY [SECONDS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "harness/harness.h"
#include "harness/play.h"
#include "node/act/clock.h"

#define SIZE       (UINT64_C(64) << 20)
#define CALM_LOOKS 15 /* half a minute */
#define FAST_LOOKS 2  /* a second */

static const struct rp_play_pod leak[] = {
    {.name = "assembly", .usage_mib = 900, .request_mib = 1200, .value = 900, .protect = true},
    {.name = "leaky",
     .usage_mib = 300,
     .request_mib = 256,
     .rate_kib_per_s = 300,
     .from_s = 0,
     .to_s = 86400,
     .value = 10},
};

static double cpu_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void run(const struct rp_play_story *story, const char *directory)
{
    static struct rp_play play;
    struct rp_scribe scribe;
    double hand_ms = 0;
    uint64_t pressed = 0;
    rp_play_open(&play, story);
    rp_play_scribe(&play, directory, SIZE, &scribe);
    scribe.keyframe_ns = RP_KEYFRAME_NS;
    do {
        rp_play_look(&play);
        const bool calm = play.arena->ladder.phase == RP_PHASE_CALM;
        pressed += !calm;
        /* As the guard orders it: in turns, and when the ring is half full. */
        if (play.number % (calm ? CALM_LOOKS : FAST_LOOKS) != 0 && rp_ring_used(play.ring) < play.ring->bytes / 2)
            continue;
        const double before = cpu_ms();
        if (rp_scribe_run(&scribe, rp_clock_ns() + 60 * RP_NS_PER_S) != 0)
            fputs("cannot write\n", stderr);
        hand_ms += cpu_ms() - before;
    } while (rp_play_wait(&play));
    const struct rp_scribe_state *state = &play.ring->state;
    const double hours = story->seconds / 3600.0;
    printf("%-9s %u pods, %llu samples (%llu under pressure): %.2f MiB per hour, %.0f bytes per sample, %llu "
           "keyframes, %llu dropped; "
           "hand %.0f ms of CPU per hour\n",
           story->name, play.pods_n, (unsigned long long)play.number, (unsigned long long)pressed,
           (double)state->bytes / 1048576.0 / hours, (double)state->bytes / (double)play.number,
           (unsigned long long)state->keyframes, (unsigned long long)play.ring->dropped, hand_ms / hours);
    rp_scribe_deinit(&scribe);
    rp_play_close(&play);
}

int main(int argc, char **argv)
{
    uint64_t seconds = 3600;
    if (argc < 2 || argc > 3 || (argc == 3 && rp_parse_u64(argv[2], strlen(argv[2]), &seconds) != 0)) {
        fputs("usage: record DIRECTORY [SECONDS]\n", stderr);
        return 2;
    }
    const struct rp_play_story calm = {.name = "calm", .seconds = (uint32_t)seconds, .quiet = 110, .node_mib = 32768};
    const struct rp_play_story incident = {.name = "incident",
                                           .seconds = (uint32_t)seconds,
                                           .quiet = 108,
                                           .pods = leak,
                                           .pods_n = RP_ROWS(leak),
                                           .node_mib = 4500};
    run(&calm, argv[1]);
    run(&incident, argv[1]);
    return 0;
}
