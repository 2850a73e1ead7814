/* SPDX-License-Identifier: MIT
 *
 * engine.h: what runs a cell. An engine is any executable that speaks the worker protocol (README.md); two
 * are known by name.
 *
 *   rt        the embedded runtime: this very executable, started again as a worker
 *   cpython   a Python executable that loads the extension module gcsweep_engine (bench/python)
 *   rt@PATH   the embedded runtime of another gcsweep, say one of an older commit: PATH, started as a worker. Knobs
 *             that nobody has set are left to its defaults
 *   PATH      what has a slash is the executable itself
 *
 * Behind a name there may be "+" and a malloc to preload (preload.h): rt+jemalloc, cpython+/usr/lib/libmy.so. Behind
 * a path only the name of one that is known.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/cell.h"

enum {
    BENCH_ENGINES_MOST = 16, /* of one run */
    BENCH_ENGINE_ARGUMENTS = 12,
    BENCH_ENGINE_PATH_BYTES = 4096,
    BENCH_ENGINE_NAME_BYTES = 256
};

struct bench_engine {
    char name[BENCH_ENGINE_NAME_BYTES];
    char path[BENCH_ENGINE_PATH_BYTES], *argv[BENCH_ENGINE_ARGUMENTS]; /* to start it */
    char preload[BENCH_ENGINE_PATH_BYTES];                             /* the library, or "" */
    bool is_python, has_own_defaults;
    char module[BENCH_ENGINE_PATH_BYTES]; /* of Python: the directory of the extension module */
    char version[32];                     /* of Python; else "" */
    int64_t thresholds[RT_GENERATIONS];   /* that Python has by itself */
};

struct bench_engine_row {
    const char *name, *help;
};

/* Those that are known by name. */
const struct bench_engine_row *bench_engine_rows(size_t *ret_count);

/* `python`: the executable for engine cpython, or NULL for the one that the build found. -ENOENT: no engine of
 * that name; -ENOSYS: it cannot run here. One line in `why`. An open engine stays where it is. */
int bench_engine_open(struct bench_engine *engine, const char *name, const char *python, char *why,
                      size_t why_bytes);

/* What an engine is called where there are several: its name, of a mere path the last part. */
const char *bench_engine_label(const char *name);

/* -EINVAL: a knob of the cell has a value that this engine cannot honour. */
int bench_engine_check(const struct bench_engine *engine, const struct bench_cell *cell,
                       struct rt_text *why);

/* Thresholds of the collector that are left to the engine become its own. */
void bench_engine_settle(const struct bench_engine *engine, struct bench_cell *cell);

/* The environment to run the cell in, to be freed in one; NULL: as it is here. -ENOMEM. */
int bench_engine_environment(const struct bench_engine *engine, const struct bench_cell *cell,
                             char ***ret_environment);

/* ---- Of engine cpython (engine_python.c) -------------------------------------------------------- */

int bench_engine_python_open(struct bench_engine *engine, const char *python, char *why,
                             size_t why_bytes);
int bench_engine_python_check(const struct bench_cell *cell, struct rt_text *why);
int bench_engine_python_environment(const struct bench_cell *cell, char ***ret_environment);

#endif
