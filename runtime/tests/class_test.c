/* SPDX-License-Identifier: MIT
 *
 * Classes: their size, their layout, what they refer to, and what they refuse.
 */
#include "runtime/tests/objects.h"

#include "runtime/class.h"

#include <stdlib.h>

static struct rt_object *
make(struct rt *rt, struct rt_object *base, const char *const *slots, size_t count, bool has_dict,
     bool has_weakref) {
    struct rt_class_spec spec = {.name = "C",
                                 .base = base,
                                 .slots = slots,
                                 .slot_count = count,
                                 .has_dict = has_dict,
                                 .has_weakref = has_weakref};
    struct rt_object *class_object = rt_class_new(rt, &spec);

    assert_non_null(class_object);
    return class_object;
}

static const char *const names[] = {"a", "b", "c"};

static void
test_class_has_cpythons_size(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    assert_int_equal(rt_sizeof(make(rt, NULL, NULL, 0, false, false)), 1688);
    assert_int_equal(rt_sizeof(make(rt, NULL, names, 0, true, false)), 1688);
    assert_int_equal(rt_sizeof(make(rt, NULL, names, 3, false, true)), 920);
    assert_int_equal(rt_block_bytes(make(rt, NULL, names, 3, false, false)), 920 + 3 * 40);
    rt_destroy(rt);
}

static void
test_class_lays_bases_before_its_own_slots(void **state) {
    static const char *const more[] = {"d"};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *base = make(rt, NULL, names, 3, false, true);
    struct rt_object *derived = make(rt, base, more, 1, false, true);
    struct rt_object *plain = make(rt, derived, NULL, 0, false, false);
    const struct rt_class *self = (const struct rt_class *)derived;

    (void)state;
    assert_int_equal(((struct rt_class *)base)->instance_bytes, 16 + 3 * 8 + 8);
    assert_int_equal(self->slots_offset, 16 + 3 * 8 + 8);
    assert_int_equal(self->instance_bytes, 16 + 3 * 8 + 8 + 8);
    assert_int_equal(self->type.weakrefs_offset, 16 + 3 * 8); /* the base's */
    assert_int_equal(((struct rt_class *)plain)->type.prefix_bytes, 32);
    assert_ptr_equal(rt_class_base(derived), base);
    assert_null(rt_class_base(base));
    rt_destroy(rt);
}

static void
refuse(struct rt *rt, const char *const *slots, size_t count) {
    struct rt_class_spec spec = {.name = "C", .slots = slots, .slot_count = count};

    assert_null(rt_class_new(rt, &spec));
    assert_int_equal(rt_error(rt), EINVAL);
}

static void
test_class_refuses_slots_that_cannot_be(void **state) {
    static const char *const twice[] = {"a", "b", "a"}, *const odd[] = {"a b"},
                             *const digit[] = {"1a"}, *const empty[] = {""};
    static const char *many[RT_CLASS_SLOTS_MAX + 1];
    struct rt *rt = test_create(NULL, NULL);
    struct rt_class_spec spec = {.name = "C", .base = rt_none(rt)};

    (void)state;
    refuse(rt, twice, 3);
    refuse(rt, odd, 1);
    refuse(rt, digit, 1);
    refuse(rt, empty, 1);
    for (size_t i = 0; i <= RT_CLASS_SLOTS_MAX; i++)
        many[i] = "a";
    refuse(rt, many, RT_CLASS_SLOTS_MAX + 1);
    assert_null(rt_class_new(rt, &spec));
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

struct visits {
    size_t count, own;
    const struct rt_object *self;
};

static void
count_visit(struct rt_object *referent, void *context) {
    struct visits *visits = context;

    visits->count++;
    visits->own += referent == visits->self;
}

static void
test_class_is_in_cycles_with_what_it_refers_to(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *class_object = make(rt, NULL, names, 2, false, false);
    struct rt_class *self = (struct rt_class *)class_object;
    struct visits visits = {.self = class_object};

    (void)state;
    rt_visit(class_object, count_visit, &visits);
    assert_int_equal(visits.count, 3); /* dict, ancestors, bases */
    rt_visit(self->mro, count_visit, &visits);
    assert_int_equal(visits.own, 1);
    assert_int_equal(class_object->count, 1 + 1 + 2); /* ours, the ancestors', two descriptors' */
    assert_int_equal(rt_weakref_count(class_object), 1);
    rt_destroy(rt);
}

static void
test_class_that_is_cleared_and_dropped_leaves_nothing(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_object *class_object = make(rt, NULL, NULL, 0, false, false);

    (void)state;
    rt_incref(class_object);
    class_object->type->clear(rt, class_object); /* as the collector breaks cycles */
    assert_int_equal(class_object->count, 2);
    rt_decref(rt, class_object);
    rt_decref(rt, class_object);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_class_attributes_are_inherited_and_names_must_be_texts(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *base = make(rt, NULL, NULL, 0, false, false);
    struct rt_object *derived = make(rt, base, NULL, 0, false, false);
    struct rt_object *name = test_name(rt, "speed"), *number = rt_int_new(rt, 3);

    (void)state;
    assert_null(rt_class_get(rt, derived, name));
    assert_int_equal(rt_error(rt), ENOENT);
    assert_int_equal(rt_class_set(rt, base, name, number), 0);
    assert_ptr_equal(rt_class_get(rt, derived, name), number);
    assert_int_equal(rt_class_set(rt, base, number, number), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    rt_decref(rt, name);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_class_has_cpythons_size),
        cmocka_unit_test(test_class_lays_bases_before_its_own_slots),
        cmocka_unit_test(test_class_refuses_slots_that_cannot_be),
        cmocka_unit_test(test_class_is_in_cycles_with_what_it_refers_to),
        cmocka_unit_test(test_class_that_is_cleared_and_dropped_leaves_nothing),
        cmocka_unit_test(test_class_attributes_are_inherited_and_names_must_be_texts),
    };

    return cmocka_run_group_tests_name("class", tests, NULL, NULL);
}
