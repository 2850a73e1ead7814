/* SPDX-License-Identifier: MIT
 *
 * gate/run.c: see gate/run.h.
 *
 * The other program comes first in each block's list of engines, so that in whatever shows the run ratios are those of
 * this program to the other one.
 */
#include "bench/gate/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/advice.h"
#include "bench/env.h"
#include "bench/measure.h"
#include "bench/runner.h"
#include "bench/say.h"
#include "bench/sweep.h"
#include "bench/target.h"
#include "bench/verb.h"

enum {
    PAIRED_BLOCKS = 10,
    WHY_BYTES = 512
};

static int
find_engines(const struct bench_gate_run *run, struct bench_runner *runner) {
    char name[BENCH_ENGINE_NAME_BYTES + 8];
    int status = BENCH_STATUS_DONE;

    bench_runner_init(runner);
    if (run->against != NULL) {
        snprintf(name, sizeof name, "rt@%s", run->against);
        status = bench_runner_add(runner, name);
        snprintf(runner->engines[0].name, sizeof runner->engines[0].name, BENCH_GATE_BASE);
    }
    return status == BENCH_STATUS_DONE ? bench_runner_add(runner, BENCH_GATE_ENGINE) : status;
}

static int
make_plan(struct bench_gate_run *run, const struct bench_runner *runner) {
    char data[WHY_BYTES];
    struct rt_text why;
    int error;

    rt_text_init(&why, data, sizeof data);
    error = bench_suite_load(&run->ran, run->suite, &why);
    if (error == -ENOENT)
        return bench_target_refuse(run->suite, true);
    if (error != 0)
        return bench_say(BENCH_STATUS_USAGE, "%s", data);
    run->ran.engines = runner->engines;
    run->ran.engine_count = runner->engine_count;
    if (run->repetitions == 0)
        run->repetitions = run->against == NULL ? 1 : PAIRED_BLOCKS;
    if (bench_plan_make(&run->plan, &run->ran, run->repetitions, run->seed, &why) == 0)
        return BENCH_STATUS_DONE;
    bench_suite_fini(&run->ran);
    return bench_say(BENCH_STATUS_USAGE, "%s", data);
}

static void
say_note(void *context, const char *line) {
    (void)context;
    bench_say(0, "note: %s", line);
}

static int
finish(struct bench_gate_run *run) {
    char finished[BENCH_MEASURE_UTC_BYTES];
    int error;

    bench_measure_utc(finished);
    error = bench_store_put_fact(run->store, BENCH_STORE_RUN, "finished", finished);
    if (error == 0 && run->against != NULL)
        error = bench_store_put_fact(run->store, BENCH_STORE_RUN, "against", run->against);
    if (error == 0)
        error = bench_store_finish(run->store);
    return error == 0 ? BENCH_STATUS_DONE
                      : bench_say(BENCH_STATUS_ENVIRONMENT, "%s: %s", run->path,
                                  bench_store_why(run->store));
}

static int
run_cells(struct bench_gate_run *run, const struct bench_runner *runner,
          const struct bench_child_options *child) {
    const struct bench_sweep sweep = {.store = run->store,
                                      .plan = &run->plan,
                                      .child = child,
                                      .engines = runner->engines,
                                      .engine_count = runner->engine_count,
                                      .progress = run->progress};
    struct bench_advice advice = {0};
    char why[WHY_BYTES];
    int error;

    if (run->against != NULL) { /* counts do not mind */
        (void)bench_env_each(bench_advice_take, &advice);
        bench_advice_each(&advice, say_note, NULL);
    }
    error = bench_sweep_run(&sweep, why, sizeof why);
    if (error == -EINTR)
        return bench_say(BENCH_STATUS_INTERRUPTED, "interrupted: nothing was judged");
    if (error != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "%s", why);
    return finish(run);
}

static int
create_and_run(struct bench_gate_run *run, struct bench_runner *runner) {
    const struct bench_run_file draft = {.suite = &run->ran,
                                         .plan = &run->plan,
                                         .command = run->command,
                                         .seed = run->seed,
                                         .repetitions = run->repetitions,
                                         .sample_ns = runner->sample_ns,
                                         .time_limit_ns = runner->time_limit_ns,
                                         .memory_limit_bytes = runner->memory_limit_bytes,
                                         .jobs = 1};
    char path[BENCH_RUN_FILE_PATH_BYTES], why[WHY_BYTES];
    struct bench_child_options child;
    int status = bench_runner_open(runner, &child);

    if (status != BENCH_STATUS_DONE)
        return status;
    if (bench_run_file_create(&draft, run->path, path, &run->store, why, sizeof why) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "%s", why);
    status = run_cells(run, runner, &child);
    if (status !=
        BENCH_STATUS_DONE) { /* half a run is not to be taken for one; closed, it is one file */
        bench_store_close(run->store);
        run->store = NULL;
        (void)unlink(run->path);
    }
    return status;
}

int
bench_gate_run_all(struct bench_gate_run *run) {
    struct bench_runner runner;
    int status = find_engines(run, &runner);

    run->store = NULL;
    if (status == BENCH_STATUS_DONE)
        status = make_plan(run, &runner);
    if (status != BENCH_STATUS_DONE)
        return status;
    status = create_and_run(run, &runner);
    run->ran.engines = NULL; /* they end here */
    run->ran.engine_count = 0;
    if (status != BENCH_STATUS_DONE)
        bench_gate_run_fini(run);
    return status;
}

void
bench_gate_run_fini(struct bench_gate_run *run) {
    bench_store_close(run->store);
    bench_plan_fini(&run->plan);
    bench_suite_fini(&run->ran);
}
