// SPDX-License-Identifier: Apache-2.0
/* The parts of the JSON status that tell of tasks, disks and hardware. Keys are documented in userspace/README.md. */
#ifndef RP_CLI_JSON_SENSES_H
#define RP_CLI_JSON_SENSES_H

#include <jansson.h>

#include "reprieve/model.h"

/* New values, or NULL without memory. */
json_t *rp_json_filesystems(const struct rp_arena *arena);
json_t *rp_json_node(const struct rp_arena *arena);
json_t *rp_json_tasks(struct rp_arena *arena, const struct rp_pod *pod);
json_t *rp_json_disk(const struct rp_arena *arena, const struct rp_activity *activity);
json_t *rp_json_amount(const struct rp_amount *amount);
json_t *rp_json_deleted(const struct rp_pod *pod);

#endif
