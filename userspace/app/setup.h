// SPDX-License-Identifier: Apache-2.0
/*
 * What the supervisor prepares once and every process inherits by fork: the policy, the descriptors of the BPF side, the
 * undo log, the arena, and the sockets between the processes. Sockets come in pairs: [0] stays with the supervisor or
 * goes to the guard, [1] belongs to the other process.
 */
#ifndef RP_APP_SETUP_H
#define RP_APP_SETUP_H

#include "node/act/revert.h"
#include "node/record/ring.h"
#include "node/sense/bpf_handles.h"
#include "reprieve/model.h"

#define RP_HANDS 4

struct rp_options {
    const char *config;      /* path of reprieve.yaml, NULL: the defaults */
    const char *disable_bpf; /* comma-separated program names, or "all": for tests of degraded modes */
};

struct rp_setup {
    struct rp_options options;
    const struct rp_policy *policy; /* mapped from the sealed memfd */
    int policy_fd;
    struct rp_bpf_handles bpf;
    struct rp_undo undo;
    struct rp_undo_roots roots; /* policy.cgroup_root and policy.proc_root */
    int arena_fd, arena_read_fd;
    size_t arena_bytes;
    uint32_t cgroups_max, pods_max; /* for which the arena was made; a reloaded policy may say others */
    struct rp_ring *ring;           /* shared by guard and hands; NULL: nothing is recorded */
    size_t ring_bytes;
    char record_dir[RP_URL_MAX]; /* of the policy at start; a reload does not move the recording */
    uint64_t record_bytes;
    int control_fd;
    int hands[RP_HANDS][2];
    int link[2];
    int guard[2]; /* supervisor [0] and guard [1] */
    uint32_t guard_starts;
    bool force_observe; /* three deaths in ten minutes */
    char own_cgroup[RP_PATH_MAX];
};

/* ---- supervisor <-> guard: one fixed message, a descriptor rides along where the kind says so */

enum rp_warden_kind {
    RP_WARDEN_STOP = 1,  /* to guard: undo everything, exit 0 */
    RP_WARDEN_POLICY,    /* to guard, fd: a new sealed policy */
    RP_WARDEN_HAND,      /* to guard, fd: a new hand for slot `slot` */
    RP_WARDEN_LINK,      /* to guard, fd: a new link */
    RP_WARDEN_HAND_LOST, /* to supervisor: hand in `slot` missed its deadline, replace it */
};

struct rp_warden {
    uint32_t kind, slot;
};

/* Everything up to the point where processes can be started. 0, or a process exit code after saying why. */
int rp_setup_prepare(struct rp_setup *setup, const struct rp_options *options) RP_MUST_CHECK;

/* Run the config child: a new sealed policy, mapped; the old one is kept on failure. 0 or -EINVAL after saying why. */
int rp_setup_load_policy(struct rp_setup *setup) RP_MUST_CHECK;

/* What became of an undo log, where there was anything in it; `whose` begins the sentence. */
void rp_setup_say_undone(const char *whose, const struct rp_undo_summary *summary);

/* The processes' mains; each gets the setup and does not return to the supervisor's code. */
int rp_guard_main(void *setup);
int rp_link_process(void *setup);

struct rp_hand_start {
    struct rp_setup *setup;
    uint32_t slot;
};
int rp_hand_process(void *hand_start);

/* Runs until told to end. A process exit code. */
int rp_supervise(const struct rp_options *options);

#endif
