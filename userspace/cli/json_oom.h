// SPDX-License-Identifier: Apache-2.0
/* The parts of the JSON status that tell of the kernel's choices. Keys are documented in userspace/README.md. */
#ifndef RP_CLI_JSON_OOM_H
#define RP_CLI_JSON_OOM_H

#include <jansson.h>

#include "reprieve/model.h"

/* One element per wall: whom the kernel would kill there, and how that came out so far. */
json_t *rp_json_kernel_victims(struct rp_arena *arena);

/* How near a pod is to its own limit, null without one. */
json_t *rp_json_own_limit(struct rp_arena *arena, const struct rp_pod *pod);

#endif
