// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/PID/cgroup: lines of "hierarchy:controllers:path". The v2 tree is hierarchy 0 without controllers. The kernel
 * refuses newlines in cgroup names, so a line is a line; it appends " (deleted)" to a removed cgroup's path
 * (kernel/cgroup/cgroup.c: proc_cgroup_show).
 */
#include "core/parse/proc_cgroup.h"

#include <errno.h>

#include "base/num.h"
#include "base/str.h"
#include "core/parse/text.h"

struct lines {
    struct rp_text path; /* of the v2 line */
    bool v2, v1;
};

static void take_line(struct rp_text line, struct lines *ret)
{
    struct rp_text number, controllers;
    uint64_t hierarchy = 0;
    if (!rp_text_until(&line, ':', &number) || !rp_text_until(&line, ':', &controllers))
        return;
    if (rp_parse_u64(number.at, number.len, &hierarchy) < 0 || !rp_text_skip(&line, "/"))
        return;
    if (hierarchy != 0) {
        ret->v1 = true;
        return;
    }
    if (controllers.len == 0 && !ret->v2) {
        ret->v2 = true;
        ret->path = line;
    }
}

int rp_parse_proc_cgroup(const char *text, size_t len, struct rp_proc_cgroup *ret)
{
    struct rp_text rest = rp_text(text, len), line;
    struct lines lines = {.path = rp_text("", 0)};
    struct rp_proc_cgroup found = {.hierarchy = RP_HIERARCHY_V1};
    while (rp_text_line(&rest, &line))
        take_line(line, &lines);
    if (!lines.v1 && !lines.v2)
        return -EBADMSG;
    if (lines.v2)
        found.hierarchy = lines.v1 ? RP_HIERARCHY_HYBRID : RP_HIERARCHY_V2;
    found.deleted = rp_text_drop_end(&lines.path, " (deleted)");
    const int r = rp_copy_n(found.path, sizeof(found.path), lines.path.at, lines.path.len);
    if (r < 0)
        return r == -EINVAL ? -EBADMSG : r;
    *ret = found;
    return 0;
}
