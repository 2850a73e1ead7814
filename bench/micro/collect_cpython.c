/* SPDX-License-Identifier: MIT
 *
 * collect_cpython.c: CPython's collector, for the collector's micro-benchmarks. See collect.h.
 *
 * Listening is a function of ours in gc.callbacks, as Python programs do it.
 */
#include "bench/micro/collect_subject.h"

#include <errno.h>
#include "bench/measure.h"

static const char pauses_name[] = "gcsweep_bench.pauses";

/* A new reference to gc.<name>, which every gc module has. */
static PyObject *
share_from_gc(const char *name) {
    PyObject *module = bench_object_made(PyImport_ImportModule("gc"));
    PyObject *object = bench_object_made(PyObject_GetAttrString(module, name));

    Py_DECREF(module);
    return object;
}

static int
begin(const struct bench_micro *micro, struct bench_collector *ret_collector) {
    int error = bench_object_engine_cpython.begin(micro, &ret_collector->home);

    if (error < 0)
        return error;
    ret_collector->roots = bench_object_made(en_list_new(ret_collector->home.heap, 0));
    en_settle(ret_collector->home.heap);
    return 0;
}

/* The callback that gc calls with ("start" or "stop", info). */
static PyObject *
note_pause(PyObject *capsule, PyObject *arguments) {
    struct bench_collect_pauses *pauses = PyCapsule_GetPointer(capsule, pauses_name);
    PyObject *stop = PyUnicode_FromString("stop");

    if (pauses == NULL || stop == NULL)
        return NULL;
    if (PyUnicode_Compare(PyTuple_GetItem(arguments, 0), stop) == 0)
        bench_collect_note_pause(pauses);
    Py_DECREF(stop);
    pauses->start_ns = bench_measure_cpu_ns();
    return en_incref(Py_None);
}

static PyMethodDef method = {"note_pause", note_pause, METH_VARARGS, NULL};

static int
listen(const struct bench_collector *collector, struct bench_collect_pauses *pauses) {
    PyObject *callbacks = share_from_gc("callbacks");
    PyObject *capsule = bench_object_made(PyCapsule_New(pauses, pauses_name, NULL));
    PyObject *callback = bench_object_made(PyCFunction_NewEx(&method, capsule, NULL));
    int error = PyList_Append(callbacks, callback) < 0 ? -ENOMEM : 0;

    (void)collector;
    Py_DECREF(callback);
    Py_DECREF(capsule);
    Py_DECREF(callbacks);
    return error;
}

static int
unlisten(const struct bench_collector *collector, struct bench_collect_pauses *pauses) {
    PyObject *callbacks = share_from_gc("callbacks");
    Py_ssize_t length = PyList_Size(callbacks);
    int error = PyList_SetSlice(callbacks, length - 1, length, NULL) < 0 ? -EIO : 0;

    (void)collector;
    (void)pauses;
    Py_DECREF(callbacks);
    return error;
}

static void
track(const struct bench_collector *collector, struct en_object *container, size_t rounds) {
    (void)collector;
    for (size_t i = 0; i < rounds; i++) {
        PyObject_GC_UnTrack(container);
        PyObject_GC_Track(container);
    }
}

static const struct bench_collect_row *const families[] = {
    BENCH_COLLECT_ROWS(heap), BENCH_COLLECT_ROWS(young), BENCH_COLLECT_ROWS(gcbench), NULL};

const struct bench_collect_engine bench_collect_engine_cpython = {
    &bench_object_engine_cpython, families, begin, listen, unlisten, track};
