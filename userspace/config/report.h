// SPDX-License-Identifier: Apache-2.0
/* Collecting mistakes: where they are and what to write instead. */
#ifndef RP_CONFIG_REPORT_H
#define RP_CONFIG_REPORT_H

#include "config/config.h"

#define RP_CONFIG_PATH_MAX 96

/* A place in the file, counted from 1; line 0 is the file as a whole. */
struct rp_mark {
    uint32_t line, column;
};

/* Where each setting that the document has stands, by path: "act.horizon", "workloads[2].name". */
struct rp_place {
    char path[RP_CONFIG_PATH_MAX];
    struct rp_mark mark;
};

struct rp_places {
    struct rp_place *list;
    size_t n, cap;
};

struct rp_report {
    const char *file;
    struct rp_config_errors *errors;
    struct rp_places places;
};

void rp_report_init(struct rp_report *report, const char *file, struct rp_config_errors *errors);
void rp_report_deinit(struct rp_report *report);

/* Note where a path stands, or that it stands elsewhere. 0 or -ENOMEM. */
int rp_report_place(struct rp_report *report, const char *path, struct rp_mark mark) RP_MUST_CHECK;

/* The place of the path, or NULL if the document does not have it. */
const struct rp_place *rp_report_find(const struct rp_report *report, const char *path);

void rp_report_at(struct rp_report *report, struct rp_mark mark, const char *field, const char *format, ...)
    RP_PRINTF(4, 5);

/* A mistake at the place of the path, or of the nearest one above it that the document has. */
void rp_report_on(struct rp_report *report, const char *path, const char *format, ...) RP_PRINTF(3, 4);

/*
 * A complaint of the form "path: sentence", below `prefix`. If the document does not have that path, then the mistake is
 * put where a setting stands that the sentence names: of two that contradict each other at least one was written.
 */
void rp_report_complaint(struct rp_report *report, const char *prefix, const struct rp_complaint *why);

/* Was anything reported about a path that starts so? */
bool rp_report_about(const struct rp_report *report, const char *prefix);

/* Order by line. */
void rp_report_finish(struct rp_report *report);

#endif
