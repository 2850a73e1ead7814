/* SPDX-License-Identifier: MIT
 *
 * object_cpython.h: the vocabulary of the objects' micro-benchmarks for CPython. See object.h; object_rt.h
 * has the same for our runtime.
 *
 * Of the calls that do a thing the fastest one is taken. The stable ABI costs CPython nothing here: its
 * PyTuple_Pack is as fast as filling a tuple with the macros that know the layout, counting references is
 * inline, and instances are made by PyObject_CallNoArgs wherever the interpreter has it.
 */
#ifndef BENCH_MICRO_OBJECT_CPYTHON_H
#define BENCH_MICRO_OBJECT_CPYTHON_H

#include <Python.h>

#include "bench/micro/object.h"

/* A family's rows for this engine. */
#define BENCH_OBJECT_ROWS(family) bench_object_##family##_cpython

static RT_ALWAYS_INLINE void *
bench_object_share(void *object) {
    Py_INCREF(object);
    return object;
}

static RT_ALWAYS_INLINE void
bench_object_drop(const struct bench_object_home *home, void *object) {
    (void)home;
    Py_DECREF(object);
}

/* ---- Making ------------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE void *
bench_object_int(const struct bench_object_home *home, size_t value) {
    (void)home;
    return bench_object_made(PyLong_FromLong((long)value));
}

static RT_ALWAYS_INLINE void *
bench_object_float(const struct bench_object_home *home, double value) {
    (void)home;
    return bench_object_made(PyFloat_FromDouble(value));
}

static RT_ALWAYS_INLINE void *
bench_object_interned(const struct bench_object_home *home, const char *text) {
    (void)home;
    return bench_object_made(PyUnicode_InternFromString(text));
}

static RT_ALWAYS_INLINE void *
bench_object_tuple3(const struct bench_object_home *home, void *const *items) {
    (void)home;
    return bench_object_made(PyTuple_Pack(3, items[0], items[1], items[2]));
}

/* The pairs steal what goes into them. */
static RT_ALWAYS_INLINE void *
bench_object_tuple2(const struct bench_object_home *home, void *left, void *right) {
    void *pair = bench_object_made(PyTuple_Pack(2, left, right));

    (void)home;
    Py_DECREF(left);
    Py_DECREF(right);
    return pair;
}

static RT_ALWAYS_INLINE void *
bench_object_list2(const struct bench_object_home *home, void *left, void *right) {
    void *pair = bench_object_made(PyList_New(2));

    (void)home;
    bench_object_done(PyList_SetItem(pair, 0, left));
    bench_object_done(PyList_SetItem(pair, 1, right));
    return pair;
}

static RT_ALWAYS_INLINE void *
bench_object_list(const struct bench_object_home *home, size_t length) {
    (void)home;
    return bench_object_made(PyList_New((Py_ssize_t)length));
}

static RT_ALWAYS_INLINE void *
bench_object_list_repeat(const struct bench_object_home *home, void *item, size_t length) {
    void *one = bench_object_list(home, 1), *list;

    bench_object_done(PyList_SetItem(one, 0, bench_object_share(item)));
    list = bench_object_made(PySequence_Repeat(one, (Py_ssize_t)length));
    Py_DECREF(one);
    return list;
}

static RT_ALWAYS_INLINE void *
bench_object_dict(const struct bench_object_home *home) {
    (void)home;
    return bench_object_made(PyDict_New());
}

static RT_ALWAYS_INLINE void *
bench_object_instance(const struct bench_object_home *home, void *class_object) {
    return bench_object_made(home->call(class_object));
}

/* `callback` may be NULL. */
static RT_ALWAYS_INLINE void *
bench_object_weakref(const struct bench_object_home *home, void *referent, void *callback) {
    (void)home;
    return bench_object_made(PyWeakref_NewRef(referent, callback));
}

/* ---- Using -------------------------------------------------------------------------------------- */

/* Borrowed. */
static RT_ALWAYS_INLINE void *
bench_object_list_get(void *list, size_t index) {
    return bench_object_made(PyList_GetItem(list, (Py_ssize_t)index));
}

static RT_ALWAYS_INLINE void
bench_object_list_set(const struct bench_object_home *home, void *list, size_t index, void *item) {
    (void)home;
    bench_object_done(PyList_SetItem(list, (Py_ssize_t)index, bench_object_share(item)));
}

static RT_ALWAYS_INLINE void
bench_object_list_append(const struct bench_object_home *home, void *list, void *item) {
    (void)home;
    bench_object_done(PyList_Append(list, item));
}

/* Borrowed. */
static RT_ALWAYS_INLINE void *
bench_object_dict_get(const struct bench_object_home *home, void *dict, void *key) {
    (void)home;
    return bench_object_made(PyDict_GetItemWithError(dict, key));
}

static RT_ALWAYS_INLINE void
bench_object_dict_set(const struct bench_object_home *home, void *dict, void *key, void *value) {
    (void)home;
    bench_object_done(PyDict_SetItem(dict, key, value));
}

static RT_ALWAYS_INLINE void *
bench_object_attr_get(const struct bench_object_home *home, void *instance, void *name) {
    (void)home;
    return bench_object_made(PyObject_GetAttr(instance, name));
}

static RT_ALWAYS_INLINE void
bench_object_attr_set(const struct bench_object_home *home, void *instance, void *name,
                      void *value) {
    (void)home;
    bench_object_done(PyObject_SetAttr(instance, name, value));
}

#endif
