// SPDX-License-Identifier: Apache-2.0
/*
 * The first walk over the document. Every event is either part of something that the schema knows, and then the frame on top
 * says what may come, or it lies in a subtree that was refused, and then it is only counted until that subtree ends.
 */
#include "config/lint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/syntax.h"

#define FRAMES_MAX 4  /* the document; kubelet or workloads; one of their mappings; lists of scalars lie no deeper */
#define DEPTH_MAX  32 /* of what the schema does not know, before the file is given up */

/* One open mapping or list that the schema knows. */
struct frame {
    bool is_map;
    bool value_next;                  /* of a mapping: a key was read */
    uint8_t map;                      /* of a mapping: enum rp_map */
    const struct rp_setting *setting; /* the key just read, NULL: refused; of a list: whose it is */
    uint64_t entries;                 /* of a list */
    size_t path_len;
};

struct walk {
    struct rp_report *report;
    struct rp_lint *lint;
    struct frame frames[FRAMES_MAX];
    uint32_t depth;
    uint32_t refused; /* open collections of a subtree that was refused */
    uint32_t documents;
    bool over;   /* no use in reading on */
    int failure; /* -ENOMEM */
    char path[RP_CONFIG_PATH_MAX];
};

static struct rp_mark mark_of(const yaml_event_t *event)
{
    return (struct rp_mark){(uint32_t)event->start_mark.line + 1, (uint32_t)event->start_mark.column + 1};
}

static const char *text_of(const yaml_event_t *event)
{
    return (const char *)event->data.scalar.value;
}

static bool is_collection(const yaml_event_t *event)
{
    return event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
}

/* What libcyaml takes for nothing. In quotes it is a text. */
static bool is_nothing(const yaml_event_t *event)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (event->type != YAML_SCALAR_EVENT || event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(text_of(event), words[i]) == 0)
            return true;
    }
    return false;
}

static const char *shape_of(const yaml_event_t *event)
{
    if (event->type == YAML_MAPPING_START_EVENT)
        return "a mapping";
    return event->type == YAML_SEQUENCE_START_EVENT ? "a list" : "a single value";
}

static const char *shape_word(enum rp_shape shape)
{
    static const char *const words[] = {
        [RP_SHAPE_SCALAR] = "a single value",
        [RP_SHAPE_LIST] = "a list",
        [RP_SHAPE_MAP] = "a mapping",
        [RP_SHAPE_MAPS] = "a list of mappings",
    };
    return words[shape];
}

static bool has_shape(const yaml_event_t *event, enum rp_shape shape)
{
    if (shape == RP_SHAPE_SCALAR)
        return event->type == YAML_SCALAR_EVENT;
    return event->type == (shape == RP_SHAPE_MAP ? YAML_MAPPING_START_EVENT : YAML_SEQUENCE_START_EVENT);
}

static void give_up(struct walk *walk)
{
    walk->over = true;
    walk->lint->loadable = false;
}

static void note(struct walk *walk, const yaml_event_t *event)
{
    walk->failure = rp_report_place(walk->report, walk->path, mark_of(event));
    if (walk->failure < 0)
        give_up(walk);
}

/* Pass over the value, and if it is a collection over all that is in it. */
static void refuse(struct walk *walk, const yaml_event_t *event)
{
    if (!is_collection(event))
        return;
    if (++walk->refused > DEPTH_MAX) {
        rp_report_at(walk->report, mark_of(event), "", "nested too deeply");
        give_up(walk);
    }
}

static void mark_unsound(struct walk *walk, const struct rp_setting *setting)
{
    walk->lint->unsound[setting - rp_settings] = true;
}

static void open_frame(struct walk *walk, const yaml_event_t *event, const struct rp_setting *setting, enum rp_map map)
{
    walk->frames[walk->depth++] = (struct frame){
        .is_map = event->type == YAML_MAPPING_START_EVENT,
        .map = (uint8_t)map,
        .setting = setting,
        .path_len = strlen(walk->path),
    };
}

/* ---- what may stand where */

static void root(struct walk *walk, const yaml_event_t *event)
{
    if (event->type == YAML_MAPPING_START_EVENT) {
        walk->lint->loadable = true;
        open_frame(walk, event, NULL, RP_MAP_ROOT);
        return;
    }
    if (!is_nothing(event)) /* nothing but comments: everything is as by default */
        rp_report_at(walk->report, mark_of(event), "", "must be a mapping of settings, not %s", shape_of(event));
    refuse(walk, event);
}

static void known_key(struct walk *walk, const yaml_event_t *event, struct frame *frame, uint32_t found)
{
    const struct rp_place *const first = rp_report_find(walk->report, walk->path);
    if (!first) {
        frame->setting = &rp_settings[found];
        note(walk, event);
        return;
    }
    rp_report_at(walk->report, mark_of(event), walk->path, "given twice; first on line %u", first->mark.line);
    mark_unsound(walk, &rp_settings[found]);
}

static void key(struct walk *walk, const yaml_event_t *event, struct frame *frame)
{
    frame->value_next = true;
    frame->setting = NULL;
    if (event->type != YAML_SCALAR_EVENT) {
        rp_report_at(walk->report, mark_of(event), "", "a key must be a word, not %s", shape_of(event));
        walk->lint->loadable = false; /* libcyaml knows no other keys */
        refuse(walk, event);
        return;
    }
    (void)snprintf(walk->path + frame->path_len, sizeof(walk->path) - frame->path_len, "%s%s",
                   frame->path_len ? "." : "", text_of(event));
    const uint32_t found = rp_setting_find((enum rp_map)frame->map, text_of(event));
    if (found != RP_INDEX_NONE) {
        known_key(walk, event, frame, found);
        return;
    }
    char hint[RP_CONFIG_HINT_MAX];
    rp_setting_suggest((enum rp_map)frame->map, text_of(event), hint);
    rp_report_at(walk->report, mark_of(event), walk->path, "unknown key%s", hint);
}

static void complain_shape(struct walk *walk, const yaml_event_t *event, const struct rp_setting *setting,
                           enum rp_shape shape)
{
    if (is_nothing(event))
        rp_report_at(walk->report, mark_of(event), walk->path, "has no value: give one, or take it out");
    else
        rp_report_at(walk->report, mark_of(event), walk->path, "must be %s, not %s", shape_word(shape),
                     shape_of(event));
    mark_unsound(walk, setting);
    refuse(walk, event);
}

static void fitting(struct walk *walk, const yaml_event_t *event, const struct rp_setting *setting)
{
    if (is_collection(event)) {
        open_frame(walk, event, setting, (enum rp_map)setting->opens);
        return;
    }
    note(walk, event);
    if (strlen(text_of(event)) == event->data.scalar.length)
        return;
    rp_report_at(walk->report, mark_of(event), walk->path, "must not contain a NUL");
    mark_unsound(walk, setting);
}

static void value(struct walk *walk, const yaml_event_t *event, struct frame *frame)
{
    const struct rp_setting *const setting = frame->setting;
    frame->value_next = false;
    if (!setting) {
        refuse(walk, event);
        return;
    }
    const enum rp_shape shape = (enum rp_shape)setting->shape;
    const bool may_be_empty =
        shape == RP_SHAPE_MAP || shape == RP_SHAPE_MAPS; /* all that was below it is commented out */
    if (may_be_empty && is_nothing(event))
        return;
    if (has_shape(event, shape) && !is_nothing(event))
        fitting(walk, event, setting);
    else
        complain_shape(walk, event, setting, shape);
}

static void entry(struct walk *walk, const yaml_event_t *event, struct frame *frame)
{
    const struct rp_setting *const setting = frame->setting;
    const enum rp_shape shape = setting->shape == RP_SHAPE_LIST ? RP_SHAPE_SCALAR : RP_SHAPE_MAP;
    const uint64_t index = frame->entries++;
    if (index >= setting->max) {
        if (index == setting->max)
            rp_report_at(walk->report, mark_of(event), walk->path, "has more than %llu entries",
                         (unsigned long long)setting->max);
        mark_unsound(walk, setting);
        refuse(walk, event);
        return;
    }
    (void)snprintf(walk->path + frame->path_len, sizeof(walk->path) - frame->path_len, "[%llu]",
                   (unsigned long long)index);
    if (is_collection(event))
        note(walk, event);
    if (has_shape(event, shape) && !is_nothing(event))
        fitting(walk, event, setting);
    else
        complain_shape(walk, event, setting, shape);
}

/* ---- events */

static void node(struct walk *walk, const yaml_event_t *event)
{
    struct frame *const frame = walk->depth > 0 ? &walk->frames[walk->depth - 1] : NULL;
    if (walk->refused > 0)
        refuse(walk, event);
    else if (!frame)
        root(walk, event);
    else if (!frame->is_map)
        entry(walk, event, frame);
    else if (frame->value_next)
        value(walk, event, frame);
    else
        key(walk, event, frame);
}

static void collection_end(struct walk *walk)
{
    if (walk->refused > 0)
        walk->refused--;
    else if (walk->depth > 0)
        walk->path[walk->frames[--walk->depth].path_len] = '\0';
    if (walk->depth > 0 && walk->refused == 0)
        walk->path[walk->frames[walk->depth - 1].path_len] = '\0';
}

/* Anchors and aliases turn a small file into a huge or an endless one, and tags ask for types that nothing here has. */
static void check_extras(struct walk *walk, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    }
    if (anchor || event->type == YAML_ALIAS_EVENT) {
        rp_report_at(walk->report, mark_of(event), "",
                     "anchors (&name) and aliases (*name) are not accepted: write the value out");
        walk->lint->loadable = false;
    }
    if (tag)
        rp_report_at(walk->report, mark_of(event), "", "tags (!name) are not accepted: leave it out");
}

static void take_event(struct walk *walk, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++walk->documents > 1) {
            rp_report_at(walk->report, mark_of(event), "", "a second document begins here; there must be only one");
            give_up(walk);
        }
        break;
    case YAML_ALIAS_EVENT:
        check_extras(walk, event);
        give_up(walk); /* its shape is not known */
        break;
    case YAML_SCALAR_EVENT:
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        node(walk, event);
        check_extras(walk, event);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        collection_end(walk);
        break;
    case YAML_STREAM_END_EVENT:
        walk->over = true;
        break;
    default:
        break;
    }
}

int rp_lint_walk(const char *bytes, size_t len, struct rp_report *report, struct rp_lint *ret)
{
    struct walk walk = {.report = report, .lint = ret};
    yaml_parser_t parser;
    *ret = (struct rp_lint){0};
    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING); /* else a byte order mark may choose UTF-16 */
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
    while (!walk.over) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            walk.failure = rp_syntax_report(report, &parser, bytes, len);
            give_up(&walk);
            break;
        }
        take_event(&walk, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return walk.failure;
}
