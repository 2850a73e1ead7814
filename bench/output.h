/* SPDX-License-Identifier: MIT
 *
 * output.h: where a document goes: standard output, or a file that appears under its name only when all of it is
 * there, and in the place of another one only if that is asked for. What is there and no regular file (a pipe, a
 * device) is written as it is.
 */
#ifndef BENCH_OUTPUT_H
#define BENCH_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
    BENCH_OUTPUT_PATH_BYTES = 4096
};

struct bench_output {
    FILE *file;
    const char *path;                     /* NULL: standard output */
    char hidden[BENCH_OUTPUT_PATH_BYTES]; /* where it grows; "" if there */
    bool replaces;
    int error; /* the first one that was seen while writing */
};

/* `path` NULL or "-" is standard output. -EEXIST, unless `replaces`; -ENOENT: no such folder; or another,
 * with one line in `why`. `path` must outlive it. */
int bench_output_open(struct bench_output *output, const char *path, bool replaces, char *why,
                      size_t why_bytes);

/* To be asked now and then, right after writing: there is no use in going on. */
bool bench_output_is_broken(struct bench_output *output);

/* The one or the other. Finishing may fail as writing may (-ENOSPC); then nothing is left. */
int bench_output_finish(struct bench_output *output, char *why, size_t why_bytes);
void bench_output_drop(struct bench_output *output);

#endif
