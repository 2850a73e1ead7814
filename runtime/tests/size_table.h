/* SPDX-License-Identifier: MIT
 *
 * size_table.h: CPython's sizes as tests read them: one series of the table that sizes.py printed, which
 * says what each series and each of its steps is.
 */
#ifndef RUNTIME_TESTS_SIZE_TABLE_H
#define RUNTIME_TESTS_SIZE_TABLE_H

#include <stdio.h>

#include "runtime/tests/heap.h"

enum {
    TEST_SIZE_ROWS_MAX = 512
};

struct test_sizes {
    const char *series;
    struct {
        long step, bytes, requested; /* -1: not known */
    } rows[TEST_SIZE_ROWS_MAX];
    size_t count;
    size_t at; /* the row of the step asked for last: steps only ascend */
};

static inline void
test_sizes_read(struct test_sizes *sizes, const char *series) {
    FILE *file = fopen(TEST_DATA "/sizes-3.11.2.txt", "r");
    char line[256], name[64], requested[32];
    long step, bytes;

    *sizes = (struct test_sizes){.series = series};
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%63s %ld %ld %31s", name, &step, &bytes, requested) == 4 &&
            strcmp(name, series) == 0) {
            assert_true(sizes->count < TEST_SIZE_ROWS_MAX);
            sizes->rows[sizes->count].step = step;
            sizes->rows[sizes->count].bytes = bytes;
            sizes->rows[sizes->count].requested = -1;
            (void)sscanf(requested, "%ld", &sizes->rows[sizes->count].requested);
            sizes->count++;
        }
    }
    fclose(file);
    if (sizes->count == 0)
        fail_msg("the table of sizes has no series %s", series);
}

static inline long
test_sizes_last_step(const struct test_sizes *sizes) {
    return sizes->rows[sizes->count - 1].step;
}

static inline void
test_sizes_go_to(struct test_sizes *sizes, long step) {
    while (sizes->at + 1 < sizes->count && sizes->rows[sizes->at + 1].step <= step)
        sizes->at++;
}

/* The object after that step is as large as CPython's, and owns as much. */
static inline void
test_sizes_check(struct test_sizes *sizes, long step, const struct rt_object *object) {
    test_sizes_go_to(sizes, step);
    if ((long)rt_sizeof(object) != sizes->rows[sizes->at].bytes ||
        (sizes->rows[sizes->at].requested >= 0 &&
         (long)rt_block_bytes(object) != sizes->rows[sizes->at].requested))
        fail_msg("%s %ld: %zu and %zu bytes, not %ld and %ld", sizes->series, step,
                 rt_sizeof(object), rt_block_bytes(object), sizes->rows[sizes->at].bytes,
                 sizes->rows[sizes->at].requested);
}

#endif
