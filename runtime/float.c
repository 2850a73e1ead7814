/* SPDX-License-Identifier: MIT
 *
 * float.c: doubles.
 *
 * Dead floats are kept, 100 of them unless told otherwise, for the next one. A kept float is linked
 * through the word of its type.
 */
#include "runtime/int.h"

enum {
    LINK = offsetof(struct rt_object, type)
};

static RT_NOINLINE struct rt_object *
new_block(struct rt *rt, double value) {
    struct rt_float *self = rt_alloc_inline(rt, sizeof *self);

    if (RT_UNLIKELY(self == NULL)) {
        return rt_fail(rt, ENOMEM);
    }
    rt_object_init(&self->object, &rt_float_type);
    self->value = value;
    return &self->object;
}

struct rt_object *
rt_float_new(struct rt *rt, double value) {
    struct rt_float *self = rt_free_list_pop(&rt->free_floats, LINK);

    if (RT_UNLIKELY(self == NULL)) {
        return new_block(rt, value);
    }
    rt_object_init(&self->object, &rt_float_type);
    self->value = value;
    return &self->object;
}

static void
drop(struct rt *rt, struct rt_object *object) {
    if (RT_UNLIKELY(!rt_free_list_push(&rt->free_floats, object, LINK))) {
        rt_free_inline(rt, object, sizeof(struct rt_float));
    }
}

void
rt_float_free_list_clear(struct rt *rt) {
    void *block;

    while ((block = rt_free_list_pop(&rt->free_floats, LINK)) != NULL) {
        rt_free(rt, block, sizeof(struct rt_float));
    }
}

static size_t
size(const struct rt_object *object) {
    (void)object;
    return sizeof(struct rt_float);
}

static int
hash(struct rt *rt, struct rt_object *object, int64_t *ret_hash) {
    double value = rt_float(object)->value;

    (void)rt;
    *ret_hash = value != value ? rt_hash_address(object) : rt_hash_double(value);
    return 0;
}

static int
equal(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    double value = rt_float(one)->value;

    (void)rt, (void)depth;
    switch (other->type->kind) {
    case RT_KIND_FLOAT:
        return value == rt_float(other)->value;
    case RT_KIND_INT:
    case RT_KIND_BOOL:
        return rt_int_equals_double(other, value);
    default:
        return 0;
    }
}

const struct rt_type rt_float_type = {
    .drop = drop,
    .size = size,
    .owned = size,
    .hash = hash,
    .equal = equal,
    .name = "float",
    .kind = RT_KIND_FLOAT,
};
