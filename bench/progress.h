/* SPDX-License-Identifier: MIT
 *
 * progress.h: how far a long job is, on stderr. On a terminal a bar that is drawn over and over; with
 * BENCH_PROGRESS_ALWAYS also in a log, there as a line at the start, every ten seconds, and at the end.
 */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bench_progress_mode {
    BENCH_PROGRESS_AUTO,
    BENCH_PROGRESS_ALWAYS,
    BENCH_PROGRESS_NEVER
};

/* How things stand, in `room` characters at most. */
typedef void (*bench_progress_tell_fn)(const void *context, size_t room, char *ret_text,
                                       size_t bytes);

struct bench_progress {
    bench_progress_tell_fn
        tell; /* NULL, or asked whenever something is shown; set it after begin */
    const void *context;
    bool bar, lines, colour;
    size_t total, first; /* first: done before this began */
    uint64_t began_ns, shown_ns;
};

/* False: not a mode, which has been said. */
bool bench_progress_parse(const char *text, enum bench_progress_mode *ret_mode);

void bench_progress_begin(struct bench_progress *progress, enum bench_progress_mode mode,
                          size_t done, size_t total);

/* `failed`: how many of `done` did not finish well; `what`: the next thing to do. */
void bench_progress_show(struct bench_progress *progress, size_t done, size_t failed,
                         const char *what);

/* Takes the bar away again. */
void bench_progress_end(struct bench_progress *progress, size_t done, size_t failed);

/* "[#####.....] 12/60, 1 failed, 0:09 left" for tests. */
void bench_progress_line(const struct bench_progress *progress, uint64_t now_ns, size_t done,
                         size_t failed, char *ret_line, size_t bytes);

#endif
