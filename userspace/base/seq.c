// SPDX-License-Identifier: Apache-2.0
/* The reader's side of the sequence lock. */
#include "base/seq.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define ATTEMPTS 100
#define PAUSE_NS 1000000

typedef uint64_t __attribute__((may_alias)) word;

/*
 * The bytes may change while they are copied, which C11 allows for atomic loads only; relaxed ones cost no more than
 * memcpy. A torn copy is harmless, as the counter tells.
 */
static void copy_racing(void *dst, const void *src, size_t n)
{
    unsigned char *to = dst;
    const unsigned char *from = src;
    size_t i = 0;
    if ((uintptr_t)from % sizeof(word) == 0) {
        for (; n - i >= sizeof(word); i += sizeof(word)) {
            const uint64_t piece = __atomic_load_n((const word *)(const void *)(from + i), __ATOMIC_RELAXED);
            memcpy(to + i, &piece, sizeof(piece));
        }
    }
    for (; i < n; i++)
        to[i] = __atomic_load_n(from + i, __ATOMIC_RELAXED);
}

int rp_seq_read(const uint64_t *seq, void *dst, const void *src, size_t n)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    for (int i = 0; i < ATTEMPTS; i++) {
        const uint64_t before = __atomic_load_n(seq, __ATOMIC_ACQUIRE);
        if (!(before & 1)) {
            copy_racing(dst, src, n);
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
            if (__atomic_load_n(seq, __ATOMIC_RELAXED) == before)
                return 0;
        }
        nanosleep(&pause, NULL);
    }
    return -EAGAIN;
}
