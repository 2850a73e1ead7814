/* SPDX-License-Identifier: MIT
 *
 * rt_object.h: the objects, as every other room sees them. Part of rt.h, and only included by it.
 *
 * Glossary, continued.
 *   object     a counted thing with a type: `struct rt_object *`, whatever its kind.
 *   reference  a counted pointer. A *borrowed* one is not counted: it lasts as long as somebody else's.
 *   container  an object that may refer to others, and so is known to the collector; *tracked* while
 *              the collector examines it.
 *   class      a type made at run time; its objects are instances.
 *   free list  dead objects of one kind, kept with their blocks for the next one.
 *
 * Conventions.
 *   - A function that makes or returns an object returns a reference that is the caller's to drop, unless
 *     it says "borrowed". Storing an object takes a reference of its own; the caller keeps his. Calls
 *     whose name ends in `_steal` take over the caller's instead, also when they fail.
 *   - A pointer result of NULL, or a negative int, is a failure, and rt_error() says which: ENOMEM;
 *     ENOENT, not there; EINVAL, that object cannot do this (a list as a key, a weak reference to an
 *     int); ERANGE, an index or a value out of bounds; ELOOP, nested too deeply. What was asked for did
 *     not happen and every object is as it was.
 *   - Passing an object of another kind than the call's is the caller's bug. Builds with assertions
 *     find it.
 *   - Dropping a reference may run finalizers and callbacks, and so anything at all.
 */
#ifndef RUNTIME_RT_OBJECT_H
#define RUNTIME_RT_OBJECT_H

#if !defined(RUNTIME_RT_H)
#error "include runtime/rt.h instead"
#endif

/* ---- Objects ------------------------------------------------------------------------------------ */

enum rt_kind {
    RT_KIND_NONE,
    RT_KIND_BOOL,
    RT_KIND_INT,
    RT_KIND_FLOAT,
    RT_KIND_STR,
    RT_KIND_BYTES,
    RT_KIND_TUPLE,
    RT_KIND_LIST,
    RT_KIND_DICT,
    RT_KIND_SET,
    RT_KIND_ARRAY,
    RT_KIND_CLASS,
    RT_KIND_INSTANCE,
    RT_KIND_DESCRIPTOR, /* what a class has for each of its slots */
    RT_KIND_WEAKREF,
    RT_KIND_FUNCTION,
    RT_KIND_CELL,
    RT_KIND_METHOD,
    RT_KIND_GENERATOR,
    RT_KIND_WEAK_SET,
    RT_KIND_WEAK_DICT,
    RT_KIND_COUNT
};

struct rt_type; /* internal */

struct rt_object {
    int64_t count; /* references */
    const struct rt_type *type;
};

struct rt_sized {
    struct rt_object object;
    int64_t size; /* items; of an int: digits, negative for a negative number */
};

struct rt_int {
    struct rt_sized sized;
    uint32_t digits[]; /* base 2^30, least first; at least one, even of 0 */
};

struct rt_float {
    struct rt_object object;
    double value;
};

struct rt_tuple {
    struct rt_sized sized;
    struct rt_object *items[];
};

struct rt_list {
    struct rt_sized sized;
    struct rt_object **items;
    int64_t capacity;
};

enum rt_kind rt_kind(const struct rt_object *object);
const char *rt_kind_name(enum rt_kind kind);              /* as Python's: "NoneType", "int", ... */
const char *rt_type_name(const struct rt_object *object); /* of an instance: its class's */

/* The reason of the last failure of an object call of this context; never reset by a success. */
int rt_error(const struct rt *rt);

/* The last reference is gone. Not for callers: rt_decref calls it. */
void rt_object_drop(struct rt *rt, struct rt_object *object);

static inline struct rt_object *
rt_incref(struct rt_object *object) {
    object->count++;
    return object;
}

static inline void
rt_decref(struct rt *rt, struct rt_object *object) {
    if (--object->count == 0)
        rt_object_drop(rt, object);
}

static inline void
rt_xdecref(struct rt *rt, struct rt_object *object) {
    if (object != NULL)
        rt_decref(rt, object);
}

/* Python's hash(): equal numbers hash alike whatever their type, str and bytes as with
 * PYTHONHASHSEED=0, everything without a value of its own by its address. -1: EINVAL (unhashable), ELOOP. */
int rt_hash(struct rt *rt, struct rt_object *object, int64_t *ret_hash);

/* 1 equal, 0 not, -1 ELOOP. Numbers, str, bytes, tuples and lists by value, weak references by what they
 * refer to while that lives, others by identity. */
int rt_equal(struct rt *rt, struct rt_object *one, struct rt_object *other);

/* sys.getsizeof(). */
size_t rt_sizeof(const struct rt_object *object);

/* What the object asked of the allocator, in all its blocks; parts shared with others (a class's keys,
 * the empty tables) count where they belong. */
size_t rt_block_bytes(const struct rt_object *object);

/* What the total_size of Python's folklore gives: rt_sizeof of the object, of the items of tuples, lists and
 * sets, of keys and values of dicts, and of instances' dicts with theirs (which it does not make for
 * the purpose), each object once and to any depth; not what is in slots, nor classes. -1: ENOMEM. */
int rt_deep_size(struct rt *rt, struct rt_object *object, size_t *ret_bytes);

/* True for an object that the collector examines now. */
bool rt_is_tracked(const struct rt_object *object);

/* Calls `visit` with each object that this one refers to, in the order of CPython's traversal. */
typedef void (*rt_visit_fn)(struct rt_object *referent, void *context);
void rt_visit(struct rt_object *object, rt_visit_fn visit, void *context);

/* Drops what the free lists hold, as a full collection does. */
void rt_free_lists_clear(struct rt *rt);

/* ---- None, bool, int, float --------------------------------------------------------------------- */

/* Borrowed. */
struct rt_object *rt_none(struct rt *rt);
struct rt_object *rt_bool(struct rt *rt, bool value);

bool rt_bool_value(const struct rt_object *object);

/* -5 ... 256 are shared. */
struct rt_object *rt_int_new(struct rt *rt, int64_t value);

/* Base 2^30, least first; leading zeros are dropped. */
struct rt_object *rt_int_from_digits(struct rt *rt, bool is_negative, const uint32_t *digits,
                                     size_t count);

/* What rt_int_value does with more than one digit. Not for callers. */
int rt_int_value_slowly(struct rt *rt, const struct rt_object *object, int64_t *ret_value);

/* Also of a bool. -1: ERANGE. */
static inline int
rt_int_value(struct rt *rt, const struct rt_object *object, int64_t *ret_value) {
    const struct rt_int *self = (const struct rt_int *)object;
    int64_t size = self->sized.size;

    if (size < -1 || size > 1)
        return rt_int_value_slowly(rt, object, ret_value);
    *ret_value = size * (int64_t)self->digits[0];
    return 0;
}

size_t rt_int_digit_count(const struct rt_object *object);
uint32_t rt_int_digit(const struct rt_object *object, size_t index);

struct rt_object *rt_int_add(struct rt *rt, struct rt_object *one, struct rt_object *other);

struct rt_object *rt_float_new(struct rt *rt, double value);

static inline double
rt_float_value(const struct rt_object *object) {
    return ((const struct rt_float *)object)->value;
}

/* ---- str and bytes ------------------------------------------------------------------------------ */

/* One-character strings up to U+00FF and the empty one are shared. Text that is not UTF-8, and surrogates:
 * EINVAL. */
struct rt_object *rt_str_new(struct rt *rt, const char *utf8, size_t bytes);
struct rt_object *rt_str_from_points(struct rt *rt, const uint32_t *points, size_t count);

/* As a compiler makes a constant: interned when it consists of [A-Za-z0-9_] alone. */
struct rt_object *rt_str_constant(struct rt *rt, const char *utf8, size_t bytes);

/* The interned string of this text, ended by a zero. What names of attributes are made with. */
struct rt_object *rt_str_name(struct rt *rt, const char *utf8);

/* Replaces the caller's reference by one to the interned string of the same text. Where memory for it
 * lacks the string stays as it is, as in CPython. */
void rt_str_intern(struct rt *rt, struct rt_object **string);
bool rt_str_is_interned(const struct rt_object *string);

size_t rt_str_length(const struct rt_object *string);
unsigned rt_str_width(const struct rt_object *string); /* bytes a character: 1, 2 or 4 */
bool rt_str_is_ascii(const struct rt_object *string);
uint32_t rt_str_at(const struct rt_object *string, size_t index);
const void *
rt_str_data(const struct rt_object *string); /* `width` bytes a character; ends in a zero one */
/* As UTF-8, in whole characters; U+0000, which would end the text, is left out. */
void rt_str_to_text(const struct rt_object *string, struct rt_text *text);

struct rt_object *rt_str_concat(struct rt *rt, struct rt_object *left, struct rt_object *right);
struct rt_object *rt_str_slice(struct rt *rt, struct rt_object *string, size_t start, size_t end);

/* `left += right`: in place, by an exact resize, when nobody else refers to it, it is not interned, its hash
 * was never asked for, and it is at least as wide as the other. On failure *left is untouched. */
int rt_str_append(struct rt *rt, struct rt_object **left, struct rt_object *right);

/* b'' and one-byte strings are shared. */
struct rt_object *rt_bytes_new(struct rt *rt, const void *data, size_t bytes);
size_t rt_bytes_length(const struct rt_object *bytes);
const uint8_t *rt_bytes_data(const struct rt_object *bytes);

/* ---- tuple -------------------------------------------------------------------------------------- */

/* Items are NULL until they are put in. () is shared. */
struct rt_object *rt_tuple_new(struct rt *rt, size_t length);
struct rt_object *rt_tuple_pack(struct rt *rt, struct rt_object *const *items, size_t length);

/* For filling a new one: no item was there. */
static inline void
rt_tuple_put_steal(struct rt_object *tuple, size_t index, struct rt_object *item) {
    ((struct rt_tuple *)tuple)->items[index] = item;
}

static inline size_t
rt_tuple_length(const struct rt_object *tuple) {
    return (size_t)((const struct rt_sized *)tuple)->size;
}

/* Borrowed. pre: index < length */
static inline struct rt_object *
rt_tuple_get(const struct rt_object *tuple, size_t index) {
    return ((const struct rt_tuple *)tuple)->items[index];
}

/* ---- list --------------------------------------------------------------------------------------- */

/* Of exactly this capacity; items are NULL until they are put in. */
struct rt_object *rt_list_new(struct rt *rt, size_t length);

/* As calling the class does, `list()`: the object never comes from the free list. */
struct rt_object *rt_list_call(struct rt *rt);

struct rt_object *rt_list_pack(struct rt *rt, struct rt_object *const *items, size_t length);
struct rt_object *rt_list_repeat(struct rt *rt, struct rt_object *item,
                                 size_t length); /* [x] * n */
struct rt_object *rt_list_slice(struct rt *rt, struct rt_object *list, size_t start, size_t end);

/* list(generator): room for eight to begin with, and cut at the end. */
struct rt_object *rt_list_from_generator(struct rt *rt, struct rt_object *generator);

static inline size_t
rt_list_length(const struct rt_object *list) {
    return (size_t)((const struct rt_sized *)list)->size;
}

static inline size_t
rt_list_capacity(const struct rt_object *list) {
    return (size_t)((const struct rt_list *)list)->capacity;
}

/* Borrowed. pre: index < length */
static inline struct rt_object *
rt_list_get(const struct rt_object *list, size_t index) {
    return ((const struct rt_list *)list)->items[index];
}

/* For filling a new one: no item was there. pre: index < length */
static inline void
rt_list_put_steal(struct rt_object *list, size_t index, struct rt_object *item) {
    ((struct rt_list *)list)->items[index] = item;
}

/* pre: index < length */
static inline void
rt_list_set(struct rt *rt, struct rt_object *list, size_t index, struct rt_object *item) {
    struct rt_object **place = &((struct rt_list *)list)->items[index];
    struct rt_object *old = *place;

    *place = rt_incref(item);
    rt_xdecref(rt, old);
}

/* What rt_list_append does where there is no room. Not for callers. */
int rt_list_append_slowly(struct rt *rt, struct rt_object *list, struct rt_object *item);

static inline int
rt_list_append(struct rt *rt, struct rt_object *list, struct rt_object *item) {
    struct rt_list *self = (struct rt_list *)list;
    int64_t length = self->sized.size;

    if (length >= self->capacity)
        return rt_list_append_slowly(rt, list, item);
    self->sized.size = length + 1;
    self->items[length] = rt_incref(item);
    return 0;
}

/* An index beyond the end is the end, as in Python; likewise the bounds of slices. */
int rt_list_insert(struct rt *rt, struct rt_object *list, size_t index, struct rt_object *item);

/* As extend() by a list or tuple; an empty list never filled gets a capacity rounded up to even. */
int rt_list_extend(struct rt *rt, struct rt_object *list, struct rt_object *sequence);

/* As extend() by an iterator that knows its length, of which `next` gives the items (NULL: failure; then
 * those added go again, but the list may keep the room for them). */
typedef struct rt_object *(*rt_next_fn)(struct rt *rt, void *context);
int rt_list_extend_counted(struct rt *rt, struct rt_object *list, size_t count, rt_next_fn next,
                           void *context);

/* Removes and returns an item; the last one with index length - 1. NULL: ERANGE. */
struct rt_object *rt_list_pop(struct rt *rt, struct rt_object *list, size_t index);
int rt_list_delete(struct rt *rt, struct rt_object *list, size_t start,
                   size_t end); /* del l[a:b] */
void rt_list_clear(struct rt *rt, struct rt_object *list);
void rt_list_reverse(struct rt_object *list);

/* ---- dict ---------------------------------------------------------------------------------------
 * Keys are compared by rt_equal, after identity. Unhashable keys: EINVAL. */

struct rt_object *rt_dict_new(struct rt *rt);
struct rt_object *rt_dict_call(struct rt *rt); /* dict() */
struct rt_object *rt_dict_copy(struct rt *rt, struct rt_object *dict);

/* As a display of so many pairs. */
struct rt_object *rt_dict_new_presized(struct rt *rt, size_t used, bool are_all_str);

size_t rt_dict_length(const struct rt_object *dict);
struct rt_object *rt_dict_get(struct rt *rt, struct rt_object *dict,
                              struct rt_object *key); /* borrowed */
int rt_dict_set(struct rt *rt, struct rt_object *dict, struct rt_object *key,
                struct rt_object *value);
int rt_dict_delete(struct rt *rt, struct rt_object *dict, struct rt_object *key);
struct rt_object *rt_dict_pop(struct rt *rt, struct rt_object *dict, struct rt_object *key);

/* Removes the newest pair; both references are the caller's. -1: ENOENT when it is empty. */
int rt_dict_popitem(struct rt *rt, struct rt_object *dict, struct rt_object **ret_key,
                    struct rt_object **ret_value);
int rt_dict_update(struct rt *rt, struct rt_object *dict, struct rt_object *other);
void rt_dict_clear(struct rt *rt, struct rt_object *dict);

/* The pairs in order, borrowed; *position starts at 0. False: no more. The dict must not change
 * meanwhile, but for values of keys that it has. */
bool rt_dict_next(const struct rt_object *dict, size_t *position, struct rt_object **ret_key,
                  struct rt_object **ret_value);

/* ---- set ---------------------------------------------------------------------------------------- */

struct rt_object *rt_set_new(struct rt *rt);
struct rt_object *rt_set_copy(struct rt *rt, struct rt_object *set);
size_t rt_set_length(const struct rt_object *set);
int rt_set_contains(struct rt *rt, struct rt_object *set, struct rt_object *key); /* 1, 0, -1 */
int rt_set_add(struct rt *rt, struct rt_object *set, struct rt_object *key);
int rt_set_discard(struct rt *rt, struct rt_object *set,
                   struct rt_object *key); /* 1 removed, 0, -1 */
struct rt_object *rt_set_pop(struct rt *rt, struct rt_object *set);
int rt_set_update(struct rt *rt, struct rt_object *set, struct rt_object *other_set);
void rt_set_clear(struct rt *rt, struct rt_object *set);
bool rt_set_next(const struct rt_object *set, size_t *position, struct rt_object **ret_key);

/* ---- array -------------------------------------------------------------------------------------- */

enum rt_array_code {
    RT_ARRAY_I, /* int32_t */
    RT_ARRAY_Q, /* int64_t */
    RT_ARRAY_D, /* double */
    RT_ARRAY_CODE_COUNT
};

struct rt_object *rt_array_new(struct rt *rt, enum rt_array_code code, size_t length); /* zeros */
enum rt_array_code rt_array_code(const struct rt_object *array);
size_t rt_array_length(const struct rt_object *array);
size_t rt_array_capacity(const struct rt_object *array);
void *rt_array_data(const struct rt_object *array);

/* The plain values: of I and Q by the integer calls, of D by the other. -1: ERANGE for a value that
 * does not fit; ENOMEM. pre: index < length, and the right code */
int rt_array_append_integer(struct rt *rt, struct rt_object *array, int64_t value);
int rt_array_append_double(struct rt *rt, struct rt_object *array, double value);
int rt_array_set_integer(struct rt *rt, struct rt_object *array, size_t index, int64_t value);
int64_t rt_array_get_integer(const struct rt_object *array, size_t index);
void rt_array_set_double(struct rt_object *array, size_t index, double value);
double rt_array_get_double(const struct rt_object *array, size_t index);

/* The value as an object. */
struct rt_object *rt_array_item(struct rt *rt, struct rt_object *array, size_t index);
int rt_array_extend(struct rt *rt, struct rt_object *array,
                    struct rt_object *other); /* same code */
int rt_array_resize(struct rt *rt, struct rt_object *array,
                    size_t length); /* pop, del: as array's own */

/* ---- Functions, cells, methods, generators ------------------------------------------------------ */

/* What a function does: `args` are borrowed, the result is the caller's; NULL: failed, and rt_fail was
 * called with the reason. */
typedef struct rt_object *(*rt_function_fn)(struct rt *rt, struct rt_object *function,
                                            struct rt_object *const *args, size_t count);

/* `cells` is a tuple of what it closes over, or NULL. `data` is the caller's own. */
struct rt_object *rt_function_new(struct rt *rt, rt_function_fn fn, struct rt_object *cells,
                                  void *data);
struct rt_object *rt_function_cells(const struct rt_object *function); /* borrowed; NULL: none */
void *rt_function_data(const struct rt_object *function);

struct rt_object *rt_cell_new(struct rt *rt, struct rt_object *value); /* NULL: empty */
struct rt_object *rt_cell_get(const struct rt_object *cell);           /* borrowed; NULL: empty */
void rt_cell_set(struct rt *rt, struct rt_object *cell, struct rt_object *value);

struct rt_object *rt_method_new(struct rt *rt, struct rt_object *function, struct rt_object *self);
struct rt_object *rt_method_function(const struct rt_object *method); /* borrowed */
struct rt_object *rt_method_self(const struct rt_object *method);     /* borrowed */

/* Calls a function, a method, or a class (which makes an instance; no arguments). */
struct rt_object *rt_call(struct rt *rt, struct rt_object *callable, struct rt_object *const *args,
                          size_t count);

/* Notes why the function under way is about to return NULL. */
struct rt_object *rt_fail(struct rt *rt, int error);

/* A generator runs `resume` for each item; NULL ends it, and for good. `slots` are its local variables
 * and stack, NULL at first, which belong to it. */
typedef struct rt_object *(*rt_resume_fn)(struct rt *rt, struct rt_object *generator, void *data);
struct rt_object *rt_generator_new(struct rt *rt, rt_resume_fn resume, void *data, size_t slots);
struct rt_object *rt_generator_next(struct rt *rt,
                                    struct rt_object *generator); /* NULL: ENOENT at the end */
struct rt_object *rt_generator_slot(const struct rt_object *generator, size_t slot); /* borrowed */
void rt_generator_set_slot(struct rt *rt, struct rt_object *generator, size_t slot,
                           struct rt_object *value);
int64_t
rt_generator_position(const struct rt_object *generator); /* a number of its own, 0 at first */
void rt_generator_set_position(struct rt_object *generator, int64_t position);

/* ---- Classes and instances ---------------------------------------------------------------------- */

/* Called when an instance dies, or when the collector is about to clear it, once. It may store `self`
 * somewhere, and so bring it back to life. */
typedef void (*rt_finalizer_fn)(struct rt *rt, struct rt_object *self, void *data);

struct rt_class_spec {
    const char *name;
    struct rt_object *base;   /* a class, or NULL */
    const char *const *slots; /* names; NULL: no __slots__, so a dict and weak references */
    size_t slot_count;
    bool has_dict,
        has_weakref;           /* of a class with slots: "__dict__", "__weakref__" are among them */
    rt_finalizer_fn finalizer; /* __del__, or NULL */
    void *finalizer_data;
    bool is_legacy_finalizer; /* as tp_del: what it is in a cycle of is never freed */
};

/* A class that is not a slots class has instances with attributes of any name. EINVAL: slots that
 * double, more than 64, or a name that is no name. */
struct rt_object *rt_class_new(struct rt *rt, const struct rt_class_spec *spec);
struct rt_object *rt_class_of(const struct rt_object *instance);       /* borrowed */
struct rt_object *rt_class_base(const struct rt_object *class_object); /* borrowed; NULL: none */

/* The class's own attributes, seen through its instances; a function becomes a method there. */
int rt_class_set(struct rt *rt, struct rt_object *class_object, struct rt_object *name,
                 struct rt_object *value);
struct rt_object *rt_class_get(struct rt *rt, struct rt_object *class_object,
                               struct rt_object *name); /* borrowed; bases included */

struct rt_object *rt_instance_new(struct rt *rt, struct rt_object *class_object);

/* By name: slots, then the instance's own, then the class's. NULL: ENOENT. */
struct rt_object *rt_attr_get(struct rt *rt, struct rt_object *instance, struct rt_object *name);
int rt_attr_set(struct rt *rt, struct rt_object *instance, struct rt_object *name,
                struct rt_object *value);
int rt_attr_delete(struct rt *rt, struct rt_object *instance, struct rt_object *name);

/* Reading __dict__, which makes it: borrowed. EINVAL: this class has none. */
struct rt_object *rt_instance_dict(struct rt *rt, struct rt_object *instance);
int rt_instance_set_dict(struct rt *rt, struct rt_object *instance, struct rt_object *dict);
bool rt_instance_is_finalized(const struct rt_object *instance);

/* ---- Weak references ---------------------------------------------------------------------------- */

/* `callback` is called with the dead reference; NULL: none, and then one is shared by all who ask.
 * EINVAL: no weak references to objects of this kind. */
struct rt_object *rt_weakref_new(struct rt *rt, struct rt_object *referent,
                                 struct rt_object *callback);
struct rt_object *rt_weakref_get(struct rt *rt,
                                 const struct rt_object *weakref); /* borrowed; NULL: dead */
size_t rt_weakref_count(const struct rt_object *referent);

/* Collections of weak references, as Python's weakref module has them: a member that dies leaves by
 * itself; while somebody iterates it only leaves when the last of them is done, or before the next change.
 * Members of a weak set must be hashable. */
struct rt_object *rt_weak_set_new(struct rt *rt);
int rt_weak_set_add(struct rt *rt, struct rt_object *weak_set, struct rt_object *member);
int rt_weak_set_discard(struct rt *rt, struct rt_object *weak_set,
                        struct rt_object *member); /* 1 removed, 0, -1 */
int rt_weak_set_contains(struct rt *rt, struct rt_object *weak_set,
                         struct rt_object *member); /* 1, 0, -1 */
size_t rt_weak_set_length(const struct rt_object *weak_set);

/* WeakValueDictionary. */
struct rt_object *rt_weak_dict_new(struct rt *rt);
int rt_weak_dict_set(struct rt *rt, struct rt_object *weak_dict, struct rt_object *key,
                     struct rt_object *value);
struct rt_object *rt_weak_dict_get(struct rt *rt, struct rt_object *weak_dict,
                                   struct rt_object *key); /* the caller's; NULL: ENOENT */
int rt_weak_dict_delete(struct rt *rt, struct rt_object *weak_dict, struct rt_object *key);
size_t rt_weak_dict_length(const struct rt_object *weak_dict);

/* Iterations over either: begin, which may fail for lack of memory, next until it is false, end. Position
 * starts at 0. Both references that `next` gives are the caller's; *ret_key is NULL for a weak set. Where
 * members come meanwhile it is open which ones are met. */
int rt_weak_begin(struct rt *rt, struct rt_object *weak_collection);
bool rt_weak_next(struct rt *rt, struct rt_object *weak_collection, size_t *position,
                  struct rt_object **ret_key, struct rt_object **ret_member);
void rt_weak_end(struct rt *rt, struct rt_object *weak_collection);

#endif
