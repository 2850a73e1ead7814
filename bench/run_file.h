/* SPDX-License-Identifier: MIT
 *
 * run_file.h: how runs are named, and how a new one comes to be. A run file appears under its name only
 * when its whole plan is in it, and never in the place of another file.
 */
#ifndef BENCH_RUN_FILE_H
#define BENCH_RUN_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "bench/plan.h"
#include "bench/store.h"
#include "bench/suite.h"

enum {
    BENCH_RUN_FILE_PATH_BYTES = 4096,
    BENCH_RUN_FILE_NAME_BYTES = 128
};

/* "quick-1" is results/quick-1.db; what has a slash is a path. Both may end in .db. */
void bench_run_file_path(const char *run, char ret_path[BENCH_RUN_FILE_PATH_BYTES]);

/* The name of the run in a file: without folder and ending. */
void bench_run_file_name(const char *path, char ret_name[BENCH_RUN_FILE_NAME_BYTES]);

struct bench_run_file {
    const struct bench_suite *suite;
    const struct bench_plan *plan;
    const char *command;
    uint64_t seed, repetitions, sample_ns, time_limit_ns, memory_limit_bytes;
    uint64_t jobs;     /* cells that run at once */
    const char *shard; /* "i/n"; NULL: the whole plan */
};

/* Makes the folder results, if that is where the run belongs. */
int bench_run_file_folder(const char *run, char *why, size_t why_bytes);

/* Has `fill` put everything into a new file, which then gets its name. -EEXIST, -ENOENT (no such folder),
 * what `fill` gives, or another, with one line in `why`. */
int bench_run_file_make(const char *path,
                        int (*fill)(void *context, struct bench_store *store, char *why,
                                    size_t why_bytes),
                        void *context, char *why, size_t why_bytes);

/* `run` may be NULL for SUITE-1, SUITE-2, ... The folder results is made if need be. -EEXIST, -ENOENT (no
 * such folder) or another, with one line in `why`. */
int bench_run_file_create(const struct bench_run_file *draft, const char *run,
                          char ret_path[BENCH_RUN_FILE_PATH_BYTES], struct bench_store **ret_store,
                          char *why, size_t why_bytes);

#endif
