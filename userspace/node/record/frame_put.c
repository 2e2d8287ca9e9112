// SPDX-License-Identifier: Apache-2.0
/* Frames to bytes. */
#include "node/record/element.h"
#include "node/record/frame.h"

struct writer {
    struct rp_sink *sink;
    struct rp_bases *bases;
    rp_ns when;
};

struct array {
    enum rp_type_id type;
    const void *list;
    uint32_t n;
};

static void put(struct writer *writer, enum rp_type_id type, const void *element)
{
    rp_element_put(writer->sink, writer->bases, type, element, &writer->when);
}

/* 0 behind it: a fact without a body; else the type of the body, from 1. */
static void put_fact(struct writer *writer, const struct rp_fact *fact)
{
    const enum rp_type_id body = rp_type_of_fact(fact->kind);
    put(writer, RP_TYPE_FACT, fact);
    rp_put_varint(writer->sink, body == RP_TYPE_MAX ? 0 : body + 1u);
    if (body != RP_TYPE_MAX)
        put(writer, body, &fact->list); /* all of the union begin there */
}

static void put_array(struct writer *writer, const struct array *array)
{
    rp_put_varint(writer->sink, array->type);
    rp_put_varint(writer->sink, array->n);
    for (uint32_t i = 0; i < array->n && !writer->sink->full; i++) {
        const unsigned char *element = (const unsigned char *)array->list + (size_t)i * rp_types[array->type].bytes;
        if (array->type == RP_TYPE_FACT)
            put_fact(writer, (const void *)element);
        else
            put(writer, array->type, element);
    }
}

static void put_sample(struct writer *writer, const struct rp_sample *sample, const struct rp_plan *plan)
{
    const struct array arrays[] = {
        {RP_TYPE_BIRTH, sample->births, sample->births_n},
        {RP_TYPE_DEATH, sample->deaths, sample->deaths_n},
        {RP_TYPE_CGROUP, sample->cgroups, sample->cgroups_n},
        {RP_TYPE_FILESYSTEM, sample->filesystems, sample->filesystems_n},
        {RP_TYPE_DISK, sample->disks, sample->disks_n},
        {RP_TYPE_POD_DISK, sample->pod_disks, sample->pod_disks_n},
        {RP_TYPE_EVENT, sample->events, sample->events_n},
        {RP_TYPE_FACT, sample->facts, sample->facts_n},
        {RP_TYPE_OUTCOME, sample->outcomes, sample->outcomes_n},
        {RP_TYPE_HABIT, sample->habits, sample->habits_n},
        {RP_TYPE_ACTION, plan->actions, plan->actions_n},
    };
    const size_t all = sizeof(arrays) / sizeof(arrays[0]);
    uint32_t filled = 0;
    put(writer, RP_TYPE_SAMPLE, sample);
    put(writer, RP_TYPE_NODE, &sample->node);
    put(writer, RP_TYPE_PLAN, plan);
    for (size_t i = 0; i < all; i++)
        filled += arrays[i].n > 0;
    rp_put_varint(writer->sink, filled);
    for (size_t i = 0; i < all; i++)
        if (arrays[i].n > 0)
            put_array(writer, &arrays[i]);
}

bool rp_frame_put(struct rp_sink *sink, struct rp_bases *bases, const struct rp_frame *frame)
{
    unsigned char *const begin = sink->at;
    struct writer writer = {.sink = sink, .bases = bases, .when = frame->t_ns};
    const struct rp_frame_head head = {
        .kind = frame->kind, .input = frame->input, .t_ns = frame->t_ns, .digest = frame->digest};
    rp_bases_frame(bases);
    put(&writer, RP_TYPE_FRAME, &head);
    if (frame->kind == RP_FRAME_START)
        put(&writer, RP_TYPE_START, frame->start);
    if (frame->kind == RP_FRAME_START || frame->kind == RP_FRAME_POLICY)
        put(&writer, RP_TYPE_POLICY, frame->policy);
    if (frame->kind == RP_FRAME_SAMPLE)
        put_sample(&writer, frame->sample, frame->plan);
    if (!sink->full)
        return true;
    sink->at = begin;
    sink->full = false;
    return false;
}
