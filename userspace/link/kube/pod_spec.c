// SPDX-License-Identifier: Apache-2.0
/*
 * The sums are the kubelet's (component-helpers, resource.PodRequests and PodLimits; for the ranking
 * api/v1/resource.GetResourceRequestQuantity): containers and sidecars run together, init containers one at a time beside
 * the sidecars that were started before them, and the pod needs the larger of both.
 */
#include "link/kube/pod_spec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "link/kube/amount.h"
#include "link/kube/pod_storage.h"

#define PROBE_PERIOD_S 10 /* Kubernetes' defaults of a probe */
#define PROBE_FAILURES 3

#define ABSENT    (-1)
#define ID_DIGITS 16u

struct sums {
    struct rp_amount_sum requests, limits;
    bool all_limited;
    rp_ns liveness_ns;
    /* for oom_score_adj */
    struct rp_fact_pod *pod;
    const json_t *statuses[2]; /* of containers, of init containers */
    uint32_t sidecars;         /* bit per container of the fact */
    int64_t smallest;          /* request of a container that is none, ABSENT until there is one */
    int64_t all_n;
};

static int bad(struct rp_complaint *why, const char *field, const char *what)
{
    (void)snprintf(why->text, sizeof(why->text), "%s: %.60s", field, what);
    return -EINVAL;
}

static rp_ns probe_window(const json_t *probe)
{
    int64_t period = rp_json_count(probe, "periodSeconds"), failures = rp_json_count(probe, "failureThreshold");
    period = period > 0 ? period : PROBE_PERIOD_S;
    failures = failures > 0 ? failures : PROBE_FAILURES;
    return rp_mul_sat_u64(rp_mul_sat_u64((uint64_t)period, (uint64_t)failures), RP_NS_PER_S);
}

/* ---- what oom_score_adj follows from (pkg/kubelet/qos/policy.go) */

/* "containerd://0123...": the digits that also begin the name of its cgroup. 0 if it is not so. */
static uint64_t id_of(const json_t *statuses, const char *name)
{
    size_t i;
    const json_t *status;
    uint64_t id = 0;
    json_array_foreach((json_t *)(uintptr_t)statuses, i, status)
    {
        if (strcmp(rp_json_text(status, "name"), name) != 0)
            continue;
        const char *text = rp_json_text(status, "containerID"), *digits = strstr(text, "://");
        if (digits && strnlen(digits + 3, ID_DIGITS) == ID_DIGITS && rp_parse_hex_u64(digits + 3, ID_DIGITS, &id) == 0)
            return id;
    }
    return 0;
}

static void add_oom(struct sums *sums, const json_t *container, bool init, int64_t request)
{
    struct rp_fact_pod *pod = sums->pod;
    const bool sidecar = init && strcmp(rp_json_text(container, "restartPolicy"), "Always") == 0;
    sums->all_n++;
    if (!init)
        sums->smallest = sums->smallest == ABSENT ? request : rp_min_i64(sums->smallest, request);
    if (pod->containers_n == RP_CONTAINERS_MAX) {
        pod->containers_cut = true;
        return;
    }
    sums->sidecars |= sidecar ? 1u << pod->containers_n : 0;
    pod->containers[pod->containers_n++] = (struct rp_fact_container){
        .id = id_of(sums->statuses[init], rp_json_text(container, "name")), .oom_request_bytes = request};
}

/*
 * What the pod asks for beyond its containers is shared out evenly among all of them; and a sidecar must not go before
 * those that it serves, so it counts as the smallest of them if it asked for less.
 */
static void finish_oom(struct sums *sums, int64_t pod_request)
{
    struct rp_fact_pod *pod = sums->pod;
    const int64_t spare =
        pod_request > 0 ? rp_sub_sat_i64(pod_request, rp_amount_value(rp_amount_total(&sums->requests))) : 0;
    for (uint32_t i = 0; i < pod->containers_n; i++) {
        int64_t request = pod->containers[i].oom_request_bytes;
        if (sums->sidecars & (1u << i))
            request = rp_max_i64(request, sums->smallest);
        request = rp_add_sat_i64(request, spare / sums->all_n);
        pod->containers[i].oom_request_bytes = rp_max_i64(0, request);
    }
}

/* ---- containers */

static int add_container(struct sums *sums, const json_t *container, bool init, struct rp_complaint *why)
{
    struct rp_exact request = {0}, limit = {0};
    const bool sidecar = init && strcmp(rp_json_text(container, "restartPolicy"), "Always") == 0;
    const json_t *probe = rp_json_at(container, "livenessProbe");
    int rc = rp_amount_read(container, "resources.requests.memory", &request, why);
    if (rc == 0)
        rc = rp_amount_read(container, "resources.limits.memory", &limit, why);
    if (rc != 0)
        return rc;
    /* The API server fills in a missing request from the limit; a manifest file has not been through it. */
    request = request.there ? request : limit;
    add_oom(sums, container, init, rp_amount_value(request));
    if (init) {
        (void)rp_amount_add_init(&sums->requests, request, sidecar);
        limit = rp_amount_add_init(&sums->limits, limit, sidecar);
    } else {
        sums->requests.running = rp_amount_plus(sums->requests.running, request);
        sums->limits.running = rp_amount_plus(sums->limits.running, limit);
    }
    sums->all_limited = sums->all_limited && limit.nano > 0; /* 0 is no limit */
    if (json_is_object(probe) && (!init || sidecar))
        sums->liveness_ns = rp_min_u64(sums->liveness_ns, probe_window(probe));
    return 0;
}

static int add_containers(struct sums *sums, const json_t *spec, const char *field, struct rp_complaint *why)
{
    const json_t *list = rp_json_at(spec, field);
    struct rp_complaint inner;
    size_t i;
    json_t *container;
    if (list && !json_is_array(list))
        return bad(why, field, "is not a list");
    json_array_foreach(list, i, container)
    {
        if (!json_is_object(container))
            return bad(why, field, "an element is not an object");
        if (add_container(sums, container, strcmp(field, "initContainers") == 0, &inner) != 0) {
            (void)snprintf(why->text, sizeof(why->text), "%s[%zu].%.150s", field, i, inner.text);
            return -EINVAL;
        }
    }
    return 0;
}

/* What the pod level says replaces the containers' sum. */
static int settle_memory(struct sums *sums, const json_t *spec, struct rp_fact_pod *pod, struct rp_complaint *why)
{
    struct rp_exact request = {0}, limit = {0}, overhead = {0};
    int rc = rp_amount_read(spec, "resources.requests.memory", &request, why);
    if (rc == 0)
        rc = rp_amount_read(spec, "resources.limits.memory", &limit, why);
    if (rc == 0)
        rc = rp_amount_read(spec, "overhead.memory", &overhead, why);
    if (rc != 0)
        return rc;
    finish_oom(sums, request.there ? rp_amount_value(request) : ABSENT);
    request = rp_amount_with_overhead(request.there ? request : rp_amount_total(&sums->requests), overhead);
    if (limit.nano == 0 && sums->all_limited)
        limit = rp_amount_total(&sums->limits);
    pod->memory_request_bytes = rp_amount_value(request);
    pod->memory_request_cut_nano = rp_amount_cut_nano(request);
    pod->memory_limit_bytes = limit.nano > 0 ? rp_amount_value(rp_amount_with_overhead(limit, overhead)) : -1;
    return 0;
}

int rp_read_pod_spec(const json_t *spec, const json_t *status, struct rp_fact_pod *pod, struct rp_complaint *why)
{
    struct sums sums = {
        .all_limited = true,
        .liveness_ns = RP_NS_FOREVER,
        .pod = pod,
        .smallest = ABSENT,
        .statuses = {rp_json_at(status, "containerStatuses"), rp_json_at(status, "initContainerStatuses")},
    };
    if (!json_is_object(spec))
        return bad(why, "spec", "is missing");
    int rc = add_containers(&sums, spec, "containers", why);
    if (rc == 0)
        rc = add_containers(&sums, spec, "initContainers", why);
    if (rc == 0)
        rc = settle_memory(&sums, spec, pod, why);
    if (rc == 0)
        rc = rp_read_pod_storage(spec, &pod->storage, why);
    if (rc != 0)
        return rc;
    const int64_t grace_s = rp_json_count(spec, "terminationGracePeriodSeconds");
    pod->termination_grace_ns = grace_s < 0 ? RP_NS_FOREVER : rp_mul_sat_u64((uint64_t)grace_s, RP_NS_PER_S);
    pod->liveness_window_ns = sums.liveness_ns;
    return 0;
}
