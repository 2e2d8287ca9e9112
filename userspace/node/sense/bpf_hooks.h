// SPDX-License-Identifier: Apache-2.0
/* The tables of programs and objects (include/reprieve/tbl) as data, and what this kernel's BTF says about each hook. */
#ifndef RP_NODE_SENSE_BPF_HOOKS_H
#define RP_NODE_SENSE_BPF_HOOKS_H

#include "node/sense/bpf_handles.h"
#include "reprieve/types.h"

enum rp_bpf_object {
#define RP_OBJECT(object, needs, module) RP_BPF_OBJECT_##object,
#include "reprieve/tbl/objects.h"
#undef RP_OBJECT
    RP_BPF_OBJECT_MAX
};

enum rp_bpf_needs { RP_BPF_NEEDS_CORE, RP_BPF_NEEDS_READS, RP_BPF_NEEDS_MODULE };

struct rp_bpf_object_row {
    const char *name, *module;
    enum rp_bpf_needs needs;
};

enum rp_bpf_kind { RP_BPF_TRACEPOINT, RP_BPF_FUNCTION, RP_BPF_RETURN, RP_BPF_ITERATOR, RP_BPF_CALL };

struct rp_bpf_row {
    const char *program, *hook; /* the hook's name in BTF */
    enum rp_bpf_object object;
    enum rp_bpf_kind kind;
    int least, most;
    int other; /* enum rp_bpf_hook, -1: none */
    const char *since;
};

extern const struct rp_bpf_object_row rp_bpf_objects[RP_BPF_OBJECT_MAX];
extern const struct rp_bpf_row rp_bpf_rows[RP_BPF_HOOK_MAX];

/* Do these two (enum rp_bpf_hook) do the same, so that one of them is enough? */
bool rp_bpf_twins(uint32_t a, uint32_t b);

struct btf;

/* Types of the kernel, and of the modules that were asked for. */
struct rp_bpf_types {
    struct btf *kernel;
    struct btf *modules[RP_BPF_OBJECT_MAX];
};

/* 0 or -errno: the kernel does not describe its types. */
int rp_bpf_types_open(struct rp_bpf_types *ret) RP_MUST_CHECK;
void rp_bpf_types_close(struct rp_bpf_types *types);

/*
 * How many arguments the hook has, or -errno. -ENOENT: this kernel has no such hook; -ENODEV: its module is not loaded, or
 * has no types; -EPROTOTYPE: it is no function.
 */
int rp_bpf_arguments(struct rp_bpf_types *types, uint32_t hook);

#endif
