// SPDX-License-Identifier: Apache-2.0
/* Brings the BPF programs into the kernel, over one set of maps; each for itself where the kernel refuses one of them. */
#include "node/sense/bpf_loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "base/num.h"
#include "node/sense/bpf_hooks.h"

/* The objects, as the build puts them into the binary; ends with a NULL name. */
struct rp_bpf_image {
    const char *name;
    const void *bytes;
    size_t len;
};
extern const struct rp_bpf_image rp_bpf_images[];

#define CGROUPS_MOST      (1u << 20)
#define EVENTS_MOST_BYTES (64u << 20)

/* libbpf's callback has no context argument, so the one place where it may write is global. The loader has one thread. */
static char *log_text;
static size_t log_cap;

/* Keep the end: a verifier's verdict comes last in a log that may have megabytes. */
static int RP_PRINTF(2, 0) keep_log(enum libbpf_print_level level, const char *format, va_list args)
{
    RP_CLEANUP_FREE char *text = NULL;

    if (level == LIBBPF_DEBUG || !log_text)
        return 0;
    const int len = vasprintf(&text, format, args);
    if (len < 0) {
        text = NULL;
        return 0;
    }
    const size_t taken = (size_t)len < log_cap - 1 ? (size_t)len : log_cap - 1;
    const size_t used = strlen(log_text);
    const size_t drop = used + taken + 1 > log_cap ? used + taken + 1 - log_cap : 0;
    memmove(log_text, log_text + drop, used - drop);
    memcpy(log_text + used - drop, text + ((size_t)len - taken), taken + 1);
    return len;
}

static const struct rp_bpf_image *find_image(const char *name)
{
    for (const struct rp_bpf_image *image = rp_bpf_images; image->name; image++)
        if (strcmp(image->name, name) == 0)
            return image;
    return NULL;
}

static void close_object(struct bpf_object **object)
{
    bpf_object__close(*object);
    *object = NULL;
}

#define CLEANUP_OBJECT __attribute__((cleanup(close_object)))

/* Which programs of an object to load, by enum rp_bpf_hook. */
struct choice {
    bool wanted[RP_BPF_HOOK_MAX];
    uint32_t n;
};

static void choose(struct choice *choice, uint32_t hook)
{
    choice->wanted[hook] = true;
    choice->n++;
}

static bool chosen(const struct choice *choice, const char *program)
{
    for (uint32_t i = 0; i < RP_BPF_HOOK_MAX; i++)
        if (choice->wanted[i] && strcmp(rp_bpf_rows[i].program, program) == 0)
            return true;
    return false;
}

/* Open the object with nothing but the chosen programs marked for loading. */
static int open_object(const char *name, const struct choice *choice, struct bpf_object **ret)
{
    const struct rp_bpf_image *image = find_image(name);
    LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name);
    struct bpf_program *each;

    if (!image)
        return -ENOENT;
    struct bpf_object *object = bpf_object__open_mem(image->bytes, image->len, &opts);
    if (!object)
        return -errno;
    bpf_object__for_each_program(each, object) bpf_program__set_autoload(each, chosen(choice, bpf_program__name(each)));
    *ret = object;
    return 0;
}

static int copy_fd(int fd)
{
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return copy < 0 ? -errno : copy;
}

static int size_maps(struct bpf_object *object, const struct rp_bpf_options *options)
{
    const struct {
        enum rp_bpf_map map;
        uint32_t entries;
    } wanted[] = {
        {RP_BPF_MAP_EVENTS, options->events_bytes},
        {RP_BPF_MAP_COUNTS, options->cgroups_max},
        {RP_BPF_MAP_SNAPS, options->cgroups_max},
        {RP_BPF_MAP_DISK, options->disk_max ? options->disk_max : 2 * options->cgroups_max},
    };

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        struct bpf_map *map = bpf_object__find_map_by_name(object, rp_bpf_map_name(wanted[i].map));
        const int r = !map ? -ENOENT : wanted[i].entries ? bpf_map__set_max_entries(map, wanted[i].entries) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* What the kernel says a map costs; 0 if it does not. */
static uint64_t memory_of(int map_fd)
{
    static const char key[] = "\nmemlock:\t";
    char path[64], text[1024];
    size_t len = 0;
    uint64_t bytes = 0;

    (void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", map_fd);
    RP_CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || rp_pread_all(fd, text, sizeof(text) - 1, &len) < 0)
        return 0;
    text[len] = '\0';
    const char *at = strstr(text, key);
    if (at && rp_parse_u64(at + strlen(key), strcspn(at + strlen(key), "\n"), &bytes) < 0)
        return 0;
    return bytes;
}

/* Every object defines all maps; the first one, loaded without a program, makes them. */
static int make_maps(const struct rp_bpf_options *options, int maps[RP_BPF_MAP_MAX], struct rp_bpf_handles *handles)
{
    CLEANUP_OBJECT struct bpf_object *object = NULL;
    const struct choice none = {.n = 0};
    int r = open_object(rp_bpf_objects[0].name, &none, &object);

    if (r == 0)
        r = size_maps(object, options);
    if (r == 0)
        r = bpf_object__load(object);
    for (int i = 0; r == 0 && i < RP_BPF_MAP_MAX; i++) {
        struct bpf_map *map = bpf_object__find_map_by_name(object, rp_bpf_map_name((enum rp_bpf_map)i));
        maps[i] = map ? copy_fd(bpf_map__fd(map)) : -ENOENT;
        if (maps[i] < 0)
            r = maps[i];
        else
            handles->sizes[i] = (struct rp_bpf_map_size){bpf_map__max_entries(map), memory_of(maps[i])};
    }
    handles->snaps_max = handles->sizes[RP_BPF_MAP_SNAPS].entries;
    return r;
}

static int share_maps(struct bpf_object *object, const int maps[RP_BPF_MAP_MAX])
{
    for (int i = 0; i < RP_BPF_MAP_MAX; i++) {
        struct bpf_map *map = bpf_object__find_map_by_name(object, rp_bpf_map_name((enum rp_bpf_map)i));
        const int r = map ? bpf_map__reuse_fd(map, maps[i]) : -ENOENT;
        if (r < 0)
            return r;
    }
    return 0;
}

static struct bpf_link *attach(struct bpf_program *program, enum rp_bpf_kind kind, int cgroup_fd)
{
    union bpf_iter_link_info info = {
        .cgroup = {.order = kind == RP_BPF_CALL ? BPF_CGROUP_ITER_SELF_ONLY : BPF_CGROUP_ITER_DESCENDANTS_PRE,
                   .cgroup_fd = (__u32)cgroup_fd}};
    LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
    const bool iterates = kind == RP_BPF_ITERATOR || kind == RP_BPF_CALL;

    return iterates ? bpf_program__attach_iter(program, &opts) : bpf_program__attach(program);
}

static bool disabled(const struct rp_bpf_options *options, const char *program)
{
    for (size_t i = 0; i < options->disable_n; i++)
        if (strcmp(options->disable[i], program) == 0)
            return true;
    return false;
}

static void settle(struct rp_bpf_handles *handles, uint32_t i, enum rp_hook_state state, int error)
{
    handles->hooks[i].state = (uint8_t)state;
    handles->hooks[i].error = error;
}

static bool twin_attached(const struct rp_bpf_handles *handles, uint32_t i)
{
    for (uint32_t k = 0; k < RP_BPF_HOOK_MAX; k++)
        if (handles->hooks[k].state == RP_HOOK_ATTACHED && rp_bpf_twins(i, k))
            return true;
    return false;
}

static bool variant_attached(const struct rp_bpf_handles *handles, uint32_t i)
{
    for (uint32_t k = 0; k < RP_BPF_HOOK_MAX; k++)
        if (handles->hooks[k].state == RP_HOOK_ATTACHED && rp_bpf_twins(i, k) &&
            rp_bpf_rows[i].object == rp_bpf_rows[k].object)
            return true;
    return false;
}

static bool twin_chosen(const struct choice *choice, uint32_t i)
{
    for (uint32_t k = 0; k < RP_BPF_HOOK_MAX; k++)
        if (choice->wanted[k] && rp_bpf_twins(i, k))
            return true;
    return false;
}

/* What the loading of an object needs. */
struct loading {
    const struct rp_bpf_options *options;
    struct rp_bpf_types *types;
    int maps[RP_BPF_MAP_MAX];
    struct rp_bpf_handles *handles;
};

/* Nothing is decided about it yet. */
static bool is_open(const struct loading *loading, uint32_t i)
{
    return loading->handles->hooks[i].state == RP_HOOK_OFF && !disabled(loading->options, rp_bpf_rows[i].program);
}

/* Does the kernel have its hook, as the program knows it, and nobody who serves it already? Otherwise it is settled. */
static bool is_loadable(struct loading *loading, uint32_t i)
{
    const struct rp_bpf_row *row = &rp_bpf_rows[i];
    const int arguments = rp_bpf_arguments(loading->types, i);

    if (twin_attached(loading->handles, i))
        settle(loading->handles, i, RP_HOOK_SPARE, 0);
    else if (arguments < 0)
        settle(loading->handles, i, RP_HOOK_MISSING, arguments);
    else if (row->most > 0 && (arguments < row->least || arguments > row->most))
        settle(loading->handles, i, RP_HOOK_REFUSED, -EPROTOTYPE);
    else
        return true;
    return false;
}

/* Attach a loaded program, and keep it and its link: destroying libbpf's closes its descriptors, ours live on. */
static int keep(struct loading *loading, struct bpf_object *object, uint32_t i)
{
    const struct rp_bpf_row *row = &rp_bpf_rows[i];
    struct bpf_program *program = bpf_object__find_program_by_name(object, row->program);
    struct bpf_link *link = attach(program, row->kind, loading->options->cgroup_fd);

    if (!link)
        return -errno;
    RP_CLEANUP_FD int program_fd = copy_fd(bpf_program__fd(program));
    const int link_fd = program_fd < 0 ? program_fd : copy_fd(bpf_link__fd(link));
    bpf_link__destroy(link);
    if (link_fd < 0)
        return link_fd;
    loading->handles->links[i] = link_fd;
    loading->handles->programs[i] = rp_take_fd(&program_fd);
    return 0;
}

/* Load the chosen programs of one object together and attach each. On failure none of them is settled. */
static int load_together(struct loading *loading, enum rp_bpf_object which, const struct choice *choice)
{
    CLEANUP_OBJECT struct bpf_object *object = NULL;
    int r = open_object(rp_bpf_objects[which].name, choice, &object);

    if (r == 0)
        r = share_maps(object, loading->maps);
    if (r == 0)
        r = bpf_object__load(object);
    for (uint32_t i = 0; r == 0 && i < RP_BPF_HOOK_MAX; i++) {
        if (!choice->wanted[i])
            continue;
        const int kept = keep(loading, object, i);
        settle(loading->handles, i, kept == 0 ? RP_HOOK_ATTACHED : RP_HOOK_REFUSED, kept);
    }
    return r;
}

/* The usual case: the kernel takes them all. Opening an object and its types costs far more than a program in it. */
static void try_together(struct loading *loading, enum rp_bpf_object which)
{
    struct choice choice = {.n = 0};
    char *const log = log_text;

    for (uint32_t i = 0; i < RP_BPF_HOOK_MAX; i++)
        if (rp_bpf_rows[i].object == which && is_open(loading, i) && !twin_chosen(&choice, i) &&
            is_loadable(loading, i))
            choose(&choice, i);
    if (choice.n < 2)
        return;
    log_text = NULL; /* what is wrong with one of them is said when it is tried alone */
    rp_discard(load_together(loading, which, &choice));
    log_text = log;
}

static void load_object(struct loading *loading, enum rp_bpf_object which)
{
    try_together(loading, which);
    for (uint32_t i = 0; i < RP_BPF_HOOK_MAX; i++) {
        struct choice alone = {.n = 0};
        if (rp_bpf_rows[i].object != which || !is_open(loading, i) || !is_loadable(loading, i))
            continue;
        choose(&alone, i);
        const int r = load_together(loading, which, &alone);
        if (r < 0)
            settle(loading->handles, i, RP_HOOK_REFUSED, r);
    }
}

/*
 * What did not fit is no loss if a later variant did. Variants within one object differ in their arguments: where the
 * number does not tell them apart, the verifier does. What the kernel refused for want of a right stays refused: a variant
 * in another object is the worse one.
 */
static void spare_misfits(struct rp_bpf_handles *handles)
{
    for (uint32_t i = 0; i < RP_BPF_HOOK_MAX; i++) {
        const struct rp_hook *hook = &handles->hooks[i];
        const bool misfit = hook->state == RP_HOOK_MISSING || hook->error == -EPROTOTYPE;
        const bool wrong_types = hook->state == RP_HOOK_REFUSED && variant_attached(handles, i);
        if (wrong_types || (misfit && twin_attached(handles, i)))
            settle(handles, i, RP_HOOK_SPARE, 0);
    }
}

/* 5.10 charges BPF memory to RLIMIT_MEMLOCK. Without the right to raise it, making the maps says what is wrong. */
static void raise_memlock(void)
{
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_MEMLOCK, &all) < 0)
        errno = 0;
}

static void give_up(const struct rp_bpf_options *options, struct rp_bpf_handles *handles, enum rp_hook_state state,
                    int error)
{
    handles->error = error;
    for (uint32_t i = 0; i < RP_BPF_HOOK_MAX; i++)
        if (!disabled(options, rp_bpf_rows[i].program))
            settle(handles, i, state, error);
}

static void load_all(const struct rp_bpf_options *options, struct rp_bpf_handles *handles)
{
    struct rp_bpf_types types;
    struct loading loading = {.options = options, .types = &types, .handles = handles};
    int r = rp_bpf_types_open(&types);

    if (r < 0) {
        give_up(options, handles, RP_HOOK_MISSING, r);
        return;
    }
    handles->btf = true;
    memset(loading.maps, -1, sizeof(loading.maps));
    r = make_maps(options, loading.maps, handles);
    if (r < 0)
        give_up(options, handles, RP_HOOK_REFUSED, r);
    for (uint32_t object = 0; r == 0 && object < RP_BPF_OBJECT_MAX; object++)
        load_object(&loading, (enum rp_bpf_object)object);
    spare_misfits(handles);
    for (int i = 0; r == 0 && i < RP_BPF_MAP_KEPT; i++)
        handles->maps[i] = rp_take_fd(&loading.maps[i]);
    for (int i = 0; i < RP_BPF_MAP_MAX; i++)
        rp_close_fd(&loading.maps[i]);
    rp_bpf_types_close(&types);
}

static bool known(const char *program)
{
    for (size_t i = 0; i < RP_BPF_HOOK_MAX; i++)
        if (strcmp(rp_bpf_rows[i].program, program) == 0)
            return true;
    return false;
}

static int check_options(const struct rp_bpf_options *options)
{
    const uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
    const uint32_t bytes = options->events_bytes;

    if (options->cgroups_max > CGROUPS_MOST || options->disk_max > 2 * CGROUPS_MOST || bytes > EVENTS_MOST_BYTES)
        return -EINVAL;
    if (bytes != 0 && (bytes < page || (bytes & (bytes - 1)) != 0))
        return -EINVAL;
    for (size_t i = 0; i < options->disable_n; i++)
        if (!known(options->disable[i]))
            return -EINVAL;
    return 0;
}

int rp_bpf_load(const struct rp_bpf_options *options, struct rp_bpf_handles *ret)
{
    const int r = check_options(options);

    if (r < 0)
        return r;
    rp_bpf_handles_init(ret);
    if (!options->enabled)
        return 0;
    log_text = ret->log;
    log_cap = sizeof(ret->log);
    const libbpf_print_fn_t before = libbpf_set_print(keep_log);
    raise_memlock();
    load_all(options, ret);
    libbpf_set_print(before);
    log_text = NULL;
    return 0;
}
