/* SPDX-License-Identifier: MIT
 *
 * function.c: what can be called: functions with the cells they close over, and methods.
 *
 * A function here is C code where Python's is bytecode; in its size, its references and its counts it is
 * Python's. Making a closure takes a function, a cell for each variable and a tuple of the cells.
 *
 * Invariants:
 *   - What a function closes over is a tuple, or nothing.
 *   - A method has its function and its object from birth to death; only cells can be emptied, and
 *     functions let go of their tuples.
 *   - Cells of cells and methods of methods are released to a limited depth (rt_nest_enter); functions
 *     nest through tuples, which have a limit of their own.
 */
#include "runtime/object.h"
#include "runtime/weakref.h"

enum {
    PREFIX_BYTES = sizeof(struct rt_head),
};

/* What is rare, or calls something, stands in functions apart here, so that the rest needs no stack frame. */
static struct rt_object *
take(struct rt *rt, const struct rt_type *type, size_t bytes) {
    struct rt_object *object = rt_object_alloc(rt, PREFIX_BYTES, bytes);

    if (object == NULL) {
        return NULL;
    }
    rt_object_init(object, type);
    if (!rt_track(rt, object)) {
        rt_object_free(rt, object, PREFIX_BYTES, bytes);
        return NULL;
    }
    return object;
}

/* Whether dropping a reference would release the object. */
static RT_ALWAYS_INLINE bool
is_last(const struct rt_object *object) {
    return object != NULL && object->count == 1;
}

/* ---- Cells -------------------------------------------------------------------------------------- */

struct cell {
    struct rt_object object;
    struct rt_object *value; /* NULL: empty */
};

_Static_assert(sizeof(struct cell) == 24, "a cell is as large as CPython's");

static struct cell *
as_cell(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_CELL);
    return (struct cell *)object;
}

static void
traverse_cell(struct rt_object *object, rt_visit_fn visit, void *context) {
    if (as_cell(object)->value != NULL) {
        visit(as_cell(object)->value, context);
    }
}

void
rt_cell_set(struct rt *rt, struct rt_object *cell, struct rt_object *value) {
    struct rt_object *old = as_cell(cell)->value;

    if (value != NULL) {
        rt_incref(value);
    }
    as_cell(cell)->value = value;
    rt_xdecref(rt, old);
}

static void
clear_cell(struct rt *rt, struct rt_object *object) {
    rt_cell_set(rt, object, NULL);
}

static RT_NOINLINE void
drop_cell_nested(struct rt *rt, struct rt_object *object) {
    if (rt_nest_enter(rt, object)) {
        return;
    }
    rt_decref(rt, as_cell(object)->value);
    rt_object_free(rt, object, PREFIX_BYTES, sizeof(struct cell));
    rt_nest_leave(rt);
}

static void
drop_cell(struct rt *rt, struct rt_object *object) {
    struct rt_object *value = as_cell(object)->value;

    rt_untrack(rt, object);
    if (RT_UNLIKELY(is_last(value))) {
        drop_cell_nested(rt, object);
        return;
    }
    if (value != NULL) {
        value->count--;
    }
    rt_object_free(rt, object, PREFIX_BYTES, sizeof(struct cell));
}

static size_t
size_cell(const struct rt_object *object) {
    (void)object;
    return sizeof(struct cell);
}

static size_t
owned_by_cell(const struct rt_object *object) {
    return PREFIX_BYTES + size_cell(object);
}

static const struct rt_type cell_type = {
    .drop = drop_cell,
    .traverse = traverse_cell,
    .clear = clear_cell,
    .size = size_cell,
    .owned = owned_by_cell,
    .name = "cell",
    .kind = RT_KIND_CELL,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = PREFIX_BYTES,
};

static RT_NOINLINE struct rt_object *
make_cell_slowly(struct rt *rt, struct rt_object *value) {
    struct rt_object *object = take(rt, &cell_type, sizeof(struct cell));

    if (object != NULL) {
        as_cell(object)->value = value == NULL ? NULL : rt_incref(value);
    }
    return object;
}

struct rt_object *
rt_cell_new(struct rt *rt, struct rt_object *value) {
    struct rt_object *object = rt_object_simple(rt, &cell_type, PREFIX_BYTES, sizeof(struct cell));

    if (RT_UNLIKELY(object == NULL)) {
        return make_cell_slowly(rt, value);
    }
    as_cell(object)->value = value == NULL ? NULL : rt_incref(value);
    return object;
}

struct rt_object *
rt_cell_get(const struct rt_object *cell) {
    return as_cell(cell)->value;
}

/* ---- Functions ---------------------------------------------------------------------------------- */

struct function {
    struct rt_object object;
    rt_function_fn fn;
    void *data;
    struct rt_object *cells; /* a tuple, or NULL */
    struct rt_object *weakrefs;
    void *unused[11];
};

_Static_assert(sizeof(struct function) == 136, "a function is as large as CPython's");

static struct function *
as_function(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_FUNCTION);
    return (struct function *)object;
}

static void
traverse_function(struct rt_object *object, rt_visit_fn visit, void *context) {
    if (as_function(object)->cells != NULL) {
        visit(as_function(object)->cells, context);
    }
}

static void
clear_function(struct rt *rt, struct rt_object *object) {
    struct rt_object *cells = as_function(object)->cells;

    as_function(object)->cells = NULL;
    rt_xdecref(rt, cells);
}

static RT_NOINLINE void
drop_function_slowly(struct rt *rt, struct rt_object *object) {
    if (as_function(object)->weakrefs != NULL) {
        rt_weakref_clear_all(rt, object);
    }
    rt_xdecref(rt, as_function(object)->cells);
    rt_object_free(rt, object, PREFIX_BYTES, sizeof(struct function));
}

static void
drop_function(struct rt *rt, struct rt_object *object) {
    struct rt_object *cells = as_function(object)->cells;

    rt_untrack(rt, object);
    if (RT_UNLIKELY(as_function(object)->weakrefs != NULL) || RT_UNLIKELY(is_last(cells))) {
        drop_function_slowly(rt, object);
        return;
    }
    if (cells != NULL) {
        cells->count--;
    }
    rt_object_free(rt, object, PREFIX_BYTES, sizeof(struct function));
}

static size_t
size_function(const struct rt_object *object) {
    (void)object;
    return sizeof(struct function);
}

static size_t
owned_by_function(const struct rt_object *object) {
    return PREFIX_BYTES + size_function(object);
}

static bool
verify_function(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct rt_object *cells = as_function(object)->cells;

    (void)rt;
    if (cells != NULL && rt_kind(cells) != RT_KIND_TUPLE) {
        rt_text_string(why, "a function closes over what is not a tuple");
        return false;
    }
    return true;
}

static const struct rt_type function_type = {
    .drop = drop_function,
    .traverse = traverse_function,
    .clear = clear_function,
    .size = size_function,
    .owned = owned_by_function,
    .verify = verify_function,
    .name = "function",
    .kind = RT_KIND_FUNCTION,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = PREFIX_BYTES,
    .weakrefs_offset = offsetof(struct function, weakrefs),
};

static RT_ALWAYS_INLINE struct rt_object *
fill_function(struct rt_object *object, rt_function_fn fn, struct rt_object *cells, void *data) {
    struct function *self = as_function(object);

    self->fn = fn;
    self->data = data;
    self->cells = cells == NULL ? NULL : rt_incref(cells);
    self->weakrefs = NULL;
    return object;
}

static RT_NOINLINE struct rt_object *
make_function_slowly(struct rt *rt, rt_function_fn fn, struct rt_object *cells, void *data) {
    struct rt_object *object = take(rt, &function_type, sizeof(struct function));

    return object == NULL ? NULL : fill_function(object, fn, cells, data);
}

struct rt_object *
rt_function_new(struct rt *rt, rt_function_fn fn, struct rt_object *cells, void *data) {
    struct rt_object *object =
        rt_object_simple(rt, &function_type, PREFIX_BYTES, sizeof(struct function));

    if (RT_UNLIKELY(object == NULL)) {
        return make_function_slowly(rt, fn, cells, data);
    }
    return fill_function(object, fn, cells, data);
}

struct rt_object *
rt_function_cells(const struct rt_object *function) {
    return as_function(function)->cells;
}

void *
rt_function_data(const struct rt_object *function) {
    return as_function(function)->data;
}

/* ---- Methods ------------------------------------------------------------------------------------ */

struct method {
    struct rt_object object;
    struct rt_object *function, *self;
    struct rt_object *weakrefs;
    void *unused;
};

_Static_assert(sizeof(struct method) == 48, "a method is as large as CPython's");

static struct method *
as_method(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_METHOD);
    return (struct method *)object;
}

static void
traverse_method(struct rt_object *object, rt_visit_fn visit, void *context) {
    visit(as_method(object)->function, context);
    visit(as_method(object)->self, context);
}

static RT_NOINLINE void
drop_method_nested(struct rt *rt, struct rt_object *object) {
    if (rt_nest_enter(rt, object)) {
        return;
    }
    rt_decref(rt, as_method(object)->function);
    rt_decref(rt, as_method(object)->self);
    rt_object_free(rt, object, PREFIX_BYTES, sizeof(struct method));
    rt_nest_leave(rt);
}

static RT_NOINLINE void
drop_method_with_weakrefs(struct rt *rt, struct rt_object *object) {
    rt_weakref_clear_all(rt, object);
    drop_method_nested(rt, object);
}

static void
drop_method(struct rt *rt, struct rt_object *object) {
    struct rt_object *function = as_method(object)->function, *self = as_method(object)->self;

    rt_untrack(rt, object);
    if (RT_UNLIKELY(as_method(object)->weakrefs != NULL)) {
        drop_method_with_weakrefs(rt, object);
    } else if (RT_UNLIKELY(is_last(function)) || RT_UNLIKELY(is_last(self)) ||
               RT_UNLIKELY(function == self)) {
        drop_method_nested(rt, object);
    } else {
        function->count--;
        self->count--;
        rt_object_free(rt, object, PREFIX_BYTES, sizeof(struct method));
    }
}

static size_t
size_method(const struct rt_object *object) {
    (void)object;
    return sizeof(struct method);
}

static size_t
owned_by_method(const struct rt_object *object) {
    return PREFIX_BYTES + size_method(object);
}

static bool
verify_method(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    (void)rt;
    if (as_method(object)->function == NULL || as_method(object)->self == NULL) {
        rt_text_string(why, "a method has no function or no object");
        return false;
    }
    return true;
}

static const struct rt_type method_type = {
    .drop = drop_method,
    .traverse = traverse_method,
    .size = size_method,
    .owned = owned_by_method,
    .verify = verify_method,
    .name = "method",
    .kind = RT_KIND_METHOD,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = PREFIX_BYTES,
    .weakrefs_offset = offsetof(struct method, weakrefs),
};

static RT_ALWAYS_INLINE struct rt_object *
fill_method(struct rt_object *object, struct rt_object *function, struct rt_object *self) {
    struct method *method = as_method(object);

    method->function = rt_incref(function);
    method->self = rt_incref(self);
    method->weakrefs = NULL;
    return object;
}

static RT_NOINLINE struct rt_object *
make_method_slowly(struct rt *rt, struct rt_object *function, struct rt_object *self) {
    struct rt_object *object = take(rt, &method_type, sizeof(struct method));

    return object == NULL ? NULL : fill_method(object, function, self);
}

struct rt_object *
rt_method_new(struct rt *rt, struct rt_object *function, struct rt_object *self) {
    struct rt_object *object =
        rt_object_simple(rt, &method_type, PREFIX_BYTES, sizeof(struct method));

    if (RT_UNLIKELY(object == NULL)) {
        return make_method_slowly(rt, function, self);
    }
    return fill_method(object, function, self);
}

struct rt_object *
rt_method_function(const struct rt_object *method) {
    return as_method(method)->function;
}

struct rt_object *
rt_method_self(const struct rt_object *method) {
    return as_method(method)->self;
}

/* ---- Calls -------------------------------------------------------------------------------------- */

enum {
    FEW_ARGUMENTS = 7,
};

static struct rt_object *
call_with(struct rt *rt, const struct method *method, struct rt_object **all,
          struct rt_object *const *args, size_t count) {
    all[0] = method->self;
    for (size_t i = 0; i < count; i++) {
        all[i + 1] = args[i];
    }
    return rt_call(rt, method->function, all, count + 1);
}

static RT_NOINLINE struct rt_object *
call_with_many(struct rt *rt, const struct method *method, struct rt_object *const *args,
               size_t count) {
    size_t bytes = (count + 1) * sizeof(struct rt_object *);
    struct rt_object **all = rt_alloc(rt, bytes), *result;

    if (all == NULL) {
        return rt_fail(rt, ENOMEM);
    }
    result = call_with(rt, method, all, args, count);
    rt_free(rt, all, bytes);
    return result;
}

/* Puts the method's object before the arguments. */
static struct rt_object *
call_method(struct rt *rt, const struct method *method, struct rt_object *const *args,
            size_t count) {
    struct rt_object *all[1 + FEW_ARGUMENTS];

    return count <= FEW_ARGUMENTS ? call_with(rt, method, all, args, count)
                                  : call_with_many(rt, method, args, count);
}

struct rt_object *
rt_call(struct rt *rt, struct rt_object *callable, struct rt_object *const *args, size_t count) {
    switch (rt_kind(callable)) {
    case RT_KIND_FUNCTION:
        return as_function(callable)->fn(rt, callable, args, count);
    case RT_KIND_METHOD:
        return call_method(rt, as_method(callable), args, count);
    case RT_KIND_CLASS:
        return count == 0 ? rt_instance_new(rt, callable) : rt_fail(rt, EINVAL);
    default:
        return rt_fail(rt, EINVAL);
    }
}
