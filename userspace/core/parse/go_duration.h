// SPDX-License-Identifier: Apache-2.0
/*
 * Durations in Go's syntax ("1m30s", "1.5h", "300ms"): kubelet configuration, annotations, and our own configuration.
 */
#ifndef RP_PARSE_GO_DURATION_H
#define RP_PARSE_GO_DURATION_H

#include "reprieve/types.h"

/* What time.ParseDuration accepts. 0 or -EINVAL (which includes overflow, as in Go). */
int rp_parse_go_duration(const char *s, size_t len, int64_t *ret_ns) RP_MUST_CHECK;

/* The same where a negative duration makes no sense: that is -ERANGE. */
int rp_parse_duration_ns(const char *s, size_t len, rp_ns *ret_ns) RP_MUST_CHECK;

#endif
