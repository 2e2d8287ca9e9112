// SPDX-License-Identifier: Apache-2.0
/* Quantities as people read them, in the caller's array; each returns dst so that it can stand in an argument list. */
#ifndef RP_BASE_UNITS_H
#define RP_BASE_UNITS_H

#include "reprieve/types.h"

#define RP_UNITS_MAX 32 /* an array of this size holds any result */

/* "0 B", "812 KiB", "1.4 GiB", "-3.0 MiB": one decimal below 100, rounded towards zero. */
const char *rp_format_bytes(char *dst, size_t size, int64_t bytes);

/*
 * "350 us", "42 ms", "4.2 s", "42 s", "3 min 10 s", "2 h 5 min", "3 d 4 h"; RP_NS_FOREVER is "never". Rounded towards
 * zero.
 */
const char *rp_format_duration(char *dst, size_t size, rp_ns duration_ns);

#endif
