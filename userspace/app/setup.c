// SPDX-License-Identifier: Apache-2.0
/* The supervisor's preparations, and the two short-lived children that do the parsing and the loading. */
#include "app/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/child.h"
#include "app/control.h"
#include "app/rights.h"
#include "app/say.h"
#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/num.h"
#include "base/str.h"
#include "config/config.h"
#include "core/parse/proc_cgroup.h"
#include "core/view/words.h"
#include "node/boot_id.h"
#include "node/policy_file.h"
#include "node/sense/bpf_loader.h"
#include "node/sense/hierarchy.h"

#define EXIT_CONFIG 2 /* documented: the configuration is wrong */
#define EXIT_NODE   3 /* documented: this machine cannot be guarded, or another instance runs */

#define CONFIG_TIMEOUT_MS 10000
#define LOCK_PATIENCE_MS  3000 /* processes of an earlier run that was killed hold the lock until they are quite dead */
#define LOADER_TIMEOUT_MS 60000 /* trial loads of every program, under emulation too */

/* ---- config child */

struct config_job {
    const char *path;
    int sock;
    uint32_t cgroups_max; /* for which there is room already, 0: at start */
};

/* "As many as the node has" becomes a number once; after a reload it is the same one. */
static void fit_to_node(struct rp_policy *policy, uint32_t cgroups_max)
{
    if (policy->cgroups_max)
        return;
    RP_CLEANUP_FD int root = open(policy->cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const uint32_t room = cgroups_max ? cgroups_max : rp_hierarchy_room(root);
    policy->cgroups_max = room < policy->pods_max ? policy->pods_max : room;
}

static int config_child(void *arg)
{
    const struct config_job *job = arg;
    static struct rp_policy policy;
    static struct rp_config_errors errors;
    rp_policy_init(&policy);
    int rc = rp_rights_drop(RP_ROLE_CONFIG);
    if (rc == 0 && job->path)
        rc = rp_config_load(job->path, &policy, &errors);
    for (uint32_t i = 0; i < errors.n; i++) {
        char line[512];
        rp_config_error_line(&errors.list[i], line, sizeof(line));
        rp_say(RP_ERROR, "%s", line);
    }
    if (rc != 0)
        return EXIT_CONFIG;
    fit_to_node(&policy, job->cgroups_max);
    struct rp_fds fds = {.fd = {rp_policy_seal(&policy)}, .n = 1};
    if (fds.fd[0] < 0 || rp_send_fds(job->sock, "p", 1, &fds) != 0) {
        rp_say(RP_ERROR, "cannot hand over the policy: %s", strerror(errno));
        return EXIT_CONFIG;
    }
    return 0;
}

/* Start a child that sends one message with descriptors; returns its socket's near end, or -errno. */
static int start_helper(struct rp_child *child, const char *name, int (*run)(void *), void *arg, int *far)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return -errno;
    *far = pair[1];
    int rc = rp_child_start(child, name, SIGKILL, run, arg);
    (void)close(pair[1]);
    if (rc != 0)
        (void)close(pair[0]);
    return rc != 0 ? rc : pair[0];
}

/* Sizes are fixed and directories are open from the start on: what was typed would be in the file and not in force. */
static void say_not_yet_in_force(const struct rp_policy *before, const struct rp_policy *now)
{
    const char *const paths[][2] = {
        {before->cgroup_root, now->cgroup_root},   {before->proc_root, now->proc_root},
        {before->run_dir, now->run_dir},           {before->host_root, now->host_root},
        {before->kubelet_root, now->kubelet_root}, {before->image_store, now->image_store},
        {before->layer_store, now->layer_store},   {before->pod_logs, now->pod_logs},
        {before->record_dir, now->record_dir},
    };
    bool differs = before->cgroups_max != now->cgroups_max || before->pods_max != now->pods_max ||
                   before->record_bytes != now->record_bytes;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        differs = differs || strcmp(paths[i][0], paths[i][1]) != 0;
    if (differs)
        rp_say(RP_WARN, "`paths`, `limits` and `record` are not the same as before: they count from the next "
                        "start of reprieved");
}

int rp_setup_load_policy(struct rp_setup *setup)
{
    struct config_job job = {.path = setup->options.config, .cgroups_max = setup->cgroups_max};
    struct rp_child child;
    struct rp_fds fds = {.n = 0};
    char byte;
    size_t len = 0;
    RP_CLEANUP_FD int sock = start_helper(&child, "config", config_child, &job, &job.sock);
    if (sock < 0)
        return sock;
    int rc = rp_recv_fds(sock, &byte, sizeof(byte), &len, &fds);
    (void)rp_child_finish(&child, CONFIG_TIMEOUT_MS);
    if (rc != 0 || fds.n != 1)
        return -EINVAL;
    const struct rp_policy *policy;
    rc = rp_policy_map(fds.fd[0], &policy);
    if (rc != 0) {
        rp_say(RP_ERROR, "the config child's policy is not acceptable: %s", strerror(-rc));
        (void)close(fds.fd[0]);
        return -EINVAL;
    }
    if (setup->policy)
        say_not_yet_in_force(setup->policy, policy);
    rp_policy_unmap(&setup->policy);
    rp_close_fd(&setup->policy_fd);
    setup->policy = policy;
    setup->policy_fd = fds.fd[0];
    return 0;
}

/* ---- loader child */

struct loader_job {
    struct rp_setup *setup;
    int sock;
};

/* "all", or names with commas between; the text is this short-lived process's own copy. */
static void split_disabled(const char *text, struct rp_bpf_options *options, const char **disable)
{
    static char copy[512];
    if (!text)
        return;
    options->enabled = strcmp(text, "all") != 0;
    rp_cut(copy, sizeof(copy), text);
    for (char *rest = copy, *name = strsep(&rest, ","); name && options->disable_n < RP_BPF_HOOK_MAX;
         name = strsep(&rest, ","))
        disable[options->disable_n++] = name;
    if (!options->enabled)
        options->disable_n = 0;
}

static int loader_child(void *arg)
{
    const struct loader_job *job = arg;
    const char *disable[RP_BPF_HOOK_MAX];
    struct rp_bpf_options options = {
        .enabled = true,
        .cgroup_fd = job->setup->roots.cgroup_fd,
        .cgroups_max = job->setup->policy->cgroups_max,
        .disable = disable,
    };
    split_disabled(job->setup->options.disable_bpf, &options, disable);
    static struct rp_bpf_handles handles;
    int rc = rp_rights_drop(RP_ROLE_LOADER);
    if (rc == 0)
        rc = rp_bpf_load(&options, &handles);
    if (rc == 0)
        rc = rp_bpf_handles_send(job->sock, &handles);
    if (rc != 0)
        rp_say(RP_ERROR, "BPF is not available: %s", strerror(-rc));
    return rc == 0 ? 0 : 1;
}

/* Those that are not attached, and why, in one line; what serves instead of each is `reprieve probe`'s to tell. */
static void say_missing_hooks(const struct rp_bpf_handles *bpf)
{
    char text[800] = "";
    size_t n = 0;
    if (bpf->error) {
        rp_say(RP_WARN, "no BPF program can be loaded%s: %s", bpf->btf ? "" : ", as this kernel shows no BTF",
               strerror(-bpf->error));
        return;
    }
    for (size_t i = 0; i < RP_BPF_HOOK_MAX; i++) {
        const struct rp_hook *hook = &bpf->hooks[i];
        if (hook->state != RP_HOOK_MISSING && hook->state != RP_HOOK_REFUSED)
            continue;
        const char *error = strerrorname_np(-hook->error);
        int added = snprintf(text + n, sizeof(text) - n, "%s%s (%s, %s)", n ? ", " : "", hook->program,
                             rp_hook_word(hook->state), error ? error : "?");
        n = added < 0 ? n : rp_min_u64(n + (size_t)added, sizeof(text) - 1);
    }
    if (n)
        rp_say(RP_WARN, "BPF programs not attached, `reprieve probe` tells what serves instead: %s", text);
}

/* Failing is a stated mode: the guard then reads files, and probe, readyz and a metric say so. */
static void load_bpf(struct rp_setup *setup)
{
    struct loader_job job = {.setup = setup};
    struct rp_child child;
    rp_bpf_handles_init(&setup->bpf);
    RP_CLEANUP_FD int sock = start_helper(&child, "loader", loader_child, &job, &job.sock);
    if (sock < 0 || rp_bpf_handles_receive(sock, &setup->bpf) != 0)
        rp_say(RP_WARN, "running without BPF: signals come from files only");
    say_missing_hooks(&setup->bpf);
    if (sock >= 0)
        (void)rp_child_finish(&child, LOADER_TIMEOUT_MS);
}

/* ---- the supervisor's own things */

static int lock_run_dir(const char *run_dir)
{
    char path[RP_URL_MAX + 16];
    if (mkdir(run_dir, 0700) != 0 && errno != EEXIST) {
        rp_say(RP_ERROR, "cannot create %s: %s", run_dir, strerror(errno));
        return -errno;
    }
    (void)snprintf(path, sizeof(path), "%s/lock", run_dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* kept for life; children inherit it, which is right:
                                                               as long as one lives, the node is taken */
    if (fd < 0 || rp_lock_within(fd, LOCK_PATIENCE_MS) != 0) {
        rp_say(RP_ERROR, "%s is in use: another reprieved guards this machine (%s)", path, strerror(errno));
        return -EBUSY;
    }
    return 0;
}

static int open_dir(const char *what, const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        rp_say(RP_ERROR, "cannot open the %s %s: %s", what, path, strerror(errno));
    return fd;
}

static int open_roots(struct rp_setup *setup)
{
    struct rp_complaint why;
    setup->roots.cgroup_fd = open_dir("cgroup root", setup->policy->cgroup_root);
    setup->roots.proc_fd = open_dir("proc root", setup->policy->proc_root);
    if (setup->roots.cgroup_fd < 0 || setup->roots.proc_fd < 0)
        return -ENOENT;
    int rc = rp_hierarchy_check(setup->roots.cgroup_fd, &why);
    if (rc != 0)
        rp_say(RP_ERROR, "%s: %s", setup->policy->cgroup_root, why.text);
    return rc;
}

static int open_undo(struct rp_setup *setup)
{
    char boot[RP_BOOT_ID_TEXT_MAX];
    enum rp_undo_damage damage = RP_UNDO_SOUND;
    RP_CLEANUP_FD int dir = open_dir("run directory", setup->policy->run_dir);
    int rc = dir < 0 ? -errno : rp_boot_id(setup->roots.proc_fd, boot);
    if (rc == 0)
        rc = rp_undo_open(dir, boot, &setup->undo, &damage);
    if (rc != 0)
        rp_say(RP_ERROR, "cannot open the undo log in %s: %s", setup->policy->run_dir, strerror(-rc));
    else if (damage == RP_UNDO_MENDED)
        rp_say(RP_WARN, "the undo log %s/%s was mended: %s", setup->policy->run_dir, RP_UNDO_FILE,
               rp_undo_damage_text(damage));
    else if (damage != RP_UNDO_SOUND)
        rp_say(RP_WARN, "the undo log was set aside as %s/%s.damaged: %s", setup->policy->run_dir, RP_UNDO_FILE,
               rp_undo_damage_text(damage));
    return rc;
}

static void find_own_cgroup(struct rp_setup *setup)
{
    char text[4096];
    size_t len = 0;
    struct rp_proc_cgroup own;
    RP_CLEANUP_FD int fd = openat(setup->roots.proc_fd, "self/cgroup", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && rp_pread_all(fd, text, sizeof(text), &len) == 0 && rp_parse_proc_cgroup(text, len, &own) == 0 &&
        own.hierarchy == RP_HIERARCHY_V2)
        memcpy(setup->own_cgroup, own.path, sizeof(own.path));
}

static int make_arena(struct rp_setup *setup)
{
    char path[64];
    setup->arena_bytes = rp_arena_size(setup->policy);
    setup->cgroups_max = setup->policy->cgroups_max;
    setup->pods_max = setup->policy->pods_max;
    setup->arena_fd = memfd_create("reprieve-arena", MFD_CLOEXEC);
    if (setup->arena_fd < 0 || ftruncate(setup->arena_fd, (off_t)setup->arena_bytes) != 0)
        return -errno;
    /* A second description that was opened read-only: whoever gets it cannot map the arena writable. */
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", setup->arena_fd);
    setup->arena_read_fd = open(path, O_RDONLY | O_CLOEXEC);
    return setup->arena_read_fd < 0 ? -errno : 0;
}

/* Before anybody is forked, so that what a guard saw is still there for the hands of the next one. */
static int make_ring(struct rp_setup *setup)
{
    if (!setup->policy->record_dir[0])
        return 0;
    rp_cut(setup->record_dir, sizeof(setup->record_dir), setup->policy->record_dir);
    setup->record_bytes = setup->policy->record_bytes;
    setup->ring_bytes = rp_ring_size(setup->cgroups_max, setup->pods_max);
    void *map = mmap(NULL, setup->ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return -errno;
    setup->ring = map;
    rp_ring_init(setup->ring, setup->ring_bytes);
    return 0;
}

void rp_setup_say_undone(const char *whose, const struct rp_undo_summary *summary)
{
    char rest[120] = "";
    int n = 0;
    if (summary->failed)
        n = snprintf(rest, sizeof(rest), ", %llu could not be restored yet", (unsigned long long)summary->failed);
    if (summary->damaged && n >= 0)
        (void)snprintf(rest + n, sizeof(rest) - (size_t)n, ", %llu unknown, as the record is damaged",
                       (unsigned long long)summary->damaged);
    if (summary->reverted || summary->left || rest[0])
        rp_say(RP_WARN, "%s: %llu restored, %llu left alone%s", whose, (unsigned long long)summary->reverted,
               (unsigned long long)summary->left, rest);
}

static void revert_leftovers(struct rp_setup *setup)
{
    struct rp_undo_summary summary = {0};
    rp_undo_revert_all(&setup->undo, &setup->roots, RP_REASON_START, &summary);
    rp_setup_say_undone("an earlier run left changes behind", &summary);
}

int rp_setup_prepare(struct rp_setup *setup, const struct rp_options *options)
{
    *setup = (struct rp_setup){.options = *options, .policy_fd = -1, .arena_fd = -1, .control_fd = -1};
    if (rp_setup_load_policy(setup) != 0) {
        rp_say(RP_ERROR, "no valid configuration: `reprieve check-config %s` explains", options->config);
        return EXIT_CONFIG;
    }
    if (open_roots(setup) != 0 || lock_run_dir(setup->policy->run_dir) != 0 || open_undo(setup) != 0)
        return EXIT_NODE;
    revert_leftovers(setup);
    find_own_cgroup(setup);
    int rc = make_arena(setup);
    if (rc == 0)
        rc = make_ring(setup);
    if (rc == 0) {
        setup->control_fd = rp_control_listen(setup->policy->run_dir);
        rc = setup->control_fd < 0 ? setup->control_fd : 0;
    }
    if (rc != 0) {
        rp_say(RP_ERROR, "cannot prepare: %s", strerror(-rc));
        return EXIT_NODE;
    }
    load_bpf(setup);
    return 0;
}
