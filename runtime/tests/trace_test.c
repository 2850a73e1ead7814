/* SPDX-License-Identifier: MIT
 *
 * The sizes and sites of what is allocated while tracing; figures of objects are those that CPython 3.11.2's
 * tracemalloc prints for the same ones.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/objects.h"

#include <errno.h>
#include <stdlib.h>

#include "runtime/tests/fake_os.h"
#include "runtime/tests/trace_model.h"
#include "runtime/trace.h"

enum {
    EACH = 1000,
};

static const char *const LABEL = "bullet.c";

/* ---- Sites -------------------------------------------------------------------------------------- */

static struct rt *
create_traced(int64_t frames) {
    struct rt *rt = test_create(NULL, NULL);

    assert_int_equal(rt_trace_start(rt, frames), 0);
    return rt;
}

static struct rt_trace_site
site_of(struct rt *rt, const void *block, size_t bytes) {
    struct rt_trace_site site = {.frames = NULL};
    size_t recorded = 0;

    assert_true(rt_trace_find(rt, block, &recorded, &site));
    assert_int_equal(recorded, bytes);
    return site;
}

static bool
is_traced(struct rt *rt, const void *block) {
    struct rt_trace_site site;
    size_t bytes;

    return rt_trace_find(rt, block, &bytes, &site);
}

static void
assert_frame(const struct rt_trace_site *site, size_t i, const char *file, uint32_t line) {
    assert_true(i < site->count);
    assert_string_equal(site->frames[i].file, file);
    assert_int_equal(site->frames[i].line, line);
}

static void
test_trace_records_the_size_asked_for_and_the_newest_frame(void **state) {
    struct rt *rt = create_traced(1);
    struct rt_trace_site site;
    void *block;

    (void)state;
    rt_trace_push(rt, "level.c", 10);
    rt_trace_push(rt, LABEL, 20);
    rt_trace_at(rt, 21);
    block = rt_alloc(rt, 40);
    site = site_of(rt, block, 40);
    assert_int_equal(site.count, 1);
    assert_int_equal(site.total, 2);
    assert_frame(&site, 0, LABEL, 21);
    assert_int_equal(rt_trace_bytes(rt), 40);
    rt_free(rt, block, 40);
    assert_false(is_traced(rt, block));
    assert_int_equal(rt_trace_bytes(rt), 0);
    rt_destroy(rt);
}

static void
test_trace_records_frames_up_to_the_limit_the_newest_first(void **state) {
    struct rt *rt = create_traced(3);
    struct rt_trace_site site;
    void *block;

    (void)state;
    for (uint32_t line = 1; line <= 5; line++)
        rt_trace_push(rt, LABEL, line);
    block = rt_alloc(rt, 1);
    site = site_of(rt, block, 1);
    assert_int_equal(site.count, 3);
    assert_int_equal(site.total, 5);
    for (uint32_t i = 0; i < 3; i++)
        assert_frame(&site, i, LABEL, 5 - i);
    rt_destroy(rt);
}

static void
test_trace_knows_the_program_before_tracing_began(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_trace_site site;

    (void)state;
    rt_trace_push(rt, "level.c", 1);
    rt_trace_push(rt, LABEL, 2);
    assert_int_equal(rt_trace_start(rt, 10), 0);
    rt_trace_pop(rt);
    site = site_of(rt, rt_alloc(rt, 8), 8);
    assert_int_equal(site.count, 1);
    assert_frame(&site, 0, "level.c", 1);
    rt_destroy(rt);
}

static void
test_trace_names_what_has_no_frame_as_cpython_does(void **state) {
    struct rt *rt = create_traced(5);
    struct rt_trace_site site;

    (void)state;
    rt_trace_at(rt, 7);
    site = site_of(rt, rt_alloc(rt, 8), 8);
    assert_int_equal(site.count, 1);
    assert_int_equal(site.total, 1);
    assert_frame(&site, 0, "<unknown>", 0);
    rt_destroy(rt);
}

static void
test_trace_counts_frames_up_to_the_most_that_there_can_be(void **state) {
    struct rt *rt = create_traced(RT_TRACE_FRAMES_MAX);
    struct rt_trace_site site;

    (void)state;
    for (uint32_t i = 0; i < RT_TRACE_FRAMES_MAX + 10; i++)
        rt_trace_push(rt, LABEL, i);
    site = site_of(rt, rt_alloc(rt, 8), 8);
    assert_int_equal(site.count, RT_TRACE_FRAMES_MAX);
    assert_int_equal(site.total, RT_TRACE_FRAMES_MAX);
    assert_frame(&site, 0, LABEL, RT_TRACE_FRAMES_MAX + 9);
    assert_frame(&site, RT_TRACE_FRAMES_MAX - 1, LABEL, 10);
    rt_destroy(rt);
}

static void
test_trace_keeps_equal_sites_once(void **state) {
    struct rt *rt = create_traced(2);
    size_t own_bytes = 0;

    (void)state;
    for (int round = 0; round < 100; round++) {
        for (uint32_t line = 0; line < 200; line++) {
            rt_trace_push(rt, LABEL, line);
            rt_trace_push(rt, "pool.c", 1);
            rt_free(rt, rt_alloc(rt, 8), 8);
            rt_trace_pop(rt);
            rt_trace_pop(rt);
        }
        if (round == 0)
            own_bytes = rt_trace_own_bytes(rt);
    }
    assert_int_equal(rt->trace.tables->site_count, 200);
    assert_int_equal(rt_trace_own_bytes(rt), own_bytes);
    rt_destroy(rt);
}

static void
test_trace_tells_sites_with_more_frames_than_recorded_apart(void **state) {
    struct rt *rt = create_traced(1);
    struct rt_trace_site shallow, deep;
    void *one, *other;

    (void)state;
    rt_trace_push(rt, LABEL, 1);
    one = rt_alloc(rt, 8);
    rt_trace_push(rt, LABEL, 1);
    other = rt_alloc(rt, 8);
    shallow = site_of(rt, one, 8);
    deep = site_of(rt, other, 8);
    assert_int_equal(shallow.total, 1);
    assert_int_equal(deep.total, 2);
    rt_destroy(rt);
}

/* ---- Beginning and ending ----------------------------------------------------------------------- */

static void
test_trace_refuses_limits_out_of_range(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    static const int64_t bad[] = {0, -1, 65536, INT64_MIN, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(rt_trace_start(rt, bad[i]), -EINVAL);
    assert_false(rt_trace_is_on(rt));
    assert_int_equal(rt_trace_limit(rt), 1);
    assert_int_equal(rt_trace_start(rt, 65535), 0);
    assert_int_equal(rt_trace_limit(rt), 65535);
    assert_int_equal(rt_trace_start(rt, 0), -EINVAL);
    assert_true(rt_trace_is_on(rt));
    rt_destroy(rt);
}

static void
test_trace_that_is_on_goes_on_when_started_again(void **state) {
    struct rt *rt = create_traced(3);
    void *block = rt_alloc(rt, 8);

    (void)state;
    assert_int_equal(rt_trace_start(rt, 9), 0);
    assert_int_equal(rt_trace_limit(rt), 3);
    assert_true(is_traced(rt, block));
    rt_destroy(rt);
}

static void
test_trace_that_stopped_has_forgotten_all(void **state) {
    struct rt *rt = create_traced(7);
    void *block = rt_alloc(rt, 600), *later;

    (void)state;
    rt_trace_stop(rt);
    rt_trace_stop(rt);
    assert_false(rt_trace_is_on(rt));
    assert_false(is_traced(rt, block));
    assert_int_equal(rt_trace_bytes(rt), 0);
    assert_int_equal(rt_trace_peak_bytes(rt), 0);
    assert_int_equal(rt_trace_own_bytes(rt), 0);
    assert_int_equal(rt_trace_limit(rt), 7);
    later = rt_alloc(rt, 8);
    rt_free(rt, block, 600);
    assert_int_equal(rt_trace_start(rt, 1), 0);
    rt_free(rt, later, 8);
    assert_int_equal(rt_trace_bytes(rt), 0);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_trace_takes_the_fast_paths_away_and_gives_them_back(void **state) {
    struct rt *rt = test_create(NULL, "alloc.arena=256KiB", NULL);
    size_t fast_bytes = rt->fast_bytes;
    char *block = rt_alloc(rt, 32);

    (void)state;
    assert_int_equal(rt_trace_start(rt, 1), 0);
    assert_int_equal(rt->fast_bytes, 0);
    assert_int_equal(rt->fast_span, 0);
    for (size_t i = 0; i < 50000; i++) /* more arenas */
        block = rt_alloc(rt, 512);
    assert_int_equal(rt->fast_span, 0);
    rt_trace_stop(rt);
    assert_int_equal(rt->fast_bytes, fast_bytes);
    if (fast_bytes == 0) /* a memory checker watches */
        assert_int_equal(rt->fast_span, 0);
    else
        assert_true((size_t)(block - rt->base) < rt->fast_span);
    rt_destroy(rt);
}

static void
test_trace_knows_nothing_of_earlier_blocks_until_they_are_resized(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    void *block = rt_alloc(rt, 100), *other = rt_alloc(rt, 200), *same;

    (void)state;
    assert_int_equal(rt_trace_start(rt, 1), 0);
    assert_false(is_traced(rt, block));
    same = rt_realloc(rt, block, 100, 99);
    assert_ptr_equal(same, block);
    assert_int_equal(rt_trace_bytes(rt), 99);
    rt_free(rt, other, 200);
    assert_int_equal(rt_trace_bytes(rt), 99);
    rt_destroy(rt);
}

static void
test_trace_gives_a_resized_block_its_new_size_and_site(void **state) {
    struct rt *rt = create_traced(1);
    struct rt_trace_site site;
    void *block, *moved;

    (void)state;
    rt_trace_push(rt, LABEL, 1);
    block = rt_alloc(rt, 100);
    rt_trace_at(rt, 2);
    assert_ptr_equal(rt_realloc(rt, block, 100, 105), block);
    site = site_of(rt, block, 105);
    assert_frame(&site, 0, LABEL, 2);
    rt_trace_at(rt, 3);
    moved = rt_realloc(rt, block, 105, 5000);
    site = site_of(rt, moved, 5000);
    assert_frame(&site, 0, LABEL, 3);
    assert_false(is_traced(rt, block));
    assert_int_equal(rt_trace_bytes(rt), 5000);
    assert_int_equal(rt_trace_peak_bytes(rt), 5000);
    rt_destroy(rt);
}

static void
test_trace_cleared_begins_again_without_its_peak(void **state) {
    struct rt *rt = create_traced(1);
    void *old = rt_alloc(rt, 5000), *block;
    size_t bytes;

    (void)state;
    rt_trace_clear(rt);
    assert_int_equal(rt_trace_bytes(rt), 0);
    assert_int_equal(rt_trace_peak_bytes(rt), 0);
    assert_false(is_traced(rt, old));
    block = rt_alloc(rt, 100000);
    rt_free(rt, block, 100000);
    bytes = rt_trace_bytes(rt);
    assert_true(bytes < 2000);
    assert_in_range(rt_trace_peak_bytes(rt), 100000, 102000 - 1);
    rt_trace_reset_peak(rt);
    assert_int_equal(rt_trace_peak_bytes(rt), bytes);
    rt_free(rt, old, 5000);
    assert_int_equal(rt_trace_bytes(rt), bytes);
    rt_destroy(rt);
}

/* Less than was asked for, where that is more than anybody will touch. */
static void *
pretend_alloc(void *context, size_t bytes) {
    (void)context;
    return malloc(bytes < (size_t)1 << 32 ? bytes : 16);
}

static void
test_trace_records_sizes_beyond_four_gibibytes(void **state) {
    static const size_t BYTES = (size_t)5 << 30 | 12345;
    struct rt_os os = *rt_os_system();
    struct rt *rt;
    void *block;

    (void)state;
    os.large_alloc = pretend_alloc;
    rt = test_create(&os, NULL);
    assert_int_equal(rt_trace_start(rt, 1), 0);
    block = rt_alloc(rt, BYTES);
    (void)site_of(rt, block, BYTES);
    assert_null(rt_alloc(rt, (size_t)1 << 43)); /* more than a record can hold */
    rt_free(rt, block, BYTES);
    assert_int_equal(rt_trace_bytes(rt), 0);
    assert_int_equal(rt_trace_peak_bytes(rt), BYTES);
    rt_destroy(rt);
}

/* ---- A model ------------------------------------------------------------------------------------ */

static void
assert_agrees(struct trace_model *model) {
    size_t count = 0;

    for (size_t i = 0; i < TRACE_MODEL_BLOCKS; i++) {
        const struct trace_model_block *block = &model->blocks[i];
        struct rt_trace_site site;

        if (block->line != 0) {
            site = site_of(model->rt, block->address, block->bytes);
            assert_frame(&site, 0, LABEL, block->line);
            count++;
        } else if (block->address != NULL) {
            assert_false(is_traced(model->rt, block->address));
        }
    }
    assert_int_equal(model->rt->trace.tables->record_count, count);
    assert_int_equal(rt_trace_bytes(model->rt), model->bytes);
    assert_int_equal(rt_trace_peak_bytes(model->rt), model->peak_bytes);
}

static void
test_trace_agrees_with_the_model_under_every_backend(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof test_backends / sizeof test_backends[0]; i++) {
        static struct trace_model model;

        model = (struct trace_model){.rt = test_create(NULL, test_backends[i], NULL),
                                     .bytes_max = 1500};
        test_random_init(&model.random, test_seed());
        rt_trace_push(model.rt, LABEL, 1);
        for (int j = 0; j < TRACE_MODEL_BLOCKS; j++)
            trace_model_step(&model);
        assert_int_equal(rt_trace_start(model.rt, 1), 0);
        for (int j = 0; j < TRACE_MODEL_STEPS; j++) {
            trace_model_step(&model);
            if (j % 500 == 0)
                assert_agrees(&model);
        }
        trace_model_free_all(&model);
        assert_agrees(&model);
        assert_int_equal(rt_trace_bytes(model.rt), 0);
        assert_verified(model.rt);
        rt_destroy(model.rt);
    }
}

/* ---- What tracing leaves alone ------------------------------------------------------------------ */

/* The same steps in two contexts, of which one is traced. */
static void
test_trace_changes_no_address_and_no_count(void **state) {
    static struct trace_model plain, traced;
    uint64_t seed = test_seed(), counts[RT_STAT_COUNT], traced_counts[RT_STAT_COUNT];

    (void)state;
    plain = (struct trace_model){.rt = test_create(NULL, NULL), .bytes_max = 512};
    traced = (struct trace_model){.rt = create_traced(1), .bytes_max = 512};
    test_random_init(&plain.random, seed);
    test_random_init(&traced.random, seed);
    for (int i = 0; i < TRACE_MODEL_STEPS; i++) {
        trace_model_step(&plain);
        trace_model_step(&traced);
    }
    for (size_t i = 0; i < TRACE_MODEL_BLOCKS; i++) {
        if (plain.blocks[i].address != NULL)
            assert_int_equal(plain.blocks[i].address - plain.rt->base,
                             traced.blocks[i].address - traced.rt->base);
    }
    rt_stats_read(plain.rt, counts);
    rt_stats_read(traced.rt, traced_counts);
    assert_memory_equal(counts, traced_counts, sizeof counts);
    rt_destroy(plain.rt);
    rt_destroy(traced.rt);
}

static void
test_trace_keeps_the_record_of_a_block_that_was_not_freed(void **state) {
    struct rt *rt = test_create(NULL, "alloc.debug_action=report", NULL);
    struct rt_os os = rt->os;
    struct fake_os fake;
    char *block;

    (void)state;
    fake_os_init(&fake);
    assert_int_equal(rt_trace_start(rt, 1), 0);
    block = rt_alloc(rt, 64);
    rt->os.complain = fake.hooks.complain; /* in silence */
    rt->os.context = &fake;
    rt_free(rt, block + 16, 64);
    rt->os = os;
    (void)site_of(rt, block, 64);
    assert_int_equal(rt_trace_bytes(rt), 64);
    rt_destroy(rt);
}

/* ---- Objects ------------------------------------------------------------------------------------ */

struct maker {
    struct rt *rt;
    struct rt_object *class_object, *key, *number;
};

typedef struct rt_object *(*make_fn)(struct maker *maker);

static struct rt_object *
make_list(struct maker *maker) {
    return rt_list_new(maker->rt, 0);
}

static struct rt_object *
make_list_of_one(struct maker *maker) {
    return rt_list_pack(maker->rt, &maker->number, 1);
}

static struct rt_object *
make_dict(struct maker *maker) {
    return rt_dict_new(maker->rt);
}

static struct rt_object *
make_dict_with(struct maker *maker, struct rt_object *key) {
    struct rt_object *dict = rt_dict_new(maker->rt);

    assert_int_equal(rt_dict_set(maker->rt, dict, key, maker->number), 0);
    return dict;
}

static struct rt_object *
make_dict_of_a_number(struct maker *maker) {
    return make_dict_with(maker, maker->number);
}

static struct rt_object *
make_dict_of_a_string(struct maker *maker) {
    return make_dict_with(maker, maker->key);
}

static struct rt_object *
make_tuple(struct maker *maker) {
    return rt_tuple_pack(maker->rt, &maker->number, 1);
}

static struct rt_object *
make_set(struct maker *maker) {
    return rt_set_new(maker->rt);
}

static struct rt_object *
make_float(struct maker *maker) {
    return rt_float_new(maker->rt, 0.5);
}

static struct rt_object *
make_short_int(struct maker *maker) {
    return rt_int_new(maker->rt, 1000001);
}

static struct rt_object *
make_long_int(struct maker *maker) {
    return rt_int_new(maker->rt, INT64_C(1000000) << 30);
}

static struct rt_object *
make_str(struct maker *maker) {
    return rt_str_new(maker->rt, "1000000abc", 10);
}

static struct rt_object *
make_bytes(struct maker *maker) {
    return rt_bytes_new(maker->rt, "\0\0\0\0\0\0\0\0\0", 10);
}

static struct rt_object *
make_instance(struct maker *maker) {
    return rt_instance_new(maker->rt, maker->class_object);
}

static struct rt_object *
make_instance_with_attribute(struct maker *maker) {
    struct rt_object *instance = make_instance(maker);

    assert_int_equal(rt_attr_set(maker->rt, instance, maker->key, maker->number), 0);
    return instance;
}

static struct rt_object *
make_instance_with_dict(struct maker *maker) {
    struct rt_object *instance = make_instance_with_attribute(maker);

    assert_non_null(rt_instance_dict(maker->rt, instance));
    return instance;
}

static struct rt_object *
new_class(struct rt *rt, const char *const *slots, size_t count) {
    struct rt_class_spec spec = {.name = "C", .slots = slots, .slot_count = count};
    struct rt_object *class_object = rt_class_new(rt, &spec);

    assert_non_null(class_object);
    return class_object;
}

/* Bytes that one more of them takes. */
static size_t
measure(struct maker *maker, make_fn make) {
    struct rt_object *kept[EACH + 1];
    size_t before = 0;

    for (size_t i = 0; i <= EACH; i++) {
        kept[i] = make(maker);
        assert_non_null(kept[i]);
        if (i == 0)
            before = rt_trace_bytes(maker->rt);
    }
    before = rt_trace_bytes(maker->rt) - before;
    for (size_t i = 0; i <= EACH; i++)
        rt_decref(maker->rt, kept[i]);
    assert_int_equal(before % EACH, 0);
    return before / EACH;
}

static void
test_trace_of_objects_has_the_bytes_that_cpython_asks_for(void **state) {
    static const struct {
        make_fn make;
        size_t bytes;
    } rows[] = {
        {make_list, 56},
        {make_list_of_one, 64},
        {make_dict, 64},
        {make_dict_of_a_number, 224},
        {make_dict_of_a_string, 184},
        {make_tuple, 48},
        {make_set, 216},
        {make_float, 24},
        {make_short_int, 32},
        {make_long_int, 32},
        {make_str, 59},
        {make_bytes, 43},
        {make_instance, 80},
        {make_instance_with_attribute, 80},
        {make_instance_with_dict, 144},
    };
    static const char *const slots[] = {"a", "b"};

    (void)state;
    for (size_t i = 0; i <= sizeof rows / sizeof rows[0]; i++) {
        bool is_slotted = i == sizeof rows / sizeof rows[0];
        struct maker maker = {.rt = test_create(NULL, NULL)};

        maker.key = test_name(maker.rt, "x");
        maker.number = rt_int_new(maker.rt, 1000000);
        maker.class_object = new_class(maker.rt, is_slotted ? slots : NULL, is_slotted ? 2 : 0);
        for (size_t j = 0; j < 64 && !is_slotted; j++) /* the class settles */
            rt_decref(maker.rt, make_instance_with_attribute(&maker));
        assert_int_equal(rt_trace_start(maker.rt, 1), 0);
        assert_int_equal(measure(&maker, is_slotted ? make_instance : rows[i].make),
                         is_slotted ? 48 : rows[i].bytes);
        rt_destroy(maker.rt);
    }
}

static void
test_trace_finds_objects_with_every_kind_of_head(void **state) {
    static const char *const slots[] = {"a", "b"};
    struct rt *rt = create_traced(1);
    struct rt_object *objects[] = {
        rt_float_new(rt, 0.5), rt_list_new(rt, 0), rt_instance_new(rt, new_class(rt, slots, 2)),
        rt_instance_new(rt, new_class(rt, NULL, 0)), /* CPython from 3.12.1 on */
    };
    struct rt_trace_site site;
    size_t bytes;

    (void)state;
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
        assert_true(rt_trace_find_object(rt, objects[i], &bytes, &site));
    assert_false(rt_trace_find_object(rt, rt_none(rt), &bytes, &site));
    rt_destroy(rt);
}

static void
test_trace_does_not_know_an_object_from_an_untraced_free_list(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_trace_site site;
    struct rt_object *list;
    size_t bytes;

    (void)state;
    rt_decref(rt, rt_list_new(rt, 0));
    assert_int_equal(rt_trace_start(rt, 1), 0);
    list = rt_list_new(rt, 0);
    assert_false(rt_trace_find_object(rt, list, &bytes, &site));
    assert_int_equal(rt_trace_bytes(rt), 0);
    rt_decref(rt, list);
    rt_destroy(rt);
}

/* ---- Failures ----------------------------------------------------------------------------------- */

struct trial {
    struct fake_os fake;
    struct rt *rt;
    size_t failures; /* seen by the script */
};

static void
assert_still_traced(struct trial *trial, const void *block, size_t bytes) {
    assert_int_equal(rt_trace_bytes(trial->rt), bytes);
    if (block != NULL)
        (void)site_of(trial->rt, block, bytes);
}

/* Every attempt of the script fails once; it is made again, and then goes on. */
static void
play_script(struct trial *trial) {
    struct rt *rt = trial->rt;
    void *block = NULL;
    size_t bytes = 0, next;

    while (rt_trace_start(rt, 2) != 0) {
        assert_false(rt_trace_is_on(rt));
        trial->failures++;
    }
    for (uint32_t line = 1; line <= 40; line++) {
        rt_trace_push(rt, LABEL, line); /* 33 frames need a larger stack */
        next = 100 * line;
        while (true) {
            void *moved = rt_realloc(rt, block, bytes, next);

            if (moved != NULL) {
                block = moved;
                break;
            }
            trial->failures++;
            assert_still_traced(trial, block, bytes);
        }
        bytes = next;
        assert_still_traced(trial, block, bytes);
    }
    rt_free(rt, block, bytes);
    assert_int_equal(rt_trace_bytes(rt), 0);
    for (uint32_t line = 1; line <= 40; line++)
        rt_trace_pop(rt);
    assert_int_equal(rt->trace.depth + rt->trace.lost, 0);
    assert_verified(rt);
}

/* False: nothing failed any more. */
static bool
play_with_failure(int64_t at, size_t *failures) {
    static struct trial trial;
    struct rt_config config;
    bool has_failed = true;

    trial = (struct trial){.failures = 0};
    rt_config_init(&config);
    config.alloc_fail_at = at;
    config.alloc_reserve_bytes = 64 * MIB;
    fake_os_init(&trial.fake);
    if (rt_create(&config, &trial.fake.hooks, &trial.rt) == 0) {
        play_script(&trial);
        has_failed = test_stat(trial.rt, RT_STAT_FAULTS_INJECTED) != 0;
        rt_destroy(trial.rt);
    }
    assert_true(fake_is_balanced(&trial.fake));
    *failures += trial.failures;
    return has_failed;
}

static void
test_trace_that_cannot_record_fails_the_allocation_and_leaks_nothing(void **state) {
    size_t failures = 0;

    (void)state;
    for (int64_t at = 1; play_with_failure(at, &failures); at++) {
    }
    assert_true(failures > 40); /* the tables' attempts beside the requests' own */
}

static void
test_trace_without_memory_for_a_frame_names_the_one_below(void **state) {
    struct rt *rt = test_create_fallible("alloc.backend=pool");
    struct rt_trace_site site;

    (void)state;
    assert_int_equal(rt_trace_start(rt, 5), 0);
    for (uint32_t line = 1; line <= 32; line++)
        rt_trace_push(rt, LABEL, line);
    test_fail_at(rt, 1);
    rt_trace_push(rt, LABEL, 33);
    test_fail_at(rt, 0);
    rt_trace_push(rt, LABEL, 34);
    rt_trace_at(rt, 35);
    site = site_of(rt, rt_alloc(rt, 8), 8);
    assert_frame(&site, 0, LABEL, 32);
    assert_int_equal(site.total, 34);
    rt_trace_pop(rt);
    rt_trace_pop(rt);
    rt_trace_pop(rt);
    site = site_of(rt, rt_alloc(rt, 8), 8);
    assert_frame(&site, 0, LABEL, 31);
    assert_int_equal(site.total, 31);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trace_records_the_size_asked_for_and_the_newest_frame),
        cmocka_unit_test(test_trace_records_frames_up_to_the_limit_the_newest_first),
        cmocka_unit_test(test_trace_knows_the_program_before_tracing_began),
        cmocka_unit_test(test_trace_names_what_has_no_frame_as_cpython_does),
        cmocka_unit_test(test_trace_counts_frames_up_to_the_most_that_there_can_be),
        cmocka_unit_test(test_trace_keeps_equal_sites_once),
        cmocka_unit_test(test_trace_tells_sites_with_more_frames_than_recorded_apart),
        cmocka_unit_test(test_trace_refuses_limits_out_of_range),
        cmocka_unit_test(test_trace_that_is_on_goes_on_when_started_again),
        cmocka_unit_test(test_trace_that_stopped_has_forgotten_all),
        cmocka_unit_test(test_trace_takes_the_fast_paths_away_and_gives_them_back),
        cmocka_unit_test(test_trace_knows_nothing_of_earlier_blocks_until_they_are_resized),
        cmocka_unit_test(test_trace_gives_a_resized_block_its_new_size_and_site),
        cmocka_unit_test(test_trace_cleared_begins_again_without_its_peak),
        cmocka_unit_test(test_trace_records_sizes_beyond_four_gibibytes),
        cmocka_unit_test(test_trace_agrees_with_the_model_under_every_backend),
        cmocka_unit_test(test_trace_changes_no_address_and_no_count),
        cmocka_unit_test(test_trace_keeps_the_record_of_a_block_that_was_not_freed),
        cmocka_unit_test(test_trace_of_objects_has_the_bytes_that_cpython_asks_for),
        cmocka_unit_test(test_trace_finds_objects_with_every_kind_of_head),
        cmocka_unit_test(test_trace_does_not_know_an_object_from_an_untraced_free_list),
        cmocka_unit_test(test_trace_that_cannot_record_fails_the_allocation_and_leaks_nothing),
        cmocka_unit_test(test_trace_without_memory_for_a_frame_names_the_one_below),
    };

    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
