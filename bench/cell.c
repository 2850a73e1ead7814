/* SPDX-License-Identifier: MIT
 *
 * cell.c: what one worker is to run. See cell.h.
 */
#include "bench/cell.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int
bench_cell_init(struct bench_cell *cell, const struct wl_workload *workload) {
    *cell = (struct bench_cell){.workload = workload, .knobs = calloc(1, workload->knobs_bytes)};
    if (cell->knobs == NULL)
        return -ENOMEM;
    rt_config_init(&cell->config);
    rt_knob_defaults(workload->knobs, cell->knobs);
    return 0;
}

void
bench_cell_fini(struct bench_cell *cell) {
    free(cell->knobs);
    cell->knobs = NULL;
}

const struct rt_knob *
bench_cell_find(struct bench_cell *cell, const char *name, void **ret_fields) {
    const struct rt_knob *row = rt_knob_find(rt_config_knobs(), name);
    void *fields = &cell->config;

    if (row == NULL) {
        row = rt_knob_find(cell->workload->knobs, name);
        fields = cell->knobs;
    }
    if (ret_fields != NULL)
        *ret_fields = fields;
    return row;
}

static void
say_unknown(const struct bench_cell *cell, const char *name, struct rt_text *why) {
    const struct rt_knob *one = rt_knob_nearest(rt_config_knobs(), name);
    const struct rt_knob *other = rt_knob_nearest(cell->workload->knobs, name);

    if (one == NULL ||
        (other != NULL && rt_knob_distance(other->name, name) < rt_knob_distance(one->name, name)))
        one = other;
    rt_text_string(why, "no knob ");
    rt_text_string(why, name);
    if (one != NULL) {
        rt_text_string(why, ", did you mean ");
        rt_text_string(why, one->name);
        rt_text_string(why, "?");
    } else {
        rt_text_string(why, " (gcsweep list shows all)");
    }
}

/* A workload with more knobs than there are bits has its last ones always named. */
static bool
is_named(const struct bench_cell *cell, size_t index) {
    return index / 64 >= sizeof cell->named / sizeof cell->named[0] ||
           (cell->named[index / 64] >> index % 64 & 1) != 0;
}

static void
note_named(struct bench_cell *cell, const struct rt_knob *row, bool is_workloads) {
    struct rt_knob_table runtime = rt_config_knobs();
    size_t index = is_workloads ? runtime.count + (size_t)(row - cell->workload->knobs.rows)
                                : (size_t)(row - runtime.rows);

    if (!is_named(cell, index))
        cell->named[index / 64] |= UINT64_C(1) << index % 64;
}

int
bench_cell_set(struct bench_cell *cell, const char *name, const char *value, struct rt_text *why) {
    void *fields;
    const struct rt_knob *row = bench_cell_find(cell, name, &fields);
    int error;

    if (row == NULL) {
        if (why != NULL)
            say_unknown(cell, name, why);
        return -ENOENT;
    }
    error = rt_knob_set(row, fields, value, why);
    if (error == 0)
        note_named(cell, row, fields == cell->knobs);
    return error;
}

int
bench_cell_check(const struct bench_cell *cell, struct rt_text *why) {
    int error = rt_config_check(&cell->config, why);
    if (error == 0 && cell->workload->check != NULL)
        error = cell->workload->check(cell->knobs, why);
    return error;
}

/* Asked of a context with that policy, and with nothing that could make it fail. */
void
bench_cell_settle(struct bench_cell *cell) {
    int64_t *const thresholds[RT_GENERATIONS] = {
        &cell->config.gc_threshold0, &cell->config.gc_threshold1, &cell->config.gc_threshold2};
    struct rt_config config;
    struct rt *rt;

    rt_config_init(&config);
    config.gc_policy = cell->config.gc_policy;
    if (rt_create(&config, NULL, &rt) != 0)
        return;
    for (int i = 0; i < RT_GENERATIONS; i++)
        if (*thresholds[i] == RT_GC_POLICYS_OWN)
            *thresholds[i] = rt_gc_threshold(rt, i);
    rt_destroy(rt);
}

size_t
bench_cell_knob_count(const struct bench_cell *cell) {
    return rt_config_knobs().count + cell->workload->knobs.count;
}

const struct rt_knob *
bench_cell_knob(const struct bench_cell *cell, size_t index, const void **ret_fields) {
    struct rt_knob_table runtime = rt_config_knobs();
    *ret_fields = index < runtime.count ? (const void *)&cell->config : cell->knobs;
    return index < runtime.count ? &runtime.rows[index]
                                 : &cell->workload->knobs.rows[index - runtime.count];
}

void
bench_cell_value(const struct rt_knob *row, const void *fields,
                 char ret_value[BENCH_CELL_VALUE_BYTES]) {
    struct rt_text text;
    rt_text_init(&text, ret_value, BENCH_CELL_VALUE_BYTES);
    rt_knob_print(row, fields, &text);
}

double
bench_cell_number(const struct rt_knob *row, const void *fields) {
    const char *field = (const char *)fields + row->offset;
    double ratio;
    int64_t number;

    if (row->type == RT_KNOB_RATIO) {
        memcpy(&ratio, field, sizeof ratio);
        return ratio;
    }
    if (row->type == RT_KNOB_TEXT)
        return 0;
    memcpy(&number, field, sizeof number);
    return (double)number;
}

const char *
bench_cell_type_name(enum rt_knob_type type) {
    static const char *const names[] = {
        [RT_KNOB_INTEGER] = "integer", [RT_KNOB_SIZE] = "size",       [RT_KNOB_RATIO] = "ratio",
        [RT_KNOB_ENUM] = "enum",       [RT_KNOB_BOOLEAN] = "boolean", [RT_KNOB_TEXT] = "text",
    };
    return names[type];
}

static json_t *
value_json(const struct rt_knob *row, const void *fields) {
    double number = bench_cell_number(row, fields);

    switch (row->type) {
    case RT_KNOB_RATIO:
        return json_real(number);
    case RT_KNOB_BOOLEAN:
        return json_boolean(number != 0);
    case RT_KNOB_ENUM:
        return json_string(row->choices[(int)number]);
    case RT_KNOB_TEXT:
        return json_string((const char *)fields + row->offset);
    case RT_KNOB_INTEGER:
    case RT_KNOB_SIZE:
        break;
    }
    return json_integer((json_int_t)number);
}

json_t *
bench_cell_knobs_json(const struct bench_cell *cell) {
    json_t *knobs = json_object();
    size_t count = bench_cell_knob_count(cell);

    for (size_t i = 0; i < count; i++) {
        const void *fields;
        const struct rt_knob *row = bench_cell_knob(cell, i, &fields);
        json_object_set_new(knobs, row->name, value_json(row, fields));
    }
    return knobs;
}

/* The same with every value as --set accepts it. */
static json_t *
knobs_wire_json(const struct bench_cell *cell, bool all) {
    json_t *knobs = json_object();
    size_t count = bench_cell_knob_count(cell);

    for (size_t i = 0; i < count; i++) {
        const void *fields;
        const struct rt_knob *row = bench_cell_knob(cell, i, &fields);
        char value[BENCH_CELL_VALUE_BYTES];
        if (!all && !is_named(cell, i))
            continue;
        bench_cell_value(row, fields, value);
        json_object_set_new(knobs, row->name, json_string(value));
    }
    return knobs;
}

static json_t *
wire_json(const struct bench_cell *cell, bool all) {
    return json_pack("{s:s, s:i, s:I, s:o}", "workload", cell->workload->name, "version",
                     cell->workload->version, "seed", (json_int_t)cell->seed, "knobs",
                     knobs_wire_json(cell, all));
}

json_t *
bench_cell_json(const struct bench_cell *cell) {
    return wire_json(cell, true);
}

json_t *
bench_cell_named_json(const struct bench_cell *cell) {
    return wire_json(cell, false);
}

static int
set_all(struct bench_cell *cell, json_t *knobs, struct rt_text *why) {
    const char *name;
    json_t *value;

    json_object_foreach(knobs, name, value) {
        if (!json_is_string(value))
            return -EBADMSG;
        int error = bench_cell_set(cell, name, json_string_value(value), why);
        if (error != 0)
            return error;
    }
    return bench_cell_check(cell, why);
}

static int
parse_object(struct bench_cell *cell, json_t *object, struct rt_text *why) {
    const char *name;
    json_int_t seed;
    int version, error;
    json_t *knobs;

    if (json_unpack(object, "{s:s, s:i, s:I, s:o}", "workload", &name, "version", &version, "seed",
                    &seed, "knobs", &knobs) != 0 ||
        !json_is_object(knobs)) {
        rt_text_string(why, "not a cell: workload, version, seed and knobs are needed");
        return -EBADMSG;
    }
    const struct wl_workload *workload = wl_registry_find(name);
    if (workload == NULL || workload->version != version) {
        rt_text_string(why, workload == NULL ? "no workload " : "another version of workload ");
        rt_text_string(why, name);
        return -EBADMSG;
    }
    error = bench_cell_init(cell, workload);
    if (error != 0)
        return error;
    cell->clock_rate = (uint64_t)json_integer_value(json_object_get(object, "clock_rate"));
    cell->seed = (uint64_t)seed;
    error = set_all(cell, knobs, why);
    if (error != 0)
        bench_cell_fini(cell);
    return error;
}

int
bench_cell_parse(struct bench_cell *cell, const char *line, struct rt_text *why) {
    json_error_t json_error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &json_error);
    int error;

    if (object == NULL) {
        rt_text_string(why, "not a cell: ");
        rt_text_string(why, json_error.text);
        return -EBADMSG;
    }
    error = parse_object(cell, object, why);
    json_decref(object);
    return error;
}
