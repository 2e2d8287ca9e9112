// SPDX-License-Identifier: Apache-2.0
#include "app/rights.h"

#include <errno.h>
#include <grp.h>
#include <link.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "app/say.h"
#include "base/cleanup.h"
#include "base/fdio.h"
#include "node/act/pidfd_info.h"

#define NOBODY 65534

#define HAS(cap) (UINT64_C(1) << (cap))

/* Why each one: see "What it may do" in the README. */
static const uint64_t caps_of[RP_ROLE_MAX] = {
    /* starts all the others, and undoes the guard's changes (oom_score_adj downwards needs SYS_RESOURCE) */
    [RP_ROLE_SUPERVISOR] = HAS(CAP_BPF) | HAS(CAP_PERFMON) | HAS(CAP_KILL) | HAS(CAP_SYS_PTRACE) |
                           HAS(CAP_SYS_RESOURCE) | HAS(CAP_IPC_LOCK) | HAS(CAP_SETUID) | HAS(CAP_SETGID) |
                           HAS(CAP_SETPCAP) | HAS(CAP_DAC_OVERRIDE),
    /* bpf(2) on maps where unprivileged BPF is off; oom_score_adj */
    [RP_ROLE_GUARD] = HAS(CAP_BPF) | HAS(CAP_PERFMON) | HAS(CAP_KILL) | HAS(CAP_SYS_RESOURCE) | HAS(CAP_IPC_LOCK),
    /* signals to other uids; /proc/PID/{root,fd} of other uids and their ids to look there; the iterator; oom_score_adj,
     * which belongs to the process's user; the kubelet's root and pods' logs, which may be closed to everybody else */
    [RP_ROLE_HAND] = HAS(CAP_BPF) | HAS(CAP_PERFMON) | HAS(CAP_KILL) | HAS(CAP_SYS_PTRACE) | HAS(CAP_SYS_RESOURCE) |
                     HAS(CAP_SETUID) | HAS(CAP_SETGID) | HAS(CAP_DAC_OVERRIDE),
    /* SYS_RESOURCE: locked-memory accounting of BPF maps before 5.11; SYS_ADMIN: types of modules (xfs, btrfs). The
     * loader reads only its own objects and the kernel's types, and ends before the guard begins. */
    [RP_ROLE_LOADER] = HAS(CAP_BPF) | HAS(CAP_PERFMON) | HAS(CAP_SYS_RESOURCE) | HAS(CAP_SYS_ADMIN),
    [RP_ROLE_LINK] = 0,
    [RP_ROLE_CONFIG] = 0,
};

static int drop_bounding(uint64_t keep)
{
    for (cap_value_t cap = 0; cap <= CAP_LAST_CAP; cap++) {
        /* A kernel that does not know a newer capability says EINVAL; a process without SETPCAP cannot drop, and has
         * then been given a small set from outside. */
        if (!(keep & HAS(cap)) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && errno != EINVAL && errno != EPERM)
            return -errno;
    }
    return 0;
}

/* The role's set, as far as this process has it: a container may have been given less, and then runs degraded. */
static int set_caps(uint64_t keep)
{
    cap_t had = cap_get_proc();
    cap_t caps = cap_init();
    int rc = had && caps ? 0 : -ENOMEM;
    for (cap_value_t cap = 0; rc == 0 && cap <= CAP_LAST_CAP; cap++) {
        cap_flag_value_t permitted = CAP_CLEAR;
        if (!(keep & HAS(cap)) || cap_get_flag(had, cap, CAP_PERMITTED, &permitted) != 0 || permitted != CAP_SET)
            continue;
        if (cap_set_flag(caps, CAP_PERMITTED, 1, &cap, CAP_SET) != 0 ||
            cap_set_flag(caps, CAP_EFFECTIVE, 1, &cap, CAP_SET) != 0)
            rc = -errno;
    }
    if (rc == 0 && cap_set_proc(caps) != 0)
        rc = -errno;
    (void)cap_free(caps);
    (void)cap_free(had);
    return rc;
}

static int become_nobody(void)
{
    if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
        return -errno;
    return 0;
}

int rp_rights_drop(enum rp_role role)
{
    int rc = drop_bounding(caps_of[role]);
    if (rc == 0 && geteuid() == 0 && (role == RP_ROLE_LINK || role == RP_ROLE_CONFIG)) {
        rc = become_nobody();
        if (rc == -EPERM) { /* started with few rights: better uid 0 without a capability than no guard */
            rp_say(RP_WARN, "stays uid 0, though without capabilities: grant CAP_SETUID and CAP_SETGID");
            rc = 0;
        }
    }
    if (rc == 0)
        rc = set_caps(caps_of[role]);
    if (rc == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        rc = -errno;
    return rc;
}

/* The guard: what the rescue thread needs and nothing that may sleep on somebody else, reach a network, or allocate. */
static const int guard_calls[] = {
    SCMP_SYS(read),           SCMP_SYS(write),
    SCMP_SYS(pread64),        SCMP_SYS(pwrite64),
    SCMP_SYS(close),          SCMP_SYS(lseek),
    SCMP_SYS(openat2), /* beneath the kept descriptor of the cgroup root, see base/fdio.h */
    SCMP_SYS(getdents64),     SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),     SCMP_SYS(statx),
    SCMP_SYS(fcntl),          SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),    SCMP_SYS(epoll_ctl),
    SCMP_SYS(poll),           SCMP_SYS(ppoll),
    SCMP_SYS(recvmsg),        SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom),       SCMP_SYS(sendto),
    SCMP_SYS(accept4),        SCMP_SYS(timerfd_settime),
    SCMP_SYS(clock_gettime),  SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(pidfd_open),     SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
    SCMP_SYS(futex),          SCMP_SYS(getpid),
    SCMP_SYS(gettid),         SCMP_SYS(tgkill),
    SCMP_SYS(exit),           SCMP_SYS(exit_group),
};

static const int guard_bpf_commands[] = {BPF_MAP_LOOKUP_ELEM,  BPF_MAP_UPDATE_ELEM,  BPF_MAP_DELETE_ELEM,
                                         BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_BATCH, BPF_OBJ_GET_INFO_BY_FD};

/* The link: ordinary I/O and memory; no exec, no fork, no ptrace, no bpf, no mount, no keys, no module. */
static const int link_refused[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(bpf),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(setuid),
};

/* The call, if that argument of it has this value. */
static int allow_with(scmp_filter_ctx filter, int call, unsigned argument, scmp_datum_t value)
{
    const struct scmp_arg_cmp equal = {.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value};
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &equal);
}

static int add_allow_list(scmp_filter_ctx filter)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(guard_calls) / sizeof(guard_calls[0]); i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, guard_calls[i], 0);
    for (size_t i = 0; rc == 0 && i < sizeof(guard_bpf_commands) / sizeof(guard_bpf_commands[0]); i++)
        rc = allow_with(filter, SCMP_SYS(bpf), 0, (scmp_datum_t)guard_bpf_commands[i]);
    if (rc == 0)
        rc = allow_with(filter, SCMP_SYS(ioctl), 1, RP_PIDFD_EXIT_INFO_CALL);
    return rc;
}

static int add_refusals(scmp_filter_ctx filter)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(link_refused) / sizeof(link_refused[0]); i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), link_refused[i], 0);
    return rc;
}

#define FILTER_MAX 1024 /* instructions */

struct filter {
    struct sock_filter list[FILTER_MAX];
    unsigned short n;
};

/* libseccomp writes a program only to a file. */
static int export(scmp_filter_ctx context, struct filter *ret)
{
    size_t len = 0;
    RP_CLEANUP_FD int fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = seccomp_export_bpf(context, fd);
    if (rc == 0)
        rc = rp_pread_all(fd, ret->list, sizeof(ret->list), &len);
    ret->n = (unsigned short)(len / sizeof(ret->list[0]));
    return rc;
}

static int make_filter(enum rp_role role, struct filter *ret)
{
    bool guard = role == RP_ROLE_GUARD;
    scmp_filter_ctx context = seccomp_init(guard ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW);
    if (!context)
        return -ENOMEM;
    int rc = guard ? add_allow_list(context) : add_refusals(context);
    if (rc == 0)
        rc = export(context, ret);
    seccomp_release(context);
    return rc;
}

/* The program itself has no name here. libbpf reads the ring buffer and the maps; the kernel's vdso cannot be paged out. */
static bool guard_runs(const char *path)
{
    static const char *const libraries[] = {"libbpf.so", "libc.so", "ld-linux"};
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    bool runs = name[0] == '\0';
    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
        runs = runs || strncmp(name, libraries[i], strlen(libraries[i])) == 0;
    return runs;
}

/* What can be written holds relocations, so it stays; the rest can be read again from its file. */
static int release(struct dl_phdr_info *object, size_t size, void *arg)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)size;
    (void)arg;
    for (size_t i = 0; i < object->dlpi_phnum && !guard_runs(object->dlpi_name); i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_W))
            continue;
        const uintptr_t from = (object->dlpi_addr + part->p_vaddr) / page * page;
        const size_t len = object->dlpi_addr + part->p_vaddr + part->p_memsz - from;
        if (munlock((void *)from, len) == 0)
            rp_discard(madvise((void *)from, len, MADV_DONTNEED));
    }
    return 0;
}

/* All of memory, except for the code of libraries that only the other processes use: two thirds of it, TLS for the most. */
static void lock_memory(void)
{
    /* Not fatal: without IPC_LOCK the guard works, but may have to wait for its own pages; probe and readyz say so. */
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
        rp_say(RP_WARN, "memory is not locked (%s): grant CAP_IPC_LOCK or raise RLIMIT_MEMLOCK",
               strerrorname_np(errno));
    else
        rp_discard(dl_iterate_phdr(release, NULL));
}

int rp_rights_seal(enum rp_role role)
{
    static struct filter filter;
    int rc = make_filter(role, &filter); /* it allocates, so before memory is locked */
    if (rc != 0)
        return rc;
    if (role == RP_ROLE_GUARD)
        lock_memory();
    const struct sock_fprog program = {.len = filter.n, .filter = filter.list};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : -errno;
}
