/* SPDX-License-Identifier: MIT
 *
 * runner.c: the options that `run` and `sweep` share. See runner.h.
 */
#include "bench/runner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/measure.h"
#include "bench/option.h"
#include "bench/say.h"
#include "bench/verb.h"
#include "runtime/rt.h"

/* A sample takes some tens of microseconds of the runner's processor. If that is the worker's, too, it is to be 1 %
 * of its time at most. */
static const uint64_t sample_ns = 1000000, sample_alone_ns = 10000000;

void
bench_runner_init(struct bench_runner *runner) {
    *runner = (struct bench_runner){
        .sample_ns = bench_measure_processors() > 1 ? sample_ns : sample_alone_ns,
        .time_limit_ns = UINT64_C(600) * 1000000000,
    };
}

int
bench_runner_add(struct bench_runner *runner, const char *name) {
    char why[1600];
    int error;

    for (size_t i = 0; i < runner->engine_count; i++)
        if (strcmp(runner->engines[i].name, name) == 0)
            return BENCH_STATUS_DONE;
    if (runner->engine_count == BENCH_ENGINES_MOST)
        return bench_say(BENCH_STATUS_USAGE, "more than %d engines", BENCH_ENGINES_MOST);
    error = bench_engine_open(&runner->engines[runner->engine_count], name, runner->python, why,
                              sizeof why);
    if (error == -ENOENT)
        return bench_say(BENCH_STATUS_USAGE, "%s", why);
    if (error != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "engine %s cannot run here: %s", name, why);
    runner->engine_count++;
    return BENCH_STATUS_DONE;
}

/* The engine with each of the mallocs; "none" is to preload nothing. */
static int
add_preloads(struct bench_runner *runner, const char *name) {
    const char *rest = runner->preload == NULL ? "none" : runner->preload;

    for (;;) {
        char one[2 * BENCH_ENGINE_NAME_BYTES];
        size_t length = strcspn(rest, ",");
        bool is_none = length == 4 && strncmp(rest, "none", length) == 0;
        int written = is_none ? snprintf(one, sizeof one, "%s", name)
                              : snprintf(one, sizeof one, "%s+%.*s", name, (int)length, rest);
        int status = written >= (int)sizeof one
                         ? bench_say(BENCH_STATUS_USAGE, "--preload: a name is too long")
                         : bench_runner_add(runner, one);
        if (status != BENCH_STATUS_DONE || rest[length] == '\0')
            return status;
        rest += length + 1;
    }
}

static int
add_named(struct bench_runner *runner, const char *name) {
    int status;

    if (strcmp(name, "both") != 0)
        return add_preloads(runner, name);
    status = add_preloads(runner, "rt");
    return status == BENCH_STATUS_DONE ? add_preloads(runner, "cpython") : status;
}

static bool
has_python(const struct bench_runner *runner) {
    for (size_t i = 0; i < runner->engine_count; i++)
        if (runner->engines[i].is_python)
            return true;
    return false;
}

int
bench_runner_find(struct bench_runner *runner) {
    const char *rest = runner->engine == NULL ? "rt" : runner->engine;
    int status = BENCH_STATUS_DONE;

    while (status == BENCH_STATUS_DONE) {
        char name[BENCH_ENGINE_NAME_BYTES + 1];
        size_t length = strcspn(rest, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, rest);
        status = add_named(runner, name);
        if (rest[length] == '\0')
            break;
        rest += length + 1;
    }
    if (status == BENCH_STATUS_DONE && runner->python != NULL && !has_python(runner))
        return bench_say(BENCH_STATUS_USAGE, "--python is for --engine cpython or both");
    return status;
}

bool
bench_runner_doubt_preload(const struct bench_engine *engine, const struct bench_cell *cell) {
    if (engine->preload[0] == '\0' || cell->config.alloc_backend == RT_BACKEND_SYSTEM)
        return false;
    bench_say(0,
              "%s: only with alloc.backend=system does every block come from the malloc that is "
              "preloaded; here pools serve the small ones",
              engine->name);
    return true;
}

int
bench_runner_set_sample(struct bench_runner *runner, const char *value) {
    return bench_option_duration("--sample", value, &runner->sample_ns) ? BENCH_STATUS_DONE
                                                                        : BENCH_STATUS_USAGE;
}

int
bench_runner_set_time_limit(struct bench_runner *runner, const char *value) {
    return bench_option_duration("--time-limit", value, &runner->time_limit_ns)
               ? BENCH_STATUS_DONE
               : BENCH_STATUS_USAGE;
}

int
bench_runner_set_memory_limit(struct bench_runner *runner, const char *value) {
    const struct rt_knob row = {.name = "--memory-limit",
                                .type = RT_KNOB_SIZE,
                                .low = 1 << 20,
                                .high = INT64_C(1) << 46,
                                .unit = "bytes"};
    char data[160];
    struct rt_text why;
    int64_t bytes;

    rt_text_init(&why, data, sizeof data);
    if (rt_knob_set(&row, &bytes, value, &why) != 0)
        return bench_say(BENCH_STATUS_USAGE, "%s", data);
    runner->memory_limit_bytes = (uint64_t)bytes;
    return BENCH_STATUS_DONE;
}

int
bench_runner_open(struct bench_runner *runner, struct bench_child_options *ret_options) {
    struct bench_measure_clock clock;
    int signals;

    bench_measure_clock_init(&clock);
    signals = bench_child_signals_open();
    if (signals < 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "no way to wait for signals: %s",
                         strerror(-signals));
    *ret_options = (struct bench_child_options){
        .sample_ns = runner->sample_ns,
        .time_limit_ns = runner->time_limit_ns,
        .memory_limit_bytes = runner->memory_limit_bytes,
        .signals = signals,
        .clock_rate = clock.rate,
    };
    return BENCH_STATUS_DONE;
}
