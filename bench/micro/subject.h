/* SPDX-License-Identifier: MIT
 *
 * subject.h: the allocators under test, behind calls that are resolved at compile time: each loop is
 * written once, always inlined with a constant path, and so calls its allocator directly.
 *
 * `path` is the interface and `subject` is what is behind it: our pools and our debug layer share a path,
 * and the path of malloc leads to whatever library the process was started with.
 */
#ifndef BENCH_MICRO_SUBJECT_H
#define BENCH_MICRO_SUBJECT_H

#include <stdlib.h>

#include "bench/gbench.h"
#include "bench/micro/micro.h"
#include "runtime/base.h"
#include "runtime/rt.h"

/* Built into a Python extension module, the same file has pymalloc as well. */
#if defined(BENCH_MICRO_PYTHON)
#include <Python.h>
enum {
    BENCH_SUBJECT_HAS_PYTHON = 1
};
#else
enum {
    BENCH_SUBJECT_HAS_PYTHON = 0
};
#endif

enum bench_path {
    BENCH_PATH_RT,
    BENCH_PATH_MALLOC,
    BENCH_PATH_PYMALLOC
};

static inline enum bench_path
bench_subject_path(enum bench_subject subject) {
    switch (subject) {
    case BENCH_SUBJECT_SYSTEM:
        return BENCH_PATH_MALLOC;
    case BENCH_SUBJECT_PYMALLOC:
        return BENCH_PATH_PYMALLOC;
    default:
        return BENCH_PATH_RT;
    }
}

/* A block whose first byte has been written, as a program would; there is no way on without memory. */
static RT_ALWAYS_INLINE void *
bench_subject_alloc(enum bench_path path, struct rt *rt, size_t size) {
    void *block = NULL;

    switch (path) {
    case BENCH_PATH_RT:
        block = rt_alloc(rt, size);
        break;
    case BENCH_PATH_MALLOC:
        block = malloc(size);
        break;
    case BENCH_PATH_PYMALLOC:
#if defined(BENCH_MICRO_PYTHON)
        block = PyObject_Malloc(size);
#endif
        break;
    }
    if (RT_UNLIKELY(block == NULL))
        abort();
    *(char *)block = 1;
    bench_gbench_use(block);
    return block;
}

/* The size is what it was asked for with; only ours wants to hear it. */
static RT_ALWAYS_INLINE void
bench_subject_free(enum bench_path path, struct rt *rt, void *block, size_t size) {
    switch (path) {
    case BENCH_PATH_RT:
        rt_free(rt, block, size);
        break;
    case BENCH_PATH_MALLOC:
        free(block);
        break;
    case BENCH_PATH_PYMALLOC:
#if defined(BENCH_MICRO_PYTHON)
        PyObject_Free(block);
#endif
        break;
    }
}

#endif
