/* SPDX-License-Identifier: MIT
 *
 * gate/baseline.h: what every configuration of a suite counts, as a text to be kept under version control.
 *
 *     baseline = 1                             the version of this form; a newer one is refused
 *     suite = ci
 *     seed = 0                                 of the run, from which the cells' is drawn
 *     accepted = 2026-11-21, gcsweep 0.1.0     for a person
 *
 *     [churn alloc.backend=pool]               the workload, and every knob that the suite sets
 *     version = 1                              of the workload
 *     seed = 7244361534025563                  of the cell
 *     digest = 1f0c5b9a0e3d7712                the answer
 *     alloc.allocations = 1534001              every deterministic metric, by name
 *
 * What follows a # at the beginning of a line is for a person. Nothing in it depends on the machine, the compiler or
 * the time, so that the difference of two of them is what a change of the program did.
 */
#ifndef BENCH_GATE_BASELINE_H
#define BENCH_GATE_BASELINE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/plan.h"
#include "bench/store.h"

enum {
    BENCH_GATE_BASELINE_VERSION = 1,
    BENCH_GATE_BASELINE_BYTES = 64 << 20, /* of a file, at most */
    BENCH_GATE_DIGEST_BYTES = 32
};

struct bench_gate_count {
    char *name;
    double value;
    size_t line; /* of the file; 0: it comes from none */
};

struct bench_gate_config {
    char *name;
    int64_t version;
    uint64_t seed;
    char digest[BENCH_GATE_DIGEST_BYTES];
    struct bench_gate_count *counts; /* by name */
    size_t count_count;
    size_t line, digest_line;
    int64_t id;    /* of a run: the configuration's there */
    char *trouble; /* of a run: why there is nothing else, or NULL */
};

struct bench_gate_baseline {
    char *path, *suite, *accepted;
    uint64_t seed;
    struct bench_gate_config *configs; /* in the suite's order */
    struct bench_gate_config **by_name;
    size_t config_count;
};

/* Reads "file contents" under a path that messages use. -EINVAL with "path:line: ...", -EPROTO: of a newer form,
 * -ENOMEM. After a failure there is nothing to fini, here and below. */
int bench_gate_baseline_parse(struct bench_gate_baseline *baseline, const char *path,
                              const char *text, size_t bytes, char *why, size_t why_bytes);
/* -ENOENT: there is no such file; or another, or as above. */
int bench_gate_baseline_read(struct bench_gate_baseline *baseline, const char *path, char *why,
                             size_t why_bytes);

/* What the first block of a run counted on the engine of that name, with why a cell did not finish. */
int bench_gate_baseline_take(struct bench_gate_baseline *baseline, struct bench_store *store,
                             const struct bench_plan *plan, const struct bench_suite *suite,
                             const char *engine, char *why, size_t why_bytes);

/* How one is built: a configuration behind the others, its counts, and then all of them sorted. -ENOMEM. */
int bench_gate_baseline_add(struct bench_gate_baseline *baseline, const char *name, size_t line);
int bench_gate_baseline_add_count(struct bench_gate_config *config, const char *name, double value,
                                  size_t line);
int bench_gate_baseline_sort(struct bench_gate_baseline *baseline);

void bench_gate_baseline_fini(struct bench_gate_baseline *baseline);

/* NULL: it has none of that name. */
const struct bench_gate_config *bench_gate_baseline_find(const struct bench_gate_baseline *baseline,
                                                         const char *name);

void bench_gate_baseline_write(const struct bench_gate_baseline *baseline, FILE *out);

#endif
