/* SPDX-License-Identifier: MIT
 *
 * verbs/bench.c: `gcsweep bench`, the micro-benchmarks of allocators, objects and the collector.
 *
 * This process measures nothing. It starts runs (launch.h), one or one for each malloc and round, and
 * makes one table of their results (ratios.h). Started with --worker it is such a run.
 */
#include "bench/verb.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "bench/micro/launch.h"
#include "bench/micro/micro.h"
#include "bench/micro/ratios.h"
#include "bench/option.h"
#include "bench/preload.h"
#include "bench/say.h"

enum {
    LIBRARIES = 8,
    FLAG_BYTES = 128,
    ROUNDS_FOR_ALL = 5
};

struct bench_run {
    struct bench_option_reader reader;
    const char *preload, *python, *out_path, *subjects;
    const struct engine *engine; /* NULL: whatever there is */
    bool no_python, python_is_given, table_only, is_smoke, is_listing, is_formatted,
        is_out_formatted;
    uint64_t rounds; /* 0: as it comes */
    const char *flags[BENCH_LAUNCH_FLAGS];
    size_t flag_count;
    char made_flags[LIBRARIES * 4][FLAG_BYTES]; /* those that are not words of argv */
    size_t made_count;
    struct bench_preload libraries[LIBRARIES]; /* an empty path: none is preloaded */
    size_t library_count;
    char module_directory[BENCH_LAUNCH_PATH_BYTES];
    struct bench_ratios *ratios;
    json_t *merged; /* the first document, with the entries of all */
};

enum option {
    OPTION_ENGINE,
    OPTION_PRELOAD,
    OPTION_PYTHON,
    OPTION_NO_PYTHON,
    OPTION_TABLE,
    OPTION_ROUNDS,
    OPTION_SET,
    OPTION_SUBJECTS,
    OPTION_SMOKE
};

static const struct bench_option options[] = {
    [OPTION_ENGINE] = {"--engine", true}, [OPTION_PRELOAD] = {"--preload", true},
    [OPTION_PYTHON] = {"--python", true}, [OPTION_NO_PYTHON] = {"--no-python", false},
    [OPTION_TABLE] = {"--table", false},  [OPTION_ROUNDS] = {"--rounds", true},
    [OPTION_SET] = {"--set", true},       [OPTION_SUBJECTS] = {"--subjects", true},
    [OPTION_SMOKE] = {"--smoke", false},  {0},
};

/* ---- Arguments ---------------------------------------------------------------------------------- */

static int
add_flag(struct bench_run *run, const char *flag) {
    if (run->flag_count + 8 >= BENCH_LAUNCH_FLAGS)
        return bench_say(BENCH_STATUS_USAGE, "bench: more than %d flags", BENCH_LAUNCH_FLAGS - 8);
    run->flags[run->flag_count++] = flag;
    return BENCH_STATUS_DONE;
}

static int __attribute__((format(printf, 2, 3)))
make_flag(struct bench_run *run, const char *format, ...) {
    char *flag = run->made_flags[run->made_count];
    va_list arguments;
    int length;

    if (run->made_count == sizeof run->made_flags / sizeof run->made_flags[0])
        return bench_say(BENCH_STATUS_USAGE, "bench: too many knobs are set");
    va_start(arguments, format);
    length = vsnprintf(flag, FLAG_BYTES, format, arguments);
    va_end(arguments);
    if (length >= FLAG_BYTES)
        return bench_say(BENCH_STATUS_USAGE, "bench: '%s' is too long", flag);
    run->made_count++;
    return add_flag(run, flag);
}

/* Knobs are checked here, so that a mistake is found before anything is started. */
static int
set_knob(struct bench_run *run, const char *assignment) {
    struct rt_config config;
    char line[256];
    struct rt_text why;

    rt_text_init(&why, line, sizeof line);
    rt_config_init(&config);
    if (strncmp(assignment, "alloc.backend=", strlen("alloc.backend=")) == 0)
        return bench_say(BENCH_STATUS_USAGE,
                         "bench: alloc.backend is what the subjects differ in; use --subjects");
    if (rt_knob_assign(rt_config_knobs(), &config, assignment, &why) < 0)
        return bench_say(BENCH_STATUS_USAGE, "bench: %s", line);
    return make_flag(run, "--set=%s", assignment);
}

/* An engine is its allocator and its objects; the rows of one engine's inside are neither's. */
static const struct engine {
    const char *name, *subjects;
    bool is_python;
} engines[] = {
    {"rt", "pool,rt", false},
    {"cpython", "pymalloc,cpython", true},
    {"both", "pool,pymalloc,rt,cpython,engine", true},
};

static int
choose_engine(struct bench_run *run, const char *name) {
    static const char *const names[] = {"rt", "cpython", "both", NULL};
    char hint[64];

    for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++)
        if (strcmp(engines[i].name, name) == 0) {
            run->engine = &engines[i];
            return BENCH_STATUS_DONE;
        }
    return bench_say(BENCH_STATUS_USAGE, "bench: no engine is called '%s' (rt, cpython, both)%s",
                     name, bench_say_nearest(bench_say_guess(name, names), hint, sizeof hint));
}

static int
take_option(struct bench_run *run, int option, const char *value) {
    switch (option) {
    case OPTION_ENGINE:
        return choose_engine(run, value);
    case OPTION_PRELOAD:
        run->preload = value;
        return BENCH_STATUS_DONE;
    case OPTION_PYTHON:
        run->python = value;
        run->python_is_given = true;
        return BENCH_STATUS_DONE;
    case OPTION_NO_PYTHON:
        run->no_python = true;
        return BENCH_STATUS_DONE;
    case OPTION_TABLE:
        run->table_only = true;
        return BENCH_STATUS_DONE;
    case OPTION_ROUNDS:
        return bench_option_number("--rounds", value, 1, 1000, &run->rounds) ? BENCH_STATUS_DONE
                                                                             : BENCH_STATUS_USAGE;
    case OPTION_SET:
        return set_knob(run, value);
    case OPTION_SUBJECTS:
        run->subjects = value;
        return make_flag(run, "--subjects=%s", value);
    case OPTION_SMOKE:
        run->is_smoke = true;
        return add_flag(run, "--smoke");
    case BENCH_OPTION_WORD:
        return bench_say(BENCH_STATUS_USAGE, "bench takes no words: '%s' (gcsweep help bench)",
                         value);
    default:
        return BENCH_STATUS_USAGE;
    }
}

static const char *
value_of(const char *argument, const char *name) {
    size_t length = strlen(name);

    return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

/* What must be known here of flags that Google Benchmark reads. */
static void
note_flag(struct bench_run *run, const char *flag) {
    const char *value;

    if ((value = value_of(flag, "--benchmark_format=")) != NULL)
        run->is_formatted = strcmp(value, "console") != 0;
    else if ((value = value_of(flag, "--benchmark_out=")) != NULL)
        run->out_path = value;
    else if ((value = value_of(flag, "--benchmark_out_format=")) != NULL)
        run->is_out_formatted = strcmp(value, "json") != 0;
    else if ((value = value_of(flag, "--benchmark_list_tests")) != NULL)
        run->is_listing = strcmp(value, "=false") != 0;
}

static bool
is_flag(const char *argument) {
    return strncmp(argument, "--benchmark_", strlen("--benchmark_")) == 0 ||
           strncmp(argument, "--v=", strlen("--v=")) == 0;
}

/* Ours are read first and Google Benchmark's put behind the defaults, of which the last one counts. */
static int
read_arguments(struct bench_run *run, int argc, char **argv, char **own) {
    int own_count = 1, option, status = BENCH_STATUS_DONE;

    own[0] = argv[0];
    for (int i = 1; i < argc; i++)
        if (!is_flag(argv[i]))
            own[own_count++] = argv[i];
    bench_option_init(&run->reader, options, own_count, own);
    while (status == BENCH_STATUS_DONE &&
           (option = bench_option_next(&run->reader)) != BENCH_OPTION_END)
        status = take_option(run, option, run->reader.value);
    if (run->rounds == 0 && run->preload != NULL && strcmp(run->preload, "all") == 0)
        run->rounds = ROUNDS_FOR_ALL;
    if (status == BENCH_STATUS_DONE)
        status = make_flag(run, "--benchmark_min_time=%s", run->is_smoke ? "0.000001" : "0.01");
    if (status == BENCH_STATUS_DONE && run->engine != NULL && run->subjects == NULL)
        status = make_flag(run, "--subjects=%s", run->engine->subjects);
    if (status == BENCH_STATUS_DONE)
        status =
            make_flag(run, "--benchmark_repetitions=%d", run->is_smoke || run->rounds > 0 ? 1 : 5);
    for (int i = 1; i < argc && status == BENCH_STATUS_DONE; i++)
        if (is_flag(argv[i])) {
            note_flag(run, argv[i]);
            /* Of several runs, the file is ours to write. */
            if (run->rounds == 0 || value_of(argv[i], "--benchmark_out=") == NULL)
                status = add_flag(run, argv[i]);
        }
    return status;
}

static int
check_arguments(struct bench_run *run) {
    FILE *out;

    if (run->is_listing)
        run->rounds = 0;
    if (run->rounds > 0 && (run->is_formatted || run->is_out_formatted))
        return bench_say(BENCH_STATUS_USAGE,
                         "bench: several runs make one table, and one JSON file with "
                         "--benchmark_out=FILE; no other format");
    if (run->no_python && run->python_is_given)
        return bench_say(BENCH_STATUS_USAGE, "bench: --python and --no-python exclude each other");
    if (run->engine != NULL && run->subjects != NULL)
        return bench_say(BENCH_STATUS_USAGE,
                         "bench: --engine %s is --subjects %s: give one of the two",
                         run->engine->name, run->engine->subjects);
    if (run->engine != NULL && run->engine->is_python && run->no_python)
        return bench_say(BENCH_STATUS_USAGE,
                         "bench: --engine %s and --no-python exclude each other",
                         run->engine->name);
    if (run->out_path == NULL)
        return BENCH_STATUS_DONE;
    out = fopen(run->out_path, "a");
    if (out == NULL)
        return bench_say(BENCH_STATUS_USAGE, "bench: cannot write %s: %s", run->out_path,
                         strerror(errno));
    fclose(out);
    return BENCH_STATUS_DONE;
}

/* ---- What to run -------------------------------------------------------------------------------- */

/* Python is left out with a word where it is missing; where it was asked for, that is an error. */
static int
choose_python(struct bench_run *run) {
    const char *why = NULL;

    if (run->engine != NULL && !run->engine->is_python && !run->python_is_given)
        run->no_python = true;
    if (run->no_python) {
        run->python = NULL;
        return BENCH_STATUS_DONE;
    }
    if (bench_launch_find_module(run->module_directory) < 0)
        why = "this build has no extension module (apt-get install python3-dev, and build again)";
    else if (run->python == NULL && (run->python = bench_launch_default_python()) == NULL)
        why = "there is no python3 (apt-get install python3, or --python PATH)";
    if (why == NULL)
        return BENCH_STATUS_DONE;
    if (run->python_is_given)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "bench: --python %s: %s", run->python, why);
    run->python = NULL;
    if (run->engine != NULL)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "bench: --engine %s: %s", run->engine->name,
                         why);
    return bench_say(BENCH_STATUS_DONE, "bench: pymalloc and cpython are left out: %s", why);
}

/* The mallocs by name that are there; the others are named and left out. */
static void
choose_all_libraries(struct bench_run *run, char **directories) {
    for (const struct bench_preload_library *library = bench_preload_libraries();
         library->name != NULL && run->library_count < LIBRARIES; library++) {
        char why[256];
        if (bench_preload_find(library->name, directories, &run->libraries[run->library_count], why,
                               sizeof why) < 0)
            bench_say(0, "bench: left out: %s", why);
        else
            run->library_count++;
    }
}

static int
choose_libraries(struct bench_run *run) {
    char **directories, why[256];
    int error = 0;

    snprintf(run->libraries[0].label, sizeof run->libraries[0].label, "system");
    run->library_count = 1;
    if (run->preload == NULL)
        return BENCH_STATUS_DONE;
    directories = bench_preload_directories();
    if (directories == NULL)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "bench: out of memory");
    if (strcmp(run->preload, "all") == 0)
        choose_all_libraries(run, directories);
    else
        error = bench_preload_find(run->preload, directories, &run->libraries[0], why, sizeof why);
    free(directories);
    if (error == 0)
        return BENCH_STATUS_DONE;
    return bench_say(error == -EINVAL ? BENCH_STATUS_USAGE : BENCH_STATUS_ENVIRONMENT, "bench: %s",
                     why);
}

/* ---- Running ------------------------------------------------------------------------------------ */

/* Adds the run's entries to those of the runs before. */
static int
merge(struct bench_run *run, json_t *document, const char *label) {
    int error = bench_ratios_add(run->ratios, document, label);

    if (error < 0 || run->merged == document)
        return error;
    if (run->merged == NULL) {
        run->merged = json_incref(document);
        return 0;
    }
    return json_array_extend(json_object_get(run->merged, "benchmarks"),
                             json_object_get(document, "benchmarks"));
}

/* In later runs of a round only what differs is of interest: the malloc, and ours to compare with; the
 * debug layer and tracing are slow and steady, so the first round's figures will do. Objects are not
 * malloc's matter. */
static void
add_run_flags(struct bench_run *run, const struct bench_preload *library, uint64_t round,
              char *expect, size_t expect_bytes) {
    bool is_first = library == run->libraries;

    if (run->rounds > 0 || run->table_only)
        run->flags[run->flag_count++] = "--quiet";
    if (run->rounds > 0 && !is_first)
        run->flags[run->flag_count++] = "--without=debug,traced,pymalloc,rt,cpython";
    else if (run->rounds > 0 && round > 0)
        run->flags[run->flag_count++] = "--without=debug,traced";
    if (library->path[0] != '\0') {
        snprintf(expect, expect_bytes, "--malloc=%s", library->path);
        run->flags[run->flag_count++] = expect;
    }
    run->flags[run->flag_count] = NULL;
}

static int
run_once(struct bench_run *run, const struct bench_preload *library, uint64_t round) {
    char expect[BENCH_PRELOAD_PATH_BYTES + 16];
    size_t flag_count = run->flag_count;
    struct bench_launch launch = {run->python, run->module_directory,
                                  library->path[0] == '\0' ? NULL : library->path,
                                  (char *const *)run->flags};
    json_t *results;
    int status;

    if (run->rounds > 0 && isatty(STDERR_FILENO))
        fprintf(stderr, "\rround %d of %d: %-20s", (int)round + 1, (int)run->rounds,
                library->label);
    add_run_flags(run, library, round, expect, sizeof expect);
    status = bench_launch_run(&launch, &results);
    run->flag_count = flag_count;
    if (results != NULL && merge(run, results, library->label) < 0 && status == BENCH_STATUS_DONE)
        status = bench_say(BENCH_STATUS_ENVIRONMENT, "bench: the run's results cannot be read");
    if (results == NULL && status == BENCH_STATUS_DONE && !run->is_listing)
        status = bench_say(BENCH_STATUS_ENVIRONMENT, "bench: %s ended without results%s",
                           run->python == NULL ? "the run" : run->python,
                           run->python == NULL ? "" : ": is it Python?");
    json_decref(results);
    return status;
}

/* Rounds are interleaved: every malloc once, then every malloc again. */
static int
run_all(struct bench_run *run) {
    uint64_t rounds = run->rounds == 0 ? 1 : run->rounds;
    int status = BENCH_STATUS_DONE;

    for (uint64_t round = 0; round < rounds && status == BENCH_STATUS_DONE; round++)
        for (size_t i = 0; i < run->library_count && status == BENCH_STATUS_DONE; i++)
            status = run_once(run, &run->libraries[i], round);
    if (run->rounds > 0 && isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    return status;
}

/* ---- Output ------------------------------------------------------------------------------------- */

/* What is there to be compared stands side by side. */
static bool
is_wide(const struct bench_run *run) {
    return run->rounds > 0 || (run->engine != NULL && strcmp(run->engine->name, "both") == 0);
}

static void
print_context(const struct bench_run *run) {
    const json_t *context = json_object_get(run->merged, "context");
    const char *library = json_string_value(json_object_get(context, "library_build_type"));

    printf("\nns/op: processor time, median of all samples. ratio: to pool or rt in the same "
           "process, median of the processes.\nspread: (most - least) / median%s. Ran in: %s; "
           "malloc: %s.\n",
           is_wide(run) ? ", the largest of the row" : "",
           json_string_value(json_object_get(context, "host")),
           json_string_value(json_object_get(context, "system_malloc")));
    if (run->rounds > 0 && library != NULL && strcmp(library, "debug") == 0)
        puts("Google Benchmark's library says it is a debug build; no loop measured here runs in "
             "it.");
}

static int
write_merged(const struct bench_run *run) {
    if (run->rounds == 0 || run->out_path == NULL)
        return BENCH_STATUS_DONE;
    if (json_dump_file(run->merged, run->out_path, JSON_INDENT(2)) < 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "bench: cannot write %s: %s", run->out_path,
                         strerror(errno));
    return BENCH_STATUS_DONE;
}

/* What has been finished is shown, also after an interrupt. */
static int
show(const struct bench_run *run, int status) {
    int written;

    if (run->merged == NULL || run->is_listing || run->is_formatted)
        return status;
    if (!run->table_only && run->rounds == 0)
        putchar('\n');
    if (is_wide(run))
        bench_ratios_print_wide(run->ratios, stdout);
    else
        bench_ratios_print_long(run->ratios, stdout);
    print_context(run);
    written = write_merged(run);
    return status == BENCH_STATUS_DONE ? written : status;
}

static int
run_prepared(struct bench_run *run) {
    int status = check_arguments(run);

    if (status == BENCH_STATUS_DONE)
        status = choose_libraries(run);
    if (status == BENCH_STATUS_DONE)
        status = choose_python(run);
    if (status != BENCH_STATUS_DONE)
        return status;
    run->ratios = bench_ratios_create();
    if (run->ratios == NULL)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "bench: out of memory");
    status = show(run, run_all(run));
    json_decref(run->merged);
    bench_ratios_destroy(run->ratios);
    return status;
}

static int
run_bench(int argc, char **argv) {
    struct bench_run *run;
    char **own;
    int status;

    if (argc > 1 && strcmp(argv[1], "--worker") == 0)
        return bench_micro_run(argc - 1, argv + 1, "gcsweep");
    run = calloc(1, sizeof *run);
    own = calloc((size_t)argc + 1, sizeof *own);
    if (run == NULL || own == NULL)
        status = bench_say(BENCH_STATUS_ENVIRONMENT, "bench: out of memory");
    else if ((status = read_arguments(run, argc, argv, own)) == BENCH_STATUS_DONE)
        status = run_prepared(run);
    free(own);
    free(run);
    return status;
}

const struct bench_verb bench_verb_bench = {
    .name = "bench",
    .summary = "micro-benchmarks: allocator, objects and collector beside malloc and CPython",
    .help =
        "usage: gcsweep bench [--engine NAME | --subjects LIST] [--preload NAME|PATH|all]\n"
        "                     [--rounds N] [--set KNOB=VALUE] [--python PATH | --no-python]\n"
        "                     [--table] [--benchmark_...]\n"
        "\n"
        "Runs small benchmarks of allocators, of objects and of the collector and prints a\n"
        "table: nanoseconds for an operation, the ratio to ours, and the spread.\n"
        "\n"
        "Subjects of alloc/: pool (our runtime), debug (its debug layer), traced (each\n"
        "block recorded), system (the process's malloc) and pymalloc; of object/, collect/\n"
        "and word/: rt (our runtime) and cpython; of header/: rt, called directly, and\n"
        "engine, through the vocabulary that workloads are written in. For pymalloc and\n"
        "cpython all of them run inside a Python executable, which loads the benchmarks as\n"
        "an extension module; without one the others run natively.\n"
        "\n"
        "  --engine NAME    rt: our runtime alone; cpython: CPython alone; both: each benchmark\n"
        "                   that both have in one line, with the ratio. Without it, all\n"
        "                   subjects that can run here\n"
        "  --preload NAME   jemalloc, mimalloc or tcmalloc in malloc's place; or the path\n"
        "                   of a library; or `all`: each of the three and the system's,\n"
        "                   in processes of their own, in one table\n"
        "  --rounds N       N processes for each malloc, interleaved (with `all`: 5)\n"
        "  --subjects LIST  only these, e.g. pool,system or rt,cpython\n"
        "  --set KNOB=VALUE a knob of the runtime, e.g. alloc.thp=always; repeatable\n"
        "  --python PATH    the Python executable to run in\n"
        "  --no-python      run natively\n"
        "  --table          the table alone, without Google Benchmark's own lines\n"
        "  --smoke          each benchmark once, with few blocks: does it work?\n"
        "\n"
        "All flags of Google Benchmark pass through; the more useful ones:\n"
        "  --benchmark_list_tests          names, and nothing is run\n"
        "  --benchmark_filter=REGEX        only names that match (-REGEX: that do not),\n"
        "                                  e.g. object/\n"
        "  --benchmark_repetitions=N       samples of each, 5 unless said otherwise\n"
        "  --benchmark_min_time=SECONDS    of a sample, 0.01 unless said otherwise\n"
        "  --benchmark_out=FILE            all results as JSON, knobs and build included\n"
        "  --benchmark_format=json         JSON on stdout, and nothing else\n"
        "\n"
        "Names are <module>/<operation>/<parameter>/<subject>: alloc/..., object/...,\n"
        "collect/..., word/... and header/.... Some run only when the filter has their\n"
        "number in it: --benchmark_filter=collect/live/.*/10000000, collect/gcbench/.*/18,\n"
        "which take minutes, and collect/gcbench/.*/off/16;\n"
        "bench/micro/README.md says what each measures, docs/microbenchmarks.md how to read\n"
        "the figures.\n"
        "\n"
        "Exit status: 0 done, 1 a benchmark failed, 2 the call is wrong, 3 a library or\n"
        "Python is missing, 130 interrupted (the table shows what was finished).\n",
    .run = run_bench,
};
