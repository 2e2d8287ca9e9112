// SPDX-License-Identifier: Apache-2.0
/* reprieve-wrap: its start and its loop. */
#include "wrap/wrap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "wrap/checkpoint.h"
#include "wrap/clock.h"
#include "wrap/program.h"
#include "wrap/say.h"

#define BUSY_MS 100 /* how often the end of a checkpoint is looked for */

struct wrap {
    struct rp_wrap_options options;
    struct rp_mailbox mailbox;
    struct rp_wrap_checkpoint checkpoint;
    int signal_fd;
    pid_t program; /* 0: it has ended */
    int code;
};

static const char *lookup(const char *name)
{
    return getenv(name);
}

/* ---- start */

/* Whether a checkpoint is there to go on from. */
static bool may_resume(const struct rp_wrap_options *options)
{
    struct stat st;
    if (!options->resume_if || stat(options->resume_if, &st) < 0)
        return false;
    return S_ISDIR(st.st_mode) || st.st_size > 0;
}

static pid_t start_program(const struct rp_wrap_options *options)
{
    char shell[] = "/bin/sh", flag[] = "-c", *command = NULL;
    if (!may_resume(options))
        return rp_program_start(&(struct rp_launch){.argv = options->program, .stdout_fd = -1, .foreground = true});
    command = strdup(options->resume_command);
    if (!command)
        return -ENOMEM;
    char *const argv[] = {shell, flag, command, NULL};
    rp_wrap_say("resuming: %s", command);
    const pid_t pid = rp_program_start(&(struct rp_launch){.argv = argv, .stdout_fd = -1, .foreground = true});
    free(command);
    return pid;
}

/* All but those by which the kernel says that we ourselves are broken. */
static int block_signals(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    sigset_t set;
    (void)sigfillset(&set);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        (void)sigdelset(&set, faults[i]);
    if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
        return -errno;
    const int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

static int start(struct wrap *wrap)
{
    wrap->signal_fd = block_signals();
    if (wrap->signal_fd < 0) {
        rp_wrap_say("cannot wait for signals: %s", strerrordesc_np(-wrap->signal_fd));
        return RP_EXIT_SELF;
    }
    /* Orphans come to PID 1; as anybody else, this makes them come here. */
    if (getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        rp_wrap_say("orphans cannot be reaped: %s", strerrordesc_np(errno));
    rp_wrap_checkpoint_init(&wrap->checkpoint);
    rp_mailbox_open(&wrap->mailbox, wrap->options.request, wrap->options.ack);
    const pid_t pid = start_program(&wrap->options);
    if (pid < 0) {
        rp_wrap_say("cannot run %s: %s", wrap->options.program[0], strerrordesc_np(-pid));
        return rp_program_refused(pid);
    }
    wrap->program = pid;
    return 0;
}

/* ---- what happens */

static void reap(struct wrap *wrap, rp_ns now)
{
    for (;;) {
        int status = 0;
        const pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid <= 0)
            return;
        if (pid == wrap->program) {
            wrap->program = 0;
            wrap->code = rp_program_code(status);
            rp_wrap_checkpoint_program_ended(&wrap->checkpoint, &wrap->options, wrap->code, now);
        } else {
            (void)rp_wrap_checkpoint_reaped(&wrap->checkpoint, pid, status);
        }
    }
}

static void take_signals(struct wrap *wrap, rp_ns now)
{
    struct signalfd_siginfo list[16];
    ssize_t n = 0;
    while ((n = read(wrap->signal_fd, list, sizeof(list))) > 0) {
        for (size_t i = 0; i < (size_t)n / sizeof(list[0]); i++) {
            const int signal = (int)list[i].ssi_signo;
            if (signal == SIGCHLD)
                reap(wrap, now);
            else if (wrap->program > 0)
                (void)kill(wrap->program, signal); /* not yet reaped, so the number is still its own */
        }
    }
    reap(wrap, now);
}

static void answer(struct wrap *wrap)
{
    static const char *const words[] = {
        [RP_ANSWER_OK] = "written", [RP_ANSWER_FAILED] = "failed", [RP_ANSWER_TIMEOUT] = "timed out"};
    const struct rp_answer_line *line = &wrap->checkpoint.answer;
    const int r = rp_mailbox_answer(&wrap->mailbox, line);
    rp_wrap_say("checkpoint %s after %llu ms%s%s", words[line->result], (unsigned long long)line->milliseconds,
                line->why[0] ? ": " : "", line->why);
    if (r < 0)
        rp_wrap_say("cannot answer in %s: %s", wrap->options.ack, strerrordesc_np(-r));
}

static void look_for_request(struct wrap *wrap)
{
    struct rp_request_line request;
    if (wrap->checkpoint.busy || wrap->program == 0 || rp_mailbox_look(&wrap->mailbox, &request) != 1)
        return;
    rp_wrap_say("asked for a checkpoint: %s, %s, %llu s left", request.reason, request.severity,
                (unsigned long long)request.seconds);
    rp_wrap_checkpoint_begin(&wrap->checkpoint, &wrap->options, &request, wrap->program);
}

static void wait_for_something(const struct wrap *wrap)
{
    const bool busy = wrap->checkpoint.busy;
    struct pollfd fds[] = {
        {.fd = wrap->signal_fd, .events = POLLIN},
        {.fd = busy ? -1 : wrap->mailbox.inotify_fd, .events = POLLIN},
        {.fd = wrap->checkpoint.output_fd, .events = POLLIN},
    };
    (void)poll(fds, sizeof(fds) / sizeof(fds[0]), busy ? BUSY_MS : rp_mailbox_patience_ms(&wrap->mailbox));
}

static void loop(struct wrap *wrap)
{
    while (wrap->program > 0 || wrap->checkpoint.busy) {
        wait_for_something(wrap);
        take_signals(wrap, rp_wrap_clock_ns());
        rp_wrap_checkpoint_hear(&wrap->checkpoint);
        if (rp_wrap_checkpoint_step(&wrap->checkpoint, &wrap->options, rp_wrap_clock_ns()))
            answer(wrap);
        look_for_request(wrap);
    }
}

int rp_wrap_main(char *const *argv)
{
    struct wrap wrap = {.signal_fd = -1, .mailbox = {.inotify_fd = -1}};
    struct rp_complaint why = {.text = ""};
    if (rp_wrap_options_read(argv, lookup, &wrap.options, &why) < 0) {
        rp_wrap_say("%s", why.text);
        return RP_EXIT_SELF;
    }
    if (wrap.options.help)
        return rp_write_all(STDOUT_FILENO, rp_wrap_help, strlen(rp_wrap_help)) == 0 ? 0 : RP_EXIT_SELF;
    wrap.code = start(&wrap);
    if (wrap.code == 0)
        loop(&wrap);
    rp_mailbox_close(&wrap.mailbox);
    rp_close_fd(&wrap.signal_fd);
    return wrap.code;
}
