/* SPDX-License-Identifier: MIT
 *
 * report/path.c: see report/path.h.
 *
 * Thinning is Douglas and Peucker's: between two points that stay, the one farthest from their straight
 * line stays if it is farther than what may be missed, and so on on both sides of it. Spans that are still
 * to be looked at stand on a stack; the smaller of two halves is looked at first, so it never grows deep.
 */
#include "bench/report/path.h"

#include <math.h>
#include <stdlib.h>

enum {
    SPANS_MOST = 64, /* deeper than any halving of what memory can hold */
};

struct span {
    size_t begin, end;
};

/* Of c from the line between a and b, squared; from the point, where these are one. */
static double
measure_distance(struct bench_report_place a, struct bench_report_place b,
                 struct bench_report_place c) {
    double x = (double)b.x - a.x, y = (double)b.y - a.y;
    double u = (double)c.x - a.x, v = (double)c.y - a.y;
    double length = x * x + y * y, along = length > 0 ? (u * x + v * y) / length : 0;
    along = along < 0 ? 0 : along > 1 ? 1 : along;
    u -= along * x;
    v -= along * y;
    return u * u + v * v;
}

/* The point of a span that is farthest off, or its begin if none is off by more than may be missed. */
static size_t
find_farthest(const struct bench_report_place *places, struct span span, double missed) {
    double most = missed * missed;
    size_t farthest = span.begin;
    for (size_t i = span.begin + 1; i < span.end; i++) {
        double distance = measure_distance(places[span.begin], places[span.end], places[i]);
        if (distance > most) {
            most = distance;
            farthest = i;
        }
    }
    return farthest;
}

static void
mark_kept(const struct bench_report_place *places, size_t count, double missed, bool *kept) {
    struct span spans[SPANS_MOST] = {{0, count - 1}};
    size_t depth = 1;
    kept[0] = kept[count - 1] = true;
    while (depth) {
        struct span span = spans[--depth];
        size_t at = find_farthest(places, span, missed);
        if (at == span.begin)
            continue;
        struct span first = {span.begin, at}, second = {at, span.end};
        bool is_first_small = at - span.begin < span.end - at;
        kept[at] = true;
        spans[depth++] = is_first_small ? second : first;
        spans[depth++] = is_first_small ? first : second;
    }
}

size_t
bench_report_path_thin(struct bench_report_place *places, size_t count, int32_t missed) {
    bool *kept = count > 2 ? calloc(count, sizeof(*kept)) : NULL;
    size_t left = 0;
    if (!kept)
        return count;
    mark_kept(places, count, missed, kept);
    for (size_t i = 0; i < count; i++)
        if (kept[i])
            places[left++] = places[i];
    free(kept);
    return left;
}

/* A number behind another one: a minus sign keeps them apart as well as a blank. */
static void
write_behind(int32_t number, FILE *out) {
    fprintf(out, number < 0 ? "%d" : " %d", number);
}

void
bench_report_path_write(const struct bench_report_place *places, size_t count, bool is_closed,
                        FILE *out) {
    char last = 'M';
    if (count == 0)
        return;
    fprintf(out, "M%d", places[0].x);
    write_behind(places[0].y, out);
    for (size_t i = 1; i < count; i++) {
        int32_t x = places[i].x - places[i - 1].x, y = places[i].y - places[i - 1].y;
        char command = y == 0 ? 'h' : x == 0 ? 'v' : 'l';
        if (x == 0 && y == 0 && count > 2)
            continue;
        if (command != last)
            fprintf(out, "%c%d", command, command == 'v' ? y : x);
        else
            write_behind(command == 'v' ? y : x, out);
        if (command == 'l')
            write_behind(y, out);
        last = command;
    }
    if (is_closed)
        fputc('z', out);
}
