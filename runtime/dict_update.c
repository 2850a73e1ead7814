/* SPDX-License-Identifier: MIT
 *
 * dict_update.c: copies of dicts, and updates from one another.
 *
 * A dict without many deleted pairs is copied by copying its table's block; another one pair by pair, into a table
 * that fits. An empty dict takes a copy of the table of a dict that has no deleted pairs and fits. Any
 * other update inserts pair by pair, after one growth for both when the other dict would not fit into the whole of the
 * table; else the table grows as it does by single insertions.
 *
 * Invariants:
 *   - An update that fails has changed nothing: searches and growth, all that can fail, come first. So where
 *     CPython grows while it inserts, the table gets its last size at once.
 *   - A copy is tracked when its original is.
 */
#include "runtime/dict.h"
#include "runtime/dict_lookup.h"
#include "runtime/values.h"

/* ---- Copies ------------------------------------------------------------------------------------- */

/* Of an instance's dict, into a new object: over the same class's table. */
static struct rt_object *
copy_shared(struct rt *rt, const struct rt_dict *self, struct rt_object *object) {
    struct rt_values *values = rt_values_copy(rt, self->values, self->keys);

    if (values == NULL) {
        rt_object_free(rt, object, RT_DICT_PREFIX_BYTES, RT_DICT_BYTES);
        return NULL;
    }
    self->keys->count++;
    return rt_dict_fill(object, self->keys, values, self->used);
}

static struct rt_object *
copy_by_update(struct rt *rt, struct rt_object *dict) {
    struct rt_object *copy = rt_dict_new(rt);

    if (copy != NULL && rt_dict_update(rt, copy, dict) != 0) {
        rt_decref(rt, copy);
        return NULL;
    }
    return copy;
}

struct rt_object *
rt_dict_copy(struct rt *rt, struct rt_object *dict) {
    struct rt_dict *self = rt_dict(dict);
    struct rt_object *copy;

    if (self->used == 0) {
        return rt_dict_new(rt);
    }
    if (self->values != NULL) {
        copy = rt_dict_obtain(rt);
        if (copy == NULL) {
            return NULL;
        }
        if (RT_UNLIKELY(self->values == NULL)) {
            /* That began a collection, and a finalizer that it ran changed this very dict. */
            rt_object_free(rt, copy, RT_DICT_PREFIX_BYTES, RT_DICT_BYTES);
            return rt_dict_copy(rt, dict);
        }
        copy = copy_shared(rt, self, copy);
    } else if (self->used >= self->keys->entries * 2 / 3) {
        copy = rt_dict_new_over(rt, rt_keys_clone(rt, self->keys), self->used);
    } else {
        return copy_by_update(rt, dict);
    }
    if (copy != NULL && rt_head_is_tracked(dict) && !rt_track(rt, copy)) {
        rt_decref(rt, copy);
        return NULL;
    }
    return copy;
}

/* ---- Updates ------------------------------------------------------------------------------------ */

/* A table without deleted pairs that is as small as it can be. */
static bool
is_clean(const struct rt_dict *other) {
    const struct rt_keys *keys = other->keys;

    return other->values == NULL && other->used == keys->entries &&
           (keys->log2_slots == RT_KEYS_LOG2_LEAST ||
            rt_keys_usable_of(keys->log2_slots - 1u) < (size_t)other->used);
}

static int
take_clone(struct rt *rt, struct rt_dict *self, const struct rt_dict *other) {
    struct rt_keys *keys = rt_keys_clone(rt, other->keys), *old = self->keys;
    struct rt_values *values = self->values;

    if (keys == NULL) {
        return -1;
    }
    if (rt_head_is_tracked(&other->object) && !rt_head_is_tracked(&self->object) &&
        !rt_track(rt, &self->object)) {
        rt_keys_decref(rt, keys);
        return -1;
    }
    (void)rt_dict_fill(&self->object, keys, NULL, other->used);
    rt_dict_drop_table(rt, old, values);
    return 0;
}

/* What the table will be when all pairs of another dict are in it. */
struct plan {
    size_t used, usable;
    unsigned log2_slots;
    bool has_str_keys, is_another;
    bool must_track;
};

static void
plan_growth(struct plan *plan) {
    plan->log2_slots = rt_dict_log2_for_growth(plan->used);
    plan->usable = rt_keys_usable_of(plan->log2_slots) - plan->used;
    plan->is_another = true;
}

static int
plan_pair(struct rt *rt, struct plan *plan, const struct rt_dict *self, struct rt_object *key,
          int64_t hash, const struct rt_object *value) {
    int64_t index = rt_keys_seek(rt, self->keys, key, hash).index;

    plan->must_track = plan->must_track || rt_dict_must_track(self, key, value);
    if (index != RT_KEYS_EMPTY) {
        plan->used += index != RT_KEYS_FAILED && *rt_dict_value(self, index) == NULL;
        return index == RT_KEYS_FAILED ? -1 : 0;
    }
    if (plan->has_str_keys && !rt_is_str(key)) {
        plan->has_str_keys = false;
        plan_growth(plan);
    }
    if (plan->usable == 0) {
        plan_growth(plan);
    }
    plan->usable--;
    plan->used++;
    return 0;
}

/* Does all that can fail in an update: the searches and the growth. */
static int
prepare_update(struct rt *rt, struct rt_dict *self, const struct rt_dict *other) {
    struct plan plan = {.used = (size_t)self->used,
                        .usable = (size_t)(self->keys->limit - self->keys->entries),
                        .log2_slots = self->keys->log2_slots,
                        .has_str_keys = rt_keys_are_str(self->keys)};
    size_t position = 0;
    int64_t index;

    if (rt_keys_usable_of(plan.log2_slots) < (size_t)other->used) {
        plan_growth(&plan);
        plan.log2_slots = rt_dict_log2_for_pairs((size_t)(self->used + other->used));
        plan.usable = rt_keys_usable_of(plan.log2_slots) - plan.used;
        plan.has_str_keys = plan.has_str_keys && rt_keys_are_str(other->keys);
    }
    while ((index = rt_dict_next_index(other, &position)) >= 0) {
        if (plan_pair(rt, &plan, self, rt_keys_key(other->keys, index),
                      rt_keys_hash(other->keys, index), *rt_dict_value(other, index)) != 0) {
            return -1;
        }
    }
    if (plan.must_track && !rt_track(rt, &self->object)) {
        return -1;
    }
    if (plan.is_another && rt_dict_resize(rt, self, plan.log2_slots, plan.has_str_keys) != 0) {
        if (plan.must_track) {
            rt_untrack(rt, &self->object);
        }
        return -1;
    }
    return 0;
}

/* pre: prepared, so that this fails only when dropping an old value changes one of the dicts */
static int
insert_all(struct rt *rt, struct rt_dict *self, const struct rt_dict *other) {
    size_t position = 0;
    int64_t index;

    while ((index = rt_dict_next_index(other, &position)) >= 0) {
        int64_t hash = rt_keys_hash(other->keys, index);
        struct rt_object *key = rt_incref(rt_keys_key(other->keys, index));
        struct rt_object *value = rt_incref(*rt_dict_value(other, index));
        int status = rt_dict_insert(rt, self, key, hash, value);

        rt_decref(rt, key);
        rt_decref(rt, value);
        if (status != 0) {
            return -1;
        }
    }
    return 0;
}

int
rt_dict_update(struct rt *rt, struct rt_object *dict, struct rt_object *other_dict) {
    struct rt_dict *self = rt_dict(dict);
    const struct rt_dict *other = rt_dict(other_dict);

    if (self == other || other->used == 0) {
        return 0;
    }
    if (self->used == 0 && is_clean(other)) {
        return take_clone(rt, self, other);
    }
    return prepare_update(rt, self, other) == 0 ? insert_all(rt, self, other) : -1;
}
