// SPDX-License-Identifier: Apache-2.0
/*
 * File descriptors: whole reads and writes, and the newer system calls that glibc 2.36 does not wrap (or only partly).
 */
#ifndef RP_BASE_FDIO_H
#define RP_BASE_FDIO_H

#include <sys/types.h>

#include "reprieve/types.h"

/*
 * Read a kernel file from its start to its end. Its size is not known before, so this reads until the kernel says end.
 * 0 and the number of bytes; -E2BIG if it is longer than cap (buf then holds its beginning), another -errno as read.
 * Nothing is terminated: parsers take (text, len).
 */
int rp_pread_all(int fd, void *buf, size_t cap, size_t *ret_len) RP_MUST_CHECK;

/* Write everything at the current position. 0 or -errno. The first attempt is one write(2), as cgroup files demand. */
int rp_write_all(int fd, const void *buf, size_t len) RP_MUST_CHECK;

/*
 * openat2(2) with O_CLOEXEC added and mode 0600 for O_CREAT. `resolve` is RESOLVE_* of <linux/openat2.h>.
 * The descriptor, or -errno; a path that is renamed meanwhile is tried again a few times before -EAGAIN.
 */
int rp_openat2(int dirfd, const char *path, int flags, uint64_t resolve) RP_MUST_CHECK;

/* A descriptor for the process, or -errno (-ESRCH: gone). */
int rp_pidfd_open(pid_t pid) RP_MUST_CHECK;

/* signal 0 asks only whether it is there. 0 or -errno. */
int rp_pidfd_send_signal(int pidfd, int signal) RP_MUST_CHECK;

#define RP_FDS_MAX 8

struct rp_fds {
    int fd[RP_FDS_MAX];
    size_t n;
};

/* One message with descriptors on a unix socket (SOCK_SEQPACKET or SOCK_DGRAM); fds may be NULL. 0 or -errno. */
int rp_send_fds(int sock, const void *data, size_t len, const struct rp_fds *fds) RP_MUST_CHECK;

/*
 * Receive one such message; every descriptor has close-on-exec and belongs to the caller. 0 with *ret_len 0 is the end
 * of the connection. -EMSGSIZE if data or descriptors did not fit: then nothing is kept open.
 */
int rp_recv_fds(int sock, void *buf, size_t cap, size_t *ret_len, struct rp_fds *ret_fds) RP_MUST_CHECK;

/* Take an exclusive flock(2); wait for it that long at most. 0, -EWOULDBLOCK, or another -errno. */
int rp_lock_within(int fd, uint32_t patience_ms) RP_MUST_CHECK;

#endif
