// SPDX-License-Identifier: Apache-2.0
/* Documents from files and unix sockets: whole, or a sentence; exactly once; and never a wait that has no end. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "harness/tree.h"
#include "link/kube/fetch.h"
#include "source.h"

struct result {
    struct event_base *base;
    unsigned int calls;
    bool got;
    size_t len;
    char start[64];
    char error[300];
};

static void done(void *arg, const char *bytes, size_t len, const char *error)
{
    struct result *result = arg;
    result->calls++;
    result->got = bytes != NULL;
    result->len = len;
    (void)snprintf(result->start, sizeof(result->start), "%.*s", len < 60 ? (int)len : 60, bytes ? bytes : "");
    (void)snprintf(result->error, sizeof(result->error), "%s", error);
    assert_true(bytes ? error[0] == '\0' : error[0] != '\0' && len == 0);
    if (result->base)
        (void)event_base_loopbreak(result->base);
}

struct world {
    struct rp_tree tree;
    struct event_base *base;
    struct rp_fetcher *fetcher;
    struct rp_http_source source;
    char place[400]; /* unix:SOCKET:/pods */
};

static void make_world(struct world *world)
{
    char path[300];
    rp_tree_make(&world->tree);
    world->base = event_base_new();
    assert_int_equal(rp_fetcher_new(world->base, &world->fetcher), 0);
    (void)snprintf(path, sizeof(path), "%s/k.sock", world->tree.root);
    rp_source_open(&world->source, world->base, path);
    (void)snprintf(world->place, sizeof(world->place), "unix:%s:/pods?x=1", path);
}

static void drop_world(struct world *world)
{
    rp_fetcher_free(&world->fetcher);
    assert_null(world->fetcher);
    if (world->source.base)
        rp_source_close(&world->source);
    event_base_free(world->base);
    rp_tree_drop(&world->tree);
}

/* ---- files */

static void from_file(const struct world *world, const char *name, struct result *result)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", world->tree.root, name);
    *result = (struct result){0};
    assert_int_equal(rp_fetch(world->fetcher, path, done, result), 0);
    assert_int_equal(result->calls, 1); /* at once */
}

static void big_file(const struct world *world, const char *name, off_t size)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", world->tree.root, name);
    const int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
    close(fd);
}

static void files(void **state)
{
    (void)state;
    struct world world;
    struct result result;
    char path[512];
    make_world(&world);
    rp_tree_write(&world.tree, "pods.json", "{}");
    rp_tree_write(&world.tree, "odd name %41#?.json", "[]");
    rp_tree_write(&world.tree, "empty", "");
    rp_tree_mkdir(&world.tree, "dir");
    (void)snprintf(path, sizeof(path), "%s/pipe", world.tree.root);
    assert_int_equal(mkfifo(path, 0600), 0);
    big_file(&world, "largest", RP_DOCUMENT_MAX - 1);
    big_file(&world, "too-large", RP_DOCUMENT_MAX);
    const struct {
        const char *name, *start, *error;
        size_t len;
    } rows[] = {
        {"pods.json", "{}", "", 2},
        {"odd name %41#?.json", "[]", "", 2},
        {"empty", "", "", 0},
        {"largest", "", "", RP_DOCUMENT_MAX - 1},
        {"too-large", "", "the document has 16 MiB or more", 0},
        {"none", "", "No such file or directory", 0},
        {"pods.json/x", "", "Not a directory", 0},
        {"dir", "", "it is not a regular file", 0},
        {"pipe", "", "it is not a regular file", 0},
        {"k.sock", "", "No such device or address", 0},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        from_file(&world, rows[i].name, &result);
        rp_expect_text(rows[i].name, result.error, rows[i].error);
        rp_expect_i64(rows[i].name, result.got, rows[i].error[0] == '\0');
        rp_expect_text(rows[i].name, result.start, rows[i].start);
        rp_expect_u64(rows[i].name, result.len, rows[i].len);
    }
    drop_world(&world);
}

/* ---- sockets */

static void from_socket(struct world *world, struct result *result)
{
    *result = (struct result){.base = world->base};
    assert_int_equal(rp_fetch(world->fetcher, world->place, done, result), 0);
    assert_int_equal(result->calls, 0); /* later */
    (void)event_base_dispatch(world->base);
    assert_int_equal(result->calls, 1);
}

#define OK_HEAD(more) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" more "\r\n"

static void answers(void **state)
{
    (void)state;
    static const struct {
        const char *head, *body, *start, *error;
    } rows[] = {
        {OK_HEAD("Content-Length: 2\r\n"), "{}", "{}", ""},
        {OK_HEAD(""), "[1,2]", "[1,2]", ""},
        {OK_HEAD("Transfer-Encoding: chunked\r\n"), "2\r\n{}\r\n0\r\n\r\n", "{}", ""},
        {OK_HEAD("Content-Length: 0\r\n"), "", "", ""},
        {OK_HEAD("Content-Length: 10\r\n"), "{}", "", "8 bytes"},
        {OK_HEAD("Transfer-Encoding: chunked\r\n"), "8\r\n{}", "", "transfer closed"},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n", "{}", "", "HTTP status 404"},
        {"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n", "{}", "", "HTTP status 500"},
        {"HTTP/1.1 204 No Content\r\n\r\n", "", "", "HTTP status 204"},
        {"HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", "", "", "HTTP status 301"},
        {OK_HEAD("Content-Length: -5\r\n"), "{}", "", "Invalid Content-Length"},
        {"", "", "", "Empty reply"},
        {"{\"kind\":\"PodList\"}\n", "", "", "HTTP/0.9"},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct world world;
        struct result result;
        make_world(&world);
        rp_source_answer(&world.source, rows[i].head, rows[i].body, strlen(rows[i].body));
        from_socket(&world, &result);
        rp_expect_text(rows[i].head, world.source.asked_for, "GET /pods?x=1 HTTP/1.1");
        rp_expect_i64(rows[i].head, result.got, rows[i].error[0] == '\0');
        rp_expect_text(rows[i].head, result.start, rows[i].start);
        if (!strstr(result.error, rows[i].error))
            rp_expect_text(rows[i].head, result.error, rows[i].error);
        drop_world(&world);
    }
}

static void too_long_an_answer(void **state)
{
    (void)state;
    struct world world;
    struct result result;
    char *body = calloc(1, RP_DOCUMENT_MAX);
    make_world(&world);
    rp_source_answer(&world.source, OK_HEAD(""), body, RP_DOCUMENT_MAX);
    from_socket(&world, &result);
    assert_string_equal(result.error, "the document has 16 MiB or more");
    rp_source_answer(&world.source, OK_HEAD(""), body, RP_DOCUMENT_MAX - 1);
    from_socket(&world, &result);
    assert_string_equal(result.error, "");
    assert_int_equal(result.len, RP_DOCUMENT_MAX - 1);
    drop_world(&world);
    free(body);
}

static void a_source_that_comes_and_goes(void **state)
{
    (void)state;
    struct world world;
    struct result result;
    char path[300];
    make_world(&world);
    (void)snprintf(path, sizeof(path), "%s", world.source.path);
    rp_source_answer(&world.source, OK_HEAD("Content-Length: 2\r\n"), "{}", 2);
    world.source.then_close = false; /* the connection is kept for the next time */
    from_socket(&world, &result);
    assert_true(result.got);
    from_socket(&world, &result);
    assert_true(result.got);
    assert_int_equal(world.source.clients_n, 1);
    rp_source_close(&world.source);
    from_socket(&world, &result);
    assert_false(result.got);
    assert_non_null(strstr(result.error, "connect"));
    rp_source_open(&world.source, world.base, path);
    rp_source_answer(&world.source, OK_HEAD("Content-Length: 2\r\n"), "[]", 2);
    from_socket(&world, &result);
    assert_string_equal(result.start, "[]");
    drop_world(&world);
}

static void a_source_that_never_answers(void **state)
{
    (void)state;
    struct world world;
    struct result result;
    struct timespec start, end;
    make_world(&world);
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &start), 0);
    from_socket(&world, &result);
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &end), 0);
    assert_false(result.got);
    assert_non_null(strstr(result.error, "timed out"));
    assert_true(end.tv_sec - start.tv_sec >= 9 && end.tv_sec - start.tv_sec <= 15);
    assert_int_equal(world.source.asked, 1);
    drop_world(&world);
}

static void what_is_under_way_is_dropped(void **state)
{
    (void)state;
    struct world world;
    struct result results[3] = {0};
    make_world(&world);
    for (size_t i = 0; i < RP_ROWS(results); i++)
        assert_int_equal(rp_fetch(world.fetcher, world.place, done, &results[i]), 0);
    while (world.source.asked < RP_ROWS(results))
        (void)event_base_loop(world.base, EVLOOP_ONCE);
    drop_world(&world);
    for (size_t i = 0; i < RP_ROWS(results); i++)
        assert_int_equal(results[i].calls, 0);
}

static void what_is_no_source(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",           "pods.json", "http://localhost/pods", "https://localhost/", "unix:",
        "unix:/a",    "unix:/a:b", "unix:a.sock:/b",        "unix::/b",           "file:///etc/passwd",
        "UNIX:/a:/b",
    };
    struct world world;
    char text[1024];
    make_world(&world);
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct result result = {0};
        rp_expect_i64(rows[i], rp_fetch(world.fetcher, rows[i], done, &result), -EINVAL);
        rp_expect_u64(rows[i], result.calls, 0);
    }
    (void)snprintf(text, sizeof(text), "unix:/%0107d:/x", 0); /* one more than a socket's path may have */
    assert_int_equal(rp_fetch(world.fetcher, text, done, NULL), -EINVAL);
    (void)snprintf(text, sizeof(text), "unix:/a:/%0400d", 0);
    assert_int_equal(rp_fetch(world.fetcher, text, done, NULL), -EINVAL);
    drop_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files),
        cmocka_unit_test(answers),
        cmocka_unit_test(too_long_an_answer),
        cmocka_unit_test(a_source_that_comes_and_goes),
        cmocka_unit_test(a_source_that_never_answers),
        cmocka_unit_test(what_is_under_way_is_dropped),
        cmocka_unit_test(what_is_no_source),
    };
    (void)signal(SIGPIPE, SIG_IGN); /* of the source, when the link hangs up */
    return RP_RUN(tests);
}
