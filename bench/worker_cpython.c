/* SPDX-License-Identifier: MIT
 *
 * worker_cpython.c: the interpreter of this process as a worker's engine. See worker_engine.h.
 *
 * Of collections it hears through gc.callbacks, to which it appends one C function, before the heap settles. What is
 * counted is gc.get_stats() since then, and sys.getallocatedblocks(). The interpreter says nothing of bytes, of
 * arenas, or of what a collection examined: those are not there.
 *
 * Calling the callbacks makes a dict each time that a collection begins and each time that one ends, which is
 * one more container for the collector to count. engine_cpython_gc.c takes those out again.
 */
#include "bench/worker_engine.h"

#include <string.h>

#include "workloads/engine_cpython_heap.h"

/* ---- Listening ---------------------------------------------------------------------------------- */

static uint64_t
number_of(PyObject *info, const char *key) {
    PyObject *value = PyDict_GetItemString(info, key); /* borrowed */
    long long number = value == NULL ? 0 : PyLong_AsLongLong(value);

    return number < 0 ? 0 : (uint64_t)number;
}

static PyObject *
hear(PyObject *self, PyObject *phase, PyObject *info) {
    struct bench_worker_engine *engine = PyCapsule_GetPointer(self, NULL);
    bool is_start = PyUnicode_ReadChar(phase, 2) == 'a'; /* "start", "stop" */
    struct rt_gc_cycle cycle = {.generation = (int)number_of(info, "generation"),
                                .collected = number_of(info, "collected"),
                                .uncollectable = number_of(info, "uncollectable")};
    struct rt_event event = {.kind = is_start ? RT_EVENT_GC_BEGIN : RT_EVENT_GC_END,
                             .cycle = &cycle};

    if (engine->collections != NULL)
        bench_collections_hear(engine->collections, &event);
    en_cpython_overlook(engine->heap, info, cycle.generation, is_start);
    Py_INCREF(Py_None);
    return Py_None;
}

#if EN_FAST
static PyObject *
call_hear(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    return count == 2 ? hear(self, args[0], args[1]) : NULL;
}

static PyMethodDef hear_method = {"hear", (PyCFunction)(void (*)(void))call_hear, METH_FASTCALL,
                                  NULL};
#else
static PyObject *
call_hear(PyObject *self, PyObject *args) {
    return PyTuple_Size(args) == 2 ? hear(self, PyTuple_GetItem(args, 0), PyTuple_GetItem(args, 1))
                                   : NULL;
}

static PyMethodDef hear_method = {"hear", call_hear, METH_VARARGS, NULL};
#endif

static int
append_callback(struct bench_worker_engine *engine) {
    PyObject *module = PyImport_ImportModule("gc");
    PyObject *list = module == NULL ? NULL : PyObject_GetAttrString(module, "callbacks");
    PyObject *self = PyCapsule_New(engine, NULL, NULL);
    PyObject *function = self == NULL ? NULL : PyCFunction_NewEx(&hear_method, self, NULL);
    int error = list == NULL || function == NULL ? -1 : PyList_Append(list, function);

    Py_XDECREF(module);
    Py_XDECREF(list);
    Py_XDECREF(self);
    Py_XDECREF(function);
    return error;
}

static void
clear_callbacks(void) {
    PyObject *module = PyImport_ImportModule("gc");
    PyObject *list = module == NULL ? NULL : PyObject_GetAttrString(module, "callbacks");

    if (list != NULL)
        (void)PyList_SetSlice(list, 0, PY_SSIZE_T_MAX, NULL);
    Py_XDECREF(module);
    Py_XDECREF(list);
    PyErr_Clear();
}

/* ---- The interpreter ---------------------------------------------------------------------------- */

int
bench_worker_engine_open(struct bench_worker_engine *engine, const struct bench_cell *cell,
                         struct rt_text *why) {
    static const enum en_mode modes[RT_GC_MODE_COUNT] = {
        [RT_GC_MODE_AUTO] = EN_MODE_AUTO,
        [RT_GC_MODE_OFF] = EN_MODE_OFF,
        [RT_GC_MODE_MANUAL] = EN_MODE_MANUAL,
        [RT_GC_MODE_IDLE] = EN_MODE_IDLE,
    };
    const int64_t thresholds[RT_GENERATIONS] = {
        cell->config.gc_threshold0, cell->config.gc_threshold1, cell->config.gc_threshold2};
    bool has_thresholds = true;

    for (int i = 0; i < RT_GENERATIONS; i++)
        has_thresholds = has_thresholds && thresholds[i] != RT_GC_POLICYS_OWN;
    engine->heap->mode = modes[cell->config.gc_mode];
    if (engine->heap->mode != EN_MODE_AUTO)
        en_gc_disable(engine->heap);
    if (has_thresholds)
        en_gc_set_thresholds(engine->heap, thresholds);
    if (append_callback(engine) == 0 && !PyErr_Occurred())
        return 0;
    rt_text_string(why, "no way to hear of collections");
    return -en_error(engine->heap);
}

void
bench_worker_engine_close(struct bench_worker_engine *engine) {
    clear_callbacks();
    engine->collections = NULL;
}

void
bench_worker_engine_listen(struct bench_worker_engine *engine,
                           struct bench_collections *collections) {
    for (int i = 0; i < RT_GENERATIONS; i++)
        en_gc_stats_read(engine->heap, i, &engine->before[i]);
    engine->collections = collections;
}

/* Of pymalloc, the interpreter's own among them. */
static bool
read_blocks(uint64_t *ret_count) {
    PyObject *function = PySys_GetObject("getallocatedblocks"); /* borrowed */
    PyObject *number = function == NULL ? NULL : PyObject_CallFunctionObjArgs(function, NULL);
    long long count = number == NULL ? 0 : PyLong_AsLongLong(number);

    Py_XDECREF(number);
    PyErr_Clear();
    *ret_count = count < 0 ? 0 : (uint64_t)count;
    return count > 0;
}

void
bench_worker_engine_read(const struct bench_worker_engine *engine,
                         struct bench_worker_counts *ret_counts) {
    memset(ret_counts, 0, sizeof *ret_counts);
    ret_counts->has[RT_STAT_LIVE_BLOCKS] = read_blocks(&ret_counts->values[RT_STAT_LIVE_BLOCKS]);
    for (int i = 0; i < RT_GENERATIONS; i++) {
        struct rt_gc_stats now;
        en_gc_stats_read(engine->heap, i, &now);
        ret_counts->has[RT_STAT_GC_COLLECTIONS0 + i] = true;
        ret_counts->has[RT_STAT_GC_COLLECTED0 + i] = true;
        ret_counts->values[RT_STAT_GC_COLLECTIONS0 + i] =
            now.collections - engine->before[i].collections;
        ret_counts->values[RT_STAT_GC_COLLECTED0 + i] = now.collected - engine->before[i].collected;
        ret_counts->values[RT_STAT_GC_UNCOLLECTABLE] +=
            now.uncollectable - engine->before[i].uncollectable;
    }
    ret_counts->has[RT_STAT_GC_UNCOLLECTABLE] = true;
}

/* Free lists keep what is free, and the interpreter has blocks of its own. */
bool
bench_worker_engine_live_blocks(const struct bench_worker_engine *engine, uint64_t *ret_count) {
    (void)engine;
    *ret_count = 0;
    return false;
}
