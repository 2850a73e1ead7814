/* SPDX-License-Identifier: MIT
 *
 * engine_cpython_more.h: the second half of engine_cpython.h: arrays, what can be called, classes, weak
 * references, the collector, memory. Included by it alone.
 */
#ifndef WORKLOADS_ENGINE_CPYTHON_MORE_H
#define WORKLOADS_ENGINE_CPYTHON_MORE_H

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

EN_WORD enum rt_array_code
en_array_code(struct en_heap *heap, struct en_object *array) {
    PyObject *code = PyObject_GetAttrString(array, "typecode");
    Py_UCS4 letter = code == NULL ? 'd' : PyUnicode_ReadChar(code, 0);

    (void)heap;
    Py_XDECREF(code);
    return letter == 'i' ? RT_ARRAY_I : letter == 'q' ? RT_ARRAY_Q : RT_ARRAY_D;
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
    PyObject *data = PyObject_GetAttr(weak_dict, heap->names.data), *value;
    int has_key = data == NULL ? -1 : PyDict_Contains(data, key); /* or get() makes an exception */

    Py_XDECREF(data);
    if (has_key < 0)
        return NULL;
    if (has_key > 0) {
        value = PyObject_CallMethodObjArgs(weak_dict, heap->names.get, key, NULL);
        if (value != Py_None)
            return value;
        Py_DECREF(value);
    }
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

EN_WORD int
en_gc_visit(struct en_heap *heap, int generation, en_visit_fn visit, void *context) {
    return en_cpython_visit(heap, generation, visit, context);
}

EN_WORD int
en_gc_visit_referents(struct en_heap *heap, struct en_object *object, en_visit_fn visit,
                      void *context) {
    return en_cpython_visit_referents(heap, object, visit, context);
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
