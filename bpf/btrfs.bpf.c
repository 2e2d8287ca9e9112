// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Room for data on btrfs, reserved when a page becomes dirty, in the writer's context. A copy-on-write file system takes
 * new room for an overwrite too, and frees the old in a transaction of its own: frees are not told here, statfs has them.
 */
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct btrfs_fs_info {
    struct super_block *sb;
};

struct btrfs_space_info {
    struct btrfs_fs_info *fs_info;
};

#pragma clang attribute pop

static __always_inline void take(struct super_block *sb, __u64 bytes)
{
    struct rp_disk *disk = rp_disk_slot(bpf_get_current_cgroup_id(), sb->s_dev);

    if (disk)
        rp_add(&disk->allocated_bytes, bytes);
}

SEC("fexit/btrfs_reserve_data_bytes")
int BPF_PROG(rp_btrfs_taken, struct btrfs_space_info *space, __u64 bytes, int flush, int error)
{
    if (!error)
        take(space->fs_info->sb, bytes);
    else
        rp_no_room(space->fs_info->sb->s_dev);
    return 0;
}

/*
 * Before 6.16 the first argument is another one. The number of arguments does not tell, but the verifier does: it knows
 * their types, and what is a pointer in the one is none at the same place of the other.
 */
SEC("fexit/btrfs_reserve_data_bytes")
int BPF_PROG(rp_btrfs_taken_2, struct btrfs_fs_info *info, __u64 bytes, int flush, int error)
{
    if (!error)
        take(info->sb, bytes);
    else
        rp_no_room(info->sb->s_dev);
    return 0;
}
