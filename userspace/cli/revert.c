// SPDX-License-Identifier: Apache-2.0
/*
 * Undo everything. A running guard does it itself; without one the log that it left behind is worked off here, with the
 * same code that supervisor and guard use.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "cli/cli.h"
#include "node/act/revert.h"
#include "node/boot_id.h"
#include "reprieve/policy.h"

static int report(uint64_t reverted, uint64_t left, uint64_t failed)
{
    printf("%llu restored, %llu left alone", (unsigned long long)reverted, (unsigned long long)left);
    if (failed)
        printf(", %llu could not be restored", (unsigned long long)failed);
    puts(".");
    return failed ? RP_EXIT_FAILED : RP_EXIT_OK;
}

/* Processes of shields that were told about; the summary's others belong to shields without a record of their own. */
struct told {
    uint64_t restored, left, failed;
};

static void print_change(void *ctx, const struct rp_undo_change *change, const struct rp_revert *what,
                         enum rp_reason reason)
{
    struct told *told = ctx;
    (void)reason;
    told->restored += what->processes;
    told->left += what->processes_left;
    told->failed += what->processes_failed;
    if (!change)
        printf("a damaged record was dropped\n");
    else if (what->result == RP_REVERT_RESTORED && change->knob == RP_KNOB_OOM_SCORE_ADJ)
        printf("restored     %s oom_score_adj of %u process%s\n", change->path, what->processes,
               what->processes == 1 ? "" : "es");
    else if (what->result == RP_REVERT_RESTORED)
        printf("restored     %s %s: %s\n", change->path, rp_knob_file((enum rp_knob)change->knob), change->old.s);
    else if (what->result == RP_REVERT_CHANGED)
        printf("left alone   %s %s: somebody else set it to %s\n", change->path,
               rp_knob_file((enum rp_knob)change->knob), what->seen.s);
    else if (what->result == RP_REVERT_GONE)
        printf("gone         %s\n", change->path);
    else if (what->result == RP_REVERT_FAILED)
        printf("not restored %s %s: %s\n", change->path, rp_knob_file((enum rp_knob)change->knob),
               strerror(-what->error));
}

#define LOCK_PATIENCE_MS 3000 /* processes that were just killed hold it until they are quite dead */

/* Without a daemon. The lock tells whether one lives that merely does not answer: then hands off its log. */
static int revert_offline(const struct rp_cli *cli)
{
    static struct rp_policy defaults;
    struct rp_undo undo;
    enum rp_undo_damage damage = RP_UNDO_SOUND;
    rp_policy_init(&defaults);
    RP_CLEANUP_FD int dir = open(cli->run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        printf("Nothing to undo: %s does not exist.\n", cli->run_dir);
        return RP_EXIT_OK;
    }
    RP_CLEANUP_FD int lock = openat(dir, "lock", O_RDWR | O_CLOEXEC);
    if (lock >= 0 && rp_lock_within(lock, LOCK_PATIENCE_MS) != 0) {
        fprintf(stderr,
                "reprieve: a guard holds %s/lock but does not answer; its supervisor will replace it. Try again.\n",
                cli->run_dir);
        return RP_EXIT_FAILED;
    }
    RP_CLEANUP_FD int cgroups = open(defaults.cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    RP_CLEANUP_FD int proc = open(defaults.proc_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char boot[RP_BOOT_ID_TEXT_MAX];
    int rc = rp_boot_id(proc, boot);
    if (rc == 0)
        rc = rp_undo_open_existing(dir, boot, &undo, &damage);
    if (rc == -ENOENT) {
        puts("Nothing to undo: there is no undo log.");
        return RP_EXIT_OK;
    }
    if (rc != 0) {
        fprintf(stderr, "reprieve: the undo log cannot be used: %s\n",
                rc == -EBADMSG ? rp_undo_damage_text(damage) : strerror(-rc));
        return RP_EXIT_FAILED;
    }
    if (damage == RP_UNDO_MENDED)
        fprintf(stderr, "reprieve: the undo log was mended: %s\n", rp_undo_damage_text(damage));
    struct rp_undo_roots roots = {.cgroup_fd = cgroups, .proc_fd = proc};
    struct told told = {0};
    struct rp_undo_summary summary = {.each = print_change, .ctx = &told};
    rp_undo_revert_all(&undo, &roots, RP_REASON_OPERATOR, &summary);
    rp_undo_close(&undo);
    return report(summary.reverted + summary.processes - told.restored,
                  summary.left + summary.processes_left - told.left,
                  summary.failed + summary.processes_failed - told.failed);
}

int rp_cli_revert(const struct rp_cli *cli, int argc, char **argv)
{
    struct rp_control_reply reply;
    (void)argv;
    if (argc != 1)
        return rp_cli_usage("revert", "takes no arguments");
    int rc = rp_client_ask(cli, RP_CONTROL_REVERT, &reply, NULL);
    if (rc == -ENOENT)
        return revert_offline(cli);
    if (rc != 0) {
        rp_client_explain(cli, rc);
        return RP_EXIT_FAILED;
    }
    puts("The guard observes only, until `reprieve resume`.");
    return report(reply.reverted, reply.left, 0);
}

int rp_cli_resume(const struct rp_cli *cli, int argc, char **argv)
{
    struct rp_control_reply reply;
    (void)argv;
    if (argc != 1)
        return rp_cli_usage("resume", "takes no arguments");
    int rc = rp_client_ask(cli, RP_CONTROL_RESUME, &reply, NULL);
    if (rc != 0) {
        rp_client_explain(cli, rc);
        return rc == -ENOENT ? RP_EXIT_NO_GUARD : RP_EXIT_FAILED;
    }
    puts("The guard works in its configured mode again.");
    return RP_EXIT_OK;
}
