// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"
#include "reprieve/model.h"

void rp_log_add(struct rp_arena *arena, struct rp_log_entry entry, const struct rp_pod *pod)
{
    entry.number = arena->log_n;
    if (!entry.t_ns)
        entry.t_ns = arena->t_ns;
    if (pod) /* else the entry says itself whose it is, because the pod is gone */
        rp_cut(entry.pod, sizeof(entry.pod), pod->name[0] ? pod->name : pod->uid);
    arena->log[arena->log_n++ % RP_LOG_MAX] = entry;
}
