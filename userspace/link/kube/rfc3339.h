// SPDX-License-Identifier: Apache-2.0
/* Times as Kubernetes writes them. */
#ifndef RP_LINK_KUBE_RFC3339_H
#define RP_LINK_KUBE_RFC3339_H

#include "reprieve/types.h"

/*
 * "2026-11-23T10:00:00Z", "2026-11-23T12:00:00.25+02:00" to nanoseconds since the epoch; years 1 to 9999 as far as an
 * int64_t holds them. As strict as Go: capital T and Z, existing days, no second 60. 0; -EINVAL; -ERANGE outside 1678..2262.
 */
int rp_parse_rfc3339(const char *text, int64_t *ret_unix_ns) RP_MUST_CHECK;

#endif
