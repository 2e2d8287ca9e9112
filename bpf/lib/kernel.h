/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The few kernel types that the programs touch, and only the fields that they touch. Every access is relocated at load
 * time (CO-RE) to where the running kernel has the field, so no vmlinux.h is generated and the build needs no kernel.
 */
#ifndef RP_BPF_KERNEL_H
#define RP_BPF_KERNEL_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
#define true 1
#define false 0

/* Constants of <linux/bpf.h>, which cannot be included for the BPF target without a 32-bit libc's headers. */
enum { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_LRU_HASH = 9, BPF_MAP_TYPE_RINGBUF = 27 };
enum { BPF_NOEXIST = 1, BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0, BPF_RB_RING_SIZE = 1 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
    __u64 id; /* inode number of the directory */
};

struct cgroup_root {
    int hierarchy_id;
};

struct cgroup;

struct cgroup_subsys_state {
    struct cgroup *cgroup;
    struct cgroup_subsys_state *parent;
};

struct psi_group;

struct cgroup {
    struct cgroup_subsys_state self;
    int level;
    struct kernfs_node *kn;
    struct cgroup_subsys_state *subsys[16];
    struct cgroup_root *root;
    struct psi_group *psi;
};

struct css_set {
    struct cgroup_subsys_state *subsys[16];
    struct cgroup *dfl_cgrp;
};

struct task_struct {
    int tgid;
    struct css_set *cgroups;
};

typedef struct {
    long counter;
} atomic_long_t;

struct page_counter {
    atomic_long_t usage;
    unsigned long high;
    struct page_counter *parent;
};

struct memcg_vmstats {
    long state[3];
};

struct mem_cgroup {
    struct cgroup_subsys_state css;
    struct page_counter memory;
    struct page_counter swap;
    atomic_long_t memory_events[8];
    struct memcg_vmstats *vmstats;
};

struct pids_cgroup {
    struct cgroup_subsys_state css;
    atomic_long_t counter;
    atomic_long_t limit;
};

struct blkcg {
    struct cgroup_subsys_state css;
};

struct blkcg_gq {
    struct blkcg *blkcg;
};

struct bvec_iter {
    unsigned int bi_size;
};

struct bio {
    unsigned int bi_opf;
    struct bvec_iter bi_iter;
    struct blkcg_gq *bi_blkg;
};

struct super_block {
    __u32 s_dev;
    unsigned long s_magic;
};

struct inode {
    struct super_block *i_sb;
};

struct oom_control {
    struct mem_cgroup *memcg; /* NULL: the node itself is out of memory */
    int order;
    struct task_struct *chosen;
    long chosen_points;
};

struct seq_file;

struct bpf_iter_meta {
    struct seq_file *seq;
    __u64 session_id;
    __u64 seq_num;
};

struct bpf_iter__cgroup {
    struct bpf_iter_meta *meta;
    struct cgroup *cgroup;
};

#pragma clang attribute pop

/* Enumerators whose values depend on the kernel's version or configuration; read with bpf_core_enum_value(). */
enum cgroup_subsys_id { memory_cgrp_id = 4, pids_cgrp_id = 11 };
enum memcg_memory_event { MEMCG_HIGH = 1, MEMCG_MAX = 2, MEMCG_OOM = 3, MEMCG_OOM_KILL = 4 };
enum psi_states { PSI_MEM_SOME = 2, PSI_MEM_FULL = 3 };
enum node_stat_item { NR_INACTIVE_FILE = 2 };

#endif
