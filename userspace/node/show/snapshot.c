// SPDX-License-Identifier: Apache-2.0
#include "node/show/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/seq.h"

int rp_snapshot_open(struct rp_snapshot *snapshot, int fd, size_t bytes)
{
    if (bytes < sizeof(struct rp_arena))
        return -EBADMSG;
    struct rp_arena *copy = malloc(bytes);
    void *shared = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (!copy || shared == MAP_FAILED) {
        int rc = copy ? -errno : -ENOMEM;
        free(copy);
        if (shared != MAP_FAILED)
            (void)munmap(shared, bytes);
        return rc;
    }
    *snapshot = (struct rp_snapshot){.shared = shared, .copy = copy, .bytes = bytes};
    return 0;
}

void rp_snapshot_close(struct rp_snapshot *snapshot)
{
    if (snapshot->shared)
        (void)munmap((void *)(uintptr_t)snapshot->shared, snapshot->bytes);
    free(snapshot->copy);
    *snapshot = (struct rp_snapshot){0};
}

int rp_snapshot_take(struct rp_snapshot *snapshot)
{
    int rc = rp_seq_read(&snapshot->shared->sequence, snapshot->copy, snapshot->shared, snapshot->bytes);
    return rc == 0 ? rp_arena_check(snapshot->copy, snapshot->bytes) : rc;
}
