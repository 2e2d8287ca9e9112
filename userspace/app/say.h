// SPDX-License-Identifier: Apache-2.0
/*
 * Lines on stderr in logfmt (`level=warn process=supervisor msg="..."`), by the processes that may block on a pipe:
 * supervisor, loader, config child, link. The guard writes to the arena's log instead, and the link prints that.
 */
#ifndef RP_APP_SAY_H
#define RP_APP_SAY_H

#include "reprieve/types.h"

enum rp_severity { RP_ERROR, RP_WARN, RP_INFO };

/* Who speaks; set once after a fork. */
void rp_say_as(const char *process);
void rp_say(enum rp_severity severity, const char *format, ...) RP_PRINTF(2, 3);

#endif
