// SPDX-License-Identifier: Apache-2.0
/*
 * Generated nodes on stdin, one a line; what the core makes of each on stdout. tests/agree/agree writes the questions and
 * knows the answers from elsewhere. A line, words apart by blanks:
 *
 *     signal layout capacity threshold min-reclaim|- pods...
 *     a pod: priority,statistics,memory-request,storage-request,memory,rootfs,logs,volumes,and the same three in inodes,pids
 *
 * and its answer: amount, amount with min-reclaim, the pods in their order: 3,0=1,2 where chance decides between 0 and 1.
 * Or a history of looks of one manager:
 *
 *     H transition-ns number-of-thresholds thresholds... looks...
 *     a threshold: signal,value,grace|-,min-reclaim|-    a look: now-ns,signal:available:capacity:time-ns,...
 *
 * and its answer, for each look: the conditions that hold, and the thresholds that are due, both as bits.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/kubelet/threshold.h"
#include "core/parse/quantity.h"
#include "core/parse/threshold.h"

#define PODS_MAX 16
#define LINE_MAX 8192

static _Noreturn void refuse(const char *what, const char *word)
{
    fprintf(stderr, "nodes: %s: \"%s\"\n", what, word ? word : "");
    exit(2);
}

static int64_t number(const char *word)
{
    char *end = NULL;
    const int64_t value = word ? strtoll(word, &end, 10) : 0;
    if (!word || *end || end == word)
        refuse("not a number", word);
    return value;
}

/* Rounded up, less `cut`, as a fact of a pod carries it. */
static int64_t request(const char *word, uint32_t *cut_nano)
{
    struct rp_quantity quantity;
    if (!word || rp_parse_quantity(word, strlen(word), &quantity) < 0)
        refuse("not a quantity", word);
    *cut_nano = quantity.nano ? 1000000000u - quantity.nano : 0;
    return quantity.value;
}

static struct rp_kubelet_pod read_pod(char *word)
{
    char *rest = NULL;
    struct rp_kubelet_pod pod = {.priority = (int32_t)number(strtok_r(word, ",", &rest))};
    pod.stats = number(strtok_r(NULL, ",", &rest)) != 0;
    pod.memory_request_bytes = request(strtok_r(NULL, ",", &rest), &pod.memory_request_cut_nano);
    pod.storage_request_bytes = request(strtok_r(NULL, ",", &rest), &pod.storage_request_cut_nano);
    int64_t *const numbers[] = {&pod.memory_bytes,  &pod.rootfs_bytes, &pod.logs_bytes,     &pod.volumes_bytes,
                                &pod.rootfs_inodes, &pod.logs_inodes,  &pod.volumes_inodes, &pod.processes};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        *numbers[i] = number(strtok_r(NULL, ",", &rest));
    return pod;
}

static int compare(const void *a, const void *b)
{
    const struct rp_rank_key *x = a, *y = b;
    const int order = rp_kubelet_rank_compare(x, y);
    return order ? order : (x->pod > y->pod) - (x->pod < y->pod);
}

static void answer_order(char **rest, enum rp_signal signal, enum rp_kubelet_layout layout)
{
    struct rp_rank_key keys[PODS_MAX];
    uint32_t n = 0;
    for (char *word = strtok_r(NULL, " \n", rest); word; word = strtok_r(NULL, " \n", rest)) {
        if (n == PODS_MAX)
            refuse("too many pods", word);
        const struct rp_kubelet_pod pod = read_pod(word);
        keys[n].pod = n;
        rp_kubelet_rank_key(&pod, signal, layout, &keys[n++]);
    }
    qsort(keys, n, sizeof(keys[0]), compare);
    for (uint32_t i = 0; i < n; i++) {
        const char *between = i == 0 ? " " : rp_kubelet_rank_compare(&keys[i - 1], &keys[i]) == 0 ? "=" : ",";
        printf("%s%" PRIu32, between, keys[i].pod);
    }
    printf("\n");
}

static const char *given(const char *word)
{
    return strcmp(word, "-") ? word : NULL;
}

static struct rp_threshold read_threshold(char *word)
{
    char *rest = NULL;
    struct rp_threshold threshold;
    const enum rp_signal signal = (enum rp_signal)number(strtok_r(word, ",", &rest));
    const char *value = strtok_r(NULL, ",", &rest), *grace = strtok_r(NULL, ",", &rest);
    const char *reclaim = strtok_r(NULL, ",", &rest);
    if (!reclaim || rp_parse_threshold(signal, value, given(grace), given(reclaim), &threshold) != 0)
        refuse("not a threshold", value);
    return threshold;
}

static void answer_look(struct rp_kubelet_manager *manager, const struct rp_fact_kubelet *kubelet, char *word)
{
    char *rest = NULL;
    struct rp_kubelet_observation seen[RP_SIGNAL_MAX] = {{.known = false}};
    struct rp_kubelet_decision decision;
    const rp_ns now_ns = (rp_ns)number(strtok_r(word, ",", &rest));
    for (char *item = strtok_r(NULL, ",", &rest); item; item = strtok_r(NULL, ",", &rest)) {
        char *parts = NULL;
        const int64_t signal = number(strtok_r(item, ":", &parts));
        if (signal < 0 || signal >= RP_SIGNAL_MAX)
            refuse("not a signal", item);
        struct rp_kubelet_observation *observation = &seen[signal];
        observation->known = true;
        observation->available = number(strtok_r(NULL, ":", &parts));
        observation->capacity = number(strtok_r(NULL, ":", &parts));
        observation->t_ns = (rp_ns)number(strtok_r(NULL, ":", &parts));
    }
    rp_kubelet_synchronize(manager, kubelet, now_ns, seen, &decision);
    printf("%" PRIu32 "/%" PRIu32 " ", manager->conditions, decision.due);
}

static void answer_history(char **rest)
{
    struct rp_kubelet_manager manager = {.looks = 0};
    struct rp_fact_kubelet kubelet = {.transition_ns = (rp_ns)number(strtok_r(NULL, " \n", rest))};
    kubelet.thresholds_n = (uint32_t)number(strtok_r(NULL, " \n", rest));
    for (uint32_t i = 0; i < kubelet.thresholds_n; i++) {
        char *word = strtok_r(NULL, " \n", rest);
        if (i == RP_THRESHOLDS_MAX || !word)
            refuse("too many thresholds, or too few", word);
        kubelet.thresholds[i] = read_threshold(word);
    }
    for (char *word = strtok_r(NULL, " \n", rest); word; word = strtok_r(NULL, " \n", rest))
        answer_look(&manager, &kubelet, word);
    printf("\n");
}

static void answer(char *line)
{
    char *rest = NULL;
    if (line[0] == 'H') {
        (void)strtok_r(line, " \n", &rest);
        answer_history(&rest);
        return;
    }
    struct rp_threshold threshold;
    const enum rp_signal signal = (enum rp_signal)number(strtok_r(line, " \n", &rest));
    const enum rp_kubelet_layout layout = (enum rp_kubelet_layout)number(strtok_r(NULL, " \n", &rest));
    const int64_t capacity = number(strtok_r(NULL, " \n", &rest));
    const char *value = strtok_r(NULL, " \n", &rest), *reclaim = strtok_r(NULL, " \n", &rest);
    if (!value || !reclaim)
        refuse("too short", value);
    if (rp_parse_threshold(signal, value, NULL, given(reclaim), &threshold) != 0)
        refuse("not a threshold", value);
    printf("%" PRId64 " %" PRId64, rp_kubelet_amount(&threshold, capacity, false),
           rp_kubelet_amount(&threshold, capacity, true));
    answer_order(&rest, signal, layout);
}

int main(void)
{
    char line[LINE_MAX];
    (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    while (fgets(line, sizeof(line), stdin))
        answer(line);
    return 0;
}
