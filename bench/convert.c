/* SPDX-License-Identifier: MIT
 *
 * convert.c: from the raw file of a recorder to a recording. See convert.h.
 *
 * Addresses become ids here. A raw file comes from a program that may have ended at any moment, and it is
 * believed in nothing but its events' order: a block that begins where one is live ends that one, and a block
 * that ends without having begun is passed over.
 *
 * Invariants:
 *   - The map has exactly the blocks that are live in the recording, under their last address, but for those that
 *     are being resized: they are with their thread in `resizing`.
 */
#include "bench/convert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/convert_map.h"
#include "bench/shim/raw.h"

struct convert {
    const struct bench_raw_head *head;
    const struct bench_raw_event *events;
    size_t map_bytes;
    uint64_t event_count;
    FILE *out;
    uint64_t out_bytes;
    struct wl_trace_writer *writer;
    struct bench_convert_map live;
    struct bench_convert_entry *resizing; /* by thread */
    uint32_t serial;
};

static int __attribute__((format(printf, 4, 5)))
explain(int error, char *why, size_t why_bytes, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, why_bytes, format, arguments);
    va_end(arguments);
    return error;
}

/* ---- The raw file ------------------------------------------------------------------------------- */

int
bench_convert_create_raw(const char *raw_path) {
    struct bench_raw_head head = {.magic = BENCH_RAW_MAGIC, .ready = BENCH_RAW_HEAD_BYTES};
    int error, fd = open(raw_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return -errno;
    error = ftruncate(fd, BENCH_RAW_HEAD_BYTES) == 0 &&
                    write(fd, &head, sizeof head) == (ssize_t)sizeof head
                ? 0
                : -errno;
    close(fd);
    return error;
}

static int
open_raw(struct convert *convert, const char *raw_path) {
    struct stat status;
    uint64_t room;
    void *map;
    int fd = open(raw_path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) != 0 || status.st_size < BENCH_RAW_HEAD_BYTES) {
        close(fd);
        return -ENODATA;
    }
    map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return -errno;
    madvise(map, (size_t)status.st_size, MADV_SEQUENTIAL);
    convert->head = map;
    convert->events = (const void *)((const char *)map + BENCH_RAW_HEAD_BYTES);
    convert->map_bytes = (size_t)status.st_size;
    room = (convert->map_bytes - BENCH_RAW_HEAD_BYTES) / BENCH_RAW_EVENT_BYTES;
    convert->event_count = convert->head->count < room ? convert->head->count : room;
    return convert->head->pid == 0 ? -ENODATA : 0;
}

/* ---- Blocks ------------------------------------------------------------------------------------- */

static void
end_block(struct convert *convert, struct bench_convert_entry *entry) {
    wl_trace_write_free(convert->writer, entry->id);
    bench_convert_map_remove(&convert->live, entry);
}

static int
begin_block(struct convert *convert, uint64_t address, uint64_t size) {
    struct bench_convert_entry entry = {.address = address, .size = size},
                               *old = bench_convert_map_find(&convert->live, address);

    if (old != NULL)
        end_block(convert, old);
    entry.serial = convert->serial++;
    entry.id = wl_trace_write_alloc(convert->writer, size);
    return bench_convert_map_put(&convert->live, &entry) ? 0 : -ENOMEM;
}

static void
begin_resize(struct convert *convert, const struct bench_raw_event *event) {
    struct bench_convert_entry *entry =
        bench_convert_map_find(&convert->live, bench_raw_address(event));

    convert->resizing[bench_raw_thread(event)] =
        entry == NULL ? (struct bench_convert_entry){0} : *entry;
    if (entry != NULL)
        bench_convert_map_remove(&convert->live, entry);
}

static int
end_resize(struct convert *convert, const struct bench_raw_event *event) {
    struct bench_convert_entry *resizing = &convert->resizing[bench_raw_thread(event)],
                               entry = *resizing, *old;
    uint64_t address = bench_raw_address(event);

    *resizing = (struct bench_convert_entry){0};
    if (entry.address == 0)
        return 0;
    if (address != 0) {
        old = bench_convert_map_find(&convert->live, address);
        if (old != NULL)
            end_block(convert, old);
        entry.address = address;
        entry.size = event->second;
        wl_trace_write_realloc(convert->writer, entry.id, entry.size);
    }
    return bench_convert_map_put(&convert->live, &entry) ? 0 : -ENOMEM;
}

static void
end_all(struct convert *convert) {
    for (size_t i = 0; i < convert->live.capacity; i++)
        if (convert->live.entries[i].address != 0)
            wl_trace_write_free(convert->writer, convert->live.entries[i].id);
    bench_convert_map_fini(&convert->live);
    for (size_t i = 0; i < BENCH_RAW_THREADS; i++) {
        if (convert->resizing[i].address != 0)
            wl_trace_write_free(convert->writer, convert->resizing[i].id);
        convert->resizing[i] = (struct bench_convert_entry){0};
    }
    wl_trace_write_mark(convert->writer, "exec");
}

static int
convert_event(struct convert *convert, const struct bench_raw_event *event) {
    struct bench_convert_entry *entry;

    switch (bench_raw_kind(event)) {
    case BENCH_RAW_ALLOC:
        return begin_block(convert, bench_raw_address(event), event->second);
    case BENCH_RAW_FREE:
        entry = bench_convert_map_find(&convert->live, bench_raw_address(event));
        if (entry != NULL)
            end_block(convert, entry);
        return 0;
    case BENCH_RAW_RESIZE_BEGIN:
        begin_resize(convert, event);
        return 0;
    case BENCH_RAW_RESIZE_END:
        return end_resize(convert, event);
    case BENCH_RAW_RESET:
        end_all(convert);
        return 0;
    default:
        return 0;
    }
}

static int
convert_events(struct convert *convert) {
    int error = 0;

    for (uint64_t i = 0; i < convert->event_count && error == 0; i++)
        error = convert_event(convert, &convert->events[i]);
    return error;
}

/* ---- The recording ------------------------------------------------------------------------------ */

static int
write_out(void *context, const uint8_t *data, size_t bytes) {
    struct convert *convert = context;

    convert->out_bytes += bytes;
    return fwrite(data, 1, bytes, convert->out) == bytes ? 0 : -EIO;
}

/* The header, and what only the recorder knew. */
static char *
complete_header(const struct convert *convert, const char *header) {
    uint64_t version = convert->head->version;
    char *text = NULL;

    if (version == 0)
        return strdup(header);
    if (asprintf(&text, "%sinterpreter: CPython %u.%u.%u\n", header, (unsigned)(version >> 24),
                 (unsigned)(version >> 16 & 0xff), (unsigned)(version >> 8 & 0xff)) < 0)
        return NULL;
    return text;
}

static int
write_recording(struct convert *convert, const char *path, const char *header,
                struct wl_trace_counts *ret_counts) {
    int error, close_error;
    char *text;

    convert->resizing = calloc(BENCH_RAW_THREADS, sizeof *convert->resizing);
    convert->out = fopen(path, "we");
    if (convert->resizing == NULL || convert->out == NULL)
        return convert->out == NULL ? -errno : -ENOMEM;
    text = complete_header(convert, header);
    error = text == NULL ? -ENOMEM
                         : wl_trace_writer_open(write_out, convert, text, &convert->writer);
    free(text);
    if (error < 0)
        return error;
    error = convert_events(convert);
    close_error = wl_trace_writer_close(convert->writer, ret_counts);
    return error < 0 ? error : close_error;
}

int
bench_convert(const char *raw_path, const char *path, const char *header,
              struct bench_converted *ret_converted, char *why, size_t why_bytes) {
    struct convert convert = {0};
    struct wl_trace_counts counts = {0};
    int error = open_raw(&convert, raw_path);

    if (error < 0)
        explain(error, why, why_bytes, "%s: %s", raw_path, strerror(-error));
    else if ((error = write_recording(&convert, path, header, &counts)) < 0)
        explain(error, why, why_bytes, "cannot write %s: %s", path, strerror(-error));
    if (convert.out != NULL && fclose(convert.out) != 0 && error == 0)
        error = explain(-errno, why, why_bytes, "cannot write %s: %s", path, strerror(errno));
    if (error == 0)
        *ret_converted = (struct bench_converted){counts, convert.event_count, convert.head->lost,
                                                  convert.out_bytes};
    bench_convert_map_fini(&convert.live);
    free(convert.resizing);
    if (convert.head != NULL)
        munmap((void *)convert.head, convert.map_bytes);
    return error;
}
