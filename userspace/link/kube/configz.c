// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's effective configuration to its eviction thresholds; the rules are core/parse/kubelet_config.
 *
 * Effective means: after defaults, files and flags. So an absent map or list is an empty one (Go leaves those out), and
 * mergeDefaultEvictionSettings is not applied again: the kubelet did that while it read its files, and a flag that came
 * later replaced the whole map.
 */
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

static int refuse(struct rp_batch *batch, const char *field, const char *signal, const char *what)
{
    char line[320];
    (void)snprintf(line, sizeof(line), "%s%s%.40s: %s", field, signal[0] ? "." : "", signal, what);
    return rp_batch_refuse(batch, line);
}

static int read_map(struct rp_kubelet_config *config, enum rp_kubelet_map map, const json_t *kubelet,
                    struct rp_batch *batch)
{
    const json_t *entries = rp_json_at(kubelet, map_names[map]);
    const char *signal;
    json_t *value;
    struct rp_complaint why;
    if (entries && !json_is_object(entries))
        return refuse(batch, map_names[map], "", "is not a map");
    rp_kubelet_config_give(config, map);
    json_object_foreach((json_t *)(uintptr_t)entries, signal, value)
    {
        const char *text = rp_json_string(value);
        /* A kubelet started with it, so it is a signal of a newer one: say so, and use the others. */
        if (rp_signal_by_name(signal, strlen(signal)) == RP_SIGNAL_MAX) {
            rp_batch_note(batch, map_names[map], signal, "is not known to this version");
            continue;
        }
        if (!text)
            return refuse(batch, map_names[map], signal, "is not a text");
        if (rp_kubelet_config_set(config, map, signal, text, &why) != 0)
            return refuse(batch, map_names[map], signal, why.text);
    }
    return 0;
}

static int read_enforcement(struct rp_kubelet_config *config, const json_t *kubelet, struct rp_batch *batch)
{
    const json_t *enforce = rp_json_at(kubelet, "enforceNodeAllocatable");
    bool pods = false;
    size_t i;
    json_t *word;
    if (enforce && !json_is_array(enforce))
        return refuse(batch, "enforceNodeAllocatable", "", "is not a list");
    json_array_foreach(enforce, i, word) pods =
        pods || (json_is_string(word) && strcmp(json_string_value(word), "pods") == 0);
    rp_kubelet_config_enforce_pods(config, pods);
    return 0;
}

static int read_periods(struct rp_kubelet_config *config, const json_t *kubelet, struct rp_batch *batch)
{
    const json_t *transition = rp_json_at(kubelet, "evictionPressureTransitionPeriod");
    const json_t *isolation = rp_json_at(kubelet, "localStorageCapacityIsolation");
    const char *text = rp_json_string(transition);
    int64_t grace = 0;
    struct rp_complaint why = {.text = "is not a text"};
    if (transition && (!text || rp_kubelet_config_transition(config, text, &why) != 0))
        return refuse(batch, "evictionPressureTransitionPeriod", "", why.text);
    if (rp_json_integer(kubelet, "evictionMaxPodGracePeriod", &grace) == -EINVAL || grace > INT32_MAX)
        return refuse(batch, "evictionMaxPodGracePeriod", "", "is not a 32-bit number");
    rp_kubelet_config_max_pod_grace(config, grace > 0 ? (int32_t)grace : 0);
    rp_kubelet_config_isolation(config, !json_is_false(isolation));
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
        rc = read_enforcement(&config, kubelet, batch);
    if (rc == 0)
        rc = read_periods(&config, kubelet, batch);
    if (rc == 0 && rp_kubelet_config_finish(&config, &thresholds, &why) != 0)
        rc = rp_batch_refuse(batch, why.text);
    struct rp_fact *fact = rc == 0 ? rp_batch_add(batch, RP_FACT_KUBELET) : NULL;
    if (fact)
        fact->kubelet = thresholds;
    return rc;
}

int rp_read_configz(const char *bytes, size_t len, struct rp_batch *batch)
{
    struct rp_member member = {.name = "kubeletconfig"};
    struct rp_complaint why;
    if (rp_outline(bytes, len, &member, 1, &why) != 0)
        return rp_batch_refuse(batch, why.text);
    if (!member.value.at)
        return rp_batch_refuse(batch, "kubeletconfig: is missing");
    json_t *kubelet = rp_json_parse(&member.value, &why);
    int rc = json_is_object(kubelet) ? read_config(kubelet, batch)
                                     : rp_batch_refuse(batch, kubelet ? "kubeletconfig: is not an object" : why.text);
    json_decref(kubelet);
    return rc;
}
