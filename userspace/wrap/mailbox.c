// SPDX-License-Identifier: Apache-2.0
/* Request and answer files, seen from inside the container. */
#include "wrap/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/str.h"
#include "wrap/say.h"

#define EVENTS      (IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF)
#define POLL_MS     1000 /* without inotify */
#define LOOK_MS     5000 /* with it */
#define AGAIN_MS    200  /* a request was found half written */
#define AGAIN_MAX   5
#define FILE_MODE   0644
#define SPARE       ".new"
#define OPEN_NARROW (O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* Read a file of exactly that length: 0 or -errno, -EBADMSG for another length. */
static int read_exactly(const char *path, char *dst, size_t bytes)
{
    struct stat st;
    RP_CLEANUP_FD int fd = open(path, O_RDONLY | OPEN_NARROW);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || st.st_size != (off_t)bytes)
        return -EBADMSG;
    const ssize_t n = pread(fd, dst, bytes, 0);
    if (n < 0)
        return -errno;
    return n == (ssize_t)bytes ? 0 : -EBADMSG;
}

/* One write of all of it, to a file that has that length already or gets it. */
static int write_exactly(const char *path, const char *src, size_t bytes)
{
    RP_CLEANUP_FD int fd = open(path, O_WRONLY | O_CREAT | OPEN_NARROW, FILE_MODE);
    if (fd < 0)
        return -errno;
    const ssize_t n = pwrite(fd, src, bytes, 0);
    if (n < 0)
        return -errno;
    if (n != (ssize_t)bytes)
        return -ENOSPC;
    return ftruncate(fd, (off_t)bytes) == 0 ? 0 : -errno;
}

static int spare_path(const struct rp_mailbox *mailbox, char dst[PATH_MAX])
{
    const int n = snprintf(dst, PATH_MAX, "%s%s", mailbox->ack, SPARE);
    return n > 0 && n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* A file of the right length beside the answer, made while there is room. */
static void make_spare(const struct rp_mailbox *mailbox)
{
    char path[PATH_MAX], blank[RP_ANSWER_BYTES];
    memset(blank, ' ', sizeof(blank));
    if (spare_path(mailbox, path) == 0)
        rp_discard(write_exactly(path, blank, sizeof(blank)));
}

static void make_request_file(const struct rp_mailbox *mailbox)
{
    const struct rp_request_line nothing = {0};
    char line[RP_REQUEST_BYTES];
    struct stat st;
    if (lstat(mailbox->request, &st) < 0 && errno == ENOENT && rp_request_line_make(&nothing, line) == 0)
        rp_discard(write_exactly(mailbox->request, line, sizeof(line)));
}

static void watch(struct rp_mailbox *mailbox)
{
    char directory[PATH_MAX];
    const char *end = strrchr(mailbox->request, '/');
    const size_t len = end == mailbox->request ? 1 : (size_t)(end - mailbox->request);
    if (mailbox->inotify_fd < 0 || mailbox->watching ||
        rp_copy_n(directory, sizeof(directory), mailbox->request, len) < 0)
        return;
    mailbox->watching = inotify_add_watch(mailbox->inotify_fd, directory, EVENTS | IN_ONLYDIR) >= 0;
}

static int read_request(const struct rp_mailbox *mailbox, struct rp_request_line *ret)
{
    char text[RP_REQUEST_BYTES];
    const int r = read_exactly(mailbox->request, text, sizeof(text));
    return r < 0 ? r : rp_request_line_parse(text, sizeof(text), ret);
}

void rp_mailbox_open(struct rp_mailbox *mailbox, const char *request, const char *ack)
{
    struct rp_request_line old = {0};
    *mailbox = (struct rp_mailbox){.request = request, .ack = ack};
    mailbox->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    watch(mailbox);
    make_request_file(mailbox);
    make_spare(mailbox);
    if (read_request(mailbox, &old) == 0)
        mailbox->seen_id = old.id;
}

void rp_mailbox_close(struct rp_mailbox *mailbox)
{
    rp_close_fd(&mailbox->inotify_fd);
}

int rp_mailbox_patience_ms(const struct rp_mailbox *mailbox)
{
    if (mailbox->damaged > 0 && mailbox->damaged < AGAIN_MAX)
        return AGAIN_MS;
    return mailbox->watching ? LOOK_MS : POLL_MS;
}

/* What was told is of no interest but for the end of the watch: the file is looked at in any case. */
static void drain(struct rp_mailbox *mailbox)
{
    union {
        struct inotify_event first;
        char bytes[4096];
    } buffer;
    ssize_t n = 0;
    while (mailbox->inotify_fd >= 0 && (n = read(mailbox->inotify_fd, buffer.bytes, sizeof(buffer.bytes))) > 0) {
        for (ssize_t at = 0; at < n;) {
            struct inotify_event event;
            memcpy(&event, buffer.bytes + at, sizeof(event));
            if (event.mask & (IN_IGNORED | IN_MOVE_SELF))
                mailbox->watching = false;
            at += (ssize_t)(sizeof(event) + event.len);
        }
    }
}

int rp_mailbox_look(struct rp_mailbox *mailbox, struct rp_request_line *ret)
{
    struct rp_request_line request;
    drain(mailbox);
    watch(mailbox);
    const int r = read_request(mailbox, &request);
    mailbox->damaged = r == -EBADMSG ? mailbox->damaged + 1 : 0;
    if (mailbox->damaged == AGAIN_MAX) /* not one that was just being written */
        rp_wrap_say("what is in %s is no request", mailbox->request);
    if (r < 0 || request.id == 0 || request.id == mailbox->seen_id)
        return 0;
    mailbox->seen_id = request.id;
    *ret = request;
    return 1;
}

int rp_mailbox_answer(struct rp_mailbox *mailbox, const struct rp_answer_line *answer)
{
    char path[PATH_MAX], line[RP_ANSWER_BYTES];
    rp_answer_line_make(answer, line);
    int r = spare_path(mailbox, path);
    if (r == 0)
        r = write_exactly(path, line, sizeof(line));
    if (r == 0 && rename(path, mailbox->ack) < 0)
        r = -errno;
    if (r < 0) /* no room for a second file: not as a whole, but in one write of the length that it had */
        r = write_exactly(mailbox->ack, line, sizeof(line));
    make_spare(mailbox);
    return r;
}
