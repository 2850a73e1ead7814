/* SPDX-License-Identifier: MIT
 *
 * verbs/sweep.c: `gcsweep sweep`: every configuration of a grid, several times, into one run file.
 *
 * Nothing is written before the whole plan has been checked.
 */
#include "bench/verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/lanes.h"
#include "bench/advice.h"
#include "bench/measure.h"
#include "bench/option.h"
#include "bench/plan.h"
#include "bench/report.h"
#include "bench/run_file.h"
#include "bench/runner.h"
#include "bench/say.h"
#include "bench/shard.h"
#include "bench/suite.h"
#include "bench/summary.h"
#include "bench/sweep.h"
#include "bench/target.h"

extern const struct bench_verb bench_verb_sweep;

enum {
    SET,
    EXCLUDE,
    SHARD,
    JOBS,
    JOBS_ANYWAY,
    REPS,
    SEED,
    ENGINE,
    PYTHON,
    PRELOAD,
    OUT,
    RESUME,
    REPORT,
    DRY_RUN,
    TIME_LIMIT,
    MEMORY_LIMIT,
    SAMPLE,
    PROGRESS,
    JSON
};

static const struct bench_option options[] = {
    [SET] = {"--set", true},
    [EXCLUDE] = {"--exclude", true},
    [SHARD] = {"--shard", true},
    [JOBS] = {"--jobs", true},
    [JOBS_ANYWAY] = {"--jobs-anyway", false},
    [REPS] = {"--reps", true},
    [SEED] = {"--seed", true},
    [ENGINE] = {"--engine", true},
    [PYTHON] = {"--python", true},
    [PRELOAD] = {"--preload", true},
    [OUT] = {"--out", true},
    [RESUME] = {"--resume", false},
    [REPORT] = {"--report", false},
    [DRY_RUN] = {"--dry-run", false},
    [TIME_LIMIT] = {"--time-limit", true},
    [MEMORY_LIMIT] = {"--memory-limit", true},
    [SAMPLE] = {"--sample", true},
    [PROGRESS] = {"--progress", true},
    [JSON] = {"--json", false},
    {NULL, false},
};

enum {
    PATH_BYTES = BENCH_RUN_FILE_PATH_BYTES,
    WHY_BYTES = 512
};

struct call {
    struct bench_runner runner;
    struct bench_child_options child;
    const char *target, *out;
    const char **sets, **excludes; /* argc of them at most */
    size_t set_count, exclude_count;
    struct bench_shard shard;
    uint64_t seed, repetitions; /* 0: as the suite says */
    uint64_t jobs;
    bool resume, report, dry_run, json, jobs_anyway;
    enum bench_progress_mode progress;
    int argc;
    char **argv;
    char path[PATH_BYTES], python[PATH_BYTES];
};

/* ---- The call --------------------------------------------------------------------------------------- */

static int
take_flag_or_word(struct call *call, int option, const char *value) {
    switch (option) {
    case RESUME:
        call->resume = true;
        return BENCH_STATUS_DONE;
    case REPORT:
        call->report = true;
        return BENCH_STATUS_DONE;
    case JOBS_ANYWAY:
        call->jobs_anyway = true;
        return BENCH_STATUS_DONE;
    case DRY_RUN:
        call->dry_run = true;
        return BENCH_STATUS_DONE;
    case JSON:
        call->json = true;
        return BENCH_STATUS_DONE;
    case BENCH_OPTION_WORD:
        if (call->target != NULL)
            return bench_say(BENCH_STATUS_USAGE, "one suite or workload at a time: %s or %s",
                             call->target, value);
        call->target = value;
        return BENCH_STATUS_DONE;
    default:
        return BENCH_STATUS_USAGE;
    }
}

static int
take_option(struct call *call, int option, const char *value) {
    bool good = true;

    switch (option) {
    case SET:
        call->sets[call->set_count++] = value;
        break;
    case EXCLUDE:
        call->excludes[call->exclude_count++] = value;
        break;
    case SHARD:
        good = bench_shard_parse(value, &call->shard);
        break;
    case JOBS:
        good = bench_option_number("--jobs", value, 1, BENCH_LANES_MOST, &call->jobs);
        break;
    case REPS:
        good = bench_option_number("--reps", value, 1, BENCH_SUITE_REPETITIONS_MAX,
                                   &call->repetitions);
        break;
    case SEED:
        good = bench_option_number("--seed", value, 0, BENCH_TARGET_SEED_MAX, &call->seed);
        break;
    case ENGINE:
        call->runner.engine = value;
        break;
    case PYTHON:
        call->runner.python = value;
        break;
    case PRELOAD:
        call->runner.preload = value;
        break;
    case OUT:
        call->out = value;
        break;
    case TIME_LIMIT:
        return bench_runner_set_time_limit(&call->runner, value);
    case MEMORY_LIMIT:
        return bench_runner_set_memory_limit(&call->runner, value);
    case SAMPLE:
        return bench_runner_set_sample(&call->runner, value);
    case PROGRESS:
        good = bench_progress_parse(value, &call->progress);
        break;
    default:
        return take_flag_or_word(call, option, value);
    }
    return good ? BENCH_STATUS_DONE : BENCH_STATUS_USAGE;
}

static int
read_call(struct call *call, int argc, char **argv) {
    struct bench_option_reader reader;
    int option, status = BENCH_STATUS_DONE;

    bench_option_init(&reader, options, argc, argv);
    while (status == BENCH_STATUS_DONE && (option = bench_option_next(&reader)) != BENCH_OPTION_END)
        status = take_option(call, option, reader.value);
    if (status != BENCH_STATUS_DONE)
        return status;
    if (call->resume && call->out == NULL)
        return bench_say(BENCH_STATUS_USAGE, "--resume needs the name of the run: --out NAME");
    if (call->resume && (call->set_count > 0 || call->exclude_count > 0 || call->repetitions > 0 ||
                         call->shard.count > 0 || call->jobs > 0 || call->runner.engine != NULL ||
                         call->runner.python != NULL || call->runner.preload != NULL))
        return bench_say(BENCH_STATUS_USAGE,
                         "--resume goes on as planned: it takes no --set, --exclude, --reps, "
                         "--shard, --jobs, --engine, --python or --preload");
    if (call->jobs > 1 && !call->jobs_anyway)
        return bench_say(
            BENCH_STATUS_USAGE,
            "--jobs=%llu: cells that run at once disturb each other's times; if counts "
            "are what you want, say --jobs-anyway as well",
            (unsigned long long)call->jobs);
    if (call->out != NULL && (call->out[0] == '\0' || call->out[strlen(call->out) - 1] == '/'))
        return bench_say(BENCH_STATUS_USAGE, "--out=%s: not the name of a run", call->out);
    if (!call->resume && call->target == NULL)
        return bench_say(BENCH_STATUS_USAGE,
                         "sweep needs a suite or a workload (gcsweep list shows them)");
    return BENCH_STATUS_DONE;
}

/* Every --set, then every --exclude. What is wrong has been said. */
static int
apply_options(struct bench_suite *suite, const struct call *call) {
    char data[WHY_BYTES], name[64];
    struct rt_text why;

    rt_text_init(&why, data, sizeof data);
    for (size_t i = 0; i < call->set_count; i++) {
        const char *values = bench_target_split(call->sets[i], name, sizeof name);
        if (values == NULL)
            return BENCH_STATUS_USAGE;
        if (bench_suite_set(suite, name, values, &why) != 0)
            return bench_say(BENCH_STATUS_USAGE, "%s", data);
    }
    for (size_t i = 0; i < call->exclude_count; i++)
        if (bench_suite_exclude(suite, BENCH_EXCLUDE_ANYWHERE, call->excludes[i], &why) != 0)
            return bench_say(BENCH_STATUS_USAGE, "%s", data);
    return BENCH_STATUS_DONE;
}

/* The suite of that name, or one made of the workload of that name, with the options applied. */
static int
make_suite(struct bench_suite *suite, const struct call *call) {
    const struct wl_workload *workload = wl_registry_find(call->target);
    char data[WHY_BYTES];
    struct rt_text why;
    int error, status;

    rt_text_init(&why, data, sizeof data);
    error = bench_suite_load(suite, call->target, &why);
    if (error == -ENOENT && workload != NULL) {
        bench_suite_init(suite, workload->name);
        error = bench_suite_add(suite, workload) == NULL ? -ENOMEM : 0;
    }
    if (error == -ENOENT)
        return bench_target_refuse(call->target, true);
    if (error != 0)
        return bench_say(BENCH_STATUS_USAGE, "%s", data);
    status = apply_options(suite, call);
    if (status != BENCH_STATUS_DONE)
        bench_suite_fini(suite);
    return status;
}

/* ---- The run file ----------------------------------------------------------------------------------- */

static int
create_run(struct call *call, const struct bench_suite *suite, const struct bench_plan *plan,
           uint64_t repetitions, struct bench_store **ret_store) {
    char command[2048] = "gcsweep", why[WHY_BYTES], shard[BENCH_SHARD_TEXT_BYTES];
    const struct bench_run_file draft = {.suite = suite,
                                         .plan = plan,
                                         .command = command,
                                         .seed = call->seed,
                                         .repetitions = repetitions,
                                         .sample_ns = call->runner.sample_ns,
                                         .time_limit_ns = call->runner.time_limit_ns,
                                         .memory_limit_bytes = call->runner.memory_limit_bytes,
                                         .jobs = call->jobs,
                                         .shard = call->shard.count > 0 ? shard : NULL};
    int error;

    bench_shard_print(&call->shard, shard);
    for (int i = 0; i < call->argc; i++) {
        size_t length = strlen(command);
        snprintf(command + length, sizeof command - length, " %s", call->argv[i]);
    }
    error = bench_run_file_create(&draft, call->out, call->path, ret_store, why, sizeof why);
    if (error == 0)
        return BENCH_STATUS_DONE;
    return bench_say(error == -EEXIST || error == -ENOENT ? BENCH_STATUS_USAGE
                                                          : BENCH_STATUS_ENVIRONMENT,
                     "%s", why);
}

/* ---- Running ---------------------------------------------------------------------------------------- */

static int
say_how_to_go_on(const struct call *call, const struct bench_plan *plan, int status,
                 const char *what) {
    char name[BENCH_RUN_FILE_NAME_BYTES];

    bench_run_file_name(call->path, name);
    return bench_say(
        status, "%s: %zu of %zu cells are kept in %s; go on with: gcsweep sweep --resume --out %s",
        what, bench_sweep_done(plan), plan->cell_count, call->path,
        strncmp(call->path, "results/", 8) == 0 ? name : call->path);
}

/* With several jobs the store is closed meanwhile, and NULL if it cannot be opened again. */
static int
run_cells(struct call *call, struct bench_plan *plan, struct bench_store **store, char *why,
          size_t why_bytes) {
    const struct bench_sweep sweep = {.store = *store,
                                      .plan = plan,
                                      .child = &call->child,
                                      .engines = call->runner.engines,
                                      .engine_count = call->runner.engine_count,
                                      .progress = call->progress};
    int error;

    if (call->jobs <= 1)
        return bench_sweep_run(&sweep, why, why_bytes);
    bench_store_close(*store);
    *store = NULL;
    error = bench_lanes_run(&sweep, call->path, (unsigned)call->jobs, why, why_bytes);
    if (error == 0)
        error = bench_store_open(call->path, BENCH_STORE_RESUME, store, why, why_bytes);
    return error;
}

static void
say_note(void *context, const char *line) {
    (void)context;
    bench_say(0, "note: %s", line);
}

/* Once, before anything is measured. */
static void
say_conditions(void) {
    struct bench_advice advice = {0};

    (void)bench_env_each(bench_advice_take, &advice);
    bench_advice_each(&advice, say_note, NULL);
}

/* Adds to what was stolen before the sweep was resumed. */
static int
keep_steal(struct bench_store *store, uint64_t before_ns, uint64_t began_ns) {
    uint64_t now_ns, elapsed_ns = bench_measure_now_ns() - began_ns;
    char value[32] = "0", line[BENCH_ADVICE_BYTES];

    if (!bench_env_steal_ns("", &now_ns))
        return 0;
    if (bench_advice_steal(now_ns - before_ns, elapsed_ns, (uint64_t)sysconf(_SC_NPROCESSORS_ONLN),
                           line))
        say_note(NULL, line);
    (void)bench_store_fact(store, BENCH_STORE_RUN, "steal_ns", value, sizeof value);
    snprintf(value, sizeof value, "%llu",
             strtoull(value, NULL, 10) + (unsigned long long)(now_ns - before_ns));
    return bench_store_put_fact(store, BENCH_STORE_RUN, "steal_ns", value);
}

static int
run_plan(struct call *call, struct bench_plan *plan, struct bench_store **store) {
    char why[WHY_BYTES], finished[BENCH_MEASURE_UTC_BYTES];
    uint64_t steal_ns = 0, began_ns = bench_measure_now_ns();

    say_conditions();
    (void)bench_env_steal_ns("", &steal_ns);
    int error = run_cells(call, plan, store, why, sizeof why);

    if (*store != NULL && (error == 0 || error == -EINTR) &&
        keep_steal(*store, steal_ns, began_ns) != 0 && error == 0) {
        snprintf(why, sizeof why, "%s", bench_store_why(*store));
        error = -EIO;
    }
    if (error == -EINTR)
        return say_how_to_go_on(call, plan, BENCH_STATUS_INTERRUPTED, "interrupted");
    if (error != 0)
        return say_how_to_go_on(call, plan, BENCH_STATUS_ENVIRONMENT, why);
    bench_measure_utc(finished);
    error = bench_store_put_fact(*store, BENCH_STORE_RUN, "finished", finished);
    if (error == 0)
        error = bench_store_finish(*store);
    if (error != 0)
        return say_how_to_go_on(call, plan, BENCH_STATUS_ENVIRONMENT, bench_store_why(*store));
    return BENCH_STATUS_DONE;
}

static void
print_summary(const struct call *call, const struct bench_summary *summary, const char *page) {
    if (call->json) {
        json_t *document = bench_summary_json(summary);
        json_object_set_new(document, "schema", json_string("gcsweep.sweep/1"));
        json_object_set_new(document, "results", json_string(call->path));
        json_object_set_new(document, "report", page == NULL ? json_null() : json_string(page));
        bench_target_print_json(document);
        return;
    }
    bench_summary_print(summary, stdout);
    printf("results: %s\n", call->path);
    if (page != NULL)
        printf("report:  %s\n", page);
}

static int
report(const struct call *call, char page[PATH_BYTES]) {
    char why[WHY_BYTES];
    int error;

    bench_report_page_path(call->path, page, PATH_BYTES);
    error = bench_report_write(call->path, page, why, sizeof why);
    return error == 0 ? BENCH_STATUS_DONE : bench_say(bench_report_status(error), "%s", why);
}

/* Says what came of a run of which nothing is left to do. */
static int
tell(struct call *call, struct bench_store *store) {
    char why[WHY_BYTES], page[PATH_BYTES];
    struct bench_summary summary;
    int reported = BENCH_STATUS_DONE, status;

    if (bench_summary_read(&summary, store, why, sizeof why) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "%s: %s", call->path, why);
    if (call->report)
        reported = report(call, page);
    print_summary(call, &summary, call->report && reported == BENCH_STATUS_DONE ? page : NULL);
    if (summary.differing_cell != 0)
        bench_say(0, "%s: cells %lld and %lld do not give the same answer", call->path,
                  (long long)summary.other_cell, (long long)summary.differing_cell);
    status = bench_summary_is_good(&summary) ? reported : BENCH_STATUS_NO;
    bench_summary_fini(&summary);
    return status;
}

/* Runs what is left of the plan, and says what came of it. */
static int
run_and_tell(struct call *call, struct bench_plan *plan, struct bench_store **store) {
    int status = run_plan(call, plan, store);
    return status == BENCH_STATUS_DONE ? tell(call, *store) : status;
}

/* ---- The three ways --------------------------------------------------------------------------------- */

static void
print_plan(const struct bench_plan *plan, uint64_t repetitions) {
    for (size_t i = 0; i < plan->config_count; i++)
        printf("%-10s %s\n", plan->configs[i].cell.workload->name, plan->configs[i].label);
    printf("%zu configurations, %llu repetitions, %zu cells", plan->config_count,
           (unsigned long long)repetitions, plan->cell_count);
    if (plan->cell_count < plan->whole_count)
        printf(" of %zu in this shard", plan->whole_count);
    if (plan->excluded > 0)
        printf("; %zu combinations are excluded", plan->excluded);
    putchar('\n');
}

static int
print_plan_json(const struct bench_plan *plan, uint64_t repetitions) {
    json_t *configs = json_array();

    for (size_t i = 0; i < plan->config_count; i++)
        json_array_append_new(configs,
                              json_pack("{s:i, s:s, s:s, s:s, s:o}", "id", (int)i + 1, "workload",
                                        plan->configs[i].cell.workload->name, "engine",
                                        plan->configs[i].engine, "label", plan->configs[i].label,
                                        "knobs", bench_cell_knobs_json(&plan->configs[i].cell)));
    bench_target_print_json(
        json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I}", "schema", "gcsweep.plan/1", "configs",
                  configs, "repetitions", (json_int_t)repetitions, "cells",
                  (json_int_t)plan->cell_count, "whole_cells", (json_int_t)plan->whole_count,
                  "excluded", (json_int_t)plan->excluded, "beyond", (json_int_t)plan->beyond));
    return BENCH_STATUS_DONE;
}

static int
sweep_plan(struct call *call, const struct bench_suite *suite, struct bench_plan *plan,
           uint64_t repetitions) {
    struct bench_store *store = NULL;
    int status;

    if (call->dry_run && call->json)
        return print_plan_json(plan, repetitions);
    if (call->dry_run) {
        print_plan(plan, repetitions);
        return BENCH_STATUS_DONE;
    }
    status = bench_runner_open(&call->runner, &call->child);
    if (status == BENCH_STATUS_DONE)
        status = create_run(call, suite, plan, repetitions, &store);
    if (status == BENCH_STATUS_DONE)
        status = run_and_tell(call, plan, &store);
    bench_store_close(store);
    return status;
}

/* Once is enough. */
static void
doubt_preloads(const struct call *call, const struct bench_plan *plan) {
    for (size_t i = 0; i < plan->config_count; i++)
        for (size_t k = 0; k < call->runner.engine_count; k++)
            if (strcmp(call->runner.engines[k].name, plan->configs[i].engine) == 0 &&
                bench_runner_doubt_preload(&call->runner.engines[k], &plan->configs[i].cell))
                return;
}

static int
sweep_new(struct call *call) {
    uint64_t repetitions;
    struct bench_suite suite;
    struct bench_plan plan;
    char data[WHY_BYTES];
    struct rt_text why;
    int status = make_suite(&suite, call);

    if (status != BENCH_STATUS_DONE)
        return status;
    status = bench_runner_find(&call->runner);
    if (status != BENCH_STATUS_DONE) {
        bench_suite_fini(&suite);
        return status;
    }
    suite.engines = call->runner.engines;
    suite.engine_count = call->runner.engine_count;
    rt_text_init(&why, data, sizeof data);
    repetitions = call->repetitions > 0 ? call->repetitions : suite.repetitions;
    if (bench_plan_make(&plan, &suite, repetitions, call->seed, &why) == 0) {
        doubt_preloads(call, &plan);
        if (plan.beyond > 0)
            (void)bench_say(0, "note: %zu combinations are left out, the first of them: %s",
                            plan.beyond, plan.beyond_why);
        status = bench_shard_take(&call->shard, &plan, repetitions, &why) == 0
                     ? sweep_plan(call, &suite, &plan, repetitions)
                     : bench_say(BENCH_STATUS_USAGE, "%s", data);
        bench_plan_fini(&plan);
    } else {
        status = bench_say(BENCH_STATUS_USAGE, "%s", data);
    }
    bench_suite_fini(&suite);
    return status;
}

/* Limits are those of the run. */
static void
read_limits(struct call *call, struct bench_store *store) {
    const struct {
        const char *key;
        uint64_t *number;
    } limits[] = {{"sample_ns", &call->child.sample_ns},
                  {"time_limit_ns", &call->child.time_limit_ns},
                  {"memory_limit_bytes", &call->child.memory_limit_bytes},
                  {"jobs", &call->jobs}};

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        char value[32];
        if (bench_store_fact(store, BENCH_STORE_RUN, limits[i].key, value, sizeof value) == 0)
            *limits[i].number = strtoull(value, NULL, 10);
    }
}

/* The engines are those of the plan, and Python is the same as then. */
static int
find_engines(struct call *call, const struct bench_plan *plan, struct bench_store *store) {
    char version[32] = "";
    int status = BENCH_STATUS_DONE;

    if (bench_store_fact(store, BENCH_STORE_RUN, "python", call->python, sizeof call->python) == 0)
        call->runner.python = call->python;
    (void)bench_store_fact(store, BENCH_STORE_RUN, "python_version", version, sizeof version);
    for (size_t i = 0; status == BENCH_STATUS_DONE && i < plan->config_count; i++)
        status = bench_runner_add(&call->runner, plan->configs[i].engine);
    for (size_t i = 0; status == BENCH_STATUS_DONE && i < call->runner.engine_count; i++)
        if (call->runner.engines[i].is_python &&
            strcmp(call->runner.engines[i].version, version) != 0)
            status = bench_say(BENCH_STATUS_USAGE, "%s: %s was %s and is %s now: sweep again",
                               call->path, call->python, version, call->runner.engines[i].version);
    return status;
}

static int
check_target(const struct call *call, struct bench_store *store) {
    char suite[64] = "";

    if (call->target == NULL ||
        bench_store_fact(store, BENCH_STORE_RUN, "suite", suite, sizeof suite) != 0 ||
        strcmp(suite, call->target) == 0)
        return BENCH_STATUS_DONE;
    return bench_say(BENCH_STATUS_USAGE, "%s is a run of %s, not of %s", call->path, suite,
                     call->target);
}

/* A run that is finished already has nothing to go on with, and no need to. */
static int
tell_again(struct call *call) {
    struct bench_store *store;
    char why[WHY_BYTES];
    int status;

    if (bench_store_open(call->path, BENCH_STORE_READ, &store, why, sizeof why) != 0)
        return bench_say(BENCH_STATUS_USAGE, "%s", why);
    status = check_target(call, store);
    if (status == BENCH_STATUS_DONE)
        status = tell(call, store);
    bench_store_close(store);
    return status;
}

static int
sweep_resume(struct call *call) {
    char data[WHY_BYTES] = "";
    struct bench_store *store;
    struct bench_plan plan;
    struct rt_text why;
    int status;

    bench_run_file_path(call->out, call->path);
    int error = bench_store_open(call->path, BENCH_STORE_RESUME, &store, data, sizeof data);
    if (error == -EROFS)
        return tell_again(call);
    if (error != 0)
        return bench_say(error == -ENOSPC ? BENCH_STATUS_ENVIRONMENT : BENCH_STATUS_USAGE, "%s",
                         data);
    rt_text_init(&why, data, sizeof data);
    status = check_target(call, store);
    if (status == BENCH_STATUS_DONE)
        status = bench_runner_open(&call->runner, &call->child);
    if (status == BENCH_STATUS_DONE) {
        read_limits(call, store);
        if (bench_plan_load(&plan, store, &why) != 0) {
            status = bench_say(BENCH_STATUS_USAGE, "%s: %s", call->path, data);
        } else {
            status = find_engines(call, &plan, store);
            if (status == BENCH_STATUS_DONE)
                status = run_and_tell(call, &plan, &store);
            bench_plan_fini(&plan);
        }
    }
    bench_store_close(store);
    return status;
}

static int
run_sweep(int argc, char **argv) {
    struct call call = {
        .seed = 1, .argc = argc, .argv = argv, .sets = calloc((size_t)argc * 2, sizeof *call.sets)};
    int status;

    if (call.sets == NULL)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "out of memory");
    call.excludes = call.sets + argc;
    bench_runner_init(&call.runner);
    status = read_call(&call, argc, argv);
    call.jobs += call.jobs == 0;
    if (status == BENCH_STATUS_DONE)
        status = call.resume ? sweep_resume(&call) : sweep_new(&call);
    free(call.sets);
    return status;
}

const struct bench_verb bench_verb_sweep = {
    .name = "sweep",
    .summary = "run a grid of configurations into one run file",
    .help =
        "usage: gcsweep sweep SUITE|WORKLOAD [--set KNOB=VALUES]... [OPTION]...\n"
        "       gcsweep sweep --resume --out NAME\n"
        "\n"
        "Runs every combination of the values of its knobs on each engine, each in a fresh "
        "process,\n"
        "several times: in blocks that have every combination once, in random order, with one seed "
        "a\n"
        "block; in the first block the ends of each axis come first, then its middle, so that the "
        "shape\n"
        "shows early. The results go to results/NAME.db; a table of medians is printed at the "
        "end.\n"
        "\n"
        "  --set KNOB=VALUES  vary a knob, or set it: a,b,c; 1..5 (by one; sizes by doubling); "
        "0..100+25;\n"
        "                     1..1000*10. Takes the place of what the suite says of that knob\n"
        "  --exclude TERMS    leave out what is all of TERMS, such as 'gc.mode=off "
        "gc.threshold0=100,700';\n"
        "                     engine=NAME is a term, too. May be given several times\n"
        "  --shard I/N        run only the I-th of N parts of the plan, for N machines; gcsweep "
        "merge puts\n"
        "                     them together. A part is whole blocks, or if there are not enough of "
        "them\n"
        "                     what whole blocks have of whole workloads\n"
        "  --reps N           blocks (the suite's number; 5 for a workload)\n"
        "  --seed N           seed of order and blocks, 0 to 2^53-1 (1)\n"
        "  --engine NAMES     what runs the cells: rt, cpython, both, an executable's path; a,b "
        "(rt)\n"
        "  --python PATH      the Python for engine cpython (the system's)\n"
        "  --preload NAMES    the malloc of the cells, another axis: none, jemalloc, mimalloc, "
        "tcmalloc,\n"
        "                     the path of a library; a,b (none). Of use with "
        "alloc.backend=system\n"
        "  --jobs N           run N cells at once (1). They disturb each other's times, so above 1 "
        "it "
        "takes\n"
        "                     --jobs-anyway, too, and the results say so; counts and answers stay "
        "the same\n"
        "  --out NAME         name of the run, or a path; never overwrites (SUITE-1, SUITE-2, "
        "...)\n"
        "  --resume           go on with the run that --out names\n"
        "  --report           write results/NAME.html as well\n"
        "  --dry-run          print the plan, run nothing, write nothing\n"
        "  --time-limit TIME  end a cell after this long, e.g. 90s or 5min (10min)\n"
        "  --memory-limit N   end a cell when more is resident, e.g. 2GiB (no limit)\n"
        "  --sample TIME      distance of two samples of a cell's memory (1ms; 10ms on one "
        "processor)\n"
        "  --progress=WHEN    auto: on a terminal; always: in a log too, a line every 10 s; "
        "never.\n"
        "                     It names the best and the worst configuration so far, by wall time, "
        "99th\n"
        "                     percentile and peak memory together, over the one they are compared "
        "with\n"
        "  --json             print one JSON document instead of the table\n"
        "\n"
        "A cell that fails, runs out of memory or of time is recorded as that, and the sweep goes "
        "on.\n"
        "Ctrl-C ends it and keeps what is done, and so does a full disk. A finished run can only "
        "be "
        "read.\n"
        "\n"
        "Examples:\n"
        "  gcsweep sweep quick --report\n"
        "  gcsweep sweep churn --set alloc.arena=256KiB..16MiB --set "
        "churn.lifetime_law=fifo,random\n"
        "  gcsweep sweep bullets --engine both --set gc.threshold0=700,7000\n"
        "  gcsweep sweep churn --set alloc.backend=system --preload none,jemalloc,mimalloc\n"
        "\n"
        "Exit status: 0 every cell finished and all answers agree; 1 not so; 2 the call is wrong;\n"
        "3 something is missing here; 130 interrupted.\n",
    .run = run_sweep,
};
