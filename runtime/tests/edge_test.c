/* SPDX-License-Identifier: MIT
 *
 * Names of references: that the references are the traversal's, and that each name leads to what it says.
 */
#include "runtime/tests/inspected.h"

#include "runtime/edge.h"

enum {
    EDGES_MAX = 64
};

struct edges {
    struct rt_edge items[EDGES_MAX];
    size_t count;
};

static void
note_edge(const struct rt_edge *edge, void *context) {
    struct edges *edges = context;

    assert_true(edges->count < EDGES_MAX);
    edges->items[edges->count++] = *edge;
}

static struct edges
edges_of(struct rt_object *object) {
    struct edges edges = {.count = 0};

    rt_edge_each(object, note_edge, &edges);
    return edges;
}

static void
assert_word(const struct edges *edges, size_t index, const char *word) {
    assert_true(index < edges->count);
    assert_int_equal(edges->items[index].kind, RT_EDGE_WORD);
    assert_string_equal(edges->items[index].word, word);
}

struct visits {
    const struct edges *edges;
    size_t count;
};

static void
compare_visit(struct rt_object *referent, void *context) {
    struct visits *visits = context;

    assert_true(visits->count < visits->edges->count);
    assert_ptr_equal(visits->edges->items[visits->count++].referent, referent);
}

/* What the name says is what is there. */
static void
follow(struct rt *rt, struct rt_object *object, const struct rt_edge *edge) {
    switch (edge->kind) {
    case RT_EDGE_INDEX:
        assert_ptr_equal(rt_kind(object) == RT_KIND_LIST ? rt_list_get(object, edge->index)
                                                         : rt_tuple_get(object, edge->index),
                         edge->referent);
        break;
    case RT_EDGE_VALUE:
        assert_ptr_equal(rt_dict_get(rt, object, edge->object), edge->referent);
        break;
    case RT_EDGE_ATTRIBUTE: {
        struct rt_object *value = rt_attr_get(rt, object, edge->object);

        assert_ptr_equal(value, edge->referent);
        rt_decref(rt, value);
        break;
    }
    default:
        break;
    }
}

static void
check_world(struct test_world *world) {
    for (int node = 0; node < world->count; node++) {
        struct rt_object *object = world->nodes[node];
        struct edges edges = edges_of(object);
        struct visits visits = {.edges = &edges};
        size_t named = 0;

        rt_visit(object, compare_visit, &visits);
        assert_int_equal(visits.count, edges.count);
        for (size_t i = 0; i < edges.count; i++) {
            follow(world->rt, object, &edges.items[i]);
            named += edges.items[i].kind != RT_EDGE_PLAIN &&
                     test_world_find(world, edges.items[i].referent) >= 0;
        }
        assert_int_equal(named, test_world_count_edges(world, node, -1));
    }
}

static void
test_edge_names_lead_to_what_they_name(void **state) {
    (void)state;
    test_worlds(check_world);
}

static void
test_edge_order_of_lists_and_tuples_is_backward_and_doubles_have_their_own_index(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *value = test_int(rt, 1000), *items[] = {value, rt_none(rt), value};
    struct rt_object *list = rt_list_pack(rt, items, 3), *tuple = rt_tuple_pack(rt, items, 3);
    struct rt_object *const both[] = {list, tuple};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct edges edges = edges_of(both[i]);

        assert_int_equal(edges.count, 3);
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(edges.items[j].kind, RT_EDGE_INDEX);
            assert_int_equal(edges.items[j].index, 2 - j);
        }
    }
    rt_decref(rt, list);
    rt_decref(rt, tuple);
    rt_decref(rt, value);
    rt_destroy(rt);
}

static void
test_edge_to_a_key_has_no_name_and_one_to_a_value_has_the_key(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt), *key = test_int(rt, 1000);
    struct edges edges;

    (void)state;
    assert_int_equal(rt_dict_set(rt, dict, key, dict), 0);
    edges = edges_of(dict);
    assert_int_equal(edges.count, 2);
    assert_int_equal(edges.items[0].kind, RT_EDGE_VALUE);
    assert_ptr_equal(edges.items[0].object, key);
    assert_int_equal(edges.items[1].kind, RT_EDGE_PLAIN);
    assert_ptr_equal(edges.items[1].referent, key);
    rt_dict_clear(rt, dict);
    rt_decref(rt, dict);
    rt_decref(rt, key);
    rt_destroy(rt);
}

static void
test_edge_names_of_instances_go_from_slots_to_values_to_the_class(void **state) {
    static const char *const slots[] = {"left"};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *base =
        rt_class_new(rt, &(struct rt_class_spec){.name = "B", .slots = slots, .slot_count = 1});
    struct rt_object *derived =
        rt_class_new(rt, &(struct rt_class_spec){.name = "D", .base = base});
    struct rt_object *instance = rt_instance_new(rt, derived);
    struct edges edges;

    (void)state;
    assert_int_equal(test_set(rt, instance, "left", derived), 0); /* its class, as an attribute */
    assert_int_equal(test_set_int(rt, instance, "value", 1000), 0);
    edges = edges_of(instance);
    assert_int_equal(edges.count, 3);
    assert_int_equal(edges.items[0].kind, RT_EDGE_ATTRIBUTE);
    assert_true(rt_str_at(edges.items[0].object, 0) == 'l');
    assert_int_equal(edges.items[1].kind, RT_EDGE_ATTRIBUTE);
    assert_true(rt_str_at(edges.items[1].object, 0) == 'v');
    assert_word(&edges, 2, "__class__");
    assert_non_null(rt_instance_dict(rt, instance));
    edges = edges_of(instance);
    assert_int_equal(edges.count, 3);
    assert_word(&edges, 1, "__dict__");
    assert_word(&edges, 2, "__class__");
    rt_decref(rt, instance);
    edges = edges_of(derived);
    assert_int_equal(edges.count, 4);
    assert_word(&edges, 0, "__dict__");
    assert_word(&edges, 1, "__mro__");
    assert_word(&edges, 2, "__bases__");
    assert_word(&edges, 3, "__base__");
    rt_decref(rt, derived);
    rt_decref(rt, base);
    rt_destroy(rt);
}

static struct rt_object *
do_nothing(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    (void)function;
    (void)args;
    (void)count;
    return rt_incref(rt_none(rt));
}

static struct rt_object *
end_at_once(struct rt *rt, struct rt_object *generator, void *data) {
    (void)rt;
    (void)generator;
    (void)data;
    return NULL;
}

static void
test_edge_names_of_callables_are_pythons(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *value = test_list(rt, 0, NULL), *cell = rt_cell_new(rt, value);
    struct rt_object *cells = rt_tuple_pack(rt, &cell, 1);
    struct rt_object *function = rt_function_new(rt, do_nothing, cells, NULL);
    struct rt_object *method = rt_method_new(rt, function, function);
    struct rt_object *generator = rt_generator_new(rt, end_at_once, NULL, 3);
    struct edges edges = edges_of(cell);

    (void)state;
    assert_word(&edges, 0, "cell_contents");
    edges = edges_of(function);
    assert_word(&edges, 0, "__closure__");
    edges = edges_of(method);
    assert_word(&edges, 0, "__func__");
    assert_word(&edges, 1, "__self__");
    rt_generator_set_slot(rt, generator, 2, value);
    edges = edges_of(generator);
    assert_int_equal(edges.count, 1);
    assert_int_equal(edges.items[0].index, 2);
    rt_decref(rt, generator);
    rt_decref(rt, method);
    rt_decref(rt, function);
    rt_decref(rt, cells);
    rt_decref(rt, cell);
    rt_decref(rt, value);
    rt_destroy(rt);
}

static void
test_edge_names_of_weak_things_are_pythons(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *weak_set = rt_weak_set_new(rt), *class_object = test_class(rt, "C");
    struct rt_object *weakref = rt_weakref_new(rt, class_object, weak_set);
    struct edges edges = edges_of(weak_set);

    (void)state;
    assert_word(&edges, 0, "data");
    assert_word(&edges, 1, "_remove");
    assert_word(&edges, 2, "_pending_removals");
    assert_word(&edges, 3, "_iterating");
    edges = edges_of(weakref);
    assert_int_equal(edges.count, 1);
    assert_word(&edges, 0, "__callback__");
    rt_decref(rt, weakref);
    rt_decref(rt, class_object);
    rt_decref(rt, weak_set);
    rt_destroy(rt);
}

static void
test_edge_is_found_by_its_referent(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *value = test_int(rt, 1000), *items[] = {value, value, rt_none(rt)};
    struct rt_object *list = rt_list_pack(rt, items, 3);
    struct rt_edge edge;

    (void)state;
    assert_true(rt_edge_find(list, value, &edge));
    assert_int_equal(edge.index, 1); /* the first that a traversal comes by */
    assert_false(rt_edge_find(list, list, &edge));
    assert_false(rt_edge_find(value, list, &edge));
    rt_decref(rt, list);
    rt_decref(rt, value);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edge_names_lead_to_what_they_name),
        cmocka_unit_test(
            test_edge_order_of_lists_and_tuples_is_backward_and_doubles_have_their_own_index),
        cmocka_unit_test(test_edge_to_a_key_has_no_name_and_one_to_a_value_has_the_key),
        cmocka_unit_test(test_edge_names_of_instances_go_from_slots_to_values_to_the_class),
        cmocka_unit_test(test_edge_names_of_callables_are_pythons),
        cmocka_unit_test(test_edge_names_of_weak_things_are_pythons),
        cmocka_unit_test(test_edge_is_found_by_its_referent),
    };

    return cmocka_run_group_tests_name("edge", tests, NULL, NULL);
}
