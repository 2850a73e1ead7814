/* SPDX-License-Identifier: MIT
 *
 * malloc_test.c: cells with another malloc beneath them: what is preloaded, resumed and merged. The argument is the
 * program.
 */
#include "bench/tests/program.h"

/* An engine that fails, and says what is preloaded. */
static void
write_engine(const char *path) {
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs("#!/bin/sh\nread cell\n"
          "echo '{\"event\": \"record\", \"status\": \"failed\", \"why\": \"has '$LD_PRELOAD'\"}' "
          ">&3\n",
          file);
    fclose(file);
    assert_int_equal(chmod(path, 0755), 0);
}

static void
test_malloc_preloads_what_it_was_told(void **state) {
    struct fixture *fixture = *state;

    write_engine("engine");
    call(fixture, "run churn --set alloc.backend=system --engine ./engine --preload none,jemalloc");
    if (fixture->status == 3) {
        assert_non_null(strstr(fixture->err, "apt-get install libjemalloc2"));
        return;
    }
    assert_int_equal(fixture->status, 1);
    assert_string_equal(fixture->err, "");
    assert_non_null(strstr(fixture->out, "churn on ./engine, seed 1: failed, has \n"));
    assert_non_null(strstr(fixture->out, "churn on ./engine+jemalloc, seed 1: failed, has /"));
    assert_non_null(strstr(fixture->out, "/libjemalloc.so"));
}

static void
test_malloc_says_once_that_pools_do_not_call_malloc(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep churn --dry-run --preload none,jemalloc --set churn.live=10,20");
    if (fixture->status == 3)
        return;
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "churn      rt+jemalloc churn.live=10\n"));
    assert_non_null(strstr(fixture->out, "4 configurations"));
    assert_non_null(strstr(fixture->err, "gcsweep: rt+jemalloc: only with alloc.backend=system"));
    assert_ptr_equal(strchr(fixture->err, '\n'), fixture->err + strlen(fixture->err) - 1);
}

static void
test_malloc_goes_on_with_a_malloc_that_was_preloaded(void **state) {
    struct fixture *fixture = *state;

#if defined(__SANITIZE_ADDRESS__)
    skip(); /* which has to be the first library itself */
#endif
    call(fixture, "sweep churn --reps 2 --out one --progress=never --set alloc.backend=system "
                  "--set churn.live=1000 --set churn.operations=1000 --preload none,jemalloc");
    if (fixture->status == 3)
        skip();
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "rt+jemalloc"));
    assert_non_null(strstr(fixture->out, "All answers agree."));
    call(fixture, "sweep --resume --out one");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "rt+jemalloc"));
}

static void
test_malloc_merges_shards_of_a_malloc_that_was_preloaded(void **state) {
    static const char words[] = "sweep churn --progress=never --set alloc.backend=system "
                                "--set churn.live=1000 --set churn.operations=1000 "
                                "--preload none,jemalloc ";
    static const char *const parts[] = {"--reps 2 --shard 1/2 --out one",
                                        "--reps 2 --shard 2/2 --out two",
                                        "--reps 1 --seed 9 --out three"};
    struct fixture *fixture = *state;
    char line[256];

#if defined(__SANITIZE_ADDRESS__)
    skip(); /* which has to be the first library itself */
#endif
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        snprintf(line, sizeof line, "%s%s", words, parts[i]);
        call(fixture, line);
        if (fixture->status == 3)
            skip();
        assert_int_equal(fixture->status, 0);
    }
    call(fixture, "merge three two one --out all --json");
    if (fixture->status != 0)
        fail_msg("%s", fixture->err);
    call(fixture, "sweep --resume --out all --json");
    json_t *document = parse_out(fixture);
    json_t *second = json_array_get(json_object_get(document, "configs"), 1);
    assert_string_equal(json_string_value(json_object_get(second, "engine")), "rt+jemalloc");
    assert_int_equal(json_integer_value(json_object_get(second, "reference")), 1);
    assert_int_equal(json_integer_value(json_object_get(second, "finished")), 3);
    json_decref(document);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_malloc_preloads_what_it_was_told),
        UNIT(test_malloc_says_once_that_pools_do_not_call_malloc),
        UNIT(test_malloc_goes_on_with_a_malloc_that_was_preloaded),
        UNIT(test_malloc_merges_shards_of_a_malloc_that_was_preloaded),
    };

    if (argc < 2) {
        fprintf(stderr, "usage: malloc_test PROGRAM\n");
        return 2;
    }
    program = realpath(argv[1], NULL); /* tests change their directory */
    return cmocka_run_group_tests_name("bench/malloc", tests, NULL, NULL);
}
