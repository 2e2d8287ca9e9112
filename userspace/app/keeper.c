// SPDX-License-Identifier: Apache-2.0
/* What checkpoints took is kept on disk. */
#include "app/keeper.h"

#include <errno.h>
#include <string.h>

#include "app/say.h"
#include "base/num.h"
#include "node/act/clock.h"
#include "node/habit_file.h"

#define DEADLINE_NS (10 * RP_NS_PER_S)
#define PAUSE_NS    (300 * RP_NS_PER_S) /* a dead disk costs a hand for each attempt */

const char *rp_keeper_directory(const struct rp_policy *policy)
{
    return policy->record_dir[0] ? policy->record_dir : policy->run_dir;
}

void rp_keeper_load(struct rp_keeper *keeper, const struct rp_policy *policy)
{
    *keeper = (struct rp_keeper){.loaded_n = 0};
    const int r = rp_habit_file_load(rp_keeper_directory(policy), keeper->loaded, &keeper->loaded_n);
    if (r < 0 && r != -ENOENT)
        rp_say(RP_WARN, "what checkpoints took before is not known: %s", strerror(-r));
    for (uint32_t i = 0; i < keeper->loaded_n; i++)
        keeper->kept = rp_max_u64(keeper->kept, keeper->loaded[i].learned);
}

/* The eldest that is not on disk yet. */
static const struct rp_habit *next(const struct rp_keeper *keeper, const struct rp_arena *arena)
{
    const struct rp_habit *found = NULL;
    for (uint32_t i = 0; i < RP_HABITS_MAX; i++) {
        const struct rp_habit *habit = &arena->habits[i];
        if (habit->name[0] != '\0' && habit->learned > keeper->kept && (!found || habit->learned < found->learned))
            found = habit;
    }
    return found;
}

void rp_keeper_tend(struct rp_keeper *keeper, const struct rp_arena *arena, struct rp_hands *hands)
{
    if (keeper->job != 0 || arena->habits_learned <= keeper->kept || arena->t_ns < keeper->due_ns)
        return;
    const struct rp_habit *habit = next(keeper, arena);
    struct rp_job job = {.kind = RP_JOB_KEEP, .deadline_ns = rp_clock_ns() + DEADLINE_NS};
    if (!habit)
        return;
    job.habit = *habit;
    if (rp_hands_post(hands, &job) != 0)
        return;
    keeper->job = job.id;
    keeper->keeping = habit->learned;
}

void rp_keeper_result(struct rp_keeper *keeper, const struct rp_arena *arena, const struct rp_job_result *result)
{
    if (keeper->job != result->id)
        return;
    keeper->job = 0;
    if (result->error == 0)
        keeper->kept = keeper->keeping;
    else
        keeper->due_ns = arena->t_ns + PAUSE_NS;
}
