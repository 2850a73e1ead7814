/* SPDX-License-Identifier: MIT
 *
 * shard.c: parts of a plan. See shard.h. Parts are dealt out like cards, so that every machine has its
 * share of early and of late blocks.
 */
#include "bench/shard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/say.h"

/* Digits only, at least one, none of them too many. */
static bool
read_number(const char *text, size_t length, uint64_t *ret_number) {
    uint64_t number = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    *ret_number = number;
    return length > 0 && length < 10;
}

bool
bench_shard_parse(const char *text, struct bench_shard *ret_shard) {
    const char *slash = strchr(text, '/');
    struct bench_shard shard;

    if (slash != NULL && read_number(text, (size_t)(slash - text), &shard.index) &&
        read_number(slash + 1, strlen(slash + 1), &shard.count) && shard.index >= 1 &&
        shard.index <= shard.count) {
        *ret_shard = shard;
        return true;
    }
    bench_say(0, "--shard=%s: it is i/n, the i-th of n parts, from 1/n to n/n", text);
    return false;
}

void
bench_shard_print(const struct bench_shard *shard, char ret_text[BENCH_SHARD_TEXT_BYTES]) {
    snprintf(ret_text, BENCH_SHARD_TEXT_BYTES, "%" PRIu64 "/%" PRIu64, shard->index, shard->count);
}

/* Numbers the workloads of a plan by their first configuration; gives how many there are. */
static size_t
number_workloads(const struct bench_plan *plan, size_t *ret_numbers) {
    size_t count = 0;

    for (size_t i = 0; i < plan->config_count; i++) {
        size_t same = i;
        if (i > 0 && plan->configs[i - 1].cell.workload == plan->configs[i].cell.workload)
            same = i - 1;
        for (size_t k = 0; same == i && k < i; k++)
            if (plan->configs[k].cell.workload == plan->configs[i].cell.workload)
                same = k;
        ret_numbers[i] = same < i ? ret_numbers[same] : count++;
    }
    return count;
}

static int
refuse(const struct bench_shard *shard, uint64_t parts, struct rt_text *why) {
    char text[BENCH_SHARD_TEXT_BYTES];

    bench_shard_print(shard, text);
    rt_text_string(why, "--shard=");
    rt_text_string(why, text);
    rt_text_string(why, ": the plan has ");
    rt_text_integer(why, (int64_t)parts);
    rt_text_string(why, " parts, as what is compared stays on one machine: give more --reps");
    return -EINVAL;
}

int
bench_shard_take(const struct bench_shard *shard, struct bench_plan *plan, uint64_t repetitions,
                 struct rt_text *why) {
    size_t *numbers, workloads, kept = 0;
    bool by_block = shard->count <= repetitions;

    if (shard->count == 0)
        return 0;
    numbers = calloc(plan->config_count, sizeof *numbers);
    if (numbers == NULL)
        return -ENOMEM;
    workloads = number_workloads(plan, numbers);
    if (shard->count > repetitions * workloads) {
        free(numbers);
        return refuse(shard, repetitions * workloads, why);
    }
    for (size_t i = 0; i < plan->cell_count; i++) {
        const struct bench_plan_cell *cell = &plan->cells[i];
        uint64_t part = (uint64_t)cell->block - 1;
        if (!by_block)
            part = part * workloads + numbers[cell->config];
        if (part % shard->count == shard->index - 1)
            plan->cells[kept++] = *cell;
    }
    plan->cell_count = kept;
    free(numbers);
    return 0;
}
