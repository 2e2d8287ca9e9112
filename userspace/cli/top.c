// SPDX-License-Identifier: Apache-2.0
/* A plain first live view: the status page again and again, in place on a terminal or one below the other. */
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/cli.h"
#include "cli/render.h"

struct top {
    struct rp_snapshot snapshot;
    uint64_t delay_s, count; /* count 0: for ever */
    bool batch;
};

static int parse(struct top *top, int argc, char **argv)
{
    int option;
    top->delay_s = 1;
    optind = 1;
    while ((option = getopt(argc, argv, "bd:n:")) != -1) {
        uint64_t *number = option == 'd' ? &top->delay_s : &top->count;
        if (option == 'b')
            top->batch = true;
        else if (option == '?' || rp_parse_u64(optarg, strlen(optarg), number) != 0 || *number == 0 || *number > 86400)
            return -EINVAL;
    }
    return optind == argc ? 0 : -EINVAL;
}

static int run_batch(struct top *top)
{
    for (uint64_t i = 0; top->count == 0 || i < top->count; i++) {
        if (i && rp_snapshot_take(&top->snapshot) != 0)
            return RP_EXIT_NO_GUARD;
        rp_render_text(stdout, top->snapshot.copy, 0);
        fputs("\n", stdout);
        fflush(stdout);
        if (top->count == 0 || i + 1 < top->count)
            sleep((unsigned)top->delay_s);
    }
    return RP_EXIT_OK;
}

static bool stale(const struct rp_arena *arena)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    rp_ns now = (rp_ns)t.tv_sec * RP_NS_PER_S + (rp_ns)t.tv_nsec;
    return now > arena->agent.heartbeat_ns && now - arena->agent.heartbeat_ns > 15 * RP_NS_PER_S;
}

/* Lines from `first` on; the page is made in memory, so that one refresh draws it and nothing flickers. */
static int draw(struct top *top, int first, bool paused)
{
    char *text = NULL;
    size_t len = 0;
    int row = 0, line = 0;
    FILE *page = open_memstream(&text, &len);
    if (!page)
        return 0;
    rp_render_text(page, top->snapshot.copy, 0);
    if (fclose(page) != 0)
        return 0;
    erase();
    char *rest = text;
    for (char *at = strsep(&rest, "\n"); at; at = strsep(&rest, "\n"), line++)
        if (line >= first && row < LINES - 1)
            mvaddnstr(row++, 0, at, COLS);
    free(text);
    attron(A_REVERSE);
    mvprintw(LINES - 1, 0, " q quit  p %s  up/down scroll %s ", paused ? "go on" : "pause",
             stale(top->snapshot.copy) ? " THE GUARD STANDS STILL" : "");
    attroff(A_REVERSE);
    refresh();
    return line;
}

static int run_screen(struct top *top)
{
    int key = 0, first = 0, lines = 0, code = RP_EXIT_OK;
    bool paused = false;
    (void)setlocale(LC_ALL, "");
    if (!newterm(NULL, stdout, stdin)) {
        fprintf(stderr, "reprieve top: this terminal cannot be used (TERM=%s); try -b\n",
                getenv("TERM") ? getenv("TERM") : "");
        return RP_EXIT_FAILED;
    }
    (void)cbreak();
    (void)noecho();
    (void)curs_set(0);
    (void)keypad(stdscr, TRUE);
    timeout((int)top->delay_s * 1000);
    for (uint64_t i = 0; key != 'q' && (top->count == 0 || i < top->count); i++) {
        if (!paused && rp_snapshot_take(&top->snapshot) != 0) {
            code = RP_EXIT_NO_GUARD;
            break;
        }
        lines = draw(top, first, paused);
        key = getch();
        paused = key == 'p' ? !paused : paused;
        if (key == KEY_DOWN && first + 1 < lines)
            first++;
        if (key == KEY_UP && first > 0)
            first--;
    }
    (void)endwin();
    if (code != RP_EXIT_OK)
        fputs("reprieve top: the guard does not write its state any more\n", stderr);
    return code;
}

int rp_cli_top(const struct rp_cli *cli, int argc, char **argv)
{
    struct top top = {0};
    if (parse(&top, argc, argv) != 0)
        return rp_cli_usage("top", "unknown or unfit argument");
    if (rp_client_open(cli, &top.snapshot) != 0)
        return RP_EXIT_NO_GUARD;
    int code = top.batch || !isatty(STDOUT_FILENO) ? run_batch(&top) : run_screen(&top);
    rp_snapshot_close(&top.snapshot);
    return code;
}
