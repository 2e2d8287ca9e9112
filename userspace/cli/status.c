// SPDX-License-Identifier: Apache-2.0
/* The state of the guard, live or from a file that somebody saved. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/render.h"
#include "cli/state.h"

struct wish {
    bool json;
    const char *save, *load;
};

static int parse(struct wish *wish, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"save", required_argument, NULL, 's'},
        {"load", required_argument, NULL, 'l'},
        {NULL, 0, NULL, 0},
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'j')
            wish->json = true;
        else if (option == 's')
            wish->save = optarg;
        else if (option == 'l')
            wish->load = optarg;
        else
            return -EINVAL;
    }
    return optind == argc && !(wish->save && wish->load) ? 0 : -EINVAL;
}

static int save(const struct rp_arena *arena, const char *path)
{
    RP_CLEANUP_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int64_t now_ns = (int64_t)time(NULL) * (int64_t)RP_NS_PER_S;
    int rc = fd < 0 ? -errno : rp_keyframe_write(fd, arena, now_ns);
    if (rc != 0)
        fprintf(stderr, "reprieve: cannot write %s: %s\n", path, strerror(-rc));
    return rc;
}

static int show(struct rp_arena *arena, bool json)
{
    if (json && rp_render_json(stdout, arena) != 0)
        return RP_EXIT_FAILED;
    if (!json)
        rp_render_text(stdout, arena, 0);
    if (arena->ladder.phase == RP_PHASE_ACT)
        return RP_EXIT_ACT;
    return arena->ladder.phase == RP_PHASE_WATCH ? RP_EXIT_WATCH : RP_EXIT_OK;
}

int rp_cli_status(const struct rp_cli *cli, int argc, char **argv)
{
    struct wish wish = {0};
    struct rp_state state;
    if (parse(&wish, argc, argv) != 0)
        return rp_cli_usage("status", "unknown or unfit argument");
    int code = rp_state_open(cli, wish.load, &state);
    if (code != RP_EXIT_OK)
        return code;
    code = wish.save && save(state.arena, wish.save) != 0 ? RP_EXIT_FAILED : show(state.arena, wish.json);
    rp_state_close(&state);
    return code;
}
