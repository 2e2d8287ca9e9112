// SPDX-License-Identifier: Apache-2.0
/* The tables of programs and objects as data, and their hooks in BTF. */
#include "node/sense/bpf_hooks.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct rp_bpf_object_row rp_bpf_objects[RP_BPF_OBJECT_MAX] = {
#define RP_OBJECT(object, needs, module) {#object, module, RP_BPF_NEEDS_##needs},
#include "reprieve/tbl/objects.h"
#undef RP_OBJECT
};

/* What stands in BTF for each kind. Tracepoints and functions share names (cgroup_mkdir is both). */
#define BTF_TRACEPOINT(hook) "btf_trace_" #hook
#define BTF_FUNCTION(hook)   #hook
#define BTF_RETURN(hook)     #hook
#define BTF_ITERATOR(hook)   "bpf_iter_" #hook
#define BTF_CALL(hook)       #hook

const struct rp_bpf_row rp_bpf_rows[RP_BPF_HOOK_MAX] = {
#define RP_HOOK(object, program, kind, hook, least, most, other, since, gives, fallback)                               \
    {#program, BTF_##kind(hook), RP_BPF_OBJECT_##object, RP_BPF_##kind, least, most, RP_BPF_HOOK_##other, since},
#include "reprieve/tbl/hooks.h"
#undef RP_HOOK
};

bool rp_bpf_twins(uint32_t a, uint32_t b)
{
    const struct rp_bpf_row *one = &rp_bpf_rows[a], *two = &rp_bpf_rows[b];

    if (a == b)
        return false;
    return one->other == (int)b || two->other == (int)a ||
           (one->kind == two->kind && strcmp(one->hook, two->hook) == 0);
}

int rp_bpf_types_open(struct rp_bpf_types *ret)
{
    struct btf *kernel = btf__load_vmlinux_btf();

    if (!kernel)
        return -errno;
    *ret = (struct rp_bpf_types){.kernel = kernel};
    return 0;
}

void rp_bpf_types_close(struct rp_bpf_types *types)
{
    for (int i = 0; i < RP_BPF_OBJECT_MAX; i++)
        btf__free(types->modules[i]);
    btf__free(types->kernel);
    *types = (struct rp_bpf_types){0};
}

/* The types of an object's module, on top of the kernel's; NULL if it has none. */
static const struct btf *module_of(struct rp_bpf_types *types, enum rp_bpf_object object)
{
    const char *module = rp_bpf_objects[object].module;
    char path[64];

    if (!module[0] || types->modules[object])
        return types->modules[object];
    (void)snprintf(path, sizeof(path), "/sys/kernel/btf/%s", module);
    if (access(path, R_OK) == 0)
        types->modules[object] = btf__load_module_btf(module, types->kernel);
    return types->modules[object];
}

static int count(const struct btf *btf, const struct rp_bpf_row *row)
{
    const bool tracepoint = row->kind == RP_BPF_TRACEPOINT;
    const int id = btf__find_by_name_kind(btf, row->hook, tracepoint ? BTF_KIND_TYPEDEF : BTF_KIND_FUNC);

    if (id < 0)
        return id;
    if (row->kind == RP_BPF_CALL && btf__find_by_name_kind(btf, "bpf_iter_cgroup", BTF_KIND_FUNC) < 0)
        return -ENOENT; /* the function is there, but no program that could be run for a cgroup */
    const struct btf_type *type = btf__type_by_id(btf, btf__type_by_id(btf, (__u32)id)->type);
    if (type && tracepoint && btf_is_ptr(type))
        type = btf__type_by_id(btf, type->type);
    if (!type || !btf_is_func_proto(type))
        return -EPROTOTYPE;
    /* The first argument of a tracepoint's prototype is the tracing code's own. */
    return (int)btf_vlen(type) - (tracepoint ? 1 : 0);
}

int rp_bpf_arguments(struct rp_bpf_types *types, uint32_t hook)
{
    const struct rp_bpf_row *row = &rp_bpf_rows[hook];
    const int n = count(types->kernel, row);

    if (n != -ENOENT || !rp_bpf_objects[row->object].module[0])
        return n;
    const struct btf *module = module_of(types, row->object);
    return module ? count(module, row) : -ENODEV;
}
