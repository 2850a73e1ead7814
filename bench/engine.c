/* SPDX-License-Identifier: MIT
 *
 * engine.c: finding engines. See engine.h.
 */
#include "bench/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/preload.h"
#include "bench/say.h"

static void
start_as_worker(struct bench_engine *engine) {
    static char program[] = "gcsweep", verb[] = "worker";

    engine->argv[0] = program;
    engine->argv[1] = verb;
}

static int
open_rt(struct bench_engine *engine, char *why, size_t why_bytes) {
    ssize_t length = readlink("/proc/self/exe", engine->path, sizeof engine->path - 1);

    if (length <= 0 || (size_t)length == sizeof engine->path - 1) {
        snprintf(why, why_bytes, "/proc/self/exe: %s",
                 length < 0 ? strerror(errno) : "name too long");
        return -ENOSYS;
    }
    engine->path[length] = '\0';
    start_as_worker(engine);
    return 0;
}

static int
open_path(struct bench_engine *engine, const char *path, char *why, size_t why_bytes) {
    struct stat status;

    if (access(path, X_OK) != 0 || stat(path, &status) != 0) {
        snprintf(why, why_bytes, "%s", strerror(errno));
        return -ENOSYS;
    }
    if (!S_ISREG(status.st_mode)) {
        snprintf(why, why_bytes, "it is no program");
        return -ENOSYS;
    }
    snprintf(engine->path, sizeof engine->path, "%s", path);
    engine->argv[0] = engine->path;
    return 0;
}

static int
open_other_rt(struct bench_engine *engine, const char *path, char *why, size_t why_bytes) {
    int error = open_path(engine, path, why, why_bytes);

    start_as_worker(engine);
    engine->has_own_defaults = true;
    return error;
}

static const struct bench_engine_row rows[] = {
    {"rt", "the embedded runtime, in a fresh process of this program"},
    {"cpython", "CPython's own objects, allocator and collector, in a fresh Python (--python)"},
};

const struct bench_engine_row *
bench_engine_rows(size_t *ret_count) {
    *ret_count = sizeof rows / sizeof rows[0];
    return rows;
}

static int
refuse_name(const char *name, char *why, size_t why_bytes) {
    const char *names[] = {rows[0].name, rows[1].name, "both", NULL};
    char hint[64];

    snprintf(why, why_bytes, "no engine %s%s (gcsweep list shows all; a path has a slash)", name,
             bench_say_nearest(bench_say_guess(name, names), hint, sizeof hint));
    return -ENOENT;
}

/* ---- A malloc to preload ------------------------------------------------------------------------------ */

static bool
begins_with(const char *text, const char *word) {
    return strncmp(text, word, strlen(word)) == 0;
}

/* The "+" before the malloc, or NULL: a path may well have others. */
static const char *
find_plus(const char *name) {
    const char *plus = strrchr(name, '+');

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (begins_with(name, rows[i].name) && name[strlen(rows[i].name)] == '+')
            return name + strlen(rows[i].name);
    for (const struct bench_preload_library *library = bench_preload_libraries();
         plus != NULL && library->name != NULL; library++)
        if (strcmp(plus + 1, library->name) == 0)
            return plus;
    return NULL;
}

static int
find_malloc(struct bench_engine *engine, const char *what, char *why, size_t why_bytes) {
    char **directories = bench_preload_directories();
    struct bench_preload preload;
    int error = -ENOMEM;

    snprintf(why, why_bytes, "out of memory");
    if (directories != NULL)
        error = bench_preload_find(what, directories, &preload, why, why_bytes);
    free(directories);
    if (error == 0)
        snprintf(engine->preload, sizeof engine->preload, "%s", preload.path);
    if (error == -ENOMEM || (error == -ENOENT && strchr(what, '/') == NULL))
        return -ENOSYS; /* it is not installed */
    return error == 0 ? 0 : -ENOENT;
}

/* ---- Opening ------------------------------------------------------------------------------------------ */

static int
open_named(struct bench_engine *engine, const char *name, const char *python, char *why,
           size_t why_bytes) {
    if (strcmp(name, "rt") == 0)
        return open_rt(engine, why, why_bytes);
    if (strcmp(name, "cpython") == 0)
        return bench_engine_python_open(engine, python, why, why_bytes);
    if (strncmp(name, "rt@", 3) == 0)
        return open_other_rt(engine, name + 3, why, why_bytes);
    return strchr(name, '/') != NULL ? open_path(engine, name, why, why_bytes)
                                     : refuse_name(name, why, why_bytes);
}

int
bench_engine_open(struct bench_engine *engine, const char *name, const char *python, char *why,
                  size_t why_bytes) {
    char base[BENCH_ENGINE_NAME_BYTES];
    const char *plus;
    int error;

    *engine = (struct bench_engine){.name = ""};
    if (strlen(name) >= sizeof engine->name) {
        snprintf(why, why_bytes, "the engine's name is too long: %.32s...", name);
        return -ENOENT;
    }
    snprintf(engine->name, sizeof engine->name, "%s", name);
    plus = find_plus(name);
    snprintf(base, sizeof base, "%.*s", plus == NULL ? (int)strlen(name) : (int)(plus - name),
             name);
    error = open_named(engine, base, python, why, why_bytes);
    return error == 0 && plus != NULL ? find_malloc(engine, plus + 1, why, why_bytes) : error;
}

const char *
bench_engine_label(const char *name) {
    const char *slash = strncmp(name, "rt@", 3) == 0 ? NULL : strrchr(name, '/');
    return slash == NULL ? name : slash + 1;
}

int
bench_engine_check(const struct bench_engine *engine, const struct bench_cell *cell,
                   struct rt_text *why) {
    return engine->is_python ? bench_engine_python_check(cell, why) : 0;
}

void
bench_engine_settle(const struct bench_engine *engine, struct bench_cell *cell) {
    int64_t *const thresholds[RT_GENERATIONS] = {
        &cell->config.gc_threshold0, &cell->config.gc_threshold1, &cell->config.gc_threshold2};

    for (int i = 0; engine->is_python && i < RT_GENERATIONS; i++)
        if (*thresholds[i] == RT_GC_POLICYS_OWN)
            *thresholds[i] = engine->thresholds[i];
    bench_cell_settle(cell);
}

int
bench_engine_environment(const struct bench_engine *engine, const struct bench_cell *cell,
                         char ***ret_environment) {
    char **own = NULL;
    int error = engine->is_python ? bench_engine_python_environment(cell, &own) : 0;

    *ret_environment = own;
    if (error != 0 || engine->preload[0] == '\0')
        return error;
    *ret_environment = bench_preload_environment(own, engine->preload);
    free(own); /* but not its strings */
    return *ret_environment == NULL ? -ENOMEM : 0;
}
