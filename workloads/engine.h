/* SPDX-License-Identifier: MIT
 *
 * engine.h: the whole vocabulary in which a program asks for memory, and all that it may say.
 *
 * An engine serves it: our runtime (engine_rt.h) or CPython's own objects, allocator and collector through
 * its C API (engine_cpython.h). Which one is settled when a program is compiled, and every word is an
 * inline function over the engine's own call, so that the vocabulary costs nothing. Each program is compiled
 * once for each engine.
 *
 *   heap       what all objects of a program live in: a context of ours, or the interpreter.
 *   object     a counted thing. `struct en_object` is the engine's own struct.
 *   name       an interned str, made with en_name: what attributes are called.
 *
 * Conventions, the same as in runtime/rt.h:
 *   - Who makes or gets an object owns a reference, unless it says "borrowed". What is stored is referred to
 *     once more; `_steal` takes over the caller's reference instead, also when it fails.
 *   - NULL or a negative int is a failure, and en_error says which, and has to be asked before the next word:
 *     ENOMEM; ENOENT, not there; EINVAL, that object cannot do this; ERANGE; ELOOP.
 *   - A failure other than ENOMEM may cost one engine objects that it does not cost the other, and so shift
 *     counts. A program that wants equal counts asks before it does: en_attr_has, en_dict_get, en_list_length.
 *   - An object of another kind than the word's is the program's bug.
 *   - Dropping a reference may run finalizers and callbacks, and so anything at all.
 */
#ifndef WORKLOADS_ENGINE_H
#define WORKLOADS_ENGINE_H

#if defined(ENGINE_CPYTHON)
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define en_object _object
#define EN_ENGINE "cpython"
#endif

#include <errno.h>

#include "runtime/rt.h"

#if !defined(ENGINE_CPYTHON)
#define en_object rt_object
#define en_heap   rt
#define en_self   rt_object
#define EN_ENGINE "rt"
#endif

#define EN_WORD static inline __attribute__((always_inline))

struct en_heap;
struct en_object;
struct en_self;

/* The reason of the last failure, a positive errno, and the failure is dealt with. */
EN_WORD int en_error(struct en_heap *heap);

/* ---- References --------------------------------------------------------------------------------- */

EN_WORD struct en_object *en_incref(struct en_object *object);
EN_WORD void en_decref(struct en_heap *heap, struct en_object *object);
EN_WORD void en_xdecref(struct en_heap *heap, struct en_object *object);
EN_WORD int64_t en_refcount(const struct en_object *object);

/* ---- Any object --------------------------------------------------------------------------------- */

/* Slow where the engine is CPython: it asks one type after the other. */
EN_WORD enum rt_kind en_kind(struct en_heap *heap, struct en_object *object);
EN_WORD const char *en_type_name(struct en_heap *heap, struct en_object *object);

EN_WORD int en_equal(struct en_heap *heap, struct en_object *one, struct en_object *other);
EN_WORD int en_hash(struct en_heap *heap, struct en_object *object, int64_t *ret_hash);
EN_WORD int64_t en_sizeof(struct en_heap *heap, struct en_object *object); /* sys.getsizeof() */
EN_WORD bool en_is_tracked(struct en_object *object);
EN_WORD bool en_is_finalized(struct en_object *object);

/* ---- None, bool, int, float --------------------------------------------------------------------- */

EN_WORD struct en_object *en_none(struct en_heap *heap);             /* borrowed */
EN_WORD struct en_object *en_bool(struct en_heap *heap, bool value); /* borrowed */
EN_WORD struct en_object *en_int(struct en_heap *heap, int64_t value);

/* 2 to the power of `bits`. */
enum {
    EN_INT_BITS_MAX = 3000,
};
EN_WORD struct en_object *en_int_power(struct en_heap *heap, unsigned bits);
EN_WORD int en_int_value(struct en_heap *heap, struct en_object *object, int64_t *ret_value);
EN_WORD struct en_object *en_int_add(struct en_heap *heap, struct en_object *one,
                                     struct en_object *other);
EN_WORD struct en_object *en_float(struct en_heap *heap, double value);
EN_WORD double en_float_value(struct en_object *object);

/* ---- str and bytes ------------------------------------------------------------------------------ */

EN_WORD struct en_object *en_str(struct en_heap *heap, const char *utf8, size_t bytes);
EN_WORD struct en_object *en_name(struct en_heap *heap, const char *utf8);
EN_WORD void en_str_intern(struct en_heap *heap, struct en_object **string); /* in its place */
EN_WORD size_t en_str_length(struct en_object *string);
EN_WORD struct en_object *en_str_concat(struct en_heap *heap, struct en_object *left,
                                        struct en_object *right);

/* `left += right`: in place where nobody else refers to it. After a failure *left is the old one or
 * None. */
EN_WORD int en_str_append(struct en_heap *heap, struct en_object **left, struct en_object *right);
EN_WORD struct en_object *en_str_slice(struct en_heap *heap, struct en_object *string, size_t start,
                                       size_t end);
EN_WORD struct en_object *en_bytes(struct en_heap *heap, const void *data, size_t bytes);
EN_WORD size_t en_bytes_length(struct en_object *bytes);
EN_WORD const void *en_bytes_data(struct en_object *bytes); /* as long as the object lives */

/* ---- tuple -------------------------------------------------------------------------------------- */

/* Items have to be put in before anybody else sees it; length > 0. */
EN_WORD struct en_object *en_tuple_new(struct en_heap *heap, size_t length);
EN_WORD void en_tuple_put_steal(struct en_object *tuple, size_t index, struct en_object *item);
EN_WORD struct en_object *en_tuple_pack(struct en_heap *heap, struct en_object *const *items,
                                        size_t length);
EN_WORD size_t en_tuple_length(struct en_object *tuple);
EN_WORD struct en_object *en_tuple_get(struct en_object *tuple, size_t index); /* borrowed */

/* ---- list --------------------------------------------------------------------------------------- */

/* As [None] * length does it, but the items have to be put in before anybody else sees it. */
EN_WORD struct en_object *en_list_new(struct en_heap *heap, size_t length);
EN_WORD void en_list_put_steal(struct en_object *list, size_t index, struct en_object *item);
EN_WORD struct en_object *en_list_pack(struct en_heap *heap, struct en_object *const *items,
                                       size_t length);
EN_WORD struct en_object *en_list_repeat(struct en_heap *heap, struct en_object *item,
                                         size_t length); /* [x] * n */
EN_WORD struct en_object *en_list_slice(struct en_heap *heap, struct en_object *list, size_t start,
                                        size_t end);
EN_WORD struct en_object *en_list_from_generator(struct en_heap *heap, struct en_object *generator);
EN_WORD size_t en_list_length(struct en_object *list);
EN_WORD struct en_object *en_list_get(struct en_object *list, size_t index); /* borrowed */
EN_WORD void en_list_set(struct en_heap *heap, struct en_object *list, size_t index,
                         struct en_object *item);
EN_WORD int en_list_append(struct en_heap *heap, struct en_object *list, struct en_object *item);
EN_WORD int en_list_insert(struct en_heap *heap, struct en_object *list, size_t index,
                           struct en_object *item);
EN_WORD int en_list_extend(struct en_heap *heap, struct en_object *list,
                           struct en_object *sequence); /* a list or tuple */
EN_WORD struct en_object *en_list_pop(struct en_heap *heap, struct en_object *list, size_t index);
EN_WORD int en_list_delete(struct en_heap *heap, struct en_object *list, size_t start,
                           size_t end); /* del l[a:b] */
EN_WORD void en_list_clear(struct en_heap *heap, struct en_object *list);
EN_WORD void en_list_reverse(struct en_heap *heap, struct en_object *list);

/* ---- dict --------------------------------------------------------------------------------------- */

EN_WORD struct en_object *en_dict_new(struct en_heap *heap);
EN_WORD struct en_object *en_dict_copy(struct en_heap *heap, struct en_object *dict);
EN_WORD size_t en_dict_length(struct en_object *dict);

/* Borrowed; NULL with ENOENT is no error that has to be dealt with. */
EN_WORD struct en_object *en_dict_get(struct en_heap *heap, struct en_object *dict,
                                      struct en_object *key);
EN_WORD int en_dict_set(struct en_heap *heap, struct en_object *dict, struct en_object *key,
                        struct en_object *value);
EN_WORD int en_dict_delete(struct en_heap *heap, struct en_object *dict, struct en_object *key);
EN_WORD int en_dict_update(struct en_heap *heap, struct en_object *dict, struct en_object *other);
EN_WORD void en_dict_clear(struct en_heap *heap, struct en_object *dict);

/* The pairs in order, borrowed; *position starts at 0. The dict must not change meanwhile. */
EN_WORD bool en_dict_next(struct en_object *dict, size_t *position, struct en_object **ret_key,
                          struct en_object **ret_value);

/* ---- set ---------------------------------------------------------------------------------------- */

EN_WORD struct en_object *en_set_new(struct en_heap *heap);
EN_WORD struct en_object *en_set_copy(struct en_heap *heap, struct en_object *set);
EN_WORD size_t en_set_length(struct en_object *set);
EN_WORD int en_set_contains(struct en_heap *heap, struct en_object *set,
                            struct en_object *key); /* 1, 0, -1 */
EN_WORD int en_set_add(struct en_heap *heap, struct en_object *set, struct en_object *key);
EN_WORD int en_set_discard(struct en_heap *heap, struct en_object *set,
                           struct en_object *key); /* 1 removed, 0, -1 */
EN_WORD struct en_object *en_set_pop(struct en_heap *heap, struct en_object *set);
EN_WORD void en_set_clear(struct en_heap *heap, struct en_object *set);
EN_WORD bool en_set_next(struct en_heap *heap, struct en_object *set, size_t *position,
                         struct en_object **ret_key);

/* ---- array -------------------------------------------------------------------------------------- */

EN_WORD struct en_object *en_array_new(struct en_heap *heap, enum rt_array_code code,
                                       size_t length); /* zeros */
EN_WORD size_t en_array_length(struct en_object *array);
EN_WORD enum rt_array_code en_array_code(struct en_heap *heap, struct en_object *array);
EN_WORD int en_array_append_integer(struct en_heap *heap, struct en_object *array, int64_t value);
EN_WORD int en_array_append_double(struct en_heap *heap, struct en_object *array, double value);
EN_WORD int en_array_set_integer(struct en_heap *heap, struct en_object *array, size_t index,
                                 int64_t value);
EN_WORD int en_array_set_double(struct en_heap *heap, struct en_object *array, size_t index,
                                double value);
EN_WORD int64_t en_array_get_integer(struct en_object *array, size_t index);
EN_WORD double en_array_get_double(struct en_object *array, size_t index);

/* ---- Functions, cells, methods, generators ------------------------------------------------------ */

/* What a function runs: `args` are borrowed, the result is the caller's; NULL: it failed. */
typedef struct en_object *(*en_call_fn)(struct en_heap *heap, struct en_self *self,
                                        struct en_object *const *args, size_t count);

/* The code of functions, as a compiler makes it once. `arity` is the number of its arguments, up to 2. */
struct en_code {
    en_call_fn fn;
    void *data;
    int arity;
    struct en_object *object; /* the engine's own */
};

EN_WORD int en_code_init(struct en_heap *heap, struct en_code *code, en_call_fn fn, void *data,
                         int arity);
EN_WORD void en_code_fini(struct en_heap *heap, struct en_code *code);
EN_WORD void *en_data(struct en_self *self); /* of the code that runs */

/* `cells`: a tuple of cells that it closes over, or NULL. The code has to outlive it. */
EN_WORD struct en_object *en_function_new(struct en_heap *heap, const struct en_code *code,
                                          struct en_object *cells);
EN_WORD struct en_object *en_cell_new(struct en_heap *heap, struct en_object *value);
EN_WORD struct en_object *en_cell_get(struct en_heap *heap,
                                      struct en_object *cell); /* borrowed; NULL: empty */
EN_WORD void en_cell_set(struct en_heap *heap, struct en_object *cell, struct en_object *value);
EN_WORD struct en_object *en_method_new(struct en_heap *heap, struct en_object *function,
                                        struct en_object *self);
EN_WORD struct en_object *en_call(struct en_heap *heap, struct en_object *callable,
                                  struct en_object *const *args, size_t count);

/* A generator runs `resume` for each item; NULL ends it, for good. `slots` are its local variables, NULL at
 * first. On CPython it is a type of the engine's own that has a generator's size. */
typedef struct en_object *(*en_resume_fn)(struct en_heap *heap, struct en_object *generator,
                                          void *data);
EN_WORD struct en_object *en_generator_new(struct en_heap *heap, en_resume_fn resume, void *data,
                                           size_t slots);
EN_WORD struct en_object *en_generator_next(struct en_heap *heap, struct en_object *generator);
EN_WORD struct en_object *en_generator_slot(struct en_object *generator, size_t slot);
EN_WORD void en_generator_set_slot(struct en_heap *heap, struct en_object *generator, size_t slot,
                                   struct en_object *value);
EN_WORD int64_t en_generator_position(struct en_object *generator);
EN_WORD void en_generator_set_position(struct en_object *generator, int64_t position);

/* Inside of a function or generator: it is about to return NULL, and why. */
EN_WORD struct en_object *en_fail(struct en_heap *heap, int error);

/* ---- Classes and instances ---------------------------------------------------------------------- */

typedef void (*en_finalizer_fn)(struct en_heap *heap, struct en_object *self, void *data);

struct en_class_spec {
    const char *name;
    struct en_object *base;   /* a class, or NULL */
    const char *const *slots; /* names; NULL: no __slots__, so a dict and weak references */
    size_t slot_count;
    bool has_dict, has_weakref; /* of a class with slots */
    en_finalizer_fn finalizer;  /* __del__, or NULL */
    void *finalizer_data;
};

EN_WORD struct en_object *en_class_new(struct en_heap *heap, const struct en_class_spec *spec);
EN_WORD struct en_object *en_class_of(struct en_object *instance); /* borrowed */
EN_WORD int en_class_set(struct en_heap *heap, struct en_object *class_object,
                         struct en_object *name, struct en_object *value);
EN_WORD struct en_object *en_instance_new(struct en_heap *heap, struct en_object *class_object);
EN_WORD struct en_object *en_attr_get(struct en_heap *heap, struct en_object *instance,
                                      struct en_object *name);
EN_WORD int en_attr_set(struct en_heap *heap, struct en_object *instance, struct en_object *name,
                        struct en_object *value);
EN_WORD int en_attr_delete(struct en_heap *heap, struct en_object *instance,
                           struct en_object *name);
EN_WORD int en_attr_has(struct en_heap *heap, struct en_object *instance, struct en_object *name);

/* Reading __dict__, which makes it: borrowed. EINVAL: there is none. */
EN_WORD struct en_object *en_instance_dict(struct en_heap *heap, struct en_object *instance);

/* ---- Weak references ---------------------------------------------------------------------------- */

EN_WORD struct en_object *en_weakref_new(struct en_heap *heap, struct en_object *referent,
                                         struct en_object *callback);
EN_WORD struct en_object *en_weakref_get(struct en_heap *heap,
                                         struct en_object *weakref); /* borrowed; NULL: dead */
EN_WORD size_t en_weakref_count(struct en_heap *heap, struct en_object *referent);

/* WeakSet and WeakValueDictionary. */
EN_WORD struct en_object *en_weak_set_new(struct en_heap *heap);
EN_WORD int en_weak_set_add(struct en_heap *heap, struct en_object *weak_set,
                            struct en_object *member);
EN_WORD int en_weak_set_discard(struct en_heap *heap, struct en_object *weak_set,
                                struct en_object *member);
EN_WORD size_t en_weak_set_length(struct en_heap *heap, struct en_object *weak_set);
EN_WORD struct en_object *en_weak_dict_new(struct en_heap *heap);
EN_WORD int en_weak_dict_set(struct en_heap *heap, struct en_object *weak_dict,
                             struct en_object *key, struct en_object *value);
EN_WORD struct en_object *en_weak_dict_get(struct en_heap *heap, struct en_object *weak_dict,
                                           struct en_object *key); /* NULL: ENOENT */
EN_WORD size_t en_weak_dict_length(struct en_heap *heap, struct en_object *weak_dict);

/* ---- The collector ------------------------------------------------------------------------------ */

EN_WORD int64_t en_gc_collect(struct en_heap *heap, int generation);
EN_WORD void en_gc_enable(struct en_heap *heap);
EN_WORD void en_gc_disable(struct en_heap *heap);
EN_WORD bool en_gc_is_enabled(struct en_heap *heap);
EN_WORD void en_gc_set_thresholds(struct en_heap *heap, const int64_t thresholds[RT_GENERATIONS]);
EN_WORD int64_t en_gc_threshold(struct en_heap *heap, int generation);
EN_WORD int64_t en_gc_count(struct en_heap *heap, int generation);
EN_WORD void en_gc_stats_read(struct en_heap *heap, int generation, struct rt_gc_stats *ret_stats);
EN_WORD void en_gc_freeze(struct en_heap *heap);
EN_WORD void en_gc_unfreeze(struct en_heap *heap);
EN_WORD size_t en_gc_frozen_count(struct en_heap *heap);

/* Forgets what was made so far: collects, freezes what is left, and begins at counts of zero. */
EN_WORD void en_settle(struct en_heap *heap);

/* gc.get_objects(generation), the list included in what is made; -1: of all. */
EN_WORD struct en_object *en_gc_objects(struct en_heap *heap, int generation);
EN_WORD struct en_object *en_gc_garbage(struct en_heap *heap); /* borrowed */

/* Looking without making anything, where the engine has a way: calls `visit` with each tracked container of a
 * generation, borrowed, in the order of gc.get_objects(). -1: of all; EN_FROZEN: those frozen. Meanwhile nothing
 * may be tracked or dropped. -1: ENOMEM.
 * Built for CPython's stable ABI it makes a list, and shows nobody that is frozen. */
enum {
    EN_FROZEN = RT_GENERATIONS
};
typedef void (*en_visit_fn)(struct en_object *object, void *context);
EN_WORD int en_gc_visit(struct en_heap *heap, int generation, en_visit_fn visit, void *context);

/* Likewise what an object refers to, in the order of gc.get_referents(object). */
EN_WORD int en_gc_visit_referents(struct en_heap *heap, struct en_object *object, en_visit_fn visit,
                                  void *context);

/* What programs announce; see runtime/rt_gc.h. */
EN_WORD void en_safe_point(struct en_heap *heap);
EN_WORD int64_t en_manual_point(struct en_heap *heap);
EN_WORD int64_t en_idle_window(struct en_heap *heap);

/* ---- Memory without objects --------------------------------------------------------------------- */

EN_WORD void *en_alloc(struct en_heap *heap, size_t size);
EN_WORD void *en_realloc(struct en_heap *heap, void *block, size_t old_size, size_t new_size);
EN_WORD void en_free(struct en_heap *heap, void *block, size_t size);

/* What is live, to the byte; -1: this engine does not know. */
EN_WORD int64_t en_live_bytes(struct en_heap *heap);

/* Drops what the free lists hold, as a full collection does. */
EN_WORD void en_free_lists_clear(struct en_heap *heap);

#if defined(ENGINE_CPYTHON)
#include "workloads/engine_cpython.h"
#else
#include "workloads/engine_rt.h"
#endif

#endif
