// SPDX-License-Identifier: Apache-2.0
/* The kubelet's effective configuration to its eviction thresholds; the rules are core/parse/kubelet_config. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/parse/kubelet_config.h"
#include "link/kube/documents.h"
#include "link/kube/json.h"

static const char *const map_names[RP_KUBELET_MAPS] = {
    [RP_KUBELET_HARD] = "evictionHard",
    [RP_KUBELET_SOFT] = "evictionSoft",
    [RP_KUBELET_GRACE] = "evictionSoftGracePeriod",
    [RP_KUBELET_RECLAIM] = "evictionMinimumReclaim",
};

static int read_map(struct rp_kubelet_config *config, enum rp_kubelet_map map, const json_t *kubelet,
                    struct rp_batch *batch)
{
    const char *signal;
    json_t *value;
    struct rp_complaint why;
    rp_kubelet_config_give(config, map);
    json_object_foreach (json_object_get(kubelet, map_names[map]), signal, value) {
        const char *text = json_string_value(value);
        if (rp_kubelet_config_set(config, map, signal, text ? text : "", &why) != 0) {
            (void)snprintf(batch->error, sizeof(batch->error), "kubeletconfig.%s: %.80s", map_names[map], why.text);
            return -EINVAL;
        }
    }
    return 0;
}

static int read_rest(struct rp_kubelet_config *config, const json_t *kubelet, struct rp_batch *batch)
{
    struct rp_complaint why;
    const char *transition = rp_json_text(kubelet, "evictionPressureTransitionPeriod");
    int64_t grace = rp_json_count(kubelet, "evictionMaxPodGracePeriod");
    const json_t *enforce = rp_json_at(kubelet, "enforceNodeAllocatable");
    if (transition[0] && rp_kubelet_config_transition(config, transition, &why) != 0) {
        (void)snprintf(batch->error, sizeof(batch->error), "kubeletconfig.evictionPressureTransitionPeriod: %.60s",
                       why.text);
        return -EINVAL;
    }
    rp_kubelet_config_max_pod_grace(config, grace > 0 && grace <= INT32_MAX ? (int32_t)grace : 0);
    rp_kubelet_config_merge(config, json_is_true(rp_json_at(kubelet, "mergeDefaultEvictionSettings")));
    if (json_is_array(enforce)) {
        size_t i;
        json_t *word;
        bool pods = false;
        json_array_foreach (enforce, i, word)
            pods = pods || (json_is_string(word) && strcmp(json_string_value(word), "pods") == 0);
        rp_kubelet_config_enforce_pods(config, pods);
    }
    return 0;
}

static int read_config(const json_t *kubelet, struct rp_batch *batch)
{
    struct rp_kubelet_config config;
    struct rp_fact_kubelet thresholds;
    struct rp_complaint why;
    int rc = 0;
    rp_kubelet_config_begin(&config);
    for (int map = 0; map < RP_KUBELET_MAPS && rc == 0; map++)
        rc = read_map(&config, (enum rp_kubelet_map)map, kubelet, batch);
    if (rc == 0)
        rc = read_rest(&config, kubelet, batch);
    if (rc != 0)
        return rc;
    rc = rp_kubelet_config_finish(&config, &thresholds, &why);
    if (rc != 0) {
        (void)snprintf(batch->error, sizeof(batch->error), "kubeletconfig.%.100s", why.text);
        return rc;
    }
    struct rp_fact *fact = rp_batch_add(batch, RP_FACT_KUBELET);
    if (fact)
        fact->kubelet = thresholds;
    return 0;
}

int rp_read_configz(const char *bytes, size_t len, struct rp_batch *batch)
{
    json_t *root = rp_json_parse(bytes, len, batch->error, sizeof(batch->error));
    if (!root)
        return -EINVAL;
    const json_t *kubelet = rp_json_at(root, "kubeletconfig");
    int rc = -EINVAL;
    if (json_is_object(kubelet))
        rc = read_config(kubelet, batch);
    else
        (void)snprintf(batch->error, sizeof(batch->error), "kubeletconfig: is missing");
    json_decref(root);
    return rc;
}
