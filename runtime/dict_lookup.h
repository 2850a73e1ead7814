/* SPDX-License-Identifier: MIT
 *
 * dict_lookup.h: the index of a key table, and searches in it, written out for the callers in a hurry.
 *
 * An index entry is the number of a pair, or RT_KEYS_EMPTY, or RT_KEYS_DELETED. A search looks at the slot that
 * the low bits of the hash name, the key's home, and goes on by perturbation, as CPython's does.
 *
 * In tables of 2^16 ... 2^31 slots memory is what a search waits for, and the number of a pair leaves bits of
 * the 32-bit entry unused. They hold a *mark*: whether the slot is the key's home, and above that the bits of the
 * hash that follow those of the home, as many as fit:
 *
 *     31                          log2+1   log2    log2-1            0
 *     [ hash >> log2, cut on the left ]   [home]   [ number of the pair ]
 *
 * A search then knows a wrong entry without looking at the pair; and a table of twice the size can be indexed
 * from the old index alone, but for the keys that are not at home (dict_keys.c).
 * The numbers of pairs end at 2/3 of the slots, so no entry is taken for one of the two that name none.
 */
#ifndef RUNTIME_DICT_LOOKUP_H
#define RUNTIME_DICT_LOOKUP_H

#include "runtime/dict_keys.h"
#include "runtime/int.h"
#include "runtime/str.h"

enum {
    RT_PERTURB_SHIFT = 5,
    RT_KEYS_WORDS_LOG2 = 8,  /* from here on index entries have 16 bits, */
    RT_KEYS_MARKS_LOG2 = 16, /* 32, and marks, */
    RT_KEYS_HUGE_LOG2 = 32,  /* 64, and none */
    RT_KEYS_FAILED = -3,     /* beside RT_KEYS_EMPTY: a search that ended in an error */
};

static const uint32_t RT_KEYS_RAW_EMPTY = UINT32_MAX, RT_KEYS_RAW_DELETED = UINT32_MAX - 1;

static inline size_t
rt_keys_slots(const struct rt_keys *keys) {
    return (size_t)1 << keys->log2_slots;
}

static inline size_t
rt_keys_usable_of(unsigned log2_slots) {
    return ((size_t)2 << log2_slots) / 3;
}

static RT_ALWAYS_INLINE struct rt_key_str *
rt_keys_str(const struct rt_keys *keys) {
    return (struct rt_key_str *)rt_keys_entries(keys);
}

static RT_ALWAYS_INLINE struct rt_key_general *
rt_keys_general(const struct rt_keys *keys) {
    return (struct rt_key_general *)rt_keys_entries(keys);
}

static RT_ALWAYS_INLINE struct rt_object *
rt_keys_key(const struct rt_keys *keys, int64_t index) {
    return keys->kind == RT_KEYS_GENERAL ? rt_keys_general(keys)[index].key
                                         : rt_keys_str(keys)[index].key;
}

/* pre: a pair that is there */
static RT_ALWAYS_INLINE int64_t
rt_keys_hash(const struct rt_keys *keys, int64_t index) {
    return keys->kind == RT_KEYS_GENERAL ? rt_keys_general(keys)[index].hash
                                         : rt_str(rt_keys_str(keys)[index].key)->hash;
}

static RT_ALWAYS_INLINE void
rt_keys_put(struct rt_keys *keys, int64_t index, int64_t hash, struct rt_object *key,
            struct rt_object *value) {
    if (keys->kind == RT_KEYS_GENERAL) {
        rt_keys_general(keys)[index] = (struct rt_key_general){hash, key, value};
    } else {
        rt_keys_str(keys)[index] = (struct rt_key_str){key, value};
    }
}

/* ---- Kept tables --------------------------------------------------------------------------------
 * The smallest of str keys go to a free list, and come back with a head that needs little. */

static RT_ALWAYS_INLINE bool
rt_keys_is_kept(unsigned log2_slots, enum rt_keys_kind kind) {
    return log2_slots == RT_KEYS_LOG2_LEAST && kind == RT_KEYS_STR;
}

/* pre: there is one */
static RT_ALWAYS_INLINE struct rt_keys *
rt_keys_take_kept(struct rt *rt) {
    struct rt_keys *keys = rt_free_list_pop(&rt->free_keys, offsetof(struct rt_keys, count));

    keys->count = 1;
    keys->limit = (int64_t)rt_keys_usable_of(RT_KEYS_LOG2_LEAST);
    keys->entries = 0;
    *(uint64_t *)(void *)keys->indices = UINT64_MAX;
    return keys;
}

/* False: there are enough. */
static RT_ALWAYS_INLINE bool
rt_keys_keep(struct rt *rt, struct rt_keys *keys) {
    return rt_free_list_push(&rt->free_keys, keys, offsetof(struct rt_keys, count));
}

/* ---- Probes ------------------------------------------------------------------------------------- */

/* The slots of a search, one after the other. */
struct rt_probe {
    size_t slot, mask;
    uint64_t perturb;
};

static RT_ALWAYS_INLINE struct rt_probe
rt_probe_begin(const struct rt_keys *keys, int64_t hash) {
    size_t mask = rt_keys_slots(keys) - 1;

    return (struct rt_probe){.slot = (size_t)hash & mask, .mask = mask, .perturb = (uint64_t)hash};
}

static RT_ALWAYS_INLINE void
rt_probe_next(struct rt_probe *probe) {
    probe->perturb >>= RT_PERTURB_SHIFT;
    probe->slot = (probe->slot * 5 + probe->perturb + 1) & probe->mask;
}

/* ---- Index entries ------------------------------------------------------------------------------ */

static RT_ALWAYS_INLINE bool
rt_keys_has_marks(unsigned log2_slots) {
    return log2_slots - RT_KEYS_MARKS_LOG2 < RT_KEYS_HUGE_LOG2 - RT_KEYS_MARKS_LOG2;
}

/* What stands above the number of a key of that hash in its home. */
static RT_ALWAYS_INLINE uint32_t
rt_keys_mark(unsigned log2_slots, int64_t hash) {
    return (uint32_t)(((uint64_t)hash >> log2_slots << 1 | 1) << log2_slots);
}

static RT_ALWAYS_INLINE uint32_t
rt_keys_away(unsigned log2_slots, uint32_t mark) {
    return mark & ~((uint32_t)1 << log2_slots);
}

/* What an entry of a table with marks says. */
static RT_ALWAYS_INLINE int64_t
rt_keys_raw_index(uint32_t raw, size_t mask) {
    return RT_UNLIKELY(raw >= RT_KEYS_RAW_DELETED) ? (int32_t)raw : (int64_t)(raw & mask);
}

/* The number of a pair, RT_KEYS_EMPTY or RT_KEYS_DELETED. */
static RT_ALWAYS_INLINE int64_t
rt_keys_index_get(const struct rt_keys *keys, size_t slot) {
    unsigned log2_slots = keys->log2_slots;

    if (log2_slots < RT_KEYS_WORDS_LOG2) {
        return ((const int8_t *)keys->indices)[slot];
    }
    if (log2_slots < RT_KEYS_MARKS_LOG2) {
        return ((const int16_t *)keys->indices)[slot];
    }
    if (RT_LIKELY(log2_slots < RT_KEYS_HUGE_LOG2)) {
        return rt_keys_raw_index(((const uint32_t *)keys->indices)[slot], rt_keys_slots(keys) - 1);
    }
    return ((const int64_t *)keys->indices)[slot];
}

static RT_ALWAYS_INLINE void
rt_keys_index_put(struct rt_keys *keys, size_t slot, int64_t hash, int64_t index) {
    unsigned log2_slots = keys->log2_slots;

    if (log2_slots < RT_KEYS_WORDS_LOG2) {
        ((int8_t *)keys->indices)[slot] = (int8_t)index;
    } else if (log2_slots < RT_KEYS_MARKS_LOG2) {
        ((int16_t *)keys->indices)[slot] = (int16_t)index;
    } else if (RT_LIKELY(log2_slots < RT_KEYS_HUGE_LOG2)) {
        uint32_t mark = rt_keys_mark(log2_slots, hash);
        bool is_home = ((size_t)hash & (rt_keys_slots(keys) - 1)) == slot;

        ((uint32_t *)keys->indices)[slot] =
            (uint32_t)index | (is_home ? mark : rt_keys_away(log2_slots, mark));
    } else {
        ((int64_t *)keys->indices)[slot] = index;
    }
}

static inline void
rt_keys_index_delete(struct rt_keys *keys, size_t slot) {
    if (keys->log2_slots < RT_KEYS_WORDS_LOG2) {
        ((int8_t *)keys->indices)[slot] = RT_KEYS_DELETED;
    } else if (keys->log2_slots < RT_KEYS_MARKS_LOG2) {
        ((int16_t *)keys->indices)[slot] = RT_KEYS_DELETED;
    } else if (keys->log2_slots < RT_KEYS_HUGE_LOG2) {
        ((uint32_t *)keys->indices)[slot] = RT_KEYS_RAW_DELETED;
    } else {
        ((int64_t *)keys->indices)[slot] = RT_KEYS_DELETED;
    }
}

/* The first empty slot on the way of that hash. pre: no slot names a deleted pair, as in a new index */
static RT_ALWAYS_INLINE size_t
rt_keys_empty_slot(const struct rt_keys *keys, int64_t hash) {
    struct rt_probe probe = rt_probe_begin(keys, hash);

    while (rt_keys_index_get(keys, probe.slot) != RT_KEYS_EMPTY) {
        rt_probe_next(&probe);
    }
    return probe.slot;
}

/* ---- Searches ----------------------------------------------------------------------------------- */

/* Where a search ended: at the pair of that number; with RT_KEYS_EMPTY, and the slot for such a key; or with
 * RT_KEYS_FAILED. */
struct rt_found {
    int64_t index;
    size_t slot;
};

/* The first slot of a deleted pair that a search has passed; RT_KEYS_EMPTY: none. A new key that takes it keeps the
 * way short: where the same key comes and goes, each time would else leave one more slot to walk over. */
static RT_ALWAYS_INLINE void
rt_keys_note_deleted(int64_t *deleted, size_t slot) {
    *deleted = *deleted >= 0 ? *deleted : (int64_t)slot;
}

static RT_ALWAYS_INLINE struct rt_found
rt_keys_not_found(int64_t deleted, size_t slot) {
    return (struct rt_found){RT_KEYS_EMPTY, deleted >= 0 ? (size_t)deleted : slot};
}

/* 1, 0 or -1. pre: the hashes are equal */
static RT_ALWAYS_INLINE int
rt_keys_compare(struct rt *rt, struct rt_object *one, struct rt_object *other) {
    if (one->type == &rt_int_type && other->type == &rt_int_type) {
        int64_t size = rt_int(one)->sized.size;

        if (RT_LIKELY(size >= -1 && size <= 1)) {
            return size == rt_int(other)->sized.size &&
                   rt_int(one)->digits[0] == rt_int(other)->digits[0];
        }
    } else if (rt_is_str(one) && rt_is_str(other)) {
        return rt_str_equal(one, other);
    }
    return rt_equal(rt, one, other);
}

/* 1, 0 or -1. Does not look at the key of the pair when it is the same object, or when its hash is in the pair
 * and another. */
static RT_ALWAYS_INLINE int
rt_keys_is_same(struct rt *rt, const struct rt_keys *keys, size_t index, struct rt_object *key,
                int64_t hash) {
    struct rt_object *other;

    if (keys->kind == RT_KEYS_GENERAL) {
        const struct rt_key_general *pair = &rt_keys_general(keys)[index];

        if (RT_LIKELY(pair->key == key)) {
            return 1;
        }
        return pair->hash == hash ? rt_keys_compare(rt, pair->key, key) : 0;
    }
    other = rt_keys_str(keys)[index].key;
    return RT_LIKELY(other == key) || (rt_str(other)->hash == hash && rt_str_equal(other, key));
}

/* Whether the entry may name a key of that hash: always without marks. */
static RT_ALWAYS_INLINE bool
rt_keys_may_be(const struct rt_keys *keys, size_t slot, uint32_t mark) {
    return !rt_keys_has_marks(keys->log2_slots) ||
           (((const uint32_t *)keys->indices)[slot] ^ mark) >> keys->log2_slots == 0;
}

/* pre: a str, when all keys are */
static RT_ALWAYS_INLINE struct rt_found
rt_keys_seek_any(struct rt *rt, const struct rt_keys *keys, struct rt_object *key, int64_t hash) {
    struct rt_probe probe = rt_probe_begin(keys, hash);
    uint32_t mark = rt_keys_mark(keys->log2_slots, hash);
    int64_t deleted = RT_KEYS_EMPTY;

    for (;; rt_probe_next(&probe), mark = rt_keys_away(keys->log2_slots, mark)) {
        int64_t index = rt_keys_index_get(keys, probe.slot);

        if (RT_LIKELY(index >= 0)) {
            int is_same = rt_keys_may_be(keys, probe.slot, mark)
                              ? rt_keys_is_same(rt, keys, (size_t)index, key, hash)
                              : 0;

            if (RT_LIKELY(is_same != 0)) {
                return (struct rt_found){is_same > 0 ? index : RT_KEYS_FAILED, probe.slot};
            }
        } else if (index == RT_KEYS_EMPTY) {
            return rt_keys_not_found(deleted, probe.slot);
        } else {
            rt_keys_note_deleted(&deleted, probe.slot);
        }
    }
}

/* No key of another kind is equal to a str: a table of str keys has none of those. */
static RT_ALWAYS_INLINE struct rt_found
rt_keys_seek(struct rt *rt, const struct rt_keys *keys, struct rt_object *key, int64_t hash) {
    if (RT_UNLIKELY(keys->kind != RT_KEYS_GENERAL && !rt_is_str(key))) {
        return (struct rt_found){RT_KEYS_EMPTY, 0};
    }
    return rt_keys_seek_any(rt, keys, key, hash);
}

/* ---- Searches without calls --------------------------------------------------------------------- */

/* The number of the pair that the first slot of a search names, unless its mark says that it is another; negative:
 * none, or it is not known. */
static RT_ALWAYS_INLINE int64_t
rt_keys_first_index(const struct rt_keys *keys, int64_t hash) {
    unsigned log2_slots = keys->log2_slots;
    size_t mask = ((size_t)1 << log2_slots) - 1, slot = (size_t)hash & mask;

    if (log2_slots < RT_KEYS_WORDS_LOG2) {
        return ((const int8_t *)keys->indices)[slot];
    }
    if (log2_slots < RT_KEYS_MARKS_LOG2) {
        return ((const int16_t *)keys->indices)[slot];
    }
    if (RT_LIKELY(log2_slots < RT_KEYS_HUGE_LOG2)) {
        uint32_t raw = ((const uint32_t *)keys->indices)[slot];

        if (RT_UNLIKELY((raw ^ rt_keys_mark(log2_slots, hash)) >> log2_slots != 0) ||
            RT_UNLIKELY(raw >= RT_KEYS_RAW_DELETED)) {
            return RT_KEYS_DELETED;
        }
        return (int64_t)(raw & mask);
    }
    return RT_KEYS_DELETED;
}

/* A search for the very object, in a table of that kind. RT_KEYS_FAILED: another key with its hash is in the way. */
static RT_ALWAYS_INLINE struct rt_found
rt_keys_seek_quickly(const struct rt_keys *keys, enum rt_keys_kind kind,
                     const struct rt_object *key, int64_t hash) {
    struct rt_probe probe = rt_probe_begin(keys, hash);
    uint32_t mark = rt_keys_mark(keys->log2_slots, hash);
    int64_t deleted = RT_KEYS_EMPTY;

    for (;; rt_probe_next(&probe), mark = rt_keys_away(keys->log2_slots, mark)) {
        int64_t index = rt_keys_index_get(keys, probe.slot);
        const struct rt_object *other;

        if (index == RT_KEYS_EMPTY) {
            return rt_keys_not_found(deleted, probe.slot);
        }
        if (RT_UNLIKELY(index == RT_KEYS_DELETED)) {
            rt_keys_note_deleted(&deleted, probe.slot);
            continue;
        }
        if (!rt_keys_may_be(keys, probe.slot, mark)) {
            continue;
        }
        other =
            kind == RT_KEYS_STR ? rt_keys_str(keys)[index].key : rt_keys_general(keys)[index].key;
        if (other == key) {
            return (struct rt_found){index, probe.slot};
        }
        if ((kind == RT_KEYS_STR ? rt_str(other)->hash : rt_keys_general(keys)[index].hash) ==
            hash) {
            return (struct rt_found){RT_KEYS_FAILED, probe.slot};
        }
    }
}

/* ---- Hashes ------------------------------------------------------------------------------------- */

/* The hash of a key that most dicts are made of; false: not of that sort. */
static RT_ALWAYS_INLINE bool
rt_keys_hash_at_once(struct rt_object *key, int64_t *ret_hash) {
    if (RT_LIKELY(rt_is_str(key))) {
        *ret_hash = rt_str(key)->hash;
        return RT_LIKELY(*ret_hash != RT_STR_NO_HASH);
    }
    if (RT_LIKELY(key->type == &rt_int_type)) {
        int64_t size = rt_int(key)->sized.size;

        *ret_hash = rt_hash_not_unknown(size * (int64_t)rt_int(key)->digits[0]);
        return RT_LIKELY(size >= -1 && size <= 1);
    }
    return false;
}

static inline int
rt_keys_hash_of(struct rt *rt, struct rt_object *key, int64_t *ret_hash) {
    if (rt_is_str(key)) {
        *ret_hash = rt_str_hash(key);
        return 0;
    }
    return rt_hash(rt, key, ret_hash);
}

#endif
