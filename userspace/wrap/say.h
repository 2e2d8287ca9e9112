// SPDX-License-Identifier: Apache-2.0
/* One line on standard error, which in a container is its log. */
#ifndef RP_WRAP_SAY_H
#define RP_WRAP_SAY_H

#include "reprieve/types.h"

void rp_wrap_say(const char *format, ...) RP_PRINTF(1, 2);

#endif
