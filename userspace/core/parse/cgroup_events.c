// SPDX-License-Identifier: Apache-2.0
/* cgroup.events. */
#include "core/parse/cgroup_events.h"

#include <errno.h>

#include "core/parse/flat_keyed.h"

int rp_parse_cgroup_events(const char *text, size_t len, struct rp_cgroup_reading *ret)
{
    uint64_t populated = 0, frozen = 0;
    const struct rp_flat_key keys[] = {{"populated", &populated}, {"frozen", &frozen}};
    if (rp_parse_flat_keyed(text, len, keys, 2) != 0x3 || populated > 1 || frozen > 1)
        return -EBADMSG;
    ret->populated = populated;
    ret->frozen = frozen;
    ret->known |= RP_CG_POPULATED;
    return 0;
}
