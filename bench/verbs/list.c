/* SPDX-License-Identifier: MIT
 *
 * verbs/list.c: `gcsweep list`: everything that has a name. All of it comes from the tables that the
 * program itself works by, so the list cannot be wrong.
 */
#include "bench/verbs.h"

#include <stdio.h>
#include <string.h>

#include "bench/cell.h"
#include "bench/engine.h"
#include "bench/export.h"
#include "bench/figure.h"
#include "bench/metric.h"
#include "bench/option.h"
#include "bench/say.h"
#include "bench/suite.h"
#include "bench/target.h"

extern const struct bench_verb bench_verb_list;

static json_t *
entry(const char *name, const char *help) {
    return json_pack("{s:s, s:s}", "name", name, "help", help);
}

static json_t *
verbs_json(void) {
    json_t *list = json_array();
    size_t count;
    const struct bench_verb *const *verbs = bench_verbs(&count);

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, entry(verbs[i]->name, verbs[i]->summary));
    return list;
}

static json_t *
workloads_json(void) {
    json_t *list = json_array();
    size_t count;
    const struct wl_workload *const *workloads = wl_registry(&count);

    for (size_t i = 0; i < count; i++) {
        json_t *one = entry(workloads[i]->name, workloads[i]->summary);
        json_object_set_new(one, "caveat", json_string(workloads[i]->caveat));
        json_object_set_new(one, "version", json_integer(workloads[i]->version));
        json_object_set_new(one, "variant",
                            workloads[i]->variant == NULL ? json_null()
                                                          : json_string(workloads[i]->variant));
        json_array_append_new(list, one);
    }
    return list;
}

static void
append_knobs(json_t *list, struct rt_knob_table table, const void *fields) {
    for (size_t i = 0; i < table.count; i++) {
        const struct rt_knob *row = &table.rows[i];
        char initial[BENCH_CELL_VALUE_BYTES], range_data[256];
        struct rt_text range;
        json_t *one = entry(row->name, row->help);

        bench_cell_value(row, fields, initial);
        rt_text_init(&range, range_data, sizeof range_data);
        rt_knob_print_range(row, &range);
        json_object_set_new(one, "type", json_string(bench_cell_type_name(row->type)));
        json_object_set_new(one, "unit", json_string(row->unit));
        json_object_set_new(one, "initial", json_string(initial));
        json_object_set_new(one, "range", json_string(range_data));
        json_array_append_new(list, one);
    }
}

static json_t *
knobs_json(void) {
    json_t *list = json_array();
    size_t count;
    const struct wl_workload *const *workloads = wl_registry(&count);

    for (size_t i = 0; i < count; i++) {
        struct bench_cell cell;
        if (bench_cell_init(&cell, workloads[i]) != 0)
            continue;
        if (i == 0)
            append_knobs(list, rt_config_knobs(), &cell.config);
        append_knobs(list, workloads[i]->knobs, cell.knobs);
        bench_cell_fini(&cell);
    }
    return list;
}

static json_t *
engines_json(void) {
    json_t *list = json_array();
    size_t count;
    const struct bench_engine_row *rows = bench_engine_rows(&count);

    for (size_t i = 0; i < count; i++) {
        struct bench_engine engine;
        char why[512] = "";
        bool available = bench_engine_open(&engine, rows[i].name, NULL, why, sizeof why) == 0;
        json_t *one = entry(rows[i].name, rows[i].help);
        json_object_set_new(one, "available", json_boolean(available));
        json_object_set_new(one, "version",
                            available && engine.version[0] != '\0' ? json_string(engine.version)
                                                                   : json_null());
        json_object_set_new(one, "why_not", available ? json_null() : json_string(why));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *
policies_json(void) {
    const struct rt_knob *row = rt_knob_find(rt_config_knobs(), "gc.policy");
    json_t *list = json_array();

    for (int i = 0; row->choices[i] != NULL; i++)
        json_array_append_new(list, entry(row->choices[i], rt_gc_policy_help(i)));
    return list;
}

static json_t *
backends_json(void) {
    static const char *const help[] = {
        [RT_BACKEND_POOL] = "small blocks from pools inside arenas, as CPython's pymalloc does it",
        [RT_BACKEND_SYSTEM] = "every block from the C library's malloc",
        [RT_BACKEND_DEBUG] = "pools with guard bytes, serial numbers and fill around each block",
    };
    const struct rt_knob *row = rt_knob_find(rt_config_knobs(), "alloc.backend");
    json_t *list = json_array();

    for (int i = 0; i < RT_BACKEND_COUNT; i++)
        json_array_append_new(list, entry(row->choices[i], help[i]));
    return list;
}

static int
append_suite(void *context, const struct bench_suite *suite) {
    json_array_append_new(context, entry(suite->name, suite->summary));
    return 0;
}

static json_t *
suites_json(void) {
    json_t *list = json_array();
    bench_suite_each(append_suite, list);
    return list;
}

static json_t *
metrics_json(void) {
    json_t *list = json_array();

    for (int i = 0; i < bench_metric_count(); i++) {
        struct bench_store_metric metric = bench_metric_row((enum bench_metric)i);
        json_t *one = entry(metric.name, metric.help);
        json_object_set_new(one, "unit", json_string(metric.unit));
        json_object_set_new(one, "better", json_string(metric.better));
        json_object_set_new(one, "deterministic", json_boolean(metric.deterministic));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *
figures_json(void) {
    json_t *list = json_array();
    size_t count;
    const struct bench_figure *figures = bench_figure_rows(&count);

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, entry(figures[i].name, figures[i].question));
    return list;
}

static json_t *
formats_json(void) {
    json_t *list = json_array();
    size_t count;
    const struct bench_export_format *formats = bench_export_formats(&count);

    for (size_t i = 0; i < count; i++) {
        json_t *one = entry(formats[i].name, formats[i].help);
        json_object_set_new(one, "suffix", json_string(formats[i].suffix));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *
everything(void) {
    json_t *all = json_object();
    json_object_set_new(all, "verbs", verbs_json());
    json_object_set_new(all, "workloads", workloads_json());
    json_object_set_new(all, "knobs", knobs_json());
    json_object_set_new(all, "engines", engines_json());
    json_object_set_new(all, "policies", policies_json());
    json_object_set_new(all, "backends", backends_json());
    json_object_set_new(all, "suites", suites_json());
    json_object_set_new(all, "metrics", metrics_json());
    json_object_set_new(all, "figures", figures_json());
    json_object_set_new(all, "formats", formats_json());
    return all;
}

static void
print_section(const char *title, json_t *list) {
    size_t index;
    json_t *one;

    if (json_array_size(list) == 0)
        return;
    printf("%s\n", title);
    json_array_foreach(list, index, one) {
        const char *range = json_string_value(json_object_get(one, "range"));
        const char *why_not = json_string_value(json_object_get(one, "why_not"));
        const char *version = json_string_value(json_object_get(one, "version"));
        printf("  %-28s %s", json_string_value(json_object_get(one, "name")),
               json_string_value(json_object_get(one, "help")));
        if (range != NULL)
            printf(" [%s; %s]", json_string_value(json_object_get(one, "initial")), range);
        if (version != NULL)
            printf(" [%s]", version);
        if (why_not != NULL)
            printf(" (not available: %s)", why_not);
        printf("\n");
    }
}

/* The section that the user named, or all of them. */
static int
print_text(json_t *all, const char *wanted) {
    const char *names[16], *title;
    char hint[64];
    size_t count = 0;
    json_t *list;

    json_object_foreach(all, title, list) {
        names[count++] = title;
        if (wanted == NULL || strcmp(wanted, title) == 0)
            print_section(title, list);
    }
    names[count] = NULL;
    if (wanted != NULL && json_object_get(all, wanted) == NULL)
        return bench_say(BENCH_STATUS_USAGE, "nothing to list under %s%s", wanted,
                         bench_say_nearest(bench_say_guess(wanted, names), hint, sizeof hint));
    return BENCH_STATUS_DONE;
}

static int
run_list(int argc, char **argv) {
    static const struct bench_option options[] = {{"--json", false}, {NULL, false}};
    struct bench_option_reader reader;
    const char *wanted = NULL;
    bool json = false;
    int option, status;

    bench_option_init(&reader, options, argc, argv);
    while ((option = bench_option_next(&reader)) != BENCH_OPTION_END) {
        if (option == 0)
            json = true;
        else if (option == BENCH_OPTION_WORD && wanted == NULL)
            wanted = reader.value;
        else
            return option == BENCH_OPTION_WRONG
                       ? BENCH_STATUS_USAGE
                       : bench_say(BENCH_STATUS_USAGE, "list takes one section, not also %s",
                                   reader.value);
    }
    if (json && wanted != NULL)
        return bench_say(BENCH_STATUS_USAGE, "list --json prints all sections: leave %s out",
                         wanted);
    json_t *all = everything();
    if (json) {
        bench_target_print_json(all);
        return BENCH_STATUS_DONE;
    }
    status = print_text(all, wanted);
    json_decref(all);
    return status;
}

const struct bench_verb bench_verb_list = {
    .name = "list",
    .summary = "show everything that has a name: verbs, workloads, knobs, suites, metrics ...",
    .help =
        "usage: gcsweep list [SECTION] [--json]\n"
        "\n"
        "Shows verbs, workloads, knobs (with default and range), engines (and why one is not "
        "available),\n"
        "policies, backends, suites, metrics, figures and formats of export, or only the section "
        "named.\n"
        "\n"
        "  --json   print {verbs, workloads, knobs, engines, policies, backends, suites, metrics,\n"
        "           figures, formats}, each a list of objects with name and help\n"
        "\n"
        "Example:\n"
        "  gcsweep list knobs\n"
        "\n"
        "Exit status: 0; 2 for a section that is not there.\n",
    .run = run_list,
};
