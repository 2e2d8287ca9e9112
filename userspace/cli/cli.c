// SPDX-License-Identifier: Apache-2.0
/* Dispatch and help of the operator's tool, both from tbl/verbs.h. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "reprieve/policy.h"

struct verb {
    const char *word, *arguments, *line, *text;
    int (*run)(const struct rp_cli *cli, int argc, char **argv);
};

static const struct verb verbs[] = {
#define RP_VERB(id, word, arguments, line, text) {word, arguments, line, text, rp_cli_##id},
#include "reprieve/tbl/verbs.h"
#undef RP_VERB
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find(const char *word)
{
    for (size_t i = 0; word && i < VERBS; i++)
        if (strcmp(verbs[i].word, word) == 0)
            return &verbs[i];
    return NULL;
}

static void print_help(void)
{
    puts("reprieve - ask and steer the guard of this machine\n\n"
         "Usage: reprieve [--run-dir DIR] VERB [ARGUMENTS]\n\nVerbs:");
    for (size_t i = 0; i < VERBS; i++)
        printf("  %-14s %s\n", verbs[i].word, verbs[i].line);
    puts("  help VERB      more about a verb\n\n"
         "Options:\n"
         "  --run-dir DIR  where the guard keeps its socket (default: paths.run-dir of the guard, /run/reprieve)\n"
         "  --version      print the version\n\n"
         "Exit codes: 0 ok, 1 failed, 2 wrong usage or configuration, 4 no guard is running;\n"
         "            status: 10 pressure is watched, 11 the guard is acting;\n"
         "            replay: 12 a decision is not the recorded one.");
}

static int print_verb_help(const struct verb *verb)
{
    printf("Usage: reprieve %s%s%s\n\n%s.\n", verb->word, verb->arguments[0] ? " " : "", verb->arguments, verb->line);
    if (verb->text[0])
        printf("%s\n", verb->text);
    return RP_EXIT_OK;
}

int rp_cli_usage(const char *verb, const char *problem)
{
    fprintf(stderr, "reprieve %s: %s\nTry `reprieve help %s`.\n", verb, problem, verb);
    return RP_EXIT_USAGE;
}

static int help(const char *word)
{
    const struct verb *verb = find(word);
    if (verb)
        return print_verb_help(verb);
    print_help();
    return RP_EXIT_OK;
}

static bool wants_help(int argc, char **argv)
{
    return argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

int rp_cli_main(int argc, char **argv)
{
    static struct rp_policy defaults;
    rp_policy_init(&defaults);
    struct rp_cli cli = {.run_dir = defaults.run_dir};
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--run-dir") == 0 && i + 1 < argc) {
            cli.run_dir = argv[++i];
        } else if (strcmp(argv[i], "--version") == 0) {
            puts("reprieve " RP_VERSION);
            return RP_EXIT_OK;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return help(NULL);
        } else {
            fprintf(stderr, "reprieve: unknown option %s\nTry `reprieve help`.\n", argv[i]);
            return RP_EXIT_USAGE;
        }
    }
    if (i == argc) {
        print_help();
        return RP_EXIT_USAGE;
    }
    if (strcmp(argv[i], "help") == 0)
        return help(i + 1 < argc ? argv[i + 1] : NULL);
    const struct verb *verb = find(argv[i]);
    if (!verb) {
        fprintf(stderr, "reprieve: there is no verb %s\nTry `reprieve help`.\n", argv[i]);
        return RP_EXIT_USAGE;
    }
    return wants_help(argc - i, argv + i) ? print_verb_help(verb) : verb->run(&cli, argc - i, argv + i);
}
