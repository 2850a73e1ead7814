/* SPDX-License-Identifier: MIT
 *
 * trace_ops.c: a recording as an op script, so that CPython can run it as well. See trace_ops.h.
 *
 * A block is `memory`, named b and its id; a container is a list of as many None as it has slots, named c and its
 * id. So a container's own size is lost, and each has a second block for its items.
 */
#include "bench/trace_ops.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/replay_trace.h"
#include "bench/say.h"
#include "bench/verb.h"
#include "workloads/trace.h"

/* As a comment: one line, plain ASCII. */
static void
print_comment(const char *what, const char *text, size_t bytes) {
    printf("# %s", what);
    for (size_t i = 0; i < bytes; i++)
        putchar(isprint((unsigned char)text[i]) ? text[i] : '?');
    putchar('\n');
}

static void
print_container(const struct wl_trace_op *op) {
    if (op->slots == 0)
        printf("list c%u\n", (unsigned)op->id);
    else
        printf("repeated c%u = None %u\n", (unsigned)op->id, (unsigned)op->slots);
}

static void
print_store(const struct wl_trace_op *op) {
    if (op->has_child)
        printf("item c%u[%u] = c%u\n", (unsigned)op->id, (unsigned)op->slot, (unsigned)op->child);
    else
        printf("item c%u[%u] = None\n", (unsigned)op->id, (unsigned)op->slot);
}

/* A request of nothing is one of a byte. */
static unsigned long long
size_of(const struct wl_trace_op *op) {
    return op->size == 0 ? 1 : op->size;
}

/* `is_container` is by id, of live ones. */
static void
print_op(const struct wl_trace_op *op, bool *is_container) {
    switch (op->kind) {
    case WL_TRACE_ALLOC:
        is_container[op->id] = false;
        printf("memory b%u %llu\n", (unsigned)op->id, size_of(op));
        break;
    case WL_TRACE_REALLOC:
        printf("resize b%u %llu\n", (unsigned)op->id, size_of(op));
        break;
    case WL_TRACE_FREE:
        printf("drop %c%u\n", is_container[op->id] ? 'c' : 'b', (unsigned)op->id);
        break;
    case WL_TRACE_CONTAINER:
        is_container[op->id] = true;
        print_container(op);
        break;
    case WL_TRACE_STORE:
        print_store(op);
        break;
    case WL_TRACE_MARK:
        print_comment("", op->text, op->text_bytes);
        break;
    default:
        break;
    }
}

static int
print_ops(const char *path, const struct wl_trace *trace) {
    bool *is_container = calloc((size_t)trace->counts.ids + 1, sizeof *is_container);
    struct wl_trace_reader *reader = NULL;
    struct wl_trace_op op;
    struct rt_text why;
    char line[256];
    int end = -1;

    rt_text_init(&why, line, sizeof line);
    if (is_container == NULL || wl_trace_reader_open(trace, &reader) < 0) {
        free(is_container);
        return bench_say(BENCH_STATUS_ENVIRONMENT, "%s: out of memory", path);
    }
    while ((end = wl_trace_next(reader, &op, &why)) == 1)
        print_op(&op, is_container);
    wl_trace_reader_close(reader);
    free(is_container);
    if (end < 0)
        return bench_say(BENCH_STATUS_USAGE, "%s: %s", path, line);
    puts("print count\nprint collect");
    return BENCH_STATUS_DONE;
}

int
bench_trace_ops_print(const char *path) {
    struct wl_trace trace;
    const char *command;
    size_t bytes;
    int status = bench_replay_trace_open(path, &trace);

    if (status != BENCH_STATUS_DONE)
        return status;
    command = wl_trace_header(&trace, "command", &bytes);
    if (command != NULL)
        print_comment("a recording of: ", command, bytes);
    status = print_ops(path, &trace);
    bench_replay_trace_close(&trace);
    return status;
}
