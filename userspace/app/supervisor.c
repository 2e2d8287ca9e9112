// SPDX-License-Identifier: Apache-2.0
/*
 * The supervisor starts the others and waits. When the guard dies it undoes the guard's changes at once and starts a new
 * one; three deaths within ten minutes hold the new guard in observe mode. It does nothing else, so that it survives
 * whatever kills the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/child.h"
#include "app/rights.h"
#include "app/say.h"
#include "app/setup.h"
#include "base/cleanup.h"
#include "base/fdio.h"

#define DEATHS_MAX       3
#define DEATHS_WINDOW_NS (600 * RP_NS_PER_S)
#define STOP_TIMEOUT_MS  5000
#define HANDS_END_NS     (50 * RP_NS_PER_MS) /* one that sleeps on a tenant's file system writes no knob */
#define PAUSE_NS         (2 * RP_NS_PER_S)   /* what dies at once is not started in a tight loop */

struct supervisor {
    struct rp_setup setup;
    struct rp_child guard, link, hands[RP_HANDS];
    rp_ns deaths_ns[DEATHS_MAX];
    uint32_t deaths;
    rp_ns link_due_ns;  /* when to start the link again, 0: it runs */
    rp_ns guard_due_ns; /* and the guard, with all the others */
    bool stopping;
};

static int make_pair(int pair[2])
{
    rp_close_fd(&pair[0]);
    rp_close_fd(&pair[1]);
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0 ? 0 : -errno;
}

static void tell_guard(struct supervisor *s, enum rp_warden_kind kind, uint32_t slot, int fd)
{
    struct rp_warden message = {.kind = (uint32_t)kind, .slot = slot};
    struct rp_fds fds = {.fd = {fd}, .n = fd >= 0 ? 1 : 0};
    if (s->guard.pid && rp_send_fds(s->setup.guard[0], &message, sizeof(message), &fds) != 0)
        rp_say(RP_WARN, "cannot reach the guard: %s", strerror(errno));
}

/* ---- starting */

static int start_hand(struct supervisor *s, uint32_t slot)
{
    struct rp_hand_start start = {.setup = &s->setup, .slot = slot};
    int rc = make_pair(s->setup.hands[slot]);
    if (rc == 0)
        rc = rp_child_start(&s->hands[slot], "hand", SIGKILL, rp_hand_process, &start);
    rp_close_fd(&s->setup.hands[slot][1]);
    if (rc != 0)
        rp_say(RP_ERROR, "cannot start a hand: %s", strerror(-rc));
    return rc;
}

static int start_link(struct supervisor *s)
{
    int rc = make_pair(s->setup.link);
    if (rc == 0)
        rc = rp_child_start(&s->link, "link", SIGKILL, rp_link_process, &s->setup);
    rp_close_fd(&s->setup.link[1]);
    s->link_due_ns = 0;
    if (rc != 0)
        rp_say(RP_ERROR, "cannot start the link: %s", strerror(-rc));
    return rc;
}

static int start_guard(struct supervisor *s)
{
    int rc = make_pair(s->setup.guard);
    s->setup.guard_starts++;
    if (rc == 0) /* if the supervisor dies, the guard is asked to end properly: it undoes its changes first */
        rc = rp_child_start(&s->guard, "guard", SIGTERM, rp_guard_main, &s->setup);
    rp_close_fd(&s->setup.guard[1]);
    /* The guard owns the near ends of hands and link now. */
    for (uint32_t i = 0; i < RP_HANDS; i++)
        rp_close_fd(&s->setup.hands[i][0]);
    rp_close_fd(&s->setup.link[0]);
    if (rc != 0)
        rp_say(RP_ERROR, "cannot start the guard: %s", strerror(-rc));
    return rc;
}

static int start_all(struct supervisor *s)
{
    int rc = 0;
    for (uint32_t i = 0; i < RP_HANDS && rc == 0; i++)
        rc = start_hand(s, i);
    if (rc == 0)
        rc = start_link(s);
    return rc == 0 ? start_guard(s) : rc;
}

/* ---- when one of them ends */

static void say_end(const char *who, int status)
{
    if (WIFSIGNALED(status))
        rp_say(RP_WARN, "%s died by signal %d (%s)", who, WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        rp_say(RP_WARN, "%s ended with code %d", who, WEXITSTATUS(status));
}

/* A hand that is in the middle of a job would write again what has just been undone. */
static void end_hands(struct supervisor *s)
{
    for (uint32_t i = 0; i < RP_HANDS; i++)
        rp_child_signal(&s->hands[i], SIGKILL);
    rp_ns until = rp_now_ns() + HANDS_END_NS;
    for (uint32_t i = 0; i < RP_HANDS; i++) {
        struct pollfd ended = {.fd = s->hands[i].pidfd, .events = POLLIN};
        rp_ns now = rp_now_ns();
        if (s->hands[i].pid && now < until)
            (void)poll(&ended, 1, (int)((until - now) / RP_NS_PER_MS) + 1);
    }
}

static void revert(struct supervisor *s, enum rp_reason reason)
{
    struct rp_undo_summary summary = {0};
    end_hands(s);
    rp_undo_revert_all(&s->setup.undo, &s->setup.roots, reason, &summary);
    rp_setup_say_undone("changes undone", &summary);
}

static void stop_rest(struct supervisor *s)
{
    rp_child_signal(&s->link, SIGTERM);
    for (uint32_t i = 0; i < RP_HANDS; i++)
        (void)rp_child_finish(&s->hands[i], 200);
    (void)rp_child_finish(&s->link, 1000);
}

static bool dies_too_often(struct supervisor *s)
{
    rp_ns now = rp_now_ns();
    s->deaths_ns[s->deaths++ % DEATHS_MAX] = now;
    rp_ns oldest = s->deaths_ns[s->deaths % DEATHS_MAX]; /* of the last three: the next place in the ring */
    return s->deaths >= DEATHS_MAX && now - oldest < DEATHS_WINDOW_NS;
}

static int guard_ended(struct supervisor *s, int status)
{
    revert(s, RP_REASON_CRASH); /* first of all: pods may be frozen */
    say_end("guard", status);
    if (s->stopping)
        return 0;
    bool too_often = dies_too_often(s);
    if (too_often && !s->setup.force_observe) {
        s->setup.force_observe = true;
        rp_say(RP_ERROR, "the guard died %d times in ten minutes: it observes only, until reprieved is restarted",
               DEATHS_MAX);
    }
    /* Hands and link hold the other ends of sockets that died with the guard, so they are started anew as well. */
    stop_rest(s);
    if (!too_often)
        return start_all(s);
    rp_close_fd(&s->setup.guard[0]); /* its end would wake the loop all the time */
    s->link_due_ns = 0;
    s->guard_due_ns = rp_now_ns() + PAUSE_NS;
    return 0;
}

static int restart_guard_when_due(struct supervisor *s)
{
    if (s->stopping || !s->guard_due_ns || rp_now_ns() < s->guard_due_ns)
        return 0;
    s->guard_due_ns = 0;
    return start_all(s);
}

static void hand_ended(struct supervisor *s, uint32_t slot, int status)
{
    say_end("a hand", status);
    if (!s->stopping && start_hand(s, slot) == 0) {
        tell_guard(s, RP_WARDEN_HAND, slot, s->setup.hands[slot][0]);
        rp_close_fd(&s->setup.hands[slot][0]);
    }
}

static void restart_link_when_due(struct supervisor *s)
{
    if (s->stopping || !s->link_due_ns || rp_now_ns() < s->link_due_ns || start_link(s) != 0)
        return;
    tell_guard(s, RP_WARDEN_LINK, 0, s->setup.link[0]);
    rp_close_fd(&s->setup.link[0]);
}

static int reap(struct supervisor *s)
{
    int status;
    if (rp_child_reap(&s->guard, &status)) {
        int rc = guard_ended(s, status);
        if (rc != 0 || s->stopping)
            return rc;
    }
    for (uint32_t i = 0; i < RP_HANDS; i++)
        if (rp_child_reap(&s->hands[i], &status))
            hand_ended(s, i, status);
    if (rp_child_reap(&s->link, &status)) {
        if (status != 0) /* it ends well when it is told to, for new sources */
            say_end("link", status);
        s->link_due_ns = rp_now_ns() + PAUSE_NS;
    }
    restart_link_when_due(s);
    return restart_guard_when_due(s);
}

/* ---- what the guard and the operator want */

static void hear_guard(struct supervisor *s)
{
    struct rp_warden message;
    struct rp_fds fds = {.n = 0};
    size_t len = 0;
    if (rp_recv_fds(s->setup.guard[0], &message, sizeof(message), &len, &fds) != 0 || len != sizeof(message))
        return;
    if (message.kind != RP_WARDEN_HAND_LOST || message.slot >= RP_HANDS)
        return;
    rp_say(RP_WARN, "hand %u is stuck in a call that does not return; it is replaced", message.slot);
    struct rp_child *stuck = &s->hands[message.slot];
    rp_child_signal(stuck, SIGKILL);
    rp_close_fd(&stuck->pidfd);
    *stuck = (struct rp_child){.pidfd = -1}; /* reaped by the catch-all in reap_strays, whenever the call returns */
    hand_ended(s, message.slot, SIGKILL);
}

static void reap_strays(struct supervisor *s)
{
    siginfo_t info = {0};
    /* Look without reaping: the known children are reaped through their own entries. */
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid) {
        bool known = info.si_pid == s->guard.pid || info.si_pid == s->link.pid;
        for (uint32_t i = 0; i < RP_HANDS; i++)
            known = known || info.si_pid == s->hands[i].pid;
        if (known)
            return;
        (void)waitpid(info.si_pid, NULL, WNOHANG);
        info.si_pid = 0;
    }
}

static void stop(struct supervisor *s)
{
    s->stopping = true;
    tell_guard(s, RP_WARDEN_STOP, 0, -1);
    (void)rp_child_finish(&s->guard, STOP_TIMEOUT_MS);
    revert(s, RP_REASON_EXIT); /* nothing is left if the guard did it */
    stop_rest(s);
}

static void reload(struct supervisor *s)
{
    if (rp_setup_load_policy(&s->setup) != 0) {
        rp_say(RP_ERROR, "the new configuration is not valid; the old one stays in force");
        return;
    }
    tell_guard(s, RP_WARDEN_POLICY, 0, s->setup.policy_fd);
    rp_child_signal(&s->link, SIGTERM); /* it starts again with the new sources */
    rp_say(RP_INFO, "configuration reloaded");
}

static int open_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -errno;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

static void hear_signals(struct supervisor *s, int fd)
{
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            reload(s);
        else if (info.ssi_signo != SIGCHLD)
            s->stopping = true;
    }
}

static int loop(struct supervisor *s, int signals)
{
    int rc = 0;
    while (rc == 0 && !s->stopping) {
        struct pollfd wait[] = {
            {.fd = s->guard.pidfd, .events = POLLIN},
            {.fd = signals, .events = POLLIN},
            {.fd = s->setup.guard[0], .events = POLLIN},
        };
        if (poll(wait, 3, s->link_due_ns || s->guard_due_ns ? 500 : -1) < 0 && errno != EINTR)
            return -errno;
        rc = reap(s); /* the guard's death comes before everything else */
        if (rc == 0 && (wait[2].revents & POLLIN))
            hear_guard(s);
        hear_signals(s, signals);
        reap_strays(s);
    }
    return rc;
}

/*
 * First in line for CPU time and last for the OOM killer, as the kubelet is. Inherited by guard and hands; the link sets
 * its own back. Refused in a container with fewer rights: then it works, only less surely in time.
 */
static void go_first(void)
{
    struct rlimit no_limit = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    (void)setrlimit(RLIMIT_MEMLOCK, &no_limit);
    RP_CLEANUP_FD int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "-999", 4) != 4)
        rp_say(RP_WARN, "cannot lower the own oom_score_adj (%s): grant CAP_SYS_RESOURCE", strerror(errno));
    if (setpriority(PRIO_PROCESS, 0, -20) != 0)
        rp_say(RP_WARN, "cannot raise the own priority (%s): grant CAP_SYS_NICE", strerror(errno));
}

int rp_supervise(const struct rp_options *options)
{
    static struct supervisor s; /* large, and there is one */
    int signals = open_signals();
    s.guard.pidfd = s.link.pidfd = -1;
    int code = rp_setup_prepare(&s.setup, options);
    if (code != 0)
        return code;
    for (uint32_t i = 0; i < RP_HANDS; i++)
        s.setup.hands[i][0] = s.setup.hands[i][1] = s.hands[i].pidfd = -1;
    s.setup.link[0] = s.setup.link[1] = s.setup.guard[0] = s.setup.guard[1] = -1;
    go_first();
    if (signals < 0 || rp_rights_drop(RP_ROLE_SUPERVISOR) != 0 || start_all(&s) != 0)
        return 1;
    rp_say(RP_INFO, "guarding %s in %s mode", s.setup.policy->cgroup_root,
           s.setup.policy->mode == RP_MODE_ENFORCE ? "enforce" : "observe");
    int rc = loop(&s, signals);
    stop(&s);
    rp_say(RP_INFO, "stopped");
    return rc == 0 ? 0 : 1;
}
