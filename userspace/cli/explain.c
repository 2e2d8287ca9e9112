// SPDX-License-Identifier: Apache-2.0
/* `reprieve explain`: why this pod, why this incident. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/state.h"
#include "core/view/explain.h"

struct wish {
    enum rp_signal signal;
    const char *what, *load;
};

static int parse(struct wish *wish, int argc, char **argv)
{
    static const struct option options[] = {
        {"signal", required_argument, NULL, 's'},
        {"load", required_argument, NULL, 'l'},
        {NULL, 0, NULL, 0},
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 's')
            wish->signal = rp_signal_by_name(optarg, strlen(optarg));
        else if (option == 'l')
            wish->load = optarg;
        else
            return -EINVAL;
    }
    wish->what = argv[optind];
    return optind + 1 == argc && wish->signal < RP_SIGNAL_MAX ? 0 : -EINVAL;
}

static int explain(struct rp_arena *arena, const struct wish *wish)
{
    static char text[RP_EXPLAIN_MAX];
    if (strcmp(wish->what, "incident") == 0) {
        rp_explain_incident(arena, text, sizeof(text));
        fputs(text, stdout);
        return RP_EXIT_OK;
    }
    const int pod = rp_explain_find(arena, wish->what);
    if (pod < 0) {
        fprintf(stderr,
                pod == -ENOTUNIQ ? "reprieve: several pods are called %s: name one as NAMESPACE/NAME.\n"
                                 : "reprieve: there is no pod %s on this node: `reprieve status` lists them.\n",
                wish->what);
        return RP_EXIT_FAILED;
    }
    rp_explain_pod(arena, (uint32_t)pod, wish->signal, text, sizeof(text));
    fputs(text, stdout);
    return RP_EXIT_OK;
}

int rp_cli_explain(const struct rp_cli *cli, int argc, char **argv)
{
    struct wish wish = {.signal = RP_SIGNAL_MEMORY};
    struct rp_state state;
    if (parse(&wish, argc, argv) != 0)
        return rp_cli_usage("explain", "unknown or unfit argument");
    int code = rp_state_open(cli, wish.load, &state);
    if (code != RP_EXIT_OK)
        return code;
    code = explain(state.arena, &wish);
    rp_state_close(&state);
    return code;
}
