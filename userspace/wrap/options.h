// SPDX-License-Identifier: Apache-2.0
/* What reprieve-wrap is told, on its command line or, for what is not there, by its environment. */
#ifndef RP_WRAP_OPTIONS_H
#define RP_WRAP_OPTIONS_H

#include "reprieve/contract.h"

struct rp_wrap_options {
    const char *request, *ack; /* files */
    const char *command;       /* run by /bin/sh to write a checkpoint, or NULL */
    uint8_t signal;            /* sent to the program instead, 0: none */
    const char *done;          /* with signal: the file that is new once the checkpoint is written, or NULL */
    bool exits;                /* with signal: the program ends with its checkpoint */
    rp_ns timeout_ns;
    const char *resume_if;      /* if this file is there and not empty, resume_command is run instead of the program */
    const char *resume_command; /* by /bin/sh */
    char *const *program;       /* NULL-terminated */
    bool help;
};

/* `lookup` gives a variable of the environment or NULL. 0; -EINVAL and a sentence. What is pointed to is the caller's. */
int rp_wrap_options_read(char *const *argv, const char *(*lookup)(const char *name), struct rp_wrap_options *ret,
                         struct rp_complaint *why) RP_MUST_CHECK;

extern const char rp_wrap_help[];

#endif
