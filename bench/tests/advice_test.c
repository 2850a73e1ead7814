/* SPDX-License-Identifier: MIT
 *
 * advice_test.c: each condition that makes figures worth less is said once with what to type, and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/advice.h"

struct said {
    int count;
    char lines[16][BENCH_ADVICE_BYTES];
};

static void
note(void *context, const char *line) {
    struct said *said = context;
    assert_true(said->count < 16);
    assert_null(strchr(line, '\n'));
    assert_non_null(strstr(line, "; ")); /* what, and what to do */
    snprintf(said->lines[said->count++], sizeof said->lines[0], "%s", line);
}

/* A machine on which there is nothing to say, but for one fact. */
static struct said
ask(const char *key, const char *value) {
    static const char *const calm[][2] = {{"cpu_count", "4"},
                                          {"load", "0.20"},
                                          {"governor", "performance"},
                                          {"turbo", "off"},
                                          {"thp", "madvise"},
                                          {"cgroup_cpu_limit", "none"},
                                          {"aslr", "on"},
                                          {"flags", "-O2 -flto"},
                                          {"build_type", "release"},
                                          {"virtual_machine", "no"},
                                          {"perf_counters", "cycles"}};
    struct bench_advice advice = {0};
    struct said said = {0};

    for (size_t i = 0; i < sizeof calm / sizeof calm[0]; i++)
        assert_int_equal(bench_advice_take(&advice, calm[i][0],
                                           strcmp(calm[i][0], key) == 0 ? value : calm[i][1]),
                         0);
    bench_advice_each(&advice, note, &said);
    return said;
}

static void
test_advice_of_a_calm_machine_is_none(void **state) {
    (void)state;
    assert_int_equal(ask("", "").count, 0);
}

static void
test_advice_says_each_condition_and_what_to_type(void **state) {
    static const struct {
        const char *key, *value, *words;
    } cases[] = {
        {"flags", "-O0 -g", "--buildtype=release"},
        {"flags", "-Og -g", "this is a debug build"},
        {"load", "2.10", "uptime"},
        {"cgroup_cpu_limit", "1.50", "without --cpus"},
        {"governor", "powersave", "cpupower frequency-set -g performance"},
        {"turbo", "on", "no_turbo"},
        {"thp", "always", "alloc.thp=never"},
        {"aslr", "off", "kernel.randomize_va_space=2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct said said = ask(cases[i].key, cases[i].value);
        assert_int_equal(said.count, 1);
        if (strstr(said.lines[0], cases[i].words) == NULL)
            fail_msg("%s: %s", cases[i].key, said.lines[0]);
    }
}

static void
test_advice_says_nothing_of_what_is_not_known_or_harmless(void **state) {
    static const char *const keys[] = {"cpu_count", "load",  "governor", "turbo",
                                       "thp",       "flags", "aslr",     "cgroup_cpu_limit"};

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_int_equal(ask(keys[i], "unknown").count, 0);
    assert_int_equal(ask("load", "1.99").count, 0);
    assert_int_equal(ask("build_type", "debug").count, 0);
    assert_int_equal(ask("flags", "-O3 -g").count, 0);
    assert_int_equal(ask("cgroup_cpu_limit", "4.00").count, 0);
    assert_int_equal(ask("virtual_machine", "yes").count, 0);
}

static void
test_advice_of_stolen_time_begins_at_one_percent(void **state) {
    char line[BENCH_ADVICE_BYTES];

    (void)state;
    assert_false(bench_advice_steal(39999999, 1000000000, 4, line));
    assert_true(bench_advice_steal(40000000, 1000000000, 4, line));
    assert_non_null(strstr(line, "steal 1.0 %"));
    assert_false(bench_advice_steal(5, 0, 4, line));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_advice_of_a_calm_machine_is_none),
        cmocka_unit_test(test_advice_says_each_condition_and_what_to_type),
        cmocka_unit_test(test_advice_says_nothing_of_what_is_not_known_or_harmless),
        cmocka_unit_test(test_advice_of_stolen_time_begins_at_one_percent),
    };
    return cmocka_run_group_tests_name("bench/advice", tests, NULL, NULL);
}
