// SPDX-License-Identifier: Apache-2.0
/*
 * What each process may do. One table of capabilities, one list of system calls per process; everything else is given up
 * after start and cannot come back (bounding set, no_new_privs, seccomp).
 */
#ifndef RP_APP_RIGHTS_H
#define RP_APP_RIGHTS_H

#include "reprieve/types.h"

enum rp_role {
    RP_ROLE_SUPERVISOR,
    RP_ROLE_GUARD,
    RP_ROLE_HAND,
    RP_ROLE_LOADER,
    RP_ROLE_LINK,
    RP_ROLE_CONFIG,
    RP_ROLE_MAX
};

/* Keep only the role's capabilities; the link and the config child also become uid and gid 65534. 0 or -errno. */
int rp_rights_drop(enum rp_role role) RP_MUST_CHECK;

/*
 * Lock present and future memory, then forbid every system call that is not on the role's list (EPERM). For the guard
 * that list has no open, no socket, no mmap and no brk: after this call it can neither touch a foreign file system nor
 * allocate. 0 or -errno.
 */
int rp_rights_seal(enum rp_role role) RP_MUST_CHECK;

#endif
