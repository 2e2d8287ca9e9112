// SPDX-License-Identifier: Apache-2.0
/*
 * Large lists and lists made to be large: the link has a memory limit of its own, and a tenant who could blow it up would
 * make the guard blind. jansson's allocator is counted, so that the bound is exact on any machine.
 */
#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/harness.h"
#include "link/kube/documents.h"

#define PODS      500
#define POD_BYTES 10500

static size_t live, peak;

static void *counted_malloc(size_t size)
{
    void *p = malloc(size);
    if (p) {
        live += malloc_usable_size(p);
        peak = live > peak ? live : peak;
    }
    return p;
}

static void counted_free(void *p)
{
    live -= p ? malloc_usable_size(p) : 0;
    free(p);
}

static int count_memory(void **state)
{
    (void)state;
    json_set_alloc_funcs(counted_malloc, counted_free);
    live = peak = 0;
    return 0;
}

struct text {
    char *bytes;
    size_t len, room;
};

static void add(struct text *text, const char *format, ...) RP_PRINTF(2, 3);

static void add(struct text *text, const char *format, ...)
{
    va_list args;
    if (text->room - text->len < 4096) {
        text->room = text->room ? 2 * text->room : 1 << 20;
        text->bytes = realloc(text->bytes, text->room);
        assert_non_null(text->bytes);
    }
    va_start(args, format);
    const int n = vsnprintf(text->bytes + text->len, text->room - text->len, format, args);
    va_end(args);
    assert_true(n >= 0 && n < 4096);
    text->len += (size_t)n;
}

/* As of a real cluster: most of it is environment, volumes, tolerations, managed fields. */
static void add_pod(struct text *text, unsigned int i)
{
    const size_t start = text->len;
    add(text,
        "%s{\"metadata\":{\"name\":\"job-%u\",\"namespace\":\"team-%u\",\"uid\":\"%08u-2222-3333-4444-555555555555\","
        "\"annotations\":{\"kubernetes.io/config.source\":\"api\",\"reprieve.dev/value\":\"%u\"}},"
        "\"status\":{\"phase\":\"Running\",\"qosClass\":\"Burstable\",\"startTime\":\"2026-11-23T10:00:00Z\"},"
        "\"spec\":{\"priority\":%u,\"containers\":[{\"name\":\"main\",\"resources\":{\"requests\":{\"memory\":\"%uMi\"}"
        "},"
        "\"env\":[",
        i ? "," : "", i, i % 7, i, i % 1000, i, i + 1);
    for (unsigned int k = 0; text->len - start < POD_BYTES; k++)
        add(text, "%s{\"name\":\"SOME_SETTING_%u\",\"value\":\"http://service-%u.team.svc:8080/path\"}", k ? "," : "",
            k, k);
    add(text, "]}]}}");
}

static void a_list_of_a_full_node(void **state)
{
    (void)state;
    struct text text = {0};
    struct rp_batch batch;
    add(&text, "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[");
    for (unsigned int i = 0; i < PODS; i++)
        add_pod(&text, i);
    add(&text, "]}");
    assert_true(text.len > 5 << 20);
    rp_batch_init(&batch, RP_LIST_PODS, PODS);
    assert_int_equal(rp_read_pod_list(text.bytes, text.len, &batch), 0);
    assert_int_equal(batch.n, PODS);
    assert_int_equal(batch.dropped, 0);
    assert_string_equal(batch.note, "");
    assert_int_equal(batch.facts[PODS - 1].pod.memory_request_bytes, PODS * RP_MIB);
    print_message("%zu bytes of %d pods: %zu KiB of parsed values at most, %zu KiB of facts\n", text.len, PODS,
                  peak >> 10, batch.room * sizeof(struct rp_fact) >> 10);
    assert_true(peak < 8 * POD_BYTES); /* of one pod, however many there are */
    assert_int_equal(live, 0);
    rp_batch_deinit(&batch);
    free(text.bytes);
}

/* One object of etcd's largest size, nothing but two-byte elements: what a tenant gets for his megabyte and a half. */
static void a_pod_made_to_be_large(void **state)
{
    (void)state;
    struct text text = {0};
    struct rp_batch batch;
    add(&text,
        "{\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"uid\":\"u\"},\"spec\":{\"containers\":[{\"args\":[\"\"");
    while (text.len < 3 << 19)
        add(&text, ",\"\"");
    add(&text, "]}]}},{\"metadata\":{\"uid\":\"v\"},\"spec\":{}}]}");
    rp_batch_init(&batch, RP_LIST_PODS, 4);
    assert_int_equal(rp_read_pod_list(text.bytes, text.len, &batch), 0);
    assert_int_equal(batch.n, 2);
    print_message("%zu bytes of empty strings: %zu MiB of parsed values\n", text.len, peak >> 20);
    assert_true(peak < 48 << 20);
    assert_int_equal(live, 0);
    rp_batch_deinit(&batch);
    free(text.bytes);
}

static void brackets(struct text *text, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        add(text, "[");
    for (size_t i = 0; i < depth; i++)
        add(text, "]");
}

/* jansson recurses, and stops at 2048. */
static void a_pod_made_to_be_deep(void **state)
{
    (void)state;
    static const struct {
        size_t depth;
        bool read;
    } rows[] = {{2000, true}, {3000, false}, {500000, false}};
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct text text = {0};
        struct rp_batch batch;
        add(&text, "{\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"uid\":\"u\"},\"spec\":{},\"x\":");
        brackets(&text, rows[i].depth);
        add(&text, "},{\"metadata\":{\"uid\":\"v\"},\"spec\":{}}]}");
        rp_batch_init(&batch, RP_LIST_PODS, 4);
        assert_int_equal(rp_read_pod_list(text.bytes, text.len, &batch), 0);
        assert_int_equal(batch.n, rows[i].read ? 2 : 1);
        rp_expect_text("the good one", batch.facts[batch.n - 1].pod.uid, "v");
        assert_int_equal(batch.note[0] == '\0', rows[i].read);
        rp_batch_deinit(&batch);
        free(text.bytes);
    }
    assert_int_equal(live, 0);
}

/* Half a million of the smallest items: they cost time, no memory. */
static void a_list_of_nothing(void **state)
{
    (void)state;
    struct text text = {0};
    struct rp_batch batch;
    add(&text, "{\"kind\":\"PodList\",\"items\":[[]");
    while (text.len < 3 << 19)
        add(&text, ",[]");
    add(&text, "]}");
    rp_batch_init(&batch, RP_LIST_PODS, 4);
    assert_int_equal(rp_read_pod_list(text.bytes, text.len, &batch), 0);
    assert_int_equal(batch.n, 0);
    assert_string_equal(batch.note, "items[0]: metadata.uid: is missing");
    assert_true(peak < 4096);
    rp_batch_deinit(&batch);
    free(text.bytes);
}

/* ---- more pods than there is room for */

static void small_pod(struct text *text, const char *uid, const char *more)
{
    add(text, "%s{\"metadata\":{\"uid\":\"%s\"},\"spec\":{},%s}", text->bytes[text->len - 1] == '[' ? "" : ",", uid,
        more);
}

static void the_finished_make_room(void **state)
{
    (void)state;
    static const char *const living = "\"status\":{\"phase\":\"Running\"}", *const ended =
                                                                                "\"status\":{\"phase\":\"Failed\"}";
    static const struct {
        const char *pods, *kept; /* capital: finished */
        bool whole;
    } rows[] = {
        {"abc", "abc", true},     {"abCDEF", "abC", true}, {"ABCDab", "abC", true},
        {"ABCabcD", "abc", true}, {"abcd", "abc", false},  {"ABabcd", "bca", false},
    };
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct text text = {0};
        struct rp_batch batch;
        char kept[8] = "";
        add(&text, "{\"kind\":\"PodList\",\"items\":[");
        for (const char *c = rows[i].pods; *c; c++)
            small_pod(&text, (const char[]){*c, '\0'}, *c >= 'a' ? living : ended);
        add(&text, "]}");
        rp_batch_init(&batch, RP_LIST_PODS, 3);
        assert_int_equal(rp_read_pod_list(text.bytes, text.len, &batch), 0);
        for (size_t k = 0; k < batch.n; k++)
            kept[k] = batch.facts[k].pod.uid[0];
        rp_expect_text(rows[i].pods, kept, rows[i].kept);
        rp_expect_i64(rows[i].pods, batch.dropped == 0, rows[i].whole);
        rp_expect_i64(rows[i].pods, rp_batch_send(&batch, -1, 1), rows[i].whole ? -EBADF : -EOVERFLOW);
        rp_batch_deinit(&batch);
        free(text.bytes);
    }
}

/* Mirrors are critical; a forged one must not take the place of the pod whose UID it claims, in whatever order. */
static void a_uid_counts_once(void **state)
{
    (void)state;
    static const char *const mirror = "\"x\":0},{\"metadata\":{\"uid\":\"m\",\"name\":\"forged\",\"annotations\":"
                                      "{\"kubernetes.io/config.mirror\":\"a\"}},\"spec\":{}";
    for (int forged_first = 0; forged_first < 2; forged_first++) {
        struct text text = {0};
        struct rp_batch batch;
        add(&text, "{\"kind\":\"PodList\",\"items\":[");
        small_pod(&text, "b", forged_first ? mirror : "\"x\":0");
        small_pod(&text, "a", forged_first ? "\"x\":0" : mirror);
        add(&text, "]}");
        rp_batch_init(&batch, RP_LIST_PODS, 8);
        assert_int_equal(rp_read_pod_list(text.bytes, text.len, &batch), 0);
        assert_int_equal(batch.n, 2);
        assert_string_equal(batch.facts[1].pod.uid, "a");
        assert_string_equal(batch.facts[1].pod.name, "");
        assert_false(batch.facts[1].pod.critical);
        assert_non_null(strstr(batch.note, "another pod has the same one"));
        rp_batch_deinit(&batch);
        free(text.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_list_of_a_full_node, count_memory),
        cmocka_unit_test_setup(a_pod_made_to_be_large, count_memory),
        cmocka_unit_test_setup(a_pod_made_to_be_deep, count_memory),
        cmocka_unit_test_setup(a_list_of_nothing, count_memory),
        cmocka_unit_test(the_finished_make_room),
        cmocka_unit_test(a_uid_counts_once),
    };
    return RP_RUN(tests);
}
