/* SPDX-License-Identifier: MIT
 *
 * dict_keys.c: key tables: making them, moving pairs from one to another, and the values of instances.
 *
 * A pair that was deleted has neither key nor value; no index entry names it, and its number is not used again.
 * A table is replaced when it has no number left: whoever asks for the new one says how large. Its pairs then
 * stand without gaps, in the same order.
 *
 * The new index is the work in that. When the slots have 32 bits and marks, and the new table has twice as many, a
 * key that is at home in slot s will be at home in s or in s + old slots, which its mark tells. So the old index
 * is read from one end to the other, and the new one written in two such streams; only the keys that are
 * not at home, a third of them at most, have their hashes looked up, and places found.
 *
 * Invariants:
 *   - entries <= limit <= 2/3 of the slots. Each index entry in use was made for a pair, so there is always an
 *     empty slot, and searches end.
 *   - Each pair that is not deleted is named by exactly one index entry, and a search for its key gets there
 *     before it gets to an empty slot.
 *   - The hash of every str key is known.
 *   - A slot whose pair was deleted is taken by the next new key on whose way it is the first such: nothing that
 *     CPython shows depends on slots. (With a cache in order of use, whose few hot keys go to the end at each
 *     lookup, searches walked over hundreds of slots that these keys had left: 73 ms, now 35.)
 */
#include "runtime/dict_keys.h"
#include "runtime/dict_lookup.h"
#include "runtime/values.h"

#include <string.h>

enum {
    LOOKAHEAD_COUNT = 12, /* pairs; about as many as memory serves at once */
    BATCH_COUNT = 32,
};

static size_t
pair_bytes(enum rt_keys_kind kind) {
    return kind == RT_KEYS_GENERAL ? sizeof(struct rt_key_general) : sizeof(struct rt_key_str);
}

static uint8_t
log2_index_bytes_of(unsigned log2_slots) {
    unsigned width = (log2_slots >= RT_KEYS_WORDS_LOG2) + (log2_slots >= RT_KEYS_MARKS_LOG2) +
                     (log2_slots >= RT_KEYS_HUGE_LOG2);

    return (uint8_t)(log2_slots + width);
}

static size_t
table_bytes(unsigned log2_slots, enum rt_keys_kind kind) {
    return sizeof(struct rt_keys) + ((size_t)1 << log2_index_bytes_of(log2_slots)) +
           rt_keys_usable_of(log2_slots) * pair_bytes(kind);
}

static enum rt_keys_kind
kind_of(const struct rt_keys *keys) {
    return (enum rt_keys_kind)keys->kind;
}

size_t
rt_keys_bytes(const struct rt_keys *keys) {
    return table_bytes(keys->log2_slots, kind_of(keys));
}

/* ---- Tables ------------------------------------------------------------------------------------- */

void
rt_keys_init(struct rt *rt) {
    struct rt_keys *keys = rt_keys_none(rt);

    *keys = (struct rt_keys){
        .count = RT_SHARED_COUNT, .log2_slots = 0, .log2_index_bytes = 3, .kind = RT_KEYS_STR};
    memset(keys->indices, 0xff, rt_keys_index_bytes(keys));
    _Static_assert(sizeof *keys + 8 <= sizeof rt->shared.empty_keys,
                   "the empty table has its place");
}

/* Without an index. */
static struct rt_keys *
new_table(struct rt *rt, unsigned log2_slots, enum rt_keys_kind kind) {
    struct rt_keys *keys;

    if (rt_keys_is_kept(log2_slots, kind) && rt->free_keys.first != NULL) {
        return rt_keys_take_kept(rt);
    }
    keys = rt_alloc(rt, table_bytes(log2_slots, kind));
    if (RT_UNLIKELY(keys == NULL)) {
        rt->error = ENOMEM;
        return NULL;
    }
    *keys = (struct rt_keys){.count = 1,
                             .log2_slots = (uint8_t)log2_slots,
                             .log2_index_bytes = log2_index_bytes_of(log2_slots),
                             .kind = (uint8_t)kind,
                             .limit = (int64_t)rt_keys_usable_of(log2_slots)};
    return keys;
}

static void
empty_index(struct rt_keys *keys) {
    memset(keys->indices, 0xff, rt_keys_index_bytes(keys));
}

struct rt_keys *
rt_keys_new(struct rt *rt, unsigned log2_slots, enum rt_keys_kind kind) {
    struct rt_keys *keys = new_table(rt, log2_slots, kind);

    if (RT_LIKELY(keys != NULL)) {
        empty_index(keys);
    }
    return keys;
}

void
rt_keys_free(struct rt *rt, struct rt_keys *keys) {
    if (!rt_keys_is_kept(keys->log2_slots, kind_of(keys)) || !rt_keys_keep(rt, keys)) {
        rt_free(rt, keys, rt_keys_bytes(keys));
    }
}

void
rt_keys_free_list_clear(struct rt *rt) {
    struct rt_keys *keys;

    while ((keys = rt_free_list_pop(&rt->free_keys, 0)) != NULL) {
        rt_free(rt, keys, table_bytes(RT_KEYS_LOG2_LEAST, RT_KEYS_STR));
    }
}

struct rt_keys *
rt_keys_clone(struct rt *rt, const struct rt_keys *keys) {
    struct rt_keys *clone = rt_alloc(rt, rt_keys_bytes(keys));

    if (clone == NULL) {
        rt->error = ENOMEM;
        return NULL;
    }
    memcpy(clone, keys,
           sizeof *keys + rt_keys_index_bytes(keys) +
               (size_t)keys->entries * pair_bytes(kind_of(keys)));
    for (int64_t i = 0; i < clone->entries; i++) {
        if (rt_keys_key(clone, i) != NULL) {
            rt_incref(rt_keys_key(clone, i));
            rt_incref(clone->kind == RT_KEYS_GENERAL ? rt_keys_general(clone)[i].value
                                                     : rt_keys_str(clone)[i].value);
        }
    }
    return clone;
}

static void
drop_general(struct rt *rt, struct rt_keys *keys) {
    const struct rt_key_general *pairs = rt_keys_general(keys);

    for (int64_t i = 0; i < keys->entries; i++) {
        if (pairs[i].key != NULL) {
            rt_decref(rt, pairs[i].key);
            rt_decref(rt, pairs[i].value);
        }
    }
}

static void
drop_str(struct rt *rt, struct rt_keys *keys) {
    const struct rt_key_str *pairs = rt_keys_str(keys);

    for (int64_t i = 0; i < keys->entries; i++) {
        if (pairs[i].key != NULL) {
            rt_decref(rt, pairs[i].key);
            rt_xdecref(rt, pairs[i].value); /* NULL in a class's keys */
        }
    }
}

void
rt_keys_decref(struct rt *rt, struct rt_keys *keys) {
    if (--keys->count > 0) {
        return;
    }
    if (keys->kind == RT_KEYS_GENERAL) {
        drop_general(rt, keys);
    } else {
        drop_str(rt, keys);
    }
    rt_keys_free(rt, keys);
}

/* ---- The index of a new table -------------------------------------------------------------------- */

static void
prefetch_slot(const struct rt_keys *keys, int64_t hash) {
    size_t home = (size_t)hash & (rt_keys_slots(keys) - 1);

    __builtin_prefetch(&((const uint32_t *)keys->indices)[home], /* for writing */ 1);
}

static RT_ALWAYS_INLINE void
add_to_index(struct rt_keys *keys, int64_t hash, int64_t index) {
    rt_keys_index_put(keys, rt_keys_empty_slot(keys, hash), hash, index);
}

/* Of a table so large that what comes next is better asked for in advance. */
static void
build_large_index(struct rt_keys *keys, int64_t count) {
    for (int64_t i = -2 * LOOKAHEAD_COUNT; i < count; i++) {
        int64_t next = i + LOOKAHEAD_COUNT, far = next + LOOKAHEAD_COUNT;

        if (far < count && keys->kind != RT_KEYS_GENERAL) {
            __builtin_prefetch(rt_keys_str(keys)[far].key);
        }
        if (next >= 0 && next < count) {
            prefetch_slot(keys, rt_keys_hash(keys, next));
        }
        if (i >= 0) {
            add_to_index(keys, rt_keys_hash(keys, i), i);
        }
    }
}

/* Of a table with entries of 16 bits, or of 8. */
static RT_ALWAYS_INLINE void
build_small_index(struct rt_keys *keys, bool is_general, bool has_words, int64_t count) {
    int8_t *bytes = (int8_t *)keys->indices;
    int16_t *words = (int16_t *)keys->indices;

    for (int64_t i = 0; i < count; i++) {
        int64_t hash =
            is_general ? rt_keys_general(keys)[i].hash : rt_str(rt_keys_str(keys)[i].key)->hash;
        struct rt_probe probe = rt_probe_begin(keys, hash);

        while ((has_words ? words[probe.slot] : bytes[probe.slot]) != RT_KEYS_EMPTY) {
            rt_probe_next(&probe);
        }
        if (has_words) {
            words[probe.slot] = (int16_t)i;
        } else {
            bytes[probe.slot] = (int8_t)i;
        }
    }
}

static void
build_index(struct rt_keys *keys, int64_t count) {
    bool has_words = keys->log2_slots >= RT_KEYS_WORDS_LOG2;

    empty_index(keys);
    if (keys->log2_slots >= RT_KEYS_MARKS_LOG2) {
        build_large_index(keys, count);
    } else if (keys->kind != RT_KEYS_GENERAL && has_words) {
        build_small_index(keys, /* is_general */ false, /* has_words */ true, count);
    } else if (keys->kind != RT_KEYS_GENERAL) {
        build_small_index(keys, /* is_general */ false, /* has_words */ false, count);
    } else if (has_words) {
        build_small_index(keys, /* is_general */ true, /* has_words */ true, count);
    } else {
        build_small_index(keys, /* is_general */ true, /* has_words */ false, count);
    }
}

/* Finds places for pairs that were not at home in the old index. */
static void
place_strays(struct rt_keys *keys, const uint32_t *strays, size_t count) {
    if (keys->kind != RT_KEYS_GENERAL) {
        for (size_t i = 0; i < count; i++) {
            __builtin_prefetch(rt_keys_str(keys)[strays[i]].key);
        }
    }
    for (size_t i = 0; i < count; i++) {
        prefetch_slot(keys, rt_keys_hash(keys, strays[i]));
    }
    for (size_t i = 0; i < count; i++) {
        add_to_index(keys, rt_keys_hash(keys, strays[i]), strays[i]);
    }
}

static void
split_strays(struct rt_keys *keys, const struct rt_keys *old) {
    const uint32_t *from = (const uint32_t *)old->indices;
    uint32_t home = (uint32_t)1 << old->log2_slots;
    uint32_t strays[BATCH_COUNT];
    size_t count = 0;

    for (size_t slot = 0; slot < rt_keys_slots(old); slot++) {
        uint32_t raw = from[slot], index = raw & (home - 1);

        strays[count] = index;
        if (raw < RT_KEYS_RAW_DELETED && (raw & home) == 0) {
            __builtin_prefetch(keys->kind == RT_KEYS_GENERAL ? (void *)&rt_keys_general(keys)[index]
                                                             : (void *)&rt_keys_str(keys)[index]);
            if (++count == BATCH_COUNT) {
                place_strays(keys, strays, count);
                count = 0;
            }
        }
    }
    place_strays(keys, strays, count);
}

/* The index of twice as many slots. pre: the pairs have the same numbers in both */
static void
split_index(struct rt_keys *keys, const struct rt_keys *old) {
    size_t slots = rt_keys_slots(old);
    const uint32_t *from = (const uint32_t *)old->indices;
    uint32_t *low = (uint32_t *)keys->indices, *high = low + slots;
    uint32_t home = (uint32_t)1 << old->log2_slots, is_high = home << 1;

    for (size_t slot = 0; slot < slots; slot++) {
        uint32_t raw = from[slot];
        uint32_t moved = (raw & ~home) | is_high; /* which is the new table's bit for home */
        bool is_home = raw < RT_KEYS_RAW_DELETED && (raw & home) != 0;

        low[slot] = is_home && (raw & is_high) == 0 ? moved : RT_KEYS_RAW_EMPTY;
        high[slot] = is_home && (raw & is_high) != 0 ? moved : RT_KEYS_RAW_EMPTY;
    }
    split_strays(keys, old);
}

/* ---- Moving ------------------------------------------------------------------------------------- */

static void
move_str(struct rt_keys *keys, const struct rt_keys *old) {
    int64_t to = 0;

    for (int64_t i = 0; i < old->entries; i++) {
        struct rt_key_str pair = rt_keys_str(old)[i];

        if (pair.key != NULL) {
            rt_keys_put(keys, to++, rt_str(pair.key)->hash, pair.key, pair.value);
        }
    }
}

static void
move_general(struct rt_keys *keys, const struct rt_keys *old) {
    struct rt_key_general *to = rt_keys_general(keys);

    for (int64_t i = 0; i < old->entries; i++) {
        struct rt_key_general pair = rt_keys_general(old)[i];

        *to =
            pair; /* there is room for one more than is in use, since a deleted one is among them */
        to += pair.key != NULL;
    }
}

struct rt_keys *
rt_keys_move(struct rt *rt, struct rt_keys *old, size_t used, unsigned log2_slots,
             enum rt_keys_kind kind) {
    struct rt_keys *keys = new_table(rt, log2_slots, kind);
    bool is_whole = (size_t)old->entries == used && old->kind == kind;

    if (RT_UNLIKELY(keys == NULL)) {
        return NULL;
    }
    keys->entries = (int64_t)used;
    if (is_whole) {
        memcpy(rt_keys_entries(keys), rt_keys_entries(old), used * pair_bytes(kind));
    } else if (old->kind == RT_KEYS_GENERAL) {
        move_general(keys, old);
    } else {
        move_str(keys, old);
    }
    if (is_whole && log2_slots == old->log2_slots + 1u && rt_keys_has_marks(log2_slots) &&
        rt_keys_has_marks(old->log2_slots)) {
        split_index(keys, old);
    } else {
        build_index(keys, (int64_t)used);
    }
    if (old != rt_keys_none(rt)) {
        rt_keys_free(rt, old);
    }
    return keys;
}

struct rt_keys *
rt_keys_unshare(struct rt *rt, struct rt_keys *shared, struct rt_values *values,
                unsigned log2_slots, enum rt_keys_kind kind) {
    struct rt_keys *keys = new_table(rt, log2_slots, kind);
    size_t used = rt_values_used(values);

    if (keys == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < used; i++) {
        size_t index = rt_values_bytes(values)[-3 - (int64_t)i];
        struct rt_object *name = rt_keys_str(shared)[index].key;

        rt_keys_put(keys, (int64_t)i, rt_str(name)->hash, rt_incref(name), values->items[index]);
    }
    keys->entries = (int64_t)used;
    build_index(keys, (int64_t)used);
    rt_values_free(rt, values);
    rt_keys_decref(rt, shared);
    return keys;
}

/* ---- Searches ----------------------------------------------------------------------------------- */

int64_t
rt_keys_find_str(const struct rt_keys *keys, struct rt_object *name, int64_t hash) {
    return rt_keys_seek_any(NULL, keys, name, hash).index;
}

size_t
rt_keys_slot_of(const struct rt_keys *keys, int64_t hash, int64_t index) {
    struct rt_probe probe = rt_probe_begin(keys, hash);

    while (rt_keys_index_get(keys, probe.slot) != index) {
        rt_probe_next(&probe);
    }
    return probe.slot;
}

/* ---- A class's names ---------------------------------------------------------------------------- */

struct rt_keys *
rt_keys_new_shared(struct rt *rt) {
    struct rt_keys *keys = rt_keys_new(rt, RT_KEYS_SHARED_LOG2, RT_KEYS_SHARED);

    if (keys != NULL) {
        keys->limit = RT_KEYS_SHARED_MAX;
    }
    return keys;
}

int64_t
rt_keys_shared_find(const struct rt_keys *keys, struct rt_object *name) {
    return rt_keys_find_str(keys, name, rt_str_hash(name));
}

int64_t
rt_keys_shared_insert(struct rt_keys *keys, struct rt_object *name) {
    int64_t hash = rt_str_hash(name);
    struct rt_found found = rt_keys_seek_any(NULL, keys, name, hash);

    if (found.index >= 0 || keys->entries == keys->limit) {
        return found.index;
    }
    rt_keys_index_put(keys, found.slot, hash, keys->entries);
    rt_keys_put(keys, keys->entries, hash, rt_incref(name), NULL);
    return keys->entries++;
}

/* ---- Verification ------------------------------------------------------------------------------- */

static bool
complain(struct rt_text *why, const char *what) {
    rt_text_string(why, "a key table ");
    rt_text_string(why, what);
    return false;
}

/* Whether a search for the pair's hash comes to the pair. */
static bool
is_found(const struct rt_keys *keys, int64_t index) {
    int64_t hash = rt_keys_hash(keys, index), named;
    struct rt_probe probe = rt_probe_begin(keys, hash);

    while ((named = rt_keys_index_get(keys, probe.slot)) != index) {
        if (named == RT_KEYS_EMPTY) {
            return false;
        }
        rt_probe_next(&probe);
    }
    if (rt_keys_has_marks(keys->log2_slots)) {
        uint32_t mark = rt_keys_mark(keys->log2_slots, hash);
        bool is_home = ((size_t)hash & probe.mask) == probe.slot;
        uint32_t raw = ((const uint32_t *)keys->indices)[probe.slot];

        mark = is_home ? mark : rt_keys_away(keys->log2_slots, mark);
        return raw == ((uint32_t)index | mark);
    }
    return true;
}

static bool
verify_pairs(const struct rt_keys *keys, size_t used, struct rt_text *why) {
    int64_t first = 0;
    size_t live = 0;

    for (int64_t i = 0; i < keys->entries; i++) {
        struct rt_object *key = rt_keys_key(keys, i);

        live += key != NULL;
        if (key != NULL && keys->kind != RT_KEYS_GENERAL && !rt_is_str(key)) {
            return complain(why, "for str keys has another one");
        }
        if (key != NULL && !is_found(keys, i)) {
            return complain(why, "has a pair that a search does not find");
        }
    }
    while (first < keys->entries && rt_keys_key(keys, first) == NULL) {
        first++;
    }
    if (keys->gone > first) {
        return complain(why, "says that pairs are gone which are not");
    }
    return live == used || complain(why, "has more or fewer pairs than are in use");
}

static bool
verify_index(const struct rt_keys *keys, size_t used, struct rt_text *why) {
    size_t named = 0, empty = 0;

    for (size_t slot = 0; slot < rt_keys_slots(keys); slot++) {
        int64_t index = rt_keys_index_get(keys, slot);

        if (index >= keys->entries || index < RT_KEYS_DELETED) {
            return complain(why, "has an index entry that names no pair");
        }
        named += index >= 0;
        empty += index == RT_KEYS_EMPTY;
    }
    if (empty == 0) {
        return complain(why, "has no empty slot");
    }
    return named == used || complain(why, "does not name each of its pairs once");
}

bool
rt_keys_verify(const struct rt_keys *keys, size_t used, struct rt_text *why) {
    if (keys->count <= 0 || keys->entries < 0 || keys->entries > keys->limit ||
        (size_t)keys->limit > rt_keys_usable_of(keys->log2_slots)) {
        return complain(why, "has more pairs than it may, or no references");
    }
    if (keys->log2_index_bytes != log2_index_bytes_of(keys->log2_slots) && keys->log2_slots != 0) {
        return complain(why, "has an index of the wrong size");
    }
    return verify_index(keys, used, why) && verify_pairs(keys, used, why);
}
