/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Where kernels differ in the layout of things, for snapshot.bpf.c. Decided field by field at load time, never by version.
 */
#ifndef RP_BPF_COMPAT_H
#define RP_BPF_COMPAT_H

#include "lib/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/*
 * psi_group.total is u64[aggregators][states]. The tool that made the BTF of Debian's 6.1 and 6.12 flattened it to one
 * dimension, that of 7.2 did not, and a relocation matches only its own shape. The bytes are the same: aggregator 0
 * (PSI_AVGS) comes first, so both shapes lead to the same place.
 */
struct psi_group___flat {
    __u64 total[1];
} __attribute__((preserve_access_index));

struct psi_group___nested {
    __u64 total[1][1];
} __attribute__((preserve_access_index));

/* Where total[PSI_AVGS][0] is, or NULL if the kernel has neither shape. */
static __always_inline const __u64 *rp_psi_totals(const struct psi_group *psi)
{
    const struct psi_group___flat *flat = (const void *)psi;
    const struct psi_group___nested *nested = (const void *)psi;

    if (bpf_core_field_exists(flat->total))
        return (const void *)psi + __builtin_preserve_field_info(flat->total, BPF_FIELD_BYTE_OFFSET);
    if (bpf_core_field_exists(nested->total))
        return (const void *)psi + __builtin_preserve_field_info(nested->total, BPF_FIELD_BYTE_OFFSET);
    return 0;
}

/*
 * memcg->vmstats->state[] holds inactive_file at NR_INACTIVE_FILE. Newer kernels pack the array through a table that BTF
 * does not show (memcg_node_stat_items, 6.10), but it starts with the LRU sizes, so index 2 stays right; others do not.
 */
static __always_inline bool rp_has_inactive_file(void)
{
    return bpf_core_field_exists(struct memcg_vmstats, state) &&
           bpf_core_enum_value_exists(enum node_stat_item, NR_INACTIVE_FILE) &&
           bpf_core_enum_value(enum node_stat_item, NR_INACTIVE_FILE) == 2;
}

#endif
