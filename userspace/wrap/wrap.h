// SPDX-License-Identifier: Apache-2.0
/*
 * reprieve-wrap: the first process of a container, around a program that knows nothing of Reprieve. One thread, one poll:
 * signals (passed on; SIGCHLD: reap), the request file, the output of a checkpoint command, time.
 */
#ifndef RP_WRAP_WRAP_H
#define RP_WRAP_WRAP_H

/* The whole life; gives the exit code, see --help. */
int rp_wrap_main(char *const *argv);

#endif
