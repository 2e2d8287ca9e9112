// SPDX-License-Identifier: Apache-2.0
/* Starting processes, and what became of them. */
#ifndef RP_WRAP_PROGRAM_H
#define RP_WRAP_PROGRAM_H

#include <sys/types.h>

#include "reprieve/types.h"

#define RP_EXIT_SELF      125 /* reprieve-wrap itself cannot work */
#define RP_EXIT_NOT_RUN   126
#define RP_EXIT_NOT_FOUND 127

struct rp_launch {
    char *const *argv;
    int stdout_fd; /* -1: as ours */
    bool foreground;
};

/*
 * In a process group of its own, with every signal as it was before us. Its pid, or -errno if it could not be started, as
 * execvp(3) gives it.
 */
pid_t rp_program_start(const struct rp_launch *start) RP_MUST_CHECK;

/* The exit code that stands for a wait status: 128 and the signal for who was killed. */
int rp_program_code(int status);

/* The exit code for a program that could not be started. */
int rp_program_refused(int error);

/* Does it handle the signal at this moment? 1, 0 or -errno if that cannot be seen. Who does not is killed by it. */
int rp_program_handles(pid_t pid, int signal) RP_MUST_CHECK;

#endif
