// SPDX-License-Identifier: Apache-2.0
/* From the loaded texts to a policy. */
#ifndef RP_CONFIG_BIND_H
#define RP_CONFIG_BIND_H

#include "config/load.h"

/* Apply what the document says to the policy; every text that makes no sense is reported and left out. */
void rp_bind_document(const struct rp_slot *root, const struct rp_lint *lint, struct rp_report *report,
                      struct rp_policy *policy);

#endif
