// SPDX-License-Identifier: Apache-2.0
/* The parts of the text status that tell of the kernel's choices; what matters most stands in the first 80 columns. */
#ifndef RP_CLI_TEXT_OOM_H
#define RP_CLI_TEXT_OOM_H

#include "cli/text_senses.h"

/* Whom the kernel would kill at that wall (enum rp_oom_wall); false if nobody is known. */
bool rp_text_kernel_victims(struct rp_arena *arena, unsigned wall, char line[RP_SENSE_LINE]);

/* A pod near its own limit, below this heading. */
extern const char rp_text_own_limit_head[];
void rp_text_own_limit(const struct rp_arena *arena, const struct rp_pod *pod, char line[RP_SENSE_LINE]);

#endif
