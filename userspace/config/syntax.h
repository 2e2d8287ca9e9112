// SPDX-License-Identifier: Apache-2.0
/* Where and why libyaml gave up, for people. */
#ifndef RP_CONFIG_SYNTAX_H
#define RP_CONFIG_SYNTAX_H

#include <yaml.h>

#include "config/report.h"

/* After yaml_parser_parse failed on these bytes. 0, or -ENOMEM if that was why. */
int rp_syntax_report(struct rp_report *report, const yaml_parser_t *parser, const char *bytes,
                     size_t len) RP_MUST_CHECK;

#endif
