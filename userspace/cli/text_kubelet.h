// SPDX-License-Identifier: Apache-2.0
/* A line of the status about the kubelet. */
#ifndef RP_CLI_TEXT_KUBELET_H
#define RP_CLI_TEXT_KUBELET_H

#include "cli/text_senses.h"

/* What it has probably met, and when it looks. False while there is nothing to say. */
bool rp_text_kubelet(const struct rp_arena *arena, char text[RP_SENSE_LINE]);

#endif
