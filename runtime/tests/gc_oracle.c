/* SPDX-License-Identifier: MIT
 *
 * gc_oracle.c: reads a scenario's section and holds the scenario to it. See gc_oracle.h.
 */
#include "runtime/tests/gc_oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LINE_BYTES = 1024,
    LINES_MAX = 512,
    SETTLED_COUNT = 64, /* instances until the class's keys are settled */
};

/* ---- The sections ------------------------------------------------------------------------------- */

static bool
is_any_title(const char *line) {
    return (line[0] == 'S' && line[1] >= '0' && line[1] <= '9') || strncmp(line, "### ", 4) == 0;
}

/* "S5b" belongs to S5. */
static bool
is_title(const char *line, const char *name) {
    size_t length = strlen(name);

    return strncmp(line, name, length) == 0 && (line[length] < '0' || line[length] > '9');
}

static struct oracle_section
read_section(const char *path, const char *name) {
    FILE *file = fopen(path, "r");
    struct oracle_section section = {.lines = calloc(LINES_MAX, sizeof *section.lines)};
    char line[LINE_BYTES];
    bool is_in = false;

    assert_non_null(file);
    assert_non_null(section.lines);
    for (size_t number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        line[strcspn(line, "\n")] = '\0';
        if (is_any_title(line)) {
            if (!is_in && is_title(line, name))
                section.first_line = number;
            is_in = is_title(line, name);
        }
        if (is_in) {
            assert_true(section.count < LINES_MAX);
            section.lines[section.count] = strdup(line);
            assert_non_null(section.lines[section.count++]);
        }
    }
    fclose(file);
    assert_true(section.count > 1);
    section.at = 1;
    return section;
}

static void
free_section(struct oracle_section *section) {
    for (size_t i = 0; i < section->count; i++)
        free(section->lines[i]);
    free(section->lines);
}

static const char *
next_line(struct oracle_section *section) {
    return section->at < section->count ? section->lines[section->at] : "(the end of the section)";
}

static void
compare(struct oracle_section *section, const char *actual) {
    const char *expected = next_line(section);

    if (strcmp(expected, actual) != 0) {
        print_error("line %zu\n  expected %s\n  actual   %s\n", section->first_line + section->at,
                    expected, actual);
        section->mismatches++;
    }
    section->at++;
}

void
oracle_say(struct oracle *oracle, const char *format, ...) {
    char actual[LINE_BYTES + ORACLE_ORDER_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(actual, sizeof actual, format, arguments);
    va_end(arguments);
    compare(&oracle->section, actual);
}

void
oracle_leave_out(struct oracle *oracle, const char *beginning) {
    const char *line = next_line(&oracle->section);

    if (strncmp(line, beginning, strlen(beginning)) != 0) {
        print_error("line %zu is to be left out, but reads %s\n",
                    oracle->section.first_line + oracle->section.at, line);
        oracle->section.mismatches++;
    }
    oracle->section.at++;
}

void
oracle_show(struct oracle *oracle, const char *tag) {
    struct rt_gc_stats now[RT_GENERATIONS];

    for (int i = 0; i < RT_GENERATIONS; i++) {
        rt_gc_stats_read(oracle->rt, i, &now[i]);
        now[i].collections -= oracle->base[i].collections;
        now[i].collected -= oracle->base[i].collected;
        now[i].uncollectable -= oracle->base[i].uncollectable;
    }
    oracle_say(oracle,
               "  %-34s count=(%ld,%ld,%ld) runs=(%lu,%lu,%lu) got=(%lu,%lu,%lu) unc=(%lu,%lu,%lu)",
               tag, oracle_count(oracle, 0), oracle_count(oracle, 1), oracle_count(oracle, 2),
               now[0].collections, now[1].collections, now[2].collections, now[0].collected,
               now[1].collected, now[2].collected, now[0].uncollectable, now[1].uncollectable,
               now[2].uncollectable);
}

/* ---- What scenarios do ------------------------------------------------------------------------- */

long
oracle_collect(struct oracle *oracle, int generation) {
    int64_t collected = rt_gc_collect(oracle->rt, generation);

    assert_true(collected >= 0);
    return (long)collected;
}

long
oracle_full(struct oracle *oracle) {
    return oracle_collect(oracle, RT_GENERATIONS - 1);
}

void
oracle_threshold(struct oracle *oracle, int64_t t0, int64_t t1, int64_t t2) {
    rt_gc_set_threshold(oracle->rt, 0, t0);
    rt_gc_set_threshold(oracle->rt, 1, t1);
    rt_gc_set_threshold(oracle->rt, 2, t2);
}

void
oracle_reset(struct oracle *oracle, int64_t t0, int64_t t1, int64_t t2) {
    struct rt *rt = oracle->rt;

    rt_gc_disable(rt);
    (void)oracle_full(oracle);
    rt_gc_freeze(rt);
    (void)oracle_full(oracle);
    for (int i = 0; i < RT_GENERATIONS; i++) {
        rt_gc_stats_read(rt, i, &oracle->base[i]);
        assert_int_equal(oracle_length(oracle, i), 0);
        assert_int_equal(oracle_count(oracle, i), 0);
    }
    assert_int_equal(oracle_total(oracle), 0);
    assert_int_equal(oracle_pending(oracle), 0);
    oracle_threshold(oracle, t0, t1, t2);
    rt_gc_enable(rt);
}

void
oracle_finish(struct oracle *oracle) {
    rt_gc_disable(oracle->rt);
    (void)oracle_full(oracle);
    assert_verified(oracle->rt);
}

void
oracle_drop(struct oracle *oracle, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct rt_object *object = oracle->keep[i];

        oracle->keep[i] = NULL;
        rt_xdecref(oracle->rt, object);
    }
}

void
oracle_log_start(struct oracle *oracle, size_t quiet) {
    for (int i = 0; i < RT_GENERATIONS; i++)
        oracle->seen[i] = (uint64_t)oracle_runs(oracle, i);
    oracle->quiet = quiet;
    oracle->logged = 0;
}

void
oracle_log_step(struct oracle *oracle, long step) {
    for (int i = 0; i < RT_GENERATIONS; i++) {
        uint64_t runs = (uint64_t)oracle_runs(oracle, i);

        if (runs != oracle->seen[i] && oracle->logged++ < oracle->quiet)
            oracle_say(oracle,
                       "    step %ld: collected gen %d -> count=(%ld,%ld,%ld) "
                       "gen-len=(%ld,%ld,%ld) pending=%ld total=%ld",
                       step, i, oracle_count(oracle, 0), oracle_count(oracle, 1),
                       oracle_count(oracle, 2), oracle_length(oracle, 0), oracle_length(oracle, 1),
                       oracle_length(oracle, 2), oracle_pending(oracle), oracle_total(oracle));
        oracle->seen[i] = runs;
    }
}

/* ---- A run -------------------------------------------------------------------------------------- */

static void
begin(struct oracle *oracle, const struct oracle_scenario *scenario, const char *backend) {
    struct rt_class_spec spec = {.name = "P"};

    *oracle = (struct oracle){.rt = test_create(NULL, backend, NULL)};
    /* What the context keeps, once it was asked for: two lists, and the table of interned strings. */
    (void)oracle_have(rt_gc_garbage(oracle->rt));
    (void)oracle_have(rt_gc_callbacks(oracle->rt));
    rt_decref(oracle->rt, test_name(oracle->rt, "name"));
    oracle->blocks = test_stat(oracle->rt, RT_STAT_LIVE_BLOCKS);
    oracle->section = read_section(scenario->path, scenario->name);
    oracle->keep = calloc(ORACLE_KEEP_COUNT, sizeof(struct rt_object *));
    assert_non_null(oracle->keep);
    oracle->plain = oracle_have(rt_class_new(oracle->rt, &spec));
    oracle->x = test_name(oracle->rt, "x");
    oracle->y = test_name(oracle->rt, "y");
    oracle->one = oracle_have(rt_int_new(oracle->rt, 1));
    for (int i = 0; i < SETTLED_COUNT; i++) {
        struct rt_object *instance = oracle_instance(oracle);

        oracle_set_attr(oracle, instance, oracle->x, oracle->one);
        oracle_set_attr(oracle, instance, oracle->y, oracle->one);
        rt_decref(oracle->rt, instance);
    }
}

static void
end(struct oracle *oracle) {
    struct rt_object *own[] = {oracle->plain, oracle->x, oracle->y, oracle->one};

    for (size_t i = 0; i < RT_COUNT_OF(own); i++)
        rt_decref(oracle->rt, own[i]);
    rt_gc_unfreeze(oracle->rt);
    (void)oracle_full(oracle);
    assert_int_equal(test_stat(oracle->rt, RT_STAT_LIVE_BLOCKS), oracle->blocks);
    assert_verified(oracle->rt);
    rt_destroy(oracle->rt);
    free(oracle->keep);
    free_section(&oracle->section);
}

void
oracle_run(const struct oracle_scenario *scenario, const char *backend) {
    struct oracle oracle;
    size_t mismatches;

    begin(&oracle, scenario, backend);
    scenario->run(&oracle);
    for (; oracle.section.at < oracle.section.count; oracle.section.at++) {
        print_error("line %zu was not said: %s\n", oracle.section.first_line + oracle.section.at,
                    next_line(&oracle.section));
        oracle.section.mismatches++;
    }
    mismatches = oracle.section.mismatches;
    end(&oracle);
    assert_int_equal(mismatches, 0);
}
