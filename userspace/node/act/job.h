// SPDX-License-Identifier: Apache-2.0
/*
 * What the guard asks a hand to do, and what comes back: one fixed message each on a SOCK_SEQPACKET socket. Hands do what
 * may sleep on somebody else. A job names a cgroup by path and inode; the hand opens it itself and checks the inode, so no
 * descriptor travels to it. With the results of SIGNAL, REQUEST and ALARM one may travel back.
 */
#ifndef RP_NODE_ACT_JOB_H
#define RP_NODE_ACT_JOB_H

#include "node/act/knob.h"
#include "reprieve/contract.h"
#include "reprieve/habit.h"
#include "reprieve/sample.h"
#include "reprieve/tables.h"
#include "reprieve/types.h"

enum rp_job_kind {
    RP_JOB_NONE,
    RP_JOB_APPLY,       /* make the change of an undo record that the guard has armed */
    RP_JOB_RESTORE,     /* undo the change of a record */
    RP_JOB_WALK,        /* run the cgroup iterator's walk; it takes cgroup_mutex */
    RP_JOB_EVIDENCE,    /* look at the file by which a workload acknowledges; a tenant's file system answers */
    RP_JOB_SIGNAL,      /* ask for a checkpoint */
    RP_JOB_REQUEST,     /* the same through the file that a workload watches, or only make that file */
    RP_JOB_KILL,        /* SIGKILL process by process, where the kernel has no cgroup.kill */
    RP_JOB_REAP,        /* process_mrelease(2) what was killed, so that its memory comes back at once */
    RP_JOB_FILESYSTEMS, /* statfs(2) what the kubelet evicts for; a dead disk does not answer */
    RP_JOB_POD_DISK,    /* measure one pod's logs, and files that it has deleted and still holds open */
    RP_JOB_PROCESSES,   /* weigh the processes of a cgroup as the kernel would */
    RP_JOB_ALARM,       /* order a wake-up on a cgroup's memory pressure; the kernel may start a thread for it */
    RP_JOB_RECORD,      /* write what the ring holds; a disk answers when it likes */
    RP_JOB_KEEP,        /* write down what a workload's checkpoints took; a disk answers when it likes */
    RP_JOB_MAX
};

/* Jobs that wait for a tenant's file system, or for a disk, or take long, must leave one hand free for all others. */
static inline bool rp_job_may_take_long(enum rp_job_kind kind)
{
    return kind == RP_JOB_EVIDENCE || kind == RP_JOB_REQUEST || kind == RP_JOB_FILESYSTEMS || kind == RP_JOB_POD_DISK ||
           kind == RP_JOB_RECORD || kind == RP_JOB_PROCESSES || kind == RP_JOB_KEEP;
}

#define RP_EVIDENCE_MAX 4 /* containers of one pod in which the acknowledgement may appear */

enum rp_evidence_state {
    RP_EVIDENCE_UNKNOWN, /* could not be looked at */
    RP_EVIDENCE_ABSENT,
    RP_EVIDENCE_PRESENT,
};

/* The acknowledgement of one container as it stood at one moment: one file, or the newest that a pattern names. Times are the file system's own and only compared with each other. */
struct rp_evidence_file {
    rp_cgroup_id leaf; /* the container in which it was looked for */
    uint32_t state;    /* enum rp_evidence_state */
    int32_t error;     /* UNKNOWN: -errno */
    uint64_t device, inode, bytes;
    int64_t mtime_ns, ctime_ns;
    /* RP_ACK_WRAP, PRESENT: what it says */
    uint64_t answers; /* the id of that request */
    uint32_t result;  /* enum rp_answer_result */
    uint64_t checkpoint_bytes;
};

struct rp_evidence {
    uint32_t n;
    struct rp_evidence_file file[RP_EVIDENCE_MAX];
};

struct rp_weighing {
    rp_cgroup_id cgroup;
    struct rp_processes processes;
};

struct rp_fs_list {
    uint32_t n;
    int32_t image_error, layer_error, logs_error; /* why one could not be looked at, -errno; -ENOENT: there is none */
    struct rp_fs_reading list[RP_FILESYSTEMS_MAX];
};

struct rp_job_target {
    uint8_t target; /* enum rp_target */
    uint8_t signal;
    uint8_t ack;     /* enum rp_ack; EVIDENCE */
    bool signalfd;   /* a blocked signal counts as handled */
    bool want_pidfd; /* send back a descriptor of the first process that was signalled */
    char comm[RP_NAME_MAX];
    /* Absolute, inside the container. EVIDENCE: what acknowledges; REQUEST: the request file; SIGNAL: the pidfile. */
    char path[RP_CONTRACT_PATH_MAX];
};

struct rp_job_request {
    uint64_t id;      /* 0: nothing is asked; the file is made if it is not there */
    rp_ns due_ns;     /* by when the checkpoint must be there */
    uint8_t reason;   /* enum rp_reason */
    bool is_critical; /* that may be too early for it */
};

struct rp_job {
    uint64_t id;
    rp_ns deadline_ns;
    rp_cgroup_id cgroup;
    uint64_t sequence;           /* APPLY, RESTORE: of the record; guards against a slot that was used again */
    uint32_t kind;               /* enum rp_job_kind */
    uint32_t slot;               /* APPLY, RESTORE: index of the record */
    struct rp_job_target target; /* EVIDENCE, SIGNAL, REQUEST */
    struct rp_job_request request;
    struct rp_habit habit;    /* KEEP */
    char path[RP_PATH_MAX];   /* of the cgroup; for all but WALK and FILESYSTEMS */
    char pod_uid[RP_UID_MAX]; /* POD_DISK: names the directory of its logs; "": it has none */
};

struct rp_job_result {
    uint64_t id;
    rp_ns done_ns;
    uint32_t kind;
    int32_t error;             /* 0 or -errno; -ETIMEDOUT: the hand was given up, -EPIPE: it died */
    uint32_t reason;           /* enum rp_reason, if there is a better word than the error */
    uint32_t outcome;          /* RESTORE: enum rp_revert_result */
    uint32_t touched;          /* processes changed, signalled, killed or released */
    int32_t pid;               /* SIGNAL: the first of them; REQUEST: of the first container that was asked */
    struct rp_knob_text shown; /* APPLY, RESTORE: as read from the kernel */
    union {
        struct rp_evidence evidence;         /* EVIDENCE */
        struct rp_fs_list filesystems;       /* FILESYSTEMS */
        struct rp_pod_disk_reading pod_disk; /* POD_DISK */
        struct rp_weighing weighing;         /* PROCESSES */
    };
};

#endif
