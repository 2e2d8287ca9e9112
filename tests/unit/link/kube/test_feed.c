// SPDX-License-Identifier: Apache-2.0
/* The sources at their interval, from the documents to the guard's inbox: what arrives, and what is said of each source. */
#include <signal.h>
#include <sys/socket.h>

#include "app/facts.h"
#include "harness/tree.h"
#include "link/kube/feed.h"
#include "source.h"

#define INTERVAL_MS 50
#define POD(uid)    "{\"metadata\":{\"uid\":\"" uid "\",\"name\":\"" uid "\",\"namespace\":\"ns\"},\"spec\":{}}"
#define LIST(items) "{\"kind\":\"PodList\",\"items\":[" items "]}"
#define CONFIGZ     "{\"kubeletconfig\":{\"evictionHard\":{\"memory.available\":\"1Gi\"}}}"
#define SUMMARY     "{\"node\":{\"memory\":{\"availableBytes\":5}},\"pods\":[{\"podRef\":{\"uid\":\"a\"}}]}"

struct world {
    struct rp_tree tree;
    struct event_base *base;
    struct event *ear;
    struct rp_policy policy;
    int guard, link;
    struct rp_feed *feed;
    struct rp_inbox inbox;
    struct rp_http_source http;
    /* heard so far */
    unsigned int lists[RP_LIST_MAX];
    uint64_t generation;
    unsigned int pods;
    char last_pod[RP_UID_MAX];
    struct rp_fact_kubelet kubelet;
    struct rp_fact_source sources[RP_SOURCE_MAX];
    enum rp_list until; /* leave the loop at the next list of this kind */
};

static void take(struct world *world)
{
    const enum rp_list list = (enum rp_list)world->inbox.head.list;
    assert_true(world->inbox.head.generation > world->generation);
    world->generation = world->inbox.head.generation;
    world->lists[list]++;
    if (list == RP_LIST_PODS)
        world->pods = world->inbox.n - 2;
    for (uint32_t i = 1; i + 1 < world->inbox.n; i++) {
        const struct rp_fact *fact = &world->inbox.facts[i];
        if (fact->kind == RP_FACT_POD)
            assert_int_equal(rp_copy(world->last_pod, sizeof(world->last_pod), fact->pod.uid), 0);
        else if (fact->kind == RP_FACT_KUBELET)
            world->kubelet = fact->kubelet;
        else if (fact->kind == RP_FACT_SOURCE)
            world->sources[fact->source.source] = fact->source;
    }
    if (list == world->until)
        (void)event_base_loopbreak(world->base);
}

static void hear(evutil_socket_t fd, short what, void *arg)
{
    struct world *world = arg;
    (void)what;
    for (;;) {
        if (rp_inbox_receive(&world->inbox, fd) != 0) {
            (void)event_base_loopbreak(world->base);
            return;
        }
        if (!world->inbox.complete)
            return;
        take(world);
        rp_inbox_clear(&world->inbox);
    }
}

static void make_world(struct world *world)
{
    int pair[2];
    char path[300];
    memset(world, 0, sizeof(*world));
    rp_tree_make(&world->tree);
    world->base = event_base_new();
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    world->guard = pair[0];
    world->link = pair[1];
    rp_policy_init(&world->policy);
    world->policy.pods_max = 3;
    world->policy.source_interval_ns = INTERVAL_MS * RP_NS_PER_MS;
    assert_int_equal(rp_inbox_init(&world->inbox, world->policy.pods_max), 0);
    world->ear = event_new(world->base, world->guard, EV_READ | EV_PERSIST, hear, world);
    assert_int_equal(event_add(world->ear, NULL), 0);
    (void)snprintf(path, sizeof(path), "%s/k.sock", world->tree.root);
    rp_source_open(&world->http, world->base, path);
}

static void set_file(struct world *world, enum rp_source source, const char *name)
{
    char path[RP_URL_MAX + 64];
    (void)snprintf(path, sizeof(path), "%s/%s", world->tree.root, name);
    assert_int_equal(rp_copy(world->policy.source[source], RP_URL_MAX, path), 0);
}

static void set_socket(struct world *world, enum rp_source source)
{
    (void)snprintf(world->policy.source[source], RP_URL_MAX, "unix:%s:/url", world->http.path);
}

static void start(struct world *world)
{
    assert_int_equal(rp_feed_new(world->base, &world->policy, world->link, &world->feed), 0);
}

/* Until `n` more lists of that kind have come; at most five seconds. */
static void wait_for(struct world *world, enum rp_list list, unsigned int n)
{
    const struct timeval patience = {.tv_sec = 5};
    const unsigned int want = world->lists[list] + n;
    world->until = list;
    while (world->lists[list] < want) {
        const unsigned int before = world->lists[list];
        (void)event_base_loopexit(world->base, &patience);
        (void)event_base_dispatch(world->base);
        assert_true(world->lists[list] > before);
    }
}

static void drop_world(struct world *world)
{
    rp_feed_free(&world->feed);
    assert_null(world->feed);
    rp_inbox_deinit(&world->inbox);
    rp_source_close(&world->http);
    if (world->ear)
        event_free(world->ear);
    event_base_free(world->base);
    close(world->link);
    if (world->guard >= 0)
        close(world->guard);
    rp_tree_drop(&world->tree);
}

static void everything_works(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    rp_tree_write(&world.tree, "pods", LIST(POD("a") "," POD("b")));
    rp_tree_write(&world.tree, "summary", SUMMARY);
    set_file(&world, RP_SOURCE_PODS, "pods");
    set_socket(&world, RP_SOURCE_CONFIGZ);
    set_file(&world, RP_SOURCE_SUMMARY, "summary");
    rp_source_answer(&world.http, "HTTP/1.1 200 OK\r\n\r\n", CONFIGZ, strlen(CONFIGZ));
    start(&world);
    wait_for(&world, RP_LIST_SOURCES, 1);
    assert_int_equal(world.lists[RP_LIST_PODS], 1);
    assert_int_equal(world.lists[RP_LIST_STATS], 1);
    assert_int_equal(world.lists[RP_LIST_KUBELET], 1);
    assert_int_equal(world.pods, 2);
    assert_int_equal(world.kubelet.thresholds_n, 1);
    for (int i = 0; i < RP_SOURCE_MAX; i++) {
        const struct rp_fact_source *source = &world.sources[i];
        assert_true(source->configured && source->ok && source->good_ns > 0);
        assert_string_equal(source->error, "");
        assert_int_equal(source->failures, 0);
    }
    assert_int_equal(world.inbox.rejected + world.inbox.bad_frames, 0);
    drop_world(&world);
}

/* A document that did not change is good anew, but the guard is not woken for it; one that did is sent at once. */
static void what_has_not_changed_is_not_sent(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    rp_tree_write(&world.tree, "pods", LIST(POD("a")));
    set_file(&world, RP_SOURCE_PODS, "pods");
    start(&world);
    wait_for(&world, RP_LIST_SOURCES, 1);
    const rp_ns good_ns = world.sources[RP_SOURCE_PODS].good_ns;
    wait_for(&world, RP_LIST_SOURCES, 3);
    assert_int_equal(world.lists[RP_LIST_PODS], 1);
    assert_true(world.sources[RP_SOURCE_PODS].ok && world.sources[RP_SOURCE_PODS].good_ns > good_ns);
    rp_tree_write(&world.tree, "pods", LIST(POD("b")));
    wait_for(&world, RP_LIST_SOURCES, 1);
    assert_int_equal(world.lists[RP_LIST_PODS], 2);
    assert_string_equal(world.last_pod, "b");
    rp_tree_write(&world.tree, "pods", "{");
    wait_for(&world, RP_LIST_SOURCES, 1);
    assert_false(world.sources[RP_SOURCE_PODS].ok);
    rp_tree_write(&world.tree, "pods", LIST(POD("b")));
    wait_for(&world, RP_LIST_SOURCES, 1);
    assert_true(world.sources[RP_SOURCE_PODS].ok);
    assert_int_equal(world.lists[RP_LIST_PODS], 3); /* after a failure it is sent, changed or not */
    drop_world(&world);
}

static void nothing_is_configured(void **state)
{
    (void)state;
    const struct timeval while_ = {.tv_usec = 4 * INTERVAL_MS * 1000};
    struct world world;
    make_world(&world);
    start(&world);
    (void)event_base_loopexit(world.base, &while_);
    (void)event_base_dispatch(world.base);
    for (int i = 0; i < RP_LIST_MAX; i++)
        assert_int_equal(world.lists[i], 0);
    drop_world(&world);
}

/* A file that is missing, torn, replaced, wrong: each is said, counted, and over with the next good one. */
static void a_file_through_its_life(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
        bool ok;
        unsigned int pods;
    } lives[] = {
        {NULL, "No such file or directory", false, 0},
        {LIST(POD("a")), "", true, 1},
        {"{\"kind\":\"PodList\",\"items\":[{\"meta", "byte 33: the document is cut off", false, 1},
        {"", "byte 0: the document is cut off", false, 1},
        {LIST(POD("b") "," POD("c")), "", true, 2},
        {LIST("{}," POD("d")), "items[0]: metadata.uid: is missing", true, 1},
        {LIST("{\"metadata\":{\"uid\":\"x\",\"name\":\"\\u001b[2J\"}}," POD("e")), "/?[2J: spec: is missing", true, 1},
        {LIST(POD("a") "," POD("b") "," POD("c") "," POD("d")), "more pods than limits.pods holds: raise it", false, 1},
        {LIST(""), "", true, 0},
        {NULL, "No such file or directory", false, 0},
    };
    struct world world;
    unsigned int failures = 0;
    make_world(&world);
    set_file(&world, RP_SOURCE_PODS, "pods");
    start(&world);
    for (size_t i = 0; i < RP_ROWS(lives); i++) {
        char from[300], to[300];
        (void)snprintf(from, sizeof(from), "%s/new", world.tree.root);
        (void)snprintf(to, sizeof(to), "%s/pods", world.tree.root);
        if (lives[i].text) {
            rp_tree_write(&world.tree, "new", lives[i].text);
            assert_int_equal(rename(from, to), 0);
        } else {
            (void)unlink(to);
        }
        wait_for(&world, RP_LIST_SOURCES, 1);
        const struct rp_fact_source *source = &world.sources[RP_SOURCE_PODS];
        failures = lives[i].ok ? 0 : failures + 1;
        rp_expect_text(lives[i].error, source->error, lives[i].error);
        rp_expect_i64(lives[i].error, source->ok, lives[i].ok);
        rp_expect_u64(lives[i].error, source->failures, failures);
        rp_expect_u64(lives[i].error, world.pods, lives[i].pods); /* the last good list stands */
    }
    assert_true(world.sources[RP_SOURCE_PODS].good_ns > 0);
    drop_world(&world);
}

/* It is asked once, not at every interval; the other sources go on meanwhile; and nothing is said of it before it answered. */
static void a_slow_source_holds_up_nobody(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    set_file(&world, RP_SOURCE_PODS, "pods");
    set_socket(&world, RP_SOURCE_SUMMARY);
    start(&world);
    for (int i = 0; i < 5; i++) {
        char list[256];
        (void)snprintf(list, sizeof(list), LIST("{\"metadata\":{\"uid\":\"u%d\"},\"spec\":{}}"), i);
        rp_tree_write(&world.tree, "pods", list);
        wait_for(&world, RP_LIST_PODS, 1);
    }
    assert_string_equal(world.last_pod, "u4");
    assert_int_equal(world.http.asked, 1);
    assert_int_equal(world.lists[RP_LIST_SOURCES], 0);
    (void)bufferevent_write(world.http.clients[0], "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}\n", 41);
    wait_for(&world, RP_LIST_SOURCES, 1);
    assert_true(world.sources[RP_SOURCE_PODS].ok);
    assert_false(world.sources[RP_SOURCE_SUMMARY].ok);
    assert_string_equal(world.sources[RP_SOURCE_SUMMARY].error, "node: is missing");
    while (world.http.asked < 2) /* now it is asked again */
        (void)event_base_loop(world.base, EVLOOP_ONCE);
    drop_world(&world);
}

static void a_source_that_is_none(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    (void)snprintf(world.policy.source[RP_SOURCE_PODS], RP_URL_MAX, "https://localhost/pods");
    start(&world);
    wait_for(&world, RP_LIST_SOURCES, 1);
    assert_string_equal(world.sources[RP_SOURCE_PODS].error, "not a source: write /path or unix:/socket:/url");
    drop_world(&world);
}

/* As many statistics as pods, and the node's: the limit is on pods. */
static void statistics_of_a_full_node(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    rp_tree_write(&world.tree, "summary",
                  "{\"node\":{},\"pods\":[{\"podRef\":{\"uid\":\"a\"}},{\"podRef\":{\"uid\":\"b\"}},{\"podRef\":{"
                  "\"uid\":\"c\"}}]}");
    set_file(&world, RP_SOURCE_SUMMARY, "summary");
    start(&world);
    wait_for(&world, RP_LIST_SOURCES, 1);
    assert_string_equal(world.sources[RP_SOURCE_SUMMARY].error, "");
    assert_int_equal(world.lists[RP_LIST_STATS], 1);
    drop_world(&world);
}

static void without_a_guard_it_ends(void **state)
{
    (void)state;
    const struct timeval patience = {.tv_sec = 5};
    struct world world;
    make_world(&world);
    rp_tree_write(&world.tree, "pods", LIST(POD("a")));
    set_file(&world, RP_SOURCE_PODS, "pods");
    start(&world);
    wait_for(&world, RP_LIST_SOURCES, 1);
    event_free(world.ear);
    world.ear = NULL;
    close(world.guard);
    world.guard = -1;
    (void)event_base_loopexit(world.base, &patience);
    (void)event_base_dispatch(world.base);
    assert_true(event_base_got_break(world.base));
    drop_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_works),
        cmocka_unit_test(what_has_not_changed_is_not_sent),
        cmocka_unit_test(nothing_is_configured),
        cmocka_unit_test(a_file_through_its_life),
        cmocka_unit_test(a_slow_source_holds_up_nobody),
        cmocka_unit_test(a_source_that_is_none),
        cmocka_unit_test(statistics_of_a_full_node),
        cmocka_unit_test(without_a_guard_it_ends),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return RP_RUN(tests);
}
