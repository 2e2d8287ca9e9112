// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Room on file systems as it is taken and given back, in the context of whoever does it. ext4 and f2fs ask the quota layer
 * for every block and inode whether or not a quota is in force, and they ask when a page becomes dirty, not when writeback
 * allocates: so the writer is the current task, and overwriting what exists counts nothing. An overlay is its upper file
 * system here.
 *
 * What was reserved for a delayed allocation and is then claimed passes another function, so it is not counted twice.
 */
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define TMPFS_MAGIC 0x01021994 /* asks for quota since 6.6; its blocks are memory, which others count */

static __always_inline struct rp_disk *place_of(struct inode *inode)
{
    struct super_block *sb = inode->i_sb;

    return sb->s_magic == TMPFS_MAGIC ? 0 : rp_disk_slot(bpf_get_current_cgroup_id(), sb->s_dev);
}

SEC("fexit/__dquot_alloc_space")
int BPF_PROG(rp_space_taken, struct inode *inode, __s64 bytes, int flags, int error)
{
    struct rp_disk *disk = error ? 0 : place_of(inode);

    if (disk)
        rp_add(&disk->allocated_bytes, bytes);
    return 0;
}

SEC("fentry/__dquot_free_space")
int BPF_PROG(rp_space_freed, struct inode *inode, __s64 bytes)
{
    struct rp_disk *disk = place_of(inode);

    if (disk)
        rp_add(&disk->freed_bytes, bytes);
    return 0;
}

SEC("fexit/dquot_alloc_inode")
int BPF_PROG(rp_inode_made, struct inode *inode, int error)
{
    struct rp_disk *disk = error ? 0 : place_of(inode);

    if (disk)
        rp_add(&disk->inodes_made, 1);
    return 0;
}

SEC("fentry/dquot_free_inode")
int BPF_PROG(rp_inode_freed, struct inode *inode)
{
    struct rp_disk *disk = place_of(inode);

    if (disk)
        rp_add(&disk->inodes_freed, 1);
    return 0;
}

/* ext4 asks this only after an allocation has failed. */
SEC("fentry/ext4_should_retry_alloc")
int BPF_PROG(rp_no_space, struct super_block *sb)
{
    rp_no_room(sb->s_dev);
    return 0;
}
