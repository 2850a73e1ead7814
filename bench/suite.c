/* SPDX-License-Identifier: MIT
 *
 * suite.c: suites and where they are. See suite.h.
 *
 * The line that is complained about is the first bad one; nothing behind it is looked at.
 */
#include "bench/suite.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

enum {
    FILE_BYTES_MAX = 1 << 20,
    LINE_BYTES_MAX = 190
};

void
bench_suite_init(struct bench_suite *suite, const char *name) {
    *suite = (struct bench_suite){.repetitions = BENCH_SUITE_REPETITIONS};
    snprintf(suite->name, sizeof suite->name, "%s", name);
}

void
bench_suite_fini(struct bench_suite *suite) {
    for (size_t i = 0; i < suite->count; i++)
        bench_grid_fini(&suite->grids[i]);
    for (size_t i = 0; i < suite->exclude_count; i++)
        bench_exclude_fini(&suite->excludes[i]);
    free(suite->grids);
    free(suite->excludes);
    suite->grids = NULL;
    suite->excludes = NULL;
    suite->count = suite->exclude_count = 0;
}

struct bench_grid *
bench_suite_add(struct bench_suite *suite, const struct wl_workload *workload) {
    struct bench_grid *grids = realloc(suite->grids, (suite->count + 1) * sizeof *grids);

    if (grids == NULL)
        return NULL;
    suite->grids = grids;
    bench_grid_init(&grids[suite->count], workload);
    return &grids[suite->count++];
}

int
bench_suite_set(struct bench_suite *suite, const char *knob, const char *values,
                struct rt_text *why) {
    bool known = false;

    for (size_t i = 0; i < suite->exclude_count; i++)
        if (bench_exclude_names(&suite->excludes[i], knob))
            suite->excludes[i].may_miss = true;
    for (size_t i = 0; i < suite->count; i++) {
        bool mine = rt_knob_find(rt_config_knobs(), knob) != NULL ||
                    rt_knob_find(suite->grids[i].workload->knobs, knob) != NULL;
        int error = mine ? bench_grid_set(&suite->grids[i], knob, values, why) : 0;
        if (error != 0)
            return error;
        known = known || mine;
    }
    if (known || suite->count == 0)
        return 0;
    return bench_grid_set(&suite->grids[0], knob, values, why); /* says that there is none */
}

int
bench_suite_exclude(struct bench_suite *suite, size_t grid, const char *text, struct rt_text *why) {
    size_t known = grid != BENCH_EXCLUDE_ANYWHERE ? grid : 0;
    struct bench_exclude *excludes =
        realloc(suite->excludes, (suite->exclude_count + 1) * sizeof *excludes);
    int error;

    if (excludes == NULL)
        return -ENOMEM;
    suite->excludes = excludes;
    while (grid == BENCH_EXCLUDE_ANYWHERE && known + 1 < suite->count &&
           !bench_exclude_is_known(text, suite->grids[known].workload))
        known++;
    excludes += suite->exclude_count;
    error = bench_exclude_init(excludes, suite->grids[known].workload, text, why);
    if (error != 0)
        return error;
    excludes->grid = grid;
    excludes->may_miss = grid != BENCH_EXCLUDE_ANYWHERE && excludes->engine != NULL;
    suite->exclude_count++;
    return 0;
}

/* ---- The file --------------------------------------------------------------------------------------- */

struct parser {
    struct bench_suite *suite;
    struct bench_grid *grid; /* of the section */
    struct rt_text why;
    char why_data[256];
    int error;
};

static int
take_property(struct parser *parser, const char *name, const char *value) {
    char *end;

    if (strcmp(name, "summary") == 0) {
        snprintf(parser->suite->summary, sizeof parser->suite->summary, "%s", value);
        return 0;
    }
    if (strcmp(name, "repetitions") != 0) {
        rt_text_string(&parser->why, "[suite] has summary and repetitions, not ");
        rt_text_string(&parser->why, name);
        return -EINVAL;
    }
    parser->suite->repetitions = strtoull(value, &end, 10);
    if (value[0] < '1' || value[0] > '9' || *end != '\0' ||
        parser->suite->repetitions > BENCH_SUITE_REPETITIONS_MAX) {
        rt_text_string(&parser->why, "repetitions is a whole number from 1 to 1000000");
        return -EINVAL;
    }
    return 0;
}

static int
enter_section(struct parser *parser, const char *section) {
    char name[sizeof parser->grid->section];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(section, ": "), section);
    const struct wl_workload *workload = wl_registry_find(name);
    for (size_t i = 0; workload != NULL && i < parser->suite->count; i++)
        if (strcmp(parser->suite->grids[i].section, section) == 0) {
            parser->grid = &parser->suite->grids[i];
            return 0;
        }
    if (workload != NULL) {
        parser->grid = bench_suite_add(parser->suite, workload);
        if (parser->grid == NULL)
            return -ENOMEM;
        snprintf(parser->grid->section, sizeof parser->grid->section, "%s", section);
        return 0;
    }
    rt_text_string(&parser->why, "no workload ");
    rt_text_string(&parser->why, name);
    workload = wl_registry_nearest(name);
    if (workload != NULL) {
        rt_text_string(&parser->why, ", did you mean ");
        rt_text_string(&parser->why, workload->name);
        rt_text_string(&parser->why, "?");
    }
    return -EINVAL;
}

/* A second line of the same name would silently take the place of the first. */
static int
take_axis(struct parser *parser, const char *name, const char *value) {
    if (strcmp(name, "exclude") == 0)
        return bench_suite_exclude(parser->suite, (size_t)(parser->grid - parser->suite->grids),
                                   value, &parser->why);
    for (size_t i = 0; i < parser->grid->count; i++)
        if (strcmp(parser->grid->axes[i].knob, name) == 0) {
            rt_text_string(&parser->why, name);
            rt_text_string(&parser->why, " is given twice");
            return -EINVAL;
        }
    return bench_grid_set(parser->grid, name, value, &parser->why);
}

/* inih's callback: nonzero is fine. */
static int
take_line(void *context, const char *section, const char *name, const char *value) {
    struct parser *parser = context;

    if (parser->error != 0)
        return 0;
    if (section[0] == '\0') {
        rt_text_string(&parser->why, "a line before the first section");
        parser->error = -EINVAL;
    } else if (strcmp(section, "suite") == 0) {
        parser->error = take_property(parser, name, value);
    } else {
        parser->error = enter_section(parser, section);
        if (parser->error == 0)
            parser->error = take_axis(parser, name, value);
    }
    return parser->error == 0;
}

/* inih cuts long lines in two. The number of the first one that is, or 0. */
static int
find_long_line(const char *text) {
    int line = 1;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        if (length > LINE_BYTES_MAX)
            return line;
        text += length + (text[length] == '\n');
        line++;
    }
    return 0;
}

int
bench_suite_parse(struct bench_suite *suite, const char *name, const char *text,
                  struct rt_text *why) {
    struct parser parser = {.suite = suite};
    int line;

    rt_text_init(&parser.why, parser.why_data, sizeof parser.why_data);
    line = find_long_line(text);
    if (line > 0)
        rt_text_string(&parser.why, "the line is longer than 190 characters");
    else
        line = ini_parse_string(text, take_line, &parser);
    if (line == 0 && suite->count == 0)
        rt_text_string(&parser.why, "no workload in it");
    if (line == 0 && suite->count > 0)
        return 0;
    rt_text_string(why, name);
    if (line > 0) {
        rt_text_string(why, ":");
        rt_text_integer(why, line);
    }
    rt_text_string(why, ": ");
    rt_text_string(why,
                   parser.why.length > 0 ? parser.why_data : "neither [section] nor name = value");
    return parser.error == -ENOMEM ? -ENOMEM : -EINVAL;
}

/* The whole file, to be freed; NULL with errno. */
static char *
read_file(const char *path) {
    FILE *file = fopen(path, "re");
    char *text = file == NULL ? NULL : malloc(FILE_BYTES_MAX + 1);
    size_t length;

    if (text != NULL) {
        length = fread(text, 1, FILE_BYTES_MAX, file);
        text[length] = '\0';
        if (ferror(file)) {
            free(text);
            text = NULL;
        }
    }
    if (file != NULL)
        fclose(file);
    return text;
}

/* ---- Where they are --------------------------------------------------------------------------------- */

enum {
    PLACES = 3
};

static const char *
place(size_t index) {
    const char *places[PLACES] = {getenv("GCSWEEP_SUITES"), BENCH_SUITES_SOURCE,
                                  BENCH_SUITES_INSTALLED};
    return places[index];
}

static int
load_file(struct bench_suite *suite, const char *path, struct rt_text *why) {
    char *text = read_file(path);
    const char *base = strrchr(path, '/');
    int error;

    if (text == NULL)
        return -ENOENT;
    bench_suite_init(suite, base == NULL ? path : base + 1);
    if (strlen(suite->name) > 4 && strcmp(suite->name + strlen(suite->name) - 4, ".ini") == 0)
        suite->name[strlen(suite->name) - 4] = '\0';
    error = bench_suite_parse(suite, path, text, why);
    if (error != 0)
        bench_suite_fini(suite);
    free(text);
    return error;
}

int
bench_suite_load(struct bench_suite *suite, const char *name, struct rt_text *why) {
    size_t length = strlen(name);
    char path[4096];
    int error = -ENOENT;

    if (strchr(name, '/') != NULL || (length > 4 && strcmp(name + length - 4, ".ini") == 0))
        return load_file(suite, name, why);
    for (size_t i = 0; error == -ENOENT && i < PLACES; i++)
        if (place(i) != NULL &&
            snprintf(path, sizeof path, "%s/%s.ini", place(i), name) < (int)sizeof path)
            error = load_file(suite, path, why);
    return error;
}

static int
is_suite(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".ini") == 0;
}

/* True if an earlier place has a suite of that name, which is then the one that counts. */
static bool
is_hidden(size_t index, const char *name) {
    char path[4096];
    FILE *file;

    for (size_t i = 0; i < index; i++) {
        if (place(i) == NULL ||
            snprintf(path, sizeof path, "%s/%s", place(i), name) >= (int)sizeof path)
            continue;
        file = fopen(path, "re");
        if (file != NULL) {
            fclose(file);
            return true;
        }
    }
    return false;
}

static int
visit(size_t index, const char *name, int (*fn)(void *context, const struct bench_suite *suite),
      void *context) {
    struct bench_suite suite;
    char path[4096], data[256];
    struct rt_text why;
    int result;

    rt_text_init(&why, data, sizeof data);
    if (is_hidden(index, name) ||
        snprintf(path, sizeof path, "%s/%s", place(index), name) >= (int)sizeof path ||
        load_file(&suite, path, &why) != 0)
        return 0;
    result = fn(context, &suite);
    bench_suite_fini(&suite);
    return result;
}

int
bench_suite_each(int (*fn)(void *context, const struct bench_suite *suite), void *context) {
    int result = 0;

    for (size_t i = 0; i < PLACES; i++) {
        struct dirent **entries;
        int count = place(i) == NULL ? -1 : scandir(place(i), &entries, is_suite, alphasort);
        for (int k = 0; k < count; k++) {
            if (result == 0)
                result = visit(i, entries[k]->d_name, fn, context);
            free(entries[k]);
        }
        if (count >= 0)
            free(entries);
    }
    return result;
}
