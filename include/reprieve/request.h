// SPDX-License-Identifier: Apache-2.0
/*
 * The file by which a workload is asked for a checkpoint (`checkpoint: file:PATH`): one line of JSON, always of the same
 * length, so that asking overwrites it in place and needs no room on a disk that may be full:
 *
 *     {"id":1846215384072193,"reason":"checkpoint-time","severity":"warning","seconds":41,"deadline":1764000041}
 *
 * and blanks up to a newline as the last byte. `id` differs from one request to the next; 0 asks for nothing and is what
 * the file says from the time it is made. `seconds` is what was left when it was written, `deadline` the same as unix time.
 * Who reads other lengths or another shape has met a write half done, and looks again.
 */
#ifndef RP_REQUEST_H
#define RP_REQUEST_H

#include "reprieve/types.h"

#define RP_REQUEST_BYTES  256
#define RP_REQUEST_ID_MAX ((UINT64_C(1) << 53) - 1) /* readers may hold numbers in doubles */
#define RP_SEVERITY_MAX   16

struct rp_request_line {
    uint64_t id;                    /* 0: nothing is asked */
    char reason[RP_NAME_MAX];       /* a word of tbl/reasons.h */
    char severity[RP_SEVERITY_MAX]; /* warning: there is time; critical: there may be too little */
    uint64_t seconds, deadline_unix_s;
};

/* Fills RP_REQUEST_BYTES bytes, without a NUL. 0 or -EINVAL: a word holds what would need quoting, or an id is too large. */
int rp_request_line_make(const struct rp_request_line *request, char dst[RP_REQUEST_BYTES]) RP_MUST_CHECK;

/* 0 or -EBADMSG. Unknown members are skipped; those that are missing are 0 or "". */
int rp_request_line_parse(const char *text, size_t len, struct rp_request_line *ret) RP_MUST_CHECK;

#endif
