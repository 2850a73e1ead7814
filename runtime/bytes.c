/* SPDX-License-Identifier: MIT
 *
 * bytes.c: strings of bytes.
 *
 * The head is as long as CPython's, 32 bytes with a hash; the bytes follow, and one more that is 0. b'' and
 * the strings of one byte are the ones in the context, and no other has such a value.
 */
#include "runtime/bytes.h"
#include "runtime/hash.h"

#include <string.h>

enum {
    HEAD_BYTES = 32,
    NO_HASH = -1,
};

struct rt_bytes {
    struct rt_sized sized;
    int64_t hash; /* NO_HASH until somebody asks */
    uint8_t data[];
};

static const struct rt_type bytes_type;

_Static_assert(offsetof(struct rt_bytes, data) == HEAD_BYTES, "as in CPython");
_Static_assert(HEAD_BYTES + 2 <= sizeof((struct rt_shared *)0)->byte_strings[0],
               "there is room for a shared byte");

static RT_ALWAYS_INLINE struct rt_bytes *
bytes_of(const struct rt_object *object) {
    return (struct rt_bytes *)object;
}

static RT_ALWAYS_INLINE size_t
block_bytes(size_t length) {
    return HEAD_BYTES + length + 1;
}

static RT_ALWAYS_INLINE void
init(struct rt_bytes *self, const void *data, size_t length) {
    rt_object_init(&self->sized.object, &bytes_type);
    self->sized.size = (int64_t)length;
    self->hash = NO_HASH;
    memcpy(self->data, data, length);
    self->data[length] = 0;
}

static RT_NOINLINE struct rt_object *
shared(struct rt *rt, const void *data, size_t length) {
    char *place =
        length == 0 ? rt->shared.empty_bytes : rt->shared.byte_strings[*(const uint8_t *)data];

    return rt_incref((struct rt_object *)place);
}

struct rt_object *
rt_bytes_new(struct rt *rt, const void *data, size_t bytes) {
    struct rt_bytes *self = NULL;

    if (RT_UNLIKELY(bytes <= 1)) {
        return shared(rt, data, bytes);
    }
    if (RT_LIKELY(bytes < PTRDIFF_MAX / 2)) {
        self = rt_alloc_inline(rt, block_bytes(bytes));
    }
    if (RT_UNLIKELY(self == NULL)) {
        return rt_fail(rt, ENOMEM);
    }
    init(self, data, bytes);
    return &self->sized.object;
}

size_t
rt_bytes_length(const struct rt_object *bytes) {
    return (size_t)bytes_of(bytes)->sized.size;
}

const uint8_t *
rt_bytes_data(const struct rt_object *bytes) {
    return bytes_of(bytes)->data;
}

/* ---- The type ----------------------------------------------------------------------------------- */

static void
drop(struct rt *rt, struct rt_object *object) {
    size_t length = rt_bytes_length(object);

    if (RT_UNLIKELY(length <= 1)) { /* a shared one outlives its references */
        object->count = RT_SHARED_COUNT;
        return;
    }
    rt_free_inline(rt, object, block_bytes(length));
}

static size_t
size(const struct rt_object *object) {
    return block_bytes(rt_bytes_length(object));
}

static size_t
owned(const struct rt_object *object) {
    return rt_bytes_length(object) <= 1 ? 0 : size(object);
}

static int
hash(struct rt *rt, struct rt_object *object, int64_t *ret_hash) {
    struct rt_bytes *self = bytes_of(object);

    (void)rt;
    if (self->hash == NO_HASH) {
        self->hash = rt_hash_bytes(self->data, rt_bytes_length(object));
    }
    *ret_hash = self->hash;
    return 0;
}

static int
equal(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    (void)rt, (void)depth;
    return other->type == &bytes_type && rt_bytes_length(one) == rt_bytes_length(other) &&
           memcmp(rt_bytes_data(one), rt_bytes_data(other), rt_bytes_length(one)) == 0;
}

static bool
verify(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct rt_bytes *self = bytes_of(object);
    size_t length = rt_bytes_length(object);
    const char *fault = NULL;

    if (length == 0 && (const char *)self != rt->shared.empty_bytes) {
        fault = "empty bytes are not the shared ones";
    } else if (length == 1 && (const char *)self != rt->shared.byte_strings[self->data[0]]) {
        fault = "a single byte is not the shared one";
    } else if (self->data[length] != 0) {
        fault = "bytes have no zero at their end";
    } else if (self->hash != NO_HASH && self->hash != rt_hash_bytes(self->data, length)) {
        fault = "bytes have another value's hash";
    }
    if (fault != NULL && why != NULL) {
        rt_text_string(why, fault);
    }
    return fault == NULL;
}

static const struct rt_type bytes_type = {
    .drop = drop,
    .size = size,
    .owned = owned,
    .hash = hash,
    .equal = equal,
    .verify = verify,
    .name = "bytes",
    .kind = RT_KIND_BYTES,
};

/* ---- Those that are shared ---------------------------------------------------------------------- */

static void
init_shared(void *place, const void *data, size_t length) {
    struct rt_bytes *self = place;

    init(self, data, length);
    self->sized.object.count = RT_SHARED_COUNT;
}

void
rt_bytes_init(struct rt *rt) {
    init_shared(rt->shared.empty_bytes, "", 0);
    for (unsigned value = 0; value < RT_CHARACTER_COUNT; value++) {
        init_shared(rt->shared.byte_strings[value], &(uint8_t){(uint8_t)value}, 1);
    }
}
