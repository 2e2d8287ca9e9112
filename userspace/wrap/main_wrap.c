// SPDX-License-Identifier: Apache-2.0
/* The first process of a container. */
#include "wrap/wrap.h"

int main(int argc, char **argv)
{
    return rp_wrap_main(argc > 0 ? argv + 1 : argv);
}
