/* SPDX-License-Identifier: MIT
 *
 * What there is: counts and bytes by type, differences, growth, and the objects of a type.
 */
#include "runtime/tests/inspected.h"

static const struct rt_inspect_row *
row_of(const struct rt_inspect_summary *summary, const char *type) {
    const struct rt_inspect_row *row = rt_inspect_find_row(summary, type);

    assert_non_null(row);
    return row;
}

static size_t
count_of(const struct rt_inspect_summary *summary, const char *type) {
    const struct rt_inspect_row *row = rt_inspect_find_row(summary, type);

    return row == NULL ? 0 : row->count;
}

static struct rt_inspect_summary *
summarize(struct rt *rt, enum rt_inspect_scope scope) {
    struct rt_inspect_summary *summary = NULL;

    assert_int_equal(rt_inspect_summarize(rt, scope, &summary), 0);
    return summary;
}

/* [1000, (1001, 'text'), 1000], of which the tuple is not tracked. */
static struct rt_object *
make_small_heap(struct rt *rt) {
    struct rt_object *pair[] = {test_int(rt, 1001), rt_str_new(rt, "text", 4)};
    struct rt_object *tuple = rt_tuple_pack(rt, pair, 2);
    struct rt_object *items[] = {test_int(rt, 1000), tuple, NULL};

    rt_decref(rt, pair[0]);
    rt_decref(rt, pair[1]);
    assert_int_equal(rt_gc_collect(rt, 0), 0);
    assert_false(rt_is_tracked(tuple));
    items[2] = rt_incref(items[0]);
    return test_list(rt, 3, items);
}

static void
test_inspect_counts_objects_once_with_both_sizes(void **state) {
    (void)state;
    for (size_t i = 0; i < RT_COUNT_OF(test_backends); i++) {
        struct rt *rt = test_create(NULL, test_backends[i], NULL);
        struct rt_object *list = make_small_heap(rt);
        struct test_state before = test_state_read(rt);
        struct rt_inspect_summary *summary = summarize(rt, RT_INSPECT_ALL);

        assert_undisturbed(rt, before);
        assert_int_equal(summary->row_count, 4);
        assert_int_equal(row_of(summary, "int")->count, 2);
        assert_int_equal(row_of(summary, "int")->bytes, 2 * 28);
        assert_int_equal(row_of(summary, "list")->bytes, 56 + 3 * 8);
        assert_int_equal(row_of(summary, "tuple")->bytes, 40 + 2 * 8);
        assert_int_equal(row_of(summary, "str")->bytes, 53);
        assert_int_equal(row_of(summary, "list")->block_bytes, rt_block_bytes(list));
        assert_int_equal(summary->count, 5);
        assert_int_equal(summary->bytes, 2 * 28 + 56 + 24 + 56 + 53);
        assert_null(rt_inspect_find_row(summary, "dict"));
        rt_inspect_free(rt, summary);
        rt_decref(rt, list);
        rt_destroy(rt);
    }
}

static void
test_inspect_of_tracked_objects_alone_is_objgraphs(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *list = make_small_heap(rt);
    struct rt_inspect_summary *summary = summarize(rt, RT_INSPECT_TRACKED);

    (void)state;
    assert_int_equal(summary->row_count, 1);
    assert_int_equal(row_of(summary, "list")->count, 1);
    rt_inspect_free(rt, summary);
    rt_gc_freeze(rt);
    summary = summarize(rt, RT_INSPECT_TRACKED);
    assert_int_equal(summary->count, 1); /* frozen, and still there */
    rt_inspect_free(rt, summary);
    rt_decref(rt, list);
    rt_destroy(rt);
}

static void
test_inspect_of_nothing_has_no_rows(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_inspect_summary *summary = summarize(rt, RT_INSPECT_ALL);
    struct rt_inspect_changes *changes;

    (void)state;
    assert_int_equal(summary->row_count, 0);
    assert_int_equal(summary->bytes, 0);
    assert_int_equal(rt_inspect_compare(rt, summary, summary, &changes), 0);
    assert_int_equal(changes->row_count, 0);
    rt_inspect_free(rt, changes);
    rt_inspect_free(rt, summary);
    rt_destroy(rt);
}

static void
test_inspect_rows_are_most_common_first_and_then_as_met(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *cells[2] = {rt_cell_new(rt, NULL), rt_cell_new(rt, NULL)};
    struct rt_object *sets[2] = {rt_set_new(rt), rt_set_new(rt)}, *lists[3];
    struct rt_inspect_summary *summary;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        lists[i] = rt_list_new(rt, 0);
    summary = summarize(rt, RT_INSPECT_TRACKED);
    assert_int_equal(summary->row_count, 3);
    assert_string_equal(summary->rows[0].type, "list");
    assert_string_equal(summary->rows[1].type, "cell");
    assert_string_equal(summary->rows[2].type, "set");
    rt_inspect_free(rt, summary);
    for (size_t i = 0; i < 3; i++)
        rt_decref(rt, lists[i]);
    for (size_t i = 0; i < 2; i++) {
        rt_decref(rt, cells[i]);
        rt_decref(rt, sets[i]);
    }
    rt_destroy(rt);
}

static void
test_inspect_takes_classes_of_one_name_for_one_type_and_outlives_them(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *classes[100], *instances[100];
    struct rt_inspect_summary *summary;

    (void)state;
    for (size_t i = 0; i < 100; i++) { /* more types than fit in the first table */
        classes[i] = test_class(rt, i % 2 == 0 ? "Even" : "Odd");
        instances[i] = rt_instance_new(rt, classes[i]);
    }
    summary = summarize(rt, RT_INSPECT_ALL);
    for (size_t i = 0; i < 100; i++) {
        rt_decref(rt, instances[i]);
        rt_decref(rt, classes[i]);
    }
    assert_true(rt_gc_collect(rt, 2) > 0);
    assert_int_equal(row_of(summary, "Even")->count, 50);
    assert_int_equal(row_of(summary, "Odd")->count, 50);
    assert_int_equal(row_of(summary, "Odd")->bytes, 50 * 56);
    assert_int_equal(row_of(summary, "type")->count, 100);
    rt_inspect_free(rt, summary);
    rt_destroy(rt);
}

/* Everything is counted again by hand. */
static void
check_world(struct test_world *world) {
    struct rt_inspect_summary *summary = summarize(world->rt, RT_INSPECT_ALL);
    size_t lists = 0, cells = 0, plain = 0, bytes = 0, found = 0;

    for (int node = 0; node < world->count; node++) {
        struct rt_object *object = world->nodes[node];

        lists += rt_kind(object) == RT_KIND_LIST;
        cells += rt_kind(object) == RT_KIND_CELL;
        if (strcmp(rt_type_name(object), "Plain") == 0) {
            plain++;
            bytes += rt_sizeof(object);
        }
        found += world->is_visible[node] && rt_kind(object) == RT_KIND_FLOAT;
    }
    assert_int_equal(count_of(summary, "list"), lists);
    assert_int_equal(count_of(summary, "cell"), cells);
    assert_int_equal(count_of(summary, "Plain"), plain);
    if (plain > 0)
        assert_int_equal(row_of(summary, "Plain")->bytes, bytes);
    assert_int_equal(count_of(summary, "float"), found);
    rt_inspect_free(world->rt, summary);
}

static void
test_inspect_agrees_with_counting_by_hand(void **state) {
    (void)state;
    test_worlds(check_world);
}

/* ---- Changes ---- */

static void
assert_change(const struct rt_inspect_changes *changes, size_t row, const char *type,
              const int64_t *figures) {
    const struct rt_inspect_change *change = &changes->rows[row];

    assert_true(row < changes->row_count);
    assert_string_equal(change->type, type);
    assert_int_equal(change->count, figures[0]);
    assert_int_equal(change->count_diff, figures[1]);
    assert_int_equal(change->bytes, figures[2]);
    assert_int_equal(change->bytes_diff, figures[3]);
    assert_int_equal(change->block_bytes_diff, figures[4]);
}

static void
test_inspect_compares_two_moments_largest_change_first(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *lost = rt_cell_new(rt, NULL), *sets[] = {rt_set_new(rt), NULL};
    struct rt_object *kept = rt_tuple_pack(rt, sets, 1), *lists[2];
    struct rt_inspect_summary *before = summarize(rt, RT_INSPECT_TRACKED), *now;
    struct rt_inspect_changes *changes;

    (void)state;
    rt_decref(rt, lost);
    sets[1] = rt_set_new(rt);
    lists[0] = rt_list_new(rt, 0);
    lists[1] = rt_list_new(rt, 0);
    now = summarize(rt, RT_INSPECT_TRACKED);
    assert_int_equal(rt_inspect_compare(rt, now, before, &changes), 0);
    assert_int_equal(changes->row_count, 3); /* the tuple is as it was */
    assert_change(changes, 0, "set", (int64_t[]){2, 1, 2 * 216, 216, 216});
    assert_change(changes, 1, "list", (int64_t[]){2, 2, 2 * 56, 2 * 56, 2 * 56});
    assert_change(changes, 2, "cell", (int64_t[]){0, -1, 0, -40, -40});
    rt_inspect_free(rt, changes);
    assert_int_equal(rt_inspect_compare(rt, before, now, &changes), 0); /* and back */
    assert_change(changes, 0, "set", (int64_t[]){1, -1, 216, -216, -216});
    assert_change(changes, 2, "cell", (int64_t[]){1, 1, 40, 40, 40});
    rt_inspect_free(rt, changes);
    rt_inspect_free(rt, now);
    rt_inspect_free(rt, before);
    for (size_t i = 0; i < 2; i++) {
        rt_decref(rt, lists[i]);
        rt_decref(rt, sets[i]);
    }
    rt_decref(rt, kept);
    rt_destroy(rt);
}

static struct rt_inspect_changes *
growth(struct rt *rt, struct rt_inspect_summary **peaks) {
    struct rt_inspect_changes *changes = NULL;

    assert_int_equal(rt_inspect_growth(rt, RT_INSPECT_TRACKED, peaks, &changes), 0);
    return changes;
}

static void
test_inspect_growth_is_above_the_peak_so_far(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *lists[4], *cell = rt_cell_new(rt, NULL);
    struct rt_inspect_summary *peaks = NULL;
    struct rt_inspect_changes *changes;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        lists[i] = rt_list_new(rt, 0);
    changes = growth(rt, &peaks);
    assert_int_equal(changes->row_count, 2); /* at first all there is is new */
    assert_string_equal(changes->rows[0].type, "list");
    assert_int_equal(changes->rows[0].count_diff, 4);
    rt_inspect_free(rt, changes);
    for (size_t i = 0; i < 2; i++)
        rt_decref(rt, lists[i]);
    rt_decref(rt, cell); /* none is left, and its peak stays */
    rt_inspect_free(rt, growth(rt, &peaks));
    assert_int_equal(row_of(peaks, "list")->count, 4);
    assert_int_equal(row_of(peaks, "cell")->count, 1);
    for (size_t i = 0; i < 2; i++)
        lists[i] = rt_list_new(rt, 0);
    cell = rt_cell_new(rt, NULL);
    changes = growth(rt, &peaks);
    assert_int_equal(changes->row_count, 0); /* as many as before */
    rt_inspect_free(rt, changes);
    rt_decref(rt, cell);
    cell = rt_list_new(rt, 0);
    changes = growth(rt, &peaks);
    assert_int_equal(changes->row_count, 1);
    assert_int_equal(changes->rows[0].count, 5);
    assert_int_equal(changes->rows[0].count_diff, 1);
    rt_inspect_free(rt, changes);
    rt_inspect_free(rt, peaks);
    rt_decref(rt, cell);
    for (size_t i = 0; i < 4; i++)
        rt_decref(rt, lists[i]);
    rt_destroy(rt);
}

/* ---- Objects ---- */

static void
test_inspect_finds_the_objects_of_a_type_in_order(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *list = make_small_heap(rt), *young = rt_list_new(rt, 0);
    struct rt_inspect_objects *objects;
    struct test_state before;

    (void)state;
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    rt_decref(rt, young);
    young = rt_list_new(rt, 0);
    before = test_state_read(rt);
    assert_int_equal(rt_inspect_by_type(rt, RT_INSPECT_TRACKED, "list", &objects), 0);
    assert_int_equal(objects->count, 2);
    assert_ptr_equal(objects->items[0], young); /* the youngest generation first */
    assert_ptr_equal(objects->items[1], list);
    rt_inspect_free(rt, objects);
    assert_int_equal(rt_inspect_by_type(rt, RT_INSPECT_TRACKED, "tuple", &objects), 0);
    assert_int_equal(objects->count, 0);
    rt_inspect_free(rt, objects);
    assert_int_equal(rt_inspect_by_type(rt, RT_INSPECT_ALL, "tuple", &objects), 0);
    assert_int_equal(objects->count, 1);
    assert_ptr_equal(objects->items[0], rt_list_get(list, 1));
    rt_inspect_free(rt, objects);
    assert_undisturbed(rt, before);
    rt_decref(rt, list);
    rt_decref(rt, young);
    rt_destroy(rt);
}

static void
test_inspect_finds_the_instances_of_just_one_class(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *base = test_class(rt, "C"), *twin = test_class(rt, "C");
    struct rt_object *derived =
        rt_class_new(rt, &(struct rt_class_spec){.name = "D", .base = base});
    struct rt_object *instances[] = {rt_instance_new(rt, base), rt_instance_new(rt, twin),
                                     rt_instance_new(rt, derived)};
    struct rt_inspect_objects *objects;

    (void)state;
    assert_int_equal(rt_inspect_by_class(rt, base, &objects), 0);
    assert_int_equal(objects->count, 1);
    assert_ptr_equal(objects->items[0], instances[0]);
    rt_inspect_free(rt, objects);
    assert_int_equal(rt_inspect_by_type(rt, RT_INSPECT_TRACKED, "C", &objects), 0);
    assert_int_equal(objects->count, 2); /* by name both */
    rt_inspect_free(rt, objects);
    for (size_t i = 0; i < 3; i++)
        rt_decref(rt, instances[i]);
    rt_decref(rt, derived);
    rt_decref(rt, twin);
    rt_decref(rt, base);
    rt_destroy(rt);
}

/* ---- Faults ---- */

static int
attempt_summary(struct rt *rt, void *context) {
    struct rt_inspect_summary *summary = NULL;
    int status = rt_inspect_summarize(rt, RT_INSPECT_ALL, &summary);

    (void)context;
    rt_inspect_free(rt, summary);
    return status;
}

static int
attempt_compare(struct rt *rt, void *context) {
    struct rt_inspect_changes *changes = NULL;
    int status = rt_inspect_compare(rt, context, context, &changes);

    rt_inspect_free(rt, changes);
    return status;
}

static int
attempt_growth(struct rt *rt, void *context) {
    struct rt_inspect_summary **peaks = context, *before = *peaks;
    struct rt_inspect_changes *changes = NULL;
    int status = rt_inspect_growth(rt, RT_INSPECT_ALL, peaks, &changes);

    if (status != 0) {
        assert_ptr_equal(*peaks, before);
        assert_null(changes);
    }
    rt_inspect_free(rt, changes);
    return status;
}

static int
attempt_objects(struct rt *rt, void *context) {
    struct rt_inspect_objects *objects = NULL;
    int status = rt_inspect_by_type(rt, RT_INSPECT_ALL, context, &objects);

    rt_inspect_free(rt, objects);
    return status;
}

static void
test_inspect_without_memory_says_so_and_changes_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < RT_COUNT_OF(test_backends); i++) {
        struct rt *rt = test_create_fallible(test_backends[i]);
        struct rt_object *classes[70], *instances[70];
        struct rt_inspect_summary *peaks = NULL;

        for (size_t j = 0; j < 70; j++) {
            char name[] = {'C', (char)('0' + j), '\0'};

            classes[j] = test_class(rt, name);
            instances[j] = rt_instance_new(rt, classes[j]);
        }
        test_refuse_each(rt, attempt_summary, NULL, 3 + 3 + 3 + 1);
        test_refuse_each(rt, attempt_growth, &peaks, 3 + 3 + 3 + 1 + 2);
        test_refuse_each(rt, attempt_growth, &peaks, 3 + 3 + 3 + 1 + 2 + 2);
        test_refuse_each(rt, attempt_compare, peaks, 2);
        test_refuse_each(rt, attempt_objects, (void *)(uintptr_t) "C1", 3 + 1);
        rt_inspect_free(rt, peaks);
        for (size_t j = 0; j < 70; j++) {
            rt_decref(rt, instances[j]);
            rt_decref(rt, classes[j]);
        }
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inspect_counts_objects_once_with_both_sizes),
        cmocka_unit_test(test_inspect_of_tracked_objects_alone_is_objgraphs),
        cmocka_unit_test(test_inspect_of_nothing_has_no_rows),
        cmocka_unit_test(test_inspect_rows_are_most_common_first_and_then_as_met),
        cmocka_unit_test(test_inspect_takes_classes_of_one_name_for_one_type_and_outlives_them),
        cmocka_unit_test(test_inspect_agrees_with_counting_by_hand),
        cmocka_unit_test(test_inspect_compares_two_moments_largest_change_first),
        cmocka_unit_test(test_inspect_growth_is_above_the_peak_so_far),
        cmocka_unit_test(test_inspect_finds_the_objects_of_a_type_in_order),
        cmocka_unit_test(test_inspect_finds_the_instances_of_just_one_class),
        cmocka_unit_test(test_inspect_without_memory_says_so_and_changes_nothing),
    };

    return cmocka_run_group_tests_name("inspect", tests, NULL, NULL);
}
