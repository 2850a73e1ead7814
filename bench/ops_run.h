/* SPDX-License-Identifier: MIT
 *
 * ops_run.h: an op script run on an engine's heap, with its settings. Compiled for each engine.
 */
#ifndef BENCH_OPS_RUN_H
#define BENCH_OPS_RUN_H

#include <stdio.h>

#include "workloads/ops.h"

struct bench_ops_settings {
    const char *name; /* of the script, for messages */
    struct rt_config config;
    struct wl_ops_limits limits;
};

void bench_ops_settings_init(struct bench_ops_settings *settings);

/* "name=value". -ENOENT, -EINVAL, -ERANGE, with one line in `why`. */
int bench_ops_settings_assign(struct bench_ops_settings *settings, const char *assignment,
                              struct rt_text *why);

/* Says what is wrong and gives an exit status, or gives the program. */
int bench_ops_parse(const struct bench_ops_settings *settings, const char *script, size_t bytes,
                    struct wl_ops_program **ret_program);

/* Runs it, writes its lines, and gives an exit status. */
int bench_ops_run(struct en_heap *heap, const struct bench_ops_settings *settings,
                  const struct wl_ops_program *program, FILE *out);

#endif
