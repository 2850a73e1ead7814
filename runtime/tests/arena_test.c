/* SPDX-License-Identifier: MIT
 *
 * Arenas, taken from and given back pool by pool on a system that counts and refuses.
 */
#include "runtime/tests/heap.h"

#include "runtime/arena.h"
#include "runtime/pool.h"
#include "runtime/tests/fake_os.h"
#include "runtime/tests/seed.h"

enum {
    PER_ARENA = 16 /* pools of 16 KiB in an arena of 256 KiB */
};

/* The context whose arenas have PER_ARENA pools, with more words if need be. */
#define create_small_arenas(fake, ...)                                                             \
    test_create(&(fake)->hooks, "alloc.arena=256KiB", "alloc.reserve=64MiB", __VA_ARGS__)

static void
end(struct rt *rt, struct fake_os *fake) {
    rt_destroy(rt);
    assert_string_equal(fake->misuse == NULL ? "" : fake->misuse, "");
    assert_true(fake_is_balanced(fake));
}

static int32_t
take_from(struct rt *rt) {
    int32_t pool = rt_arena_take_pool(rt);

    assert_true(pool != RT_NONE);
    assert_verified(rt);
    return pool / PER_ARENA;
}

static void
take_arenas(struct rt *rt, size_t count) {
    for (size_t i = 0; i < count * PER_ARENA; i++) {
        assert_int_equal(rt_arena_take_pool(rt), i);
    }
}

/* Gives pools first ... first + count - 1 of an arena back. */
static void
give(struct rt *rt, int32_t arena, int32_t first, int32_t count) {
    for (int32_t i = first; i < first + count; i++) {
        rt_arena_give_pool(rt, arena * PER_ARENA + i);
        assert_verified(rt);
    }
}

static bool
is_mapped(const struct rt *rt, int32_t arena) {
    return rt->arenas.table[arena].is_mapped;
}

/* ---- Which arena gives ---- */

static void
test_arena_gives_its_pools_in_ascending_order(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, NULL);
    take_arenas(rt, 3);
    assert_int_equal(rt->arenas.mapped, 3);
    assert_verified(rt);
    end(rt, &fake);
}

static void
test_arena_gives_the_pool_last_given_back_first(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, NULL);
    for (int32_t i = 0; i < 5; i++) {
        (void)rt_arena_take_pool(rt);
    }
    give(rt, 0, 1, 1);
    give(rt, 0, 3, 1);
    assert_int_equal(rt_arena_take_pool(rt), 3);
    assert_int_equal(rt_arena_take_pool(rt), 1);
    assert_int_equal(rt_arena_take_pool(rt), 5);
    end(rt, &fake);
}

static void
test_arena_that_is_fullest_gives_first(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, NULL);
    take_arenas(rt, 2);
    give(rt, 0, 0, 10);
    give(rt, 1, 0, 3);
    for (int i = 0; i < 13; i++) {
        assert_int_equal(take_from(rt), i < 3 ? 1 : 0);
    }
    end(rt, &fake);
}

static void
test_arena_whose_count_rises_comes_before_its_equals(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, NULL);
    take_arenas(rt, 3);
    give(rt, 0, 0, 2);
    give(rt, 1, 0, 2);
    give(rt, 2, 0, 1);
    assert_int_equal(rt->arenas.usable, 2);
    give(rt, 2, 1, 1);
    assert_int_equal(rt->arenas.usable, 2);
    assert_int_equal(rt->arenas.table[2].next, 1);
    assert_int_equal(rt->arenas.table[1].next, 0);
    end(rt, &fake);
}

/* ---- Mapping and unmapping ---- */

static void
test_arena_empty_is_kept_when_it_is_the_last_on_the_list(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, NULL);
    take_arenas(rt, 2);
    give(rt, 0, 0, PER_ARENA);
    assert_true(is_mapped(rt, 0));
    give(rt, 1, 0, PER_ARENA);
    assert_true(is_mapped(rt, 0));
    assert_false(is_mapped(rt, 1));
    assert_int_equal(fake.decommits, 1);
    end(rt, &fake);
}

static void
test_arena_empty_goes_back_when_a_peer_stood_behind_it(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, NULL);
    take_arenas(rt, 2);
    give(rt, 0, 0, PER_ARENA - 1);
    give(rt, 1, 0, PER_ARENA - 1); /* now it stands before arena 0, as full as that */
    give(rt, 1, PER_ARENA - 1, 1);
    assert_false(is_mapped(rt, 1));
    give(rt, 0, PER_ARENA - 1, 1);
    assert_true(is_mapped(rt, 0));
    end(rt, &fake);
}

static void
test_arena_mapped_next_is_the_lowest_that_is_not(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, NULL);
    take_arenas(rt, 5);
    give(rt, 4, 0, PER_ARENA); /* the one that stays */
    give(rt, 3, 0, PER_ARENA);
    give(rt, 1, 0, PER_ARENA);
    assert_false(is_mapped(rt, 1));
    assert_false(is_mapped(rt, 3));
    for (int32_t i = 0; i < 4 * PER_ARENA; i++) {
        static const int32_t order[] = {4, 1, 3, 5};

        assert_int_equal(take_from(rt), order[i / PER_ARENA]);
    }
    end(rt, &fake);
}

static void
test_arena_mapped_again_begins_with_its_first_pool(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, NULL);
    take_arenas(rt, 2);
    give(rt, 1, 0, PER_ARENA);
    for (int32_t i = PER_ARENA; i-- > 0;) {
        rt_arena_give_pool(rt, i);
    }
    assert_false(is_mapped(rt, 0));
    for (int32_t i = 0; i < PER_ARENA; i++) {
        assert_int_equal(take_from(rt), 1);
    }
    assert_int_equal(rt_arena_take_pool(rt), 0);
    assert_int_equal(rt_arena_take_pool(rt), 1);
    end(rt, &fake);
}

static void
test_arena_stays_as_long_as_the_knob_keeps_it(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, "alloc.keep_arenas=3", NULL);
    take_arenas(rt, 5);
    for (int32_t a = 0; a < 5; a++) {
        give(rt, a, 0, PER_ARENA);
        assert_int_equal(rt->arenas.released_total, a < 3 ? 0 : a - 2);
        assert_int_equal(is_mapped(rt, a), a < 3);
    }
    assert_int_equal(rt->arenas.mapped, 3);
    assert_int_equal(rt->arenas.empty, 3);
    end(rt, &fake);
}

/* The list as its invariants have it, done the slow way. */
struct model {
    int32_t list[64]; /* usable arenas, in order */
    size_t count;
    size_t free_pools[64];
    bool is_mapped[64];
    bool is_taken[64 * PER_ARENA];
};

static void
model_remove(struct model *model, int32_t arena) {
    size_t i = 0;

    while (i < model->count && model->list[i] != arena) {
        i++;
    }
    if (i < model->count) {
        model->count--;
        memmove(&model->list[i], &model->list[i + 1], (model->count - i) * sizeof model->list[0]);
    }
}

/* In front of the first that has as many free pools, or more. */
static void
model_insert(struct model *model, int32_t arena) {
    size_t i = 0;

    while (i < model->count && model->free_pools[model->list[i]] < model->free_pools[arena]) {
        i++;
    }
    memmove(&model->list[i + 1], &model->list[i], (model->count++ - i) * sizeof model->list[0]);
    model->list[i] = arena;
}

static void
model_take(struct model *model, int32_t pool) {
    int32_t arena;

    if (model->count == 0) {
        int32_t lowest = 0;

        while (model->is_mapped[lowest]) {
            lowest++;
        }
        model->is_mapped[lowest] = true;
        model->free_pools[lowest] = PER_ARENA;
        model->list[model->count++] = lowest;
    }
    arena = model->list[0];
    assert_int_equal(pool / PER_ARENA, arena);
    assert_false(model->is_taken[pool]);
    model->is_taken[pool] = true;
    if (--model->free_pools[arena] == 0) {
        model_remove(model, arena);
    }
}

/* An arena that becomes empty is looked at where it stands, before it moves behind its equals. */
static void
model_give(struct model *model, int32_t pool) {
    int32_t arena = pool / PER_ARENA;
    bool is_last = model->count != 0 && model->list[model->count - 1] == arena;

    model->is_taken[pool] = false;
    model_remove(model, arena);
    model->free_pools[arena]++;
    if (model->free_pools[arena] == PER_ARENA && !is_last) {
        model->is_mapped[arena] = false;
    } else {
        model_insert(model, arena);
    }
}

static void
assert_list_is(const struct rt *rt, const struct model *model) {
    int32_t arena = rt->arenas.usable;

    for (size_t i = 0; i < model->count; i++) {
        assert_int_equal(arena, model->list[i]);
        arena = rt->arenas.table[arena].next;
    }
    assert_int_equal(arena, RT_NONE);
}

static void
test_arena_list_is_the_one_a_model_keeps(void **state) {
    struct model model = {.count = 0};
    struct test_random random;
    int32_t taken[40 * PER_ARENA];
    size_t count = 0;
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, NULL);
    test_random_init(&random, test_seed());
    for (int step = 0; step < 6000; step++) {
        bool is_growing = test_random_below(&random, 100) < (step / 1000 % 2 == 0 ? 60 : 35);

        if (count == 0 || (is_growing && count < 40 * PER_ARENA)) {
            taken[count] = rt_arena_take_pool(rt);
            model_take(&model, taken[count++]);
        } else {
            size_t i = test_random_below(&random, count);
            int32_t pool = taken[i];

            taken[i] = taken[--count];
            rt_arena_give_pool(rt, pool);
            model_give(&model, pool);
        }
        assert_list_is(rt, &model);
        assert_verified(rt);
    }
    end(rt, &fake);
}

/* ---- A system that has no more ---- */

static void
test_arena_refused_by_the_system_changes_nothing(void **state) {
    uint64_t before[RT_STAT_COUNT], after[RT_STAT_COUNT];
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, NULL);
    take_arenas(rt, 1);
    rt_stats_read(rt, before);
    fake_refuse(&fake, FAKE_COMMIT, 1);
    assert_int_equal(rt_arena_take_pool(rt), RT_NONE);
    assert_int_equal(fake.refused, 1);
    rt_stats_read(rt, after);
    assert_memory_equal(before, after, sizeof before);
    assert_verified(rt);
    assert_int_equal(take_from(rt), 1); /* and the next time it is there */
    end(rt, &fake);
}

static void
test_arena_tables_refused_by_the_system_change_nothing(void **state) {
    (void)state;
    for (size_t nth = 1; nth <= 3; nth++) { /* two tables that grow, then the arena itself */
        uint64_t before[RT_STAT_COUNT], after[RT_STAT_COUNT];
        struct fake_os fake;
        struct rt *rt;

        fake_os_init(&fake);
        rt = test_create(&fake.hooks, "alloc.arena=256KiB", "alloc.pool=4KiB",
                         "alloc.reserve=64MiB", "alloc.small=16", NULL);
        for (size_t i = 0; i < (size_t)16 * 64; i++) { /* all arenas that have records */
            assert_true(rt_arena_take_pool(rt) != RT_NONE);
        }
        rt_stats_read(rt, before);
        fake_refuse(&fake, FAKE_COMMIT, nth);
        assert_int_equal(rt_arena_take_pool(rt), RT_NONE);
        assert_int_equal(fake.refused, 1);
        rt_stats_read(rt, after);
        if (nth == 3) { /* the tables have grown: the next attempt finds them so */
            assert_true(after[RT_STAT_TABLE_BYTES] > before[RT_STAT_TABLE_BYTES]);
            after[RT_STAT_TABLE_BYTES] = before[RT_STAT_TABLE_BYTES];
        }
        assert_memory_equal(before, after, sizeof before);
        assert_verified(rt);
        assert_int_equal(rt_arena_take_pool(rt), 16 * 64);
        assert_verified(rt);
        end(rt, &fake);
    }
}

static void
test_arena_beyond_the_reserve_is_out_of_memory(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = test_create(&fake.hooks, "alloc.arena=32MiB", "alloc.pool=1MiB", "alloc.reserve=64MiB",
                     NULL);
    for (int32_t i = 0; i < 64; i++) {
        assert_int_equal(rt_arena_take_pool(rt), i);
    }
    assert_int_equal(rt_arena_take_pool(rt), RT_NONE);
    assert_verified(rt);
    rt_arena_give_pool(rt, 17);
    assert_int_equal(rt_arena_take_pool(rt), 17);
    end(rt, &fake);
}

static void
test_arena_reserve_is_halved_until_the_system_has_it(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    fake.reserve_limit_bytes = 40 * MIB;
    rt = test_create(&fake.hooks, "alloc.reserve=256MiB", NULL);
    assert_int_equal(rt->arenas.reserved_bytes, 32 * MIB);
    assert_int_equal(rt->arenas.count_max, 32);
    assert_int_equal(rt_arena_take_pool(rt), 0);
    assert_verified(rt);
    end(rt, &fake);
}

/* ---- Huge pages ---- */

static void
test_arena_steps_are_huge_pages_when_these_are_always_wanted(void **state) {
    struct fake_os fake;
    size_t tables;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, "alloc.thp=always", NULL);
    tables = fake.commits;
    take_arenas(rt, 8);
    assert_int_equal(fake.commits, tables + 1);
    assert_int_equal(fake.last_commit_bytes, 2 * MIB);
    assert_int_equal(fake.huge_advices, 1);
    assert_int_equal(fake.last_huge_bytes, 2 * MIB);
    assert_int_equal((uintptr_t)rt->base % (2 * MIB), 0);
    (void)rt_arena_take_pool(rt); /* the ninth arena begins the next step */
    assert_int_equal(fake.commits, tables + 2);
    assert_int_equal(fake.huge_advices, 2);
    end(rt, &fake);
}

static void
test_arena_step_goes_back_with_the_last_arena_in_it(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, "alloc.thp=always", NULL);
    take_arenas(rt, 9);
    give(rt, 8, 0, PER_ARENA); /* the one that stays */
    for (int32_t a = 0; a < 8; a++) {
        assert_int_equal(fake.decommits, 0);
        give(rt, a, 0, PER_ARENA);
        assert_false(is_mapped(rt, a));
    }
    assert_int_equal(fake.decommits, 1);
    end(rt, &fake);
}

static void
test_arena_larger_than_a_huge_page_is_a_step_of_its_own(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = test_create(&fake.hooks, "alloc.thp=always", "alloc.arena=4MiB", "alloc.reserve=64MiB",
                     NULL);
    (void)rt_arena_take_pool(rt);
    assert_int_equal(fake.last_commit_bytes, 4 * MIB);
    assert_int_equal(fake.last_huge_bytes, 4 * MIB);
    assert_int_equal((uintptr_t)rt->base % (4 * MIB), 0);
    end(rt, &fake);
}

static void
test_arena_advice_is_what_the_knob_says(void **state) {
    static const struct {
        const char *word;
        size_t huge, no_huge;
    } cases[] = {{"alloc.thp=system", 0, 0}, {"alloc.thp=never", 0, 2}, {"alloc.thp=advise", 2, 0}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct fake_os fake;
        struct rt *rt;

        fake_os_init(&fake);
        rt = create_small_arenas(&fake, cases[i].word, NULL);
        take_arenas(rt, 2);
        assert_int_equal(fake.huge_advices, cases[i].huge);
        assert_int_equal(fake.no_huge_advices, cases[i].no_huge);
        assert_int_equal(fake.last_commit_bytes, 256 * KIB);
        end(rt, &fake);
    }
}

static void
test_arena_comes_also_when_advice_is_not_taken(void **state) {
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = create_small_arenas(&fake, "alloc.thp=always", NULL);
    fake_refuse(&fake, FAKE_ADVISE, 1);
    assert_int_equal(rt_arena_take_pool(rt), 0);
    assert_int_equal(fake.refused, 1);
    assert_verified(rt);
    end(rt, &fake);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_gives_its_pools_in_ascending_order),
        cmocka_unit_test(test_arena_gives_the_pool_last_given_back_first),
        cmocka_unit_test(test_arena_that_is_fullest_gives_first),
        cmocka_unit_test(test_arena_whose_count_rises_comes_before_its_equals),
        cmocka_unit_test(test_arena_empty_is_kept_when_it_is_the_last_on_the_list),
        cmocka_unit_test(test_arena_empty_goes_back_when_a_peer_stood_behind_it),
        cmocka_unit_test(test_arena_mapped_next_is_the_lowest_that_is_not),
        cmocka_unit_test(test_arena_mapped_again_begins_with_its_first_pool),
        cmocka_unit_test(test_arena_stays_as_long_as_the_knob_keeps_it),
        cmocka_unit_test(test_arena_list_is_the_one_a_model_keeps),
        cmocka_unit_test(test_arena_refused_by_the_system_changes_nothing),
        cmocka_unit_test(test_arena_tables_refused_by_the_system_change_nothing),
        cmocka_unit_test(test_arena_beyond_the_reserve_is_out_of_memory),
        cmocka_unit_test(test_arena_reserve_is_halved_until_the_system_has_it),
        cmocka_unit_test(test_arena_steps_are_huge_pages_when_these_are_always_wanted),
        cmocka_unit_test(test_arena_step_goes_back_with_the_last_arena_in_it),
        cmocka_unit_test(test_arena_larger_than_a_huge_page_is_a_step_of_its_own),
        cmocka_unit_test(test_arena_advice_is_what_the_knob_says),
        cmocka_unit_test(test_arena_comes_also_when_advice_is_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
