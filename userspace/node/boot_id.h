// SPDX-License-Identifier: Apache-2.0
/* Which boot this is: knobs do not survive a reboot, so what was written down in another one means nothing. */
#ifndef RP_NODE_BOOT_ID_H
#define RP_NODE_BOOT_ID_H

#include "reprieve/types.h"

#define RP_BOOT_ID_TEXT_MAX 40

/* The text of /proc/sys/kernel/random/boot_id under that proc root. 0 or -errno. */
int rp_boot_id(int proc_fd, char ret[RP_BOOT_ID_TEXT_MAX]) RP_MUST_CHECK;

#endif
