// SPDX-License-Identifier: Apache-2.0
/*
 * The node's own numbers: a few files of /proc, the root's memory.stat and the memory controllers' error counts, opened at
 * start and read by position.
 */
#ifndef RP_NODE_SENSE_NODE_FILES_H
#define RP_NODE_SENSE_NODE_FILES_H

#include "node/psi_trigger.h"
#include "node/sense/files.h"
#include "reprieve/sample.h"

enum rp_node_file {
    RP_NODE_FILE_MEMINFO,
    RP_NODE_FILE_ROOT_STAT, /* the kubelet's memory.available adds up anon and file of it */
    RP_NODE_FILE_PRESSURE,
    RP_NODE_FILE_PRESSURE_IO,
    RP_NODE_FILE_LOADAVG,
    RP_NODE_FILE_PID_MAX,
    RP_NODE_FILE_THREADS_MAX,
    RP_NODE_FILE_EDAC, /* two of each memory controller, in `edac` */
    RP_NODE_FILE_MAX
};

#define RP_NODE_EDAC_MAX 32 /* memory controllers; the largest servers have two to eight for each of a few sockets */

/* What to read, as bits. A limit of tasks changes when somebody configures it. */
#define RP_NODE_READ(file) (1u << (file))
#define RP_NODE_READ_LIGHT                                                                                             \
    (RP_NODE_READ(RP_NODE_FILE_MEMINFO) | RP_NODE_READ(RP_NODE_FILE_ROOT_STAT) | RP_NODE_READ(RP_NODE_FILE_PRESSURE))
#define RP_NODE_READ_FULL (RP_NODE_READ(RP_NODE_FILE_MAX) - 1u)

struct rp_node_files {
    int fd[RP_NODE_FILE_MAX];        /* -1: could not be opened or read */
    int error[RP_NODE_FILE_MAX];     /* and why, -errno */
    int trigger_fd[RP_PSI_KIND_MAX]; /* POLLPRI when pressure rises; -1 and trigger_error if refused */
    int trigger_error[RP_PSI_KIND_MAX];
    int edac[RP_NODE_EDAC_MAX][2]; /* ce_count and ue_count of each memory controller */
    uint32_t edac_n;               /* 0: none that reports errors, or no driver for it */
};

const char *rp_node_file_name(enum rp_node_file file);

/* Safe to deinit. */
void rp_node_files_init(struct rp_node_files *files);
void rp_node_files_deinit(struct rp_node_files *files);

/* Open what can be opened; what cannot, or has nothing to say (PSI off), is said in `error`. Directories may be O_PATH. */
void rp_node_files_open(struct rp_node_files *files, int proc_fd, int cgroup_fd);

/* The memory controllers below the node's root directory, which may be -1: then there are none. */
void rp_node_files_open_edac(struct rp_node_files *files, int host_fd);

/* Order wake-ups on pressure of the node (psi_trigger.h): writes into the descriptors, to no file of a cgroup. */
void rp_node_files_arm(struct rp_node_files *files, int proc_fd);

/* Read the files of `mask` into the reading; only what was understood is set. Returns a bit per file of garbage. */
uint32_t rp_node_files_read(const struct rp_node_files *files, uint32_t mask, struct rp_scratch *scratch,
                            struct rp_node_reading *out);

#endif
