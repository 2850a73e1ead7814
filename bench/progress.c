/* SPDX-License-Identifier: MIT
 *
 * progress.c: how far a long job is. See progress.h.
 */
#include "bench/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/say.h"

enum {
    BAR_CELLS = 24,
    LINE_CELLS = 160 /* how things stand, in a log */
};

static const uint64_t line_period_ns = UINT64_C(10000000000), bar_period_ns = UINT64_C(100000000);

bool
bench_progress_parse(const char *text, enum bench_progress_mode *ret_mode) {
    static const char *const names[] = {"auto", "always", "never", NULL};
    char hint[64];

    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(text, names[i]) == 0) {
            *ret_mode = (enum bench_progress_mode)i;
            return true;
        }
    bench_say(0, "--progress=%s: auto, always or never%s", text,
              bench_say_nearest(bench_say_guess(text, names), hint, sizeof hint));
    return false;
}

void
bench_progress_begin(struct bench_progress *progress, enum bench_progress_mode mode, size_t done,
                     size_t total) {
    const char *plain = getenv("NO_COLOR");
    bool terminal = isatty(STDERR_FILENO) != 0;

    *progress = (struct bench_progress){
        .bar = terminal && mode != BENCH_PROGRESS_NEVER,
        .lines = !terminal && mode == BENCH_PROGRESS_ALWAYS,
        .colour = terminal && (plain == NULL || plain[0] == '\0'),
        .total = total,
        .first = done,
        .began_ns = bench_measure_now_ns(),
    };
}

static size_t
append(char *line, size_t bytes, size_t length, const char *text) {
    if (length < bytes)
        snprintf(line + length, bytes - length, "%s", text);
    return length + strlen(text);
}

void
bench_progress_line(const struct bench_progress *progress, uint64_t now_ns, size_t done,
                    size_t failed, char *ret_line, size_t bytes) {
    size_t full = progress->total == 0 ? BAR_CELLS : done * BAR_CELLS / progress->total, length;
    char bar[BAR_CELLS + 3], part[64];

    bar[0] = '[';
    memset(bar + 1, '#', full);
    memset(bar + 1 + full, '.', BAR_CELLS - full);
    strcpy(bar + 1 + BAR_CELLS, "]");
    length = append(ret_line, bytes, 0, bar);
    snprintf(part, sizeof part, " %zu/%zu", done, progress->total);
    length = append(ret_line, bytes, length, part);
    if (failed > 0) {
        snprintf(part, sizeof part, ", %zu failed", failed);
        length = append(ret_line, bytes, length, part);
    }
    if (done > progress->first && done < progress->total) {
        double each = (double)(now_ns - progress->began_ns) / (double)(done - progress->first);
        uint64_t left_s = (uint64_t)(each * (double)(progress->total - done) / 1e9 + 0.5);
        snprintf(part, sizeof part, ", %llu:%02llu left", (unsigned long long)(left_s / 60),
                 (unsigned long long)(left_s % 60));
        append(ret_line, bytes, length, part);
    }
}

/* As much of how things stand as there is room for, and two blanks before it; "" if that is nothing. */
static const char *
ask(const struct bench_progress *progress, int room, char *text, size_t bytes) {
    text[0] = text[1] = ' ';
    text[2] = '\0';
    if (progress->tell != NULL && room > 2)
        progress->tell(progress->context, (size_t)room - 2, text + 2, bytes - 2);
    if (text[2] == '\0')
        text[0] = '\0';
    return text;
}

static void
draw(struct bench_progress *progress, size_t done, size_t failed, const char *what) {
    struct winsize window = {.ws_col = 80};
    char line[256], standing[256];
    int room;

    bench_progress_line(progress, bench_measure_now_ns(), done, failed, line, sizeof line);
    ioctl(STDERR_FILENO, TIOCGWINSZ, &window);
    room = (window.ws_col == 0 ? 80 : window.ws_col) - (int)strlen(line) - 1;
    ask(progress, room, standing, sizeof standing);
    room -= (int)strlen(standing) + 2;
    fprintf(stderr, "\r%s%s%s%s  %.*s\033[K",
            progress->colour ? (failed > 0 ? "\033[33m" : "\033[32m") : "", line,
            progress->colour ? "\033[0m" : "", standing, room > 0 ? room : 0, what);
    fflush(stderr);
}

static void
write_line(const struct bench_progress *progress, size_t done, size_t failed) {
    char line[256], standing[256];
    bench_progress_line(progress, bench_measure_now_ns(), done, failed, line, sizeof line);
    fprintf(stderr, "%s%s\n", line, ask(progress, LINE_CELLS, standing, sizeof standing));
}

void
bench_progress_show(struct bench_progress *progress, size_t done, size_t failed, const char *what) {
    uint64_t now_ns = bench_measure_now_ns();
    uint64_t period_ns = progress->bar ? bar_period_ns : line_period_ns;

    if ((!progress->bar && !progress->lines) ||
        (progress->shown_ns != 0 && now_ns - progress->shown_ns < period_ns))
        return;
    progress->shown_ns = now_ns;
    if (progress->bar)
        draw(progress, done, failed, what);
    else
        write_line(progress, done, failed);
}

void
bench_progress_end(struct bench_progress *progress, size_t done, size_t failed) {
    if (progress->bar)
        fputs("\r\033[K", stderr);
    else if (progress->lines)
        write_line(progress, done, failed);
    fflush(stderr);
}
