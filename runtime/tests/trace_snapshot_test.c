/* SPDX-License-Identifier: MIT
 *
 * Snapshots, filters and tables, beside what CPython 3.11.2 makes of the same blocks: data/ has its tables, and
 * trace_snapshot.py says how they were made.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/objects.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/tests/fake_os.h"

enum {
    LIMIT = 4,
    LINE_BYTES = 512,
    LABELS_MAX = 32,
    FILTERS_MAX = 4,
    BLOCKS_MAX = 200,
};

/* ---- The tables of CPython ---------------------------------------------------------------------- */

struct replay {
    struct rt *rt;
    FILE *file;
    char line[LINE_BYTES];
    bool has_line;
    char labels[2][LABELS_MAX][32]; /* each at two addresses */
    size_t label_count;
    unsigned turn;
    struct test_block blocks[BLOCKS_MAX];
    size_t block_count;
    struct rt_trace_snapshot *old, *now; /* as recorded */
};

static void
read_line(struct replay *replay) {
    replay->has_line = fgets(replay->line, LINE_BYTES, replay->file) != NULL;
    if (replay->has_line)
        replay->line[strcspn(replay->line, "\n")] = '\0';
}

/* Either of its two addresses. */
static const char *
label_of(struct replay *replay, const char *text, size_t length) {
    size_t i = 0;

    while (i < replay->label_count && (strncmp(replay->labels[0][i], text, length) != 0 ||
                                       replay->labels[0][i][length] != '\0'))
        i++;
    if (i == replay->label_count) {
        assert_true(i < LABELS_MAX && length < sizeof replay->labels[0][0]);
        memcpy(replay->labels[0][i], text, length);
        memcpy(replay->labels[1][i], text, length);
        replay->label_count++;
    }
    return replay->labels[replay->turn++ % 2][i];
}

/* One block from its line: bytes, frames there were, frames newest first. */
static void
allocate(struct replay *replay, char *words) {
    struct rt_trace_frame frames[LIMIT];
    size_t bytes = strtoul(words, &words, 10), total = strtoul(words, &words, 10), count = 0;
    struct test_block *block = &replay->blocks[replay->block_count++];

    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        char *colon = strrchr(word, ':');

        assert_true(count < LIMIT);
        frames[count++] =
            (struct rt_trace_frame){.file = label_of(replay, word, (size_t)(colon - word)),
                                    .line = (uint32_t)strtoul(colon + 1, NULL, 10)};
    }
    for (size_t i = count; i < total; i++)
        rt_trace_push(replay->rt, "below", 1);
    for (size_t i = count; i-- > 0;)
        rt_trace_push(replay->rt, frames[i].file, frames[i].line);
    *block = (struct test_block){.address = rt_alloc(replay->rt, bytes), .bytes = bytes};
    assert_non_null(block->address);
    for (size_t i = 0; i < total; i++)
        rt_trace_pop(replay->rt);
}

static struct rt_trace_snapshot *
take(struct rt *rt) {
    struct rt_trace_snapshot *snapshot = NULL;

    assert_int_equal(rt_trace_snapshot_take(rt, &snapshot), 0);
    return snapshot;
}

static struct rt_trace_snapshot *
read_blocks(struct replay *replay, const char *name) {
    rt_trace_clear(replay->rt);
    while (replay->has_line && strncmp(replay->line, name, 4) == 0) {
        allocate(replay, replay->line + 4);
        read_line(replay);
    }
    return take(replay->rt);
}

/* From in|ex:pattern:line:all, which is cut up. */
static struct rt_trace_filter
read_filter(char *word) {
    char *last = strrchr(word, ':'), *pattern = strchr(word, ':') + 1, *line;

    *last = '\0';
    line = strrchr(word, ':');
    *line = '\0';
    return (struct rt_trace_filter){.pattern = pattern,
                                    .line = (uint32_t)strtoul(line + 1, NULL, 10),
                                    .is_exclusive = word[0] == 'e',
                                    .all_frames = last[1] == '1'};
}

static enum rt_trace_key
read_key(const char *word) {
    return word[0] == 'l' ? RT_TRACE_BY_LINE : word[0] == 'f' ? RT_TRACE_BY_FILE : RT_TRACE_BY_SITE;
}

static void
print_row(const struct rt_trace_row *row, struct rt_text *text) {
    const int64_t figures[] = {row->bytes, row->bytes_diff, row->count, row->count_diff};

    for (size_t i = 0; i < 4; i++) {
        rt_text_integer(text, figures[i]);
        rt_text_string(text, " ");
    }
    for (size_t i = 0; i < row->site.count; i++) {
        rt_text_string(text, i == 0 ? "" : " ");
        rt_trace_frame_print(&row->site.frames[i], text);
    }
}

/* The rows that follow in the file are the table's. */
static void
assert_rows(struct replay *replay, const struct rt_trace_table *table, const char *title) {
    size_t count = 0;

    assert_int_equal(table->row_count, table->group_count);
    for (read_line(replay); replay->has_line && replay->line[0] != '='; read_line(replay)) {
        char buffer[LINE_BYTES];
        struct rt_text text;

        if (count >= table->row_count)
            fail_msg("%s: a row is missing: %s", title, replay->line);
        rt_text_init(&text, buffer, sizeof buffer);
        print_row(&table->rows[count++], &text);
        if (strcmp(buffer, replay->line) != 0)
            fail_msg("%s, row %zu: expected %s, got %s", title, count, replay->line, buffer);
    }
    assert_int_equal(count, table->row_count);
}

static void
check_table(struct replay *replay) {
    struct rt_trace_filter filters[FILTERS_MAX];
    struct rt_trace_snapshot *old = NULL, *now = NULL;
    struct rt_trace_table *table = NULL;
    char title[LINE_BYTES];
    size_t count = 0;
    bool is_compared, is_cumulative;
    enum rt_trace_key key;

    strcpy(title, replay->line);
    is_compared = strcmp(strtok(replay->line + 2, " "), "compare") == 0;
    key = read_key(strtok(NULL, " "));
    is_cumulative = strtok(NULL, " ")[0] == '1';
    for (char *word = strtok(NULL, " "); word != NULL; word = strtok(NULL, " ")) {
        assert_true(count < FILTERS_MAX);
        filters[count++] = read_filter(word);
    }
    assert_int_equal(rt_trace_snapshot_filter(replay->rt, replay->old, filters, count, &old), 0);
    assert_int_equal(rt_trace_snapshot_filter(replay->rt, replay->now, filters, count, &now), 0);
    if (is_compared)
        assert_int_equal(rt_trace_compare(replay->rt, now, old, key, is_cumulative, 0, &table), 0);
    else
        assert_int_equal(rt_trace_statistics(replay->rt, now, key, is_cumulative, 0, &table), 0);
    assert_rows(replay, table, title);
    rt_trace_table_destroy(replay->rt, table);
    rt_trace_snapshot_destroy(replay->rt, old);
    rt_trace_snapshot_destroy(replay->rt, now);
}

static void
test_trace_tables_are_cpython_s(void **state) {
    static struct replay replay;
    size_t tables = 0;

    (void)state;
    replay = (struct replay){.rt = test_create(NULL, NULL),
                             .file = fopen(TEST_DATA "/tracemalloc-3.11.2.txt", "r")};
    assert_non_null(replay.file);
    assert_int_equal(rt_trace_start(replay.rt, LIMIT), 0);
    read_line(&replay);
    replay.old = read_blocks(&replay, "old ");
    replay.now = read_blocks(&replay, "new ");
    assert_int_equal(replay.old->block_count, 40);
    assert_int_equal(replay.now->block_count, 60);
    for (; replay.has_line; tables++)
        check_table(&replay);
    assert_int_equal(tables, 100);
    rt_trace_stop(replay.rt);
    for (size_t i = 0; i < replay.block_count; i++)
        rt_free(replay.rt, replay.blocks[i].address, replay.blocks[i].bytes);
    rt_trace_snapshot_destroy(replay.rt, replay.old);
    rt_trace_snapshot_destroy(replay.rt, replay.now);
    fclose(replay.file);
    rt_destroy(replay.rt);
}

/* ---- By hand ------------------------------------------------------------------------------------ */

static struct rt *
create_traced(int64_t frames) {
    struct rt *rt = test_create(NULL, NULL);

    assert_int_equal(rt_trace_start(rt, frames), 0);
    return rt;
}

static void
test_trace_snapshot_lists_every_block_with_its_site(void **state) {
    struct rt *rt = create_traced(2);
    struct rt_trace_snapshot *snapshot;
    bool is_listed[20] = {false};

    (void)state;
    rt_trace_push(rt, "level.c", 1);
    rt_trace_push(rt, "below.c", 2);
    rt_trace_push(rt, "bullet.c", 0);
    for (uint32_t i = 0; i < 20; i++) {
        rt_trace_at(rt, i / 2);
        assert_non_null(rt_alloc(rt, 100 + i));
    }
    snapshot = take(rt);
    rt_trace_stop(rt); /* the snapshot stays */
    assert_int_equal(snapshot->limit, 2);
    assert_int_equal(snapshot->block_count, 20);
    assert_int_equal(snapshot->bytes, 20 * 100 + 19 * 20 / 2);
    for (size_t i = 0; i < 20; i++) {
        size_t number = snapshot->blocks[i].bytes - 100;
        const struct rt_trace_site *site = &snapshot->sites[snapshot->blocks[i].site];

        assert_true(number < 20 && !is_listed[number]);
        is_listed[number] = true;
        assert_int_equal(site->count, 2);
        assert_int_equal(site->total, 3);
        assert_int_equal(site->frames[0].line, number / 2);
        assert_string_equal(site->frames[1].file, "below.c");
    }
    rt_trace_snapshot_destroy(rt, snapshot);
    rt_trace_snapshot_destroy(rt, NULL);
    rt_destroy(rt);
}

static void
test_trace_snapshot_needs_tracing(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_trace_snapshot *snapshot = NULL;

    (void)state;
    assert_int_equal(rt_trace_snapshot_take(rt, &snapshot), -EINVAL);
    assert_null(snapshot);
    rt_destroy(rt);
}

static void
test_trace_snapshot_of_nothing_has_an_empty_table(void **state) {
    struct rt *rt = create_traced(1);
    struct rt_trace_snapshot *snapshot = take(rt), *filtered = NULL;
    struct rt_trace_filter filter = {.pattern = "*"};
    struct rt_trace_table *table = NULL;

    (void)state;
    assert_int_equal(rt_trace_snapshot_filter(rt, snapshot, &filter, 1, &filtered), 0);
    assert_int_equal(filtered->block_count, 0);
    assert_int_equal(rt_trace_compare(rt, filtered, snapshot, RT_TRACE_BY_FILE, true, 0, &table),
                     0);
    assert_int_equal(table->group_count, 0);
    rt_trace_table_destroy(rt, table);
    rt_trace_table_destroy(rt, NULL);
    rt_trace_snapshot_destroy(rt, filtered);
    rt_trace_snapshot_destroy(rt, snapshot);
    rt_destroy(rt);
}

static void
test_trace_table_of_few_rows_still_knows_the_total(void **state) {
    struct rt *rt = create_traced(1);
    struct rt_trace_snapshot *snapshot;
    struct rt_trace_table *table = NULL;

    (void)state;
    rt_trace_push(rt, "bullet.c", 0);
    for (uint32_t line = 1; line <= 10; line++) {
        rt_trace_at(rt, line);
        assert_non_null(rt_alloc(rt, 16 * line));
    }
    snapshot = take(rt);
    assert_int_equal(rt_trace_statistics(rt, snapshot, RT_TRACE_BY_LINE, false, 3, &table), 0);
    assert_int_equal(table->row_count, 3);
    assert_int_equal(table->group_count, 10);
    assert_int_equal(table->bytes, 16 * 55);
    assert_int_equal(table->count, 10);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(table->rows[i].site.frames[0].line, 10 - i);
    rt_trace_table_destroy(rt, table);
    assert_int_equal(rt_trace_statistics(rt, snapshot, RT_TRACE_BY_LINE, false, 99, &table), 0);
    assert_int_equal(table->row_count, 10);
    rt_trace_table_destroy(rt, table);
    rt_trace_snapshot_destroy(rt, snapshot);
    rt_destroy(rt);
}

static void
test_trace_tables_by_site_are_not_cumulative(void **state) {
    struct rt *rt = create_traced(1);
    struct rt_trace_snapshot *snapshot = take(rt);
    struct rt_trace_table *table = NULL;

    (void)state;
    assert_int_equal(rt_trace_statistics(rt, snapshot, RT_TRACE_BY_SITE, true, 0, &table), -EINVAL);
    assert_int_equal(rt_trace_statistics(rt, snapshot, RT_TRACE_KEY_COUNT, false, 0, &table),
                     -EINVAL);
    assert_int_equal(rt_trace_compare(rt, snapshot, snapshot, RT_TRACE_BY_SITE, true, 0, &table),
                     -EINVAL);
    assert_null(table);
    rt_trace_snapshot_destroy(rt, snapshot);
    rt_destroy(rt);
}

/* The oracle's: a thousand objects in a list whose own block comes from a free list of before. */
static void
test_trace_compare_puts_the_largest_change_first(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_trace_snapshot *snapshots[3];
    struct rt_trace_table *table = NULL;
    struct rt_object *list;

    (void)state;
    rt_decref(rt, rt_list_new(rt, 0));
    assert_int_equal(rt_trace_start(rt, 1), 0);
    rt_trace_push(rt, "oracle", 1);
    assert_non_null(rt_alloc(rt, 3000));
    snapshots[0] = take(rt);
    rt_trace_at(rt, 2);
    list = rt_list_new(rt, 0);
    for (int i = 0; i < 1000; i++) {
        struct rt_object *object = rt_int_new(rt, 1000 + i);

        assert_int_equal(rt_list_append(rt, list, object), 0);
        rt_decref(rt, object);
    }
    snapshots[1] = take(rt);
    assert_int_equal(
        rt_trace_compare(rt, snapshots[1], snapshots[0], RT_TRACE_BY_LINE, false, 0, &table), 0);
    assert_true(table->rows[0].bytes_diff >= 16000);
    assert_int_equal(table->rows[0].count_diff, 1001);
    assert_int_equal(table->rows[0].site.frames[0].line, 2);
    rt_trace_table_destroy(rt, table);

    rt_decref(rt, list);
    snapshots[2] = take(rt);
    assert_int_equal(
        rt_trace_compare(rt, snapshots[2], snapshots[1], RT_TRACE_BY_LINE, false, 0, &table), 0);
    assert_true(table->rows[0].bytes_diff < -5000);
    assert_int_equal(table->rows[0].count_diff, -1001);
    assert_int_equal(table->rows[0].bytes, 0);
    assert_int_equal(table->rows[0].count, 0);
    rt_trace_table_destroy(rt, table);
    for (size_t i = 0; i < 3; i++)
        rt_trace_snapshot_destroy(rt, snapshots[i]);
    rt_destroy(rt);
}

/* Allocates so many blocks at line `line`. */
static void
allocate_at(struct rt *rt, uint32_t line, size_t count, size_t bytes) {
    rt_trace_at(rt, line);
    for (size_t i = 0; i < count; i++)
        assert_non_null(rt_alloc(rt, bytes));
}

/* 128 bytes at each of four lines, before and after, in other numbers of blocks. */
static void
test_trace_compare_goes_by_the_change_of_blocks_where_bytes_are_equal(void **state) {
    static const size_t counts[2][4] = {{2, 1, 1, 4}, {1, 1, 4, 4}};
    static const uint32_t order[] = {2, 0, 3, 1}; /* +3, -1, 0 of 4 blocks, 0 of 1 */
    struct rt *rt = create_traced(1);
    struct rt_trace_snapshot *snapshots[2];
    struct rt_trace_table *table = NULL;

    (void)state;
    rt_trace_push(rt, "bullet.c", 0);
    for (size_t i = 0; i < 2; i++) {
        rt_trace_clear(rt);
        for (uint32_t line = 0; line < 4; line++)
            allocate_at(rt, line, counts[i][line], 128 / counts[i][line]);
        snapshots[i] = take(rt);
    }
    assert_int_equal(
        rt_trace_compare(rt, snapshots[1], snapshots[0], RT_TRACE_BY_LINE, false, 0, &table), 0);
    assert_int_equal(table->row_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(table->rows[i].site.frames[0].line, order[i]);
    rt_trace_table_destroy(rt, table);
    rt_trace_snapshot_destroy(rt, snapshots[0]);
    rt_trace_snapshot_destroy(rt, snapshots[1]);
    rt_destroy(rt);
}

static void
test_trace_filters_match_patterns_with_many_asterisks(void **state) {
    static const struct {
        const char *pattern, *label;
        bool matches;
    } rows[] = {
        {"*", "", true},           {"", "", true},
        {"", "a", false},          {"?", "", false},
        {"a*b*c", "aXbXbc", true}, {"a*b*c", "aXbXb", false},
        {"*ab", "aab", true},      {"*ab*ab", "abab", true},
        {"*ab*ab", "aab", false},  {"**a**", "xax", true},
        {"a?c*", "abc", true},     {"[a]", "a", false},
        {"[a]", "[a]", true},      {"*.c", "x.c.h", false},
        {"A", "a", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rt_trace_filter filter = {.pattern = rows[i].pattern};
        struct rt *rt = create_traced(1);
        struct rt_trace_snapshot *snapshot, *filtered = NULL;

        rt_trace_push(rt, rows[i].label, 1);
        assert_non_null(rt_alloc(rt, 8));
        snapshot = take(rt);
        assert_int_equal(rt_trace_snapshot_filter(rt, snapshot, &filter, 1, &filtered), 0);
        if ((filtered->block_count == 1) != rows[i].matches)
            fail_msg("%s and %s", rows[i].pattern, rows[i].label);
        rt_trace_snapshot_destroy(rt, snapshot);
        rt_trace_snapshot_destroy(rt, filtered);
        rt_destroy(rt);
    }
}

/* ---- Failures ----------------------------------------------------------------------------------- */

/* Snapshot, filter and table, of which the n-th attempt to get memory fails; how many did. */
static size_t
play_script(struct rt *rt, size_t n) {
    struct rt_trace_snapshot *snapshot = NULL, *filtered = NULL;
    struct rt_trace_filter filter = {.pattern = "b*"};
    struct rt_trace_table *table = NULL;
    size_t failures = 0;

    test_fail_at(rt, n);
    while (rt_trace_snapshot_take(rt, &snapshot) == -ENOMEM && failures++ < 5)
        assert_null(snapshot);
    while (rt_trace_snapshot_filter(rt, snapshot, &filter, 1, &filtered) == -ENOMEM &&
           failures++ < 5)
        assert_null(filtered);
    while (rt_trace_compare(rt, filtered, snapshot, RT_TRACE_BY_SITE, false, 0, &table) ==
               -ENOMEM &&
           failures++ < 5)
        assert_null(table);
    assert_int_equal(table->group_count, 2);
    rt_trace_table_destroy(rt, table);
    rt_trace_snapshot_destroy(rt, filtered);
    rt_trace_snapshot_destroy(rt, snapshot);
    return failures;
}

static void
test_trace_snapshot_without_memory_leaks_nothing(void **state) {
    struct rt_config config;
    struct fake_os fake;
    struct rt *rt = NULL;

    (void)state;
    fake_os_init(&fake);
    rt_config_init(&config);
    config.alloc_fail_at = 1000000000;
    config.alloc_reserve_bytes = 64 * MIB;
    assert_int_equal(rt_create(&config, &fake.hooks, &rt), 0);
    assert_int_equal(rt_trace_start(rt, 1), 0);
    rt_trace_push(rt, "bullet.c", 1);
    assert_non_null(rt_alloc(rt, 8));
    rt_trace_push(rt, "level.c", 1);
    assert_non_null(rt_alloc(rt, 8));
    for (size_t n = 1; n <= 5; n++)
        assert_int_equal(play_script(rt, n), 1);
    assert_int_equal(play_script(rt, 6), 0);
    rt_destroy(rt);
    assert_true(fake_is_balanced(&fake));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trace_tables_are_cpython_s),
        cmocka_unit_test(test_trace_snapshot_lists_every_block_with_its_site),
        cmocka_unit_test(test_trace_snapshot_needs_tracing),
        cmocka_unit_test(test_trace_snapshot_of_nothing_has_an_empty_table),
        cmocka_unit_test(test_trace_table_of_few_rows_still_knows_the_total),
        cmocka_unit_test(test_trace_tables_by_site_are_not_cumulative),
        cmocka_unit_test(test_trace_compare_puts_the_largest_change_first),
        cmocka_unit_test(test_trace_compare_goes_by_the_change_of_blocks_where_bytes_are_equal),
        cmocka_unit_test(test_trace_filters_match_patterns_with_many_asterisks),
        cmocka_unit_test(test_trace_snapshot_without_memory_leaks_nothing),
    };

    return cmocka_run_group_tests_name("trace_snapshot", tests, NULL, NULL);
}
