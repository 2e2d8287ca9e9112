// SPDX-License-Identifier: Apache-2.0
/*
 * The guard's side of the control socket (include/reprieve/control.h). Served inside the rescue thread, so it is all
 * non-blocking: one read, one reply, a client that is not there to take its reply is dropped.
 */
#ifndef RP_APP_CONTROL_H
#define RP_APP_CONTROL_H

#include "reprieve/control.h"
#include "reprieve/types.h"

#define RP_CLIENTS_MAX 8

struct rp_control {
    int listen_fd;
    int epoll_fd;
    int arena_fd; /* read-only, given to clients */
    uint64_t arena_bytes;
    int clients[RP_CLIENTS_MAX]; /* -1: free */
};

/* Create and bind the socket: 0600, an old one of a dead process is replaced. The descriptor, or -errno. */
int rp_control_listen(const char *run_dir) RP_MUST_CHECK;

void rp_control_init(struct rp_control *control, int listen_fd, int epoll_fd, int arena_fd, uint64_t arena_bytes);

/* A connection waits: accept it, or turn it away when all places are taken. */
void rp_control_accept(struct rp_control *control);

/*
 * Something happened on `fd`. HELLO is answered here. For REVERT and RESUME the verb is returned and the connection
 * waits for rp_control_answer or rp_control_refuse. 0: nothing to do.
 */
uint32_t rp_control_read(struct rp_control *control, int fd);
void rp_control_answer(struct rp_control *control, int fd, uint64_t reverted, uint64_t left);
void rp_control_refuse(struct rp_control *control, int fd, int error);

bool rp_control_owns(const struct rp_control *control, int fd);

#endif
