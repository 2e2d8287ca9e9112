// SPDX-License-Identifier: Apache-2.0
/* The line in an answer file: see include/reprieve/answer.h. */
#include "reprieve/answer.h"

#include <errno.h>
#include <string.h>

#include "core/parse/flat_json.h"

static const char *const results[] = {
    [RP_ANSWER_OK] = "ok", [RP_ANSWER_FAILED] = "failed", [RP_ANSWER_TIMEOUT] = "timeout"};

static void add_number(struct rp_line *line, const char *key, uint64_t x)
{
    rp_line_add(line, ",\"");
    rp_line_add(line, key);
    rp_line_add(line, "\":");
    rp_line_add_u64(line, x);
}

/* Whole or not at all: half a path is another path. */
static void add_text(struct rp_line *line, const char *key, const char *text)
{
    char member[RP_ANSWER_BYTES];
    struct rp_line part;
    rp_line_init(&part, member, sizeof(member));
    rp_line_add(&part, ",\"");
    rp_line_add(&part, key);
    rp_line_add(&part, "\":");
    rp_flat_json_add(&part, text);
    if (text[0] && !part.cut && line->len + part.len < line->size - sizeof("}"))
        rp_line_add(line, member);
}

void rp_answer_line_make(const struct rp_answer_line *answer, char dst[RP_ANSWER_BYTES])
{
    struct rp_line line;
    char text[RP_ANSWER_BYTES];
    const uint32_t result = answer->result < RP_ANSWER_RESULTS ? answer->result : RP_ANSWER_FAILED;
    rp_line_init(&line, text, sizeof(text));
    rp_line_add(&line, "{\"id\":");
    rp_line_add_u64(&line, answer->id);
    rp_line_add(&line, ",\"result\":");
    rp_flat_json_add(&line, results[result]);
    add_number(&line, "milliseconds", answer->milliseconds);
    if (answer->bytes > 0)
        add_number(&line, "bytes", answer->bytes);
    add_text(&line, "path", answer->path);
    add_text(&line, "why", answer->why);
    rp_line_add(&line, "}");
    memset(dst, ' ', RP_ANSWER_BYTES);
    memcpy(dst, text, line.len);
    dst[RP_ANSWER_BYTES - 1] = '\n';
}

static int take_result(const struct rp_flat_json_member *member, uint32_t *ret)
{
    for (uint32_t i = 0; i < RP_ANSWER_RESULTS; i++) {
        if (member->is_text && rp_text_is(member->value, results[i])) {
            *ret = i;
            return 0;
        }
    }
    return -EBADMSG;
}

static int take(const struct rp_flat_json_member *member, struct rp_answer_line *found)
{
    if (rp_text_is(member->key, "id"))
        return rp_flat_json_number(member, &found->id);
    if (rp_text_is(member->key, "result"))
        return take_result(member, &found->result);
    if (rp_text_is(member->key, "milliseconds"))
        return rp_flat_json_number(member, &found->milliseconds);
    if (rp_text_is(member->key, "bytes"))
        return rp_flat_json_number(member, &found->bytes);
    if (rp_text_is(member->key, "path"))
        return rp_flat_json_text(member, found->path, sizeof(found->path));
    if (rp_text_is(member->key, "why"))
        return rp_flat_json_text(member, found->why, sizeof(found->why));
    return 0;
}

int rp_answer_line_parse(const char *text, size_t len, struct rp_answer_line *ret)
{
    struct rp_answer_line found = {.result = RP_ANSWER_RESULTS};
    struct rp_flat_json_member member;
    struct rp_flat_json json = {.rest = rp_text(text, len)};
    int more = 1;
    if (len != RP_ANSWER_BYTES || text[len - 1] != '\n')
        return -EBADMSG;
    while (more == 1) {
        more = rp_flat_json_next(&json, &member);
        if (more < 0 || (more > 0 && take(&member, &found) < 0))
            return -EBADMSG;
    }
    if (found.result == RP_ANSWER_RESULTS)
        return -EBADMSG;
    *ret = found;
    return 0;
}
