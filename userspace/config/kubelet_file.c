// SPDX-License-Identifier: Apache-2.0
#include "config/kubelet_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/num.h"
#include "core/parse/kubelet_config.h"

struct file {
    yaml_document_t document;
    struct rp_kubelet_config config;
    struct rp_complaint *why;
    bool effective; /* from /configz: what is not there is empty, and nothing is merged any more */
};

static const char *const map_names[RP_KUBELET_MAPS] = {
    [RP_KUBELET_HARD] = "evictionHard",
    [RP_KUBELET_SOFT] = "evictionSoft",
    [RP_KUBELET_GRACE] = "evictionSoftGracePeriod",
    [RP_KUBELET_RECLAIM] = "evictionMinimumReclaim",
};

/* Without a node it is about the file as a whole. */
static int refuse(struct file *file, const yaml_node_t *node, const char *what, const char *problem)
{
    char at[32] = "";
    char text[sizeof(file->why->text)];
    if (node)
        (void)snprintf(at, sizeof(at), "line %zu: ", node->start_mark.line + 1);
    (void)snprintf(text, sizeof(text), "%s%.40s%s%.110s", at, what, what[0] ? ": " : "", problem);
    memcpy(file->why->text, text, sizeof(text));
    return -EINVAL;
}

/* A scalar's text; NULL if it is none. libyaml ends it with a NUL, and one inside ends it sooner, which then fits nothing. */
static const char *text_of(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static bool is_null(const yaml_node_t *node)
{
    const char *text = text_of(node);
    return text && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!text[0] || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

/* The value of that key; NULL if there is none, or it is null. */
static yaml_node_t *find(struct file *file, const yaml_node_t *map, const char *key)
{
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        const char *name = text_of(yaml_document_get_node(&file->document, pair->key));
        yaml_node_t *value = yaml_document_get_node(&file->document, pair->value);
        if (name && value && strcmp(name, key) == 0)
            return is_null(value) ? NULL : value;
    }
    return NULL;
}

static int take_map(struct file *file, const yaml_node_t *root, enum rp_kubelet_map which)
{
    struct rp_complaint why;
    yaml_node_t *map = find(file, root, map_names[which]);
    if (map || file->effective)
        rp_kubelet_config_give(&file->config, which);
    if (!map)
        return 0;
    if (map->type != YAML_MAPPING_NODE)
        return refuse(file, map, map_names[which], "must be a map");
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(&file->document, pair->key);
        const char *name = text_of(key), *value = text_of(yaml_document_get_node(&file->document, pair->value));
        if (!name || !value)
            return refuse(file, key, map_names[which], "has an entry that is no text");
        if (rp_kubelet_config_set(&file->config, which, name, value, &why) != 0)
            return refuse(file, key, name, why.text);
    }
    return 0;
}

static int take_enforcement(struct file *file, const yaml_node_t *root)
{
    yaml_node_t *list = find(file, root, "enforceNodeAllocatable");
    bool pods = false;
    if (!list && !file->effective)
        return 0;
    if (list && list->type != YAML_SEQUENCE_NODE)
        return refuse(file, list, "enforceNodeAllocatable", "must be a list");
    for (yaml_node_item_t *item = list ? list->data.sequence.items.start : NULL;
         list && item < list->data.sequence.items.top; item++) {
        const char *word = text_of(yaml_document_get_node(&file->document, *item));
        pods = pods || (word && strcmp(word, "pods") == 0);
    }
    rp_kubelet_config_enforce_pods(&file->config, pods);
    return 0;
}

static int take_scalars(struct file *file, const yaml_node_t *root)
{
    struct rp_complaint why = {.text = "must be a duration such as 5m0s"};
    int64_t seconds = 0;
    yaml_node_t *transition = find(file, root, "evictionPressureTransitionPeriod");
    yaml_node_t *grace = find(file, root, "evictionMaxPodGracePeriod");
    yaml_node_t *merge = find(file, root, "mergeDefaultEvictionSettings");
    const char *text = text_of(transition);
    if (transition && (!text || rp_kubelet_config_transition(&file->config, text, &why) != 0))
        return refuse(file, transition, "evictionPressureTransitionPeriod", why.text);
    text = text_of(grace);
    if (grace &&
        (!text || rp_parse_i64(text, strlen(text), &seconds) < 0 || seconds < INT32_MIN || seconds > INT32_MAX))
        return refuse(file, grace, "evictionMaxPodGracePeriod", "must be a whole number of seconds");
    if (grace)
        rp_kubelet_config_max_pod_grace(&file->config, (int32_t)seconds);
    text = text_of(merge);
    if (merge && (!text || (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)))
        return refuse(file, merge, "mergeDefaultEvictionSettings", "must be true or false");
    if (merge && !file->effective)
        rp_kubelet_config_merge(&file->config, text[0] == 't');
    return 0;
}

static int take(struct file *file, struct rp_fact_kubelet *ret)
{
    yaml_node_t *root = yaml_document_get_root_node(&file->document);
    if (!root || root->type != YAML_MAPPING_NODE)
        return refuse(file, root, "", "this is no KubeletConfiguration");
    yaml_node_t *inside = find(file, root, "kubeletconfig");
    file->effective = inside && inside->type == YAML_MAPPING_NODE;
    if (file->effective)
        root = inside;
    const char *kind = text_of(find(file, root, "kind"));
    if (!file->effective && kind && strcmp(kind, "KubeletConfiguration") != 0)
        return refuse(file, root, "kind", "must be KubeletConfiguration");
    int rc = 0;
    for (unsigned which = 0; rc == 0 && which < RP_KUBELET_MAPS; which++)
        rc = take_map(file, root, (enum rp_kubelet_map)which);
    if (rc == 0)
        rc = take_enforcement(file, root);
    if (rc == 0)
        rc = take_scalars(file, root);
    return rc == 0 ? rp_kubelet_config_finish(&file->config, ret, file->why) : rc;
}

int rp_kubelet_file_parse(const char *bytes, size_t len, struct rp_fact_kubelet *ret, struct rp_complaint *why)
{
    struct file file = {.why = why};
    struct rp_fact_kubelet kubelet;
    yaml_parser_t parser;
    rp_kubelet_config_begin(&file.config);
    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
    if (!yaml_parser_load(&parser, &file.document)) {
        (void)snprintf(why->text, sizeof(why->text), "line %zu: %.120s", parser.problem_mark.line + 1,
                       parser.problem ? parser.problem : "not understood");
        yaml_parser_delete(&parser);
        return -EINVAL;
    }
    const int rc = take(&file, &kubelet);
    if (rc == 0)
        *ret = kubelet;
    yaml_document_delete(&file.document);
    yaml_parser_delete(&parser);
    return rc;
}

int rp_kubelet_file_load(const char *path, struct rp_fact_kubelet *ret, struct rp_complaint *why)
{
    size_t len = 0;
    RP_CLEANUP_FREE char *bytes = malloc(RP_KUBELET_FILE_MAX);
    RP_CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int rc = !bytes ? -ENOMEM : fd < 0 ? -errno : rp_pread_all(fd, bytes, RP_KUBELET_FILE_MAX, &len);
    if (rc != 0)
        (void)snprintf(why->text, sizeof(why->text), "%s", rc == -E2BIG ? "is larger than 1 MiB" : strerror(-rc));
    return rc == 0 ? rp_kubelet_file_parse(bytes, len, ret, why) : rc;
}
