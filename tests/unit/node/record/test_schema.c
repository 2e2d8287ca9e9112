// SPDX-License-Identifier: Apache-2.0
/*
 * Recordings of programs whose structures were others: fields that came later, fields that are gone, other lengths. A schema is
 * made of this program's own by changing its text, and frames are written by hand as that program would have.
 */
#include <stdlib.h>
#include <zlib.h>

#include "harness/harness.h"
#include "harness/hostile.h"
#include "node/record/element.h"
#include "node/record/frame.h"
#include "node/record/schema.h"

static unsigned char bytes[RP_SCHEMA_BYTES_MAX];
static struct rp_schema schema;
static struct rp_bases bases;

static void own_schema_is_whole(void **state)
{
    struct rp_complaint why;
    (void)state;
    const size_t len = rp_schema_write(bytes);
    assert_true(len > 1000);
    assert_int_equal(rp_schema_read(bytes, len, &schema, &why), 0);
    rp_expect_u64("types", schema.types_n, RP_TYPE_MAX);
    for (uint32_t t = 0; t < RP_TYPE_MAX; t++) {
        rp_expect_u64(rp_types[t].name, schema.types[t].id, t);
        rp_expect_u64(rp_types[t].name, schema.types[t].fields_n, rp_types[t].fields_n);
        for (uint32_t i = 0; i < rp_types[t].fields_n; i++)
            assert_ptr_equal(schema.types[t].fields[i].field, &rp_types[t].fields[i]);
    }
}

static void nothing_shorter_is_one(void **state)
{
    struct rp_complaint why;
    (void)state;
    const size_t len = rp_schema_write(bytes);
    for (size_t cut = 0; cut < len; cut += cut < 200 ? 1 : 101) {
        unsigned char *exact = malloc(cut + !cut);
        memcpy(exact, bytes, cut);
        rp_expect_i64("cut", rp_schema_read(exact, cut, &schema, &why), -EBADMSG);
        free(exact);
    }
}

/* ---- a type as another program had it */

struct field {
    const char *name;
    uint32_t cell, bytes, count;
};

static void put_name(struct rp_sink *sink, const char *name)
{
    rp_put_varint(sink, strlen(name));
    rp_put_bytes(sink, name, strlen(name));
}

/* A schema of one type only. */
static int read_type(const char *type, uint32_t keys, const struct field *fields, uint32_t n)
{
    static struct rp_complaint why;
    struct rp_sink sink = {.at = bytes, .end = bytes + sizeof(bytes)};
    rp_put_varint(&sink, 1);
    put_name(&sink, type);
    rp_put_varint(&sink, keys);
    rp_put_varint(&sink, n);
    for (uint32_t i = 0; i < n; i++) {
        put_name(&sink, fields[i].name);
        rp_put_varint(&sink, fields[i].cell);
        rp_put_varint(&sink, fields[i].bytes);
        rp_put_varint(&sink, fields[i].count);
    }
    return rp_schema_read(bytes, (size_t)(sink.at - bytes), &schema, &why);
}

static void what_may_be_another_and_what_not(void **state)
{
    static const struct {
        const char *row, *type;
        uint32_t keys;
        struct field fields[3];
        int r;
    } rows[] = {
        {"as here", "death", 0, {{"id", RP_CELL_NUMBER, 8, 1}, {"t_ns", RP_CELL_TIME, 8, 1}}, 0},
        {"other order", "death", 0, {{"t_ns", RP_CELL_TIME, 8, 1}, {"id", RP_CELL_NUMBER, 8, 1}}, 0},
        {"unknown field", "death", 0, {{"id", RP_CELL_NUMBER, 8, 1}, {"colour", RP_CELL_NUMBER, 2, 5}}, 0},
        {"unknown type", "ghost", 1, {{"id", RP_CELL_NUMBER, 8, 1}, {"colour", RP_CELL_TEXT, 20, 1}}, 0},
        {"another width", "death", 0, {{"id", RP_CELL_NUMBER, 4, 1}, {"t_ns", RP_CELL_TIME, 8, 1}}, -EPROTONOSUPPORT},
        {"another kind", "death", 0, {{"id", RP_CELL_BOOL, 1, 1}, {"t_ns", RP_CELL_TIME, 8, 1}}, -EPROTONOSUPPORT},
        {"keys elsewhere",
         "cgroup",
         1,
         {{"known", RP_CELL_NUMBER, 8, 1}, {"id", RP_CELL_NUMBER, 8, 1}},
         -EPROTONOSUPPORT},
        {"keys lost", "cgroup", 0, {{"id", RP_CELL_NUMBER, 8, 1}, {"known", RP_CELL_NUMBER, 8, 1}}, -EPROTONOSUPPORT},
        {"odd width", "ghost", 0, {{"id", RP_CELL_NUMBER, 3, 1}, {"x", RP_CELL_TIME, 8, 1}}, -EBADMSG},
        {"no such cell", "ghost", 0, {{"id", RP_CELL_MAX, 8, 1}, {"x", RP_CELL_TIME, 8, 1}}, -EBADMSG},
        {"none of it", "ghost", 0, {{"id", RP_CELL_NUMBER, 8, 0}, {"x", RP_CELL_TIME, 8, 1}}, -EBADMSG},
        {"too many cells", "ghost", 0, {{"id", RP_CELL_NUMBER, 8, 8000}, {"x", RP_CELL_TIME, 8, 8000}}, -EBADMSG},
        {"more keys than fields", "ghost", 3, {{"id", RP_CELL_NUMBER, 8, 1}, {"x", RP_CELL_TIME, 8, 1}}, -EBADMSG},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++)
        rp_expect_i64(rows[i].row, read_type(rows[i].type, rows[i].keys, rows[i].fields, 2), rows[i].r);
}

/* An outcome of a program that knew no `seen`, but a colour, and whose `error` came first. */
static void an_element_of_another_program(void **state)
{
    static const struct field fields[] = {
        {"error", RP_CELL_NUMBER, 4, 1},     {"colour", RP_CELL_TEXT, 9, 1},      {"spots", RP_CELL_NUMBER, 2, 3},
        {"action.id", RP_CELL_NUMBER, 8, 1}, {"action.undo", RP_CELL_BOOL, 1, 1}, {"t_ns", RP_CELL_TIME, 8, 1},
    };
    unsigned char out[100];
    struct rp_sink sink = {.at = out, .end = out + sizeof(out)};
    struct rp_outcome outcome;
    rp_ns when = 1000;
    (void)state;
    assert_int_equal(read_type("outcome", 0, fields, RP_ROWS(fields)), 0);
    *rp_sink_take(&sink, 1) = 0xff; /* eight cells, and each is another than before */
    rp_put_varint(&sink, rp_zigzag((uint64_t)-5));
    put_name(&sink, "red");
    rp_put_varint(&sink, rp_zigzag(1));
    rp_put_varint(&sink, rp_zigzag(2));
    rp_put_varint(&sink, rp_zigzag(3));
    rp_put_varint(&sink, rp_zigzag(77));
    rp_put_varint(&sink, rp_zigzag(500));
    struct rp_source_bytes source = {.at = out, .end = sink.at};
    memset(&outcome, 0xee, sizeof(outcome));
    rp_bases_reset(&bases);
    rp_element_get(&source, &bases, &schema.types[0], &outcome, &when);
    assert_false(source.bad);
    assert_ptr_equal(source.at, source.end);
    rp_expect_i64("error", outcome.error, -5);
    rp_expect_u64("id", outcome.action.id, 77);
    rp_expect_u64("undo", outcome.action.undo, true);
    rp_expect_u64("t_ns", outcome.t_ns, 1500);
    rp_expect_i64("seen", outcome.seen, 0);
}

/* A policy without a setting that came later has that setting's default, and not zero. */
static void a_policy_without_a_later_setting(void **state)
{
    static struct rp_frame_room room;
    static struct rp_policy policy;
    static struct rp_start start;
    static unsigned char frames[200000];
    struct rp_complaint why;
    struct rp_frame frame = {.kind = RP_FRAME_POLICY, .input = 2, .policy = &policy, .start = &start};
    struct rp_sink sink = {.at = frames, .end = frames + sizeof(frames)};
    (void)state;
    rp_policy_init(&policy);
    policy.kills_max = 0;
    policy.act_permille = 123;
    rp_bases_reset(&bases);
    assert_true(rp_frame_put(&sink, &bases, &frame));
    const size_t len = rp_schema_write(bytes);
    unsigned char *name = memmem(bytes, len, "kills_max", 9);
    assert_non_null(name);
    name[0] = 'K'; /* unknown here, and the one that is known here is not there */
    assert_int_equal(rp_schema_read(bytes, len, &schema, &why), 0);
    assert_int_equal(rp_frame_room_init(&room), 0);
    rp_frame_room_begin(&room);
    struct rp_source_bytes source = {.at = frames, .end = sink.at};
    assert_int_equal(rp_frame_get(&source, &schema, &room, &frame), 0);
    rp_expect_u64("kills", frame.policy->kills_max, 2);
    rp_expect_u64("probability", frame.policy->act_permille, 123);
    rp_frame_room_deinit(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_schema_is_whole),
        cmocka_unit_test(nothing_shorter_is_one),
        cmocka_unit_test(what_may_be_another_and_what_not),
        cmocka_unit_test(an_element_of_another_program),
        cmocka_unit_test(a_policy_without_a_later_setting),
    };
    return RP_RUN(tests);
}
