// SPDX-License-Identifier: Apache-2.0
/* What the sensor can and cannot see on this node, as numbers and as sentences. */
#include "node/sense/sensor.h"

#include <string.h>

#include "base/line.h"
#include "node/sense/sensor_private.h"

int rp_sensor_event_fd(const struct rp_sensor *sensor)
{
    return sensor->source ? rp_bpf_source_fd(sensor->source) : -1;
}

int rp_sensor_trigger_fd(const struct rp_sensor *sensor, enum rp_psi_kind kind)
{
    return sensor->node_files.trigger_fd[kind];
}

static void count_nodes(const struct rp_sensor *sensor, struct rp_sensor_state *ret)
{
    const struct rp_census *census = &sensor->census;
    for (uint32_t i = 0; i < census->used; i++) {
        const struct rp_census_node *node = &census->nodes[i];
        if (node->id == RP_CGROUP_NONE)
            continue;
        ret->left_out += node->left_out;
        ret->starved += node->starved;
        ret->no_memory += node->kind == RP_CGROUP_POD && !node->starved && node->files.fd[RP_FILE_CURRENT] < 0;
        if (sensor->self[0] && strcmp(node->path, sensor->self) == 0)
            ret->self = node->id;
    }
}

void rp_sensor_state(const struct rp_sensor *sensor, struct rp_sensor_state *ret)
{
    const struct rp_census *census = &sensor->census;
    *ret = (struct rp_sensor_state){
        .bpf = sensor->source != NULL,
        .lifecycle = census->hinted,
        .iterator = sensor->source && rp_bpf_handles_walk_fd(sensor->handles) >= 0,
        .psi = sensor->node_files.fd[RP_NODE_FILE_PRESSURE] >= 0,
        .trigger = sensor->node_files.trigger_fd[RP_PSI_MEMORY] >= 0,
        .pods_root = census->pods_root != RP_INDEX_NONE,
        .cgroups = census->live,
        .files = census->files_open,
        .scans = census->scans,
        .scans_failed = census->scans_failed,
        .walks = sensor->walks,
        .walks_failed = sensor->walks_failed,
    };
    memcpy(ret->garbage, sensor->garbage, sizeof(ret->garbage));
    memcpy(ret->node_garbage, sensor->node_garbage, sizeof(ret->node_garbage));
    count_nodes(sensor, ret);
}

/* ---- sentences */

struct list {
    struct rp_complaint *out;
    uint32_t n, max;
};

/* A new sentence that starts with `start`; what does not fit in the list is written to nowhere. */
static struct rp_line sentence(struct list *list, const char *start)
{
    static struct rp_complaint nowhere;
    struct rp_complaint *to = list->n < list->max ? &list->out[list->n++] : &nowhere;
    struct rp_line line;
    rp_line_init(&line, to->text, sizeof(to->text));
    rp_line_add(&line, start);
    return line;
}

static void add_error(struct rp_line *line, int error)
{
    rp_line_add(line, " (");
    rp_line_add(line, strerrordesc_np(-error));
    rp_line_add(line, ")");
}

static void add_counted(struct list *list, uint64_t n, const char *text)
{
    if (n == 0)
        return;
    struct rp_line line = sentence(list, "");
    rp_line_add_u64(&line, n);
    rp_line_add(&line, text);
}

static void node_files(const struct rp_sensor *sensor, struct list *list)
{
    static const char *const lost[RP_NODE_FILE_MAX] = {
        [RP_NODE_FILE_MEMINFO] = "no number of the node is known",
        [RP_NODE_FILE_ROOT_STAT] = "memory.available is not known as the kubelet computes it",
        [RP_NODE_FILE_PRESSURE] = "no pressure stall information (PSI): stalls of the node are not seen",
        [RP_NODE_FILE_PRESSURE_IO] = "stalls of the node on disks are not seen",
        [RP_NODE_FILE_LOADAVG] = "the number of threads is not known",
        [RP_NODE_FILE_PID_MAX] = "the limit of threads may be lower than shown",
        [RP_NODE_FILE_THREADS_MAX] = "the limit of threads may be lower than shown",
    };
    for (int f = 0; f < RP_NODE_FILE_EDAC; f++) { /* most machines have no EDAC, and miss nothing */
        if (sensor->node_files.fd[f] >= 0)
            continue;
        struct rp_line line = sentence(list, rp_node_file_name((enum rp_node_file)f));
        rp_line_add(&line, " cannot be opened");
        add_error(&line, sensor->node_files.error[f]);
        rp_line_add(&line, ": ");
        rp_line_add(&line, lost[f]);
    }
}

static void triggers(const struct rp_sensor *sensor, struct list *list)
{
    static const struct {
        enum rp_node_file file;
        const char *lost;
    } rows[RP_PSI_KIND_MAX] = {
        [RP_PSI_MEMORY] = {RP_NODE_FILE_PRESSURE, "no wake-up on memory pressure"},
        [RP_PSI_IO] = {RP_NODE_FILE_PRESSURE_IO, "no wake-up on pressure of disks"},
    };
    for (int t = 0; t < RP_PSI_KIND_MAX; t++) {
        if (sensor->node_files.trigger_fd[t] >= 0 || sensor->node_files.fd[rows[t].file] < 0)
            continue;
        struct rp_line line = sentence(list, rows[t].lost);
        add_error(&line, sensor->node_files.trigger_error[t]);
        rp_line_add(&line, ": the node is looked at by time and by kernel events only");
    }
}

static void garbage(const struct rp_sensor_state *state, struct list *list)
{
    for (int f = 0; f < RP_NODE_FILE_MAX; f++) {
        if (state->node_garbage[f] == 0)
            continue;
        struct rp_line line = sentence(list, rp_node_file_name((enum rp_node_file)f));
        rp_line_add(&line, " of the node was not understood, times: ");
        rp_line_add_u64(&line, state->node_garbage[f]);
    }
    for (int f = 0; f < RP_FILE_MAX; f++) {
        if (state->garbage[f] == 0)
            continue;
        struct rp_line line = sentence(list, rp_file_name((enum rp_file)f));
        rp_line_add(&line, " of a cgroup was not understood, times: ");
        rp_line_add_u64(&line, state->garbage[f]);
    }
}

static void bpf(const struct rp_sensor *sensor, const struct rp_sensor_state *state, struct list *list)
{
    if (!state->bpf) {
        struct rp_line line = sentence(list, "no BPF");
        if (sensor->handles) /* else none was wanted, or the loader said why there is none */
            add_error(&line, sensor->source_error);
        rp_line_add(&line, ": kernel events are not seen, everything comes from files");
        return;
    }
    if (!state->iterator)
        sentence(list, "no cgroup iterator: each pod is read from its own files, one after the other");
    if (!state->lifecycle)
        sentence(list, "new and removed cgroups are seen only by listing directories, after up to a second");
}

uint64_t rp_sensor_skipped(const struct rp_sensor *sensor, uint32_t hook)
{
    uint64_t skipped = 0;
    if (sensor->source && hook < RP_BPF_HOOK_MAX)
        rp_discard(rp_bpf_source_skipped(sensor->source, (enum rp_bpf_hook)hook, &skipped));
    return skipped;
}

uint32_t rp_sensor_complaints(const struct rp_sensor *sensor, struct rp_complaint *out, uint32_t max)
{
    struct list list = {out, 0, max};
    struct rp_sensor_state state;
    rp_sensor_state(sensor, &state);
    bpf(sensor, &state, &list);
    node_files(sensor, &list);
    triggers(sensor, &list);
    if (!state.pods_root && sensor->policy->rules_n == 0)
        sentence(&list, "no pods root (kubepods) is found and no workload is configured: there is nobody to protect");
    add_counted(&list, state.no_memory, " pods have no memory controller: their use is not known");
    add_counted(&list, state.left_out, " cgroups found no place in the table: raise `limits: cgroups`");
    add_counted(&list, state.starved, " cgroups are not read for want of descriptors: raise the limit of open files");
    add_counted(&list, state.walks_failed, " walks of the cgroup iterator failed: files served instead");
    garbage(&state, &list);
    return list.n;
}
