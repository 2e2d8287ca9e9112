// SPDX-License-Identifier: Apache-2.0
/*
 * Strings in fixed arrays: copies that cannot overflow, tests, and cleaning of foreign text before a terminal sees it.
 */
#ifndef RP_BASE_STR_H
#define RP_BASE_STR_H

#include "reprieve/types.h"

/* Copy a whole string. 0, or -ENAMETOOLONG and dst untouched. */
int rp_copy(char *dst, size_t size, const char *src) RP_MUST_CHECK;

/* Copy exactly `len` bytes and end them; -EINVAL if a NUL is among them, as the copy would silently be shorter. */
int rp_copy_n(char *dst, size_t size, const char *src, size_t len) RP_MUST_CHECK;

/* Copy what fits, for display; never cuts a UTF-8 character in half. */
void rp_cut(char *dst, size_t size, const char *src);

bool rp_starts_with(const char *s, const char *prefix);
bool rp_ends_with(const char *s, const char *suffix);

/* FNV-1a, for telling texts apart that nobody made to look alike. */
uint64_t rp_hash(const char *bytes, size_t len);

/*
 * Make foreign text harmless for a terminal, in place and without changing its length: control characters (C0, DEL, and
 * C1, which some terminals obey) and bytes that are not UTF-8 become '?'.
 */
void rp_sanitize(char *s);

#endif
