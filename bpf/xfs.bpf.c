// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Room on xfs, by its counter of free blocks: taken when a page becomes dirty, in the writer's context. xfs reserves more
 * than it needs (blocks for its trees) and gives the rest back soon, so only the difference of both numbers is exact.
 *
 * The functions are those of a module, so types and hooks are the module's. They were renamed: one with a sign (6.1), then
 * two without (6.12). Which counter is meant is said by a pointer to it, later by an enumerator that is 0 for blocks.
 */
#include "lib/emit.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct xfs_sb {
    __u32 sb_blocksize;
};

struct percpu_counter {
    __s64 count;
};

struct xfs_mount {
    struct xfs_sb m_sb;
    struct super_block *m_super;
    struct percpu_counter m_fdblocks;
};

struct xfs_inode {
    struct xfs_mount *i_mount;
};

#pragma clang attribute pop

static __always_inline bool counts_blocks(struct xfs_mount *mount, __u64 counter)
{
    if (bpf_core_field_exists(mount->m_fdblocks))
        return counter == (__u64)mount + __builtin_preserve_field_info(mount->m_fdblocks, BPF_FIELD_BYTE_OFFSET);
    return counter == 0;
}

static __always_inline struct rp_disk *place_of(struct xfs_mount *mount)
{
    return rp_disk_slot(bpf_get_current_cgroup_id(), mount->m_super->s_dev);
}

static __always_inline void take(struct xfs_mount *mount, __u64 blocks)
{
    struct rp_disk *disk = place_of(mount);

    if (disk)
        rp_add(&disk->allocated_bytes, blocks * mount->m_sb.sb_blocksize);
}

static __always_inline void give_back(struct xfs_mount *mount, __u64 blocks)
{
    struct rp_disk *disk = place_of(mount);

    if (disk)
        rp_add(&disk->freed_bytes, blocks * mount->m_sb.sb_blocksize);
}

SEC("fexit/xfs_mod_freecounter")
int BPF_PROG(rp_xfs_changed, struct xfs_mount *mount, __u64 counter, __s64 more, bool reserved, int error)
{
    if (error || !counts_blocks(mount, counter))
        return 0;
    if (more < 0)
        take(mount, -more);
    else
        give_back(mount, more);
    return 0;
}

SEC("fexit/xfs_dec_freecounter")
int BPF_PROG(rp_xfs_taken, struct xfs_mount *mount, __u64 counter, __u64 blocks, bool reserved, int error)
{
    if (!error && counts_blocks(mount, counter))
        take(mount, blocks);
    return 0;
}

SEC("fentry/xfs_add_freecounter")
int BPF_PROG(rp_xfs_freed, struct xfs_mount *mount, __u64 counter, __u64 blocks)
{
    if (counts_blocks(mount, counter))
        give_back(mount, blocks);
    return 0;
}

SEC("tp_btf/xfs_delalloc_enospc")
int BPF_PROG(rp_xfs_no_space, struct xfs_inode *inode)
{
    if (inode) /* the verifier of newer kernels wants to see that */
        rp_no_room(inode->i_mount->m_super->s_dev);
    return 0;
}
