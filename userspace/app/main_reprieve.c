// SPDX-License-Identifier: Apache-2.0
/* The operator's tool. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return rp_cli_main(argc, argv);
}
