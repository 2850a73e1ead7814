/* SPDX-License-Identifier: MIT
 *
 * measure.c: clocks and memory figures. See measure.h. Nothing here keeps anything between two calls.
 */
#include "bench/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const uint64_t second_ns = UINT64_C(1000000000);
static const uint64_t spin_ns = UINT64_C(50000);

static uint64_t
read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * second_ns + (uint64_t)now.tv_nsec;
}

uint64_t
bench_measure_now_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t
bench_measure_cpu_ns(void) {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t
bench_measure_wait_until(uint64_t due_ns) {
    uint64_t wake_ns = due_ns > spin_ns ? due_ns - spin_ns : 0, now_ns = bench_measure_now_ns();
    struct timespec wake = {(time_t)(wake_ns / second_ns), (long)(wake_ns % second_ns)};

    if (now_ns < wake_ns) {
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL) == EINTR)
            continue;
        now_ns = bench_measure_now_ns();
    }
    uint64_t spun_ns = now_ns < due_ns ? due_ns - now_ns : 0;
    while (now_ns < due_ns)
        now_ns = bench_measure_now_ns();
    return spun_ns;
}

/* ---- Ticks ------------------------------------------------------------------------------------------ */

#if defined(__x86_64__)
/* One rate in all states of the processor, and the kernel's own clock. */
static bool
has_counter(void) {
    unsigned a = 0, b = 0, c = 0, invariant = 0;
    char source[16] = "";
    FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");

    if (file != NULL) {
        if (fgets(source, sizeof source, file) == NULL)
            source[0] = '\0';
        fclose(file);
    }
    return strcmp(source, "tsc\n") == 0 && __get_cpuid(0x80000007, &a, &b, &c, &invariant) != 0 &&
           (invariant >> 8 & 1) != 0;
}

struct instant {
    uint64_t ns, ticks;
};

/* Both clocks at once: of several attempts the one with the least between its readings. */
static struct instant
read_both(void) {
    struct instant best = {0, 0};
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < 16; i++) {
        uint64_t before = __rdtsc(), ns = bench_measure_now_ns(), after = __rdtsc();
        if (after - before < least) {
            least = after - before;
            best = (struct instant){ns, before + least / 2};
        }
    }
    return best;
}

void
bench_measure_clock_init(struct bench_measure_clock *clock) {
    static const struct timespec pause = {0, 5000000};

    clock->rate = 0;
    if (!has_counter())
        return;
    struct instant first = read_both();
    nanosleep(&pause, NULL);
    struct instant last = read_both();
    uint64_t ns = last.ns - first.ns, ticks = last.ticks - first.ticks;
    /* Between 100 MHz and 10 GHz; and the quotient must fit, which it does not after a very long pause. */
    if (ns < ticks * 10 && ticks < ns * 10 && ns < second_ns)
        clock->rate = (ns << 32) / ticks;
}
#else
void
bench_measure_clock_init(struct bench_measure_clock *clock) {
    clock->rate = 0;
}
#endif

double
bench_measure_clock_cost_ns(const struct bench_measure_clock *clock) {
    enum {
        RUNS = 9,
        READINGS = 200
    };
    uint64_t best = UINT64_MAX;

    for (int run = 0; run < RUNS; run++) {
        uint64_t begin = bench_measure_ticks(clock), end = begin;
        for (int i = 0; i < READINGS; i++)
            end = bench_measure_ticks(clock);
        if (end - begin < best)
            best = end - begin;
    }
    return (double)bench_measure_ticks_ns(clock, best) / READINGS;
}

/* ---- The rest --------------------------------------------------------------------------------------- */

void
bench_measure_utc(char ret_text[BENCH_MEASURE_UTC_BYTES]) {
    time_t now = time(NULL);
    struct tm parts;

    gmtime_r(&now, &parts);
    strftime(ret_text, BENCH_MEASURE_UTC_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

int
bench_measure_ticker_open(uint64_t period_ns, uint64_t *ret_first_ns) {
    const uint64_t first_ns = bench_measure_now_ns() + period_ns;
    struct itimerspec timer = {
        .it_interval = {(time_t)(period_ns / second_ns), (long)(period_ns % second_ns)},
        .it_value = {(time_t)(first_ns / second_ns), (long)(first_ns % second_ns)},
    };
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

    if (fd < 0)
        return -errno;
    if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &timer, NULL) != 0) {
        int error = -errno;
        close(fd);
        return error;
    }
    *ret_first_ns = first_ns;
    return fd;
}

uint64_t
bench_measure_ticker_clear(int fd) {
    uint64_t ticks;
    return read(fd, &ticks, sizeof ticks) == (ssize_t)sizeof ticks ? ticks : 0;
}

int
bench_measure_processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                       : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

static uint64_t
to_ns(struct timeval time) {
    return (uint64_t)time.tv_sec * second_ns + (uint64_t)time.tv_usec * 1000;
}

void
bench_measure_usage(struct bench_measure_usage *ret_usage) {
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    *ret_usage = (struct bench_measure_usage){
        .user_ns = to_ns(usage.ru_utime),
        .system_ns = to_ns(usage.ru_stime),
        .minor_faults = (uint64_t)usage.ru_minflt,
        .major_faults = (uint64_t)usage.ru_majflt,
        .context_switches = (uint64_t)usage.ru_nvcsw,
        .preemptions = (uint64_t)usage.ru_nivcsw,
    };
}

int
bench_measure_rss_open(struct bench_measure_rss *rss, pid_t pid) {
    char path[64];
    int fd;

    snprintf(path, sizeof path, "/proc/%ld/statm", (long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    *rss = (struct bench_measure_rss){fd, pid, (uint64_t)sysconf(_SC_PAGESIZE)};
    return 0;
}

void
bench_measure_rss_close(struct bench_measure_rss *rss) {
    if (rss->fd >= 0)
        close(rss->fd);
    rss->fd = -1;
}

int
bench_measure_rss_read(const struct bench_measure_rss *rss, uint64_t *ret_bytes) {
    char text[128], *end;
    ssize_t length = pread(rss->fd, text, sizeof text - 1, 0);

    if (length <= 0)
        return length < 0 ? -errno : -ENOENT;
    text[length] = '\0';
    strtoull(text, &end, 10); /* the first field is the size of the address space */
    *ret_bytes = strtoull(end, NULL, 10) * rss->page_bytes;
    return 0;
}

/* Takes "Name:   123 kB" of /proc/PID/<file>, for each of `count` names: how many were there. Negative errno. */
static int
read_sizes(pid_t pid, const char *file_name, const char *const *names, uint64_t *const *ret_bytes,
           int count) {
    char path[64], line[256];
    int found = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file_name);
    file = fopen(path, "re");
    if (file == NULL)
        return -errno;
    while (found < count && fgets(line, sizeof line, file) != NULL)
        for (int i = 0; i < count; i++) {
            size_t length = strlen(names[i]);
            if (strncmp(line, names[i], length) != 0 || line[length] != ':')
                continue;
            *ret_bytes[i] = strtoull(line + length + 1, NULL, 10) * 1024;
            found++;
        }
    fclose(file);
    return found;
}

int
bench_measure_rss_peak(const struct bench_measure_rss *rss, uint64_t *ret_bytes) {
    static const char *const name = "VmHWM";
    int found = read_sizes(rss->pid, "status", &name, &ret_bytes, 1);
    return found == 1 ? 0 : found < 0 ? found : -ENOENT;
}

int
bench_measure_pages_read(pid_t pid, struct bench_measure_pages *ret_pages) {
    static const char *const names[] = {"Pss", "Private_Dirty", "AnonHugePages"};
    struct bench_measure_pages pages = {0};
    uint64_t *const numbers[] = {&pages.pss_bytes, &pages.private_dirty_bytes, &pages.huge_bytes};
    int found = read_sizes(pid, "smaps_rollup", names, numbers, 3);

    if (found == 3)
        *ret_pages = pages;
    return found == 3 ? 0 : found < 0 ? found : -ENOENT;
}
