// SPDX-License-Identifier: Apache-2.0
/* What checkpoints of a workload take, from one of its pods to the next, and over our own restarts. */
#include <string.h>

#include "base/line.h"
#include "core/decide/decide.h"
#include "core/model/table.h"

/* False: nothing is known of the pod by which its successor would be known again. */
static bool name_of(const struct rp_pod *pod, char dst[RP_HABIT_NAME_MAX])
{
    struct rp_line line;
    rp_line_init(&line, dst, RP_HABIT_NAME_MAX);
    if (!pod->from_rule) {
        rp_line_add(&line, pod->namespace_);
        rp_line_add(&line, "/");
    }
    rp_line_add(&line, pod->name);
    return (pod->from_rule || pod->has_facts) && pod->name[0] != '\0' && !line.cut;
}

static struct rp_habit *find(struct rp_arena *arena, const char *name)
{
    for (uint32_t i = 0; i < RP_HABITS_MAX; i++)
        if (strncmp(arena->habits[i].name, name, RP_HABIT_NAME_MAX) == 0)
            return &arena->habits[i];
    return NULL;
}

/* Its place: the one that it has, a free one, or that of who has learned nothing for longest. */
static struct rp_habit *place_for(struct rp_arena *arena, const char *name)
{
    struct rp_habit *place = find(arena, name);
    if (place)
        return place;
    place = &arena->habits[0];
    for (uint32_t i = 1; i < RP_HABITS_MAX && place->name[0] != '\0'; i++)
        if (arena->habits[i].name[0] == '\0' || arena->habits[i].learned < place->learned)
            place = &arena->habits[i];
    return place;
}

void rp_habits_take(struct rp_arena *arena, const struct rp_sample *sample)
{
    for (uint32_t i = 0; i < sample->habits_n; i++) {
        const struct rp_habit *habit = &sample->habits[i];
        if (habit->name[0] == '\0')
            continue;
        *place_for(arena, habit->name) = *habit;
        if (habit->learned > arena->habits_learned)
            arena->habits_learned = habit->learned;
    }
}

void rp_habit_learn(struct rp_arena *arena, const struct rp_pod *pod)
{
    struct rp_habit habit = {.durations_n = pod->checkpoint.durations_n, .bytes = pod->checkpoint.bytes};
    if (!name_of(pod, habit.name))
        return;
    memcpy(habit.durations_ns, pod->checkpoint.durations_ns, sizeof(habit.durations_ns));
    habit.learned = ++arena->habits_learned;
    *place_for(arena, habit.name) = habit;
}

static void recall(struct rp_arena *arena, struct rp_pod *pod)
{
    char name[RP_HABIT_NAME_MAX];
    struct rp_checkpoint *checkpoint = &pod->checkpoint;
    if (checkpoint->recalled || !name_of(pod, name))
        return;
    checkpoint->recalled = true;
    const struct rp_habit *habit = find(arena, name);
    if (!habit || checkpoint->durations_n > 0)
        return;
    memcpy(checkpoint->durations_ns, habit->durations_ns, sizeof(checkpoint->durations_ns));
    checkpoint->durations_n = habit->durations_n;
    checkpoint->bytes = habit->bytes;
}

void rp_habits_recall(struct rp_arena *arena)
{
    for (uint32_t i = 0; i < arena->pods.used; i++) {
        struct rp_pod *pod = rp_pod_in(arena, i);
        if (pod->live && pod->contract.trigger != RP_TRIGGER_NONE)
            recall(arena, pod);
    }
}
