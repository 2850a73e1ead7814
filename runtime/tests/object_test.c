/* SPDX-License-Identifier: MIT
 *
 * What all objects have in common: counts, identity, the brake on deep releases.
 */
#include "runtime/tests/heap.h"

#include "runtime/annotate.h"
#include "runtime/object.h"

#include <stdlib.h>

/* ---- A link of a chain, with the order in which links die ---- */

struct link {
    struct rt_head head;
    struct rt_object object;
    struct rt_object *next;
    int64_t number;
    int64_t *deaths; /* [0] counts them */
};

static struct link *
link_of(const struct rt_object *object) {
    return (struct link *)((uintptr_t)object - offsetof(struct link, object));
}

static void
drop_link(struct rt *rt, struct rt_object *object) {
    struct link *self = link_of(object);

    rt_untrack(rt, object);
    if (rt_trash_enter(rt, object))
        return;
    rt_xdecref(rt, self->next);
    self->deaths[++self->deaths[0]] = self->number;
    rt_object_free(rt, object, sizeof(struct rt_head), sizeof *self - sizeof(struct rt_head));
    rt_trash_leave(rt);
}

static void
traverse_link(struct rt_object *object, rt_visit_fn visit, void *context) {
    if (link_of(object)->next != NULL)
        visit(link_of(object)->next, context);
}

static const struct rt_type link_type = {
    .drop = drop_link,
    .traverse = traverse_link,
    .name = "link",
    .kind = RT_KIND_CELL,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = sizeof(struct rt_head),
};

/* A chain whose head has the highest number. */
static struct rt_object *
make_chain(struct rt *rt, int length, int64_t *deaths) {
    struct rt_object *head = NULL;

    for (int i = 1; i <= length; i++) {
        struct rt_object *object = rt_object_alloc(rt, sizeof(struct rt_head),
                                                   sizeof(struct link) - sizeof(struct rt_head));
        struct link *self = link_of(object);

        assert_non_null(object);
        rt_object_init(object, &link_type);
        self->next = head;
        self->number = i;
        self->deaths = deaths;
        assert_true(rt_track(rt, object));
        head = object;
    }
    return head;
}

static void
test_object_release_is_cut_into_pieces_of_fifty_then_forty_nine(void **state) {
    int64_t deaths[1 + 130] = {0};
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    rt_decref(rt, make_chain(rt, 130, deaths));
    assert_int_equal(deaths[0], 130);
    /* The head has 130. The first fifty die from the deepest up, then pieces that begin at depth one. */
    assert_int_equal(deaths[1], 130 - 49);
    assert_int_equal(deaths[50], 130);
    assert_int_equal(deaths[51], 130 - 50 - 48);
    assert_int_equal(deaths[99], 130 - 50);
    assert_int_equal(deaths[100], 1);
    assert_int_equal(deaths[130], 31);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

/* Under valgrind, which has nothing to find in the second million, that takes a minute. */
static void
test_object_chain_of_ten_million_is_released(void **state) {
    const int length = rt_annotate_wants_small_reservation() ? 200000 : 10000000;
    int64_t *deaths = calloc((size_t)length + 1, sizeof *deaths);
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    assert_non_null(deaths);
    rt_decref(rt, make_chain(rt, length, deaths));
    assert_int_equal(deaths[0], length);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(rt_verify(rt, NULL), 0);
    free(deaths);
    rt_destroy(rt);
}

static void
test_object_blocks_are_counted_and_the_count_never_owes(void **state) {
    int64_t deaths[1 + 10] = {0};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *chain = make_chain(rt, 10, deaths);

    (void)state;
    assert_int_equal(rt->young_count, 10);
    rt->young_count = 4; /* as a collection leaves it */
    rt_decref(rt, chain);
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

static void
test_object_none_survives_its_last_reference(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    rt_none(rt)->count = 1;
    rt_decref(rt, rt_none(rt));
    assert_true(rt_none(rt)->count > 0);
    assert_int_equal(rt_sizeof(rt_none(rt)), 16);
    assert_int_equal(rt_block_bytes(rt_none(rt)), 0);
    assert_string_equal(rt_type_name(rt_none(rt)), "NoneType");
    rt_destroy(rt);
}

static void
test_object_without_a_value_is_equal_to_itself_alone(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    int64_t hash = 0, deaths[3] = {0};
    struct rt_object *one = make_chain(rt, 1, deaths), *other = make_chain(rt, 1, deaths);

    (void)state;
    assert_int_equal(rt_equal(rt, one, one), 1);
    assert_int_equal(rt_equal(rt, one, other), 0);
    assert_int_equal(rt_hash(rt, one, &hash), 0);
    assert_int_equal(hash, (int64_t)((uintptr_t)one >> 4));
    rt_decref(rt, one);
    rt_decref(rt, other);
    rt_destroy(rt);
}

static void
test_object_kinds_have_names(void **state) {
    (void)state;
    for (int kind = 0; kind < RT_KIND_COUNT; kind++) {
        assert_non_null(rt_kind_name((enum rt_kind)kind));
        for (int other = 0; other < kind; other++)
            assert_string_not_equal(rt_kind_name((enum rt_kind)kind),
                                    rt_kind_name((enum rt_kind)other));
    }
    assert_string_equal(rt_kind_name(RT_KIND_COUNT), "unknown kind");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_object_release_is_cut_into_pieces_of_fifty_then_forty_nine),
        cmocka_unit_test(test_object_chain_of_ten_million_is_released),
        cmocka_unit_test(test_object_blocks_are_counted_and_the_count_never_owes),
        cmocka_unit_test(test_object_none_survives_its_last_reference),
        cmocka_unit_test(test_object_without_a_value_is_equal_to_itself_alone),
        cmocka_unit_test(test_object_kinds_have_names),
    };

    return cmocka_run_group_tests_name("object", tests, NULL, NULL);
}
