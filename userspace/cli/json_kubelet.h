// SPDX-License-Identifier: Apache-2.0
/* The part of the JSON status that tells what the kubelet has probably met. Keys are documented in userspace/README.md. */
#ifndef RP_CLI_JSON_KUBELET_H
#define RP_CLI_JSON_KUBELET_H

#include <jansson.h>

#include "reprieve/model.h"

/* A new value, or NULL without memory. */
json_t *rp_json_kubelet(struct rp_arena *arena);

/* Of one ranking: uid, place in it, how far above the request. */
json_t *rp_json_victims(struct rp_arena *arena, const struct rp_victims *victims, const char *unit);

#endif
