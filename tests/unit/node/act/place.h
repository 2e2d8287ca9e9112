// SPDX-License-Identifier: Apache-2.0
/* A workload whose only process is the test itself, so that /proc and the files are real; they lie in data/. */
#ifndef RP_TEST_ACT_PLACE_H
#define RP_TEST_ACT_PLACE_H

#include "base/fdio.h"
#include "core/parse/proc_cgroup.h"
#include "node/act/job.h"
#include "unit/node/act/fixture.h"

struct place {
    struct fixture fixture;
    struct rp_job job;
};

static inline void place_make(struct place *place)
{
    struct rp_proc_cgroup own = {0};
    char text[4096], line[32];
    size_t len = 0;
    const int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    assert_int_equal(rp_pread_all(fd, text, sizeof(text), &len), 0);
    close(fd);
    assert_int_equal(rp_parse_proc_cgroup(text, len, &own), 0);
    if (own.hierarchy == RP_HIERARCHY_V1) {
        print_message("SKIP: this machine has no cgroup v2 tree\n");
        skip();
    }
    fixture_make(&place->fixture);
    close(place->fixture.roots.proc_fd);
    place->fixture.roots.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    place->job = (struct rp_job){.cgroup = fixture_cgroup(&place->fixture, own.path), .deadline_ns = RP_NS_FOREVER};
    place->job.target.target = RP_TARGET_ALL;
    (void)snprintf(place->job.path, sizeof(place->job.path), "%s", own.path);
    (void)snprintf(line, sizeof(line), "%d\n", (int)getpid());
    fixture_set(&place->fixture, own.path, "cgroup.procs", line);
    rp_tree_mkdir(&place->fixture.tree, "data");
}

/* The absolute path of a name in data/, into the job. */
static inline void place_name(struct place *place, const char *name)
{
    const int len =
        snprintf(place->job.target.path, sizeof(place->job.target.path), "%s/data/%s", place->fixture.tree.root, name);
    assert_true(len > 0 && (size_t)len < sizeof(place->job.target.path));
}

#endif
