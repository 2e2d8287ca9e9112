// SPDX-License-Identifier: Apache-2.0
/* An HTTP source on a unix socket that answers as a test tells it to, in the test's own event loop. */
#ifndef RP_TEST_LINK_KUBE_SOURCE_H
#define RP_TEST_LINK_KUBE_SOURCE_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"
#include "harness/harness.h"

#define RP_SOURCE_CLIENTS 16

struct rp_http_source {
    struct event_base *base;
    struct evconnlistener *listener;
    struct bufferevent *clients[RP_SOURCE_CLIENTS]; /* kept open, as after a half answer */
    size_t clients_n;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    unsigned int asked;
    char asked_for[256]; /* the last request's first line */
    /* what to answer */
    const char *head; /* NULL: nothing at all */
    const char *body;
    size_t body_len;
    bool then_close, answering;
};

static inline void rp_source_request(struct bufferevent *client, void *arg)
{
    struct rp_http_source *source = arg;
    struct evbuffer *in = bufferevent_get_input(client);
    if (evbuffer_search(in, "\r\n\r\n", 4, NULL).pos < 0)
        return;
    char *line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF);
    (void)snprintf(source->asked_for, sizeof(source->asked_for), "%s", line);
    free(line);
    (void)evbuffer_drain(in, evbuffer_get_length(in));
    source->asked++;
    if (!source->head)
        return;
    source->answering = true;
    if (!source->head[0])
        (void)shutdown(bufferevent_getfd(client), SHUT_RDWR);
    (void)bufferevent_write(client, source->head, strlen(source->head));
    (void)bufferevent_write(client, source->body, source->body_len);
}

static inline void rp_source_written(struct bufferevent *client, void *arg)
{
    const struct rp_http_source *source = arg;
    if (source->answering && source->then_close) /* it is also called when a client has just come */
        (void)shutdown(bufferevent_getfd(client), SHUT_RDWR);
}

static inline void rp_source_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                                    int len, void *arg)
{
    struct rp_http_source *source = arg;
    (void)listener;
    (void)address;
    (void)len;
    assert_true(source->clients_n < RP_SOURCE_CLIENTS);
    struct bufferevent *client = bufferevent_socket_new(source->base, fd, BEV_OPT_CLOSE_ON_FREE);
    source->clients[source->clients_n++] = client;
    source->answering = false;
    bufferevent_setcb(client, rp_source_request, rp_source_written, NULL, source);
    (void)bufferevent_enable(client, EV_READ | EV_WRITE);
}

static inline void rp_source_open(struct rp_http_source *source, struct event_base *base, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *source = (struct rp_http_source){.base = base};
    assert_int_equal(rp_copy(source->path, sizeof(source->path), path), 0);
    assert_int_equal(rp_copy(address.sun_path, sizeof(address.sun_path), path), 0);
    source->listener = evconnlistener_new_bind(base, rp_source_accept, source, LEV_OPT_CLOSE_ON_FREE, 8,
                                               (const struct sockaddr *)&address, sizeof(address));
    assert_non_null(source->listener);
}

static inline void rp_source_answer(struct rp_http_source *source, const char *head, const char *body, size_t len)
{
    source->head = head;
    source->body = body;
    source->body_len = len;
    source->then_close = true;
}

static inline void rp_source_close(struct rp_http_source *source)
{
    for (size_t i = 0; i < source->clients_n; i++)
        bufferevent_free(source->clients[i]);
    if (source->listener)
        evconnlistener_free(source->listener);
    (void)unlink(source->path);
    *source = (struct rp_http_source){0};
}

#endif
