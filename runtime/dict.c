/* SPDX-License-Identifier: MIT
 *
 * dict.c: dicts.
 *
 * A dict has its pairs in a key table of its own, or, as the __dict__ of an instance, shares the class's
 * table and has values apart. The first insertion that the shared table cannot take gives it one of its own.
 *
 * Growth is CPython 3.11.2's: a table is only replaced when a new key finds no unused pair left, by one for
 * three times the pairs in use; so it also shrinks there, and never elsewhere. The first key that is no str makes
 * the table a general one, in the same way; for good, until the dict is cleared.
 *
 * Invariants:
 *   - used counts the pairs with a value. A dict without pairs of its own ever has the context's empty table.
 *   - values is not NULL exactly when the table is a class's.
 *   - A dict is tracked from when a key or value was stored that may have to be.
 *   - Dropping a key or value may run anything, so both are out of the dict, and the dict whole, before that.
 *     Comparing keys runs nothing.
 *   - Dead dicts, without their tables, are kept for the next one but that which rt_dict_call makes; so are
 *     the smallest key tables. The place of `values` links the dicts.
 */
#include "runtime/dict.h"
#include "runtime/dict_lookup.h"
#include "runtime/int.h"

enum {
    LINK = RT_DICT_PREFIX_BYTES + offsetof(struct rt_dict, values),
    PRESIZE_LOG2_MAX = 17,
};

/* ---- Birth -------------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE void
give(struct rt *rt, struct rt_object *dict) {
    if (RT_UNLIKELY(
            !rt_free_list_push(&rt->free_dicts, (char *)dict - RT_DICT_PREFIX_BYTES, LINK))) {
        rt_object_free(rt, dict, RT_DICT_PREFIX_BYTES, RT_DICT_BYTES);
    }
}

void
rt_dict_free_lists_clear(struct rt *rt) {
    char *block;

    while ((block = rt_free_list_pop(&rt->free_dicts, LINK)) != NULL) {
        rt_object_free(rt, (struct rt_object *)(block + RT_DICT_PREFIX_BYTES), RT_DICT_PREFIX_BYTES,
                       RT_DICT_BYTES);
    }
    rt_keys_free_list_clear(rt);
}

RT_NOINLINE struct rt_object *
rt_dict_obtain(struct rt *rt) {
    struct rt_object *object = rt_object_alloc(rt, RT_DICT_PREFIX_BYTES, RT_DICT_BYTES);

    if (RT_LIKELY(object != NULL)) {
        rt_object_init(object, &rt_dict_type);
    }
    return object;
}

/* Takes over keys and values; NULL leaves them to the caller. What is on the free list has its type and an
 * untracked head. */
static RT_ALWAYS_INLINE struct rt_object *
new_dict(struct rt *rt, struct rt_keys *keys, struct rt_values *values, int64_t used) {
    char *block = rt_free_list_pop(&rt->free_dicts, LINK);
    struct rt_object *object;

    if (RT_LIKELY(block != NULL)) {
        object = (struct rt_object *)(block + RT_DICT_PREFIX_BYTES);
        object->count = 1;
    } else {
        object = rt_dict_obtain(rt);
        if (RT_UNLIKELY(object == NULL)) {
            return NULL;
        }
    }
    return rt_dict_fill(object, keys, values, used);
}

struct rt_object *
rt_dict_new(struct rt *rt) {
    return new_dict(rt, rt_keys_none(rt), NULL, 0);
}

struct rt_object *
rt_dict_call(struct rt *rt) {
    struct rt_object *object = rt_dict_obtain(rt);

    return object == NULL ? NULL : rt_dict_fill(object, rt_keys_none(rt), NULL, 0);
}

struct rt_object *
rt_dict_new_over(struct rt *rt, struct rt_keys *keys, int64_t used) {
    struct rt_object *object = keys == NULL ? NULL : new_dict(rt, keys, NULL, used);

    if (object == NULL && keys != NULL) {
        rt_keys_decref(rt, keys);
    }
    return object;
}

struct rt_object *
rt_dict_new_presized(struct rt *rt, size_t used, bool are_all_str) {
    unsigned log2_slots = PRESIZE_LOG2_MAX;

    if (used <= rt_keys_usable_of(RT_KEYS_LOG2_LEAST)) {
        return rt_dict_new(rt);
    }
    if (used <= rt_keys_usable_of(PRESIZE_LOG2_MAX)) {
        log2_slots = rt_dict_log2_for_pairs(used);
    }
    return rt_dict_new_over(
        rt, rt_keys_new(rt, log2_slots, are_all_str ? RT_KEYS_STR : RT_KEYS_GENERAL), 0);
}

struct rt_object *
rt_dict_new_shared(struct rt *rt, struct rt_keys *keys, struct rt_values *values) {
    struct rt_object *object = new_dict(rt, keys, values, (int64_t)rt_values_used(values));
    bool must_track = false;

    if (object == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < rt_values_room(values) && !must_track; i++) {
        must_track = values->items[i] != NULL && rt_may_be_tracked(values->items[i]);
    }
    if (must_track && !rt_track(rt, object)) {
        give(rt, object);
        return NULL;
    }
    keys->count++;
    return object;
}

/* ---- Death -------------------------------------------------------------------------------------- */

static void
drop_dict(struct rt *rt, struct rt_object *object) {
    struct rt_dict *self = (struct rt_dict *)object;

    rt_untrack(rt, object);
    if (rt_trash_enter(rt, object)) {
        return;
    }
    rt_dict_drop_table(rt, self->keys, self->values);
    give(rt, object);
    rt_trash_leave(rt);
}

void
rt_dict_clear(struct rt *rt, struct rt_object *dict) {
    struct rt_dict *self = rt_dict(dict);
    struct rt_keys *keys = self->keys;
    struct rt_values *values = self->values;

    (void)rt_dict_fill(dict, rt_keys_none(rt), NULL, 0);
    rt_dict_drop_table(rt, keys, values);
}

/* ---- Insertion ---------------------------------------------------------------------------------- */

RT_NOINLINE int
rt_dict_resize(struct rt *rt, struct rt_dict *self, unsigned log2_slots, bool may_be_str) {
    enum rt_keys_kind kind =
        may_be_str && rt_keys_are_str(self->keys) ? RT_KEYS_STR : RT_KEYS_GENERAL;
    struct rt_keys *keys = self->values != NULL
                               ? rt_keys_unshare(rt, self->keys, self->values, log2_slots, kind)
                               : rt_keys_move(rt, self->keys, (size_t)self->used, log2_slots, kind);

    if (keys == NULL) {
        return -1;
    }
    self->keys = keys;
    self->values = NULL;
    return 0;
}

/* pre: the table takes this kind of key, and has room */
static RT_ALWAYS_INLINE void
append(struct rt_dict *self, size_t slot, struct rt_object *key, int64_t hash,
       struct rt_object *value) {
    struct rt_keys *keys = self->keys;
    int64_t index = keys->entries;

    rt_keys_index_put(keys, slot, hash, index);
    rt_incref(key);
    rt_incref(value);
    if (RT_UNLIKELY(keys->kind == RT_KEYS_SHARED)) {
        rt_keys_put(keys, index, hash, key, NULL);
        self->values->items[index] = value;
        rt_values_note(self->values, (size_t)index);
    } else {
        rt_keys_put(keys, index, hash, key, value);
    }
    keys->usable--;
    keys->entries = index + 1;
    self->used++;
}

/* A first table, a larger or a more general one for a new key. */
static int
make_room(struct rt *rt, struct rt_dict *self, bool is_str) {
    struct rt_keys *keys;

    if (self->keys != rt_keys_none(rt)) {
        return rt_dict_resize(rt, self, rt_dict_log2_for_growth((size_t)self->used), is_str);
    }
    keys = rt_keys_new(rt, RT_KEYS_LOG2_LEAST, is_str ? RT_KEYS_STR : RT_KEYS_GENERAL);
    if (RT_UNLIKELY(keys == NULL)) {
        return -1;
    }
    self->keys = keys;
    return 0;
}

static RT_NOINLINE int
insert_and_grow(struct rt *rt, struct rt_dict *self, struct rt_object *key, int64_t hash,
                struct rt_object *value) {
    bool is_to_track = rt_dict_must_track(self, key, value);

    if (is_to_track && !rt_track(rt, &self->object)) {
        return -1;
    }
    if (make_room(rt, self, rt_is_str(key)) != 0) {
        if (is_to_track) {
            rt_untrack(rt, &self->object);
        }
        return -1;
    }
    append(self, rt_keys_free_slot(self->keys, hash), key, hash, value);
    return 0;
}

static RT_ALWAYS_INLINE int
insert_at(struct rt *rt, struct rt_dict *self, size_t slot, struct rt_object *key, int64_t hash,
          struct rt_object *value) {
    if (RT_UNLIKELY(self->keys->usable == 0) ||
        RT_UNLIKELY(rt_keys_are_str(self->keys) && !rt_is_str(key))) {
        return insert_and_grow(rt, self, key, hash, value);
    }
    if (rt_dict_must_track(self, key, value) && RT_UNLIKELY(!rt_track(rt, &self->object))) {
        return -1;
    }
    append(self, slot, key, hash, value);
    return 0;
}

static RT_ALWAYS_INLINE int
replace(struct rt *rt, struct rt_dict *self, int64_t index, struct rt_object *key,
        struct rt_object *value) {
    struct rt_object **place = rt_dict_value(self, index), *old = *place;

    if (rt_dict_must_track(self, key, value) && RT_UNLIKELY(!rt_track(rt, &self->object))) {
        return -1;
    }
    *place = rt_incref(value);
    if (RT_LIKELY(old != NULL)) {
        rt_decref(rt, old);
    } else { /* a name of the class that this instance had not set */
        rt_values_note(self->values, (size_t)index);
        self->used++;
    }
    return 0;
}

static RT_ALWAYS_INLINE int
insert(struct rt *rt, struct rt_dict *self, struct rt_object *key, int64_t hash,
       struct rt_object *value) {
    struct rt_found found = rt_keys_seek(rt, self->keys, key, hash);

    if (found.index == RT_KEYS_EMPTY) {
        return insert_at(rt, self, found.slot, key, hash, value);
    }
    return RT_UNLIKELY(found.index == RT_KEYS_FAILED) ? -1
                                                      : replace(rt, self, found.index, key, value);
}

int
rt_dict_insert(struct rt *rt, struct rt_dict *self, struct rt_object *key, int64_t hash,
               struct rt_object *value) {
    return insert(rt, self, key, hash, value);
}

int
rt_dict_set(struct rt *rt, struct rt_object *dict, struct rt_object *key, struct rt_object *value) {
    int64_t hash;

    if (RT_UNLIKELY(rt_keys_hash_of(rt, key, &hash) != 0)) {
        return -1;
    }
    return insert(rt, rt_dict(dict), key, hash, value);
}

/* ---- Reading ------------------------------------------------------------------------------------ */

size_t
rt_dict_length(const struct rt_object *dict) {
    return (size_t)rt_dict(dict)->used;
}

struct rt_object *
rt_dict_get(struct rt *rt, struct rt_object *dict, struct rt_object *key) {
    struct rt_dict *self = rt_dict(dict);
    struct rt_object *value;
    int64_t hash, index;

    if (RT_UNLIKELY(rt_keys_hash_of(rt, key, &hash) != 0)) {
        return NULL;
    }
    index = rt_keys_seek(rt, self->keys, key, hash).index;
    if (RT_UNLIKELY(index < 0)) {
        return index == RT_KEYS_FAILED ? NULL : rt_fail(rt, ENOENT);
    }
    value = *rt_dict_value(self, index);
    return RT_LIKELY(value != NULL) ? value : rt_fail(rt, ENOENT);
}

int64_t
rt_dict_next_index(const struct rt_dict *self, size_t *position) {
    size_t at = *position, end = (size_t)self->keys->entries;

    if (self->values != NULL) {
        *position = at + 1;
        return at < rt_values_used(self->values) ? rt_values_bytes(self->values)[-3 - (int64_t)at]
                                                 : -1;
    }
    while (at < end && rt_keys_key(self->keys, (int64_t)at) == NULL) {
        at++;
    }
    *position = at + 1;
    return at < end ? (int64_t)at : -1;
}

bool
rt_dict_next(const struct rt_object *dict, size_t *position, struct rt_object **ret_key,
             struct rt_object **ret_value) {
    const struct rt_dict *self = rt_dict(dict);
    int64_t index = rt_dict_next_index(self, position);

    if (index < 0) {
        return false;
    }
    *ret_key = rt_keys_key(self->keys, index);
    *ret_value = *rt_dict_value(self, index);
    return true;
}

/* ---- Removal ------------------------------------------------------------------------------------ */

/* Takes the pair out; its value is the caller's, and its key too unless it is NULL: then the class keeps
 * it. */
static struct rt_object *
take_out(struct rt_dict *self, int64_t hash, int64_t index, struct rt_object **ret_key) {
    struct rt_keys *keys = self->keys;
    struct rt_object *value = *rt_dict_value(self, index);

    self->used--;
    if (keys->kind == RT_KEYS_SHARED) {
        *ret_key = NULL;
        self->values->items[index] = NULL;
        rt_values_forget(self->values, (size_t)index);
    } else {
        *ret_key = rt_keys_key(keys, index);
        rt_keys_index_delete(keys, rt_keys_slot_of(keys, hash, index));
        rt_keys_put(keys, index, 0, NULL, NULL);
    }
    return value;
}

struct rt_object *
rt_dict_pop(struct rt *rt, struct rt_object *dict, struct rt_object *key) {
    struct rt_dict *self = rt_dict(dict);
    struct rt_object *old_key, *value;
    int64_t hash, index;

    if (rt_keys_hash_of(rt, key, &hash) != 0) {
        return NULL;
    }
    index = rt_keys_seek(rt, self->keys, key, hash).index;
    if (index == RT_KEYS_FAILED) {
        return NULL;
    }
    if (index < 0 || *rt_dict_value(self, index) == NULL) {
        return rt_fail(rt, ENOENT);
    }
    value = take_out(self, hash, index, &old_key);
    rt_xdecref(rt, old_key);
    return value;
}

int
rt_dict_delete(struct rt *rt, struct rt_object *dict, struct rt_object *key) {
    struct rt_object *value = rt_dict_pop(rt, dict, key);

    if (value == NULL) {
        return -1;
    }
    rt_decref(rt, value);
    return 0;
}

int
rt_dict_popitem(struct rt *rt, struct rt_object *dict, struct rt_object **ret_key,
                struct rt_object **ret_value) {
    struct rt_dict *self = rt_dict(dict);
    int64_t index;

    if (self->used == 0) {
        return rt_refuse(rt, ENOENT);
    }
    if (self->values != NULL &&
        rt_dict_resize(rt, self, self->keys->log2_slots, /* may_be_str */ true) != 0) {
        return -1;
    }
    index = self->keys->entries - 1;
    while (rt_keys_key(self->keys, index) == NULL) {
        index--;
    }
    *ret_value = take_out(self, rt_keys_hash(self->keys, index), index, ret_key);
    self->keys->entries = index; /* and what it took of `usable` is not given back */
    return 0;
}

/* ---- The type ----------------------------------------------------------------------------------- */

static void
traverse_dict(struct rt_object *object, rt_visit_fn visit, void *context) {
    const struct rt_dict *self = rt_dict(object);
    bool visits_keys = !rt_keys_are_str(self->keys);

    for (int64_t i = 0; i < self->keys->entries; i++) {
        struct rt_object *value = *rt_dict_value(self, i);

        if (value != NULL) {
            visit(value, context);
            if (visits_keys) {
                visit(rt_keys_key(self->keys, i), context);
            }
        }
    }
}

/* Bytes of the tables that are nobody else's. */
static size_t
own_table_bytes(const struct rt_dict *self) {
    return self->keys->count == 1 ? rt_keys_bytes(self->keys) : 0;
}

static size_t
size_of_dict(const struct rt_object *object) {
    const struct rt_dict *self = rt_dict(object);
    size_t room = self->values == NULL ? 0 : rt_keys_shared_room(self->keys);

    return RT_DICT_BYTES + room * sizeof(struct rt_object *) + own_table_bytes(self);
}

static size_t
owned_by_dict(const struct rt_object *object) {
    const struct rt_dict *self = rt_dict(object);
    size_t values_bytes = self->values == NULL ? 0 : rt_values_block_bytes(self->values);

    return RT_DICT_PREFIX_BYTES + RT_DICT_BYTES + values_bytes + own_table_bytes(self);
}

static bool
complain(struct rt_text *why, const char *what) {
    rt_text_string(why, "a dict ");
    rt_text_string(why, what);
    return false;
}

static bool
verify_tracking(const struct rt_dict *self, struct rt_text *why) {
    size_t position = 0;
    int64_t index;

    while ((index = rt_dict_next_index(self, &position)) >= 0) {
        if (rt_dict_must_track(self, rt_keys_key(self->keys, index), *rt_dict_value(self, index))) {
            return complain(why, "that is not tracked holds something that may be");
        }
    }
    return true;
}

static bool
verify_dict(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct rt_dict *self = rt_dict(object);
    const struct rt_keys *keys = self->keys;
    int64_t used = 0;

    if (keys == rt_keys_none(rt)) {
        return (self->used == 0 && self->values == NULL) || complain(why, "without keys has pairs");
    }
    if ((keys->kind == RT_KEYS_SHARED) != (self->values != NULL)) {
        return complain(why, "has values that do not go with its keys");
    }
    for (int64_t i = 0; i < keys->entries; i++) {
        used += *rt_dict_value(self, i) != NULL;
    }
    if (used != self->used) {
        return complain(why, "has more or fewer values than it says");
    }
    if (self->values != NULL && (int64_t)rt_values_used(self->values) != used) {
        return complain(why, "has values that are not in their order");
    }
    return rt_keys_verify(keys, (size_t)(self->values == NULL ? used : keys->entries), why) &&
           verify_tracking(self, why);
}

const struct rt_type rt_dict_type = {
    .drop = drop_dict,
    .traverse = traverse_dict,
    .clear = rt_dict_clear,
    .size = size_of_dict,
    .owned = owned_by_dict,
    .hash = rt_hash_refuse,
    .verify = verify_dict,
    .name = "dict",
    .kind = RT_KIND_DICT,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = RT_DICT_PREFIX_BYTES,
};
