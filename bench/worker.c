/* SPDX-License-Identifier: MIT
 *
 * worker.c: runs one cell in this process. See worker.h.
 *
 * All memory that measuring needs is allocated and touched before `ready`, so that what the runner sees
 * growing from there on is the workload's. Between begin and end of an operation nothing happens but the
 * two readings of the clock; live bytes are sampled before the first of them.
 */
#include "bench/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "bench/cell.h"
#include "bench/collections.h"
#include "bench/counters.h"
#include "bench/hist.h"
#include "bench/marks.h"
#include "bench/measure.h"
#include "bench/metric.h"
#include "bench/worker_engine.h"

enum {
    LINE_BYTES = 65536,
    LIVE_SAMPLES = BENCH_STEADY_SPANS,
    NOTE_BYTES = 256
};

struct worker {
    int in, out;
    struct bench_cell cell;
    struct bench_worker_engine engine;
    struct wl_run run;
    struct bench_measure_clock clock;
    struct bench_marks marks;
    struct bench_hist metered; /* when all is over */
    struct bench_counters counters;
    struct bench_measure_rss rss; /* of this process */
    uint64_t until_sample,
        stride; /* operations to the next sample of live bytes, and between two */
    size_t live_count;
    struct bench_sample live[LIVE_SAMPLES + 1]; /* t_ns: by the clock */
    size_t trash_count;
    struct bench_sample trash[LIVE_SAMPLES + 1]; /* likewise; in objects */
    size_t note_count;
    char notes[WL_NOTES_MOST][NOTE_BYTES];
    size_t point_count[WL_SERIES_MOST];
    struct bench_sample points[WL_SERIES_MOST][WL_POINTS_MOST];
    struct bench_collections collections;
    uint64_t wall_began_ns, wall_ns, cpu_began_ns, cpu_ns;
    bool is_done;                     /* the workload only cleans up */
    struct bench_measure_usage usage; /* before the work, then of it */
    struct bench_worker_counts counts;
    struct bench_worker_counts done_counts; /* when the workload was done, but for cleaning up */
    uint64_t live_before;                   /* blocks that the workload made before its run */
    int error;                              /* of the workload */
    char why[256];
    char line[LINE_BYTES];
    size_t line_bytes, read_bytes; /* of the line with its end, and of all that has been read */
};

/* ---- The protocol ----------------------------------------------------------------------------------- */

static int
write_all(int fd, const char *data, size_t bytes) {
    while (bytes > 0) {
        ssize_t written = write(fd, data, bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        data += written;
        bytes -= (size_t)written;
    }
    return 0;
}

/* The next line of `in`, in worker->line, and what has come behind it, in the same place. -EPIPE at the end
 * of input. */
static int
read_line(struct worker *worker) {
    char *end;

    memmove(worker->line, worker->line + worker->line_bytes,
            worker->read_bytes - worker->line_bytes);
    worker->read_bytes -= worker->line_bytes;
    worker->line_bytes = 0;
    while ((end = memchr(worker->line, '\n', worker->read_bytes)) == NULL) {
        if (worker->read_bytes == LINE_BYTES)
            return -EMSGSIZE;
        ssize_t got =
            read(worker->in, worker->line + worker->read_bytes, LINE_BYTES - worker->read_bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -EPIPE;
        worker->read_bytes += (size_t)got;
    }
    *end = '\0';
    worker->line_bytes = (size_t)(end + 1 - worker->line);
    return 0;
}

/* Takes over `message`. */
static int
send_message(const struct worker *worker, json_t *message) {
    char *text = message == NULL ? NULL : json_dumps(message, JSON_COMPACT);
    int error = text == NULL ? -ENOMEM : write_all(worker->out, text, strlen(text));

    if (error == 0)
        error = write_all(worker->out, "\n", 1);
    free(text);
    json_decref(message);
    return error;
}

static int
send_and_wait(struct worker *worker, const char *event) {
    int error = send_message(worker, json_pack("{s:s}", "event", event));

    if (error == 0)
        error = read_line(worker);
    return error == 0 && strcmp(worker->line, "go") != 0 ? -EPROTO : error;
}

/* ---- Listening -------------------------------------------------------------------------------------- */

/* What an engine or a workload does not count has no samples. */
static void
sample_live(struct worker *worker) {
    int64_t bytes = en_live_bytes(worker->engine.heap), now = (int64_t)bench_measure_now_ns();

    worker->until_sample = worker->stride;
    if (bytes >= 0 && worker->live_count <= LIVE_SAMPLES)
        worker->live[worker->live_count++] = (struct bench_sample){now, bytes};
    if (worker->cell.workload->peak_trash_bytes != NULL && !worker->is_done &&
        worker->trash_count <= LIVE_SAMPLES)
        worker->trash[worker->trash_count++] =
            (struct bench_sample){now, (int64_t)bench_collections_trash(&worker->collections)};
}

/* Live bytes are sampled at its end. */
static void
end_span(struct worker *worker) {
    bench_marks_end_span(&worker->marks, 1);
    sample_live(worker);
}

static void
begin_operation(void *context) {
    struct worker *worker = context;
    if (worker->until_sample-- == 0)
        end_span(worker);
    worker->collections.in_operation = true;
    bench_marks_begin(&worker->marks);
}

static void
end_operation(void *context) {
    struct worker *worker = context;
    bench_marks_end(&worker->marks);
    worker->collections.in_operation = false;
}

static void
wait_until(void *context, uint64_t due_ns) {
    struct worker *worker = context;
    bench_marks_wait(&worker->marks, due_ns);
}

static void
take_point(void *context, size_t series, int64_t at, int64_t value) {
    struct worker *worker = context;
    if (worker->point_count[series] < WL_POINTS_MOST)
        worker->points[series][worker->point_count[series]++] = (struct bench_sample){at, value};
}

static int64_t
read_resident(void *context) {
    struct worker *worker = context;
    uint64_t bytes;
    return bench_measure_rss_read(&worker->rss, &bytes) == 0 ? (int64_t)bytes : -1;
}

static void
take_note(void *context, const char *text) {
    struct worker *worker = context;
    if (worker->note_count < WL_NOTES_MOST)
        snprintf(worker->notes[worker->note_count++], NOTE_BYTES, "%s", text);
}

/* Of the work, all but waiting, which is none. */
static void
take_usage(struct worker *worker) {
    struct bench_measure_usage before = worker->usage, after;
    uint64_t spun_ns = worker->marks.spun_ns;

    bench_measure_usage(&after);
    worker->usage = (struct bench_measure_usage){
        .user_ns = after.user_ns - before.user_ns,
        .system_ns = after.system_ns - before.system_ns,
        .minor_faults = after.minor_faults - before.minor_faults,
        .major_faults = after.major_faults - before.major_faults,
        .context_switches = after.context_switches - before.context_switches,
        .preemptions = after.preemptions - before.preemptions,
    };
    worker->usage.user_ns -= spun_ns < worker->usage.user_ns ? spun_ns : 0;
}

/* Called by the workload, or when it has returned. */
static void
end_work(void *context) {
    struct worker *worker = context;
    if (worker->is_done)
        return;
    worker->is_done = true;
    worker->wall_ns = bench_measure_now_ns() - worker->wall_began_ns;
    worker->cpu_ns = bench_measure_cpu_ns() - worker->cpu_began_ns;
    worker->cpu_ns -= worker->marks.spun_ns < worker->cpu_ns ? worker->marks.spun_ns : 0;
    bench_counters_stop(&worker->counters);
    bench_marks_end_span(&worker->marks, worker->stride / 2); /* what is left, if it is no scrap */
    take_usage(worker);
    bench_collections_end(&worker->collections);
    bench_worker_engine_read(&worker->engine, &worker->done_counts);
}

/* ---- The work --------------------------------------------------------------------------------------- */

/* Without room for all operations there is none. */
static void
make_log(struct worker *worker) {
    uint64_t operations = worker->cell.workload->operations(worker->cell.knobs);
    uint64_t *log = NULL;

    if (operations > 0 && operations <= BENCH_MARKS_LOG_MOST)
        log = malloc((size_t)operations * sizeof *log);
    if (log == NULL)
        return;
    memset(log, 0xff, (size_t)operations * sizeof *log);
    bench_marks_keep_log(&worker->marks, log, (size_t)operations);
}

static int
prepare(struct worker *worker, struct rt_text *why, const struct wl_listener *listener) {
    const struct wl_workload *workload = worker->cell.workload;
    int error = bench_worker_engine_open(&worker->engine, &worker->cell, why);

    if (error != 0)
        return error;
    worker->run = (struct wl_run){.heap = worker->engine.heap,
                                  .knobs = worker->cell.knobs,
                                  .seed = worker->cell.seed,
                                  .listener = listener,
                                  .why = why};
    worker->stride = workload->operations(worker->cell.knobs) / LIVE_SAMPLES;
    bench_marks_init(
        &worker->marks, &worker->clock, workload->budget_ns > 0,
        workload->round_operations == NULL ? 0 : workload->round_operations(worker->cell.knobs));
    make_log(worker);
    error = workload->prepare(&worker->run);
    if (error != 0 && worker->why[0] == '\0')
        rt_text_string(why, "no memory for the workload's own tables");
    if (error == 0)
        en_settle(worker->engine.heap); /* counts begin at zero, on each engine */
    return error;
}

static int
work(struct worker *worker, struct rt_text *why) {
    uint64_t live;

    (void)bench_worker_engine_live_blocks(&worker->engine, &worker->live_before);
    bench_measure_usage(&worker->usage);
    bench_worker_engine_listen(&worker->engine, &worker->collections);
    bench_counters_start(&worker->counters);
    worker->cpu_began_ns = bench_measure_cpu_ns();
    bench_collections_begin(&worker->collections);
    worker->wall_began_ns = bench_measure_now_ns();
    worker->error = worker->cell.workload->run(&worker->run);
    end_work(worker);
    bench_worker_engine_read(&worker->engine, &worker->counts);
    if (worker->error == 0 && bench_worker_engine_live_blocks(&worker->engine, &live) &&
        live != worker->live_before) {
        rt_text_integer(why, (int64_t)(live - worker->live_before));
        rt_text_string(why, " blocks were never freed");
        worker->error = -EBADMSG;
    }
    return worker->error;
}

/* ---- The record ------------------------------------------------------------------------------------- */

static void
put_value(json_t *values, enum bench_metric metric, uint64_t value) {
    json_object_set_new(values, bench_metric_row(metric).name, json_integer((json_int_t)value));
}

/* So many objects, each as large as all that became trash by the workload's formula are on average. */
static uint64_t
trash_bytes(const struct worker *worker, uint64_t objects) {
    double all = (double)worker->cell.workload->peak_trash_bytes(worker->cell.knobs);
    uint64_t dropped = worker->run.trash_objects;

    return dropped == 0 ? 0 : (uint64_t)(all * (double)objects / (double)dropped + 0.5);
}

static void
put_counters(json_t *values, const struct worker *worker) {
    for (int i = 0; i < BENCH_COUNTERS; i++) {
        uint64_t value;
        if (bench_counters_read(&worker->counters, (enum bench_counter)i, &value))
            put_value(values, (enum bench_metric)(BENCH_METRIC_COUNTERS + i), value);
    }
}

static void
put_collections(json_t *values, const struct worker *worker) {
    const struct bench_collections *seen = &worker->collections;

    for (int i = 0; i < RT_GENERATIONS; i++)
        put_value(values, (enum bench_metric)(BENCH_METRIC_GC_UNCOLLECTABLE + i),
                  seen->uncollectable[i]);
    put_value(values, BENCH_METRIC_GC_OPERATION_PAUSE_MAX_NS, seen->operation_pause_most_ns);
    if (worker->cell.workload->peak_trash_bytes != NULL) {
        put_value(values, BENCH_METRIC_PEAK_TRASH_OBJECTS, seen->trash_most);
        put_value(values, BENCH_METRIC_PEAK_TRASH_BYTES, trash_bytes(worker, seen->trash_most));
    }
}

static void
put_frames(json_t *values, const struct bench_marks *marks) {
    for (int i = 0; i < BENCH_MARKS_RATES; i++) {
        put_value(values, (enum bench_metric)(BENCH_METRIC_FRAMES_MISSED_60 + i),
                  marks->frames[i].missed);
        put_value(values, (enum bench_metric)(BENCH_METRIC_FRAMES_MISSED_RUN_60 + i),
                  marks->frames[i].longest_row);
    }
}

/* What the engine does not count is not there. */
static void
put_counts(json_t *values, const struct worker *worker) {
    for (int i = 0; i < RT_STAT_COUNT; i++) {
        const struct bench_worker_counts *counts =
            i < RT_STAT_GC_COLLECTIONS0 ? &worker->counts : &worker->done_counts;
        if (counts->has[i])
            put_value(values, (enum bench_metric)(BENCH_METRIC_STATS + i), counts->values[i]);
    }
}

static json_t *
values_json(const struct worker *worker) {
    json_t *values = json_object();

    put_value(values, BENCH_METRIC_WALL_NS, worker->wall_ns);
    put_value(values, BENCH_METRIC_CPU_NS, worker->cpu_ns);
    put_value(values, BENCH_METRIC_USER_NS, worker->usage.user_ns);
    put_value(values, BENCH_METRIC_SYSTEM_NS, worker->usage.system_ns);
    put_counters(values, worker);
    put_value(values, BENCH_METRIC_OPERATIONS, worker->run.operations);
    if (worker->counts.has[RT_STAT_LIVE_REQUESTED_BYTES_PEAK])
        put_value(values, BENCH_METRIC_PEAK_LIVE_BYTES,
                  worker->counts.values[RT_STAT_LIVE_REQUESTED_BYTES_PEAK]);
    put_value(values, BENCH_METRIC_EXPECTED_LIVE_BYTES,
              worker->cell.workload->peak_live_bytes(worker->cell.knobs));
    put_value(values, BENCH_METRIC_MINOR_FAULTS, worker->usage.minor_faults);
    put_value(values, BENCH_METRIC_MAJOR_FAULTS, worker->usage.major_faults);
    put_value(values, BENCH_METRIC_CONTEXT_SWITCHES, worker->usage.context_switches);
    put_value(values, BENCH_METRIC_PREEMPTIONS, worker->usage.preemptions);
    if (worker->marks.intended.count > 0) {
        put_value(values, BENCH_METRIC_LATE_OPERATIONS, worker->marks.late);
        put_value(values, BENCH_METRIC_LATE_MAX_NS, worker->marks.latest_ns);
    }
    if (worker->cell.workload->budget_ns > 0)
        put_frames(values, &worker->marks);
    put_collections(values, worker);
    put_counts(values, worker);
    if (worker->run.items > 0)
        put_value(values, BENCH_METRIC_ITEMS, worker->run.items);
    if (worker->run.items > 0 && worker->run.items_live_bytes >= 0)
        put_value(values, BENCH_METRIC_ITEMS_LIVE_BYTES, (uint64_t)worker->run.items_live_bytes);
    for (size_t i = 0; i < worker->cell.workload->metric_count && worker->error == 0; i++)
        json_object_set_new(values, worker->cell.workload->metrics[i].name,
                            json_real(worker->run.metrics[i]));
    return values;
}

static json_t *
pairs_json(const struct bench_sample *samples, size_t count, int64_t origin) {
    json_t *pairs = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(pairs, json_pack("[I, I]", (json_int_t)(samples[i].t_ns - origin),
                                               (json_int_t)samples[i].value));
    return pairs;
}

static json_t *
series_json(const struct worker *worker) {
    const struct wl_workload *workload = worker->cell.workload;
    json_t *all = json_object();

    for (size_t i = 0; i < workload->series_count; i++)
        if (worker->point_count[i] > 0)
            json_object_set_new(all, workload->series[i].name,
                                pairs_json(worker->points[i], worker->point_count[i], 0));
    return all;
}

/* Only whole rounds count; without one there is nothing. */
static json_t *
slowest_json(const struct bench_marks *marks) {
    json_t *pairs = json_array();

    for (size_t i = 0; i < BENCH_MARKS_SLOTS; i++)
        if (marks->least_ns[i] != 0 && marks->least_ns[i] != UINT64_MAX)
            json_array_append_new(pairs, json_pack("[I, I]", (json_int_t)bench_marks_slot_first(i),
                                                   (json_int_t)marks->least_ns[i]));
    return pairs;
}

/* [[window, millionths left to the program], ...] */
static json_t *
mmu_json(const struct bench_collections *collections) {
    json_t *pairs = json_array();

    for (size_t i = 0; i < BENCH_MMU_WINDOWS; i++) {
        uint64_t window_ns = bench_mmu_windows_ns[i];
        if (window_ns > collections->whole_ns)
            break;
        double least = bench_mmu_least(&collections->mmu, window_ns, collections->whole_ns);
        json_array_append_new(
            pairs, json_pack("[I, I]", (json_int_t)window_ns, (json_int_t)(least * 1e6 + 0.5)));
    }
    return pairs;
}

static json_t *
notes_json(const struct worker *worker) {
    json_t *notes = json_array();

    for (size_t i = 0; i < worker->note_count; i++)
        json_array_append_new(notes, json_string(worker->notes[i]));
    return notes;
}

static json_t *
hist_json(const struct bench_hist *hist) {
    json_t *pairs = json_array();

    for (size_t i = 0; i < BENCH_HIST_BUCKETS; i++)
        if (hist->buckets[i] > 0)
            json_array_append_new(pairs, json_pack("[I, I]", (json_int_t)bench_hist_low(i),
                                                   (json_int_t)hist->buckets[i]));
    return pairs;
}

/* Of an empty one nothing. */
static json_t *
exact_json(const struct bench_hist *hist) {
    return hist->count == 0 ? json_array()
                            : json_pack("[I, I, I]", (json_int_t)hist->least,
                                        (json_int_t)hist->greatest, (json_int_t)hist->sum);
}

static json_t *
pauses_json(const struct bench_collections *collections,
            json_t *(*to_json)(const struct bench_hist *hist)) {
    json_t *all = json_array();

    for (int i = 0; i < RT_GENERATIONS; i++)
        json_array_append_new(all, to_json(&collections->pause[i]));
    return all;
}

static json_t *
lines_json(const struct bench_collections *collections) {
    json_t *all = json_array();

    for (int i = 0; i < RT_GENERATIONS; i++)
        json_array_append_new(
            all, pairs_json(collections->line[i].samples, collections->line[i].count, 0));
    return all;
}

static const char *
status_of(int error) {
    switch (error) {
    case 0:
        return "finished";
    case -ENOMEM:
        return "memory";
    case -EBADMSG:
        return "wrong";
    default:
        return "failed";
    }
}

static json_t *
trash_json(const struct worker *worker) {
    json_t *list = pairs_json(worker->trash, worker->trash_count, (int64_t)worker->wall_began_ns);

    for (size_t i = 0; i < worker->trash_count; i++)
        json_array_set_new(
            json_array_get(list, i), 1,
            json_integer((json_int_t)trash_bytes(worker, (uint64_t)worker->trash[i].value)));
    return list;
}

static json_t *
record_json(const struct worker *worker) {
    const char *status = status_of(worker->error);
    const struct bench_marks *marks = &worker->marks;
    json_t *record = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "event",
        "record", "status", status, "why", worker->why, "values", values_json(worker), "latency_ns",
        hist_json(&marks->latency), "latency_exact_ns", exact_json(&marks->latency), "intended_ns",
        hist_json(&marks->intended), "intended_exact_ns", exact_json(&marks->intended), "pause_ns",
        pauses_json(&worker->collections, hist_json), "pause_exact_ns",
        pauses_json(&worker->collections, exact_json), "live_bytes",
        pairs_json(worker->live, worker->live_count, (int64_t)worker->wall_began_ns), "series",
        series_json(worker), "slowest_ns", slowest_json(marks), "notes", notes_json(worker),
        "collections_ns", lines_json(&worker->collections));
    char digest[17];

    snprintf(digest, sizeof digest, "%016llx", (unsigned long long)worker->run.digest);
    if (worker->error == 0)
        json_object_set_new(record, "digest", json_string(digest));
    json_object_set_new(record, "pace_ps", pairs_json(marks->pace, marks->span_count, 0));
    json_object_set_new(record, "trash_bytes", trash_json(worker));
    json_object_set_new(record, "mmu", mmu_json(&worker->collections));
    json_object_set_new(record, "metered_ns", hist_json(&worker->metered));
    json_object_set_new(record, "metered_exact_ns", exact_json(&worker->metered));
    return record;
}

/* ---- One cell --------------------------------------------------------------------------------------- */

static int
run_cell(struct worker *worker) {
    const struct wl_listener listener = {
        .begin = begin_operation,
        .end = end_operation,
        .context = worker,
        .point = take_point,
        .done = end_work,
        .wait = wait_until,
        .note = take_note,
        .resident = read_resident,
    };
    struct rt_text why;
    int error;

    rt_text_init(&why, worker->why, sizeof worker->why);
    worker->error = prepare(worker, &why, &listener);
    error = send_and_wait(worker, "ready");
    if (error == 0 && worker->error == 0) {
        error = send_message(worker, json_pack("{s:s, s:I}", "event", "active", "clock_ns",
                                               (json_int_t)bench_measure_now_ns()));
        if (error == 0 && work(worker, &why) != -ENOMEM && worker->error != 0 &&
            worker->why[0] == '\0')
            rt_text_string(&why, "the workload failed");
    }
    if (error == 0)
        error = send_and_wait(worker, "drained");
    if (!bench_marks_metered(&worker->marks, &worker->metered))
        bench_hist_init(&worker->metered);
    if (error == 0)
        error = send_message(worker, record_json(worker));
    if (worker->run.heap != NULL)
        worker->cell.workload->finish(&worker->run);
    bench_worker_engine_close(&worker->engine);
    bench_counters_close(&worker->counters);
    free(worker->marks.log);
    return error;
}

int
bench_worker_run(int in, int out, struct en_heap *heap) {
    struct worker *worker = calloc(1, sizeof *worker);
    struct rt_text why;
    int error;

    if (worker == NULL)
        return 3;
    worker->in = in;
    worker->out = out;
    worker->engine.heap = heap;
    memset(worker->notes, 0xff, sizeof worker->notes);
    if (bench_measure_rss_open(&worker->rss, getpid()) != 0)
        worker->rss.fd = -1; /* readings fail, then */
    memset(worker->live, 0xff, sizeof worker->live);
    memset(worker->trash, 0xff, sizeof worker->trash);
    memset(worker->points, 0xff, sizeof worker->points);
    rt_text_init(&why, worker->why, sizeof worker->why);
    error = read_line(worker);
    if (error == 0)
        error = bench_cell_parse(&worker->cell, worker->line, &why);
    if (error != 0) {
        fprintf(stderr, "worker: %s\n",
                worker->why[0] == '\0' ? "no cell on standard input" : worker->why);
        bench_measure_rss_close(&worker->rss);
        free(worker);
        return 2;
    }
    worker->clock.rate = worker->cell.clock_rate;
    if (worker->clock.rate == 0)
        bench_measure_clock_init(&worker->clock);
    bench_marks_init(&worker->marks, &worker->clock, false, 0); /* until the workload is known */
    bench_collections_init(&worker->collections, &worker->clock, &worker->run);
    bench_counters_open(&worker->counters, &bench_counters_kernel);
    error = run_cell(worker);
    bench_measure_rss_close(&worker->rss);
    bench_cell_fini(&worker->cell);
    free(worker);
    return error == 0 ? 0 : 3;
}
