// SPDX-License-Identifier: Apache-2.0
/*
 * The series of a recording, for tests/score: `extract RECORDING` prints, for each danger that has a threshold, what the
 * model made of each new reading.
 *
 *   danger memory.available 501923840 157286400 812     word, capacity, threshold, readings; then that many times:
 *   15204000311 402653184 0                             time ns, available, us that some task was stalled for memory so far
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/record/recording.h"

#define READINGS_MAX 100000

struct reading {
    rp_ns t_ns;
    int64_t available;
    uint64_t stalled_us;
};

struct series {
    int64_t capacity, threshold;
    struct reading *readings;
    size_t n;
};

static int begin(const struct rp_policy *policy, struct rp_arena **arena)
{
    const size_t bytes = rp_arena_size(policy);
    free(*arena);
    *arena = calloc(1, bytes);
    return *arena ? rp_arena_init(*arena, bytes, policy) : -ENOMEM;
}

static int add(struct series *series, const struct rp_forecast *f, uint64_t stalled_us)
{
    if (f->missing & (RP_MISSING_READING | RP_MISSING_THRESHOLD | RP_MISSING_FRESH) || f->threshold <= 0)
        return 0;
    if (series->n > 0 && series->readings[series->n - 1].t_ns == f->t_ns)
        return 0;
    if (!series->readings)
        series->readings = calloc(READINGS_MAX, sizeof(*series->readings));
    if (!series->readings || series->n == READINGS_MAX)
        return -ENOMEM;
    series->capacity = f->capacity;
    series->threshold = f->threshold;
    series->readings[series->n++] = (struct reading){f->t_ns, f->available, stalled_us};
    return 0;
}

static int take(struct rp_arena **arena, struct series *all, const struct rp_frame *frame)
{
    if (frame->kind == RP_FRAME_START)
        return begin(frame->policy, arena);
    if (!*arena)
        return -EBADMSG;
    if (frame->kind == RP_FRAME_POLICY)
        rp_model_set_policy(*arena, frame->policy);
    if (frame->kind != RP_FRAME_SAMPLE)
        return 0;
    rp_model_step(*arena, frame->sample);
    rp_forecast_step(*arena);
    int rc = 0;
    for (unsigned danger = 0; rc == 0 && danger < RP_DANGER_MAX; danger++)
        rc = add(&all[danger], &(*arena)->forecasts[danger], (*arena)->node.now.psi_some_us);
    return rc;
}

static int read_all(struct rp_recording *recording, struct series *all)
{
    struct rp_arena *arena = NULL;
    struct rp_entry entry;
    int rc, failed = 0;
    while (failed == 0 && (rc = rp_recording_next(recording, &entry)) == 1) {
        if (entry.kind == RP_ENTRY_FRAME)
            failed = take(&arena, all, &entry.frame);
        else if (entry.kind == RP_ENTRY_DAMAGE) {
            fprintf(stderr, "extract: %s at %llu: %s\n", entry.file, (unsigned long long)entry.offset, entry.text);
            failed = -EBADMSG;
        }
    }
    free(arena);
    return failed != 0 ? failed : rc;
}

static void show(const struct series *all)
{
    for (unsigned danger = 0; danger < RP_DANGER_MAX; danger++) {
        const struct series *series = &all[danger];
        if (series->n == 0)
            continue;
        printf("danger %s %lld %lld %zu\n", rp_danger_info(danger)->word, (long long)series->capacity,
               (long long)series->threshold, series->n);
        for (size_t i = 0; i < series->n; i++)
            printf("%llu %lld %llu\n", (unsigned long long)series->readings[i].t_ns,
                   (long long)series->readings[i].available, (unsigned long long)series->readings[i].stalled_us);
    }
}

int main(int argc, char **argv)
{
    static struct series all[RP_DANGER_MAX];
    struct rp_recording *recording = NULL;
    struct rp_complaint why = {0};
    if (argc != 2) {
        fputs("usage: extract RECORDING\n", stderr);
        return 2;
    }
    if (rp_recording_open(argv[1], &recording, &why) != 0) {
        fprintf(stderr, "extract: %s\n", why.text);
        return 1;
    }
    struct rp_recording_info info;
    rp_recording_info(recording, &info);
    const int rc = read_all(recording, all);
    rp_recording_close(&recording);
    if (rc == 0 && info.lost == 0)
        show(all);
    else
        fprintf(stderr, "extract: %s; %llu inputs lost\n", rc == 0 ? "cut short" : strerror(-rc),
                (unsigned long long)info.lost);
    for (unsigned danger = 0; danger < RP_DANGER_MAX; danger++)
        free(all[danger].readings);
    return rc == 0 && info.lost == 0 && fflush(stdout) == 0 ? 0 : 1;
}
