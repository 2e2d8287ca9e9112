// SPDX-License-Identifier: Apache-2.0
/*
 * PodList to facts: identity, priority, memory request as the kubelet's ranking computes it, limits, the shortest
 * liveness window, and the contract in the annotations.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "core/parse/quantity.h"
#include "link/kube/documents.h"
#include "link/kube/json.h"

#define CRITICAL_PRIORITY 2000000000 /* system-cluster-critical; the kubelet never evicts from here upwards */
#define PROBE_PERIOD_S    10         /* Kubernetes' defaults of a probe */
#define PROBE_FAILURES    3

struct reader {
    struct rp_batch *batch;
    size_t index; /* of the pod in items */
};

static int refuse(struct reader *reader, const char *what, const char *value)
{
    if (!reader->batch->note[0])
        (void)snprintf(reader->batch->note, sizeof(reader->batch->note), "items[%zu].%s: %.48s", reader->index, what,
                       value);
    return -EINVAL;
}

/* ---- memory */

/* -1: the container does not say. */
static int read_memory(struct reader *reader, const json_t *holder, const char *path, int64_t *ret)
{
    struct rp_quantity quantity;
    const json_t *value = rp_json_at(holder, path);
    *ret = -1;
    if (!value)
        return 0;
    char text[48];
    /* A whole number may come unquoted: Quantity accepts JSON numbers. */
    if (json_is_integer(value))
        (void)snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
    else
        rp_cut(text, sizeof(text), json_string_value(value) ? json_string_value(value) : "not a quantity");
    if (rp_parse_quantity(text, strlen(text), &quantity) != 0 || quantity.value < 0)
        return refuse(reader, path, text);
    *ret = quantity.value;
    return 0;
}

struct sums {
    int64_t request;   /* of containers and sidecars */
    int64_t init_peak; /* the largest init container with the sidecars started before it */
    int64_t sidecars;  /* requests of sidecars seen so far, in order */
    int64_t limit;
    bool all_limited;
};

static int add_containers(struct reader *reader, const json_t *list, struct sums *sums)
{
    size_t i;
    json_t *container;
    json_array_foreach (list, i, container) {
        int64_t request, limit;
        int rc = read_memory(reader, container, "resources.requests.memory", &request);
        if (rc == 0)
            rc = read_memory(reader, container, "resources.limits.memory", &limit);
        if (rc != 0)
            return rc;
        /* The API server defaults a missing request to the limit; a manifest file has not been through it. */
        sums->request = rp_add_sat_i64(sums->request, request >= 0 ? request : limit > 0 ? limit : 0);
        sums->limit = rp_add_sat_i64(sums->limit, limit > 0 ? limit : 0);
        sums->all_limited = sums->all_limited && limit >= 0;
    }
    return 0;
}

/*
 * Init containers run one after the other beside the sidecars (restartPolicy Always) that were started before them, so
 * the pod's need is the larger of that peak and the sum of what runs afterwards.
 */
static int add_init_containers(struct reader *reader, const json_t *list, struct sums *sums)
{
    size_t i;
    json_t *container;
    json_array_foreach (list, i, container) {
        int64_t request;
        int rc = read_memory(reader, container, "resources.requests.memory", &request);
        if (rc != 0)
            return rc;
        int64_t own = request > 0 ? request : 0;
        if (strcmp(rp_json_text(container, "restartPolicy"), "Always") == 0) {
            sums->sidecars = rp_add_sat_i64(sums->sidecars, own);
            sums->init_peak = rp_max_i64(sums->init_peak, sums->sidecars);
        } else {
            sums->init_peak = rp_max_i64(sums->init_peak, rp_add_sat_i64(sums->sidecars, own));
        }
    }
    return 0;
}

static int read_resources(struct reader *reader, const json_t *spec, struct rp_fact_pod *pod)
{
    struct sums sums = {.all_limited = true};
    int64_t pod_request, pod_limit, overhead;
    int rc = add_containers(reader, rp_json_at(spec, "containers"), &sums);
    if (rc == 0)
        rc = add_init_containers(reader, rp_json_at(spec, "initContainers"), &sums);
    if (rc == 0)
        rc = read_memory(reader, spec, "resources.requests.memory", &pod_request);
    if (rc == 0)
        rc = read_memory(reader, spec, "resources.limits.memory", &pod_limit);
    if (rc == 0)
        rc = read_memory(reader, spec, "overhead.memory", &overhead);
    if (rc != 0)
        return rc;
    int64_t request = rp_max_i64(rp_add_sat_i64(sums.request, sums.sidecars), sums.init_peak);
    if (pod_request >= 0) /* pod-level resources replace the containers' sum */
        request = pod_request;
    if (request > 0 && overhead > 0)
        request = rp_add_sat_i64(request, overhead);
    pod->memory_request_bytes = request;
    pod->memory_limit_bytes = pod_limit >= 0 ? pod_limit : sums.all_limited ? sums.limit : -1;
    return 0;
}

/* ---- liveness */

static rp_ns probe_window(const json_t *probe)
{
    int64_t period = rp_json_count(probe, "periodSeconds"), failures = rp_json_count(probe, "failureThreshold");
    period = period > 0 ? period : PROBE_PERIOD_S;
    failures = failures > 0 ? failures : PROBE_FAILURES;
    return rp_mul_sat_u64(rp_mul_sat_u64((uint64_t)period, (uint64_t)failures), RP_NS_PER_S);
}

static rp_ns liveness_window(const json_t *spec)
{
    rp_ns shortest = RP_NS_FOREVER;
    size_t i;
    json_t *container;
    json_array_foreach (rp_json_at(spec, "containers"), i, container) {
        const json_t *probe = json_object_get(container, "livenessProbe");
        if (json_is_object(probe))
            shortest = rp_min_u64(shortest, probe_window(probe));
    }
    return shortest;
}

/* ---- contract */

static void read_contract(struct reader *reader, const json_t *annotations, struct rp_fact_pod *pod)
{
    const char *key;
    json_t *value;
    struct rp_complaint why;
    rp_contract_init(&pod->contract);
    json_object_foreach ((json_t *)(uintptr_t)annotations, key, value) {
        if (strncmp(key, RP_ANNOTATION_PREFIX, strlen(RP_ANNOTATION_PREFIX)) != 0)
            continue;
        const char *text = json_string_value(value);
        if (rp_contract_set(&pod->contract, key + strlen(RP_ANNOTATION_PREFIX), text ? text : "", &why) == 0)
            continue;
        pod->contract_broken = true;
        (void)refuse(reader, key, why.text);
    }
    if (rp_contract_check(&pod->contract, &why) != 0) {
        pod->contract_broken = true;
        (void)refuse(reader, "metadata.annotations", why.text);
    }
}

/* ---- identity */

static enum rp_qos qos_of(const char *word)
{
    if (strcmp(word, "Guaranteed") == 0)
        return RP_QOS_GUARANTEED;
    if (strcmp(word, "Burstable") == 0)
        return RP_QOS_BURSTABLE;
    return strcmp(word, "BestEffort") == 0 ? RP_QOS_BEST_EFFORT : RP_QOS_UNKNOWN;
}

/* Annotation keys hold dots, so they are looked up directly. */
static const char *annotation(const json_t *annotations, const char *key)
{
    const char *text = json_string_value(json_object_get(annotations, key));
    return text ? text : "";
}

static int read_identity(struct reader *reader, const json_t *item, struct rp_fact_pod *pod)
{
    const json_t *annotations = rp_json_at(item, "metadata.annotations");
    const char *mirror = annotation(annotations, "kubernetes.io/config.mirror");
    const char *source = annotation(annotations, "kubernetes.io/config.source");
    /* The API server's mirror of a static pod has a UID of its own; the cgroup carries the static one. */
    const char *uid = mirror[0] ? mirror : rp_json_text(item, "metadata.uid");
    if (!uid[0] || rp_copy(pod->uid, sizeof(pod->uid), uid) != 0)
        return refuse(reader, "metadata.uid", uid[0] ? uid : "is missing");
    if (rp_copy(pod->namespace_, sizeof(pod->namespace_), rp_json_text(item, "metadata.namespace")) != 0)
        return refuse(reader, "metadata.namespace", "is too long");
    if (rp_copy(pod->name, sizeof(pod->name), rp_json_text(item, "metadata.name")) != 0)
        return refuse(reader, "metadata.name", "is too long");
    const json_t *priority = rp_json_at(item, "spec.priority");
    int64_t value = json_is_integer(priority) ? json_integer_value(priority) : 0;
    if (value < INT32_MIN || value > INT32_MAX)
        return refuse(reader, "spec.priority", "is out of range");
    pod->priority = (int32_t)value;
    pod->critical = mirror[0] || (source[0] && strcmp(source, "api") != 0) || value >= CRITICAL_PRIORITY;
    return 0;
}

static void read_state(const json_t *item, struct rp_fact_pod *pod)
{
    const char *phase = rp_json_text(item, "status.phase");
    bool ended = strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
    int64_t start;
    pod->qos = (uint8_t)qos_of(rp_json_text(item, "status.qosClass"));
    pod->terminating = rp_json_text(item, "metadata.deletionTimestamp")[0] != '\0';
    pod->finished = ended && !pod->terminating;
    pod->sandboxed = rp_json_text(item, "spec.runtimeClassName")[0] != '\0';
    if (rp_parse_rfc3339(rp_json_text(item, "status.startTime"), &start) == 0)
        pod->start_unix_s = start / (int64_t)RP_NS_PER_S;
}

static void read_pod(struct reader *reader, const json_t *item)
{
    struct rp_fact_pod pod = {0};
    const json_t *spec = rp_json_at(item, "spec");
    if (read_identity(reader, item, &pod) != 0 || read_resources(reader, spec, &pod) != 0)
        return;
    pod.liveness_window_ns = liveness_window(spec);
    read_state(item, &pod);
    read_contract(reader, rp_json_at(item, "metadata.annotations"), &pod);
    struct rp_fact *fact = rp_batch_add(reader->batch, RP_FACT_POD);
    if (fact)
        fact->pod = pod;
}

int rp_read_pod_list(const char *bytes, size_t len, struct rp_batch *batch)
{
    json_t *root = rp_json_parse(bytes, len, batch->error, sizeof(batch->error));
    if (!root)
        return -EINVAL;
    const json_t *items = rp_json_at(root, "items");
    const char *kind = rp_json_text(root, "kind");
    int rc = 0;
    /* Go writes an empty list as null. */
    if (strcmp(kind, "PodList") != 0 || (!json_is_array(items) && !json_is_null(items))) {
        (void)snprintf(batch->error, sizeof(batch->error), "kind: expected PodList with items, found %.40s", kind);
        rc = -EINVAL;
    }
    struct reader reader = {.batch = batch};
    for (; rc == 0 && reader.index < json_array_size(items); reader.index++)
        read_pod(&reader, json_array_get(items, reader.index));
    json_decref(root);
    return rc;
}
