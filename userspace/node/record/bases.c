// SPDX-License-Identifier: Apache-2.0
#include "node/record/bases.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static_assert(RP_TYPE_MAX <= 32, "a bit for each type");
static_assert((RP_BASES_INDEX & (RP_BASES_INDEX - 1)) == 0, "probing wraps by a mask");
static_assert(sizeof(struct rp_fact_kubelet) <= RP_BASES_ONLY_BYTES && sizeof(struct rp_plan) <= RP_BASES_ONLY_BYTES &&
                  sizeof(struct rp_fact) <= RP_BASES_ONLY_BYTES && sizeof(struct rp_start) <= RP_BASES_ONLY_BYTES,
              "what has no keys has a place of fixed size");

void rp_bases_reset(struct rp_bases *bases)
{
    bases->used = bases->begun = 0;
    memset(bases->first, 0, sizeof(bases->first));
    memset(bases->last, 0, sizeof(bases->last));
}

void rp_bases_frame(struct rp_bases *bases)
{
    memset(bases->last, 0, sizeof(bases->last));
}

void *rp_bases_only(struct rp_bases *bases, enum rp_type_id type)
{
    void *only = type == RP_TYPE_POLICY ? (void *)&bases->policy : bases->only[type].bytes;
    if (!(bases->begun & (1u << type)))
        memset(only, 0, rp_types[type].bytes);
    bases->begun |= 1u << type;
    return only;
}

const void *rp_bases_expected(const struct rp_bases *bases, enum rp_type_id type)
{
    const uint32_t last = bases->last[type];
    const uint32_t next = last ? bases->list[last - 1].next : bases->first[type];
    return next ? &bases->list[next - 1].value : NULL;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static const unsigned char *cell_of(const struct rp_field *field, const void *element)
{
    return (const unsigned char *)element + field->offset;
}

static size_t key_bytes(const struct rp_field *field, const unsigned char *cell)
{
    return field->cell == RP_CELL_TEXT ? strnlen((const char *)cell, field->bytes) : field->bytes;
}

static uint64_t hash_of(enum rp_type_id type, const void *element)
{
    uint64_t hash = type;
    for (uint32_t i = 0; i < rp_types[type].keys; i++) {
        const struct rp_field *field = &rp_types[type].fields[i];
        const unsigned char *cell = cell_of(field, element);
        const size_t len = key_bytes(field, cell);
        for (size_t at = 0; at < len; at += sizeof(uint64_t)) {
            uint64_t word = 0;
            memcpy(&word, cell + at, len - at < sizeof(word) ? len - at : sizeof(word));
            hash = mix(hash, word);
        }
    }
    return hash;
}

static bool same_keys(enum rp_type_id type, const void *a, const void *b)
{
    for (uint32_t i = 0; i < rp_types[type].keys; i++) {
        const struct rp_field *field = &rp_types[type].fields[i];
        const size_t len = key_bytes(field, cell_of(field, a));
        if (len != key_bytes(field, cell_of(field, b)) || memcmp(cell_of(field, a), cell_of(field, b), len) != 0)
            return false;
    }
    return true;
}

static void follow(struct rp_bases *bases, enum rp_type_id type, uint32_t place)
{
    if (bases->last[type])
        bases->list[bases->last[type] - 1].next = place;
    else
        bases->first[type] = place;
    bases->last[type] = place;
}

static bool is_taken(const struct rp_bases *bases, uint64_t slot)
{
    const uint32_t place = bases->index[slot];
    return place > 0 && place <= bases->used && bases->list[place - 1].slot == slot;
}

void *rp_bases_place(struct rp_bases *bases, enum rp_type_id type, const void *element, bool *ret_new)
{
    uint64_t slot = hash_of(type, element) & (RP_BASES_INDEX - 1);
    for (; is_taken(bases, slot); slot = (slot + 1) & (RP_BASES_INDEX - 1)) {
        struct rp_base *base = &bases->list[bases->index[slot] - 1];
        if (base->type == type && same_keys(type, &base->value, element)) {
            follow(bases, type, bases->index[slot]);
            *ret_new = false;
            return &base->value;
        }
    }
    if (bases->used == RP_BASES_MAX)
        return NULL;
    struct rp_base *base = &bases->list[bases->used++];
    memset(base, 0, sizeof(*base));
    base->type = type;
    base->slot = (uint32_t)slot;
    bases->index[slot] = bases->used;
    follow(bases, type, bases->used);
    *ret_new = true;
    return &base->value;
}
