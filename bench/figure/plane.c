/* SPDX-License-Identifier: MIT
 *
 * figure/plane.c: see figure/plane.h.
 */
#include "bench/figure/plane.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure/pick.h"
#include "bench/figure/table.h"

enum {
    AXIS_MOST = 32, /* values of a knob on a map */
};

/* How far the knee lies from the line between the ends of the front, of the way to the corner. */
static const double knee_least = 0.4;

static bool
ends_in(const char *text, const char *end) {
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* A value as people read it, by the name of its metric. */
static char *
print_quantity(const char *metric, double value, char buffer[24]) {
    if (ends_in(metric, "_ns"))
        return bench_figure_time(value, buffer);
    if (strstr(metric, "bytes"))
        return bench_figure_bytes(value, buffer);
    snprintf(buffer, 24, value == floor(value) && fabs(value) < 1e15 ? "%.0f" : "%.3g", value);
    return buffer;
}

static void
write_number(double value, FILE *out) {
    if (isnan(value))
        fputs("n/a", out);
    else
        fprintf(out, value == floor(value) && fabs(value) < 1e15 ? "%.0f" : "%.9g", value);
}

static const char *
get_metric(const struct bench_report_group *group, const char *own) {
    return group->pick && *group->pick->metric ? group->pick->metric : own;
}

/* ---- Trade-off --------------------------------------------------------------------------------- */

struct place {
    const struct bench_report_config *config;
    double x, y; /* NaN: none */
    bool front;
};

static struct place
find_place(const struct bench_report_group *group, size_t i) {
    const struct bench_report_config *config = &group->configs[i];
    bool is_own = !group->pick || !*group->pick->metric;
    return (struct place){config,
                          is_own ? config->median[BENCH_REPORT_WALL_NS] : group->pick->values[i],
                          config->median[BENCH_REPORT_PEAK_BYTES], false};
}

static int
compare_places(const void *one, const void *other) {
    const struct place *a = one, *b = other;
    bool a_is_there = !isnan(a->x) && !isnan(a->y), b_is_there = !isnan(b->x) && !isnan(b->y);
    if (!a_is_there || !b_is_there)
        return (int)b_is_there - (int)a_is_there;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return (a->y > b->y) - (a->y < b->y);
}

/* The front by rising x; its length. NULL: out of memory. */
static struct place *
find_front(const struct bench_report_group *group, size_t *ret_count) {
    struct place *places = calloc(group->count, sizeof(*places));
    double least = INFINITY;
    *ret_count = 0;
    if (!places)
        return NULL;
    for (size_t i = 0; i < group->count; i++)
        places[i] = find_place(group, i);
    qsort(places, group->count, sizeof(*places), compare_places);
    for (size_t i = 0; i < group->count; i++)
        if (!isnan(places[i].x) && places[i].y < least) {
            least = places[i].y;
            places[(*ret_count)++] = places[i];
        }
    return places;
}

/* NULL: there is none that is clear. */
static const struct bench_report_config *
find_knee(const struct place *front, size_t count) {
    const struct bench_report_config *knee = NULL;
    double most = knee_least;
    for (size_t i = 1; i + 1 < count; i++) {
        const struct place *first = &front[0], *last = &front[count - 1];
        double x = (front[i].x - first->x) / (last->x - first->x);
        double y = (front[i].y - last->y) / (first->y - last->y);
        if (1 - x - y > most) {
            most = 1 - x - y;
            knee = front[i].config;
        }
    }
    return knee;
}

static const char *
get_mark(const struct bench_report_group *group, const struct bench_report_config *config,
         const struct bench_report_config *knee) {
    bool is_best = config == &group->configs[group->best], is_first = config == group->configs;
    if (is_first)
        return is_best ? "default, best" : "default";
    if (is_best)
        return config == knee ? "best, knee" : "best";
    return config == knee ? "knee" : "";
}

static size_t
write_place(const struct place *place, const char *mark, FILE *out) {
    if (isnan(place->x) || isnan(place->y))
        return 0;
    write_number(place->x, out);
    fprintf(out, "\t%.0f\t%s", place->y, mark);
    return 1;
}

static void
write_others(const struct bench_report_group *group, const struct bench_report_config *knee,
             FILE *out) {
    char name[64];
    snprintf(name, sizeof(name), "%zu other configurations", group->count - BENCH_REPORT_NAMED);
    bench_figure_begin_block(out, false, name, "peak_resident_bytes\tmark\tconfiguration");
    for (size_t i = BENCH_REPORT_NAMED, rows = 0; i < group->count; i++) {
        struct place place = find_place(group, group->order[i]);
        if (isnan(place.x) || isnan(place.y))
            continue;
        if (rows++)
            fputc('\n', out);
        write_place(&place, get_mark(group, place.config, knee), out);
        fputc('\t', out);
        bench_figure_write_cell(place.config->short_label, out);
        fputc('\n', out);
    }
}

/* Of a picked metric the header says which. */
void
bench_figure_tradeoff_export(const struct bench_report_group *group, FILE *out) {
    size_t count, named = group->count < BENCH_REPORT_NAMED ? group->count : BENCH_REPORT_NAMED;
    struct place *front = find_front(group, &count);
    const struct bench_report_config *knee = front ? find_knee(front, count) : NULL;
    const char *metric = get_metric(group, "");
    char columns[160];
    snprintf(columns, sizeof(columns), "peak_resident_bytes\tmark%s%s", *metric ? ":" : "", metric);
    for (size_t i = 0; i < named; i++) {
        struct place place = find_place(group, group->order[i]);
        bench_figure_begin_block(out, i == 0, place.config->short_label, columns);
        if (write_place(&place, get_mark(group, place.config, knee), out) == 0)
            fputs("n/a\tn/a\t", out);
        fputc('\n', out);
    }
    if (group->count > named)
        write_others(group, knee, out);
    bench_figure_begin_block(out, false, "Pareto front", "peak_resident_bytes\tmark");
    for (size_t i = 0; front && i < count; i++) {
        write_place(&front[i], get_mark(group, front[i].config, knee), out);
        fputc('\n', out);
    }
    if (count == 0)
        fputs("n/a\tn/a\t\n", out);
    free(front);
}

static size_t
count_beaters(const struct bench_report_group *group) {
    const struct place first = find_place(group, 0);
    size_t beaters = 0;
    for (size_t i = 1; i < group->count; i++) {
        struct place other = find_place(group, i);
        beaters += other.x <= first.x && other.y <= first.y;
    }
    return beaters;
}

void
bench_figure_tradeoff_read(const struct bench_report_group *group, FILE *out) {
    size_t count, beaters = count_beaters(group);
    struct place *front = find_front(group, &count);
    const struct bench_report_config *knee = front ? find_knee(front, count) : NULL;
    bool has_default = false;
    for (size_t i = 0; front && i < count; i++)
        has_default = has_default || front[i].config == group->configs;
    free(front);
    if (count == 0) {
        fputs("No configuration has both a time and a peak of memory.", out);
        return;
    }
    fprintf(out, "%zu of %zu configurations %s worth having: no other is both faster and smaller.",
            count, group->count, count == 1 ? "is" : "are");
    if (has_default)
        fputs(" The default is one of them.", out);
    else if (beaters)
        fprintf(out, " The default is not: %zu %s it in both.", beaters,
                beaters == 1 ? "beats" : "beat");
    if (knee)
        fprintf(out,
                " “%s” is the knee: on either side a little of the one costs much of the other.",
                knee->short_label);
}

/* ---- Map --------------------------------------------------------------------------------------- */

struct axis {
    char *values[AXIS_MOST];
    size_t count;
    bool is_full; /* there are more */
};

struct map {
    struct axis x, y;
    const struct bench_report_config *cells[AXIS_MOST][AXIS_MOST]; /* by y, x */
};

/* Where a configuration stands, "" if nowhere. */
static void
find_texts(const struct bench_report_group *group, size_t i, char x[64], char y[64]) {
    const struct bench_report_config *config = &group->configs[i];
    const struct bench_figure_pick *pick = group->pick;
    const char *mode = config->mode ? config->mode : "";
    if (pick && *pick->x_knob)
        snprintf(x, 64, "%s", pick->x[i] ? pick->x[i] : "");
    else if (isnan(config->threshold0))
        *x = '\0';
    else
        snprintf(x, 64, "%.0f", config->threshold0);
    if (pick && *pick->y_knob)
        snprintf(y, 64, "%s", pick->y[i] ? pick->y[i] : "");
    else
        snprintf(y, 64, "%s", mode);
}

static size_t
find_value(const struct axis *axis, const char *value) {
    size_t at = 0;
    while (at < axis->count && strcmp(axis->values[at], value) != 0)
        at++;
    return at;
}

static void
add_value(struct axis *axis, const char *value) {
    if (find_value(axis, value) < axis->count)
        return;
    axis->is_full = axis->count == AXIS_MOST;
    if (!axis->is_full && (axis->values[axis->count] = strdup(value)) != NULL)
        axis->count++;
}

static bool
is_number(const char *text) {
    return isdigit((unsigned char)*text) || (*text == '-' && isdigit((unsigned char)text[1]));
}

/* 4KiB is before 1MiB. */
static double
to_number(const char *text) {
    static const char units[] = "KMGT";
    char *end;
    double number = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end) : NULL;
    return unit ? ldexp(number, 10 * (int)(unit - units + 1)) : number;
}

static int
compare_values(const void *one, const void *other) {
    double a = to_number(*(char *const *)one), b = to_number(*(char *const *)other);
    return (a > b) - (a < b);
}

static void
sort_axis(struct axis *axis) {
    for (size_t i = 0; i < axis->count; i++)
        if (!is_number(axis->values[i]))
            return;
    qsort(axis->values, axis->count, sizeof(axis->values[0]), compare_values);
}

static void
make_map(const struct bench_report_group *group, struct map *map) {
    char x[64], y[64];
    *map = (struct map){0};
    for (size_t i = 0; i < group->count; i++) {
        find_texts(group, i, x, y);
        if (!*x || !*y)
            continue;
        add_value(&map->x, x);
        add_value(&map->y, y);
    }
    sort_axis(&map->x);
    sort_axis(&map->y);
    for (size_t i = 0; i < group->count; i++) {
        find_texts(group, i, x, y);
        size_t column = find_value(&map->x, x), row = find_value(&map->y, y);
        if (column < map->x.count && row < map->y.count && !map->cells[row][column])
            map->cells[row][column] = &group->configs[i];
    }
}

static void
free_map(struct map *map) {
    for (size_t i = 0; i < map->x.count; i++)
        free(map->x.values[i]);
    for (size_t i = 0; i < map->y.count; i++)
        free(map->y.values[i]);
}

static double
get_cell(const struct bench_report_group *group, const struct bench_report_config *config) {
    bool is_own = !group->pick || !*group->pick->metric;
    return !config  ? NAN
           : is_own ? config->latency_ns[BENCH_REPORT_P99]
                    : group->pick->values[config - group->configs];
}

bool
bench_figure_heatmap_is_there(const struct bench_report_group *group) {
    struct map map;
    make_map(group, &map);
    free_map(&map);
    return map.x.count > 1 && map.y.count > 1 && !map.x.is_full && !map.y.is_full;
}

void
bench_figure_heatmap_export(const struct bench_report_group *group, FILE *out) {
    const struct bench_figure_pick *pick = group->pick;
    char columns[400];
    struct map map;
    make_map(group, &map);
    snprintf(columns, sizeof(columns), "row\t%s\t%s\t%s\tdefault",
             get_metric(group, "latency_p99_ns"),
             pick && *pick->x_knob ? pick->x_knob : "gc.threshold0",
             pick && *pick->y_knob ? pick->y_knob : "gc.mode");
    bench_figure_begin_block(out, true, "column", columns);
    for (size_t row = 0; row < map.y.count; row++)
        for (size_t column = 0; column < map.x.count; column++) {
            const struct bench_report_config *config = map.cells[row][column];
            fprintf(out, "%zu\t%zu\t", column, row);
            write_number(get_cell(group, config), out);
            fputc('\t', out);
            bench_figure_write_cell(map.x.values[column], out);
            fputc('\t', out);
            bench_figure_write_cell(map.y.values[row], out);
            fprintf(out, "\t%d\n", config == &group->configs[0]);
        }
    if (map.y.count == 0)
        fputs("n/a\tn/a\tn/a\tn/a\tn/a\t0\n", out);
    free_map(&map);
}

void
bench_figure_heatmap_read(const struct bench_report_group *group, FILE *out) {
    const struct bench_report_config *least = NULL, *greatest = NULL;
    const char *metric = get_metric(group, "latency_p99_ns");
    char text[24];
    for (size_t i = 0; i < group->count; i++) {
        const struct bench_report_config *config = &group->configs[i];
        double value = get_cell(group, config);
        if (isnan(value))
            continue;
        least = !least || value < get_cell(group, least) ? config : least;
        greatest = !greatest || value > get_cell(group, greatest) ? config : greatest;
    }
    if (!least) {
        fputs("No configuration has enough samples for this figure.", out);
        return;
    }
    bool is_own = !group->pick || !*group->pick->metric;
    fprintf(out, is_own ? "The 99th percentile of operations" : "%s", metric);
    fprintf(out, " is least with “%s”, %s,", least->short_label,
            print_quantity(metric, get_cell(group, least), text));
    fprintf(out, " and greatest with “%s”, %s", greatest->short_label,
            print_quantity(metric, get_cell(group, greatest), text));
    double first = get_cell(group, &group->configs[0]);
    if (!isnan(first) && least != group->configs && greatest != group->configs)
        fprintf(out, "; the default has %s", print_quantity(metric, first, text));
    else if (!isnan(first) && least != greatest)
        fprintf(out, ", of which the %s is the default",
                least == group->configs ? "first" : "second");
    fputc('.', out);
}
