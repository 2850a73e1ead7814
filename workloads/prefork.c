/* SPDX-License-Identifier: MIT
 *
 * prefork.c: a server loads, forks, and lets its children work. Until a page is written to, child and parent share it; this
 * counts the pages that a child has to itself in the end, by what wrote to them.
 *
 * The parent makes `prefork.records` records, and between them some that it drops again, whose places are the *holes*.
 * One child after the other then does three things, with its collector off but for the last:
 *   reading     a run of neighbouring records, `prefork.touch_share` of all: references are taken and dropped, and
 *               nothing else is written;
 *   requests    of its own, `prefork.requests` of them: objects are made, kept for a while, and dropped;
 *   collecting  everything once, with `prefork.child_gc`.
 * Before and after each it reads in /proc what is private and dirty, and sends all through a pipe. An operation is a
 * child, from fork to exit.
 *
 * Invariants:
 *   - A page counts for what wrote to it first: the collector has what neither reading nor requests have dirtied.
 *   - A child never returns. It writes to its pipe once, and waits until its parent ends it, without what is done at
 *     exit: who looks for leaks there would find a heap in use. It has closed all other descriptors but stderr,
 *     and looks now and then whether its parent is still there; when it is not, it leaves by _exit.
 *   - A child compares each number that it reads. Its answer follows from the seed and its own number, and the
 *     digest folds the answers in.
 *   - Where /proc does not say, the figures are not known, which is NAN and never 0.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum freeze {
    FREEZE_NEVER,
    FREEZE_BEFORE_FORK
};

enum name {
    NUMBER,
    NAME,
    TAGS,
    NAMES
};

enum metric {
    DIRTY_COUNTS,
    DIRTY_DATA,
    DIRTY_COLLECTOR,
    SHARED,
    METRICS
};

enum {
    NAME_LENGTH = 8,
    STRING_BYTES = 49, /* of a str in ASCII, but for its characters */
    NUMBER_MASK = (1 << 29) - 1,
    NUMBER_LEAST = 1 << 10, /* above the ints that are shared */
    CLASS_BYTES = 2048,     /* the class, its keys and the names, about */
    ROWS = 20,              /* of a request */
    KEPT = 8,               /* requests that a child keeps */
    LOOK_EVERY = 4096,      /* records from one look for the parent to the next */
    LOOK_EVERY_MS = 100,
    DESCRIPTORS = 256, /* that a child closes, if they are open */
    ROLLUP_BYTES = 4096,
};

struct prefork_knobs {
    int64_t records, children, requests, freeze, child_gc;
    double touch_share, hole_share;
};

/* What is in /proc of a process. */
struct pages {
    int64_t resident_bytes, dirty_bytes; /* -1: not known */
};

/* What a child tells: less than a pipe takes at once. */
struct told {
    int64_t error, wrong;
    uint64_t digest;
    struct pages pages[METRICS]; /* at first, and after each of the three */
};

struct prefork {
    const struct prefork_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *record_class, *names[NAMES];
    struct en_object *records, *holes; /* lists */
    int64_t done;                      /* children that told */
    double sums[METRICS];              /* of bytes, NAN as soon as one is not known */
    uint64_t salt, digest;
    int64_t wrong;
};

static const char *const freezes[] = {"never", "before_fork", NULL};
static const char *const names[NAMES] = {"number", "name", "tags"};

static const struct rt_knob rows[] = {
    {.name = "prefork.records",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct prefork_knobs, records),
     .low = 1,
     .high = 100000000,
     .initial = 20000,
     .unit = "records",
     .help = "records that the parent makes before it forks, about 300 bytes each"},
    {.name = "prefork.children",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct prefork_knobs, children),
     .low = 1,
     .high = 100000,
     .initial = 4,
     .unit = "children",
     .help = "children that are forked, one after the other"},
    {.name = "prefork.requests",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct prefork_knobs, requests),
     .high = 10000000,
     .initial = 100,
     .unit = "requests",
     .help = "requests that a child answers, about 60 objects each"},
    {.name = "prefork.touch_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct prefork_knobs, touch_share),
     .ratio_high = 1,
     .ratio_initial = 0.25,
     .unit = "",
     .help = "of the records, those that a child reads: their pages are copied for their counts"},
    {.name = "prefork.hole_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct prefork_knobs, hole_share),
     .ratio_high = 1,
     .unit = "",
     .help = "records that the parent drops before it forks, for each that it keeps: what children "
             "make goes to their places, on pages that were shared"},
    {.name = "prefork.freeze",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct prefork_knobs, freeze),
     .high = FREEZE_BEFORE_FORK,
     .initial = FREEZE_NEVER,
     .choices = freezes,
     .unit = "",
     .help = "whether the parent freezes what it has made before it forks, so that the collectors "
             "of its "
             "children leave it alone"},
    {.name = "prefork.child_gc",
     .type = RT_KNOB_BOOLEAN,
     .offset = offsetof(struct prefork_knobs, child_gc),
     .high = 1,
     .initial = 1,
     .unit = "",
     .help = "whether a child collects everything in the end"},
};

/* ---- Pages -------------------------------------------------------------------------------------- */

/* The number of bytes on the line that begins so; -1: there is none. */
static int64_t
find_bytes(const char *text, const char *label) {
    const char *at = strstr(text, label);
    int64_t kilobytes = 0;

    if (at == NULL)
        return -1;
    for (at += strlen(label); *at == ' '; at++)
        ;
    if (*at < '0' || *at > '9')
        return -1;
    for (; *at >= '0' && *at <= '9'; at++)
        kilobytes = kilobytes * 10 + (*at - '0');
    return kilobytes * 1024;
}

/* Writes to nothing but the stack. */
static struct pages
read_pages(void) {
    char text[ROLLUP_BYTES];
    size_t length = 0;
    int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);

    while (fd >= 0 && length + 1 < sizeof text) {
        ssize_t got = read(fd, text + length, sizeof text - 1 - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    if (fd >= 0)
        (void)close(fd);
    text[length] = '\0';
    return (struct pages){find_bytes(text, "\nRss:"), find_bytes(text, "\nPrivate_Dirty:")};
}

/* ---- Records ------------------------------------------------------------------------------------ */

static int64_t
number_at(const struct prefork *prefork, int64_t index) {
    return (int64_t)(wl_rng_mix(prefork->salt + (uint64_t)index) & NUMBER_MASK) | NUMBER_LEAST;
}

/* A str of so many lower-case letters. */
static struct en_object *
make_letters(struct prefork *prefork, int64_t number) {
    char text[NAME_LENGTH];

    for (size_t i = 0; i < NAME_LENGTH; i++)
        text[i] = (char)('a' + (number >> (3 * i) & 7));
    return en_str(prefork->heap, text, NAME_LENGTH);
}

/* [number + 1, None] */
static struct en_object *
make_tags(struct prefork *prefork, int64_t number) {
    struct en_object *tag = en_int(prefork->heap, number + 1);
    struct en_object *tags = tag == NULL ? NULL : en_list_new(prefork->heap, 2);

    if (tags == NULL) {
        en_xdecref(prefork->heap, tag);
        return NULL;
    }
    en_list_put_steal(tags, 0, tag);
    en_list_put_steal(tags, 1, en_incref(en_none(prefork->heap)));
    return tags;
}

/* Takes over the value, which may be NULL: then it failed. */
static int
give(struct prefork *prefork, struct en_object *record, enum name name, struct en_object *value) {
    int error =
        value == NULL ? -1 : en_attr_set(prefork->heap, record, prefork->names[name], value);
    en_xdecref(prefork->heap, value);
    return error;
}

static struct en_object *
make_record(struct prefork *prefork, int64_t number) {
    struct en_object *record = en_instance_new(prefork->heap, prefork->record_class);

    if (record == NULL)
        return NULL;
    int error = give(prefork, record, NUMBER, en_int(prefork->heap, number));
    if (error == 0)
        error = give(prefork, record, NAME, make_letters(prefork, number));
    if (error == 0)
        error = give(prefork, record, TAGS, make_tags(prefork, number));
    if (error == 0)
        return record;
    en_decref(prefork->heap, record);
    return NULL;
}

/* Of those dropped again there are so many next to the first `index` that are kept. */
static int64_t
holes_among(const struct prefork_knobs *knobs, int64_t index) {
    return (int64_t)(knobs->hole_share * (double)index);
}

static int
load(struct prefork *prefork) {
    const struct prefork_knobs *knobs = prefork->knobs;
    int64_t count = knobs->records, hole_count = holes_among(knobs, count), hole = 0;

    prefork->records = en_list_new(prefork->heap, (size_t)count);
    if (prefork->records != NULL)
        prefork->holes = en_list_new(prefork->heap, (size_t)hole_count);
    if (prefork->holes == NULL)
        return -1;
    for (int64_t i = 0; i < count; i++) {
        struct en_object *record = make_record(prefork, number_at(prefork, i));
        if (record == NULL)
            return -1;
        en_list_put_steal(prefork->records, (size_t)i, record);
        if (hole < holes_among(knobs, i + 1)) {
            if ((record = make_record(prefork, number_at(prefork, i))) == NULL)
                return -1;
            en_list_put_steal(prefork->holes, (size_t)hole++, record);
        }
        en_safe_point(prefork->heap);
    }
    en_decref(prefork->heap, prefork->holes);
    prefork->holes = NULL;
    return 0;
}

/* ---- What a child does -------------------------------------------------------------------------- */

static void
leave_orphaned(pid_t parent) {
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
}

/* Its number, and that of its tag. */
static int
read_record(struct prefork *prefork, struct en_object *record, int64_t ret_numbers[2]) {
    struct en_heap *heap = prefork->heap;
    struct en_object *number = en_attr_get(heap, record, prefork->names[NUMBER]);
    struct en_object *name = en_attr_get(heap, record, prefork->names[NAME]);
    struct en_object *tags = en_attr_get(heap, record, prefork->names[TAGS]);
    int error = number == NULL || name == NULL || tags == NULL ? -1 : 0;

    if (error == 0) {
        struct en_object *tag = en_incref(en_list_get(tags, 0));
        if (en_int_value(heap, number, &ret_numbers[0]) != 0 ||
            en_int_value(heap, tag, &ret_numbers[1]) != 0 || en_str_length(name) != NAME_LENGTH)
            ret_numbers[0] = -1;
        en_decref(heap, tag);
    }
    en_xdecref(heap, number);
    en_xdecref(heap, name);
    en_xdecref(heap, tags);
    return error;
}

static int
read_records(struct prefork *prefork, struct told *told, int64_t child, pid_t parent) {
    int64_t count = prefork->knobs->records, numbers[2] = {-1, -1};
    int64_t some = (int64_t)(prefork->knobs->touch_share * (double)count);
    int64_t first = number_at(prefork, -1 - child) % count;
    int error = 0;

    for (int64_t i = 0; error == 0 && i < some; i++) {
        int64_t index = (first + i) % count;
        struct en_object *record = en_incref(en_list_get(prefork->records, (size_t)index));
        error = read_record(prefork, record, numbers);
        en_decref(prefork->heap, record);
        told->wrong += numbers[0] != number_at(prefork, index) || numbers[1] != numbers[0] + 1;
        told->digest =
            told->digest * UINT64_C(0x9e3779b97f4a7c15) + wl_rng_mix((uint64_t)numbers[0]);
        if (i % LOOK_EVERY == 0)
            leave_orphaned(parent);
    }
    return error;
}

static struct en_object *
make_request(struct prefork *prefork, int64_t number) {
    struct en_object *request = en_list_new(prefork->heap, ROWS);

    for (int64_t i = 0; request != NULL && i < ROWS; i++) {
        struct en_object *row = make_record(prefork, number + i);
        if (row == NULL) {
            en_decref(prefork->heap, request);
            return NULL;
        }
        en_list_put_steal(request, (size_t)i, row);
    }
    return request;
}

static int
answer_requests(struct prefork *prefork, struct told *told, int64_t child, pid_t parent) {
    struct en_object *kept[KEPT] = {NULL};
    int error = 0;

    for (int64_t i = 0; error == 0 && i < prefork->knobs->requests; i++) {
        int64_t first = number_at(prefork, -1 - child - i), numbers[2] = {-1, -1};
        struct en_object **place = &kept[i % KEPT];
        en_xdecref(prefork->heap, *place);
        *place = make_request(prefork, first);
        error = *place == NULL ? -1 : 0;
        if (error == 0)
            error = read_record(prefork, en_list_get(*place, ROWS - 1), numbers);
        told->wrong += error == 0 && numbers[0] != first + ROWS - 1;
        told->digest += wl_rng_mix((uint64_t)numbers[0]);
        leave_orphaned(parent);
    }
    for (size_t i = 0; i < KEPT; i++)
        en_xdecref(prefork->heap, kept[i]);
    return error;
}

/* Everything in a child's life. */
static void
work(struct prefork *prefork, struct told *told, int64_t child, pid_t parent) {
    int error;

    en_gc_disable(prefork->heap);
    told->digest = (uint64_t)child;
    (void)read_pages(); /* the stack's pages, too, are the parent's at first */
    told->pages[0] = read_pages();
    error = read_records(prefork, told, child, parent);
    told->pages[1] = read_pages();
    if (error == 0)
        error = answer_requests(prefork, told, child, parent);
    told->pages[2] = read_pages();
    if (error == 0 && prefork->knobs->child_gc)
        en_gc_collect(prefork->heap, RT_GENERATIONS - 1);
    told->pages[3] = read_pages();
    told->error = error == 0 ? 0 : en_error(prefork->heap);
}

static _Noreturn void
be_child(struct prefork *prefork, int64_t child, pid_t parent, int out) {
    struct told told = {0};
    ssize_t written;

    for (int fd = 0; fd < DESCRIPTORS; fd++)
        if (fd != out && fd != STDERR_FILENO)
            (void)close(fd);
    leave_orphaned(parent);
    work(prefork, &told, child, parent);
    do
        written = write(out, &told, sizeof told);
    while (written < 0 && errno == EINTR);
    while (written == (ssize_t)sizeof told) {
        leave_orphaned(parent);
        (void)poll(NULL, 0, LOOK_EVERY_MS);
    }
    _exit(EXIT_FAILURE);
}

/* ---- The parent --------------------------------------------------------------------------------- */

static void
explain(struct prefork *prefork, const char *what, int64_t number) {
    struct rt_text *why = prefork->run->why;

    if (why == NULL)
        return;
    rt_text_string(why, "child ");
    rt_text_integer(why, prefork->done);
    rt_text_string(why, what);
    if (number >= 0)
        rt_text_integer(why, number);
}

/* Until there is all of it, or the pipe's other end is closed. */
static bool
hear(int in, struct told *told) {
    size_t length = 0;

    while (length < sizeof *told) {
        ssize_t got = read(in, (char *)told + length, sizeof *told - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        length += (size_t)got;
    }
    return true;
}

/* 0, or why a child that did not tell came to its end. */
static int
await(struct prefork *prefork, pid_t child, bool is_told) {
    int status = 0;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) {
            explain(prefork, " could not be waited for: error ", errno);
            return -ECHILD;
        }
    if (is_told)
        return 0;
    if (WIFSIGNALED(status))
        explain(prefork, " was killed by signal ", WTERMSIG(status));
    else
        explain(prefork, " ended before its time with status ", WEXITSTATUS(status));
    return -ECHILD;
}

static double
bytes_between(int64_t before, int64_t after) {
    return before < 0 || after < 0 ? NAN : after < before ? 0 : (double)(after - before);
}

static int
take(struct prefork *prefork, const struct told *told) {
    const struct pages *pages = told->pages;

    if (told->error != 0) {
        explain(prefork, ": a request failed", -1);
        return -(int)told->error;
    }
    for (size_t i = 0; i < SHARED; i++)
        prefork->sums[i] += bytes_between(pages[i].dirty_bytes, pages[i + 1].dirty_bytes);
    prefork->sums[SHARED] += bytes_between(0, pages[0].resident_bytes);
    prefork->wrong += told->wrong;
    prefork->digest = prefork->digest * UINT64_C(0x9e3779b97f4a7c15) + wl_rng_mix(told->digest);
    prefork->done++;
    return 0;
}

static int
run_child(struct prefork *prefork) {
    struct told told = {0};
    int ends[2], error;
    pid_t self = getpid();

    if (pipe(ends) != 0) {
        explain(prefork, " got no pipe: error ", errno);
        return -EMFILE;
    }
    pid_t child = fork();
    if (child == 0)
        be_child(prefork, prefork->done, self, ends[1]);
    (void)close(ends[1]);
    if (child < 0)
        explain(prefork, " could not be forked: error ", errno);
    bool is_told = child > 0 && hear(ends[0], &told);
    (void)close(ends[0]);
    if (child < 0)
        return -EAGAIN;
    if (is_told)
        (void)kill(child, SIGKILL);
    error = await(prefork, child, is_told);
    return error == 0 ? take(prefork, &told) : error;
}

/* ---- What it is going to need ------------------------------------------------------------------- */

static uint64_t
prefork_peak_live_bytes(const void *fields) {
    const struct prefork_knobs *knobs = fields;
    int64_t count = knobs->records + holes_among(knobs, knobs->records);
    int64_t each =
        WL_SIZES_INSTANCE + 2 * WL_SIZES_INT + STRING_BYTES + NAME_LENGTH + WL_SIZES_LIST + 2 * 8;

    return (uint64_t)(CLASS_BYTES + 2 * WL_SIZES_LIST + count * (8 + each) +
                      wl_sizes_values(count, NAMES));
}

static uint64_t
prefork_operations(const void *fields) {
    return (uint64_t)((const struct prefork_knobs *)fields)->children;
}

/* ---- The run ------------------------------------------------------------------------------------ */

/* 0, or a negative errno with the reason said. */
static int
run_all(struct prefork *prefork) {
    int error = load(prefork);

    if (error != 0) {
        if (prefork->run->why != NULL)
            rt_text_string(prefork->run->why, "a request failed before the first child was forked");
        return -en_error(prefork->heap);
    }
    en_manual_point(prefork->heap);
    if (prefork->knobs->freeze == FREEZE_BEFORE_FORK)
        en_gc_freeze(prefork->heap);
    for (int64_t i = 0; error == 0 && i < prefork->knobs->children; i++) {
        wl_begin(prefork->run);
        error = run_child(prefork);
        wl_end(prefork->run);
        en_idle_window(prefork->heap);
    }
    return error;
}

static void
release_all(struct prefork *prefork) {
    en_xdecref(prefork->heap, prefork->records);
    en_xdecref(prefork->heap, prefork->holes);
    prefork->records = prefork->holes = NULL;
    if (prefork->knobs->freeze == FREEZE_BEFORE_FORK)
        en_gc_unfreeze(prefork->heap);
    en_free_lists_clear(prefork->heap);
}

static int
prefork_run(struct wl_run *run) {
    struct prefork *prefork = run->state;
    int error = run_all(prefork);

    wl_done(run);
    release_all(prefork);
    for (size_t i = 0; i < METRICS; i++)
        run->metrics[i] = prefork->sums[i] / (double)prefork->knobs->children;
    run->digest = wl_rng_mix(prefork->digest);
    if (error != 0 || prefork->wrong == 0)
        return error;
    if (run->why != NULL) {
        rt_text_integer(run->why, prefork->wrong);
        rt_text_string(run->why, " records did not hold what was written into them");
    }
    return -EBADMSG;
}

/* ---- Before and after --------------------------------------------------------------------------- */

static int
make_class(struct prefork *prefork) {
    const struct en_class_spec spec = {.name = "Record"};

    for (size_t i = 0; i < NAMES; i++)
        if ((prefork->names[i] = en_name(prefork->heap, names[i])) == NULL)
            return -1;
    prefork->record_class = en_class_new(prefork->heap, &spec);
    return prefork->record_class == NULL ? -1 : 0;
}

static void
drop_class(struct prefork *prefork) {
    en_xdecref(prefork->heap, prefork->record_class);
    prefork->record_class = NULL;
    for (size_t i = 0; i < NAMES; i++) {
        en_xdecref(prefork->heap, prefork->names[i]);
        prefork->names[i] = NULL;
    }
}

static int
prefork_prepare(struct wl_run *run) {
    struct prefork *prefork = calloc(1, sizeof *prefork);

    run->state = prefork;
    if (prefork == NULL)
        return -ENOMEM;
    prefork->knobs = run->knobs;
    prefork->run = run;
    prefork->heap = run->heap;
    prefork->salt = prefork->digest = wl_rng_derive(run->seed, 1);
    int error = make_class(prefork);
    if (error != 0)
        drop_class(prefork);
    return wl_prepared(run, error, "a request failed while the class was made");
}

static void
prefork_finish(struct wl_run *run) {
    if (run->state != NULL)
        drop_class(run->state);
    free(run->state);
    run->state = NULL;
}

static const struct wl_metric metrics[METRICS] = {
    [DIRTY_COUNTS] = {"prefork.private_dirty_counts_bytes", "bytes", "lower",
                      "copied for a child because it took and dropped references while reading",
                      false},
    [DIRTY_DATA] = {"prefork.private_dirty_data_bytes", "bytes", "lower",
                    "copied or new for a child's own requests", false},
    [DIRTY_COLLECTOR] = {"prefork.private_dirty_collector_bytes", "bytes", "lower",
                         "copied or new for a child's collection, beyond the others", false},
    [SHARED] = {"prefork.shared_bytes", "bytes", "none",
                "resident in a child when it was forked, nearly all of it shared", false},
};

extern const struct wl_workload wl_prefork;
const struct wl_workload wl_prefork = {
    .name = "prefork",
    .summary = "a loaded parent forks children that read, answer and collect: which pages each has "
               "to copy, and what for",
    .caveat = "children live one after the other, so a child shares with its parent alone; their "
              "collections and allocations are in no count but the pages'",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct prefork_knobs),
    .variant = "prefork.freeze",
    .metrics = metrics,
    .metric_count = METRICS,
    .peak_live_bytes = prefork_peak_live_bytes,
    .operations = prefork_operations,
    .prepare = prefork_prepare,
    .run = prefork_run,
    .finish = prefork_finish,
};
