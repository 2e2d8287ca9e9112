// SPDX-License-Identifier: Apache-2.0
/* Walking over (text, length). */
#include "core/parse/text.h"

#include <string.h>

bool rp_text_until(struct rp_text *rest, char separator, struct rp_text *ret_piece)
{
    const char *end = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
    if (!end)
        return false;
    const size_t len = (size_t)(end - rest->at);
    *ret_piece = rp_text(rest->at, len);
    *rest = rp_text(end + 1, rest->len - len - 1);
    return true;
}

bool rp_text_line(struct rp_text *rest, struct rp_text *ret_line)
{
    return rp_text_until(rest, '\n', ret_line);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool rp_text_word(struct rp_text *rest, struct rp_text *ret_word)
{
    size_t begin = 0;
    while (begin < rest->len && is_blank(rest->at[begin]))
        begin++;
    size_t end = begin;
    while (end < rest->len && !is_blank(rest->at[end]))
        end++;
    if (end == begin)
        return false;
    *ret_word = rp_text(rest->at + begin, end - begin);
    *rest = rp_text(rest->at + end, rest->len - end);
    return true;
}

bool rp_text_is(struct rp_text text, const char *s)
{
    const size_t len = strlen(s);
    return text.len == len && memcmp(text.at, s, len) == 0;
}

bool rp_text_skip(struct rp_text *text, const char *s)
{
    const size_t len = strlen(s);
    if (text->len < len || memcmp(text->at, s, len) != 0)
        return false;
    *text = rp_text(text->at + len, text->len - len);
    return true;
}

bool rp_text_drop_end(struct rp_text *text, const char *s)
{
    const size_t len = strlen(s);
    if (text->len < len || memcmp(text->at + text->len - len, s, len) != 0)
        return false;
    text->len -= len;
    return true;
}
