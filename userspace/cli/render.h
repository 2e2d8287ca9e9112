// SPDX-License-Identifier: Apache-2.0
/* One snapshot as text for people and as JSON for programs. */
#ifndef RP_CLI_RENDER_H
#define RP_CLI_RENDER_H

#include <stdio.h>

#include "reprieve/model.h"

/* The whole status; at most `rows` lines if rows is not 0. */
void rp_render_text(FILE *out, struct rp_arena *arena, int rows);

/* Keys are documented in userspace/README.md. 0 or -ENOMEM. */
int rp_render_json(FILE *out, struct rp_arena *arena) RP_MUST_CHECK;

#endif
