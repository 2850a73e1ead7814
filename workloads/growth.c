/* SPDX-License-Identifier: MIT
 *
 * growth.c: see growth.h.
 *
 * Invariants:
 *   - A type that was met for the first time in some round has counts of zero before that.
 *   - Between rounds `now` of each type is zero, and rounds % WL_GROWTH_ROUNDS_MOST is the place of the next
 *     counts.
 */
#include "workloads/growth.h"

#include <stdbool.h>
#include <string.h>

enum {
    SPANS = 4,
};

void
wl_growth_init(struct wl_growth *growth) {
    memset(growth, 0, sizeof *growth);
}

static bool
is_called(const struct wl_growth_type *type, const char *name) {
    return strncmp(type->name, name, WL_GROWTH_NAME_BYTES - 1) == 0;
}

/* NULL: there is no room for one more. */
static struct wl_growth_type *
find_type(struct wl_growth *growth, const char *name) {
    if (growth->type_count > 0 && is_called(&growth->types[growth->last], name))
        return &growth->types[growth->last];
    for (size_t i = 0; i < growth->type_count; i++) {
        growth->last = i;
        if (is_called(&growth->types[i], name))
            return &growth->types[i];
    }
    if (growth->type_count == WL_GROWTH_TYPES_MOST)
        return NULL;
    growth->last = growth->type_count++;
    strncpy(growth->types[growth->last].name, name, WL_GROWTH_NAME_BYTES - 1);
    return &growth->types[growth->last];
}

void
wl_growth_add(struct wl_growth *growth, const char *name, int64_t count) {
    struct wl_growth_type *type = find_type(growth, name);

    if (type != NULL)
        type->now += count;
    else
        growth->left_out += count;
}

void
wl_growth_end_round(struct wl_growth *growth) {
    for (size_t i = 0; i < growth->type_count; i++) {
        growth->types[i].counts[growth->rounds % WL_GROWTH_ROUNDS_MOST] = growth->types[i].now;
        growth->types[i].now = 0;
    }
    growth->rounds++;
}

int64_t
wl_growth_last(const struct wl_growth *growth, const char *name) {
    for (size_t i = 0; growth->rounds > 0 && i < growth->type_count; i++)
        if (is_called(&growth->types[i], name))
            return growth->types[i].counts[(growth->rounds - 1) % WL_GROWTH_ROUNDS_MOST];
    return 0;
}

/* ---- The rule ----------------------------------------------------------------------------------- */

static int64_t
span_rounds(const struct wl_growth *growth) {
    int64_t rounds = growth->rounds - (growth->rounds + SPANS - 1) / SPANS;

    return (rounds < WL_GROWTH_ROUNDS_MOST ? rounds : WL_GROWTH_ROUNDS_MOST) / SPANS;
}

int64_t
wl_growth_watched(const struct wl_growth *growth) {
    return SPANS * span_rounds(growth);
}

static int64_t
count_at(const struct wl_growth_type *type, int64_t round) {
    return type->counts[round % WL_GROWTH_ROUNDS_MOST];
}

struct spans {
    int64_t lowest[SPANS], highest[SPANS];
};

static struct spans
read_spans(const struct wl_growth *growth, const struct wl_growth_type *type) {
    const int64_t length = span_rounds(growth);
    struct spans spans;

    for (int64_t span = 0; span < SPANS; span++) {
        int64_t first = growth->rounds - (SPANS - span) * length;
        spans.lowest[span] = spans.highest[span] = count_at(type, first);
        for (int64_t round = first + 1; round < first + length; round++) {
            int64_t count = count_at(type, round);
            if (count < spans.lowest[span])
                spans.lowest[span] = count;
            if (count > spans.highest[span])
                spans.highest[span] = count;
        }
    }
    return spans;
}

static bool
does_grow(const struct spans *spans) {
    int64_t largest = 0;

    for (int span = 1; span < SPANS; span++) {
        int64_t rise = spans->lowest[span] - spans->lowest[span - 1];
        if (rise <= 0 || spans->highest[span] <= spans->highest[span - 1])
            return false;
        if (4 * (rise + 1) < 3 * largest)
            return false;
        if (rise > largest)
            largest = rise;
    }
    return spans->lowest[SPANS - 1] > spans->highest[0];
}

/* Keeps the rows in order, and as many as there is room for. */
static void
insert_finding(struct wl_growth_finding *rows, size_t count, size_t most,
               struct wl_growth_finding finding) {
    size_t place = count < most ? count : most;

    while (place > 0 && rows[place - 1].a_round < finding.a_round)
        place--;
    if (place == most)
        return;
    for (size_t i = count < most ? count : most - 1; i > place; i--)
        rows[i] = rows[i - 1];
    rows[place] = finding;
}

size_t
wl_growth_find(const struct wl_growth *growth, struct wl_growth_finding *ret_findings,
               size_t most) {
    size_t found = 0;

    if (growth->rounds < WL_GROWTH_ROUNDS_LEAST)
        return 0;
    for (size_t i = 0; i < growth->type_count; i++) {
        const struct wl_growth_type *type = &growth->types[i];
        struct spans spans = read_spans(growth, type);
        if (!does_grow(&spans))
            continue;
        insert_finding(
            ret_findings, found++, most,
            (struct wl_growth_finding){type->name, count_at(type, growth->rounds - 1),
                                       (double)(spans.lowest[SPANS - 1] - spans.lowest[0]) /
                                           (double)((SPANS - 1) * span_rounds(growth))});
    }
    return found;
}
