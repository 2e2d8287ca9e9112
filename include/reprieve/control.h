// SPDX-License-Identifier: Apache-2.0
/*
 * Operator's tool and link to guard: the unix socket <run_dir>/reprieve.sock (SOCK_SEQPACKET, mode 0600, root).
 * One fixed request, one fixed reply. HELLO's reply carries, as SCM_RIGHTS, a read-only descriptor of the arena: status,
 * top and metrics are read from there, so a slow reader costs the guard nothing.
 */
#ifndef RP_CONTROL_H
#define RP_CONTROL_H

#include "reprieve/types.h"

#define RP_CONTROL_VERSION 1
#define RP_CONTROL_SOCKET  "reprieve.sock"
#define RP_UNDO_FILE       "undo"

enum rp_control_verb { RP_CONTROL_HELLO = 1, RP_CONTROL_REVERT, RP_CONTROL_RESUME };

struct rp_control_request {
    uint32_t version, verb;
};

struct rp_control_reply {
    uint32_t version;
    int32_t error;        /* 0 or -errno; RESUME: -EOWNERDEAD, it observes because it died too often */
    uint64_t reverted;    /* REVERT: changes that were restored */
    uint64_t left;        /* REVERT: changes left alone, because somebody else changed them or the cgroup is gone */
    uint64_t arena_bytes; /* HELLO */
};

#endif
