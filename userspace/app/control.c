// SPDX-License-Identifier: Apache-2.0
#include "app/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"

int rp_control_listen(const char *run_dir)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", run_dir, RP_CONTROL_SOCKET);
    if (n < 0 || (size_t)n >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    RP_CLEANUP_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    /* The run directory's lock is held, so whatever is there belongs to nobody alive. */
    if (unlink(address.sun_path) != 0 && errno != ENOENT)
        return -errno;
    mode_t old = umask(0177);
    int rc = bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : -errno;
    (void)umask(old);
    if (rc == 0 && listen(fd, RP_CLIENTS_MAX) != 0)
        rc = -errno;
    return rc == 0 ? RP_TAKE_FD(fd) : rc;
}

void rp_control_init(struct rp_control *control, int listen_fd, int epoll_fd, int arena_fd, uint64_t arena_bytes)
{
    *control = (struct rp_control){
        .listen_fd = listen_fd, .epoll_fd = epoll_fd, .arena_fd = arena_fd, .arena_bytes = arena_bytes};
    for (int i = 0; i < RP_CLIENTS_MAX; i++)
        control->clients[i] = -1;
}

bool rp_control_owns(const struct rp_control *control, int fd)
{
    for (int i = 0; i < RP_CLIENTS_MAX; i++)
        if (fd >= 0 && control->clients[i] == fd)
            return true;
    return false;
}

static void drop(struct rp_control *control, int fd)
{
    for (int i = 0; i < RP_CLIENTS_MAX; i++)
        if (control->clients[i] == fd)
            control->clients[i] = -1;
    (void)close(fd); /* leaves the epoll set by itself */
}

void rp_control_accept(struct rp_control *control)
{
    int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    for (int i = 0; i < RP_CLIENTS_MAX; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (control->clients[i] >= 0)
            continue;
        if (epoll_ctl(control->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
            break;
        control->clients[i] = fd;
        return;
    }
    (void)close(fd);
}

static void reply(struct rp_control *control, int fd, const struct rp_control_reply *answer, int pass_fd)
{
    struct rp_fds fds = {.fd = {pass_fd}, .n = pass_fd >= 0 ? 1 : 0};
    if (rp_send_fds(fd, answer, sizeof(*answer), &fds) != 0)
        drop(control, fd);
}

uint32_t rp_control_read(struct rp_control *control, int fd)
{
    struct rp_control_request request;
    ssize_t n = recv(fd, &request, sizeof(request), MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n != (ssize_t)sizeof(request)) {
        drop(control, fd);
        return 0;
    }
    struct rp_control_reply answer = {.version = RP_CONTROL_VERSION, .arena_bytes = control->arena_bytes};
    if (request.version != RP_CONTROL_VERSION) {
        answer.error = -EPROTONOSUPPORT;
        reply(control, fd, &answer, -1);
        return 0;
    }
    switch (request.verb) {
    case RP_CONTROL_HELLO:
        reply(control, fd, &answer, control->arena_fd);
        return 0;
    case RP_CONTROL_REVERT:
    case RP_CONTROL_RESUME:
        return request.verb;
    default:
        answer.error = -EINVAL;
        reply(control, fd, &answer, -1);
        return 0;
    }
}

void rp_control_answer(struct rp_control *control, int fd, uint64_t reverted, uint64_t left)
{
    struct rp_control_reply answer = {.version = RP_CONTROL_VERSION, .reverted = reverted, .left = left};
    reply(control, fd, &answer, -1);
}

void rp_control_refuse(struct rp_control *control, int fd, int error)
{
    struct rp_control_reply answer = {.version = RP_CONTROL_VERSION, .error = error};
    reply(control, fd, &answer, -1);
}
