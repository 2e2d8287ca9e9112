// SPDX-License-Identifier: Apache-2.0
/*
 * The forecast as the guard makes it, for series that somebody else made: model and forecast step by step, a line of
 * numbers for each reading. Words of 64 bits in, words of 64 bits out, because there are millions.
 *
 *   in    capacity, threshold, n; then n times: time ns, available bytes, stalled us so far
 *   out   n times: state, missing, early ns, median ns, late ns, permille within 10 s, 60 s, 5 min   (-1 ns: never)
 *
 * and again until the input ends.
 */
#include <stdio.h>
#include <stdlib.h>

#include "reprieve/model.h"

#define POINTS_MAX (1 << 20)

struct reading {
    int64_t t_ns, available_bytes, stalled_us;
};

struct head {
    int64_t capacity_bytes, threshold_bytes, n;
};

static struct rp_arena *open_arena(const struct head *head)
{
    static struct rp_policy policy;
    rp_policy_init(&policy);
    policy.cgroups_max = 16;
    policy.pods_max = 2;
    policy.kubelet.from_defaults = false;
    policy.kubelet.thresholds_n = 1;
    policy.kubelet.thresholds[0] =
        (struct rp_threshold){.signal = RP_SIGNAL_MEMORY, .quantity_floor = head->threshold_bytes};
    const size_t bytes = rp_arena_size(&policy);
    struct rp_arena *arena = calloc(1, bytes);
    if (arena && rp_arena_init(arena, bytes, &policy) == 0)
        return arena;
    free(arena);
    return NULL;
}

static void step(struct rp_arena *arena, const struct head *head, const struct reading *reading)
{
    struct rp_sample sample = {.number = arena->sample_number + 1, .t_ns = (rp_ns)reading->t_ns};
    sample.node = (struct rp_node_reading){
        .t_ns = (rp_ns)reading->t_ns,
        .known = RP_NODE_MEM_TOTAL | RP_NODE_ROOT_STAT | RP_NODE_PSI,
        .mem_total_bytes = (uint64_t)head->capacity_bytes,
        .anon_bytes = (uint64_t)(head->capacity_bytes - reading->available_bytes),
        .psi_some_us = (uint64_t)reading->stalled_us,
    };
    rp_model_step(arena, &sample);
    rp_forecast_step(arena);
}

static bool answer(const struct rp_forecast *f)
{
    const int64_t words[] = {f->state,
                             f->missing,
                             (int64_t)f->early_ns,
                             (int64_t)f->median_ns,
                             (int64_t)f->late_ns,
                             f->within_10s_permille,
                             f->within_60s_permille,
                             f->within_5min_permille};
    return fwrite(words, sizeof(words), 1, stdout) == 1;
}

static bool one_series(const struct head *head)
{
    struct rp_arena *arena = open_arena(head);
    bool good = arena != NULL;
    for (int64_t i = 0; good && i < head->n; i++) {
        struct reading reading;
        good = fread(&reading, sizeof(reading), 1, stdin) == 1 && reading.available_bytes >= 0 &&
               reading.available_bytes <= head->capacity_bytes;
        if (!good)
            break;
        step(arena, head, &reading);
        good = answer(&arena->forecasts[RP_DANGER_KUBELET_MEMORY]);
    }
    free(arena);
    return good;
}

int main(void)
{
    struct head head;
    while (fread(&head, sizeof(head), 1, stdin) == 1) {
        if (head.n < 0 || head.n > POINTS_MAX || head.capacity_bytes <= 0 || !one_series(&head)) {
            fputs("foresee: the input is cut off or out of range, or there is no memory\n", stderr);
            return 1;
        }
    }
    return ferror(stdin) || fflush(stdout) != 0;
}
