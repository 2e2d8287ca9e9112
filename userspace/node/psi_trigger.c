// SPDX-License-Identifier: Apache-2.0
#include "node/psi_trigger.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/fdio.h"

/* One try with one order. The kernel keeps at most one per descriptor. */
static int order(int dirfd, const char *file, uint64_t resolve, const char *text)
{
    struct statfs fs;
    RP_CLEANUP_FD int fd = rp_openat2(dirfd, file, O_RDWR | O_NONBLOCK, resolve);
    if (fd < 0)
        return fd;
    if (fstatfs(fd, &fs) < 0)
        return -errno;
    if (fs.f_type != PROC_SUPER_MAGIC && fs.f_type != CGROUP2_SUPER_MAGIC)
        return -EMEDIUMTYPE;                                /* writing would only damage it */
    const int r = rp_write_all(fd, text, strlen(text) + 1); /* the kernel wants the NUL */
    return r ? r : RP_TAKE_FD(fd);
}

int rp_psi_trigger_open(int dirfd, const char *file, uint64_t resolve, enum rp_psi_kind kind)
{
    /* Windows of two seconds are all that 6.5 and later grant without CAP_SYS_RESOURCE. */
    static const struct {
        const char *second, *two_seconds;
    } texts[RP_PSI_KIND_MAX] = {
        [RP_PSI_MEMORY] = {"some 100000 1000000", "some 200000 2000000"},
        [RP_PSI_IO] = {"full 500000 1000000", "full 1000000 2000000"},
    };
    const int fd = order(dirfd, file, resolve, texts[kind].second);
    return fd == -EINVAL ? order(dirfd, file, resolve, texts[kind].two_seconds) : fd;
}
