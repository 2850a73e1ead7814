/* SPDX-License-Identifier: MIT
 *
 * history/common.c: see history/common.h.
 *
 * What is followed grows from an anchor, the run that shares a configuration with most others: the others join it from
 * the latest to the earliest, and what all of them have in common can only become less. A run without any of what is
 * left at its turn stays out.
 */
#include "bench/history/common.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/array.h"
#include "bench/history/read.h"

int
bench_history_common_note(struct bench_history *history, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (bench_array_grow(&history->notes, history->note_count, sizeof(*history->notes)))
        return -ENOMEM;
    history->notes[history->note_count] = strdup(text);
    return history->notes[history->note_count++] ? 0 : -ENOMEM;
}

static int
leave_out(struct bench_history_run *run, const char *format, const char *what) {
    char text[512];
    snprintf(text, sizeof(text), format, what);
    run->why = strdup(text);
    return run->why ? 0 : -ENOMEM;
}

struct sets { /* of configurations: `words` of 64 bits for each run */
    uint64_t *bits, *common;
    size_t words;
};

static void
find_sets(const struct bench_history *history, struct sets *sets) {
    for (size_t i = 0; i < history->count; i++) {
        const struct bench_history_run *run = &history->runs[i];
        for (size_t k = 0; k < run->value_count; k++) {
            uint32_t config = run->values[k].config;
            sets->bits[i * sets->words + config / 64] |= UINT64_C(1) << config % 64;
        }
    }
}

static size_t
count_shared(const uint64_t *left, const uint64_t *right, size_t words) {
    size_t shared = 0;
    for (size_t i = 0; i < words; i++)
        shared += (size_t)__builtin_popcountll(left[i] & right[i]);
    return shared;
}

/* The run with most partners, of several the one that shares most with them, of several the latest. */
static size_t
find_anchor(const struct bench_history *history, const struct sets *sets) {
    size_t anchor = 0, most = 0, most_shared = 0;
    for (size_t i = 0; i < history->count; i++) {
        size_t partners = 0, shared = 0;
        for (size_t k = 0; k < history->count; k++) {
            size_t both = count_shared(&sets->bits[i * sets->words], &sets->bits[k * sets->words],
                                       sets->words);
            partners += both > 0;
            shared += k == i ? 0 : both;
        }
        if (partners > most || (partners == most && shared >= most_shared)) {
            anchor = i;
            most = partners;
            most_shared = shared;
        }
    }
    return anchor;
}

/* The workload whose other version is why a run has nothing of what the others have; NULL: that is not why. */
static const char *
find_other_version(const struct bench_history *history, const struct bench_history_run *run,
                   const struct bench_history_run *anchor, char *ret_text, size_t bytes) {
    for (size_t i = 0; i < run->value_count; i++) {
        const char *ours = history->configs[run->values[i].config];
        size_t name = strcspn(ours, "/"), version = strcspn(ours, " ");
        for (size_t k = 0; k < anchor->value_count; k++) {
            const char *other = history->configs[anchor->values[k].config];
            size_t other_version = strcspn(other, " ");
            if (strncmp(ours, other, name + 1) != 0 ||
                strcmp(ours + version, other + other_version) != 0 || strcmp(ours, other) == 0)
                continue;
            snprintf(ret_text, bytes, "%.*s has version %.*s there, and %.*s elsewhere", (int)name,
                     ours, (int)(version - name - 1), ours + name + 1,
                     (int)(other_version - name - 1), other + name + 1);
            return ret_text;
        }
    }
    return NULL;
}

static int
say_why_out(const struct bench_history *history, struct bench_history_run *run,
            const struct bench_history_run *anchor) {
    char text[256];
    if (run->config_count == 0)
        return leave_out(run, "%s", "it has none of the configurations that were asked for");
    if (run->value_count == 0)
        return leave_out(run, "no cell that finished has %s", history->metric);
    if (find_other_version(history, run, anchor, text, sizeof(text)))
        return leave_out(run, "%s", text);
    return leave_out(run, "%s", "it has no configuration in common with the others");
}

/* Notes the run that takes most away from what the others share, if it is more than half. */
static int
join(struct bench_history *history, struct sets *sets) {
    const uint64_t *bits = sets->bits;
    size_t words = sets->words, anchor = find_anchor(history, sets), most = 0, taker = 0, was = 0;
    memcpy(sets->common, &bits[anchor * words], words * sizeof(*bits));
    for (size_t i = history->count; i-- > 0;) {
        struct bench_history_run *run = &history->runs[i];
        size_t all = count_shared(sets->common, sets->common, words);
        size_t shared = count_shared(sets->common, &bits[i * words], words);
        if (shared == 0 && say_why_out(history, run, &history->runs[anchor]))
            return -ENOMEM;
        if (shared == 0)
            continue;
        if (2 * shared < all && all - shared > most) {
            most = all - shared;
            was = all;
            taker = i;
        }
        for (size_t word = 0; word < words; word++)
            sets->common[word] &= bits[i * words + word];
        history->taken++;
    }
    return most ? bench_history_common_note(
                      history,
                      "%s has only %zu of the %zu configurations that others share: "
                      "without it more could be followed",
                      history->runs[taker].name, was - most, was)
                : 0;
}

int
bench_history_common_find(struct bench_history *history) {
    struct sets sets = {.words = (history->config_count + 63) / 64};
    sets.bits = calloc(history->count * sets.words + 1, sizeof(*sets.bits));
    sets.common = calloc(sets.words + 1, sizeof(*sets.common));
    history->common = calloc(history->config_count + 1, sizeof(*history->common));
    int error = sets.bits && sets.common && history->common ? 0 : -ENOMEM;
    if (!error) {
        find_sets(history, &sets);
        error = join(history, &sets);
    }
    for (uint32_t i = 0; !error && i < history->config_count; i++)
        if (sets.common[i / 64] >> i % 64 & 1)
            history->common[history->common_count++] = i;
    free(sets.bits);
    free(sets.common);
    return error;
}
