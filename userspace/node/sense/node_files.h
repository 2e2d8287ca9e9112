// SPDX-License-Identifier: Apache-2.0
/* The node's own numbers: a few files of /proc and the root's memory.stat, opened at start and read by position. */
#ifndef RP_NODE_SENSE_NODE_FILES_H
#define RP_NODE_SENSE_NODE_FILES_H

#include "node/sense/files.h"
#include "reprieve/sample.h"

enum rp_node_file {
    RP_NODE_FILE_MEMINFO,
    RP_NODE_FILE_ROOT_STAT, /* the kubelet's memory.available adds up anon and file of it */
    RP_NODE_FILE_PRESSURE,
    RP_NODE_FILE_LOADAVG,
    RP_NODE_FILE_PID_MAX,
    RP_NODE_FILE_THREADS_MAX,
    RP_NODE_FILE_MAX
};

/* What to read, as bits. A limit of tasks changes when somebody configures it. */
#define RP_NODE_READ(file) (1u << (file))
#define RP_NODE_READ_LIGHT                                                                                             \
    (RP_NODE_READ(RP_NODE_FILE_MEMINFO) | RP_NODE_READ(RP_NODE_FILE_ROOT_STAT) | RP_NODE_READ(RP_NODE_FILE_PRESSURE))
#define RP_NODE_READ_FULL (RP_NODE_READ(RP_NODE_FILE_MAX) - 1u)

struct rp_node_files {
    int fd[RP_NODE_FILE_MAX];    /* -1: could not be opened */
    int error[RP_NODE_FILE_MAX]; /* and why, -errno */
    int trigger_fd;              /* POLLPRI when memory pressure rises; -1 and trigger_error if refused */
    int trigger_error;
};

const char *rp_node_file_name(enum rp_node_file file);

/* Safe to deinit. */
void rp_node_files_init(struct rp_node_files *files);
void rp_node_files_deinit(struct rp_node_files *files);

/* Open what can be opened; what cannot is said in `error`. Directories may be O_PATH. */
void rp_node_files_open(struct rp_node_files *files, int proc_fd, int cgroup_fd);

/*
 * Ask the kernel to wake us when tasks were stalled on memory for 10 % of a second. Writes into the descriptor only, to no
 * file of a cgroup. Needs a writable /proc/pressure/memory, and CAP_SYS_RESOURCE before kernel 6.5.
 */
void rp_node_files_arm(struct rp_node_files *files, int proc_fd);

/* Read the files of `mask` into the reading; only what was understood is set. Returns a bit per file of garbage. */
uint32_t rp_node_files_read(const struct rp_node_files *files, uint32_t mask, struct rp_scratch *scratch,
                            struct rp_node_reading *out);

#endif
