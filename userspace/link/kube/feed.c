// SPDX-License-Identifier: Apache-2.0
#include "link/kube/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "link/kube/batch.h"
#include "link/kube/documents.h"

/* A document that has not changed is not parsed, and the guard not woken for each of its items, except now and then: the guard
 * may have had to refuse a list, or to leave out of it what found no room. */
#define AGAIN_NS (60 * RP_NS_PER_S)

struct source {
    struct rp_feed *feed;
    enum rp_source kind;
    const char *where;
    bool busy; /* asked and not answered yet: a slow source is not asked twice */
    struct rp_fact_source state;
    uint64_t digest; /* of the last document that the guard has got */
    rp_ns sent_ns;
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
    size_t extra; /* facts besides one for each pod */
    int (*read)(const char *bytes, size_t len, struct rp_batch *batch);
};

static const struct reader readers[RP_SOURCE_MAX] = {
    [RP_SOURCE_PODS] = {RP_LIST_PODS, 0, rp_read_pod_list},
    [RP_SOURCE_CONFIGZ] = {RP_LIST_KUBELET, 1, rp_read_configz},
    [RP_SOURCE_SUMMARY] = {RP_LIST_STATS, 1, rp_read_summary},
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

/* Once a round, when the last source has answered or failed: a source that was only asked has not failed. */
static void report(struct rp_feed *feed)
{
    for (int i = 0; i < RP_SOURCE_MAX; i++)
        if (feed->sources[i].busy)
            return;
    send_states(feed);
}

static void take_document(struct source *source, const char *bytes, size_t len)
{
    struct rp_feed *feed = source->feed;
    const struct reader *reader = &readers[source->kind];
    /* The kubelet is not trying to trick us into missing its own change, and after a minute it would have failed. */
    const uint64_t digest = rp_hash(bytes, len);
    struct rp_batch batch;
    if (source->state.ok && digest == source->digest && now_ns() - source->sent_ns < AGAIN_NS) {
        source->state.good_ns = now_ns();
        return;
    }
    rp_batch_init(&batch, reader->list, (size_t)feed->policy->pods_max + reader->extra);
    if (reader->read(bytes, len, &batch) != 0) {
        failed(source, batch.error);
    } else {
        int rc = rp_batch_send(&batch, feed->sock, ++feed->generation);
        source->digest = digest;
        source->sent_ns = now_ns();
        if (rc == 0)
            worked(source, batch.note);
        else
            failed(source, rc == -EOVERFLOW ? "more pods than limits.pods holds: raise it"
                                            : "the guard takes no facts at the moment");
    }
    rp_batch_deinit(&batch);
}

static void on_document(void *arg, const char *bytes, size_t len, const char *error)
{
    struct source *source = arg;
    if (bytes)
        take_document(source, bytes, len);
    else
        failed(source, error);
    source->busy = false;
    report(source->feed);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct rp_feed *feed = arg;
    bool due[RP_SOURCE_MAX];
    (void)fd;
    (void)what;
    for (int i = 0; i < RP_SOURCE_MAX; i++) {
        struct source *source = &feed->sources[i];
        due[i] = source->state.configured && !source->busy;
        source->busy = source->busy || due[i];
    }
    for (int i = 0; i < RP_SOURCE_MAX; i++) {
        struct source *source = &feed->sources[i];
        int rc = due[i] ? rp_fetch(feed->fetcher, source->where, on_document, source) : 0;
        if (rc != 0)
            on_document(source, NULL, 0,
                        rc == -EINVAL ? "not a source: write /path or unix:/socket:/url" : strerror(-rc));
    }
}

int rp_feed_new(struct event_base *base, const struct rp_policy *policy, int sock, struct rp_feed **ret)
{
    struct rp_feed *feed = calloc(1, sizeof(*feed));
    if (!feed)
        return -ENOMEM;
    /* A new link must not count on where an old one began: a generation that comes twice would hide what went between. */
    *feed = (struct rp_feed){.base = base, .policy = policy, .sock = sock, .generation = now_ns()};
    for (int i = 0; i < RP_SOURCE_MAX; i++) {
        feed->sources[i] = (struct source){.feed = feed, .kind = (enum rp_source)i, .where = policy->source[i]};
        feed->sources[i].state.source = (uint8_t)i;
        feed->sources[i].state.configured = policy->source[i][0] != '\0';
    }
    struct timeval every = {.tv_sec = (time_t)(policy->source_interval_ns / RP_NS_PER_S),
                            .tv_usec = (suseconds_t)(policy->source_interval_ns % RP_NS_PER_S / 1000)};
    if (rp_fetcher_new(base, &feed->fetcher) == 0)
        feed->timer = event_new(base, -1, EV_PERSIST, on_tick, feed);
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
