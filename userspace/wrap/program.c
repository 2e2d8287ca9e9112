// SPDX-License-Identifier: Apache-2.0
/* Starting processes, and what became of them. */
#include "wrap/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "core/parse/proc_status.h"

/* In the new process. Does not return; what went wrong goes into the pipe, which a successful exec closes. */
static void become(const struct rp_launch *start, int said_fd)
{
    sigset_t none;
    int error = 0;
    (void)sigemptyset(&none);
    (void)setpgid(0, 0);
    if (start->foreground && isatty(STDIN_FILENO))
        (void)tcsetpgrp(STDIN_FILENO, getpid()); /* SIGTTOU is still blocked, so this does not stop us */
    if (start->stdout_fd >= 0 && dup2(start->stdout_fd, STDOUT_FILENO) < 0)
        error = errno;
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (error == 0) {
        (void)execvp(start->argv[0], start->argv);
        error = errno;
    }
    rp_discard(rp_write_all(said_fd, &error, sizeof(error)));
    _exit(RP_EXIT_NOT_RUN);
}

pid_t rp_program_start(const struct rp_launch *start)
{
    int ends[2], error = 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    RP_CLEANUP_FD int hear = ends[0];
    RP_CLEANUP_FD int say = ends[1];
    const pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        become(start, say);
    rp_close_fd(&say);
    ssize_t n = 0;
    while ((n = read(hear, &error, sizeof(error))) < 0 && errno == EINTR)
        ;
    if (n != (ssize_t)sizeof(error))
        return pid;
    (void)waitpid(pid, NULL, 0);
    return -error;
}

int rp_program_code(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int rp_program_refused(int error)
{
    return error == -ENOENT ? RP_EXIT_NOT_FOUND : RP_EXIT_NOT_RUN;
}

int rp_program_handles(pid_t pid, int signal)
{
    char path[48], text[8192];
    size_t len = 0;
    struct rp_proc_status status = {0};
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    RP_CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : rp_pread_all(fd, text, sizeof(text), &len);
    if (r == 0)
        r = rp_parse_proc_status(text, len, &status);
    if (r < 0)
        return r;
    if (!(status.known & RP_STATUS_SIG_CAUGHT))
        return -EBADMSG;
    return rp_signal_in(status.sig_caught, signal);
}
