// SPDX-License-Identifier: Apache-2.0
/* The newest file that a pattern names. */
#include "node/act/newest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/str.h"
#include "node/act/clock.h"
#include "reprieve/contract.h"
#include "reprieve/policy.h"

#define ANY_DEPTH "**"

struct search {
    rp_ns end_ns;
    uint32_t entries, depth; /* names looked at; directories open */
    bool found;
    struct stat newest;
};

static bool is_wild(const char *component)
{
    return strpbrk(component, "*?") != NULL;
}

static bool is_newer(const struct stat *a, const struct stat *b)
{
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
        return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
    return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

static int walk(struct search *search, int dir_fd, const char *pattern);

static int enter(struct search *search, int dir_fd, const char *name, const char *pattern)
{
    RP_CLEANUP_FD int fd = rp_openat2(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK, RESOLVE_BENEATH);
    if (fd < 0) /* gone meanwhile, or not for that user to read */
        return fd == -ENOENT || fd == -ENOTDIR || fd == -EACCES || fd == -ELOOP ? 0 : fd;
    if (search->depth == RP_NEWEST_DEPTH_MAX)
        return -E2BIG;
    search->depth++;
    const int r = walk(search, fd, pattern);
    search->depth--;
    return r;
}

/* `rest` is what must follow below; NULL: this name is the last component. */
static int consider(struct search *search, int dir_fd, const char *name, const char *rest)
{
    struct stat st;
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (rest)
        return S_ISDIR(st.st_mode) ? enter(search, dir_fd, name, rest) : 0;
    if (S_ISREG(st.st_mode) && (!search->found || is_newer(&st, &search->newest))) {
        search->newest = st;
        search->found = true;
    }
    return 0;
}

static bool names(const char *component, const char *name)
{
    return (name[0] != '.' || component[0] == '.') && rp_glob_match(component, name);
}

static int consider_entry(struct search *search, int dir_fd, const char *component, const char *rest,
                          const struct dirent *entry)
{
    const char *name = entry->d_name;
    if (++search->entries > RP_NEWEST_ENTRIES_MAX)
        return -E2BIG;
    if (rp_clock_ns() > search->end_ns)
        return -ETIME;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    if (strcmp(component, ANY_DEPTH) == 0) /* one directory deeper, still at any depth */
        return name[0] == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
                   ? 0
                   : consider(search, dir_fd, name, component);
    return names(component, name) ? consider(search, dir_fd, name, rest) : 0;
}

static int each(struct search *search, int dir_fd, const char *component, const char *rest)
{
    int r = 0;
    RP_CLEANUP_FD int fd = rp_openat2(dir_fd, ".", O_RDONLY | O_DIRECTORY, RESOLVE_BENEATH);
    if (fd < 0)
        return fd;
    DIR *dir = fdopendir(fd);
    if (!dir)
        return -errno;
    (void)RP_TAKE_FD(fd);
    for (const struct dirent *entry = readdir(dir); r == 0 && entry; entry = r == 0 ? readdir(dir) : NULL)
        r = consider_entry(search, dir_fd, component, rest, entry);
    (void)closedir(dir);
    return r;
}

static int walk(struct search *search, int dir_fd, const char *pattern)
{
    char component[RP_CONTRACT_PATH_MAX];
    const size_t len = strcspn(pattern, "/");
    const char *rest = pattern[len] == '/' ? pattern + len + 1 : NULL;
    int r = rp_copy_n(component, sizeof(component), pattern, len);
    if (r < 0)
        return r;
    if (strcmp(component, ANY_DEPTH) == 0) {
        r = rest ? walk(search, dir_fd, rest) : each(search, dir_fd, "*", NULL);
        return r < 0 ? r : each(search, dir_fd, component, pattern);
    }
    return is_wild(component) ? each(search, dir_fd, component, rest) : consider(search, dir_fd, component, rest);
}

int rp_newest_find(int root_fd, const char *pattern, rp_ns end_ns, struct stat *ret)
{
    char fixed[RP_CONTRACT_PATH_MAX];
    struct search search = {.end_ns = end_ns};
    /* Up to the last slash before the first wildcard, or before the name: that part may pass through links. */
    const size_t until = strcspn(pattern, "*?");
    size_t len = until;
    while (len > 0 && pattern[len - 1] != '/')
        len--;
    int r = rp_copy_n(fixed, sizeof(fixed), pattern, len);
    if (r < 0)
        return r;
    RP_CLEANUP_FD int fd = rp_openat2(root_fd, fixed[0] ? fixed : ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK,
                                      RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    r = fd < 0 ? fd : walk(&search, fd, pattern + len);
    if (r == 0 && !search.found)
        r = -ENOENT;
    if (r == 0)
        *ret = search.newest;
    return r;
}
