// SPDX-License-Identifier: Apache-2.0
/* Collecting mistakes. */
#include "config/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

void rp_report_init(struct rp_report *report, const char *file, struct rp_config_errors *errors)
{
    memset(errors, 0, sizeof(*errors));
    *report = (struct rp_report){.file = file, .errors = errors};
}

void rp_report_deinit(struct rp_report *report)
{
    free(report->places.list);
    report->places = (struct rp_places){0};
}

static struct rp_place *find(const struct rp_places *places, const char *path)
{
    for (size_t i = 0; i < places->n; i++) {
        if (strcmp(places->list[i].path, path) == 0)
            return &places->list[i];
    }
    return NULL;
}

const struct rp_place *rp_report_find(const struct rp_report *report, const char *path)
{
    return find(&report->places, path);
}

int rp_report_place(struct rp_report *report, const char *path, struct rp_mark mark)
{
    struct rp_places *const places = &report->places;
    struct rp_place *place = find(places, path);
    if (place) {
        place->mark = mark;
        return 0;
    }
    if (places->n == places->cap) {
        const size_t cap = places->cap ? places->cap * 2 : 64;
        struct rp_place *const list = reallocarray(places->list, cap, sizeof(*list));
        if (!list)
            return -ENOMEM;
        places->list = list;
        places->cap = cap;
    }
    place = &places->list[places->n++];
    rp_cut(place->path, sizeof(place->path), path);
    place->mark = mark;
    return 0;
}

static void RP_PRINTF(4, 0)
    add(struct rp_report *report, struct rp_mark mark, const char *field, const char *format, va_list args)
{
    struct rp_config_errors *const errors = report->errors;
    if (errors->n == RP_CONFIG_ERRORS_MAX) {
        errors->more++;
        return;
    }
    struct rp_config_error *const error = &errors->list[errors->n++];
    rp_cut(error->file, sizeof(error->file), report->file);
    rp_cut(error->field, sizeof(error->field), field);
    error->line = mark.line;
    error->column = mark.column;
    (void)vsnprintf(error->text, sizeof(error->text), format, args);
}

void rp_report_at(struct rp_report *report, struct rp_mark mark, const char *field, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(report, mark, field, format, args);
    va_end(args);
}

/* "workloads[2].name" lies in "workloads[2]", and that in "workloads". */
static struct rp_mark nearest(const struct rp_report *report, const char *path)
{
    char above[RP_CONFIG_PATH_MAX];
    rp_cut(above, sizeof(above), path);
    for (size_t len = strlen(above); len > 0; len--) {
        if (above[len] != '\0' && above[len] != '.' && above[len] != '[')
            continue;
        above[len] = '\0';
        const struct rp_place *const place = rp_report_find(report, above);
        if (place)
            return place->mark;
    }
    return (struct rp_mark){0};
}

void rp_report_on(struct rp_report *report, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(report, nearest(report, path), path, format, args);
    va_end(args);
}

/* The longest path of the document that the sentence names: "act.kills-window" and not "act.kills". */
static const struct rp_place *named_in(const struct rp_report *report, const char *sentence)
{
    const struct rp_place *best = NULL;
    for (size_t i = 0; i < report->places.n; i++) {
        const struct rp_place *const place = &report->places.list[i];
        if (strstr(sentence, place->path) && (!best || strlen(place->path) > strlen(best->path)))
            best = place;
    }
    return best;
}

void rp_report_complaint(struct rp_report *report, const char *prefix, const struct rp_complaint *why)
{
    char path[RP_CONFIG_PATH_MAX] = "";
    const char *sentence = why->text;
    const char *const colon = strstr(why->text, ": ");
    if (colon) {
        (void)snprintf(path, sizeof(path), "%s%.*s", prefix, (int)(colon - why->text), why->text);
        sentence = colon + 2;
    }
    const struct rp_place *const other = rp_report_find(report, path) ? NULL : named_in(report, sentence);
    rp_report_at(report, other ? other->mark : nearest(report, path), path, "%s", sentence);
}

bool rp_report_about(const struct rp_report *report, const char *prefix)
{
    for (uint32_t i = 0; i < report->errors->n; i++) {
        if (rp_starts_with(report->errors->list[i].field, prefix))
            return true;
    }
    return false;
}

static int by_place(const void *left, const void *right)
{
    const struct rp_config_error *const a = left, *const b = right;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->column < b->column ? -1 : a->column > b->column;
}

void rp_report_finish(struct rp_report *report)
{
    qsort(report->errors->list, report->errors->n, sizeof(report->errors->list[0]), by_place);
}

void rp_config_error_line(const struct rp_config_error *error, char *dst, size_t size)
{
    char place[32] = "";
    if (error->line > 0)
        (void)snprintf(place, sizeof(place), "%u:%u:", error->line, error->column);
    (void)snprintf(dst, size, "%s:%s %s%s%s", error->file, place, error->field, error->field[0] ? ": " : "",
                   error->text);
    rp_sanitize(dst);
}
