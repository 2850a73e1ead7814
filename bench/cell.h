/* SPDX-License-Identifier: MIT
 *
 * cell.h: what one worker is to run: a workload, every knob's value, a seed. Its knobs are those of the
 * runtime and those of the workload; together they are addressed by name.
 *
 * On the wire a cell is one JSON object on one line:
 *   {"workload": "churn", "version": 1, "seed": 7, "knobs": {"alloc.backend": "pool", ...}}
 * Values of knobs are strings, as --set accepts them; knobs that are missing have their default. The
 * runner adds clock_rate.
 */
#ifndef BENCH_CELL_H
#define BENCH_CELL_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "runtime/rt.h"
#include "workloads/workload.h"

struct bench_cell {
    const struct wl_workload *workload;
    uint64_t seed;
    struct rt_config config;
    void *knobs;         /* the workload's */
    uint64_t clock_rate; /* of measure.h, as the runner found it; 0: the worker is to find out */
    uint64_t named[2];   /* bits of the knobs that bench_cell_set has set, by their number */
};

int bench_cell_init(struct bench_cell *cell, const struct wl_workload *workload); /* -ENOMEM */
void bench_cell_fini(struct bench_cell *cell);

/* The row of that name, and the struct its offset refers to (either may be NULL). NULL: no such knob. */
const struct rt_knob *bench_cell_find(struct bench_cell *cell, const char *name, void **ret_fields);

/* -ENOENT, -EINVAL, -ERANGE, with one line in `why`. */
int bench_cell_set(struct bench_cell *cell, const char *name, const char *value,
                   struct rt_text *why);

/* -EINVAL: values that do not go together. */
int bench_cell_check(const struct bench_cell *cell, struct rt_text *why);

/* Thresholds of the collector that are the policy's own become the numbers that this means. */
void bench_cell_settle(struct bench_cell *cell);

/* Rows by number: the runtime's first, then the workload's. */
size_t bench_cell_knob_count(const struct bench_cell *cell);
const struct rt_knob *bench_cell_knob(const struct bench_cell *cell, size_t index,
                                      const void **ret_fields);

/* The value as --set accepts it, and as a number to plot (0 for a text, which is none). */
enum {
    BENCH_CELL_VALUE_BYTES = RT_KNOB_TEXT_BYTES
};
void bench_cell_value(const struct rt_knob *row, const void *fields,
                      char ret_value[BENCH_CELL_VALUE_BYTES]);
double bench_cell_number(const struct rt_knob *row, const void *fields);

const char *bench_cell_type_name(enum rt_knob_type type);

/* {"name": value, ...} of all knobs: numbers (sizes in bytes), booleans, and texts and an enum's
 * choice as strings. NULL for out of memory. */
json_t *bench_cell_knobs_json(const struct bench_cell *cell);

json_t *bench_cell_json(const struct bench_cell *cell);
/* With no other knobs than those that were set: for a worker that is to have its own defaults. */
json_t *bench_cell_named_json(const struct bench_cell *cell);

/* Initialises the cell. -EBADMSG: not a cell; else as bench_cell_set and bench_cell_check. After a
 * failure there is nothing to fini. */
int bench_cell_parse(struct bench_cell *cell, const char *line, struct rt_text *why);

#endif
