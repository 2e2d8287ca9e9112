// SPDX-License-Identifier: Apache-2.0
/*
 * Units, identities and limits that every other contract uses.
 *
 * A scalar says its unit in its type or its name: rp_ns is CLOCK_MONOTONIC nanoseconds (the clock that BPF programs
 * read, so that kernel events and samples share one time line), *_bytes are bytes, *_permille are 0..1000.
 * "Unknown" is never zero: it is a missing bit in a `known` mask or one of the NONE values below.
 */
#ifndef RP_TYPES_H
#define RP_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t rp_ns;
typedef uint64_t rp_cgroup_id; /* inode number of the directory == kernfs node id == bpf_get_current_cgroup_id() */

#define RP_NS_PER_S    UINT64_C(1000000000)
#define RP_NS_PER_MS   UINT64_C(1000000)
#define RP_NS_FOREVER  UINT64_MAX /* "no such time": no crossing, no expiry */
#define RP_MIB         (INT64_C(1) << 20)
#define RP_INDEX_NONE  UINT32_MAX
#define RP_CGROUP_NONE UINT64_C(0) /* the kernel never uses inode 0; the hierarchy's root is 1 */

#define RP_PATH_MAX     512 /* a cgroup path relative to the cgroup root, with its NUL */
#define RP_NAME_MAX     64  /* names of workloads, containers, commands */
#define RP_UID_MAX      40  /* a pod UID: RFC 4122 text, or 32 hex digits of a static pod */
#define RP_NS_MAX       64  /* Kubernetes namespace, a DNS label */
#define RP_POD_NAME_MAX 256

#define RP_MUST_CHECK        __attribute__((warn_unused_result))
#define RP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* A deliberate discard of a must-check result, so that discards can be found by name. */
static inline void rp_discard(int result)
{
    (void)result;
}

#endif
