/* SPDX-License-Identifier: MIT
 *
 * convert.c: from the raw file of a recorder to a recording. See convert.h.
 *
 * Addresses become ids here. A raw file comes from a program that may have ended at any moment, and it is
 * believed in nothing but its events' order: a block that begins where one is live ends that one, and a block
 * that ends without having begun is passed over.
 *
 * Of a Python program all events are read twice (convert/kinds.c): a block has to be written as a container when
 * it begins, and what it was is known when it ends. References are what was seen at the last look. Two things
 * are made good:
 *   - A container that ends is referred to by nobody: what still seems to is cleared before.
 *   - Containers that end while the program collects were trash (convert/trash.c). They end when they may have
 *     become it, and what they refer to among themselves stays, for the replay's collector to find.
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

#include "bench/convert/graph.h"
#include "bench/convert/kinds.h"
#include "bench/convert/map.h"
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
    bool is_python;
    struct bench_convert_kinds kinds;
    struct bench_convert_graph graph;
    uint32_t parent, references; /* of the references that come; their number */
    size_t dropped;              /* groups of trash */
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
    convert->is_python = convert->head->version != 0;
    return convert->head->pid == 0 ? -ENODATA : 0;
}

/* ---- Blocks ------------------------------------------------------------------------------------- */

static void
end_block(struct convert *convert, struct bench_convert_entry *entry) {
    if (bench_convert_graph_find(&convert->graph, entry->id) != NULL) {
        bench_convert_graph_cut(&convert->graph, entry->id);
        bench_convert_graph_remove(&convert->graph, entry->id);
    }
    wl_trace_write_free(convert->writer, entry->id);
    bench_convert_map_remove(&convert->live, entry);
}

static int
begin_container(struct convert *convert, const struct bench_convert_kind *kind, uint32_t *ret_id) {
    bool is_atomic = kind->slots == 0 && kind->looks < 2;

    *ret_id = wl_trace_write_container(convert->writer, kind->type - 1U, kind->size, kind->slots,
                                       is_atomic);
    return bench_convert_graph_add(&convert->graph, *ret_id, kind->slots) ? 0 : -ENOMEM;
}

static int
begin_block(struct convert *convert, uint64_t address, uint64_t size) {
    struct bench_convert_entry entry = {.address = address, .size = size},
                               *old = bench_convert_map_find(&convert->live, address);
    const struct bench_convert_kind *kind = NULL;
    int error = 0;

    if (old != NULL)
        end_block(convert, old);
    entry.serial = convert->serial++;
    if (convert->is_python)
        kind = &convert->kinds.kinds[entry.serial];
    if (kind != NULL && kind->type != 0)
        error = begin_container(convert, kind, &entry.id);
    else
        entry.id = wl_trace_write_alloc(convert->writer, size);
    if (error == 0 && !bench_convert_map_put(&convert->live, &entry))
        error = -ENOMEM;
    return error;
}

static void
begin_resize(struct convert *convert, const struct bench_raw_event *event) {
    struct bench_convert_entry *entry =
        bench_convert_map_find(&convert->live, bench_raw_address(event));

    convert->resizing[bench_raw_thread(event)] = (struct bench_convert_entry){0};
    if (entry == NULL)
        return;
    convert->resizing[bench_raw_thread(event)] = *entry;
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
        if (bench_convert_graph_find(&convert->graph, entry.id) == NULL)
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
    bench_convert_graph_fini(&convert->graph);
    convert->graph.writer = convert->writer;
    for (size_t i = 0; i < BENCH_RAW_THREADS; i++) {
        if (convert->resizing[i].address != 0)
            wl_trace_write_free(convert->writer, convert->resizing[i].id);
        convert->resizing[i] = (struct bench_convert_entry){0};
    }
    wl_trace_write_mark(convert->writer, "exec");
}

/* ---- Containers --------------------------------------------------------------------------------- */

static uint32_t
find_container(const struct convert *convert, uint64_t address) {
    const struct bench_convert_entry *entry = bench_convert_map_find(&convert->live, address);

    return entry != NULL && bench_convert_graph_find(&convert->graph, entry->id) != NULL
               ? entry->id
               : BENCH_CONVERT_NOBODY;
}

/* The slots beyond the references that were seen are empty. */
static void
end_references(struct convert *convert) {
    const struct bench_convert_node *node =
        convert->parent == BENCH_CONVERT_NOBODY
            ? NULL
            : bench_convert_graph_find(&convert->graph, convert->parent);

    for (; node != NULL && convert->references < node->slots; convert->references++)
        bench_convert_graph_set(&convert->graph, convert->parent, convert->references,
                                BENCH_CONVERT_NOBODY);
    convert->parent = BENCH_CONVERT_NOBODY;
}

static void
add_reference(struct convert *convert, uint64_t address) {
    uint32_t child = find_container(convert, address);

    if (child != BENCH_CONVERT_NOBODY && convert->parent != BENCH_CONVERT_NOBODY)
        bench_convert_graph_set(&convert->graph, convert->parent, convert->references++, child);
}

/* The member's entry, if it is live; NULL otherwise. */
static struct bench_convert_entry *
find_member(const struct convert *convert, const struct bench_convert_member *member) {
    struct bench_convert_entry *entry = bench_convert_map_find(&convert->live, member->address);

    return entry != NULL && entry->serial == member->serial &&
                   bench_convert_graph_find(&convert->graph, entry->id) != NULL
               ? entry
               : NULL;
}

/* Its references to others that are dropped with it, as they were seen later. */
static void
add_last_references(struct convert *convert, const struct bench_convert_member *member,
                    uint32_t id) {
    uint32_t group = convert->kinds.kinds[member->serial].group, slot = 0;

    for (uint64_t at = member->look + 1; member->look != 0 && at < convert->event_count; at++) {
        const struct bench_convert_entry *child;
        if (bench_raw_kind(&convert->events[at]) != BENCH_RAW_REFERENCE)
            break;
        child = bench_convert_map_find(&convert->live, bench_raw_address(&convert->events[at]));
        if (child != NULL && convert->kinds.kinds[child->serial].group == group &&
            bench_convert_graph_find(&convert->graph, child->id) != NULL)
            bench_convert_graph_set(&convert->graph, id, slot++, child->id);
    }
}

static void
drop_group(struct convert *convert, const struct bench_convert_drop *drop) {
    const struct bench_convert_member *members = convert->kinds.trash.members + drop->first;
    struct bench_convert_entry *entry;

    for (uint32_t i = 0; i < drop->count; i++)
        if ((entry = find_member(convert, &members[i])) != NULL) {
            add_last_references(convert, &members[i], entry->id);
            convert->graph.nodes[entry->id].is_trash = true;
        }
    for (uint32_t i = 0; i < drop->count; i++)
        if ((entry = find_member(convert, &members[i])) != NULL)
            bench_convert_graph_cut(&convert->graph, entry->id);
    for (uint32_t i = 0; i < drop->count; i++)
        if ((entry = find_member(convert, &members[i])) != NULL) {
            bench_convert_graph_remove(&convert->graph, entry->id);
            wl_trace_write_free(convert->writer, entry->id);
            bench_convert_map_remove(&convert->live, entry);
        }
}

/* What was trash by the time of the next allocation. That it ends later on is passed over: nobody is at its address
 * then. */
static void
drop_trash(struct convert *convert) {
    const struct bench_convert_trash *trash = &convert->kinds.trash;

    while (convert->dropped < trash->drop_count &&
           trash->drops[convert->dropped].when <= convert->serial)
        drop_group(convert, &trash->drops[convert->dropped++]);
}

static void
write_text(struct convert *convert, size_t at, bool is_type) {
    const struct bench_raw_event *event = &convert->events[at];
    char text[BENCH_RAW_TEXT_MAX + 1];
    size_t bytes = event->second <= BENCH_RAW_TEXT_MAX ? (size_t)event->second : 0;

    if (at + bench_convert_span(event) > convert->event_count)
        bytes = 0;
    memcpy(text, event + 1, bytes);
    text[bytes] = '\0';
    if (is_type)
        wl_trace_write_type(convert->writer, text);
    else
        wl_trace_write_mark(convert->writer, text);
}

static void
write_types(struct convert *convert) {
    wl_trace_write_type(convert->writer, "?");
    for (size_t i = 1; i < convert->kinds.type_count; i++)
        write_text(convert, convert->kinds.type_events[i], true);
}

static int
convert_python(struct convert *convert, uint64_t at) {
    const struct bench_raw_event *event = &convert->events[at];

    if (bench_raw_kind(event) == BENCH_RAW_REFERENCE) {
        add_reference(convert, bench_raw_address(event));
        return 0;
    }
    end_references(convert);
    switch (bench_raw_kind(event)) {
    case BENCH_RAW_OBJECT:
        convert->parent = find_container(convert, bench_raw_address(event));
        convert->references = 0;
        return 0;
    case BENCH_RAW_ALLOC:
    case BENCH_RAW_COLLECTION:
        drop_trash(convert);
        return 0;
    case BENCH_RAW_MARK:
        write_text(convert, (size_t)at, false);
        return 0;
    default:
        return 0;
    }
}

/* ---- Events ------------------------------------------------------------------------------------- */

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

    if (convert->is_python) {
        error = bench_convert_kinds_init(&convert->kinds, convert->events, convert->event_count);
        write_types(convert);
    }
    convert->graph.writer = convert->writer;
    convert->parent = BENCH_CONVERT_NOBODY;
    for (uint64_t i = 0; i < convert->event_count && error == 0;
         i += bench_convert_span(&convert->events[i])) {
        if (convert->is_python)
            error = convert_python(convert, i);
        if (error == 0)
            error = convert_event(convert, &convert->events[i]);
    }
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
    error =
        text == NULL ? -ENOMEM : wl_trace_writer_open(write_out, convert, text, &convert->writer);
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
    bench_convert_graph_fini(&convert.graph);
    bench_convert_kinds_fini(&convert.kinds);
    free(convert.resizing);
    if (convert.head != NULL)
        munmap((void *)convert.head, convert.map_bytes);
    return error;
}
