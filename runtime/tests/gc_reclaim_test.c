/* SPDX-License-Identifier: MIT
 *
 * What becomes of trash: weak references die and are called, finalizers are called once, some of it comes back
 * to life, legacy finalizers keep theirs for ever, and the rest goes; and what others' code may do in
 * between. gc_facts_test.c has what CPython prints of it.
 */
#include "runtime/tests/actors.h"

#include "runtime/weakref.h"

/* ---- Weak references ---------------------------------------------------------------------------- */

static void
test_gc_reclaim_lets_a_finalizer_see_trash_whole_and_weak_references_dead(void **state) {
    struct test_deeds log;
    struct test_actor actors[2];
    struct rt *rt = test_actors_begin(&log, actors, 2, TEST_DOES_SAVE);
    struct rt_object *ring[2], *weakref;

    (void)state;
    test_make_ring(actors, ring, 2);
    weakref = test_have(rt_weakref_new(rt, ring[0], NULL));
    assert_int_equal(rt_gc_collect(rt, 0), 0);
    assert_noted(&log, "fa fb");
    assert_true(log.was_tracked && log.was_finalized && log.was_collecting);
    assert_null(rt_weakref_get(rt, weakref)); /* and stays so */
    assert_ptr_equal(test_get(rt, ring[0], "x"), ring[1]);
    assert_ptr_equal(test_get(rt, ring[1], "x"), ring[0]);
    assert_int_equal(rt_weakref_count(ring[0]), 0);
    rt_decref(rt, weakref);
    test_let_saved_go(&log);
    assert_int_equal(rt_gc_collect(rt, 1), 2);
    assert_noted(&log, "");
    test_actors_end(&log, actors, 2);
}

static void
test_gc_reclaim_moves_a_called_reference_to_the_older_generation(void **state) {
    for (int g = 0; g < RT_GENERATIONS; g++) {
        struct test_deeds log;
        struct test_actor caller;
        struct rt *rt = test_actors_begin(&log, &caller, 1, TEST_DOES_NOTHING);
        struct rt_object *list = test_list(rt), *set = test_have(rt_set_new(rt)), *weakref;

        (void)state;
        assert_int_equal(rt_list_append(rt, list, set), 0);
        assert_int_equal(rt_list_append(rt, list, list), 0);
        weakref = test_watched_by(&caller, set);
        rt_decref(rt, set);
        rt_decref(rt, list);
        assert_int_equal(rt_gc_collect(rt, g), 2);
        assert_noted(&log, "ca");
        assert_int_equal(rt_gc_generation_of(rt, weakref), g == 0 ? 1 : 2);
        rt_decref(rt, weakref);
        test_actors_end(&log, &caller, 1);
    }
}

/* An older reference comes down to where the survivors are. It can be older than its referent since that was
 * tracked anew when it was brought back to life. */
static void
test_gc_reclaim_brings_a_called_reference_down_from_where_it_was(void **state) {
    struct test_deeds log;
    struct test_actor actors[2];
    struct rt *rt = test_actors_begin(&log, actors, 2, TEST_DOES_NOTHING);
    struct rt_object *instance = test_mourned_by(&actors[0]),
                     *weakref = test_watched_by(&actors[1], instance);

    (void)state;
    actors[0].does = TEST_DOES_SAVE;
    assert_int_equal(rt_gc_collect(rt, 1), 0);
    rt_decref(rt, instance);
    assert_noted(&log, "fa");
    assert_ptr_equal(rt_weakref_get(rt, weakref), instance);
    assert_int_equal(rt_gc_generation_of(rt, instance), 0);
    assert_int_equal(rt_gc_generation_of(rt, weakref), 2);
    test_link(rt, instance, "x", instance);
    test_let_saved_go(&log);
    assert_int_equal(rt_gc_collect(rt, 0), 1);
    assert_noted(&log, "cb");
    assert_int_equal(rt_gc_generation_of(rt, weakref), 1);
    rt_decref(rt, weakref);
    test_actors_end(&log, actors, 2);
}

static void
test_gc_reclaim_never_calls_references_that_are_trash_themselves(void **state) {
    struct test_deeds log;
    struct test_actor caller;
    struct rt *rt = test_actors_begin(&log, &caller, 1, TEST_DOES_NOTHING);
    struct rt_object *class_object = test_class(rt, "N"), *instance, *weakref;

    (void)state;
    test_settle(rt);
    instance = test_instance(rt, class_object);
    weakref = test_watched_by(&caller, instance);
    test_link(rt, instance, "x", weakref);
    test_link(rt, instance, "y", instance);
    rt_decref(rt, weakref);
    rt_decref(rt, instance);
    assert_int_equal(rt_gc_collect(rt, 0), 3); /* with the callback */
    assert_noted(&log, "");
    rt_decref(rt, class_object);
    test_actors_end(&log, &caller, 1);
}

static void
test_gc_reclaim_reports_a_callback_that_fails_and_calls_the_next(void **state) {
    struct test_deeds log;
    struct test_actor callers[2];
    struct rt *rt = test_actors_begin(&log, callers, 2, TEST_DOES_FAIL);
    struct test_heard heard;
    struct rt_object *set = test_have(rt_set_new(rt)), *list = test_self_list(rt), *refs[2];

    (void)state;
    assert_int_equal(rt_list_append(rt, list, set), 0);
    refs[0] = test_watched_by(&callers[0], set);
    refs[1] = test_watched_by(&callers[1], set);
    rt_decref(rt, set);
    rt_decref(rt, list);
    test_listen(rt, &heard);
    assert_int_equal(rt_gc_collect(rt, 0), 2);
    assert_noted(&log, "cb ca");
    assert_int_equal(heard.count[RT_EVENT_UNRAISABLE], 2);
    assert_int_equal(heard.last[RT_EVENT_UNRAISABLE].count, ERANGE);
    test_drop_each(rt, refs, 2);
    test_actors_end(&log, callers, 2);
}

static struct rt_object *
drop_reference(struct rt *rt, struct rt_object *function, struct rt_object *const *args,
               size_t count) {
    struct rt_object **refs = rt_function_data(function);

    (void)count;
    for (int i = 0; i < 3; i++)
        if (refs[i] != NULL) {
            struct rt_object *old = refs[i];

            refs[i] = NULL;
            assert_true(old == args[0] || old->count == 2); /* queued */
            rt_decref(rt, old);
        }
    return rt_incref(rt_none(rt));
}

/* All three are called, though the first one let go of the others. */
static void
test_gc_reclaim_counts_references_that_go_with_their_callbacks(void **state) {
    struct test_deeds log;
    struct test_actor actor;
    struct rt *rt = test_actors_begin(&log, &actor, 1, TEST_DOES_NOTHING);
    struct rt_object *refs[3],
        *callback = test_have(rt_function_new(rt, drop_reference, NULL, refs));
    struct rt_object *set = test_have(rt_set_new(rt)), *list = test_self_list(rt);
    struct test_cycles cycles;

    (void)state;
    assert_int_equal(rt_list_append(rt, list, set), 0);
    for (int i = 0; i < 3; i++)
        refs[i] = test_have(rt_weakref_new(rt, set, callback));
    rt_decref(rt, set);
    rt_decref(rt, list);
    test_listen_to_cycles(rt, &cycles);
    assert_int_equal(rt_gc_collect(rt, 0), 2 + 3);
    assert_int_equal(cycles.end.callbacks_called, 3);
    assert_int_equal(cycles.end.weakrefs_cleared, 3);
    assert_int_equal(cycles.phases[RT_GC_PHASE_WEAKREFS], 1);
    rt_decref(rt, callback);
    test_actors_end(&log, &actor, 1);
}

static void
test_gc_reclaim_empties_weak_collections_of_trash(void **state) {
    struct test_deeds log;
    struct test_actor actor;
    struct rt *rt = test_actors_begin(&log, &actor, 1, TEST_DOES_NOTHING);
    struct rt_object *class_object = test_class(rt, "N"), *key = test_have(rt_int_new(rt, 7));
    struct rt_object *set = test_have(rt_weak_set_new(rt)), *instance;
    struct rt_object *dict = test_have(rt_weak_dict_new(rt));

    (void)state;
    test_settle(rt);
    for (int i = 0; i < 3; i++) { /* in one, in the other, in both */
        instance = test_instance(rt, class_object);
        test_link(rt, instance, "x", instance);
        if (i != 1)
            assert_int_equal(rt_weak_set_add(rt, set, instance), 0);
        if (i != 0)
            assert_int_equal(rt_weak_dict_set(rt, dict, key, instance), 0);
        rt_decref(rt, instance);
        assert_int_equal(rt_gc_collect(rt, 2), i == 2 ? 3 : 2);
        assert_int_equal(rt_weak_set_length(set), 0);
        assert_int_equal(rt_weak_dict_length(dict), 0);
    }
    test_drop_each(rt, (struct rt_object *[]){class_object, key, set, dict}, 4);
    test_actors_end(&log, &actor, 1);
}

/* ---- Finalizers --------------------------------------------------------------------------------- */

static void
test_gc_reclaim_finalizes_once_in_a_life(void **state) {
    struct test_deeds log;
    struct test_actor actors[3];
    struct rt *rt = test_actors_begin(&log, actors, 3, TEST_DOES_NOTHING);
    struct rt_object *ring[3];

    (void)state;
    actors[1].does = TEST_DOES_SAVE;
    test_make_ring(actors, ring, 3);
    assert_int_equal(rt_gc_collect(rt, 0), 0);
    assert_noted(&log, "fa fb fc");
    assert_int_equal(log.saved_count, 1);
    for (int i = 0; i < 3; i++) {
        assert_true(rt_gc_is_finalized(ring[i]));
        assert_int_equal(rt_gc_generation_of(rt, ring[i]), 1);
    }
    test_let_saved_go(&log);
    assert_int_equal(rt_gc_collect(rt, 0), 0);
    assert_int_equal(rt_gc_collect(rt, 1), 3);
    assert_noted(&log, "");
    test_actors_end(&log, actors, 3);
}

static void
test_gc_reclaim_frees_what_is_not_brought_back_at_once(void **state) {
    struct test_deeds log;
    struct test_actor actors[2];
    struct rt *rt = test_actors_begin(&log, actors, 2, TEST_DOES_NOTHING);
    struct rt_object *one, *other;
    struct test_cycles cycles;

    (void)state;
    actors[1].does = TEST_DOES_SAVE;
    test_make_ring(&actors[0], &one, 1);
    test_make_ring(&actors[1], &other, 1);
    test_listen_to_cycles(rt, &cycles);
    assert_int_equal(rt_gc_collect(rt, 0), 1);
    assert_noted(&log, "fa fb");
    assert_int_equal(cycles.end.finalizers_called, 2);
    assert_int_equal(cycles.end.resurrected, 1);
    assert_int_equal(cycles.phases[RT_GC_PHASE_FINALIZE], 1);
    assert_gc_lengths(rt, 0, 1, 0);
    test_actors_end(&log, actors, 2);
}

/* What a finalizer lets go of may die before its own turn: it is finalized then. */
static void
test_gc_reclaim_goes_on_when_trash_dies_under_its_hands(void **state) {
    struct test_deeds log;
    struct test_actor actors[4];
    struct rt *rt = test_actors_begin(&log, actors, 4, TEST_DOES_NOTHING);
    struct rt_object *ring[4], *new;

    (void)state;
    for (int cutter = 0; cutter < 4; cutter++) {
        for (int i = 0; i < 4; i++)
            actors[i].does = i == cutter ? TEST_DOES_CUT : TEST_DOES_NOTHING;
        test_make_ring(actors, ring, 4);
        assert_true(rt_gc_collect(rt, cutter % RT_GENERATIONS) <= 1);
        assert_int_equal(strlen(log.text), 4 * 3 - 1); /* each once */
        for (int i = 0; i < 4; i++)
            assert_non_null(strchr(log.text, 'a' + i));
        log.text[0] = '\0';
        assert_verified(rt);
        new = test_list(rt);
        assert_int_equal(rt_gc_generation_of(rt, new), 0);
        rt_decref(rt, new);
        assert_gc_lengths(rt, 0, 0, 0);
    }
    test_actors_end(&log, actors, 4);
}

static void
test_gc_reclaim_keeps_a_resurrected_tuple_tracked_until_the_next_collection(void **state) {
    struct test_deeds log;
    struct test_actor actor;
    struct rt *rt = test_actors_begin(&log, &actor, 1, TEST_DOES_SAVE);
    struct rt_object *none = rt_none(rt), *tuple = test_have(rt_tuple_pack(rt, &none, 1));
    struct rt_object *instance;

    (void)state;
    test_make_ring(&actor, &instance, 1);
    test_link(rt, instance, "y", tuple);
    rt_decref(rt, tuple);
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    assert_true(rt_is_tracked(tuple));
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    assert_false(rt_is_tracked(tuple));
    test_actors_end(&log, &actor, 1);
}

static void
test_gc_reclaim_keeps_a_reference_made_by_a_finalizer_until_the_end(void **state) {
    struct test_deeds log;
    struct test_actor actor;
    struct rt *rt = test_actors_begin(&log, &actor, 1, TEST_DOES_WATCH);
    struct rt_object *instance;

    (void)state;
    test_make_ring(&actor, &instance, 1);
    assert_int_equal(rt_gc_collect(rt, 0), 1);
    assert_noted(&log, "fa cl");
    assert_null(rt_weakref_get(rt, log.watched));
    rt_decref(rt, log.watched);
    test_actors_end(&log, &actor, 1);
}

static void
test_gc_reclaim_puts_what_is_made_meanwhile_in_generation_0(void **state) {
    for (int g = 0; g < RT_GENERATIONS; g++) {
        struct test_deeds log;
        struct test_actor actor;
        struct rt *rt = test_actors_begin(&log, &actor, 1, TEST_DOES_MAKE);
        struct rt_object *instance, *kept = test_list(rt);

        (void)state;
        test_make_ring(&actor, &instance, 1);
        assert_int_equal(rt_gc_collect(rt, g), 1);
        assert_generation_is(rt, 0, log.made, TEST_MAKE_COUNT);
        assert_int_equal(rt_gc_generation_of(rt, kept), g == 0 ? 1 : 2);
        assert_gc_counts(rt, TEST_MAKE_COUNT - 1, g == 0, g == 1); /* one less with the trash */
        test_drop_each(rt, log.made, TEST_MAKE_COUNT);
        rt_decref(rt, kept);
        test_actors_end(&log, &actor, 1);
    }
}

static void
test_gc_reclaim_collects_nothing_from_within_finalizers_and_callbacks(void **state) {
    struct test_deeds log;
    struct test_actor actors[2];
    struct rt *rt = test_actors_begin(&log, actors, 2, TEST_DOES_COLLECT);
    struct rt_object *instance, *weakref;
    struct test_cycles cycles;

    (void)state;
    test_make_ring(&actors[0], &instance, 1);
    weakref = test_watched_by(&actors[1], instance);
    test_listen_to_cycles(rt, &cycles);
    assert_int_equal(rt_gc_collect(rt, 0), 1);
    assert_noted(&log, "cb fa");
    assert_int_equal(cycles.ended, 1);
    rt_decref(rt, weakref);
    test_actors_end(&log, actors, 2);
}

static void
test_gc_reclaim_finalizers_may_freeze(void **state) {
    struct test_deeds log;
    struct test_actor actors[2];
    struct rt *rt = test_actors_begin(&log, actors, 2, TEST_DOES_FREEZE);
    struct rt_object *ring[2], *kept = test_list(rt);

    (void)state;
    test_make_ring(actors, ring, 2);
    assert_int_equal(rt_gc_collect(rt, 1), 2);
    assert_noted(&log, "fa fb");
    assert_int_equal(rt_gc_generation_of(rt, kept), 3);
    assert_verified(rt);
    rt_decref(rt, kept);
    test_actors_end(&log, actors, 2);
}

/* What only trash held goes with it, with its own finalizer, whatever its generation. */
static void
test_gc_reclaim_takes_along_what_hangs_on_trash(void **state) {
    struct test_deeds log;
    struct test_actor actors[2];
    struct rt *rt = test_actors_begin(&log, actors, 2, TEST_DOES_NOTHING);
    struct rt_object *old = test_mourned_by(&actors[0]), *young;

    (void)state;
    assert_int_equal(rt_gc_collect(rt, 1), 0);
    test_make_ring(&actors[1], &young, 1);
    test_link(rt, young, "y", old);
    rt_decref(rt, old);
    assert_int_equal(rt_gc_collect(rt, 0), 1);
    assert_noted(&log, "fb fa");
    assert_gc_lengths(rt, 0, 0, 0);
    test_actors_end(&log, actors, 2);
}

/* ---- Legacy finalizers -------------------------------------------------------------------------- */

struct lines {
    char text[8][64];
    size_t count;
};

static void
note_line(void *context, const struct rt_event *event) {
    struct lines *lines = context;

    if (event->kind == RT_EVENT_GC_DEBUG) {
        assert_true(lines->count < 8);
        strncpy(lines->text[lines->count++], event->text, 63);
    }
}

static struct rt_object *
legacy_class(struct rt *rt, struct test_actor *actor, const char *name) {
    struct rt_class_spec spec = {.name = name,
                                 .finalizer = test_act_finally,
                                 .finalizer_data = actor,
                                 .is_legacy_finalizer = true};

    return test_have(rt_class_new(rt, &spec));
}

/* legacy <-> middle -> leaf, and trash of another sort */
static struct rt_object *
make_legacy_trash(struct rt *rt, struct rt_object *legacy, struct rt_object *plain) {
    struct rt_object *instance = test_instance(rt, legacy), *middle = test_instance(rt, plain);
    struct rt_object *leaf = test_list(rt);

    test_link(rt, instance, "x", middle);
    test_link(rt, middle, "x", instance);
    test_link(rt, middle, "y", leaf);
    test_drop_each(rt, (struct rt_object *[]){instance, middle, leaf}, 3);
    test_trash(rt, 2);
    return instance;
}

static void
test_gc_reclaim_keeps_legacy_trash_and_all_it_leads_to(void **state) {
    struct test_deeds log;
    struct test_actor actor;
    struct rt *rt = test_actors_begin(&log, &actor, 1, TEST_DOES_NOTHING);
    struct rt_object *legacy = legacy_class(rt, &actor, "Legacy"), *plain = test_class(rt, "N");
    struct rt_object *garbage = rt_gc_garbage(rt), *instance;
    struct lines lines = {.count = 0};
    struct rt_gc_stats stats;

    (void)state;
    test_settle(rt);
    instance = make_legacy_trash(rt, legacy, plain);
    assert_int_equal(rt_listen(rt, note_line, &lines), 0);
    rt_gc_set_debug(rt, RT_GC_DEBUG_UNCOLLECTABLE);
    assert_int_equal(rt_gc_collect(rt, 1), 2 + 3);
    rt_gc_set_debug(rt, 0);
    rt_gc_stats_read(rt, 1, &stats);
    assert_int_equal(stats.collected, 2);
    assert_int_equal(stats.uncollectable, 3);
    assert_int_equal(rt_list_length(garbage), 1);
    assert_ptr_equal(rt_list_get(garbage, 0), instance);
    assert_noted(&log, "");
    assert_int_equal(lines.count, 3);
    assert_memory_equal(lines.text[0], "gc: uncollectable <Legacy 0x", 28);
    assert_memory_equal(lines.text[1], "gc: uncollectable <N 0x", 23);
    assert_memory_equal(lines.text[2], "gc: uncollectable <list 0x", 26);
    assert_gc_lengths(rt, 0, 0, 3);
    assert_int_equal(rt_gc_collect(rt, 2), 0); /* the list holds them */
    assert_int_equal(rt_list_length(garbage), 1);
    assert_int_equal(test_delete(rt, test_get(rt, instance, "x"), "x"), 0);
    rt_list_clear(rt, garbage);
    assert_noted(&log, "fa");
    assert_gc_lengths(rt, 0, 0, 0);
    rt_decref(rt, legacy);
    rt_decref(rt, plain);
    test_actors_end(&log, &actor, 1);
}

static void
test_gc_reclaim_legacy_knob_makes_all_finalizers_legacy(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", "gc.finalizers=legacy", NULL);
    struct test_deeds log = {.rt = rt};
    struct test_actor actor = {&log, 'a', TEST_DOES_NOTHING, NULL};
    struct rt_class_spec spec = {
        .name = "Finalized", .finalizer = test_act_finally, .finalizer_data = &actor};
    struct rt_object *class_object = test_have(rt_class_new(rt, &spec)), *instance;

    (void)state;
    actor.class_object = class_object;
    test_settle(rt);
    test_make_ring(&actor, &instance, 1);
    assert_int_equal(rt_gc_collect(rt, 2), 1);
    assert_int_equal(rt_list_length(rt_gc_garbage(rt)), 1);
    assert_noted(&log, "");
    rt_decref(rt, test_mourned_by(&actor));
    assert_noted(&log, "fa"); /* by its count it goes like any other */
    assert_int_equal(test_delete(rt, instance, "x"), 0);
    rt_list_clear(rt, rt_gc_garbage(rt));
    assert_noted(&log, "fa");
    rt_decref(rt, class_object);
    rt_destroy(rt);
}

static void
test_gc_reclaim_lets_references_to_legacy_trash_live(void **state) {
    struct test_deeds log;
    struct test_actor actors[2];
    struct rt *rt = test_actors_begin(&log, actors, 2, TEST_DOES_NOTHING);
    struct rt_object *legacy = legacy_class(rt, &actors[0], "Legacy"), *plain = test_class(rt, "N");
    struct rt_object *instance, *weakref;

    (void)state;
    test_settle(rt);
    instance = make_legacy_trash(rt, legacy, plain);
    weakref = test_watched_by(&actors[1], instance);
    assert_int_equal(rt_gc_collect(rt, 2), 2 + 3);
    assert_ptr_equal(rt_weakref_get(rt, weakref), instance);
    assert_noted(&log, "");
    assert_int_equal(test_delete(rt, test_get(rt, instance, "x"), "x"), 0);
    rt_list_clear(rt, rt_gc_garbage(rt));
    assert_noted(&log, "cb fa");
    test_drop_each(rt, (struct rt_object *[]){weakref, legacy, plain}, 3);
    test_actors_end(&log, actors, 2);
}

/* ---- The end of many, and without memory -------------------------------------------------------- */

static void
test_gc_reclaim_frees_deep_trash_of_any_length(void **state) {
    enum {
        LENGTH = 100000
    };

    (void)state;
    for (size_t b = 0; b < 3; b++) {
        struct rt *rt = test_create(NULL, "gc.mode=off", test_backends[b], NULL);
        struct rt_object *first = test_list(rt), *last = first;

        for (int i = 1; i < LENGTH; i++) {
            struct rt_object *list = test_list(rt);

            assert_int_equal(rt_list_append(rt, list, last), 0);
            rt_decref(rt, last);
            last = list;
        }
        assert_int_equal(rt_list_append(rt, first, last), 0);
        rt_decref(rt, last);
        assert_int_equal(rt_gc_collect(rt, 2), LENGTH);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        rt_destroy(rt);
    }
}

/* Free lists are emptied by full collections alone. */
static void
test_gc_reclaim_empties_free_lists_in_full_collections_alone(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);

    (void)state;
    test_trash(rt, 100);
    assert_int_equal(rt_gc_collect(rt, 0), 100);
    assert_int_equal(rt->free_lists.room, 0);
    assert_int_equal(rt_gc_collect(rt, 1), 0);
    assert_int_equal(rt->free_lists.room, 0);
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    assert_int_equal(rt->free_lists.room, 80);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

/* Lists, which stay, until there are few places left without asking for memory. */
static void
fill(struct rt *rt) {
    while (rt->tracker.end + 4 < rt->tracker.committed)
        assert_true(test_list(rt)->count == 1);
    rt_gc_freeze(rt);
}

/* Each attempt fails at another allocation; whatever it did, the next one without failures does the rest. */
static void
test_gc_reclaim_does_the_rest_after_a_failure(void **state) {
    bool has_failed = true;

    (void)state;
    for (uint64_t n = 1; has_failed; n++) {
        struct test_deeds log;
        struct test_actor actors[3];
        struct rt *rt = test_actors_begin(&log, actors, 3, TEST_DOES_NOTHING);
        struct rt_object *ring[2], *weakref;

        actors[0].does = TEST_DOES_SAVE;
        fill(rt);
        test_make_ring(actors, ring, 2);
        weakref = test_watched_by(&actors[2], ring[1]);
        test_fail_at(rt, n);
        has_failed = rt_gc_collect(rt, 0) < 0;
        test_fail_at(rt, 0);
        assert_verified(rt);
        if (has_failed)
            assert_noted(&log, "");
        else
            assert_noted(&log, "cc fa fb");
        assert_true(n < 20);
        test_let_saved_go(&log);
        assert_int_equal(rt_gc_collect(rt, 2), has_failed ? 0 : 2);
        rt_decref(rt, weakref);
        test_actors_end(&log, actors, 3);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gc_reclaim_lets_a_finalizer_see_trash_whole_and_weak_references_dead),
        cmocka_unit_test(test_gc_reclaim_moves_a_called_reference_to_the_older_generation),
        cmocka_unit_test(test_gc_reclaim_brings_a_called_reference_down_from_where_it_was),
        cmocka_unit_test(test_gc_reclaim_never_calls_references_that_are_trash_themselves),
        cmocka_unit_test(test_gc_reclaim_reports_a_callback_that_fails_and_calls_the_next),
        cmocka_unit_test(test_gc_reclaim_counts_references_that_go_with_their_callbacks),
        cmocka_unit_test(test_gc_reclaim_empties_weak_collections_of_trash),
        cmocka_unit_test(test_gc_reclaim_finalizes_once_in_a_life),
        cmocka_unit_test(test_gc_reclaim_frees_what_is_not_brought_back_at_once),
        cmocka_unit_test(test_gc_reclaim_goes_on_when_trash_dies_under_its_hands),
        cmocka_unit_test(
            test_gc_reclaim_keeps_a_resurrected_tuple_tracked_until_the_next_collection),
        cmocka_unit_test(test_gc_reclaim_keeps_a_reference_made_by_a_finalizer_until_the_end),
        cmocka_unit_test(test_gc_reclaim_puts_what_is_made_meanwhile_in_generation_0),
        cmocka_unit_test(test_gc_reclaim_collects_nothing_from_within_finalizers_and_callbacks),
        cmocka_unit_test(test_gc_reclaim_finalizers_may_freeze),
        cmocka_unit_test(test_gc_reclaim_takes_along_what_hangs_on_trash),
        cmocka_unit_test(test_gc_reclaim_keeps_legacy_trash_and_all_it_leads_to),
        cmocka_unit_test(test_gc_reclaim_legacy_knob_makes_all_finalizers_legacy),
        cmocka_unit_test(test_gc_reclaim_lets_references_to_legacy_trash_live),
        cmocka_unit_test(test_gc_reclaim_frees_deep_trash_of_any_length),
        cmocka_unit_test(test_gc_reclaim_empties_free_lists_in_full_collections_alone),
        cmocka_unit_test(test_gc_reclaim_does_the_rest_after_a_failure),
    };

    return cmocka_run_group_tests_name("gc_reclaim", tests, NULL, NULL);
}
