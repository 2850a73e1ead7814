/* SPDX-License-Identifier: MIT
 *
 * engines_test.c: the same cells on several engines, as a user runs them. Called with the program's path and that
 * of the example engine. Without CPython what needs it is skipped, and says why.
 *
 * On 3.11 the collector does the same, count for count, as long as the extension module was built for that
 * version. Other versions, and the module for the stable ABI, make objects of their own on the way.
 */
#include "bench/tests/program.h"

static const char *example;

/* What is small is in here; what is missing has its default. */
#define SMALL_BULLETS " --set bullets.frames=150"
#define SMALL_CACHE   " --set cache.lookups=5000"
#define SMALL_CHURN   " --set churn.operations=5000 --set churn.live=2000"
#define SMALL_CSV     " --set csv.rows=5000"
#define SMALL_RECORDS " --set instances.count=20000 --set instances.rounds=2"
#define SMALL_LEAKS   " --set leaks.requests=100"
#define SMALL_LIST    " --set listgrow.length=5000 --set listgrow.rounds=2"
#define SMALL_POOL    " --set pool.operations=500"
#define SMALL_SHARING " --set sharing.rounds=2"

/* Of what `list` says of engine cpython. */
static bool
has_python(struct fixture *fixture, bool *ret_is_exact) {
    bool available = false;
    size_t index;
    json_t *one;

    call(fixture, "list --json");
    json_t *document = parse_out(fixture);
    json_array_foreach(json_object_get(document, "engines"), index, one) {
        if (strcmp(json_string_value(json_object_get(one, "name")), "cpython") != 0)
            continue;
        const char *version = json_string_value(json_object_get(one, "version"));
        available = json_is_true(json_object_get(one, "available"));
        *ret_is_exact = version != NULL && strncmp(version, "3.11.", 5) == 0;
        if (!available)
            print_message("# %s\n", json_string_value(json_object_get(one, "why_not")));
    }
    json_decref(document);
    return available;
}

static void
need_python(struct fixture *fixture) {
    bool is_exact;
    if (!has_python(fixture, &is_exact))
        skip();
}

static json_t *
run_of(json_t *document, size_t index) {
    return json_array_get(json_object_get(document, "runs"), index);
}

static void
assert_same(json_t *one, json_t *other, const char *field, const char *what) {
    if (!json_equal(json_object_get(one, field), json_object_get(other, field)))
        fail_msg("%s: %s is not the same on both engines", what, field);
}

/* ---- CPython ---------------------------------------------------------------------------------------- */

static const char *const calls[] = {
    "run bullets" SMALL_BULLETS,
    "run bullets --set bullets.layout=dict --set gc.threshold0=50" SMALL_BULLETS,
    "run bullets --set bullets.layout=slots --set gc.mode=idle" SMALL_BULLETS,
    "run bullets --set bullets.hit_share=0.9 --set bullets.scratch=90 --set "
    "bullets.rate=2000" SMALL_BULLETS,
    "run cache" SMALL_CACHE,
    "run cache --set cache.policy=lru --set cache.weak_from=512 --set gc.threshold0=37" SMALL_CACHE,
    "run cache --set cache.weak_from=64 --set cache.window=1 --set gc.mode=manual" SMALL_CACHE,
    "run churn" SMALL_CHURN,
    "run churn --set alloc.backend=system" SMALL_CHURN,
    "run churn --set churn.program=phases --set churn.lifetime_law=fifo" SMALL_CHURN,
    "run churn --set churn.size_law=table --set churn.table=32:70/64:29/4096:1:20" SMALL_CHURN,
    "run compiler --set compiler.modules=10",
    "run compiler --set compiler.nodes=500 --set compiler.cyclic_share=1 --set gc.threshold0=50",
    "run compiler --set compiler.nodes=500 --set compiler.function=3 --set gc.mode=manual",
    "run csv" SMALL_CSV,
    "run csv --set csv.strategy=load_rows --set gc.threshold0=50" SMALL_CSV,
    "run csv --set csv.strategy=typed --set csv.utf8_share=0.5 --set csv.bad_share=0.2" SMALL_CSV,
    "run csv --set csv.strategy=chunked --set csv.chunk=700 --set gc.mode=manual" SMALL_CSV,
    "run csv --set csv.strategy=stream --set csv.quoted_share=0.5 --set gc.mode=idle" SMALL_CSV,
    "run cycles",
    "run cycles --set cycles.kind=list --set gc.mode=manual",
    "run cycles --set cycles.kind=ring --set gc.threshold0=100 --set gc.threshold1=3",
    "run cycles --set cycles.kind=instance --set gc.mode=idle",
    "run cycles --set cycles.kind=doubly --set cycles.links=weak --set cycles.witness=10",
    "run cycles --set cycles.kind=tree --set cycles.witness=7 --set cycles.payload=100",
    "run cycles --set cycles.kind=tree --set cycles.links=broken --set gc.threshold0=100",
    "run cycles --set cycles.kind=ring --set cycles.cyclic_share=0.3 --set cycles.witness=3",
    "run deque --set deque.appends=20000",
    "run deque --set deque.nodes=3 --set deque.payload=16 --set gc.mode=manual",
    "run deque --set deque.live=50 --set deque.witness=1 --set gc.mode=idle",
    "run idle --set idle.ticks=2000 --set idle.background=3000",
    "run idle --set idle.freeze=at_start --set gc.mode=manual --set idle.ticks=2000",
    "run idle --set gc.mode=idle --set idle.ticks=2000 --set idle.rate=10000 --set idle.cycles=20",
    "run instances" SMALL_RECORDS,
    "run instances --set instances.layout=inline --set instances.values=floats" SMALL_RECORDS,
    "run instances --set instances.layout=tuple --set alloc.backend=debug" SMALL_RECORDS,
    "run instances --set instances.layout=array --set instances.mark=drop" SMALL_RECORDS,
    "run instances --set instances.layout=slots --set instances.mark=touch --set "
    "gc.mode=manual" SMALL_RECORDS,
    "run instances --set instances.layout=inline --set gc.mode=idle" SMALL_RECORDS,
    "run leaks" SMALL_LEAKS,
    "run leaks --set leaks.kind=class_attribute --set gc.threshold0=37" SMALL_LEAKS,
    "run leaks --set leaks.kind=closure --set leaks.repaired=on --set gc.mode=manual" SMALL_LEAKS,
    "run leaks --set leaks.kind=listener --set gc.mode=idle" SMALL_LEAKS,
    "run listgrow --set listgrow.mode=generator" SMALL_LIST,
    "run listgrow --set listgrow.mode=dict" SMALL_LIST,
    "run listgrow --set listgrow.mode=comprehension --set gc.mode=manual" SMALL_LIST,
    "run listgrow --set listgrow.mode=set --set listgrow.batch=7" SMALL_LIST,
    "run pool --set pool.cost=0 --set pool.live=2000" SMALL_POOL,
    "run pool --set pool.way=pooled --set pool.swing=1 --set gc.threshold0=50" SMALL_POOL,
    "run pool --set pool.way=pooled --set pool.idle=30 --set alloc.backend=debug" SMALL_POOL,
    "run trees --set trees.depth=9",
    "run trees --set trees.depth=8 --set trees.kind=tuple --set trees.holes=0.8 --set "
    "gc.mode=manual",
    "run trees --set trees.depth=8 --set trees.kind=instance --set trees.parents=on",
    "run trees --set trees.depth=8 --set trees.kind=slots --set trees.parents=on --set "
    "gc.mode=idle",
    "run sharing --set sharing.kind=small_ints" SMALL_SHARING,
    "run sharing --set sharing.kind=names" SMALL_SHARING,
    "run sharing --set sharing.kind=joined" SMALL_SHARING,
    "run sharing --set sharing.kind=joined_interned --set sharing.count=1000" SMALL_SHARING,
    "run serving --set serving.cyclic_share=0.2",
    "run serving --set serving.freeze=after_warmup --set serving.cyclic_share=0.1 --set "
    "gc.threshold0=100",
    "run serving --set serving.freeze=after_warmup --set serving.retain=50 --set gc.mode=idle",
    "run finalizers",
    "run finalizers --set finalizers.release=count --set finalizers.resurrect_share=0.3",
    "run finalizers --set finalizers.resurrect_share=0.5 --set gc.threshold0=100 --set "
    "gc.threshold1=3",
    "run finalizers --set finalizers.limit=300 --set finalizers.resurrect_share=0.1 --set "
    "gc.mode=manual",
    "run prefork",
    "run prefork --set prefork.freeze=before_fork --set prefork.hole_share=0.3 --set "
    "gc.threshold0=100",
};

/* What is measured, and not computed, differs from run to run. */
static bool
is_deterministic(json_t *listed, const char *name) {
    size_t index;
    json_t *metric;

    json_array_foreach(json_object_get(listed, "metrics"), index, metric) {
        if (strcmp(json_string_value(json_object_get(metric, "name")), name) == 0)
            return json_is_true(json_object_get(metric, "deterministic"));
    }
    fail_msg("%s is not listed", name);
    return false;
}

static void
assert_same_metrics(json_t *listed, json_t *one, json_t *other, const char *what) {
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(one, "metrics"), name, value) {
        json_t *found = json_object_get(json_object_get(other, "metrics"), name);
        if (is_deterministic(listed, name) && !json_equal(value, found))
            fail_msg("%s: %s is not the same on both engines", what, name);
        assert_non_null(found);
    }
}

static void
test_engines_give_the_same_answer_and_on_3_11_collect_the_same(void **state) {
    static const char *const counts[] = {"collections", "collected", "uncollectable"};
    struct fixture *fixture = *state;
    bool is_exact;

    if (!has_python(fixture, &is_exact))
        skip();
    call(fixture, "list --json");
    json_t *listed = parse_out(fixture);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        char arguments[256];
        snprintf(arguments, sizeof arguments, "%s --engine both --json", calls[i]);
        call(fixture, arguments);
        if (fixture->status != 0)
            fail_msg("%s: status %d: %s", calls[i], fixture->status, fixture->err);
        json_t *document = parse_out(fixture);
        json_t *rt = run_of(document, 0), *cpython = run_of(document, 1);
        assert_true(json_is_true(json_object_get(document, "digests_agree")));
        assert_same(rt, cpython, "digest", calls[i]);
        assert_same(rt, cpython, "operations", calls[i]);
        for (size_t k = 0; is_exact && k < sizeof counts / sizeof counts[0]; k++)
            assert_same(json_object_get(rt, "gc"), json_object_get(cpython, "gc"), counts[k],
                        calls[i]);
        if (is_exact) {
            assert_same(rt, cpython, "peak_trash_objects", calls[i]);
            assert_same_metrics(listed, rt, cpython, calls[i]);
            assert_same(rt, cpython, "series", calls[i]);
            assert_same(rt, cpython, "notes", calls[i]);
        }
        json_decref(document);
    }
    json_decref(listed);
}

static void
test_engines_cpython_leaves_out_what_it_cannot_know(void **state) {
    static const char *const unknown[] = {"peak_live_bytes", "items_live_bytes", "overhead_ratio"};
    struct fixture *fixture = *state;

    need_python(fixture);
    call(fixture, "run instances --engine cpython --json" SMALL_RECORDS);
    assert_int_equal(fixture->status, 0);
    json_t *document = parse_out(fixture), *gc = json_object_get(document, "gc");
    assert_string_equal(json_string_value(json_object_get(document, "engine")), "cpython");
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_true(json_is_null(json_object_get(document, unknown[i])));
    assert_true(json_is_null(json_object_get(gc, "examined")));
    assert_true(json_is_null(json_object_get(gc, "yield")));
    assert_true(json_integer_value(json_object_get(gc, "pause_max_ns")) > 0);
    assert_true(
        json_integer_value(json_object_get(json_object_get(document, "alloc"), "live_blocks")) > 0);
    json_decref(document);
}

static void
test_engines_each_gets_of_a_sweep_what_it_can_honour(void **state) {
    struct fixture *fixture = *state;

    need_python(fixture);
    call(fixture, "sweep cycles --engine both --set gc.policy=generational,single --dry-run");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "3 configurations, "));
    assert_non_null(strstr(fixture->err, "note: 1 combinations are left out"));
    assert_non_null(strstr(fixture->err, "gc.policy=single: engine cpython has no such knob"));
    call(fixture, "sweep cycles --engine both --set gc.policy=single --dry-run");
    assert_int_equal(fixture->status, 2); /* nothing is left of what was asked of CPython */
    assert_non_null(strstr(fixture->err, "gc.policy=single: engine cpython has no such knob"));
    call(fixture, "sweep quick --engine both --dry-run");
    assert_int_equal(fixture->status, 0);
}

static void
test_engines_cpython_off_collects_nothing(void **state) {
    struct fixture *fixture = *state;

    need_python(fixture);
    call(fixture, "run cycles --engine cpython --json --set gc.mode=off");
    assert_int_equal(fixture->status, 0);
    json_t *document = parse_out(fixture);
    json_t *counts = json_object_get(json_object_get(document, "gc"), "collections");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(json_integer_value(json_array_get(counts, i)), 0);
    json_decref(document);
}

static void
assert_refuses(struct fixture *fixture, const char *arguments, int status, const char *part) {
    call(fixture, arguments);
    if (fixture->status != status || strstr(fixture->err, part) == NULL)
        fail_msg("%s: status %d: %s", arguments, fixture->status, fixture->err);
    assert_ptr_equal(strchr(fixture->err, '\n'), fixture->err + strlen(fixture->err) - 1);
    assert_string_equal(fixture->out, "");
    assert_int_equal(access("results", F_OK), -1);
}

static void
test_engines_refuse_what_they_cannot_honour(void **state) {
    struct fixture *fixture = *state;

    need_python(fixture);
    assert_refuses(fixture, "run cycles --engine cpython --set gc.policy=single", 2,
                   "gc.policy=single: engine cpython");
    assert_refuses(fixture, "sweep churn --engine both --set alloc.arena=4MiB", 2,
                   "alloc.arena=4MiB: engine cpython");
    assert_refuses(fixture, "run cycles --python /bin/sh", 2, "--engine cpython");
    assert_refuses(fixture, "run cycles --engine cpython --python /nowhere/python", 3,
                   "/nowhere/python: No such file or directory");
    assert_refuses(fixture, "run cycles --engine cpython --python /bin/true", 3,
                   "/bin/true is no CPython");
}

/* The program alone is a build without headers. */
static void
test_engines_cpython_without_its_module_names_the_package(void **state) {
    struct fixture *fixture = *state;
    char command[4200];

    snprintf(command, sizeof command, "cp '%s' gcsweep-alone", program);
    assert_int_equal(system(command), 0);
    assert_int_equal(system("./gcsweep-alone run cycles --engine cpython >out.txt 2>err.txt") >> 8,
                     3);
    read_text("err.txt", fixture->err);
    assert_non_null(strstr(fixture->err, "engine cpython cannot run here"));
    assert_true(strstr(fixture->err, "package python3-dev") != NULL ||
                strstr(fixture->err, "sanitizer") != NULL);
    assert_int_equal(system("./gcsweep-alone run cycles >out.txt"), 0);
}

/* ---- Sweeps ----------------------------------------------------------------------------------------- */

#define SMALL_SWEEP "sweep cycles --reps 2 --set cycles.count=500 --set alloc.backend=pool,system"

static void
test_engines_stand_side_by_side_in_a_sweep(void **state) {
    static const char *const labels[] = {"rt alloc.backend=pool", "cpython alloc.backend=pool",
                                         "rt alloc.backend=system", "cpython alloc.backend=system"};
    struct fixture *fixture = *state;
    json_t *document, *configs;

    need_python(fixture);
    call(fixture, SMALL_SWEEP " --engine both --json");
    assert_int_equal(fixture->status, 0);
    document = parse_out(fixture);
    configs = json_object_get(document, "configs");
    assert_int_equal(json_array_size(configs), 4);
    for (size_t i = 0; i < 4; i++) {
        json_t *one = json_array_get(configs, i);
        assert_string_equal(json_string_value(json_object_get(one, "label")), labels[i]);
        assert_string_equal(json_string_value(json_object_get(one, "engine")),
                            i % 2 == 0 ? "rt" : "cpython");
        assert_int_equal(json_integer_value(json_object_get(one, "reference")), 1);
        assert_int_equal(json_integer_value(json_object_get(one, "finished")), 2);
    }
    assert_true(json_is_true(json_object_get(document, "digests_agree")));
    json_decref(document);
}

static void
test_engines_alone_are_not_in_labels(void **state) {
    struct fixture *fixture = *state;

    call(fixture, SMALL_SWEEP " --json");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "\"label\": \"alloc.backend=pool\""));
}

static void
test_engines_of_a_run_are_those_that_it_goes_on_with(void **state) {
    struct fixture *fixture = *state;

    need_python(fixture);
    pid_t pid = start("sweep cycles --reps 200 --engine cpython --out kept");
    while (access("results/kept.db", F_OK) != 0)
        usleep(10000);
    usleep(100000);
    kill(pid, SIGINT);
    finish(fixture, pid);
    if (fixture->status == 0)
        skip(); /* it was faster */
    assert_int_equal(fixture->status, 130);
    call(fixture, "sweep --resume --out kept --engine rt");
    assert_int_equal(fixture->status, 2);
    call(fixture, "sweep --resume --out kept --json");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "\"engine\": \"cpython\""));
    assert_null(strstr(fixture->out, "\"engine\": \"rt\""));
}

/* ---- Any executable --------------------------------------------------------------------------------- */

static void
need_example(void) {
    if (system("python3 -c 'import json' 2>/dev/null") != 0)
        skip(); /* there is no Python to run it */
}

static void
test_engines_the_example_speaks_the_protocol_and_answers_as_rt_does(void **state) {
    struct fixture *fixture = *state;
    char arguments[512];

    need_example();
    snprintf(arguments, sizeof arguments,
             "run cycles --json --seed 5 --set cycles.kind=ring --set cycles.batch=7 --set "
             "cycles.count=1000 --engine rt,%s",
             example);
    call(fixture, arguments);
    if (fixture->status != 0)
        fail_msg("status %d: %s%s", fixture->status, fixture->out, fixture->err);
    json_t *document = parse_out(fixture), *other = run_of(document, 1);
    assert_same(run_of(document, 0), other, "digest", "cycles");
    assert_same(run_of(document, 0), other, "operations", "cycles");
    assert_string_equal(json_string_value(json_object_get(other, "engine")), example);
    assert_true(json_integer_value(json_object_get(other, "peak_rss_bytes")) > 0);
    assert_true(json_is_null(json_object_get(other, "gc")));
    json_decref(document);
}

static void
test_engines_that_do_not_know_a_workload_say_so(void **state) {
    struct fixture *fixture = *state;
    char arguments[256];

    need_example();
    snprintf(arguments, sizeof arguments, "run churn --engine %s", example);
    call(fixture, arguments);
    assert_int_equal(fixture->status, 1);
    assert_non_null(strstr(fixture->out, "this engine knows cycles of lists only"));
}

/* One that says that it has finished, with another answer. */
static void
test_engines_that_disagree_are_found_out(void **state) {
    static const char script[] =
        "#!/bin/sh\nread cell; echo '{\"event\":\"ready\"}' >&3; read go; echo "
        "'{\"event\":\"drained\"}' >&3; read go; echo "
        "'{\"event\":\"record\",\"status\":\"finished\",\"digest\":\"00000000000000aa\",\"values\":"
        "{"
        "\"wall_ns\":5}}' >&3\n";
    struct fixture *fixture = *state;
    FILE *file = fopen("wrong.sh", "w");

    assert_non_null(file);
    fputs(script, file);
    assert_int_equal(fchmod(fileno(file), 0755), 0);
    fclose(file);
    call(fixture, "run cycles --engine rt,./wrong.sh");
    assert_int_equal(fixture->status, 1);
    assert_non_null(strstr(fixture->err, "the engines do not give the same answer"));
    call(fixture, "sweep cycles --reps 1 --engine rt,./wrong.sh");
    assert_int_equal(fixture->status, 1);
    assert_non_null(strstr(fixture->out, "The answers disagree"));
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_engines_give_the_same_answer_and_on_3_11_collect_the_same),
        UNIT(test_engines_cpython_leaves_out_what_it_cannot_know),
        UNIT(test_engines_each_gets_of_a_sweep_what_it_can_honour),
        UNIT(test_engines_cpython_off_collects_nothing),
        UNIT(test_engines_refuse_what_they_cannot_honour),
        UNIT(test_engines_cpython_without_its_module_names_the_package),
        UNIT(test_engines_stand_side_by_side_in_a_sweep),
        UNIT(test_engines_alone_are_not_in_labels),
        UNIT(test_engines_of_a_run_are_those_that_it_goes_on_with),
        UNIT(test_engines_the_example_speaks_the_protocol_and_answers_as_rt_does),
        UNIT(test_engines_that_do_not_know_a_workload_say_so),
        UNIT(test_engines_that_disagree_are_found_out),
    };

    if (argc < 3) {
        fprintf(stderr, "usage: engines_test PROGRAM EXAMPLE\n");
        return 2;
    }
    program = realpath(argv[1], NULL); /* tests change their directory */
    example = realpath(argv[2], NULL);
    return cmocka_run_group_tests_name("bench/engines", tests, NULL, NULL);
}
