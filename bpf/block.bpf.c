// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * What is written to block devices, by the cgroup on whose behalf: writeback of a page is booked to who made it dirty.
 * That cgroup is the nearest one above the task for which the io controller is switched on.
 *
 * At block_bio_queue each bio comes by once. submit_bio_noacct() counts parts of a split bio again: up to three times.
 */
#include "lib/emit.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define OPERATION_MASK  0xffu /* REQ_OP_MASK */
#define OPERATION_WRITE 1u    /* REQ_OP_WRITE */

static __always_inline void count(struct bio *bio)
{
    __u64 cgroup;
    struct rp_counts_slot *slot;

    if ((bio->bi_opf & OPERATION_MASK) != OPERATION_WRITE)
        return;
    cgroup = bio->bi_blkg->blkcg->css.cgroup->kn->id; /* 0 where there is none: a fault reads as zero */
    slot = rp_slot(cgroup ? cgroup : RP_WIRE_ROOT);
    if (slot) {
        rp_add(&slot->counts.write_bytes, bio->bi_iter.bi_size);
        rp_add(&slot->counts.writes, 1);
    }
}

SEC("tp_btf/block_bio_queue")
int BPF_PROG(rp_write, struct bio *bio)
{
    count(bio);
    return 0;
}

/* Before 5.11 the queue came first. */
SEC("tp_btf/block_bio_queue")
int BPF_PROG(rp_write_2, void *queue, struct bio *bio)
{
    count(bio);
    return 0;
}
