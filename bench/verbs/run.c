/* SPDX-License-Identifier: MIT
 *
 * verbs/run.c: `gcsweep run`: one workload, once, in a fresh process.
 */
#include "bench/verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cell.h"
#include "bench/glance.h"
#include "bench/option.h"
#include "bench/record.h"
#include "bench/run_text.h"
#include "bench/runner.h"
#include "bench/say.h"
#include "bench/target.h"

extern const struct bench_verb bench_verb_run;

enum {
    SET,
    SEED,
    ENGINE,
    PYTHON,
    PRELOAD,
    JSON,
    TIME_LIMIT,
    MEMORY_LIMIT,
    SAMPLE
};

static const struct bench_option options[] = {
    [SET] = {"--set", true},
    [SEED] = {"--seed", true},
    [ENGINE] = {"--engine", true},
    [PYTHON] = {"--python", true},
    [PRELOAD] = {"--preload", true},
    [JSON] = {"--json", false},
    [TIME_LIMIT] = {"--time-limit", true},
    [MEMORY_LIMIT] = {"--memory-limit", true},
    [SAMPLE] = {"--sample", true},
    {NULL, false},
};

struct call {
    struct bench_runner runner;
    const char *workload;
    const char **sets; /* argc of them at most */
    size_t set_count;
    uint64_t seed;
    bool json;
};

static int
take_option(struct call *call, int option, const char *value) {
    switch (option) {
    case SET:
        call->sets[call->set_count++] = value;
        return BENCH_STATUS_DONE;
    case SEED:
        return bench_option_number("--seed", value, 0, BENCH_TARGET_SEED_MAX, &call->seed)
                   ? BENCH_STATUS_DONE
                   : BENCH_STATUS_USAGE;
    case ENGINE:
        call->runner.engine = value;
        return BENCH_STATUS_DONE;
    case PYTHON:
        call->runner.python = value;
        return BENCH_STATUS_DONE;
    case PRELOAD:
        call->runner.preload = value;
        return BENCH_STATUS_DONE;
    case JSON:
        call->json = true;
        return BENCH_STATUS_DONE;
    case TIME_LIMIT:
        return bench_runner_set_time_limit(&call->runner, value);
    case MEMORY_LIMIT:
        return bench_runner_set_memory_limit(&call->runner, value);
    case SAMPLE:
        return bench_runner_set_sample(&call->runner, value);
    case BENCH_OPTION_WORD:
        if (call->workload != NULL)
            return bench_say(BENCH_STATUS_USAGE,
                             "one workload at a time: %s or %s (sweep takes grids)", call->workload,
                             value);
        call->workload = value;
        return BENCH_STATUS_DONE;
    default:
        return BENCH_STATUS_USAGE;
    }
}

static int
read_call(struct call *call, int argc, char **argv) {
    struct bench_option_reader reader;
    int option, status = BENCH_STATUS_DONE;

    bench_option_init(&reader, options, argc, argv);
    while (status == BENCH_STATUS_DONE && (option = bench_option_next(&reader)) != BENCH_OPTION_END)
        status = take_option(call, option, reader.value);
    if (status == BENCH_STATUS_DONE && call->workload == NULL)
        return bench_say(BENCH_STATUS_USAGE, "run needs a workload (gcsweep list shows them)");
    return status;
}

/* "name=value" for each --set. */
static int
set_all(struct bench_cell *cell, const struct call *call) {
    for (size_t i = 0; i < call->set_count; i++) {
        char name[64], data[256];
        struct rt_text why;
        rt_text_init(&why, data, sizeof data);
        const char *value = bench_target_split(call->sets[i], name, sizeof name);
        if (value == NULL)
            return BENCH_STATUS_USAGE;
        if (bench_cell_set(cell, name, value, &why) != 0)
            return bench_say(BENCH_STATUS_USAGE, "%s", data);
    }
    return BENCH_STATUS_DONE;
}

static int
make_cell(struct bench_cell *cell, const struct call *call) {
    const struct wl_workload *workload = wl_registry_find(call->workload);
    char data[256];
    struct rt_text why;
    int status;

    if (workload == NULL)
        return bench_target_refuse(call->workload, false);
    if (bench_cell_init(cell, workload) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "out of memory");
    cell->seed = call->seed;
    rt_text_init(&why, data, sizeof data);
    status = set_all(cell, call);
    if (status == BENCH_STATUS_DONE && bench_cell_check(cell, &why) != 0)
        status = bench_say(BENCH_STATUS_USAGE, "%s", data);
    for (size_t i = 0; status == BENCH_STATUS_DONE && i < call->runner.engine_count; i++)
        if (bench_engine_check(&call->runner.engines[i], cell, &why) != 0)
            status = bench_say(BENCH_STATUS_USAGE, "%s", data);
    if (status != BENCH_STATUS_DONE)
        bench_cell_fini(cell);
    return status;
}

/* ---- One run, or one on each engine ----------------------------------------------------------------- */

struct runs {
    struct bench_child_options child;
    struct bench_record *record; /* of the last one */
    json_t *documents;
    char digest[17]; /* of the first one that has one */
    bool agree;
    struct bench_glance glance; /* what standard output can show */
};

static void
print_record(const struct bench_record *record, const struct bench_cell *cell, const char *engine,
             const struct bench_glance *glance) {
    bench_run_text_print(record, cell, engine, glance, stdout);
    if (record->stderr_tail[0] != '\0')
        fprintf(stderr, "%s", record->stderr_tail);
}

static int
run_on(struct runs *runs, const struct bench_engine *engine, const struct bench_cell *demand,
       const struct call *call) {
    struct bench_record *record = runs->record;
    struct bench_cell cell = *demand; /* shares the workload's knobs, which stay as they are */
    int error;

    bench_runner_doubt_preload(engine, demand);
    bench_engine_settle(engine, &cell);
    error = bench_child_run_on(engine, &runs->child, &cell, record);
    if (error == -EINTR)
        return bench_say(BENCH_STATUS_INTERRUPTED, "interrupted");
    if (error != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "%s", record->why);
    if (runs->digest[0] == '\0')
        memcpy(runs->digest, record->digest, sizeof runs->digest);
    if (record->digest[0] != '\0' && strcmp(record->digest, runs->digest) != 0)
        runs->agree = false;
    if (call->json)
        json_array_append_new(runs->documents, bench_record_json(record, &cell, engine->name));
    else
        print_record(record, &cell, engine->name, &runs->glance);
    return record->state == BENCH_CELL_FINISHED ? BENCH_STATUS_DONE : BENCH_STATUS_NO;
}

/* The document of one run, or {"runs": [...]}. */
static void
print_documents(const struct runs *runs, size_t count) {
    if (count == 1)
        bench_target_print_json(json_incref(json_array_get(runs->documents, 0)));
    else
        bench_target_print_json(json_pack("{s:s, s:O, s:b}", "schema", "gcsweep.runs/1", "runs",
                                          runs->documents, "digests_agree", runs->agree));
}

/* The worst of the statuses; only a cell that did not finish is no reason to stop. */
static int
run_all(struct runs *runs, const struct bench_cell *cell, const struct call *call) {
    const struct bench_runner *runner = &call->runner;
    int status = BENCH_STATUS_DONE;

    runs->agree = true;
    for (size_t i = 0; status <= BENCH_STATUS_NO && i < runner->engine_count; i++) {
        if (i > 0 && !call->json)
            printf("\n");
        int one = run_on(runs, &runner->engines[i], cell, call);
        status = one > status ? one : status;
    }
    if (status > BENCH_STATUS_NO)
        return status;
    if (call->json)
        print_documents(runs, runner->engine_count);
    if (!runs->agree)
        bench_say(0, "%s: the engines do not give the same answer", cell->workload->name);
    return runs->agree ? status : BENCH_STATUS_NO;
}

static int
run_call(struct call *call, struct runs *runs, int argc, char **argv) {
    struct bench_cell cell;
    int status = read_call(call, argc, argv);

    if (status == BENCH_STATUS_DONE)
        status = bench_runner_find(&call->runner);
    if (status == BENCH_STATUS_DONE)
        status = make_cell(&cell, call);
    if (status != BENCH_STATUS_DONE)
        return status;
    status = bench_runner_open(&call->runner, &runs->child);
    if (status == BENCH_STATUS_DONE)
        status = run_all(runs, &cell, call);
    bench_cell_fini(&cell);
    return status;
}

static int
run_run(int argc, char **argv) {
    struct call call = {.seed = 1, .sets = calloc((size_t)argc, sizeof *call.sets)};
    struct runs runs = {.record = bench_record_create(),
                        .documents = json_array(),
                        .glance = bench_glance_find(STDOUT_FILENO)};
    int status;

    bench_runner_init(&call.runner);
    if (call.sets == NULL || runs.record == NULL || runs.documents == NULL)
        status = bench_say(BENCH_STATUS_ENVIRONMENT, "out of memory");
    else
        status = run_call(&call, &runs, argc, argv);
    json_decref(runs.documents);
    bench_record_destroy(runs.record);
    free(call.sets);
    return status;
}

const struct bench_verb bench_verb_run = {
    .name = "run",
    .summary = "run one workload once, in a fresh process",
    .help =
        "usage: gcsweep run WORKLOAD [--set KNOB=VALUE]... [OPTION]...\n"
        "\n"
        "Runs a workload in a process of its own, watches its memory from outside, and prints how\n"
        "long it and its operations took, its memory over time, what the collector did, and one\n"
        "sentence that says what stood out. Nothing is stored; `gcsweep sweep` does that.\n"
        "On several engines it runs once on each, and the answers must agree.\n"
        "\n"
        "  --set KNOB=VALUE   set a knob of the runtime or of the workload (gcsweep list)\n"
        "  --seed N           seed of the workload's draws, 0 to 2^53-1 (1)\n"
        "  --engine NAME      what runs it: rt, cpython, both, or the path of an executable (rt)\n"
        "  --python PATH      the Python for engine cpython (the system's)\n"
        "  --preload NAME     another malloc for it: jemalloc, mimalloc, tcmalloc, or the path of "
        "a\n"
        "                     library; none is the system's, and a,b runs it with each. Of use "
        "with\n"
        "                     alloc.backend=system: pools take their memory from the kernel\n"
        "  --json             print one JSON object instead; of several engines {\"runs\": [...]}\n"
        "  --time-limit TIME  end it after this long, e.g. 90s or 5min (10min)\n"
        "  --memory-limit N   end it when more is resident, e.g. 2GiB (no limit)\n"
        "  --sample TIME      distance of two samples of its memory (1ms; 10ms on one processor)\n"
        "\n"
        "Drawings are as wide as the terminal (80 columns without one), in block characters where\n"
        "LC_ALL or LANG says UTF-8, and without colour if NO_COLOR is set. n/a is what the engine\n"
        "does not tell, or a percentile that fewer than ten operations lie beyond.\n"
        "\n"
        "Examples:\n"
        "  gcsweep run churn\n"
        "  gcsweep run churn --set alloc.backend=system --set churn.live=200000 --json\n"
        "  gcsweep run cycles --engine both\n"
        "  gcsweep run churn --set alloc.backend=system --preload none,jemalloc\n"
        "\n"
        "Exit status: 0 the workload finished and its answer is right; 1 it did not, or it is "
        "not, or\n"
        "engines disagree; 2 the call is wrong; 3 the engine cannot run here; 130 interrupted.\n",
    .run = run_run,
};
