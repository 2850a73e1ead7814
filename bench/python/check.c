/* SPDX-License-Identifier: MIT
 *
 * check.c: says in one line of JSON what interpreter this is, and so that it can be an engine.
 */
#include "bench/python/verbs.h"

#include <stdio.h>

#include "workloads/engine_cpython_heap.h"

static int
run(struct en_heap *heap, int argc, char **argv) {
    unsigned version = heap->version;

    (void)argc;
    (void)argv;
    printf("{\"engine\": \"cpython\", \"version\": \"%u.%u.%u\", \"exact_counts\": %s, "
           "\"thresholds\": [%lld, %lld, %lld]}\n",
           version >> 24, version >> 16 & 0xff, version >> 8 & 0xff,
           en_cpython_counts_are_exact() ? "true" : "false", (long long)en_gc_threshold(heap, 0),
           (long long)en_gc_threshold(heap, 1), (long long)en_gc_threshold(heap, 2));
    return fflush(stdout) == 0 ? 0 : 3;
}

const struct bench_python_verb bench_python_check = {"check", run};
