// SPDX-License-Identifier: Apache-2.0
#include "link/kube/outline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Where reading is: one pass over the bytes, never back, never deeper than one counter. */
struct scan {
    const char *bytes;
    size_t len, at;
};

static void skip_space(struct scan *s)
{
    while (s->at < s->len && memchr(" \t\r\n", s->bytes[s->at], 4))
        s->at++;
}

static bool take(struct scan *s, char c)
{
    skip_space(s);
    if (s->at == s->len || s->bytes[s->at] != c)
        return false;
    s->at++;
    return true;
}

/* Behind the closing quote; what stands between is the parser's affair. */
static bool skip_string(struct scan *s)
{
    if (!take(s, '"'))
        return false;
    for (; s->at < s->len; s->at++) {
        if (s->bytes[s->at] == '"') {
            s->at++;
            return true;
        }
        if (s->bytes[s->at] == '\\')
            s->at++;
    }
    s->at = s->len;
    return false;
}

/* An object or array to the bracket that closes it. */
static bool skip_nested(struct scan *s)
{
    size_t depth = 0;
    while (s->at < s->len) {
        char c = s->bytes[s->at];
        if (c == '"') {
            if (!skip_string(s))
                return false;
            continue;
        }
        s->at++;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return true;
    }
    return false;
}

static bool skip_word(struct scan *s)
{
    size_t start = s->at;
    while (s->at < s->len && !memchr(" \t\r\n,:]}[{\"", s->bytes[s->at], 11))
        s->at++;
    return s->at > start;
}

static bool skip_value(struct scan *s, struct rp_span *ret)
{
    skip_space(s);
    size_t start = s->at;
    bool whole = false;
    if (start < s->len) {
        char c = s->bytes[start];
        whole = c == '"' ? skip_string(s) : c == '{' || c == '[' ? skip_nested(s) : skip_word(s);
    }
    *ret = (struct rp_span){.at = s->bytes + start, .len = s->at - start};
    return whole;
}

static int broken(const struct scan *s, const char *what, struct rp_complaint *why)
{
    (void)snprintf(why->text, sizeof(why->text), "byte %zu: %s", s->at,
                   s->at == s->len ? "the document is cut off" : what);
    return -EINVAL;
}

static struct rp_member *find(struct rp_member *wanted, size_t n, const struct rp_span *key)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(wanted[i].name) + 2 == key->len && memcmp(wanted[i].name, key->at + 1, key->len - 2) == 0)
            return &wanted[i];
    return NULL;
}

int rp_outline(const char *bytes, size_t len, struct rp_member *wanted, size_t wanted_n, struct rp_complaint *why)
{
    struct scan s = {.bytes = bytes, .len = len};
    struct rp_span key, value;
    bool more = true;
    for (size_t i = 0; i < wanted_n; i++)
        wanted[i].value = (struct rp_span){0};
    if (!take(&s, '{'))
        return broken(&s, "expected an object", why);
    for (bool first = true; more; first = false) {
        if (first && take(&s, '}'))
            break;
        skip_space(&s);
        size_t start = s.at;
        if (!skip_string(&s))
            return broken(&s, "expected a name", why);
        key = (struct rp_span){.at = bytes + start, .len = s.at - start};
        if (!take(&s, ':') || !skip_value(&s, &value))
            return broken(&s, "expected a value", why);
        struct rp_member *member = find(wanted, wanted_n, &key);
        if (member && member->value.at)
            return broken(&s, "a member is there twice", why);
        if (member)
            member->value = value;
        more = take(&s, ',');
        if (!more && !take(&s, '}'))
            return broken(&s, "expected ',' or '}'", why);
    }
    skip_space(&s);
    return s.at == len ? 0 : broken(&s, "something follows the document", why);
}

int rp_elements_next(struct rp_elements *elements, struct rp_span *ret)
{
    struct scan s = {.bytes = elements->array.at, .len = elements->array.len, .at = elements->next};
    bool first = s.at == 0;
    if (first && !take(&s, '['))
        return -EINVAL;
    if (take(&s, ']'))
        return s.at == s.len ? 0 : -EINVAL;
    if (!first && !take(&s, ','))
        return -EINVAL;
    if (!skip_value(&s, ret))
        return -EINVAL;
    elements->next = s.at;
    return 1;
}

bool rp_span_is_null(const struct rp_span *span)
{
    return !span->at || (span->len == 4 && memcmp(span->at, "null", 4) == 0);
}
