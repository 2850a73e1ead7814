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
 *   - Those of a table's pairs that its head says are gone stay so: popitem alone gives numbers back, from the end.
 *   - Dropping a key or value may run anything, so both are out of the dict, and the dict whole, before that.
 *     Comparing keys runs nothing.
 *   - Dead dicts, without their tables, are kept for the next one but that which rt_dict_call makes; so are
 *     the smallest key tables. The place of `values` links the dicts.
 */
#include "runtime/dict.h"
#include "runtime/dict_lookup.h"
#include "runtime/int.h"
#include "runtime/values.h"

enum {
    LINK = RT_DICT_PREFIX_BYTES + offsetof(struct rt_dict, values),
    PRESIZE_LOG2_MAX = 17,
    WAY_LONG = 8, /* pairs: more than a table of the kept kind has */
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

int
rt_dict_share(struct rt *rt, struct rt_object *dict, struct rt_keys *keys,
              struct rt_values *values) {
    bool must_track = false;

    for (size_t i = 0; i < rt_values_room(values) && !must_track; i++) {
        must_track = values->items[i] != NULL && rt_may_be_tracked(values->items[i]);
    }
    if (must_track && !rt_track(rt, dict)) {
        return -1;
    }
    (void)rt_dict_fill(dict, keys, values, (int64_t)rt_values_used(values));
    keys->count++;
    return 0;
}

/* ---- Death -------------------------------------------------------------------------------------- */

/* Of a kept kind. */
static RT_ALWAYS_INLINE void
drop_small_table(struct rt *rt, struct rt_keys *keys) {
    struct rt_key_str *pairs = rt_keys_str(keys);
    int64_t count = keys->entries;

    for (int64_t i = 0; i < count; i++) {
        if (RT_LIKELY(pairs[i].key != NULL)) {
            rt_decref(rt, pairs[i].key);
            rt_decref(rt, pairs[i].value);
        }
    }
    if (RT_UNLIKELY(!rt_keys_keep(rt, keys))) {
        rt_keys_free(rt, keys);
    }
}

static void
drop_dict(struct rt *rt, struct rt_object *object) {
    struct rt_dict *self = (struct rt_dict *)object;
    struct rt_keys *keys = self->keys;

    rt_untrack(rt, object);
    if (rt_trash_enter(rt, object)) {
        return;
    }
    if (rt_keys_is_kept(keys->log2_slots, (enum rt_keys_kind)keys->kind)) {
        drop_small_table(rt, keys);
    } else {
        rt_dict_drop_table(rt, keys, self->values);
    }
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

/* A new pair. pre: there is room */
static RT_ALWAYS_INLINE void
append(struct rt_dict *self, struct rt_keys *keys, enum rt_keys_kind kind, size_t slot,
       struct rt_object *key, int64_t hash, struct rt_object *value) {
    int64_t index = keys->entries;

    rt_keys_index_put(keys, slot, hash, index);
    rt_incref(key);
    rt_incref(value);
    if (kind == RT_KEYS_GENERAL) {
        rt_keys_general(keys)[index] = (struct rt_key_general){hash, key, value};
    } else if (kind == RT_KEYS_STR) {
        rt_keys_str(keys)[index] = (struct rt_key_str){key, value};
    } else {
        rt_keys_str(keys)[index] = (struct rt_key_str){key, NULL};
        self->values->items[index] = value;
        rt_values_note(self->values, (size_t)index);
    }
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

static int
insert_new(struct rt *rt, struct rt_dict *self, struct rt_object *key, int64_t hash, size_t slot,
           struct rt_object *value) {
    bool is_to_track = rt_dict_must_track(self, key, value), is_str = rt_is_str(key);
    struct rt_keys *keys = self->keys;

    if (is_to_track && !rt_track(rt, &self->object)) {
        return -1;
    }
    if (keys->entries == keys->limit || (rt_keys_are_str(keys) && !is_str)) {
        if (make_room(rt, self, is_str) != 0) {
            if (is_to_track) {
                rt_untrack(rt, &self->object);
            }
            return -1;
        }
        keys = self->keys;
        slot = rt_keys_empty_slot(keys, hash);
    }
    append(self, keys, (enum rt_keys_kind)keys->kind, slot, key, hash, value);
    return 0;
}

static int
replace(struct rt *rt, struct rt_dict *self, int64_t index, struct rt_object *key,
        struct rt_object *value) {
    struct rt_object **place = rt_dict_value(self, index), *old = *place;

    if (rt_dict_must_track(self, key, value) && !rt_track(rt, &self->object)) {
        return -1;
    }
    *place = rt_incref(value);
    if (old != NULL) {
        rt_decref(rt, old);
    } else { /* a name of the class that this instance had not set */
        rt_values_note(self->values, (size_t)index);
        self->used++;
    }
    return 0;
}

RT_NOINLINE int
rt_dict_insert(struct rt *rt, struct rt_dict *self, struct rt_object *key, int64_t hash,
               struct rt_object *value) {
    struct rt_found found = rt_keys_seek(rt, self->keys, key, hash);

    if (found.index == RT_KEYS_EMPTY) {
        return insert_new(rt, self, key, hash, found.slot, value);
    }
    return found.index == RT_KEYS_FAILED ? -1 : replace(rt, self, found.index, key, value);
}

static RT_NOINLINE int
set_slowly(struct rt *rt, struct rt_dict *self, struct rt_object *key, struct rt_object *value) {
    int64_t hash;

    return rt_keys_hash_of(rt, key, &hash) != 0 ? -1 : rt_dict_insert(rt, self, key, hash, value);
}

/* The first pair of all. */
static RT_ALWAYS_INLINE int
insert_first(struct rt *rt, struct rt_dict *self, struct rt_object *key, int64_t hash,
             struct rt_object *value) {
    if (RT_UNLIKELY(rt->free_keys.first == NULL)) {
        return rt_dict_insert(rt, self, key, hash, value);
    }
    self->keys = rt_keys_take_kept(rt);
    append(self, self->keys, RT_KEYS_STR, (size_t)hash & ((1 << RT_KEYS_LOG2_LEAST) - 1), key, hash,
           value);
    return 0;
}

/* rt_dict_insert for a table of that kind, without calls in nearly all cases. */
static RT_ALWAYS_INLINE int
insert_quickly(struct rt *rt, struct rt_dict *self, enum rt_keys_kind kind, struct rt_object *key,
               int64_t hash, struct rt_object *value) {
    struct rt_keys *keys = self->keys;
    struct rt_found found = rt_keys_seek_quickly(keys, kind, key, hash);
    struct rt_object **place, *old;

    if (found.index == RT_KEYS_EMPTY && RT_LIKELY(keys->entries < keys->limit)) {
        append(self, keys, kind, found.slot, key, hash, value);
        return 0;
    }
    if (RT_UNLIKELY(found.index < 0)) {
        return rt_dict_insert(rt, self, key, hash, value);
    }
    place = kind == RT_KEYS_STR ? &rt_keys_str(keys)[found.index].value
                                : &rt_keys_general(keys)[found.index].value;
    old = *place;
    *place = rt_incref(value);
    rt_decref(rt, old);
    return 0;
}

int
rt_dict_set(struct rt *rt, struct rt_object *dict, struct rt_object *key, struct rt_object *value) {
    struct rt_dict *self = rt_dict(dict);
    enum rt_keys_kind kind = (enum rt_keys_kind)self->keys->kind;
    int64_t hash;

    if (RT_UNLIKELY(!rt_keys_hash_at_once(key, &hash)) ||
        RT_UNLIKELY(rt_dict_must_track(self, key, value))) {
        return set_slowly(rt, self, key, value);
    }
    if (RT_LIKELY(kind == RT_KEYS_STR) && RT_LIKELY(rt_is_str(key))) {
        return self->keys == rt_keys_none(rt)
                   ? insert_first(rt, self, key, hash, value)
                   : insert_quickly(rt, self, RT_KEYS_STR, key, hash, value);
    }
    return RT_LIKELY(kind == RT_KEYS_GENERAL)
               ? insert_quickly(rt, self, RT_KEYS_GENERAL, key, hash, value)
               : rt_dict_insert(rt, self, key, hash, value);
}

/* ---- Reading ------------------------------------------------------------------------------------ */

size_t
rt_dict_length(const struct rt_object *dict) {
    return (size_t)rt_dict(dict)->used;
}

static RT_NOINLINE struct rt_object *
get_slowly(struct rt *rt, const struct rt_dict *self, struct rt_object *key) {
    struct rt_object *value;
    int64_t hash, index;

    if (rt_keys_hash_of(rt, key, &hash) != 0) {
        return NULL;
    }
    index = rt_keys_seek(rt, self->keys, key, hash).index;
    if (index < 0) {
        return index == RT_KEYS_FAILED ? NULL : rt_fail(rt, ENOENT);
    }
    value = *rt_dict_value(self, index);
    return value != NULL ? value : rt_fail(rt, ENOENT);
}

struct rt_object *
rt_dict_get(struct rt *rt, struct rt_object *dict, struct rt_object *key) {
    const struct rt_dict *self = rt_dict(dict);
    const struct rt_keys *keys = self->keys;
    int64_t hash, index;

    if (RT_LIKELY(rt_keys_hash_at_once(key, &hash))) {
        index = rt_keys_first_index(keys, hash);
        if (RT_LIKELY(index >= 0)) {
            if (RT_LIKELY(keys->kind == RT_KEYS_STR)) {
                const struct rt_key_str *pair = &rt_keys_str(keys)[index];

                if (RT_LIKELY(pair->key == key)) {
                    return pair->value;
                }
            } else if (keys->kind == RT_KEYS_GENERAL) {
                const struct rt_key_general *pair = &rt_keys_general(keys)[index];

                if (RT_LIKELY(pair->key == key)) {
                    return pair->value;
                }
            }
        }
    }
    return get_slowly(rt, self, key);
}

/* The number of the next pair from this one on that is not deleted, or `end`. Remembers a long way from the front, or
 * a program that takes out the oldest pair time after time would walk it each time. */
static RT_NOINLINE size_t
skip_deleted(struct rt_keys *keys, size_t at, size_t end) {
    bool is_from_front = at <= keys->gone;

    at = is_from_front ? keys->gone : at;
    while (at < end && rt_keys_key(keys, (int64_t)at) == NULL) {
        at++;
    }
    if (is_from_front && at >= WAY_LONG && at <= UINT32_MAX) {
        keys->gone = (uint32_t)at;
    }
    return at;
}

int64_t
rt_dict_next_index(const struct rt_dict *self, size_t *position) {
    size_t at = *position, end = (size_t)self->keys->entries;

    if (self->values != NULL) {
        *position = at + 1;
        return at < rt_values_used(self->values) ? rt_values_bytes(self->values)[-3 - (int64_t)at]
                                                 : -1;
    }
    if (at < end && rt_keys_key(self->keys, (int64_t)at) == NULL) {
        at = skip_deleted(self->keys, at, end);
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
take_out(struct rt_dict *self, struct rt_found found, struct rt_object **ret_key) {
    struct rt_keys *keys = self->keys;
    int64_t index = found.index;
    struct rt_object *value = *rt_dict_value(self, index);

    self->used--;
    if (keys->kind == RT_KEYS_SHARED) {
        *ret_key = NULL;
        self->values->items[index] = NULL;
        rt_values_forget(self->values, (size_t)index);
    } else {
        *ret_key = rt_keys_key(keys, index);
        rt_keys_index_delete(keys, found.slot);
        rt_keys_put(keys, index, 0, NULL, NULL);
    }
    return value;
}

struct rt_object *
rt_dict_pop(struct rt *rt, struct rt_object *dict, struct rt_object *key) {
    struct rt_dict *self = rt_dict(dict);
    struct rt_object *old_key, *value;
    struct rt_found found;
    int64_t hash;

    if (rt_keys_hash_of(rt, key, &hash) != 0) {
        return NULL;
    }
    found = rt_keys_seek(rt, self->keys, key, hash);
    if (found.index == RT_KEYS_FAILED) {
        return NULL;
    }
    if (found.index < 0 || *rt_dict_value(self, found.index) == NULL) {
        return rt_fail(rt, ENOENT);
    }
    value = take_out(self, found, &old_key);
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
    struct rt_found last;
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
    last.index = index;
    last.slot = rt_keys_slot_of(self->keys, rt_keys_hash(self->keys, index), index);
    *ret_value = take_out(self, last, ret_key);
    self->keys->limit -= self->keys->entries - index; /* their numbers are not given back */
    self->keys->entries = index;
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

bool
rt_dict_needs_tracking(const struct rt_object *dict) {
    const struct rt_dict *self = rt_dict(dict);
    size_t position = 0;
    int64_t index;

    while ((index = rt_dict_next_index(self, &position)) >= 0) {
        if (rt_may_be_tracked(*rt_dict_value(self, index)) ||
            rt_may_be_tracked(rt_keys_key(self->keys, index))) {
            return true;
        }
    }
    return false;
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
           (rt_head_is_tracked(object) || !rt_dict_needs_tracking(object) ||
            complain(why, "that is not tracked holds something that may be"));
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
