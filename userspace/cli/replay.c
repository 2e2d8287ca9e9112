// SPDX-License-Identifier: Apache-2.0
/* A recording through the same core once more: what was decided, and what would have been under other rules. */
#include "cli/replay.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/cli.h"
#include "cli/render.h"
#include "config/config.h"
#include "config/kubelet_file.h"
#include "core/parse/go_duration.h"
#include "node/act/clock.h"

#define BAR_AFTER_NS (2 * RP_NS_PER_S)
#define BAR_EVERY_NS (200 * RP_NS_PER_MS)
#define BAR_CELLS    40
#define SPEED_MAX    1000000

struct wish {
    const char *path, *policy, *kubelet;
    bool json;
    uint64_t speed; /* 0: as fast as it goes */
    bool at;        /* only the state at one moment */
    bool at_offset; /* at_ns counts from the beginning of the recording */
    int64_t at_ns;
    uint64_t at_sample; /* 0: by time */
};

struct run {
    struct wish wish;
    struct rp_recording *recording;
    struct rp_replayer replayer;
    struct rp_tale tale;
    rp_ns begun_ns, bar_ns;
    bool bar;         /* there is one on the terminal */
    rp_ns first_t_ns; /* of the recording, for --speed */
    rp_ns paced_ns;   /* when that was */
};

/* ---- arguments */

/* "90s" from the beginning, "#1234" a sample, "2026-11-24T12:03:10Z" a time. */
static int parse_at(const char *text, struct wish *wish)
{
    struct tm tm = {0};
    rp_ns ns = 0;
    wish->at = true;
    if (text[0] == '#')
        return rp_parse_u64(text + 1, strlen(text + 1), &wish->at_sample) == 0 && wish->at_sample > 0 ? 0 : -EINVAL;
    if (rp_parse_duration_ns(text, strlen(text), &ns) == 0) {
        wish->at_offset = true;
        wish->at_ns = rp_i64_of_u64(ns);
        return 0;
    }
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!end || (strcmp(end, "Z") != 0 && *end))
        return -EINVAL;
    wish->at_ns = (int64_t)timegm(&tm) * (int64_t)RP_NS_PER_S;
    return 0;
}

static int parse_option(int option, struct wish *wish)
{
    if (option == 'j')
        wish->json = true;
    else if (option == 'p')
        wish->policy = optarg;
    else if (option == 'k')
        wish->kubelet = optarg;
    else if (option == 'a')
        return parse_at(optarg, wish);
    else if (option != 's' || rp_parse_u64(optarg, strlen(optarg), &wish->speed) != 0 || wish->speed == 0 ||
             wish->speed > SPEED_MAX)
        return -EINVAL;
    return 0;
}

static int parse(struct wish *wish, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"policy", required_argument, NULL, 'p'},
        {"kubelet-config", required_argument, NULL, 'k'},
        {"speed", required_argument, NULL, 's'},
        {"at", required_argument, NULL, 'a'},
        {NULL, 0, NULL, 0},
    };
    int option, rc = 0;
    optind = 1;
    while (rc == 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        rc = parse_option(option, wish);
    if (rc != 0 || optind + 1 != argc || (wish->at && wish->speed))
        return -EINVAL;
    wish->path = argv[optind];
    return 0;
}

static int load_policy(const char *path, struct rp_policy *policy)
{
    static struct rp_config_errors errors;
    rp_policy_init(policy);
    const int rc = rp_config_load(path, policy, &errors);
    for (uint32_t i = 0; rc != 0 && i < errors.n; i++) {
        char line[RP_CONFIG_LINE_MAX];
        rp_config_error_line(&errors.list[i], line, sizeof(line));
        fprintf(stderr, "%s\n", line);
    }
    return rc;
}

static int load_kubelet(const char *path, struct rp_fact_kubelet *kubelet)
{
    struct rp_complaint why;
    const int rc = rp_kubelet_file_load(path, kubelet, &why);
    if (rc != 0)
        fprintf(stderr, "reprieve: %s: %s\n", path, why.text);
    return rc;
}

/* ---- a bar on the terminal, where it takes long */

static void wipe_bar(struct run *run)
{
    if (run->bar)
        fputs("\r\033[K", stderr);
    run->bar = false;
}

static void draw_bar(struct run *run)
{
    uint64_t done = 0, all = 1;
    char cells[BAR_CELLS + 1];
    const rp_ns now = rp_clock_ns();
    if (run->wish.speed || now - run->begun_ns < BAR_AFTER_NS || now - run->bar_ns < BAR_EVERY_NS ||
        !isatty(STDERR_FILENO))
        return;
    rp_recording_progress(run->recording, &done, &all);
    for (uint64_t i = 0; i < BAR_CELLS; i++)
        cells[i] = i * all < done * BAR_CELLS ? '#' : '.';
    cells[BAR_CELLS] = '\0';
    fprintf(stderr, "\r[%s] %3llu %% ", cells, (unsigned long long)(done * 100 / (all ? all : 1)));
    run->bar = true;
    run->bar_ns = now;
}

/* ---- running */

static void keep_pace(struct run *run, const struct rp_entry *entry)
{
    if (!run->wish.speed || entry->kind != RP_ENTRY_FRAME)
        return;
    if (run->first_t_ns == 0 || entry->frame.kind == RP_FRAME_START) { /* after a reboot clocks begin anew */
        run->first_t_ns = entry->frame.t_ns;
        run->paced_ns = rp_clock_ns();
    }
    const rp_ns due = run->paced_ns + rp_sub_sat_u64(entry->frame.t_ns, run->first_t_ns) / run->wish.speed;
    const struct timespec at = {.tv_sec = (time_t)(due / RP_NS_PER_S), .tv_nsec = (long)(due % RP_NS_PER_S)};
    fflush(stdout);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
}

/* Is the wanted moment over with this entry? */
static bool is_past(const struct wish *wish, const struct rp_entry *entry)
{
    if (!wish->at || entry->kind != RP_ENTRY_FRAME)
        return false;
    if (wish->at_sample)
        return entry->frame.sample && entry->frame.sample->number > wish->at_sample;
    return entry->realtime_ns > wish->at_ns;
}

static int run_entries(struct run *run)
{
    struct rp_entry entry;
    struct rp_replayed replayed;
    int rc;
    while ((rc = rp_recording_next(run->recording, &entry)) == 1) {
        if (is_past(&run->wish, &entry))
            return 0;
        keep_pace(run, &entry);
        rc = rp_replayer_take(&run->replayer, &entry, &replayed);
        if (rc != 0)
            break;
        if (!run->wish.at) {
            if (isatty(STDOUT_FILENO))
                wipe_bar(run);
            rp_tale_tell(&run->tale, &run->replayer, &entry, &replayed);
        }
        draw_bar(run);
    }
    if (rc != 0)
        fprintf(stderr, "reprieve: cannot go on with %s: %s\n", run->wish.path, strerror(-rc));
    return rc;
}

static int show_moment(struct run *run)
{
    struct rp_arena *arena = run->replayer.other ? run->replayer.other : run->replayer.arena;
    if (!arena || !run->replayer.valid) {
        fprintf(stderr, "reprieve: %s: there is neither a start nor a keyframe from which that moment can be reached\n",
                run->wish.path);
        return RP_EXIT_FAILED;
    }
    if (run->wish.json)
        return rp_render_json(stdout, arena) == 0 ? RP_EXIT_OK : RP_EXIT_FAILED;
    rp_render_text(stdout, arena, 0);
    return RP_EXIT_OK;
}

static int run_all(struct run *run)
{
    if (run->wish.at && run->wish.at_offset) {
        struct rp_recording_info info;
        rp_recording_info(run->recording, &info);
        run->wish.at_ns = rp_add_sat_i64(run->wish.at_ns, info.first_realtime_ns);
    }
    if (run->wish.at && !run->wish.at_sample)
        rp_recording_seek(run->recording, run->wish.at_ns);
    run->begun_ns = rp_clock_ns();
    int rc = run_entries(run);
    wipe_bar(run);
    if (rc != 0)
        return RP_EXIT_FAILED;
    if (run->wish.at)
        return show_moment(run);
    if (rp_tale_end(&run->tale, stdout, &run->replayer, run->recording) != 0)
        return RP_EXIT_FAILED;
    return run->replayer.plans_differ || run->replayer.states_differ ? RP_EXIT_DIFFERS : RP_EXIT_OK;
}

int rp_cli_replay(const struct rp_cli *cli, int argc, char **argv)
{
    static struct rp_policy policy;
    static struct rp_fact_kubelet kubelet;
    static struct run run;
    struct rp_complaint why;
    (void)cli;
    memset(&run, 0, sizeof(run));
    if (parse(&run.wish, argc, argv) != 0)
        return rp_cli_usage("replay", "name one recording; unknown or unfit argument");
    if ((run.wish.policy && load_policy(run.wish.policy, &policy) != 0) ||
        (run.wish.kubelet && load_kubelet(run.wish.kubelet, &kubelet) != 0))
        return RP_EXIT_USAGE;
    if (rp_recording_open(run.wish.path, &run.recording, &why) != 0) {
        fprintf(stderr, "reprieve: %s\n", why.text);
        return RP_EXIT_FAILED;
    }
    const struct rp_what_if what_if = {.policy = run.wish.policy ? &policy : NULL,
                                       .kubelet = run.wish.kubelet ? &kubelet : NULL};
    rp_replayer_init(&run.replayer, &what_if);
    rp_tale_init(&run.tale, run.wish.json ? NULL : stdout);
    const int code = run_all(&run);
    rp_tale_deinit(&run.tale);
    rp_replayer_deinit(&run.replayer);
    rp_recording_close(&run.recording);
    return code;
}
