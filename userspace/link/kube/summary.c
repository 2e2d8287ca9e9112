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
    };
    size_t i;
    json_t *container;
    json_array_foreach(rp_json_at(node, "systemContainers"), i, container)
    {
        if (strcmp(rp_json_text(container, "name"), "pods") != 0)
            continue;
        fact->node_stats.pods_available_bytes = available(container);
        fact->node_stats.pods_working_set_bytes = rp_json_count(container, "memory.workingSetBytes");
    }
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
