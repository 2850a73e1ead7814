/* SPDX-License-Identifier: MIT
 *
 * replay.c: reads the table of sizes and holds recipes to it. See replay.h.
 */
#include "runtime/tests/replay.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    NAME_BYTES = 40,
    ROWS_MAX = 1 << 15,
};

struct row {
    char series[NAME_BYTES];
    long step, bytes, requested; /* -1: not known */
};

struct table {
    struct row *rows;
    size_t count;
};

/* The rows of one series, and what was found of it. */
struct check {
    const struct row *rows;
    size_t count, at;
    size_t mismatches;
};

/* ---- The table ---------------------------------------------------------------------------------- */

static struct table
read_table(void) {
    FILE *file = fopen(TEST_DATA "/sizes-3.11.2.txt", "r");
    struct table table = {.rows = calloc(ROWS_MAX, sizeof *table.rows)};
    char line[128], requested[24];

    assert_non_null(file);
    assert_non_null(table.rows);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "python 3.11.2\n");
    while (fgets(line, sizeof line, file) != NULL) {
        struct row *row = &table.rows[table.count++];

        assert_true(table.count < ROWS_MAX); /* the row after the last one names no series */
        assert_int_equal(
            sscanf(line, "%39s %ld %ld %23s", row->series, &row->step, &row->bytes, requested), 4);
        row->requested = strcmp(requested, "-") == 0 ? -1 : strtol(requested, NULL, 10);
    }
    fclose(file);
    return table;
}

static size_t
count_rows(const struct row *rows) {
    size_t count = 1;

    while (strcmp(rows[count].series, rows[0].series) == 0)
        count++;
    return count;
}

void
replay_each_series(void (*visit)(const char *series, void *context), void *context) {
    struct table table = read_table();

    for (size_t i = 0; i < table.count; i += count_rows(&table.rows[i]))
        visit(table.rows[i].series, context);
    free(table.rows);
}

bool
replay_matches(const char *pattern, const char *series, long *ret_number, char *ret_word) {
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '#') {
            size_t length = strspn(series, "0123456789");

            *ret_number = strtol(series, NULL, 10);
            series += length;
            if (length == 0)
                return false;
        } else if (*pattern == '@') {
            size_t length = strspn(series, "abcdefghijklmnopqrstuvwxyz_");

            if (length == 0 || length > 15)
                return false;
            memcpy(ret_word, series, length);
            ret_word[length] = '\0';
            series += length;
        } else if (*pattern != *series++) {
            return false;
        }
    }
    return *series == '\0';
}

/* ---- Measuring ---------------------------------------------------------------------------------- */

static long
live_bytes(struct replay *replay) {
    rt_free_lists_clear(replay->rt);
    return (long)test_stat(replay->rt, RT_STAT_LIVE_REQUESTED_BYTES);
}

static void
add_dict(struct rt_object *referent, void *context) {
    if (rt_kind(referent) == RT_KIND_DICT)
        *(long *)context += (long)rt_block_bytes(referent);
}

static long
owned_bytes(struct rt_object *subject) {
    long bytes = (long)rt_block_bytes(subject);

    if (rt_kind(subject) == RT_KIND_INSTANCE)
        rt_visit(subject, add_dict, &bytes);
    return bytes;
}

static void
note_mismatch(struct replay *replay, struct check *check, const char *what, long expected,
              long got) {
    if (check->mismatches++ == 0)
        print_error("%s, step %ld: %s: expected %ld, got %ld\n", replay->series, replay->step, what,
                    expected, got);
}

/* What the table leaves out: an array of no items is a request of no bytes, which is one of one byte. */
static long
unlisted_bytes(const struct rt_object *subject) {
    const struct rt_list *list = (const struct rt_list *)subject;

    return rt_kind(subject) == RT_KIND_LIST && list->capacity == 0 && list->items != NULL;
}

static bool
is_as_requested(const struct replay *replay, long requested, long got) {
    if ((replay->recipe->flags & REPLAY_MAY_ASK_LESS) != 0)
        return got <= requested && got >= (long)rt_sizeof(replay->subject);
    return got == requested;
}

static void
check_requested(struct replay *replay, struct check *check, long requested, long live) {
    long owned = owned_bytes(replay->subject);

    if ((replay->recipe->flags & REPLAY_SIZE_ONLY) != 0)
        return;
    if (requested < 0) {
        if (live != 0)
            note_mismatch(replay, check, "bytes handed out for a shared one", 0, live);
        return;
    }
    requested += unlisted_bytes(replay->subject);
    if (!is_as_requested(replay, requested, owned))
        note_mismatch(replay, check, "rt_block_bytes", requested, owned);
    if (live != owned)
        note_mismatch(replay, check, "bytes handed out", requested, live);
}

static void
check_step(struct replay *replay, struct check *check, long base) {
    struct rt_object *measured =
        replay->recipe->measured != NULL ? replay->recipe->measured(replay) : replay->subject;
    const struct row *row;
    long bytes = (long)rt_sizeof(measured);

    while (check->at + 1 < check->count && check->rows[check->at + 1].step <= replay->step)
        check->at++;
    row = &check->rows[check->at];
    if (bytes != row->bytes)
        note_mismatch(replay, check, "rt_sizeof", row->bytes, bytes);
    check_requested(replay, check, row->requested, live_bytes(replay) - base);
}

/* ---- Series ------------------------------------------------------------------------------------- */

static void
drop_subject(struct replay *replay, struct check *check, long base) {
    long left;

    rt_decref(replay->rt, replay->subject);
    replay->subject = NULL;
    left = live_bytes(replay) - base;
    if (left != 0 && (replay->recipe->flags & REPLAY_SIZE_ONLY) == 0)
        note_mismatch(replay, check, "bytes left behind", 0, left);
}

static void
drop_given(struct replay *replay) {
    for (size_t i = 0; i < REPLAY_GIVEN_MAX; i++) {
        rt_xdecref(replay->rt, replay->given[i]);
        replay->given[i] = NULL;
    }
}

static void
run_family(struct replay *replay, struct check *check) {
    const struct row *rows = check->rows;

    for (replay->step = rows[0].step; replay->step <= rows[check->count - 1].step; replay->step++) {
        long base;

        if (replay->recipe->prepare != NULL)
            replay->recipe->prepare(replay);
        base = live_bytes(replay);
        replay->subject = replay_have(replay->recipe->make(replay));
        check_step(replay, check, base);
        drop_subject(replay, check, base);
        drop_given(replay);
    }
}

static void
run_walk(struct replay *replay, struct check *check) {
    long base;

    assert_int_equal(check->rows[0].step, 0);
    replay->step = 0;
    if (replay->recipe->prepare != NULL)
        replay->recipe->prepare(replay);
    test_random_init(&replay->random, 1);
    base = live_bytes(replay);
    replay->subject = replay_have(replay->recipe->make(replay));
    check_step(replay, check, base);
    while (replay->step < check->rows[check->count - 1].step) {
        replay->step++;
        assert_int_equal(replay->recipe->change(replay), 0);
        check_step(replay, check, base);
    }
    drop_subject(replay, check, base);
    drop_given(replay);
}

/* Whether each step was as in the table. pre: word and n are the recipe's */
static bool
run_series(struct replay *replay, const struct row *rows) {
    struct check check = {.rows = rows, .count = count_rows(rows)};

    replay->series = rows->series;
    if (replay->recipe->begin != NULL)
        replay->kept = replay_have(replay->recipe->begin(replay));
    if (replay->recipe->change != NULL)
        run_walk(replay, &check);
    else
        run_family(replay, &check);
    rt_xdecref(replay->rt, replay->kept);
    replay->kept = NULL;
    assert_verified(replay->rt);
    if (check.mismatches > 1)
        print_error("%s: and %zu more\n", replay->series, check.mismatches - 1);
    return check.mismatches == 0;
}

/* ---- Groups ------------------------------------------------------------------------------------- */

static void
make_names(struct rt *rt, char letter, struct rt_object **ret_names, int count) {
    for (int i = 0; i < count; i++) {
        char text[16];

        (void)snprintf(text, sizeof text, "%c%d", letter, i);
        ret_names[i] = replay_have(rt_str_name(rt, text));
    }
}

static void
make_keys(struct replay *replay) {
    for (size_t kind = 0; kind < REPLAY_KEY_KINDS; kind++)
        assert_non_null(replay->keys[kind] = calloc(REPLAY_KEY_COUNT, sizeof *replay->keys[kind]));
    for (int i = 0; i < REPLAY_KEY_COUNT; i++) {
        char text[16];
        size_t length = (size_t)snprintf(text, sizeof text, "k%d", i);

        replay->keys[REPLAY_INT][i] = replay_have(rt_int_new(replay->rt, i));
        replay->keys[REPLAY_STR][i] = replay_have(rt_str_new(replay->rt, text, length));
    }
}

static void
drop_all(struct rt *rt, struct rt_object **objects, size_t count) {
    for (size_t i = 0; i < count; i++)
        rt_decref(rt, objects[i]);
}

static void
begin_group(struct replay *replay, const struct replay_group *group) {
    *replay = (struct replay){.rt = test_create(NULL, "gc.mode=off", NULL)};
    make_names(replay->rt, 'a', replay->names, REPLAY_NAME_COUNT);
    make_names(replay->rt, 'z', replay->extras, REPLAY_EXTRA_COUNT);
    if (group->has_keys)
        make_keys(replay);
}

static void
end_group(struct replay *replay) {
    drop_all(replay->rt, replay->names, REPLAY_NAME_COUNT);
    drop_all(replay->rt, replay->extras, REPLAY_EXTRA_COUNT);
    for (size_t kind = 0; kind < REPLAY_KEY_KINDS; kind++) {
        if (replay->keys[kind] != NULL)
            drop_all(replay->rt, replay->keys[kind], REPLAY_KEY_COUNT);
        free(replay->keys[kind]);
    }
    assert_verified(replay->rt);
    rt_destroy(replay->rt);
}

static const struct replay_recipe *
find_recipe(const struct replay_group *group, const char *series, struct replay *replay) {
    for (size_t i = 0; i < group->count; i++)
        if (replay_matches(group->recipes[i].pattern, series, &replay->n, replay->word))
            return &group->recipes[i];
    return NULL;
}

void
replay_run(const struct replay_group *group) {
    struct table table = read_table();
    size_t run = 0, failed = 0;
    struct replay replay;

    begin_group(&replay, group);
    for (size_t i = 0; i < table.count; i += count_rows(&table.rows[i])) {
        replay.recipe = find_recipe(group, table.rows[i].series, &replay);
        if (replay.recipe != NULL) {
            run++;
            failed += !run_series(&replay, &table.rows[i]);
        }
    }
    end_group(&replay);
    free(table.rows);
    assert_int_not_equal(run, 0);
    if (failed != 0)
        fail_msg("%zu of %zu series are not as CPython's", failed, run);
}
