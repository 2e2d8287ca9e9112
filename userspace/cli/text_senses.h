// SPDX-License-Identifier: Apache-2.0
/* The parts of the text status that tell of tasks, disks and hardware; what matters most stands in the first 80 columns. */
#ifndef RP_CLI_TEXT_SENSES_H
#define RP_CLI_TEXT_SENSES_H

#include "reprieve/model.h"

#define RP_SENSE_LINE 256

/* Each makes one line without its end, and returns false if there is nothing worth one. */
bool rp_text_tasks(const struct rp_arena *arena, char line[RP_SENSE_LINE]);
bool rp_text_filesystem(const struct rp_arena *arena, uint32_t i, char line[RP_SENSE_LINE]);
bool rp_text_hardware(const struct rp_arena *arena, uint32_t kind, char line[RP_SENSE_LINE]);

/* What a pod does beside using memory, below this heading. */
extern const char rp_text_doings_head[];
bool rp_text_doings(struct rp_arena *arena, const struct rp_pod *pod, char line[RP_SENSE_LINE]);

#endif
