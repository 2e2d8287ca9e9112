// SPDX-License-Identifier: Apache-2.0
/* Whole reads and writes, newer system calls, and descriptors that travel over a socket. */
#include "base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define OPENAT2_ATTEMPTS 16
#define LOCK_PAUSE_MS    50

/* pread(2) that a signal cannot interrupt: bytes read, 0 at the end, or -errno. */
static ssize_t pread_once(int fd, void *buf, size_t len, size_t at)
{
    for (;;) {
        const ssize_t n = pread(fd, buf, len, (off_t)at);
        if (n >= 0)
            return n;
        if (errno != EINTR)
            return -errno;
    }
}

int rp_pread_all(int fd, void *buf, size_t cap, size_t *ret_len)
{
    size_t len = 0;
    while (len < cap) {
        const ssize_t n = pread_once(fd, (char *)buf + len, cap - len, len);
        if (n < 0)
            return (int)n;
        if (n == 0) {
            *ret_len = len;
            return 0;
        }
        len += (size_t)n;
    }
    char more = 0;
    const ssize_t n = pread_once(fd, &more, 1, len);
    if (n < 0)
        return (int)n;
    if (n > 0)
        return -E2BIG;
    *ret_len = len;
    return 0;
}

int rp_write_all(int fd, const void *buf, size_t len)
{
    const char *at = buf;
    do {
        const ssize_t n = write(fd, at, len);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0 && len > 0)
            return -EIO; /* neither progress nor an error: trying again would never end */
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    } while (len > 0);
    return 0;
}

int rp_openat2(int dirfd, const char *path, int flags, uint64_t resolve)
{
    const struct open_how how = {
        .flags = (uint64_t)(unsigned int)flags | O_CLOEXEC,
        .mode = (flags & O_CREAT) ? 0600 : 0,
        .resolve = resolve,
    };
    for (int i = 0; i < OPENAT2_ATTEMPTS; i++) {
        const long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
        if (fd >= 0)
            return (int)fd;
        /* EAGAIN: a rename raced with the resolution of "..", so the kernel could not prove that it stayed inside. */
        if (errno != EINTR && errno != EAGAIN)
            return -errno;
    }
    return -EAGAIN;
}

int rp_pidfd_open(pid_t pid)
{
    const long fd = syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : (int)fd;
}

int rp_pidfd_send_signal(int pidfd, int signal)
{
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

/* Room for one control message with the most descriptors, aligned as the kernel wants it. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * RP_FDS_MAX)];
};

int rp_send_fds(int sock, const void *data, size_t len, const struct rp_fds *fds)
{
    union control control = {0};
    struct iovec part = {.iov_len = len};
    /* sendmsg() only reads, but iovec has no const. */
    memcpy(&part.iov_base, &data, sizeof(data));
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fds && fds->n > RP_FDS_MAX)
        return -EINVAL;
    if (fds && fds->n > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fds->n);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int) * fds->n);
        memcpy(CMSG_DATA(&control.header), fds->fd, sizeof(int) * fds->n);
    }
    for (;;) {
        const ssize_t n = sendmsg(sock, &message, MSG_NOSIGNAL);
        if (n >= 0)
            return (size_t)n == len ? 0 : -EMSGSIZE;
        if (errno != EINTR)
            return -errno;
    }
}

/* Collect what arrived; the kernel has opened it already, so it is ours to close even if the message is refused. */
static void take_fds(struct msghdr *message, struct rp_fds *ret)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        const size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n && ret->n < RP_FDS_MAX; i++)
            memcpy(&ret->fd[ret->n++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
}

int rp_recv_fds(int sock, void *buf, size_t cap, size_t *ret_len, struct rp_fds *ret_fds)
{
    union control control = {0};
    struct iovec part = {.iov_base = buf, .iov_len = cap};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct rp_fds fds = {0};
    ssize_t n = 0;
    do {
        n = recvmsg(sock, &message, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    take_fds(&message, &fds);
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        for (size_t i = 0; i < fds.n; i++)
            rp_close_fd(&fds.fd[i]);
        return -EMSGSIZE;
    }
    *ret_len = (size_t)n;
    *ret_fds = fds;
    return 0;
}

int rp_lock_within(int fd, uint32_t patience_ms)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * (long)RP_NS_PER_MS};
    for (uint32_t waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_PAUSE_MS) {
        if (errno != EWOULDBLOCK || waited_ms >= patience_ms)
            return -errno;
        (void)nanosleep(&pause, NULL);
    }
    return 0;
}
