// SPDX-License-Identifier: Apache-2.0
#include "link/kube/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

json_t *rp_json_parse(const char *bytes, size_t len, char *error, size_t error_size)
{
    json_error_t at;
    if (len > RP_DOCUMENT_MAX) {
        (void)snprintf(error, error_size, "document is longer than %u MiB", RP_DOCUMENT_MAX >> 20);
        return NULL;
    }
    json_t *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &at);
    if (!root)
        (void)snprintf(error, error_size, "line %d column %d: %.80s", at.line, at.column, at.text);
    return root;
}

const json_t *rp_json_at(const json_t *root, const char *path)
{
    char key[64];
    while (root && *path) {
        size_t len = strcspn(path, ".");
        if (len >= sizeof(key))
            return NULL;
        memcpy(key, path, len);
        key[len] = '\0';
        root = json_object_get(root, key);
        path += len + (path[len] == '.');
    }
    return root;
}

const char *rp_json_text(const json_t *root, const char *path)
{
    const char *text = json_string_value(rp_json_at(root, path));
    return text ? text : "";
}

int64_t rp_json_count(const json_t *root, const char *path)
{
    const json_t *value = rp_json_at(root, path);
    return json_is_integer(value) && json_integer_value(value) >= 0 ? json_integer_value(value) : -1;
}

/* Digits after the point, as nanoseconds; advances past them. */
static int64_t fraction_ns(const char **text)
{
    int64_t ns = 0, unit = 100000000;
    for (; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
        ns += (**text - '0') * unit;
    return ns;
}

int rp_parse_rfc3339(const char *text, int64_t *ret_unix_ns)
{
    struct tm tm = {0};
    int64_t ns = 0, offset_s = 0;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!rest)
        return -EINVAL;
    if (*rest == '.') {
        rest++;
        ns = fraction_ns(&rest);
    }
    if (*rest == '+' || *rest == '-') {
        struct tm zone = {0};
        const char *end = strptime(rest + 1, "%H:%M", &zone);
        if (!end || *end)
            return -EINVAL;
        offset_s = (zone.tm_hour * 60 + zone.tm_min) * (*rest == '+' ? 60 : -60);
    } else if (strcmp(rest, "Z") != 0) {
        return -EINVAL;
    }
    *ret_unix_ns = ((int64_t)timegm(&tm) - offset_s) * (int64_t)RP_NS_PER_S + ns;
    return 0;
}

rp_ns rp_json_stamp(const json_t *root, const char *path)
{
    struct timespec wall, mono;
    int64_t then;
    if (rp_parse_rfc3339(rp_json_text(root, path), &then) != 0)
        return 0;
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    (void)clock_gettime(CLOCK_MONOTONIC, &mono);
    int64_t age = (int64_t)wall.tv_sec * (int64_t)RP_NS_PER_S + wall.tv_nsec - then;
    int64_t now = (int64_t)mono.tv_sec * (int64_t)RP_NS_PER_S + mono.tv_nsec;
    return age >= 0 && age < now ? (rp_ns)(now - age) : 0;
}
