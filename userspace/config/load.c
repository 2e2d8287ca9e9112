// SPDX-License-Identifier: Apache-2.0
/*
 * Loading with libcyaml, by a schema that is made from the table of settings: a key cannot be known to one and not to the
 * other. Settings that lint found unsound get the type "ignored", so that one slip does not hide the mistakes around it.
 */
#include "config/load.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct rp_document {
    cyaml_schema_field_t fields[RP_SETTINGS_CAP + RP_MAP_MAX]; /* of each mapping in turn, each with its end mark */
    cyaml_schema_value_t maps[RP_MAP_MAX];
    struct rp_slot *root;
    char problem[160]; /* libcyaml's last word */
};

static const cyaml_schema_value_t text_schema = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};

static void RP_PRINTF(3, 0) keep_log(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct rp_document *const document = context;
    if (level >= CYAML_LOG_ERROR && !document->problem[0])
        (void)vsnprintf(document->problem, sizeof(document->problem), format, args);
}

static cyaml_config_t settings_of(struct rp_document *document)
{
    return (cyaml_config_t){
        .log_fn = keep_log,
        .log_ctx = document,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_IGNORE_UNKNOWN_KEYS | CYAML_CFG_NO_ALIAS, /* unknown keys are reported by then */
    };
}

static cyaml_schema_value_t value_schema(const struct rp_document *document, const struct rp_setting *setting)
{
    switch ((enum rp_shape)setting->shape) {
    case RP_SHAPE_LIST:
        return (cyaml_schema_value_t){
            CYAML_VALUE_SEQUENCE(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, char *, &text_schema, 0, CYAML_UNLIMITED)};
    case RP_SHAPE_MAPS: {
        cyaml_schema_value_t list = {CYAML_VALUE_SEQUENCE(CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL, char *,
                                                          &document->maps[setting->opens], 0, CYAML_UNLIMITED)};
        list.data_size = document->maps[setting->opens].data_size;
        return list;
    }
    case RP_SHAPE_MAP: {
        cyaml_schema_value_t map = document->maps[setting->opens];
        map.flags = (enum cyaml_flag)(CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL);
        return map;
    }
    case RP_SHAPE_SCALAR:
        break;
    }
    cyaml_schema_value_t text = text_schema;
    text.flags = (enum cyaml_flag)(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL);
    return text;
}

static void make_schema(struct rp_document *document, const struct rp_lint *lint)
{
    cyaml_schema_field_t *field = document->fields;
    for (uint32_t map = 0; map < RP_MAP_MAX; map++) {
        document->maps[map] = (cyaml_schema_value_t){
            .type = CYAML_MAPPING,
            .flags = CYAML_FLAG_DEFAULT,
            .data_size = (uint32_t)(rp_settings_n * sizeof(struct rp_slot)),
            .mapping.fields = field,
        };
        for (uint32_t i = 0; i < rp_settings_n; i++)
            field += rp_settings[i].in == map;
        field++;
    }
    field = document->fields;
    for (uint32_t map = 0; map < RP_MAP_MAX; map++) {
        for (uint32_t i = 0; i < rp_settings_n; i++) {
            if (rp_settings[i].in != map)
                continue;
            *field = (cyaml_schema_field_t){
                .key = rp_settings[i].key,
                .data_offset = (uint32_t)(i * sizeof(struct rp_slot) + offsetof(struct rp_slot, data)),
                .count_offset = (uint32_t)(i * sizeof(struct rp_slot) + offsetof(struct rp_slot, n)),
                .count_size = sizeof(((struct rp_slot *)0)->n),
                .value = value_schema(document, &rp_settings[i]),
            };
            if (lint->unsound[i])
                field->value = (cyaml_schema_value_t){.type = CYAML_IGNORE, .flags = CYAML_FLAG_OPTIONAL};
            field++;
        }
        *field++ = (cyaml_schema_field_t)CYAML_FIELD_END;
    }
}

/* libcyaml allocates the top of what it loads. */
static cyaml_schema_value_t top_schema(const struct rp_document *document)
{
    cyaml_schema_value_t top = document->maps[RP_MAP_ROOT];
    top.flags = CYAML_FLAG_POINTER;
    return top;
}

/* Lint has walked through the same bytes with the same parser: if that fails now, then for want of memory. */
static bool out_of_memory(cyaml_err_t err)
{
    return err == CYAML_ERR_OOM || err == CYAML_ERR_LIBYAML_PARSER || err == CYAML_ERR_LIBYAML_PARSER_INIT;
}

int rp_document_load(const char *bytes, size_t len, const struct rp_lint *lint, struct rp_report *report,
                     struct rp_document **ret)
{
    struct rp_document *document = calloc(1, sizeof(*document));
    if (!document)
        return -ENOMEM;
    make_schema(document, lint);
    const cyaml_config_t config = settings_of(document);
    const cyaml_schema_value_t top = top_schema(document);
    cyaml_data_t *root = NULL;
    const cyaml_err_t err = cyaml_load_data((const uint8_t *)bytes, len, &config, &top, &root, NULL);
    if (err == CYAML_OK) {
        document->root = root;
        *ret = document;
        return 0;
    }
    if (!out_of_memory(err)) /* lint and libcyaml disagree about the file, which is a bug of lint */
        rp_report_at(report, (struct rp_mark){0}, "", "libcyaml cannot load this: %s: %s", cyaml_strerror(err),
                     document->problem);
    rp_document_free(&document);
    return out_of_memory(err) ? -ENOMEM : 0;
}

const struct rp_slot *rp_document_root(const struct rp_document *document)
{
    return document->root;
}

void rp_document_free(struct rp_document **document)
{
    if (*document && (*document)->root) {
        const cyaml_config_t config = settings_of(*document);
        const cyaml_schema_value_t top = top_schema(*document);
        rp_discard((int)cyaml_free(&config, &top, (*document)->root, 0));
    }
    free(*document);
    *document = NULL;
}
