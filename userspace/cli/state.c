// SPDX-License-Identifier: Apache-2.0
#include "cli/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static int open_file(const char *path, struct rp_state *ret)
{
    RP_CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    const int rc = fd < 0 ? -errno : rp_keyframe_read(fd, &ret->frame);
    if (rc != 0) {
        fprintf(stderr, "reprieve: cannot use %s: %s\n", path,
                rc == -EBADMSG           ? "it is damaged or not a saved state"
                : rc == -EPROTONOSUPPORT ? "another version of Reprieve saved it"
                                         : strerror(-rc));
        return RP_EXIT_FAILED;
    }
    ret->arena = ret->frame.arena;
    return RP_EXIT_OK;
}

int rp_state_open(const struct rp_cli *cli, const char *file, struct rp_state *ret)
{
    *ret = (struct rp_state){0};
    if (file)
        return open_file(file, ret);
    if (rp_client_open(cli, &ret->snapshot) != 0)
        return RP_EXIT_NO_GUARD;
    ret->arena = ret->snapshot.copy;
    return RP_EXIT_OK;
}

void rp_state_close(struct rp_state *state)
{
    if (state->snapshot.copy)
        rp_snapshot_close(&state->snapshot);
    rp_keyframe_deinit(&state->frame);
    state->arena = NULL;
}
