// SPDX-License-Identifier: Apache-2.0
/*
 * What the path of a cgroup says. The names are those of the kubelet's cgroup manager (ToSystemd: every slice repeats
 * its ancestors' names and a pod UID's dashes become underscores) and of the runtimes' cgroup parents.
 */
#include "core/parse/cgroup_path.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "core/parse/text.h"

/* How the children of this pods root are named. */
struct scheme {
    struct rp_text prefix; /* systemd: the root's own name without ".slice", which every child repeats */
    bool systemd;
};

static size_t component_len(const char *at)
{
    size_t len = 0;
    while (at[len] && at[len] != '/')
        len++;
    return len;
}

/* The component at offset *at, and *at moves behind it and its slash. */
static bool take_component(const char *path, size_t *at, struct rp_text *ret)
{
    const size_t len = component_len(path + *at);
    if (len == 0)
        return false;
    *ret = rp_text(path + *at, len);
    *at += len + (path[*at + len] == '/');
    return true;
}

static bool well_formed(const char *path)
{
    struct rp_text part;
    size_t at = 0;
    while (path[at]) {
        if (!take_component(path, &at, &part) || rp_text_is(part, ".") || rp_text_is(part, ".."))
            return false;
    }
    return at == 0 || path[at - 1] != '/';
}

static bool names_pods_root(struct rp_text part)
{
    if (rp_text_is(part, "kubepods"))
        return true;
    /* With --cgroup-root /x the systemd driver's slice is x-kubepods.slice below x.slice. */
    return rp_text_drop_end(&part, ".slice") && rp_text_drop_end(&part, "kubepods") &&
           (part.len == 0 || part.at[part.len - 1] == '-');
}

static size_t find_pods_root(const char *path)
{
    struct rp_text part;
    size_t at = 0;
    while (take_component(path, &at, &part)) {
        if (names_pods_root(part))
            return (size_t)(part.at + part.len - path);
    }
    return 0;
}

/* `ancestor` itself, or above `path`? */
static bool is_at_or_below(const char *path, const char *ancestor)
{
    const size_t len = strlen(ancestor);
    return strncmp(path, ancestor, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static struct scheme scheme_of(const char *path, size_t root_len)
{
    size_t begin = root_len;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    struct scheme scheme = {.prefix = rp_text(path + begin, root_len - begin)};
    scheme.systemd = rp_text_drop_end(&scheme.prefix, ".slice");
    return scheme;
}

/* Drop what the driver adds around a child's own name. */
static bool own_name(const struct scheme *scheme, struct rp_text *part)
{
    if (!scheme->systemd)
        return true;
    if (!rp_text_drop_end(part, ".slice") || part->len <= scheme->prefix.len + 1)
        return false;
    if (memcmp(part->at, scheme->prefix.at, scheme->prefix.len) != 0 || part->at[scheme->prefix.len] != '-')
        return false;
    *part = rp_text(part->at + scheme->prefix.len + 1, part->len - scheme->prefix.len - 1);
    return true;
}

static uint8_t qos_of(struct rp_text name)
{
    if (rp_text_is(name, "burstable"))
        return RP_QOS_BURSTABLE;
    return rp_text_is(name, "besteffort") ? RP_QOS_BEST_EFFORT : RP_QOS_UNKNOWN;
}

static bool is_id_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
}

static bool is_id(struct rp_text text)
{
    size_t i = 0;
    while (i < text.len && is_id_char(text.at[i]))
        i++;
    return i == text.len && i > 0;
}

/* 1: a pod and its UID; 0: another name; -ENAMETOOLONG. */
static int take_pod(const struct scheme *scheme, struct rp_text name, struct rp_cgroup_name *found)
{
    if (!rp_text_skip(&name, "pod") || !is_id(name))
        return 0;
    const int r = rp_copy_n(found->uid, sizeof(found->uid), name.at, name.len);
    if (r < 0)
        return r;
    for (char *c = found->uid; scheme->systemd && *c; c++) {
        if (*c == '_')
            *c = '-';
    }
    return 1;
}

static bool is_bare_id(struct rp_text name)
{
    size_t i = 0;
    while (i < name.len && ((name.at[i] >= '0' && name.at[i] <= '9') || (name.at[i] >= 'a' && name.at[i] <= 'f')))
        i++;
    return i == name.len && i == 64;
}

static void take_container(struct rp_text name, struct rp_cgroup_name *found)
{
    rp_text_drop_end(&name, ".scope");
    if (rp_text_skip(&name, "cri-containerd-"))
        found->runtime = RP_RUNTIME_CONTAINERD;
    else if (rp_text_skip(&name, "crio-"))
        found->runtime = RP_RUNTIME_CRIO;
    else if (rp_text_skip(&name, "docker-"))
        found->runtime = RP_RUNTIME_DOCKER;
    else if (!is_bare_id(
                 name)) /* containerd and Docker, cgroupfs driver: the id alone, which does not tell them apart */
        return;
    found->conmon = found->runtime == RP_RUNTIME_CRIO && rp_text_skip(&name, "conmon-");
    if (is_id(name))
        rp_discard(rp_copy_n(found->container, sizeof(found->container), name.at, name.len));
}

/* Everything below the pods root: [QoS/]pod[/container[/...]]. */
static int take_below_root(const char *path, size_t at, struct rp_cgroup_name *found)
{
    struct scheme scheme = scheme_of(path, found->pods_root_len);
    struct rp_text part, name;
    found->kind = RP_CGROUP_PODS_ROOT;
    if (!take_component(path, &at, &part))
        return 0;
    found->kind = RP_CGROUP_OTHER;
    name = part;
    if (!own_name(&scheme, &name))
        return 0;
    found->qos = qos_of(name);
    if (found->qos != RP_QOS_UNKNOWN) {
        found->kind = RP_CGROUP_QOS;
        /* The pods' names repeat the QoS slice's whole name. */
        if (scheme.systemd)
            scheme.prefix = rp_text(part.at, part.len - strlen(".slice"));
        if (!take_component(path, &at, &part))
            return 0;
        found->kind = RP_CGROUP_OTHER;
        name = part;
        if (!own_name(&scheme, &name))
            return 0;
    }
    const int r = take_pod(&scheme, name, found);
    if (r <= 0)
        return r;
    if (found->qos == RP_QOS_UNKNOWN)
        found->qos = RP_QOS_GUARANTEED; /* only these hang directly under the root */
    found->pod_len = (uint16_t)(part.at + part.len - path);
    found->kind = RP_CGROUP_POD;
    if (!take_component(path, &at, &part))
        return 0;
    take_container(part, found);
    found->kind = path[at] || found->conmon ? RP_CGROUP_INSIDE : RP_CGROUP_CONTAINER;
    return 0;
}

int rp_parse_cgroup_path_under(const char *pods_root, const char *path, struct rp_cgroup_name *ret)
{
    struct rp_cgroup_name found = {.kind = RP_CGROUP_SYSTEM};
    if (strnlen(path, RP_PATH_MAX) == RP_PATH_MAX)
        return -ENAMETOOLONG;
    if (!well_formed(path) || !well_formed(pods_root))
        return -EINVAL;
    size_t root_len = 0;
    if (pods_root[0] == '\0')
        root_len = find_pods_root(path);
    else if (is_at_or_below(path, pods_root))
        root_len = strlen(pods_root);
    if (path[0] == '\0') {
        found.kind = RP_CGROUP_ROOT;
    } else if (root_len > 0) {
        found.pods_root_len = (uint16_t)root_len;
        const int r = take_below_root(path, root_len + (path[root_len] == '/'), &found);
        if (r < 0)
            return r;
    } else if (pods_root[0] && is_at_or_below(pods_root, path)) {
        found.kind = RP_CGROUP_OTHER;
    }
    *ret = found;
    return 0;
}

int rp_parse_cgroup_path(const char *path, struct rp_cgroup_name *ret)
{
    return rp_parse_cgroup_path_under("", path, ret);
}
