/* SPDX-License-Identifier: MIT */
#include "workloads/ops_random.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/ops.h"

enum {
    SCRIPTS = 200,
};

struct lines {
    size_t count, errors, collected;
};

static bool
count_line(void *context, const char *line, size_t bytes) {
    struct lines *lines = context;

    lines->count++;
    lines->errors += bytes > 6 && memcmp(line, "error:", 6) == 0;
    lines->collected += bytes > 8 && memcmp(line, "collect", 7) == 0 && line[bytes - 1] != '0';
    return true;
}

static void
write_script(const struct wl_ops_random_knobs *knobs, uint64_t seed, char **ret_text,
             size_t *ret_bytes) {
    assert_int_equal(wl_ops_random(knobs, seed, ret_text, ret_bytes), 0);
}

static void
test_ops_random_repeats_a_seed_to_the_letter(void **state) {
    struct wl_ops_random_knobs knobs;
    char *one, *same, *other;
    size_t one_bytes, same_bytes, other_bytes;

    (void)state;
    rt_knob_defaults(wl_ops_random_knobs(), &knobs);
    write_script(&knobs, 7, &one, &one_bytes);
    write_script(&knobs, 7, &same, &same_bytes);
    write_script(&knobs, 8, &other, &other_bytes);
    assert_int_equal(one_bytes, same_bytes);
    assert_memory_equal(one, same, one_bytes);
    assert_true(one_bytes != other_bytes || memcmp(one, other, one_bytes) != 0);
    free(one);
    free(same);
    free(other);
}

static void
run_script(const char *script, size_t bytes, struct lines *lines) {
    const struct wl_ops_limits limits = {1 << 20, 1 << 20, 1 << 20};
    struct wl_ops_program *program;
    struct rt_config config;
    char data[WL_OPS_WHY_BYTES];
    struct rt_text why;
    struct rt *rt;

    rt_text_init(&why, data, sizeof data);
    rt_config_init(&config);
    config.gc_verify_every = 1;
    assert_int_equal(rt_create(&config, NULL, &rt), 0);
    if (wl_ops_parse(script, bytes, &program, &why) != 0)
        fail_msg("%s", data);
    if (wl_ops_run(rt, program, &limits, count_line, lines, &why) != 0)
        fail_msg("%s", data);
    wl_ops_free(program);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

/* Otherwise it would hold engines against each other over nothing. */
static void
test_ops_random_writes_scripts_that_do_something(void **state) {
    struct wl_ops_random_knobs knobs;
    struct lines lines = {0, 0, 0};

    (void)state;
    rt_knob_defaults(wl_ops_random_knobs(), &knobs);
    for (uint64_t seed = 1; seed <= SCRIPTS; seed++) {
        char *script;
        size_t bytes;
        write_script(&knobs, seed, &script, &bytes);
        run_script(script, bytes, &lines);
        free(script);
    }
    assert_true(lines.count > SCRIPTS * 50);
    assert_true(lines.errors > 0 && lines.errors < lines.count * 2 / 3);
    assert_true(lines.collected > SCRIPTS / 2);
}

static void
test_ops_random_obeys_its_knobs(void **state) {
    struct wl_ops_random_knobs knobs;
    char *script;
    size_t bytes, count = 0;

    (void)state;
    rt_knob_defaults(wl_ops_random_knobs(), &knobs);
    knobs.make = knobs.store = knobs.remove = knobs.weak = knobs.code = knobs.look = 0;
    knobs.statements = 100;
    write_script(&knobs, 1, &script, &bytes);
    assert_null(memmem(script, bytes, "append n", 8));
    for (const char *at = script;
         (at = memmem(at, bytes - (size_t)(at - script), "gc ", 3)) != NULL; at += 3)
        count++;
    assert_true(count > 10);
    free(script);
    knobs.collect = 0;
    assert_int_equal(wl_ops_random(&knobs, 1, &script, &bytes), -EINVAL);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ops_random_repeats_a_seed_to_the_letter),
        cmocka_unit_test(test_ops_random_writes_scripts_that_do_something),
        cmocka_unit_test(test_ops_random_obeys_its_knobs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
