// SPDX-License-Identifier: Apache-2.0
#include "node/boot_id.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/str.h"

int rp_boot_id(int proc_fd, char ret[RP_BOOT_ID_TEXT_MAX])
{
    char text[RP_BOOT_ID_TEXT_MAX];
    size_t len = 0;
    RP_CLEANUP_FD int fd = openat(proc_fd, "sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = rp_pread_all(fd, text, sizeof(text), &len);
    while (rc == 0 && len > 0 && text[len - 1] == '\n')
        len--;
    return rc == 0 ? rp_copy_n(ret, RP_BOOT_ID_TEXT_MAX, text, len) : rc;
}
