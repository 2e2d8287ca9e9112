// SPDX-License-Identifier: Apache-2.0
#include "node/record/fields.h"

#include <assert.h>
#include <stddef.h>

#define SIZE(type, member)       sizeof(((type *)0)->member)
#define ONE(type, member, what)  ONE_(type, member, what)
#define ONE_(type, member, what) NAMED(#member, type, member, what)
#define NAMED(text, type, member, what)                                                                                \
    {.name = (text), .offset = offsetof(type, member), .bytes = SIZE(type, member), .count = 1, .cell = RP_CELL_##what},
/* An array of numbers or texts. The outer macros let their arguments be expanded before they become names. */
#define EACH(type, member, what) EACH_(type, member, what)
#define EACH_(type, member, what)                                                                                      \
    {.name = #member,                                                                                                  \
     .offset = offsetof(type, member),                                                                                 \
     .bytes = SIZE(type, member[0]),                                                                                   \
     .count = SIZE(type, member) / SIZE(type, member[0]),                                                              \
     .stride = SIZE(type, member[0]),                                                                                  \
     .cell = RP_CELL_##what},
/* One member of every structure in an array. */
#define COLUMN(type, array, member, what) COLUMN_(type, array, member, what)
#define COLUMN_(type, array, member, what)                                                                             \
    {.name = #array "." #member,                                                                                       \
     .offset = offsetof(type, array[0].member),                                                                        \
     .bytes = SIZE(type, array[0].member),                                                                             \
     .count = SIZE(type, array) / SIZE(type, array[0]),                                                                \
     .stride = SIZE(type, array[0]),                                                                                   \
     .cell = RP_CELL_##what},

/* clang-format off */

/* ---- frames */

#define N(member) ONE(struct rp_frame_head, member, NUMBER)
static const struct rp_field frame[] = {
    N(kind) N(input) N(t_ns)
    NAMED("digest.2", struct rp_frame_head, digest, NUMBER) /* what goes into it is part of its name */
};
#undef N

static const struct rp_field start[] = {
    ONE(struct rp_start, self_path, TEXT)
    ONE(struct rp_start, version, TEXT)
    ONE(struct rp_start, kernel, TEXT)
    ONE(struct rp_start, bpf, BOOL)
    ONE(struct rp_start, page_bytes, NUMBER)
    ONE(struct rp_start, realtime_offset_ns, NUMBER)
};

/* ---- contracts, thresholds, policy; alone or inside of another structure */

#define ITSELF(member)     member
#define IN_KUBELET(member) kubelet.member
#define IN_ACTION(member)  action.member

#define CONTRACT(row, type, at)                                                                                        \
    row(type, at.set, NUMBER) row(type, at.protect, BOOL) row(type, at.signalfd, BOOL) row(type, at.trigger, NUMBER)     \
    row(type, at.effect, NUMBER) row(type, at.target, NUMBER) row(type, at.ack, NUMBER) row(type, at.floor, NUMBER)      \
    row(type, at.signal, NUMBER) row(type, at.value, NUMBER) row(type, at.exit_codes[0], NUMBER)                        \
    row(type, at.exit_codes[1], NUMBER) row(type, at.exit_codes[2], NUMBER) row(type, at.exit_codes[3], NUMBER)         \
    row(type, at.duration_ns, NUMBER) row(type, at.timeout_ns, NUMBER) row(type, at.min_interval_ns, NUMBER)            \
    row(type, at.comm, TEXT) row(type, at.ack_path, TEXT) row(type, at.request_path, TEXT)                              \
    row(type, at.pidfile, TEXT)

#define KUBELET(type, at)                                                                                              \
    COLUMN(type, at(thresholds), signal, NUMBER) COLUMN(type, at(thresholds), is_percent, BOOL)                          \
    COLUMN(type, at(thresholds), reclaim_is_percent, BOOL) COLUMN(type, at(thresholds), percent, NUMBER)                 \
    COLUMN(type, at(thresholds), reclaim_percent, NUMBER) COLUMN(type, at(thresholds), quantity_floor, NUMBER)           \
    COLUMN(type, at(thresholds), quantity_nano, NUMBER) COLUMN(type, at(thresholds), reclaim_floor, NUMBER)              \
    COLUMN(type, at(thresholds), reclaim_nano, NUMBER) ONE(type, at(minor), NUMBER)                                      \
    ONE(type, at(no_local_isolation), BOOL)                                                                             \
    COLUMN(type, at(thresholds), grace_ns, NUMBER) ONE(type, at(thresholds_n), NUMBER) ONE(type, at(enforce_pods), BOOL)  \
    ONE(type, at(from_defaults), BOOL) ONE(type, at(transition_ns), NUMBER) ONE(type, at(max_pod_grace_ns), NUMBER)

#define RULE(type, member, what) COLUMN(struct rp_policy, rules, member, what)

static const struct rp_field policy[] = {
    ONE(struct rp_policy, mode, NUMBER)
    ONE(struct rp_policy, enabled, NUMBER)
#define RP_NUMBER(section, key, kind, member, initial, min, max, text) ONE(struct rp_policy, member, NUMBER)
#define RP_STRING(section, key, kind, member, initial, text)           ONE(struct rp_policy, member, TEXT)
#include "reprieve/tbl/settings.h"
    EACH(struct rp_policy, allowed_namespaces, TEXT)
    ONE(struct rp_policy, allowed_namespaces_n, NUMBER)
    COLUMN(struct rp_policy, rules, name, TEXT)
    COLUMN(struct rp_policy, rules, glob, TEXT)
    CONTRACT(RULE, struct rp_policy, contract)
    ONE(struct rp_policy, rules_n, NUMBER)
    KUBELET(struct rp_policy, IN_KUBELET)
};

/* ---- samples */

#define N(member) ONE(struct rp_sample, member, NUMBER)
static const struct rp_field sample[] = {
    N(number) N(t_ns) N(command) N(dropped) EACH(struct rp_sample, lost, NUMBER)
};
#undef N

#define N(member) ONE(struct rp_node_reading, member, NUMBER)
static const struct rp_field node[] = {
    ONE(struct rp_node_reading, t_ns, TIME)
    N(known) N(mem_total_bytes) N(mem_free_bytes) N(mem_available_bytes) N(swap_total_bytes) N(swap_free_bytes)
    N(huge_pages_bytes) N(anon_bytes) N(file_bytes) N(inactive_file_bytes) N(psi_some_us) N(psi_full_us) N(psi_io_some_us)
    N(psi_io_full_us) N(tasks) N(tasks_max) N(tasks_running) N(pid_max) N(threads_max) N(edac_corrected)
    N(edac_uncorrected) EACH(struct rp_node_reading, hardware, NUMBER)
};
#undef N

#define N(member) ONE(struct rp_cgroup_birth, member, NUMBER)
static const struct rp_field birth[] = {
    N(id) N(parent) ONE(struct rp_cgroup_birth, t_ns, TIME) ONE(struct rp_cgroup_birth, path, TEXT)
};
#undef N

static const struct rp_field death[] = {
    ONE(struct rp_cgroup_death, id, NUMBER) ONE(struct rp_cgroup_death, t_ns, TIME)
};

#define N(member) ONE(struct rp_cgroup_reading, member, NUMBER)
static const struct rp_field cgroup[] = {
    N(id) ONE(struct rp_cgroup_reading, t_ns, TIME)
    N(known) N(usage_bytes) N(inactive_file_bytes) N(swap_bytes) N(max_bytes) N(anon_bytes) N(file_bytes)
    N(events_high) N(events_max) N(events_oom) N(events_oom_kill) N(psi_some_us) N(psi_full_us) N(pids)
    N(counts.direct_reclaims) N(counts.direct_reclaim_ns) N(counts.limit_reclaims) N(counts.over_high)
    N(counts.near_oom) N(counts.oom_begins) N(counts.oom_victims) N(counts.forks) N(counts.exits)
    N(counts.pids_refused) N(counts.fork_failures) N(counts.no_space) N(counts.write_bytes) N(counts.writes)
    N(processes.charged_bytes) N(processes.first_bytes) N(processes.first_adj) N(processes.n) N(processes.exempt)
    ONE(struct rp_cgroup_reading, processes.t_ns, TIME) ONE(struct rp_cgroup_reading, processes.partial, BOOL)
    ONE(struct rp_cgroup_reading, oom_group, BOOL)
    ONE(struct rp_cgroup_reading, populated, BOOL) ONE(struct rp_cgroup_reading, frozen, BOOL)
};
#undef N

#define N(member) ONE(struct rp_fs_reading, member, NUMBER)
static const struct rp_field filesystem[] = {
    N(dev) ONE(struct rp_fs_reading, t_ns, TIME) N(roles) N(capacity_bytes) N(available_bytes) N(inodes) N(inodes_free)
    ONE(struct rp_fs_reading, path, TEXT)
};
#undef N

#define N(member) ONE(struct rp_disk_reading, member, NUMBER)
static const struct rp_field disk[] = {
    N(cgroup) N(dev) ONE(struct rp_disk_reading, t_ns, TIME)
    N(counts.allocated_bytes) N(counts.freed_bytes) N(counts.inodes_made) N(counts.inodes_freed)
};
#undef N

#define N(member) ONE(struct rp_pod_disk_reading, member, NUMBER)
static const struct rp_field pod_disk[] = {
    N(cgroup) ONE(struct rp_pod_disk_reading, t_ns, TIME) N(known) N(log_bytes) N(deleted_bytes) N(deleted_files)
};
#undef N

#define N(member) ONE(struct rp_event, member, NUMBER)
static const struct rp_field event[] = {
    ONE(struct rp_event, t_ns, TIME) N(cgroup) N(owner) N(value) N(type) N(pid)
};
#undef N

/* ---- plans and outcomes */

#define ACTION(type, at)                                                                                               \
    ONE(type, at(id), NUMBER) ONE(type, at(cgroup), NUMBER) ONE(type, at(pod), NUMBER) ONE(type, at(kind), NUMBER)         \
    ONE(type, at(reason), NUMBER) ONE(type, at(cause), NUMBER) ONE(type, at(undo), BOOL) ONE(type, at(value), NUMBER)      \
    ONE(type, at(expires_ns), NUMBER) ONE(type, at(deadline_ns), NUMBER) ONE(type, at(expected_bytes), NUMBER)

static const struct rp_field outcome[] = {
    ACTION(struct rp_outcome, IN_ACTION)
    ONE(struct rp_outcome, t_ns, TIME) ONE(struct rp_outcome, state, NUMBER) ONE(struct rp_outcome, reason, NUMBER)
    ONE(struct rp_outcome, error, NUMBER) ONE(struct rp_outcome, seen, NUMBER)
};

static const struct rp_field habit[] = {
    ONE(struct rp_habit, name, TEXT) EACH(struct rp_habit, durations_ns, NUMBER)
    ONE(struct rp_habit, durations_n, NUMBER) ONE(struct rp_habit, bytes, NUMBER) ONE(struct rp_habit, learned, NUMBER)
};

#define N(member) ONE(struct rp_plan, member, NUMBER)
static const struct rp_field plan[] = {
    N(sample_number) N(t_ns) N(dropped)
};
#undef N

static const struct rp_field action[] = {
    ACTION(struct rp_action, ITSELF)
};

/* ---- facts */

static const struct rp_field fact[] = {
    ONE(struct rp_fact, version, NUMBER) ONE(struct rp_fact, kind, NUMBER)
};

static const struct rp_field fact_list[] = {
    ONE(struct rp_fact_list, list, NUMBER) ONE(struct rp_fact_list, count, NUMBER)
    ONE(struct rp_fact_list, generation, NUMBER)
};

#define N(member) ONE(struct rp_fact_pod, member, NUMBER)
#define B(member) ONE(struct rp_fact_pod, member, BOOL)
#define T(member) ONE(struct rp_fact_pod, member, TEXT)
static const struct rp_field fact_pod[] = {
    T(uid) T(namespace_) T(name) N(priority) N(qos) B(critical) B(terminating) B(finished) B(sandboxed)
    B(contract_broken) N(memory_request_bytes) N(memory_limit_bytes) N(liveness_window_ns) N(start_unix_s)
    B(node_critical) N(containers_n) B(containers_cut) COLUMN(struct rp_fact_pod, containers, id, NUMBER)
    N(memory_request_cut_nano) N(storage.request_bytes) N(storage.request_cut_nano) N(storage.limit_bytes)
    N(storage.volumes_n) N(storage.containers_n) B(storage.more)
    COLUMN(struct rp_fact_pod, storage.volumes, name, NUMBER)
    COLUMN(struct rp_fact_pod, storage.volumes, limit_bytes, NUMBER)
    COLUMN(struct rp_fact_pod, storage.volumes, local, BOOL)
    COLUMN(struct rp_fact_pod, storage.containers, name, NUMBER)
    COLUMN(struct rp_fact_pod, storage.containers, limit_bytes, NUMBER)
    N(termination_grace_ns) ONE(struct rp_fact_pod, evicted_ns, TIME)
    COLUMN(struct rp_fact_pod, containers, oom_request_bytes, NUMBER) CONTRACT(ONE, struct rp_fact_pod, contract)
};
#undef N
#undef B
#undef T

static const struct rp_field fact_kubelet[] = {
    KUBELET(struct rp_fact_kubelet, ITSELF)
};

#define N(member) ONE(struct rp_fact_pod_stats, member, NUMBER)
static const struct rp_field fact_pod_stats[] = {
    ONE(struct rp_fact_pod_stats, uid, TEXT) N(working_set_bytes) ONE(struct rp_fact_pod_stats, sampled_ns, TIME)
    N(processes) N(storage.ephemeral_bytes) N(storage.rootfs_bytes) N(storage.rootfs_inodes) N(storage.logs_bytes)
    N(storage.logs_inodes) N(storage.volumes_n) N(storage.containers_n)
    ONE(struct rp_fact_pod_stats, storage.more, BOOL)
    COLUMN(struct rp_fact_pod_stats, storage.volumes, name, NUMBER)
    COLUMN(struct rp_fact_pod_stats, storage.volumes, bytes, NUMBER)
    COLUMN(struct rp_fact_pod_stats, storage.volumes, inodes, NUMBER)
    COLUMN(struct rp_fact_pod_stats, storage.containers, name, NUMBER)
    COLUMN(struct rp_fact_pod_stats, storage.containers, rootfs_bytes, NUMBER)
    COLUMN(struct rp_fact_pod_stats, storage.containers, logs_bytes, NUMBER)
};
#undef N

#define N(member) ONE(struct rp_fact_node_stats, member, NUMBER)
static const struct rp_field fact_node_stats[] = {
    N(available_bytes) N(working_set_bytes) N(usage_bytes) N(pods_available_bytes) N(pods_working_set_bytes)
    ONE(struct rp_fact_node_stats, sampled_ns, TIME) ONE(struct rp_fact_node_stats, pods_sampled_ns, TIME)
    N(maxpid) N(curproc)
#define FS(fs)                                                                                                         \
    N(fs.available_bytes) N(fs.capacity_bytes) N(fs.inodes_free) N(fs.inodes)                                          \
    ONE(struct rp_fact_node_stats, fs.sampled_ns, TIME)
    FS(nodefs) FS(imagefs) FS(containerfs)
#undef FS
};
#undef N

#define N(member) ONE(struct rp_fact_source, member, NUMBER)
static const struct rp_field fact_source[] = {
    N(source) ONE(struct rp_fact_source, configured, BOOL) ONE(struct rp_fact_source, ok, BOOL) N(failures)
    ONE(struct rp_fact_source, good_ns, TIME) ONE(struct rp_fact_source, error, TEXT)
};
#undef N

/* clang-format on */

#define TYPE(structure, what, n)                                                                                       \
    {                                                                                                                  \
        .name = #what, .bytes = sizeof(structure), .fields = what, .fields_n = sizeof(what) / sizeof((what)[0]),       \
        .keys = n                                                                                                      \
    }

const struct rp_type rp_types[RP_TYPE_MAX] = {
    [RP_TYPE_FRAME] = TYPE(struct rp_frame_head, frame, 0),
    [RP_TYPE_START] = TYPE(struct rp_start, start, 0),
    [RP_TYPE_POLICY] = TYPE(struct rp_policy, policy, 0),
    [RP_TYPE_SAMPLE] = TYPE(struct rp_sample, sample, 0),
    [RP_TYPE_NODE] = TYPE(struct rp_node_reading, node, 0),
    [RP_TYPE_BIRTH] = TYPE(struct rp_cgroup_birth, birth, 0),
    [RP_TYPE_DEATH] = TYPE(struct rp_cgroup_death, death, 0),
    [RP_TYPE_CGROUP] = TYPE(struct rp_cgroup_reading, cgroup, 1),
    [RP_TYPE_FILESYSTEM] = TYPE(struct rp_fs_reading, filesystem, 1),
    [RP_TYPE_DISK] = TYPE(struct rp_disk_reading, disk, 2),
    [RP_TYPE_POD_DISK] = TYPE(struct rp_pod_disk_reading, pod_disk, 1),
    [RP_TYPE_EVENT] = TYPE(struct rp_event, event, 0),
    [RP_TYPE_OUTCOME] = TYPE(struct rp_outcome, outcome, 0),
    [RP_TYPE_HABIT] = TYPE(struct rp_habit, habit, 0),
    [RP_TYPE_PLAN] = TYPE(struct rp_plan, plan, 0),
    [RP_TYPE_ACTION] = TYPE(struct rp_action, action, 0),
    [RP_TYPE_FACT] = TYPE(struct rp_fact, fact, 0),
    [RP_TYPE_FACT_LIST] = TYPE(struct rp_fact_list, fact_list, 0),
    [RP_TYPE_FACT_POD] = TYPE(struct rp_fact_pod, fact_pod, 1),
    [RP_TYPE_FACT_KUBELET] = TYPE(struct rp_fact_kubelet, fact_kubelet, 0),
    [RP_TYPE_FACT_POD_STATS] = TYPE(struct rp_fact_pod_stats, fact_pod_stats, 1),
    [RP_TYPE_FACT_NODE_STATS] = TYPE(struct rp_fact_node_stats, fact_node_stats, 0),
    [RP_TYPE_FACT_SOURCE] = TYPE(struct rp_fact_source, fact_source, 1),
};

static_assert(sizeof(policy) / sizeof(policy[0]) <= RP_FIELDS_MAX, "the largest table must fit a reader's");

enum rp_type_id rp_type_of_fact(uint32_t kind)
{
    static const enum rp_type_id types[] = {
        [RP_FACT_BEGIN] = RP_TYPE_FACT_LIST,
        [RP_FACT_COMMIT] = RP_TYPE_FACT_LIST,
        [RP_FACT_POD] = RP_TYPE_FACT_POD,
        [RP_FACT_KUBELET] = RP_TYPE_FACT_KUBELET,
        [RP_FACT_POD_STATS] = RP_TYPE_FACT_POD_STATS,
        [RP_FACT_NODE_STATS] = RP_TYPE_FACT_NODE_STATS,
        [RP_FACT_SOURCE] = RP_TYPE_FACT_SOURCE,
    };
    const bool has = kind < sizeof(types) / sizeof(types[0]) && kind != RP_FACT_NONE;
    return has ? types[kind] : RP_TYPE_MAX;
}
