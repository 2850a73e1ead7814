/* SPDX-License-Identifier: MIT
 *
 * cache_test.c: the cache gives what was put in, keeps to its limit, lets large values die with their last use,
 * and counts right: against a model that is written otherwise.
 */
#include "workloads/dist.h"
#include "workloads/rng.h"
#include "workloads/tests/outcome.h"

enum {
    HIT_RATE,
    HITS,
    MISSES,
    EVICTIONS,
    DEAD,
    SIZE
};

static struct outcome
run_small(const char *one, const char *two, const char *three, const char *four) {
    const char *const sets[] = {
        "cache.lookups=5000", "cache.keys=500", "cache.capacity=100", one, two, three, four, NULL};
    return run_call(&(struct outcome_call){.workload = "cache", .sets = sets, .seed = 3});
}

static void
test_cache_gives_one_answer_on_every_heap(void **state) {
    static const char *const modes[] = {
        "gc.mode=auto",    "gc.mode=off",        "gc.mode=manual",       "gc.mode=idle",
        "gc.threshold0=5", "gc.policy=adaptive", "alloc.backend=system", "alloc.backend=debug"};
    static const char *const policies[] = {"cache.policy=fifo", "cache.policy=lru"};

    (void)state;
    for (size_t p = 0; p < 2; p++) {
        const uint64_t digest =
            run_small(policies[p], "gc.mode=auto", "cache.batch=10", "cache.window=20").digest;
        for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
            struct outcome outcome =
                run_small(policies[p], modes[m], "cache.batch=10", "cache.window=20");
            assert_int_equal(outcome.error, 0);
            assert_int_equal(outcome.left_blocks, 0);
            assert_true(outcome.digest == digest);
        }
    }
}

/* ---- A model ------------------------------------------------------------------------------------ */

enum {
    KEYS = 500,
    LOOKUPS = 5000
};

struct model {
    int64_t capacity, window, value_bytes, weak_from;
    bool is_lru;
    int64_t entries[KEYS + 1], count; /* the oldest first */
    int64_t used[LOOKUPS]; /* which key each lookup asked for, and in which life of its value */
    int64_t life[KEYS];
    int64_t hits, misses, evictions, dead;
};

static int64_t
place_of(const struct model *model, int64_t key) {
    for (int64_t i = 0; i < model->count; i++)
        if (model->entries[i] == key)
            return i;
    return -1;
}

static void
remove_at(struct model *model, int64_t place) {
    memmove(&model->entries[place], &model->entries[place + 1],
            (size_t)(model->count - place - 1) * sizeof model->entries[0]);
    model->count--;
}

static bool
is_weak(const struct model *model, int64_t key) {
    uint64_t drawn = wl_rng_mix((uint64_t)key + 1);
    return 2 + (int64_t)(drawn % (uint64_t)(2 * model->value_bytes - 2)) >= model->weak_from;
}

/* Behind a lookup: the value that was used a window ago, unless it was used since then. */
static void
let_die(struct model *model, int64_t at) {
    int64_t gone = at < model->window ? -1 : model->used[at - model->window];

    for (int64_t i = at - model->window + 1; gone >= 0 && i <= at; i++)
        if (model->used[i] == gone)
            return;
    if (gone < 0 || !is_weak(model, gone % KEYS) || gone / KEYS != model->life[gone % KEYS] ||
        place_of(model, gone % KEYS) < 0)
        return;
    remove_at(model, place_of(model, gone % KEYS));
    model->dead++;
}

static void
run_model(struct model *model) {
    struct wl_dist_zipf zipf;
    struct wl_rng rng;

    wl_rng_init(&rng, wl_rng_derive(3, 2));
    wl_dist_zipf_init(&zipf, KEYS, 1);
    for (int64_t at = 0; at < LOOKUPS; at++) {
        int64_t key = wl_dist_zipf_draw(&zipf, &rng), place = place_of(model, key);
        if (place >= 0) {
            model->hits++;
            if (model->is_lru) {
                remove_at(model, place);
                model->entries[model->count++] = key;
            }
        } else {
            model->misses++;
            model->life[key]++;
            if (model->count == model->capacity) {
                remove_at(model, 0);
                model->evictions++;
            }
            model->entries[model->count++] = key;
        }
        model->used[at] = model->life[key] * KEYS + key;
        let_die(model, at);
    }
}

static void
check_against_model(int64_t window, int64_t weak_from, bool is_lru) {
    static struct model model;
    char window_set[32], weak_set[32];
    struct rt_text text;

    model = (struct model){.capacity = 100,
                           .window = window,
                           .value_bytes = 512,
                           .weak_from = weak_from,
                           .is_lru = is_lru};
    rt_text_init(&text, window_set, sizeof window_set);
    rt_text_string(&text, "cache.window=");
    rt_text_integer(&text, window);
    rt_text_init(&text, weak_set, sizeof weak_set);
    rt_text_string(&text, "cache.weak_from=");
    rt_text_integer(&text, weak_from);
    struct outcome outcome = run_small(window_set, weak_set, "cache.batch=7",
                                       is_lru ? "cache.policy=lru" : "cache.policy=fifo");
    run_model(&model);
    assert_int_equal(outcome.error, 0);
    assert_int_equal((int64_t)outcome.metrics[HITS], model.hits);
    assert_int_equal((int64_t)outcome.metrics[MISSES], model.misses);
    assert_int_equal((int64_t)outcome.metrics[EVICTIONS], model.evictions);
    assert_int_equal((int64_t)outcome.metrics[DEAD], model.dead);
    assert_int_equal((int64_t)outcome.metrics[SIZE], model.count);
}

static void
test_cache_does_what_the_model_does(void **state) {
    static const int64_t windows[] = {1, 2, 20, 300}, weak_froms[] = {0, 300, 768, 2000};

    (void)state;
    for (size_t w = 0; w < 4; w++)
        for (size_t f = 0; f < 4; f++)
            for (int is_lru = 0; is_lru < 2; is_lru++)
                check_against_model(windows[w], weak_froms[f], is_lru);
}

/* ---- Marks, peaks, failures --------------------------------------------------------------------- */

static void
test_cache_marks_batches_and_draws_its_hits(void **state) {
    struct outcome outcome =
        run_small("cache.batch=7", "cache.skew=1", "gc.mode=auto", "cache.window=20");
    int64_t last = 0;

    (void)state;
    assert_int_equal(outcome.operations, 715);
    assert_int_equal(outcome.begins, 715);
    assert_int_equal(outcome.ends, 715);
    assert_in_range(outcome.points[0], 50, 100);
    for (size_t i = 0; i < outcome.points[0]; i++) {
        assert_true(outcome.at[0][i] > last);
        assert_in_range(outcome.value[0][i], 0, 1000);
        last = outcome.at[0][i];
    }
    assert_int_equal(last, 5000);
}

static void
test_cache_peaks_are_as_computed(void **state) {
    static const char *const more[] = {
        "cache.window=1",       "cache.window=3000",    "cache.weak_from=0", "cache.weak_from=2000",
        "cache.capacity=20000", "cache.skew=0",         "cache.skew=2",      "cache.keys=1500",
        "cache.capacity=1",     "cache.lookups=100000", "cache.keys=20000"};

    (void)state;
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        for (int is_lru = 0; is_lru < 2; is_lru++) {
            const char *const sets[] = {"cache.lookups=20000", "cache.keys=5000",
                                        is_lru ? "cache.policy=lru" : "cache.policy=fifo", more[i],
                                        NULL};
            struct outcome outcome =
                run_call(&(struct outcome_call){.workload = "cache", .sets = sets, .seed = 3});
            assert_peak_is_as_computed(&outcome, more[i]);
        }
}

static void
test_cache_every_request_may_fail(void **state) {
    (void)state;
    for (int is_lru = 0; is_lru < 2; is_lru++) {
        const char *const sets[] = {"cache.lookups=60",
                                    "cache.keys=20",
                                    "cache.capacity=5",
                                    "cache.window=3",
                                    is_lru ? "cache.policy=lru" : "cache.policy=fifo",
                                    NULL};
        int64_t failures = fail_at_each((struct outcome_call){"cache", .sets = sets, .seed = 3});
        assert_true(failures > 100);
    }
}

static void
pick_instance(struct en_object *object, void *ret_instance) {
    if (rt_kind(object) == RT_KIND_INSTANCE)
        *(struct en_object **)ret_instance = object;
}

/* Gives the value that there is another payload. */
static void
replace_payload(struct rt *rt) {
    struct en_object *value = NULL, *name = en_name(rt, "payload");
    struct en_object *payload = en_bytes(rt, "another", 7);

    assert_int_equal(en_gc_visit(rt, -1, pick_instance, &value), 0);
    assert_int_equal(en_attr_set(rt, value, name, payload), 0);
    en_decref(rt, payload);
    en_decref(rt, name);
}

static void
test_cache_finds_a_value_that_somebody_else_wrote(void **state) {
    const char *const sets[] = {"cache.lookups=100", "cache.keys=1", "cache.batch=1", NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "cache", sets, .seed = 3, .meddle = replace_payload, .disturb_at = 91});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "10 lookups did not give what was put in");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache_gives_one_answer_on_every_heap),
        cmocka_unit_test(test_cache_does_what_the_model_does),
        cmocka_unit_test(test_cache_marks_batches_and_draws_its_hits),
        cmocka_unit_test(test_cache_peaks_are_as_computed),
        cmocka_unit_test(test_cache_every_request_may_fail),
        cmocka_unit_test(test_cache_finds_a_value_that_somebody_else_wrote),
    };
    return cmocka_run_group_tests_name("workloads/cache", tests, NULL, NULL);
}
