// SPDX-License-Identifier: Apache-2.0
#include "link/link.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/view/words.h"
#include "link/kube/feed.h"
#include "link/serve/server.h"

#define LOG_PERIOD_US 500000

struct link {
    const struct rp_link_options *options;
    struct event_base *base;
    struct rp_snapshot snapshot;
    uint64_t printed; /* number of the next log entry to print */
};

/* The guard may not write to a pipe that can fill up, so its log goes through the arena and out of here. */
static void on_log(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;
    char text[512], line[560];
    (void)fd;
    (void)what;
    /* Peek at the counter first: a copy of the whole arena twice a second would be waste. */
    if (__atomic_load_n(&link->snapshot.shared->log_n, __ATOMIC_RELAXED) == link->printed ||
        rp_snapshot_take(&link->snapshot) != 0)
        return;
    const struct rp_arena *arena = link->snapshot.copy;
    if (link->printed > arena->log_n)
        link->printed = 0; /* a new guard started a new arena */
    if (arena->log_n - link->printed > RP_LOG_MAX) {
        (void)snprintf(line, sizeof(line), "%llu events passed too fast to be printed",
                       (unsigned long long)(arena->log_n - link->printed - RP_LOG_MAX));
        link->options->print(line);
        link->printed = arena->log_n - RP_LOG_MAX;
    }
    for (; link->printed < arena->log_n; link->printed++) {
        const struct rp_log_entry *entry = &arena->log[link->printed % RP_LOG_MAX];
        rp_log_text(entry, text, sizeof(text));
        (void)snprintf(line, sizeof(line), "%.3f s: %s",
                       (double)(entry->t_ns - arena->agent.started_ns) / (double)RP_NS_PER_S, text);
        link->options->print(line);
    }
}

static void on_term(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;
    (void)fd;
    (void)what;
    (void)event_base_loopbreak(link->base);
}

static int serve(struct link *link)
{
    const struct rp_policy *policy = link->options->policy;
    struct rp_feed *feed = NULL;
    struct rp_server *server = NULL;
    struct timeval every = {.tv_usec = LOG_PERIOD_US};
    struct event *log = event_new(link->base, -1, EV_PERSIST, on_log, link);
    struct event *term = evsignal_new(link->base, SIGTERM, on_term, link);
    int rc = log && term && event_add(log, &every) == 0 && event_add(term, NULL) == 0 ? 0 : -ENOMEM;
    if (rc == 0)
        rc = rp_feed_new(link->base, policy, link->options->sock, &feed);
    if (rc == 0 && policy->listen[0]) {
        rc = rp_server_new(link->base, policy->listen, &link->snapshot, &server);
        if (rc != 0) { /* the guard needs its facts more than anybody needs metrics */
            char line[RP_URL_MAX + 128];
            (void)snprintf(line, sizeof(line), "cannot serve metrics on %s: %s", policy->listen, strerrordesc_np(-rc));
            link->options->print(line);
            rc = 0;
        }
    }
    if (rc == 0)
        (void)event_base_dispatch(link->base);
    rp_server_free(&server);
    rp_feed_free(&feed);
    if (log)
        event_free(log);
    if (term)
        event_free(term);
    return rc;
}

int rp_link_run(const struct rp_link_options *options)
{
    (void)signal(SIGPIPE, SIG_IGN); /* a scraper that hangs up early must not end the link */
    struct link link = {.options = options, .base = event_base_new()};
    int rc = link.base ? rp_snapshot_open(&link.snapshot, options->arena_fd, options->arena_bytes) : -ENOMEM;
    if (rc == 0) {
        rc = serve(&link);
        rp_snapshot_close(&link.snapshot);
    }
    if (link.base)
        event_base_free(link.base);
    return rc;
}
