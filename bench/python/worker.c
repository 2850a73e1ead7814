/* SPDX-License-Identifier: MIT
 *
 * worker.c: runs one cell in this interpreter, for a runner: the worker protocol of bench/README.md.
 */
#include "bench/worker.h"

#include <signal.h>
#include <sys/prctl.h>

#include "bench/python/verbs.h"

static int
run(struct en_heap *heap, int argc, char **argv) {
    (void)argc;
    (void)argv;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* to be ended when the runner ends */
    return bench_worker_run(BENCH_WORKER_IN, BENCH_WORKER_OUT, heap);
}

const struct bench_python_verb bench_python_worker = {"worker", run};
