/* SPDX-License-Identifier: MIT
 *
 * dict_keys.h: key tables.
 *
 * A key table is one block: this head of 32 bytes, an index of 2^log2_slots entries of 1, 2, 4 or 8 bytes,
 * and room for 2/3 as many pairs in the order of their insertion. A table that instances of a class share
 * has only the keys of its pairs in use; the values stand in an array that each instance has for itself (values.h).
 */
#ifndef RUNTIME_DICT_KEYS_H
#define RUNTIME_DICT_KEYS_H

#include "runtime/object.h"

enum rt_keys_kind {
    RT_KEYS_GENERAL, /* entries are hash, key, value */
    RT_KEYS_STR,     /* all keys are str: key, value */
    RT_KEYS_SHARED,  /* the same, and values are elsewhere */
};

enum {
    RT_KEYS_LOG2_LEAST = 3,
    RT_KEYS_SHARED_LOG2 = 6,
    RT_KEYS_SHARED_MAX = 30, /* names that instances may share */
    RT_KEYS_EMPTY = -1,
    RT_KEYS_DELETED = -2,
};

struct rt_keys {
    int64_t count; /* references: dicts, and the class */
    uint8_t log2_slots;
    uint8_t log2_index_bytes; /* of the whole index */
    uint8_t kind;             /* enum rt_keys_kind */
    uint8_t unused;
    uint32_t gone;   /* so many pairs at the front, or more, are deleted */
    int64_t limit;   /* of entries; each that popitem took back lowers it */
    int64_t entries; /* made so far, deleted ones included */
    char indices[];  /* and the entries behind them */
};

_Static_assert(sizeof(struct rt_keys) == 32, "the head of a key table");

struct rt_key_general {
    int64_t hash;
    struct rt_object *key, *value;
};

struct rt_values; /* values.h */

struct rt_key_str {
    struct rt_object *key, *value;
};

/* A dict, which holds either all of its table's values in the table, or has them in `values`. */
struct rt_dict {
    struct rt_object object;
    int64_t used;    /* pairs */
    uint64_t unused; /* CPython counts changes here */
    struct rt_keys *keys;
    struct rt_values *values; /* NULL unless keys are shared */
};

_Static_assert(sizeof(struct rt_dict) == 48, "a dict is as large as CPython's");

extern const struct rt_type rt_dict_type;

static inline size_t
rt_keys_index_bytes(const struct rt_keys *keys) {
    return (size_t)1 << keys->log2_index_bytes;
}

static inline void *
rt_keys_entries(const struct rt_keys *keys) {
    return (char *)keys + sizeof *keys + rt_keys_index_bytes(keys);
}

/* pre: str or shared keys, and the index of an entry */
static inline struct rt_object *
rt_keys_shared_name(const struct rt_keys *keys, int64_t index) {
    return ((struct rt_key_str *)rt_keys_entries(keys))[index].key;
}

/* Room for values that an instance made now needs. */
static inline size_t
rt_keys_shared_room(const struct rt_keys *keys) {
    return (size_t)keys->limit;
}

/* ---- dict_keys.c, for dict.c, instance.c and class.c ---- */

/* A class's own table. NULL: ENOMEM. */
struct rt_keys *rt_keys_new_shared(struct rt *rt);
void rt_keys_decref(struct rt *rt, struct rt_keys *keys);
size_t rt_keys_bytes(const struct rt_keys *keys); /* of its block */

/* The index of an interned name in a class's keys, or RT_KEYS_EMPTY. */
int64_t rt_keys_shared_find(const struct rt_keys *keys, struct rt_object *name);

/* The same, and puts it there when it is new and there is room for it. */
int64_t rt_keys_shared_insert(struct rt_keys *keys, struct rt_object *name);

/* ---- dict_keys.c, for dict.c ---- */

/* The table of all dicts without pairs, which lies in the context. Nobody counts who refers to it. */
static inline struct rt_keys *
rt_keys_none(const struct rt *rt) {
    return (struct rt_keys *)(uintptr_t)rt->shared.empty_keys;
}

void rt_keys_init(struct rt *rt); /* makes it */

/* An empty table, with its index. NULL: ENOMEM. */
struct rt_keys *rt_keys_new(struct rt *rt, unsigned log2_slots, enum rt_keys_kind kind);

/* The same pairs once more, deleted ones included: the block's copy. NULL: ENOMEM. */
struct rt_keys *rt_keys_clone(struct rt *rt, const struct rt_keys *keys);

/* A table that takes over the pairs of an unshared one, `used` by number. NULL: ENOMEM, and nothing
 * happened; otherwise the old one is gone. */
struct rt_keys *rt_keys_move(struct rt *rt, struct rt_keys *old, size_t used, unsigned log2_slots,
                             enum rt_keys_kind kind);

/* A table that takes over an instance's values, in the order in which they were set. NULL: ENOMEM, and nothing
 * happened; otherwise the values' block is gone, and so is the reference to the class's keys. */
struct rt_keys *rt_keys_unshare(struct rt *rt, struct rt_keys *shared, struct rt_values *values,
                                unsigned log2_slots, enum rt_keys_kind kind);

void rt_keys_free(struct rt *rt, struct rt_keys *keys); /* the block alone */
void rt_keys_free_list_clear(struct rt *rt);

/* pre: a table of str keys */
int64_t rt_keys_find_str(const struct rt_keys *keys, struct rt_object *name, int64_t hash);

/* The slot that names this pair of that hash. pre: there is one */
size_t rt_keys_slot_of(const struct rt_keys *keys, int64_t hash, int64_t index);

/* `used` pairs are in use, and each is found where it should be; otherwise `why` says what is wrong. */
bool rt_keys_verify(const struct rt_keys *keys, size_t used, struct rt_text *why);

/* ---- dict.c, for instance.c ---- */

/* A new dict comes to stand over a class's keys and takes over an instance's values; it is tracked when one of them
 * may have to be. -1: ENOMEM, it is empty still, and the values are the caller's. */
int rt_dict_share(struct rt *rt, struct rt_object *dict, struct rt_keys *keys,
                  struct rt_values *values);

#endif
