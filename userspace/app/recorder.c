// SPDX-License-Identifier: Apache-2.0
#include "app/recorder.h"

#include <string.h>
#include <time.h>

#include "base/num.h"
#include "base/str.h"
#include "node/record/digest.h"

#define CALM_NS      (30 * RP_NS_PER_S)
#define PRESSURE_NS  (1 * RP_NS_PER_S)
#define DEADLINE_NS  (10 * RP_NS_PER_S)
#define PAUSE_MIN_NS (10 * RP_NS_PER_S)
#define PAUSE_MAX_NS (300 * RP_NS_PER_S)  /* a dead disk costs a hand for each attempt */
#define NO_HAND_NS   (200 * RP_NS_PER_MS) /* all are busy: ask again */
#define FULL_DIV     2u                   /* a ring that is so full does not wait for its turn */

static struct rp_ring_stamp stamp_of(const struct rp_recorder *recorder)
{
    struct timespec wall = {0};
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    return (struct rp_ring_stamp){.realtime_ns = (int64_t)wall.tv_sec * (int64_t)RP_NS_PER_S + wall.tv_nsec,
                                  .epoch = recorder->epoch};
}

static void push(struct rp_recorder *recorder, const struct rp_arena *arena, struct rp_frame *frame)
{
    const struct rp_ring_stamp stamp = stamp_of(recorder);
    frame->input = arena->inputs;
    rp_discard(rp_ring_push(recorder->ring, frame, &stamp));
}

void rp_recorder_start(struct rp_recorder *recorder, struct rp_ring *ring, const struct rp_arena *arena)
{
    *recorder = (struct rp_recorder){.ring = ring, .epoch = arena->agent.guard_starts};
    if (!ring)
        return;
    struct rp_start start = {.bpf = arena->agent.bpf,
                             .page_bytes = arena->agent.page_bytes,
                             .realtime_offset_ns = arena->agent.realtime_offset_ns};
    rp_cut(start.self_path, sizeof(start.self_path), arena->agent.self_path);
    rp_cut(start.version, sizeof(start.version), arena->agent.version);
    rp_cut(start.kernel, sizeof(start.kernel), arena->agent.kernel);
    struct rp_frame frame = {
        .kind = RP_FRAME_START, .t_ns = arena->agent.started_ns, .start = &start, .policy = &arena->policy};
    push(recorder, arena, &frame);
}

void rp_recorder_sample(struct rp_recorder *recorder, const struct rp_arena *arena, const struct rp_sample *sample,
                        const struct rp_plan *plan)
{
    if (!recorder->ring)
        return;
    struct rp_frame frame = {.kind = RP_FRAME_SAMPLE,
                             .t_ns = sample->t_ns,
                             .digest = rp_decision_digest(arena),
                             .sample = sample,
                             .plan = plan};
    push(recorder, arena, &frame);
}

void rp_recorder_policy(struct rp_recorder *recorder, const struct rp_arena *arena, rp_ns now)
{
    struct rp_frame frame = {.kind = RP_FRAME_POLICY, .t_ns = now, .policy = &arena->policy};
    if (recorder->ring)
        push(recorder, arena, &frame);
}

/* ---- writing */

static bool is_due(const struct rp_recorder *recorder, const struct rp_arena *arena, rp_ns now)
{
    const uint64_t used = rp_ring_used(recorder->ring);
    if (now >= recorder->due_ns)
        return used > 0;
    if (recorder->pause_ns > 0)
        return false;
    const bool pressed = arena->ladder.phase != RP_PHASE_CALM && recorder->due_ns - now > PRESSURE_NS; /* set in calm */
    return used > recorder->ring->bytes / FULL_DIV || (pressed && used > 0);
}

void rp_recorder_order(struct rp_recorder *recorder, const struct rp_arena *arena, struct rp_hands *hands, rp_ns now,
                       bool last)
{
    struct rp_job job = {.kind = RP_JOB_RECORD, .deadline_ns = now + DEADLINE_NS};
    if (!recorder->ring || recorder->writing)
        return;
    if (last ? recorder->pause_ns > 0 || rp_ring_used(recorder->ring) == 0 : !is_due(recorder, arena, now))
        return;
    recorder->writing = rp_hands_post(hands, &job) == 0;
    if (!recorder->writing)
        recorder->due_ns = now + NO_HAND_NS;
    else
        recorder->due_ns = now + (arena->ladder.phase == RP_PHASE_CALM ? CALM_NS : PRESSURE_NS);
}

void rp_recorder_done(struct rp_recorder *recorder, const struct rp_job_result *result, rp_ns now)
{
    recorder->writing = false;
    recorder->error = result->error;
    recorder->pause_ns = result->error == 0 ? 0 : rp_clamp_u64(recorder->pause_ns * 2, PAUSE_MIN_NS, PAUSE_MAX_NS);
    if (recorder->pause_ns > 0)
        recorder->due_ns = now + recorder->pause_ns;
}

rp_ns rp_recorder_next(const struct rp_recorder *recorder)
{
    const bool waits = !recorder->ring || recorder->writing || rp_ring_used(recorder->ring) == 0;
    return waits ? RP_NS_FOREVER : recorder->due_ns;
}

void rp_recorder_describe(const struct rp_recorder *recorder, struct rp_agent *agent)
{
    struct rp_recorder_view *view = &agent->recorder;
    *view = (struct rp_recorder_view){.on = recorder->ring != NULL, .error = recorder->error};
    if (!recorder->ring)
        return;
    const struct rp_scribe_state *state =
        &recorder->ring->state; /* a hand may be changing it; a torn number is a late one */
    view->frames = state->frames;
    view->bytes = state->bytes;
    view->dropped = recorder->ring->dropped + state->skipped;
    view->failures = state->failures;
    view->written_ns = state->written_ns;
    view->serial = state->serial;
    view->slots = state->slots;
}
