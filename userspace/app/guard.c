// SPDX-License-Identifier: Apache-2.0
/* The guard's start, and its loop: who woke it, and what that means. */
#include "app/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "app/child.h"
#include "app/rights.h"
#include "app/say.h"
#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/num.h"
#include "base/seq.h"
#include "base/str.h"
#include "node/act/clock.h"

#define REVERT_PATIENCE_NS (3 * RP_NS_PER_S)
#define STOP_PATIENCE_NS   (3 * RP_NS_PER_S)
#define STOP_POLL_NS       (20 * RP_NS_PER_MS)
#define WAKEUPS_MAX        16
#define EVENTS_PAUSE_NS    (10 * RP_NS_PER_MS) /* between two rounds for events; readers of the arena get in, too */
#define COMPLAINTS_MAX     32
#define FILES_RESERVED     (RP_DIRS_MAX + 64)

/* ---- start: everything that allocates, opens or maps */

static void describe_once(struct rp_guard *guard)
{
    struct rp_agent *agent = &guard->arena->agent;
    struct utsname kernel;
    struct timespec wall;
    struct rp_sensor_state state;
    enum rp_reason why;
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    rp_sensor_state(guard->sensor, &state);
    agent->mode = (uint32_t)rp_guard_mode(guard, &why); /* who asks before the first look must not read a wrong one */
    agent->mode_reason = (uint8_t)why;
    agent->guard_pid = getpid();
    agent->guard_starts = guard->setup->guard_starts;
    agent->started_ns = agent->heartbeat_ns = rp_clock_ns();
    agent->realtime_offset_ns = (int64_t)wall.tv_sec * (int64_t)RP_NS_PER_S + wall.tv_nsec - (int64_t)agent->started_ns;
    const char *self = guard->setup->own_cgroup;
    rp_cut(agent->self_path, sizeof(agent->self_path), self[0] == '/' ? self + 1 : self);
    agent->bpf = state.bpf;
    agent->iterator = state.iterator;
    agent->psi = state.psi;
    agent->cgroup_v2 = true;
    agent->btf = guard->setup->bpf.btf;
    agent->page_bytes = (uint32_t)sysconf(_SC_PAGESIZE);
    if (uname(&kernel) == 0) {
        rp_cut(agent->kernel, sizeof(agent->kernel), kernel.release);
        if (!guard->arena->policy.node_name[0])
            rp_cut(guard->arena->policy.node_name, sizeof(guard->arena->policy.node_name), kernel.nodename);
    }
    rp_cut(agent->version, sizeof(agent->version), RP_VERSION);
    agent->hooks_n = RP_BPF_HOOK_MAX;
    memcpy(agent->hooks, guard->setup->bpf.hooks, sizeof(guard->setup->bpf.hooks));
}

static int map_arena(struct rp_guard *guard)
{
    struct rp_setup *setup = guard->setup;
    void *map = mmap(NULL, setup->arena_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, setup->arena_fd, 0);
    if (map == MAP_FAILED)
        return -errno;
    guard->arena = map;
    /* A former guard may have died while writing; readers must not take the new bytes for its. */
    uint64_t sequence = guard->arena->sequence;
    memset(map, 0, setup->arena_bytes);
    guard->next_policy = *setup->policy;
    guard->next_policy.cgroups_max = setup->cgroups_max; /* a reload before this guard's start does not move them */
    guard->next_policy.pods_max = setup->pods_max;
    int rc = rp_arena_init(guard->arena, setup->arena_bytes, &guard->next_policy);
    guard->arena->sequence = (sequence | 1) + 1;
    return rc;
}

static int dirfd_of(void *ctx, rp_cgroup_id id)
{
    struct rp_guard *guard = ctx;
    return rp_dirs_get(&guard->dirs, guard->arena, id);
}

static const char *path_of(void *ctx, rp_cgroup_id id)
{
    struct rp_guard *guard = ctx;
    const struct rp_cgroup *cgroup = rp_cgroup_find(guard->arena, id);
    return cgroup ? cgroup->path : NULL;
}

static const struct rp_contract *contract_of(void *ctx, uint32_t pod)
{
    struct rp_guard *guard = ctx;
    const struct rp_pod *found = rp_pod_at(guard->arena, pod);
    return found && found->live ? &found->contract : NULL;
}

static void make_actor(struct rp_guard *guard)
{
    struct rp_setup *setup = guard->setup;
    rp_hands_init(&guard->hands, RP_HANDS);
    for (uint32_t i = 0; i < RP_HANDS; i++)
        rp_discard(rp_hands_adopt(&guard->hands, i, setup->hands[i][0]));
    rp_dirs_init(&guard->dirs, setup->roots.cgroup_fd);
    guard->world = (struct rp_actor_world){
        .undo = &setup->undo,
        .hands = &guard->hands,
        .cgroup_root_fd = setup->roots.cgroup_fd,
        .escape_ns = setup->policy->escape_ns,
        .ctx = guard,
        .dirfd_of = dirfd_of,
        .path_of = path_of,
        .contract_of = contract_of,
    };
    (void)rp_actor_real(&guard->real, &guard->world);
    guard->outcomes = (struct rp_outcomes){.list = guard->outcome_list, .cap = RP_OUTCOMES_MAX};
}

int rp_guard_watch(struct rp_guard *guard, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (fd < 0)
        return 0;
    return epoll_ctl(guard->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int open_wakeups(struct rp_guard *guard)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -errno;
    guard->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    guard->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    guard->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (guard->epoll_fd < 0 || guard->timer_fd < 0 || guard->signal_fd < 0)
        return -errno;
    rp_control_init(&guard->control, guard->setup->control_fd, guard->epoll_fd, guard->setup->arena_read_fd,
                    guard->setup->arena_bytes);
    const struct {
        int fd;
        uint32_t events;
    } sources[] = {
        {guard->timer_fd, EPOLLIN},
        {guard->signal_fd, EPOLLIN},
        {guard->setup->guard[1], EPOLLIN},
        {guard->setup->link[0], EPOLLIN},
        {guard->setup->control_fd, EPOLLIN},
        {rp_sensor_event_fd(guard->sensor), EPOLLIN},
        {rp_sensor_trigger_fd(guard->sensor, RP_PSI_MEMORY), EPOLLPRI},
        {rp_sensor_trigger_fd(guard->sensor, RP_PSI_IO), EPOLLPRI},
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(sources) / sizeof(sources[0]); i++)
        rc = rp_guard_watch(guard, sources[i].fd, sources[i].events);
    for (uint32_t i = 0; rc == 0 && i < RP_HANDS; i++)
        rc = rp_guard_watch(guard, guard->setup->hands[i][0], EPOLLIN);
    return rc;
}

/* A degraded mode is a stated mode. */
static void say_what_is_lost(const struct rp_guard *guard)
{
    struct rp_complaint list[COMPLAINTS_MAX];
    const uint32_t n = rp_sensor_complaints(guard->sensor, list, COMPLAINTS_MAX);
    for (uint32_t i = 0; i < n; i++)
        rp_say(RP_WARN, "%s", list[i].text);
}

static int start(struct rp_guard *guard)
{
    struct rp_complaint why = {.text = ""};
    struct rp_sensor_options options = {
        .policy = &guard->arena->policy, /* where a reloaded policy appears too */
        .handles = rp_bpf_handles_live(&guard->setup->bpf) ? &guard->setup->bpf : NULL,
        .self = guard->setup->own_cgroup,
        .files_reserved = FILES_RESERVED,
    };
    int rc = rp_sensor_open(&options, &why, &guard->sensor);
    if (rc != 0) {
        rp_say(RP_ERROR, "cannot look at this node: %s", why.text[0] ? why.text : strerror(-rc));
        return rc;
    }
    say_what_is_lost(guard);
    describe_once(guard);
    make_actor(guard);
    rp_alarms_init(&guard->alarms);
    rp_recorder_start(&guard->recorder, guard->setup->ring, guard->arena);
    rp_keeper_load(&guard->keeper, guard->setup->policy);
    rc = rp_inbox_init(&guard->inbox, guard->setup->policy->pods_max);
    if (rc == 0)
        rc = open_wakeups(guard);
    if (rc == 0)
        rc = rp_rights_drop(RP_ROLE_GUARD);
    if (rc == 0)
        rc = rp_rights_seal(RP_ROLE_GUARD); /* from here on: no allocation, no open, no socket */
    if (rc != 0)
        rp_say(RP_ERROR, "cannot start: %s", strerror(-rc));
    return rc;
}

/* ---- what woke it */

static void begin_revert(struct rp_guard *guard, rp_ns now, enum rp_reason reason)
{
    guard->revert_from = guard->real.brakes.stats;
    (void)rp_actor_restore_all(&guard->real.actor, now, reason, &guard->outcomes);
}

static void begin_stop(struct rp_guard *guard, rp_ns now)
{
    if (guard->stopping)
        return;
    guard->stopping = true;
    guard->stop_until_ns = now + STOP_PATIENCE_NS;
    begin_revert(guard, now, RP_REASON_EXIT);
}

static void hear_client(struct rp_guard *guard, int fd, rp_ns now)
{
    uint32_t verb = rp_control_read(&guard->control, fd);
    if (verb == RP_CONTROL_REVERT) {
        guard->command = RP_COMMAND_REVERT;
        guard->revert_client = fd;
        guard->revert_until_ns = now + REVERT_PATIENCE_NS;
        begin_revert(guard, now, RP_REASON_OPERATOR);
    } else if (verb == RP_CONTROL_RESUME) {
        guard->command = RP_COMMAND_RESUME;
        if (guard->setup->force_observe)
            rp_control_refuse(&guard->control, fd, -EOWNERDEAD);
        else
            rp_control_answer(&guard->control, fd, 0, 0);
    }
}

/* Hands may be needed for some of it; the operator is told when all is done or patience is over. */
static void finish_revert(struct rp_guard *guard, rp_ns now)
{
    if (guard->revert_client < 0 || (rp_undo_used(&guard->setup->undo) > 0 && now < guard->revert_until_ns))
        return;
    const struct rp_brakes_stats *stats = &guard->real.brakes.stats;
    if (rp_control_owns(&guard->control, guard->revert_client))
        rp_control_answer(&guard->control, guard->revert_client, stats->restored - guard->revert_from.restored,
                          stats->left - guard->revert_from.left);
    guard->revert_client = -1;
}

static void take_policy(struct rp_guard *guard, int fd)
{
    struct rp_complaint why;
    /* pread instead of a mapping: the guard may not map any more. */
    if (pread(fd, &guard->next_policy, sizeof(guard->next_policy), 0) != (ssize_t)sizeof(guard->next_policy) ||
        rp_policy_check(&guard->next_policy, &why) != 0)
        return;
    bool enforced = guard->arena->policy.mode == RP_MODE_ENFORCE;
    rp_seq_write_begin(&guard->arena->sequence);
    rp_model_set_policy(guard->arena, &guard->next_policy);
    rp_seq_write_end(&guard->arena->sequence);
    rp_recorder_policy(&guard->recorder, guard->arena, rp_clock_ns());
    rp_sensor_policy_changed(guard->sensor);
    guard->world.escape_ns = guard->next_policy.escape_ns;
    if (enforced && guard->next_policy.mode == RP_MODE_OBSERVE)
        begin_revert(guard, rp_clock_ns(), RP_REASON_OPERATOR);
}

static void hear_supervisor(struct rp_guard *guard, rp_ns now)
{
    struct rp_warden message;
    struct rp_fds fds = {.n = 0};
    size_t len = 0;
    int rc = rp_recv_fds(guard->setup->guard[1], &message, sizeof(message), &len, &fds);
    if (rc == -EAGAIN)
        return;
    if (rc != 0 || len != sizeof(message)) { /* the supervisor is gone */
        begin_stop(guard, now);
        return;
    }
    int fd = fds.n == 1 ? fds.fd[0] : -1;
    switch (message.kind) {
    case RP_WARDEN_STOP:
        begin_stop(guard, now);
        break;
    case RP_WARDEN_POLICY:
        take_policy(guard, fd);
        break;
    case RP_WARDEN_HAND:
        if (rp_hands_adopt(&guard->hands, message.slot, fd) == 0)
            rp_discard(rp_guard_watch(guard, fd, EPOLLIN));
        guard->hands_call = true; /* what the former hand left undone */
        fd = -1;                  /* it belongs to the hands now */
        break;
    case RP_WARDEN_LINK:
        rp_close_fd(&guard->setup->link[0]);
        rp_inbox_clear(&guard->inbox);
        guard->setup->link[0] = fd;
        rp_discard(rp_guard_watch(guard, fd, EPOLLIN));
        fd = -1;
        break;
    default:
        break;
    }
    rp_close_fd(&fd);
}

static void hear_link(struct rp_guard *guard)
{
    if (rp_inbox_receive(&guard->inbox, guard->setup->link[0]) != 0)
        rp_close_fd(&guard->setup->link[0]); /* facts grow older until the supervisor sends a new one */
}

/* BPF has events, or the kernel reports a stall: reasons to look, and no more than that. */
static bool is_alarm(const struct rp_guard *guard, int fd)
{
    return fd == rp_sensor_event_fd(guard->sensor) || fd == rp_sensor_trigger_fd(guard->sensor, RP_PSI_MEMORY) ||
           fd == rp_sensor_trigger_fd(guard->sensor, RP_PSI_IO) || rp_alarms_own(&guard->alarms, fd);
}

/* The ring stays readable while nobody reads it, so not to be woken by it takes not to wait for it. */
static void listen_to_events(struct rp_guard *guard, rp_ns deaf_until_ns)
{
    struct epoll_event event = {.events = deaf_until_ns ? 0 : EPOLLIN, .data.fd = rp_sensor_event_fd(guard->sensor)};
    guard->deaf_until_ns = deaf_until_ns;
    (void)epoll_ctl(guard->epoll_fd, EPOLL_CTL_MOD, event.data.fd, &event);
}

/* True if the node should be looked at now. */
static bool hear(struct rp_guard *guard, const struct epoll_event *event, rp_ns now)
{
    int fd = event->data.fd;
    uint64_t expirations;
    if (fd == guard->timer_fd)
        return read(fd, &expirations, sizeof(expirations)) > 0 && now >= rp_guard_next_look(guard) &&
               rp_guard_rings(guard, now);
    if (fd == rp_sensor_event_fd(guard->sensor))
        listen_to_events(guard, now + EVENTS_PAUSE_NS);
    if (is_alarm(guard, fd)) {
        if (event->events & EPOLLERR)
            rp_alarms_end(&guard->alarms, fd);
        return true;
    }
    if (fd == guard->setup->guard[1])
        hear_supervisor(guard, now);
    else if (fd == guard->setup->link[0])
        hear_link(guard);
    else if (fd == guard->signal_fd)
        begin_stop(guard, now);
    else if (fd == guard->control.listen_fd)
        rp_control_accept(&guard->control);
    else if (rp_control_owns(&guard->control, fd))
        hear_client(guard, fd, now);
    else
        guard->hands_call = true;
    return guard->inbox.complete || guard->command != RP_COMMAND_NONE || guard->outcomes.n > 0;
}

/* ---- the loop */

static void sleep_until(struct rp_guard *guard, rp_ns now)
{
    rp_ns next = rp_min_u64(rp_guard_next_look(guard), rp_hands_next_deadline(&guard->hands));
    if (!guard->stopping) {
        next = rp_min_u64(next, rp_min_u64(rp_disk_watch_next(&guard->disks), rp_recorder_next(&guard->recorder)));
        next = rp_min_u64(next, rp_weigh_watch_next(&guard->weighing));
    }
    if (guard->stopping || guard->revert_client >= 0)
        next = rp_min_u64(next, now + STOP_POLL_NS);
    if (guard->deaf_until_ns)
        next = rp_min_u64(next, guard->deaf_until_ns);
    guard->planned_ns = rp_max_u64(next, now + 1);
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(guard->planned_ns / RP_NS_PER_S),
                                         .tv_nsec = (long)(guard->planned_ns % RP_NS_PER_S)}};
    (void)timerfd_settime(guard->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/* What hands can do when nothing is more urgent. */
static void order_errands(struct rp_guard *guard, rp_ns now)
{
    enum rp_reason why;
    rp_weigh_watch_order(&guard->weighing, guard->arena, &guard->hands, now);
    rp_disk_watch_order(&guard->disks, guard->arena, &guard->hands, now);
    rp_recorder_order(&guard->recorder, guard->arena, &guard->hands, now, false);
    const bool enforce = rp_guard_mode(guard, &why) == RP_MODE_ENFORCE;
    rp_alarms_tend(&guard->alarms, guard->arena, &guard->hands, enforce);
    rp_keeper_tend(&guard->keeper, guard->arena, &guard->hands);
    rp_registrar_tend(&guard->registrar, guard->arena, &guard->hands,
                      enforce && (guard->arena->policy.enabled & (1u << RP_ACTION_CHECKPOINT)));
}

static bool may_end(const struct rp_guard *guard, rp_ns now)
{
    const bool done = rp_undo_used(&guard->setup->undo) == 0 && !guard->recorder.writing;
    return guard->stopping && (done || now >= guard->stop_until_ns);
}

static int loop(struct rp_guard *guard)
{
    struct epoll_event events[WAKEUPS_MAX];
    for (rp_ns now = rp_clock_ns(); !may_end(guard, now); now = rp_clock_ns()) {
        sleep_until(guard, now);
        int n = epoll_wait(guard->epoll_fd, events, WAKEUPS_MAX, -1);
        if (n < 0 && errno != EINTR)
            return -errno;
        bool look = false;
        now = rp_clock_ns();
        if (guard->deaf_until_ns && now >= guard->deaf_until_ns)
            listen_to_events(guard, 0);
        for (int i = 0; i < n; i++)
            look = hear(guard, &events[i], now) || look;
        if (guard->hands_call || now > rp_hands_next_deadline(&guard->hands))
            look = rp_guard_hear_hands(guard, now) || look;
        guard->hands_call = false;
        if (look || guard->outcomes.n > 0)
            rp_guard_tick(guard, now);
        if (guard->deaf_until_ns && guard->events_left)
            listen_to_events(guard, 0);
        if (!guard->stopping)
            order_errands(guard, now);
        else
            rp_recorder_order(&guard->recorder, guard->arena, &guard->hands, now, true);
        finish_revert(guard, now);
    }
    return 0;
}

int rp_guard_main(void *setup)
{
    struct rp_guard *guard = calloc(1, sizeof(*guard));
    if (!guard)
        return 1;
    guard->setup = setup;
    guard->revert_client = -1;
    int rc = map_arena(guard);
    if (rc == 0)
        rc = start(guard);
    if (rc == 0)
        rc = loop(guard);
    /* No freeing: the process ends, and after the seal even munmap is refused. */
    return rc == 0 ? 0 : 1;
}
