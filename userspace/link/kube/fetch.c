// SPDX-License-Identifier: Apache-2.0
#include "link/kube/fetch.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CONNECT_TIMEOUT_MS 2000L
#define TOTAL_TIMEOUT_MS   10000L
#define FIRST_ROOM         65536

static_assert(RP_DOCUMENT_MAX == 16u << 20, "make_room() says so");

/* ---- the document's bytes */

struct document {
    char *bytes;
    size_t len, room;
    const char *problem; /* a sentence once it cannot be had */
};

/* Room for at least n more bytes; false and a problem if there is none. */
static bool make_room(struct document *document, size_t n)
{
    size_t room = document->room ? document->room : FIRST_ROOM;
    if (n >= RP_DOCUMENT_MAX - document->len) {
        document->problem = "the document has 16 MiB or more";
        return false;
    }
    while (room < document->len + n)
        room *= 2;
    if (room == document->room)
        return true;
    char *bytes = realloc(document->bytes, room);
    if (!bytes) {
        document->problem = "no memory for the document";
        return false;
    }
    document->bytes = bytes;
    document->room = room;
    return true;
}

static void hand_over(const struct document *document, rp_fetch_done *done, void *arg)
{
    if (document->problem)
        done(arg, NULL, 0, document->problem);
    else
        done(arg, document->bytes ? document->bytes : "", document->len, "");
}

/* ---- files */

/* Without O_NONBLOCK a path that turns out to be a pipe would hold up everything. */
static const char *read_file(const char *path, struct document *document)
{
    struct stat what;
    RP_CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &what) != 0)
        return strerror(errno);
    if (!S_ISREG(what.st_mode))
        return "it is not a regular file";
    for (;;) {
        if (document->len == document->room && !make_room(document, 1))
            return document->problem;
        ssize_t n = read(fd, document->bytes + document->len, document->room - document->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? strerror(errno) : NULL;
        document->len += (size_t)n;
    }
}

static void fetch_file(const char *path, rp_fetch_done *done, void *arg)
{
    struct document document = {0};
    document.problem = read_file(path, &document);
    hand_over(&document, done, arg);
    free(document.bytes);
}

/* ---- HTTP over a unix socket */

struct transfer {
    struct rp_fetcher *fetcher;
    struct transfer *next;
    CURL *easy;
    rp_fetch_done *done;
    void *arg;
    struct document document;
    char error[CURL_ERROR_SIZE];
};

struct rp_fetcher {
    CURLM *multi;
    struct event_base *base;
    struct event *timer;
    struct transfer *transfers; /* under way */
};

static size_t on_bytes(char *data, size_t one, size_t n, void *arg)
{
    struct document *document = arg;
    (void)one; /* always 1 */
    if (!make_room(document, n))
        return 0;
    memcpy(document->bytes + document->len, data, n);
    document->len += n;
    return n;
}

static void transfer_free(struct transfer *t)
{
    struct transfer **link = &t->fetcher->transfers;
    while (*link && *link != t)
        link = &(*link)->next;
    if (*link) {
        *link = t->next;
        (void)curl_multi_remove_handle(t->fetcher->multi, t->easy);
    }
    if (t->easy)
        curl_easy_cleanup(t->easy);
    free(t->document.bytes);
    free(t);
}

static void finish(struct transfer *t, CURLcode code)
{
    long status = 0;
    char answer[32];
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)snprintf(answer, sizeof(answer), "HTTP status %ld", status);
    if (!t->document.problem && code != CURLE_OK)
        t->document.problem = t->error[0] ? t->error : curl_easy_strerror(code);
    else if (!t->document.problem && status != 200)
        t->document.problem = answer;
    hand_over(&t->document, t->done, t->arg);
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

/* libcurl tells which sockets and timers it waits for; libevent waits */

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
        if (event && event_add(event, NULL) != 0) {
            event_free(event);
            event = NULL;
        }
    }
    (void)curl_multi_assign(fetcher->multi, fd, event);
    return event || what == CURL_POLL_REMOVE ? 0 : -1;
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
    while ((*fetcher)->transfers)
        transfer_free((*fetcher)->transfers);
    if ((*fetcher)->multi)
        (void)curl_multi_cleanup((*fetcher)->multi);
    if ((*fetcher)->timer)
        event_free((*fetcher)->timer);
    free(*fetcher);
    *fetcher = NULL;
}

/* ---- sources */

struct place {
    char socket[108]; /* the size of sockaddr_un's path */
    char url[320];
};

static int locate(const char *source, struct place *place)
{
    const char *path = source + strlen("unix:");
    if (strncmp(source, "unix:/", strlen("unix:/")) != 0)
        return -EINVAL;
    size_t len = strcspn(path, ":");
    if (len >= sizeof(place->socket) || path[len] != ':' || path[len + 1] != '/')
        return -EINVAL;
    memcpy(place->socket, path, len);
    place->socket[len] = '\0';
    int n = snprintf(place->url, sizeof(place->url), "http://localhost%s", path + len + 1);
    return n > 0 && (size_t)n < sizeof(place->url) ? 0 : -EINVAL;
}

static CURLcode set_options(struct transfer *t, const struct place *place)
{
    CURLcode code = curl_easy_setopt(t->easy, CURLOPT_URL, place->url);
    (void)curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    (void)curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, &t->document);
    (void)curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
    (void)curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    (void)curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, TOTAL_TIMEOUT_MS);
    (void)curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http");
    (void)curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
    return code == CURLE_OK ? curl_easy_setopt(t->easy, CURLOPT_UNIX_SOCKET_PATH, place->socket) : code;
}

static int fetch_http(struct rp_fetcher *fetcher, const struct place *place, rp_fetch_done *done, void *arg)
{
    struct transfer *t = calloc(1, sizeof(*t));
    if (!t)
        return -ENOMEM;
    *t = (struct transfer){.fetcher = fetcher, .easy = curl_easy_init(), .done = done, .arg = arg};
    if (!t->easy || set_options(t, place) != CURLE_OK || curl_multi_add_handle(fetcher->multi, t->easy) != CURLM_OK) {
        transfer_free(t);
        return -ENOMEM;
    }
    t->next = fetcher->transfers;
    fetcher->transfers = t;
    return 0;
}

int rp_fetch(struct rp_fetcher *fetcher, const char *source, rp_fetch_done *done, void *arg)
{
    struct place place;
    if (source[0] == '/') {
        fetch_file(source, done, arg);
        return 0;
    }
    return locate(source, &place) == 0 ? fetch_http(fetcher, &place, done, arg) : -EINVAL;
}
