// SPDX-License-Identifier: Apache-2.0
#include "link/kube/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/kube/json.h"

#define CONNECT_TIMEOUT_MS 2000L
#define TOTAL_TIMEOUT_MS   10000L

struct rp_fetcher {
    CURLM *multi;
    struct event_base *base;
    struct event *timer;
};

struct transfer {
    struct rp_fetcher *fetcher;
    CURL *easy;
    rp_fetch_done *done;
    void *arg;
    char *bytes;
    size_t len, room;
    bool too_long;
    char error[CURL_ERROR_SIZE];
};

/* ---- the document's bytes */

static size_t on_bytes(char *data, size_t one, size_t n, void *arg)
{
    struct transfer *t = arg;
    (void)one; /* always 1 */
    if (t->len + n > RP_DOCUMENT_MAX) {
        t->too_long = true;
        return 0;
    }
    if (t->len + n > t->room) {
        size_t room = t->room ? t->room : 65536;
        while (room < t->len + n)
            room *= 2;
        char *bytes = realloc(t->bytes, room);
        if (!bytes)
            return 0;
        t->bytes = bytes;
        t->room = room;
    }
    memcpy(t->bytes + t->len, data, n);
    t->len += n;
    return n;
}

static void transfer_free(struct transfer *t)
{
    if (t->easy)
        curl_easy_cleanup(t->easy);
    free(t->bytes);
    free(t);
}

static void finish(struct transfer *t, CURLcode code)
{
    long status = 0;
    char sentence[CURL_ERROR_SIZE + 64] = "";
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (t->too_long)
        (void)snprintf(sentence, sizeof(sentence), "document is longer than %u MiB", RP_DOCUMENT_MAX >> 20);
    else if (code != CURLE_OK)
        (void)snprintf(sentence, sizeof(sentence), "%s", t->error[0] ? t->error : curl_easy_strerror(code));
    else if (status != 0 && status != 200)
        (void)snprintf(sentence, sizeof(sentence), "HTTP status %ld", status);
    (void)curl_multi_remove_handle(t->fetcher->multi, t->easy);
    t->done(t->arg, sentence[0] ? NULL : t->bytes ? t->bytes : "", t->len, sentence);
    transfer_free(t);
}

static void collect(struct rp_fetcher *fetcher)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(fetcher->multi, &left))) {
        struct transfer *t = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        finish(t, message->data.result);
    }
}

/* ---- libcurl tells which sockets and timers it waits for; libevent waits */

static void on_socket_event(evutil_socket_t fd, short what, void *arg)
{
    struct rp_fetcher *fetcher = arg;
    int running;
    int flags = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
    (void)curl_multi_socket_action(fetcher->multi, fd, flags, &running);
    collect(fetcher);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct rp_fetcher *fetcher = arg;
    int running;
    (void)fd;
    (void)what;
    (void)curl_multi_socket_action(fetcher->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(fetcher);
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct rp_fetcher *fetcher = arg;
    struct event *event = socket_arg;
    (void)easy;
    if (event)
        event_free(event);
    event = NULL;
    if (what != CURL_POLL_REMOVE) {
        short events = EV_PERSIST;
        events = (short)(events | (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));
        event = event_new(fetcher->base, fd, events, on_socket_event, fetcher);
        if (!event || event_add(event, NULL) != 0)
            return -1;
    }
    (void)curl_multi_assign(fetcher->multi, fd, event);
    return 0;
}

static int want_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct rp_fetcher *fetcher = arg;
    (void)multi;
    if (timeout_ms < 0)
        return evtimer_del(fetcher->timer);
    struct timeval after = {.tv_sec = timeout_ms / 1000, .tv_usec = (timeout_ms % 1000) * 1000};
    return evtimer_add(fetcher->timer, &after);
}

int rp_fetcher_new(struct event_base *base, struct rp_fetcher **ret)
{
    struct rp_fetcher *fetcher = calloc(1, sizeof(*fetcher));
    if (!fetcher)
        return -ENOMEM;
    fetcher->base = base;
    fetcher->multi = curl_multi_init();
    fetcher->timer = evtimer_new(base, on_timer, fetcher);
    if (!fetcher->multi || !fetcher->timer) {
        rp_fetcher_free(&fetcher);
        return -ENOMEM;
    }
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    *ret = fetcher;
    return 0;
}

void rp_fetcher_free(struct rp_fetcher **fetcher)
{
    if (!*fetcher)
        return;
    if ((*fetcher)->multi)
        (void)curl_multi_cleanup((*fetcher)->multi);
    if ((*fetcher)->timer)
        event_free((*fetcher)->timer);
    free(*fetcher);
    *fetcher = NULL;
}

/* ---- sources */

struct place {
    char socket[108]; /* "": none; the size of sockaddr_un's path */
    char url[512];
};

static int locate(const char *source, struct place *place)
{
    int n = 0;
    *place = (struct place){0};
    if (source[0] == '/') {
        n = snprintf(place->url, sizeof(place->url), "file://%s", source);
    } else if (strncmp(source, "unix:", 5) == 0) {
        const char *path = source + 5, *colon = strchr(path, ':');
        size_t len = colon ? (size_t)(colon - path) : 0;
        if (path[0] != '/' || len == 0 || len >= sizeof(place->socket) || colon[1] != '/')
            return -EINVAL;
        memcpy(place->socket, path, len);
        n = snprintf(place->url, sizeof(place->url), "http://localhost%s", colon + 1);
    }
    return n > 0 && (size_t)n < sizeof(place->url) ? 0 : -EINVAL;
}

int rp_source_check(const char *source)
{
    struct place place;
    return locate(source, &place);
}

static CURLcode set_options(struct transfer *t, const struct place *place)
{
    CURLcode code = curl_easy_setopt(t->easy, CURLOPT_URL, place->url);
    (void)curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    (void)curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    (void)curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
    (void)curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    (void)curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, TOTAL_TIMEOUT_MS);
    (void)curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, place->socket[0] ? "http" : "file");
    (void)curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
    if (code == CURLE_OK && place->socket[0])
        code = curl_easy_setopt(t->easy, CURLOPT_UNIX_SOCKET_PATH, place->socket);
    return code;
}

int rp_fetch(struct rp_fetcher *fetcher, const char *source, rp_fetch_done *done, void *arg)
{
    struct place place;
    if (locate(source, &place) != 0)
        return -EINVAL;
    struct transfer *t = calloc(1, sizeof(*t));
    if (!t)
        return -ENOMEM;
    *t = (struct transfer){.fetcher = fetcher, .easy = curl_easy_init(), .done = done, .arg = arg};
    if (!t->easy || set_options(t, &place) != CURLE_OK || curl_multi_add_handle(fetcher->multi, t->easy) != CURLM_OK) {
        transfer_free(t);
        return -ENOMEM;
    }
    return 0;
}
