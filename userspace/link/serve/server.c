// SPDX-License-Identifier: Apache-2.0
#include "link/serve/server.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "link/serve/health.h"
#include "link/serve/metrics.h"

#define REQUEST_TIMEOUT_S 5
#define HEADERS_MAX       8192
#define BODY_MAX          0   /* every endpoint is a GET */
#define DESCRIPTORS_MAX   128 /* with more of them open nobody is let in, so that sources can always be opened */
#define PAUSE_S           1

struct rp_server {
    struct evhttp *http;
    struct rp_snapshot *snapshot;
    struct evconnlistener *listener; /* belongs to http */
    struct event *resume;
};

static rp_ns now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (rp_ns)t.tv_sec * RP_NS_PER_S + (rp_ns)t.tv_nsec;
}

static void answer(struct evhttp_request *request, int code, const char *phrase, struct evbuffer *body)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    (void)evhttp_add_header(headers, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    (void)evhttp_add_header(headers, "Cache-Control", "no-store");
    evhttp_send_reply(request, code, phrase, body);
}

static struct rp_arena *take(struct rp_server *server)
{
    return rp_snapshot_take(server->snapshot) == 0 ? server->snapshot->copy : NULL;
}

/* As in Kubernetes: ?verbose, with any value or none. */
static bool is_verbose(struct evhttp_request *request)
{
    static const char word[] = "verbose";
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
    return query && strncmp(query, word, strlen(word)) == 0 && strchr("=&", query[strlen(word)]);
}

static void health(struct evhttp_request *request, struct rp_server *server,
                   bool (*write)(struct evbuffer *, const struct rp_arena *, rp_ns))
{
    struct evbuffer *body = evbuffer_new();
    struct evbuffer *detail = evbuffer_new();
    if (!body || !detail) {
        evhttp_send_error(request, HTTP_INTERNAL, NULL);
    } else {
        bool ok = write(detail, take(server), now_ns());
        if (is_verbose(request) || !ok)
            (void)evbuffer_add_buffer(body, detail);
        (void)evbuffer_add_printf(body, "%s\n", ok ? "ok" : "failed");
        answer(request, ok ? HTTP_OK : HTTP_SERVUNAVAIL, ok ? "OK" : "Service Unavailable", body);
    }
    if (detail)
        evbuffer_free(detail);
    if (body)
        evbuffer_free(body);
}

static void on_livez(struct evhttp_request *request, void *arg)
{
    health(request, arg, rp_livez_write);
}

static void on_readyz(struct evhttp_request *request, void *arg)
{
    health(request, arg, rp_readyz_write);
}

static void on_metrics(struct evhttp_request *request, void *arg)
{
    struct evbuffer *body = evbuffer_new();
    struct rp_arena *arena = take(arg);
    if (!body || !arena) {
        evhttp_send_error(request, HTTP_SERVUNAVAIL, "the guard's state cannot be read");
    } else {
        rp_metrics_write(body, arena, now_ns());
        answer(request, HTTP_OK, "OK", body);
    }
    if (body)
        evbuffer_free(body);
}

/* ---- too many at once: the rest waits in the kernel's queue until some have timed out */

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
    struct rp_server *server = arg;
    (void)fd;
    (void)what;
    (void)evconnlistener_enable(server->listener);
}

static void pause_accepting(struct rp_server *server)
{
    const struct timeval after = {.tv_sec = PAUSE_S};
    if (evtimer_add(server->resume, &after) == 0)
        (void)evconnlistener_disable(server->listener);
}

static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
    struct rp_server *server = arg;
    (void)base;
    /* The lowest free number tells how many are in use, as evhttp does not say how many connections it has. */
    int next = fcntl(evconnlistener_get_fd(server->listener), F_DUPFD_CLOEXEC, 0);
    if (next < 0 || next >= DESCRIPTORS_MAX)
        pause_accepting(server);
    if (next >= 0)
        (void)close(next);
    return NULL; /* evhttp makes one */
}

/* Without this a full descriptor table would be a busy loop. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    (void)listener;
    pause_accepting(arg);
}

/* ---- start and end */

static int split(const char *listen, char *host, size_t size, uint16_t *port)
{
    const char *colon = strrchr(listen, ':');
    uint64_t number;
    if (!colon || rp_parse_u64(colon + 1, strlen(colon + 1), &number) != 0 || number == 0 || number > UINT16_MAX)
        return -EINVAL;
    size_t len = (size_t)(colon - listen);
    if (len >= 2 && listen[0] == '[' && colon[-1] == ']') {
        listen++;
        len -= 2;
    }
    if (len == 0 || len >= size)
        return -EINVAL;
    memcpy(host, listen, len);
    host[len] = '\0';
    *port = (uint16_t)number;
    return 0;
}

static int bind_to(struct rp_server *server, const char *host, uint16_t port)
{
    errno = 0;
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(server->http, host, port);
    if (!bound)
        return errno ? -errno : -EADDRNOTAVAIL;
    server->listener = evhttp_bound_socket_get_listener(bound);
    evconnlistener_set_error_cb(server->listener, on_accept_error);
    return 0;
}

static int set_up(struct rp_server *server, struct event_base *base)
{
    server->http = evhttp_new(base);
    server->resume = evtimer_new(base, on_resume, server);
    if (!server->http || !server->resume)
        return -ENOMEM;
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET); /* libevent 2.1 would send a body to a HEAD */
    evhttp_set_timeout(server->http, REQUEST_TIMEOUT_S);
    evhttp_set_max_headers_size(server->http, HEADERS_MAX);
    evhttp_set_max_body_size(server->http, BODY_MAX);
    evhttp_set_bevcb(server->http, on_connection, server);
    (void)evhttp_set_cb(server->http, "/livez", on_livez, server);
    (void)evhttp_set_cb(server->http, "/healthz", on_livez, server);
    (void)evhttp_set_cb(server->http, "/readyz", on_readyz, server);
    (void)evhttp_set_cb(server->http, "/metrics", on_metrics, server);
    return 0;
}

int rp_server_new(struct event_base *base, const char *listen, struct rp_snapshot *snapshot, struct rp_server **ret)
{
    char host[128];
    uint16_t port;
    int rc = split(listen, host, sizeof(host), &port);
    if (rc != 0)
        return rc;
    struct rp_server *server = calloc(1, sizeof(*server));
    if (!server)
        return -ENOMEM;
    server->snapshot = snapshot;
    rc = set_up(server, base);
    if (rc == 0)
        rc = bind_to(server, host, port);
    if (rc != 0)
        rp_server_free(&server);
    else
        *ret = server;
    return rc;
}

void rp_server_free(struct rp_server **server)
{
    if (!*server)
        return;
    if ((*server)->http)
        evhttp_free((*server)->http);
    if ((*server)->resume)
        event_free((*server)->resume);
    free(*server);
    *server = NULL;
}
