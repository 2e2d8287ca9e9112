// SPDX-License-Identifier: Apache-2.0
/*
 * /stats/summary to what the kubelet believes: its cached working sets, 10 to 30 s old, by which it will rank. A pod that
 * is not in it has no statistics, and the kubelet evicts such a pod first; one that is in it without memory counts as 0.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "link/kube/documents.h"
#include "link/kube/json.h"

/* The kubelet subtracts unsigned numbers: over the limit its difference wraps to almost 2^64. It then means "nothing". */
static int64_t available(const json_t *holder)
{
    int64_t bytes = rp_json_count(holder, "memory.availableBytes");
    return bytes == INT64_MAX ? 0 : bytes;
}

static void read_fs(const json_t *fs, struct rp_fact_fs *ret)
{
    *ret = (struct rp_fact_fs){
        .available_bytes = rp_json_count(fs, "availableBytes"),
        .capacity_bytes = rp_json_count(fs, "capacityBytes"),
        .inodes_free = rp_json_count(fs, "inodesFree"),
        .inodes = rp_json_count(fs, "inodes"),
        .sampled_ns = rp_json_stamp(fs, "time"),
    };
}

static void read_node(const json_t *node, struct rp_batch *batch)
{
    struct rp_fact *fact = rp_batch_add(batch, RP_FACT_NODE_STATS);
    if (!fact)
        return;
    fact->node_stats = (struct rp_fact_node_stats){
        .available_bytes = available(node),
        .working_set_bytes = rp_json_count(node, "memory.workingSetBytes"),
        .usage_bytes = rp_json_count(node, "memory.usageBytes"),
        .pods_available_bytes = -1,
        .pods_working_set_bytes = -1,
        .sampled_ns = rp_json_stamp(node, "memory.time"),
        .maxpid = rp_json_count(node, "rlimit.maxpid"),
        .curproc = rp_json_count(node, "rlimit.curproc"),
    };
    read_fs(rp_json_at(node, "fs"), &fact->node_stats.nodefs);
    read_fs(rp_json_at(node, "runtime.imageFs"), &fact->node_stats.imagefs);
    read_fs(rp_json_at(node, "runtime.containerFs"), &fact->node_stats.containerfs);
    size_t i;
    json_t *container;
    json_array_foreach(rp_json_at(node, "systemContainers"), i, container)
    {
        if (strcmp(rp_json_text(container, "name"), "pods") != 0)
            continue;
        fact->node_stats.pods_available_bytes = available(container);
        fact->node_stats.pods_working_set_bytes = rp_json_count(container, "memory.workingSetBytes");
        fact->node_stats.pods_sampled_ns = rp_json_stamp(container, "memory.time");
    }
}

/* ---- pods */

/* What is absent counts as nothing, as it does for the kubelet. */
static int64_t count_or_0(const json_t *holder, const char *path)
{
    return rp_max_i64(0, rp_json_count(holder, path));
}

static uint64_t name_of(const json_t *holder)
{
    const char *name = rp_json_text(holder, "name");
    return rp_hash(name, strlen(name));
}

static void read_container(const json_t *container, struct rp_storage_use *use)
{
    const struct rp_container_use found = {.name = name_of(container),
                                           .rootfs_bytes = count_or_0(container, "rootfs.usedBytes"),
                                           .logs_bytes = count_or_0(container, "logs.usedBytes")};
    use->rootfs_bytes = rp_add_sat_i64(use->rootfs_bytes, found.rootfs_bytes);
    use->logs_bytes = rp_add_sat_i64(use->logs_bytes, found.logs_bytes);
    use->rootfs_inodes = rp_add_sat_i64(use->rootfs_inodes, count_or_0(container, "rootfs.inodesUsed"));
    use->logs_inodes = rp_add_sat_i64(use->logs_inodes, count_or_0(container, "logs.inodesUsed"));
    if (use->containers_n < RP_CONTAINERS_MAX)
        use->containers[use->containers_n++] = found;
    else
        use->more = true;
}

static void read_volume(const json_t *volume, struct rp_storage_use *use)
{
    if (rp_json_at(volume, "pvcRef"))
        return; /* no disk of the node's */
    const struct rp_volume_use found = {
        .name = name_of(volume), .bytes = count_or_0(volume, "usedBytes"), .inodes = count_or_0(volume, "inodesUsed")};
    if (use->volumes_n < RP_VOLUMES_MAX) {
        use->volumes[use->volumes_n++] = found;
        return;
    }
    use->more = true;
    uint32_t smallest = 0;
    for (uint32_t i = 1; i < RP_VOLUMES_MAX; i++)
        if (use->volumes[i].bytes < use->volumes[smallest].bytes)
            smallest = i;
    if (found.bytes > use->volumes[smallest].bytes)
        use->volumes[smallest] = found;
}

static void read_storage(const json_t *pod, struct rp_storage_use *use)
{
    size_t i;
    json_t *item;
    use->ephemeral_bytes = count_or_0(pod, "ephemeral-storage.usedBytes");
    json_array_foreach(rp_json_at(pod, "containers"), i, item) read_container(item, use);
    json_array_foreach(rp_json_at(pod, "volume"), i, item) read_volume(item, use);
}

static void read_pod(const json_t *pod, const char *label, struct rp_batch *batch)
{
    char uid[RP_UID_MAX];
    const char *text = rp_json_text(pod, "podRef.uid");
    if (!text[0] || rp_copy(uid, sizeof(uid), text) != 0) {
        rp_batch_note(batch, label, "podRef.uid", text[0] ? "is too long" : "is missing");
        return;
    }
    struct rp_fact *fact = rp_batch_add(batch, RP_FACT_POD_STATS);
    if (!fact)
        return;
    memcpy(fact->pod_stats.uid, uid, sizeof(uid));
    fact->pod_stats.working_set_bytes = rp_max_i64(0, rp_json_count(pod, "memory.workingSetBytes"));
    fact->pod_stats.sampled_ns = rp_json_stamp(pod, "memory.time");
    fact->pod_stats.processes = count_or_0(pod, "process_stats.process_count");
    read_storage(pod, &fact->pod_stats.storage);
}

static int read_pods(const struct rp_span *pods, struct rp_batch *batch)
{
    struct rp_elements elements = {.array = *pods};
    struct rp_complaint why;
    struct rp_span span;
    int rc = 0;
    for (size_t i = 0; !rp_span_is_null(pods) && (rc = rp_elements_next(&elements, &span)) == 1; i++) {
        char label[32];
        (void)snprintf(label, sizeof(label), "pods[%zu]", i);
        json_t *pod = rp_json_parse(&span, &why);
        if (pod)
            read_pod(pod, label, batch);
        else
            rp_batch_note(batch, label, "", why.text);
        json_decref(pod);
    }
    return rc == 0 ? 0 : rp_batch_refuse(batch, "pods: is not a list");
}

int rp_read_summary(const char *bytes, size_t len, struct rp_batch *batch)
{
    struct rp_member members[] = {{.name = "node"}, {.name = "pods"}};
    struct rp_complaint why;
    if (rp_outline(bytes, len, members, 2, &why) != 0)
        return rp_batch_refuse(batch, why.text);
    if (!members[0].value.at || !members[1].value.at)
        return rp_batch_refuse(batch, members[0].value.at ? "pods: is missing" : "node: is missing");
    json_t *node = rp_json_parse(&members[0].value, &why);
    if (!json_is_object(node)) {
        json_decref(node);
        return rp_batch_refuse(batch, "node: is not an object");
    }
    read_node(node, batch);
    json_decref(node);
    return read_pods(&members[1].value, batch);
}
