// SPDX-License-Identifier: Apache-2.0
#include "node/record/schema.h"

#include <errno.h>
#include <stdio.h>
#include <zlib.h>

#include "node/record/varint.h"

static void put_name(struct rp_sink *sink, const char *name)
{
    rp_put_varint(sink, strlen(name));
    rp_put_bytes(sink, name, strlen(name));
}

size_t rp_schema_write(unsigned char *dst)
{
    struct rp_sink sink = {.at = dst, .end = dst + RP_SCHEMA_BYTES_MAX};
    rp_put_varint(&sink, RP_TYPE_MAX);
    for (uint32_t t = 0; t < RP_TYPE_MAX; t++) {
        const struct rp_type *type = &rp_types[t];
        put_name(&sink, type->name);
        rp_put_varint(&sink, type->keys);
        rp_put_varint(&sink, type->fields_n);
        for (uint32_t i = 0; i < type->fields_n; i++) {
            put_name(&sink, type->fields[i].name);
            rp_put_varint(&sink, type->fields[i].cell);
            rp_put_varint(&sink, type->fields[i].bytes);
            rp_put_varint(&sink, type->fields[i].count);
        }
    }
    return sink.full ? 0 : (size_t)(sink.at - dst);
}

static bool get_name(struct rp_source_bytes *from, char *dst, size_t size)
{
    const uint64_t len = rp_get_varint(from);
    const unsigned char *name = len < size ? rp_source_take(from, len) : NULL;
    if (!name)
        return false;
    memcpy(dst, name, len);
    dst[len] = '\0';
    return true;
}

static uint32_t find_type(const char *name)
{
    uint32_t t = 0;
    while (t < RP_TYPE_MAX && strcmp(rp_types[t].name, name) != 0)
        t++;
    return t;
}

static const struct rp_field *find_field(const struct rp_type *type, const char *name)
{
    for (uint32_t i = 0; i < type->fields_n; i++)
        if (strcmp(type->fields[i].name, name) == 0)
            return &type->fields[i];
    return NULL;
}

static bool is_sound(const struct rp_schema_field *field)
{
    const bool number = field->bytes == 1 || field->bytes == 2 || field->bytes == 4 || field->bytes == 8;
    if (field->cell >= RP_CELL_MAX || field->count == 0 || field->count > RP_CELLS_MAX)
        return false;
    if (field->cell == RP_CELL_TEXT)
        return field->bytes > 0 && field->bytes <= 4096;
    return field->cell == RP_CELL_BOOL ? field->bytes == 1
                                       : number && (field->cell != RP_CELL_TIME || field->bytes == 8);
}

/* Texts may be of another length; a number of another width would have to be guessed at. */
static bool fits(const struct rp_schema_field *field)
{
    const struct rp_field *here = field->field;
    return !here || (here->cell == field->cell && (here->cell == RP_CELL_TEXT || here->bytes == field->bytes));
}

static int read_field(struct rp_source_bytes *from, struct rp_schema_type *type, uint32_t place,
                      struct rp_complaint *why)
{
    char name[RP_FIELD_NAME_MAX];
    struct rp_schema_field *field = &type->fields[place];
    if (!get_name(from, name, sizeof(name)))
        return -EBADMSG;
    field->cell = (uint8_t)rp_get_varint(from);
    field->bytes = (uint32_t)rp_get_varint(from);
    field->count = (uint32_t)rp_get_varint(from);
    field->field = NULL;
    type->cells += field->count;
    if (from->bad || !is_sound(field) || type->cells > RP_CELLS_MAX)
        return -EBADMSG;
    if (type->id == RP_TYPE_MAX)
        return 0;
    const struct rp_type *here = &rp_types[type->id];
    field->field = find_field(here, name);
    if (field->field)
        type->known[field->field - here->fields] = true;
    /* Keys are what elements are found by, so they must be the same. */
    const bool is_key = place < type->keys || place < here->keys;
    if (fits(field) && (!is_key || (field->field == &here->fields[place] && type->keys == here->keys)))
        return 0;
    (void)snprintf(why->text, sizeof(why->text), "%s.%s means something else there", here->name, name);
    return -EPROTONOSUPPORT;
}

static int read_type(struct rp_source_bytes *from, struct rp_schema_type *type, struct rp_complaint *why)
{
    char name[RP_FIELD_NAME_MAX];
    if (!get_name(from, name, sizeof(name)))
        return -EBADMSG;
    *type = (struct rp_schema_type){.id = find_type(name)};
    type->keys = (uint32_t)rp_get_varint(from);
    type->fields_n = (uint32_t)rp_get_varint(from);
    if (from->bad || type->fields_n == 0 || type->fields_n > RP_FIELDS_MAX || type->keys > type->fields_n)
        return -EBADMSG;
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < type->fields_n; i++)
        rc = read_field(from, type, i, why);
    return rc;
}

int rp_schema_read(const unsigned char *bytes, size_t len, struct rp_schema *ret, struct rp_complaint *why)
{
    struct rp_source_bytes from = {.at = bytes, .end = bytes + len};
    ret->crc = (uint32_t)crc32_z(0, bytes, len);
    ret->types_n = (uint32_t)rp_get_varint(&from);
    if (from.bad || ret->types_n == 0 || ret->types_n > RP_SCHEMA_TYPES_MAX)
        return -EBADMSG;
    int rc = 0;
    for (uint32_t t = 0; rc == 0 && t < ret->types_n; t++)
        rc = read_type(&from, &ret->types[t], why);
    for (uint32_t t = 0; rc == 0 && t < ret->types_n; t++)
        for (uint32_t other = 0; other < t; other++)
            if (ret->types[t].id != RP_TYPE_MAX && ret->types[t].id == ret->types[other].id)
                rc = -EBADMSG;
    return rc == 0 && from.at != from.end ? -EBADMSG : rc;
}
