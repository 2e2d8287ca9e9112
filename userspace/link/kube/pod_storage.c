// SPDX-License-Identifier: Apache-2.0
#include "link/kube/pod_storage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "link/kube/amount.h"

struct reader {
    struct rp_storage_limits *storage;
    struct rp_amount_sum requests, limits;
};

static int bad(struct rp_complaint *why, const char *field, size_t i, const char *what)
{
    (void)snprintf(why->text, sizeof(why->text), "%s[%zu].%.150s", field, i, what);
    return -EINVAL;
}

static uint64_t name_of(const json_t *holder)
{
    const char *name = rp_json_text(holder, "name");
    return rp_hash(name, strlen(name));
}

/* ---- containers */

/* Those that only set a pod up have no limit of their own that the kubelet looks at; nor is 0 one. */
static void note_limit(struct rp_storage_limits *storage, const json_t *container, struct rp_exact limit)
{
    if (limit.nano == 0)
        return;
    if (storage->containers_n == RP_CONTAINERS_MAX)
        storage->more = true;
    else
        storage->containers[storage->containers_n++] =
            (struct rp_container_limit){.name = name_of(container), .limit_bytes = rp_amount_floor(limit)};
}

static int add_container(struct reader *reader, const json_t *container, bool init, struct rp_complaint *why)
{
    const bool sidecar = init && strcmp(rp_json_text(container, "restartPolicy"), "Always") == 0;
    struct rp_exact request = {0}, limit = {0};
    int rc = rp_amount_read(container, "resources.requests.ephemeral-storage", &request, why);
    if (rc == 0)
        rc = rp_amount_read(container, "resources.limits.ephemeral-storage", &limit, why);
    if (rc != 0)
        return rc;
    request = request.there ? request : limit;
    if (init) {
        (void)rp_amount_add_init(&reader->requests, request, sidecar);
        (void)rp_amount_add_init(&reader->limits, limit, sidecar);
    } else {
        reader->requests.running = rp_amount_plus(reader->requests.running, request);
        reader->limits.running = rp_amount_plus(reader->limits.running, limit);
        note_limit(reader->storage, container, limit);
    }
    return 0;
}

static int add_containers(struct reader *reader, const json_t *spec, const char *field, struct rp_complaint *why)
{
    struct rp_complaint inner;
    size_t i;
    json_t *container;
    json_array_foreach(rp_json_at(spec, field), i, container)
    {
        if (add_container(reader, container, strcmp(field, "initContainers") == 0, &inner) != 0)
            return bad(why, field, i, inner.text);
    }
    return 0;
}

/* ---- volumes */

/* Gone with the pod, or of the host (pkg/volume/util: IsLocalEphemeralVolume; eviction/helpers.go: localVolumeNames). */
static bool is_local(const json_t *volume)
{
    return rp_json_at(volume, "hostPath") || rp_json_at(volume, "gitRepo") || rp_json_at(volume, "configMap") ||
           (rp_json_at(volume, "emptyDir") && rp_json_text(volume, "emptyDir.medium")[0] == '\0');
}

/* The next place, or that of a volume without a limit for one that has a limit; NULL: there is none. */
static struct rp_volume_limit *place_for(struct rp_storage_limits *storage, const struct rp_volume_limit *volume)
{
    if (storage->volumes_n < RP_VOLUMES_MAX)
        return &storage->volumes[storage->volumes_n++];
    storage->more = true;
    for (uint32_t i = 0; volume->limit_bytes > 0 && i < RP_VOLUMES_MAX; i++)
        if (storage->volumes[i].limit_bytes == 0)
            return &storage->volumes[i];
    return NULL;
}

static int add_volume(struct rp_storage_limits *storage, const json_t *volume, struct rp_complaint *why)
{
    struct rp_exact limit = {0};
    if (rp_amount_read(volume, "emptyDir.sizeLimit", &limit, why) != 0)
        return -EINVAL;
    const struct rp_volume_limit found = {
        .name = name_of(volume), .limit_bytes = rp_amount_floor(limit), .local = is_local(volume)};
    if (!found.local && limit.nano == 0)
        return 0;
    struct rp_volume_limit *place = place_for(storage, &found);
    if (place)
        *place = found;
    return 0;
}

static int add_volumes(struct rp_storage_limits *storage, const json_t *spec, struct rp_complaint *why)
{
    struct rp_complaint inner;
    size_t i;
    json_t *volume;
    json_array_foreach(rp_json_at(spec, "volumes"), i, volume)
    {
        if (add_volume(storage, volume, &inner) != 0)
            return bad(why, "volumes", i, inner.text);
    }
    return 0;
}

int rp_read_pod_storage(const json_t *spec, struct rp_storage_limits *storage, struct rp_complaint *why)
{
    struct reader reader = {.storage = storage};
    struct rp_exact overhead = {0};
    int rc = add_containers(&reader, spec, "containers", why);
    if (rc == 0)
        rc = add_containers(&reader, spec, "initContainers", why);
    if (rc == 0)
        rc = add_volumes(storage, spec, why);
    if (rc == 0)
        rc = rp_amount_read(spec, "overhead.ephemeral-storage", &overhead, why);
    if (rc != 0)
        return rc;
    const struct rp_exact request = rp_amount_with_overhead(rp_amount_total(&reader.requests), overhead);
    const struct rp_exact limit = rp_amount_with_overhead(rp_amount_total(&reader.limits), overhead);
    storage->request_bytes = rp_amount_value(request);
    storage->request_cut_nano = rp_amount_cut_nano(request);
    storage->limit_bytes = limit.there ? rp_amount_floor(limit) : -1;
    return 0;
}
