/* SPDX-License-Identifier: MIT
 *
 * Random graphs, collected by us and by CPython's algorithm, which is written down here as it is told: lists,
 * working counts, and one walk in which what is put aside may come back. Survivors, trash, and what leaves
 * because it needs no examining must be the same, and in the same order, wherever the marks are kept.
 */
#include "runtime/tests/seed.h"
#include "runtime/tests/trash.h"

/* ---- CPython's algorithm ------------------------------------------------------------------------ */

enum {
    OBJECTS_MAX = 400,
    HELD = 60
};

/* CPython's view of a collection. */
struct reference {
    struct rt_object *set[OBJECTS_MAX];
    int64_t refs[OBJECTS_MAX];
    bool is_collecting[OBJECTS_MAX], is_aside[OBJECTS_MAX], is_untracked[OBJECTS_MAX];
    size_t count;
    size_t young[2 * OBJECTS_MAX], young_count; /* numbers; those that come back are appended */
    size_t aside[OBJECTS_MAX], aside_count;     /* some of them have come back */
};

static size_t
number_of(const struct reference *reference, const struct rt_object *object) {
    for (size_t i = 0; i < reference->count; i++)
        if (reference->set[i] == object)
            return i;
    return OBJECTS_MAX;
}

static void
enter(struct rt_object *object, void *context) {
    struct reference *reference = context;

    assert_true(reference->count < OBJECTS_MAX);
    reference->set[reference->count++] = object;
}

static void
subtract(struct rt_object *referent, void *context) {
    struct reference *reference = context;
    size_t i = number_of(reference, referent);

    if (i < OBJECTS_MAX)
        reference->refs[i]--;
}

static void
reach(struct rt_object *referent, void *context) {
    struct reference *reference = context;
    size_t i = number_of(reference, referent);

    if (i == OBJECTS_MAX || !reference->is_collecting[i])
        return;
    if (reference->is_aside[i]) {
        reference->is_aside[i] = false;
        reference->refs[i] = 1;
        reference->young[reference->young_count++] = i;
    } else if (reference->refs[i] == 0) {
        reference->refs[i] = 1;
    }
}

static bool
may_be_tracked(const struct reference *reference, const struct rt_object *object) {
    size_t i = number_of(reference, object);

    if (!rt_type_is_container(object->type))
        return false;
    return rt_kind(object) != RT_KIND_TUPLE ||
           (rt_is_tracked(object) && !(i < OBJECTS_MAX && reference->is_untracked[i]));
}

static bool
is_needed(const struct reference *reference, struct rt_object *object) {
    struct rt_object *key, *value;
    size_t position = 0;

    if (rt_kind(object) == RT_KIND_TUPLE) {
        for (size_t i = 0; i < rt_tuple_length(object); i++)
            if (may_be_tracked(reference, rt_tuple_get(object, i)))
                return true;
        return false;
    }
    while (rt_dict_next(object, &position, &key, &value))
        if (may_be_tracked(reference, value))
            return true;
    return false;
}

static void
untrack(struct reference *reference, enum rt_kind kind) {
    for (size_t y = 0; y < reference->young_count; y++) {
        size_t i = reference->young[y];

        if (i != OBJECTS_MAX && rt_kind(reference->set[i]) == kind)
            reference->is_untracked[i] = !is_needed(reference, reference->set[i]);
    }
}

/* Entries of those put aside become OBJECTS_MAX. */
static void
part(struct reference *reference) {
    for (size_t i = 0; i < reference->count; i++) {
        reference->refs[i] = reference->set[i]->count;
        reference->is_collecting[i] = true;
        reference->young[reference->young_count++] = i;
    }
    for (size_t i = 0; i < reference->count; i++)
        rt_visit(reference->set[i], subtract, reference);
    for (size_t y = 0; y < reference->young_count; y++) {
        size_t i = reference->young[y];

        if (reference->refs[i] == 0) {
            reference->is_aside[i] = true;
            reference->aside[reference->aside_count++] = i;
            reference->young[y] = OBJECTS_MAX;
        } else {
            rt_visit(reference->set[i], reach, reference);
            reference->is_collecting[i] = false;
        }
    }
}

static void
foretell(struct rt *rt, int generation, struct reference *reference) {
    static const int order[RT_GENERATIONS][RT_GENERATIONS] = {{0}, {1, 0}, {2, 0, 1}};

    *reference = (struct reference){.count = 0};
    for (int i = 0; i <= generation; i++)
        assert_true(rt_gc_visit_objects(rt, order[generation][i], enter, reference));
    part(reference);
    untrack(reference, RT_KIND_TUPLE);
    if (generation == 2)
        untrack(reference, RT_KIND_DICT);
}

/* ---- What they are asked of -------------------------------------------------------------------- */

struct graph {
    struct rt *rt;
    struct test_random random;
    struct rt_object *held[HELD]; /* NULL: nothing */
    struct rt_object *class_objects[2], *names[4];
};

static size_t
below(struct graph *graph, size_t n) {
    return (size_t)test_random_below(&graph->random, n);
}

static struct rt_object *
pick(struct graph *graph) {
    struct rt_object *object = graph->held[below(graph, HELD)];

    return object == NULL ? rt_none(graph->rt) : object;
}

static struct rt_object *
make(struct graph *graph) {
    struct rt *rt = graph->rt;
    struct rt_object *items[3] = {pick(graph), pick(graph), pick(graph)};

    switch (below(graph, 8)) {
    case 0:
    case 1:
        return rt_list_pack(rt, items, below(graph, 4));
    case 2:
    case 3:
        return rt_tuple_pack(rt, items, below(graph, 4));
    case 4:
        return rt_dict_new(rt);
    case 5:
        return rt_set_new(rt);
    case 6:
        return rt_cell_new(rt, items[0]);
    default:
        return rt_instance_new(rt, graph->class_objects[below(graph, 2)]);
    }
}

static void
change(struct graph *graph, struct rt_object *object) {
    struct rt *rt = graph->rt;
    struct rt_object *name = graph->names[below(graph, 4)], *value = pick(graph);

    switch (rt_kind(object)) {
    case RT_KIND_LIST:
        if (rt_list_length(object) < 4)
            assert_int_equal(rt_list_append(rt, object, value), 0);
        else
            rt_list_set(rt, object, below(graph, 4), value);
        break;
    case RT_KIND_DICT:
        assert_int_equal(rt_dict_set(rt, object, name, value), 0);
        break;
    case RT_KIND_SET:
        (void)rt_set_add(rt, object, value);
        break;
    case RT_KIND_CELL:
        rt_cell_set(rt, object, value);
        break;
    case RT_KIND_INSTANCE:
        assert_int_equal(rt_attr_set(rt, object, name, value), 0);
        break;
    default:
        break;
    }
}

static void
hold(struct graph *graph, struct rt_object *object) {
    struct rt_object **place = &graph->held[below(graph, HELD)], *old = *place;

    *place = object;
    rt_xdecref(graph->rt, old);
}

/* Keeps the number of objects in bounds: from time to time most are let go of. */
static void
mutate(struct graph *graph) {
    if (rt_gc_objects_count(graph->rt, -1) > OBJECTS_MAX / 2)
        for (int i = 0; i < HELD; i++)
            hold(graph, NULL);
    for (int i = 0; i < 40; i++) {
        struct rt_object *object;

        if (below(graph, 2) == 0)
            hold(graph, test_have(make(graph)));
        object = pick(graph);
        change(graph, object);
        if (below(graph, 4) == 0)
            hold(graph, NULL);
    }
}

static void
compare_garbage(struct graph *graph, const struct reference *expected) {
    struct rt_object *garbage = rt_gc_garbage(graph->rt);
    size_t at = 0;

    for (size_t a = 0; a < expected->aside_count; a++)
        if (expected->is_aside[expected->aside[a]])
            assert_ptr_equal(rt_list_get(garbage, at++), expected->set[expected->aside[a]]);
    assert_int_equal(at, rt_list_length(garbage));
}

/* The generation that survivors end up in is as it was, and then the survivors; those kept as garbage come behind
 * them. When not all are there, since older objects that only trash held went and others with them, what is
 * there is in order. */
static void
compare(struct graph *graph, int generation, const struct reference *expected,
        const struct reference *old, bool is_saving, bool is_all) {
    struct reference actual = {.count = 0};
    size_t at = 0;

    assert_true(
        rt_gc_visit_objects(graph->rt, generation < 2 ? generation + 1 : 2, enter, &actual));
    for (size_t i = 0; i < old->count; i++)
        at += at < actual.count && actual.set[at] == old->set[i];
    assert_true(at == old->count || !is_all);
    assert_true(is_all || (!is_saving && expected->aside_count > 0));
    for (size_t y = 0; y < expected->young_count; y++) {
        size_t i = expected->young[y];

        if (i == OBJECTS_MAX)
            continue;
        if (is_all && expected->is_untracked[i])
            assert_false(rt_is_tracked(expected->set[i]));
        else if (is_all)
            assert_ptr_equal(actual.set[at++], expected->set[i]);
        else if (!expected->is_untracked[i])
            at += at < actual.count && actual.set[at] == expected->set[i];
    }
    for (size_t a = 0; is_saving && a < expected->aside_count; a++)
        if (expected->is_aside[expected->aside[a]])
            assert_ptr_equal(actual.set[at++], expected->set[expected->aside[a]]);
    assert_int_equal(at, actual.count);
}

static void
collect(struct graph *graph) {
    static struct reference expected, old;
    struct rt *rt = graph->rt;
    int generation = (int)below(graph, RT_GENERATIONS);
    int64_t collected, unreachable = 0, untracked = 0, before;
    bool is_saving = below(graph, 3) == 0, is_all;

    old.count = 0;
    if (generation < 2)
        assert_true(rt_gc_visit_objects(rt, generation + 1, enter, &old));
    rt->gc.table_from = below(graph, 2) == 0 ? 1 : UINT32_MAX;
    rt_gc_set_debug(rt, is_saving ? RT_GC_DEBUG_SAVEALL : 0);
    foretell(rt, generation, &expected);
    for (size_t i = 0; i < expected.count; i++) {
        unreachable += expected.is_aside[i];
        untracked += expected.is_untracked[i];
    }
    before = (int64_t)rt_gc_objects_count(rt, -1);
    collected = rt_gc_collect(rt, generation);
    assert_int_equal(collected, unreachable);
    is_all =
        (int64_t)rt_gc_objects_count(rt, -1) == before - untracked - (is_saving ? 0 : unreachable);
    compare(graph, generation, &expected, &old, is_saving, is_all);
    if (is_saving)
        compare_garbage(graph, &expected);
    rt_list_clear(rt, rt_gc_garbage(rt));
    assert_verified(rt);
}

static void
test_gc_order_is_cpythons_on_random_graphs(void **state) {
    static const char *const names[] = {"a", "b", "c", "d"};
    struct rt_class_spec specs[] = {{.name = "Plain"},
                                    {.name = "Slots", .slots = names, .slot_count = 4}};
    struct graph graph = {.rt = test_create(NULL, "gc.mode=off", NULL)};

    (void)state;
    test_random_init(&graph.random, test_seed());
    for (size_t i = 0; i < 4; i++)
        graph.names[i] = test_name(graph.rt, names[i]);
    for (size_t i = 0; i < 2; i++)
        graph.class_objects[i] = test_have(rt_class_new(graph.rt, &specs[i]));
    (void)test_have(rt_gc_garbage(graph.rt));
    test_settle(graph.rt);
    for (int round = 0; round < 3000; round++) {
        mutate(&graph);
        collect(&graph);
    }
    rt_destroy(graph.rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gc_order_is_cpythons_on_random_graphs),
    };

    return cmocka_run_group_tests_name("gc_order", tests, NULL, NULL);
}
