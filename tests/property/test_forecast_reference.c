// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet's rules were written down twice, here in C and in tests/kube in Python, by different hands from the same
 * source. Random questions must get the same answer from both: ranking, thresholds, and what is available. The other one
 * is a JSON-lines service at the end of two pipes.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "core/kubelet/level.h"
#include "core/kubelet/threshold.h"
#include "core/parse/threshold.h"
#include "unit/core/model/world.h"

#define PODS 10

static struct {
    pid_t pid;
    FILE *ask, *answers;
    char line[4096];
} reference;

static int start(void **state)
{
    (void)state;
    int to[2], from[2];
    assert_int_equal(pipe(to), 0);
    assert_int_equal(pipe(from), 0);
    reference.pid = fork();
    assert_true(reference.pid >= 0);
    if (reference.pid == 0) {
        if (dup2(to[0], STDIN_FILENO) < 0 || dup2(from[1], STDOUT_FILENO) < 0 || chdir("tests/kube"))
            _exit(126);
        close(to[0]);
        close(to[1]);
        close(from[0]);
        close(from[1]);
        execlp("python3", "python3", "-m", "standin.reference", (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    reference.ask = fdopen(to[1], "w");
    reference.answers = fdopen(from[0], "r");
    assert_non_null(reference.ask);
    assert_non_null(reference.answers);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    int status = 0;
    fclose(reference.ask);
    fclose(reference.answers);
    assert_int_equal(waitpid(reference.pid, &status, 0), reference.pid);
    assert_int_equal(status, 0);
    return 0;
}

/* Sends the question and returns the answer, which holds until the next one. */
static const char *ask(const char *question)
{
    fputs(question, reference.ask);
    fputc('\n', reference.ask);
    fflush(reference.ask);
    if (!fgets(reference.line, sizeof(reference.line), reference.answers))
        fail_msg("no answer to %s", question);
    if (strstr(reference.line, "\"error\""))
        fail_msg("%s for %s", reference.line, question);
    return reference.line;
}

static long long number_after(const char *answer, const char *key)
{
    const char *at = strstr(answer, key);
    assert_non_null(at);
    return strtoll(at + strlen(key), NULL, 10); /* the first number behind the key */
}

/* ---- ranking */

struct any_pod {
    int32_t priority;
    int64_t request, working_set; /* -1: no statistics */
};

static struct any_pod any_pod(uint64_t *seed)
{
    const bool coarse = world_random(seed) % 2; /* many ties, or hardly any */
    const uint64_t unit = coarse ? (uint64_t)GIB : 1;
    const uint64_t many = coarse ? 5 : 5 * (uint64_t)GIB;
    return (struct any_pod){
        .priority = coarse ? (int32_t)(world_random(seed) % 3) - 1 : (int32_t)(world_random(seed) % 2000000000),
        .request = (int64_t)(world_random(seed) % many * unit),
        .working_set = world_random(seed) % 6 ? (int64_t)(world_random(seed) % many * unit) : -1,
    };
}

static void question_of(const struct any_pod *pods, uint32_t n, char *text, size_t size)
{
    size_t len = (size_t)snprintf(text, size, "{\"op\":\"rank_memory\",\"pods\":[");
    for (uint32_t i = 0; i < n; i++) {
        len += (size_t)snprintf(text + len, size - len, "%s{\"uid\":\"%c\",\"priority\":%d,\"request\":%lld",
                                i ? "," : "", 'a' + (int)i, pods[i].priority, (long long)pods[i].request);
        len += pods[i].working_set < 0
                   ? (size_t)snprintf(text + len, size - len, ",\"stats\":false}")
                   : (size_t)snprintf(text + len, size - len, ",\"working_set\":%lld}", (long long)pods[i].working_set);
    }
    snprintf(text + len, size - len, "]}");
    assert_true(len + 3 < size);
}

/* {"groups":[["c"],["a","b"]]}: which group each pod is in, counted from 1. */
static void their_groups(const char *answer, uint32_t groups[PODS])
{
    const char *at = strstr(answer, "\"groups\"");
    uint32_t group = 0;
    assert_non_null(at);
    for (at = strchr(at, '[') + 1; *at; at++) {
        group += *at == '[';
        if (at[0] == '"' && at[1] >= 'a' && at[1] < 'a' + PODS && at[2] == '"')
            groups[at++[1] - 'a'] = group;
    }
}

static void our_ranks(const struct any_pod *pods, uint32_t n, uint32_t ranks[PODS])
{
    struct world world;
    char path[] = "kubepods/podX", uid[] = "X";
    world_open(&world, 32, PODS);
    world_born(&world, ID_ROOT, 0, "");
    world_born(&world, ID_PODS, ID_ROOT, "kubepods");
    for (uint32_t i = 0; i < n; i++) {
        path[sizeof(path) - 2] = uid[0] = (char)('a' + i);
        if (pods[i].working_set >= 0) {
            world_born(&world, 100 + i, ID_PODS, path);
            world_usage(&world, 100 + i, pods[i].working_set + 4096, 4096);
        }
        world_fact(&world, uid, pods[i].priority, pods[i].request);
    }
    world_commit(&world, RP_LIST_PODS);
    for (uint32_t i = 0; i < n; i++) {
        uid[0] = (char)('a' + i);
        ranks[i] = world_pod(&world, uid)->rank;
    }
    world_close(&world);
}

static void same_ranking(void **state)
{
    (void)state;
    uint64_t seed = 17;
    for (int run = 0; run < 400; run++) {
        const uint32_t n = 1 + (uint32_t)(world_random(&seed) % PODS);
        struct any_pod pods[PODS];
        uint32_t ranks[PODS], groups[PODS] = {0};
        char question[2048];
        for (uint32_t i = 0; i < n; i++)
            pods[i] = any_pod(&seed);
        our_ranks(pods, n, ranks);
        question_of(pods, n, question, sizeof(question));
        their_groups(ask(question), groups);
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t k = 0; k < n; k++)
                if (groups[i] == 0 || (ranks[i] < ranks[k]) != (groups[i] < groups[k]))
                    fail_msg("%s: we rank %c at %u and %c at %u", question, 'a' + (int)i, ranks[i], 'a' + (int)k,
                             ranks[k]);
    }
}

/* ---- thresholds */

static void any_threshold(uint64_t *seed, char *text, size_t size)
{
    static const char *const units[] = {"", "k", "M", "Mi", "Gi", "m"};
    if (world_random(seed) % 2)
        snprintf(text, size, "%u.%u%%", (unsigned)(world_random(seed) % 100), (unsigned)(world_random(seed) % 1000));
    else
        snprintf(text, size, "%u.%u%s", 1 + (unsigned)(world_random(seed) % 5000),
                 (unsigned)(world_random(seed) % 1000), units[world_random(seed) % RP_ROWS(units)]);
}

static void same_thresholds(void **state)
{
    (void)state;
    uint64_t seed = 23;
    uint32_t met = 0;
    for (int run = 0; run < 2000; run++) {
        char text[32], question[256];
        struct rp_threshold threshold;
        any_threshold(&seed, text, sizeof(text));
        const int64_t capacity = (int64_t)(world_random(&seed) % (1024 * (uint64_t)GIB)) + 1;
        assert_int_equal(rp_parse_threshold(RP_SIGNAL_MEMORY, text, NULL, NULL, &threshold), 0);
        const int64_t bytes = rp_kubelet_amount(&threshold, capacity, false);
        const int64_t available = bytes + (int64_t)(world_random(&seed) % 5) - 2; /* at the edge, where errors show */
        snprintf(question, sizeof(question),
                 "{\"op\":\"threshold\",\"value\":\"%s\",\"capacity\":%lld,\"available\":%lld}", text,
                 (long long)capacity, (long long)available);
        const bool theirs = strstr(ask(question), "\"met\":true") != NULL;
        if (theirs != (available < bytes))
            fail_msg("%s: we say %lld, they %s", question, (long long)bytes, reference.line);
        met += theirs;
    }
    assert_in_range(met, 500, 1500);
}

/* ---- what is available */

static void same_levels(void **state)
{
    (void)state;
    uint64_t seed = 29;
    for (int run = 0; run < 500; run++) {
        const struct rp_cgroup_reading pods = {
            .known = RP_CG_USAGE | RP_CG_INACTIVE_FILE | RP_CG_MAX,
            .usage_bytes = world_random(&seed) % (16 * (uint64_t)GIB),
            .inactive_file_bytes = world_random(&seed) % (8 * (uint64_t)GIB),
            .max_bytes = world_random(&seed) % (16 * (uint64_t)GIB) + 1,
        };
        struct rp_kubelet_level level;
        char question[512];
        assert_true(rp_kubelet_pods_level(&pods, &level));
        snprintf(question, sizeof(question),
                 "{\"op\":\"cgroup_available\",\"current\":%llu,\"inactive_file\":%llu,\"limit\":%llu}",
                 (unsigned long long)pods.usage_bytes, (unsigned long long)pods.inactive_file_bytes,
                 (unsigned long long)pods.max_bytes);
        const char *answer = ask(question);
        rp_expect_i64(question, level.available_bytes, number_after(answer, "\"available\":"));
        rp_expect_i64(question, level.capacity_bytes, number_after(answer, "\"capacity\":"));
        rp_expect_u64(question, level.working_set_bytes, number_after(answer, "\"working_set\":"));
    }
}

static void same_levels_of_the_root(void **state)
{
    (void)state;
    uint64_t seed = 37;
    for (int run = 0; run < 500; run++) {
        const bool meminfo = run % 2;
        const uint64_t total_kib = 1 + world_random(&seed) % (64 << 20), free_kib = world_random(&seed) % total_kib;
        const struct rp_node_reading node = {
            .known = RP_NODE_MEM_TOTAL | RP_NODE_MEM_FREE | RP_NODE_ROOT_STAT,
            .mem_total_bytes = total_kib * 1024,
            .mem_free_bytes = free_kib * 1024,
            .anon_bytes = world_random(&seed) % (total_kib * 512),
            .file_bytes = world_random(&seed) % (total_kib * 512),
            .inactive_file_bytes = world_random(&seed) % (total_kib * 512),
        };
        struct rp_kubelet_level level;
        char question[512];
        const uint64_t huge = run % 5 ? 0 : world_random(&seed) % (total_kib * 1024);
        assert_true(rp_kubelet_root_level(
            &node, (struct rp_kubelet_formula){.usage_meminfo = meminfo, .huge_bytes = huge}, &level));
        snprintf(
            question, sizeof(question),
            "{\"op\":\"node_available\",\"root_usage\":\"%s\",\"meminfo\":\"MemTotal: %llu kB\\nMemFree: %llu kB\\n\","
            "\"memory_stat\":\"anon %llu\\nfile %llu\\ninactive_file %llu\\n\",\"huge_page_pool\":%llu}",
            meminfo ? "memtotal-memfree" : "anon+file", (unsigned long long)total_kib, (unsigned long long)free_kib,
            (unsigned long long)node.anon_bytes, (unsigned long long)node.file_bytes,
            (unsigned long long)node.inactive_file_bytes, (unsigned long long)huge);
        const char *answer = ask(question);
        rp_expect_i64(question, level.available_bytes, number_after(answer, "\"available\":"));
        rp_expect_i64(question, level.capacity_bytes, number_after(answer, "\"capacity\":"));
    }
}

static void same_room_for_tasks(void **state)
{
    (void)state;
    uint64_t seed = 41;
    uint32_t negative = 0;
    for (int run = 0; run < 500; run++) {
        const uint64_t pid_max = 1 + world_random(&seed) % (1 << 22), threads_max = 1 + world_random(&seed) % (1 << 22);
        const struct rp_node_reading node = {.known = RP_NODE_TASKS,
                                             .tasks = world_random(&seed) % (1 << 22),
                                             .tasks_max = rp_min_u64(pid_max, threads_max)};
        int64_t available = 0, capacity = 0;
        char question[256];
        assert_true(rp_kubelet_pids_level(&node, &available, &capacity));
        snprintf(question, sizeof(question),
                 "{\"op\":\"pid_available\",\"pid_max\":\"%llu\\n\",\"threads_max\":\"%llu\\n\",\"loadavg\":\"0.1 0.2 "
                 "0.3 2/%llu 99\\n\"}",
                 (unsigned long long)pid_max, (unsigned long long)threads_max, (unsigned long long)node.tasks);
        const char *answer = ask(question);
        rp_expect_i64(question, available, number_after(answer, "\"available\":"));
        rp_expect_i64(question, capacity, number_after(answer, "\"max\":"));
        negative += available < 0;
    }
    assert_in_range(negative, 100, 400);
    assert_false(
        rp_kubelet_pids_level(&(struct rp_node_reading){.known = ~RP_NODE_TASKS}, &(int64_t){0}, &(int64_t){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_ranking),        cmocka_unit_test(same_thresholds),
        cmocka_unit_test(same_levels),         cmocka_unit_test(same_levels_of_the_root),
        cmocka_unit_test(same_room_for_tasks),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
