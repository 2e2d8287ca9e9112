// SPDX-License-Identifier: Apache-2.0
/* The file in which a program has written its process number, as its own namespace counts. */
#ifndef RP_PARSE_PIDFILE_H
#define RP_PARSE_PIDFILE_H

#include "reprieve/types.h"

/* A number above 0 with white space around it, and what may follow on further lines. 0 or -EBADMSG. */
int rp_parse_pidfile(const char *text, size_t len, int32_t *ret) RP_MUST_CHECK;

#endif
