/* SPDX-License-Identifier: MIT
 *
 * object_rows.h: the names of the objects' micro-benchmarks, which results are keyed by; and a check that
 * a run has each of them. Of a smoke test: there a big pass has 20,000 objects.
 */
#ifndef BENCH_TESTS_OBJECT_ROWS_H
#define BENCH_TESTS_OBJECT_ROWS_H

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

enum {
    OBJECT_ROWS = sizeof object_rows / sizeof object_rows[0]
};

/* "object/kept/list/20000/rt/manual_time" of "kept/list/20000/manual_time". */
static void
name_object_row(const char *row, const char *subject, char *ret_name, size_t bytes) {
    const char *manual = strstr(row, "/manual_time");
    size_t length = manual == NULL ? strlen(row) : (size_t)(manual - row);

    snprintf(ret_name, bytes, "object/%.*s/%s%s", (int)length, row, subject,
             manual == NULL ? "" : manual);
}

/* Each row has been run on that subject once, without an error, and has a time. Of those that are kept,
 * memory has been counted: no object is smaller than a float. */
static void
assert_has_object_rows(json_t *document, const char *subject) {
    json_t *entries = json_object_get(document, "benchmarks"), *entry;
    size_t at;

    for (size_t i = 0; i < OBJECT_ROWS; i++) {
        char name[128];
        size_t found = 0;
        name_object_row(object_rows[i], subject, name, sizeof name);
        json_array_foreach(entries, at, entry) {
            if (strcmp(json_string_value(json_object_get(entry, "name")), name) != 0)
                continue;
            found++;
            if (!(json_number_value(json_object_get(entry, "real_time")) > 0))
                fail_msg("%s should have taken some time", name);
            if (strncmp(object_rows[i], "kept/", 5) == 0 &&
                !(json_number_value(json_object_get(entry, "resident_bytes")) > 16))
                fail_msg("%s should have made memory resident", name);
        }
        if (found != 1)
            fail_msg("%s should have been run once, not %zu times", name, found);
    }
}

#endif
