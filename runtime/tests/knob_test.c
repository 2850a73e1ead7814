/* SPDX-License-Identifier: MIT
 *
 * A table with a row of every type: names, words to fields and back, and what is said of a mistake.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/rt.h"
#include "runtime/tests/seed.h"

enum {
    RANDOM_COUNT = 20000,
    LINE_BYTES = 200
};

struct sample {
    int64_t pool, depth, thp, strict;
    double share;
    int64_t step, whole;
    char path[RT_KNOB_TEXT_BYTES];
};

static const char *const thp_choices[] = {"system", "never", "advise", "always", NULL};

static const struct rt_knob rows[] = {
    {.name = "alloc.pool",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct sample, pool),
     .low = 4096,
     .high = 1 << 20,
     .initial = 16384,
     .power_of_two = true},
    {.name = "tree.depth",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct sample, depth),
     .low = -3,
     .high = 65536,
     .initial = 7},
    {.name = "alloc.thp",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct sample, thp),
     .initial = 2,
     .choices = thp_choices},
    {.name = "run.strict",
     .type = RT_KNOB_BOOLEAN,
     .offset = offsetof(struct sample, strict),
     .initial = 1},
    {.name = "run.share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct sample, share),
     .ratio_low = -0.5,
     .ratio_high = 1.5,
     .ratio_initial = 0.25},
    {.name = "tree.step",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct sample, step),
     .low = 1,
     .high = 1024,
     .initial = 8,
     .power_of_two = true},
    {.name = "tree.whole",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct sample, whole),
     .low = INT64_MIN,
     .high = INT64_MAX},
    {.name = "run.path",
     .type = RT_KNOB_TEXT,
     .offset = offsetof(struct sample, path),
     .text_initial = "a.csv"},
};

static const struct rt_knob_table table = {.rows = rows, .count = sizeof rows / sizeof rows[0]};
static char line[LINE_BYTES];

static struct sample
fresh_sample(void) {
    struct sample sample;

    memset(&sample, 0x5a, sizeof sample);
    rt_knob_defaults(table, &sample);
    return sample;
}

/* Gives the line that was said; the sample must be as it was when the assignment is refused. */
static int
assign(struct sample *sample, const char *assignment) {
    struct sample before = *sample;
    struct rt_text why;
    int status;

    rt_text_init(&why, line, sizeof line);
    status = rt_knob_assign(table, sample, assignment, &why);
    assert_false(why.cut);
    if (status == 0) {
        assert_string_equal(line, "");
    } else {
        assert_memory_equal(sample, &before, sizeof before);
        assert_int_equal(rt_knob_assign(table, sample, assignment, NULL), status);
    }
    return status;
}

static void
assert_refused(const char *assignment, int status, const char *expected) {
    struct sample sample = fresh_sample();

    assert_int_equal(assign(&sample, assignment), status);
    assert_string_equal(line, expected);
}

static const char *
print(const char *name, const struct sample *sample) {
    struct rt_text text;

    rt_text_init(&text, line, sizeof line);
    rt_knob_print(rt_knob_find(table, name), sample, &text);
    return line;
}

static const char *
print_range(const char *name) {
    struct rt_text text;

    rt_text_init(&text, line, sizeof line);
    rt_knob_print_range(rt_knob_find(table, name), &text);
    return line;
}

static void
test_knob_defaults_reach_every_field(void **state) {
    struct sample sample = fresh_sample();

    (void)state;
    assert_int_equal(sample.pool, 16384);
    assert_int_equal(sample.depth, 7);
    assert_int_equal(sample.thp, 2);
    assert_int_equal(sample.strict, 1);
    assert_true(sample.share == 0.25);
    assert_string_equal(sample.path, "a.csv");
    assert_int_equal(sample.path[RT_KNOB_TEXT_BYTES - 1], 0);
    assert_int_equal(sample.step, 8);
    assert_int_equal(sample.whole, 0);
}

static void
test_knob_find_wants_the_exact_name(void **state) {
    (void)state;
    assert_ptr_equal(rt_knob_find(table, "alloc.thp"), &rows[2]);
    assert_null(rt_knob_find(table, "alloc.th"));
    assert_null(rt_knob_find(table, "alloc.thpx"));
    assert_null(rt_knob_find(table, "Alloc.thp"));
    assert_null(rt_knob_find(table, ""));
}

static void
test_knob_distance_counts_single_edits(void **state) {
    (void)state;
    assert_int_equal(rt_knob_distance("", ""), 0);
    assert_int_equal(rt_knob_distance("pool", "pool"), 0);
    assert_int_equal(rt_knob_distance("", "pool"), 4);
    assert_int_equal(rt_knob_distance("pool", ""), 4);
    assert_int_equal(rt_knob_distance("pool", "poool"), 1);
    assert_int_equal(rt_knob_distance("pool", "pol"), 1);
    assert_int_equal(rt_knob_distance("pool", "poul"), 1);
    assert_int_equal(rt_knob_distance("pool", "opol"), 1);
    assert_int_equal(rt_knob_distance("kitten", "sitting"), 3);
    assert_int_equal(rt_knob_distance("ca", "abc"), 3); /* a swapped pair is not edited again */
}

static void
test_knob_distance_looks_at_the_first_63_letters(void **state) {
    char one[81], other[81];

    (void)state;
    memset(one, 'a', 80);
    memset(other, 'a', 80);
    one[80] = other[80] = '\0';
    other[63] = 'b';
    assert_int_equal(rt_knob_distance(one, other), 0);
    other[62] = 'b';
    assert_int_equal(rt_knob_distance(one, other), 1);
}

static void
test_knob_distance_is_symmetric_and_zero_only_for_equals(void **state) {
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t i = 0; i < RANDOM_COUNT; i++) {
        char words[2][8] = {{0}};
        size_t distance, lengths[2];

        for (size_t w = 0; w < 2; w++) {
            lengths[w] = test_random_below(&random, 8);
            for (size_t j = 0; j < lengths[w]; j++) {
                words[w][j] = (char)('a' + test_random_below(&random, 3));
            }
        }
        distance = rt_knob_distance(words[0], words[1]);
        assert_int_equal(distance, rt_knob_distance(words[1], words[0]));
        assert_int_equal(distance == 0, strcmp(words[0], words[1]) == 0);
        assert_true(distance <= (lengths[0] > lengths[1] ? lengths[0] : lengths[1]));
        assert_true(distance + lengths[0] >= lengths[1]);
    }
}

static void
test_knob_nearest_forgives_a_third_of_the_letters(void **state) {
    (void)state;
    assert_ptr_equal(rt_knob_nearest(table, "alloc.poool"), &rows[0]);
    assert_ptr_equal(rt_knob_nearest(table, "aloc.pol"), &rows[0]);
    assert_ptr_equal(rt_knob_nearest(table, "ALLOC.POOL"), &rows[0]);
    assert_ptr_equal(rt_knob_nearest(table, "allco.thp"), &rows[2]);
    assert_ptr_equal(rt_knob_nearest(table, "alloc.pool"), &rows[0]);
}

static void
test_knob_nearest_knows_what_follows_the_dot(void **state) {
    (void)state;
    assert_ptr_equal(rt_knob_nearest(table, "pool"), &rows[0]);
    assert_ptr_equal(rt_knob_nearest(table, "dept"), &rows[1]);
    assert_ptr_equal(rt_knob_nearest(table, "thp"), &rows[2]);
}

static void
test_knob_nearest_is_none_when_nothing_can_be_meant(void **state) {
    char long_name[200];

    (void)state;
    assert_null(rt_knob_nearest(table, ""));
    assert_null(rt_knob_nearest(table, "x"));
    assert_null(rt_knob_nearest(table, "quicksort"));
    assert_null(rt_knob_nearest(table, "alloc.xxxx"));
    memset(long_name, 'q', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_null(rt_knob_nearest(table, long_name));
}

static void
test_knob_nearest_keeps_at_least_one_letter(void **state) {
    static const struct rt_knob short_rows[] = {{.name = "w.k"}};
    static const struct rt_knob_table short_table = {.rows = short_rows, .count = 1};

    (void)state;
    assert_null(rt_knob_nearest(short_table, "x"));
    assert_ptr_equal(rt_knob_nearest(short_table, "k"), &short_rows[0]);
    assert_ptr_equal(rt_knob_nearest(short_table, "kk"), &short_rows[0]);
}

static void
test_knob_assign_stores_each_type(void **state) {
    struct sample sample = fresh_sample();

    (void)state;
    assert_int_equal(assign(&sample, "alloc.pool=64 KiB"), 0);
    assert_int_equal(sample.pool, 65536);
    assert_int_equal(assign(&sample, "tree.depth=-3"), 0);
    assert_int_equal(sample.depth, -3);
    assert_int_equal(assign(&sample, "alloc.thp=ALWAYS"), 0);
    assert_int_equal(sample.thp, 3);
    assert_int_equal(assign(&sample, "run.share=5%"), 0);
    assert_true(sample.share == 0.05);
    assert_int_equal(assign(&sample, "tree.step=1024"), 0);
    assert_int_equal(sample.step, 1024);
    assert_int_equal(assign(&sample, "run.path=../d a/\xc3\xa4,\xe2\x82\xac=\xf0\x9f\x98\x80"), 0);
    assert_string_equal(sample.path, "../d a/\xc3\xa4,\xe2\x82\xac=\xf0\x9f\x98\x80");
    assert_int_equal(assign(&sample, "run.path="), 0);
    assert_string_equal(sample.path, "");
}

static void
test_knob_assign_takes_text_up_to_its_length(void **state) {
    char assignment[sizeof "run.path=" + RT_KNOB_TEXT_BYTES] = "run.path=";
    struct sample sample = fresh_sample();

    (void)state;
    memset(assignment + strlen(assignment), 'p', RT_KNOB_TEXT_BYTES - 1);
    assert_int_equal(assign(&sample, assignment), 0);
    assert_int_equal(strlen(sample.path), RT_KNOB_TEXT_BYTES - 1);
    strcat(assignment, "p");
    assert_refused(assignment, -ERANGE,
                   "run.path: ppppppppppppppppppppppppppppppppppppp... is too long (up to 255 "
                   "bytes of text)");
}

static void
test_knob_assign_refuses_text_that_is_no_utf8(void **state) {
    static const char *const wrong[] = {
        "run.path=a\n",          "run.path=\x7f",         "run.path=\xc2\x85",
        "run.path=\xc3",         "run.path=\x80",         "run.path=\xc0\xaf",
        "run.path=\xe0\x9f\xbf", "run.path=\xed\xa0\x80", "run.path=\xf4\x90\x80\x80",
        "run.path=\xff",         "run.path=\xf0\x9f\x98"};
    struct sample sample = fresh_sample();

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(assign(&sample, wrong[i]), -EINVAL);
    assert_refused("run.path=a\tb", -EINVAL,
                   "run.path: 'a?b' is not text in UTF-8 without control characters (up to 255 "
                   "bytes of text)");
}

static void
test_knob_assign_knows_four_words_for_each_boolean(void **state) {
    static const char *const words[2][4] = {{"off", "False", "no", "0"},
                                            {"on", "true", "YES", "1"}};
    struct sample sample = fresh_sample();

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        char assignment[32];

        snprintf(assignment, sizeof assignment, "run.strict=%s", words[i % 2][i / 2]);
        sample.strict = i % 2 == 0;
        assert_int_equal(assign(&sample, assignment), 0);
        assert_int_equal(sample.strict, i % 2);
    }
}

static void
test_knob_assign_takes_both_bounds(void **state) {
    struct sample sample = fresh_sample();

    (void)state;
    assert_int_equal(assign(&sample, "alloc.pool=4K"), 0);
    assert_int_equal(assign(&sample, "alloc.pool=1M"), 0);
    assert_int_equal(assign(&sample, "tree.depth=65536"), 0);
    assert_int_equal(assign(&sample, "run.share=-0.5"), 0);
    assert_int_equal(assign(&sample, "run.share=1.5"), 0);
    assert_int_equal(assign(&sample, "tree.whole=-9223372036854775808"), 0);
    assert_int_equal(assign(&sample, "tree.whole=9223372036854775807"), 0);
}

static void
test_knob_assign_out_of_bounds_says_which_bound(void **state) {
    (void)state;
    assert_refused("alloc.pool=3KiB", -ERANGE,
                   "alloc.pool: 3KiB is below the smallest, 4KiB (4KiB to 1MiB, a power of two)");
    assert_refused(
        "alloc.pool=99999999T", -ERANGE,
        "alloc.pool: 99999999T is above the largest, 1MiB (4KiB to 1MiB, a power of two)");
    assert_refused("tree.depth=-4", -ERANGE,
                   "tree.depth: -4 is below the smallest, -3 (-3 to 65536)");
    assert_refused("tree.whole=-9223372036854775809", -ERANGE,
                   "tree.whole: -9223372036854775809 is below the smallest, -9223372036854775808 "
                   "(-9223372036854775808 to 9223372036854775807)");
    assert_refused("tree.whole=9223372036854775808", -ERANGE,
                   "tree.whole: 9223372036854775808 is above the largest, 9223372036854775807 "
                   "(-9223372036854775808 to 9223372036854775807)");
    assert_refused("run.share=-0.51", -ERANGE,
                   "run.share: -0.51 is below the smallest, -0.5 (-0.5 to 1.5)");
    assert_refused("run.share=1e99", -ERANGE,
                   "run.share: 1e99 is above the largest, 1.5 (-0.5 to 1.5)");
    assert_refused("run.share=-1e99", -ERANGE,
                   "run.share: -1e99 is below the smallest, -0.5 (-0.5 to 1.5)");
}

static void
test_knob_assign_ratio_that_rounds_to_zero_is_not_taken_for_zero(void **state) {
    (void)state;
    assert_refused("run.share=1e-9", -ERANGE,
                   "run.share: 1e-9 is nearer to 0 than the smallest step, 0.000001 (-0.5 to 1.5)");
}

static void
test_knob_assign_wants_a_power_of_two_where_the_row_does(void **state) {
    (void)state;
    assert_refused("alloc.pool=17K", -ERANGE,
                   "alloc.pool: 17K is not a power of two (4KiB to 1MiB, a power of two)");
    assert_refused("tree.step=1000", -ERANGE,
                   "tree.step: 1000 is not a power of two (1 to 1024, a power of two)");
}

static void
test_knob_assign_of_another_type_says_what_is_wanted(void **state) {
    (void)state;
    assert_refused("alloc.pool=big", -EINVAL,
                   "alloc.pool: 'big' is not a size (4KiB to 1MiB, a power of two)");
    assert_refused("tree.depth=", -EINVAL, "tree.depth: '' is not a whole number (-3 to 65536)");
    assert_refused("tree.depth=5 ", -EINVAL,
                   "tree.depth: '5 ' is not a whole number (-3 to 65536)");
    assert_refused("run.share=nan", -EINVAL, "run.share: 'nan' is not a ratio (-0.5 to 1.5)");
    assert_refused("run.strict=2", -EINVAL, "run.strict: '2' is not a boolean (on, off)");
}

static void
test_knob_assign_of_no_choice_suggests_the_nearest(void **state) {
    (void)state;
    assert_refused("alloc.thp=Nevr", -EINVAL,
                   "alloc.thp: 'Nevr' is not a choice; did you mean never? "
                   "(system, never, advise, always)");
    assert_refused("alloc.thp=2", -EINVAL,
                   "alloc.thp: '2' is not a choice (system, never, advise, always)");
    assert_refused("alloc.thp=neverx", -EINVAL,
                   "alloc.thp: 'neverx' is not a choice; did you mean never? "
                   "(system, never, advise, always)");
}

static void
test_knob_assign_to_an_unknown_name_suggests_the_nearest(void **state) {
    (void)state;
    assert_refused("alloc.poool=1", -ENOENT,
                   "no knob is called alloc.poool; did you mean alloc.pool?");
    assert_refused("depth", -ENOENT, "no knob is called depth; did you mean tree.depth?");
    assert_refused("colour=red", -ENOENT, "no knob is called colour");
}

static void
test_knob_assign_without_name_or_value_says_how(void **state) {
    (void)state;
    assert_refused("=5", -EINVAL, "'=5' names no knob; write name=value");
    assert_refused("", -EINVAL, "'' names no knob; write name=value");
    assert_refused("tree.depth", -EINVAL,
                   "tree.depth: no value is given; write tree.depth=VALUE (-3 to 65536)");
}

static void
test_knob_assign_repeats_no_control_characters_and_no_novel(void **state) {
    (void)state;
    assert_refused("tree.depth=a\nb\x1b[31m\x7f", -EINVAL,
                   "tree.depth: 'a?b?[31m?' is not a whole number (-3 to 65536)");
    assert_refused("tree.depth=0123456789012345678901234567890123456789x", -EINVAL,
                   "tree.depth: '0123456789012345678901234567890123456...' is not a whole number "
                   "(-3 to 65536)");
    assert_refused("tree.depth=012345678901234567890123456789012345\xc3\xa4"
                   "890",
                   -EINVAL,
                   "tree.depth: '012345678901234567890123456789012345...' is not a whole number "
                   "(-3 to 65536)");
}

static void
test_knob_print_gives_the_words_of_a_field(void **state) {
    struct sample sample = fresh_sample();

    (void)state;
    assert_string_equal(print("alloc.pool", &sample), "16KiB");
    assert_string_equal(print("tree.depth", &sample), "7");
    assert_string_equal(print("alloc.thp", &sample), "advise");
    assert_string_equal(print("run.strict", &sample), "on");
    assert_string_equal(print("run.share", &sample), "0.25");
    assert_string_equal(print("run.path", &sample), "a.csv");
    sample.strict = 0;
    assert_string_equal(print("run.strict", &sample), "off");
}

static void
test_knob_print_of_a_wild_field_is_a_number_that_set_refuses(void **state) {
    struct sample sample = fresh_sample();

    (void)state;
    sample.thp = 4;
    assert_string_equal(print("alloc.thp", &sample), "4");
    sample.thp = -1;
    assert_string_equal(print("alloc.thp", &sample), "-1");
    sample.strict = 2;
    assert_string_equal(print("run.strict", &sample), "2");
    sample.pool = -4096;
    assert_string_equal(print("alloc.pool", &sample), "-4096");
    assert_int_equal(assign(&sample, "alloc.pool=-4096"), -EINVAL);
}

static void
test_knob_print_range_says_what_is_allowed(void **state) {
    (void)state;
    assert_string_equal(print_range("alloc.pool"), "4KiB to 1MiB, a power of two");
    assert_string_equal(print_range("tree.depth"), "-3 to 65536");
    assert_string_equal(print_range("alloc.thp"), "system, never, advise, always");
    assert_string_equal(print_range("run.strict"), "on, off");
    assert_string_equal(print_range("run.share"), "-0.5 to 1.5");
    assert_string_equal(print_range("run.path"), "up to 255 bytes of text");
}

static void
draw_sample(struct test_random *random, struct sample *sample) {
    sample->pool = INT64_C(4096) << test_random_below(random, 9);
    sample->depth = (int64_t)test_random_below(random, 65540) - 3;
    sample->thp = (int64_t)test_random_below(random, 4);
    sample->strict = (int64_t)test_random_below(random, 2);
    sample->share = (double)((int64_t)test_random_below(random, 2000001) - 500000) / 1e6;
    sample->step = INT64_C(1) << test_random_below(random, 11);
    sample->whole = (int64_t)test_random_next(random) >> test_random_below(random, 64);
    memset(sample->path, 0, sizeof sample->path);
    for (size_t i = test_random_below(random, 20); i > 0; i--)
        sample->path[i - 1] = (char)(' ' + test_random_below(random, 95));
}

static void
test_knob_print_then_set_gives_the_same_value(void **state) {
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t i = 0; i < RANDOM_COUNT; i++) {
        struct sample drawn, copy;

        draw_sample(&random, &drawn);
        memset(&copy, 0, sizeof copy);
        for (size_t r = 0; r < table.count; r++) {
            char value[LINE_BYTES];
            struct rt_text text;

            rt_text_init(&text, value, sizeof value);
            rt_knob_print(&rows[r], &drawn, &text);
            assert_int_equal(rt_knob_set(&rows[r], &copy, value, NULL), 0);
        }
        assert_memory_equal(&copy, &drawn, sizeof drawn);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knob_defaults_reach_every_field),
        cmocka_unit_test(test_knob_find_wants_the_exact_name),
        cmocka_unit_test(test_knob_distance_counts_single_edits),
        cmocka_unit_test(test_knob_distance_looks_at_the_first_63_letters),
        cmocka_unit_test(test_knob_distance_is_symmetric_and_zero_only_for_equals),
        cmocka_unit_test(test_knob_nearest_forgives_a_third_of_the_letters),
        cmocka_unit_test(test_knob_nearest_knows_what_follows_the_dot),
        cmocka_unit_test(test_knob_nearest_is_none_when_nothing_can_be_meant),
        cmocka_unit_test(test_knob_nearest_keeps_at_least_one_letter),
        cmocka_unit_test(test_knob_assign_stores_each_type),
        cmocka_unit_test(test_knob_assign_takes_text_up_to_its_length),
        cmocka_unit_test(test_knob_assign_refuses_text_that_is_no_utf8),
        cmocka_unit_test(test_knob_assign_knows_four_words_for_each_boolean),
        cmocka_unit_test(test_knob_assign_takes_both_bounds),
        cmocka_unit_test(test_knob_assign_out_of_bounds_says_which_bound),
        cmocka_unit_test(test_knob_assign_ratio_that_rounds_to_zero_is_not_taken_for_zero),
        cmocka_unit_test(test_knob_assign_wants_a_power_of_two_where_the_row_does),
        cmocka_unit_test(test_knob_assign_of_another_type_says_what_is_wanted),
        cmocka_unit_test(test_knob_assign_of_no_choice_suggests_the_nearest),
        cmocka_unit_test(test_knob_assign_to_an_unknown_name_suggests_the_nearest),
        cmocka_unit_test(test_knob_assign_without_name_or_value_says_how),
        cmocka_unit_test(test_knob_assign_repeats_no_control_characters_and_no_novel),
        cmocka_unit_test(test_knob_print_gives_the_words_of_a_field),
        cmocka_unit_test(test_knob_print_of_a_wild_field_is_a_number_that_set_refuses),
        cmocka_unit_test(test_knob_print_range_says_what_is_allowed),
        cmocka_unit_test(test_knob_print_then_set_gives_the_same_value),
    };

    return cmocka_run_group_tests_name("knob", tests, NULL, NULL);
}
