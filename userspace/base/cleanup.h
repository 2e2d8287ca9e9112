// SPDX-License-Identifier: Apache-2.0
/*
 * Release at the end of the scope, whichever return ends it. A function uses these or goto, never both: a jump past a
 * declaration with a cleanup is an error in clang and silent in gcc.
 *
 */
#ifndef RP_BASE_CLEANUP_H
#define RP_BASE_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Close if open and mark as closed; errno survives, because cleanups run between a failure and its report. */
static inline void rp_close_fd(int *fd)
{
    const int saved = errno;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = saved;
}

static inline int rp_take_fd(int *fd)
{
    const int taken = *fd;
    *fd = -1;
    return taken;
}

/* `slot` points at a pointer of any type, so its value is moved as bytes. */
static inline void rp_free_ptr(void *slot)
{
    void *p = NULL;
    memcpy(&p, slot, sizeof(p));
    free(p);
    p = NULL;
    memcpy(slot, &p, sizeof(p));
}

static inline void *rp_take_ptr(void *slot)
{
    void *p = NULL;
    void *const none = NULL;
    memcpy(&p, slot, sizeof(p));
    memcpy(slot, &none, sizeof(none));
    return p;
}

#define RP_CLEANUP_FD   __attribute__((cleanup(rp_close_fd)))
#define RP_CLEANUP_FREE __attribute__((cleanup(rp_free_ptr)))
#define RP_TAKE_FD(fd)  rp_take_fd(&(fd))
#define RP_TAKE_PTR(p)  ((__typeof__(p))rp_take_ptr(&(p)))

#endif
