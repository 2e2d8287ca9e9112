// SPDX-License-Identifier: Apache-2.0
/* The policy in a sealed memfd. */
#include "node/policy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fdio.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int rp_policy_seal(const struct rp_policy *policy)
{
    RP_CLEANUP_FD int fd = memfd_create("reprieve-policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    const int r = rp_write_all(fd, policy, sizeof(*policy));
    if (r < 0)
        return r;
    if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        return -errno;
    return RP_TAKE_FD(fd);
}

int rp_policy_map(int fd, const struct rp_policy **ret)
{
    const int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0)
        return errno == EINVAL ? -EPERM : -errno; /* EINVAL: a kind of file that cannot be sealed */
    if ((seals & SEALS) != SEALS)
        return -EPERM;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_size != (off_t)sizeof(struct rp_policy))
        return -EBADMSG;
    /* Private: before Linux 6.7 a shared mapping of a write-sealed memfd is refused even for reading. */
    void *const map = mmap(NULL, sizeof(struct rp_policy), PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (map == MAP_FAILED)
        return -errno;
    struct rp_complaint why;
    const int r = rp_policy_check(map, &why);
    if (r < 0) {
        munmap(map, sizeof(struct rp_policy));
        return r;
    }
    *ret = map;
    return 0;
}

void rp_policy_unmap(const struct rp_policy **policy)
{
    void *map = NULL;
    memcpy(&map, policy, sizeof(map)); /* munmap takes no pointer to const */
    if (map)
        munmap(map, sizeof(**policy));
    *policy = NULL;
}
