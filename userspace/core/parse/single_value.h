// SPDX-License-Identifier: Apache-2.0
/* Files that hold one number: memory.current, memory.max, memory.high, pids.current, pid_max, oom_score_adj. */
#ifndef RP_PARSE_SINGLE_VALUE_H
#define RP_PARSE_SINGLE_VALUE_H

#include "reprieve/types.h"

/* "max" is UINT64_MAX. One trailing newline is allowed. 0, -EINVAL or -ERANGE. */
int rp_parse_single_value(const char *text, size_t len, uint64_t *ret) RP_MUST_CHECK;

/* A signed number, without "max". */
int rp_parse_single_signed(const char *text, size_t len, int64_t *ret) RP_MUST_CHECK;

#endif
