// SPDX-License-Identifier: Apache-2.0
/*
 * The file in which reprieve-wrap answers a request (include/reprieve/request.h): one line of JSON, always of the same
 * length, so that a full disk does not keep the answer back:
 *
 *     {"id":1846215384072193,"result":"ok","milliseconds":2310,"path":"/ckpt/state.7","bytes":104857600}
 *
 * and blanks up to a newline as the last byte. `id` is that of the request, `result` ok, failed or timeout; `why` says in
 * words what failed; `path` and `bytes` are the checkpoint's, where they are known.
 */
#ifndef RP_ANSWER_H
#define RP_ANSWER_H

#include "reprieve/types.h"

#define RP_ANSWER_BYTES    512
#define RP_ANSWER_PATH_MAX 192
#define RP_ANSWER_WHY_MAX  96

#define RP_WRAP_REQUEST "/ckpt/REQUEST" /* where it looks and answers unless it is told otherwise */
#define RP_WRAP_ACK     "/ckpt/ACK"

enum rp_answer_result { RP_ANSWER_OK, RP_ANSWER_FAILED, RP_ANSWER_TIMEOUT, RP_ANSWER_RESULTS };

struct rp_answer_line {
    uint64_t id;
    uint32_t result; /* enum rp_answer_result */
    uint64_t milliseconds;
    char path[RP_ANSWER_PATH_MAX]; /* "": not known */
    uint64_t bytes;                /* of what is there; 0: not known */
    char why[RP_ANSWER_WHY_MAX];
};

/* Fills RP_ANSWER_BYTES bytes, without a NUL. A path or a reason for which there is no room is left out. */
void rp_answer_line_make(const struct rp_answer_line *answer, char dst[RP_ANSWER_BYTES]);

/* 0 or -EBADMSG: another length, another shape, a result that is none. Unknown members are skipped. */
int rp_answer_line_parse(const char *text, size_t len, struct rp_answer_line *ret) RP_MUST_CHECK;

#endif
