// SPDX-License-Identifier: Apache-2.0
#include "link/kube/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "link/kube/rfc3339.h"

/*
 * Integers are read as doubles, since the parser would refuse a whole document for one beyond int64_t. They are exact up
 * to 2^53, which is 8 PiB.
 */
#define FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

json_t *rp_json_parse(const struct rp_span *span, struct rp_complaint *why)
{
    json_error_t at;
    json_t *root = json_loadb(span->at, span->len, FLAGS, &at);
    if (!root)
        (void)snprintf(why->text, sizeof(why->text), "line %d column %d: %.120s", at.line, at.column, at.text);
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
    return json_is_null(root) ? NULL : root;
}

const char *rp_json_string(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && strlen(text) == json_string_length(value) ? text : NULL;
}

const char *rp_json_text(const json_t *root, const char *path)
{
    const char *text = rp_json_string(rp_json_at(root, path));
    return text ? text : "";
}

int rp_json_integer(const json_t *root, const char *path, int64_t *ret)
{
    const json_t *value = rp_json_at(root, path);
    if (!value)
        return -ENOENT;
    if (!json_is_real(value))
        return -EINVAL;
    double x = json_real_value(value);
    if (x >= 0x1p63 || x <= -0x1p63) {
        *ret = x > 0 ? INT64_MAX : INT64_MIN;
        return 0;
    }
    if ((double)(int64_t)x != x)
        return -EINVAL;
    *ret = (int64_t)x;
    return 0;
}

int64_t rp_json_count(const json_t *root, const char *path)
{
    int64_t count;
    return rp_json_integer(root, path, &count) == 0 && count >= 0 ? count : -1;
}

rp_ns rp_json_stamp(const json_t *root, const char *path)
{
    struct timespec wall, mono;
    int64_t then, age;
    if (rp_parse_rfc3339(rp_json_text(root, path), &then) != 0)
        return 0;
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    (void)clock_gettime(CLOCK_MONOTONIC, &mono);
    int64_t wall_ns = (int64_t)wall.tv_sec * (int64_t)RP_NS_PER_S + wall.tv_nsec;
    int64_t now = (int64_t)mono.tv_sec * (int64_t)RP_NS_PER_S + mono.tv_nsec;
    if (__builtin_sub_overflow(wall_ns, then, &age))
        return 0;
    return age >= 0 && age < now ? (rp_ns)(now - age) : 0;
}
