/* SPDX-License-Identifier: MIT
 *
 * runner.c: the options that `run` and `sweep` share. See runner.h.
 */
#include "bench/runner.h"

#include <stdio.h>
#include <string.h>

#include "bench/option.h"
#include "bench/say.h"
#include "bench/verb.h"
#include "runtime/rt.h"

void
bench_runner_init(struct bench_runner *runner) {
    *runner = (struct bench_runner){
        .engine = bench_engine_find("rt"),
        .sample_ns = 1000000,
        .time_limit_ns = UINT64_C(600) * 1000000000,
    };
}

int
bench_runner_set_engine(struct bench_runner *runner, const char *name) {
    const char *names[16];
    char hint[64];
    size_t count;
    const struct bench_engine *list = bench_engine_list(&count);

    runner->engine = bench_engine_find(name);
    if (runner->engine != NULL)
        return BENCH_STATUS_DONE;
    for (size_t i = 0; i < count; i++)
        names[i] = list[i].name;
    names[count] = NULL;
    return bench_say(BENCH_STATUS_USAGE, "no engine %s%s (gcsweep list shows all)", name,
                     bench_say_nearest(bench_say_guess(name, names), hint, sizeof hint));
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
    char why[256];
    int signals;

    if (!runner->engine->find(runner->path, sizeof runner->path, runner->argv, why, sizeof why))
        return bench_say(BENCH_STATUS_ENVIRONMENT, "engine %s cannot run here: %s",
                         runner->engine->name, why);
    signals = bench_child_signals_open();
    if (signals < 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "no way to wait for signals: %s",
                         strerror(-signals));
    *ret_options = (struct bench_child_options){
        .path = runner->path,
        .argv = runner->argv,
        .sample_ns = runner->sample_ns,
        .time_limit_ns = runner->time_limit_ns,
        .memory_limit_bytes = runner->memory_limit_bytes,
        .signals = signals,
    };
    return BENCH_STATUS_DONE;
}
