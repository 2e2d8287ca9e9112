// SPDX-License-Identifier: Apache-2.0
/* The server on a loopback port, from an arena in shared memory: what it answers, refuses, and does not wait for. */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "exposition.h"
#include "link/serve/server.h"
#include "unit/core/view/shown.h"

struct world {
    struct event_base *base;
    struct rp_arena *shared; /* writable: the guard's */
    size_t bytes;
    struct rp_snapshot snapshot;
    struct rp_server *server;
    struct sockaddr_in address;
    char listen[32];
};

static rp_ns now_ns(void)
{
    struct timespec t;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
    return (rp_ns)t.tv_sec * RP_NS_PER_S + (rp_ns)t.tv_nsec;
}

/* A port that is free at the moment. */
static void find_port(struct world *world)
{
    socklen_t len = sizeof(world->address);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    world->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (const struct sockaddr *)&world->address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&world->address, &len), 0);
    close(fd);
    (void)snprintf(world->listen, sizeof(world->listen), "127.0.0.1:%u", ntohs(world->address.sin_port));
}

static void make_world(struct world *world)
{
    struct rp_scene scene;
    rp_shown_make(&scene);
    *world = (struct world){.base = event_base_new(), .bytes = scene.arena->total_bytes};
    const int fd = memfd_create("arena", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, (off_t)world->bytes), 0);
    world->shared = mmap(NULL, world->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(world->shared, MAP_FAILED);
    memcpy(world->shared, scene.arena, world->bytes);
    world->shared->agent.heartbeat_ns = now_ns();
    assert_int_equal(rp_snapshot_open(&world->snapshot, fd, world->bytes), 0);
    close(fd);
    rp_scene_drop(&scene);
    find_port(world);
    assert_int_equal(rp_server_new(world->base, world->listen, &world->snapshot, &world->server), 0);
}

static void drop_world(struct world *world)
{
    rp_server_free(&world->server);
    assert_null(world->server);
    rp_snapshot_close(&world->snapshot);
    (void)munmap(world->shared, world->bytes);
    event_base_free(world->base);
}

/* ---- a client in the same loop */

struct client {
    struct world *world;
    char answer[65536];
    size_t len;
    bool over;
};

static void on_answer(struct bufferevent *bev, void *arg)
{
    struct client *client = arg;
    client->len += bufferevent_read(bev, client->answer + client->len, sizeof(client->answer) - 1 - client->len);
    client->answer[client->len] = '\0';
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
    struct client *client = arg;
    if (what & BEV_EVENT_CONNECTED)
        return;
    on_answer(bev, arg);
    client->over = true;
    (void)event_base_loopbreak(client->world->base);
}

/* Send the bytes, read until the server closes; fails after ten seconds. */
static void talk(struct world *world, const char *request, size_t len, struct client *client)
{
    const struct timeval patience = {.tv_sec = 10};
    *client = (struct client){.world = world};
    struct bufferevent *bev = bufferevent_socket_new(world->base, -1, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(bev, on_answer, NULL, on_end, client);
    assert_int_equal(bufferevent_socket_connect(bev, (const struct sockaddr *)&world->address, sizeof(world->address)),
                     0);
    (void)bufferevent_write(bev, request, len);
    (void)bufferevent_enable(bev, EV_READ | EV_WRITE);
    (void)event_base_loopexit(world->base, &patience);
    (void)event_base_dispatch(world->base);
    assert_true(client->over);
    bufferevent_free(bev);
}

static void get(struct world *world, const char *path, struct client *client)
{
    char request[512];
    const int n = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    talk(world, request, (size_t)n, client);
}

static const char *body(const struct client *client)
{
    const char *end = strstr(client->answer, "\r\n\r\n");
    assert_non_null(end);
    return end + 4;
}

static void expect_answer(const char *row, const struct client *client, const char *status, const char *want)
{
    if (!rp_starts_with(client->answer, status))
        rp_expect_text(row, client->answer, status);
    if (want)
        rp_expect_text(row, body(client), want);
}

#define DEGRADED                                                                                                       \
    "[+]guard ok\n[+]node ok\n[~]mode degraded: asked for by an operator\n"                                            \
    "[~]psi degraded: the kernel has no PSI (psi=1)\n"                                                                 \
    "[~]hands degraded: at least one was abandoned in a call that did not return\n"                                    \
    "[~]senses degraded: no wake-up on memory pressure\n"                                                              \
    "[~]bpf:near_oom degraded: memory.events at the next look\n[+]source:pods ok\n"                                    \
    "[~]source:stats-summary degraded: HTTP status 403\n"

static void healthy(void **state)
{
    (void)state;
    static const struct {
        const char *path, *body;
    } rows[] = {
        {"/livez", "ok\n"},
        {"/healthz", "ok\n"},
        {"/readyz", "ok\n"},
        {"/livez?verbose", "[+]guard ok\nok\n"},
        {"/livez?verbose=1", "[+]guard ok\nok\n"},
        {"/livez?verbose&x", "[+]guard ok\nok\n"},
        {"/livez?verbosity", "ok\n"},
        {"/livez?x", "ok\n"},
        {"/readyz?verbose", DEGRADED "ok\n"},
    };
    struct world world;
    struct client client;
    make_world(&world);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        get(&world, rows[i].path, &client);
        expect_answer(rows[i].path, &client, "HTTP/1.1 200 OK\r\n", rows[i].body);
    }
    drop_world(&world);
}

static void unhealthy(void **state)
{
    (void)state;
    struct world world;
    struct client client;
    make_world(&world);
    world.shared->agent.heartbeat_ns = 1; /* the guard hangs */
    get(&world, "/livez", &client);
    expect_answer("livez", &client, "HTTP/1.1 503 ", "[-]guard failed: the rescue thread stands still\nfailed\n");
    get(&world, "/readyz", &client);
    expect_answer("readyz", &client, "HTTP/1.1 503 ", NULL);
    world.shared->sequence = 3; /* it died while it wrote */
    get(&world, "/livez", &client);
    expect_answer("livez", &client, "HTTP/1.1 503 ", "[-]guard failed: its state cannot be read\nfailed\n");
    get(&world, "/metrics", &client);
    expect_answer("metrics", &client, "HTTP/1.1 503 ", NULL);
    world.shared->sequence = 4;
    world.shared->version++; /* another version's memory */
    get(&world, "/readyz", &client);
    expect_answer("readyz", &client, "HTTP/1.1 503 ", "[-]guard failed: its state cannot be read\nfailed\n");
    world.shared->version--;
    world.shared->agent.heartbeat_ns = now_ns();
    get(&world, "/livez", &client);
    expect_answer("it lives again", &client, "HTTP/1.1 200 OK\r\n", "ok\n");
    drop_world(&world);
}

static void scraped(void **state)
{
    (void)state;
    struct world world;
    struct client client;
    struct rp_exposition found;
    make_world(&world);
    get(&world, "/metrics", &client);
    expect_answer("metrics", &client, "HTTP/1.1 200 OK\r\n", NULL);
    assert_non_null(strstr(client.answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    rp_exposition_read(&found, body(&client));
    assert_true(rp_exposition_value(&found, "reprieve_ticks_total") == 4000);
    rp_exposition_drop(&found);
    world.shared->agent.ticks = 4001;
    get(&world, "/metrics?x=y", &client);
    rp_exposition_read(&found, body(&client));
    assert_true(rp_exposition_value(&found, "reprieve_ticks_total") == 4001);
    rp_exposition_drop(&found);
    drop_world(&world);
}

#define REQUEST(text) text, sizeof(text) - 1

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        size_t len;
        const char *status; /* "": closed without an answer */
    } rows[] = {
        {REQUEST("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), "HTTP/1.1 404 "},
        {REQUEST("GET /metrics/ HTTP/1.1\r\nConnection: close\r\n\r\n"), "HTTP/1.1 404 "},
        {REQUEST("GET /../etc/passwd HTTP/1.1\r\nConnection: close\r\n\r\n"), "HTTP/1.1 404 "},
        {REQUEST("GET /%00 HTTP/1.1\r\nConnection: close\r\n\r\n"), "HTTP/1.1 404 "},
        {REQUEST("POST /metrics HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), "HTTP/1.1 501 "},
        {REQUEST("HEAD /metrics HTTP/1.1\r\nConnection: close\r\n\r\n"), "HTTP/1.1 501 "},
        {REQUEST("DELETE /livez HTTP/1.1\r\nConnection: close\r\n\r\n"), "HTTP/1.1 501 "},
        {REQUEST("CONNECT x:80 HTTP/1.1\r\nConnection: close\r\n\r\n"), "HTTP/1.1 501 "},
        {REQUEST("BREW /livez HTTP/1.1\r\nConnection: close\r\n\r\n"), "HTTP/1.1 501 "},
        {REQUEST("GET\r\n\r\n"), "HTTP/1.1 400 "},
        {REQUEST("GET /livez HTTP/x\r\n\r\n"), "HTTP/1.1 400 "},
        {REQUEST("\0\0\0\0\r\n\r\n"), "HTTP/1.1 400 "},
        {REQUEST("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"), "HTTP/1.1 400 "}, /* TLS */
        {REQUEST("GET /livez HTTP/1.1\r\nno header\r\n\r\n"), "HTTP/1.1 400 "},
    };
    struct world world;
    struct client client;
    make_world(&world);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        talk(&world, rows[i].request, rows[i].len, &client);
        expect_answer(rows[i].request, &client, rows[i].status, NULL);
    }
    drop_world(&world);
}

static void too_much(void **state)
{
    (void)state;
    static char request[40000];
    static const char *const starts[] = {
        "GET /", "GET /livez HTTP/1.1\r\nX: ", "POST /livez HTTP/1.1\r\nContent-Length: 39000\r\n\r\n",
        "GET /livez HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"};
    struct world world;
    struct client client;
    make_world(&world);
    for (size_t i = 0; i < RP_ROWS(starts); i++) {
        memset(request, 'a', sizeof(request));
        memcpy(request, starts[i], strlen(starts[i]));
        talk(&world, request, sizeof(request), &client);
        if (client.len)
            expect_answer(starts[i], &client, "HTTP/1.1 4", NULL);
        get(&world, "/livez", &client);
        expect_answer(starts[i], &client, "HTTP/1.1 200 OK\r\n", "ok\n");
    }
    drop_world(&world);
}

static void one_connection_for_many(void **state)
{
    (void)state;
    struct world world;
    struct client client;
    make_world(&world);
    talk(&world,
         REQUEST("GET /livez HTTP/1.1\r\n\r\nGET /metrics HTTP/1.1\r\n\r\nGET /readyz HTTP/1.1\r\nConnection: "
                 "close\r\n\r\n"),
         &client);
    unsigned int answers = 0;
    for (const char *at = client.answer; (at = strstr(at, "HTTP/1.1 ")); at++)
        answers++;
    assert_int_equal(answers, 3);
    drop_world(&world);
}

/* A request that never ends is closed after its five seconds, and meanwhile others are served. */
static void half_a_request(void **state)
{
    (void)state;
    static const char *const halves[] = {"GET /metr", "GET /livez HTTP/1.1\r\nHost: x\r\n", ""};
    for (size_t i = 0; i < RP_ROWS(halves); i++) {
        struct world world;
        struct client client, other;
        make_world(&world);
        get(&world, "/livez", &other);
        expect_answer("before", &other, "HTTP/1.1 200 OK\r\n", "ok\n");
        const rp_ns start = now_ns();
        talk(&world, halves[i], strlen(halves[i]), &client);
        const rp_ns took = now_ns() - start;
        rp_expect_i64(halves[i], took >= 4 * RP_NS_PER_S && took <= 8 * RP_NS_PER_S, true);
        rp_expect_i64(halves[i], rp_starts_with(client.answer, "HTTP/1.1 200"), false);
        get(&world, "/livez", &other);
        expect_answer("afterwards", &other, "HTTP/1.1 200 OK\r\n", "ok\n");
        drop_world(&world);
    }
}

/* Somebody opens connections and says nothing: descriptors are left for the sources, and he is done with after five seconds. */
static void a_flood(void **state)
{
    (void)state;
    enum { FLOOD = 300, LEFT = 60 };
    struct world world;
    struct client client;
    struct timeval while_ = {.tv_sec = 1};
    int fds[FLOOD];
    make_world(&world);
    for (int i = 0; i < FLOOD; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(fds[i] >= 0);
    }
    for (int i = 0; i < FLOOD; i++)
        (void)connect(fds[i], (const struct sockaddr *)&world.address, sizeof(world.address));
    const clock_t cpu = clock();
    (void)event_base_loopexit(world.base, &while_);
    (void)event_base_dispatch(world.base);
    assert_true(clock() - cpu < CLOCKS_PER_SEC / 2); /* it does not spin */
    /* The flood itself holds more than the limit, so the server let in one at a time, each second. */
    const int next = dup(STDERR_FILENO);
    close(next);
    assert_true(next < fds[FLOOD - 1] + LEFT);
    for (int i = 0; i < FLOOD; i++)
        close(fds[i]);
    get(&world, "/livez", &client);
    expect_answer("afterwards", &client, "HTTP/1.1 200 OK\r\n", "ok\n");
    drop_world(&world);
}

/* ---- where it listens */

static void addresses(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "9750",
                                      ":9750",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "[::1]",
                                      "127.0.0.1:0",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:99999999999999999999",
                                      "x:-1",
                                      "[]:80"};
    struct world world;
    struct rp_server *second = NULL;
    char text[300];
    make_world(&world);
    for (size_t i = 0; i < RP_ROWS(bad); i++)
        rp_expect_i64(bad[i], rp_server_new(world.base, bad[i], &world.snapshot, &second), -EINVAL);
    (void)snprintf(text, sizeof(text), "%0200d:80", 0);
    assert_int_equal(rp_server_new(world.base, text, &world.snapshot, &second), -EINVAL);
    assert_int_equal(rp_server_new(world.base, world.listen, &world.snapshot, &second), -EADDRINUSE);
    assert_null(second);
    (void)snprintf(text, sizeof(text), "[::1]:%u", ntohs(world.address.sin_port));
    const int rc = rp_server_new(world.base, text, &world.snapshot, &second);
    assert_true(rc == 0 || rc == -EADDRNOTAVAIL || rc == -EAFNOSUPPORT); /* a machine may have no IPv6 */
    rp_server_free(&second);
    drop_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(healthy),         cmocka_unit_test(unhealthy), cmocka_unit_test(scraped),
        cmocka_unit_test(what_is_refused), cmocka_unit_test(too_much),  cmocka_unit_test(one_connection_for_many),
        cmocka_unit_test(half_a_request),  cmocka_unit_test(a_flood),   cmocka_unit_test(addresses),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return RP_RUN(tests);
}
