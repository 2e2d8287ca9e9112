// SPDX-License-Identifier: Apache-2.0
/*
 * A bounded history whose resolution falls with age: every recent point is there, of older ones only as many as a slower
 * look at the past needs. So 128 points hold both the last tenth of a second at full rate and the last minute and a half.
 */
#ifndef RP_MODEL_POINTS_H
#define RP_MODEL_POINTS_H

#include "reprieve/model.h"

/*
 * Append to points[0..*n), oldest first, and thin out: gaps grow to their age over `fineness`, or more where frequent
 * readings would fill the room with the last seconds. A point that is not newer than the newest is ignored: readings of one
 * moment can reach us twice. Returns whether it was taken.
 */
bool rp_points_add(struct rp_point *points, uint32_t capacity, uint32_t *n, struct rp_point point, uint32_t fineness);

#endif
