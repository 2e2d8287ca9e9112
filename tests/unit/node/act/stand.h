// SPDX-License-Identifier: Apache-2.0
/* A real actor on a small node of plain files, with real hands in processes of their own. */
#ifndef RP_TEST_ACT_STAND_H
#define RP_TEST_ACT_STAND_H

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "node/act/actor.h"
#include "node/act/clock.h"
#include "node/act/hand.h"
#include "unit/node/act/fixture.h"

#define STAND_PODS_MAX  16
#define STAND_HANDS_MAX 4
#define STAND_PATIENCE  (60 * RP_NS_PER_S) /* for a hand's answer, on a machine that is busy with other tests */

struct stand_pod {
    char path[RP_PATH_MAX];
    rp_cgroup_id id;
    int dirfd;
};

struct stand {
    struct fixture fixture;
    struct rp_hands hands;
    pid_t pids[STAND_HANDS_MAX];
    struct rp_actor_world world;
    struct rp_real_actor real;
    struct rp_actor *actor;
    struct rp_contract contract;
    bool has_contract;
    struct stand_pod pods[STAND_PODS_MAX];
    uint32_t pods_n;
    struct rp_outcome list[64];
    struct rp_outcomes out;
    uint64_t last_action;
};

static inline int stand_dirfd(void *ctx, rp_cgroup_id id)
{
    const struct stand *stand = ctx;
    for (uint32_t i = 0; i < stand->pods_n; i++)
        if (stand->pods[i].id == id)
            return stand->pods[i].dirfd;
    return -ENOENT;
}

static inline const char *stand_path(void *ctx, rp_cgroup_id id)
{
    const struct stand *stand = ctx;
    for (uint32_t i = 0; i < stand->pods_n; i++)
        if (stand->pods[i].id == id)
            return stand->pods[i].path;
    return NULL;
}

static inline const struct rp_contract *stand_contract(void *ctx, uint32_t pod)
{
    const struct stand *stand = ctx;
    return pod == 0 && stand->has_contract ? &stand->contract : NULL;
}

static inline rp_cgroup_id stand_pod(struct stand *stand, const char *path)
{
    struct stand_pod *pod = &stand->pods[stand->pods_n++];
    char directory[RP_PATH_MAX + 16];
    (void)snprintf(pod->path, sizeof(pod->path), "%s", path);
    (void)snprintf(directory, sizeof(directory), "cgroup/%s", path);
    pod->id = fixture_cgroup(&stand->fixture, path);
    pod->dirfd = fixture_open(&stand->fixture, directory);
    return pod->id;
}

static inline void stand_start_hand(struct stand *stand, uint32_t slot)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    stand->pids[slot] = fork();
    if (stand->pids[slot] == 0) {
        const struct rp_hand_context context = {.undo = &stand->fixture.undo, .roots = stand->fixture.roots};
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failing test must not leave it behind */
        rp_hands_deinit(&stand->hands);
        close(ends[0]);
        _exit(-rp_hand_main(ends[1], &context));
    }
    close(ends[1]);
    assert_int_equal(rp_hands_adopt(&stand->hands, slot, ends[0]), 0);
}

/* Pods are made by the test. */
static inline void stand_make(struct stand *stand, uint32_t hands)
{
    *stand = (struct stand){0};
    fixture_make(&stand->fixture);
    stand->world = (struct rp_actor_world){.undo = &stand->fixture.undo,
                                           .hands = &stand->hands,
                                           .cgroup_root_fd = stand->fixture.roots.cgroup_fd,
                                           .escape_ns = 10 * RP_NS_PER_S,
                                           .ctx = stand,
                                           .dirfd_of = stand_dirfd,
                                           .path_of = stand_path,
                                           .contract_of = stand_contract};
    stand->actor = rp_actor_real(&stand->real, &stand->world);
    stand->out = (struct rp_outcomes){.list = stand->list, .cap = 64};
    rp_hands_init(&stand->hands, hands);
    for (uint32_t i = 0; i < hands; i++)
        stand_start_hand(stand, i);
}

static inline void stand_drop(struct stand *stand)
{
    rp_hands_deinit(&stand->hands);
    for (uint32_t i = 0; i < STAND_HANDS_MAX; i++)
        if (stand->pids[i] > 0)
            assert_int_equal(waitpid(stand->pids[i], NULL, 0), stand->pids[i]);
    for (uint32_t i = 0; i < stand->pods_n; i++)
        close(stand->pods[i].dirfd);
    fixture_drop(&stand->fixture);
}

static inline struct rp_action stand_action(struct stand *stand, enum rp_action_kind kind, rp_cgroup_id id,
                                            int64_t value)
{
    return (struct rp_action){.id = ++stand->last_action,
                              .cgroup = id,
                              .kind = (uint8_t)kind,
                              .reason = RP_REASON_GROWING,
                              .value = value,
                              .expires_ns = RP_NS_FOREVER,
                              .deadline_ns = RP_NS_FOREVER};
}

static inline struct rp_outcome stand_apply(struct stand *stand, struct rp_action action)
{
    struct rp_outcome outcome;
    rp_actor_apply(stand->actor, &action, &outcome);
    assert_int_equal(outcome.action.id, action.id);
    assert_int_equal(outcome.action.kind, action.kind);
    assert_true(outcome.t_ns > 0);
    return outcome;
}

static inline struct rp_outcome stand_do(struct stand *stand, enum rp_action_kind kind, rp_cgroup_id id, int64_t value)
{
    return stand_apply(stand, stand_action(stand, kind, id, value));
}

static inline struct rp_outcome stand_undo(struct stand *stand, enum rp_action_kind kind, rp_cgroup_id id)
{
    struct rp_action action = stand_action(stand, kind, id, 0);
    const struct rp_undo_change *change = rp_undo_find(&stand->fixture.undo, id, rp_knob_of_action(kind));
    if (change)
        action.id = change->action.id; /* as the core does it: an undoing bears the number of what it undoes */
    action.undo = true;
    action.reason = RP_REASON_CALM;
    return stand_apply(stand, action);
}

/* One tick at that time, without a sweep. */
static inline void stand_tick(struct stand *stand, rp_ns now)
{
    struct rp_job_result result;
    int fd = -1;
    while (rp_hands_take(&stand->hands, now, &result, &fd))
        rp_actor_result(stand->actor, &result, fd, &stand->out);
    rp_actor_poll(stand->actor, now, &stand->out);
}

/* Ticks until there is an outcome, and takes the oldest. */
static inline struct rp_outcome stand_wait(struct stand *stand)
{
    const rp_ns end = rp_clock_ns() + STAND_PATIENCE;
    while (stand->out.n == 0) {
        assert_true(rp_clock_ns() < end);
        stand_tick(stand, rp_clock_ns());
        (void)poll(NULL, 0, 1);
    }
    const struct rp_outcome first = stand->list[0];
    memmove(stand->list, stand->list + 1, --stand->out.n * sizeof(first));
    return first;
}

static inline void expect_outcome(const char *row, const struct rp_outcome *outcome, enum rp_outcome_state state,
                                  enum rp_reason reason, int error)
{
    rp_expect_i64(row, outcome->state, state);
    rp_expect_text(row, outcome->reason == reason ? "" : "another reason", "");
    rp_expect_i64(row, outcome->error, error);
}

static inline const char *stand_knob(struct stand *stand, const char *path, const char *file)
{
    char full[RP_PATH_MAX + 64];
    (void)snprintf(full, sizeof(full), "cgroup/%s/%s", path, file);
    return fixture_line(&stand->fixture, full);
}

#endif
