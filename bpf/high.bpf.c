// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * memory.high was exceeded and a task pays for it on its way back to user space.
 *
 * reclaim_high(memcg, ...) gets the TASK's memcg and then climbs to the root, reclaiming wherever it finds use above
 * high. So this program climbs too, or a brake on a pod's slice would be charged to the container below it.
 */
#include "lib/cgroup.h"
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define LEVELS_MAX 16 /* kubepods, QoS, pod, container, and room for what a container nests */

SEC("fentry/reclaim_high")
int BPF_PROG(rp_over_high, struct mem_cgroup *memcg)
{
    struct cgroup_subsys_state *css = &memcg->css;
    struct page_counter *memory = &memcg->memory;
    struct rp_event event = {
        .type = RP_EVENT_OVER_HIGH,
        .cgroup = bpf_get_current_cgroup_id(),
        .pid = rp_current_tgid(),
    };

    /* The parent of a memcg's page counter belongs to the parent of its css: one step up in both is the same step. */
    for (int level = 0; level < LEVELS_MAX && css && memory; level++) {
        unsigned long usage = memory->usage.counter;
        unsigned long high = memory->high;

        if (usage > high) {
            event.owner = css->cgroup->kn->id;
            event.value = usage - high;
            rp_count_and_tell(event.owner, over_high, &event);
        }
        memory = memory->parent;
        css = css->parent;
    }
    return 0;
}
