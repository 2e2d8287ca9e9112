// SPDX-License-Identifier: Apache-2.0
/*
 * The workload contract, key by key. Annotations and reprieve.yaml use the same words, so both come through here; every
 * refusal is a sentence that says what would have been accepted, because its reader is not at our keyboard.
 */
#include "reprieve/contract.h"

#include <errno.h>
#include <string.h>

#include "base/line.h"
#include "base/num.h"
#include "base/str.h"
#include "core/parse/go_duration.h"
#include "core/parse/unix_signal.h"
#include "reprieve/answer.h"
#include "reprieve/policy.h"

#define VALUE_MAX     1000
#define EXIT_CODE_MAX 127
#define COMM_MAX      15 /* the kernel cuts a task's name there: TASK_COMM_LEN without its NUL */
#define DURATION_MAX  (UINT64_C(24) * 3600 * RP_NS_PER_S)
#define CHECKPOINT_SET                                                                                                 \
    (RP_CONTRACT_EFFECT | RP_CONTRACT_TARGET | RP_CONTRACT_ACK | RP_CONTRACT_DURATION | RP_CONTRACT_TIMEOUT |          \
     RP_CONTRACT_MIN_INTERVAL | RP_CONTRACT_EXIT_CODES | RP_CONTRACT_HANDLER)

/* A parser of one value; the contract is a copy that is dropped if it fails. */
typedef int (*setter)(struct rp_contract *c, const char *value, struct rp_complaint *why);

/* "a", then the value in quotes if there is one, then "b". Always returns `error`, for the caller to return. */
static int complain(struct rp_complaint *why, int error, const char *a, const char *value, const char *b)
{
    struct rp_line line;
    rp_line_init(&line, why->text, sizeof(why->text));
    rp_line_add(&line, a);
    if (value) {
        char shown[40];
        rp_cut(shown, sizeof(shown), value);
        rp_sanitize(shown);
        rp_line_add(&line, "'");
        rp_line_add(&line, shown);
        rp_line_add(&line, "'");
    }
    rp_line_add(&line, b);
    return error;
}

void rp_contract_init(struct rp_contract *contract)
{
    *contract = (struct rp_contract){
        .trigger = RP_TRIGGER_NONE,
        .effect = RP_EFFECT_CONTINUES,
        .target = RP_TARGET_PID1,
        .ack = RP_ACK_NONE,
        .floor = RP_ACTION_KILL,
        .exit_codes = {1},
        .duration_ns = 30 * RP_NS_PER_S,
        .timeout_ns = 300 * RP_NS_PER_S,
        .min_interval_ns = 600 * RP_NS_PER_S,
    };
}

static int set_protect(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    c->protect = strcmp(value, "true") == 0;
    if (!c->protect && strcmp(value, "false") != 0)
        return complain(why, -EINVAL, "protect is ", value, "; write true or false");
    return 0;
}

static int set_value(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    uint64_t x = 0;
    if (rp_parse_u64(value, strlen(value), &x) < 0 || x > VALUE_MAX)
        return complain(why, -EINVAL, "value is ", value, "; write a whole number from 0 to 1000");
    c->value = (uint16_t)x;
    return 0;
}

static int set_floor(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    static const uint8_t accepted[] = {RP_ACTION_NONE, RP_ACTION_SLOW, RP_ACTION_FREEZE, RP_ACTION_KILL};
    if (strcmp(value, "evict") == 0)
        return complain(
            why, -EOPNOTSUPP, "floor ", value,
            " needs the Eviction API, which is not supported yet; write freeze to forbid kills, or kill to allow them");
    for (size_t i = 0; i < sizeof(accepted); i++) {
        if (strcmp(value, rp_action_info(accepted[i])->word) == 0) {
            c->floor = accepted[i];
            return 0;
        }
    }
    return complain(why, -EINVAL, "floor is ", value, "; write none, slow, freeze or kill");
}

/* The path of a file as the container sees it. `key` begins the sentence: "checkpoint-ack file:". */
static int set_path(char dst[RP_CONTRACT_PATH_MAX], const char *key, const char *path, struct rp_complaint *why)
{
    if (path[0] != '/' || path[1] == '\0' || rp_ends_with(path, "/"))
        return complain(why, -EINVAL, key, path,
                        " is no absolute path of a file as the container sees it; write it like /dir/name");
    if (rp_copy(dst, RP_CONTRACT_PATH_MAX, path) < 0)
        return complain(why, -EINVAL, key, path, " is too long; a path may have 191 bytes");
    return 0;
}

static int set_signal(struct rp_contract *c, const char *name, struct rp_complaint *why)
{
    if (rp_parse_unix_signal(rp_text(name, strlen(name)), &c->signal) < 0)
        return complain(why, -EINVAL, "checkpoint signal ", name, " is not one of " RP_UNIX_SIGNALS_ACCEPTED);
    c->trigger = RP_TRIGGER_SIGNAL;
    return 0;
}

/* reprieve-wrap is asked like anybody who watches a file, and says in its answer how it went. */
static int set_wrap(struct rp_contract *c)
{
    c->trigger = RP_TRIGGER_FILE;
    rp_cut(c->request_path, sizeof(c->request_path), RP_WRAP_REQUEST);
    if (c->set & RP_CONTRACT_ACK) /* the workload has another way to answer */
        return 0;
    c->ack = RP_ACK_WRAP;
    rp_cut(c->ack_path, sizeof(c->ack_path), RP_WRAP_ACK);
    return 0;
}

static int set_checkpoint(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    if (c->ack == RP_ACK_WRAP) {
        c->ack = RP_ACK_NONE;
        c->ack_path[0] = '\0';
    }
    c->trigger = RP_TRIGGER_NONE;
    c->signal = 0;
    c->request_path[0] = '\0';
    if (strcmp(value, "none") == 0)
        return 0;
    if (rp_starts_with(value, "signal:"))
        return set_signal(c, value + strlen("signal:"), why);
    if (rp_starts_with(value, "file:")) {
        c->trigger = RP_TRIGGER_FILE;
        return set_path(c->request_path, "checkpoint file:", value + strlen("file:"), why);
    }
    if (strcmp(value, "wrap") == 0)
        return set_wrap(c);
    if (rp_starts_with(value, "http:"))
        return complain(why, -EOPNOTSUPP, "checkpoint ", value,
                        " is not supported yet; write signal:USR1, file:/dir/name, wrap, or none");
    return complain(why, -EINVAL, "checkpoint is ", value,
                    "; write signal:USR1 (or another signal), file:/dir/name, wrap, or none");
}

static int set_effect(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    if (strcmp(value, "continues") == 0)
        c->effect = RP_EFFECT_CONTINUES;
    else if (strcmp(value, "ends") == 0)
        c->effect = RP_EFFECT_ENDS;
    else
        return complain(why, -EINVAL, "checkpoint-effect is ", value,
                        "; write continues if the program runs on after its checkpoint, or ends if it exits");
    return 0;
}

static int set_comm(struct rp_contract *c, const char *name, struct rp_complaint *why)
{
    if (name[0] == '\0' || strlen(name) > COMM_MAX || memchr(name, '/', strlen(name)))
        return complain(why, -EINVAL, "checkpoint-target comm=", name,
                        " can match no process; write the 1 to 15 bytes that /proc/PID/comm shows");
    c->target = RP_TARGET_COMM;
    return rp_copy(c->comm, sizeof(c->comm), name);
}

static int set_target(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    c->comm[0] = c->pidfile[0] = '\0';
    if (rp_starts_with(value, "comm="))
        return set_comm(c, value + strlen("comm="), why);
    if (rp_starts_with(value, "pidfile=")) {
        c->target = RP_TARGET_PIDFILE;
        return set_path(c->pidfile, "checkpoint-target pidfile=", value + strlen("pidfile="), why);
    }
    if (strcmp(value, "pid1") == 0)
        c->target = RP_TARGET_PID1;
    else if (strcmp(value, "all") == 0)
        c->target = RP_TARGET_ALL;
    else
        return complain(why, -EINVAL, "checkpoint-target is ", value, "; write pid1, all, comm=NAME or pidfile=PATH");
    return 0;
}

static int set_ack(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    c->ack_path[0] = '\0';
    if (rp_starts_with(value, "file:")) {
        c->ack = RP_ACK_FILE;
        return set_path(c->ack_path, "checkpoint-ack file:", value + strlen("file:"), why);
    }
    if (rp_starts_with(value, "mtime:")) {
        c->ack = RP_ACK_MTIME;
        return set_path(c->ack_path, "checkpoint-ack mtime:", value + strlen("mtime:"), why);
    }
    if (strcmp(value, "http") == 0)
        return complain(why, -EOPNOTSUPP, "checkpoint-ack ", value,
                        " is not supported yet; write file:PATH, mtime:PATTERN or exit");
    if (strcmp(value, "exit") == 0)
        c->ack = RP_ACK_EXIT;
    else if (strcmp(value, "none") == 0)
        c->ack = RP_ACK_NONE;
    else
        return complain(why, -EINVAL, "checkpoint-ack is ", value, "; write file:PATH, mtime:PATTERN, exit or none");
    return 0;
}

/* "0,75": which exit codes mean that the checkpoint was written. */
static int set_exit_codes(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    struct rp_text rest = rp_text(value, strlen(value)), piece;
    bool last = false;
    memset(c->exit_codes, 0, sizeof(c->exit_codes));
    while (!last) {
        uint64_t code = 0;
        last = !rp_text_until(&rest, ',', &piece);
        if (last)
            piece = rest;
        if (rp_parse_u64(piece.at, piece.len, &code) < 0 || code > EXIT_CODE_MAX)
            return complain(why, -EINVAL, "checkpoint-exit-codes is ", value,
                            "; write numbers from 0 to 127 with commas between them, like 0,75");
        c->exit_codes[code / 32] |= UINT32_C(1) << (code % 32);
    }
    return 0;
}

static int parse_period(const char *key, const char *value, rp_ns smallest_ns, rp_ns *ret_ns, struct rp_complaint *why)
{
    rp_ns ns = 0;
    if (rp_parse_duration_ns(value, strlen(value), &ns) < 0 || ns < smallest_ns || ns > DURATION_MAX)
        return complain(why, -EINVAL, key, value, " is no duration of at most 24h; write it like 30s, 1m30s or 2h");
    *ret_ns = ns;
    return 0;
}

static int set_duration(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    return parse_period("checkpoint-duration ", value, 1, &c->duration_ns, why);
}

static int set_timeout(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    return parse_period("checkpoint-timeout ", value, 1, &c->timeout_ns, why);
}

static int set_min_interval(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    return parse_period("checkpoint-min-interval ", value, 0, &c->min_interval_ns, why);
}

static int set_handler(struct rp_contract *c, const char *value, struct rp_complaint *why)
{
    c->signalfd = strcmp(value, "signalfd") == 0;
    if (!c->signalfd && strcmp(value, "sigaction") != 0)
        return complain(why, -EINVAL, "checkpoint-handler is ", value,
                        "; write sigaction, or signalfd if the program blocks the signal and reads it");
    return 0;
}

static const struct {
    const char *key;
    uint32_t bit;
    setter set;
} keys[] = {
    {"protect", RP_CONTRACT_PROTECT, set_protect},
    {"value", RP_CONTRACT_VALUE, set_value},
    {"floor", RP_CONTRACT_FLOOR, set_floor},
    {"checkpoint", RP_CONTRACT_CHECKPOINT, set_checkpoint},
    {"checkpoint-effect", RP_CONTRACT_EFFECT, set_effect},
    {"checkpoint-target", RP_CONTRACT_TARGET, set_target},
    {"checkpoint-ack", RP_CONTRACT_ACK, set_ack},
    {"checkpoint-exit-codes", RP_CONTRACT_EXIT_CODES, set_exit_codes},
    {"checkpoint-duration", RP_CONTRACT_DURATION, set_duration},
    {"checkpoint-timeout", RP_CONTRACT_TIMEOUT, set_timeout},
    {"checkpoint-min-interval", RP_CONTRACT_MIN_INTERVAL, set_min_interval},
    {"checkpoint-handler", RP_CONTRACT_HANDLER, set_handler},
};

int rp_contract_set(struct rp_contract *contract, const char *key, const char *value, struct rp_complaint *why)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(key, keys[i].key) != 0)
            continue;
        struct rp_contract changed = *contract;
        const int r = keys[i].set(&changed, value, why);
        if (r < 0)
            return r;
        changed.set |= keys[i].bit;
        *contract = changed;
        return 0;
    }
    return complain(why, -ENOENT, "unknown key ", key,
                    "; known: protect, value, floor, checkpoint, checkpoint-effect, -target, -ack, -exit-codes, "
                    "-duration, -timeout, -min-interval, -handler");
}

static const char *first_key(uint32_t set)
{
    size_t i = 0;
    while (!(keys[i].bit & set))
        i++;
    return keys[i].key;
}

/* What we write ourselves must not be taken for the answer to it. */
static bool answers_itself(const struct rp_contract *c)
{
    if (c->trigger != RP_TRIGGER_FILE)
        return false;
    return ((c->ack == RP_ACK_FILE || c->ack == RP_ACK_WRAP) && strcmp(c->request_path, c->ack_path) == 0) ||
           (c->ack == RP_ACK_MTIME && rp_glob_match(c->ack_path, c->request_path));
}

int rp_contract_check(const struct rp_contract *c, struct rp_complaint *why)
{
    const bool asks = c->trigger != RP_TRIGGER_NONE;
    struct rp_line name;
    char signal[16];
    if (!asks && (c->set & CHECKPOINT_SET))
        return complain(why, -EINVAL, "", first_key(c->set & CHECKPOINT_SET),
                        " says how a checkpoint is made, but none is asked for; add checkpoint, like signal:USR1");
    rp_line_init(&name, signal, sizeof(signal));
    rp_unix_signal_add(&name, c->signal);
    if ((strcmp(signal, "TERM") == 0 || strcmp(signal, "INT") == 0) && c->effect != RP_EFFECT_ENDS)
        return complain(why, -EINVAL, "checkpoint signal:", signal,
                        " ends a program, so it needs checkpoint-effect ends; or use a signal like USR1");
    if (c->ack == RP_ACK_EXIT && c->effect != RP_EFFECT_ENDS)
        return complain(why, -EINVAL, "checkpoint-ack ", "exit",
                        " waits for an exit, so it needs checkpoint-effect ends");
    if (c->trigger != RP_TRIGGER_SIGNAL && c->target == RP_TARGET_PIDFILE)
        return complain(why, -EINVAL, "checkpoint-target pidfile=", c->pidfile, " needs checkpoint signal:NAME");
    if (answers_itself(c))
        return complain(why, -EINVAL, "checkpoint-ack names the request file ", c->request_path,
                        "; the answer must be another file");
    if ((c->set & RP_CONTRACT_EXIT_CODES) && c->ack != RP_ACK_EXIT)
        return complain(why, -EINVAL, "checkpoint-exit-codes", NULL, " needs checkpoint-ack exit");
    if (c->timeout_ns < c->duration_ns)
        return complain(
            why, -EINVAL, "checkpoint-timeout", NULL,
            " is shorter than checkpoint-duration, so no request could succeed; the defaults are 5m and 30s");
    return 0;
}
