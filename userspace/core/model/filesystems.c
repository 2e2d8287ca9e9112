// SPDX-License-Identifier: Apache-2.0
#include "core/model/filesystems.h"

#include "base/num.h"
#include "core/kubelet/threshold.h"
#include "core/model/activity.h"
#include "core/model/levels.h"
#include "core/model/points.h"
#include "core/model/slope.h"

#include <string.h>

#define EXPLAINED_NS (60 * RP_NS_PER_S) /* long against the second by which the two numbers' times may differ */
#define FALL_NS      (60 * RP_NS_PER_S)
#define FALL_POINTS  4u /* looked at rarely, the window reaches back to the fourth newest */

/* Disks fill over minutes and hours. */
static const struct rp_points_rule rule = {
    .capacity = RP_HISTORY_MAX, .fineness = 10, .age_max_ns = 3600 * RP_NS_PER_S};

uint32_t rp_fs_find(const struct rp_arena *arena, uint64_t dev)
{
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
        if (arena->fs[i].now.roles && arena->fs[i].now.dev == dev)
            return i;
    return RP_INDEX_NONE;
}

/* ---- places */

/* Each role is played once: who comes with it takes it from whoever had it. Without roles a file system is none of ours. */
static void take_roles(struct rp_arena *arena, const struct rp_fs_reading *reading)
{
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
        if (arena->fs[i].now.dev != reading->dev)
            arena->fs[i].now.roles &= ~reading->roles;
}

/* There are as many roles as places, and each file system that is here has one; so there is a free place for a new one. */
static uint32_t place_for(struct rp_arena *arena, uint64_t dev)
{
    const uint32_t known = rp_fs_find(arena, dev);
    for (uint32_t i = 0; known == RP_INDEX_NONE && i < RP_FILESYSTEMS_MAX; i++) {
        if (arena->fs[i].now.roles)
            continue;
        memset(&arena->fs[i], 0, sizeof(arena->fs[i]));
        rp_activity_forget_fs(arena, i);
        return i;
    }
    return known;
}

/* ---- levels */

static void add_point(struct rp_history *history, rp_ns t_ns, int64_t value)
{
    if (rp_points_add(history->points, &history->n, (struct rp_point){t_ns, value}, &rule))
        history->at = history->n - 1;
}

static int64_t fall_of(const struct rp_history *level)
{
    const rp_ns now = level->points[level->n - 1].t_ns;
    const rp_ns fourth_ns = level->points[level->n < FALL_POINTS ? 0 : level->n - FALL_POINTS].t_ns;
    const rp_ns from_ns = rp_min_u64(rp_sub_sat_u64(now, FALL_NS), fourth_ns);
    struct rp_point chosen[RP_SLOPE_POINTS];
    struct rp_slopes slopes;
    rp_slopes_make(chosen, rp_slope_choose(level->points, level->n, from_ns, now, chosen), 2, &slopes);
    return rp_sub_sat_i64(0, rp_slopes_at(&slopes, 1, 2));
}

/* The newest point that is a minute old, else the oldest. */
static uint32_t a_minute_ago(const struct rp_history *level)
{
    const rp_ns then = rp_sub_sat_u64(level->points[level->n - 1].t_ns, EXPLAINED_NS);
    uint32_t i = 0;
    while (i + 1 < level->n && level->points[i + 1].t_ns <= then)
        i++;
    return i;
}

static void take_level(struct rp_room *room, rp_ns t_ns, uint64_t available)
{
    add_point(&room->level, t_ns, rp_i64_of_u64(available));
    add_point(&room->growth_then, t_ns, room->growth.total); /* thinned out alike, so the two stay side by side */
    const struct rp_history *level = &room->level, *growth = &room->growth_then;
    const uint32_t then = a_minute_ago(level), now = level->n - 1;
    room->fall_per_s = fall_of(level);
    room->fell = rp_sub_sat_i64(level->points[then].value, level->points[now].value);
    room->explained = rp_sub_sat_i64(growth->points[now].value, growth->points[then].value);
}

static void take(struct rp_arena *arena, const struct rp_fs_reading *reading)
{
    const uint32_t known = rp_fs_find(arena, reading->dev);
    if (!(reading->roles & RP_FS_ANY) || (known != RP_INDEX_NONE && reading->t_ns <= arena->fs[known].now.t_ns))
        return;
    take_roles(arena, reading);
    rp_levels_forget_roles(arena, reading->roles & (known == RP_INDEX_NONE ? RP_FS_ANY : ~arena->fs[known].now.roles));
    struct rp_fs *fs = &arena->fs[place_for(arena, reading->dev)];
    fs->before = fs->now;
    fs->now = *reading;
    fs->now.roles &= RP_FS_ANY;
    take_level(&fs->bytes, reading->t_ns, reading->available_bytes);
    if (reading->inodes)
        take_level(&fs->inodes, reading->t_ns, reading->inodes_free);
}

void rp_filesystems_step(struct rp_arena *arena, const struct rp_sample *sample)
{
    for (uint32_t i = 0; i < sample->filesystems_n; i++)
        take(arena, &sample->filesystems[i]);
}

/* ---- thresholds */

bool rp_fs_threshold(const struct rp_arena *arena, const struct rp_fs *fs, bool inodes, int64_t *ret)
{
    const struct {
        uint32_t roles;
        enum rp_signal signal;
    } rows[] = {
        {RP_FS_NODEFS, inodes ? RP_SIGNAL_NODEFS_INODES : RP_SIGNAL_NODEFS},
        {RP_FS_IMAGEFS, inodes ? RP_SIGNAL_IMAGEFS_INODES : RP_SIGNAL_IMAGEFS},
        {RP_FS_CONTAINERFS, inodes ? RP_SIGNAL_CONTAINERFS_INODES : RP_SIGNAL_CONTAINERFS},
    };
    const int64_t capacity = rp_i64_of_u64(inodes ? fs->now.inodes : fs->now.capacity_bytes);
    bool found = false;
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t threshold = 0;
        if (!(fs->now.roles & rows[i].roles) ||
            !rp_kubelet_hard_threshold(&arena->kubelet.effective, rows[i].signal, capacity, &threshold))
            continue;
        *ret = found ? rp_max_i64(*ret, threshold) : threshold;
        found = true;
    }
    return found;
}
