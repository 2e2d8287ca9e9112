// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"
#include "reprieve/model.h"

void rp_log_add(struct rp_arena *arena, struct rp_log_entry entry, const struct rp_pod *pod)
{
    entry.number = arena->log_n;
    if (!entry.t_ns)
        entry.t_ns = arena->t_ns;
    entry.pod[0] = '\0';
    if (pod)
        rp_cut(entry.pod, sizeof(entry.pod), pod->name[0] ? pod->name : pod->uid);
    arena->log[arena->log_n++ % RP_LOG_MAX] = entry;
}
