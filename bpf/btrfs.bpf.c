// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Room for data on btrfs, reserved when a page becomes dirty, in the writer's context. Each write reserves for all of its
 * blocks and gives back at once what was there already: the difference is what it took, also for a log that grows line by
 * line. A copy-on-write file system takes new room for an overwrite too, and frees the old in a transaction of its own,
 * data and metadata alike: that is not told here, statfs has it.
 */
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define NO_ROOM  (-28) /* ENOSPC; a writer that is killed while it waits for room gets another error */
#define NO_FLUSH 0     /* BTRFS_RESERVE_NO_FLUSH: just a try, the write comes again and may then wait */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct btrfs_fs_info {
    struct super_block *sb;
};

struct btrfs_space_info {
    struct btrfs_fs_info *fs_info;
};

struct btrfs_inode {
    struct inode vfs_inode;
};

#pragma clang attribute pop

static __always_inline void reserved(struct super_block *sb, __u64 bytes, int flush, int error)
{
    struct rp_disk *disk = error ? 0 : rp_disk_slot(bpf_get_current_cgroup_id(), sb->s_dev);

    if (disk)
        rp_add(&disk->allocated_bytes, bytes);
    if (error == NO_ROOM && flush != NO_FLUSH)
        rp_no_room(sb->s_dev);
}

static __always_inline void given_back(struct super_block *sb, __u64 bytes)
{
    struct rp_disk *disk = rp_disk_slot(bpf_get_current_cgroup_id(), sb->s_dev);

    if (disk)
        rp_add(&disk->freed_bytes, bytes);
}

SEC("fexit/btrfs_reserve_data_bytes")
int BPF_PROG(rp_btrfs_taken, struct btrfs_space_info *space, __u64 bytes, int flush, int error)
{
    reserved(space->fs_info->sb, bytes, flush, error);
    return 0;
}

/*
 * Before 6.16 the first argument is another one. The number of arguments does not tell, but the verifier does: it knows
 * their types, and what is a pointer in the one is none at the same place of the other.
 */
SEC("fexit/btrfs_reserve_data_bytes")
int BPF_PROG(rp_btrfs_taken_2, struct btrfs_fs_info *info, __u64 bytes, int flush, int error)
{
    reserved(info->sb, bytes, flush, error);
    return 0;
}

/*
 * Where the compiler has put this function into btrfs_free_reserved_data_space() (Debian's 6.1 and 6.12), the little that
 * passes there is not seen: writes that came out shorter than planned, direct writes into room that a file had before.
 */
SEC("fentry/btrfs_free_reserved_data_space_noquota")
int BPF_PROG(rp_btrfs_unused, struct btrfs_inode *inode, __u64 bytes)
{
    given_back(inode->vfs_inode.i_sb, bytes);
    return 0;
}

/* Likewise. */
SEC("fentry/btrfs_free_reserved_data_space_noquota")
int BPF_PROG(rp_btrfs_unused_2, struct btrfs_fs_info *info, __u64 bytes)
{
    given_back(info->sb, bytes);
    return 0;
}
