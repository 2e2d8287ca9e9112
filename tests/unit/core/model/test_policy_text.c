// SPDX-License-Identifier: Apache-2.0
#include "core/model/policy_text.h"

#include <stdlib.h>

#include "harness/harness.h"
#include "reprieve/policy.h"

static void kinds(void **state)
{
    static const struct {
        enum rp_policy_text kind;
        const char *text;
        bool good;
    } rows[] = {
        {RP_TEXT_NODE_NAME, "", true},
        {RP_TEXT_NODE_NAME, "ip-10-0-0-1.eu.example", true},
        {RP_TEXT_NODE_NAME, "a..b", false},
        {RP_TEXT_NODE_NAME, "-a", false},
        {RP_TEXT_NODE_NAME, "a-", false},
        {RP_TEXT_NODE_NAME, "a_b", false},
        {RP_TEXT_NODE_NAME, "A", false},
        {RP_TEXT_NODE_NAME, "a.", false},
        {RP_TEXT_PATH, "/", true},
        {RP_TEXT_PATH, "/a b/\xc3\xa9", true},
        {RP_TEXT_PATH, "", false},
        {RP_TEXT_PATH, "a/b", false},
        {RP_TEXT_PATH, "/a\nb", false},
        {RP_TEXT_PATH, "/a\x7f", false},
        {RP_TEXT_PLACE, "", true},
        {RP_TEXT_PLACE, "/a", true},
        {RP_TEXT_PLACE, "a", false},
        {RP_TEXT_SOURCE, "", true},
        {RP_TEXT_SOURCE, "/var/lib/pods.json", true},
        {RP_TEXT_SOURCE, "unix:/run/k.sock:/pods?x=1", true},
        {RP_TEXT_SOURCE, "unix:/run/k.sock", false},
        {RP_TEXT_SOURCE, "unix:/run/k.sock:pods", false},
        {RP_TEXT_SOURCE, "unix:run/k.sock:/pods", false},
        {RP_TEXT_SOURCE, "unix:", false},
        {RP_TEXT_SOURCE, "http://localhost", false},
        {RP_TEXT_SOURCE, "https://localhost", false},
        {RP_TEXT_CGROUP, "", true},
        {RP_TEXT_CGROUP, "a.slice/b.scope", true},
        {RP_TEXT_CGROUP, "/a", false},
        {RP_TEXT_CGROUP, "a/", false},
        {RP_TEXT_LISTEN, "", true},
        {RP_TEXT_LISTEN, ":9750", true},
        {RP_TEXT_LISTEN, "localhost:1", true},
        {RP_TEXT_LISTEN, "0.0.0.0:65535", true},
        {RP_TEXT_LISTEN, "[::1]:80", true},
        {RP_TEXT_LISTEN, "::1:80", false},
        {RP_TEXT_LISTEN, "[]:80", false},
        {RP_TEXT_LISTEN, "[::1:80", false},
        {RP_TEXT_LISTEN, "9750", false},
        {RP_TEXT_LISTEN, "host:", false},
        {RP_TEXT_LISTEN, "host:0", false},
        {RP_TEXT_LISTEN, "host:65536", false},
        {RP_TEXT_LISTEN, "ho st:80", false},
        {RP_TEXT_NAMESPACE, "*", true},
        {RP_TEXT_NAMESPACE, "kube-system", true},
        {RP_TEXT_NAMESPACE, "**", false},
        {RP_TEXT_NAMESPACE, "a.b", false},
        {RP_TEXT_NAMESPACE, "", false},
        {RP_TEXT_NAMESPACE, "a123456789012345678901234567890123456789012345678901234567890123", false},
        {RP_TEXT_NAME, "Job_1.a-b", true},
        {RP_TEXT_NAME, "", false},
        {RP_TEXT_NAME, "a/b", false},
        {RP_TEXT_GLOB, "a", true},
        {RP_TEXT_GLOB, "**", true},
        {RP_TEXT_GLOB, "**/a/**", true},
        {RP_TEXT_GLOB, "a/**/b", true},
        {RP_TEXT_GLOB, "a*b/c*", true},
        {RP_TEXT_GLOB, "", false},
        {RP_TEXT_GLOB, "/a", false},
        {RP_TEXT_GLOB, "a/", false},
        {RP_TEXT_GLOB, "a**", false},
        {RP_TEXT_GLOB, "**a", false},
        {RP_TEXT_GLOB, "***", false},
        {RP_TEXT_UNIT, "a.service", true},
        {RP_TEXT_UNIT, "a@b\\x2dc:1.service", true},
        {RP_TEXT_UNIT, "a.scope", true},
        {RP_TEXT_UNIT, "a.slice", true},
        {RP_TEXT_UNIT, "a", false},
        {RP_TEXT_UNIT, ".service", false},
        {RP_TEXT_UNIT, "a.socket", false},
        {RP_TEXT_UNIT, "a/b.service", false},
        {RP_TEXT_UNIT, "*.service", false},
        {(enum rp_policy_text)99, "a", false},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_i64(rows[i].text, rp_policy_text_problem(rows[i].kind, rows[i].text) == NULL, rows[i].good);
}

static const struct {
    const char *pattern, *path;
    bool match;
} globs[] = {
    {"", "", true},
    {"", "a", false},
    {"a", "", false},
    {"a", "a", true},
    {"a", "ab", false},
    {"a", "a/b", false},
    {"system.slice/a.service", "system.slice/a.service", true},
    {"system.slice/a.service", "systemXslice/a.service", false},
    {"a\\x2db", "a\\x2db", true},
    {"[a]", "[a]", true},
    {"[a]", "a", false},
    {"?", "a", true},
    {"?", "", false},
    {"?", "/", false},
    {"a?c", "abc", true},
    {"a?c", "a/c", false},
    {"*", "", true},
    {"*", "abc", true},
    {"*", "a/b", false},
    {"*/b", "a/b", true},
    {"*/b", "b", false},
    {"jobs/job-*", "jobs/job-1", true},
    {"jobs/job-*", "jobs/job-", true},
    {"jobs/job-*", "jobs/job-1/step", false},
    {"jobs/*/step", "jobs/job-1/step", true},
    {"jobs/*/step", "jobs/a/b/step", false},
    {"a*b*c", "aXbXbXc", true},
    {"a*b*c", "aXbXb", false},
    {"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    {"**", "", true},
    {"**", "a/b/c", true},
    {"**/a.service", "a.service", true},
    {"**/a.service", "system.slice/a.service", true},
    {"**/a.service", "user.slice/user-1.slice/a.service", true},
    {"**/a.service", "system.slice/aa.service", false},
    {"**/a.service", "system.slice/a.service/inner", false},
    {"a/**", "a/b", true},
    {"a/**", "a/b/c", true},
    {"a/**", "a", false},
    {"a/**", "ab", false},
    {"a/**/d", "a/d", true},
    {"a/**/d", "a/b/c/d", true},
    {"a/**/d", "a/bd", false},
    {"**/b/**", "a/b/c", true},
    {"**/b/**", "a/c", false},
};

static void patterns(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_ROWS(globs); i++)
        rp_expect_i64(globs[i].pattern, rp_glob_match(globs[i].pattern, globs[i].path), globs[i].match);
}

/* The definition, word by word, without care for time. */
static bool slow_match(const char *pattern, const char *path)
{
    if (!*pattern)
        return !*path;
    if (pattern[0] == '*' && pattern[1] == '*') {
        const bool slash = pattern[2] == '/';
        for (const char *rest = path;; rest++) {
            if ((rest == path || !slash || rest[-1] == '/') && slow_match(pattern + (slash ? 3 : 2), rest))
                return true;
            if (!*rest)
                return false;
        }
    }
    if (*pattern == '*') {
        for (const char *rest = path;; rest++) {
            if (slow_match(pattern + 1, rest))
                return true;
            if (!*rest || *rest == '/')
                return false;
        }
    }
    const bool one = *pattern == '?' ? *path && *path != '/' : *pattern == *path;
    return one && slow_match(pattern + 1, path + 1);
}

static void make(uint64_t *seed, const char *alphabet, char *dst, size_t max)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    const size_t n = (size_t)(*seed >> 33) % max;
    for (size_t i = 0; i < n; i++) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        dst[i] = alphabet[(*seed >> 33) % strlen(alphabet)];
    }
    dst[n] = '\0';
}

static void agrees_with_the_definition(void **state)
{
    uint64_t seed = 1;
    uint32_t matches = 0, tried = 0;
    (void)state;
    while (tried < 200000) {
        char pattern[12], path[12];
        make(&seed, "ab/*?", pattern, sizeof(pattern));
        make(&seed, "ab/", path, sizeof(path));
        if (rp_policy_text_problem(RP_TEXT_GLOB, pattern))
            continue;
        tried++;
        const bool match = rp_glob_match(pattern, path);
        matches += match;
        if (match != slow_match(pattern, path))
            print_error("pattern \"%s\", path \"%s\"\n", pattern, path);
        assert_int_equal(match, slow_match(pattern, path));
    }
    assert_true(matches > tried / 100); /* the alphabet makes both answers */
}

static void long_paths_match_nothing(void **state)
{
    static char path[RP_PATH_MAX + 1];
    (void)state;
    memset(path, 'a', RP_PATH_MAX - 1);
    assert_true(rp_glob_match("*", path));
    path[RP_PATH_MAX - 1] = 'a';
    assert_false(rp_glob_match("*", path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(patterns),
        cmocka_unit_test(agrees_with_the_definition),
        cmocka_unit_test(long_paths_match_nothing),
    };
    return RP_RUN(tests);
}
