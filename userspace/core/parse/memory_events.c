// SPDX-License-Identifier: Apache-2.0
/* memory.events; `oom_group_kill` (5.17) and later keys are skipped. */
#include "core/parse/memory_events.h"

#include <errno.h>

#include "core/parse/flat_keyed.h"

int rp_parse_memory_events(const char *text, size_t len, struct rp_cgroup_reading *ret)
{
    uint64_t high = 0, max = 0, oom = 0, oom_kill = 0;
    const struct rp_flat_key keys[] = {{"high", &high}, {"max", &max}, {"oom", &oom}, {"oom_kill", &oom_kill}};
    if (rp_parse_flat_keyed(text, len, keys, 4) != 0xf)
        return -EBADMSG;
    ret->events_high = high;
    ret->events_max = max;
    ret->events_oom = oom;
    ret->events_oom_kill = oom_kill;
    ret->known |= RP_CG_EVENTS;
    return 0;
}
