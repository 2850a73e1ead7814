/* SPDX-License-Identifier: MIT
 *
 * micro.c: the program that the micro-benchmarks make. See micro.h.
 */
#include "bench/micro/micro.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gbench.h"
#include "bench/micro/subject.h"
#include "bench/say.h"
#include "bench/verb.h"

/* What the build says about itself; the build system knows better and overrides it. */
#if !defined(BENCH_BUILD_TYPE)
#define BENCH_BUILD_TYPE "unknown"
#endif

struct options {
    const char *results_path, *malloc_path;
    bool quiet;
};

const char *
bench_micro_subject_name(enum bench_subject subject) {
    static const char *const names[] = {"pool",     "debug", "traced",  "system",
                                        "pymalloc", "rt",    "cpython", "engine"};

    return names[subject];
}

int
bench_micro_heap_create(const struct bench_micro *micro, enum bench_subject subject,
                        struct rt **ret_rt) {
    struct rt_config config = micro->config;
    int error;

    if (bench_subject_path(subject) != BENCH_PATH_RT)
        return 0;
    config.alloc_backend = subject == BENCH_SUBJECT_DEBUG ? RT_BACKEND_DEBUG : RT_BACKEND_POOL;
    error = rt_create(&config, NULL, ret_rt);
    if (error < 0 || subject != BENCH_SUBJECT_TRACED)
        return error;
    rt_trace_push(*ret_rt, "bench", 1);
    error = rt_trace_start(*ret_rt, 1);
    if (error < 0) {
        rt_destroy(*ret_rt);
        *ret_rt = NULL;
    }
    return error;
}

/* ---- Arguments ---------------------------------------------------------------------------------- */

static int
set_knob(struct bench_micro *micro, const char *assignment) {
    char line[256];
    struct rt_text why;

    rt_text_init(&why, line, sizeof line);
    if (rt_knob_assign(rt_config_knobs(), &micro->config, assignment, &why) < 0)
        return bench_say(BENCH_STATUS_USAGE, "bench: %s", line);
    return BENCH_STATUS_DONE;
}

/* Knobs that do not go together. */
static int
check_config(const struct bench_micro *micro) {
    char line[256];
    struct rt_text why;

    rt_text_init(&why, line, sizeof line);
    if (rt_config_check(&micro->config, &why) < 0)
        return bench_say(BENCH_STATUS_USAGE, "bench: %s", line);
    return BENCH_STATUS_DONE;
}

/* The subject of that name, or BENCH_SUBJECT_COUNT. */
static int
find_subject(const char *name, size_t length) {
    int subject = 0;

    for (; subject < BENCH_SUBJECT_COUNT; subject++) {
        const char *known = bench_micro_subject_name((enum bench_subject)subject);
        if (strlen(known) == length && strncmp(known, name, length) == 0)
            break;
    }
    return subject;
}

static void
drop_absent(struct bench_micro *micro) {
    micro->wanted[BENCH_SUBJECT_PYMALLOC] &= BENCH_SUBJECT_HAS_PYTHON;
    micro->wanted[BENCH_SUBJECT_CPYTHON] &= BENCH_SUBJECT_HAS_PYTHON;
}

static int
choose_subjects(struct bench_micro *micro, const char *list, bool is_wanted) {
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        int subject = find_subject(list, length);
        if (subject == BENCH_SUBJECT_COUNT)
            return bench_say(BENCH_STATUS_USAGE,
                             "bench: no subject is called '%.*s' (pool, debug, traced, system, "
                             "pymalloc, rt, cpython, engine)",
                             (int)length, list);
        micro->wanted[subject] = is_wanted;
        list += length + (list[length] == ',');
    }
    drop_absent(micro);
    return BENCH_STATUS_DONE;
}

/* The text behind "--name=", or NULL. */
static const char *
value_of(const char *argument, const char *name) {
    size_t length = strlen(name);

    return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

/* What Google Benchmark has left over. */
static int
refuse_flag(const char *argument) {
    static const char *const names[] = {"--benchmark_color",
                                        "--benchmark_context",
                                        "--benchmark_counters_tabular",
                                        "--benchmark_display_aggregates_only",
                                        "--benchmark_enable_random_interleaving",
                                        "--benchmark_filter",
                                        "--benchmark_format",
                                        "--benchmark_list_tests",
                                        "--benchmark_min_time",
                                        "--benchmark_min_warmup_time",
                                        "--benchmark_out",
                                        "--benchmark_out_format",
                                        "--benchmark_perf_counters",
                                        "--benchmark_repetitions",
                                        "--benchmark_report_aggregates_only",
                                        "--benchmark_time_unit",
                                        "--v",
                                        NULL};
    char name[64], hint[96];
    const char *guess;

    snprintf(name, sizeof name, "%.*s", (int)strcspn(argument, "="), argument);
    guess = bench_say_guess(name, names);
    if (guess != NULL && strcmp(guess, name) == 0)
        return bench_say(BENCH_STATUS_USAGE, "bench: %s is not what %s takes", argument, name);
    return bench_say(BENCH_STATUS_USAGE, "bench: Google Benchmark has no flag %s%s", name,
                     bench_say_nearest(guess, hint, sizeof hint));
}

static int
take_argument(struct bench_micro *micro, struct options *options, const char *argument) {
    const char *value;

    if ((value = value_of(argument, "--results=")) != NULL)
        options->results_path = value;
    else if ((value = value_of(argument, "--malloc=")) != NULL)
        options->malloc_path = value;
    else if ((value = value_of(argument, "--subjects=")) != NULL) {
        memset(micro->wanted, 0, sizeof micro->wanted);
        return choose_subjects(micro, value, true);
    } else if ((value = value_of(argument, "--without=")) != NULL)
        return choose_subjects(micro, value, false);
    else if ((value = value_of(argument, "--set=")) != NULL)
        return set_knob(micro, value);
    else if (strcmp(argument, "--quiet") == 0)
        options->quiet = true;
    else if (strcmp(argument, "--smoke") == 0)
        micro->many = 20000;
    else
        return refuse_flag(argument);
    return BENCH_STATUS_DONE;
}

/* ---- Context ------------------------------------------------------------------------------------ */

/* The library that malloc comes from; "" when the linker does not say. The first in the linker's order
 * that defines it, since the address of malloc may be a stub in the executable. */
static const char *
find_malloc(void) {
    void *program = dlopen(NULL, RTLD_LAZY);
    struct link_map *map = NULL;
    const char *found = "";

    if (program == NULL || dlinfo(program, RTLD_DI_LINKMAP, &map) < 0)
        return "";
    for (map = map->l_next; map != NULL && *found == '\0'; map = map->l_next) {
        Dl_info source = {0};
        void *library = dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD);
        void *address = library == NULL ? NULL : dlsym(library, "malloc");
        if (address != NULL && dladdr(address, &source) != 0 &&
            strcmp(source.dli_fname, map->l_name) == 0)
            found = map->l_name;
        if (library != NULL)
            dlclose(library);
    }
    dlclose(program);
    return found;
}

/* The dynamic linker only warns about a library that it cannot preload, and one that it can may have no
 * malloc: figures would bear a wrong name. */
static int
check_malloc(const char *wanted) {
    char *wanted_real, *found_real;
    bool is_same;

    if (wanted == NULL)
        return BENCH_STATUS_DONE;
    wanted_real = realpath(wanted, NULL);
    found_real = realpath(find_malloc(), NULL);
    is_same = wanted_real != NULL && found_real != NULL && strcmp(wanted_real, found_real) == 0;
    free(wanted_real);
    free(found_real);
    if (is_same)
        return BENCH_STATUS_DONE;
    return bench_say(
        BENCH_STATUS_ENVIRONMENT,
        "bench: %s is preloaded, but malloc is still that of %s: it replaces no malloc", wanted,
        find_malloc());
}

/* What the JSON says about the run, beside what Google Benchmark says by itself. */
static void
describe_run(const struct bench_micro *micro, const char *host) {
    struct rt_knob_table knobs = rt_config_knobs();

    bench_gbench_add_context("host", host);
    bench_gbench_add_context("system_malloc", find_malloc());
    bench_gbench_add_context("build_type", BENCH_BUILD_TYPE);
    bench_gbench_add_context("compiler", __VERSION__);
    for (size_t i = 0; i < knobs.count; i++) {
        char value[64];
        struct rt_text text;
        if (strcmp(knobs.rows[i].name, "alloc.backend") == 0)
            continue;
        rt_text_init(&text, value, sizeof value);
        rt_knob_print(&knobs.rows[i], &micro->config, &text);
        bench_gbench_add_context(knobs.rows[i].name, value);
    }
}

/* ---- Running ------------------------------------------------------------------------------------ */

static int
run_registered(const struct options *options) {
    struct bench_gbench_outcome outcome;
    char why[256] = "";
    int error = bench_gbench_run(options->results_path, options->quiet, &outcome, why, sizeof why);

    if (error == -EINVAL)
        return bench_say(BENCH_STATUS_USAGE, "bench: %s", why);
    if (error < 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "bench: %s", strerror(-error));
    if (outcome.failed > 0)
        return bench_say(BENCH_STATUS_NO, "bench: %zu runs failed, see their error messages",
                         outcome.failed);
    return BENCH_STATUS_DONE;
}

/* What stands behind a flag of Google Benchmark, of which the last one counts; NULL: it is not there. */
static const char *
find_flag(int argc, char **argv, const char *name) {
    const char *found = NULL;

    for (int i = 1; i < argc; i++) {
        const char *value = value_of(argv[i], name);
        if (value != NULL)
            found = value;
    }
    return found;
}

/* What the benchmarks themselves have to know of the library's flags. */
static void
note_flags(struct bench_micro *micro, int argc, char **argv) {
    const char *repetitions = find_flag(argc, argv, "--benchmark_repetitions=");
    const char *min_time = find_flag(argc, argv, "--benchmark_min_time=");

    micro->filter = find_flag(argc, argv, "--benchmark_filter=");
    /* The library would match and list names with the time in them. */
    micro->is_exact = find_flag(argc, argv, "--benchmark_list_tests") != NULL ||
                      (micro->filter != NULL && strchr(micro->filter, '$') != NULL);
    micro->min_time = min_time == NULL ? 0 : strtod(min_time, NULL);
    micro->repetitions = repetitions == NULL ? 1 : (uint32_t)strtoul(repetitions, NULL, 10);
}

typedef int (*register_fn)(const struct bench_micro *micro, void **ret_memory);

static const register_fn modules[] = {
    bench_alloc_register,  bench_object_register, bench_collect_register, bench_word_register,
    bench_header_register, bench_hist_register,   bench_mark_register};

int
bench_micro_run(int argc, char **argv, const char *host) {
    struct bench_micro micro = {.many = 1000000};
    struct options options = {0};
    void *memories[RT_COUNT_OF(modules)] = {NULL};
    int status = BENCH_STATUS_DONE;

    memset(micro.wanted, true, sizeof micro.wanted);
    drop_absent(&micro);
    rt_config_init(&micro.config);
    note_flags(&micro, argc, argv);
    if (bench_gbench_init(&argc, argv) < 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "bench: no memory for the flags");
    for (int i = 1; i < argc && status == BENCH_STATUS_DONE; i++)
        status = take_argument(&micro, &options, argv[i]);
    if (status == BENCH_STATUS_DONE)
        status = check_config(&micro);
    if (status == BENCH_STATUS_DONE)
        status = check_malloc(options.malloc_path);
    if (status != BENCH_STATUS_DONE)
        return status;
    describe_run(&micro, host);
    for (size_t i = 0; i < RT_COUNT_OF(modules) && status == BENCH_STATUS_DONE; i++)
        if (modules[i](&micro, &memories[i]) < 0)
            status = bench_say(BENCH_STATUS_ENVIRONMENT, "bench: no memory for the benchmarks");
    if (status == BENCH_STATUS_DONE)
        status = run_registered(&options);
    bench_gbench_clear();
    for (size_t i = 0; i < RT_COUNT_OF(modules); i++)
        free(memories[i]);
    return status;
}
