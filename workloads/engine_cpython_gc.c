/* SPDX-License-Identifier: MIT
 *
 * engine_cpython_gc.c: the counters and thresholds of CPython's collector.
 *
 * Python's own calls for these make tuples and dicts, and so change what they read. Built against the headers
 * of the version that will load it, this reads the interpreter's state itself; built for the stable ABI, it
 * has to call, and its figures are off by what that makes.
 */
#if !defined(Py_LIMITED_API)
#define Py_BUILD_CORE_MODULE 1
#endif
#include "workloads/engine.h"

#include <stdlib.h>

#include "workloads/engine_cpython_heap.h"

#if EN_FAST
#include <internal/pycore_interp.h>
#endif

unsigned
en_cpython_version(void) {
    const char *text = Py_GetVersion();
    char *rest;
    unsigned long major = strtoul(text, &rest, 10), minor = strtoul(rest + 1, &rest, 10);

    return (unsigned)(major << 24 | minor << 16 | strtoul(rest + 1, NULL, 10) << 8 | 0xf0);
}

bool
en_cpython_counts_are_exact(void) {
    return EN_FAST;
}

#if EN_FAST

static struct _gc_runtime_state *
state(void) {
    return &PyInterpreterState_Get()->gc;
}

void
en_cpython_set_thresholds(struct en_heap *heap, const int64_t thresholds[RT_GENERATIONS]) {
    (void)heap;
    for (int i = 0; i < RT_GENERATIONS; i++)
        state()->generations[i].threshold = (int)thresholds[i];
}

int64_t
en_cpython_threshold(struct en_heap *heap, int generation) {
    (void)heap;
    return state()->generations[generation].threshold;
}

int64_t
en_cpython_count(struct en_heap *heap, int generation) {
    (void)heap;
    return state()->generations[generation].count;
}

void
en_cpython_stats_read(struct en_heap *heap, int generation, struct rt_gc_stats *ret_stats) {
    const struct gc_generation_stats *stats = &state()->generation_stats[generation];

    (void)heap;
    *ret_stats = (struct rt_gc_stats){(uint64_t)stats->collections, (uint64_t)stats->collected,
                                      (uint64_t)stats->uncollectable};
}

/* Frees a dict as one is freed of which enough are kept: not onto the free list. */
static void
drop_kept(struct en_heap *heap) {
    int count = state()->generations[0].count;

    if (heap->kept == NULL)
        return;
    PyDict_Clear(heap->kept);
    PyObject_GC_Del(heap->kept);
    heap->kept = NULL;
    state()->generations[0].count = count;
}

/* The dict of the start is taken from the free list, or made when that is empty, and then put there; the one of
 * the stop is that one again, or made when a full collection has emptied the list. So there may be one more on
 * the list than without callbacks: then the last one is held back until the next collection begins. That one
 * was made at the start is seen from the count, which an allocation begins a collection with at one value. */
void
en_cpython_overlook(struct en_heap *heap, PyObject *info, int generation, bool is_start) {
    struct gc_generation *young = &state()->generations[0];

    if (is_start) {
        heap->start_made_one = PyInterpreterState_Get()->dict_state.numfree == 0 &&
                               young->count != young->threshold + 1;
        drop_kept(heap);
        return;
    }
    if (generation == RT_GENERATIONS - 1)
        young->count -= young->count > 0;
    if (generation == RT_GENERATIONS - 1 || heap->start_made_one) {
        Py_INCREF(info);
        heap->kept = info;
    }
}

static bool
full_is_due(void) {
    return state()->long_lived_pending >= state()->long_lived_total / 4;
}

static void
clear_counts(void) {
    for (int i = 0; i < RT_GENERATIONS; i++)
        state()->generations[i].count = 0;
}

/* ---- Looking ------------------------------------------------------------------------------------ */

static int
visit_generation(struct gc_generation *generation, en_visit_fn visit, void *context) {
    PyGC_Head *head = &generation->head;

    for (PyGC_Head *at = _PyGCHead_NEXT(head); at != head; at = _PyGCHead_NEXT(at))
        visit((PyObject *)(at + 1), context);
    return 0;
}

int
en_cpython_visit(struct en_heap *heap, int generation, en_visit_fn visit, void *context) {
    (void)heap;
    if (generation == EN_FROZEN)
        return visit_generation(&state()->permanent_generation, visit, context);
    for (int i = 0; i < RT_GENERATIONS; i++)
        if (generation < 0 || generation == i)
            (void)visit_generation(&state()->generations[i], visit, context);
    return 0;
}

struct visit {
    en_visit_fn fn;
    void *context;
};

static int
visit_referent(PyObject *object, void *visit) {
    ((struct visit *)visit)->fn(object, ((struct visit *)visit)->context);
    return 0;
}

int
en_cpython_visit_referents(struct en_heap *heap, PyObject *object, en_visit_fn visit,
                           void *context) {
    struct visit pair = {visit, context};

    (void)heap;
    return PyObject_IS_GC(object) && Py_TYPE(object)->tp_traverse != NULL
               ? Py_TYPE(object)->tp_traverse(object, visit_referent, &pair)
               : 0;
}

#else

static int64_t
item_of(struct en_heap *heap, PyObject *tuple, int index) {
    PyObject *item = tuple == NULL ? NULL : PyTuple_GetItem(tuple, index);

    Py_XINCREF(item);
    Py_XDECREF(tuple);
    return en_cpython_integer(heap, item);
}

void
en_cpython_set_thresholds(struct en_heap *heap, const int64_t thresholds[RT_GENERATIONS]) {
    Py_XDECREF(PyObject_CallFunction(heap->calls.set_threshold, "iii", (int)thresholds[0],
                                     (int)thresholds[1], (int)thresholds[2]));
}

int64_t
en_cpython_threshold(struct en_heap *heap, int generation) {
    return item_of(heap, heap->call(heap->calls.get_threshold), generation);
}

int64_t
en_cpython_count(struct en_heap *heap, int generation) {
    return item_of(heap, heap->call(heap->calls.get_count), generation);
}

void
en_cpython_stats_read(struct en_heap *heap, int generation, struct rt_gc_stats *ret_stats) {
    static const char *const keys[] = {"collections", "collected", "uncollectable"};
    PyObject *list = heap->call(heap->calls.get_stats);
    PyObject *row = list == NULL ? NULL : PyList_GetItem(list, generation);
    uint64_t values[3] = {0};

    for (int i = 0; row != NULL && i < 3; i++) {
        PyObject *value = PyDict_GetItemString(row, keys[i]);
        Py_XINCREF(value);
        values[i] = (uint64_t)en_cpython_integer(heap, value);
    }
    Py_XDECREF(list);
    *ret_stats = (struct rt_gc_stats){values[0], values[1], values[2]};
}

void
en_cpython_overlook(struct en_heap *heap, PyObject *info, int generation, bool is_start) {
    (void)heap;
    (void)info;
    (void)generation;
    (void)is_start;
}

/* Nobody tells, but that everything that survives is long-lived. */
static bool
full_is_due(void) {
    return true;
}

static void
clear_counts(void) {
}

/* Those in the list, which goes before, so that it is no reference. Takes it over. */
static int
visit_list(struct en_heap *heap, PyObject *list, en_visit_fn visit, void *context) {
    size_t count = list == NULL ? 0 : (size_t)PyList_Size(list);
    PyObject **items = list == NULL ? NULL : malloc((count + 1) * sizeof(PyObject *));

    for (size_t i = 0; items != NULL && i < count; i++)
        items[i] = PyList_GetItem(list, (Py_ssize_t)i);
    Py_XDECREF(list);
    if (items == NULL) {
        heap->error = ENOMEM;
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        visit(items[i], context);
    free(items);
    return 0;
}

int
en_cpython_visit(struct en_heap *heap, int generation, en_visit_fn visit, void *context) {
    return generation == EN_FROZEN
               ? 0
               : visit_list(heap, en_gc_objects(heap, generation), visit, context);
}

int
en_cpython_visit_referents(struct en_heap *heap, PyObject *object, en_visit_fn visit,
                           void *context) {
    return visit_list(heap, PyObject_CallFunctionObjArgs(heap->calls.get_referents, object, NULL),
                      visit, context);
}

#endif

void
en_cpython_settle(struct en_heap *heap) {
    bool was_enabled = en_gc_is_enabled(heap);

    en_gc_disable(heap);
    (void)en_gc_collect(heap, RT_GENERATIONS - 1);
    (void)en_gc_collect(heap, RT_GENERATIONS - 1);
    en_gc_freeze(heap);
    (void)en_gc_collect(heap, RT_GENERATIONS - 1);
    clear_counts();
    if (was_enabled)
        en_gc_enable(heap);
}

/* Collects what is due, the oldest such generation, as an allocation would. */
int64_t
en_cpython_idle_window(struct en_heap *heap) {
    for (int g = RT_GENERATIONS - 1; g >= 0; g--)
        if (en_cpython_threshold(heap, 0) != 0 &&
            en_cpython_count(heap, g) > en_cpython_threshold(heap, g) &&
            (g < RT_GENERATIONS - 1 || full_is_due()))
            return en_gc_collect(heap, g);
    return 0;
}
