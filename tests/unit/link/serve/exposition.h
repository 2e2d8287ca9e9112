// SPDX-License-Identifier: Apache-2.0
/* A strict reader of the Prometheus text format: what it takes, any scraper takes. */
#ifndef RP_TEST_LINK_SERVE_EXPOSITION_H
#define RP_TEST_LINK_SERVE_EXPOSITION_H

#include <stdlib.h>

#include "base/str.h"
#include "harness/harness.h"

#define RP_SAMPLES_MAX 512

struct rp_sample_line {
    char *series; /* name and labels as written */
    double value;
};

struct rp_exposition {
    char *text; /* cut up */
    struct rp_sample_line samples[RP_SAMPLES_MAX];
    size_t n, families;
};

static inline size_t rp_name_len(const char *s)
{
    const size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz_0123456789");
    return s[0] >= '0' && s[0] <= '9' ? 0 : len;
}

/* Behind {a="b",c="d"}, or NULL if it is not that; a quote, a backslash and a newline in a value are escaped. */
static inline char *rp_labels_end(char *s)
{
    if (*s != '{')
        return s;
    do {
        s++;
        const size_t len = rp_name_len(s);
        if (!len || s[len] != '=' || s[len + 1] != '"')
            return NULL;
        for (s += len + 2; *s != '"'; s++)
            if (!*s || (*s == '\\' && !strchr("\\\"n", *++s)))
                return NULL;
        s++;
    } while (*s == ',');
    return *s == '}' ? s + 1 : NULL;
}

/* "# HELP name sentence." and "# TYPE name type"; returns the length of the name, which `ret` gets. */
static inline void rp_family_read(char *help, char *type, char *ret, size_t size)
{
    const size_t len = rp_name_len(help + 7);
    assert_true(len > 0 && len < size);
    memcpy(ret, help + 7, len);
    ret[len] = '\0';
    rp_expect_i64(ret, help[7 + len] == ' ' && rp_ends_with(help, "."), true);
    rp_expect_i64(ret, strncmp(type, "# TYPE ", 7), 0);
    rp_expect_i64(ret, strncmp(type + 7, ret, len), 0);
    const bool counter = strcmp(type + 7 + len, " counter") == 0;
    rp_expect_i64(ret, counter || strcmp(type + 7 + len, " gauge") == 0, true);
    rp_expect_i64(ret, rp_ends_with(ret, "_total"), counter);
}

static inline void rp_sample_read(struct rp_exposition *found, char *line, const char *family)
{
    char *end = rp_labels_end(line + rp_name_len(line)), *number_end;
    rp_expect_i64(line, strncmp(line, family, strlen(family)) == 0 && rp_name_len(line) == strlen(family), true);
    rp_expect_i64(line, end && *end == ' ', true);
    *end = '\0';
    const double value = strtod(end + 1, &number_end);
    rp_expect_i64(line, number_end != end + 1 && *number_end == '\0', true);
    for (size_t i = 0; i < found->n; i++)
        assert_string_not_equal(found->samples[i].series, line);
    assert_true(found->n < RP_SAMPLES_MAX);
    found->samples[found->n++] = (struct rp_sample_line){.series = line, .value = value};
}

/* Families one after the other, each once, each sample below its family, no series twice, all of it UTF-8. */
static inline void rp_exposition_read(struct rp_exposition *found, const char *text)
{
    char family[128] = "", *rest, *clean;
    *found = (struct rp_exposition){.text = strdup(text)};
    rp_expect_i64("ends with a newline", rp_ends_with(text, "\n"), true);
    rest = found->text;
    for (char *line = strsep(&rest, "\n"); rest; line = strsep(&rest, "\n")) {
        clean = strdup(line);
        rp_sanitize(clean);
        rp_expect_text("UTF-8", line, clean);
        free(clean);
        if (rp_starts_with(line, "# HELP ")) {
            char *type = strsep(&rest, "\n");
            assert_non_null(rest);
            rp_family_read(line, type, family, sizeof(family));
            found->families++;
        } else {
            rp_sample_read(found, line, family);
        }
    }
}

/* The value of a series, which must be there. */
static inline double rp_exposition_value(const struct rp_exposition *found, const char *series)
{
    for (size_t i = 0; i < found->n; i++)
        if (strcmp(found->samples[i].series, series) == 0)
            return found->samples[i].value;
    rp_expect_text("no such series", "", series);
    return 0;
}

static inline bool rp_exposition_has(const struct rp_exposition *found, const char *start)
{
    for (size_t i = 0; i < found->n; i++)
        if (rp_starts_with(found->samples[i].series, start))
            return true;
    return false;
}

static inline void rp_exposition_drop(struct rp_exposition *found)
{
    free(found->text);
    *found = (struct rp_exposition){0};
}

#endif
