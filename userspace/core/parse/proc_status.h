// SPDX-License-Identifier: Apache-2.0
/* /proc/PID/status: who the process is and what it does with a signal. */
#ifndef RP_PARSE_PROC_STATUS_H
#define RP_PARSE_PROC_STATUS_H

#include "reprieve/types.h"

#define RP_NSPID_LEVELS 16 /* the kernel allows 32 nested pid namespaces; deeper than this is reported as unknown */

/* Bits of rp_proc_status.known. */
#define RP_STATUS_STATE       (1u << 0)
#define RP_STATUS_TGID        (1u << 1)
#define RP_STATUS_PID         (1u << 2)
#define RP_STATUS_NSPID       (1u << 3)
#define RP_STATUS_UID         (1u << 4)
#define RP_STATUS_GID         (1u << 5)
#define RP_STATUS_THREADS     (1u << 6)
#define RP_STATUS_SIG_BLOCKED (1u << 7)
#define RP_STATUS_SIG_IGNORED (1u << 8)
#define RP_STATUS_SIG_CAUGHT  (1u << 9)
#define RP_STATUS_RSS         (1u << 10) /* kernel threads have none of these three */
#define RP_STATUS_SWAP        (1u << 11)
#define RP_STATUS_TABLES      (1u << 12)

struct rp_ids {
    uint32_t real, effective, saved, fs;
};

struct rp_proc_status {
    uint32_t known;
    char state; /* 'R', 'S', 'D', 'Z', ... */
    int32_t tgid, pid;
    int32_t nspid
        [RP_NSPID_LEVELS]; /* outermost (as the reader sees it) first; the last is the pid that it has for itself */
    uint32_t nspid_n;
    struct rp_ids uid, gid;
    uint32_t threads;
    uint64_t rss_bytes, swap_bytes, tables_bytes;  /* resident; swapped out; page tables */
    uint64_t sig_blocked, sig_ignored, sig_caught; /* bit n-1 for signal n */
};

/* Sets what was there. 0, or -EBADMSG if nothing was understood. */
int rp_parse_proc_status(const char *text, size_t len, struct rp_proc_status *ret) RP_MUST_CHECK;

/* Is the signal in one of the masks above? */
static inline bool rp_signal_in(uint64_t mask, int signal)
{
    return signal >= 1 && signal <= 64 && ((mask >> (signal - 1)) & 1);
}

#endif
