// SPDX-License-Identifier: Apache-2.0
/*
 * The tables of fields against the compiler's own view of the structures: a member that no row names would be lost from every
 * recording without a word. Only gcc can say which bytes of a structure are padding.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness/harness.h"
#include "node/record/fields.h"

struct excused {
    size_t offset, bytes;
};

/* What is written otherwise: arrays and other structures as elements of their own, heads of a policy by the reader. */
#define MEMBER(type, member)                                                                                           \
    {                                                                                                                  \
        offsetof(type, member), sizeof(((type *)0)->member)                                                            \
    }
static const struct excused in_sample[] = {
    MEMBER(struct rp_sample, node),        MEMBER(struct rp_sample, births),        MEMBER(struct rp_sample, deaths),
    MEMBER(struct rp_sample, cgroups),     MEMBER(struct rp_sample, filesystems),   MEMBER(struct rp_sample, disks),
    MEMBER(struct rp_sample, pod_disks),   MEMBER(struct rp_sample, events),        MEMBER(struct rp_sample, facts),
    MEMBER(struct rp_sample, outcomes),    MEMBER(struct rp_sample, habits),        MEMBER(struct rp_sample, births_n),
    MEMBER(struct rp_sample, deaths_n),    MEMBER(struct rp_sample, cgroups_n),     MEMBER(struct rp_sample, disks_n),
    MEMBER(struct rp_sample, events_n),    MEMBER(struct rp_sample, filesystems_n), MEMBER(struct rp_sample, facts_n),
    MEMBER(struct rp_sample, pod_disks_n), MEMBER(struct rp_sample, outcomes_n),    MEMBER(struct rp_sample, habits_n),
};
static const struct excused in_policy[] = {
    MEMBER(struct rp_policy, magic), MEMBER(struct rp_policy, version), MEMBER(struct rp_policy, bytes),
    MEMBER(struct rp_policy, kubelet), /* its columns are those of a fact, which is looked at by itself */
};
static const struct excused in_plan[] = {MEMBER(struct rp_plan, actions), MEMBER(struct rp_plan, actions_n)};
static const struct excused in_fact[] = {
    {offsetof(struct rp_fact, list), sizeof(struct rp_fact) - offsetof(struct rp_fact, list)}};

static const struct {
    enum rp_type_id type;
    const struct excused *list;
    size_t n;
} excuses[] = {
    {RP_TYPE_SAMPLE, in_sample, RP_ROWS(in_sample)},
    {RP_TYPE_POLICY, in_policy, RP_ROWS(in_policy)},
    {RP_TYPE_PLAN, in_plan, RP_ROWS(in_plan)},
    {RP_TYPE_FACT, in_fact, RP_ROWS(in_fact)},
};

#if defined(__GNUC__) && !defined(__clang__)
#define CLEAR(type) __builtin_clear_padding((type *)bytes)
#else
#define CLEAR(type) memset(bytes, 0, sizeof(type)) /* clang cannot tell: then there is nothing to be missed */
#endif

/* 0xff where a member is. */
static void mark_members(enum rp_type_id type, unsigned char *bytes)
{
    memset(bytes, 0xff, rp_types[type].bytes);
    switch (type) {
#define CASE(id, structure)                                                                                            \
    case id:                                                                                                           \
        rp_expect_u64(#structure, rp_types[id].bytes, sizeof(structure));                                              \
        CLEAR(structure);                                                                                              \
        break;
        CASE(RP_TYPE_FRAME, struct rp_frame_head)
        CASE(RP_TYPE_START, struct rp_start)
        CASE(RP_TYPE_POLICY, struct rp_policy)
        CASE(RP_TYPE_SAMPLE, struct rp_sample)
        CASE(RP_TYPE_NODE, struct rp_node_reading)
        CASE(RP_TYPE_BIRTH, struct rp_cgroup_birth)
        CASE(RP_TYPE_DEATH, struct rp_cgroup_death)
        CASE(RP_TYPE_CGROUP, struct rp_cgroup_reading)
        CASE(RP_TYPE_FILESYSTEM, struct rp_fs_reading)
        CASE(RP_TYPE_DISK, struct rp_disk_reading)
        CASE(RP_TYPE_POD_DISK, struct rp_pod_disk_reading)
        CASE(RP_TYPE_EVENT, struct rp_event)
        CASE(RP_TYPE_OUTCOME, struct rp_outcome)
        CASE(RP_TYPE_HABIT, struct rp_habit)
        CASE(RP_TYPE_PLAN, struct rp_plan)
        CASE(RP_TYPE_ACTION, struct rp_action)
        CASE(RP_TYPE_FACT, struct rp_fact)
        CASE(RP_TYPE_FACT_LIST, struct rp_fact_list)
        CASE(RP_TYPE_FACT_POD, struct rp_fact_pod)
        CASE(RP_TYPE_FACT_KUBELET, struct rp_fact_kubelet)
        CASE(RP_TYPE_FACT_POD_STATS, struct rp_fact_pod_stats)
        CASE(RP_TYPE_FACT_NODE_STATS, struct rp_fact_node_stats)
        CASE(RP_TYPE_FACT_SOURCE, struct rp_fact_source)
    case RP_TYPE_MAX:
        fail_msg("no type");
    }
}

static void excuse(enum rp_type_id type, unsigned char *bytes)
{
    for (size_t i = 0; i < RP_ROWS(excuses); i++)
        for (size_t j = 0; excuses[i].type == type && j < excuses[i].n; j++)
            memset(bytes + excuses[i].list[j].offset, 0, excuses[i].list[j].bytes);
}

/* gcc 12 leaves padding alone behind a large array; then what is shorter than a word must be taken for some. */
static bool may_be_padding(enum rp_type_id type, const unsigned char *members, size_t at)
{
    size_t from = at, to = at;
    while (from > 0 && members[from - 1])
        from--;
    while (to < rp_types[type].bytes && members[to])
        to++;
    const bool behind = (type == RP_TYPE_POLICY && at > offsetof(struct rp_policy, rules)) ||
                        (type == RP_TYPE_FACT_POD && at > offsetof(struct rp_fact_pod, containers));
    return behind && to - from < sizeof(uint64_t);
}

static void every_member_is_in_a_table(void **state)
{
    (void)state;
    for (enum rp_type_id t = 0; t < RP_TYPE_MAX; t++) {
        const struct rp_type *type = &rp_types[t];
        unsigned char *members = malloc(type->bytes);
        char row[120];
        mark_members(t, members);
        excuse(t, members);
        for (uint32_t i = 0; i < type->fields_n; i++)
            for (uint32_t n = 0; n < type->fields[i].count; n++) {
                const size_t at = type->fields[i].offset + (size_t)n * type->fields[i].stride;
                assert_true(at + type->fields[i].bytes <= type->bytes);
                memset(members + at, 0, type->fields[i].bytes);
            }
        for (size_t i = 0; i < type->bytes; i++) {
            (void)snprintf(row, sizeof(row), "%s: byte %zu is in no field of userspace/node/record/fields.c",
                           type->name, i);
            rp_expect_u64(row, members[i] && !may_be_padding(t, members, i), false);
        }
        free(members);
    }
}

static void no_byte_is_written_twice(void **state)
{
    (void)state;
    for (enum rp_type_id t = 0; t < RP_TYPE_MAX; t++) {
        const struct rp_type *type = &rp_types[t];
        unsigned char *seen = calloc(1, type->bytes);
        for (uint32_t i = 0; i < type->fields_n; i++)
            for (uint32_t n = 0; n < type->fields[i].count; n++)
                for (uint32_t b = 0; b < type->fields[i].bytes; b++) {
                    const size_t at = type->fields[i].offset + (size_t)n * type->fields[i].stride + b;
                    rp_expect_u64(type->fields[i].name, seen[at], 0);
                    seen[at] = 1;
                }
        free(seen);
    }
}

static void names_are_short_and_differ(void **state)
{
    (void)state;
    for (enum rp_type_id t = 0; t < RP_TYPE_MAX; t++)
        for (uint32_t i = 0; i < rp_types[t].fields_n; i++) {
            const char *name = rp_types[t].fields[i].name;
            assert_true(strlen(name) < RP_FIELD_NAME_MAX);
            assert_null(strchr(name, ' ')); /* names are the format */
            assert_null(strchr(name, '('));
            for (uint32_t j = 0; j < i; j++)
                assert_string_not_equal(name, rp_types[t].fields[j].name);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_is_in_a_table),
        cmocka_unit_test(no_byte_is_written_twice),
        cmocka_unit_test(names_are_short_and_differ),
    };
    return RP_RUN(tests);
}
