/* SPDX-License-Identifier: MIT
 *
 * replay.c: runs an op script in this interpreter: the script from standard input, its lines to standard output. The
 * arguments are its name and settings.
 */
#include "bench/ops_run.h"

#include <stdlib.h>
#include <unistd.h>

#include "bench/python/verbs.h"
#include "bench/verb.h"
#include "workloads/engine_cpython_heap.h"

/* All of standard input; NULL: out of memory. */
static char *
read_script(size_t *ret_bytes) {
    char *script = NULL;
    size_t bytes = 0, capacity = 0;
    ssize_t got = 1;

    while (got > 0) {
        if (bytes == capacity) {
            char *moved = realloc(script, capacity = capacity * 2 + 65536);
            if (moved == NULL) {
                free(script);
                return NULL;
            }
            script = moved;
        }
        got = read(STDIN_FILENO, script + bytes, capacity - bytes);
        bytes += got > 0 ? (size_t)got : 0;
    }
    *ret_bytes = bytes;
    return script;
}

static void
set_collector(struct en_heap *heap, const struct rt_config *config) {
    static const enum en_mode modes[RT_GC_MODE_COUNT] = {
        [RT_GC_MODE_AUTO] = EN_MODE_AUTO,
        [RT_GC_MODE_OFF] = EN_MODE_OFF,
        [RT_GC_MODE_MANUAL] = EN_MODE_MANUAL,
        [RT_GC_MODE_IDLE] = EN_MODE_IDLE,
    };
    const int64_t given[RT_GENERATIONS] = {config->gc_threshold0, config->gc_threshold1,
                                           config->gc_threshold2};
    int64_t thresholds[RT_GENERATIONS];

    for (int i = 0; i < RT_GENERATIONS; i++)
        thresholds[i] = given[i] == RT_GC_POLICYS_OWN ? en_gc_threshold(heap, i) : given[i];
    en_gc_set_thresholds(heap, thresholds);
    heap->mode = modes[config->gc_mode];
    if (heap->mode != EN_MODE_AUTO)
        en_gc_disable(heap);
}

static int
run(struct en_heap *heap, int argc, char **argv) {
    struct bench_ops_settings settings;
    struct wl_ops_program *program;
    char *script, line[256];
    struct rt_text why;
    size_t bytes;
    int status;

    bench_ops_settings_init(&settings);
    settings.name = argc > 1 ? argv[1] : "-";
    for (int i = 2; i < argc; i++) {
        rt_text_init(&why, line, sizeof line);
        if (bench_ops_settings_assign(&settings, argv[i], &why) != 0) {
            fprintf(stderr, "gcsweep: replay: %s\n", line);
            return BENCH_STATUS_USAGE;
        }
    }
    script = read_script(&bytes);
    if (script == NULL)
        return BENCH_STATUS_ENVIRONMENT;
    status = bench_ops_parse(&settings, script, bytes, &program);
    if (status == BENCH_STATUS_DONE) {
        set_collector(heap, &settings.config);
        status = bench_ops_run(heap, &settings, program, stdout);
        wl_ops_free(program);
    }
    free(script);
    return status;
}

const struct bench_python_verb bench_python_replay = {"replay", run};
