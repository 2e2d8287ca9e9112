// SPDX-License-Identifier: Apache-2.0
/* Values of the JSON status that come again and again: null is what is not known, or never. */
#ifndef RP_CLI_JSON_PARTS_H
#define RP_CLI_JSON_PARTS_H

#include <jansson.h>

#include "reprieve/model.h"

json_t *rp_json_number(bool known, int64_t value);

/* When something last happened; 0: never. */
json_t *rp_json_when(rp_ns t_ns);

/* How long something takes; RP_NS_FOREVER: it never ends. */
json_t *rp_json_seconds(rp_ns ns);

/* State, missing evidence, times and probabilities of a forecast, as an object to which more can be added. */
json_t *rp_json_forecast(const struct rp_forecast *f);

#endif
