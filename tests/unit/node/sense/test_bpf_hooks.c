// SPDX-License-Identifier: Apache-2.0
/* The tables of programs and objects agree with what was compiled, and with each other. */
#include <bpf/libbpf.h>

#include "harness/harness.h"
#include "node/sense/bpf_hooks.h"

struct image {
    const char *name;
    const void *bytes;
    size_t len;
};
extern const struct image rp_bpf_images[];

static int row_of(const char *object, const char *program)
{
    for (int i = 0; i < RP_BPF_HOOK_MAX; i++)
        if (strcmp(rp_bpf_rows[i].program, program) == 0 &&
            strcmp(rp_bpf_objects[rp_bpf_rows[i].object].name, object) == 0)
            return i;
    return -1;
}

static void every_program_has_its_row(void **state)
{
    size_t programs = 0, objects = 0;
    (void)state;
    for (const struct image *image = rp_bpf_images; image->name; image++, objects++) {
        struct bpf_object *object = bpf_object__open_mem(image->bytes, image->len, NULL);
        struct bpf_program *each;
        assert_non_null(object);
        bpf_object__for_each_program(each, object)
        {
            static const char *const sections[] = {[RP_BPF_TRACEPOINT] = "tp_btf/",
                                                   [RP_BPF_FUNCTION] = "fentry/",
                                                   [RP_BPF_RETURN] = "fexit/",
                                                   [RP_BPF_ITERATOR] = "iter/",
                                                   [RP_BPF_CALL] = "iter.s/"};
            const int i = row_of(image->name, bpf_program__name(each));
            if (i < 0)
                rp_expect_text(image->name, bpf_program__name(each), "in the table");
            const char *section = bpf_program__section_name(each), *prefix = sections[rp_bpf_rows[i].kind];
            assert_int_equal(strncmp(section, prefix, strlen(prefix)), 0);
            if (rp_bpf_rows[i].kind == RP_BPF_CALL) { /* its section says when it runs, its hook what it calls */
                programs++;
                continue;
            }
            /* its hook in BTF ends with the section's name */
            const char *hook = rp_bpf_rows[i].hook, *name = section + strlen(prefix);
            assert_true(strlen(hook) >= strlen(name));
            assert_string_equal(hook + strlen(hook) - strlen(name), name);
            programs++;
        }
        for (int i = 0; i < RP_BPF_MAP_MAX; i++)
            assert_non_null(bpf_object__find_map_by_name(object, rp_bpf_map_name((enum rp_bpf_map)i)));
        bpf_object__close(object);
    }
    assert_int_equal(programs, RP_BPF_HOOK_MAX);
    assert_int_equal(objects, RP_BPF_OBJECT_MAX);
}

static void twins_are_mutual(void **state)
{
    (void)state;
    for (int a = 0; a < RP_BPF_HOOK_MAX; a++) {
        assert_false(rp_bpf_twins((enum rp_bpf_hook)a, (enum rp_bpf_hook)a));
        for (int b = 0; b < RP_BPF_HOOK_MAX; b++)
            assert_int_equal(rp_bpf_twins((enum rp_bpf_hook)a, (enum rp_bpf_hook)b),
                             rp_bpf_twins((enum rp_bpf_hook)b, (enum rp_bpf_hook)a));
    }
    assert_true(rp_bpf_twins(RP_BPF_HOOK_rp_write, RP_BPF_HOOK_rp_write_2));
    assert_true(rp_bpf_twins(RP_BPF_HOOK_rp_pids_refused, RP_BPF_HOOK_rp_pids_refused_here));
    assert_true(rp_bpf_twins(RP_BPF_HOOK_rp_flush, RP_BPF_HOOK_rp_flush_memory));
    assert_false(rp_bpf_twins(RP_BPF_HOOK_rp_flush, RP_BPF_HOOK_rp_snapshot));
    assert_true(rp_bpf_twins(RP_BPF_HOOK_rp_xfs_freed, RP_BPF_HOOK_rp_xfs_changed));
    assert_false(rp_bpf_twins(RP_BPF_HOOK_rp_xfs_taken, RP_BPF_HOOK_rp_xfs_freed));
    assert_false(rp_bpf_twins(RP_BPF_HOOK_rp_fork, RP_BPF_HOOK_rp_exit));
}

static void a_hook_that_is_not_there_is_said(void **state)
{
    struct rp_bpf_types types;
    (void)state;
    if (rp_bpf_types_open(&types) < 0)
        skip(); /* this machine's kernel does not describe its types */
    assert_true(rp_bpf_arguments(&types, RP_BPF_HOOK_rp_oom_begin) == 1);
    assert_true(rp_bpf_arguments(&types, RP_BPF_HOOK_rp_near_oom) == 7);
    rp_bpf_types_close(&types);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_program_has_its_row),
        cmocka_unit_test(twins_are_mutual),
        cmocka_unit_test(a_hook_that_is_not_there_is_said),
    };
    return RP_RUN(tests);
}
