// SPDX-License-Identifier: Apache-2.0
/* Runs of the cgroup iterators. */
#include "node/sense/bpf_walk.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The program prints nothing: one read runs it over everything and reports the end. */
static int run(int link_fd)
{
    char nothing[64];
    RP_CLEANUP_FD int fd = bpf_iter_create(link_fd);
    ssize_t got;

    if (fd < 0)
        return fd;
    do
        got = read(fd, nothing, sizeof(nothing));
    while (got > 0 || (got < 0 && errno == EINTR));
    return got < 0 ? -errno : 0;
}

int rp_bpf_walk(int walk_fd, int flush_fd)
{
    if (flush_fd >= 0)
        rp_discard(run(flush_fd)); /* older sums are better than no walk */
    return run(walk_fd);
}
