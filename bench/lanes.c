/* SPDX-License-Identifier: MIT
 *
 * lanes.c: several cells at once. See lanes.h.
 *
 * What lanes and their parent share is one piece of memory: the number of the next cell, which of them are
 * done, and how each lane ended. Every cell's number is taken once. Lanes end with their parent, however
 * it ends, and their workers with them; when one lane fails, or somebody interrupts, all are told to end.
 */
#include "bench/lanes.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct lane {
    pid_t pid; /* 0: it has ended */
    int error;
    char why[512];
};

struct shared {
    atomic_size_t next, done, failed;
    struct lane lanes[BENCH_LANES_MOST];
    bool cells[]; /* of the plan: done now */
};

struct parent {
    const struct bench_sweep *sweep;
    const char *path;
    unsigned count, running;
    bool stopped;
    struct shared *shared;
};

/* ---- In a lane -------------------------------------------------------------------------------------- */

static int
run_cells(struct parent *parent, const struct bench_sweep *sweep, struct lane *lane) {
    struct bench_plan *plan = sweep->plan;
    struct shared *shared = parent->shared;
    struct bench_record *record = bench_record_create();
    int error = record == NULL ? -ENOMEM : 0;
    size_t i;

    while (error == 0 && (i = atomic_fetch_add(&shared->next, 1)) < plan->cell_count) {
        if (plan->cells[i].done)
            continue;
        error = bench_child_interrupted(sweep->child->signals)
                    ? -EINTR
                    : bench_sweep_cell(sweep, &plan->cells[i], record, lane->why, sizeof lane->why);
        if (error == 0) {
            shared->cells[i] = true;
            atomic_fetch_add(&shared->done, 1);
            atomic_fetch_add(&shared->failed, record->state != BENCH_CELL_FINISHED);
        }
    }
    bench_record_destroy(record);
    return error;
}

static void
be_a_lane(struct parent *parent, struct lane *lane, pid_t parent_pid) {
    struct bench_child_options child = *parent->sweep->child;
    struct bench_sweep sweep = *parent->sweep;

    bench_child_follow_parent();
    if (getppid() != parent_pid)
        _exit(1);
    child.signals = bench_child_signals_open();
    sweep.child = &child;
    lane->error = child.signals < 0 ? child.signals
                                    : bench_store_open(parent->path, BENCH_STORE_RESUME,
                                                       &sweep.store, lane->why, sizeof lane->why);
    if (lane->error == 0) {
        lane->error = run_cells(parent, &sweep, lane);
        bench_store_close(sweep.store);
    }
    _exit(0);
}

/* ---- In their parent -------------------------------------------------------------------------------- */

static int
start_lane(struct parent *parent, struct lane *lane) {
    pid_t self = getpid(), pid;

    lane->error = -ECANCELED; /* what it says if it ends without a word */
    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        be_a_lane(parent, lane, self);
    lane->pid = pid;
    parent->running++;
    return 0;
}

static void
stop(struct parent *parent) {
    for (unsigned i = 0; i < parent->count && !parent->stopped; i++)
        if (parent->shared->lanes[i].pid > 0)
            kill(parent->shared->lanes[i].pid, SIGTERM);
    parent->stopped = true;
}

/* Those that have ended. */
static void
wait_for_lanes(struct parent *parent) {
    for (unsigned i = 0; i < parent->count; i++) {
        struct lane *lane = &parent->shared->lanes[i];
        int status;
        if (lane->pid <= 0 || waitpid(lane->pid, &status, WNOHANG) != lane->pid)
            continue;
        lane->pid = 0;
        parent->running--;
        if (lane->error == -ECANCELED)
            snprintf(lane->why, sizeof lane->why, "a process that ran cells was ended by signal %d",
                     WIFSIGNALED(status) ? WTERMSIG(status) : 0);
        if (lane->error != 0)
            stop(parent);
    }
}

static void
watch(struct parent *parent, struct bench_progress *progress, size_t first) {
    const struct bench_plan *plan = parent->sweep->plan;
    struct shared *shared = parent->shared;
    int signals = parent->sweep->child->signals;

    while (parent->running > 0) {
        struct pollfd fd = {signals, POLLIN, 0};
        size_t next = atomic_load(&shared->next);
        next = next < plan->cell_count ? next : plan->cell_count - 1;
        bench_progress_show(progress, first + atomic_load(&shared->done),
                            atomic_load(&shared->failed),
                            plan->configs[plan->cells[next].config].label);
        poll(&fd, 1, 200);
        if (bench_child_interrupted(signals))
            stop(parent);
        wait_for_lanes(parent);
    }
}

/* The first real reason; an interruption is one only if there is no other. */
static int
judge(const struct parent *parent, char *why, size_t why_bytes) {
    int error = parent->stopped ? -EINTR : 0;

    for (unsigned i = 0; i < parent->count; i++) {
        const struct lane *lane = &parent->shared->lanes[i];
        if (lane->error == 0 || lane->error == -EINTR)
            continue;
        snprintf(why, why_bytes, "%s", lane->why[0] != '\0' ? lane->why : strerror(-lane->error));
        return lane->error;
    }
    return error;
}

int
bench_lanes_run(const struct bench_sweep *sweep, const char *path, unsigned lanes, char *why,
                size_t why_bytes) {
    struct bench_plan *plan = sweep->plan;
    size_t bytes = sizeof(struct shared) + plan->cell_count * sizeof(bool);
    size_t first = bench_sweep_done(plan);
    struct parent parent = {.sweep = sweep, .path = path, .count = lanes};
    struct bench_progress progress;
    int error = 0;

    parent.shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (parent.shared == MAP_FAILED) {
        snprintf(why, why_bytes, "out of memory");
        return -ENOMEM;
    }
    bench_progress_begin(&progress, sweep->progress, first, plan->cell_count);
    for (unsigned i = 0; error == 0 && i < lanes; i++)
        error = start_lane(&parent, &parent.shared->lanes[i]);
    if (error != 0)
        stop(&parent);
    watch(&parent, &progress, first);
    bench_progress_end(&progress, first + parent.shared->done, parent.shared->failed);
    for (size_t i = 0; i < plan->cell_count; i++)
        plan->cells[i].done = plan->cells[i].done || parent.shared->cells[i];
    if (error != 0)
        snprintf(why, why_bytes, "no process to run cells in: %s", strerror(-error));
    else
        error = judge(&parent, why, why_bytes);
    munmap(parent.shared, bytes);
    return error;
}
