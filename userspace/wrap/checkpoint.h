// SPDX-License-Identifier: Apache-2.0
/* One checkpoint after the other: what a request sets going, how its end is seen, and the answer. Nothing here waits. */
#ifndef RP_WRAP_CHECKPOINT_H
#define RP_WRAP_CHECKPOINT_H

#include <sys/stat.h>
#include <sys/types.h>

#include "wrap/mailbox.h"
#include "wrap/options.h"

struct rp_wrap_checkpoint {
    bool busy;
    struct rp_answer_line answer;
    rp_ns begun_ns, deadline_ns;
    pid_t command;   /* 0: none runs */
    int output_fd;   /* what it prints, or -1 */
    char line[4096]; /* its last line so far, or the beginning of it */
    size_t line_len;
    bool line_ended;
    struct stat before; /* of the file that --done names; st_ino 0: it was not there */
};

void rp_wrap_checkpoint_init(struct rp_wrap_checkpoint *checkpoint);

/* Begin; what cannot even begin is answered at once. */
void rp_wrap_checkpoint_begin(struct rp_wrap_checkpoint *checkpoint, const struct rp_wrap_options *options,
                              const struct rp_request_line *request, pid_t program);

/* Its command has something to say. */
void rp_wrap_checkpoint_hear(struct rp_wrap_checkpoint *checkpoint);

/* A child has ended, with that wait status; false if it is not the command. */
bool rp_wrap_checkpoint_reaped(struct rp_wrap_checkpoint *checkpoint, pid_t pid, int status);

/* The program has ended with that code: with --exits that is the checkpoint, otherwise no signal will bring one. */
void rp_wrap_checkpoint_program_ended(struct rp_wrap_checkpoint *checkpoint, const struct rp_wrap_options *options,
                                      int code, rp_ns now);

/* Look for its end: true if there is an answer in checkpoint->answer; it is not busy any more then. */
bool rp_wrap_checkpoint_step(struct rp_wrap_checkpoint *checkpoint, const struct rp_wrap_options *options, rp_ns now);

#endif
