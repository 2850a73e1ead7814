/* SPDX-License-Identifier: MIT
 *
 * raw.c: the writing side of a raw file. See raw.h.
 *
 * It runs inside of malloc: it calls the kernel and nothing that might allocate. The file is opened by its name
 * whenever it has to grow, since programs close descriptors that they do not know. A child that forks finds
 * its page of `is_on` empty, however it was forked.
 */
#include "bench/shim/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

static const uint64_t mapped_most = UINT64_C(1) << 38, mapped_least = UINT64_C(1) << 26;
static const uint64_t step_bytes = UINT64_C(1) << 26;

/* As much address space as there is to be had. */
static bool
map_file(struct bench_raw_writer *writer, int fd) {
    for (writer->mapped = mapped_most; writer->mapped >= mapped_least; writer->mapped /= 4) {
        void *map =
            mmap(NULL, writer->mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
        if (map != MAP_FAILED) {
            writer->head = map;
            writer->events = (struct bench_raw_event *)((char *)map + BENCH_RAW_HEAD_BYTES);
            return true;
        }
    }
    return false;
}

/* This process is the first, or the same one again after an exec. */
static bool
claim(struct bench_raw_writer *writer) {
    uint64_t nobody = 0, self = (uint64_t)getpid();

    if (writer->head->magic != BENCH_RAW_MAGIC)
        return false;
    if (atomic_compare_exchange_strong(&writer->head->pid, &nobody, self))
        return true;
    if (nobody != self)
        return false;
    bench_raw_put(writer, bench_raw_first(BENCH_RAW_RESET, 0, NULL), 0);
    return true;
}

bool
bench_raw_open(struct bench_raw_writer *writer) {
    const char *path = getenv(BENCH_RAW_VARIABLE);
    void *page;
    int fd;

    if (path == NULL || strlen(path) >= sizeof writer->path)
        return false;
    strcpy(writer->path, path);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false;
    page = mmap(NULL, BENCH_RAW_HEAD_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0);
    if (page == MAP_FAILED || madvise(page, BENCH_RAW_HEAD_BYTES, MADV_WIPEONFORK) != 0 ||
        !map_file(writer, fd) || !claim(writer)) {
        close(fd);
        return false;
    }
    close(fd);
    writer->is_on = page;
    atomic_store(writer->is_on, true);
    return true;
}

static bool
extend_file(struct bench_raw_writer *writer, uint64_t from, uint64_t to) {
    int error, fd = open(writer->path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return false;
    error = posix_fallocate(fd, (off_t)from, (off_t)(to - from));
    close(fd);
    if (error != 0)
        return false;
    /* What is written stays in the file; this process need not keep its pages. */
    if (from > step_bytes)
        madvise((char *)writer->head + from - step_bytes, step_bytes, MADV_DONTNEED);
    atomic_store_explicit(&writer->head->ready, to, memory_order_release);
    return true;
}

bool
bench_raw_grow(struct bench_raw_writer *writer, uint64_t bytes) {
    int before = errno;
    uint64_t ready;
    bool is_ready;

    while (atomic_flag_test_and_set_explicit(&writer->growing, memory_order_acquire))
        sched_yield();
    ready = atomic_load(&writer->head->ready);
    is_ready = bytes <= ready;
    if (!is_ready && atomic_load(&writer->head->lost) == 0 && ready + step_bytes <= writer->mapped)
        is_ready = extend_file(writer, ready, ready + step_bytes);
    if (!is_ready)
        atomic_fetch_add(&writer->head->lost, 1);
    atomic_flag_clear_explicit(&writer->growing, memory_order_release);
    errno = before;
    return is_ready;
}

void
bench_raw_put_text(struct bench_raw_writer *writer, enum bench_raw_kind kind, const void *address,
                   const char *text) {
    size_t bytes = strnlen(text, BENCH_RAW_TEXT_MAX);
    uint64_t count = (bytes + BENCH_RAW_EVENT_BYTES - 1) / BENCH_RAW_EVENT_BYTES;
    struct bench_raw_event *event = bench_raw_reserve(writer, 1 + count);

    if (event == NULL)
        return;
    memcpy(event + 1, text, bytes);
    event->second = bytes;
    atomic_thread_fence(memory_order_release);
    event->first = bench_raw_first(kind, 0, address);
}
