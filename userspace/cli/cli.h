// SPDX-License-Identifier: Apache-2.0
/* What the verbs of the operator's tool share. */
#ifndef RP_CLI_CLI_H
#define RP_CLI_CLI_H

#include "node/show/snapshot.h"
#include "reprieve/control.h"

/* Exit codes; documented in --help. */
enum rp_exit {
    RP_EXIT_OK = 0,
    RP_EXIT_FAILED = 1,
    RP_EXIT_USAGE = 2, /* also: check-config found mistakes */
    RP_EXIT_NO_GUARD = 4,
    RP_EXIT_WATCH = 10,
    RP_EXIT_ACT = 11,
    RP_EXIT_DIFFERS = 12,
};

struct rp_cli {
    const char *run_dir; /* where the guard's socket is */
};

/* One per verb; argv[0] is the verb. Returns an exit code. */
#define RP_VERB(id, word, arguments, line, text) int rp_cli_##id(const struct rp_cli *cli, int argc, char **argv);
#include "reprieve/tbl/verbs.h"
#undef RP_VERB

/* argv of the whole program. */
int rp_cli_main(int argc, char **argv);

/* ---- client.c */

/* Ask the guard. 0 and the reply (and a descriptor if `ret_fd` is given), or -errno; -ENOENT: no guard is running. */
int rp_client_ask(const struct rp_cli *cli, enum rp_control_verb verb, struct rp_control_reply *reply,
                  int *ret_fd) RP_MUST_CHECK;

/* Connect and map the guard's arena. 0 or -errno after saying on stderr what is wrong and what to do. */
int rp_client_open(const struct rp_cli *cli, struct rp_snapshot *ret) RP_MUST_CHECK;

/* Say why the guard could not be reached. */
void rp_client_explain(const struct rp_cli *cli, int error);

/* "Try `reprieve help VERB`." after a wrong argument; returns RP_EXIT_USAGE. */
int rp_cli_usage(const char *verb, const char *problem);

#endif
