/* SPDX-License-Identifier: MIT
 *
 * csv_ways.c: the strategies of workload csv. See csv.h.
 *
 * Values become floats and all other fields strs as soon as they are read, as far as the strategy keeps them. A
 * strategy that keeps columns has the category as a number, and the total of each number in a list.
 */
#include "workloads/csv.h"

#include <errno.h>
#include <string.h>

/* ---- Rows --------------------------------------------------------------------------------------- */

/* What a row that is bad comes to; it is then passed over. */
static int
pass_over(struct wl_csv *csv) {
    const char *fate = csv->knobs->bad_rows == 0 ? "skipped line " : "line ";
    struct rt_text note;
    char line[WL_CSV_NOTE_BYTES];

    rt_text_init(&note, line, sizeof line);
    rt_text_string(&note, fate);
    rt_text_integer(&note, csv->file.row.line);
    rt_text_string(&note, ": ");
    rt_text_string(&note, csv->file.flaw);
    if (csv->bad < WL_CSV_NOTES_MOST)
        memcpy(csv->notes[csv->bad], line, sizeof line);
    csv->bad++;
    if (csv->knobs->bad_rows == 0)
        return 0;
    csv->error = -EINVAL;
    if (csv->run->why != NULL) {
        rt_text_string(csv->run->why, line);
        rt_text_string(csv->run->why, " (csv.bad_rows=skip goes on)");
    }
    return -1;
}

int
wl_csv_ways_advance(struct wl_csv *csv) {
    csv->error = wl_csv_file_next(&csv->file, csv->run->why);
    return csv->error == 0 ? 0 : -1;
}

/* The row is dealt with. */
static int
end_row(struct wl_csv *csv) {
    csv->taken++;
    if (csv->file.flaw == NULL) {
        csv->good++;
        csv->sum += csv->file.number;
    }
    return wl_csv_ways_advance(csv);
}

struct en_object *
wl_csv_ways_str(struct wl_csv *csv, size_t column) {
    const struct wl_csv_field *field = &csv->file.row.fields[column];
    return en_str(csv->heap, field->data, field->bytes);
}

static struct en_object *
make_field(struct wl_csv *csv, size_t column) {
    return column == csv->file.value ? en_float(csv->heap, csv->file.number)
                                     : wl_csv_ways_str(csv, column);
}

static struct en_object *
make_tuple(struct wl_csv *csv) {
    const size_t columns = csv->file.columns;
    struct en_object *tuple = en_tuple_new(csv->heap, columns);

    for (size_t i = 0; tuple != NULL && i < columns; i++) {
        struct en_object *field = make_field(csv, i);
        if (field == NULL) {
            en_decref(csv->heap, tuple);
            return NULL;
        }
        en_tuple_put_steal(tuple, i, field);
    }
    return tuple;
}

static struct en_object *
make_dict(struct wl_csv *csv) {
    struct en_object *dict = en_dict_new(csv->heap);
    int error = 0;

    for (size_t i = 0; dict != NULL && i < csv->file.columns; i++) {
        struct en_object *field = make_field(csv, i);
        error = field == NULL ? -1 : en_dict_set(csv->heap, dict, csv->keys[i], field);
        en_xdecref(csv->heap, field);
        if (error != 0) {
            en_decref(csv->heap, dict);
            return NULL;
        }
    }
    return dict;
}

/* ---- Sums --------------------------------------------------------------------------------------- */

/* [0.0, 0] */
static struct en_object *
make_entry(struct wl_csv *csv) {
    struct en_object *sum = en_float(csv->heap, 0), *count = en_int(csv->heap, 0);
    struct en_object *entry = sum == NULL || count == NULL ? NULL : en_list_new(csv->heap, 2);

    if (entry == NULL) {
        en_xdecref(csv->heap, sum);
        en_xdecref(csv->heap, count);
        return NULL;
    }
    en_list_put_steal(entry, 0, sum);
    en_list_put_steal(entry, 1, count);
    return entry;
}

/* entry[0] += value; entry[1] += 1 */
static int
add_to(struct wl_csv *csv, struct en_object *entry, double value) {
    struct en_heap *heap = csv->heap;
    int64_t number;

    if (en_int_value(heap, en_list_get(entry, 1), &number) != 0)
        return -1;
    struct en_object *sum = en_float(heap, en_float_value(en_list_get(entry, 0)) + value);
    struct en_object *count = sum == NULL ? NULL : en_int(heap, number + 1);
    if (count != NULL) {
        en_list_set(heap, entry, 0, sum);
        en_list_set(heap, entry, 1, count);
        en_decref(heap, count);
    }
    en_xdecref(heap, sum);
    return count == NULL ? -1 : 0;
}

/* totals[category], which is made when it is not there; borrowed. */
static struct en_object *
find_entry(struct wl_csv *csv, struct en_object *category) {
    struct en_object *entry = en_dict_get(csv->heap, csv->totals, category);

    if (entry != NULL)
        return entry;
    entry = en_error(csv->heap) == ENOENT ? make_entry(csv) : NULL;
    int error = entry == NULL ? -1 : en_dict_set(csv->heap, csv->totals, category, entry);
    en_xdecref(csv->heap, entry);
    return error == 0 ? entry : NULL;
}

static int
add(struct wl_csv *csv, struct en_object *category, struct en_object *value) {
    struct en_object *entry = find_entry(csv, category);
    return entry == NULL ? -1 : add_to(csv, entry, en_float_value(value));
}

/* ---- Rows that are held ------------------------------------------------------------------------- */

static int
hold(struct wl_csv *csv, struct en_object *row) {
    int error = row == NULL ? -1 : en_list_append(csv->heap, csv->rows, row);

    en_xdecref(csv->heap, row);
    return error;
}

static int
store_dict(struct wl_csv *csv) {
    return hold(csv, make_dict(csv));
}

static int
store_tuple(struct wl_csv *csv) {
    return hold(csv, make_tuple(csv));
}

static int
sum_dicts(struct wl_csv *csv, int64_t from, int64_t to) {
    struct en_object *const category_key = csv->keys[csv->file.category];
    struct en_object *const value_key = csv->keys[csv->file.value];

    for (int64_t i = from; i < to; i++) {
        struct en_object *row = en_list_get(csv->rows, (size_t)i);
        struct en_object *category = en_dict_get(csv->heap, row, category_key);
        struct en_object *value = en_dict_get(csv->heap, row, value_key);
        if (category == NULL || value == NULL || add(csv, category, value) != 0)
            return -1;
        en_safe_point(csv->heap);
    }
    return 0;
}

static int
add_tuple(struct wl_csv *csv, struct en_object *row) {
    return add(csv, en_tuple_get(row, csv->file.category), en_tuple_get(row, csv->file.value));
}

static int
sum_tuples(struct wl_csv *csv, int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
        if (add_tuple(csv, en_list_get(csv->rows, (size_t)i)) != 0)
            return -1;
        en_safe_point(csv->heap);
    }
    return 0;
}

/* ---- Columns that are held ---------------------------------------------------------------------- */

/* The number of the row's category, with a new entry for one that is new. */
static int
find_number(struct wl_csv *csv, int64_t *ret_number) {
    struct en_heap *heap = csv->heap;
    struct en_object *name = wl_csv_ways_str(csv, csv->file.category);
    struct en_object *number = name == NULL ? NULL : en_dict_get(heap, csv->names, name);
    struct en_object *entry = NULL;
    int error = -1;

    if (number != NULL) {
        error = en_int_value(heap, number, ret_number);
    } else if (name != NULL && en_error(heap) == ENOENT) {
        *ret_number = (int64_t)en_dict_length(csv->names);
        number = en_int(heap, *ret_number);
        entry = number == NULL ? NULL : make_entry(csv);
        error = entry == NULL ? -1 : en_list_append(heap, csv->entries, entry);
        error = error != 0 ? -1 : en_dict_set(heap, csv->names, name, number);
        en_xdecref(heap, entry);
        en_xdecref(heap, number);
    }
    en_xdecref(heap, name);
    return error;
}

static int
store_other_column(struct wl_csv *csv, size_t column) {
    const struct wl_csv_field *field = &csv->file.row.fields[column];
    struct en_object *string;
    double number;

    if (csv->knobs->file[0] == '\0' && column == 0)
        return wl_csv_read_number(field->data, field->bytes, &number)
                   ? en_array_append_integer(csv->heap, csv->columns[0], (int64_t)number)
                   : (csv->error = -EBADMSG);
    string = wl_csv_ways_str(csv, column);
    int error = string == NULL ? -1 : en_list_append(csv->heap, csv->columns[column], string);
    en_xdecref(csv->heap, string);
    return error;
}

static int
store_columns(struct wl_csv *csv) {
    const size_t category = csv->file.category, value = csv->file.value;
    int64_t number = 0;
    int error = find_number(csv, &number);

    if (error == 0)
        error = en_array_append_integer(csv->heap, csv->columns[category], number);
    if (error == 0 && value != category)
        error = en_array_append_double(csv->heap, csv->columns[value], csv->file.number);
    for (size_t i = 0; error == 0 && i < csv->file.columns; i++)
        if (i != category && i != value && csv->columns[i] != NULL)
            error = store_other_column(csv, i);
    csv->held += error == 0;
    return error;
}

static int
sum_columns(struct wl_csv *csv, int64_t from, int64_t to) {
    struct en_object *const numbers = csv->columns[csv->file.category];
    struct en_object *const values = csv->columns[csv->file.value];

    for (int64_t i = from; i < to; i++) {
        size_t number = (size_t)en_array_get_integer(numbers, (size_t)i);
        double value = en_array_get_double(values, (size_t)i);
        if (add_to(csv, en_list_get(csv->entries, number), value) != 0)
            return -1;
        en_safe_point(csv->heap);
    }
    return 0;
}

/* ---- Rows that are not held --------------------------------------------------------------------- */

/* For a bad row, None. */
static struct en_object *
resume(struct en_heap *heap, struct en_object *generator, void *data) {
    struct wl_csv *csv = data;
    (void)generator;
    if (csv->file.is_over)
        return en_fail(heap, ENOENT);
    struct en_object *row = csv->file.flaw == NULL ? make_tuple(csv) : en_incref(en_none(heap));
    int error = row == NULL ? -1 : csv->file.flaw != NULL ? pass_over(csv) : 0;
    if (error == 0)
        error = end_row(csv);
    if (error == 0)
        return row;
    en_xdecref(heap, row);
    return row == NULL ? NULL : en_fail(heap, EINVAL);
}

static int
add_next(struct wl_csv *csv) {
    struct en_object *row = en_generator_next(csv->heap, csv->stream);

    if (row == NULL)
        return -1;
    int error = row == en_none(csv->heap) ? 0 : add_tuple(csv, row);
    en_decref(csv->heap, row);
    return error;
}

int
wl_csv_ways_take(struct wl_csv *csv) {
    if (csv->way->store == NULL)
        return add_next(csv);
    int error = csv->file.flaw == NULL ? csv->way->store(csv) : pass_over(csv);
    return error == 0 ? end_row(csv) : error;
}

const struct wl_csv_way wl_csv_ways[] = {
    [WL_CSV_LOAD_ALL] = {.store = store_dict, .sum = sum_dicts},
    [WL_CSV_LOAD_ROWS] = {.store = store_tuple, .sum = sum_tuples},
    [WL_CSV_TYPED] = {.store = store_columns, .sum = sum_columns, .keeps_columns = true},
    [WL_CSV_SELECTED] = {.store = store_columns, .sum = sum_columns, .keeps_columns = true},
    [WL_CSV_CHUNKED] = {.store = store_dict, .sum = sum_dicts, .is_chunked = true},
    [WL_CSV_STREAM] = {0},
};

/* ---- What holds them ---------------------------------------------------------------------------- */

static int
make_columns(struct wl_csv *csv) {
    const bool is_typed = csv->knobs->strategy == WL_CSV_TYPED;
    struct en_heap *heap = csv->heap;

    csv->names = en_dict_new(heap);
    csv->entries = csv->names == NULL ? NULL : en_list_new(heap, 0);
    if (csv->entries == NULL)
        return -1;
    for (size_t i = 0; i < csv->file.columns; i++) {
        bool is_id = i == 0 && csv->knobs->file[0] == '\0';
        if (i == csv->file.category)
            csv->columns[i] = en_array_new(heap, RT_ARRAY_I, 0);
        else if (i == csv->file.value)
            csv->columns[i] = en_array_new(heap, RT_ARRAY_D, 0);
        else if (is_typed)
            csv->columns[i] = is_id ? en_array_new(heap, RT_ARRAY_Q, 0) : en_list_new(heap, 0);
        else
            continue;
        if (csv->columns[i] == NULL)
            return -1;
    }
    return 0;
}

int
wl_csv_ways_begin(struct wl_csv *csv) {
    csv->totals = en_dict_new(csv->heap);
    if (csv->totals == NULL)
        return -1;
    if (csv->way->keeps_columns)
        return make_columns(csv);
    if (csv->way->store != NULL)
        csv->rows = en_list_new(csv->heap, 0);
    else
        csv->stream = en_generator_new(csv->heap, resume, csv, 1);
    return csv->rows == NULL && csv->stream == NULL ? -1 : 0;
}

static void
drop_one(struct wl_csv *csv, struct en_object **object) {
    en_xdecref(csv->heap, *object);
    *object = NULL;
}

void
wl_csv_ways_end(struct wl_csv *csv) {
    drop_one(csv, &csv->totals);
    drop_one(csv, &csv->rows);
    drop_one(csv, &csv->stream);
    drop_one(csv, &csv->names);
    drop_one(csv, &csv->entries);
    for (size_t i = 0; i < csv->file.columns; i++)
        drop_one(csv, &csv->columns[i]);
}

/* totals = {name: entries[number] for name, number in names.items()} */
int
wl_csv_ways_name(struct wl_csv *csv) {
    struct en_object *name, *number;
    size_t position = 0;

    while (en_dict_next(csv->names, &position, &name, &number)) {
        int64_t index;
        if (en_int_value(csv->heap, number, &index) != 0 ||
            en_dict_set(csv->heap, csv->totals, name, en_list_get(csv->entries, (size_t)index)) !=
                0)
            return -1;
    }
    return 0;
}
