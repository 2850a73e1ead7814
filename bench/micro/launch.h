/* SPDX-License-Identifier: MIT
 *
 * launch.h: one run of the micro-benchmarks in a process of its own: this program again, or a Python
 * executable that loads the same benchmarks as an extension module; with another malloc or without.
 */
#ifndef BENCH_MICRO_LAUNCH_H
#define BENCH_MICRO_LAUNCH_H

#include <stddef.h>

#include <jansson.h>

struct bench_launch {
    const char *python;           /* executable; NULL: natively */
    const char *module_directory; /* where the extension module is */
    const char *preload;          /* path of a library; NULL: none */
    char *const *flags;           /* for bench_micro_run, NULL-terminated */
};

enum {
    BENCH_LAUNCH_PATH_BYTES = 4096,
    BENCH_LAUNCH_FLAGS = 256 /* at most */
};

/* The Python executable that the build found, or NULL. */
const char *bench_launch_default_python(void);

/* Where the extension module is, beside the program or where it was installed. 0 or -ENOENT. */
int bench_launch_find_module(char ret_directory[BENCH_LAUNCH_PATH_BYTES]);

/* Runs and waits; gives the exit status, having said what went wrong. `*ret_results` is what Google
 * Benchmark would write as JSON, or NULL when there is none. */
int bench_launch_run(const struct bench_launch *launch, json_t **ret_results);

#endif
