// SPDX-License-Identifier: Apache-2.0
/* The line in a request file: see include/reprieve/request.h. */
#include "reprieve/request.h"

#include <errno.h>
#include <string.h>

#include "core/parse/flat_json.h"

static bool is_word(const char *s)
{
    static const char others[] = "0123456789-._";
    for (; *s; s++)
        if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') && !memchr(others, *s, sizeof(others) - 1))
            return false;
    return true;
}

int rp_request_line_make(const struct rp_request_line *request, char dst[RP_REQUEST_BYTES])
{
    struct rp_line line;
    char text[RP_REQUEST_BYTES];
    if (!is_word(request->reason) || !is_word(request->severity) || request->id > RP_REQUEST_ID_MAX)
        return -EINVAL;
    rp_line_init(&line, text, sizeof(text));
    rp_line_add(&line, "{\"id\":");
    rp_line_add_u64(&line, request->id);
    if (request->id != 0) {
        rp_line_add(&line, ",\"reason\":");
        rp_flat_json_add(&line, request->reason);
        rp_line_add(&line, ",\"severity\":");
        rp_flat_json_add(&line, request->severity);
        rp_line_add(&line, ",\"seconds\":");
        rp_line_add_u64(&line, request->seconds);
        rp_line_add(&line, ",\"deadline\":");
        rp_line_add_u64(&line, request->deadline_unix_s);
    }
    rp_line_add(&line, "}");
    memset(dst, ' ', RP_REQUEST_BYTES);
    memcpy(dst, text, line.len);
    dst[RP_REQUEST_BYTES - 1] = '\n';
    return 0;
}

static int take(const struct rp_flat_json_member *member, struct rp_request_line *found)
{
    if (rp_text_is(member->key, "id"))
        return rp_flat_json_number(member, &found->id);
    if (rp_text_is(member->key, "seconds"))
        return rp_flat_json_number(member, &found->seconds);
    if (rp_text_is(member->key, "deadline"))
        return rp_flat_json_number(member, &found->deadline_unix_s);
    if (rp_text_is(member->key, "reason"))
        return rp_flat_json_text(member, found->reason, sizeof(found->reason));
    if (rp_text_is(member->key, "severity"))
        return rp_flat_json_text(member, found->severity, sizeof(found->severity));
    return 0;
}

int rp_request_line_parse(const char *text, size_t len, struct rp_request_line *ret)
{
    struct rp_request_line found = {0};
    struct rp_flat_json_member member;
    struct rp_flat_json json = {.rest = rp_text(text, len)};
    if (len != RP_REQUEST_BYTES || text[len - 1] != '\n')
        return -EBADMSG;
    for (;;) {
        const int more = rp_flat_json_next(&json, &member);
        if (more < 0 || (more > 0 && take(&member, &found) < 0) || found.id > RP_REQUEST_ID_MAX)
            return -EBADMSG;
        if (more == 0)
            break;
    }
    *ret = found;
    return 0;
}
