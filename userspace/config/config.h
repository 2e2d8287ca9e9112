// SPDX-License-Identifier: Apache-2.0
/*
 * reprieve.yaml to policy. All mistakes of a file are reported in one go, each with its line, and after any mistake the
 * caller's policy is what it was. Allocates; runs only in the short-lived config child and in the operator's tool.
 *
 * How: lint.c walks the document with libyaml and reports what has the wrong shape; load.c has libcyaml load the rest; bind.c
 * gives the texts their meaning. All three follow the one table of schema.c.
 */
#ifndef RP_CONFIG_CONFIG_H
#define RP_CONFIG_CONFIG_H

#include "reprieve/policy.h"

#define RP_CONFIG_BYTES_MAX  (1u << 20)
#define RP_CONFIG_ERRORS_MAX 32
#define RP_CONFIG_LINE_MAX   512

struct rp_config_error {
    char file[128];
    uint32_t line, column; /* from 1; 0: the file as a whole */
    char field[96];        /* path of the setting, "" if it is about none */
    char text[256];
};

struct rp_config_errors {
    struct rp_config_error list[RP_CONFIG_ERRORS_MAX]; /* by line */
    uint32_t n;
    uint32_t more; /* found when the list was full; counted only */
};

/*
 * Read a whole configuration file over the defaults. 0, or -errno (-EINVAL: its contents) with at least one entry in
 * `errors`; then *ret is untouched. `errors` is reset first.
 */
int rp_config_load(const char *path, struct rp_policy *ret, struct rp_config_errors *errors) RP_MUST_CHECK;

/* The same from memory; `name` stands for the file in messages. */
int rp_config_parse(const char *bytes, size_t len, const char *name, struct rp_policy *ret,
                    struct rp_config_errors *errors) RP_MUST_CHECK;

/* "reprieve.yaml:12:14: act.horizon: needs a unit ...", clean for a terminal; size: RP_CONFIG_LINE_MAX holds any. */
void rp_config_error_line(const struct rp_config_error *error, char *dst, size_t size);

#endif
