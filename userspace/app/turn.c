// SPDX-License-Identifier: Apache-2.0
/*
 * When the guard looks, and how closely. A look at a quiet node reads one number. A sample is more, and a sweep is a sample
 * of every cgroup, for which a hand first makes the snapshot: what a sweep shows is then a millisecond old and not a period.
 */
#include "app/guard.h"

#include "base/num.h"

#define WALK_DEADLINE_NS (2 * RP_NS_PER_S)
#define WALK_PATIENCE_NS (20 * RP_NS_PER_MS) /* for the snapshot; then the sweep reads files instead */

static bool is_quiet(const struct rp_guard *guard)
{
    return guard->pace.unseen_bytes >= 0 && !guard->moved;
}

static rp_ns sweep_due_ns(const struct rp_guard *guard)
{
    return guard->swept_ns + (is_quiet(guard) ? guard->pace.quiet_ns : guard->pace.sweep_ns);
}

static bool order_walk(struct rp_guard *guard, rp_ns now)
{
    struct rp_job job = {.kind = RP_JOB_WALK, .deadline_ns = now + WALK_DEADLINE_NS};
    if (guard->walk_job || !rp_sensor_wants_walk(guard->sensor, now) || rp_hands_post(&guard->hands, &job) != 0)
        return false;
    guard->walk_job = job.id;
    return true;
}

bool rp_guard_rings(struct rp_guard *guard, rp_ns now)
{
    guard->looked_ns = now;
    if (guard->sweep_by_ns)
        return now >= guard->sweep_by_ns;
    if (is_quiet(guard))
        guard->moved = rp_sensor_fell(guard->sensor, guard->pace.unseen_bytes);
    if (now < sweep_due_ns(guard))
        return !is_quiet(guard);
    const bool waits = order_walk(guard, now);
    guard->sweep_by_ns = waits ? now + WALK_PATIENCE_NS : now;
    return !waits;
}

bool rp_guard_walked(struct rp_guard *guard, rp_ns now, bool ok)
{
    const bool wanted = guard->sweep_by_ns > now;
    guard->walk_job = 0;
    if (wanted || !ok) /* one that comes too late is old by the next sweep, which has another one made */
        rp_sensor_walk_done(guard->sensor, now, ok);
    if (wanted)
        guard->sweep_by_ns = now;
    return wanted;
}

bool rp_guard_sweeps(const struct rp_guard *guard, rp_ns now)
{
    return guard->sweep_by_ns && now >= guard->sweep_by_ns;
}

void rp_guard_set_pace(struct rp_guard *guard, rp_ns now, bool swept)
{
    rp_pace_make(guard->arena, &guard->pace);
    guard->looked_ns = now;
    guard->moved = false;
    if (swept) {
        guard->swept_ns = now;
        guard->sweep_by_ns = 0;
    }
    guard->arena->agent.period_ns = guard->pace.look_ns;
}

rp_ns rp_guard_next_look(const struct rp_guard *guard)
{
    if (guard->sweep_by_ns)
        return guard->sweep_by_ns;
    return rp_min_u64(guard->looked_ns + guard->pace.look_ns, sweep_due_ns(guard));
}
