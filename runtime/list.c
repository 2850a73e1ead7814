/* SPDX-License-Identifier: MIT
 *
 * list.c: references in an array of its own, which grows ahead of need.
 *
 * The array's capacity follows CPython 3.11 to the item:
 *   - A length n from half the capacity (rounded down) to all of it leaves the array alone.
 *   - Any other gets n + n/8 + 6, rounded down to a multiple of four; or, where the list grows by more than
 *     that would leave free, n rounded up to one; or 0 for 0.
 *   - Who knows the length in advance (a slice, a copy, n times an item) has exactly that; extending a list that
 *     has no array, that rounded up to even.
 *   - A list of what a generator gives begins with eight, and is cut by the first rule at the end.
 *   - Clearing gives the array back. Becoming empty by removal of the last item keeps one of capacity 0,
 *     which is a block of one byte, and is an array all the same when the list is extended next.
 *
 * Invariants:
 *   - 0 <= length <= capacity; items is NULL only with capacity 0; its block is capacity * 8 bytes.
 *   - A list is tracked from its birth to its death.
 *   - Dropping an item may run anything, so an item is out of the list, and the list whole, before that.
 *     Only a dying list drops items in place: nobody has it any more.
 *   - Several items are let go from the last to the first.
 *   - The objects of dead lists, without arrays, are kept for the next list but the one that rt_list_call
 *     makes; the place of `items` links them.
 */
#include "runtime/list.h"

#include <string.h>

enum {
    PREFIX_BYTES = sizeof(struct rt_head),
    BYTES = sizeof(struct rt_list),
    LINK = PREFIX_BYTES + offsetof(struct rt_list, items),
    SAVED_ON_STACK = 8,
    FIRST_CAPACITY = 4, /* by the rule */
    GUESSED_LENGTH = 8, /* of what does not say */
    SHORT_LENGTH = 8,
};

static const size_t LENGTH_MAX = PTRDIFF_MAX / 4 / sizeof(struct rt_object *);

_Static_assert(sizeof(struct rt_list) == 40, "as in CPython");

static size_t
item_bytes(size_t count) {
    return count * sizeof(struct rt_object *);
}

/* ---- Birth -------------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE void
give(struct rt *rt, struct rt_object *list) {
    if (RT_UNLIKELY(!rt_free_list_push(&rt->free_lists, (char *)list - PREFIX_BYTES, LINK))) {
        rt_object_free(rt, list, PREFIX_BYTES, BYTES);
    }
}

/* Empty; gives the block back on failure. */
static RT_ALWAYS_INLINE struct rt_object *
begin(struct rt *rt, struct rt_object *list) {
    rt_list(list)->sized.size = 0;
    rt_list(list)->items = NULL;
    rt_list(list)->capacity = 0;
    if (RT_UNLIKELY(!rt_track(rt, list))) {
        give(rt, list);
        return NULL;
    }
    return list;
}

RT_NOINLINE struct rt_object *
rt_list_call(struct rt *rt) {
    struct rt_object *list = rt_object_alloc(rt, PREFIX_BYTES, BYTES);

    if (RT_UNLIKELY(list == NULL)) {
        return NULL;
    }
    rt_object_init(list, &rt_list_type);
    return begin(rt, list);
}

static RT_ALWAYS_INLINE struct rt_object *
take(struct rt *rt) {
    char *block = rt_free_list_pop(&rt->free_lists, LINK);
    struct rt_object *list;

    if (RT_UNLIKELY(block == NULL)) {
        return rt_list_call(rt);
    }
    list = (struct rt_object *)(block + PREFIX_BYTES);
    list->count = 1; /* its type it has */
    return begin(rt, list);
}

/* An array for a list that has none. */
static RT_ALWAYS_INLINE int
furnish(struct rt *rt, struct rt_list *list, size_t capacity) {
    struct rt_object **items;

    if (RT_UNLIKELY(capacity > LENGTH_MAX)) {
        return rt_refuse(rt, ENOMEM);
    }
    items = rt_alloc_inline(rt, item_bytes(capacity));
    if (RT_UNLIKELY(items == NULL)) {
        return rt_refuse(rt, ENOMEM);
    }
    list->items = items;
    list->capacity = (int64_t)capacity;
    return 0;
}

/* With an array of exactly this length, yet to be filled.
 * pre: length > 0 */
static RT_ALWAYS_INLINE struct rt_object *
take_furnished(struct rt *rt, size_t length) {
    struct rt_object *list = take(rt);

    if (RT_UNLIKELY(list == NULL)) {
        return NULL;
    }
    if (RT_UNLIKELY(furnish(rt, rt_list(list), length) != 0)) {
        rt_decref(rt, list);
        return NULL;
    }
    rt_list(list)->sized.size = (int64_t)length;
    return list;
}

static RT_NOINLINE struct rt_object *
take_zeroed(struct rt *rt, size_t length) {
    struct rt_object *list = take(rt);
    size_t bytes = item_bytes(length);

    if (RT_UNLIKELY(list == NULL)) {
        return NULL;
    }
    rt_list(list)->items = length > LENGTH_MAX ? NULL : rt_alloc_zeroed(rt, bytes);
    if (RT_UNLIKELY(rt_list(list)->items == NULL)) {
        rt_decref(rt, list);
        return rt_fail(rt, ENOMEM);
    }
    rt_list(list)->capacity = rt_list(list)->sized.size = (int64_t)length;
    return list;
}

/* A few items are cleared sooner than anybody is called to do it. */
struct rt_object *
rt_list_new(struct rt *rt, size_t length) {
    struct rt_object *list;

    if (length == 0) {
        return take(rt);
    }
    if (length > SHORT_LENGTH) {
        return take_zeroed(rt, length);
    }
    list = take_furnished(rt, length);
    for (size_t i = 0; list != NULL && i < length; i++) {
        rt_list(list)->items[i] = NULL;
        RT_KEEP_LOOP();
    }
    return list;
}

static void
copy_items(struct rt_object **to, struct rt_object *const *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        to[i] = rt_incref(items[i]);
    }
}

struct rt_object *
rt_list_pack(struct rt *rt, struct rt_object *const *items, size_t length) {
    struct rt_object *list;

    if (length == 0) {
        return take(rt);
    }
    list = take_furnished(rt, length);
    if (list != NULL) {
        copy_items(rt_list(list)->items, items, length);
    }
    return list;
}

struct rt_object *
rt_list_repeat(struct rt *rt, struct rt_object *item, size_t length) {
    struct rt_object *list;

    if (length == 0) {
        return take(rt);
    }
    list = take_furnished(rt, length);
    if (list != NULL) {
        item->count += (int64_t)length;
        for (size_t i = 0; i < length; i++) {
            rt_list(list)->items[i] = item;
        }
    }
    return list;
}

/* As Python does with the bounds of a slice. */
static void
clamp(const struct rt_object *list, size_t *start, size_t *end) {
    size_t length = rt_list_length(list);

    *end = *end < length ? *end : length;
    *start = *start < *end ? *start : *end;
}

struct rt_object *
rt_list_slice(struct rt *rt, struct rt_object *list, size_t start, size_t end) {
    struct rt_object *slice;

    RT_ASSERT_KIND(list, RT_KIND_LIST);
    clamp(list, &start, &end);
    if (start == end) {
        return take(rt);
    }
    slice = take_furnished(rt, end - start);
    if (slice != NULL) { /* taking it may have run anything */
        size_t length = rt_list_length(slice), left = rt_list_length(list);

        start = start < left ? start : left;
        length = length < left - start ? length : left - start;
        copy_items(rt_list(slice)->items, rt_list(list)->items + start, length);
        rt_list(slice)->sized.size = (int64_t)length;
    }
    return slice;
}

/* ---- Growth ------------------------------------------------------------------------------------- */

static size_t
capacity_for(size_t length, size_t old_length) {
    size_t capacity = (length + (length >> 3) + 6) & ~(size_t)3;

    if (length == 0) {
        return 0;
    }
    if (length > old_length && length - old_length > capacity - length) {
        capacity = (length + 3) & ~(size_t)3;
    }
    return capacity;
}

static int
move_items(struct rt *rt, struct rt_list *list, size_t capacity) {
    struct rt_object **items;

    if (capacity > LENGTH_MAX) {
        return rt_refuse(rt, ENOMEM);
    }
    items = rt_realloc(rt, list->items, item_bytes((size_t)list->capacity), item_bytes(capacity));
    if (items == NULL) {
        return rt_refuse(rt, ENOMEM);
    }
    list->items = items;
    list->capacity = (int64_t)capacity;
    return 0;
}

/* What is between the old length and a larger one is yet to be filled. */
static int
resize(struct rt *rt, struct rt_list *list, size_t length) {
    size_t capacity = (size_t)list->capacity, old_length = (size_t)list->sized.size;

    if ((length > capacity || length < capacity / 2) &&
        move_items(rt, list, capacity_for(length, old_length)) != 0) {
        return -1;
    }
    list->sized.size = (int64_t)length;
    return 0;
}

RT_NOINLINE int
rt_list_append_slowly(struct rt *rt, struct rt_object *list, struct rt_object *item) {
    struct rt_list *self = rt_list(list);
    size_t length = rt_list_length(list);

    RT_ASSERT_KIND(list, RT_KIND_LIST);
    if (RT_LIKELY(self->items == NULL)) {
        if (RT_UNLIKELY(furnish(rt, self, FIRST_CAPACITY) != 0)) {
            return -1;
        }
        self->sized.size = 1;
    } else if (RT_UNLIKELY(resize(rt, self, length + 1) != 0)) {
        return -1;
    }
    self->items[length] = rt_incref(item);
    return 0;
}

int
rt_list_insert(struct rt *rt, struct rt_object *list, size_t index, struct rt_object *item) {
    size_t length = rt_list_length(list);
    struct rt_object **place;

    RT_ASSERT_KIND(list, RT_KIND_LIST);
    if (resize(rt, rt_list(list), length + 1) != 0) {
        return -1;
    }
    index = index < length ? index : length;
    place = rt_list(list)->items + index;
    memmove(place + 1, place, item_bytes(length - index));
    *place = rt_incref(item);
    return 0;
}

/* Room for more items; the length is as it was. */
static int
make_room(struct rt *rt, struct rt_list *list, size_t more) {
    int64_t length = list->sized.size;
    int status;

    if (more > LENGTH_MAX) {
        return rt_refuse(rt, ENOMEM);
    }
    if (list->items == NULL) {
        return more == 0 ? 0 : furnish(rt, list, (more + 1) & ~(size_t)1);
    }
    status = resize(rt, list, (size_t)length + more);
    list->sized.size = length;
    return status;
}

static struct rt_object *const *
items_of(const struct rt_object *sequence) {
    return sequence->type->kind == RT_KIND_LIST ? rt_list(sequence)->items
                                                : ((const struct rt_tuple *)sequence)->items;
}

int
rt_list_extend(struct rt *rt, struct rt_object *list, struct rt_object *sequence) {
    size_t length = rt_list_length(list);
    size_t count = (size_t)((const struct rt_sized *)sequence)->size;

    RT_ASSERT_KIND(list, RT_KIND_LIST);
    RT_ASSERT(rt_kind(sequence) == RT_KIND_LIST || rt_kind(sequence) == RT_KIND_TUPLE,
              "a list is extended by a list or a tuple");
    if (count == 0) {
        return 0;
    }
    if (make_room(rt, rt_list(list), count) != 0) {
        return -1;
    }
    /* Only now, since it may be the same list. */
    copy_items(rt_list(list)->items + length, items_of(sequence), count);
    rt_list(list)->sized.size = (int64_t)(length + count);
    return 0;
}

/* Takes the reference over, on failure too. */
static int
append_steal(struct rt *rt, struct rt_object *list, struct rt_object *item) {
    int status = rt_list_append(rt, list, item);

    rt_decref(rt, item);
    return status;
}

/* As long as it was; when it had no array, without one again. */
static int
take_back(struct rt *rt, struct rt_object *list, size_t length, bool had_items) {
    int error = rt->error;

    while (rt_list_length(list) > length) {
        struct rt_object *last = rt_list(list)->items[--rt_list(list)->sized.size];

        rt_decref(rt, last);
    }
    if (!had_items && rt_list_length(list) == 0) {
        rt_list_clear(rt, list);
    }
    return rt_refuse(rt, error);
}

int
rt_list_extend_counted(struct rt *rt, struct rt_object *list, size_t count, rt_next_fn next,
                       void *context) {
    struct rt_list *self = rt_list(list);
    size_t length = rt_list_length(list);
    bool had_items = self->items != NULL;

    RT_ASSERT_KIND(list, RT_KIND_LIST);
    if (make_room(rt, self, count) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        struct rt_object *item = next(rt, context);

        if (item == NULL || append_steal(rt, list, item) != 0) {
            return take_back(rt, list, length, had_items);
        }
    }
    return 0;
}

static struct rt_object *
give_up(struct rt *rt, struct rt_object *list) {
    int error = rt->error;

    rt_decref(rt, list);
    return rt_fail(rt, error);
}

struct rt_object *
rt_list_from_generator(struct rt *rt, struct rt_object *generator) {
    struct rt_object *list = rt_list_call(rt), *item;

    if (list == NULL) {
        return NULL;
    }
    if (furnish(rt, rt_list(list), GUESSED_LENGTH) != 0) {
        return give_up(rt, list);
    }
    while ((item = rt_generator_next(rt, generator)) != NULL) {
        if (append_steal(rt, list, item) != 0) {
            return give_up(rt, list);
        }
    }
    if (rt->error != ENOENT || resize(rt, rt_list(list), rt_list_length(list)) != 0) {
        return give_up(rt, list);
    }
    return list;
}

/* ---- Shrinking ---------------------------------------------------------------------------------- */

/* Closes the gap that the items in `gone` leave behind; on failure they are where they were. */
static int
remove_range(struct rt *rt, struct rt_list *list, size_t start, size_t count,
             struct rt_object *const *gone) {
    size_t length = (size_t)list->sized.size, tail = length - start - count;
    struct rt_object **place = list->items + start;

    memmove(place, place + count, item_bytes(tail));
    if (resize(rt, list, length - count) == 0) {
        return 0;
    }
    memmove(place + count, place, item_bytes(tail));
    memcpy(place, gone, item_bytes(count));
    return -1;
}

struct rt_object *
rt_list_pop(struct rt *rt, struct rt_object *list, size_t index) {
    struct rt_list *self = rt_list(list);
    struct rt_object *item;

    RT_ASSERT_KIND(list, RT_KIND_LIST);
    if (RT_UNLIKELY(index >= rt_list_length(list))) {
        return rt_fail(rt, ERANGE);
    }
    item = self->items[index];
    if (RT_LIKELY(index + 1 == rt_list_length(list) && index >= rt_list_capacity(list) / 2)) {
        self->sized.size = (int64_t)index;
        return item;
    }
    return remove_range(rt, self, index, 1, &item) == 0 ? item : NULL;
}

static void
drop_backwards(struct rt *rt, struct rt_object *const *items, size_t count) {
    while (count-- > 0) {
        rt_xdecref(rt, items[count]);
    }
}

int
rt_list_delete(struct rt *rt, struct rt_object *list, size_t start, size_t end) {
    struct rt_object *few[SAVED_ON_STACK], **gone = few;
    size_t count;
    int status;

    RT_ASSERT_KIND(list, RT_KIND_LIST);
    clamp(list, &start, &end);
    count = end - start;
    if (count == rt_list_length(list)) {
        rt_list_clear(rt, list);
        return 0;
    }
    if (count > SAVED_ON_STACK) {
        gone = rt_alloc(rt, item_bytes(count));
    }
    if (gone == NULL) {
        return rt_refuse(rt, ENOMEM);
    }
    memcpy(gone, rt_list(list)->items + start, item_bytes(count));
    status = remove_range(rt, rt_list(list), start, count, gone);
    if (status == 0) {
        drop_backwards(rt, gone, count);
    }
    if (gone != few) {
        rt_free(rt, gone, item_bytes(count));
    }
    return status;
}

void
rt_list_clear(struct rt *rt, struct rt_object *list) {
    struct rt_list *self = rt_list(list);
    struct rt_object **items = self->items;
    size_t length = rt_list_length(list), capacity = rt_list_capacity(list);

    RT_ASSERT_KIND(list, RT_KIND_LIST);
    self->sized.size = 0;
    self->items = NULL;
    self->capacity = 0;
    drop_backwards(rt, items, length);
    rt_free(rt, items, item_bytes(capacity));
}

void
rt_list_reverse(struct rt_object *list) {
    struct rt_object **items = rt_list(list)->items;

    RT_ASSERT_KIND(list, RT_KIND_LIST);
    for (size_t low = 0, high = rt_list_length(list); low + 1 < high; low++) {
        struct rt_object *item = items[low];

        items[low] = items[--high];
        items[high] = item;
    }
}

/* ---- What a list is to others ------------------------------------------------------------------- */

static RT_ALWAYS_INLINE void
give_all(struct rt *rt, struct rt_object *list) {
    rt_free_inline(rt, rt_list(list)->items, item_bytes(rt_list_capacity(list)));
    give(rt, list);
}

/* Goes on where the item before `left` has lost its last reference. */
static RT_NOINLINE void
drop_nested(struct rt *rt, struct rt_object *list, size_t left) {
    rt->trash_depth++;
    rt_object_drop(rt, rt_list_get(list, --left));
    drop_backwards(rt, rt_list(list)->items, left);
    give_all(rt, list);
    rt_trash_leave(rt);
}

/* As long as no item dies nothing nests, and the depth need not be counted. */
static RT_NOINLINE void
drop_furnished(struct rt *rt, struct rt_object *list) {
    for (size_t left = rt_list_length(list); left > 0; left--) {
        struct rt_object *item = rt_list_get(list, left - 1);

        if (RT_LIKELY(item != NULL) && RT_UNLIKELY(--item->count == 0)) {
            drop_nested(rt, list, left);
            return;
        }
    }
    give_all(rt, list);
}

static void
drop(struct rt *rt, struct rt_object *list) {
    rt_untrack(rt, list);
    if (RT_UNLIKELY(rt->trash_depth >= RT_TRASH_DEPTH_MAX)) {
        rt_trash_put(rt, list);
    } else if (rt_list(list)->items != NULL) {
        drop_furnished(rt, list);
    } else {
        give(rt, list);
    }
}

static void
traverse(struct rt_object *list, rt_visit_fn visit, void *context) {
    for (size_t i = rt_list_length(list); i-- > 0;) {
        if (rt_list(list)->items[i] != NULL) {
            visit(rt_list(list)->items[i], context);
        }
    }
}

static size_t
size(const struct rt_object *list) {
    return BYTES + item_bytes(rt_list_capacity(list));
}

static size_t
owned(const struct rt_object *list) {
    bool has_smallest_array = rt_list(list)->items != NULL && rt_list_capacity(list) == 0;

    return PREFIX_BYTES + size(list) + has_smallest_array;
}

static int
equal(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    size_t length = rt_list_length(one);

    if (other->type != &rt_list_type || rt_list_length(other) != length) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        int result = rt_equal_deep(rt, rt_list_get(one, i), rt_list_get(other, i), depth + 1);

        if (result != 1) {
            return result;
        }
    }
    return 1;
}

static bool
verify(const struct rt *rt, const struct rt_object *list, struct rt_text *why) {
    const struct rt_list *self = rt_list(list);

    (void)rt;
    if (self->sized.size < 0 || self->sized.size > self->capacity) {
        rt_text_string(why, "a list has more items than its capacity");
    } else if (self->items == NULL && self->capacity != 0) {
        rt_text_string(why, "a list has a capacity and no array");
    } else {
        return true;
    }
    return false;
}

const struct rt_type rt_list_type = {
    .drop = drop,
    .traverse = traverse,
    .clear = rt_list_clear,
    .size = size,
    .owned = owned,
    .hash = rt_hash_refuse,
    .equal = equal,
    .verify = verify,
    .name = "list",
    .kind = RT_KIND_LIST,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = PREFIX_BYTES,
};

/* ---- The context -------------------------------------------------------------------------------- */

void
rt_list_free_list_clear(struct rt *rt) {
    char *block;

    while ((block = rt_free_list_pop(&rt->free_lists, LINK)) != NULL) {
        rt_object_free(rt, (struct rt_object *)(block + PREFIX_BYTES), PREFIX_BYTES, BYTES);
    }
}
