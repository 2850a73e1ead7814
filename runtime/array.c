/* SPDX-License-Identifier: MIT
 *
 * array.c: plain numbers of one kind in a buffer, as Python's array module has them.
 *
 * Capacities are CPython 3.11's. A new array has exactly its length. Later a length n is served by the
 * buffer there is if that is large enough and fewer than 16 items go at once; otherwise it becomes
 * n + n/16 + 3 items, or + 7 where there were at least eight; or it is given back when nothing is left
 * of 16 or more.
 *
 * Invariants:
 *   - 0 <= length <= capacity; the buffer has capacity * item bytes, and is NULL when that is 0.
 *   - An array is a container for the collector, tracked from birth to death, that refers to nothing. It
 *     can be weakly referred to.
 */
#include "runtime/object.h"
#include "runtime/weakref.h"

#include <string.h>

struct array {
    struct rt_sized sized;
    void *data;
    int64_t capacity; /* items */
    int64_t code;     /* enum rt_array_code */
    struct rt_weakref *weakrefs;
    int64_t unused; /* CPython counts those who look into the buffer */
};

enum {
    PREFIX_BYTES = sizeof(struct rt_head),
    BYTES = sizeof(struct array),
    KEEPS_BUFFER_BELOW = 16, /* items removed at once */
    SMALL_LENGTH = 8,
};

_Static_assert(sizeof(struct array) == 64, "as in CPython");

static const size_t LENGTH_MAX = PTRDIFF_MAX / 4 / sizeof(int64_t);
static const size_t item_sizes[RT_ARRAY_CODE_COUNT] = {sizeof(int32_t), sizeof(int64_t),
                                                       sizeof(double)};
static const struct rt_type array_type;

static struct array *
array_of(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_ARRAY);
    return (struct array *)object;
}

static size_t
bytes_of(const struct array *array, size_t count) {
    return count * item_sizes[array->code];
}

/* ---- Life --------------------------------------------------------------------------------------- */

struct rt_object *
rt_array_new(struct rt *rt, enum rt_array_code code, size_t length) {
    struct rt_object *object = rt_object_alloc(rt, PREFIX_BYTES, BYTES);
    struct array *array = (struct array *)object;

    if (object == NULL) {
        return NULL;
    }
    *array = (struct array){.capacity = (int64_t)length, .code = (int64_t)code};
    rt_object_init(object, &array_type);
    array->sized.size = (int64_t)length;
    if (length > 0 && length <= LENGTH_MAX) {
        array->data = rt_alloc_zeroed(rt, bytes_of(array, length));
    }
    if (length > 0 && array->data == NULL) {
        rt_object_free(rt, object, PREFIX_BYTES, BYTES);
        return rt_fail(rt, ENOMEM);
    }
    if (!rt_track(rt, object)) {
        rt_free(rt, array->data, bytes_of(array, length));
        rt_object_free(rt, object, PREFIX_BYTES, BYTES);
        return NULL;
    }
    return object;
}

/* Nothing nests in it, and so there is no brake. */
static void
drop(struct rt *rt, struct rt_object *object) {
    struct array *array = array_of(object);

    rt_untrack(rt, object);
    if (array->weakrefs != NULL) {
        rt_weakref_clear_all(rt, object);
    }
    rt_free(rt, array->data, bytes_of(array, (size_t)array->capacity));
    rt_object_free(rt, object, PREFIX_BYTES, BYTES);
}

static void
traverse(struct rt_object *object, rt_visit_fn visit, void *context) {
    (void)object, (void)visit, (void)context;
}

static size_t
size(const struct rt_object *object) {
    const struct array *array = array_of(object);

    return BYTES + bytes_of(array, (size_t)array->capacity);
}

static size_t
owned(const struct rt_object *object) {
    return PREFIX_BYTES + size(object);
}

static bool
verify(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct array *array = array_of(object);

    (void)rt;
    if (array->code < 0 || array->code >= RT_ARRAY_CODE_COUNT) {
        rt_text_string(why, "an array is of no kind");
    } else if (array->sized.size < 0 || array->sized.size > array->capacity) {
        rt_text_string(why, "an array has more items than its capacity");
    } else if ((array->data == NULL) != (array->capacity == 0)) {
        rt_text_string(why, "an array's buffer is not as its capacity");
    } else {
        return true;
    }
    return false;
}

static const struct rt_type array_type = {
    .drop = drop,
    .traverse = traverse,
    .size = size,
    .owned = owned,
    .hash = rt_hash_refuse,
    .verify = verify,
    .name = "array.array",
    .kind = RT_KIND_ARRAY,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = PREFIX_BYTES,
    .weakrefs_offset = offsetof(struct array, weakrefs),
};

/* ---- Length ------------------------------------------------------------------------------------- */

static void
give_buffer_back(struct rt *rt, struct array *array) {
    rt_free(rt, array->data, bytes_of(array, (size_t)array->capacity));
    array->data = NULL;
    array->sized.size = array->capacity = 0;
}

/* Items between the old length and a larger one are yet to be written. */
static RT_NOINLINE int
resize_slowly(struct rt *rt, struct array *array, size_t length) {
    size_t reserve = array->sized.size < SMALL_LENGTH ? 3 : 7;
    size_t capacity = length + (length >> 4) + reserve;
    void *data;

    if (length > LENGTH_MAX / 2) {
        return rt_refuse(rt, ENOMEM);
    }
    data = rt_realloc(rt, array->data, bytes_of(array, (size_t)array->capacity),
                      bytes_of(array, capacity));
    if (data == NULL) {
        return rt_refuse(rt, ENOMEM);
    }
    array->data = data;
    array->capacity = (int64_t)capacity;
    array->sized.size = (int64_t)length;
    return 0;
}

static inline int
resize(struct rt *rt, struct array *array, size_t length) {
    if (RT_LIKELY(length <= (size_t)array->capacity && array->data != NULL) &&
        (size_t)array->sized.size < length + KEEPS_BUFFER_BELOW) {
        array->sized.size = (int64_t)length;
        return 0;
    }
    if (length == 0) {
        give_buffer_back(rt, array);
        return 0;
    }
    return resize_slowly(rt, array, length);
}

int
rt_array_resize(struct rt *rt, struct rt_object *object, size_t length) {
    struct array *array = array_of(object);
    size_t old_length = rt_array_length(object);

    if (length > LENGTH_MAX / 2) {
        return rt_refuse(rt, ENOMEM);
    }
    if (resize(rt, array, length) != 0) {
        return -1;
    }
    if (length > old_length) {
        memset((char *)array->data + bytes_of(array, old_length), 0,
               bytes_of(array, length - old_length));
    }
    return 0;
}

int
rt_array_extend(struct rt *rt, struct rt_object *object, struct rt_object *other) {
    struct array *array = array_of(object), *source = array_of(other);
    size_t length = rt_array_length(object), count = rt_array_length(other);

    RT_ASSERT(array->code == source->code, "an array is extended by one of its own kind");
    if (resize(rt, array, length + count) != 0) {
        return -1;
    }
    if (count > 0) { /* it may be the same array, whose buffer has moved */
        memcpy((char *)array->data + bytes_of(array, length), source->data, bytes_of(array, count));
    }
    return 0;
}

size_t
rt_array_length(const struct rt_object *object) {
    return (size_t)array_of(object)->sized.size;
}

size_t
rt_array_capacity(const struct rt_object *object) {
    return (size_t)array_of(object)->capacity;
}

enum rt_array_code
rt_array_code(const struct rt_object *object) {
    return (enum rt_array_code)array_of(object)->code;
}

void *
rt_array_data(const struct rt_object *object) {
    return array_of(object)->data;
}

/* ---- Values ------------------------------------------------------------------------------------- */

static bool
fits(const struct array *array, int64_t value) {
    return array->code != RT_ARRAY_I || (value >= INT32_MIN && value <= INT32_MAX);
}

static void
put_integer(struct array *array, size_t index, int64_t value) {
    RT_ASSERT(array->code != RT_ARRAY_D, "integers go into arrays of integers");
    if (array->code == RT_ARRAY_I) {
        ((int32_t *)array->data)[index] = (int32_t)value;
    } else {
        ((int64_t *)array->data)[index] = value;
    }
}

int
rt_array_append_integer(struct rt *rt, struct rt_object *object, int64_t value) {
    struct array *array = array_of(object);
    size_t length = rt_array_length(object);

    if (RT_UNLIKELY(!fits(array, value))) {
        return rt_refuse(rt, ERANGE);
    }
    if (RT_UNLIKELY(resize(rt, array, length + 1) != 0)) {
        return -1;
    }
    put_integer(array, length, value);
    return 0;
}

int
rt_array_append_double(struct rt *rt, struct rt_object *object, double value) {
    struct array *array = array_of(object);
    size_t length = rt_array_length(object);

    if (RT_UNLIKELY(resize(rt, array, length + 1) != 0)) {
        return -1;
    }
    rt_array_set_double(object, length, value);
    return 0;
}

int
rt_array_set_integer(struct rt *rt, struct rt_object *object, size_t index, int64_t value) {
    struct array *array = array_of(object);

    if (RT_UNLIKELY(!fits(array, value))) {
        return rt_refuse(rt, ERANGE);
    }
    put_integer(array, index, value);
    return 0;
}

int64_t
rt_array_get_integer(const struct rt_object *object, size_t index) {
    const struct array *array = array_of(object);

    RT_ASSERT(array->code != RT_ARRAY_D, "integers come from arrays of integers");
    return array->code == RT_ARRAY_I ? ((const int32_t *)array->data)[index]
                                     : ((const int64_t *)array->data)[index];
}

void
rt_array_set_double(struct rt_object *object, size_t index, double value) {
    struct array *array = array_of(object);

    RT_ASSERT(array->code == RT_ARRAY_D, "a double goes into an array of doubles");
    ((double *)array->data)[index] = value;
}

double
rt_array_get_double(const struct rt_object *object, size_t index) {
    const struct array *array = array_of(object);

    RT_ASSERT(array->code == RT_ARRAY_D, "a double comes from an array of doubles");
    return ((const double *)array->data)[index];
}

struct rt_object *
rt_array_item(struct rt *rt, struct rt_object *object, size_t index) {
    return rt_array_code(object) == RT_ARRAY_D
               ? rt_float_new(rt, rt_array_get_double(object, index))
               : rt_int_new(rt, rt_array_get_integer(object, index));
}
