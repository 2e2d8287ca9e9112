// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Test only: sends what oom.bpf.c sends for a victim, by the same function into the same ring, each time it is run.
 * No workload makes real OOM kills at that rate: one takes the kernel longer than the 10 us that are left for it.
 */
#include "lib/emit.h"

/* A cgroup that does not exist, so that no counter of the kernel's own adds to what is counted from these events. */
#define NOBODY 0x7fffffffffffull

SEC("socket")
int rp_storm(struct __sk_buff *packet)
{
    struct rp_event event = {.type = RP_EVENT_OOM_VICTIM, .cgroup = NOBODY, .owner = NOBODY};

    (void)packet;
    rp_send_urgently(&event);
    return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
