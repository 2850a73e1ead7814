/* SPDX-License-Identifier: MIT
 *
 * marks.h: what is measured at a workload's marks, operation by operation.
 *
 *   - The latency of an operation is the time from its begin to its end. Of one that was waited for, the
 *     time from its intended begin counts apart: it has in it what the operation had to wait for because
 *     something before it took too long.
 *   - An operation is late if it was due before the wait for it began.
 *   - A frame is missed if it is over longer after its begin than a frame at 60 or 120 Hz lasts: after its
 *     intended begin, if it was waited for.
 *   - Metered, operations are taken to arrive at an even rate between the first begin and the last: one that began
 *     behind its time has waited since then. So what holds many of them up counts for each of them. That rate is
 *     known only at the end, so begin and latency of each are kept in a log, if that has room for all.
 *   - The run is cut into spans of as many operations each, and of each span the mean time of one is kept.
 *   - Of each slot of a round there is the time of its slowest operation; over the rounds the least of
 *     those, so that what comes in every round stays, and what came once does not.
 */
#ifndef BENCH_MARKS_H
#define BENCH_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/hist.h"
#include "bench/measure.h"
#include "bench/series.h"
#include "bench/steady.h"

enum {
    BENCH_MARKS_OCTAVE = 16, /* operations of a round between 2^n and 2^(n+1) have so many slots */
    BENCH_MARKS_SLOTS = 48 * BENCH_MARKS_OCTAVE,
    BENCH_MARKS_RATES = 2, /* 60 and 120 Hz */
    BENCH_MARKS_LOG_MOST = 1 << 20,
};

struct bench_marks {
    struct bench_hist latency, intended;
    struct {
        uint64_t missed, row, longest_row;
    } frames[BENCH_MARKS_RATES];
    uint64_t least_ns[BENCH_MARKS_SLOTS]; /* UINT64_MAX, or 0: there was nothing there */
    uint64_t late, latest_ns;             /* how many were late, and how late at most */
    uint64_t spun_ns;                     /* waiting kept the processor for so long */
    uint64_t *log; /* of each operation: ticks since log_origin << 16 | bucket of its latency */
    size_t log_count, log_room;
    size_t span_count;
    struct bench_sample pace[BENCH_STEADY_SPANS_MOST]; /* t_ns: operations done; value: ps, mean */
    /* Its own. */
    uint64_t paced_count, paced_ns; /* of the operations that are in a span already */
    uint64_t log_origin;
    const struct bench_measure_clock *clock;
    uint64_t began;           /* in ticks */
    uint64_t origin_ns;       /* of the first wait, by the monotonic clock; 0: there was none */
    uint64_t waited, late_ns; /* when the wait for this operation was over, and how late that was */
    bool was_waited_for, is_frame;
    bool has_more;                         /* than a latency */
    uint64_t round_operations, round_done; /* the first 0: there are no rounds */
    uint64_t slowest_ns[BENCH_MARKS_SLOTS];
};

/* Touches all of it. `clock` must outlive it. */
void bench_marks_init(struct bench_marks *marks, const struct bench_measure_clock *clock,
                      bool is_frame, uint64_t round_operations);

/* Room for `room` operations; the caller keeps it, touched, as long as the marks live. */
void bench_marks_keep_log(struct bench_marks *marks, uint64_t *log, size_t room);

/* The latencies of all operations, metered. False: there is none, or not all of them are in the log. */
bool bench_marks_metered(const struct bench_marks *marks, struct bench_hist *ret_metered);

/* An operation of so long, which was over so long after the wait for it. */
void bench_marks_take(struct bench_marks *marks, uint64_t ns, uint64_t after_wait_ns);

static inline void
bench_marks_begin(struct bench_marks *marks) {
    marks->began = bench_measure_ticks(marks->clock);
}

static inline void
bench_marks_end(struct bench_marks *marks) {
    uint64_t now = bench_measure_ticks(marks->clock);
    uint64_t ns = bench_measure_ticks_ns(marks->clock, now - marks->began);

    if (marks->log_count < marks->log_room)
        marks->log[marks->log_count++] =
            (marks->began - marks->log_origin) << 16 |
            bench_hist_bucket(ns < BENCH_HIST_GREATEST ? ns : BENCH_HIST_GREATEST);
    if (marks->has_more)
        bench_marks_take(marks, ns, bench_measure_ticks_ns(marks->clock, now - marks->waited));
    else
        bench_hist_record(&marks->latency, ns);
}

/* Until `due_ns` after the first wait began, when the next operation was meant to begin. */
void bench_marks_wait(struct bench_marks *marks, uint64_t due_ns);

/* A span ends here: the mean time of its operations is noted, if it has so many at least, and one. */
void bench_marks_end_span(struct bench_marks *marks, uint64_t least);

/* The first operation of a slot, counted from 1; low slots may be empty. */
uint64_t bench_marks_slot_first(size_t slot);

#endif
