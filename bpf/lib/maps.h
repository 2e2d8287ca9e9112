/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Every map, in one place. Each object carries these definitions, but the loader creates each map once and gives the
 * same descriptors to all objects. Sizes marked "loader" are replaced by it.
 *
 * Everything is preallocated: these programs insert while the kernel is out of memory, when an allocation would fail.
 */
#ifndef RP_BPF_MAPS_H
#define RP_BPF_MAPS_H

#include "lib/kernel.h"

#include <bpf/bpf_helpers.h>

#include "reprieve/wire.h"

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 256 * 1024); /* loader */
} rp_events SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096); /* loader */
    __type(key, __u64);
    __type(value, struct rp_counts_slot);
} rp_counts SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 8192); /* loader */
    __type(key, struct rp_disk_key);
    __type(value, struct rp_disk);
} rp_disk SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, RP_HARDWARE_MAX);
    __type(key, __u32);
    __type(value, __u64);
} rp_hardware SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, RP_LOST_MAX);
    __type(key, __u32);
    __type(value, __u64);
} rp_lost SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 4096); /* loader */
    __type(key, __u32);
    __type(value, struct rp_snap);
} rp_snaps SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct rp_snap_head);
} rp_snap_head SEC(".maps");

/* Thread id -> when it entered direct reclaim. LRU, so that a missed end can never fill it. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 8192);
    __type(key, __u32);
    __type(value, __u64);
} rp_stalls SEC(".maps");

/* Threads whose fork a pids.max refused a moment ago. LRU, as above. See pids.bpf.c. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 2048);
    __type(key, __u32);
    __type(value, __u8);
} rp_refusals SEC(".maps");

/* Whose limit the OOM handling in progress is about; the kernel runs one at a time (oom_lock). See oom.bpf.c. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} rp_oom_owner SEC(".maps");

#endif
