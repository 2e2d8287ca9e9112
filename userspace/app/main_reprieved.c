// SPDX-License-Identifier: Apache-2.0
/* The daemon's options; everything else is the supervisor's. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/setup.h"

static void print_help(void)
{
    puts("reprieved - guards the long-running workloads of this machine\n\n"
         "Usage: reprieved [--config FILE] [--disable-bpf all|PROGRAM,...]\n\n"
         "  --config FILE      configuration (default: built-in defaults, which only observe);\n"
         "                     `reprieve check-config FILE` explains mistakes\n"
         "  --disable-bpf ...  do without all or some BPF programs; `reprieve probe` lists them\n"
         "  --version, --help\n\n"
         "Signals: TERM and INT undo every change and end; HUP reads the configuration again.\n"
         "Exit codes: 0 ended on request, 1 failed, 2 wrong usage or configuration,\n"
         "            3 this machine cannot be guarded or is guarded already.");
}

int main(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"config", required_argument, NULL, 'c'},
        {"disable-bpf", required_argument, NULL, 'd'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct rp_options options = {0};
    int option;
    while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
        switch (option) {
        case 'c':
            options.config = optarg;
            break;
        case 'd':
            options.disable_bpf = optarg;
            break;
        case 'v':
            puts("reprieved " RP_VERSION);
            return 0;
        case 'h':
            print_help();
            return 0;
        default:
            return 2;
        }
    }
    if (optind != argc) {
        fprintf(stderr, "reprieved: unexpected argument %s; try --help\n", argv[optind]);
        return 2;
    }
    if (geteuid() != 0) {
        fputs("reprieved: must run as uid 0: it reads every cgroup and, if allowed to, writes them\n", stderr);
        return 3;
    }
    return rp_supervise(&options);
}
