// SPDX-License-Identifier: Apache-2.0
#include "link/kube/feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "link/kube/batch.h"
#include "link/kube/documents.h"

struct source {
    struct rp_feed *feed;
    enum rp_source kind;
    const char *where;
    bool busy; /* a fetch is under way: a slow source is not asked twice */
    struct rp_fact_source state;
};

struct rp_feed {
    struct event_base *base;
    struct event *timer;
    struct rp_fetcher *fetcher;
    const struct rp_policy *policy;
    int sock;
    uint64_t generation;
    struct source sources[RP_SOURCE_MAX];
};

struct reader {
    enum rp_list list;
    int (*read)(const char *bytes, size_t len, struct rp_batch *batch);
};

static const struct reader readers[RP_SOURCE_MAX] = {
    [RP_SOURCE_PODS] = {RP_LIST_PODS, rp_read_pod_list},
    [RP_SOURCE_CONFIGZ] = {RP_LIST_KUBELET, rp_read_configz},
    [RP_SOURCE_SUMMARY] = {RP_LIST_STATS, rp_read_summary},
};

static rp_ns now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (rp_ns)t.tv_sec * RP_NS_PER_S + (rp_ns)t.tv_nsec;
}

static void failed(struct source *source, const char *why)
{
    source->state.ok = false;
    source->state.failures++;
    rp_cut(source->state.error, sizeof(source->state.error), why);
    rp_sanitize(source->state.error);
}

static void worked(struct source *source, const char *note)
{
    source->state.ok = true;
    source->state.failures = 0;
    source->state.good_ns = now_ns();
    rp_cut(source->state.error, sizeof(source->state.error), note);
    rp_sanitize(source->state.error);
}

static void on_document(void *arg, const char *bytes, size_t len, const char *error)
{
    struct source *source = arg;
    struct rp_feed *feed = source->feed;
    const struct reader *reader = &readers[source->kind];
    source->busy = false;
    if (!bytes) {
        failed(source, error);
        return;
    }
    struct rp_batch batch;
    rp_batch_init(&batch, reader->list, feed->policy->pods_max);
    int rc = reader->read(bytes, len, &batch);
    if (rc == 0)
        rc = rp_batch_send(&batch, feed->sock, ++feed->generation);
    if (rc == 0)
        worked(source, batch.note);
    else if (rc == -EOVERFLOW)
        failed(source, "more pods than limits.pods holds: raise it");
    else
        failed(source, batch.error[0] ? batch.error : strerror(-rc));
    rp_batch_deinit(&batch);
}

static void send_states(struct rp_feed *feed)
{
    struct rp_batch batch;
    rp_batch_init(&batch, RP_LIST_SOURCES, RP_SOURCE_MAX);
    for (int i = 0; i < RP_SOURCE_MAX; i++) {
        struct rp_fact *fact = rp_batch_add(&batch, RP_FACT_SOURCE);
        if (fact)
            fact->source = feed->sources[i].state;
    }
    if (rp_batch_send(&batch, feed->sock, ++feed->generation) == -EPIPE)
        (void)event_base_loopbreak(feed->base); /* the guard is gone; the supervisor starts a new pair */
    rp_batch_deinit(&batch);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct rp_feed *feed = arg;
    (void)fd;
    (void)what;
    for (int i = 0; i < RP_SOURCE_MAX; i++) {
        struct source *source = &feed->sources[i];
        if (!source->state.configured || source->busy)
            continue;
        int rc = rp_fetch(feed->fetcher, source->where, on_document, source);
        source->busy = rc == 0;
        if (rc != 0)
            failed(source, rc == -EINVAL ? "not a source: write /path or unix:/socket:/url" : strerror(-rc));
    }
    send_states(feed);
}

int rp_feed_new(struct event_base *base, const struct rp_policy *policy, int sock, struct rp_feed **ret)
{
    struct rp_feed *feed = calloc(1, sizeof(*feed));
    if (!feed)
        return -ENOMEM;
    *feed = (struct rp_feed){.base = base, .policy = policy, .sock = sock};
    for (int i = 0; i < RP_SOURCE_MAX; i++) {
        feed->sources[i] = (struct source){.feed = feed, .kind = (enum rp_source)i, .where = policy->source[i]};
        feed->sources[i].state.source = (uint8_t)i;
        feed->sources[i].state.configured = policy->source[i][0] != '\0';
    }
    struct timeval every = {.tv_sec = (time_t)(policy->source_interval_ns / RP_NS_PER_S),
                            .tv_usec = (suseconds_t)(policy->source_interval_ns % RP_NS_PER_S / 1000)};
    int rc = rp_fetcher_new(base, &feed->fetcher);
    feed->timer = rc == 0 ? event_new(base, -1, EV_PERSIST, on_tick, feed) : NULL;
    if (!feed->timer || event_add(feed->timer, &every) != 0) {
        rp_feed_free(&feed);
        return -ENOMEM;
    }
    event_active(feed->timer, EV_TIMEOUT, 0); /* the first time now */
    *ret = feed;
    return 0;
}

void rp_feed_free(struct rp_feed **feed)
{
    if (!*feed)
        return;
    if ((*feed)->timer)
        event_free((*feed)->timer);
    rp_fetcher_free(&(*feed)->fetcher);
    free(*feed);
    *feed = NULL;
}
