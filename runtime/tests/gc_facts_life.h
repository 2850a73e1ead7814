/* SPDX-License-Identifier: MIT
 *
 * gc_facts_life.h: what the facts of weak references and finalizers share: instances that know their name, and
 * classes whose finalizers note it.
 */
#ifndef RUNTIME_TESTS_GC_FACTS_LIFE_H
#define RUNTIME_TESTS_GC_FACTS_LIFE_H

#include "runtime/tests/gc_facts.h"

enum {
    LIFE_SAVED_MAX = 8,
};

struct life {
    struct oracle *oracle;
    struct facts_list log;
    struct rt_object *saved[LIFE_SAVED_MAX]; /* what finalizers brought back */
    size_t saved_count;
};

/* What a class's finalizer does. */
struct life_class {
    struct life *life;
    const char *format; /* of what it notes: %s is the instance's n; NULL: nothing of the sort */
    bool is_saving;     /* itself; */
    const char *saves;  /* only the instance with this n; NULL: all */
    void (*more)(struct life *life, struct rt_object *self);
    struct rt_object *class_object;
};

/* As Python writes it: a str in quotes, an int without. */
static inline void
life_name(struct rt *rt, struct rt_object *instance, char *ret_name, size_t bytes) {
    struct rt_object *n = test_get(rt, instance, "n");
    struct rt_text text;

    rt_text_init(&text, ret_name, bytes);
    if (n != NULL && rt_kind(n) == RT_KIND_STR) {
        rt_str_to_text(n, &text);
    } else if (n != NULL) {
        int64_t value = 0;

        assert_int_equal(rt_int_value(rt, n, &value), 0);
        rt_text_integer(&text, value);
    }
}

static inline void
life_note(struct life *life, const char *format, const char *name) {
    const char *place = strstr(format, "%s");
    char item[FACTS_TEXT_BYTES];
    struct rt_text text;

    rt_text_init(&text, item, sizeof item);
    for (const char *at = format; *at != '\0' && at != place; at++)
        rt_text_string(&text, (const char[]){*at, '\0'});
    if (place != NULL) {
        rt_text_string(&text, name);
        rt_text_string(&text, place + 2);
    }
    facts_add(&life->log, item);
}

static inline void
life_finalize(struct rt *rt, struct rt_object *self, void *data) {
    const struct life_class *kind = data;
    struct life *life = kind->life;
    char name[32];

    life_name(rt, self, name, sizeof name);
    if (kind->format != NULL)
        life_note(life, kind->format, name);
    if (kind->is_saving && (kind->saves == NULL || strcmp(kind->saves, name) == 0)) {
        assert_true(life->saved_count < LIFE_SAVED_MAX);
        life->saved[life->saved_count++] = rt_incref(self);
    }
    if (kind->more != NULL)
        kind->more(life, self);
}

static inline void
life_begin_class(struct life_class *kind, struct life *life, const char *format) {
    struct rt_class_spec spec = {.name = "D", .finalizer = life_finalize, .finalizer_data = kind};

    *kind = (struct life_class){.life = life, .format = format};
    kind->class_object = oracle_have(rt_class_new(life->oracle->rt, &spec));
}

/* A class is part of a cycle: it goes in a collection, and not in the next one that is looked at. */
static inline void
life_end_class(struct life_class *kind) {
    rt_decref(kind->life->oracle->rt, kind->class_object);
    (void)oracle_full(kind->life->oracle);
}

static inline struct rt_object *
life_instance(const struct life_class *kind) {
    return test_instance(kind->life->oracle->rt, kind->class_object);
}

static inline struct rt_object *
life_numbered(const struct life_class *kind, int64_t number) {
    struct rt_object *instance = life_instance(kind);

    assert_int_equal(test_set_int(kind->life->oracle->rt, instance, "n", number), 0);
    return instance;
}

static inline struct rt_object *
life_named(const struct life_class *kind, const char *name) {
    struct rt *rt = kind->life->oracle->rt;
    struct rt_object *instance = life_instance(kind), *n = test_name(rt, name);

    test_link(rt, instance, "n", n);
    rt_decref(rt, n);
    return instance;
}

static inline void
life_let_saved_go(struct life *life) {
    while (life->saved_count > 0)
        rt_decref(life->oracle->rt, life->saved[--life->saved_count]);
}

static inline void
life_drop(struct life *life, struct rt_object *const *objects, size_t count) {
    for (size_t i = 0; i < count; i++)
        rt_decref(life->oracle->rt, objects[i]);
}

#endif
