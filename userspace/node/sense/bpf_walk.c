// SPDX-License-Identifier: Apache-2.0
/* One walk of the cgroup iterator. */
#include "node/sense/bpf_walk.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"

int rp_bpf_walk(int walk_fd)
{
    char nothing[64];
    RP_CLEANUP_FD int fd = bpf_iter_create(walk_fd);
    ssize_t got;

    if (fd < 0)
        return fd;
    /* The program prints nothing: one read walks everything and reports the end. */
    do
        got = read(fd, nothing, sizeof(nothing));
    while (got > 0 || (got < 0 && errno == EINTR));
    return got < 0 ? -errno : 0;
}
