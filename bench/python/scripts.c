/* SPDX-License-Identifier: MIT
 *
 * scripts.c: runs op scripts one after the other, for whoever compares engines by thousands of them (bench/differ.c).
 *
 * Read from standard input, for each script: its length in bytes, a space, the most lines of output; a newline; the
 * script. Written for each: 0 or what wl_ops_parse or wl_ops_run gave, a space, the bytes of output; a newline; the
 * output. The end of the input ends it.
 */
#include "bench/python/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/engine_cpython_heap.h"
#include "workloads/ops.h"

struct output {
    char *text;
    size_t bytes, capacity;
};

static bool
take_line(void *context, const char *line, size_t bytes) {
    struct output *output = context;

    if (output->bytes + bytes + 1 > output->capacity) {
        size_t wider = (output->bytes + bytes + 1) * 2;
        char *moved = realloc(output->text, wider);
        if (moved == NULL)
            return false;
        output->text = moved;
        output->capacity = wider;
    }
    memcpy(output->text + output->bytes, line, bytes);
    output->bytes += bytes;
    output->text[output->bytes++] = '\n';
    return true;
}

static int
run_script(struct en_heap *heap, const char *script, size_t bytes, int64_t lines,
           struct output *output) {
    const int64_t thresholds[RT_GENERATIONS] = {700, 10, 10};
    struct wl_ops_limits limits = {INT32_MAX, INT32_MAX, lines};
    char data[WL_OPS_WHY_BYTES];
    struct wl_ops_program *program;
    struct rt_text why;
    int error;

    rt_text_init(&why, data, sizeof data);
    error = wl_ops_parse(script, bytes, &program, &why);
    if (error != 0)
        return error;
    en_gc_set_thresholds(heap, thresholds);
    en_gc_enable(heap);
    error = wl_ops_run(heap, program, &limits, take_line, output, &why);
    wl_ops_free(program);
    return error;
}

static int
run(struct en_heap *heap, int argc, char **argv) {
    struct output output = {NULL, 0, 0};
    unsigned long bytes, lines;
    bool is_good = true;

    (void)argc, (void)argv;
    while (is_good && scanf("%lu %lu", &bytes, &lines) == 2 && getchar() == '\n') {
        char *script = malloc(bytes + 1);
        output.bytes = 0;
        is_good = script != NULL && fread(script, 1, bytes, stdin) == bytes;
        if (is_good) {
            int error = run_script(heap, script, bytes, (int64_t)lines, &output);
            printf("%d %zu\n", error, output.bytes);
            fwrite(output.text, 1, output.bytes, stdout);
            is_good = fflush(stdout) == 0;
        }
        free(script);
    }
    free(output.text);
    return is_good ? 0 : 3;
}

const struct bench_python_verb bench_python_scripts = {"scripts", run};
