// SPDX-License-Identifier: Apache-2.0
/* Where and why libyaml gave up. */
#include "config/syntax.h"

#include <errno.h>

/* The reader knows only the byte that it cannot read. */
static void report_bytes(struct rp_report *report, const yaml_parser_t *parser, const char *bytes, size_t len)
{
    struct rp_mark mark = {1, 1};
    for (size_t i = 0; i < len && i < parser->problem_offset; i++) {
        mark.column = bytes[i] == '\n' ? 1 : mark.column + 1;
        mark.line += bytes[i] == '\n';
    }
    rp_report_at(report, mark, "", "not UTF-8 text: %s", parser->problem);
}

/* Marks count characters, not bytes. Gives len for a mark at the end. */
static size_t byte_of(const yaml_mark_t *mark, const char *bytes, size_t len)
{
    size_t at = 0;
    for (size_t characters = 0; at < len; at++) {
        const bool first_of_one = ((unsigned char)bytes[at] & 0xc0) != 0x80;
        if (first_of_one && characters++ == mark->index)
            break;
    }
    return at;
}

static void report_structure(struct rp_report *report, const yaml_parser_t *parser, const char *bytes, size_t len)
{
    const size_t at = byte_of(&parser->problem_mark, bytes, len);
    const bool tab = at < len && bytes[at] == '\t';
    /* What the end of the file cuts off is best looked for where it began. */
    const bool cut_off = at == len && parser->context;
    const yaml_mark_t *const mark = cut_off ? &parser->context_mark : &parser->problem_mark;
    rp_report_at(report, (struct rp_mark){(uint32_t)mark->line + 1, (uint32_t)mark->column + 1}, "",
                 "not YAML: %s%s%s%s", parser->context ? parser->context : "", parser->context ? ", " : "",
                 parser->problem, tab ? " (a tab; YAML indents with spaces)" : "");
}

int rp_syntax_report(struct rp_report *report, const yaml_parser_t *parser, const char *bytes, size_t len)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return -ENOMEM;
    if (parser->error == YAML_READER_ERROR)
        report_bytes(report, parser, bytes, len);
    else
        report_structure(report, parser, bytes, len);
    return 0;
}
