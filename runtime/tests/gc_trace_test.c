/* SPDX-License-Identifier: MIT
 *
 * Who is reachable, and in what order: the rescued come behind the others, tuples and dicts leave when they
 * may, and counts do not run over. Each question is put to both places where marks are kept, the heads and
 * the table. gc_order_test.c asks the same of random graphs.
 */
#include "runtime/tests/trash.h"

/* In the heads, and in the table. */
static const uint32_t places[] = {UINT32_MAX, 1};

static struct rt *
create(size_t place) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);

    rt->gc.table_from = places[place];
    return rt;
}

static struct rt_object *
tuple_of(struct rt *rt, struct rt_object *item) {
    return test_have(rt_tuple_pack(rt, &item, 1));
}

static void
append(struct rt *rt, struct rt_object *list, struct rt_object *item) {
    assert_int_equal(rt_list_append(rt, list, item), 0);
}

static void
drop_all(struct rt *rt, struct rt_object *const *objects, size_t count) {
    for (size_t i = 0; i < count; i++)
        rt_decref(rt, objects[i]);
}

/* ---- Order -------------------------------------------------------------------------------------- */

static void
test_gc_trace_leaves_those_held_from_outside_in_their_order(void **state) {
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);
        struct rt_object *lists[6];

        for (int i = 0; i < 6; i++)
            lists[i] = test_list(rt);
        for (int i = 0; i < 6; i++) /* backward and forward */
            append(rt, lists[i], lists[5 - i]);
        test_trash(rt, 3);
        assert_int_equal(rt_gc_collect(rt, 0), 3);
        assert_generation_is(rt, 1, lists, 6);
        assert_int_equal(rt_gc_collect(rt, 2), 0);
        assert_generation_is(rt, 2, lists, 6);
        drop_all(rt, lists, 6);
        rt_destroy(rt);
    }
}

/* Each holds the one made before it, and the test the last one. */
static void
test_gc_trace_turns_a_chain_kept_by_its_last_once(void **state) {
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);
        struct rt_object *chain[5];

        for (int i = 4; i >= 0; i--) {
            chain[i] = test_list(rt);
            if (i < 4) {
                append(rt, chain[i], chain[i + 1]);
                rt_decref(rt, chain[i + 1]);
            }
        }
        for (int round = 0; round < 3; round++) {
            assert_int_equal(rt_gc_collect(rt, 2), 0);
            assert_generation_is(rt, 2, chain, 5);
        }
        rt_decref(rt, chain[0]);
        rt_destroy(rt);
    }
}

enum kind {
    LIST,
    TUPLE,
    DICT,
    INSTANCE,
    SLOTS,
    KINDS
};

static struct rt_object *
holder_of(struct rt *rt, enum kind kind, struct rt_object *class_object,
          struct rt_object *const *items) {
    static const char *const names[] = {"a", "b", "c"};
    struct rt_object *holder;

    if (kind == LIST)
        return test_have(rt_list_pack(rt, items, 3));
    if (kind == TUPLE)
        return test_have(rt_tuple_pack(rt, items, 3));
    holder = kind == DICT ? test_have(rt_dict_new(rt)) : test_instance(rt, class_object);
    for (int i = 0; i < 3; i++) {
        struct rt_object *name = test_name(rt, names[i]);

        if (kind == DICT)
            assert_int_equal(rt_dict_set(rt, holder, name, items[i]), 0);
        else
            assert_int_equal(rt_attr_set(rt, holder, name, items[i]), 0);
        rt_decref(rt, name);
    }
    return holder;
}

static struct rt_object *
class_of_kind(struct rt *rt, enum kind kind) {
    static const char *const names[] = {"a", "b", "c"};
    struct rt_class_spec spec = {
        .name = "N", .slots = kind == SLOTS ? names : NULL, .slot_count = kind == SLOTS ? 3 : 0};

    return test_have(rt_class_new(rt, &spec));
}

/* Lists and tuples are looked through from their ends, others in the order of their parts. */
static void
test_gc_trace_rescues_in_the_order_of_the_holder(void **state) {
    (void)state;
    for (int i = 0; i < 2 * KINDS; i++) {
        enum kind kind = (enum kind)(i / 2);
        struct rt *rt = create((size_t)i % 2);
        struct rt_object *class_object = class_of_kind(rt, kind), *items[3], *holder, *order[4];

        test_settle(rt);
        for (int j = 0; j < 3; j++)
            items[j] = test_list(rt);
        holder = holder_of(rt, kind, class_object, items);
        drop_all(rt, items, 3);
        assert_int_equal(rt_gc_collect(rt, 0), 0);
        order[0] = holder;
        for (int j = 0; j < 3; j++)
            order[1 + j] = items[kind <= TUPLE ? 2 - j : j];
        assert_generation_is(rt, 1, order, 4);
        rt_decref(rt, holder);
        rt_decref(rt, class_object);
        rt_destroy(rt);
    }
}

/* The rescued come behind all that was examined, also behind those that come later themselves. */
static void
test_gc_trace_rescued_come_behind_all_others(void **state) {
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);
        struct rt_object *lost = test_list(rt), *one = test_list(rt), *holder = test_list(rt);
        struct rt_object *last = test_list(rt);

        append(rt, holder, lost);
        rt_decref(rt, lost);
        assert_int_equal(rt_gc_collect(rt, 1), 0);
        assert_generation_is(rt, 2, (struct rt_object *[]){one, holder, last, lost}, 4);
        drop_all(rt, (struct rt_object *[]){one, holder, last}, 3);
        rt_destroy(rt);
    }
}

/* Merged for a full collection: generation 2, then 0, then 1. */
static void
test_gc_trace_sees_the_youngest_before_the_middle_generation(void **state) {
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);
        struct rt_object *in[RT_GENERATIONS];

        for (int g = 2; g >= 0; g--) {
            in[g] = test_list(rt);
            if (g > 0)
                assert_int_equal(rt_gc_collect(rt, g - 1), 0);
        }
        assert_int_equal(rt_gc_collect(rt, 2), 0);
        assert_generation_is(rt, 2, (struct rt_object *[]){in[2], in[0], in[1]}, 3);
        drop_all(rt, in, 3);
        rt_destroy(rt);
    }
}

/* What is older counts as outside, reachable or not. */
static void
test_gc_trace_believes_what_older_generations_hold(void **state) {
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);
        struct rt_object *old = test_self_list(rt), *young;

        assert_int_equal(rt_gc_collect(rt, 1), 0);
        young = test_self_list(rt);
        append(rt, old, young);
        rt_decref(rt, young);
        rt_decref(rt, old);
        assert_int_equal(rt_gc_collect(rt, 0), 0);
        assert_int_equal(rt_gc_collect(rt, 1), 0);
        assert_int_equal(rt_gc_collect(rt, 2), 2);
        rt_destroy(rt);
    }
}

/* ---- What needs no examining -------------------------------------------------------------------- */

static void
test_gc_trace_untracks_nested_tuples_together_when_the_inner_come_first(void **state) {
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);
        struct rt_object *tuples[3];

        tuples[0] = tuple_of(rt, rt_none(rt));
        tuples[1] = tuple_of(rt, tuples[0]);
        tuples[2] = tuple_of(rt, tuples[1]);
        assert_int_equal(rt_gc_collect(rt, 0), 0);
        for (int i = 0; i < 3; i++)
            assert_false(rt_is_tracked(tuples[i]));
        drop_all(rt, tuples, 3);
        assert_verified(rt);
        rt_destroy(rt);
    }
}

static void
test_gc_trace_untracks_a_layer_a_time_when_the_outer_come_first(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++) { /* in collections of each generation, and both places */
        struct rt *rt = create((size_t)i % 2);
        struct rt_object *layers[5];

        layers[4] = tuple_of(rt, rt_none(rt));
        for (int j = 3; j >= 0; j--) {
            layers[j] = tuple_of(rt, layers[j + 1]);
            rt_decref(rt, layers[j + 1]);
        }
        for (int tracked = 5; tracked >= 0; tracked--) {
            for (int j = 0; j < 5; j++)
                assert_int_equal(rt_is_tracked(layers[j]), j < tracked);
            assert_int_equal(rt_gc_collect(rt, tracked == 5 ? i / 2 : 2), 0);
        }
        rt_decref(rt, layers[0]);
        rt_destroy(rt);
    }
}

static void
test_gc_trace_keeps_tuples_of_what_may_be_tracked(void **state) {
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);
        struct rt_object *dict = test_have(rt_dict_new(rt)), *of_dict = tuple_of(rt, dict);
        struct rt_object *hole = test_have(rt_tuple_new(rt, 2)), *outer = tuple_of(rt, of_dict);

        rt_tuple_put_steal(hole, 0, rt_incref(rt_none(rt)));
        assert_int_equal(rt_gc_collect(rt, 2), 0);
        assert_false(rt_is_tracked(dict));
        assert_true(rt_is_tracked(of_dict)); /* though the dict is not, it may come to be */
        assert_true(rt_is_tracked(hole));
        assert_true(rt_is_tracked(outer));
        drop_all(rt, (struct rt_object *[]){dict, of_dict, hole, outer}, 4);
        rt_destroy(rt);
    }
}

static void
test_gc_trace_untracks_dicts_in_full_collections_alone(void **state) {
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);
        struct rt_object *dict = test_have(rt_dict_new(rt)), *key = test_name(rt, "key");
        struct rt_object *tuple = tuple_of(rt, rt_none(rt)), *other = test_have(rt_dict_new(rt));

        assert_int_equal(rt_dict_set(rt, dict, key, tuple), 0);
        assert_int_equal(rt_dict_set(rt, other, key, dict), 0);
        assert_true(rt_is_tracked(dict));
        for (int g = 0; g < 2; g++) {
            assert_int_equal(rt_gc_collect(rt, g), 0);
            assert_false(rt_is_tracked(tuple));
            assert_true(rt_is_tracked(dict));
        }
        assert_int_equal(rt_gc_collect(rt, 2), 0);
        assert_false(rt_is_tracked(dict));
        assert_true(rt_is_tracked(other)); /* it holds a dict */
        assert_int_equal(rt_gc_long_lived_total(rt), 1);
        drop_all(rt, (struct rt_object *[]){dict, key, tuple, other}, 4);
        assert_verified(rt);
        rt_destroy(rt);
    }
}

/* What is untracked does not count as left, nor as pending. */
static void
test_gc_trace_counts_survivors_after_untracking(void **state) {
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);
        struct rt_object *tuples[4], *list = test_list(rt);

        for (int i = 0; i < 4; i++)
            tuples[i] = tuple_of(rt, i == 0 ? list : rt_none(rt));
        assert_int_equal(rt_gc_collect(rt, 1), 0);
        assert_int_equal(rt_gc_long_lived_pending(rt), 2);
        assert_int_equal(rt_gc_collect(rt, 2), 0);
        assert_int_equal(rt_gc_long_lived_pending(rt), 0);
        assert_int_equal(rt_gc_long_lived_total(rt), 2);
        drop_all(rt, tuples, 4);
        rt_decref(rt, list);
        rt_destroy(rt);
    }
}

/* ---- Counts ------------------------------------------------------------------------------------- */

/* One that is referred to `inside` times from a ring of trash with it, and now and then once more. */
static void
count_references(struct rt *rt, size_t inside, bool is_held) {
    struct rt_object *popular = test_list(rt), *crowd = test_list(rt);

    for (size_t i = 0; i < inside; i++)
        append(rt, crowd, popular);
    append(rt, popular, crowd);
    rt_decref(rt, crowd);
    if (!is_held)
        rt_decref(rt, popular);
    assert_int_equal(rt_gc_collect(rt, 2), is_held ? 0 : 2);
    if (is_held) {
        assert_int_equal(popular->count, inside + 1);
        rt_decref(rt, popular);
        assert_int_equal(rt_gc_collect(rt, 2), 2);
    }
    assert_int_equal(rt_gc_objects_count(rt, -1), 0);
}

static void
test_gc_trace_counts_more_references_than_a_byte_can(void **state) {
    static const size_t many[] = {1, 100, 1000, 65535, 65536, 100000};

    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);

        for (size_t n = 240; n < 270; n++) {
            count_references(rt, n, false);
            count_references(rt, n, true);
        }
        for (size_t i = 0; i < RT_COUNT_OF(many); i++) {
            count_references(rt, many[i], false);
            count_references(rt, many[i], true);
        }
        rt_destroy(rt);
    }
}

/* Tuples of more than 512 bytes are not in arenas. */
static void
test_gc_trace_finds_trash_of_large_and_small_blocks(void **state) {
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);
        struct rt_object *list = test_list(rt), *large = test_have(rt_tuple_new(rt, 100));
        struct rt_object *other = test_have(rt_tuple_new(rt, 200));

        append(rt, list, large);
        append(rt, list, large);
        for (size_t i = 0; i < 100; i++)
            rt_tuple_put_steal(large, i, rt_incref(i % 2 == 0 ? list : other));
        for (size_t i = 0; i < 200; i++)
            rt_tuple_put_steal(other, i, rt_incref(list));
        rt_decref(rt, large);
        rt_decref(rt, list);
        assert_int_equal(rt_gc_collect(rt, 2), 0);
        assert_generation_is(rt, 2, (struct rt_object *[]){other, list, large}, 3);
        rt_decref(rt, other);
        assert_int_equal(rt_gc_collect(rt, 2), 3);
        rt_destroy(rt);
    }
}

/* Marks of one trace are none in the next. */
static void
test_gc_trace_begins_without_marks(void **state) {
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rt *rt = create(p);
        struct rt_object *kept = test_self_list(rt);

        for (int round = 0; round < 100; round++) {
            test_trash(rt, (size_t)round);
            append(rt, kept, kept);
            assert_int_equal(rt_gc_collect(rt, round % RT_GENERATIONS), round);
        }
        rt_decref(rt, kept);
        assert_int_equal(rt_gc_collect(rt, 2), 1);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gc_trace_leaves_those_held_from_outside_in_their_order),
        cmocka_unit_test(test_gc_trace_turns_a_chain_kept_by_its_last_once),
        cmocka_unit_test(test_gc_trace_rescues_in_the_order_of_the_holder),
        cmocka_unit_test(test_gc_trace_rescued_come_behind_all_others),
        cmocka_unit_test(test_gc_trace_sees_the_youngest_before_the_middle_generation),
        cmocka_unit_test(test_gc_trace_believes_what_older_generations_hold),
        cmocka_unit_test(test_gc_trace_untracks_nested_tuples_together_when_the_inner_come_first),
        cmocka_unit_test(test_gc_trace_untracks_a_layer_a_time_when_the_outer_come_first),
        cmocka_unit_test(test_gc_trace_keeps_tuples_of_what_may_be_tracked),
        cmocka_unit_test(test_gc_trace_untracks_dicts_in_full_collections_alone),
        cmocka_unit_test(test_gc_trace_counts_survivors_after_untracking),
        cmocka_unit_test(test_gc_trace_counts_more_references_than_a_byte_can),
        cmocka_unit_test(test_gc_trace_finds_trash_of_large_and_small_blocks),
        cmocka_unit_test(test_gc_trace_begins_without_marks),
    };

    return cmocka_run_group_tests_name("gc_trace", tests, NULL, NULL);
}
