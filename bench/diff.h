/* SPDX-License-Identifier: MIT
 *
 * diff.h: two texts compared line by line, and their difference in the unified form.
 */
#ifndef BENCH_DIFF_H
#define BENCH_DIFF_H

#include <stdbool.h>
#include <stddef.h>

/* A text cut into lines. Lines end with a newline in `text` or at its end. */
struct bench_diff_lines {
    const char *text;
    size_t bytes, count;
    size_t *starts; /* count + 1; the last one is where the text ends */
};

int bench_diff_lines_init(struct bench_diff_lines *lines, const char *text,
                          size_t bytes); /* -ENOMEM */
void bench_diff_lines_fini(struct bench_diff_lines *lines);

/* Gets one line of the difference, without its end: of a hunk's head mark is '@', else ' ', '-' or '+'. */
typedef void (*bench_diff_fn)(void *context, char mark, const char *line, size_t bytes);

/* Calls `print` for the lines of each hunk, with `around` common lines before and behind; *ret_differ tells whether
 * there was one. The difference is a shortest one unless more than 1,000 lines would change. -ENOMEM. */
int bench_diff_print(const struct bench_diff_lines *old, const struct bench_diff_lines *new,
                     size_t around, bench_diff_fn print, void *context, bool *ret_differ);

#endif
