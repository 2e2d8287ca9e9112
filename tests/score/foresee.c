// SPDX-License-Identifier: Apache-2.0
/*
 * The forecast as the guard makes it, for series that somebody else made: model and forecast step by step, a line of
 * numbers for each reading. Words of 64 bits in, words of 64 bits out, because there are millions.
 *
 *   in    danger (by its place in dangers[]), capacity, threshold, n; then n times: time ns, available, stalled us so far
 *   out   n times: state, missing, early ns, median ns, late ns, permille within 10 s, 60 s, 5 min   (-1 ns: never)
 *
 * and again until the input ends.
 */
#include <stdio.h>
#include <stdlib.h>

#include "reprieve/model.h"

#define POINTS_MAX (1 << 20)
#define DISK_DEV   0x800001

/* What a series may be of; lib/series.py has the same list. */
static const enum rp_danger dangers[] = {RP_DANGER_KUBELET_MEMORY, RP_DANGER_KUBELET_NODEFS,
                                         RP_DANGER_KUBELET_NODEFS_INODES, RP_DANGER_KUBELET_PIDS};

struct reading {
    int64_t t_ns, available, stalled_us;
};

struct head {
    int64_t danger, capacity, threshold, n;
};

static struct rp_arena *open_arena(const struct head *head)
{
    static struct rp_policy policy;
    rp_policy_init(&policy);
    policy.cgroups_max = 16;
    policy.pods_max = 2;
    policy.kubelet.from_defaults = false;
    policy.kubelet.thresholds_n = 1;
    policy.kubelet.thresholds[0] = (struct rp_threshold){.signal = rp_danger_info(dangers[head->danger])->signal,
                                                         .quantity_floor = head->threshold};
    const size_t bytes = rp_arena_size(&policy);
    struct rp_arena *arena = calloc(1, bytes);
    if (arena && rp_arena_init(arena, bytes, &policy) == 0)
        return arena;
    free(arena);
    return NULL;
}

static void step(struct rp_arena *arena, const struct head *head, const struct reading *reading)
{
    const rp_ns t_ns = (rp_ns)reading->t_ns;
    const uint64_t capacity = (uint64_t)head->capacity, available = (uint64_t)reading->available;
    const enum rp_danger danger = dangers[head->danger];
    struct rp_sample sample = {.number = arena->sample_number + 1, .t_ns = t_ns};
    struct rp_fs_reading disk = {.dev = DISK_DEV, .roles = RP_FS_NODEFS, .t_ns = t_ns};
    sample.node =
        (struct rp_node_reading){.t_ns = t_ns, .known = RP_NODE_PSI, .psi_some_us = (uint64_t)reading->stalled_us};
    if (danger == RP_DANGER_KUBELET_MEMORY) {
        sample.node.known |= RP_NODE_MEM_TOTAL | RP_NODE_ROOT_STAT;
        sample.node.mem_total_bytes = capacity;
        sample.node.anon_bytes = capacity - available;
    } else if (danger == RP_DANGER_KUBELET_PIDS) {
        sample.node.known |= RP_NODE_TASKS;
        sample.node.tasks_max = capacity;
        sample.node.tasks = capacity - available;
    } else {
        sample.filesystems = &disk;
        sample.filesystems_n = 1;
        disk.capacity_bytes = disk.inodes = capacity;
        disk.available_bytes = disk.inodes_free = available;
    }
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
        good = fread(&reading, sizeof(reading), 1, stdin) == 1 && reading.available >= 0 &&
               reading.available <= head->capacity;
        if (!good)
            break;
        step(arena, head, &reading);
        good = answer(&arena->forecasts[dangers[head->danger]]);
    }
    free(arena);
    return good;
}

int main(void)
{
    struct head head;
    while (fread(&head, sizeof(head), 1, stdin) == 1) {
        const bool sound = head.danger >= 0 && head.danger < (int64_t)(sizeof(dangers) / sizeof(dangers[0])) &&
                           head.n >= 0 && head.n <= POINTS_MAX && head.capacity > 0;
        if (!sound || !one_series(&head)) {
            fputs("foresee: the input is cut off or out of range, or there is no memory\n", stderr);
            return 1;
        }
    }
    return ferror(stdin) || fflush(stdout) != 0;
}
