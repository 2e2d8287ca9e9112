// SPDX-License-Identifier: Apache-2.0
/* One round of the rescue thread: a sample, the core, the plan. */
#include "app/guard.h"

#include <sys/epoll.h>

#include "base/fdio.h"
#include "base/seq.h"
#include "node/act/clock.h"
#include "node/act/gate.h"

#define COMPLAINTS_EVERY_NS (60 * RP_NS_PER_S)

enum rp_mode rp_guard_mode(const struct rp_guard *guard, enum rp_reason *why)
{
    *why = RP_REASON_NONE;
    if (guard->setup->force_observe)
        *why = RP_REASON_CRASH;
    else if (guard->arena->ladder.held)
        *why = RP_REASON_OPERATOR;
    if (*why != RP_REASON_NONE || guard->stopping)
        return RP_MODE_OBSERVE;
    return (enum rp_mode)guard->arena->policy.mode;
}

/* ---- sense */

/* Pods whose pressure must be fresh: the protected, the likely victims, the growers. A snapshot lags for seconds. */
static uint32_t interesting(struct rp_arena *arena, rp_cgroup_id *ids)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < arena->pods.used && n < RP_SENSOR_FRESH_MAX; i++) {
        const struct rp_pod *pod = rp_pod_at(arena, i);
        const struct rp_cgroup *cgroup = pod->live ? rp_cgroup_at(arena, pod->cgroup) : NULL;
        bool matters = pod->protected_ || (pod->rank > 0 && pod->rank <= 4) || pod->growth_bytes_per_s > RP_MIB;
        if (cgroup && matters)
            ids[n++] = cgroup->id;
    }
    return n;
}

static bool take_sample(struct rp_guard *guard, rp_ns now, struct rp_sample *sample)
{
    rp_cgroup_id ids[RP_SENSOR_FRESH_MAX];
    bool sweep = rp_guard_sweeps(guard, now);
    if (sweep)
        rp_sensor_sweep(guard->sensor, now, sample);
    else
        rp_sensor_glance(guard->sensor, now, sample);
    if (sweep && guard->pace.unseen_bytes < 0) /* in calm they may wait for their turn */
        rp_sensor_add(guard->sensor, ids, interesting(guard->arena, ids), sample);
    for (uint32_t i = 0; i < sample->deaths_n; i++)
        rp_dirs_forget(&guard->dirs, sample->deaths[i].id);
    sample->number = ++guard->samples;
    guard->events_left = sample->events_n == RP_SENSOR_EVENTS_MAX;
    sample->outcomes = guard->outcomes.list;
    sample->outcomes_n = guard->outcomes.n;
    sample->command = guard->command;
    if (sample->number == 1) {
        sample->habits = guard->keeper.loaded;
        sample->habits_n = guard->keeper.loaded_n;
    }
    if (guard->inbox.complete) {
        sample->facts = guard->inbox.facts;
        sample->facts_n = guard->inbox.n;
    }
    return sweep;
}

/* ---- act */

static void execute_one(struct rp_guard *guard, const struct rp_action *action, struct rp_gate_facts *facts)
{
    struct rp_outcome outcome = {.action = *action, .t_ns = facts->now_ns, .seen = -1};
    facts->cgroup_matches = rp_dirs_get(&guard->dirs, guard->arena, action->cgroup) >= 0;
    facts->undo_has_room = rp_undo_has_room(&guard->setup->undo);
    enum rp_reason reason = rp_gate_check(guard->arena, action, facts);
    if (reason == RP_REASON_NONE) {
        rp_actor_apply(&guard->real.actor, action, &outcome);
    } else if (reason == RP_REASON_E10_OBSERVE) {
        rp_actor_apply(rp_actor_observer(), action, &outcome);
    } else {
        outcome.state = RP_OUTCOME_REFUSED;
        outcome.reason = (uint8_t)reason;
    }
    bool begun = outcome.state != RP_OUTCOME_REFUSED && outcome.state != RP_OUTCOME_FAILED;
    facts->victim_taken = facts->victim_taken || (begun && action->kind == RP_ACTION_KILL);
    facts->checkpoint_asked = facts->checkpoint_asked || (begun && action->kind == RP_ACTION_CHECKPOINT);
    rp_outcomes_add(&guard->outcomes, &outcome);
}

static void act(struct rp_guard *guard, bool sweep, rp_ns now)
{
    enum rp_reason why;
    struct rp_gate_facts facts = {.now_ns = now, .mode = rp_guard_mode(guard, &why)};
    rp_actor_poll(&guard->real.actor, now, &guard->outcomes);
    if (sweep)
        rp_actor_check(&guard->real.actor, now, &guard->outcomes);
    for (uint32_t i = 0; i < guard->plan.actions_n && !guard->stopping; i++)
        execute_one(guard, &guard->plan.actions[i], &facts);
}

/* True if it should not wait for the next sample. */
static bool hear_disks(struct rp_guard *guard, const struct rp_job_result *result, rp_ns now)
{
    if (result->kind == RP_JOB_POD_DISK) {
        rp_disk_watch_pod(&guard->disks, now);
        if (result->error == 0)
            rp_sensor_take_pod_disk(guard->sensor, &result->pod_disk);
        return false;
    }
    rp_disk_watch_filesystems(&guard->disks, guard->arena, result, now);
    if (result->error == 0)
        rp_sensor_take_filesystems(guard->sensor, result->filesystems.list, result->filesystems.n);
    return guard->disks.near;
}

static void hear_weighing(struct rp_guard *guard, const struct rp_job_result *result, rp_ns now)
{
    rp_weigh_watch_done(&guard->weighing, now);
    if (result->error == 0)
        rp_sensor_take_processes(guard->sensor, result->weighing.cgroup, &result->weighing.processes);
}

bool rp_guard_hear_hands(struct rp_guard *guard, rp_ns now)
{
    struct rp_job_result result;
    int fd = -1;
    bool look = false;
    while (rp_hands_take(&guard->hands, now, &result, &fd) == 1) {
        if (result.kind == RP_JOB_WALK)
            look = rp_guard_walked(guard, now, result.error == 0) || look;
        else if (result.kind == RP_JOB_RECORD)
            rp_recorder_done(&guard->recorder, &result, now);
        else if (result.kind == RP_JOB_KEEP)
            rp_keeper_result(&guard->keeper, guard->arena, &result);
        else if (result.kind == RP_JOB_ALARM)
            rp_discard(rp_guard_watch(guard, rp_alarms_result(&guard->alarms, &result, fd), EPOLLPRI));
        else if (result.kind == RP_JOB_PROCESSES)
            hear_weighing(guard, &result, now);
        else if (result.kind == RP_JOB_FILESYSTEMS || result.kind == RP_JOB_POD_DISK)
            look = hear_disks(guard, &result, now) || look;
        else if (!rp_registrar_result(&guard->registrar, &result))
            rp_actor_result(&guard->real.actor, &result, fd, &guard->outcomes);
        fd = -1;
    }
    uint32_t lost = rp_hands_to_replace(&guard->hands);
    for (uint32_t slot = 0; slot < RP_HANDS; slot++) {
        struct rp_warden message = {.kind = RP_WARDEN_HAND_LOST, .slot = slot};
        if (lost & (1u << slot))
            rp_discard(rp_send_fds(guard->setup->guard[1], &message, sizeof(message), NULL));
    }
    return look || guard->outcomes.n > 0;
}

/* ---- the state that is shown */

/* What changes rarely is asked for rarely: one program a sweep, and what is not seen once a minute. */
static void describe_senses(struct rp_guard *guard, rp_ns now)
{
    struct rp_agent *agent = &guard->arena->agent;
    if (agent->hooks_n > 0) {
        const uint32_t i = (uint32_t)(agent->sweeps % agent->hooks_n);
        agent->hooks[i].skipped = rp_sensor_skipped(guard->sensor, i);
    }
    if (guard->complained_ns != 0 && now - guard->complained_ns < COMPLAINTS_EVERY_NS)
        return;
    guard->complained_ns = now;
    const uint32_t n = rp_sensor_complaints(guard->sensor, agent->complaints, RP_COMPLAINTS_MAX);
    agent->complaints_n = rp_registrar_complaints(&guard->registrar, agent->complaints, n, RP_COMPLAINTS_MAX);
}

static void describe(struct rp_guard *guard, rp_ns now, rp_ns started, bool sweep)
{
    struct rp_agent *agent = &guard->arena->agent;
    const struct rp_brakes_stats *stats = &guard->real.brakes.stats;
    enum rp_reason why;
    agent->mode = (uint32_t)rp_guard_mode(guard, &why);
    agent->mode_reason = (uint8_t)why;
    agent->ticks++;
    agent->sweeps += sweep;
    agent->glances += !sweep;
    if (guard->planned_ns && started > guard->planned_ns + agent->period_ns)
        agent->late_ticks++;
    agent->heartbeat_ns = now;
    agent->tick_last_ns = now - started;
    if (agent->tick_last_ns > agent->tick_max_ns)
        agent->tick_max_ns = agent->tick_last_ns;
    agent->hands = rp_hands_present(&guard->hands);
    agent->hands_busy = rp_hands_busy(&guard->hands);
    agent->hands_lost = (uint32_t)guard->hands.given_up;
    agent->undo_active = rp_undo_used(&guard->setup->undo);
    agent->undo_reverted = stats->restored;
    agent->undo_left = stats->left;
    rp_recorder_describe(&guard->recorder, agent);
    if (sweep)
        describe_senses(guard, now);
}

void rp_guard_tick(struct rp_guard *guard, rp_ns now)
{
    struct rp_sample sample;
    bool sweep = take_sample(guard, now, &sample);
    rp_disk_watch_hear(&guard->disks, &sample);
    rp_seq_write_begin(&guard->arena->sequence);
    rp_core_step(guard->arena, &sample, &guard->plan);
    rp_seq_write_end(&guard->arena->sequence);
    rp_recorder_sample(&guard->recorder, guard->arena, &sample, &guard->plan);
    guard->outcomes.n = 0;
    guard->command = RP_COMMAND_NONE;
    if (guard->inbox.complete)
        rp_inbox_clear(&guard->inbox);
    act(guard, sweep, now);
    rp_ns done = rp_clock_ns();
    rp_seq_write_begin(&guard->arena->sequence);
    rp_guard_set_pace(guard, now, sweep);
    describe(guard, done, now, sweep);
    rp_seq_write_end(&guard->arena->sequence);
}
