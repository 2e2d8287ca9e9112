// SPDX-License-Identifier: Apache-2.0
/*
 * The file systems whose levels the kubelet evicts for, found as the kubelet finds them: nodefs is the one that holds its
 * root directory, imagefs the one with the container runtime's images. statfs(2) of a dead disk or a lost NFS server does
 * not return: only hands call this.
 *
 * Rights: CAP_DAC_OVERRIDE, because the kubelet's root may be closed to everybody but its owner.
 */
#ifndef RP_NODE_ACT_FILESYSTEMS_H
#define RP_NODE_ACT_FILESYSTEMS_H

#include "node/act/job.h"
#include "node/act/revert.h"
#include "reprieve/policy.h"

/* Each file system once, with all its roles. An error only if nodefs is none of them. */
void rp_filesystems_run(const struct rp_policy *policy, const struct rp_undo_roots *roots,
                        struct rp_job_result *result);

/* A directory of the node by its path there, links resolved as the node sees them; O_PATH. */
int rp_host_open(const struct rp_policy *policy, const char *path) RP_MUST_CHECK;

/*
 * The device of the file system behind a descriptor, as in rp_disk_key. Where stat(2) shows a number made up for a
 * subvolume (btrfs), mountinfo has the file system's own; of overlayfs it is that of the directory which takes the writes.
 */
int rp_host_device(const struct rp_policy *policy, int proc_fd, int fd, uint64_t *ret_dev) RP_MUST_CHECK;

#endif
