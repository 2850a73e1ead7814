/* SPDX-License-Identifier: MIT
 *
 * trace_replay_test.c: recordings run again.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "workloads/tests/trace_fixture.h"

static char why_data[256];

struct outcome {
    int error;
    struct wl_trace_replayed replayed;
    uint64_t stats[RT_STAT_COUNT];
};

static void
read_stats(struct rt *rt, void *context) {
    rt_stats_read(rt, ((struct outcome *)context)->stats);
}

static void
replay(const struct recording *recording, int64_t backend, int64_t threshold, uint64_t limit,
       struct outcome *ret_outcome) {
    struct wl_trace_replay_options options = {.touch = true, .live_bytes_max = limit};
    uint64_t after[RT_STAT_COUNT], before[RT_STAT_COUNT];
    struct rt_config config;
    struct wl_trace trace;
    struct rt_text why;
    struct rt *rt;

    rt_text_init(&why, why_data, sizeof why_data);
    assert_int_equal(wl_trace_open(recording->data, recording->bytes, &trace, &why), 0);
    rt_config_init(&config);
    config.alloc_backend = backend;
    config.object_keep_tuples = 0;
    config.gc_threshold0 = threshold;
    assert_int_equal(rt_create(&config, NULL, &rt), 0);
    ret_outcome->error = wl_trace_replay(&trace, rt, &options, read_stats, ret_outcome,
                                         &ret_outcome->replayed, &why);
    /* The second time shows what the first left behind, other than what the context keeps for good. */
    rt_stats_read(rt, before);
    wl_trace_replay(&trace, rt, &options, NULL, NULL, &ret_outcome->replayed, &why);
    rt_stats_read(rt, after);
    assert_int_equal(after[RT_STAT_LIVE_BLOCKS], before[RT_STAT_LIVE_BLOCKS]);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_replay_runs_every_operation_on_each_backend(void **state) {
    struct recording recording;
    struct outcome outcome;

    (void)state;
    recording_make_small(&recording);
    for (int64_t backend = 0; backend < RT_BACKEND_COUNT; backend++) {
        replay(&recording, backend, 700, 0, &outcome);
        assert_int_equal(outcome.error, 0);
        assert_int_equal(outcome.replayed.operations, 14);
        assert_int_equal(outcome.replayed.live_at_end, 1);
        assert_true(outcome.stats[RT_STAT_LIVE_REQUESTED_BYTES_PEAK] >= 5000 + 112);
    }
    free(recording.data);
}

/* Pairs that refer to each other, freed as soon as they do. */
static void
make_pairs(struct recording *recording, size_t count) {
    struct wl_trace_writer *writer = recording_begin(recording);
    uint32_t type = wl_trace_write_type(writer, "node");

    for (size_t i = 0; i < count; i++) {
        uint32_t one = wl_trace_write_container(writer, type, 64, 1, false);
        uint32_t other = wl_trace_write_container(writer, type, 64, 1, false);
        wl_trace_write_store(writer, one, 0, other);
        wl_trace_write_store(writer, other, 0, one);
        wl_trace_write_free(writer, one);
        wl_trace_write_free(writer, other);
    }
    recording_end(recording);
}

static void
test_replay_leaves_cycles_to_the_collector_as_its_threshold_says(void **state) {
    struct recording recording;
    struct outcome often, seldom;

    (void)state;
    make_pairs(&recording, 1000);
    replay(&recording, RT_BACKEND_POOL, 100, 0, &often);
    replay(&recording, RT_BACKEND_POOL, 1500, 0, &seldom);
    assert_int_equal(often.error, 0);
    assert_int_equal(often.stats[RT_STAT_GC_COLLECTIONS0] + often.stats[RT_STAT_GC_COLLECTIONS1],
                     19);
    assert_int_equal(seldom.stats[RT_STAT_GC_COLLECTIONS0], 1);
    assert_true(often.stats[RT_STAT_LIVE_REQUESTED_BYTES_PEAK] * 5 <
                seldom.stats[RT_STAT_LIVE_REQUESTED_BYTES_PEAK]);
    free(recording.data);
}

static void
test_replay_frees_what_nothing_refers_to_without_the_collector(void **state) {
    struct recording recording;
    struct wl_trace_writer *writer = recording_begin(&recording);
    uint32_t type = wl_trace_write_type(writer, "leaf");
    struct outcome outcome;

    (void)state;
    for (int i = 0; i < 100; i++)
        wl_trace_write_free(writer, wl_trace_write_container(writer, type, 1000, 0, i % 2 == 0));
    recording_end(&recording);
    replay(&recording, RT_BACKEND_POOL, 0, 0, &outcome);
    assert_true(outcome.stats[RT_STAT_LIVE_REQUESTED_BYTES_PEAK] < 3000);
    free(recording.data);
}

static void
test_replay_gives_a_container_its_recorded_size(void **state) {
    struct recording recording;
    struct wl_trace_writer *writer = recording_begin(&recording);
    struct outcome with, without;
    uint32_t type;

    (void)state;
    (void)wl_trace_write_type(writer, "leaf");
    recording_end(&recording);
    replay(&recording, RT_BACKEND_POOL, 700, 0, &without);
    free(recording.data);
    writer = recording_begin(&recording);
    type = wl_trace_write_type(writer, "leaf");
    wl_trace_write_container(writer, type, 4096, 3, false);
    recording_end(&recording);
    replay(&recording, RT_BACKEND_POOL, 700, 0, &with);
    assert_int_equal(with.stats[RT_STAT_LIVE_REQUESTED_BYTES] -
                         without.stats[RT_STAT_LIVE_REQUESTED_BYTES],
                     4096);
    assert_int_equal(with.replayed.resized_bytes, 0);
    free(recording.data);
}

static void
test_replay_refuses_more_than_the_limit(void **state) {
    struct recording recording;
    struct outcome outcome;

    (void)state;
    recording_make_small(&recording);
    replay(&recording, RT_BACKEND_POOL, 700, 4000, &outcome);
    assert_int_equal(outcome.error, -EFBIG);
    assert_non_null(strstr(why_data, "limit"));
    free(recording.data);
}

/* With a checksum that is right, every byte of the operations set to any value. */
static void
test_replay_survives_any_operations(void **state) {
    struct wl_trace_replay_options options = {.live_bytes_max = 1 << 20};
    struct wl_trace_replayed replayed;
    struct recording recording;
    struct wl_trace trace;
    struct rt_config config;
    struct rt_text why;
    struct rt *rt;
    size_t refused = 0;

    (void)state;
    recording_make_small(&recording);
    rt_config_init(&config);
    assert_int_equal(rt_create(&config, NULL, &rt), 0);
    for (size_t at = 8; at < recording.bytes - 8; at++)
        for (unsigned value = 0; value < 256; value += 3) {
            uint8_t before = recording.data[at];
            recording.data[at] = (uint8_t)value;
            recording_seal(&recording);
            rt_text_init(&why, why_data, sizeof why_data);
            if (wl_trace_open(recording.data, recording.bytes, &trace, &why) == 0)
                refused += wl_trace_replay(&trace, rt, &options, NULL, NULL, &replayed, &why) != 0;
            recording.data[at] = before;
        }
    assert_int_equal(rt_verify(rt, NULL), 0);
    assert_true(refused > 1000);
    rt_destroy(rt);
    free(recording.data);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay_runs_every_operation_on_each_backend),
        cmocka_unit_test(test_replay_leaves_cycles_to_the_collector_as_its_threshold_says),
        cmocka_unit_test(test_replay_frees_what_nothing_refers_to_without_the_collector),
        cmocka_unit_test(test_replay_gives_a_container_its_recorded_size),
        cmocka_unit_test(test_replay_refuses_more_than_the_limit),
        cmocka_unit_test(test_replay_survives_any_operations),
    };

    return cmocka_run_group_tests_name("workloads trace_replay", tests, NULL, NULL);
}
