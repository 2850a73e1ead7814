/* SPDX-License-Identifier: MIT
 *
 * trace_check.h: holds a document against the Trace Event Format ("JSON object format"), and against what viewers take
 * for granted: processes and threads have names, time on a track and of a counter never goes back, events of a track
 * follow each other, and a counter has the same series each time, all of them numbers.
 */
#ifndef BENCH_TESTS_TRACE_CHECK_H
#define BENCH_TESTS_TRACE_CHECK_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static inline void
assert_time(json_t *event, const char *key, double *ret_us) {
    json_t *number = json_object_get(event, key);

    assert_true(json_is_number(number));
    *ret_us = json_number_value(number);
    assert_true(*ret_us >= 0);
}

/* Notes where the track or the counter of that name has come to; it was not beyond `from_us`. */
static inline void
advance(json_t *ends, const char *name, double from_us, double to_us) {
    json_t *end = json_object_get(ends, name);

    if (end != NULL && json_real_value(end) > from_us + 0.0005)
        fail_msg("%s: at %f after %f", name, from_us, json_real_value(end));
    assert_int_equal(json_object_set_new(ends, name, json_real(to_us)), 0);
}

static inline void
check_counter(json_t *event, json_t *ends, json_int_t pid) {
    json_t *args = json_object_get(event, "args"), *value;
    const char *series;
    char name[256];
    double ts_us;

    assert_time(event, "ts", &ts_us);
    assert_int_equal(json_object_size(args), 1);
    json_object_foreach(args, series, value) {
        assert_true(json_is_number(value));
        snprintf(name, sizeof name, "%lld counts %s", (long long)pid,
                 json_string_value(json_object_get(event, "name")));
        advance(ends, name, ts_us, ts_us);
        snprintf(name, sizeof name, "%lld in units of %s", (long long)pid,
                 json_string_value(json_object_get(event, "name")));
        if (json_object_get(ends, name) == NULL)
            json_object_set_new(ends, name, json_string(series));
        assert_string_equal(json_string_value(json_object_get(ends, name)), series);
    }
}

static inline void
check_metadata(json_t *event, json_t *names, json_int_t pid) {
    const char *what = json_string_value(json_object_get(event, "name"));
    const char *name = json_string_value(json_object_get(json_object_get(event, "args"), "name"));
    char key[64];

    assert_true(strcmp(what, "process_name") == 0 || strcmp(what, "thread_name") == 0);
    assert_true(name != NULL && name[0] != '\0');
    snprintf(key, sizeof key, "%s %lld %lld", what, (long long)pid,
             what[0] == 'p' ? 0 : json_integer_value(json_object_get(event, "tid")));
    assert_null(json_object_get(names, key)); /* once */
    json_object_set_new(names, key, json_true());
}

static inline void
check_event(json_t *event, json_t *names, json_t *ends, json_int_t pid) {
    json_t *tid = json_object_get(event, "tid");
    double ts_us, dur_us;
    char key[64];

    assert_true(json_is_integer(tid) && json_is_string(json_object_get(event, "cat")));
    assert_time(event, "ts", &ts_us);
    assert_time(event, "dur", &dur_us);
    snprintf(key, sizeof key, "thread_name %lld %lld", (long long)pid, json_integer_value(tid));
    assert_non_null(json_object_get(names, key));
    advance(ends, key, ts_us, ts_us + dur_us);
}

static inline void
assert_sound_trace(json_t *document) {
    json_t *events = json_object_get(document, "traceEvents"), *event;
    json_t *names = json_object(), *ends = json_object();
    size_t index;

    assert_true(json_is_array(events) && json_array_size(events) > 0);
    json_array_foreach(events, index, event) {
        const char *phase = json_string_value(json_object_get(event, "ph"));
        json_t *pid = json_object_get(event, "pid");
        char key[64];
        assert_true(json_is_string(json_object_get(event, "name")) && json_is_integer(pid));
        assert_true(phase != NULL && strlen(phase) == 1 && strchr("XCM", phase[0]) != NULL);
        if (phase[0] == 'X')
            check_event(event, names, ends, json_integer_value(pid));
        else if (phase[0] == 'C')
            check_counter(event, ends, json_integer_value(pid));
        else
            check_metadata(event, names, json_integer_value(pid));
        snprintf(key, sizeof key, "process_name %lld 0", json_integer_value(pid));
        assert_non_null(json_object_get(names, key));
    }
    json_decref(names);
    json_decref(ends);
}

#endif
