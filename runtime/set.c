/* SPDX-License-Identifier: MIT
 *
 * set.c: sets.
 *
 * A set is one table of keys and their hashes, of which the first eight slots are in the object itself. A
 * search begins at the slot that the low bits of the hash name, goes through it and nine more in a row where the
 * table has as many, and then on by perturbation. A removed key leaves a mark. A new key goes to the last mark that
 * the search for it passed, or else to the free slot that ended it. All this is CPython's, so that the table's
 * order is, wherever the hashes are.
 *
 * A table never shrinks; a key that takes a slot never used before may be the one that fills it, and then the
 * new table is made for two or four times the keys in use.
 *
 * Invariants:
 *   - `used` keys and `fill - used` marks; fill * 5 < mask * 3 after each call, so a search ends.
 *   - A free slot has no key and hash 0, a mark has no key and hash -1, which is no key's hash.
 *   - The table is the one in the object exactly when it has eight slots.
 *   - A set is tracked from its birth to its death.
 *   - Dropping a key may run anything, so it is out of the set, and the set whole, before that. Comparing
 *     keys runs nothing, and does not fail for keys that could be hashed.
 */
#include "runtime/dict_lookup.h"
#include "runtime/weakref.h"

#include <string.h>

enum {
    SMALL_SLOTS = 8,
    LINEAR_PROBES = 9, /* behind the first slot */
    MARK_HASH = -1,
    LARGE_USED = 50000, /* with more keys a set grows twofold, below fourfold */
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
    int64_t unused; /* the hash of a frozenset, in CPython */
    size_t finger;  /* where pop goes on looking */
    struct slot small[SMALL_SLOTS];
    struct rt_object *weakrefs;
};

enum {
    PREFIX_BYTES = sizeof(struct rt_head),
    BYTES = sizeof(struct set),
};

static const struct rt_type set_type;

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

/* ---- Searches ----------------------------------------------------------------------------------- */

/* The slots of a search, in runs: from `first` to `last`, then on. */
struct run {
    size_t first, last;
    uint64_t perturb;
};

static RT_ALWAYS_INLINE size_t
end_of_run(size_t first, size_t mask) {
    return first + LINEAR_PROBES <= mask ? first + LINEAR_PROBES : first;
}

static RT_ALWAYS_INLINE struct run
begin_runs(int64_t hash, size_t mask) {
    size_t first = (size_t)hash & mask;

    return (struct run){.first = first, .last = end_of_run(first, mask), .perturb = (uint64_t)hash};
}

static RT_ALWAYS_INLINE void
next_run(struct run *run, size_t mask) {
    run->perturb >>= RT_PERTURB_SHIFT;
    run->first = (run->first * 5 + 1 + run->perturb) & mask;
    run->last = end_of_run(run->first, mask);
}

/* The key's slot; or NOT_THERE, and in *ret_place the slot for it; or FAILED. */
static RT_ALWAYS_INLINE int64_t
find(struct rt *rt, const struct set *self, struct rt_object *key, int64_t hash,
     size_t *ret_place) {
    struct run run = begin_runs(hash, self->mask);
    size_t mark = SIZE_MAX;

    for (;; next_run(&run, self->mask)) {
        for (size_t at = run.first; at <= run.last; at++) {
            const struct slot *slot = &self->table[at];

            if (slot->hash == hash && slot->key != NULL) {
                int is_same = slot->key == key ? 1 : rt_keys_compare(rt, slot->key, key);

                if (RT_LIKELY(is_same != 0)) {
                    return is_same > 0 ? (int64_t)at : FAILED;
                }
            } else if (slot->key == NULL) {
                if (slot->hash == 0) {
                    *ret_place = mark == SIZE_MAX ? at : mark;
                    return NOT_THERE;
                }
                mark = at;
            }
        }
    }
}

/* Puts a key that is not there into a table without marks. */
static RT_ALWAYS_INLINE void
insert_clean(struct slot *table, size_t mask, struct slot entry) {
    struct run run = begin_runs(entry.hash, mask);

    for (;; next_run(&run, mask)) {
        for (size_t at = run.first; at <= run.last; at++) {
            if (table[at].key == NULL) {
                table[at] = entry;
                return;
            }
        }
    }
}

/* ---- Growth ------------------------------------------------------------------------------------- */

static void
free_table(struct rt *rt, struct slot *table, size_t mask) {
    if (mask >= SMALL_SLOTS) {
        rt_free(rt, table, table_bytes(mask));
    }
}

static void
move_keys(struct slot *table, size_t mask, const struct slot *old, size_t old_mask) {
    for (size_t i = 0; i <= old_mask; i++) {
        if (old[i].key != NULL) {
            insert_clean(table, mask, old[i]);
        }
    }
}

/* The marks of a set whose keys are in the object, and stay there. */
static void
remove_marks(struct set *self) {
    struct slot old[SMALL_SLOTS];

    memcpy(old, self->small, sizeof old);
    memset(self->small, 0, sizeof self->small);
    move_keys(self->small, SMALL_SLOTS - 1, old, SMALL_SLOTS - 1);
    self->fill = self->used;
}

/* A table of more slots than `least`, without marks. */
static RT_NOINLINE int
resize(struct rt *rt, struct set *self, size_t least) {
    size_t slots = SMALL_SLOTS, old_mask = self->mask;
    struct slot *old = self->table, *table = self->small;

    while (slots <= least) {
        slots <<= 1;
    }
    if (slots == SMALL_SLOTS && old == self->small) {
        if (self->fill > self->used) {
            remove_marks(self);
        }
        return 0;
    }
    if (slots == SMALL_SLOTS) {
        memset(table, 0, sizeof self->small);
    } else {
        table = rt_alloc_zeroed(rt, table_bytes(slots - 1));
        if (table == NULL) {
            return rt_refuse(rt, ENOMEM);
        }
    }
    move_keys(table, slots - 1, old, old_mask);
    self->table = table;
    self->mask = slots - 1;
    self->fill = self->used;
    free_table(rt, old, old_mask);
    return 0;
}

static size_t
slots_to_exceed(int64_t used) {
    return (size_t)(used > LARGE_USED ? used * 2 : used * 4);
}

/* Takes the key as CPython does, first in and then making room; and out again when there is none. */
static int
add(struct rt *rt, struct set *self, struct rt_object *key, int64_t hash) {
    size_t place = 0;
    int64_t at = find(rt, self, key, hash, &place);
    struct slot was;

    if (at != NOT_THERE) {
        return at == FAILED ? -1 : 0;
    }
    was = self->table[place];
    self->table[place] = (struct slot){.key = rt_incref(key), .hash = hash};
    self->used++;
    if (was.hash == MARK_HASH) {
        return 0;
    }
    self->fill++;
    if (RT_LIKELY((size_t)self->fill * 5 < self->mask * 3) ||
        RT_LIKELY(resize(rt, self, slots_to_exceed(self->used)) == 0)) {
        return 0;
    }
    self->table[place] = was;
    self->used--;
    self->fill--;
    rt_decref(rt, key); /* which the caller has as well */
    return -1;
}

/* ---- One key ------------------------------------------------------------------------------------ */

size_t
rt_set_length(const struct rt_object *set) {
    return (size_t)as_set(set)->used;
}

int
rt_set_contains(struct rt *rt, struct rt_object *set, struct rt_object *key) {
    size_t ignored;
    int64_t hash, at;

    if (RT_UNLIKELY(rt_keys_hash_of(rt, key, &hash) != 0)) {
        return -1;
    }
    at = find(rt, as_set(set), key, hash, &ignored);
    return at == FAILED ? -1 : at != NOT_THERE;
}

int
rt_set_add(struct rt *rt, struct rt_object *set, struct rt_object *key) {
    int64_t hash;

    if (RT_UNLIKELY(rt_keys_hash_of(rt, key, &hash) != 0)) {
        return -1;
    }
    return add(rt, as_set(set), key, hash);
}

/* The key is the caller's. */
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

    if (RT_UNLIKELY(rt_keys_hash_of(rt, key, &hash) != 0)) {
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

/* ---- Birth, clearing and death ------------------------------------------------------------------ */

static void
make_empty(struct set *self) {
    memset(self->small, 0, sizeof self->small);
    self->fill = self->used = 0;
    self->mask = SMALL_SLOTS - 1;
    self->table = self->small;
}

struct rt_object *
rt_set_new(struct rt *rt) {
    struct rt_object *object = rt_object_alloc(rt, PREFIX_BYTES, BYTES);
    struct set *self = (struct set *)object;

    if (object == NULL) {
        return NULL;
    }
    rt_object_init(object, &set_type);
    make_empty(self);
    self->unused = 0;
    self->finger = 0;
    self->weakrefs = NULL;
    if (RT_UNLIKELY(!rt_track(rt, object))) {
        rt_object_free(rt, object, PREFIX_BYTES, BYTES);
        return NULL;
    }
    return object;
}

/* In the order of the table. */
static void
drop_keys(struct rt *rt, const struct slot *table, int64_t used) {
    for (; used > 0; table++) {
        if (table->key != NULL) {
            used--;
            rt_decref(rt, table->key);
        }
    }
}

void
rt_set_clear(struct rt *rt, struct rt_object *set) {
    struct set *self = as_set(set);
    struct slot *table = self->table, small[SMALL_SLOTS];
    size_t mask = self->mask;
    int64_t used = self->used;

    if (table == self->small) {
        memcpy(small, table, sizeof small);
        table = small;
    }
    make_empty(self);
    drop_keys(rt, table, used);
    free_table(rt, table, mask);
}

static void
drop_set(struct rt *rt, struct rt_object *object) {
    struct set *self = (struct set *)object;

    rt_untrack(rt, object);
    if (rt_trash_enter(rt, object)) {
        return;
    }
    if (self->weakrefs != NULL) {
        rt_weakref_clear_all(rt, object);
    }
    drop_keys(rt, self->table, self->used);
    free_table(rt, self->table, self->mask);
    rt_object_free(rt, object, PREFIX_BYTES, BYTES);
    rt_trash_leave(rt);
}

/* ---- Copies and updates ------------------------------------------------------------------------- */

/* pre: the set has had no key since its table was made, and there is room */
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

/* pre: there is room for all of them, so that nothing fails */
static int
add_keys(struct rt *rt, struct set *self, const struct set *other) {
    for (size_t i = 0; i <= other->mask; i++) {
        struct slot entry = other->table[i];

        if (entry.key != NULL && add(rt, self, entry.key, entry.hash) != 0) {
            return -1;
        }
    }
    return 0;
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
    if (self->fill > 0) {
        return add_keys(rt, self, other);
    }
    copy_keys(self, other);
    return 0;
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

/* ---- The type ----------------------------------------------------------------------------------- */

static void
traverse_set(struct rt_object *object, rt_visit_fn visit, void *context) {
    const struct set *self = as_set(object);

    for (size_t i = 0; i <= self->mask; i++) {
        if (self->table[i].key != NULL) {
            visit(self->table[i].key, context);
        }
    }
}

static size_t
size_of_set(const struct rt_object *object) {
    const struct set *self = as_set(object);

    return BYTES + (self->mask < SMALL_SLOTS ? 0 : table_bytes(self->mask));
}

static size_t
owned_by_set(const struct rt_object *object) {
    return PREFIX_BYTES + size_of_set(object);
}

static bool
complain(struct rt_text *why, const char *what) {
    rt_text_string(why, "a set ");
    rt_text_string(why, what);
    return false;
}

/* Whether a search comes to that slot. */
static bool
is_reached(const struct set *self, size_t goal) {
    struct run run = begin_runs(self->table[goal].hash, self->mask);

    for (;; next_run(&run, self->mask)) {
        for (size_t at = run.first; at <= run.last; at++) {
            if (at == goal) {
                return true;
            }
            if (self->table[at].key == NULL && self->table[at].hash == 0) {
                return false;
            }
        }
    }
}

static bool
verify_slots(const struct set *self, struct rt_text *why) {
    int64_t used = 0, marks = 0;

    for (size_t i = 0; i <= self->mask; i++) {
        const struct slot *slot = &self->table[i];

        used += slot->key != NULL;
        marks += slot->key == NULL && slot->hash == MARK_HASH;
        if (slot->key == NULL && slot->hash != MARK_HASH && slot->hash != 0) {
            return complain(why, "has a slot that is neither free nor marked nor a key's");
        }
    }
    return (used == self->used && used + marks == self->fill) ||
           complain(why, "has more or fewer keys or marks than it says");
}

static bool
verify_set(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct set *self = as_set(object);

    (void)rt;
    if (!rt_is_power_of_two(self->mask + 1) ||
        (self->table == self->small) != (self->mask + 1 == SMALL_SLOTS)) {
        return complain(why, "has a table of the wrong size");
    }
    if ((size_t)self->fill * 5 >= self->mask * 3) {
        return complain(why, "is too full");
    }
    if (!verify_slots(self, why)) {
        return false;
    }
    for (size_t i = 0; i <= self->mask; i++) {
        if (self->table[i].key != NULL && !is_reached(self, i)) {
            return complain(why, "has a key that a search does not find");
        }
    }
    return true;
}

static const struct rt_type set_type = {
    .drop = drop_set,
    .traverse = traverse_set,
    .clear = rt_set_clear,
    .size = size_of_set,
    .owned = owned_by_set,
    .hash = rt_hash_refuse,
    .verify = verify_set,
    .name = "set",
    .kind = RT_KIND_SET,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = PREFIX_BYTES,
    .weakrefs_offset = offsetof(struct set, weakrefs),
};
