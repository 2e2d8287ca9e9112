// SPDX-License-Identifier: Apache-2.0
/* One walk of the cgroup iterator. It takes cgroup_mutex, so it may sleep on others: work for a hand. */
#ifndef RP_NODE_SENSE_BPF_WALK_H
#define RP_NODE_SENSE_BPF_WALK_H

#include "reprieve/types.h"

/*
 * Fill the snapshot from the cgroup that the link was made for, down to its last descendant. `walk_fd` is
 * rp_bpf_handles_walk_fd(), `flush_fd` rp_bpf_handles_flush_fd(): without it, or where it fails, inactive_file may be up to
 * two seconds old. 0 or -errno; then the snapshot is marked as not whole.
 */
int rp_bpf_walk(int walk_fd, int flush_fd) RP_MUST_CHECK;

#endif
