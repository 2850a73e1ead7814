/* SPDX-License-Identifier: MIT
 *
 * object_rows.h: the names of the objects' micro-benchmarks and of the collector's, which results are
 * keyed by; and a check that a run has each of them. Of a smoke test: there a big pass has 20,000 objects.
 */
#ifndef BENCH_TESTS_OBJECT_ROWS_H
#define BENCH_TESTS_OBJECT_ROWS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static const char *const object_rows[] = {
    "create_drop/list",
    "create_drop/tuple3",
    "create_drop/float",
    "create_drop/int",
    "create_drop/dict2",
    "create_drop/instance2",
    "create_drop/instance2f",
    "create_drop/slots2",
    "create_drop/slots2f",
    "create_drop/instance0",
    "create_drop/slots0",
    "kept/list/20000/manual_time",
    "kept/float/20000/manual_time",
    "kept/instance2/20000/manual_time",
    "kept/slots2/20000/manual_time",
    "release/list/20000/manual_time",
    "release/float/20000/manual_time",
    "release/instance2/20000/manual_time",
    "release/slots2/20000/manual_time",
    "attr/get/plain",
    "attr/get/slots",
    "attr/set/plain",
    "attr/set/slots",
    "list/get",
    "list/set",
    "list/append/manual_time",
    "list/prealloc_set/manual_time",
    "dict/get/str/1000",
    "dict/get/str/20000/manual_time",
    "dict/get/int/1000",
    "dict/get/int/20000/manual_time",
    "dict/insert/str/1000/manual_time",
    "dict/insert/str/20000/manual_time",
    "dict/insert/int/1000/manual_time",
    "dict/insert/int/20000/manual_time",
    "weakref/create_drop",
    "weakref/callback",
    "weakref/reuse",
    "weakref/dispatch/manual_time",
    "weakref/dispatch_one/manual_time",
};

static const char *const collect_rows[] = {
    "live/tree/ordered/2000",        "live/tree/ordered/20000",
    "live/tree/shuffled/2000",       "live/tree/shuffled/20000",
    "live/rings/ordered/2000",       "live/rings/ordered/20000",
    "live/rings/shuffled/2000",      "live/rings/shuffled/20000",
    "first/ring/shuffled/20000",     "garbage/pairs/lists/20000",
    "garbage/pairs/instances/20000", "garbage/ring/lists/20000",
    "garbage/ring/instances/20000",  "young/lists/700",
    "young/instances/700",           "create/instance2/on/20000",
    "create/instance2/off/20000",    "track/list",
    "gcbench/lists/on/10",           "gcbench/tuples/on/10",
};

enum {
    OBJECT_ROWS = sizeof object_rows / sizeof object_rows[0],
    COLLECT_ROWS = sizeof collect_rows / sizeof collect_rows[0]
};

/* "object/kept/list/20000/rt/manual_time" of "kept/list/20000/manual_time". */
static void
name_row(const char *module, const char *row, const char *subject, char *ret_name, size_t bytes) {
    const char *manual = strstr(row, "/manual_time");
    size_t length = manual == NULL ? strlen(row) : (size_t)(manual - row);

    snprintf(ret_name, bytes, "%s/%.*s/%s%s", module, (int)length, row, subject,
             manual == NULL ? "" : manual);
}

/* The one entry of that name, which has been run without an error and has a time. */
static json_t *
need_entry(json_t *document, const char *name) {
    json_t *entries = json_object_get(document, "benchmarks"), *entry, *found = NULL;
    size_t at, count = 0;

    json_array_foreach(entries, at, entry) {
        if (strcmp(json_string_value(json_object_get(entry, "name")), name) != 0)
            continue;
        count++;
        found = entry;
        if (!(json_number_value(json_object_get(entry, "real_time")) > 0))
            fail_msg("%s should have taken some time", name);
    }
    if (count != 1)
        fail_msg("%s should have been run once, not %zu times", name, count);
    return found;
}

/* Each row has been run on that subject once. Of those that are kept, memory has been counted: no object
 * is smaller than a float. */
static void
assert_has_object_rows(json_t *document, const char *subject) {
    for (size_t i = 0; i < OBJECT_ROWS; i++) {
        char name[128];
        json_t *entry;
        name_row("object", object_rows[i], subject, name, sizeof name);
        entry = need_entry(document, name);
        if (strncmp(object_rows[i], "kept/", 5) == 0 &&
            !(json_number_value(json_object_get(entry, "resident_bytes")) > 16))
            fail_msg("%s should have made memory resident", name);
    }
}

/* Each row has been run on that subject once. Programs have been stopped where the collector was on. */
static void
assert_has_collect_rows(json_t *document, const char *subject) {
    for (size_t i = 0; i < COLLECT_ROWS; i++) {
        char row[64], name[128];
        bool is_stopped =
            strncmp(collect_rows[i], "gcbench/", 8) == 0 && strstr(collect_rows[i], "/on/") != NULL;
        json_t *longest;
        snprintf(row, sizeof row, "%s/manual_time", collect_rows[i]);
        name_row("collect", row, subject, name, sizeof name);
        longest = json_object_get(need_entry(document, name), "longest_ms");
        if (is_stopped != (json_number_value(longest) > 0))
            fail_msg("%s should %sbe stopped by collections", name, is_stopped ? "" : "not ");
    }
}

#endif
