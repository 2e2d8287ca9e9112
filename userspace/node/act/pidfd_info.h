// SPDX-License-Identifier: Apache-2.0
/*
 * PIDFD_GET_INFO with PIDFD_INFO_EXIT: how a process ended, asked by somebody who is not its parent. Kernel 6.15; older
 * headers do not have it. The kernel copies as much as both sides know.
 */
#ifndef RP_NODE_ACT_PIDFD_INFO_H
#define RP_NODE_ACT_PIDFD_INFO_H

#include <stdint.h>
#include <sys/ioctl.h>

struct rp_pidfd_exit_info {
    uint64_t mask;
    uint64_t cgroup;
    uint32_t ids[11]; /* pid, tgid, ppid, and eight user and group ids */
    int32_t exit_code;
};

#define RP_PIDFD_EXIT_INFO_CALL _IOWR(0xFF, 11, struct rp_pidfd_exit_info)
#define RP_PIDFD_EXIT_INFO_BIT  (UINT64_C(1) << 3)

#endif
