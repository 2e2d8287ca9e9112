// SPDX-License-Identifier: Apache-2.0
/* reprieve.yaml to policy: the stages in their order. */
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "config/bind.h"

/* 0 with every mistake in the report, or -ENOMEM. */
static int evaluate(const char *bytes, size_t len, struct rp_report *report, struct rp_policy *policy)
{
    struct rp_lint lint;
    struct rp_document *document = NULL;
    struct rp_complaint why;
    rp_policy_init(policy);
    int r = rp_lint_walk(bytes, len, report, &lint);
    if (r == 0 && lint.loadable)
        r = rp_document_load(bytes, len, &lint, report, &document);
    if (r < 0)
        return r;
    if (document)
        rp_bind_document(rp_document_root(document), &lint, report, policy);
    rp_document_free(&document);
    if (report->errors->n == 0 && rp_policy_check(policy, &why) < 0)
        rp_report_complaint(report, "", &why);
    return 0;
}

int rp_config_parse(const char *bytes, size_t len, const char *name, struct rp_policy *ret,
                    struct rp_config_errors *errors)
{
    static const char utf8_mark[] = "\xef\xbb\xbf";
    const size_t mark = len >= 3 && memcmp(bytes, utf8_mark, 3) == 0 ? 3 : 0;
    struct rp_policy *const policy = malloc(sizeof(*policy));
    struct rp_report report;
    int r = policy ? 0 : -ENOMEM;
    rp_report_init(&report, name, errors);
    if (len > RP_CONFIG_BYTES_MAX)
        rp_report_at(&report, (struct rp_mark){0}, "", "longer than %u bytes", RP_CONFIG_BYTES_MAX);
    else if (policy)
        r = evaluate(bytes + mark, len - mark, &report, policy);
    if (r < 0)
        rp_report_at(&report, (struct rp_mark){0}, "", "out of memory");
    else if (errors->n > 0)
        r = -EINVAL;
    if (r == 0)
        memcpy(ret, policy, sizeof(*ret));
    rp_report_finish(&report);
    rp_report_deinit(&report);
    free(policy);
    return r;
}

/* The whole file, at most one byte more than accepted. Its size is not asked for: it may be a pipe, or grow. */
static int read_file(const char *path, char *buf, size_t cap, size_t *ret_len)
{
    RP_CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    size_t len = 0;
    if (fd < 0)
        return -errno;
    while (len < cap) {
        const ssize_t n = read(fd, buf + len, cap - len);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            break;
        len += n > 0 ? (size_t)n : 0;
    }
    *ret_len = len;
    return 0;
}

int rp_config_load(const char *path, struct rp_policy *ret, struct rp_config_errors *errors)
{
    const size_t cap = RP_CONFIG_BYTES_MAX + 1;
    char *const bytes = malloc(cap);
    size_t len = 0;
    int r = bytes ? read_file(path, bytes, cap, &len) : -ENOMEM;
    if (r == 0) {
        r = rp_config_parse(bytes, len, path, ret, errors);
    } else {
        struct rp_report report;
        rp_report_init(&report, path, errors);
        rp_report_at(&report, (struct rp_mark){0}, "", "cannot be read: %s", strerrordesc_np(-r));
    }
    free(bytes);
    return r;
}
