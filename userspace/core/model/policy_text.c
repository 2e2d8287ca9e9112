// SPDX-License-Identifier: Apache-2.0
/* The texts of a policy: what each kind of setting may say, and which cgroups a rule's pattern names. */
#include "core/model/policy_text.h"

#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "reprieve/policy.h"

#define DIGITS  "0123456789"
#define LOWER   "abcdefghijklmnopqrstuvwxyz"
#define LETTERS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DNS_MAX 253

/* strspn is not among the calls that core may make. */
static bool made_of(const char *text, size_t len, const char *accepted)
{
    for (size_t i = 0; i < len; i++) {
        const char *one = accepted;
        while (*one && *one != text[i])
            one++;
        if (!*one)
            return false;
    }
    return true;
}

/* Control characters have no business in paths that are logged and shown. */
static bool printable(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    }
    return true;
}

static bool dns_label(const char *text, size_t len)
{
    return len >= 1 && len <= 63 && made_of(text, len, LOWER DIGITS "-") && text[0] != '-' && text[len - 1] != '-';
}

static bool dns_subdomain(const char *text)
{
    if (strlen(text) > DNS_MAX)
        return false;
    for (;;) {
        const char *const dot = memchr(text, '.', strlen(text));
        const size_t len = dot ? (size_t)(dot - text) : strlen(text);
        if (!dns_label(text, len))
            return false;
        if (!dot)
            return true;
        text = dot + 1;
    }
}

static const char *node_name_problem(const char *text)
{
    return !*text || dns_subdomain(text) ? NULL : "must be a node name: lower-case letters, digits, '-' and '.'";
}

static const char *path_problem(const char *text)
{
    return text[0] == '/' && printable(text) ? NULL : "must be an absolute path, without control characters";
}

static const char *source_problem(const char *text)
{
    if (!*text || (text[0] == '/' && printable(text)))
        return NULL;
    if (rp_starts_with(text, "http:") || rp_starts_with(text, "https:"))
        return "reading from a URL is not supported yet: give a file or unix:/path/of.sock:/url-path";
    const char *const path = text + strlen("unix:");
    if (rp_starts_with(text, "unix:/") && printable(text)) {
        const char *const colon = memchr(path, ':', strlen(path));
        if (colon && colon[1] == '/')
            return NULL;
    }
    return "must be a file, or a socket as unix:/path/of.sock:/url-path";
}

static const char *cgroup_problem(const char *text)
{
    if (text[0] == '/' || rp_ends_with(text, "/") || !printable(text))
        return "must be relative to the cgroup root, without a slash at its ends";
    return NULL;
}

static const char *listen_problem(const char *text)
{
    if (!*text)
        return NULL;
    const char *colon = NULL;
    for (const char *p = text; *p; p++)
        colon = *p == ':' ? p : colon;
    uint64_t port = 0;
    if (!colon || rp_parse_u64(colon + 1, strlen(colon + 1), &port) < 0 || port < 1 || port > 65535)
        return "must be HOST:PORT with a port of 1 to 65535";
    const size_t host = (size_t)(colon - text);
    const bool bracketed = host > 2 && text[0] == '[' && text[host - 1] == ']';
    const bool valid =
        bracketed ? made_of(text + 1, host - 2, DIGITS LETTERS ":.") : made_of(text, host, DIGITS LETTERS ".-");
    return valid ? NULL : "must be HOST:PORT with a name, an IPv4 address or an [IPv6] address as host";
}

static const char *namespace_problem(const char *text)
{
    return (text[0] == '*' && !text[1]) || dns_label(text, strlen(text)) ? NULL
                                                                         : "must be a namespace, or \"*\" for all";
}

static const char *name_problem(const char *text)
{
    const size_t len = strlen(text);
    return len > 0 && made_of(text, len, DIGITS LETTERS "._-") ? NULL
                                                               : "must be a name of letters, digits, '.', '_' and '-'";
}

static const char *glob_problem(const char *text)
{
    if (!*text || cgroup_problem(text))
        return "must be a pattern relative to the cgroup root, without a slash at its ends";
    for (const char *p = text; *p; p++) {
        if (p[0] != '*' || p[1] != '*')
            continue;
        if ((p > text && p[-1] != '/') || (p[2] && p[2] != '/'))
            return "must have \"**\" only as a whole component, as in \"**/name\"";
        p++;
    }
    return NULL;
}

static const char *unit_problem(const char *text)
{
    const size_t len = strlen(text);
    const bool suffix = rp_ends_with(text, ".service") || rp_ends_with(text, ".scope") || rp_ends_with(text, ".slice");
    if (!suffix || text[0] == '.')
        return "must be a systemd unit that has a cgroup: NAME.service, NAME.scope or NAME.slice";
    return made_of(text, len, DIGITS LETTERS ":-_.\\@") ? NULL : "has a character that no systemd unit's name has";
}

const char *rp_policy_text_problem(enum rp_policy_text kind, const char *text)
{
    switch (kind) {
    case RP_TEXT_NODE_NAME:
        return node_name_problem(text);
    case RP_TEXT_PATH:
        return path_problem(text);
    case RP_TEXT_PLACE:
        return *text ? path_problem(text) : NULL;
    case RP_TEXT_SOURCE:
        return source_problem(text);
    case RP_TEXT_CGROUP:
        return cgroup_problem(text);
    case RP_TEXT_LISTEN:
        return listen_problem(text);
    case RP_TEXT_NAMESPACE:
        return namespace_problem(text);
    case RP_TEXT_NAME:
        return name_problem(text);
    case RP_TEXT_GLOB:
        return glob_problem(text);
    case RP_TEXT_UNIT:
        return unit_problem(text);
    }
    return "is of an unknown kind";
}

/*
 * The set of prefixes of the path that the pattern read so far can match, as one bool per length. Each piece of the
 * pattern maps the set to the next one, so the cost is pattern times path whatever the stars are; nothing backtracks.
 */
struct reach {
    const char *path;
    size_t len;
    bool at[RP_PATH_MAX];
};

static void reach_byte(struct reach *reach, char c)
{
    for (size_t i = reach->len; i > 0; i--) {
        const char have = reach->path[i - 1];
        reach->at[i] = reach->at[i - 1] && (c == '?' ? have != '/' : have == c);
    }
    reach->at[0] = false;
}

static void reach_star(struct reach *reach)
{
    for (size_t i = 1; i <= reach->len; i++)
        reach->at[i] = reach->at[i] || (reach->at[i - 1] && reach->path[i - 1] != '/');
}

/* A whole component `**`: with a slash behind it the next piece starts at a component, without one it takes the rest. */
static void reach_components(struct reach *reach, bool slash)
{
    bool before = reach->at[0];
    for (size_t i = 1; i <= reach->len; i++) {
        const bool here = reach->at[i];
        reach->at[i] = here || (before && (!slash || reach->path[i - 1] == '/'));
        before = before || here;
    }
}

bool rp_glob_match(const char *pattern, const char *path)
{
    struct reach reach = {.path = path, .len = strnlen(path, RP_PATH_MAX)};
    if (reach.len >= RP_PATH_MAX)
        return false;
    reach.at[0] = true;
    while (*pattern) {
        if (pattern[0] == '*' && pattern[1] == '*') {
            const bool slash = pattern[2] == '/';
            reach_components(&reach, slash);
            pattern += slash ? 3 : 2;
            continue;
        }
        if (*pattern == '*')
            reach_star(&reach);
        else
            reach_byte(&reach, *pattern);
        pattern++;
    }
    return reach.at[reach.len];
}
