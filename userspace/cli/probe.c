// SPDX-License-Identifier: Apache-2.0
/*
 * What this machine offers. The BPF programs are tried for real: loaded, attached and detached again when this process
 * ends; everything else is looked at, nothing is changed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "cli/cli.h"
#include "core/view/words.h"
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
    struct rp_bpf_options options = {.enabled = geteuid() == 0, .cgroup_fd = root, .cgroups_max = defaults.cgroups_max};
    if (rp_bpf_load(&options, &probe->bpf) != 0)
        rp_bpf_handles_init(&probe->bpf);
}

static void print_text(const struct probe *probe)
{
    printf("kernel %s %s\n\n", probe->kernel.release, probe->kernel.machine);
    for (size_t i = 0; i < probe->n; i++)
        printf("  %s %-18s %s\n", probe->facts[i].there ? "+" : "-", probe->facts[i].name, probe->facts[i].text);
    printf("\nBPF programs%s\n", geteuid() == 0 ? "" : " (run as root to try them)");
    for (int i = 0; i < RP_BPF_HOOK_MAX; i++) {
        const struct rp_hook *hook = &probe->bpf.hooks[i];
        bool works = hook->state == RP_HOOK_ATTACHED;
        printf("  %s %-26s %-9s %s%s\n", works ? "+" : "-", hook->program, rp_hook_word(hook->state),
               works ? "" : "instead: ", works ? hook->gives : hook->fallback);
        if (hook->state == RP_HOOK_REFUSED)
            printf("    %-26s           the kernel said: %s\n", "", strerror(-hook->error));
    }
}

static int print_json(const struct probe *probe)
{
    json_t *facts = json_array(), *hooks = json_array();
    for (size_t i = 0; i < probe->n; i++)
        (void)json_array_append_new(facts, json_pack("{ss sb ss}", "name", probe->facts[i].name, "there",
                                                     probe->facts[i].there, "text", probe->facts[i].text));
    for (int i = 0; i < RP_BPF_HOOK_MAX; i++) {
        const struct rp_hook *hook = &probe->bpf.hooks[i];
        (void)json_array_append_new(hooks, json_pack("{ss ss ss ss si}", "program", hook->program, "state",
                                                     rp_hook_word(hook->state), "gives", hook->gives, "fallback",
                                                     hook->fallback, "error", hook->error));
    }
    json_t *root = json_pack("{ss ss so so}", "kernel", probe->kernel.release, "machine", probe->kernel.machine,
                             "facts", facts, "hooks", hooks);
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
