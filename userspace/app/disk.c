// SPDX-License-Identifier: Apache-2.0
/* Which disks and pods a hand looks at, and when. */
#include "app/disk.h"

#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "core/kubelet/threshold.h"

#define CALM_NS      (10 * RP_NS_PER_S)
#define NEAR_NS      (1 * RP_NS_PER_S)
#define AHEAD_NS     (60 * RP_NS_PER_S)
#define PAUSE_MAX_NS (300 * RP_NS_PER_S) /* a dead disk costs a hand for each attempt */
#define DEADLINE_NS  (5 * RP_NS_PER_S)
#define POD_NS       (3 * RP_NS_PER_S)
#define POD_SHARE    50u                  /* and no more than a fiftieth of a CPU, however many files a pod has open */
#define NO_HAND_NS   (200 * RP_NS_PER_MS) /* all are busy: ask again */

/* ---- near a threshold? */

/* Bytes or inodes of a file system at two times; before: not less than now if there is no earlier time. */
struct room {
    uint64_t capacity, available, before;
    rp_ns passed_ns;
};

static bool is_near(const struct rp_fact_kubelet *kubelet, enum rp_signal signal, const struct room *room)
{
    int64_t threshold = 0;
    if (!rp_kubelet_hard_threshold(kubelet, signal, rp_i64_of_u64(room->capacity), &threshold))
        return false;
    const int64_t available = rp_i64_of_u64(room->available);
    const int64_t left = rp_sub_sat_i64(available, rp_mul_sat_i64(threshold, 2));
    const int64_t fell = rp_sub_sat_i64(rp_i64_of_u64(room->before), available);
    if (left < 0)
        return true;
    return fell > 0 && room->passed_ns > 0 &&
           rp_mul_div_i64(fell, (int64_t)AHEAD_NS, rp_i64_of_u64(room->passed_ns)) >= left;
}

bool rp_disk_is_near(const struct rp_fact_kubelet *kubelet, const struct rp_fs_reading *now,
                     const struct rp_fs_reading *before)
{
    const rp_ns passed_ns = before ? rp_sub_sat_u64(now->t_ns, before->t_ns) : 0;
    const struct room bytes = {now->capacity_bytes, now->available_bytes, before ? before->available_bytes : 0,
                               passed_ns};
    const struct room inodes = {now->inodes, now->inodes_free, before ? before->inodes_free : 0, passed_ns};
    const bool counts_inodes = now->inodes > 0; /* btrfs makes them as they are needed */
    /* containerfs has no thresholds of its own, the kubelet copies others; nodefs's are told here, and they are stricter. */
    if ((now->roles & (RP_FS_NODEFS | RP_FS_CONTAINERFS)) &&
        (is_near(kubelet, RP_SIGNAL_NODEFS, &bytes) ||
         (counts_inodes && is_near(kubelet, RP_SIGNAL_NODEFS_INODES, &inodes))))
        return true;
    return (now->roles & RP_FS_IMAGEFS) && (is_near(kubelet, RP_SIGNAL_IMAGEFS, &bytes) ||
                                            (counts_inodes && is_near(kubelet, RP_SIGNAL_IMAGEFS_INODES, &inodes)));
}

/* ---- file systems */

static const struct rp_fs_reading *find(const struct rp_fs_list *list, uint64_t dev)
{
    for (uint32_t i = 0; i < list->n && i < RP_FILESYSTEMS_MAX; i++)
        if (list->list[i].dev == dev)
            return &list->list[i];
    return NULL;
}

void rp_disk_watch_filesystems(struct rp_disk_watch *watch, struct rp_arena *arena, const struct rp_job_result *result,
                               rp_ns now)
{
    const struct rp_fs_list *list = &result->filesystems;
    watch->looking = false;
    if (result->error != 0) {
        watch->pause_ns = rp_clamp_u64(watch->pause_ns * 2, CALM_NS, PAUSE_MAX_NS);
        watch->due_ns = now + watch->pause_ns;
        return;
    }
    watch->near = false;
    for (uint32_t i = 0; i < list->n && i < RP_FILESYSTEMS_MAX; i++)
        watch->near =
            watch->near || rp_disk_is_near(&arena->node.kubelet, &list->list[i], find(&watch->last, list->list[i].dev));
    watch->last = *list;
    watch->pause_ns = 0;
    watch->due_ns = now + (watch->near ? NEAR_NS : CALM_NS);
}

void rp_disk_watch_hear(struct rp_disk_watch *watch, const struct rp_sample *sample)
{
    for (uint32_t i = 0; i < sample->events_n; i++)
        if (sample->events[i].type == RP_EVENT_NO_SPACE && watch->pause_ns == 0)
            watch->due_ns = 0;
}

/* ---- pods */

/* Protected, or it takes room so fast that what it has deleted or logged may matter. */
static bool is_favoured(const struct rp_pod *pod)
{
    bool fast = false;
    for (uint32_t i = 0; i < RP_FILESYSTEMS_MAX; i++)
        fast = fast || pod->activity.disk[i].allocated_bytes.per_s > RP_MIB;
    return pod->protected_ || fast;
}

static bool has_turn(struct rp_arena *arena, const struct rp_pod *pod, bool favoured)
{
    const struct rp_cgroup *cgroup = pod && pod->live ? rp_cgroup_at(arena, pod->cgroup) : NULL;
    return cgroup && cgroup->live && (!favoured || is_favoured(pod));
}

/* The next one after `from`, or RP_INDEX_NONE. */
static uint32_t next_pod(struct rp_arena *arena, uint32_t from, bool favoured)
{
    for (uint32_t n = 1; n <= arena->pods.used; n++) {
        const uint32_t i = (uint32_t)(((uint64_t)from + n) % arena->pods.used);
        if (has_turn(arena, rp_pod_at(arena, i), favoured))
            return i;
    }
    return RP_INDEX_NONE;
}

static uint32_t choose_pod(struct rp_disk_watch *watch, struct rp_arena *arena)
{
    watch->favour = !watch->favour;
    uint32_t *turn = &watch->favoured_turn;
    uint32_t i = watch->favour ? next_pod(arena, *turn, true) : RP_INDEX_NONE;
    if (i == RP_INDEX_NONE) {
        turn = &watch->turn;
        i = next_pod(arena, *turn, false);
    }
    if (i != RP_INDEX_NONE)
        *turn = i;
    return i;
}

static void order_pod(struct rp_disk_watch *watch, struct rp_arena *arena, struct rp_hands *hands, rp_ns now)
{
    struct rp_job job = {.kind = RP_JOB_POD_DISK, .deadline_ns = now + DEADLINE_NS};
    watch->pod_due_ns = now + POD_NS;
    if (arena->ladder.phase == RP_PHASE_ACT || !rp_hands_free_for(hands, RP_JOB_POD_DISK))
        return;
    const struct rp_pod *pod = rp_pod_at(arena, choose_pod(watch, arena));
    const struct rp_cgroup *cgroup = pod ? rp_cgroup_at(arena, pod->cgroup) : NULL;
    if (!cgroup)
        return;
    job.cgroup = cgroup->id;
    rp_cut(job.path, sizeof(job.path), cgroup->path);
    if (!pod->from_rule)
        rp_cut(job.pod_uid, sizeof(job.pod_uid), pod->uid);
    watch->looking_at_pod = rp_hands_post(hands, &job) == 0;
    watch->pod_posted_ns = now;
}

void rp_disk_watch_pod(struct rp_disk_watch *watch, rp_ns now)
{
    const rp_ns took_ns = rp_sub_sat_u64(now, watch->pod_posted_ns);
    watch->looking_at_pod = false;
    watch->pod_due_ns = now + rp_max_u64(POD_NS, rp_mul_sat_u64(took_ns, POD_SHARE));
}

/* ---- both */

void rp_disk_watch_order(struct rp_disk_watch *watch, struct rp_arena *arena, struct rp_hands *hands, rp_ns now)
{
    struct rp_job job = {.kind = RP_JOB_FILESYSTEMS, .deadline_ns = now + DEADLINE_NS};
    if (!watch->looking && now >= watch->due_ns) {
        watch->looking = rp_hands_post(hands, &job) == 0;
        watch->due_ns = now + NO_HAND_NS;
    }
    if (!watch->looking_at_pod && now >= watch->pod_due_ns)
        order_pod(watch, arena, hands, now);
}

rp_ns rp_disk_watch_next(const struct rp_disk_watch *watch)
{
    return rp_min_u64(watch->looking ? RP_NS_FOREVER : watch->due_ns,
                      watch->looking_at_pod ? RP_NS_FOREVER : watch->pod_due_ns);
}
