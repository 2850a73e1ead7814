/* SPDX-License-Identifier: MIT
 *
 * engine_cpython.h: the vocabulary of engine.h on CPython, through the C API of the interpreter that has loaded
 * this. Included by engine.h alone.
 *
 * Of the calls that do a thing the fastest one is taken. Built against one version's headers, items of lists and
 * tuples are read where they are, as CPython itself does; built for the stable ABI, through calls that
 * check (EN_FAST is 0). Nothing here makes an object that the word does not ask for, so that the collector
 * counts what the program made; words for which the API has no such way are calls of engine_cpython.c.
 */
#ifndef WORKLOADS_ENGINE_CPYTHON_H
#define WORKLOADS_ENGINE_CPYTHON_H

#if defined(Py_LIMITED_API)
#define EN_FAST 0
#else
#define EN_FAST 1
#endif

/* What a program's point means to the collector. */
enum en_mode {
    EN_MODE_AUTO,
    EN_MODE_OFF,
    EN_MODE_MANUAL,
    EN_MODE_IDLE,
};

/* The calls of Python that the words need, looked up once. */
#define EN_CALLS(X)                                                                                \
    X(collect)                                                                                     \
    X(enable)                                                                                      \
    X(disable)                                                                                     \
    X(isenabled)                                                                                   \
    X(freeze)                                                                                      \
    X(unfreeze)                                                                                    \
    X(get_freeze_count)                                                                            \
    X(get_objects)                                                                                 \
    X(get_referents)                                                                               \
    X(get_count)                                                                                   \
    X(get_stats)                                                                                   \
    X(get_threshold)                                                                               \
    X(set_threshold)                                                                               \
    X(garbage)                                                                                     \
    X(getattr)                                                                                     \
    X(getweakrefcount)                                                                             \
    X(WeakSet)                                                                                     \
    X(WeakValueDictionary)                                                                         \
    X(FunctionType)                                                                                \
    X(MethodType)                                                                                  \
    X(CellType)                                                                                    \
    X(zero_i)                                                                                      \
    X(zero_q)                                                                                      \
    X(zero_d)                                                                                      \
    X(make_code)

/* Names of attributes and methods. */
#define EN_NAMES(X)                                                                                \
    X(add)                                                                                         \
    X(append)                                                                                      \
    X(insert)                                                                                      \
    X(data)                                                                                        \
    X(discard)                                                                                     \
    X(get)                                                                                         \
    X(pop)                                                                                         \
    X(cell_contents)                                                                               \
    X(__sizeof__)                                                                                  \
    X(__dict__)                                                                                    \
    X(__name__)

struct en_class_row; /* what a class is called, and how its instances end */

struct en_heap {
#define EN_FIELD(name) PyObject *name;
    struct {
        EN_CALLS(EN_FIELD)
    } calls;
    struct {
        EN_NAMES(EN_FIELD)
    } names;
#undef EN_FIELD
    PyObject *(*call)(PyObject *callable);
    PyObject *(*weakref_get)(PyObject *weakref);
    int (*set_next)(PyObject *set, Py_ssize_t *position, PyObject **ret_key, Py_hash_t *ret_hash);
    PyTypeObject *generator_type;
    PyObject *globals;   /* of functions' code */
    PyObject *finalizer; /* what stands as __del__ in classes that have one */
    struct en_class_row *classes;
    unsigned version;       /* 0x030b02f0 for 3.11.2 */
    struct en_code **codes; /* by the number that their Python code gives */
    size_t code_count;
    bool has_safe_points; /* 3.12 and later collect there, and not inside an allocation */
    enum en_mode mode;
    PyObject *kept; /* see en_cpython_overlook */
    bool start_made_one;
    int error; /* of a failure without an exception */
};

int en_cpython_error(struct en_heap *heap);
enum rt_kind en_cpython_kind(struct en_heap *heap, PyObject *object);
const char *en_cpython_type_name(struct en_heap *heap, PyObject *object);
int64_t en_cpython_integer(struct en_heap *heap, PyObject *result); /* takes it over; -1: failed */
int64_t en_cpython_sizeof(struct en_heap *heap, PyObject *object);
PyObject *en_cpython_int_power(struct en_heap *heap, unsigned bits);
int en_cpython_code_init(struct en_heap *heap, struct en_code *code, en_call_fn fn, void *data,
                         int arity);
void en_cpython_code_fini(struct en_heap *heap, struct en_code *code);
PyObject *en_cpython_function_new(struct en_heap *heap, const struct en_code *code,
                                  PyObject *cells);
PyObject *en_cpython_call(struct en_heap *heap, PyObject *callable, PyObject *const *args,
                          size_t count);
PyObject *en_cpython_class_new(struct en_heap *heap, const struct en_class_spec *spec);
int en_cpython_attr_has(struct en_heap *heap, PyObject *instance, PyObject *name);
PyObject *en_cpython_weakref_get(struct en_heap *heap, PyObject *weakref);
void en_cpython_settle(struct en_heap *heap);
void en_cpython_set_thresholds(struct en_heap *heap, const int64_t thresholds[RT_GENERATIONS]);
int64_t en_cpython_threshold(struct en_heap *heap, int generation);
int64_t en_cpython_count(struct en_heap *heap, int generation);
void en_cpython_stats_read(struct en_heap *heap, int generation, struct rt_gc_stats *ret_stats);
int64_t en_cpython_idle_window(struct en_heap *heap);
int en_cpython_visit(struct en_heap *heap, int generation, en_visit_fn visit, void *context);
int en_cpython_visit_referents(struct en_heap *heap, PyObject *object, en_visit_fn visit,
                               void *context);

struct en_generator {
    PyObject_VAR_HEAD /* slots */
        struct en_heap *heap;
    en_resume_fn resume; /* NULL: it has ended */
    void *data;
    int64_t position;
    PyObject *weakrefs;
    bool is_running;
    /* up to the size of CPython's, and behind that the slots */
};

PyObject *en_cpython_generator_new(struct en_heap *heap, en_resume_fn resume, void *data,
                                   size_t slots);
PyObject **en_cpython_generator_slots(PyObject *generator);

EN_WORD int
en_error(struct en_heap *heap) {
    return en_cpython_error(heap);
}

/* ---- References --------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_incref(struct en_object *object) {
    Py_INCREF(object);
    return object;
}

EN_WORD void
en_decref(struct en_heap *heap, struct en_object *object) {
    (void)heap;
    Py_DECREF(object);
}

EN_WORD void
en_xdecref(struct en_heap *heap, struct en_object *object) {
    (void)heap;
    Py_XDECREF(object);
}

EN_WORD int64_t
en_refcount(const struct en_object *object) {
    return Py_REFCNT((PyObject *)object);
}

/* ---- Any object --------------------------------------------------------------------------------- */

EN_WORD enum rt_kind
en_kind(struct en_heap *heap, struct en_object *object) {
    return en_cpython_kind(heap, object);
}

EN_WORD const char *
en_type_name(struct en_heap *heap, struct en_object *object) {
    return en_cpython_type_name(heap, object);
}

EN_WORD int
en_equal(struct en_heap *heap, struct en_object *one, struct en_object *other) {
    (void)heap;
    return PyObject_RichCompareBool(one, other, Py_EQ);
}

EN_WORD int
en_hash(struct en_heap *heap, struct en_object *object, int64_t *ret_hash) {
    (void)heap;
    *ret_hash = PyObject_Hash(object);
    return *ret_hash == -1 ? -1 : 0;
}

EN_WORD int64_t
en_sizeof(struct en_heap *heap, struct en_object *object) {
    return en_cpython_sizeof(heap, object);
}

EN_WORD bool
en_is_tracked(struct en_object *object) {
    return PyObject_GC_IsTracked(object) != 0;
}

EN_WORD bool
en_is_finalized(struct en_object *object) {
    return PyObject_GC_IsFinalized(object) != 0;
}

/* ---- None, bool, int, float --------------------------------------------------------------------- */

EN_WORD struct en_object *
en_none(struct en_heap *heap) {
    (void)heap;
    return Py_None;
}

EN_WORD struct en_object *
en_bool(struct en_heap *heap, bool value) {
    (void)heap;
    return value ? Py_True : Py_False;
}

EN_WORD struct en_object *
en_int(struct en_heap *heap, int64_t value) {
    (void)heap;
    return PyLong_FromLongLong(value);
}

EN_WORD struct en_object *
en_int_power(struct en_heap *heap, unsigned bits) {
    return en_cpython_int_power(heap, bits);
}

EN_WORD int
en_int_value(struct en_heap *heap, struct en_object *object, int64_t *ret_value) {
    (void)heap;
    *ret_value = PyLong_AsLongLong(object);
    return *ret_value == -1 && PyErr_Occurred() ? -1 : 0;
}

EN_WORD struct en_object *
en_int_add(struct en_heap *heap, struct en_object *one, struct en_object *other) {
    (void)heap;
    return PyNumber_Add(one, other);
}

EN_WORD struct en_object *
en_float(struct en_heap *heap, double value) {
    (void)heap;
    return PyFloat_FromDouble(value);
}

#if EN_FAST
#define EN_FLOAT_VALUE PyFloat_AS_DOUBLE
#define EN_TUPLE_PUT   PyTuple_SET_ITEM
#define EN_TUPLE_GET   PyTuple_GET_ITEM
#define EN_TUPLE_SIZE  PyTuple_GET_SIZE
#define EN_LIST_PUT    PyList_SET_ITEM
#define EN_LIST_GET    PyList_GET_ITEM
#define EN_LIST_SIZE   PyList_GET_SIZE
#define EN_SET_SIZE    PySet_GET_SIZE
#else
#define EN_FLOAT_VALUE PyFloat_AsDouble
#define EN_TUPLE_PUT   (void)PyTuple_SetItem
#define EN_TUPLE_GET   PyTuple_GetItem
#define EN_TUPLE_SIZE  PyTuple_Size
#define EN_LIST_PUT    (void)PyList_SetItem
#define EN_LIST_GET    PyList_GetItem
#define EN_LIST_SIZE   PyList_Size
#define EN_SET_SIZE    PySet_Size
#endif

EN_WORD double
en_float_value(struct en_object *object) {
    return EN_FLOAT_VALUE(object);
}

/* ---- str and bytes ------------------------------------------------------------------------------ */

EN_WORD struct en_object *
en_str(struct en_heap *heap, const char *utf8, size_t bytes) {
    (void)heap;
    return PyUnicode_FromStringAndSize(utf8, (Py_ssize_t)bytes);
}

EN_WORD struct en_object *
en_name(struct en_heap *heap, const char *utf8) {
    (void)heap;
    return PyUnicode_InternFromString(utf8);
}

EN_WORD void
en_str_intern(struct en_heap *heap, struct en_object **string) {
    (void)heap;
    PyUnicode_InternInPlace(string);
}

EN_WORD size_t
en_str_length(struct en_object *string) {
    return (size_t)PyUnicode_GetLength(string);
}

EN_WORD struct en_object *
en_str_concat(struct en_heap *heap, struct en_object *left, struct en_object *right) {
    (void)heap;
    return PyUnicode_Concat(left, right);
}

EN_WORD int
en_str_append(struct en_heap *heap, struct en_object **left, struct en_object *right) {
    (void)heap;
    PyObject *whole = *left;

    PyUnicode_Append(&whole, right); /* NULL when it fails, and then the old one is gone */
    if (whole == NULL) {
        Py_INCREF(Py_None);
        *left = Py_None;
        return -1;
    }
    *left = whole;
    return 0;
}

EN_WORD struct en_object *
en_str_slice(struct en_heap *heap, struct en_object *string, size_t start, size_t end) {
    (void)heap;
    return PyUnicode_Substring(string, (Py_ssize_t)start, (Py_ssize_t)end);
}

EN_WORD struct en_object *
en_bytes(struct en_heap *heap, const void *data, size_t bytes) {
    (void)heap;
    return PyBytes_FromStringAndSize(data, (Py_ssize_t)bytes);
}

EN_WORD size_t
en_bytes_length(struct en_object *bytes) {
    return (size_t)PyBytes_Size(bytes);
}

EN_WORD const void *
en_bytes_data(struct en_object *bytes) {
    return PyBytes_AsString(bytes);
}

/* ---- tuple -------------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_tuple_new(struct en_heap *heap, size_t length) {
    (void)heap;
    return PyTuple_New((Py_ssize_t)length);
}

EN_WORD void
en_tuple_put_steal(struct en_object *tuple, size_t index, struct en_object *item) {
    EN_TUPLE_PUT(tuple, (Py_ssize_t)index, item);
}

EN_WORD struct en_object *
en_tuple_pack(struct en_heap *heap, struct en_object *const *items, size_t length) {
    (void)heap;
    PyObject *tuple = PyTuple_New((Py_ssize_t)length);

    for (size_t i = 0; tuple != NULL && i < length; i++) {
        Py_INCREF(items[i]);
        EN_TUPLE_PUT(tuple, (Py_ssize_t)i, items[i]);
    }
    return tuple;
}

EN_WORD size_t
en_tuple_length(struct en_object *tuple) {
    return (size_t)EN_TUPLE_SIZE(tuple);
}

EN_WORD struct en_object *
en_tuple_get(struct en_object *tuple, size_t index) {
    return EN_TUPLE_GET(tuple, (Py_ssize_t)index);
}

/* ---- list --------------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_list_new(struct en_heap *heap, size_t length) {
    (void)heap;
    return PyList_New((Py_ssize_t)length);
}

EN_WORD void
en_list_put_steal(struct en_object *list, size_t index, struct en_object *item) {
    EN_LIST_PUT(list, (Py_ssize_t)index, item);
}

EN_WORD struct en_object *
en_list_pack(struct en_heap *heap, struct en_object *const *items, size_t length) {
    (void)heap;
    PyObject *list = PyList_New((Py_ssize_t)length);

    for (size_t i = 0; list != NULL && i < length; i++) {
        Py_INCREF(items[i]);
        EN_LIST_PUT(list, (Py_ssize_t)i, items[i]);
    }
    return list;
}

EN_WORD struct en_object *
en_list_repeat(struct en_heap *heap, struct en_object *item, size_t length) {
    (void)heap;
    PyObject *list = PyList_New((Py_ssize_t)length);

    for (size_t i = 0; list != NULL && i < length; i++) {
        Py_INCREF(item);
        EN_LIST_PUT(list, (Py_ssize_t)i, item);
    }
    return list;
}

EN_WORD struct en_object *
en_list_slice(struct en_heap *heap, struct en_object *list, size_t start, size_t end) {
    (void)heap;
    return PyList_GetSlice(list, (Py_ssize_t)start, (Py_ssize_t)end);
}

EN_WORD struct en_object *
en_list_from_generator(struct en_heap *heap, struct en_object *generator) {
    (void)heap;
    /* As list() does it, which takes no list from the free list. */
    return PyObject_CallFunctionObjArgs((PyObject *)&PyList_Type, generator, NULL);
}

EN_WORD size_t
en_list_length(struct en_object *list) {
    return (size_t)EN_LIST_SIZE(list);
}

EN_WORD struct en_object *
en_list_get(struct en_object *list, size_t index) {
    return EN_LIST_GET(list, (Py_ssize_t)index);
}

EN_WORD void
en_list_set(struct en_heap *heap, struct en_object *list, size_t index, struct en_object *item) {
    (void)heap;
#if EN_FAST
    PyObject *old = PyList_GET_ITEM(list, (Py_ssize_t)index);

    Py_INCREF(item);
    PyList_SET_ITEM(list, (Py_ssize_t)index, item);
    Py_XDECREF(old);
#else
    Py_INCREF(item);
    (void)PyList_SetItem(list, (Py_ssize_t)index, item);
#endif
}

EN_WORD int
en_list_append(struct en_heap *heap, struct en_object *list, struct en_object *item) {
    (void)heap;
    return PyList_Append(list, item);
}

EN_WORD int
en_list_insert(struct en_heap *heap, struct en_object *list, size_t index, struct en_object *item) {
    (void)heap;
    return PyList_Insert(list, (Py_ssize_t)index, item);
}

EN_WORD int
en_list_extend(struct en_heap *heap, struct en_object *list, struct en_object *sequence) {
    (void)heap;
    PyObject *same = PySequence_InPlaceConcat(list, sequence);

    Py_XDECREF(same);
    return same == NULL ? -1 : 0;
}

EN_WORD struct en_object *
en_list_pop(struct en_heap *heap, struct en_object *list, size_t index) {
    PyObject *place, *item;

    if (index + 1 == en_list_length(list))
        return PyObject_CallMethodObjArgs(list, heap->names.pop, NULL);
    place = PyLong_FromSize_t(index);
    item = place == NULL ? NULL : PyObject_CallMethodObjArgs(list, heap->names.pop, place, NULL);
    Py_XDECREF(place);
    return item;
}

EN_WORD int
en_list_delete(struct en_heap *heap, struct en_object *list, size_t start, size_t end) {
    (void)heap;
    return PyList_SetSlice(list, (Py_ssize_t)start, (Py_ssize_t)end, NULL);
}

EN_WORD void
en_list_clear(struct en_heap *heap, struct en_object *list) {
    (void)heap;
    (void)PyList_SetSlice(list, 0, PY_SSIZE_T_MAX, NULL);
}

EN_WORD void
en_list_reverse(struct en_heap *heap, struct en_object *list) {
    (void)heap;
    (void)PyList_Reverse(list);
}

/* ---- dict --------------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_dict_new(struct en_heap *heap) {
    (void)heap;
    return PyDict_New();
}

EN_WORD struct en_object *
en_dict_copy(struct en_heap *heap, struct en_object *dict) {
    (void)heap;
    return PyDict_Copy(dict);
}

EN_WORD size_t
en_dict_length(struct en_object *dict) {
    return (size_t)PyDict_Size(dict);
}

EN_WORD struct en_object *
en_dict_get(struct en_heap *heap, struct en_object *dict, struct en_object *key) {
    (void)heap;
    return PyDict_GetItemWithError(dict, key);
}

EN_WORD int
en_dict_set(struct en_heap *heap, struct en_object *dict, struct en_object *key,
            struct en_object *value) {
    (void)heap;
    return PyDict_SetItem(dict, key, value);
}

EN_WORD int
en_dict_delete(struct en_heap *heap, struct en_object *dict, struct en_object *key) {
    (void)heap;
    return PyDict_DelItem(dict, key);
}

EN_WORD int
en_dict_update(struct en_heap *heap, struct en_object *dict, struct en_object *other) {
    (void)heap;
    return PyDict_Update(dict, other);
}

EN_WORD void
en_dict_clear(struct en_heap *heap, struct en_object *dict) {
    (void)heap;
    PyDict_Clear(dict);
}

EN_WORD bool
en_dict_next(struct en_object *dict, size_t *position, struct en_object **ret_key,
             struct en_object **ret_value) {
    Py_ssize_t at = (Py_ssize_t)*position;
    bool is_there = PyDict_Next(dict, &at, ret_key, ret_value) != 0;

    *position = (size_t)at;
    return is_there;
}

/* ---- set ---------------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_set_new(struct en_heap *heap) {
    (void)heap;
    return PySet_New(NULL);
}

EN_WORD struct en_object *
en_set_copy(struct en_heap *heap, struct en_object *set) {
    (void)heap;
    return PySet_New(set);
}

EN_WORD size_t
en_set_length(struct en_object *set) {
    return (size_t)EN_SET_SIZE(set);
}

EN_WORD int
en_set_contains(struct en_heap *heap, struct en_object *set, struct en_object *key) {
    (void)heap;
    return PySet_Contains(set, key);
}

EN_WORD int
en_set_add(struct en_heap *heap, struct en_object *set, struct en_object *key) {
    (void)heap;
    return PySet_Add(set, key);
}

EN_WORD int
en_set_discard(struct en_heap *heap, struct en_object *set, struct en_object *key) {
    (void)heap;
    return PySet_Discard(set, key);
}

EN_WORD struct en_object *
en_set_pop(struct en_heap *heap, struct en_object *set) {
    (void)heap;
    return PySet_Pop(set);
}

EN_WORD void
en_set_clear(struct en_heap *heap, struct en_object *set) {
    (void)heap;
    (void)PySet_Clear(set);
}

EN_WORD bool
en_set_next(struct en_heap *heap, struct en_object *set, size_t *position,
            struct en_object **ret_key) {
    Py_ssize_t at = (Py_ssize_t)*position;
    Py_hash_t hash;
    bool is_there = heap->set_next(set, &at, ret_key, &hash) != 0;

    *position = (size_t)at;
    return is_there;
}

#include "workloads/engine_cpython_more.h"

#endif
