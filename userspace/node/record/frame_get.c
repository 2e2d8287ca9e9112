// SPDX-License-Identifier: Apache-2.0
/* Bytes to frames, and whether a guard can have seen them: a recording may come from anywhere. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "node/record/element.h"
#include "node/record/frame.h"
#include "reprieve/forecast.h"

#define ELEMENTS_MAX (1u << 17) /* of one array; a node has fewer cgroups */
#define FACTS_MAX    (1u << 14)

struct buffer {
    void *list;
    uint32_t capacity;
};

struct rp_frame_arrays {
    struct buffer of[RP_TYPE_MAX];
};

int rp_frame_room_init(struct rp_frame_room *room)
{
    memset(room, 0, sizeof(*room));
    room->arrays = calloc(1, sizeof(*room->arrays));
    /* Large by its limits; only what is used is there. */
    void *bases =
        mmap(NULL, sizeof(*room->bases), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    room->bases = bases == MAP_FAILED ? NULL : bases;
    room->scratch = calloc(1, RP_TYPE_BYTES_MAX);
    if (room->arrays && room->bases && room->scratch)
        return 0;
    rp_frame_room_deinit(room);
    return -ENOMEM;
}

void rp_frame_room_deinit(struct rp_frame_room *room)
{
    for (uint32_t t = 0; room->arrays && t < RP_TYPE_MAX; t++)
        free(room->arrays->of[t].list);
    free(room->arrays);
    if (room->bases)
        (void)munmap(room->bases, sizeof(*room->bases));
    free(room->scratch);
    room->arrays = NULL;
    room->bases = NULL;
    room->scratch = NULL;
}

void rp_frame_room_begin(struct rp_frame_room *room)
{
    rp_bases_reset(room->bases);
}

struct reader {
    struct rp_source_bytes *source;
    const struct rp_schema *schema;
    struct rp_frame_room *room;
    rp_ns when;
};

static const struct rp_schema_type *type_of(const struct rp_schema *schema, enum rp_type_id id)
{
    for (uint32_t t = 0; t < schema->types_n; t++)
        if (schema->types[t].id == id)
            return &schema->types[t];
    return NULL;
}

/* False: the file knows no such type, so that there is nothing to read. */
static bool get(struct reader *reader, enum rp_type_id id, void *element)
{
    const struct rp_schema_type *type = type_of(reader->schema, id);
    if (!type)
        return false;
    rp_element_get(reader->source, reader->room->bases, type, element, &reader->when);
    return true;
}

/* ---- what a guard can have seen */

static bool action_holds(const struct rp_action *action)
{
    return action->kind < RP_ACTION_MAX && action->reason < RP_REASON_MAX &&
           (action->cause < RP_DANGER_MAX || action->cause == RP_DANGER_NONE);
}

static bool outcome_holds(const struct rp_outcome *outcome)
{
    return action_holds(&outcome->action) && outcome->state <= RP_OUTCOME_TIMED_OUT && outcome->reason < RP_REASON_MAX;
}

static bool sample_holds(const struct rp_sample *sample)
{
    bool good = sample->command <= RP_COMMAND_RESUME;
    for (uint32_t i = 0; good && i < sample->outcomes_n; i++)
        good = outcome_holds(&sample->outcomes[i]);
    for (uint32_t i = 0; good && i < sample->events_n; i++)
        good = sample->events[i].type < RP_EVENT_MAX;
    for (uint32_t i = 0; good && i < sample->filesystems_n; i++)
        good = !(sample->filesystems[i].roles & ~RP_FS_ANY);
    for (uint32_t i = 0; good && i < sample->facts_n; i++)
        good = rp_fact_validate(&sample->facts[i], sizeof(sample->facts[i])) == 0;
    return good;
}

/* ---- arrays */

static bool has_room(struct buffer *buffer, uint64_t n, uint32_t bytes)
{
    if (n <= buffer->capacity)
        return true;
    void *list = realloc(buffer->list, n * bytes);
    if (!list)
        return false;
    buffer->list = list;
    buffer->capacity = (uint32_t)n;
    return true;
}

static void get_fact(struct reader *reader, struct rp_fact *fact)
{
    memset(fact, 0, sizeof(*fact));
    if (!get(reader, RP_TYPE_FACT, fact))
        reader->source->bad = true;
    fact->version = RP_LINK_VERSION; /* the fields' names say what they are */
    const uint64_t body = rp_get_varint(reader->source);
    if (body > reader->schema->types_n)
        reader->source->bad = true;
    if (reader->source->bad || body == 0)
        return;
    const struct rp_schema_type *type = &reader->schema->types[body - 1];
    if (type->id != rp_type_of_fact(fact->kind) && type->id != RP_TYPE_MAX) {
        reader->source->bad = true;
        return;
    }
    rp_element_get(reader->source, reader->room->bases, type, &fact->list, &reader->when);
}

/* Where the number of its elements is kept; NULL: this is no type of an array. */
static uint32_t *count_of(struct rp_frame_room *room, uint32_t id)
{
    struct rp_sample *sample = &room->sample;
    uint32_t *const counts[RP_TYPE_MAX + 1] = {
        [RP_TYPE_BIRTH] = &sample->births_n,      [RP_TYPE_DEATH] = &sample->deaths_n,
        [RP_TYPE_CGROUP] = &sample->cgroups_n,    [RP_TYPE_FILESYSTEM] = &sample->filesystems_n,
        [RP_TYPE_DISK] = &sample->disks_n,        [RP_TYPE_POD_DISK] = &sample->pod_disks_n,
        [RP_TYPE_EVENT] = &sample->events_n,      [RP_TYPE_FACT] = &sample->facts_n,
        [RP_TYPE_OUTCOME] = &sample->outcomes_n,  [RP_TYPE_HABIT] = &sample->habits_n,
        [RP_TYPE_ACTION] = &room->plan.actions_n,
    };
    return counts[id];
}

static void skip_array(struct reader *reader, const struct rp_schema_type *type, uint64_t n)
{
    for (; n > 0 && !reader->source->bad; n--)
        rp_element_get(reader->source, reader->room->bases, type, NULL, &reader->when);
}

static int get_array(struct reader *reader)
{
    const uint64_t which = rp_get_varint(reader->source), n = rp_get_varint(reader->source);
    if (reader->source->bad || which >= reader->schema->types_n || n == 0 ||
        n > (uint64_t)(reader->source->end - reader->source->at))
        return -EBADMSG;
    const struct rp_schema_type *type = &reader->schema->types[which];
    if (type->id == RP_TYPE_MAX) {
        skip_array(reader, type, n);
        return reader->source->bad ? -EBADMSG : 0;
    }
    const uint64_t most = type->id == RP_TYPE_FACT     ? FACTS_MAX
                          : type->id == RP_TYPE_ACTION ? RP_PLAN_MAX
                                                       : ELEMENTS_MAX;
    uint32_t *count = count_of(reader->room, type->id);
    if (!count || *count || n > most)
        return -EBADMSG;
    struct buffer *buffer = &reader->room->arrays->of[type->id];
    if (!has_room(buffer, n, rp_types[type->id].bytes))
        return -ENOMEM;
    for (uint64_t i = 0; i < n && !reader->source->bad; i++) {
        unsigned char *element = (unsigned char *)buffer->list + i * rp_types[type->id].bytes;
        if (type->id == RP_TYPE_FACT)
            get_fact(reader, (void *)element);
        else
            rp_element_get(reader->source, reader->room->bases, type, element, &reader->when);
    }
    *count = (uint32_t)n;
    return reader->source->bad ? -EBADMSG : 0;
}

static void point(struct rp_frame_room *room)
{
    const struct buffer *of = room->arrays->of;
    struct rp_sample *sample = &room->sample;
    sample->births = of[RP_TYPE_BIRTH].list;
    sample->deaths = of[RP_TYPE_DEATH].list;
    sample->cgroups = of[RP_TYPE_CGROUP].list;
    sample->filesystems = of[RP_TYPE_FILESYSTEM].list;
    sample->disks = of[RP_TYPE_DISK].list;
    sample->pod_disks = of[RP_TYPE_POD_DISK].list;
    sample->events = of[RP_TYPE_EVENT].list;
    sample->facts = of[RP_TYPE_FACT].list;
    sample->outcomes = of[RP_TYPE_OUTCOME].list;
    sample->habits = of[RP_TYPE_HABIT].list;
    if (room->plan.actions_n)
        memcpy(room->plan.actions, of[RP_TYPE_ACTION].list, room->plan.actions_n * sizeof(room->plan.actions[0]));
}

/* What get() leaves in a scratch of any type, as far as the tables name it; pointers and counts are not in them. */
static void get_whole(struct reader *reader, enum rp_type_id id, void *to)
{
    memset(reader->room->scratch, 0, rp_types[id].bytes);
    if (!get(reader, id, reader->room->scratch))
        reader->source->bad = true;
    memcpy(to, reader->room->scratch, rp_types[id].bytes);
}

static int get_sample(struct reader *reader)
{
    struct rp_frame_room *room = reader->room;
    get_whole(reader, RP_TYPE_SAMPLE, &room->sample);
    get_whole(reader, RP_TYPE_NODE, &room->sample.node);
    get_whole(reader, RP_TYPE_PLAN, &room->plan);
    uint64_t arrays = rp_get_varint(reader->source);
    int rc = reader->source->bad || arrays > RP_SCHEMA_TYPES_MAX ? -EBADMSG : 0;
    for (; rc == 0 && arrays > 0; arrays--)
        rc = get_array(reader);
    if (rc != 0)
        return rc;
    point(room);
    bool good = sample_holds(&room->sample);
    for (uint32_t i = 0; good && i < room->plan.actions_n; i++)
        good = action_holds(&room->plan.actions[i]);
    return good ? 0 : -EBADMSG;
}

/* What the file's program did not know yet is as if nobody had set it. */
static void fill_policy(const struct rp_schema *schema, struct rp_policy *policy, struct rp_policy *defaults)
{
    const struct rp_schema_type *type = type_of(schema, RP_TYPE_POLICY);
    const struct rp_type *here = &rp_types[RP_TYPE_POLICY];
    rp_policy_init(defaults);
    for (uint32_t i = 0; i < here->fields_n; i++) {
        const struct rp_field *field = &here->fields[i];
        for (uint32_t n = 0; !type->known[i] && n < field->count; n++) {
            const size_t at = field->offset + (size_t)n * field->stride;
            memcpy((unsigned char *)policy + at, (const unsigned char *)defaults + at, field->bytes);
        }
    }
    policy->magic = RP_POLICY_MAGIC;
    policy->version = RP_POLICY_VERSION;
    policy->bytes = sizeof(*policy);
}

static int get_policy(struct reader *reader)
{
    struct rp_complaint why;
    get_whole(reader, RP_TYPE_POLICY, &reader->room->policy);
    if (reader->source->bad)
        return -EBADMSG;
    fill_policy(reader->schema, &reader->room->policy, (void *)reader->room->scratch);
    return rp_policy_check(&reader->room->policy, &why) == 0 ? 0 : -EBADMSG;
}

int rp_frame_get(struct rp_source_bytes *source, const struct rp_schema *schema, struct rp_frame_room *room,
                 struct rp_frame *ret)
{
    struct reader reader = {.source = source, .schema = schema, .room = room};
    struct rp_frame_head head = {0};
    int rc = 0;
    rp_bases_frame(room->bases);
    if (!get(&reader, RP_TYPE_FRAME, &head) || source->bad)
        return -EBADMSG;
    reader.when = head.t_ns;
    if (head.kind == RP_FRAME_START)
        get_whole(&reader, RP_TYPE_START, &room->start);
    if (head.kind == RP_FRAME_START || head.kind == RP_FRAME_POLICY)
        rc = get_policy(&reader);
    else if (head.kind == RP_FRAME_SAMPLE)
        rc = get_sample(&reader);
    else
        rc = -EBADMSG;
    if (rc != 0 || source->bad)
        return rc ? rc : -EBADMSG;
    *ret = (struct rp_frame){.kind = head.kind, .input = head.input, .t_ns = head.t_ns, .digest = head.digest};
    ret->start = head.kind == RP_FRAME_START ? &room->start : NULL;
    ret->policy = head.kind != RP_FRAME_SAMPLE ? &room->policy : NULL;
    ret->sample = head.kind == RP_FRAME_SAMPLE ? &room->sample : NULL;
    ret->plan = head.kind == RP_FRAME_SAMPLE ? &room->plan : NULL;
    return 0;
}
