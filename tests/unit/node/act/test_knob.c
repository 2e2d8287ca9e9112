// SPDX-License-Identifier: Apache-2.0
#include "node/act/knob.h"

#include <limits.h>

#include "unit/node/act/fixture.h"

static void formats_as_the_kernel_shows(void **state)
{
    const int64_t page = sysconf(_SC_PAGESIZE);
    char pages[32];
    (void)snprintf(pages, sizeof(pages), "%lld", (long long)(3 * page));
    const struct {
        const char *row;
        enum rp_knob knob;
        int64_t value;
        int r;
        const char *text;
    } rows[] = {
        {"whole pages stay", RP_KNOB_MEMORY_HIGH, 3 * page, 0, pages},
        {"part of a page is cut off", RP_KNOB_MEMORY_HIGH, 4 * page - 1, 0, pages},
        {"less than a page is nothing", RP_KNOB_MEMORY_HIGH, page - 1, 0, "0"},
        {"too much is max", RP_KNOB_MEMORY_HIGH, INT64_MAX, 0, "max"},
        {"the page counter's end is max", RP_KNOB_MEMORY_HIGH, LONG_MAX / page * page, 0, "max"},
        {"negative memory", RP_KNOB_MEMORY_HIGH, -1, -ERANGE, ""},
        {"half a CPU", RP_KNOB_CPU_MAX, 500, 0, "50000 100000"},
        {"two CPUs", RP_KNOB_CPU_MAX, 2000, 0, "200000 100000"},
        {"the least that the scheduler takes", RP_KNOB_CPU_MAX, 10, 0, "1000 100000"},
        {"less than that", RP_KNOB_CPU_MAX, 9, -ERANGE, ""},
        {"no CPU", RP_KNOB_CPU_MAX, 0, -ERANGE, ""},
        {"overflow", RP_KNOB_CPU_MAX, INT64_MAX, -ERANGE, ""},
        {"frozen", RP_KNOB_FREEZE, 1, 0, "1"},
        {"thawed", RP_KNOB_FREEZE, 0, 0, "0"},
        {"half frozen", RP_KNOB_FREEZE, 2, -ERANGE, ""},
        {"lowest adj", RP_KNOB_OOM_SCORE_ADJ, -1000, 0, "-1000"},
        {"highest adj", RP_KNOB_OOM_SCORE_ADJ, 1000, 0, "1000"},
        {"beyond", RP_KNOB_OOM_SCORE_ADJ, 1001, -ERANGE, ""},
        {"below", RP_KNOB_OOM_SCORE_ADJ, -1001, -ERANGE, ""},
        {"no knob", RP_KNOB_NONE, 0, -ERANGE, ""},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_knob_text text = text_of("");
        rp_expect_i64(rows[i].row, rp_knob_format(rows[i].knob, rows[i].value, &text), rows[i].r);
        rp_expect_text(rows[i].row, text.s, rows[i].text);
    }
}

static void compares_by_meaning(void **state)
{
    static const struct {
        enum rp_knob knob;
        const char *a, *b;
        bool same;
    } rows[] = {
        {RP_KNOB_MEMORY_HIGH, "max", "max", true},
        {RP_KNOB_MEMORY_HIGH, "8192", "8192", true},
        {RP_KNOB_MEMORY_HIGH, "8192", "8193", true}, /* one page counter value on every page size */
        {RP_KNOB_MEMORY_HIGH, "8192", "max", false},
        {RP_KNOB_MEMORY_HIGH, "8192", "1048576", false},
        {RP_KNOB_MEMORY_HIGH, "8192", "", false},
        {RP_KNOB_MEMORY_HIGH, "garbage", "garbage", true},
        {RP_KNOB_MEMORY_HIGH, "garbage", "rubbish", false},
        {RP_KNOB_CPU_MAX, "max 100000", "max", true},
        {RP_KNOB_CPU_MAX, "50000 100000", "50000", true},
        {RP_KNOB_CPU_MAX, "50000 100000", "50000 50000", false},
        {RP_KNOB_CPU_MAX, "50000 100000", "50001 100000", false},
        {RP_KNOB_CPU_MAX, "50000 0", "50000 0x", false},
        {RP_KNOB_FREEZE, "0", "1", false},
        {RP_KNOB_FREEZE, "1", "1", true},
        {RP_KNOB_OOM_SCORE_ADJ, "-998", "-998", true},
        {RP_KNOB_OOM_SCORE_ADJ, "-998", "998", false},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_knob_text a = text_of(rows[i].a), b = text_of(rows[i].b);
        rp_expect_i64(rows[i].a, rp_knob_same(rows[i].knob, &a, &b), rows[i].same);
        rp_expect_i64(rows[i].b, rp_knob_same(rows[i].knob, &b, &a), rows[i].same);
    }
}

static void knows_what_loosens(void **state)
{
    static const struct {
        enum rp_knob knob;
        const char *from, *to;
        bool loosens;
    } rows[] = {
        {RP_KNOB_MEMORY_HIGH, "max", "1048576", false},         {RP_KNOB_MEMORY_HIGH, "1048576", "max", true},
        {RP_KNOB_MEMORY_HIGH, "1048576", "2097152", true},      {RP_KNOB_MEMORY_HIGH, "1048576", "1048576", false},
        {RP_KNOB_CPU_MAX, "max 100000", "50000 100000", false}, {RP_KNOB_CPU_MAX, "5000 10000", "40000 100000", false},
        {RP_KNOB_CPU_MAX, "5000 100000", "50000 100000", true}, {RP_KNOB_FREEZE, "1", "0", false},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_knob_text from = text_of(rows[i].from), to = text_of(rows[i].to);
        rp_expect_i64(rows[i].from, rp_knob_loosens(rows[i].knob, &from, &to), rows[i].loosens);
    }
}

static void gives_numbers(void **state)
{
    static const struct {
        enum rp_knob knob;
        const char *text;
        int r;
        int64_t value;
    } rows[] = {
        {RP_KNOB_MEMORY_HIGH, "max", 0, INT64_MAX}, {RP_KNOB_MEMORY_HIGH, "1048576", 0, 1048576},
        {RP_KNOB_MEMORY_HIGH, "", -EBADMSG, 5},     {RP_KNOB_MEMORY_HIGH, "1 2", -EBADMSG, 5},
        {RP_KNOB_CPU_MAX, "50000 100000", 0, 500},  {RP_KNOB_CPU_MAX, "max 100000", 0, INT64_MAX},
        {RP_KNOB_CPU_MAX, "50000 0", -EBADMSG, 5},  {RP_KNOB_CPU_MAX, "-1 100000", -EBADMSG, 5},
        {RP_KNOB_CPU_MAX, "x 100000", -EBADMSG, 5}, {RP_KNOB_OOM_SCORE_ADJ, "-17", 0, -17},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        const struct rp_knob_text text = text_of(rows[i].text);
        int64_t value = 5;
        rp_expect_i64(rows[i].text, rp_knob_value(rows[i].knob, &text, &value), rows[i].r);
        rp_expect_i64(rows[i].text, value, rows[i].value);
    }
}

static void reads_and_writes(void **state)
{
    struct fixture fixture;
    struct rp_knob_text text = text_of("untouched");
    const struct rp_knob_text one = text_of("4096");
    char longer[200];
    (void)state;
    fixture_make(&fixture);
    (void)fixture_cgroup(&fixture, POD_PATH);
    const int fd = fixture_open(&fixture, "cgroup/" POD_PATH);
    assert_int_equal(rp_knob_read(fd, RP_KNOB_CPU_MAX, &text), 0);
    assert_string_equal(text.s, "max 100000");
    /* The new text is shorter than the old one: what is left of that stands on a second line and is not read. */
    fixture_set(&fixture, POD_PATH, "memory.high", "123456789\n");
    assert_int_equal(rp_knob_write(fd, RP_KNOB_MEMORY_HIGH, &one, &text), 0);
    assert_string_equal(text.s, "4096");

    text = text_of("untouched");
    memset(longer, '1', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    fixture_set(&fixture, POD_PATH, "memory.high", longer);
    assert_int_equal(rp_knob_read(fd, RP_KNOB_MEMORY_HIGH, &text), -EBADMSG);
    rp_tree_remove(&fixture.tree, "cgroup/" POD_PATH "/memory.high");
    assert_int_equal(rp_knob_read(fd, RP_KNOB_MEMORY_HIGH, &text), -ENOENT);
    assert_int_equal(rp_knob_write(fd, RP_KNOB_MEMORY_HIGH, &one, &text), -ENOENT);
    /* A link in a cgroup directory is none of the kernel's doing. */
    assert_int_equal(symlinkat("cpu.max", fd, "memory.high"), 0);
    assert_int_equal(rp_knob_read(fd, RP_KNOB_MEMORY_HIGH, &text), -ELOOP);
    assert_string_equal(text.s, "untouched");
    close(fd);
    fixture_drop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_as_the_kernel_shows),
        cmocka_unit_test(compares_by_meaning),
        cmocka_unit_test(knows_what_loosens),
        cmocka_unit_test(gives_numbers),
        cmocka_unit_test(reads_and_writes),
    };
    return RP_RUN(tests);
}
