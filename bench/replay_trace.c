/* SPDX-License-Identifier: MIT
 *
 * replay_trace.c: a recording run again. See replay_trace.h, and workloads/trace_replay.c for what runs it.
 *
 * A recording was made below the free lists of the program, so ours are off unless a knob turns them on: each
 * container of the recording is then one request of the allocator.
 */
#include "bench/replay_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "bench/measure.h"
#include "bench/say.h"
#include "bench/table.h"
#include "bench/target.h"
#include "bench/verb.h"
#include "workloads/trace.h"

struct report {
    uint64_t begin_ns, wall_ns, cpu_ns;
    uint64_t stats[RT_STAT_COUNT];
    struct wl_trace_replayed replayed;
};

bool
bench_replay_trace_is(const char *path) {
    char magic[WL_TRACE_MAGIC_BYTES];
    bool is;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    is = read(fd, magic, sizeof magic) == (ssize_t)sizeof magic &&
         memcmp(magic, WL_TRACE_MAGIC, sizeof magic) == 0;
    close(fd);
    return is;
}

/* ---- Setting up --------------------------------------------------------------------------------- */

static int
map_file(const char *path, const uint8_t **ret_data, size_t *ret_bytes) {
    struct stat status;
    void *map;
    int error, fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return -EINVAL;
    }
    map = status.st_size == 0
              ? MAP_FAILED
              : mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    error = status.st_size == 0 ? -ENODATA : -errno;
    close(fd);
    if (map == MAP_FAILED)
        return error;
    *ret_data = map;
    *ret_bytes = (size_t)status.st_size;
    return 0;
}

int
bench_replay_trace_open(const char *path, struct wl_trace *ret_trace) {
    const uint8_t *data = NULL;
    size_t bytes = 0;
    char line[256];
    struct rt_text why;
    int error = map_file(path, &data, &bytes);

    if (error < 0)
        return bench_say(BENCH_STATUS_USAGE, "%s: %s", path,
                         error == -ENODATA ? "the file is empty" : strerror(-error));
    rt_text_init(&why, line, sizeof line);
    if (wl_trace_open(data, bytes, ret_trace, &why) == 0)
        return BENCH_STATUS_DONE;
    munmap((void *)data, bytes);
    return bench_say(BENCH_STATUS_USAGE, "%s: %s", path, line);
}

void
bench_replay_trace_close(struct wl_trace *trace) {
    munmap((void *)trace->data, trace->bytes);
}

static int
configure(const struct bench_replay_trace *replay, struct rt_config *config) {
    char line[256];
    struct rt_text why;

    rt_config_init(config);
    config->object_keep_tuples = 0;
    for (size_t i = 0; i < replay->set_count; i++) {
        rt_text_init(&why, line, sizeof line);
        if (rt_knob_assign(rt_config_knobs(), config, replay->sets[i], &why) < 0)
            return bench_say(BENCH_STATUS_USAGE, "--set %s: %s", replay->sets[i], line);
    }
    rt_text_init(&why, line, sizeof line);
    if (rt_config_check(config, &why) < 0)
        return bench_say(BENCH_STATUS_USAGE, "%s", line);
    return BENCH_STATUS_DONE;
}

static uint64_t
machine_bytes(void) {
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* ---- Running ------------------------------------------------------------------------------------ */

static void
measure(struct rt *rt, void *context) {
    struct report *report = context;

    report->wall_ns = bench_measure_now_ns() - report->begin_ns;
    report->cpu_ns = bench_measure_cpu_ns() - report->cpu_ns;
    rt_stats_read(rt, report->stats);
}

static int
run(const struct bench_replay_trace *replay, const struct wl_trace *trace,
    const struct rt_config *config, struct report *report) {
    struct wl_trace_replay_options options = {
        replay->touch, replay->live_bytes_max == 0 ? machine_bytes() : replay->live_bytes_max};
    char line[256];
    struct rt_text why;
    struct rt *rt;
    int error = rt_create(config, NULL, &rt);

    if (error < 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "replay: %s", strerror(-error));
    rt_text_init(&why, line, sizeof line);
    report->cpu_ns = bench_measure_cpu_ns();
    report->begin_ns = bench_measure_now_ns();
    error = wl_trace_replay(trace, rt, &options, measure, report, &report->replayed, &why);
    rt_destroy(rt);
    if (error == 0)
        return BENCH_STATUS_DONE;
    return bench_say(error == -EBADMSG ? BENCH_STATUS_USAGE : BENCH_STATUS_ENVIRONMENT, "%s: %s",
                     replay->path, line);
}

/* ---- Report ------------------------------------------------------------------------------------- */

static double
rate_of(const struct report *report) {
    return report->wall_ns == 0
               ? 0
               : (double)report->replayed.operations * 1e9 / (double)report->wall_ns;
}

static json_t *
three(const uint64_t *values) {
    return json_pack("[I,I,I]", (json_int_t)values[0], (json_int_t)values[1],
                     (json_int_t)values[2]);
}

static json_t *
header_json(const struct wl_trace *trace) {
    static const char *const keys[] = {"kind", "command", "interpreter", "snapshot_every"};
    json_t *header = json_object();

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        size_t bytes;
        const char *value = wl_trace_header(trace, keys[i], &bytes);
        json_t *text = value == NULL ? NULL : json_stringn(value, bytes);
        if (text != NULL)
            json_object_set_new(header, keys[i], text);
    }
    return header;
}

static void
print_json(const struct bench_replay_trace *replay, const struct wl_trace *trace,
           const struct report *report) {
    const struct wl_trace_counts *counts = &trace->counts;
    const uint64_t *stats = report->stats;
    json_t *document = json_pack(
        "{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I}", "file",
        replay->path, "recording", header_json(trace), "bytes", (json_int_t)trace->bytes,
        "operations", (json_int_t)report->replayed.operations, "allocs", (json_int_t)counts->allocs,
        "frees", (json_int_t)counts->frees, "reallocs", (json_int_t)counts->reallocs, "containers",
        (json_int_t)counts->containers, "stores", (json_int_t)counts->stores, "wall_ns",
        (json_int_t)report->wall_ns, "cpu_ns", (json_int_t)report->cpu_ns, "operations_per_s",
        rate_of(report), "peak_live_bytes", (json_int_t)stats[RT_STAT_LIVE_REQUESTED_BYTES_PEAK],
        "peak_held_bytes", (json_int_t)stats[RT_STAT_HELD_BYTES_PEAK]);
    json_t *all = json_object();

    json_object_set_new(document, "live_at_end",
                        json_integer((json_int_t)report->replayed.live_at_end));
    json_object_set_new(document, "gc",
                        json_pack("{s:o, s:o, s:I}", "collections",
                                  three(&stats[RT_STAT_GC_COLLECTIONS0]), "collected",
                                  three(&stats[RT_STAT_GC_COLLECTED0]), "examined",
                                  (json_int_t)stats[RT_STAT_GC_EXAMINED]));
    for (int i = 0; i < RT_STAT_COUNT; i++)
        json_object_set_new(all, rt_stat_row((enum rt_stat)i)->name,
                            json_integer((json_int_t)stats[i]));
    json_object_set_new(document, "counters", all);
    bench_target_print_json(document);
}

static void
print_bytes(const char *name, uint64_t bytes) {
    char text[BENCH_TABLE_TEXT_BYTES];

    printf("%-18s %s\n", name, bench_table_bytes((double)bytes, text));
}

static void
print_text(const struct bench_replay_trace *replay, const struct wl_trace *trace,
           const struct report *report) {
    const struct wl_trace_counts *counts = &trace->counts;
    const uint64_t *stats = report->stats;
    uint64_t collected =
        stats[RT_STAT_GC_COLLECTED0] + stats[RT_STAT_GC_COLLECTED1] + stats[RT_STAT_GC_COLLECTED2];
    char wall[BENCH_TABLE_TEXT_BYTES], cpu[BENCH_TABLE_TEXT_BYTES];
    size_t command_bytes;
    const char *command = wl_trace_header(trace, "command", &command_bytes);

    printf("%s%s%.*s\n", replay->path, command == NULL ? "" : ": ",
           command == NULL ? 0 : (int)command_bytes, command == NULL ? "" : command);
    printf("%-18s %llu (%llu alloc, %llu free, %llu realloc, %llu container, %llu store)\n",
           "operations", (unsigned long long)report->replayed.operations,
           (unsigned long long)counts->allocs, (unsigned long long)counts->frees,
           (unsigned long long)counts->reallocs, (unsigned long long)counts->containers,
           (unsigned long long)counts->stores);
    printf("%-18s %s (%s of processor), %.1f million operations a second\n", "time",
           bench_table_time((double)report->wall_ns, wall),
           bench_table_time((double)report->cpu_ns, cpu), rate_of(report) / 1e6);
    print_bytes("peak live", stats[RT_STAT_LIVE_REQUESTED_BYTES_PEAK]);
    print_bytes("peak held", stats[RT_STAT_HELD_BYTES_PEAK]);
    printf("%-18s %zu blocks\n", "never freed", report->replayed.live_at_end);
    if (counts->containers == 0)
        return;
    printf("%-18s %llu, %llu, %llu by generation; %llu objects examined, %llu collected\n",
           "collections", (unsigned long long)stats[RT_STAT_GC_COLLECTIONS0],
           (unsigned long long)stats[RT_STAT_GC_COLLECTIONS1],
           (unsigned long long)stats[RT_STAT_GC_COLLECTIONS2],
           (unsigned long long)stats[RT_STAT_GC_EXAMINED], (unsigned long long)collected);
}

int
bench_replay_trace(const struct bench_replay_trace *replay) {
    struct report report = {0};
    struct wl_trace trace;
    struct rt_config config;
    int status = configure(replay, &config);

    if (status == BENCH_STATUS_DONE)
        status = bench_replay_trace_open(replay->path, &trace);
    if (status != BENCH_STATUS_DONE)
        return status;
    status = run(replay, &trace, &config, &report);
    if (status == BENCH_STATUS_DONE && replay->json)
        print_json(replay, &trace, &report);
    else if (status == BENCH_STATUS_DONE)
        print_text(replay, &trace, &report);
    bench_replay_trace_close(&trace);
    return status;
}
