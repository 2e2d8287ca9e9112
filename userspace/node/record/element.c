// SPDX-License-Identifier: Apache-2.0
#include "node/record/element.h"

#include <assert.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they lie in memory");

static const unsigned char zeros[RP_TYPE_BYTES_MAX];

static uint64_t load(const unsigned char *cell, uint32_t bytes)
{
    uint64_t x = 0;
    memcpy(&x, cell, bytes);
    return x;
}

/* The difference in the cell's own width, so that -1 is near to 0 in each. */
static uint64_t difference(uint64_t a, uint64_t b, uint32_t bytes)
{
    const unsigned shift = 64 - 8 * bytes;
    const int64_t d = (int64_t)((a - b) << shift);
    return (uint64_t)(d >> shift);
}

/* ---- writing */

struct put {
    struct rp_sink *sink;
    unsigned char *bits;
    uint32_t cell;
    rp_ns *when;
};

static void put_text(struct put *put, const unsigned char *cell, const unsigned char *base, uint32_t bytes)
{
    const size_t len = strnlen((const char *)cell, bytes - 1);
    if (len == strnlen((const char *)base, bytes - 1) && memcmp(cell, base, len) == 0)
        return;
    put->bits[put->cell / 8] |= (unsigned char)(1u << put->cell % 8);
    rp_put_varint(put->sink, len);
    rp_put_bytes(put->sink, cell, len);
}

static void put_cell(struct put *put, const struct rp_field *field, const unsigned char *cell,
                     const unsigned char *base)
{
    if (field->cell == RP_CELL_TEXT) {
        put_text(put, cell, base, field->bytes);
        return;
    }
    const uint64_t value = load(cell, field->bytes);
    const uint64_t expected = field->cell == RP_CELL_TIME ? *put->when : load(base, field->bytes);
    if (field->cell == RP_CELL_TIME)
        *put->when = value;
    if (value == expected)
        return;
    put->bits[put->cell / 8] |= (unsigned char)(1u << put->cell % 8);
    if (field->cell != RP_CELL_BOOL) /* the bit says all */
        rp_put_varint(put->sink, rp_zigzag(difference(value, expected, field->bytes)));
}

static void put_field(struct put *put, const struct rp_field *field, const void *element, const void *base)
{
    const unsigned char *cell = (const unsigned char *)element + field->offset;
    const unsigned char *was = (const unsigned char *)base + field->offset;
    for (uint32_t i = 0; i < field->count; i++, put->cell++)
        put_cell(put, field, cell + (size_t)i * field->stride, was + (size_t)i * field->stride);
}

static uint32_t cells_of(const struct rp_type *type)
{
    uint32_t cells = 0;
    for (uint32_t i = 0; i < type->fields_n; i++)
        cells += type->fields[i].count;
    return cells;
}

void rp_element_put(struct rp_sink *sink, struct rp_bases *bases, enum rp_type_id id, const void *element, rp_ns *when)
{
    const struct rp_type *type = &rp_types[id];
    const size_t bits = (cells_of(type) + 7) / 8;
    struct put put = {.sink = sink, .bits = rp_sink_take(sink, bits), .when = when};
    if (!put.bits)
        return;
    memset(put.bits, 0, bits);
    const void *expected = type->keys ? rp_bases_expected(bases, id) : NULL;
    for (uint32_t i = 0; i < type->keys; i++)
        put_field(&put, &type->fields[i], element, expected ? expected : zeros);
    bool is_new = false;
    void *place = type->keys ? rp_bases_place(bases, id, element, &is_new) : rp_bases_only(bases, id);
    for (uint32_t i = type->keys; i < type->fields_n; i++)
        put_field(&put, &type->fields[i], element, place ? place : zeros);
    if (place)
        memcpy(place, element, type->bytes);
}

/* ---- reading */

struct get {
    struct rp_source_bytes *source;
    const unsigned char *bits;
    uint32_t cell;
    rp_ns *when;
};

static bool bit(const struct get *get)
{
    return get->bits[get->cell / 8] >> get->cell % 8 & 1;
}

static void get_text(struct get *get, unsigned char *cell, const struct rp_schema_field *field)
{
    if (!bit(get))
        return;
    const uint64_t len = rp_get_varint(get->source);
    const unsigned char *text = len < field->bytes ? rp_source_take(get->source, len) : NULL;
    const bool fits = text && (!cell || len < field->field->bytes) && !memchr(text, '\0', len);
    get->source->bad = get->source->bad || !fits;
    if (!cell || !fits)
        return;
    memset(cell, 0, field->field->bytes);
    memcpy(cell, text, len);
}

/* `cell` holds what is expected; NULL: there is no place for it here. */
static void get_cell(struct get *get, unsigned char *cell, const struct rp_schema_field *field)
{
    if (field->cell == RP_CELL_TEXT) {
        get_text(get, cell, field);
        return;
    }
    const uint64_t change = bit(get) && field->cell != RP_CELL_BOOL ? rp_unzigzag(rp_get_varint(get->source)) : 0;
    if (field->cell == RP_CELL_TIME)
        *get->when += change;
    if (!cell)
        return;
    uint64_t value = field->cell == RP_CELL_TIME ? *get->when : load(cell, field->bytes) + change;
    if (field->cell == RP_CELL_BOOL)
        value ^= bit(get);
    memcpy(cell, &value, field->bytes);
}

static void get_field(struct get *get, const struct rp_schema_field *field, unsigned char *element)
{
    const struct rp_field *here = field->field;
    for (uint32_t i = 0; i < field->count; i++, get->cell++) {
        const bool kept = here && element && i < here->count;
        get_cell(get, kept ? element + here->offset + (size_t)i * here->stride : NULL, field);
    }
}

static void copy_keys(const struct rp_type *type, unsigned char *to, const unsigned char *from)
{
    for (uint32_t i = 0; i < type->keys; i++)
        memcpy(to + type->fields[i].offset, from + type->fields[i].offset, type->fields[i].bytes);
}

/* The keys come first; they say which base the rest is compared with. */
static void *get_keys(struct get *get, struct rp_bases *bases, const struct rp_schema_type *type,
                      unsigned char *element)
{
    const enum rp_type_id id = (enum rp_type_id)type->id;
    union rp_keyed keys;
    const void *expected = rp_bases_expected(bases, id);
    bool is_new = false;
    memset(&keys, 0, sizeof(keys));
    copy_keys(&rp_types[id], (unsigned char *)&keys, expected ? expected : zeros);
    for (uint32_t i = 0; i < type->keys; i++)
        get_field(get, &type->fields[i], (unsigned char *)&keys);
    void *place = rp_bases_place(bases, id, &keys, &is_new);
    memcpy(element, place ? place : zeros, rp_types[id].bytes);
    copy_keys(&rp_types[id], element, (const unsigned char *)&keys);
    return place;
}

void rp_element_get(struct rp_source_bytes *source, struct rp_bases *bases, const struct rp_schema_type *type,
                    void *element, rp_ns *when)
{
    const bool here = type->id != RP_TYPE_MAX;
    struct get get = {.source = source, .bits = rp_source_take(source, (type->cells + 7) / 8), .when = when};
    void *place = NULL;
    if (!get.bits)
        return;
    if (here && type->keys) {
        place = get_keys(&get, bases, type, element);
    } else if (here) {
        place = rp_bases_only(bases, (enum rp_type_id)type->id);
        memcpy(element, place, rp_types[type->id].bytes);
    }
    for (uint32_t i = here ? type->keys : 0; i < type->fields_n; i++)
        get_field(&get, &type->fields[i], here ? element : NULL);
    if (place)
        memcpy(place, element, rp_types[type->id].bytes);
}
