// SPDX-License-Identifier: Apache-2.0
/* PodList to facts: identity, standing, what the spec asks for, and the contract in the annotations. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "link/kube/documents.h"
#include "link/kube/pod_spec.h"
#include "link/kube/rfc3339.h"

#define CRITICAL_PRIORITY 2000000000 /* system-cluster-critical; the kubelet never evicts from here upwards */

struct reader {
    struct rp_batch *batch;
    size_t index;   /* of the pod in items */
    char label[64]; /* "namespace/name", or "items[7]" while that is not known */
};

static void note(struct reader *reader, const char *field, const char *what)
{
    rp_batch_note(reader->batch, reader->label, field, what);
}

/* ---- contract */

static void read_contract(struct reader *reader, const json_t *annotations, struct rp_fact_pod *pod)
{
    const char *name;
    json_t *value;
    struct rp_complaint why;
    rp_contract_init(&pod->contract);
    json_object_foreach((json_t *)(uintptr_t)annotations, name, value)
    {
        if (!rp_starts_with(name, RP_ANNOTATION_PREFIX))
            continue;
        const char *key = name + strlen(RP_ANNOTATION_PREFIX), *text = rp_json_string(value);
        if (text && rp_contract_set(&pod->contract, key, text, &why) == 0)
            continue;
        pod->contract_broken = true;
        note(reader, key, text ? why.text : "is not a text");
    }
    if (rp_contract_check(&pod->contract, &why) != 0) {
        pod->contract_broken = true;
        note(reader, "annotations", why.text);
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
    const char *text = rp_json_string(json_object_get(annotations, key));
    return text ? text : "";
}

static int read_names(struct reader *reader, const json_t *item, struct rp_fact_pod *pod)
{
    const char *mirror = annotation(rp_json_at(item, "metadata.annotations"), "kubernetes.io/config.mirror");
    /* The API server's mirror of a static pod has a UID of its own; the cgroup carries the static one. */
    const char *uid = mirror[0] ? mirror : rp_json_text(item, "metadata.uid");
    const char *field = NULL;
    if (rp_copy(pod->namespace_, sizeof(pod->namespace_), rp_json_text(item, "metadata.namespace")) != 0)
        field = "metadata.namespace";
    else if (rp_copy(pod->name, sizeof(pod->name), rp_json_text(item, "metadata.name")) != 0)
        field = "metadata.name";
    else if (rp_copy(pod->uid, sizeof(pod->uid), uid) != 0)
        field = "metadata.uid";
    if (!field && uid[0]) {
        (void)snprintf(reader->label, sizeof(reader->label), "%.20s/%.40s", pod->namespace_, pod->name);
        return 0;
    }
    note(reader, field ? field : "metadata.uid", field ? "is too long" : "is missing");
    return -EINVAL;
}

static int read_standing(struct reader *reader, const json_t *item, struct rp_fact_pod *pod)
{
    const json_t *annotations = rp_json_at(item, "metadata.annotations");
    const char *source = annotation(annotations, "kubernetes.io/config.source");
    int64_t priority = 0;
    int rc = rp_json_integer(item, "spec.priority", &priority);
    if (rc == -EINVAL || priority < INT32_MIN || priority > INT32_MAX) {
        note(reader, "spec.priority", "is not a 32-bit number");
        return -EINVAL;
    }
    pod->priority = (int32_t)priority;
    pod->critical = json_object_get(annotations, "kubernetes.io/config.mirror") ||
                    (source[0] && strcmp(source, "api") != 0) || priority >= CRITICAL_PRIORITY;
    pod->node_critical =
        pod->critical && strcmp(rp_json_text(item, "spec.priorityClassName"), "system-node-critical") == 0;
    return 0;
}

/* The kubelet took it for a threshold: the condition says when; limits of local storage and refusals set none. */
static rp_ns evicted_ns(const json_t *item)
{
    size_t i;
    json_t *condition;
    if (strcmp(rp_json_text(item, "status.reason"), "Evicted") != 0)
        return 0;
    json_array_foreach(rp_json_at(item, "status.conditions"), i, condition)
    {
        if (strcmp(rp_json_text(condition, "type"), "DisruptionTarget") == 0 &&
            strcmp(rp_json_text(condition, "reason"), "TerminationByKubelet") == 0)
            return rp_json_stamp(condition, "lastTransitionTime");
    }
    return 0;
}

static void read_state(const json_t *item, struct rp_fact_pod *pod)
{
    const char *phase = rp_json_text(item, "status.phase");
    const json_t *runtime = rp_json_at(item, "spec.runtimeClassName");
    bool ended = strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
    int64_t start;
    pod->qos = (uint8_t)qos_of(rp_json_text(item, "status.qosClass"));
    pod->terminating = rp_json_at(item, "metadata.deletionTimestamp") != NULL;
    pod->finished = ended && !pod->terminating;
    pod->evicted_ns = evicted_ns(item);
    pod->sandboxed = runtime && json_string_length(runtime) > 0;
    if (rp_parse_rfc3339(rp_json_text(item, "status.startTime"), &start) == 0 && start > 0)
        pod->start_unix_s = start / (int64_t)RP_NS_PER_S;
}

/* ---- the list */

static struct rp_fact *find_uid(struct rp_batch *batch, const char *uid)
{
    for (size_t i = 0; i < batch->n; i++)
        if (strcmp(batch->facts[i].pod.uid, uid) == 0)
            return &batch->facts[i];
    return NULL;
}

static struct rp_fact *find_finished(struct rp_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++)
        if (batch->facts[i].pod.finished)
            return &batch->facts[i];
    return NULL;
}

/*
 * Evicted pods stay in the list until somebody deletes them, hundreds of them after a bad night; they must not crowd out
 * the living. And a UID counts once: through the API server whoever may bind pods to nodes can name another pod's UID in
 * a mirror annotation, so a critical pod (as every mirror is) never displaces one that is not.
 */
static struct rp_fact *place_for(struct reader *reader, const struct rp_fact_pod *pod)
{
    struct rp_batch *batch = reader->batch;
    struct rp_fact *same = find_uid(batch, pod->uid);
    if (same) {
        note(reader, "metadata.uid", "another pod has the same one");
        return same->pod.critical && !pod->critical ? same : NULL;
    }
    if (batch->n < batch->cap)
        return rp_batch_add(batch, RP_FACT_POD);
    if (pod->finished)
        return NULL;
    struct rp_fact *finished = find_finished(batch);
    return finished ? finished : rp_batch_add(batch, RP_FACT_POD);
}

static void read_pod(struct reader *reader, const json_t *item)
{
    struct rp_fact_pod pod = {0};
    struct rp_complaint why;
    if (read_names(reader, item, &pod) != 0 || read_standing(reader, item, &pod) != 0)
        return;
    if (rp_read_pod_spec(rp_json_at(item, "spec"), rp_json_at(item, "status"), &pod, &why) != 0) {
        note(reader, "", why.text);
        return;
    }
    read_state(item, &pod);
    read_contract(reader, rp_json_at(item, "metadata.annotations"), &pod);
    struct rp_fact *fact = place_for(reader, &pod);
    if (fact)
        fact->pod = pod;
}

static void read_item(struct reader *reader, const struct rp_span *span)
{
    struct rp_complaint why;
    (void)snprintf(reader->label, sizeof(reader->label), "items[%zu]", reader->index++);
    json_t *item = rp_json_parse(span, &why);
    if (item)
        read_pod(reader, item);
    else
        note(reader, "", why.text);
    json_decref(item);
}

int rp_read_pod_list(const char *bytes, size_t len, struct rp_batch *batch)
{
    struct rp_member members[] = {{.name = "kind"}, {.name = "items"}};
    const struct rp_span *kind = &members[0].value, *items = &members[1].value;
    struct rp_complaint why;
    if (rp_outline(bytes, len, members, 2, &why) != 0)
        return rp_batch_refuse(batch, why.text);
    if (kind->len != strlen("\"PodList\"") || memcmp(kind->at, "\"PodList\"", kind->len) != 0)
        return rp_batch_refuse(batch, "kind: is not PodList");
    if (!items->at)
        return rp_batch_refuse(batch, "items: is missing");
    if (rp_span_is_null(items))
        return 0;
    struct reader reader = {.batch = batch};
    struct rp_elements elements = {.array = *items};
    struct rp_span item;
    int rc;
    while ((rc = rp_elements_next(&elements, &item)) == 1)
        read_item(&reader, &item);
    return rc == 0 ? 0 : rp_batch_refuse(batch, "items: is not a list");
}
