/* SPDX-License-Identifier: MIT
 *
 * grid.c: axes and their values. See grid.h.
 *
 * Every value goes through a scratch cell: set by the knob's row, and printed again, so that what is kept
 * is valid and written one way only, and the same value given twice is noticed.
 */
#include "bench/grid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cell.h"

enum {
    ITEM_BYTES = BENCH_CELL_VALUE_BYTES
};

void
bench_grid_init(struct bench_grid *grid, const struct wl_workload *workload) {
    *grid = (struct bench_grid){.workload = workload};
}

static void
fini_axis(struct bench_grid_axis *axis) {
    for (size_t i = 0; i < axis->count; i++)
        free(axis->values[i]);
    free(axis->values);
    free(axis->knob);
}

void
bench_grid_fini(struct bench_grid *grid) {
    for (size_t i = 0; i < grid->count; i++)
        fini_axis(&grid->axes[i]);
    free(grid->axes);
    *grid = (struct bench_grid){0};
}

size_t
bench_grid_configs(const struct bench_grid *grid) {
    size_t configs = 1;
    for (size_t i = 0; i < grid->count; i++)
        if (__builtin_mul_overflow(configs, grid->axes[i].count, &configs))
            return SIZE_MAX;
    return configs;
}

static int
complain(struct rt_text *why, const char *knob, const char *item, const char *what, int error) {
    if (why != NULL) {
        rt_text_string(why, knob);
        rt_text_string(why, "=");
        rt_text_string(why, item);
        rt_text_string(why, ": ");
        rt_text_string(why, what);
    }
    return error;
}

/* Appends the scratch cell's value of the axis' knob. */
static int
append_value(struct bench_grid_axis *axis, struct bench_cell *scratch, struct rt_text *why) {
    char value[BENCH_CELL_VALUE_BYTES];
    void *fields;
    const struct rt_knob *row = bench_cell_find(scratch, axis->knob, &fields);
    char **values;

    bench_cell_value(row, fields, value);
    for (size_t i = 0; i < axis->count; i++)
        if (strcmp(axis->values[i], value) == 0)
            return complain(why, axis->knob, value, "is given twice", -EINVAL);
    if (axis->count == BENCH_GRID_VALUES)
        return complain(why, axis->knob, value, "more than 1000 values", -ERANGE);
    values = realloc(axis->values, (axis->count + 1) * sizeof *values);
    if (values == NULL)
        return -ENOMEM;
    axis->values = values;
    values[axis->count] = strdup(value);
    if (values[axis->count] == NULL)
        return -ENOMEM;
    axis->count++;
    return 0;
}

static int
append_text(struct bench_grid_axis *axis, struct bench_cell *scratch, const char *text,
            struct rt_text *why) {
    int error = bench_cell_set(scratch, axis->knob, text, why);
    return error == 0 ? append_value(axis, scratch, why) : error;
}

/* Reads one end of a range through the scratch cell. */
static int
read_end(struct bench_grid_axis *axis, struct bench_cell *scratch, const char *text,
         struct rt_text *why, int64_t *ret_value) {
    void *fields;
    const struct rt_knob *row = bench_cell_find(scratch, axis->knob, &fields);
    int error = rt_knob_set(row, fields, text, why);

    if (error == 0)
        memcpy(ret_value, (const char *)fields + row->offset, sizeof *ret_value);
    return error;
}

struct step {
    int64_t sum, factor; /* one of them is used, the other is 0 */
};

/* Cuts "+7" or "*2" off the high end; without one, the knob's natural step. */
static int
cut_step(const struct rt_knob *row, char *high, struct step *ret_step) {
    char *sign = high[0] == '\0' ? NULL : strpbrk(high + 1, "+*"), *end = sign;
    bool doubles = row->type == RT_KNOB_SIZE || row->power_of_two;

    if (sign == NULL) {
        *ret_step = doubles ? (struct step){0, 2} : (struct step){1, 0};
        return 0;
    }
    errno = 0;
    int64_t number = strtoll(sign + 1, &end, 10);
    if (end == sign + 1 || *end != '\0' || errno != 0 || number < (*sign == '*' ? 2 : 1))
        return -EINVAL;
    *ret_step = *sign == '*' ? (struct step){0, number} : (struct step){number, 0};
    *sign = '\0';
    return 0;
}

static int
append_steps(struct bench_grid_axis *axis, struct bench_cell *scratch, int64_t low, int64_t high,
             struct step step, struct rt_text *why) {
    void *fields;
    const struct rt_knob *row = bench_cell_find(scratch, axis->knob, &fields);
    int error = 0;

    for (int64_t value = low; error == 0 && value <= high;) {
        char text[BENCH_CELL_VALUE_BYTES];
        memcpy((char *)fields + row->offset, &value, sizeof value);
        bench_cell_value(row, fields, text);
        error = append_text(axis, scratch, text, why);
        if (step.factor != 0 ? __builtin_mul_overflow(value, step.factor, &value)
                             : __builtin_add_overflow(value, step.sum, &value))
            break;
    }
    return error;
}

static int
append_range(struct bench_grid_axis *axis, struct bench_cell *scratch, const char *item,
             struct rt_text *why) {
    const struct rt_knob *row = bench_cell_find(scratch, axis->knob, NULL);
    char text[ITEM_BYTES];
    int64_t low, high;
    struct step step;
    int error;

    if (row->type != RT_KNOB_INTEGER && row->type != RT_KNOB_SIZE)
        return complain(why, axis->knob, item, "only integers and sizes have ranges", -EINVAL);
    strcpy(text, item);
    char *dots = strstr(text, "..");
    *dots = '\0';
    if (cut_step(row, dots + 2, &step) != 0)
        return complain(why, axis->knob, item, "a range ends in +N or *N, with N a whole number",
                        -EINVAL);
    error = read_end(axis, scratch, text, why, &low);
    if (error == 0)
        error = read_end(axis, scratch, dots + 2, why, &high);
    if (error != 0)
        return error;
    if (low > high || (step.factor != 0 && low <= 0))
        return complain(why, axis->knob, item,
                        low > high ? "the range is empty" : "a range by a factor starts above 0",
                        -EINVAL);
    return append_steps(axis, scratch, low, high, step, why);
}

static const char *
skip_spaces(const char *text) {
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

static int
append_items(struct bench_grid_axis *axis, struct bench_cell *scratch, const char *values,
             struct rt_text *why) {
    bool is_text = bench_cell_find(scratch, axis->knob, NULL)->type == RT_KNOB_TEXT;
    int error = 0;

    for (const char *at = values; error == 0; at++) {
        char item[ITEM_BYTES];
        at = skip_spaces(at);
        size_t taken = strcspn(at, ","), length = taken;
        while (length > 0 && (at[length - 1] == ' ' || at[length - 1] == '\t'))
            length--;
        if (length == 0 && !is_text)
            return complain(why, axis->knob, values, "a value is missing", -EINVAL);
        if (length >= sizeof item)
            return complain(why, axis->knob, values, "a value is too long", -EINVAL);
        memcpy(item, at, length);
        item[length] = '\0';
        error = !is_text && strstr(item, "..") != NULL ? append_range(axis, scratch, item, why)
                                                       : append_text(axis, scratch, item, why);
        at += taken;
        if (*at == '\0')
            break;
    }
    return error;
}

/* Puts the axis into the grid, which then owns it. */
static int
place_axis(struct bench_grid *grid, struct bench_grid_axis axis) {
    struct bench_grid_axis *axes;

    for (size_t i = 0; i < grid->count; i++)
        if (strcmp(grid->axes[i].knob, axis.knob) == 0) {
            fini_axis(&grid->axes[i]);
            grid->axes[i] = axis;
            return 0;
        }
    axes = realloc(grid->axes, (grid->count + 1) * sizeof *axes);
    if (axes == NULL)
        return -ENOMEM;
    grid->axes = axes;
    axes[grid->count++] = axis;
    return 0;
}

int
bench_grid_set(struct bench_grid *grid, const char *knob, const char *values, struct rt_text *why) {
    struct bench_grid_axis axis = {.knob = strdup(knob)};
    struct bench_cell scratch;
    int error = axis.knob == NULL ? -ENOMEM : bench_cell_init(&scratch, grid->workload);

    if (error != 0) {
        free(axis.knob);
        return error;
    }
    if (bench_cell_find(&scratch, knob, NULL) == NULL)
        error =
            bench_cell_set(&scratch, knob, "", why); /* says that there is none, and the nearest */
    else
        error = append_items(&axis, &scratch, values, why);
    bench_cell_fini(&scratch);
    if (error == 0)
        error = place_axis(grid, axis);
    if (error != 0)
        fini_axis(&axis);
    return error;
}
