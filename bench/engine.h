/* SPDX-License-Identifier: MIT
 *
 * engine.h: what runs a cell. An engine is any executable that speaks the worker protocol (README.md);
 * this is the list of those that gcsweep knows by name.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    BENCH_ENGINE_ARGUMENTS = 4
};

struct bench_engine {
    const char *name, *help;
    /* False, and the reason in `why`, when it cannot run here. Else the command to start it. */
    bool (*find)(char *path, size_t path_bytes, char *argv[BENCH_ENGINE_ARGUMENTS], char *why,
                 size_t why_bytes);
};

const struct bench_engine *bench_engine_list(size_t *ret_count);
const struct bench_engine *bench_engine_find(const char *name);

#endif
