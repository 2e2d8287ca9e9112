// SPDX-License-Identifier: Apache-2.0
/* The signals that may ask a workload for a checkpoint. */
#ifndef RP_PARSE_UNIX_SIGNAL_H
#define RP_PARSE_UNIX_SIGNAL_H

#include "base/line.h"
#include "core/parse/text.h"

#define RP_UNIX_SIGNALS_ACCEPTED "HUP, INT, USR1, USR2, TERM, RTMIN+0 to RTMIN+30"

/*
 * "USR1" or "SIGUSR1"; "RTMIN" counts as the C library and kill(1) count it, from 34, as the kernel's first two are
 * taken by the thread library. 0, or -EINVAL for any other name: KILL and STOP cannot be handled, the rest mean
 * something else.
 */
int rp_parse_unix_signal(struct rp_text name, uint8_t *ret) RP_MUST_CHECK;

bool rp_unix_signal_allowed(unsigned int signal);

/* "USR1", "RTMIN+3"; the number for a signal that is not allowed. */
void rp_unix_signal_add(struct rp_line *line, unsigned int signal);

#endif
