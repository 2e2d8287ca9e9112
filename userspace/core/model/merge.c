// SPDX-License-Identifier: Apache-2.0
#include "core/model/merge.h"

#include <string.h>

static void merge_hardware(struct rp_node_reading *into, const struct rp_node_reading *reading)
{
    if (reading->known & RP_NODE_EDAC) {
        into->edac_corrected = reading->edac_corrected;
        into->edac_uncorrected = reading->edac_uncorrected;
    }
    if (reading->known & RP_NODE_HARDWARE)
        memcpy(into->hardware, reading->hardware, sizeof(into->hardware));
}

void rp_node_reading_merge(struct rp_node_reading *into, const struct rp_node_reading *reading)
{
    const uint64_t known = reading->known;
    into->t_ns = reading->t_ns;
    into->known |= known;
    if (known & RP_NODE_MEM_TOTAL)
        into->mem_total_bytes = reading->mem_total_bytes;
    if (known & RP_NODE_MEM_FREE)
        into->mem_free_bytes = reading->mem_free_bytes;
    if (known & RP_NODE_MEM_AVAILABLE)
        into->mem_available_bytes = reading->mem_available_bytes;
    if (known & RP_NODE_SWAP) {
        into->swap_total_bytes = reading->swap_total_bytes;
        into->swap_free_bytes = reading->swap_free_bytes;
    }
    if (known & RP_NODE_HUGE_PAGES)
        into->huge_pages_bytes = reading->huge_pages_bytes;
    if (known & RP_NODE_ROOT_STAT) {
        into->anon_bytes = reading->anon_bytes;
        into->file_bytes = reading->file_bytes;
        into->inactive_file_bytes = reading->inactive_file_bytes;
    }
    if (known & RP_NODE_PSI) {
        into->psi_some_us = reading->psi_some_us;
        into->psi_full_us = reading->psi_full_us;
    }
    if (known & RP_NODE_TASKS) {
        into->tasks = reading->tasks;
        into->tasks_max = reading->tasks_max;
        into->tasks_running = reading->tasks_running;
        into->pid_max = reading->pid_max;
        into->threads_max = reading->threads_max;
    }
    if (known & RP_NODE_PSI_IO) {
        into->psi_io_some_us = reading->psi_io_some_us;
        into->psi_io_full_us = reading->psi_io_full_us;
    }
    merge_hardware(into, reading);
}

static void merge_memory(struct rp_cgroup_reading *into, const struct rp_cgroup_reading *reading)
{
    const uint64_t known = reading->known;
    if (known & RP_CG_USAGE)
        into->usage_bytes = reading->usage_bytes;
    if (known & RP_CG_INACTIVE_FILE)
        into->inactive_file_bytes = reading->inactive_file_bytes;
    if (known & RP_CG_ANON_FILE) {
        into->anon_bytes = reading->anon_bytes;
        into->file_bytes = reading->file_bytes;
    }
    if (known & RP_CG_SWAP)
        into->swap_bytes = reading->swap_bytes;
    if (known & RP_CG_MAX)
        into->max_bytes = reading->max_bytes;
}

void rp_cgroup_reading_merge(struct rp_cgroup_reading *into, const struct rp_cgroup_reading *reading)
{
    const uint64_t known = reading->known;
    into->id = reading->id;
    into->t_ns = reading->t_ns;
    into->known |= known;
    merge_memory(into, reading);
    if (known & RP_CG_EVENTS) {
        into->events_high = reading->events_high;
        into->events_max = reading->events_max;
        into->events_oom = reading->events_oom;
        into->events_oom_kill = reading->events_oom_kill;
    }
    if (known & RP_CG_PSI) {
        into->psi_some_us = reading->psi_some_us;
        into->psi_full_us = reading->psi_full_us;
    }
    if (known & RP_CG_PIDS)
        into->pids = reading->pids;
    if (known & RP_CG_COUNTS)
        into->counts = reading->counts;
    if (known & RP_CG_OOM_GROUP)
        into->oom_group = reading->oom_group;
    if (known & RP_CG_PROCESSES)
        into->processes = reading->processes;
    if (known & RP_CG_POPULATED) {
        into->populated = reading->populated;
        into->frozen = reading->frozen;
    }
}
