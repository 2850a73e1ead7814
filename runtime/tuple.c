/* SPDX-License-Identifier: MIT
 *
 * tuple.c: a fixed number of references in one block.
 *
 * Dead tuples of up to 20 items are kept, by length, for the next one of that length. As in CPython 3.11
 * those of 20 are kept but never taken out again: the test on the way in allows one more than the test on
 * the way out. It is reproduced because it shows in the collector's count.
 *
 * Invariants:
 *   - The block is 16 + 24 + 8 * length bytes. () is the one in the context, is never tracked, and dies
 *     never; no other tuple has the length 0.
 *   - A tuple is tracked from its birth; only the collector ends that, when its items allow it.
 *   - A kept tuple has its type and length already; the place of its first item links to the next.
 *   - Items are visited and let go from the last to the first.
 */
#include "runtime/tuple.h"

#include <string.h>

enum {
    KEPT_LENGTH_MAX = RT_FREE_TUPLE_COUNT - 1,
    REUSED_LENGTH_MAX = KEPT_LENGTH_MAX - 1,
    PREFIX_BYTES = sizeof(struct rt_head),
    LINK = PREFIX_BYTES + RT_TUPLE_BYTES,
    UNROLLED_LENGTH_MAX = 16, /* up to here a loop is quicker than a call of memset */
};

_Static_assert(offsetof(struct rt_tuple, items) == RT_TUPLE_BYTES, "as in CPython");

static size_t
item_bytes(size_t length) {
    return length * sizeof(struct rt_object *);
}

static struct rt_object *
empty_tuple(struct rt *rt) {
    return (struct rt_object *)(rt->shared.empty_tuple + PREFIX_BYTES);
}

/* ---- Blocks ------------------------------------------------------------------------------------- */

/* What is rare stands apart, so that the rest needs no stack frame. */
static RT_NOINLINE void
give_back(struct rt *rt, struct rt_object *tuple) {
    rt_object_free(rt, tuple, PREFIX_BYTES, RT_TUPLE_BYTES + item_bytes(rt_tuple_length(tuple)));
}

static RT_ALWAYS_INLINE void
give(struct rt *rt, struct rt_object *tuple, size_t length) {
    char *block = (char *)tuple - PREFIX_BYTES;

    if (RT_UNLIKELY(length > KEPT_LENGTH_MAX) ||
        RT_UNLIKELY(!rt_free_list_push(&rt->free_tuples[length], block, LINK))) {
        give_back(rt, tuple);
    }
}

static RT_NOINLINE struct rt_object *
take_new(struct rt *rt, size_t length) {
    struct rt_object *tuple;

    if (RT_UNLIKELY(length > PTRDIFF_MAX / 2 / sizeof(struct rt_object *))) {
        return rt_fail(rt, ENOMEM);
    }
    tuple = rt_object_alloc(rt, PREFIX_BYTES, RT_TUPLE_BYTES + item_bytes(length));
    if (tuple != NULL) {
        rt_object_init(tuple, &rt_tuple_type);
        rt_tuple(tuple)->sized.size = (int64_t)length;
    }
    return tuple;
}

/* Tracked, but its items are yet to be written: nothing else may happen before that.
 * pre: length > 0 */
static RT_ALWAYS_INLINE struct rt_object *
take(struct rt *rt, size_t length) {
    char *block = NULL;
    struct rt_object *tuple;

    if (RT_LIKELY(length <= REUSED_LENGTH_MAX)) {
        block = rt_free_list_pop(&rt->free_tuples[length], LINK);
    }
    if (RT_LIKELY(block != NULL)) {
        tuple = (struct rt_object *)(block + PREFIX_BYTES);
        tuple->count = 1;
    } else {
        tuple = take_new(rt, length);
        if (RT_UNLIKELY(tuple == NULL)) {
            return NULL;
        }
    }
    if (RT_UNLIKELY(!rt_track(rt, tuple))) {
        give(rt, tuple, length);
        return NULL;
    }
    return tuple;
}

static RT_ALWAYS_INLINE void
empty_items(struct rt_tuple *tuple, size_t length) {
    if (RT_UNLIKELY(length > UNROLLED_LENGTH_MAX)) {
        memset(tuple->items, 0, item_bytes(length));
        return;
    }
    for (size_t i = 0; i < length; i = rt_opaque(i + 1)) {
        tuple->items[i] = NULL;
    }
}

struct rt_object *
rt_tuple_new(struct rt *rt, size_t length) {
    struct rt_object *tuple;

    if (RT_UNLIKELY(length == 0)) {
        return rt_incref(empty_tuple(rt));
    }
    tuple = take(rt, length);
    if (RT_LIKELY(tuple != NULL)) {
        empty_items(rt_tuple(tuple), length);
    }
    return tuple;
}

struct rt_object *
rt_tuple_pack(struct rt *rt, struct rt_object *const *items, size_t length) {
    struct rt_object *tuple;

    if (RT_UNLIKELY(length == 0)) {
        return rt_incref(empty_tuple(rt));
    }
    tuple = take(rt, length);
    if (RT_LIKELY(tuple != NULL)) {
        for (size_t i = 0; i < length; i++) {
            rt_tuple(tuple)->items[i] = rt_incref(items[i]);
        }
    }
    return tuple;
}

/* Goes on where the item before `left` has lost its last reference. */
static RT_NOINLINE void
drop_nested(struct rt *rt, struct rt_object *tuple, size_t left) {
    size_t length = rt_tuple_length(tuple);

    rt->trash_depth++;
    rt_object_drop(rt, rt_tuple_get(tuple, --left));
    while (left-- > 0) {
        rt_xdecref(rt, rt_tuple_get(tuple, left));
    }
    give(rt, tuple, length);
    rt_trash_leave(rt);
}

/* As long as no item dies nothing nests, and the depth need not be counted. */
static void
drop(struct rt *rt, struct rt_object *tuple) {
    size_t length = rt_tuple_length(tuple);

    if (RT_UNLIKELY(length == 0)) {
        tuple->count = RT_SHARED_COUNT;
        return;
    }
    rt_untrack(rt, tuple);
    if (RT_UNLIKELY(rt->trash_depth >= RT_TRASH_DEPTH_MAX)) {
        rt_trash_put(rt, tuple);
        return;
    }
    for (size_t left = length; left > 0; left--) {
        struct rt_object *item = rt_tuple_get(tuple, left - 1);

        if (RT_LIKELY(item != NULL) && RT_UNLIKELY(--item->count == 0)) {
            drop_nested(rt, tuple, left);
            return;
        }
    }
    give(rt, tuple, length);
}

/* ---- What a tuple is to others ------------------------------------------------------------------ */

static void
traverse(struct rt_object *tuple, rt_visit_fn visit, void *context) {
    for (size_t i = rt_tuple_length(tuple); i-- > 0;) {
        if (rt_tuple(tuple)->items[i] != NULL) {
            visit(rt_tuple(tuple)->items[i], context);
        }
    }
}

static size_t
size(const struct rt_object *tuple) {
    return RT_TUPLE_BYTES + item_bytes(rt_tuple_length(tuple));
}

static size_t
owned(const struct rt_object *tuple) {
    return rt_tuple_length(tuple) == 0 ? 0 : PREFIX_BYTES + size(tuple);
}

/* CPython's: xxHash's round for one lane of 64 bits, fed with the items' hashes, and at the end the length
 * in place of xxHash's last mixing. */
static const uint64_t PRIME_1 = UINT64_C(11400714785074694791);
static const uint64_t PRIME_2 = UINT64_C(14029467366897019727);
static const uint64_t PRIME_5 = UINT64_C(2870177450012600261);
static const uint64_t LENGTH_SALT = 3527539;
static const int64_t HASH_INSTEAD_OF_MINUS_1 = 1546275796;

static uint64_t
mix_in(uint64_t sum, int64_t item_hash) {
    sum += (uint64_t)item_hash * PRIME_2;
    return (sum << 31 | sum >> 33) * PRIME_1;
}

static int
hash_deep(struct rt *rt, struct rt_object *tuple, int64_t *ret_hash, int depth) {
    size_t length = rt_tuple_length(tuple);
    uint64_t sum = PRIME_5;

    if (depth > RT_EQUAL_DEPTH_MAX) {
        return rt_refuse(rt, ELOOP);
    }
    for (size_t i = 0; i < length; i++) {
        struct rt_object *item = rt_tuple_get(tuple, i);
        int64_t item_hash = 0;
        int status = item->type == &rt_tuple_type ? hash_deep(rt, item, &item_hash, depth + 1)
                                                  : rt_hash(rt, item, &item_hash);

        if (status != 0) {
            return status;
        }
        sum = mix_in(sum, item_hash);
    }
    sum += length ^ (PRIME_5 ^ LENGTH_SALT);
    *ret_hash = sum == UINT64_MAX ? HASH_INSTEAD_OF_MINUS_1 : (int64_t)sum;
    return 0;
}

static int
hash(struct rt *rt, struct rt_object *tuple, int64_t *ret_hash) {
    return hash_deep(rt, tuple, ret_hash, 0);
}

static int
equal(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    size_t length = rt_tuple_length(one);

    if (other->type != &rt_tuple_type || rt_tuple_length(other) != length) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        int result = rt_equal_deep(rt, rt_tuple_get(one, i), rt_tuple_get(other, i), depth + 1);

        if (result != 1) {
            return result;
        }
    }
    return 1;
}

bool
rt_tuple_needs_tracking(const struct rt_object *tuple) {
    for (size_t i = 0; i < rt_tuple_length(tuple); i++) {
        const struct rt_object *item = rt_tuple_get(tuple, i);

        if (item == NULL || rt_may_be_tracked(item)) { /* NULL: not yet filled in */
            return true;
        }
    }
    return false;
}

static bool
verify(const struct rt *rt, const struct rt_object *tuple, struct rt_text *why) {
    const char *shared = rt->shared.empty_tuple + PREFIX_BYTES;
    int64_t length = rt_tuple(tuple)->sized.size;

    if (length < 0) {
        rt_text_string(why, "a tuple has fewer than no items");
    } else if (length == 0 && (const char *)tuple != shared) {
        rt_text_string(why, "a tuple without items is not the shared one");
    } else if (length == 0 && rt_head_is_tracked(tuple)) {
        rt_text_string(why, "the empty tuple is tracked");
    } else {
        return true;
    }
    return false;
}

const struct rt_type rt_tuple_type = {
    .drop = drop,
    .traverse = traverse,
    .size = size,
    .owned = owned,
    .hash = hash,
    .equal = equal,
    .verify = verify,
    .name = "tuple",
    .kind = RT_KIND_TUPLE,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = PREFIX_BYTES,
};

/* ---- The context -------------------------------------------------------------------------------- */

void
rt_tuple_init(struct rt *rt) {
    struct rt_tuple *empty = rt_tuple(empty_tuple(rt));

    empty->sized = (struct rt_sized){.object = {.count = RT_SHARED_COUNT, .type = &rt_tuple_type}};
}

void
rt_tuple_free_lists_clear(struct rt *rt) {
    for (size_t length = 1; length <= KEPT_LENGTH_MAX; length++) {
        char *block;

        while ((block = rt_free_list_pop(&rt->free_tuples[length], LINK)) != NULL) {
            rt_object_free(rt, (struct rt_object *)(block + PREFIX_BYTES), PREFIX_BYTES,
                           RT_TUPLE_BYTES + item_bytes(length));
        }
    }
}
