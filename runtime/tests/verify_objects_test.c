/* SPDX-License-Identifier: MIT
 *
 * The objects' part of the verifier: each thing that can be wrong is made wrong, and found.
 */
#include "runtime/tests/heap.h"

#include "runtime/object.h"

struct pair {
    struct rt_head head;
    struct rt_object object;
    struct rt_object *other;
};

static struct pair *
pair_of(const struct rt_object *object) {
    return (struct pair *)((uintptr_t)object - offsetof(struct pair, object));
}

static void
traverse_pair(struct rt_object *object, rt_visit_fn visit, void *context) {
    if (pair_of(object)->other != NULL)
        visit(pair_of(object)->other, context);
}

static bool
refuse(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    (void)rt, (void)object;
    rt_text_string(why, "broken by its own account");
    return false;
}

static const struct rt_type pair_type = {
    .traverse = traverse_pair, .kind = RT_KIND_CELL, .flags = RT_TYPE_CONTAINER};
static const struct rt_type broken_type = {
    .traverse = traverse_pair, .verify = refuse, .kind = RT_KIND_CELL, .flags = RT_TYPE_CONTAINER};
static const struct rt_type flat_type = {.kind = RT_KIND_FLOAT};

static struct rt_object *
make_pair(struct rt *rt, struct rt_object *other) {
    struct pair *pair = rt_alloc(rt, sizeof *pair);

    assert_non_null(pair);
    *pair = (struct pair){.object = {.count = 1, .type = &pair_type}, .other = other};
    return &pair->object;
}

static char line[TEST_TEXT_BYTES];

static void
assert_complains(struct rt *rt, const char *end) {
    struct rt_text why;

    rt_text_init(&why, line, sizeof line);
    assert_int_equal(rt_verify(rt, &why), -EBADMSG);
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    assert_true(why.length >= strlen(end));
    assert_string_equal(line + why.length - strlen(end), end);
}

static void
test_verify_finds_an_object_without_references(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *inner = make_pair(rt, NULL), *outer = make_pair(rt, inner);

    (void)state;
    assert_true(rt_track(rt, outer));
    assert_int_equal(rt_verify(rt, NULL), 0);
    inner->count = 0; /* it is not tracked, but referred to */
    assert_complains(rt, ": it is referred to and has no references");
    rt_destroy(rt);
}

static void
test_verify_finds_a_tracked_object_that_is_no_container(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *object = make_pair(rt, NULL);

    (void)state;
    assert_true(rt_track(rt, object));
    object->type = &flat_type;
    assert_complains(rt, ": it is tracked and no container");
    object->type = NULL;
    assert_complains(rt, ": its type is none");
    rt_destroy(rt);
}

static void
test_verify_asks_each_object_and_what_it_refers_to(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *inner = make_pair(rt, NULL), *outer = make_pair(rt, inner);

    (void)state;
    assert_true(rt_track(rt, outer));
    inner->type = &broken_type;
    assert_complains(rt, "broken by its own account");
    rt_destroy(rt);
}

static void
test_verify_finds_objects_that_were_put_aside_and_forgotten(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *object = make_pair(rt, NULL);

    (void)state;
    rt->trash = object;
    assert_complains(rt, "objects wait to be released between calls");
    rt->trash = NULL;
    rt->trash_depth = 1;
    assert_complains(rt, "objects wait to be released between calls");
    rt->trash_depth = 0;
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_verify_finds_a_free_list_that_is_too_long_or_not_ours(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    int64_t stranger[4] = {0};

    (void)state;
    rt->free_floats.room = -1;
    assert_complains(rt, "a free list has more entries than it may");
    rt->free_floats.room = 100;
    rt->free_tuples[3].first = stranger;
    assert_complains(rt, "a free list has a block of somebody else");
    rt->free_tuples[3].first = NULL;
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify_finds_an_object_without_references),
        cmocka_unit_test(test_verify_finds_a_tracked_object_that_is_no_container),
        cmocka_unit_test(test_verify_asks_each_object_and_what_it_refers_to),
        cmocka_unit_test(test_verify_finds_objects_that_were_put_aside_and_forgotten),
        cmocka_unit_test(test_verify_finds_a_free_list_that_is_too_long_or_not_ours),
    };

    return cmocka_run_group_tests_name("verify_objects", tests, NULL, NULL);
}
