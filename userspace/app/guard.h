// SPDX-License-Identifier: Apache-2.0
/*
 * The guard: one thread, one loop. guard.c starts it and waits; turn.c says when to look; tick.c takes a sample, runs the
 * core and executes the plan; nothing in any of them allocates or waits for anybody once the loop runs.
 */
#ifndef RP_APP_GUARD_H
#define RP_APP_GUARD_H

#include "app/alarms.h"
#include "app/control.h"
#include "app/dirs.h"
#include "app/disk.h"
#include "app/facts.h"
#include "app/keeper.h"
#include "app/recorder.h"
#include "app/registrar.h"
#include "app/setup.h"
#include "app/weighing.h"
#include "core/decide/pace.h"
#include "node/act/actor.h"
#include "node/sense/sensor.h"

#define RP_OUTCOMES_MAX 256

struct rp_guard {
    struct rp_setup *setup;
    struct rp_arena *arena;
    struct rp_sensor *sensor;
    struct rp_inbox inbox;
    struct rp_control control;
    int epoll_fd, timer_fd, signal_fd;

    /* acting */
    struct rp_hands hands;
    struct rp_dirs dirs;
    struct rp_actor_world world;
    struct rp_real_actor real;
    struct rp_outcome outcome_list[RP_OUTCOMES_MAX];
    struct rp_outcomes outcomes; /* since the last sample, for the next one */
    struct rp_plan plan;
    bool hands_call;   /* one of them has something to say */
    uint64_t walk_job; /* 0: no walk under way */

    struct rp_disk_watch disks;
    struct rp_weigh_watch weighing;
    struct rp_alarms alarms;
    struct rp_recorder recorder;
    struct rp_registrar registrar;
    struct rp_keeper keeper;

    /* pace */
    struct rp_pace pace;
    rp_ns looked_ns, swept_ns; /* the last look, the last sweep */
    rp_ns sweep_by_ns;         /* a sweep waits for its snapshot until then; 0: none is due */
    bool moved;                /* less is available than at the last sample */
    rp_ns planned_ns;          /* what the timer is set to */
    rp_ns deaf_until_ns;       /* to the kernel's events, which come in storms; 0: listening */
    bool events_left;          /* the last sample had no room for more of them */
    uint64_t samples;
    rp_ns complained_ns; /* when it was last asked what cannot be seen, 0: never */

    /* what others want */
    uint32_t command;  /* enum rp_command_kind, for the next sample */
    int revert_client; /* waits for the end of a revert, -1: nobody */
    rp_ns revert_until_ns;
    struct rp_brakes_stats revert_from;
    bool stopping;
    rp_ns stop_until_ns;
    struct rp_policy next_policy; /* where a reloaded policy is read into */
};

/* Wake up on that descriptor; one below 0 is skipped. 0 or -errno. */
int rp_guard_watch(struct rp_guard *guard, int fd, uint32_t events) RP_MUST_CHECK;

/* One round: sense, decide, act. */
void rp_guard_tick(struct rp_guard *guard, rp_ns now);

/* Results of hands, and hands that have to be replaced. True if the node should be looked at now. */
bool rp_guard_hear_hands(struct rp_guard *guard, rp_ns now);

/* ---- turn.c: when to look */

/* The timer went off. True if a sample is to be taken now. */
bool rp_guard_rings(struct rp_guard *guard, rp_ns now);

/* A walk has ended. True if a sweep was waiting for it. */
bool rp_guard_walked(struct rp_guard *guard, rp_ns now, bool ok);

/* Is the sample to be taken now a sweep? */
bool rp_guard_sweeps(const struct rp_guard *guard, rp_ns now);

/* After a sample. */
void rp_guard_set_pace(struct rp_guard *guard, rp_ns now, bool swept);

rp_ns rp_guard_next_look(const struct rp_guard *guard);

/* Does the guard act, or only say what it would do? */
enum rp_mode rp_guard_mode(const struct rp_guard *guard, enum rp_reason *why);

#endif
