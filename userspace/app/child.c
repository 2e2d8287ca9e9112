// SPDX-License-Identifier: Apache-2.0
#include "app/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/say.h"
#include "base/fdio.h"

rp_ns rp_now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (rp_ns)t.tv_sec * RP_NS_PER_S + (rp_ns)t.tv_nsec;
}

static void __attribute__((noreturn)) become(const char *name, int pdeath, pid_t parent, int (*run)(void *), void *arg)
{
    char comm[16];
    sigset_t none;
    (void)snprintf(comm, sizeof(comm), "rp-%s", name);
    (void)prctl(PR_SET_NAME, comm);
    (void)prctl(PR_SET_PDEATHSIG, pdeath);
    if (getppid() != parent) /* it died before the line above */
        _exit(1);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGTERM, SIG_DFL);
    rp_say_as(name);
    _exit(run(arg));
}

int rp_child_start(struct rp_child *child, const char *name, int pdeath, int (*run)(void *arg), void *arg)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        become(name, pdeath, parent, run, arg);
    int pidfd = rp_pidfd_open(pid);
    if (pidfd < 0) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        return pidfd;
    }
    *child = (struct rp_child){.pid = pid, .pidfd = pidfd, .started_ns = rp_now_ns()};
    return 0;
}

void rp_child_keep_fds(const int *keep, size_t n)
{
    unsigned int from = STDERR_FILENO + 1;
    for (;;) {
        unsigned int next = UINT32_MAX; /* the smallest kept descriptor that is not below `from` */
        for (size_t i = 0; i < n; i++)
            if (keep[i] >= 0 && (unsigned int)keep[i] >= from && (unsigned int)keep[i] < next)
                next = (unsigned int)keep[i];
        if (next > from)
            (void)close_range(from, next - 1, 0);
        if (next == UINT32_MAX)
            return;
        from = next + 1;
    }
}

int rp_child_reap(struct rp_child *child, int *status)
{
    if (child->pid == 0 || waitpid(child->pid, status, WNOHANG) != child->pid)
        return 0;
    (void)close(child->pidfd);
    *child = (struct rp_child){.pidfd = -1};
    return 1;
}

void rp_child_signal(const struct rp_child *child, int signal)
{
    if (child->pid)
        rp_discard(rp_pidfd_send_signal(child->pidfd, signal));
}

int rp_child_finish(struct rp_child *child, int timeout_ms)
{
    int status = 0;
    if (child->pid == 0)
        return 0;
    struct pollfd ended = {.fd = child->pidfd, .events = POLLIN};
    if (poll(&ended, 1, timeout_ms) <= 0)
        rp_child_signal(child, SIGKILL);
    /* A child that sleeps in the kernel outlives SIGKILL; do not wait for it for ever. */
    (void)poll(&ended, 1, 1000);
    if (!rp_child_reap(child, &status)) {
        rp_say(RP_WARN, "process %d does not end; it is left behind", (int)child->pid);
        (void)close(child->pidfd);
        *child = (struct rp_child){.pidfd = -1};
    }
    return status;
}
