/* SPDX-License-Identifier: MIT
 *
 * object_cpython.c: CPython as an engine of the objects' micro-benchmarks. The callback is a function in C,
 * which CPython calls fastest.
 */
#include "bench/micro/object_subject.h"

#include <errno.h>

#include "workloads/engine_cpython_heap.h"

static PyObject *
call_back(PyObject *self, PyObject *argument) {
    (void)self;
    (void)argument;
    return en_incref(Py_None);
}

static PyMethodDef callback = {"callback", call_back, METH_O, NULL};

static int
begin(const struct bench_micro *micro, struct bench_object_home *ret_home) {
    struct en_heap *heap;
    int error = en_cpython_open(&heap);

    (void)micro;
    if (error < 0)
        return error;
    en_gc_disable(heap);
    bench_object_home_fill(ret_home, heap);
    ret_home->callback = bench_object_made(PyCFunction_NewEx(&callback, NULL, NULL));
    return 0;
}

/* A class is in a cycle with itself. */
static void
end(struct bench_object_home *home) {
    struct en_heap *heap = home->heap;

    en_decref(heap, home->plain);
    en_decref(heap, home->slotted);
    en_decref(heap, home->callback);
    for (size_t i = 0; i < BENCH_OBJECT_NAMES; i++)
        en_decref(heap, home->names[i]);
    for (size_t i = 0; i < BENCH_OBJECT_VALUES; i++)
        en_decref(heap, home->values[i]);
    (void)en_gc_collect(heap, RT_GENERATIONS - 1);
    en_cpython_close(heap);
}

static const struct bench_object_row *const families[] = {
    BENCH_OBJECT_ROWS(life), BENCH_OBJECT_ROWS(attr), BENCH_OBJECT_ROWS(list),
    BENCH_OBJECT_ROWS(dict), BENCH_OBJECT_ROWS(weak), NULL};

const struct bench_object_engine bench_object_engine_cpython = {BENCH_SUBJECT_CPYTHON, begin, end,
                                                                families};
