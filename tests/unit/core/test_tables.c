// SPDX-License-Identifier: Apache-2.0
#include "harness/harness.h"
#include "reprieve/tables.h"

static void every_value_has_a_name(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < RP_SIGNAL_MAX; i++) {
        const char *name = rp_signal_name((enum rp_signal)i);
        assert_int_equal(rp_signal_by_name(name, strlen(name)), i);
    }
    for (unsigned int i = 0; i < RP_REASON_MAX; i++) {
        assert_true(strlen(rp_reason_word((enum rp_reason)i)) > 0);
        assert_true(strlen(rp_reason_sentence((enum rp_reason)i)) > 0);
    }
    for (unsigned int i = 0; i < RP_ACTION_MAX; i++) {
        const struct rp_action_info *info = rp_action_info((enum rp_action_kind)i);
        assert_int_equal(rp_action_by_word(info->word), i);
        assert_non_null(info->knob);
        assert_non_null(info->text);
        assert_false(info->reversible && info->destructive);
    }
}

/* Words go into metrics and scripts: one word, and only one meaning. */
static void reason_words_are_unique(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < RP_REASON_MAX; i++) {
        const char *word = rp_reason_word((enum rp_reason)i);
        assert_null(strpbrk(word, " \"\\\n"));
        for (unsigned int k = i + 1; k < RP_REASON_MAX; k++)
            assert_string_not_equal(word, rp_reason_word((enum rp_reason)k));
    }
}

static void foreign_values_have_one_too(void **state)
{
    (void)state;
    assert_string_equal(rp_signal_name(RP_SIGNAL_MAX), "?");
    assert_string_equal(rp_reason_word((enum rp_reason)200), "?");
    assert_string_equal(rp_reason_sentence((enum rp_reason) - 1), "?");
    assert_string_equal(rp_action_info(RP_ACTION_MAX)->word, "?");
    assert_int_equal(rp_action_by_word("nuke"), RP_ACTION_NONE);
    assert_int_equal(rp_signal_by_name("memory.available", 15), RP_SIGNAL_MAX);
    assert_int_equal(rp_signal_by_name("mem.available", 13), RP_SIGNAL_MAX);
    assert_int_equal(rp_signal_by_name("memory.availableX", 16), RP_SIGNAL_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_value_has_a_name),
                                       cmocka_unit_test(reason_words_are_unique),
                                       cmocka_unit_test(foreign_values_have_one_too)};
    return RP_RUN(tests);
}
