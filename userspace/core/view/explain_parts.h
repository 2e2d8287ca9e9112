// SPDX-License-Identifier: Apache-2.0
/* What explanations of pods and of incidents share. */
#ifndef RP_CORE_VIEW_EXPLAIN_PARTS_H
#define RP_CORE_VIEW_EXPLAIN_PARTS_H

#include "base/line.h"
#include "reprieve/model.h"

/* Whether it may be touched, as the end of "it is ...": "protected", "expendable", "critical: never touched", ... */
const char *rp_standing_phrase(const struct rp_pod *pod);

/* One line of the ledger, indented: what, when, why, expected and freed, bought, cost. */
void rp_explain_deed(struct rp_line *line, const struct rp_arena *arena, const struct rp_ledger *deed);

/* "12 s ago" */
void rp_explain_ago(struct rp_line *line, const struct rp_arena *arena, rp_ns t_ns);

#endif
