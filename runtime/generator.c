/* SPDX-License-Identifier: MIT
 *
 * generator.c: functions that give one item at a time and remember where they are.
 *
 * As in CPython 3.11 the frame is part of the object: local variables and stack are the slots behind it.
 *
 * Invariants:
 *   - A generator that has ended holds nothing: its slots are NULL, and it never runs again.
 *   - While it runs it cannot be asked for the next item.
 *   - Generators that hold generators are released to a limited depth (rt_nest_enter).
 */
#include "runtime/object.h"
#include "runtime/weakref.h"

enum {
    PREFIX_BYTES = sizeof(struct rt_head),
    FIXED_BYTES = 152, /* of CPython's, without slots */
    SLOTS_MAX = 1 << 16,
};

struct generator {
    struct rt_object object;
    rt_resume_fn resume; /* NULL: ended */
    void *data;
    int64_t position;
    struct rt_object *weakrefs;
    size_t slot_count;
    bool is_running;
    uint8_t unused[FIXED_BYTES - 57];
    struct rt_object *slots[];
};

_Static_assert(sizeof(struct generator) == FIXED_BYTES, "a generator is as large as CPython's");

static struct generator *
as_generator(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_GENERATOR);
    return (struct generator *)object;
}

static size_t
body_bytes(size_t slots) {
    return sizeof(struct generator) + slots * sizeof(struct rt_object *);
}

/* ---- The type ----------------------------------------------------------------------------------- */

static void
traverse(struct rt_object *object, rt_visit_fn visit, void *context) {
    struct generator *self = as_generator(object);

    for (size_t i = 0; i < self->slot_count; i++) {
        if (self->slots[i] != NULL) {
            visit(self->slots[i], context);
        }
    }
}

static void
drop_slots(struct rt *rt, struct generator *self) {
    for (size_t i = 0; i < self->slot_count; i++) {
        struct rt_object *old = self->slots[i];

        self->slots[i] = NULL;
        rt_xdecref(rt, old);
    }
}

/* What Python's generators do when they are closed, which is also what the collector has them do before it clears
 * anything: trash that hangs together by generators alone goes by its counts. */
static void
close(struct rt *rt, struct rt_object *object) {
    struct generator *self = as_generator(object);

    self->resume = NULL;
    drop_slots(rt, self);
}

static void
drop(struct rt *rt, struct rt_object *object) {
    struct generator *self = (struct generator *)object;

    rt_untrack(rt, object);
    if (RT_UNLIKELY(self->weakrefs != NULL)) {
        rt_weakref_clear_all(rt, object);
    }
    if (rt_nest_enter(rt, object)) {
        return;
    }
    drop_slots(rt, self);
    rt_object_free(rt, object, PREFIX_BYTES, body_bytes(self->slot_count));
    rt_nest_leave(rt);
}

static size_t
size_of(const struct rt_object *object) {
    return body_bytes(as_generator(object)->slot_count);
}

static size_t
owned(const struct rt_object *object) {
    return PREFIX_BYTES + size_of(object);
}

static bool
verify(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct generator *self = as_generator(object);

    (void)rt;
    for (size_t i = 0; i < self->slot_count; i++) {
        if (self->resume == NULL && self->slots[i] != NULL) {
            rt_text_string(why, "a generator that has ended holds something");
            return false;
        }
    }
    return true;
}

static const struct rt_type generator_type = {
    .drop = drop,
    .traverse = traverse,
    .clear = close,
    .finalize = close,
    .size = size_of,
    .owned = owned,
    .verify = verify,
    .name = "generator",
    .kind = RT_KIND_GENERATOR,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = PREFIX_BYTES,
    .weakrefs_offset = offsetof(struct generator, weakrefs),
};

/* ---- The calls ---------------------------------------------------------------------------------- */

struct rt_object *
rt_generator_new(struct rt *rt, rt_resume_fn resume, void *data, size_t slots) {
    struct rt_object *object;
    struct generator *self;

    if (slots > SLOTS_MAX) {
        return rt_fail(rt, ERANGE);
    }
    object = rt_object_alloc(rt, PREFIX_BYTES, body_bytes(slots));
    if (object == NULL) {
        return NULL;
    }
    self = (struct generator *)object;
    rt_object_init(object, &generator_type);
    self->resume = resume;
    self->data = data;
    self->position = 0;
    self->weakrefs = NULL;
    self->slot_count = slots;
    self->is_running = false;
    for (size_t i = 0; i < slots; i++) {
        self->slots[i] = NULL;
    }
    if (!rt_track(rt, object)) {
        rt_object_free(rt, object, PREFIX_BYTES, body_bytes(slots));
        return NULL;
    }
    return object;
}

/* It is over; the reason outlives what runs when the slots are let go. */
static RT_NOINLINE struct rt_object *
end(struct rt *rt, struct rt_object *generator) {
    int error = rt->error == 0 ? ENOENT : rt->error;

    close(rt, generator);
    return rt_fail(rt, error);
}

struct rt_object *
rt_generator_next(struct rt *rt, struct rt_object *generator) {
    struct generator *self = as_generator(generator);
    struct rt_object *item;
    int error = rt->error;

    if (RT_UNLIKELY(self->is_running)) {
        return rt_fail(rt, EINVAL);
    }
    if (RT_UNLIKELY(self->resume == NULL)) {
        return rt_fail(rt, ENOENT);
    }
    self->is_running = true;
    rt->error = 0; /* until something fails */
    item = self->resume(rt, generator, self->data);
    self->is_running = false;
    if (RT_UNLIKELY(item == NULL)) {
        return end(rt, generator);
    }
    if (rt->error == 0) {
        rt->error = error;
    }
    return item;
}

struct rt_object *
rt_generator_slot(const struct rt_object *generator, size_t slot) {
    RT_ASSERT(slot < as_generator(generator)->slot_count, "the generator has that slot");
    return as_generator(generator)->slots[slot];
}

void
rt_generator_set_slot(struct rt *rt, struct rt_object *generator, size_t slot,
                      struct rt_object *value) {
    struct generator *self = as_generator(generator);
    struct rt_object *old;

    RT_ASSERT(slot < self->slot_count, "the generator has that slot");
    RT_ASSERT(self->resume != NULL || value == NULL, "a generator that has ended holds nothing");
    old = self->slots[slot];
    self->slots[slot] = value == NULL ? NULL : rt_incref(value);
    rt_xdecref(rt, old);
}

int64_t
rt_generator_position(const struct rt_object *generator) {
    return as_generator(generator)->position;
}

void
rt_generator_set_position(struct rt_object *generator, int64_t position) {
    as_generator(generator)->position = position;
}
