// SPDX-License-Identifier: Apache-2.0
/*
 * Bringing the BPF programs into the kernel. Allocates, parses the kernel's BTF, takes up to seconds and needs CAP_BPF and
 * CAP_PERFMON: work for a short-lived process that hands the descriptors on (bpf_handles.h) and exits.
 */
#ifndef RP_NODE_SENSE_BPF_LOADER_H
#define RP_NODE_SENSE_BPF_LOADER_H

#include "node/sense/bpf_handles.h"
#include "reprieve/types.h"

struct rp_bpf_options {
    bool enabled;          /* false: load nothing, every hook is reported OFF */
    int cgroup_fd;         /* directory at whose cgroup the snapshot's walk starts */
    uint32_t cgroups_max;  /* room in the snapshot and in the counters, 0: as the objects say (4096) */
    uint32_t disk_max;     /* pairs of cgroup and file system that have counters, 0: twice cgroups_max */
    uint32_t events_bytes; /* size of the event ring, a power of two and whole pages, 0: as the objects say (256 KiB) */
    const char *const *disable; /* programs to leave out, by name */
    size_t disable_n;
};

/*
 * Load and attach what this kernel can have, and say in *ret, hook by hook, what became of it: a kernel without BTF, a
 * missing permission, a refused program are answers, not failures. 0, or -EINVAL for options that make no sense (a size
 * out of range, an unknown program to leave out).
 *
 * All objects share the maps. Programs of one object are loaded together; where the kernel refuses that, each for itself: a
 * program that is refused takes no other with it, and that a hook is present in BTF does not mean that it can be attached.
 */
int rp_bpf_load(const struct rp_bpf_options *options, struct rp_bpf_handles *ret) RP_MUST_CHECK;

#endif
