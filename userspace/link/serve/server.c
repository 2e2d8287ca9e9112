// SPDX-License-Identifier: Apache-2.0
#include "link/serve/server.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "link/serve/health.h"
#include "link/serve/metrics.h"

#define REQUEST_TIMEOUT_S 5
#define HEADERS_MAX       8192
#define BODY_MAX          0 /* every endpoint is a GET */

struct rp_server {
    struct evhttp *http;
    struct rp_snapshot *snapshot;
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
    *server = (struct rp_server){.http = evhttp_new(base), .snapshot = snapshot};
    if (!server->http) {
        free(server);
        return -ENOMEM;
    }
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    evhttp_set_timeout(server->http, REQUEST_TIMEOUT_S);
    evhttp_set_max_headers_size(server->http, HEADERS_MAX);
    evhttp_set_max_body_size(server->http, BODY_MAX);
    (void)evhttp_set_cb(server->http, "/livez", on_livez, server);
    (void)evhttp_set_cb(server->http, "/healthz", on_livez, server);
    (void)evhttp_set_cb(server->http, "/readyz", on_readyz, server);
    (void)evhttp_set_cb(server->http, "/metrics", on_metrics, server);
    if (evhttp_bind_socket(server->http, host, port) != 0) {
        rc = errno ? -errno : -EADDRNOTAVAIL;
        rp_server_free(&server);
        return rc;
    }
    *ret = server;
    return 0;
}

void rp_server_free(struct rp_server **server)
{
    if (!*server)
        return;
    evhttp_free((*server)->http);
    free(*server);
    *server = NULL;
}
