/* SPDX-License-Identifier: MIT
 *
 * figure/csv.c: see figure/csv.h.
 *
 * A series is one strategy on one engine. What it needs of memory is what the process grew by at its peak: a
 * strategy that holds nothing may not grow at all, which has no place on a logarithmic axis, so that less
 * than BYTES_LEAST counts as that.
 */
#include "bench/figure/csv.h"

#include <math.h>
#include <string.h>

#include "bench/figure/table.h"

#define BYTES_LEAST 65536.0

enum {
    NAME_BYTES = 96
};

static double
get_wall(const struct bench_report_config *config, int which) {
    return config->median[which];
}

static double
get_growth(const struct bench_report_config *config, int which) {
    double bytes =
        config->median[BENCH_REPORT_PEAK_BYTES] - config->median[BENCH_REPORT_BASELINE_BYTES];
    (void)which;
    return isnan(bytes) ? NAN : fmax(bytes, BYTES_LEAST);
}

/* The value of the word `name=` in a label, or the first word that is none, the engine. False: there is none. */
static bool
find_word(const char *label, const char *name, char *ret_value, size_t bytes) {
    size_t length = name ? strlen(name) : 0;
    for (const char *word = label; *word; word += strspn(word, " ")) {
        size_t end = strcspn(word, " ");
        bool is_setting = memchr(word, '=', end) != NULL;
        bool is_it = name ? is_setting && strncmp(word, name, length) == 0 && word[length] == '='
                          : !is_setting;
        if (is_it) {
            size_t skip = name ? length + 1 : 0;
            snprintf(ret_value, bytes, "%.*s", (int)(end - skip), word + skip);
            return true;
        }
        word += end;
    }
    return false;
}

/* "stream", or "stream on cpython" where engines are told apart. */
static bool
name_series(const struct bench_report_config *config, char ret_name[NAME_BYTES]) {
    char engine[48];
    if (isnan(get_wall(config, BENCH_REPORT_WALL_NS)) || isnan(get_growth(config, 0)) ||
        !find_word(config->short_label, "strategy", ret_name, 48))
        return false;
    if (find_word(config->short_label, NULL, engine, sizeof(engine))) {
        size_t length = strlen(ret_name);
        snprintf(ret_name + length, NAME_BYTES - length, " on %s", engine);
    }
    return true;
}

bool
bench_figure_strategies_is_there(const struct bench_report_group *group) {
    char first[NAME_BYTES] = "", name[NAME_BYTES];
    for (size_t i = 0; strcmp(group->workload, "csv") == 0 && i < group->count; i++) {
        if (!name_series(&group->configs[i], name))
            continue;
        if (*first && strcmp(first, name) != 0)
            return true;
        memcpy(first, name, sizeof(first));
    }
    return false;
}

static bool
is_first_of_series(const struct bench_report_group *group, size_t index) {
    char name[NAME_BYTES], other[NAME_BYTES];
    if (!name_series(&group->configs[index], name))
        return false;
    for (size_t i = 0; i < index; i++)
        if (name_series(&group->configs[i], other) && strcmp(name, other) == 0)
            return false;
    return true;
}

void
bench_figure_strategies_export(const struct bench_report_group *group, FILE *out) {
    char name[NAME_BYTES], other[NAME_BYTES];
    bool is_first = true;
    for (size_t i = 0; i < group->count; i++) {
        if (!is_first_of_series(group, i))
            continue;
        name_series(&group->configs[i], name);
        bench_figure_begin_block(out, is_first, name, "grown_by_bytes\tconfiguration");
        is_first = false;
        for (size_t k = i; k < group->count; k++) {
            const struct bench_report_config *config = &group->configs[k];
            if (!name_series(config, other) || strcmp(name, other) != 0)
                continue;
            fprintf(out, "%.0f\t%.0f\t", get_wall(config, BENCH_REPORT_WALL_NS),
                    get_growth(config, 0));
            bench_figure_write_cell(config->short_label, out);
            fputc('\n', out);
        }
    }
    if (is_first)
        fputs("nothing\tgrown_by_bytes\tconfiguration\nn/a\tn/a\tn/a\n", out);
}

static char *
print_growth(double bytes, char buffer[24]) {
    if (bytes > BYTES_LEAST)
        return bench_figure_bytes(bytes, buffer);
    snprintf(buffer, 24, "64 KiB or less");
    return buffer;
}

void
bench_figure_strategies_read(const struct bench_report_group *group, FILE *out) {
    const struct bench_report_config *least, *greatest, *fastest, *slowest;
    if (!bench_figure_find_extremes(group, get_growth, 0, &least, &greatest) ||
        !bench_figure_find_extremes(group, get_wall, BENCH_REPORT_WALL_NS, &fastest, &slowest)) {
        fputs("No strategy has both a time and a peak of memory.", out);
        return;
    }
    char least_text[24], greatest_text[24], fast_text[24], slow_text[24];
    fprintf(out, "“%s” lets the process grow least, by %s, and “%s” most, by %s; ",
            least->short_label, print_growth(get_growth(least, 0), least_text),
            greatest->short_label, print_growth(get_growth(greatest, 0), greatest_text));
    if (fastest == least)
        fprintf(out, "the first is also the fastest, at %s, ",
                bench_figure_time(get_wall(fastest, BENCH_REPORT_WALL_NS), fast_text));
    else
        fprintf(out, "“%s” is fastest, at %s, ", fastest->short_label,
                bench_figure_time(get_wall(fastest, BENCH_REPORT_WALL_NS), fast_text));
    fprintf(out, "and “%s” slowest, at %s.", slowest->short_label,
            bench_figure_time(get_wall(slowest, BENCH_REPORT_WALL_NS), slow_text));
}
