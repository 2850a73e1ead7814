/* SPDX-License-Identifier: MIT
 *
 * intern.c: an open-addressing table of pointers to strings, found by their text.
 *
 * The table's references are not counted: a string that dies takes itself out. A probe begins at the hash's
 * lowest bits and goes on to the next slot; it ends at an empty one. A string that leaves makes its slot
 * empty when the next one is, and a tomb, over which probes go on, otherwise; tombs right before an empty
 * slot become empty as well.
 *
 * Invariants:
 *   - The capacity is 0 or a power of two; at most half of the slots are strings or tombs, so every
 *     probe ends.
 *   - Every string in the table is marked, knows its hash, and is reached by a probe. No two have the
 *     same text.
 *   - The shared strings of at most one character are marked from the beginning and are not here.
 */
#include "runtime/intern.h"

#include <string.h>

enum {
    CAPACITY_LEAST = 64,
};

/* No object is at this address. */
static struct rt_object *
tomb(void) {
    return (struct rt_object *)(uintptr_t)1;
}

static bool
is_string(const struct rt_object *slot) {
    return slot != NULL && slot != tomb();
}

static size_t
slots_bytes(size_t capacity) {
    return capacity * sizeof(struct rt_object *);
}

struct rt_object *
rt_intern_find(const struct rt *rt, const void *data, size_t length, unsigned width, int64_t hash) {
    const struct rt_intern *table = &rt->intern;
    size_t mask = table->capacity - 1;

    if (table->capacity == 0) {
        return NULL;
    }
    for (size_t i = (size_t)hash & mask; table->slots[i] != NULL; i = (i + 1) & mask) {
        struct rt_object *object = table->slots[i];
        const struct rt_str *found = rt_str(object);

        if (object != tomb() && found->hash == hash && (size_t)found->length == length &&
            found->width == width && memcmp(rt_str_bytes(found), data, length * width) == 0) {
            return object;
        }
    }
    return NULL;
}

/* ---- Changes ------------------------------------------------------------------------------------ */

/* pre: there is an empty slot */
static void
put(struct rt_intern *table, struct rt_object *string) {
    size_t mask = table->capacity - 1;
    size_t i = (size_t)rt_str(string)->hash & mask;

    while (table->slots[i] != NULL) {
        i = (i + 1) & mask;
    }
    table->slots[i] = string;
}

/* A new table for one more string than there is, at most a quarter full; without tombs. */
static RT_NOINLINE bool
rebuild(struct rt *rt) {
    struct rt_intern *table = &rt->intern;
    struct rt_intern made = {.capacity = CAPACITY_LEAST, .count = table->count};

    while (made.capacity / 4 < table->count + 1) {
        made.capacity *= 2;
    }
    made.slots = rt_alloc_zeroed(rt, slots_bytes(made.capacity));
    if (made.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < table->capacity; i++) {
        if (is_string(table->slots[i])) {
            put(&made, table->slots[i]);
        }
    }
    rt_intern_fini(rt);
    *table = made;
    return true;
}

bool
rt_intern_add(struct rt *rt, struct rt_object *string) {
    struct rt_intern *table = &rt->intern;

    RT_ASSERT(!rt_str(string)->is_interned, "a string is interned once");
    if (table->count + table->tombs >= table->capacity / 2 && !rebuild(rt)) {
        return false;
    }
    rt_str_hash(string);
    put(table, string);
    table->count++;
    rt_str(string)->is_interned = true;
    return true;
}

void
rt_intern_remove(struct rt *rt, struct rt_object *string) {
    struct rt_intern *table = &rt->intern;
    size_t mask = table->capacity - 1;
    size_t i = (size_t)rt_str(string)->hash & mask;

    while (table->slots[i] != string) {
        RT_ASSERT(table->slots[i] != NULL, "an interned string is in the table");
        i = (i + 1) & mask;
    }
    rt_str(string)->is_interned = false;
    table->count--;
    table->slots[i] = tomb();
    table->tombs++;
    if (table->slots[(i + 1) & mask] == NULL) {
        for (; table->slots[i] == tomb(); i = (i - 1) & mask) {
            table->slots[i] = NULL;
            table->tombs--;
        }
    }
}

void
rt_intern_fini(struct rt *rt) {
    rt_free(rt, rt->intern.slots, slots_bytes(rt->intern.capacity));
    rt->intern = (struct rt_intern){0};
}

/* ---- Soundness ---------------------------------------------------------------------------------- */

static bool
complain(struct rt_text *why, const char *what) {
    if (why != NULL) {
        rt_text_string(why, what);
    }
    return false;
}

static bool
is_sound(const struct rt *rt, struct rt_object *string) {
    const struct rt_str *self = rt_str(string);

    return rt_is_str(string) && string->count > 0 && self->is_interned &&
           self->hash != RT_STR_NO_HASH &&
           rt_intern_find(rt, rt_str_bytes(self), (size_t)self->length, self->width, self->hash) ==
               string;
}

bool
rt_intern_verify(const struct rt *rt, struct rt_text *why) {
    const struct rt_intern *table = &rt->intern;
    size_t count = 0, tombs = 0;

    if (table->capacity != 0 && !rt_is_power_of_two(table->capacity)) {
        return complain(why, "the table of interned strings is no power of two");
    }
    for (size_t i = 0; i < table->capacity; i++) {
        tombs += table->slots[i] == tomb();
        if (!is_string(table->slots[i])) {
            continue;
        }
        count++;
        if (!is_sound(rt, table->slots[i])) {
            return complain(why, "an interned string is not found by its text");
        }
    }
    if (count != table->count || tombs != table->tombs || 2 * (count + tombs) > table->capacity) {
        return complain(why, "the table of interned strings has a wrong count");
    }
    return true;
}
