/* SPDX-License-Identifier: MIT
 *
 * engine.c: the engines known by name. `rt` is this very executable, started again as a worker.
 */
#include "bench/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
find_rt(char *path, size_t path_bytes, char *argv[BENCH_ENGINE_ARGUMENTS], char *why,
        size_t why_bytes) {
    static char program[] = "gcsweep", verb[] = "worker";
    ssize_t length = readlink("/proc/self/exe", path, path_bytes - 1);

    if (length <= 0 || (size_t)length == path_bytes - 1) {
        snprintf(why, why_bytes, "/proc/self/exe: %s",
                 length < 0 ? strerror(errno) : "name too long");
        return false;
    }
    path[length] = '\0';
    argv[0] = program;
    argv[1] = verb;
    argv[2] = NULL;
    return true;
}

static const struct bench_engine engines[] = {
    {"rt", "the embedded runtime, in a fresh process of this program", find_rt},
};

const struct bench_engine *
bench_engine_list(size_t *ret_count) {
    *ret_count = sizeof engines / sizeof engines[0];
    return engines;
}

const struct bench_engine *
bench_engine_find(const char *name) {
    size_t count;
    const struct bench_engine *list = bench_engine_list(&count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}
