// SPDX-License-Identifier: Apache-2.0
/*
 * A sequence lock over memory that one process writes and others map read-only. Readers never block the writer and
 * leave no trace in it: the counter is odd while the writer is inside, and a reader that saw it move throws its copy
 * away.
 */
#ifndef RP_BASE_SEQ_H
#define RP_BASE_SEQ_H

#include "reprieve/types.h"

/*
 * The only writer enters. A counter left odd by a writer that died inside stays odd but moves on, so that no reader
 * joins two lives into one copy.
 */
static inline void rp_seq_write_begin(uint64_t *seq) /* NOLINT(readability-non-const-parameter): a builtin writes */
{
    const uint64_t old = __atomic_load_n(seq, __ATOMIC_RELAXED);
    __atomic_store_n(seq, (old & 1) ? old + 2 : old + 1, __ATOMIC_RELAXED);
    /* The odd counter must be visible before any byte written after it. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void rp_seq_write_end(uint64_t *seq) /* NOLINT(readability-non-const-parameter) */
{
    const uint64_t odd = __atomic_load_n(seq, __ATOMIC_RELAXED);
    __atomic_store_n(seq, odd + 1, __ATOMIC_RELEASE);
}

/*
 * Copy n bytes that the lock at `seq` guards; `seq` may lie among them, and the copied counter is then even. Waits for
 * the writer by sleeping about a millisecond at a time. 0; -EAGAIN if no consistent copy was had within about 100 ms,
 * as when the writer died inside; dst then holds garbage.
 */
int rp_seq_read(const uint64_t *seq, void *dst, const void *src, size_t n) RP_MUST_CHECK;

#endif
