/* SPDX-License-Identifier: MIT
 *
 * verbs/worker.c: `gcsweep worker`, which the runner starts for engine `rt`. People have no use for it,
 * so it is not listed.
 */
#include "bench/child.h"
#include "bench/say.h"
#include "bench/verb.h"
#include "bench/worker.h"

extern const struct bench_verb bench_verb_worker;

static int
run_worker(int argc, char **argv) {
    (void)argv;
    if (argc != 1)
        return bench_say(BENCH_STATUS_USAGE,
                         "worker takes no arguments; it speaks the protocol of bench/README.md");
    bench_child_follow_parent();
    return bench_worker_run(BENCH_WORKER_IN, BENCH_WORKER_OUT, NULL);
}

const struct bench_verb bench_verb_worker = {
    .name = "worker",
    .summary = "run one cell for a runner",
    .help = "usage: gcsweep worker < CELL 3> RECORD\n"
            "\n"
            "Speaks the worker protocol of bench/README.md; started by `gcsweep run` and `gcsweep "
            "sweep`.\n",
    .run = run_worker,
};
