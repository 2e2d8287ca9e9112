// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "cli/cli.h"
#include "config/config.h"
#include "core/view/words.h"

static void print_summary(const char *path, const struct rp_policy *policy)
{
    uint32_t protected_ = 0;
    for (uint32_t i = 0; i < policy->rules_n; i++)
        protected_ += policy->rules[i].contract.protect;
    printf("%s: valid. %s mode, %u configured workload%s (%u protected).\n", path, rp_mode_word(policy->mode),
           policy->rules_n, policy->rules_n == 1 ? "" : "s", protected_);
    if (policy->mode == RP_MODE_ENFORCE) {
        printf("May be done:");
        for (unsigned k = RP_ACTION_NONE + 1; k < RP_ACTION_MAX; k++)
            if (policy->enabled & (1u << k))
                printf(" %s", rp_action_info((enum rp_action_kind)k)->word);
        putchar('\n');
    }
}

int rp_cli_check_config(const struct rp_cli *cli, int argc, char **argv)
{
    static struct rp_policy policy;
    static struct rp_config_errors errors;
    (void)cli;
    if (argc != 2)
        return rp_cli_usage("check-config", "name one file");
    rp_policy_init(&policy);
    if (rp_config_load(argv[1], &policy, &errors) == 0) {
        print_summary(argv[1], &policy);
        return RP_EXIT_OK;
    }
    for (uint32_t i = 0; i < errors.n; i++) {
        char line[RP_CONFIG_LINE_MAX];
        rp_config_error_line(&errors.list[i], line, sizeof(line));
        fprintf(stderr, "%s\n", line);
    }
    fprintf(stderr, "%u mistake%s. A guard that runs keeps its old configuration.\n", errors.n + errors.more,
            errors.n + errors.more == 1 ? "" : "s");
    return RP_EXIT_USAGE;
}
