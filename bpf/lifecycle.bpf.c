// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Cgroups come and go. Not urgent: the guard reads these at its next look, and the snapshot finds what was lost.
 *
 * An entry in rp_counts is not deleted here: its last counts are still wanted. Userspace folds it and then forgets it.
 */
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void report(struct cgroup *cgrp, enum rp_event_type type)
{
    struct rp_event event = {.type = type};

    /* The tracepoints also tell of v1 hierarchies (systemd's own on a hybrid host), whose ids mean other things. */
    if (cgrp->root->hierarchy_id != 0)
        return;
    event.cgroup = cgrp->kn->id;
    event.owner = cgrp->self.parent->cgroup->kn->id;
    event.pid = rp_current_tgid();
    rp_send_quietly(&event);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(rp_cgroup_new, struct cgroup *cgrp)
{
    report(cgrp, RP_EVENT_CGROUP_NEW);
    return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(rp_cgroup_gone, struct cgroup *cgrp)
{
    report(cgrp, RP_EVENT_CGROUP_GONE);
    return 0;
}
