// SPDX-License-Identifier: Apache-2.0
/* Knobs: how they are written, and how the kernel shows them back. */
#include "node/act/knob.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/line.h"
#include "base/num.h"
#include "base/str.h"

#define CPU_PERIOD_US      100000
#define CPU_QUOTA_MIN_US   1000 /* the scheduler's min_cfs_quota_period: less is -EINVAL */
#define OOM_SCORE_ADJ_LOW  (-1000)
#define OOM_SCORE_ADJ_HIGH 1000

static const char *const knob_files[RP_KNOB_MAX] = {
    [RP_KNOB_NONE] = "",
    [RP_KNOB_MEMORY_HIGH] = "memory.high",
    [RP_KNOB_CPU_MAX] = "cpu.max",
    [RP_KNOB_FREEZE] = "cgroup.freeze",
    [RP_KNOB_OOM_SCORE_ADJ] = "oom_score_adj",
};

const char *rp_knob_file(enum rp_knob knob)
{
    return (unsigned int)knob < RP_KNOB_MAX ? knob_files[knob] : "";
}

enum rp_knob rp_knob_of_action(enum rp_action_kind kind)
{
    switch (kind) {
    case RP_ACTION_BRACE:
    case RP_ACTION_SQUEEZE:
        return RP_KNOB_MEMORY_HIGH;
    case RP_ACTION_SLOW:
        return RP_KNOB_CPU_MAX;
    case RP_ACTION_FREEZE:
        return RP_KNOB_FREEZE;
    case RP_ACTION_SHIELD:
        return RP_KNOB_OOM_SCORE_ADJ;
    case RP_ACTION_NONE:
    case RP_ACTION_KILL:
    case RP_ACTION_CHECKPOINT:
    case RP_ACTION_MAX:
        break;
    }
    return RP_KNOB_NONE;
}

static int64_t page_bytes(void)
{
    return (int64_t)sysconf(_SC_PAGESIZE);
}

/* The page counter counts whole pages, rounded down, and calls LONG_MAX / PAGE_SIZE of them "max". */
static int64_t whole_pages(int64_t bytes)
{
    const int64_t pages = bytes / page_bytes();
    return pages >= LONG_MAX / page_bytes() ? INT64_MAX : pages * page_bytes();
}

static void print(struct rp_knob_text *ret, int64_t number, const char *rest)
{
    struct rp_line line;
    rp_line_init(&line, ret->s, sizeof(ret->s));
    if (number == INT64_MAX)
        rp_line_add(&line, "max");
    else
        rp_line_add_i64(&line, number);
    rp_line_add(&line, rest);
}

int rp_knob_format(enum rp_knob knob, int64_t value, struct rp_knob_text *ret)
{
    switch (knob) {
    case RP_KNOB_MEMORY_HIGH:
        if (value < 0)
            return -ERANGE;
        print(ret, whole_pages(value), "");
        return 0;
    case RP_KNOB_CPU_MAX: {
        const int64_t quota_us = rp_mul_div_i64(value, CPU_PERIOD_US, 1000);
        if (quota_us < CPU_QUOTA_MIN_US || quota_us == INT64_MAX)
            return -ERANGE;
        print(ret, quota_us, " 100000");
        return 0;
    }
    case RP_KNOB_FREEZE:
        if (value != 0 && value != 1)
            return -ERANGE;
        print(ret, value, "");
        return 0;
    case RP_KNOB_OOM_SCORE_ADJ:
        if (value < OOM_SCORE_ADJ_LOW || value > OOM_SCORE_ADJ_HIGH)
            return -ERANGE;
        print(ret, value, "");
        return 0;
    case RP_KNOB_NONE:
    case RP_KNOB_MAX:
        break;
    }
    return -ERANGE;
}

static int parse_number(const char *s, size_t len, int64_t *ret)
{
    if (len == 3 && memcmp(s, "max", 3) == 0) {
        *ret = INT64_MAX;
        return 0;
    }
    return rp_parse_i64(s, len, ret) < 0 ? -EBADMSG : 0;
}

/* "QUOTA PERIOD"; a lone QUOTA keeps the period, which is the kernel's default unless somebody set it. */
static int parse_cpu_max(const char *s, int64_t *ret_quota_us, int64_t *ret_period_us)
{
    const char *space = strchr(s, ' ');
    const size_t len = space ? (size_t)(space - s) : strlen(s);
    int64_t quota = 0, period = CPU_PERIOD_US;
    if (parse_number(s, len, &quota) < 0)
        return -EBADMSG;
    if (space && (rp_parse_i64(space + 1, strlen(space + 1), &period) < 0 || period <= 0))
        return -EBADMSG;
    if (quota < 0)
        return -EBADMSG;
    *ret_quota_us = quota;
    *ret_period_us = period;
    return 0;
}

int rp_knob_value(enum rp_knob knob, const struct rp_knob_text *text, int64_t *ret)
{
    int64_t value = 0, period = 0;
    if (knob == RP_KNOB_CPU_MAX) {
        if (parse_cpu_max(text->s, &value, &period) < 0)
            return -EBADMSG;
        *ret = value == INT64_MAX ? value : rp_mul_div_i64(value, 1000, period);
        return 0;
    }
    if (parse_number(text->s, strlen(text->s), &value) < 0)
        return -EBADMSG;
    *ret = knob == RP_KNOB_MEMORY_HIGH ? whole_pages(value) : value;
    return 0;
}

bool rp_knob_same(enum rp_knob knob, const struct rp_knob_text *a, const struct rp_knob_text *b)
{
    int64_t x = 0, y = 0, period_x = 0, period_y = 0;
    if (strcmp(a->s, b->s) == 0)
        return true;
    if (knob == RP_KNOB_CPU_MAX)
        return parse_cpu_max(a->s, &x, &period_x) == 0 && parse_cpu_max(b->s, &y, &period_y) == 0 && x == y &&
               period_x == period_y;
    return rp_knob_value(knob, a, &x) == 0 && rp_knob_value(knob, b, &y) == 0 && x == y;
}

bool rp_knob_loosens(enum rp_knob knob, const struct rp_knob_text *from, const struct rp_knob_text *to)
{
    int64_t x = 0, y = 0;
    if (knob != RP_KNOB_MEMORY_HIGH && knob != RP_KNOB_CPU_MAX)
        return false;
    return rp_knob_value(knob, from, &x) == 0 && rp_knob_value(knob, to, &y) == 0 && y > x;
}

int rp_knob_open(int dirfd, const char *file, int flags)
{
    return rp_openat2(dirfd, file, flags, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

static int read_line(int fd, struct rp_knob_text *ret)
{
    char text[RP_KNOB_TEXT_MAX];
    size_t len = 0;
    const int r = rp_pread_all(fd, text, sizeof(text), &len);
    if (r == -E2BIG)
        len = sizeof(text);
    else if (r < 0)
        return r;
    const char *end = memchr(text, '\n', len);
    if (!end && r == -E2BIG)
        return -EBADMSG;
    return rp_copy_n(ret->s, sizeof(ret->s), text, end ? (size_t)(end - text) : len) < 0 ? -EBADMSG : 0;
}

int rp_knob_read(int dirfd, enum rp_knob knob, struct rp_knob_text *ret)
{
    RP_CLEANUP_FD int fd = rp_knob_open(dirfd, rp_knob_file(knob), O_RDONLY);
    return fd < 0 ? fd : read_line(fd, ret);
}

int rp_knob_write(int dirfd, enum rp_knob knob, const struct rp_knob_text *text, struct rp_knob_text *ret_shown)
{
    RP_CLEANUP_FD int fd = rp_knob_open(dirfd, rp_knob_file(knob), O_RDWR | O_NONBLOCK);
    char line[RP_KNOB_TEXT_MAX + 1];
    const size_t len = strnlen(text->s, sizeof(text->s));
    if (fd < 0)
        return fd;
    memcpy(line, text->s, len);
    line[len] = '\n';
    const int r = rp_write_all(fd, line, len + 1);
    return r < 0 ? r : read_line(fd, ret_shown);
}
