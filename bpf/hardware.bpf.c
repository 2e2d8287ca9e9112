// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * The hardware says that it is about to fail, or has failed: warnings of the node as a whole. They come without a cgroup,
 * so events are paced by the root's entry; rp_hardware counts every one.
 */
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CORRECTED 0u /* HW_EVENT_ERR_CORRECTED of the kernel's EDAC core */

static __always_inline void report(__u32 kind, __u64 n)
{
    __u64 *counter = bpf_map_lookup_elem(&rp_hardware, &kind);
    struct rp_counts_slot *slot = rp_slot(RP_WIRE_ROOT);
    struct rp_event event = {.type = RP_EVENT_HARDWARE, .cgroup = RP_WIRE_ROOT, .value = kind};

    if (counter)
        rp_add(counter, n);
    if (slot)
        rp_send_paced(slot, &event);
}

SEC("tp_btf/mc_event")
int BPF_PROG(rp_memory_error, unsigned int severity, const char *message, const char *label, int errors)
{
    report(severity == CORRECTED ? RP_HARDWARE_MEMORY_CORRECTED : RP_HARDWARE_MEMORY_UNCORRECTED, (__u32)errors);
    return 0;
}

SEC("tp_btf/mce_record")
int rp_machine_check(void *ctx)
{
    report(RP_HARDWARE_MACHINE_CHECK, 1);
    return 0;
}

SEC("tp_btf/memory_failure_event")
int rp_page_lost(void *ctx)
{
    report(RP_HARDWARE_PAGE_LOST, 1);
    return 0;
}

SEC("tp_btf/block_rq_error")
int rp_block_error(void *ctx)
{
    report(RP_HARDWARE_BLOCK_ERROR, 1);
    return 0;
}
