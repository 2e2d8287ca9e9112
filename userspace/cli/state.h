// SPDX-License-Identifier: Apache-2.0
/* The state that a verb is about: of the running guard, or from a file that `reprieve status --save` wrote. */
#ifndef RP_CLI_STATE_H
#define RP_CLI_STATE_H

#include "cli/cli.h"
#include "node/record/keyframe.h"

struct rp_state {
    struct rp_arena *arena; /* lives as long as this */
    struct rp_snapshot snapshot;
    struct rp_keyframe frame;
};

/* `file` NULL: of the guard. RP_EXIT_OK, or another exit code after saying on stderr what is wrong; nothing stays open then. */
int rp_state_open(const struct rp_cli *cli, const char *file, struct rp_state *ret) RP_MUST_CHECK;
void rp_state_close(struct rp_state *state);

#endif
