/* SPDX-License-Identifier: MIT
 *
 * set.c: sets.
 *
 * A set is one table of keys and their hashes, the first eight slots of which are in the object itself. A
 * search looks at ten slots in a row where there are as many, then goes on by perturbation. A removed key
 * leaves a mark, and the last mark that a search for a new key passes is where it goes.
 *
 * Invariants:
 *   - used keys; fill - used marks; fill * 5 < mask * 3 after each insertion, so searches end.
 *   - A free slot has no key and hash 0, a mark has no key and hash -1, which is no key's hash.
 */
#include "runtime/dict_lookup.h"
#include "runtime/object.h"
#include "runtime/str.h"
#include "runtime/weakref.h"

#include <string.h>

enum {
    SMALL_SLOTS = 8,
    LINEAR_PROBES = 9, /* behind the first slot */
    MARK_HASH = -1,
    LARGE_USED = 50000, /* above this a set grows twofold, below fourfold */
    NOT_THERE = -1,
    FAILED = -2,
};

struct slot {
    struct rt_object *key;
    int64_t hash;
};

struct set {
    struct rt_object object;
    int64_t fill, used;
    size_t mask;
    struct slot *table;
    int64_t hash; /* as of a frozenset; not used */
    size_t finger; /* where pop goes on looking */
    struct slot small[SMALL_SLOTS];
    struct rt_object *weakrefs;
};

_Static_assert(sizeof(struct set) == 200, "a set is as large as CPython's");

static RT_ALWAYS_INLINE struct set *
as_set(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_SET);
    return (struct set *)object;
}

static size_t
table_bytes(size_t mask) {
    return (mask + 1) * sizeof(struct slot);
}

static bool
is_free(const struct slot *slot) {
    return slot->key == NULL && slot->hash == 0;
}

/* ---- Searches ----------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE int
is_same(struct rt *rt, const struct slot *slot, struct rt_object *key, int64_t hash) {
    if (slot->hash != hash || slot->key == NULL) {
        return 0;
    }
    if (slot->key == key) {
        return 1;
    }
    if (rt_is_str(key) && rt_is_str(slot->key)) {
        return rt_str_equal(slot->key, key);
    }
    return rt_equal(rt, slot->key, key);
}

/* The key's slot, or NOT_THERE and in *ret_free where it would go (a mark, or the free slot that ended the
 * search), or FAILED. */
static int64_t
find(struct rt *rt, const struct set *self, struct rt_object *key, int64_t hash,
     size_t *ret_free) {
    uint64_t perturb = (uint64_t)hash;
    size_t i = (size_t)hash & self->mask;
    int64_t mark = NOT_THERE;

    for (;;) {
        size_t last = i + LINEAR_PROBES <= self->mask ? i + LINEAR_PROBES : i;

        for (size_t at = i; at <= last; at++) {
            const struct slot *slot = &self->table[at];
            int same = is_same(rt, slot, key, hash);

            if (same != 0) {
                return same > 0 ? (int64_t)at : FAILED;
            }
            if (slot->key == NULL) {
                if (slot->hash == 0) {
                    *ret_free = mark == NOT_THERE ? at : (size_t)mark;
                    return NOT_THERE;
                }
                mark = (int64_t)at;
            }
        }
        perturb >>= RT_PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & self->mask;
    }
}

/* Puts a key that is not there into a table without marks. */
static void
insert_clean(struct slot *table, size_t mask, struct slot entry) {
    uint64_t perturb = (uint64_t)entry.hash;
    size_t i = (size_t)entry.hash & mask;

    for (;;) {
        size_t last = i + LINEAR_PROBES <= mask ? i + LINEAR_PROBES : i;

        for (size_t at = i; at <= last; at++) {
            if (table[at].key == NULL) {
                table[at] = entry;
                return;
            }
        }
        perturb >>= RT_PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

static RT_ALWAYS_INLINE int
hash_of(struct rt *rt, struct rt_object *key, int64_t *ret_hash) {
    if (RT_LIKELY(rt_is_str(key))) {
        *ret_hash = rt_str_hash(key);
        return 0;
    }
    return rt_hash(rt, key, ret_hash);
}

/* ---- Growth ------------------------------------------------------------------------------------- */

static void
free_table(struct rt *rt, struct set *self, struct slot *table, size_t mask) {
    if (table != self->small) {
        rt_free(rt, table, table_bytes(mask));
    }
}

/* A table for more than so many keys, without marks. */
static RT_NOINLINE int
resize(struct rt *rt, struct set *self, size_t least) {
    size_t slots = SMALL_SLOTS, old_mask = self->mask;
    struct slot *old = self->table, *table = self->small, small[SMALL_SLOTS];

    while (slots <= least) {
        slots <<= 1;
    }
    if (slots > SMALL_SLOTS) {
        table = rt_alloc(rt, slots * sizeof *table);
        if (table == NULL) {
            return rt_refuse(rt, ENOMEM);
        }
    } else if (old == self->small) {
        if (self->fill == self->used) {
            return 0;
        }
        memcpy(small, old, sizeof small);
        old = small;
    }
    memset(table, 0, slots * sizeof *table);
    for (size_t i = 0; i <= old_mask; i++) {
        if (old[i].key != NULL) {
            insert_clean(table, slots - 1, old[i]);
        }
    }
    self->table = table;
    self->mask = slots - 1;
    self->fill = self->used;
    if (old != small) {
        free_table(rt, self, old, old_mask);
    }
    return 0;
}

static int
add(struct rt *rt, struct set *self, struct rt_object *key, int64_t hash) {
    size_t free_slot = 0;
    int64_t at = find(rt, self, key, hash, &free_slot);
    bool was_mark;

    if (at != NOT_THERE) {
        return at == FAILED ? -1 : 0;
    }
    was_mark = !is_free(&self->table[free_slot]);
    /* Room for the next one is made before this one is in, so that a failure changes nothing. */
    self->table[free_slot] = (struct slot){.key = rt_incref(key), .hash = hash};
    self->used++;
    self->fill += !was_mark;
    if (!was_mark && (size_t)self->fill * 5 >= self->mask * 3 &&
        resize(rt, self,
               (size_t)(self->used > LARGE_USED ? self->used * 2 : self->used * 4)) != 0) {
        self->table[free_slot] = (struct slot){.key = NULL, .hash = 0};
        self->used--;
        self->fill--;
        rt_decref(rt, key);
        return -1;
    }
    return 0;
}

/* ---- The calls ---------------------------------------------------------------------------------- */

size_t
rt_set_length(const struct rt_object *set) {
    return (size_t)as_set(set)->used;
}

int
rt_set_contains(struct rt *rt, struct rt_object *set, struct rt_object *key) {
    size_t ignored;
    int64_t hash, at;

    if (hash_of(rt, key, &hash) != 0) {
        return -1;
    }
    at = find(rt, as_set(set), key, hash, &ignored);
    return at == FAILED ? -1 : at != NOT_THERE;
}

int
rt_set_add(struct rt *rt, struct rt_object *set, struct rt_object *key) {
    int64_t hash;

    return hash_of(rt, key, &hash) != 0 ? -1 : add(rt, as_set(set), key, hash);
}

static struct rt_object *
take_out(struct set *self, size_t at) {
    struct rt_object *key = self->table[at].key;

    self->table[at] = (struct slot){.key = NULL, .hash = MARK_HASH};
    self->used--;
    return key;
}

int
rt_set_discard(struct rt *rt, struct rt_object *set, struct rt_object *key) {
    size_t ignored;
    int64_t hash, at;

    if (hash_of(rt, key, &hash) != 0) {
        return -1;
    }
    at = find(rt, as_set(set), key, hash, &ignored);
    if (at < 0) {
        return at == FAILED ? -1 : 0;
    }
    rt_decref(rt, take_out(as_set(set), (size_t)at));
    return 1;
}

struct rt_object *
rt_set_pop(struct rt *rt, struct rt_object *set) {
    struct set *self = as_set(set);
    size_t at = self->finger & self->mask;

    if (self->used == 0) {
        return rt_fail(rt, ENOENT);
    }
    while (self->table[at].key == NULL) {
        at = (at + 1) & self->mask;
    }
    self->finger = at + 1;
    return take_out(self, at);
}

bool
rt_set_next(const struct rt_object *set, size_t *position, struct rt_object **ret_key) {
    const struct set *self = as_set(set);
    size_t at = *position;

    while (at <= self->mask && self->table[at].key == NULL) {
        at++;
    }
    if (at > self->mask) {
        return false;
    }
    *ret_key = self->table[at].key;
    *position = at + 1;
    return true;
}

static void
make_empty(struct set *self) {
    memset(self->small, 0, sizeof self->small);
    self->fill = self->used = 0;
    self->mask = SMALL_SLOTS - 1;
    self->table = self->small;
}

static void
drop_keys(struct rt *rt, struct slot *table, size_t mask) {
    for (size_t i = 0; i <= mask; i++) {
        rt_xdecref(rt, table[i].key);
    }
}

void
rt_set_clear(struct rt *rt, struct rt_object *set) {
    struct set *self = as_set(set);
    struct slot *table = self->table, small[SMALL_SLOTS];
    size_t mask = self->mask;

    if (table == self->small) {
        memcpy(small, table, sizeof small);
        table = small;
    }
    make_empty(self);
    drop_keys(rt, table, mask);
    if (table != small) {
        rt_free(rt, table, table_bytes(mask));
    }
}

/* Into one that has never had a key, from one without marks and as large, or any. */
static void
copy_keys(struct set *self, const struct set *other) {
    bool is_alike = self->mask == other->mask && other->fill == other->used;

    for (size_t i = 0; i <= other->mask; i++) {
        struct slot entry = other->table[i];

        if (entry.key != NULL) {
            rt_incref(entry.key);
            if (is_alike) {
                self->table[i] = entry;
            } else {
                insert_clean(self->table, self->mask, entry);
            }
        }
    }
    self->fill = self->used = other->used;
}

int
rt_set_update(struct rt *rt, struct rt_object *set, struct rt_object *other_set) {
    struct set *self = as_set(set);
    const struct set *other = as_set(other_set);

    if (self == other || other->used == 0) {
        return 0;
    }
    if ((size_t)(self->fill + other->used) * 5 >= self->mask * 3 &&
        resize(rt, self, (size_t)(self->used + other->used) * 2) != 0) {
        return -1;
    }
    if (self->fill == 0) {
        copy_keys(self, other);
        return 0;
    }
    for (size_t i = 0; i <= other->mask; i++) {
        if (other->table[i].key != NULL &&
            add(rt, self, other->table[i].key, other->table[i].hash) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- The type ----------------------------------------------------------------------------------- */

static void
traverse(struct rt_object *object, rt_visit_fn visit, void *context) {
    const struct set *self = as_set(object);

    for (size_t i = 0; i <= self->mask; i++) {
        if (self->table[i].key != NULL) {
            visit(self->table[i].key, context);
        }
    }
}

static void
drop(struct rt *rt, struct rt_object *object) {
    struct set *self = (struct set *)object;

    rt_untrack(rt, object);
    if (rt_trash_enter(rt, object)) {
        return;
    }
    if (self->weakrefs != NULL) {
        rt_weakref_clear_all(rt, object);
    }
    if (self->used > 0) {
        drop_keys(rt, self->table, self->mask);
    }
    free_table(rt, self, self->table, self->mask);
    rt_object_free(rt, object, sizeof(struct rt_head), sizeof *self);
    rt_trash_leave(rt);
}

static size_t
size_of(const struct rt_object *object) {
    const struct set *self = as_set(object);

    return sizeof *self + (self->table == self->small ? 0 : table_bytes(self->mask));
}

static size_t
owned(const struct rt_object *object) {
    return sizeof(struct rt_head) + size_of(object);
}

static bool
verify(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct set *self = as_set(object);
    int64_t used = 0, marks = 0;

    (void)rt;
    for (size_t i = 0; i <= self->mask; i++) {
        used += self->table[i].key != NULL;
        marks += self->table[i].key == NULL && self->table[i].hash == MARK_HASH;
    }
    if (used != self->used || used + marks != self->fill) {
        rt_text_string(why, "a set has more or fewer keys or marks than it says");
        return false;
    }
    if ((size_t)self->fill * 5 >= self->mask * 3 && self->fill != 0) {
        rt_text_string(why, "a set is too full");
        return false;
    }
    return true;
}

static const struct rt_type set_type = {
    .drop = drop,
    .traverse = traverse,
    .clear = rt_set_clear,
    .size = size_of,
    .owned = owned,
    .hash = rt_hash_refuse,
    .verify = verify,
    .name = "set",
    .kind = RT_KIND_SET,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = sizeof(struct rt_head),
    .weakrefs_offset = offsetof(struct set, weakrefs),
};

struct rt_object *
rt_set_new(struct rt *rt) {
    struct rt_object *object = rt_object_alloc(rt, sizeof(struct rt_head), sizeof(struct set));
    struct set *self = (struct set *)object;

    if (object == NULL) {
        return NULL;
    }
    rt_object_init(object, &set_type);
    make_empty(self);
    self->hash = 0;
    self->finger = 0;
    self->weakrefs = NULL;
    if (!rt_track(rt, object)) {
        rt_object_free(rt, object, sizeof(struct rt_head), sizeof *self);
        return NULL;
    }
    return object;
}

struct rt_object *
rt_set_copy(struct rt *rt, struct rt_object *set) {
    struct rt_object *copy = rt_set_new(rt);

    if (copy != NULL && rt_set_update(rt, copy, set) != 0) {
        rt_decref(rt, copy);
        return NULL;
    }
    return copy;
}
