// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/render.h"

int rp_cli_status(const struct rp_cli *cli, int argc, char **argv)
{
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    struct rp_snapshot snapshot;
    if (argc > 1 && !json)
        return rp_cli_usage("status", "unknown argument");
    if (rp_client_open(cli, &snapshot) != 0)
        return RP_EXIT_NO_GUARD;
    struct rp_arena *arena = snapshot.copy;
    int code = arena->ladder.phase == RP_PHASE_ACT     ? RP_EXIT_ACT
               : arena->ladder.phase == RP_PHASE_WATCH ? RP_EXIT_WATCH
                                                       : RP_EXIT_OK;
    if (json)
        code = rp_render_json(stdout, arena) == 0 ? code : RP_EXIT_FAILED;
    else
        rp_render_text(stdout, arena, 0);
    rp_snapshot_close(&snapshot);
    return code;
}
