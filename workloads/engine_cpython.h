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
    X(discard)                                                                                     \
    X(get)                                                                                         \
    X(pop)                                                                                         \
    X(cell_contents)                                                                               \
    X(__sizeof__)                                                                                  \
    X(__dict__)                                                                                    \
    X(__name__)

struct en_class_row; /* who has a finalizer */

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
    PyObject *globals;            /* of functions' code */
    PyObject *finalizer;          /* what stands as __del__ in classes that have one */
    struct en_class_row *classes; /* ended by one without a class */
    size_t class_count;
    unsigned version;       /* 0x030b02f0 for 3.11.2 */
    struct en_code **codes; /* by the number that their Python code gives */
    size_t code_count;
    bool has_safe_points; /* 3.12 and later collect there, and not inside an allocation */
    enum en_mode mode;
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

struct en_generator {
    PyObject_VAR_HEAD        /* slots */
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
    return PySequence_List(generator);
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

/* ---- array -------------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_array_new(struct en_heap *heap, enum rt_array_code code, size_t length) {
    PyObject *zero = code == RT_ARRAY_I   ? heap->calls.zero_i
                     : code == RT_ARRAY_Q ? heap->calls.zero_q
                                          : heap->calls.zero_d;

    return PySequence_Repeat(zero, (Py_ssize_t)length);
}

EN_WORD size_t
en_array_length(struct en_object *array) {
    return (size_t)PySequence_Size(array);
}

/* Takes over the value. */
static inline int
en_cpython_array_append(struct en_heap *heap, PyObject *array, PyObject *value) {
    PyObject *none =
        value == NULL ? NULL : PyObject_CallMethodObjArgs(array, heap->names.append, value, NULL);

    Py_XDECREF(value);
    Py_XDECREF(none);
    return none == NULL ? -1 : 0;
}

static inline int
en_cpython_array_set(PyObject *array, size_t index, PyObject *value) {
    int status = value == NULL ? -1 : PySequence_SetItem(array, (Py_ssize_t)index, value);

    Py_XDECREF(value);
    return status;
}

EN_WORD int
en_array_append_integer(struct en_heap *heap, struct en_object *array, int64_t value) {
    return en_cpython_array_append(heap, array, PyLong_FromLongLong(value));
}

EN_WORD int
en_array_append_double(struct en_heap *heap, struct en_object *array, double value) {
    return en_cpython_array_append(heap, array, PyFloat_FromDouble(value));
}

EN_WORD int
en_array_set_integer(struct en_heap *heap, struct en_object *array, size_t index, int64_t value) {
    (void)heap;
    return en_cpython_array_set(array, index, PyLong_FromLongLong(value));
}

EN_WORD int
en_array_set_double(struct en_heap *heap, struct en_object *array, size_t index, double value) {
    (void)heap;
    return en_cpython_array_set(array, index, PyFloat_FromDouble(value));
}

EN_WORD int64_t
en_array_get_integer(struct en_object *array, size_t index) {
    PyObject *value = PySequence_GetItem(array, (Py_ssize_t)index);
    int64_t plain = value == NULL ? 0 : PyLong_AsLongLong(value);

    Py_XDECREF(value);
    return plain;
}

EN_WORD double
en_array_get_double(struct en_object *array, size_t index) {
    PyObject *value = PySequence_GetItem(array, (Py_ssize_t)index);
    double plain = value == NULL ? 0 : EN_FLOAT_VALUE(value);

    Py_XDECREF(value);
    return plain;
}

/* ---- Functions, cells, methods, generators ------------------------------------------------------ */

EN_WORD int
en_code_init(struct en_heap *heap, struct en_code *code, en_call_fn fn, void *data, int arity) {
    return en_cpython_code_init(heap, code, fn, data, arity);
}

EN_WORD void
en_code_fini(struct en_heap *heap, struct en_code *code) {
    en_cpython_code_fini(heap, code);
}

EN_WORD void *
en_data(struct en_self *self) {
    return ((const struct en_code *)(const void *)self)->data;
}

EN_WORD struct en_object *
en_function_new(struct en_heap *heap, const struct en_code *code, struct en_object *cells) {
    return en_cpython_function_new(heap, code, cells);
}

EN_WORD struct en_object *
en_cell_new(struct en_heap *heap, struct en_object *value) {
#if EN_FAST
    (void)heap;
    return PyCell_New(value);
#else
    return PyObject_CallFunctionObjArgs(heap->calls.CellType, value, NULL);
#endif
}

EN_WORD struct en_object *
en_cell_get(struct en_heap *heap, struct en_object *cell) {
#if EN_FAST
    (void)heap;
    return PyCell_GET(cell);
#else
    PyObject *value = PyObject_GetAttr(cell, heap->names.cell_contents);

    if (value == NULL)
        PyErr_Clear();
    Py_XDECREF(value); /* the cell has one */
    return value;
#endif
}

EN_WORD void
en_cell_set(struct en_heap *heap, struct en_object *cell, struct en_object *value) {
#if EN_FAST
    (void)heap;
    (void)PyCell_Set(cell, value);
#else
    (void)PyObject_SetAttr(cell, heap->names.cell_contents, value);
#endif
}

EN_WORD struct en_object *
en_method_new(struct en_heap *heap, struct en_object *function, struct en_object *self) {
#if EN_FAST
    (void)heap;
    return PyMethod_New(function, self);
#else
    return PyObject_CallFunctionObjArgs(heap->calls.MethodType, function, self, NULL);
#endif
}

EN_WORD struct en_object *
en_call(struct en_heap *heap, struct en_object *callable, struct en_object *const *args,
        size_t count) {
    return en_cpython_call(heap, callable, args, count);
}

EN_WORD struct en_object *
en_generator_new(struct en_heap *heap, en_resume_fn resume, void *data, size_t slots) {
    return en_cpython_generator_new(heap, resume, data, slots);
}

EN_WORD struct en_object *
en_generator_next(struct en_heap *heap, struct en_object *generator) {
    return Py_TYPE(generator) == heap->generator_type ? PyIter_Next(generator) : NULL;
}

EN_WORD struct en_object *
en_generator_slot(struct en_object *generator, size_t slot) {
    return en_cpython_generator_slots(generator)[slot];
}

EN_WORD void
en_generator_set_slot(struct en_heap *heap, struct en_object *generator, size_t slot,
                      struct en_object *value) {
    (void)heap;
    PyObject **place = &en_cpython_generator_slots(generator)[slot], *old = *place;

    Py_XINCREF(value);
    *place = value;
    Py_XDECREF(old);
}

EN_WORD int64_t
en_generator_position(struct en_object *generator) {
    return ((struct en_generator *)generator)->position;
}

EN_WORD void
en_generator_set_position(struct en_object *generator, int64_t position) {
    ((struct en_generator *)generator)->position = position;
}

EN_WORD struct en_object *
en_fail(struct en_heap *heap, int error) {
    heap->error = error;
    if (!PyErr_Occurred())
        PyErr_SetNone(error == ENOMEM ? PyExc_MemoryError : PyExc_ValueError);
    return NULL;
}

/* ---- Classes and instances ---------------------------------------------------------------------- */

EN_WORD struct en_object *
en_class_new(struct en_heap *heap, const struct en_class_spec *spec) {
    return en_cpython_class_new(heap, spec);
}

EN_WORD struct en_object *
en_class_of(struct en_object *instance) {
    return (PyObject *)Py_TYPE(instance);
}

EN_WORD int
en_class_set(struct en_heap *heap, struct en_object *class_object, struct en_object *name,
             struct en_object *value) {
    (void)heap;
    return PyObject_SetAttr(class_object, name, value);
}

EN_WORD struct en_object *
en_instance_new(struct en_heap *heap, struct en_object *class_object) {
    return heap->call(class_object);
}

EN_WORD struct en_object *
en_attr_get(struct en_heap *heap, struct en_object *instance, struct en_object *name) {
    (void)heap;
    return PyObject_GetAttr(instance, name);
}

EN_WORD int
en_attr_set(struct en_heap *heap, struct en_object *instance, struct en_object *name,
            struct en_object *value) {
    (void)heap;
    return PyObject_SetAttr(instance, name, value);
}

EN_WORD int
en_attr_delete(struct en_heap *heap, struct en_object *instance, struct en_object *name) {
    (void)heap;
    return PyObject_SetAttr(instance, name, NULL);
}

EN_WORD int
en_attr_has(struct en_heap *heap, struct en_object *instance, struct en_object *name) {
    return en_cpython_attr_has(heap, instance, name);
}

EN_WORD struct en_object *
en_instance_dict(struct en_heap *heap, struct en_object *instance) {
    PyObject *dict = PyObject_GetAttr(instance, heap->names.__dict__);

    Py_XDECREF(dict); /* the instance has one */
    return dict;
}

/* ---- Weak references ---------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_weakref_new(struct en_heap *heap, struct en_object *referent, struct en_object *callback) {
    (void)heap;
    return PyWeakref_NewRef(referent, callback);
}

EN_WORD struct en_object *
en_weakref_get(struct en_heap *heap, struct en_object *weakref) {
    return en_cpython_weakref_get(heap, weakref);
}

EN_WORD size_t
en_weakref_count(struct en_heap *heap, struct en_object *referent) {
    return (size_t)en_cpython_integer(
        heap, PyObject_CallFunctionObjArgs(heap->calls.getweakrefcount, referent, NULL));
}

EN_WORD struct en_object *
en_weak_set_new(struct en_heap *heap) {
    return heap->call(heap->calls.WeakSet);
}

EN_WORD int
en_weak_set_add(struct en_heap *heap, struct en_object *weak_set, struct en_object *member) {
    PyObject *none = PyObject_CallMethodObjArgs(weak_set, heap->names.add, member, NULL);

    Py_XDECREF(none);
    return none == NULL ? -1 : 0;
}

EN_WORD int
en_weak_set_discard(struct en_heap *heap, struct en_object *weak_set, struct en_object *member) {
    PyObject *none = PyObject_CallMethodObjArgs(weak_set, heap->names.discard, member, NULL);

    Py_XDECREF(none);
    return none == NULL ? -1 : 0;
}

EN_WORD size_t
en_weak_set_length(struct en_heap *heap, struct en_object *weak_set) {
    (void)heap;
    return (size_t)PyObject_Size(weak_set);
}

EN_WORD struct en_object *
en_weak_dict_new(struct en_heap *heap) {
    return heap->call(heap->calls.WeakValueDictionary);
}

EN_WORD int
en_weak_dict_set(struct en_heap *heap, struct en_object *weak_dict, struct en_object *key,
                 struct en_object *value) {
    (void)heap;
    return PyObject_SetItem(weak_dict, key, value);
}

EN_WORD struct en_object *
en_weak_dict_get(struct en_heap *heap, struct en_object *weak_dict, struct en_object *key) {
    PyObject *value = PyObject_CallMethodObjArgs(weak_dict, heap->names.get, key, NULL);

    if (value != Py_None)
        return value;
    Py_DECREF(value);
    heap->error = ENOENT;
    return NULL;
}

EN_WORD size_t
en_weak_dict_length(struct en_heap *heap, struct en_object *weak_dict) {
    (void)heap;
    return (size_t)PyObject_Size(weak_dict);
}

/* ---- The collector ------------------------------------------------------------------------------ */

EN_WORD int64_t
en_gc_collect(struct en_heap *heap, int generation) {
    PyObject *number = PyLong_FromLong(generation);
    int64_t found =
        en_cpython_integer(heap, PyObject_CallFunctionObjArgs(heap->calls.collect, number, NULL));

    Py_XDECREF(number);
    return found;
}

EN_WORD void
en_gc_enable(struct en_heap *heap) {
    Py_XDECREF(heap->call(heap->calls.enable));
}

EN_WORD void
en_gc_disable(struct en_heap *heap) {
    Py_XDECREF(heap->call(heap->calls.disable));
}

EN_WORD bool
en_gc_is_enabled(struct en_heap *heap) {
    return en_cpython_integer(heap, heap->call(heap->calls.isenabled)) == 1;
}

EN_WORD void
en_gc_set_thresholds(struct en_heap *heap, const int64_t thresholds[RT_GENERATIONS]) {
    en_cpython_set_thresholds(heap, thresholds);
}

EN_WORD int64_t
en_gc_threshold(struct en_heap *heap, int generation) {
    return en_cpython_threshold(heap, generation);
}

EN_WORD int64_t
en_gc_count(struct en_heap *heap, int generation) {
    return en_cpython_count(heap, generation);
}

EN_WORD void
en_gc_stats_read(struct en_heap *heap, int generation, struct rt_gc_stats *ret_stats) {
    en_cpython_stats_read(heap, generation, ret_stats);
}

EN_WORD void
en_gc_freeze(struct en_heap *heap) {
    Py_XDECREF(heap->call(heap->calls.freeze));
}

EN_WORD void
en_gc_unfreeze(struct en_heap *heap) {
    Py_XDECREF(heap->call(heap->calls.unfreeze));
}

EN_WORD size_t
en_gc_frozen_count(struct en_heap *heap) {
    return (size_t)en_cpython_integer(heap, heap->call(heap->calls.get_freeze_count));
}

EN_WORD void
en_settle(struct en_heap *heap) {
    en_cpython_settle(heap);
}

EN_WORD struct en_object *
en_gc_objects(struct en_heap *heap, int generation) {
    PyObject *number, *list;

    if (generation < 0)
        return heap->call(heap->calls.get_objects);
    number = PyLong_FromLong(generation);
    list = PyObject_CallFunctionObjArgs(heap->calls.get_objects, number, NULL);
    Py_XDECREF(number);
    return list;
}

EN_WORD struct en_object *
en_gc_garbage(struct en_heap *heap) {
    return heap->calls.garbage;
}

EN_WORD void
en_safe_point(struct en_heap *heap) {
    if (heap->has_safe_points)
        (void)PyErr_CheckSignals();
}

EN_WORD int64_t
en_manual_point(struct en_heap *heap) {
    return heap->mode == EN_MODE_MANUAL ? en_gc_collect(heap, RT_GENERATIONS - 1) : 0;
}

EN_WORD int64_t
en_idle_window(struct en_heap *heap) {
    return heap->mode == EN_MODE_IDLE ? en_cpython_idle_window(heap) : 0;
}

/* ---- Memory without objects --------------------------------------------------------------------- */

EN_WORD void *
en_alloc(struct en_heap *heap, size_t size) {
    (void)heap;
    return PyObject_Malloc(size);
}

EN_WORD void *
en_realloc(struct en_heap *heap, void *block, size_t old_size, size_t new_size) {
    (void)heap;
    (void)old_size;
    return PyObject_Realloc(block, new_size);
}

EN_WORD void
en_free(struct en_heap *heap, void *block, size_t size) {
    (void)heap;
    (void)size;
    PyObject_Free(block);
}

EN_WORD int64_t
en_live_bytes(struct en_heap *heap) {
    (void)heap;
    return -1;
}

EN_WORD void
en_free_lists_clear(struct en_heap *heap) {
    (void)heap;
    /* its own full collection did */
}

#endif
