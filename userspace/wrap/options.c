// SPDX-License-Identifier: Apache-2.0
/* What reprieve-wrap is told. */
#include "wrap/options.h"

#include <errno.h>
#include <string.h>

#include "base/line.h"
#include "base/str.h"
#include "core/parse/go_duration.h"
#include "core/parse/unix_signal.h"
#include "reprieve/answer.h"

#define DEFAULT_TIMEOUT_NS (300 * RP_NS_PER_S)

const char rp_wrap_help[] =
    "reprieve-wrap [OPTIONS] [--] PROGRAM [ARGUMENTS]\n"
    "\n"
    "Runs PROGRAM as the first process of a container: passes signals on, reaps orphans, ends with its exit code.\n"
    "When a request for a checkpoint appears, has one written and answers.\n"
    "\n"
    "  --request FILE          where requests appear (" RP_WRAP_REQUEST ")\n"
    "  --ack FILE              where they are answered (" RP_WRAP_ACK ")\n"
    "  --checkpoint-cmd CMD    CMD, run by /bin/sh, writes a checkpoint; exit code 0: it is written. If the last line "
    "that\n"
    "                          it prints begins with a slash, that is the path of the checkpoint. It finds the request "
    "in\n"
    "                          REPRIEVE_ID, _REASON, _SEVERITY, _SECONDS, _DEADLINE and the program in REPRIEVE_PID\n"
    "  --signal NAME           or: this signal makes PROGRAM write one; it is sent only if PROGRAM handles it, and\n"
    "    --done FILE           the checkpoint is written when FILE is new or changed, or\n"
    "    --exits               when PROGRAM has ended with exit code 0\n"
    "  --timeout TIME          how long a checkpoint may take (5m)\n"
    "  --resume-if FILE        if FILE is there and not empty at the start,\n"
    "  --resume-cmd CMD        CMD, run by /bin/sh, is the program instead of PROGRAM\n"
    "  --help                  this text\n"
    "\n"
    "An option that is not given is taken from the environment: REPRIEVE_REQUEST, REPRIEVE_ACK, "
    "REPRIEVE_CHECKPOINT_CMD,\n"
    "REPRIEVE_SIGNAL, REPRIEVE_DONE, REPRIEVE_EXITS=1, REPRIEVE_TIMEOUT, REPRIEVE_RESUME_IF, REPRIEVE_RESUME_CMD.\n"
    "\n"
    "Exit code: PROGRAM's; 128 and the signal that ended it; 127 PROGRAM was not found, 126 it cannot be run,\n"
    "125 reprieve-wrap itself cannot work or was told nonsense.\n";

/* The texts as they were given, before anything is made of them. */
enum word { REQUEST, ACK, COMMAND, SIGNAL, DONE, TIMEOUT, RESUME_IF, RESUME_COMMAND, WORDS };

static const struct {
    const char *option, *variable;
} words[WORDS] = {
    [REQUEST] = {"--request", "REPRIEVE_REQUEST"},
    [ACK] = {"--ack", "REPRIEVE_ACK"},
    [COMMAND] = {"--checkpoint-cmd", "REPRIEVE_CHECKPOINT_CMD"},
    [SIGNAL] = {"--signal", "REPRIEVE_SIGNAL"},
    [DONE] = {"--done", "REPRIEVE_DONE"},
    [TIMEOUT] = {"--timeout", "REPRIEVE_TIMEOUT"},
    [RESUME_IF] = {"--resume-if", "REPRIEVE_RESUME_IF"},
    [RESUME_COMMAND] = {"--resume-cmd", "REPRIEVE_RESUME_CMD"},
};

static int complain(struct rp_complaint *why, const char *a, const char *value, const char *b)
{
    struct rp_line line;
    char shown[80];
    rp_cut(shown, sizeof(shown), value);
    rp_sanitize(shown);
    rp_line_init(&line, why->text, sizeof(why->text));
    rp_line_add(&line, a);
    rp_line_add(&line, shown);
    rp_line_add(&line, b);
    return -EINVAL;
}

/* "--option value" or "--option=value": how many arguments it took, 0: it is another option, or -EINVAL. */
static int take_word(char *const *argv, const char *given[WORDS], struct rp_complaint *why)
{
    for (size_t i = 0; i < WORDS; i++) {
        const size_t len = strlen(words[i].option);
        if (strncmp(argv[0], words[i].option, len) != 0)
            continue;
        if (argv[0][len] == '=') {
            given[i] = argv[0] + len + 1;
            return 1;
        }
        if (argv[0][len] != '\0')
            continue;
        if (!argv[1])
            return complain(why, "", argv[0], " needs a value");
        given[i] = argv[1];
        return 2;
    }
    return 0;
}

static int take_options(char *const *argv, const char *given[WORDS], struct rp_wrap_options *options,
                        struct rp_complaint *why)
{
    while (argv[0] && argv[0][0] == '-') {
        if (strcmp(argv[0], "--") == 0) {
            argv++;
            break;
        }
        const int took = take_word(argv, given, why);
        if (took < 0)
            return took;
        if (strcmp(argv[0], "--exits") == 0)
            options->exits = true;
        else if (strcmp(argv[0], "--help") == 0)
            options->help = true;
        else if (took == 0)
            return complain(why, "unknown option ", argv[0], "; see --help");
        argv += took > 0 ? took : 1;
    }
    options->program = argv;
    return 0;
}

static int check_checkpoint(const struct rp_wrap_options *options, struct rp_complaint *why)
{
    if (options->command && options->signal)
        return complain(why, "", "give --checkpoint-cmd or --signal", ", not both");
    if (options->signal && !options->done && !options->exits)
        return complain(why, "--signal needs ", "--done FILE or --exits", ", to know when the checkpoint is written");
    if (!options->signal && (options->done || options->exits))
        return complain(why, "", "--done and --exits", " belong to --signal");
    if (options->done && options->exits)
        return complain(why, "", "give --done or --exits", ", not both");
    if (!options->resume_if != !options->resume_command)
        return complain(why, "", "--resume-if and --resume-cmd", " need each other");
    if (strcmp(options->request, options->ack) == 0)
        return complain(why, "--request and --ack are both ", options->ack, "; the answer must be another file");
    return 0;
}

static int check_words(const char *given[WORDS], struct rp_wrap_options *options, struct rp_complaint *why)
{
    const char *signal = given[SIGNAL], *timeout = given[TIMEOUT];
    if (signal && rp_parse_unix_signal(rp_text(signal, strlen(signal)), &options->signal) < 0)
        return complain(why, "--signal ", signal, " is not one of " RP_UNIX_SIGNALS_ACCEPTED);
    if (timeout && (rp_parse_duration_ns(timeout, strlen(timeout), &options->timeout_ns) < 0 || !options->timeout_ns))
        return complain(why, "--timeout ", timeout, " is no duration; write it like 30s, 5m or 2h");
    options->command = given[COMMAND];
    options->done = given[DONE];
    options->resume_if = given[RESUME_IF];
    options->resume_command = given[RESUME_COMMAND];
    if (given[REQUEST])
        options->request = given[REQUEST];
    if (given[ACK])
        options->ack = given[ACK];
    if (options->request[0] != '/' || options->ack[0] != '/')
        return complain(why, "", "--request and --ack", " are absolute paths, like " RP_WRAP_REQUEST);
    return check_checkpoint(options, why);
}

int rp_wrap_options_read(char *const *argv, const char *(*lookup)(const char *name), struct rp_wrap_options *ret,
                         struct rp_complaint *why)
{
    const char *given[WORDS] = {NULL};
    struct rp_wrap_options options = {.request = RP_WRAP_REQUEST, .ack = RP_WRAP_ACK, .timeout_ns = DEFAULT_TIMEOUT_NS};
    int r = take_options(argv, given, &options, why);
    if (r < 0)
        return r;
    for (size_t i = 0; i < WORDS; i++) {
        const char *value = given[i] ? NULL : lookup(words[i].variable);
        if (value && value[0])
            given[i] = value;
    }
    const char *exits = lookup("REPRIEVE_EXITS");
    options.exits = options.exits || (exits && strcmp(exits, "1") == 0);
    r = options.help ? 0 : check_words(given, &options, why);
    if (r == 0 && !options.help && !options.program[0])
        r = complain(why, "", "which PROGRAM", "? See --help");
    if (r == 0)
        *ret = options;
    return r;
}
