// SPDX-License-Identifier: Apache-2.0
/* One checkpoint after the other. */
#include "wrap/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/num.h"
#include "base/str.h"
#include "core/parse/unix_signal.h"
#include "wrap/clock.h"
#include "wrap/program.h"
#include "wrap/say.h"

#define WITHOUT_PROGRAM_NS (5 * RP_NS_PER_S) /* for a command that runs on when the program has ended */

void rp_wrap_checkpoint_init(struct rp_wrap_checkpoint *checkpoint)
{
    *checkpoint = (struct rp_wrap_checkpoint){.output_fd = -1};
}

static void settle(struct rp_wrap_checkpoint *checkpoint, enum rp_answer_result result, const char *why)
{
    checkpoint->answer.result = (uint32_t)result;
    rp_cut(checkpoint->answer.why, sizeof(checkpoint->answer.why), why);
    checkpoint->deadline_ns = 0;
}

static bool is_settled(const struct rp_wrap_checkpoint *checkpoint)
{
    return checkpoint->answer.result != RP_ANSWER_RESULTS;
}

/* ---- by a signal */

static void begin_signal(struct rp_wrap_checkpoint *checkpoint, const struct rp_wrap_options *options, pid_t program)
{
    if (options->done && stat(options->done, &checkpoint->before) < 0)
        checkpoint->before = (struct stat){0};
    const int handles = rp_program_handles(program, options->signal);
    if (handles < 0)
        settle(checkpoint, RP_ANSWER_FAILED, "cannot see whether the program handles the signal: is /proc mounted?");
    else if (handles == 0)
        settle(checkpoint, RP_ANSWER_FAILED, "the program does not handle the signal");
    else if (kill(program, options->signal) < 0)
        settle(checkpoint, RP_ANSWER_FAILED, strerrordesc_np(errno));
}

static bool is_new(const struct stat *before, const struct stat *now)
{
    return now->st_ino != before->st_ino || now->st_dev != before->st_dev || now->st_size != before->st_size ||
           now->st_mtim.tv_sec != before->st_mtim.tv_sec || now->st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

static void look_for_done(struct rp_wrap_checkpoint *checkpoint, const char *path)
{
    struct stat now;
    if (stat(path, &now) < 0 || !is_new(&checkpoint->before, &now))
        return;
    settle(checkpoint, RP_ANSWER_OK, "");
}

/* ---- by a command */

static void tell_environment(const struct rp_request_line *request, pid_t program)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"REPRIEVE_ID", request->id},
        {"REPRIEVE_SECONDS", request->seconds},
        {"REPRIEVE_DEADLINE", request->deadline_unix_s},
        {"REPRIEVE_PID", (uint64_t)program},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char text[24];
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)numbers[i].value);
        (void)setenv(numbers[i].name, text, 1);
    }
    (void)setenv("REPRIEVE_REASON", request->reason, 1);
    (void)setenv("REPRIEVE_SEVERITY", request->severity, 1);
}

static void begin_command(struct rp_wrap_checkpoint *checkpoint, const struct rp_wrap_options *options)
{
    char shell[] = "/bin/sh", flag[] = "-c", *command = strdup(options->command);
    char *const argv[] = {shell, flag, command, NULL};
    int ends[2];
    if (!command || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        settle(checkpoint, RP_ANSWER_FAILED, "no pipe for the command");
        free(command);
        return;
    }
    RP_CLEANUP_FD int writer = ends[1];
    (void)fcntl(writer, F_SETFL, 0); /* the command's end blocks like any other */
    checkpoint->output_fd = ends[0];
    checkpoint->command = rp_program_start(&(struct rp_launch){.argv = argv, .stdout_fd = writer});
    free(command);
    if (checkpoint->command < 0) {
        settle(checkpoint, RP_ANSWER_FAILED, strerrordesc_np(-checkpoint->command));
        checkpoint->command = 0;
    }
}

static void take_output(struct rp_wrap_checkpoint *checkpoint, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n') {
            checkpoint->line_ended = true;
            continue;
        }
        if (checkpoint->line_ended)
            checkpoint->line_len = 0;
        checkpoint->line_ended = false;
        if (checkpoint->line_len < sizeof(checkpoint->line) - 1)
            checkpoint->line[checkpoint->line_len++] = text[i];
    }
}

void rp_wrap_checkpoint_hear(struct rp_wrap_checkpoint *checkpoint)
{
    char text[4096];
    while (checkpoint->output_fd >= 0) {
        const ssize_t n = read(checkpoint->output_fd, text, sizeof(text));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            rp_close_fd(&checkpoint->output_fd);
            return;
        }
        rp_discard(rp_write_all(STDOUT_FILENO, text, (size_t)n));
        take_output(checkpoint, text, (size_t)n);
    }
}

bool rp_wrap_checkpoint_reaped(struct rp_wrap_checkpoint *checkpoint, pid_t pid, int status)
{
    if (checkpoint->command == 0 || pid != checkpoint->command)
        return false;
    const int code = rp_program_code(status);
    char why[64];
    checkpoint->command = 0;
    rp_wrap_checkpoint_hear(checkpoint);
    rp_close_fd(&checkpoint->output_fd); /* what it left running may print on, into nothing */
    checkpoint->line[checkpoint->line_len] = '\0';
    if (checkpoint->line[0] == '/')
        rp_discard(rp_copy(checkpoint->answer.path, sizeof(checkpoint->answer.path), checkpoint->line));
    (void)snprintf(why, sizeof(why), "the command ended with exit code %d", code);
    if (!is_settled(checkpoint))
        settle(checkpoint, code == 0 ? RP_ANSWER_OK : RP_ANSWER_FAILED, code == 0 ? "" : why);
    return true;
}

/* ---- both */

void rp_wrap_checkpoint_begin(struct rp_wrap_checkpoint *checkpoint, const struct rp_wrap_options *options,
                              const struct rp_request_line *request, pid_t program)
{
    rp_wrap_checkpoint_init(checkpoint);
    checkpoint->busy = true;
    checkpoint->answer.id = request->id;
    checkpoint->answer.result = RP_ANSWER_RESULTS; /* none yet */
    checkpoint->begun_ns = rp_wrap_clock_ns();
    checkpoint->deadline_ns = rp_add_sat_u64(checkpoint->begun_ns, options->timeout_ns);
    if (options->signal) {
        begin_signal(checkpoint, options, program);
    } else if (options->command) {
        tell_environment(request, program);
        begin_command(checkpoint, options);
    } else {
        settle(checkpoint, RP_ANSWER_FAILED, "neither --checkpoint-cmd nor --signal was given");
    }
}

void rp_wrap_checkpoint_program_ended(struct rp_wrap_checkpoint *checkpoint, const struct rp_wrap_options *options,
                                      int code, rp_ns now)
{
    char why[64];
    (void)snprintf(why, sizeof(why), "the program ended with exit code %d", code);
    if (!checkpoint->busy || is_settled(checkpoint))
        return;
    if (checkpoint->command != 0)
        checkpoint->deadline_ns = rp_min_u64(checkpoint->deadline_ns, now + WITHOUT_PROGRAM_NS);
    else if (options->exits && code == 0)
        settle(checkpoint, RP_ANSWER_OK, "");
    else if (options->done)
        look_for_done(checkpoint, options->done); /* written just before the end */
    if (checkpoint->command == 0 && !is_settled(checkpoint))
        settle(checkpoint, RP_ANSWER_FAILED, why);
}

/* What the command named, or the file that says done: how large is the checkpoint? */
static void measure(struct rp_wrap_checkpoint *checkpoint, const struct rp_wrap_options *options, rp_ns now)
{
    struct rp_answer_line *answer = &checkpoint->answer;
    struct stat st;
    answer->milliseconds = rp_sub_sat_u64(now, checkpoint->begun_ns) / RP_NS_PER_MS;
    if (options->done && answer->result == RP_ANSWER_OK)
        rp_discard(rp_copy(answer->path, sizeof(answer->path), options->done));
    if (answer->path[0] && stat(answer->path, &st) == 0 && S_ISREG(st.st_mode))
        answer->bytes = (uint64_t)st.st_size;
}

bool rp_wrap_checkpoint_step(struct rp_wrap_checkpoint *checkpoint, const struct rp_wrap_options *options, rp_ns now)
{
    if (!checkpoint->busy)
        return false;
    if (!is_settled(checkpoint) && options->done)
        look_for_done(checkpoint, options->done);
    if (!is_settled(checkpoint) && now >= checkpoint->deadline_ns) {
        settle(checkpoint, RP_ANSWER_TIMEOUT, "it took too long");
        if (checkpoint->command > 0)
            (void)kill(-checkpoint->command, SIGKILL); /* with what it has started; it is reaped like any other */
    }
    if (!is_settled(checkpoint))
        return false;
    rp_close_fd(&checkpoint->output_fd);
    checkpoint->command = 0;
    checkpoint->busy = false;
    measure(checkpoint, options, now);
    return true;
}
