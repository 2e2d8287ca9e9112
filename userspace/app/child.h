// SPDX-License-Identifier: Apache-2.0
/* Starting processes: a fork that ends with its parent, knows its name, and is watched through a pidfd. */
#ifndef RP_APP_CHILD_H
#define RP_APP_CHILD_H

#include <sys/types.h>

#include "reprieve/types.h"

struct rp_child {
    pid_t pid; /* 0: not running */
    int pidfd;
    rp_ns started_ns;
};

/*
 * Fork. In the child: process name, death signal `pdeath` when the parent dies, default signal handlers, `run(arg)`, exit
 * with its result. In the parent: pid and pidfd, or -errno.
 */
int rp_child_start(struct rp_child *child, const char *name, int pdeath, int (*run)(void *arg),
                   void *arg) RP_MUST_CHECK;

/* Reap if it has ended: 1 and the wait status, 0 if it still runs. Closes the pidfd when it reaps. */
int rp_child_reap(struct rp_child *child, int *status);

/* Wait for the end, at most `timeout_ms`; kills it then. Returns the wait status. */
int rp_child_finish(struct rp_child *child, int timeout_ms);

void rp_child_signal(const struct rp_child *child, int signal);

/*
 * In a fresh child: close every descriptor but stdin, stdout, stderr and those named (negative ones are skipped). A fork
 * inherits all of the supervisor's, and a process that faces the network must not hold a socket that reaches a hand.
 */
void rp_child_keep_fds(const int *keep, size_t n);

rp_ns rp_now_ns(void);

#endif
