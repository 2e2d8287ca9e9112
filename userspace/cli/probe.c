// SPDX-License-Identifier: Apache-2.0
/*
 * What this machine offers. The BPF programs are tried for real: loaded, attached and detached again when this process
 * ends; everything else is looked at, nothing is changed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "cli/cli.h"
#include "core/view/words.h"
#include "node/sense/bpf_hooks.h"
#include "node/sense/bpf_loader.h"
#include "node/sense/hierarchy.h"
#include "reprieve/policy.h"

#define FACTS_MAX 16

struct fact {
    const char *name;
    bool there;
    char text[sizeof(struct rp_complaint)]; /* what it gives, or what is lost without it */
};

struct probe {
    struct utsname kernel;
    struct fact facts[FACTS_MAX];
    size_t n;
    struct rp_bpf_handles bpf;
};

static void add(struct probe *probe, const char *name, bool there, const char *with, const char *without)
{
    struct fact *fact = &probe->facts[probe->n++];
    fact->name = name;
    fact->there = there;
    rp_cut(fact->text, sizeof(fact->text), there ? with : without);
}

/* Knobs do not exist in the root cgroup, so look into its children: does one of them have the file? "" asks for any. */
static bool child_has(int root, const char *file)
{
    RP_CLEANUP_FD int copy = fcntl(root, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy >= 0 ? fdopendir(RP_TAKE_FD(copy)) : NULL;
    bool found = false;
    if (!dir)
        return false;
    rewinddir(dir);
    for (struct dirent *entry = readdir(dir); entry && !found; entry = readdir(dir)) {
        char path[300];
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", entry->d_name, file);
        found = faccessat(root, path, F_OK, 0) == 0;
    }
    (void)closedir(dir);
    return found;
}

static void look_at_cgroups(struct probe *probe, const char *path)
{
    struct rp_complaint why = {.text = ""};
    RP_CLEANUP_FD int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool usable = root >= 0 && rp_hierarchy_check(root, &why) == 0;
    add(probe, "cgroup v2", usable, path,
        why.text[0] ? why.text : "the cgroup root cannot be opened; nothing can be guarded");
    if (!usable)
        return;
    if (!child_has(root, "")) {
        add(probe, "knobs", false, "", "there is no cgroup beside the root yet, so it cannot be said which ones exist");
        return;
    }
    add(probe, "memory.high", child_has(root, "memory.high"), "brace and squeeze",
        "no child cgroup has the memory controller: no memory per pod, no brace");
    add(probe, "cpu.max", child_has(root, "cpu.max"), "slow",
        "no child cgroup has the cpu controller: a pod can be frozen but not slowed");
    add(probe, "cgroup.freeze", child_has(root, "cgroup.freeze"), "freeze", "before kernel 5.2: no freeze");
    add(probe, "cgroup.kill", child_has(root, "cgroup.kill"), "one write kills a whole container",
        "before kernel 5.14: freeze, then SIGKILL to each process");
    add(probe, "memory.reclaim", child_has(root, "memory.reclaim"), "not used yet", "before kernel 5.19: not used yet");
}

static void look(struct probe *probe)
{
    static struct rp_policy defaults;
    rp_policy_init(&defaults);
    (void)uname(&probe->kernel);
    look_at_cgroups(probe, defaults.cgroup_root);
    add(probe, "PSI", access("/proc/pressure/memory", R_OK) == 0, "stall times of the node and of pods",
        "no stall times: boot with psi=1; forecasts work without");
    add(probe, "BTF", access("/sys/kernel/btf/vmlinux", R_OK) == 0, "BPF programs fit themselves to this kernel",
        "no BPF programs: kernel events are missed between two looks");
    RP_CLEANUP_FD int root = open(defaults.cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct rp_bpf_options options = {
        .enabled = geteuid() == 0, .cgroup_fd = root, .cgroups_max = rp_hierarchy_room(root)};
    if (rp_bpf_load(&options, &probe->bpf) != 0)
        rp_bpf_handles_init(&probe->bpf);
}

static const char *const needs[] = {
    [RP_BPF_NEEDS_CORE] = "CAP_BPF, CAP_PERFMON",
    [RP_BPF_NEEDS_READS] = "CAP_BPF, CAP_PERFMON, no lockdown=confidentiality",
    [RP_BPF_NEEDS_MODULE] = "CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN",
};

/* The hook's own name, without what BTF puts before it. */
static const char *hook_name(const struct rp_bpf_row *row)
{
    return row->kind == RP_BPF_TRACEPOINT ? row->hook + strlen("btf_trace_")
           : row->kind == RP_BPF_ITERATOR ? row->hook + strlen("bpf_")
                                          : row->hook;
}

/* Why a program is not attached; "" where there is nothing to say. */
static const char *why(const struct rp_bpf_handles *bpf, int i, char *text, size_t size)
{
    const struct rp_bpf_row *row = &rp_bpf_rows[i];
    const struct rp_bpf_object_row *object = &rp_bpf_objects[row->object];
    const struct rp_hook *hook = &bpf->hooks[i];

    text[0] = '\0';
    if (hook->state == RP_HOOK_MISSING && !bpf->btf)
        (void)snprintf(text, size, "the kernel does not describe its types (BTF)");
    else if (hook->state == RP_HOOK_MISSING && hook->error == -ENODEV)
        (void)snprintf(text, size, "module %s is not loaded, or does not describe its types", object->module);
    else if (hook->state == RP_HOOK_MISSING)
        (void)snprintf(text, size, "this kernel has no %s (known since %s, where it is built in)", hook_name(row),
                       row->since);
    else if (hook->state == RP_HOOK_REFUSED && hook->error == -EPROTOTYPE)
        (void)snprintf(text, size, "%s has arguments that this program does not know", hook_name(row));
    else if (hook->state == RP_HOOK_REFUSED)
        (void)snprintf(text, size, "the kernel said: %s; it needs %s", strerror(-hook->error), needs[object->needs]);
    else if (hook->state == RP_HOOK_SPARE)
        (void)snprintf(text, size, "another program does the same on this kernel");
    return text;
}

static bool is_well(const struct rp_hook *hook)
{
    return hook->state == RP_HOOK_ATTACHED || hook->state == RP_HOOK_SPARE;
}

static void print_maps(const struct rp_bpf_handles *bpf)
{
    uint64_t total = 0;

    for (int i = 0; i < RP_BPF_MAP_MAX; i++)
        total += bpf->sizes[i].bytes;
    if (total == 0)
        return;
    printf("\nBPF maps: %.1f MiB of kernel memory\n", (double)total / (1 << 20));
    for (int i = 0; i < RP_BPF_MAP_MAX; i++)
        if (bpf->sizes[i].bytes > 0) /* kernels before 6.x do not tell a ring's */
            printf("    %-26s %8u entries %9" PRIu64 " bytes\n", rp_bpf_map_name((enum rp_bpf_map)i),
                   bpf->sizes[i].entries, bpf->sizes[i].bytes);
}

static void print_text(const struct probe *probe)
{
    printf("kernel %s %s\n\n", probe->kernel.release, probe->kernel.machine);
    for (size_t i = 0; i < probe->n; i++)
        printf("  %s %-18s %s\n", probe->facts[i].there ? "+" : "-", probe->facts[i].name, probe->facts[i].text);
    printf("\nBPF programs%s\n", geteuid() == 0 ? "" : " (run as root to try them)");
    for (int i = 0; i < RP_BPF_HOOK_MAX; i++) {
        const struct rp_hook *hook = &probe->bpf.hooks[i];
        char text[256];
        printf("  %s %-26s %-9s %s%s\n", is_well(hook) ? "+" : "-", hook->program, rp_hook_word(hook->state),
               is_well(hook) ? "" : "instead: ", is_well(hook) ? hook->gives : hook->fallback);
        if (!is_well(hook) && why(&probe->bpf, i, text, sizeof(text))[0])
            printf("    %-26s           %s\n", "", text);
    }
    print_maps(&probe->bpf);
}

static json_t *hooks_json(const struct rp_bpf_handles *bpf)
{
    json_t *list = json_array();
    for (int i = 0; i < RP_BPF_HOOK_MAX; i++) {
        const struct rp_hook *hook = &bpf->hooks[i];
        const struct rp_bpf_object_row *object = &rp_bpf_objects[rp_bpf_rows[i].object];
        char text[256];
        (void)json_array_append_new(list, json_pack("{ss ss ss ss ss ss ss si ss}", "program", hook->program, "object",
                                                    object->name, "needs", needs[object->needs], "since",
                                                    rp_bpf_rows[i].since, "state", rp_hook_word(hook->state), "gives",
                                                    hook->gives, "fallback", hook->fallback, "error", hook->error,
                                                    "why", why(bpf, i, text, sizeof(text))));
    }
    return list;
}

static json_t *maps_json(const struct rp_bpf_handles *bpf)
{
    json_t *list = json_array();
    for (int i = 0; i < RP_BPF_MAP_MAX; i++)
        (void)json_array_append_new(list,
                                    json_pack("{ss si sI}", "map", rp_bpf_map_name((enum rp_bpf_map)i), "entries",
                                              (int)bpf->sizes[i].entries, "bytes", (json_int_t)bpf->sizes[i].bytes));
    return list;
}

static int print_json(const struct probe *probe)
{
    json_t *facts = json_array();
    for (size_t i = 0; i < probe->n; i++)
        (void)json_array_append_new(facts, json_pack("{ss sb ss}", "name", probe->facts[i].name, "there",
                                                     probe->facts[i].there, "text", probe->facts[i].text));
    json_t *root = json_pack("{ss ss so so so}", "kernel", probe->kernel.release, "machine", probe->kernel.machine,
                             "facts", facts, "hooks", hooks_json(&probe->bpf), "maps", maps_json(&probe->bpf));
    int rc = root ? json_dumpf(root, stdout, JSON_INDENT(2)) : -1;
    putchar('\n');
    json_decref(root);
    return rc == 0 ? RP_EXIT_OK : RP_EXIT_FAILED;
}

int rp_cli_probe(const struct rp_cli *cli, int argc, char **argv)
{
    static struct probe probe;
    (void)cli;
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !json)
        return rp_cli_usage("probe", "unknown argument");
    look(&probe);
    int code = RP_EXIT_OK;
    if (json)
        code = print_json(&probe);
    else
        print_text(&probe);
    rp_bpf_handles_close(&probe.bpf);
    return code;
}
