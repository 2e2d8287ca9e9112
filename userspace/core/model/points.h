// SPDX-License-Identifier: Apache-2.0
/*
 * A bounded history whose resolution falls with age: every recent point is there, of older ones only as many as a slower
 * look at the past needs. So 128 points hold both the last tenth of a second at full rate and the last minute and a half.
 */
#ifndef RP_MODEL_POINTS_H
#define RP_MODEL_POINTS_H

#include "reprieve/model.h"

struct rp_points_rule {
    uint32_t capacity;
    uint32_t fineness; /* gaps grow to their age over this, or more where frequent readings would fill the room */
    rp_ns age_max_ns;  /* older behaviour says too little about what the history is for */
};

/*
 * Append to points[0..*n), oldest first, and thin out. A point that is not newer than the newest is ignored: readings of one
 * moment can reach us twice. Returns whether it was taken. What is thinned out depends on times alone.
 */
bool rp_points_add(struct rp_point *points, uint32_t *n, struct rp_point point, const struct rp_points_rule *rule);

#endif
