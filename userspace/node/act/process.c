// SPDX-License-Identifier: Apache-2.0
/* One process under /proc. */
#include "node/act/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/line.h"
#include "base/num.h"
#include "base/str.h"
#include "core/parse/proc_cgroup.h"
#include "core/parse/text.h"
#include "node/act/knob.h"

#define TEXT_MAX            8192
#define FIELDS_TO_STARTTIME 20 /* from field 3 (state), the first after the command, to field 22 */

int rp_process_open(int proc_fd, int32_t pid)
{
    char name[16];
    struct rp_line line;
    rp_line_init(&line, name, sizeof(name));
    rp_line_add_i64(&line, pid);
    const int fd = rp_openat2(proc_fd, name, O_PATH | O_DIRECTORY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    return fd == -ENOENT ? -ESRCH : fd;
}

static int read_file(int process_fd, const char *file, char text[TEXT_MAX], size_t *ret_len)
{
    RP_CLEANUP_FD int fd = rp_openat2(process_fd, file, O_RDONLY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    int r = fd < 0 ? fd : rp_pread_all(fd, text, TEXT_MAX, ret_len);
    return r == -ENOENT ? -ESRCH : r;
}

int rp_process_parse_stat(const char *text, size_t len, struct rp_process_stat *ret)
{
    const char *end = memrchr(text, ')', len);
    if (!end)
        return -EBADMSG;
    struct rp_text rest = rp_text(end + 1, len - (size_t)(end + 1 - text));
    struct rp_text word = {0};
    struct rp_process_stat found = {0};
    int64_t parent = 0;
    for (int field = 1; field <= FIELDS_TO_STARTTIME; field++) {
        if (!rp_text_word(&rest, &word))
            return -EBADMSG;
        if (field == 2 && (rp_parse_i64(word.at, word.len, &parent) < 0 || parent < 0 || parent > INT32_MAX))
            return -EBADMSG;
    }
    /* A word that is not followed by anything may have been cut off. */
    if (rest.len == 0 || rp_parse_u64(word.at, word.len, &found.starttime) < 0)
        return -EBADMSG;
    found.parent = (int32_t)parent;
    *ret = found;
    return 0;
}

int rp_process_stat(int process_fd, struct rp_process_stat *ret)
{
    char text[TEXT_MAX];
    size_t len = 0;
    const int r = read_file(process_fd, "stat", text, &len);
    return r < 0 ? r : rp_process_parse_stat(text, len, ret);
}

int rp_process_status(int process_fd, struct rp_proc_status *ret)
{
    char text[TEXT_MAX];
    size_t len = 0;
    const int r = read_file(process_fd, "status", text, &len);
    return r < 0 ? r : rp_parse_proc_status(text, len, ret);
}

int rp_process_adj(int process_fd, int16_t *ret)
{
    struct rp_knob_text text;
    int64_t value = 0;
    int r = rp_knob_read(process_fd, RP_KNOB_OOM_SCORE_ADJ, &text);
    if (r == 0)
        r = rp_knob_value(RP_KNOB_OOM_SCORE_ADJ, &text, &value);
    if (r == 0)
        *ret = (int16_t)value;
    return r == -ENOENT ? -ESRCH : r;
}

int rp_process_comm(int process_fd, char ret[RP_NAME_MAX])
{
    char text[TEXT_MAX];
    size_t len = 0;
    const int r = read_file(process_fd, "comm", text, &len);
    if (r < 0)
        return r;
    if (len > 0 && text[len - 1] == '\n')
        len--;
    return rp_copy_n(ret, RP_NAME_MAX, text, len) < 0 ? -EBADMSG : 0;
}

/* Does `inner` begin with the whole components of `outer`? */
static bool begins_with_components(const char *inner, const char *outer)
{
    const size_t n = strlen(outer);
    return strncmp(inner, outer, n) == 0 && (inner[n] == '\0' || inner[n] == '/');
}

bool rp_cgroup_path_is_under(const char *shown, const char *path)
{
    if (path[0] == '\0')
        return true;
    if (!begins_with_components(shown, ".."))
        return begins_with_components(shown, path);
    while (begins_with_components(shown, "..")) {
        shown += 2;
        shown += shown[0] == '/';
    }
    for (const char *tail = path; tail; tail = strchr(tail, '/')) {
        tail += tail[0] == '/';
        if (begins_with_components(shown, tail))
            return true;
    }
    return false;
}

int rp_process_is_under(int process_fd, const char *path)
{
    char text[TEXT_MAX];
    size_t len = 0;
    struct rp_proc_cgroup cgroup = {0};
    int r = read_file(process_fd, "cgroup", text, &len);
    if (r == 0)
        r = rp_parse_proc_cgroup(text, len, &cgroup);
    if (r < 0)
        return r;
    return cgroup.hierarchy != RP_HIERARCHY_V1 && rp_cgroup_path_is_under(cgroup.path, path);
}

int rp_process_root(int process_fd)
{
    /* The one place where a magic link is followed: it leads to the container's root, which is what is asked for. */
    const int fd = rp_openat2(process_fd, "root", O_PATH | O_DIRECTORY, 0);
    return fd == -ENOENT ? -ESRCH : fd;
}
