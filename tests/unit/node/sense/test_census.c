// SPDX-License-Identifier: Apache-2.0
/* The table of live cgroups against a directory tree that changes, is too large, or is made by somebody hostile. */
#include "unit/node/sense/fixture.h"

#include "node/sense/census.h"

struct world {
    struct fixture *fx;
    struct rp_census census;
    int root_fd;
    rp_ns now;
};

static void open_world_with(struct world *w, uint32_t files_max, bool hinted)
{
    w->root_fd = open(w->fx->cgroup, O_PATH | O_DIRECTORY);
    w->now = RP_NS_PER_S;
    const struct rp_census_options options = {
        .root_fd = w->root_fd,
        .policy = &w->fx->policy,
        .self = "system.slice/reprieved.service",
        .files_max = files_max,
        .hinted = hinted,
    };
    assert_int_equal(rp_census_init(&w->census, &options), 0);
    rp_census_step(&w->census, w->now, UINT32_MAX);
}

static void open_world(struct world *w)
{
    open_world_with(w, 10000, false);
}

static void close_world(struct world *w)
{
    rp_census_deinit(&w->census);
    close(w->root_fd);
    fx_free(w->fx);
}

static void step(struct world *w, rp_ns later)
{
    w->now += later;
    rp_census_clear_news(&w->census);
    rp_census_step(&w->census, w->now, UINT32_MAX);
}

static const struct rp_census_node *node_at(const struct world *w, const char *path)
{
    for (uint32_t i = 0; i < w->census.used; i++)
        if (w->census.nodes[i].id != RP_CGROUP_NONE && strcmp(w->census.nodes[i].path, path) == 0)
            return &w->census.nodes[i];
    return NULL;
}

static uint32_t open_count(const struct rp_census_node *node)
{
    uint32_t n = 0;
    for (int f = 0; f < RP_FILE_MAX; f++)
        n += node->files.fd[f] >= 0;
    return n;
}

/* Links, hash, counters: whatever happened, they agree. */
static void check_whole(const struct world *w)
{
    const struct rp_census *census = &w->census;
    uint32_t live = 0, spare = 0, files = 0, children = 0;
    for (uint32_t i = 0; i < census->used; i++) {
        const struct rp_census_node *node = &census->nodes[i];
        if (node->id == RP_CGROUP_NONE)
            continue;
        live++;
        spare += rp_census_is_spare(node->kind);
        files += open_count(node);
        assert_int_equal(rp_census_find(census, node->id), i);
        for (uint32_t c = node->child; c != RP_INDEX_NONE; c = census->nodes[c].sibling) {
            assert_int_equal(census->nodes[c].parent, i);
            assert_int_equal(census->nodes[c].level, node->level + 1);
            children++;
        }
    }
    assert_int_equal(census->live, live);
    assert_int_equal(census->spare, spare);
    assert_int_equal(census->files_open, files);
    assert_int_equal(children, live - 1);
}

static void check_parents_come_first(const struct world *w)
{
    for (uint32_t i = 0; i < w->census.births_n; i++) {
        uint32_t earlier = 0;
        while (earlier < i && w->census.births[earlier].id != w->census.births[i].parent)
            earlier++;
        assert_true(earlier < i || w->census.births[i].parent == RP_CGROUP_NONE);
    }
}

static void both_drivers_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *root, *qos, *pod, *container;
    } layouts[] = {
        {"kubepods.slice", "kubepods.slice/kubepods-burstable.slice", SYSTEMD_POD, SYSTEMD_CONTAINER},
        {"kubepods", "kubepods/besteffort", CGROUPFS_POD, CGROUPFS_CONTAINER},
    };
    for (size_t l = 0; l < 2; l++) {
        struct world w = {.fx = fx_new()};
        char inside[256];
        snprintf(inside, sizeof(inside), "%s/nested", layouts[l].container);
        fx_cgroup(w.fx, layouts[l].root, "1\n");
        fx_cgroup(w.fx, layouts[l].pod, "1\n");
        fx_cgroup(w.fx, inside, "1\n");
        fx_cgroup(w.fx, layouts[l].container, "1\n");
        fx_cgroup(w.fx, "system.slice/sshd.service", "1\n");
        fx_cgroup(w.fx, "system.slice/reprieved.service/link", "1\n");
        open_world(&w);
        assert_int_equal(node_at(&w, layouts[l].root)->kind, RP_CGROUP_PODS_ROOT);
        assert_int_equal(node_at(&w, layouts[l].qos)->kind, RP_CGROUP_QOS);
        assert_int_equal(node_at(&w, layouts[l].pod)->kind, RP_CGROUP_POD);
        assert_int_equal(node_at(&w, layouts[l].container)->kind, RP_CGROUP_CONTAINER);
        assert_int_equal(node_at(&w, inside)->kind, RP_CGROUP_INSIDE);
        assert_int_equal(node_at(&w, "system.slice/sshd.service")->kind, RP_CGROUP_SYSTEM);
        assert_int_equal(node_at(&w, "system.slice/reprieved.service/link")->kind, RP_CGROUP_SELF);
        assert_int_equal(open_count(node_at(&w, layouts[l].root)), RP_FILES_KEPT);
        assert_int_equal(open_count(node_at(&w, layouts[l].pod)), RP_FILES_KEPT);
        assert_int_equal(open_count(node_at(&w, layouts[l].container)), 3);
        assert_int_equal(open_count(node_at(&w, inside)), 0);
        assert_int_equal(w.census.births_n, w.census.live);
        check_parents_come_first(&w);
        check_whole(&w);
        close_world(&w);
    }
}

static void ids_and_paths_are_those_of_the_directories(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_cgroup(w.fx, CGROUPFS_POD, "1\n");
    open_world(&w);
    const struct rp_cgroup_birth *birth = &w.census.births[w.census.births_n - 1];
    assert_string_equal(birth->path, CGROUPFS_POD);
    assert_int_equal(birth->id, fx_id(w.fx, "cgroup/" CGROUPFS_POD));
    assert_int_equal(birth->parent, fx_id(w.fx, "cgroup/kubepods/besteffort"));
    assert_string_equal(w.census.births[0].path, "");
    assert_int_equal(w.census.births[0].parent, RP_CGROUP_NONE);
    close_world(&w);
}

static void without_hints_a_pod_is_seen_within_a_second(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_cgroup(w.fx, "kubepods", "1\n");
    fx_mkdir(w.fx, "cgroup/kubepods/besteffort");
    open_world(&w);
    step(&w, 1);
    fx_cgroup(w.fx, CGROUPFS_CONTAINER, "1\n");
    fx_cgroup(w.fx, CGROUPFS_POD, "1\n");
    step(&w, RP_NS_PER_S);
    assert_int_equal(w.census.births_n, 2);
    assert_string_equal(w.census.births[0].path, CGROUPFS_POD);
    assert_string_equal(w.census.births[1].path, CGROUPFS_CONTAINER);
    fx_remove(w.fx, "cgroup/" CGROUPFS_POD);
    step(&w, RP_NS_PER_S);
    assert_int_equal(w.census.births_n, 0);
    assert_int_equal(w.census.deaths_n, 2);
    check_whole(&w);
    close_world(&w);
}

static void with_hints_only_hinted_directories_are_listed(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_cgroup(w.fx, "kubepods", "1\n");
    fx_mkdir(w.fx, "cgroup/kubepods/besteffort");
    open_world_with(&w, 10000, true);
    step(&w, 1);
    step(&w, 1);
    uint64_t scans = w.census.scans;
    fx_cgroup(w.fx, CGROUPFS_POD, "1\n");
    step(&w, RP_NS_PER_S);
    assert_int_equal(w.census.scans, scans);
    assert_int_equal(w.census.births_n, 0);
    rp_census_hint(&w.census, fx_id(w.fx, "cgroup/kubepods/besteffort"));
    rp_census_hint(&w.census, 424242); /* nobody */
    step(&w, RP_NS_PER_MS);
    assert_int_equal(w.census.births_n, 1);
    assert_int_equal(w.census.scans, scans + 2); /* the hinted one, and the new one itself */
    close_world(&w);
}

/* What a large node costs: nothing per look, two listings of each directory that an event names, and a slow round. */
static void with_hints_a_large_node_is_not_walked(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    w.fx->policy.cgroups_max = 2048;
    for (int i = 0; i < 1998; i++) {
        char path[128];
        snprintf(path, sizeof(path), "cgroup/kubepods/pod%08d-0000-0000-0000-000000000000", i);
        fx_mkdir(w.fx, path);
    }
    open_world_with(&w, 0, true);
    for (int i = 0; i < 3; i++) /* a sample has not room for all of the births */
        step(&w, 1);
    assert_int_equal(w.census.live, 2000);
    uint64_t scans = w.census.scans;
    for (int look = 0; look < 500; look++) {
        const bool event = look % 100 == 50;
        if (event) {
            char path[128];
            snprintf(path, sizeof(path), "cgroup/kubepods/pod%08d-0000-0000-0000-000000000000", 5000 + look);
            fx_mkdir(w.fx, path);
            rp_census_hint(&w.census, fx_id(w.fx, "cgroup/kubepods"));
        }
        step(&w, 100 * RP_NS_PER_MS);
        assert_int_equal(w.census.births_n, event);
        assert_true(event || look % 100 == 51 || w.census.scans == scans);
        assert_in_range(w.census.scans - scans, 0, 2);
        scans = w.census.scans;
    }
    assert_int_equal(w.census.live, 2005);
    for (int second = 50; second < 130; second++) {
        step(&w, RP_NS_PER_S);
        /* 2005 turns spread over 64 s by id: 31 a second if ids were even, but they are whatever inodes this test got */
        assert_in_range(w.census.scans - scans, 0, 4 * 2005 / 64);
        scans = w.census.scans;
    }
    for (uint32_t i = 0; i < w.census.used; i++)
        assert_true(w.census.nodes[i].scan_ns > w.now); /* everybody had a turn */
    close_world(&w);
}

static void a_hint_that_comes_too_early_is_followed_twice(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_cgroup(w.fx, "kubepods", "1\n");
    open_world_with(&w, 10000, true);
    step(&w, 1);
    step(&w, 1);
    rp_census_hint(&w.census, fx_id(w.fx, "cgroup/kubepods"));
    step(&w, RP_NS_PER_MS); /* the kernel has told, the directory is not there yet */
    fx_mkdir(w.fx, "cgroup/kubepods/besteffort");
    step(&w, RP_NS_PER_MS);
    assert_int_equal(w.census.births_n, 1);
    close_world(&w);
}

static void a_cgroup_made_anew_is_another_one(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_cgroup(w.fx, CGROUPFS_POD, "1\n");
    open_world(&w);
    uint64_t old = fx_id(w.fx, "cgroup/" CGROUPFS_POD);
    /* the old directory lives on under another name, so that the new one cannot get its inode number */
    char from[1024], to[1024];
    fx_path(w.fx, "cgroup/" CGROUPFS_POD, from);
    fx_path(w.fx, "old", to);
    assert_int_equal(rename(from, to), 0);
    fx_cgroup(w.fx, CGROUPFS_POD, "1\n");
    step(&w, 2 * RP_NS_PER_S);
    assert_int_equal(w.census.deaths_n, 1);
    assert_int_equal(w.census.deaths[0].id, old);
    assert_int_equal(w.census.births_n, 1);
    assert_int_equal(w.census.births[0].id, fx_id(w.fx, "cgroup/" CGROUPFS_POD));
    assert_int_equal(rp_census_find(&w.census, old), RP_INDEX_NONE);
    check_whole(&w);
    close_world(&w);
}

static void children_die_before_their_parents(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_cgroup(w.fx, CGROUPFS_CONTAINER "/a/b", "1\n");
    open_world(&w);
    uint64_t pod = fx_id(w.fx, "cgroup/" CGROUPFS_POD);
    fx_remove(w.fx, "cgroup/" CGROUPFS_POD);
    step(&w, RP_NS_PER_S);
    assert_int_equal(w.census.deaths_n, 4);
    assert_int_equal(w.census.deaths[3].id, pod);
    check_whole(&w);
    close_world(&w);
}

static void rules_make_workloads(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    snprintf(w.fx->policy.rules[0].glob, RP_PATH_MAX, "**/megahit.service");
    w.fx->policy.rules_n = 1;
    fx_cgroup(w.fx, "system.slice/megahit.service", "1\n");
    fx_cgroup(w.fx, "system.slice/other.service", "1\n");
    open_world(&w);
    assert_int_equal(node_at(&w, "system.slice/megahit.service")->kind, RP_CGROUP_POD);
    assert_int_equal(open_count(node_at(&w, "system.slice/megahit.service")), RP_FILES_KEPT);
    assert_int_equal(open_count(node_at(&w, "system.slice/other.service")), 0);
    /* the policy changes in place */
    snprintf(w.fx->policy.rules[0].glob, RP_PATH_MAX, "**/other.service");
    rp_census_judge(&w.census);
    step(&w, 1);
    assert_int_equal(open_count(node_at(&w, "system.slice/megahit.service")), 0);
    assert_int_equal(open_count(node_at(&w, "system.slice/other.service")), RP_FILES_KEPT);
    check_whole(&w);
    close_world(&w);
}

static void the_pods_root_nearest_to_the_root_counts(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_cgroup(w.fx, "system.slice/docker-1.scope/kubelet/kubepods/pod" UID_B, "1\n");
    open_world(&w);
    assert_string_equal(w.census.nodes[w.census.pods_root].path, "system.slice/docker-1.scope/kubelet/kubepods");
    fx_cgroup(w.fx, CGROUPFS_POD, "1\n");
    step(&w, 2 * RP_NS_PER_S);
    assert_string_equal(w.census.nodes[w.census.pods_root].path, "kubepods");
    assert_int_equal(node_at(&w, CGROUPFS_POD)->kind, RP_CGROUP_POD);
    assert_int_equal(open_count(node_at(&w, "system.slice/docker-1.scope/kubelet/kubepods/pod" UID_B)), 0);
    fx_remove(w.fx, "cgroup/kubepods");
    step(&w, 2 * RP_NS_PER_S);
    assert_string_equal(w.census.nodes[w.census.pods_root].path, "system.slice/docker-1.scope/kubelet/kubepods");
    check_whole(&w);
    close_world(&w);
}

static void a_configured_pods_root_counts_alone(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    snprintf(w.fx->policy.pods_root, RP_PATH_MAX, "mine/kubepods");
    fx_cgroup(w.fx, "kubepods/pod" UID_A, "1\n");
    fx_cgroup(w.fx, "mine/kubepods/pod" UID_B, "1\n");
    open_world(&w);
    assert_string_equal(w.census.nodes[w.census.pods_root].path, "mine/kubepods");
    assert_int_equal(node_at(&w, "mine/kubepods/pod" UID_B)->kind, RP_CGROUP_POD);
    assert_int_equal(open_count(node_at(&w, "kubepods/pod" UID_A)), 0);
    close_world(&w);
}

static void a_tenants_flood_leaves_room_for_pods(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_cgroup(w.fx, CGROUPFS_CONTAINER, "1\n");
    fx_cgroup(w.fx, CGROUPFS_POD, "1\n");
    for (int i = 0; i < 200; i++) {
        char path[256];
        snprintf(path, sizeof(path), "cgroup/" CGROUPFS_CONTAINER "/x%d", i);
        fx_mkdir(w.fx, path);
    }
    open_world(&w);
    assert_int_equal(w.census.spare, w.census.capacity / 2);
    assert_int_equal(node_at(&w, CGROUPFS_CONTAINER)->left_out, 200 - w.census.capacity / 2);
    assert_int_equal(w.census.dropped, 200 - w.census.capacity / 2);
    fx_cgroup(w.fx, "kubepods/pod" UID_B, "1\n");
    step(&w, 2 * RP_NS_PER_S);
    assert_int_equal(node_at(&w, "kubepods/pod" UID_B)->kind, RP_CGROUP_POD);
    assert_int_equal(w.census.dropped, 200 - w.census.capacity / 2); /* counted once, not with each listing */
    check_whole(&w);
    close_world(&w);
}

static void more_births_than_a_sample_holds_come_later(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    w.fx->policy.cgroups_max = 4 * RP_CENSUS_BIRTHS_MAX;
    fx_mkdir(w.fx, "cgroup/kubepods");
    for (int i = 0; i < RP_CENSUS_BIRTHS_MAX + 100; i++) {
        char path[256];
        snprintf(path, sizeof(path), "cgroup/kubepods/pod%08d-0000-0000-0000-000000000000", i);
        fx_mkdir(w.fx, path);
    }
    open_world(&w);
    assert_int_equal(w.census.births_n, RP_CENSUS_BIRTHS_MAX);
    assert_int_equal(w.census.deaths_n, 0);
    step(&w, RP_NS_PER_MS);
    assert_int_equal(w.census.births_n, 100 + 2);
    assert_int_equal(w.census.live, RP_CENSUS_BIRTHS_MAX + 100 + 2);
    assert_int_equal(w.census.deaths_n, 0);
    check_whole(&w);
    close_world(&w);
}

static void depth_and_length_have_an_end(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    char path[1024];
    size_t len = (size_t)snprintf(path, sizeof(path), "cgroup/d");
    for (int i = 0; i < RP_CENSUS_LEVELS_MAX + 5; i++)
        len += (size_t)snprintf(path + len, sizeof(path) - len, "/d");
    fx_mkdir(w.fx, path);
    char name[251];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    snprintf(path, sizeof(path), "cgroup/%s/%s/%s", name, name, name);
    fx_mkdir(w.fx, path);
    open_world(&w);
    assert_int_equal(w.census.dropped, 2);
    check_whole(&w);
    close_world(&w);
}

static void descriptors_go_to_pods_first(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_cgroup(w.fx, "kubepods", "1\n");
    fx_cgroup(w.fx, CGROUPFS_CONTAINER, "1\n");
    fx_cgroup(w.fx, CGROUPFS_POD, "1\n");
    /* enough for the pods root and all pods that the policy expects, and two more */
    open_world_with(&w, (w.fx->policy.pods_max + 1) * RP_FILES_KEPT + 2, false);
    assert_int_equal(open_count(node_at(&w, CGROUPFS_POD)), RP_FILES_KEPT);
    assert_int_equal(open_count(node_at(&w, CGROUPFS_CONTAINER)), 2);
    assert_true(node_at(&w, CGROUPFS_CONTAINER)->starved);
    assert_false(node_at(&w, CGROUPFS_POD)->starved);
    check_whole(&w);
    close_world(&w);
}

static void without_descriptors_everybody_is_still_counted(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    fx_cgroup(w.fx, CGROUPFS_POD, "1\n");
    open_world_with(&w, 0, false);
    assert_int_equal(w.census.files_open, 0);
    assert_true(node_at(&w, CGROUPFS_POD)->starved);
    assert_int_equal(w.census.births_n, 4);
    close_world(&w);
}

static void work_per_step_is_bounded_and_pods_come_first(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    for (int i = 0; i < 20; i++) {
        char path[256];
        snprintf(path, sizeof(path), "cgroup/system.slice/s%d.service", i);
        fx_mkdir(w.fx, path);
    }
    fx_cgroup(w.fx, CGROUPFS_POD, "1\n");
    open_world(&w);
    step(&w, 20 * RP_NS_PER_S);
    fx_cgroup(w.fx, "kubepods/pod" UID_B, "1\n");
    rp_census_clear_news(&w.census);
    uint64_t scans = w.census.scans;
    w.now += 20 * RP_NS_PER_S;           /* everything is due */
    rp_census_step(&w.census, w.now, 5); /* root, kubepods, besteffort, the two pods: no service before them */
    assert_int_equal(w.census.scans, scans + 5);
    assert_int_equal(w.census.births_n, 1);
    /* and nobody starves: step by step each of the others is listed too */
    for (int i = 0; i < 10; i++)
        rp_census_step(&w.census, w.now, 5);
    for (uint32_t i = 0; i < w.census.used; i++)
        assert_true(w.census.nodes[i].scan_ns > w.now);
    close_world(&w);
}

static void hints_overtake_the_clock(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    for (int i = 0; i < 20; i++) {
        char path[256];
        snprintf(path, sizeof(path), "cgroup/kubepods/pod%08d-0000-0000-0000-000000000000", i);
        fx_mkdir(w.fx, path);
    }
    open_world(&w);
    step(&w, 1);
    w.now += 20 * RP_NS_PER_S; /* everything is due, and one scan is allowed */
    for (int i = 0; i < 20; i++) {
        char path[256];
        snprintf(path, sizeof(path), "cgroup/kubepods/pod%08d-0000-0000-0000-000000000000", i);
        rp_cgroup_id id = fx_id(w.fx, path);
        fx_remove(w.fx, path);
        rp_census_look(&w.census, rp_census_find(&w.census, id));
        rp_census_clear_news(&w.census);
        rp_census_step(&w.census, w.now, 1);
        assert_int_equal(w.census.deaths_n, 1);
        assert_int_equal(w.census.deaths[0].id, id);
        rp_census_step(&w.census, w.now, 1); /* the parent, which is owed a look for it */
    }
    check_whole(&w);
    close_world(&w);
}

static void churn_keeps_the_table_whole(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    unsigned seed = 7;
    fx_cgroup(w.fx, "kubepods", "1\n");
    open_world(&w);
    for (int round = 0; round < 300; round++) {
        char path[256];
        seed = seed * 1103515245u + 12345u;
        unsigned pod = (seed >> 16) % 12, container = (seed >> 20) % 3;
        snprintf(path, sizeof(path), "cgroup/kubepods/pod%08u-0000-0000-0000-000000000000", pod);
        char full[1024];
        fx_path(w.fx, path, full);
        if ((seed >> 24) % 3 == 0 && access(full, F_OK) == 0)
            fx_remove(w.fx, path);
        else {
            snprintf(path, sizeof(path), "cgroup/kubepods/pod%08u-0000-0000-0000-000000000000/c%u", pod, container);
            fx_mkdir(w.fx, path);
        }
        if (round % 3 == 0)
            step(&w, RP_NS_PER_S);
        check_whole(&w);
    }
    step(&w, 2 * RP_NS_PER_S);
    /* what the table holds is what the directories hold */
    uint32_t found = 0;
    for (uint32_t i = 0; i < w.census.used; i++) {
        char path[1024];
        if (w.census.nodes[i].id == RP_CGROUP_NONE)
            continue;
        snprintf(path, sizeof(path), "cgroup/%s", w.census.nodes[i].path);
        assert_int_equal(fx_id(w.fx, path), w.census.nodes[i].id);
        found++;
    }
    assert_int_equal(found, w.census.live);
    fx_remove(w.fx, "cgroup/kubepods");
    step(&w, 2 * RP_NS_PER_S);
    assert_int_equal(w.census.live, 1);
    check_whole(&w);
    close_world(&w);
}

static void symlinks_are_no_cgroups(void **state)
{
    (void)state;
    struct world w = {.fx = fx_new()};
    char link[1024];
    fx_mkdir(w.fx, "cgroup/kubepods");
    fx_path(w.fx, "cgroup/kubepods/pod" UID_A, link);
    assert_int_equal(symlink("/", link), 0);
    open_world(&w);
    assert_int_equal(w.census.live, 2);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_drivers_are_understood),
        cmocka_unit_test(ids_and_paths_are_those_of_the_directories),
        cmocka_unit_test(without_hints_a_pod_is_seen_within_a_second),
        cmocka_unit_test(with_hints_only_hinted_directories_are_listed),
        cmocka_unit_test(with_hints_a_large_node_is_not_walked),
        cmocka_unit_test(a_hint_that_comes_too_early_is_followed_twice),
        cmocka_unit_test(a_cgroup_made_anew_is_another_one),
        cmocka_unit_test(children_die_before_their_parents),
        cmocka_unit_test(rules_make_workloads),
        cmocka_unit_test(the_pods_root_nearest_to_the_root_counts),
        cmocka_unit_test(a_configured_pods_root_counts_alone),
        cmocka_unit_test(a_tenants_flood_leaves_room_for_pods),
        cmocka_unit_test(more_births_than_a_sample_holds_come_later),
        cmocka_unit_test(depth_and_length_have_an_end),
        cmocka_unit_test(descriptors_go_to_pods_first),
        cmocka_unit_test(without_descriptors_everybody_is_still_counted),
        cmocka_unit_test(work_per_step_is_bounded_and_pods_come_first),
        cmocka_unit_test(hints_overtake_the_clock),
        cmocka_unit_test(churn_keeps_the_table_whole),
        cmocka_unit_test(symlinks_are_no_cgroups),
    };
    return RP_RUN(tests);
}
