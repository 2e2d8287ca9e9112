// SPDX-License-Identifier: Apache-2.0
/*
 * /stats/summary to what the kubelet believes: its cached working sets, 10 to 30 s old, by which it will rank. A pod
 * without memory statistics is passed on as such: the kubelet evicts those first.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "link/kube/documents.h"
#include "link/kube/json.h"

static void read_node(const json_t *node, struct rp_batch *batch)
{
    struct rp_fact *fact = rp_batch_add(batch, RP_FACT_NODE_STATS);
    if (!fact)
        return;
    fact->node_stats = (struct rp_fact_node_stats){
        .available_bytes = rp_json_count(node, "memory.availableBytes"),
        .working_set_bytes = rp_json_count(node, "memory.workingSetBytes"),
        .usage_bytes = rp_json_count(node, "memory.usageBytes"),
        .pods_available_bytes = -1,
        .pods_working_set_bytes = -1,
        .sampled_ns = rp_json_stamp(node, "memory.time"),
    };
    size_t i;
    json_t *container;
    json_array_foreach (rp_json_at(node, "systemContainers"), i, container) {
        if (strcmp(rp_json_text(container, "name"), "pods") != 0)
            continue;
        fact->node_stats.pods_available_bytes = rp_json_count(container, "memory.availableBytes");
        fact->node_stats.pods_working_set_bytes = rp_json_count(container, "memory.workingSetBytes");
    }
}

static void read_pod(const json_t *pod, size_t i, struct rp_batch *batch)
{
    char uid[RP_UID_MAX];
    const char *text = rp_json_text(pod, "podRef.uid");
    if (!text[0] || rp_copy(uid, sizeof(uid), text) != 0) {
        if (!batch->note[0])
            (void)snprintf(batch->note, sizeof(batch->note), "pods[%zu].podRef.uid: %.40s", i, text[0] ? text : "is missing");
        return;
    }
    struct rp_fact *fact = rp_batch_add(batch, RP_FACT_POD_STATS);
    if (!fact)
        return;
    memcpy(fact->pod_stats.uid, uid, sizeof(uid));
    fact->pod_stats.working_set_bytes = rp_json_count(pod, "memory.workingSetBytes");
    fact->pod_stats.sampled_ns = rp_json_stamp(pod, "memory.time");
}

int rp_read_summary(const char *bytes, size_t len, struct rp_batch *batch)
{
    json_t *root = rp_json_parse(bytes, len, batch->error, sizeof(batch->error));
    if (!root)
        return -EINVAL;
    const json_t *node = rp_json_at(root, "node"), *pods = rp_json_at(root, "pods");
    int rc = 0;
    if (!json_is_object(node) || (!json_is_array(pods) && !json_is_null(pods))) {
        (void)snprintf(batch->error, sizeof(batch->error), "expected an object with node and pods");
        rc = -EINVAL;
    } else {
        read_node(node, batch);
        for (size_t i = 0; i < json_array_size(pods); i++)
            read_pod(json_array_get(pods, i), i, batch);
    }
    json_decref(root);
    return rc;
}
