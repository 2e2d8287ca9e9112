// SPDX-License-Identifier: Apache-2.0
/*
 * One process under /proc. Everything is read through one descriptor of /proc/PID, which stands for the process and not
 * for the number: once it is gone every read through it fails, even if the number was given to somebody else.
 *
 * Only hands, the supervisor and the operator's tool use this; the rescue thread does not open anything in /proc.
 * Rights: reading needs none (with hidepid=2: CAP_SYS_PTRACE). Writing oom_score_adj of another user's process needs
 * CAP_DAC_OVERRIDE, because the file belongs to that user, and CAP_SYS_RESOURCE to go below the lowest value that a
 * privileged writer ever set. Following /proc/PID/root needs CAP_SYS_PTRACE.
 */
#ifndef RP_NODE_ACT_PROCESS_H
#define RP_NODE_ACT_PROCESS_H

#include "core/parse/proc_status.h"
#include "reprieve/types.h"

/* O_PATH descriptor of /proc/PID. -ESRCH: no such process. */
int rp_process_open(int proc_fd, int32_t pid) RP_MUST_CHECK;

struct rp_process_stat {
    int32_t parent;
    uint64_t starttime; /* clock ticks since boot; with the pid it names a process for good */
};

/* /proc/PID/stat. The command in it may hold anything, so fields are counted from its last ")". 0 or -EBADMSG. */
int rp_process_parse_stat(const char *text, size_t len, struct rp_process_stat *ret) RP_MUST_CHECK;

/* 0; -ESRCH: gone; another -errno. */
int rp_process_stat(int process_fd, struct rp_process_stat *ret) RP_MUST_CHECK;
int rp_process_status(int process_fd, struct rp_proc_status *ret) RP_MUST_CHECK;
int rp_process_adj(int process_fd, int16_t *ret) RP_MUST_CHECK; /* oom_score_adj */
int rp_process_comm(int process_fd, char ret[RP_NAME_MAX]) RP_MUST_CHECK;

/*
 * Is the process in the cgroup of that path (relative to the cgroup root) or below it? 1, 0 or -errno. The kernel shows
 * paths relative to the reader's cgroup namespace: from inside a private one they begin with "..", and then the rest
 * must be the end of `path` or contain it.
 */
int rp_process_is_under(int process_fd, const char *path) RP_MUST_CHECK;

/* The comparison of rp_process_is_under. */
bool rp_cgroup_path_is_under(const char *shown, const char *path);

/* A descriptor of the process's root directory, as the process sees it; O_PATH. */
int rp_process_root(int process_fd) RP_MUST_CHECK;

#endif
