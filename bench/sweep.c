/* SPDX-License-Identifier: MIT
 *
 * sweep.c: the loop over cells. See sweep.h. A result is committed before the next cell starts, so a
 * sweep that is killed at any moment has lost at most the cell that was running.
 */
#include "bench/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/leader.h"

size_t
bench_sweep_done(const struct bench_plan *plan) {
    size_t done = 0;
    for (size_t i = 0; i < plan->cell_count; i++)
        done += plan->cells[i].done;
    return done;
}

static int
keep(struct bench_store *store, const struct bench_plan_cell *cell,
     const struct bench_record *record) {
    struct bench_store_cell row = {.id = cell->id,
                                   .config_id = (int64_t)cell->config + 1,
                                   .block = cell->block,
                                   .position = cell->position,
                                   .seed = cell->seed};
    int error = bench_store_begin(store);

    if (error == 0)
        error = bench_record_store(record, store, &row);
    if (error == 0)
        error = bench_store_commit(store);
    if (error != 0)
        bench_store_rollback(store);
    return error;
}

/* In the engine of its configuration. */
static int
run_cell(const struct bench_sweep *sweep, const struct bench_plan_config *config,
         struct bench_record *record) {
    for (size_t i = 0; i < sweep->engine_count; i++)
        if (strcmp(sweep->engines[i].name, config->engine) == 0)
            return bench_child_run_on(&sweep->engines[i], sweep->child, &config->cell, record);
    return bench_child_run(sweep->child, &config->cell, record);
}

int
bench_sweep_cell(const struct bench_sweep *sweep, struct bench_plan_cell *cell,
                 struct bench_record *record, char *why, size_t why_bytes) {
    struct bench_plan_config *config = &sweep->plan->configs[cell->config];
    int error;

    config->cell.seed = cell->seed;
    error = run_cell(sweep, config, record);
    if (error != 0) {
        snprintf(why, why_bytes, "%s", record->why);
        return error;
    }
    error = keep(sweep->store, cell, record);
    if (error != 0)
        snprintf(why, why_bytes, "%s", bench_store_why(sweep->store));
    cell->done = error == 0;
    return error;
}

static void
tell_standing(const void *leader, size_t room, char *ret_text, size_t bytes) {
    bench_leader_tell(leader, room, ret_text, bytes);
}

int
bench_sweep_run(const struct bench_sweep *sweep, char *why, size_t why_bytes) {
    struct bench_plan *plan = sweep->plan;
    struct bench_record *record = bench_record_create();
    struct bench_leader *leader = bench_leader_create(plan);
    size_t done = bench_sweep_done(plan), failed = 0;
    struct bench_progress progress;
    int error = 0;

    if (record == NULL || leader == NULL) {
        bench_record_destroy(record);
        bench_leader_destroy(leader);
        snprintf(why, why_bytes, "out of memory");
        return -ENOMEM;
    }
    bench_progress_begin(&progress, sweep->progress, done, plan->cell_count);
    progress.tell = tell_standing;
    progress.context = leader;
    for (size_t i = 0; error == 0 && i < plan->cell_count; i++) {
        if (plan->cells[i].done)
            continue;
        bench_progress_show(&progress, done, failed, plan->configs[plan->cells[i].config].label);
        error = bench_child_interrupted(sweep->child->signals)
                    ? -EINTR
                    : bench_sweep_cell(sweep, &plan->cells[i], record, why, why_bytes);
        if (error == 0) {
            done++;
            failed += record->state != BENCH_CELL_FINISHED;
            bench_leader_take(leader, &plan->cells[i], record);
        }
    }
    bench_progress_end(&progress, done, failed);
    bench_leader_destroy(leader);
    bench_record_destroy(record);
    return error;
}
