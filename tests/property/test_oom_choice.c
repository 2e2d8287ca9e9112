// SPDX-License-Identifier: Apache-2.0
/* The kernel's choice on random nodes: against a plain second look at all weights, and what must never happen. */
#include "unit/core/oom/wall.h"

#define NODES 400
#define MOST  14

static uint64_t seed = 88172645463325252;

static uint64_t any(uint64_t below)
{
    return world_random(&seed) % below;
}

struct node {
    struct wall_world w;
    rp_cgroup_id ids[MOST];
    uint32_t n;
};

static void look(struct node *node, uint32_t i, int32_t adj)
{
    wall_looks(&node->w, node->ids[i], (int64_t)any(900), (int64_t)any(700), adj);
}

static void make(struct node *node)
{
    wall_open(&node->w);
    node->n = 1 + (uint32_t)any(MOST);
    for (uint32_t i = 0; i < node->n; i++) {
        const struct wall_pod pod = {.qos = (uint8_t)(1 + any(3)),
                                     .request_mib = (int64_t)any(4000) - 200,
                                     .usage_mib = 1 + (int64_t)any(900),
                                     .inactive_mib = (int64_t)any(50),
                                     .pids = 1 + any(30)};
        node->ids[i] = wall_pod(&node->w, &pod);
    }
    wall_facts(&node->w);
    for (uint32_t i = 0; i < node->n; i++) {
        if (any(2))
            look(node, i, any(5) ? (int32_t)any(2001) - 1000 : -1000);
        if (any(4) == 0)
            wall_limit(&node->w, node->ids[i], 1000, any(2));
    }
    wall_limit(&node->w, ID_PODS, 1000 + (int64_t)any(7000), false);
}

static uint32_t index_of(struct node *node, uint32_t i)
{
    struct rp_arena *arena = node->w.world.arena;
    for (uint32_t k = 0; k < arena->cgroups.used; k++)
        if (rp_cgroup_at(arena, k)->id == node->ids[i])
            return k;
    return RP_INDEX_NONE;
}

/* The bounds of all that may be chosen; returns how many. */
static uint32_t weights(struct node *node, int64_t total, struct rp_oom_weight *ret, uint32_t *ret_of)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < node->n; i++) {
        struct rp_oom_weight weight;
        const struct rp_cgroup *cgroup = rp_cgroup_at(node->w.world.arena, index_of(node, i));
        if (rp_oom_weigh(node->w.world.arena, cgroup, total, &weight) && !weight.exempt) {
            ret_of[n] = i;
            ret[n++] = weight;
        }
    }
    return n;
}

static void check_list(struct node *node, const struct rp_oom_victims *list)
{
    struct rp_oom_weight all[MOST];
    uint32_t of[MOST], first = 0;
    const uint32_t n = weights(node, list->total_bytes, all, of);
    int64_t highest_low = INT64_MIN;
    for (uint32_t k = 0; k < n; k++)
        highest_low = all[k].low > highest_low ? all[k].low : highest_low;
    for (uint32_t k = 0; k < n; k++) {
        assert_true(all[k].low <= all[k].likely && all[k].likely <= all[k].high);
        first += all[k].high >= highest_low;
    }
    assert_int_equal(list->candidates, n);
    assert_int_equal(list->first_n, first);
    assert_int_equal(list->n, n < RP_VICTIMS_MAX ? n : RP_VICTIMS_MAX);
    for (uint32_t i = 0; i < list->n; i++) {
        const struct rp_oom_victim *v = &list->list[i];
        const struct rp_processes *processes = &rp_cgroup_at(node->w.world.arena, v->cgroup)->now.processes;
        assert_true(processes->n == 0 || processes->exempt < processes->n);
        assert_int_equal(v->group == 1, v->points_high >= highest_low);
        if (i == 0)
            continue;
        assert_true(v->group >= v[-1].group);
        assert_true(v->group > v[-1].group || v->points <= v[-1].points);
        assert_true(v->group == v[-1].group || v->points_high < v[-1].points_high || v[-1].group == 1);
    }
    /* Nobody outside of the list may be before the last of it. */
    for (uint32_t k = 0; k < n && list->n == RP_VICTIMS_MAX; k++) {
        bool listed = false;
        for (uint32_t i = 0; i < list->n; i++)
            listed = listed || list->list[i].cgroup == index_of(node, of[k]);
        const struct rp_oom_victim *last = &list->list[list->n - 1];
        assert_true(listed || all[k].high < highest_low || last->group == 1);
    }
}

static void lists_are_what_all_weights_say(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < NODES; i++) {
        struct node node;
        make(&node);
        const struct rp_oom_victims whole = wall_victims(&node.w, 0), pods = wall_victims(&node.w, ID_PODS);
        check_list(&node, &whole);
        check_list(&node, &pods);
        world_close(&node.w.world);
    }
}

/* Who has more memory, or a higher oom_score_adj, is never later for it. */
static void heavier_is_never_later(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < NODES; i++) {
        struct node node;
        uint32_t among = 0;
        make(&node);
        const uint32_t one = (uint32_t)any(node.n);
        const int32_t adj = (int32_t)any(1800) - 900;
        struct rp_arena *arena = node.w.world.arena;
        wall_looks(&node.w, node.ids[one], 500, 300, adj);
        wall_usage(&node.w, node.ids[one], 500, 0);
        const uint32_t before = rp_oom_rank(arena, RP_INDEX_NONE, index_of(&node, one), &among);
        const bool first = among > 0;
        if (any(2))
            wall_looks(&node.w, node.ids[one], 500, 300, adj + 1 + (int32_t)any(99));
        else
            wall_looks(&node.w, node.ids[one], 500, 301 + (int64_t)any(199), adj);
        assert_in_range(rp_oom_rank(arena, RP_INDEX_NONE, index_of(&node, one), &among), 1, before);
        assert_true(!first || among > 0);
        world_close(&node.w.world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_what_all_weights_say),
        cmocka_unit_test(heavier_is_never_later),
    };
    return RP_RUN(tests);
}
