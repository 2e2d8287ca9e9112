// SPDX-License-Identifier: Apache-2.0
/*
 * Stalls that wake us: the kernel reports them on a descriptor of a pressure file into which the order was written. What
 * wakes is only a reason to look, and nothing is ever decided by it.
 *
 * Ordering may start a thread in the kernel (psimon), so it may sleep: done at start, or by a hand.
 */
#ifndef RP_NODE_PSI_TRIGGER_H
#define RP_NODE_PSI_TRIGGER_H

#include "reprieve/types.h"

enum rp_psi_kind {
    RP_PSI_MEMORY, /* tasks waited for memory for 10 % of a second */
    RP_PSI_IO, /* all that had something to do waited for disks for half of a second: less is the day of a database */
    RP_PSI_KIND_MAX
};

/*
 * A descriptor that is POLLPRI after such a stall, at most once per second. Writes into the file once, and only if it is
 * the kernel's. -errno: -EMEDIUMTYPE a copy of /proc or of a cgroup, -EPERM, -EINVAL before kernel 6.5 without
 * CAP_SYS_RESOURCE, -EOPNOTSUPP with psi=0. `resolve` as for rp_openat2.
 */
int rp_psi_trigger_open(int dirfd, const char *file, uint64_t resolve, enum rp_psi_kind kind) RP_MUST_CHECK;

#endif
