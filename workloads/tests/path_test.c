/* SPDX-License-Identifier: MIT
 *
 * path_test.c: the path to an object is a shortest one, begins with what the program holds, and says by which
 * names; looking for it changes nothing.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "workloads/path.h"

struct fixture {
    struct rt *rt;
    struct en_object *class_object, *instance, *list, *tuple, *cache,
        *items; /* the two are names */
    struct wl_path_name names[3];
    struct wl_path path;
    char line[512];
};

static int
set_up(void **state) {
    static struct fixture fixture;
    const struct en_class_spec spec = {.name = "Thing"};
    struct rt_config config;

    fixture = (struct fixture){.rt = NULL};
    rt_config_init(&config);
    assert_int_equal(rt_create(&config, NULL, &fixture.rt), 0);
    fixture.class_object = en_class_new(fixture.rt, &spec);
    fixture.instance = en_instance_new(fixture.rt, fixture.class_object);
    fixture.list = en_list_new(fixture.rt, 0);
    fixture.cache = en_name(fixture.rt, "cache");
    fixture.items = en_name(fixture.rt, "items");
    fixture.names[0] = (struct wl_path_name){"cache", fixture.cache};
    fixture.names[1] = (struct wl_path_name){"items", fixture.items};
    fixture.names[2] = (struct wl_path_name){"Thing", fixture.class_object};
    fixture.path.names = fixture.names;
    fixture.path.name_count = 3;
    *state = &fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;

    en_xdecref(fixture->rt, fixture->class_object);
    en_xdecref(fixture->rt, fixture->instance);
    en_xdecref(fixture->rt, fixture->list);
    en_xdecref(fixture->rt, fixture->cache);
    en_xdecref(fixture->rt, fixture->items);
    rt_destroy(fixture->rt);
    return 0;
}

static void
let_go(struct fixture *fixture, struct en_object **owned) {
    en_decref(fixture->rt, *owned);
    *owned = NULL;
}

/* Both engines count alike only when looking makes nothing. */
static int
find(struct fixture *fixture, struct en_object *object) {
    uint64_t before[RT_STAT_COUNT], after[RT_STAT_COUNT];
    int64_t count = en_gc_count(fixture->rt, 0), references = en_refcount(object);
    struct rt_text text;

    rt_text_init(&text, fixture->line, sizeof fixture->line);
    rt_stats_read(fixture->rt, before);
    int objects = wl_path_write(&fixture->path, fixture->rt, object, &text);
    rt_stats_read(fixture->rt, after);
    assert_int_equal(en_gc_count(fixture->rt, 0), count);
    assert_int_equal(en_refcount(object), references);
    assert_int_equal(after[RT_STAT_ALLOCATIONS], before[RT_STAT_ALLOCATIONS]);
    return objects;
}

static void
test_path_of_what_a_variable_holds_is_the_object_alone(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(find(fixture, fixture->instance), 1);
    assert_string_equal(fixture->line, "Thing");
}

static void
test_path_leads_through_dicts_lists_and_tuples(void **state) {
    struct fixture *fixture = *state;
    struct en_object *dict = en_dict_new(fixture->rt), *thing = fixture->instance;

    for (int i = 0; i < 3; i++)
        assert_int_equal(en_list_append(fixture->rt, fixture->list, en_none(fixture->rt)), 0);
    fixture->tuple = en_tuple_pack(fixture->rt, &fixture->instance, 1);
    assert_int_equal(en_list_append(fixture->rt, fixture->list, fixture->tuple), 0);
    assert_int_equal(en_dict_set(fixture->rt, dict, fixture->cache, fixture->list), 0);
    let_go(fixture, &fixture->instance);
    let_go(fixture, &fixture->tuple);
    assert_int_equal(find(fixture, thing), 3);
    assert_string_equal(fixture->line, "list[3] -> tuple[0] -> Thing");
    let_go(fixture, &fixture->list);
    assert_int_equal(find(fixture, thing), 4);
    assert_string_equal(fixture->line, "dict['cache'] -> list[3] -> tuple[0] -> Thing");
    en_decref(fixture->rt, dict);
}

static void
test_path_leads_through_attributes_of_instances_and_classes(void **state) {
    struct fixture *fixture = *state;
    struct en_object *thing = fixture->instance;
    struct en_object *holder = en_instance_new(fixture->rt, fixture->class_object);

    assert_int_equal(en_list_append(fixture->rt, fixture->list, thing), 0);
    assert_int_equal(en_attr_set(fixture->rt, holder, fixture->items, fixture->list), 0);
    struct en_object *list = fixture->list;
    let_go(fixture, &fixture->instance);
    let_go(fixture, &fixture->list);
    assert_int_equal(find(fixture, thing), 3);
    assert_string_equal(fixture->line, "Thing.items -> list[0] -> Thing");
    assert_non_null(en_instance_dict(fixture->rt, holder)); /* the attributes move there */
    assert_int_equal(find(fixture, thing), 3);
    assert_string_equal(fixture->line, "Thing.items -> list[0] -> Thing");
    assert_int_equal(en_class_set(fixture->rt, fixture->class_object, fixture->cache, list), 0);
    en_decref(fixture->rt, holder);
    en_settle(fixture->rt); /* frozen objects are looked at as well */
    assert_int_equal(find(fixture, thing), 3);
    assert_string_equal(fixture->line, "Thing.cache -> list[0] -> Thing");
}

static struct en_object *
run_nothing(struct en_heap *heap, struct en_self *self, struct en_object *const *args,
            size_t count) {
    (void)self;
    (void)args;
    (void)count;
    return en_incref(en_none(heap));
}

static void
test_path_leads_through_closures_and_methods(void **state) {
    struct fixture *fixture = *state;
    struct en_object *thing = fixture->instance, *cell = en_cell_new(fixture->rt, thing);
    struct en_object *cells = en_tuple_pack(fixture->rt, &cell, 1);
    struct en_code code;

    assert_int_equal(en_code_init(fixture->rt, &code, run_nothing, NULL, 1), 0);
    struct en_object *function = en_function_new(fixture->rt, &code, cells);
    let_go(fixture, &cell);
    let_go(fixture, &cells);
    let_go(fixture, &fixture->instance);
    assert_int_equal(find(fixture, thing), 4);
    assert_string_equal(fixture->line,
                        "function.__closure__ -> tuple[0] -> cell.cell_contents -> Thing");
    struct en_object *method = en_method_new(fixture->rt, function, thing);
    assert_int_equal(find(fixture, thing), 2);
    assert_string_equal(fixture->line, "method.__self__ -> Thing");
    struct en_object *held = function;
    let_go(fixture, &function);
    assert_int_equal(find(fixture, held), 2);
    assert_string_equal(fixture->line, "method.__func__ -> function");
    en_decref(fixture->rt, method);
}

static void
test_path_to_trash_is_none(void **state) {
    struct fixture *fixture = *state;
    struct en_object *list = fixture->list;

    assert_int_equal(en_list_append(fixture->rt, list, list), 0);
    assert_int_equal(find(fixture, list), 1);
    let_go(fixture, &fixture->list);
    assert_int_equal(find(fixture, list), -ENOENT);
    assert_string_equal(fixture->line, "");
    assert_int_equal(en_gc_collect(fixture->rt, 2), 1);
}

static void
test_path_is_found_among_more_referrers_than_there_is_room_for(void **state) {
    struct fixture *fixture = *state;
    struct en_object *thing = fixture->instance;

    for (int i = 0; i < 2 * WL_PATH_OBJECTS_MOST; i++) {
        struct en_object *tuple = en_tuple_pack(fixture->rt, &thing, 1);
        assert_int_equal(en_list_append(fixture->rt, fixture->list, tuple), 0);
        en_decref(fixture->rt, tuple);
    }
    let_go(fixture, &fixture->instance);
    assert_int_equal(find(fixture, thing), -ENOENT); /* the list was met too late */
    en_list_reverse(fixture->rt, fixture->list);
    assert_int_equal(en_list_delete(fixture->rt, fixture->list, 0, WL_PATH_OBJECTS_MOST + 8), 0);
    assert_int_equal(find(fixture, thing), 3);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_path_of_what_a_variable_holds_is_the_object_alone),
        TEST(test_path_leads_through_dicts_lists_and_tuples),
        TEST(test_path_leads_through_attributes_of_instances_and_classes),
        TEST(test_path_leads_through_closures_and_methods),
        TEST(test_path_to_trash_is_none),
        TEST(test_path_is_found_among_more_referrers_than_there_is_room_for),
    };
    return cmocka_run_group_tests_name("workloads/path", tests, NULL, NULL);
}
