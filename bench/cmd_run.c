/* SPDX-License-Identifier: MIT
 *
 * cmd_run.c: `gcsweep run`: one workload, once, in a fresh process.
 */
#include "bench/verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cell.h"
#include "bench/option.h"
#include "bench/record.h"
#include "bench/runner.h"
#include "bench/say.h"
#include "bench/summary.h"
#include "bench/table.h"
#include "bench/target.h"

extern const struct bench_verb bench_verb_run;

enum {
    SET,
    SEED,
    ENGINE,
    PYTHON,
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

/* ---- For people ------------------------------------------------------------------------------------- */

/* `first` is the metric of p50; the others follow. */
static void
put_times(struct bench_table *table, const char *name, const struct bench_record *record,
          int first) {
    char text[BENCH_TABLE_TEXT_BYTES];

    bench_table_put(table, name);
    for (int i = first; i < first + BENCH_METRIC_TIMES; i++)
        bench_table_put(table, record->has[i] ? bench_table_time(record->values[i], text) : "n/a");
}

static void
print_latency(const struct bench_record *record) {
    static const char *const heading[] = {"latency", "p50", "p90",  "p99",
                                          "p99.9",   "max", "mean", NULL};
    struct bench_table table;
    char name[64];

    bench_table_init(&table, heading);
    snprintf(name, sizeof name, "of %llu operations", (unsigned long long)record->latency.count);
    put_times(&table, name, record, BENCH_METRIC_LATENCY_P50_NS);
    if (record->intended.count > 0)
        put_times(&table, "from intended begin", record, BENCH_METRIC_INTENDED);
    if (record->metered.count > 0)
        put_times(&table, "at an even rate", record, BENCH_METRIC_METERED);
    bench_table_print(&table, stdout);
    bench_table_fini(&table);
}

static void
print_late(const struct bench_record *record) {
    char text[BENCH_TABLE_TEXT_BYTES];

    if (record->has[BENCH_METRIC_LATE_OPERATIONS] && record->has[BENCH_METRIC_LATE_MAX_NS])
        printf("\n%.0f operations were due before the loop came to wait for them, by %s at most.\n",
               record->values[BENCH_METRIC_LATE_OPERATIONS],
               bench_table_time(record->values[BENCH_METRIC_LATE_MAX_NS], text));
}

static void
print_frames(const struct bench_record *record) {
    const double *missed = &record->values[BENCH_METRIC_FRAMES_MISSED_60];
    const double *row = &record->values[BENCH_METRIC_FRAMES_MISSED_RUN_60];

    if (record->has[BENCH_METRIC_FRAMES_MISSED_60] && record->has[BENCH_METRIC_FRAMES_MISSED_120])
        printf(
            "\nFrames missed at 60 Hz: %.0f, at most %.0f in a row; at 120 Hz: %.0f, at most %.0f "
            "in a row.\n",
            missed[0], row[0], missed[1], row[1]);
}

static void
print_memory(const struct bench_record *record) {
    static const struct {
        const char *heading;
        enum bench_metric metric;
    } columns[] = {{"before", BENCH_METRIC_BASELINE_RSS_BYTES},
                   {"median", BENCH_METRIC_MEDIAN_RSS_BYTES},
                   {"peak", BENCH_METRIC_PEAK_RSS_BYTES},
                   {"after", BENCH_METRIC_DRAINED_RSS_BYTES},
                   {"live at peak", BENCH_METRIC_PEAK_LIVE_BYTES}};
    enum {
        COLUMNS = sizeof columns / sizeof columns[0]
    };
    const char *heading[COLUMNS + 2] = {"memory"};
    char text[BENCH_TABLE_TEXT_BYTES];
    struct bench_table table;

    for (size_t i = 0; i < COLUMNS; i++)
        heading[i + 1] = columns[i].heading;
    bench_table_init(&table, heading);
    bench_table_put(&table, "resident");
    for (size_t i = 0; i < COLUMNS; i++)
        bench_table_put(&table, record->has[columns[i].metric]
                                    ? bench_table_bytes(record->values[columns[i].metric], text)
                                    : "n/a");
    bench_table_print(&table, stdout);
    bench_table_fini(&table);
}

/* What the workload tells of itself. */
static void
print_own(const struct bench_record *record, const struct wl_workload *workload) {
    char live[BENCH_TABLE_TEXT_BYTES], resident[BENCH_TABLE_TEXT_BYTES];
    bool has_resident = record->has[BENCH_METRIC_ITEM_RESIDENT_BYTES];

    if (record->has[BENCH_METRIC_ITEM_LIVE_BYTES])
        printf("\nEach of its %.0f items asked for %s and made resident memory grow by %s.\n",
               record->values[BENCH_METRIC_ITEMS],
               bench_table_bytes(record->values[BENCH_METRIC_ITEM_LIVE_BYTES], live),
               has_resident
                   ? bench_table_bytes(record->values[BENCH_METRIC_ITEM_RESIDENT_BYTES], resident)
                   : "n/a");
    for (size_t i = 0; i < workload->metric_count; i++) {
        enum bench_metric metric = bench_metric_own(workload, i);
        if (record->has[metric])
            printf("%s: %.10g %s, %s.\n", workload->metrics[i].name, record->values[metric],
                   workload->metrics[i].unit, workload->metrics[i].help);
    }
    for (size_t i = 0; i < record->note_count; i++)
        printf("%s\n", record->notes[i]);
}

static bool
has_all(const struct bench_record *record, enum bench_metric one, enum bench_metric other) {
    return record->has[one] && record->has[other];
}

/* One sentence: the first of these that is out of the ordinary, as far as the engine told. */
static void
print_what_stood_out(const struct bench_record *record) {
    const double *values = record->values;
    double live = values[BENCH_METRIC_PEAK_LIVE_BYTES];
    double growth = values[BENCH_METRIC_PEAK_RSS_BYTES] - values[BENCH_METRIC_BASELINE_RSS_BYTES];
    double left = values[BENCH_METRIC_DRAINED_RSS_BYTES] - values[BENCH_METRIC_BASELINE_RSS_BYTES];
    double tail = values[BENCH_METRIC_LATENCY_P50_NS] > 0
                      ? values[BENCH_METRIC_LATENCY_P99_NS] / values[BENCH_METRIC_LATENCY_P50_NS]
                      : 0;
    bool has_growth = has_all(record, BENCH_METRIC_PEAK_RSS_BYTES, BENCH_METRIC_BASELINE_RSS_BYTES);
    char one[BENCH_TABLE_TEXT_BYTES], other[BENCH_TABLE_TEXT_BYTES];

    if (record->intended.count == 0 && has_all(record, BENCH_METRIC_WALL_NS, BENCH_METRIC_CPU_NS) &&
        values[BENCH_METRIC_WALL_NS] > 1.2 * values[BENCH_METRIC_CPU_NS] + 1e6)
        printf("The work waited for %.0f %% of its time: the machine was busy, so take the times "
               "with care.\n",
               100 - 100 * values[BENCH_METRIC_CPU_NS] / values[BENCH_METRIC_WALL_NS]);
    else if (record->has[BENCH_METRIC_NOISE_MAX_NS] &&
             values[BENCH_METRIC_NOISE_MAX_NS] > BENCH_SUMMARY_NOISE_NS)
        printf("The machine itself paused for %s: take the longest times with care.\n",
               bench_table_time(values[BENCH_METRIC_NOISE_MAX_NS], one));
    else if (has_growth && live > 0 && growth > 1.5 * live && growth > 1 << 20)
        printf("Resident memory grew by %s, %.1f times what was live at its peak.\n",
               bench_table_bytes(growth, one), growth / live);
    else if (has_growth && left > 0.25 * growth && left > 1 << 20)
        printf("%s of the %s that memory had grown by stayed resident when everything was freed.\n",
               bench_table_bytes(left, one), bench_table_bytes(growth, other));
    else if (tail > 5)
        printf("One operation in a hundred took %.1f times as long as the median one.\n", tail);
    else if (has_growth && live > 0)
        printf(
            "Nothing stood out: memory grew by %.2f times what was live, and the tail is short.\n",
            growth / live);
}

static void
print_record(const struct bench_record *record, const struct bench_cell *cell, const char *engine) {
    char wall[BENCH_TABLE_TEXT_BYTES], cpu[BENCH_TABLE_TEXT_BYTES];

    printf("%s on %s, seed %llu: %s", cell->workload->name, engine, (unsigned long long)cell->seed,
           bench_cell_state_name(record->state));
    if (record->why[0] != '\0')
        printf(", %s", record->why);
    if (record->has[BENCH_METRIC_WALL_NS])
        printf(", %s", bench_table_time(record->values[BENCH_METRIC_WALL_NS], wall));
    if (record->has[BENCH_METRIC_CPU_NS])
        printf(" (%s of processor)", bench_table_time(record->values[BENCH_METRIC_CPU_NS], cpu));
    printf("%s%s\n", record->digest[0] == '\0' ? "" : ", digest ", record->digest);
    if (record->latency.count > 0) {
        printf("\n");
        print_latency(record);
        printf("\n");
        print_memory(record);
    }
    if (record->state == BENCH_CELL_FINISHED) {
        print_late(record);
        print_frames(record);
        print_own(record, cell->workload);
        printf("\n");
        print_what_stood_out(record);
    }
    if (record->stderr_tail[0] != '\0')
        fprintf(stderr, "%s", record->stderr_tail);
}

/* ---- One run, or one on each engine ----------------------------------------------------------------- */

struct runs {
    struct bench_child_options child;
    struct bench_record *record; /* of the last one */
    json_t *documents;
    char digest[17]; /* of the first one that has one */
    bool agree;
};

static int
run_on(struct runs *runs, const struct bench_engine *engine, const struct bench_cell *demand,
       const struct call *call) {
    struct bench_record *record = runs->record;
    struct bench_cell cell = *demand; /* shares the workload's knobs, which stay as they are */
    int error;

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
        print_record(record, &cell, engine->name);
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
    struct runs runs = {.record = bench_record_create(), .documents = json_array()};
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
        "Runs a workload in a process of its own, watches its memory from outside, and prints its\n"
        "latency, its memory, and what stood out. Nothing is stored; `gcsweep sweep` does that.\n"
        "On several engines it runs once on each, and the answers must agree.\n"
        "\n"
        "  --set KNOB=VALUE   set a knob of the runtime or of the workload (gcsweep list)\n"
        "  --seed N           seed of the workload's draws, 0 to 2^53-1 (1)\n"
        "  --engine NAME      what runs it: rt, cpython, both, or the path of an executable (rt)\n"
        "  --python PATH      the Python for engine cpython (the system's)\n"
        "  --json             print one JSON object instead; of several engines {\"runs\": [...]}\n"
        "  --time-limit TIME  end it after this long, e.g. 90s or 5min (10min)\n"
        "  --memory-limit N   end it when more is resident, e.g. 2GiB (no limit)\n"
        "  --sample TIME      distance of two samples of its memory (1ms)\n"
        "\n"
        "Examples:\n"
        "  gcsweep run churn\n"
        "  gcsweep run churn --set alloc.backend=system --set churn.live=200000 --json\n"
        "  gcsweep run cycles --engine both\n"
        "\n"
        "Exit status: 0 the workload finished and its answer is right; 1 it did not, or it is "
        "not, or\n"
        "engines disagree; 2 the call is wrong; 3 the engine cannot run here; 130 interrupted.\n",
    .run = run_run,
};
