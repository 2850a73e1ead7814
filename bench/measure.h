/* SPDX-License-Identifier: MIT
 *
 * measure.h: every clock and every memory figure of the kernel that the house reads.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* The monotonic clock: never set, the same in all processes of a machine. */
uint64_t bench_measure_now_ns(void);

/* User and system time of this process. */
uint64_t bench_measure_cpu_ns(void);

/* Until the monotonic clock shows `due_ns`: asleep but for the last 50 us, since a kernel may wake a sleeper
 * that much too late. Returns for how long it kept the processor, which is no work: 50 us at most. */
uint64_t bench_measure_wait_until(uint64_t due_ns);

/* ---- Ticks ------------------------------------------------------------------------------------------
 * For what is timed very often: the processor's time-stamp counter, a third of the price of the monotonic
 * clock. It is used where it ticks at one rate whatever the processor does and the kernel keeps its own
 * time by it, and so trusts it on all processors; a tick is a nanosecond elsewhere. Nothing waits for the
 * counter: it may be read some instructions early or late, so what takes tens of nanoseconds is not timed
 * well. Its rate is measured, to some millionths: differences are told, and no times of day. */

struct bench_measure_clock {
    uint64_t rate; /* 2^32 times the nanoseconds of a tick; 0: the monotonic clock */
};

/* Takes 5 ms, if there is a counter. */
void bench_measure_clock_init(struct bench_measure_clock *clock);

static inline uint64_t
bench_measure_ticks(const struct bench_measure_clock *clock) {
#if defined(__x86_64__)
    if (clock->rate != 0)
        return __rdtsc();
#endif
    (void)clock;
    return bench_measure_now_ns();
}

/* Of a difference of two readings. */
static inline uint64_t
bench_measure_ticks_ns(const struct bench_measure_clock *clock, uint64_t ticks) {
    return clock->rate == 0
               ? ticks
               : (ticks >> 32) * clock->rate + ((ticks & UINT32_MAX) * clock->rate >> 32);
}

/* What one reading of the ticks costs: the least mean of several runs of readings. */
double bench_measure_clock_cost_ns(const struct bench_measure_clock *clock);

enum {
    BENCH_MEASURE_UTC_BYTES = 32
};

/* The time of day, ISO 8601: "2024-05-01T12:30:05Z". */
void bench_measure_utc(char ret_text[BENCH_MEASURE_UTC_BYTES]);

/* A file descriptor that becomes readable every `period_ns`, first at *ret_first_ns by the monotonic clock; negative
 * errno. Clearing it says how many periods have ended since the last time. */
int bench_measure_ticker_open(uint64_t period_ns, uint64_t *ret_first_ns);
uint64_t bench_measure_ticker_clear(int fd);

/* On how many processors this process may run; at least 1. */
int bench_measure_processors(void);

struct bench_measure_usage {
    uint64_t user_ns, system_ns, minor_faults, major_faults, context_switches, preemptions;
};

/* Of this process so far. */
void bench_measure_usage(struct bench_measure_usage *ret_usage);

/* ---- Resident memory of another process ------------------------------------------------------------
 * statm stays open: a sample is one read. The kernel counts resident pages in batches for each
 * processor, so a figure may be off by some tens of pages. */

struct bench_measure_rss {
    int fd;
    pid_t pid;
    uint64_t page_bytes;
};

int bench_measure_rss_open(struct bench_measure_rss *rss, pid_t pid); /* negative errno */
void bench_measure_rss_close(struct bench_measure_rss *rss);
int bench_measure_rss_read(const struct bench_measure_rss *rss, uint64_t *ret_bytes);

/* The high-water mark (VmHWM). -ENOENT once the process has ended. */
int bench_measure_rss_peak(const struct bench_measure_rss *rss, uint64_t *ret_bytes);

/* What is only known by a walk over the process' page tables, for which it may have to wait: what it shares with others
 * counts in `pss_bytes` by its share. */
struct bench_measure_pages {
    uint64_t pss_bytes, private_dirty_bytes, huge_bytes;
};

int bench_measure_pages_read(pid_t pid, struct bench_measure_pages *ret_pages); /* negative errno */

#endif
