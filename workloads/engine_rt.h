/* SPDX-License-Identifier: MIT
 *
 * engine_rt.h: the vocabulary of engine.h on our runtime, of which only public calls are used. Included by
 * engine.h alone. Structs are the runtime's own, so that a word is a call with the same arguments.
 */
#ifndef WORKLOADS_ENGINE_RT_H
#define WORKLOADS_ENGINE_RT_H

EN_WORD int
en_error(struct en_heap *heap) {
    return rt_error(heap);
}

/* ---- References --------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_incref(struct en_object *object) {
    return rt_incref(object);
}

EN_WORD void
en_decref(struct en_heap *heap, struct en_object *object) {
    rt_decref(heap, object);
}

EN_WORD void
en_xdecref(struct en_heap *heap, struct en_object *object) {
    rt_xdecref(heap, object);
}

EN_WORD int64_t
en_refcount(const struct en_object *object) {
    return object->count;
}

/* ---- Any object --------------------------------------------------------------------------------- */

EN_WORD enum rt_kind
en_kind(struct en_heap *heap, struct en_object *object) {
    (void)heap;
    return rt_kind(object);
}

EN_WORD const char *
en_type_name(struct en_heap *heap, struct en_object *object) {
    (void)heap;
    return rt_type_name(object);
}

EN_WORD int
en_equal(struct en_heap *heap, struct en_object *one, struct en_object *other) {
    return rt_equal(heap, one, other);
}

EN_WORD int
en_hash(struct en_heap *heap, struct en_object *object, int64_t *ret_hash) {
    return rt_hash(heap, object, ret_hash);
}

EN_WORD int64_t
en_sizeof(struct en_heap *heap, struct en_object *object) {
    (void)heap;
    return (int64_t)rt_sizeof(object);
}

EN_WORD bool
en_is_tracked(struct en_object *object) {
    return rt_is_tracked(object);
}

EN_WORD bool
en_is_finalized(struct en_object *object) {
    return rt_gc_is_finalized(object);
}

/* ---- None, bool, int, float --------------------------------------------------------------------- */

EN_WORD struct en_object *
en_none(struct en_heap *heap) {
    return rt_none(heap);
}

EN_WORD struct en_object *
en_bool(struct en_heap *heap, bool value) {
    return rt_bool(heap, value);
}

EN_WORD struct en_object *
en_int(struct en_heap *heap, int64_t value) {
    return rt_int_new(heap, value);
}

EN_WORD struct en_object *
en_int_power(struct en_heap *heap, unsigned bits) {
    uint32_t digits[EN_INT_BITS_MAX / 30 + 1] = {0};

    digits[bits / 30] = UINT32_C(1) << bits % 30;
    return rt_int_from_digits(heap, false, digits, bits / 30 + 1);
}

EN_WORD int
en_int_value(struct en_heap *heap, struct en_object *object, int64_t *ret_value) {
    return rt_int_value(heap, object, ret_value);
}

EN_WORD struct en_object *
en_int_add(struct en_heap *heap, struct en_object *one, struct en_object *other) {
    return rt_int_add(heap, one, other);
}

EN_WORD struct en_object *
en_float(struct en_heap *heap, double value) {
    return rt_float_new(heap, value);
}

EN_WORD double
en_float_value(struct en_object *object) {
    return rt_float_value(object);
}

/* ---- str and bytes ------------------------------------------------------------------------------ */

EN_WORD struct en_object *
en_str(struct en_heap *heap, const char *utf8, size_t bytes) {
    return rt_str_new(heap, utf8, bytes);
}

EN_WORD struct en_object *
en_name(struct en_heap *heap, const char *utf8) {
    return rt_str_name(heap, utf8);
}

EN_WORD void
en_str_intern(struct en_heap *heap, struct en_object **string) {
    rt_str_intern(heap, string);
}

EN_WORD size_t
en_str_length(struct en_object *string) {
    return rt_str_length(string);
}

EN_WORD struct en_object *
en_str_concat(struct en_heap *heap, struct en_object *left, struct en_object *right) {
    return rt_str_concat(heap, left, right);
}

EN_WORD int
en_str_append(struct en_heap *heap, struct en_object **left, struct en_object *right) {
    return rt_str_append(heap, left, right);
}

EN_WORD struct en_object *
en_str_slice(struct en_heap *heap, struct en_object *string, size_t start, size_t end) {
    return rt_str_slice(heap, string, start, end);
}

EN_WORD struct en_object *
en_bytes(struct en_heap *heap, const void *data, size_t bytes) {
    return rt_bytes_new(heap, data, bytes);
}

EN_WORD size_t
en_bytes_length(struct en_object *bytes) {
    return rt_bytes_length(bytes);
}

EN_WORD const void *
en_bytes_data(struct en_object *bytes) {
    return rt_bytes_data(bytes);
}

/* ---- tuple -------------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_tuple_new(struct en_heap *heap, size_t length) {
    return rt_tuple_new(heap, length);
}

EN_WORD void
en_tuple_put_steal(struct en_object *tuple, size_t index, struct en_object *item) {
    rt_tuple_put_steal(tuple, index, item);
}

EN_WORD struct en_object *
en_tuple_pack(struct en_heap *heap, struct en_object *const *items, size_t length) {
    return rt_tuple_pack(heap, items, length);
}

EN_WORD size_t
en_tuple_length(struct en_object *tuple) {
    return rt_tuple_length(tuple);
}

EN_WORD struct en_object *
en_tuple_get(struct en_object *tuple, size_t index) {
    return rt_tuple_get(tuple, index);
}

/* ---- list --------------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_list_new(struct en_heap *heap, size_t length) {
    return rt_list_new(heap, length);
}

EN_WORD void
en_list_put_steal(struct en_object *list, size_t index, struct en_object *item) {
    rt_list_put_steal(list, index, item);
}

EN_WORD struct en_object *
en_list_pack(struct en_heap *heap, struct en_object *const *items, size_t length) {
    return rt_list_pack(heap, items, length);
}

EN_WORD struct en_object *
en_list_repeat(struct en_heap *heap, struct en_object *item, size_t length) {
    return rt_list_repeat(heap, item, length);
}

EN_WORD struct en_object *
en_list_slice(struct en_heap *heap, struct en_object *list, size_t start, size_t end) {
    return rt_list_slice(heap, list, start, end);
}

EN_WORD struct en_object *
en_list_from_generator(struct en_heap *heap, struct en_object *generator) {
    return rt_list_from_generator(heap, generator);
}

EN_WORD size_t
en_list_length(struct en_object *list) {
    return rt_list_length(list);
}

EN_WORD struct en_object *
en_list_get(struct en_object *list, size_t index) {
    return rt_list_get(list, index);
}

EN_WORD void
en_list_set(struct en_heap *heap, struct en_object *list, size_t index, struct en_object *item) {
    rt_list_set(heap, list, index, item);
}

EN_WORD int
en_list_append(struct en_heap *heap, struct en_object *list, struct en_object *item) {
    return rt_list_append(heap, list, item);
}

EN_WORD int
en_list_insert(struct en_heap *heap, struct en_object *list, size_t index, struct en_object *item) {
    return rt_list_insert(heap, list, index, item);
}

EN_WORD int
en_list_extend(struct en_heap *heap, struct en_object *list, struct en_object *sequence) {
    return rt_list_extend(heap, list, sequence);
}

EN_WORD struct en_object *
en_list_pop(struct en_heap *heap, struct en_object *list, size_t index) {
    return rt_list_pop(heap, list, index);
}

EN_WORD int
en_list_delete(struct en_heap *heap, struct en_object *list, size_t start, size_t end) {
    return rt_list_delete(heap, list, start, end);
}

EN_WORD void
en_list_clear(struct en_heap *heap, struct en_object *list) {
    rt_list_clear(heap, list);
}

EN_WORD void
en_list_reverse(struct en_heap *heap, struct en_object *list) {
    (void)heap;
    rt_list_reverse(list);
}

/* ---- dict --------------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_dict_new(struct en_heap *heap) {
    return rt_dict_new(heap);
}

EN_WORD struct en_object *
en_dict_copy(struct en_heap *heap, struct en_object *dict) {
    return rt_dict_copy(heap, dict);
}

EN_WORD size_t
en_dict_length(struct en_object *dict) {
    return rt_dict_length(dict);
}

EN_WORD struct en_object *
en_dict_get(struct en_heap *heap, struct en_object *dict, struct en_object *key) {
    return rt_dict_get(heap, dict, key);
}

EN_WORD int
en_dict_set(struct en_heap *heap, struct en_object *dict, struct en_object *key,
            struct en_object *value) {
    return rt_dict_set(heap, dict, key, value);
}

EN_WORD int
en_dict_delete(struct en_heap *heap, struct en_object *dict, struct en_object *key) {
    return rt_dict_delete(heap, dict, key);
}

EN_WORD int
en_dict_update(struct en_heap *heap, struct en_object *dict, struct en_object *other) {
    return rt_dict_update(heap, dict, other);
}

EN_WORD void
en_dict_clear(struct en_heap *heap, struct en_object *dict) {
    rt_dict_clear(heap, dict);
}

EN_WORD bool
en_dict_next(struct en_object *dict, size_t *position, struct en_object **ret_key,
             struct en_object **ret_value) {
    return rt_dict_next(dict, position, ret_key, ret_value);
}

/* ---- set ---------------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_set_new(struct en_heap *heap) {
    return rt_set_new(heap);
}

EN_WORD struct en_object *
en_set_copy(struct en_heap *heap, struct en_object *set) {
    return rt_set_copy(heap, set);
}

EN_WORD size_t
en_set_length(struct en_object *set) {
    return rt_set_length(set);
}

EN_WORD int
en_set_contains(struct en_heap *heap, struct en_object *set, struct en_object *key) {
    return rt_set_contains(heap, set, key);
}

EN_WORD int
en_set_add(struct en_heap *heap, struct en_object *set, struct en_object *key) {
    return rt_set_add(heap, set, key);
}

EN_WORD int
en_set_discard(struct en_heap *heap, struct en_object *set, struct en_object *key) {
    return rt_set_discard(heap, set, key);
}

EN_WORD struct en_object *
en_set_pop(struct en_heap *heap, struct en_object *set) {
    return rt_set_pop(heap, set);
}

EN_WORD void
en_set_clear(struct en_heap *heap, struct en_object *set) {
    rt_set_clear(heap, set);
}

EN_WORD bool
en_set_next(struct en_heap *heap, struct en_object *set, size_t *position,
            struct en_object **ret_key) {
    (void)heap;
    return rt_set_next(set, position, ret_key);
}

/* ---- array -------------------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_array_new(struct en_heap *heap, enum rt_array_code code, size_t length) {
    return rt_array_new(heap, code, length);
}

EN_WORD size_t
en_array_length(struct en_object *array) {
    return rt_array_length(array);
}

EN_WORD enum rt_array_code
en_array_code(struct en_heap *heap, struct en_object *array) {
    (void)heap;
    return rt_array_code(array);
}

EN_WORD int
en_array_append_integer(struct en_heap *heap, struct en_object *array, int64_t value) {
    return rt_array_append_integer(heap, array, value);
}

EN_WORD int
en_array_append_double(struct en_heap *heap, struct en_object *array, double value) {
    return rt_array_append_double(heap, array, value);
}

EN_WORD int
en_array_set_integer(struct en_heap *heap, struct en_object *array, size_t index, int64_t value) {
    return rt_array_set_integer(heap, array, index, value);
}

EN_WORD int
en_array_set_double(struct en_heap *heap, struct en_object *array, size_t index, double value) {
    (void)heap;
    rt_array_set_double(array, index, value);
    return 0;
}

EN_WORD int64_t
en_array_get_integer(struct en_object *array, size_t index) {
    return rt_array_get_integer(array, index);
}

EN_WORD double
en_array_get_double(struct en_object *array, size_t index) {
    return rt_array_get_double(array, index);
}

/* ---- Functions, cells, methods, generators ------------------------------------------------------ */

EN_WORD int
en_code_init(struct en_heap *heap, struct en_code *code, en_call_fn fn, void *data, int arity) {
    (void)heap;
    *code = (struct en_code){fn, data, arity, NULL};
    return 0;
}

EN_WORD void
en_code_fini(struct en_heap *heap, struct en_code *code) {
    (void)heap;
    (void)code;
}

EN_WORD void *
en_data(struct en_self *self) {
    return rt_function_data(self);
}

EN_WORD struct en_object *
en_function_new(struct en_heap *heap, const struct en_code *code, struct en_object *cells) {
    return rt_function_new(heap, code->fn, cells, code->data);
}

EN_WORD struct en_object *
en_cell_new(struct en_heap *heap, struct en_object *value) {
    return rt_cell_new(heap, value);
}

EN_WORD struct en_object *
en_cell_get(struct en_heap *heap, struct en_object *cell) {
    (void)heap;
    return rt_cell_get(cell);
}

EN_WORD void
en_cell_set(struct en_heap *heap, struct en_object *cell, struct en_object *value) {
    rt_cell_set(heap, cell, value);
}

EN_WORD struct en_object *
en_method_new(struct en_heap *heap, struct en_object *function, struct en_object *self) {
    return rt_method_new(heap, function, self);
}

EN_WORD struct en_object *
en_call(struct en_heap *heap, struct en_object *callable, struct en_object *const *args,
        size_t count) {
    return rt_call(heap, callable, args, count);
}

EN_WORD struct en_object *
en_generator_new(struct en_heap *heap, en_resume_fn resume, void *data, size_t slots) {
    return rt_generator_new(heap, resume, data, slots);
}

EN_WORD struct en_object *
en_generator_next(struct en_heap *heap, struct en_object *generator) {
    return rt_generator_next(heap, generator);
}

EN_WORD struct en_object *
en_generator_slot(struct en_object *generator, size_t slot) {
    return rt_generator_slot(generator, slot);
}

EN_WORD void
en_generator_set_slot(struct en_heap *heap, struct en_object *generator, size_t slot,
                      struct en_object *value) {
    rt_generator_set_slot(heap, generator, slot, value);
}

EN_WORD int64_t
en_generator_position(struct en_object *generator) {
    return rt_generator_position(generator);
}

EN_WORD void
en_generator_set_position(struct en_object *generator, int64_t position) {
    rt_generator_set_position(generator, position);
}

EN_WORD struct en_object *
en_fail(struct en_heap *heap, int error) {
    return rt_fail(heap, error);
}

/* ---- Classes and instances ---------------------------------------------------------------------- */

EN_WORD struct en_object *
en_class_new(struct en_heap *heap, const struct en_class_spec *spec) {
    const struct rt_class_spec own = {
        .name = spec->name,
        .base = spec->base,
        .slots = spec->slots,
        .slot_count = spec->slot_count,
        .has_dict = spec->has_dict,
        .has_weakref = spec->has_weakref,
        .finalizer = spec->finalizer,
        .finalizer_data = spec->finalizer_data,
    };

    return rt_class_new(heap, &own);
}

EN_WORD struct en_object *
en_class_of(struct en_object *instance) {
    return rt_class_of(instance);
}

EN_WORD int
en_class_set(struct en_heap *heap, struct en_object *class_object, struct en_object *name,
             struct en_object *value) {
    return rt_class_set(heap, class_object, name, value);
}

EN_WORD struct en_object *
en_instance_new(struct en_heap *heap, struct en_object *class_object) {
    return rt_instance_new(heap, class_object);
}

EN_WORD struct en_object *
en_attr_get(struct en_heap *heap, struct en_object *instance, struct en_object *name) {
    return rt_attr_get(heap, instance, name);
}

EN_WORD int
en_attr_set(struct en_heap *heap, struct en_object *instance, struct en_object *name,
            struct en_object *value) {
    return rt_attr_set(heap, instance, name, value);
}

EN_WORD int
en_attr_delete(struct en_heap *heap, struct en_object *instance, struct en_object *name) {
    return rt_attr_delete(heap, instance, name);
}

EN_WORD int
en_attr_has(struct en_heap *heap, struct en_object *instance, struct en_object *name) {
    struct en_object *value = rt_attr_get(heap, instance, name);

    if (value == NULL)
        return rt_error(heap) == ENOENT ? 0 : -1;
    rt_decref(heap, value);
    return 1;
}

EN_WORD struct en_object *
en_instance_dict(struct en_heap *heap, struct en_object *instance) {
    return rt_instance_dict(heap, instance);
}

/* ---- Weak references ---------------------------------------------------------------------------- */

EN_WORD struct en_object *
en_weakref_new(struct en_heap *heap, struct en_object *referent, struct en_object *callback) {
    return rt_weakref_new(heap, referent, callback);
}

EN_WORD struct en_object *
en_weakref_get(struct en_heap *heap, struct en_object *weakref) {
    return rt_weakref_get(heap, weakref);
}

EN_WORD size_t
en_weakref_count(struct en_heap *heap, struct en_object *referent) {
    (void)heap;
    return rt_weakref_count(referent);
}

EN_WORD struct en_object *
en_weak_set_new(struct en_heap *heap) {
    return rt_weak_set_new(heap);
}

EN_WORD int
en_weak_set_add(struct en_heap *heap, struct en_object *weak_set, struct en_object *member) {
    return rt_weak_set_add(heap, weak_set, member);
}

EN_WORD int
en_weak_set_discard(struct en_heap *heap, struct en_object *weak_set, struct en_object *member) {
    return rt_weak_set_discard(heap, weak_set, member) < 0 ? -1 : 0;
}

EN_WORD size_t
en_weak_set_length(struct en_heap *heap, struct en_object *weak_set) {
    (void)heap;
    return rt_weak_set_length(weak_set);
}

EN_WORD struct en_object *
en_weak_dict_new(struct en_heap *heap) {
    return rt_weak_dict_new(heap);
}

EN_WORD int
en_weak_dict_set(struct en_heap *heap, struct en_object *weak_dict, struct en_object *key,
                 struct en_object *value) {
    return rt_weak_dict_set(heap, weak_dict, key, value);
}

EN_WORD struct en_object *
en_weak_dict_get(struct en_heap *heap, struct en_object *weak_dict, struct en_object *key) {
    return rt_weak_dict_get(heap, weak_dict, key);
}

EN_WORD size_t
en_weak_dict_length(struct en_heap *heap, struct en_object *weak_dict) {
    (void)heap;
    return rt_weak_dict_length(weak_dict);
}

/* ---- The collector ------------------------------------------------------------------------------ */

EN_WORD int64_t
en_gc_collect(struct en_heap *heap, int generation) {
    return rt_gc_collect(heap, generation);
}

EN_WORD void
en_gc_enable(struct en_heap *heap) {
    rt_gc_enable(heap);
}

EN_WORD void
en_gc_disable(struct en_heap *heap) {
    rt_gc_disable(heap);
}

EN_WORD bool
en_gc_is_enabled(struct en_heap *heap) {
    return rt_gc_is_enabled(heap);
}

EN_WORD void
en_gc_set_thresholds(struct en_heap *heap, const int64_t thresholds[RT_GENERATIONS]) {
    for (int i = 0; i < RT_GENERATIONS; i++)
        rt_gc_set_threshold(heap, i, thresholds[i]);
}

EN_WORD int64_t
en_gc_threshold(struct en_heap *heap, int generation) {
    return rt_gc_threshold(heap, generation);
}

EN_WORD int64_t
en_gc_count(struct en_heap *heap, int generation) {
    return rt_gc_count(heap, generation);
}

EN_WORD void
en_gc_stats_read(struct en_heap *heap, int generation, struct rt_gc_stats *ret_stats) {
    rt_gc_stats_read(heap, generation, ret_stats);
}

EN_WORD void
en_gc_freeze(struct en_heap *heap) {
    rt_gc_freeze(heap);
}

EN_WORD void
en_gc_unfreeze(struct en_heap *heap) {
    rt_gc_unfreeze(heap);
}

EN_WORD size_t
en_gc_frozen_count(struct en_heap *heap) {
    return rt_gc_frozen_count(heap);
}

EN_WORD void
en_settle(struct en_heap *heap) {
    bool was_enabled = rt_gc_is_enabled(heap);

    rt_gc_disable(heap);
    (void)rt_gc_collect(heap, RT_GENERATIONS - 1);
    rt_gc_freeze(heap);
    (void)rt_gc_collect(heap, RT_GENERATIONS - 1);
    if (was_enabled)
        rt_gc_enable(heap);
}

EN_WORD struct en_object *
en_gc_objects(struct en_heap *heap, int generation) {
    return rt_gc_objects(heap, generation);
}

EN_WORD struct en_object *
en_gc_garbage(struct en_heap *heap) {
    return rt_gc_garbage(heap);
}

EN_WORD void
en_safe_point(struct en_heap *heap) {
    rt_gc_safe_point(heap);
}

EN_WORD int64_t
en_manual_point(struct en_heap *heap) {
    return rt_gc_manual_point(heap);
}

EN_WORD int64_t
en_idle_window(struct en_heap *heap) {
    return rt_gc_idle_window(heap);
}

/* ---- Memory without objects --------------------------------------------------------------------- */

EN_WORD void *
en_alloc(struct en_heap *heap, size_t size) {
    return rt_alloc(heap, size);
}

EN_WORD void *
en_realloc(struct en_heap *heap, void *block, size_t old_size, size_t new_size) {
    return rt_realloc(heap, block, old_size, new_size);
}

EN_WORD void
en_free(struct en_heap *heap, void *block, size_t size) {
    rt_free(heap, block, size);
}

EN_WORD int64_t
en_live_bytes(struct en_heap *heap) {
    uint64_t values[RT_STAT_COUNT];

    rt_stats_read(heap, values);
    return (int64_t)values[RT_STAT_LIVE_REQUESTED_BYTES];
}

EN_WORD void
en_free_lists_clear(struct en_heap *heap) {
    rt_free_lists_clear(heap);
}

#include "workloads/engine_rt_more.h"

#endif
