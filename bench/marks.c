/* SPDX-License-Identifier: MIT
 *
 * marks.c: see marks.h.
 */
#include "bench/marks.h"

#include <string.h>

static const uint64_t budgets_ns[BENCH_MARKS_RATES] = {16666667, 8333333};

void
bench_marks_init(struct bench_marks *marks, const struct bench_measure_clock *clock, bool is_frame,
                 uint64_t round_operations) {
    memset(marks, 0, sizeof *marks);
    bench_hist_init(&marks->latency);
    bench_hist_init(&marks->intended);
    memset(marks->least_ns, 0xff, sizeof marks->least_ns);
    marks->clock = clock;
    marks->is_frame = is_frame;
    marks->round_operations = round_operations;
    marks->has_more = is_frame || round_operations > 0;
}

/* ---- Metered ---------------------------------------------------------------------------------------- */

_Static_assert(BENCH_HIST_BUCKETS <= 1 << 16, "a bucket has 16 bits in the log");

void
bench_marks_keep_log(struct bench_marks *marks, uint64_t *log, size_t room) {
    marks->log = log;
    marks->log_room = room;
    marks->log_count = 0;
    marks->log_origin = bench_measure_ticks(marks->clock);
}

static double
begin_of(const struct bench_marks *marks, size_t operation) {
    return (double)bench_measure_ticks_ns(marks->clock, marks->log[operation] >> 16);
}

bool
bench_marks_metered(const struct bench_marks *marks, struct bench_hist *ret_metered) {
    const size_t count = marks->log_count;

    if (count == 0 || count != marks->latency.count)
        return false;
    bench_hist_init(ret_metered);
    double first = begin_of(marks, 0);
    double apart = count > 1 ? (begin_of(marks, count - 1) - first) / (double)(count - 1) : 0;
    for (size_t i = 0; i < count; i++) {
        double late = begin_of(marks, i) - first - apart * (double)i;
        bench_hist_record(ret_metered,
                          bench_hist_low(marks->log[i] & 0xffff) + (late > 0 ? (uint64_t)late : 0));
    }
    /* None is shorter than it is by itself; the log knows that only to the bucket. */
    if (ret_metered->greatest < marks->latency.greatest)
        ret_metered->greatest = marks->latency.greatest;
    return true;
}

/* ---- Rounds ----------------------------------------------------------------------------------------- */

/* Operations of a round count from 1. */
static size_t
slot_of(uint64_t operation) {
    int octave = 63 - __builtin_clzll(operation);
    uint64_t part = (operation - (UINT64_C(1) << octave)) * BENCH_MARKS_OCTAVE >> octave;
    size_t slot = (size_t)octave * BENCH_MARKS_OCTAVE + (size_t)part;
    return slot < BENCH_MARKS_SLOTS ? slot : BENCH_MARKS_SLOTS - 1;
}

uint64_t
bench_marks_slot_first(size_t slot) {
    size_t octave = slot / BENCH_MARKS_OCTAVE, part = slot % BENCH_MARKS_OCTAVE;
    uint64_t base = UINT64_C(1) << octave;
    return base + (part * base + BENCH_MARKS_OCTAVE - 1) / BENCH_MARKS_OCTAVE;
}

static void
end_round(struct bench_marks *marks) {
    marks->round_done = 0;
    for (size_t i = 0; i < BENCH_MARKS_SLOTS; i++) {
        if (marks->slowest_ns[i] < marks->least_ns[i])
            marks->least_ns[i] = marks->slowest_ns[i];
        marks->slowest_ns[i] = 0;
    }
}

static void
note_round(struct bench_marks *marks, uint64_t ns) {
    size_t slot = slot_of(++marks->round_done);
    if (ns == 0) /* too short for the clock; a 0 would say that there was no operation */
        ns = 1;
    if (ns > marks->slowest_ns[slot])
        marks->slowest_ns[slot] = ns;
    if (marks->round_done == marks->round_operations)
        end_round(marks);
}

/* ---- Operations ------------------------------------------------------------------------------------- */

static void
note_frame(struct bench_marks *marks, uint64_t ns) {
    for (int i = 0; i < BENCH_MARKS_RATES; i++) {
        bool is_missed = ns > budgets_ns[i];
        marks->frames[i].missed += is_missed;
        marks->frames[i].row = is_missed ? marks->frames[i].row + 1 : 0;
        if (marks->frames[i].row > marks->frames[i].longest_row)
            marks->frames[i].longest_row = marks->frames[i].row;
    }
}

void
bench_marks_take(struct bench_marks *marks, uint64_t ns, uint64_t after_wait_ns) {
    uint64_t whole_ns = ns;

    bench_hist_record(&marks->latency, ns);
    if (marks->was_waited_for) {
        whole_ns = marks->late_ns + after_wait_ns;
        bench_hist_record(&marks->intended, whole_ns);
    }
    if (marks->is_frame)
        note_frame(marks, whole_ns);
    if (marks->round_operations > 0)
        note_round(marks, ns);
    marks->was_waited_for = false;
    marks->has_more = marks->is_frame || marks->round_operations > 0;
}

static void
note_late(struct bench_marks *marks, uint64_t ns) {
    marks->late++;
    if (ns > marks->latest_ns)
        marks->latest_ns = ns;
}

void
bench_marks_wait(struct bench_marks *marks, uint64_t due_ns) {
    uint64_t now_ns = bench_measure_now_ns();

    if (marks->origin_ns == 0)
        marks->origin_ns = now_ns;
    if (now_ns > marks->origin_ns + due_ns)
        note_late(marks, now_ns - marks->origin_ns - due_ns);
    marks->spun_ns += bench_measure_wait_until(marks->origin_ns + due_ns);
    marks->late_ns = bench_measure_now_ns() - marks->origin_ns - due_ns;
    marks->waited = bench_measure_ticks(marks->clock);
    marks->was_waited_for = marks->has_more = true;
}

/* ---- Spans ------------------------------------------------------------------------------------------ */

void
bench_marks_end_span(struct bench_marks *marks, uint64_t least) {
    uint64_t count = marks->latency.count - marks->paced_count;
    uint64_t ns = marks->latency.sum - marks->paced_ns;

    if (count == 0 || count < least || marks->span_count == BENCH_STEADY_SPANS_MOST)
        return;
    marks->pace[marks->span_count++] =
        (struct bench_sample){.t_ns = (int64_t)marks->latency.count,
                              .value = (int64_t)((double)ns * 1000 / (double)count + 0.5)};
    marks->paced_count = marks->latency.count;
    marks->paced_ns = marks->latency.sum;
}
