/* SPDX-License-Identifier: MIT
 *
 * watch.c: see watch.h.
 */
#include "workloads/watch.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum {
    SUSPECTS_MOST = 3,
    LINE_BYTES = 240,
};

void
wl_watch_init(struct wl_watch *watch, struct wl_run *run) {
    memset(watch, 0, sizeof *watch);
    watch->run = run;
    wl_growth_init(&watch->growth);
}

/* ---- Counting ----------------------------------------------------------------------------------- */

static int
look(struct wl_watch *watch, en_visit_fn visit, void *context) {
    struct en_heap *heap = watch->run->heap;
    bool was_enabled = en_gc_is_enabled(heap);

    en_gc_disable(heap);
    int error = en_gc_visit(heap, -1, visit, context);
    if (was_enabled)
        en_gc_enable(heap);
    return error;
}

static void
count_object(struct en_object *object, void *context) {
    struct wl_watch *watch = context;

    wl_growth_add(&watch->growth, en_type_name(watch->run->heap, object), 1);
}

int
wl_watch_round(struct wl_watch *watch) {
    int error = look(watch, count_object, watch);

    wl_growth_end_round(&watch->growth);
    return error;
}

int64_t
wl_watch_count(const struct wl_watch *watch, const char *type) {
    return wl_growth_last(&watch->growth, type);
}

/* ---- Measuring ---------------------------------------------------------------------------------- */

/* A type that grows. */
struct suspect {
    const char *type;
    double objects;         /* a round */
    int64_t bytes;          /* a round */
    struct en_object *last; /* of the type, the youngest */
};

struct measure {
    struct en_heap *heap;
    const char *type; /* of those that are measured */
    int64_t count, bytes;
    struct en_object *last; /* of them */
};

/* What nothing else refers to is measured with it, but for what is tracked: that has a type of its own. */
static void
measure_referent(struct en_object *referent, void *context) {
    struct measure *measure = context;
    struct en_heap *heap = measure->heap;

    if (en_is_tracked(referent) || en_refcount(referent) != 1)
        return;
    measure->bytes += en_sizeof(heap, referent);
    (void)en_gc_visit_referents(heap, referent, measure_referent, measure);
}

static void
measure_object(struct en_object *object, void *context) {
    struct measure *measure = context;
    struct en_heap *heap = measure->heap;

    if (strcmp(en_type_name(heap, object), measure->type) != 0)
        return;
    measure->count++;
    measure->bytes += en_sizeof(heap, object);
    measure->last = object;
    (void)en_gc_visit_referents(heap, object, measure_referent, measure);
}

static int
measure_suspect(struct wl_watch *watch, const struct wl_growth_finding *finding,
                struct suspect *ret_suspect) {
    struct measure measure = {.heap = watch->run->heap, .type = finding->name};
    int error = look(watch, measure_object, &measure);

    if (error != 0 || measure.count == 0)
        return -1;
    *ret_suspect = (struct suspect){
        finding->name, finding->a_round,
        llround((double)measure.bytes / (double)measure.count * finding->a_round), measure.last};
    return 0;
}

/* ---- In words ----------------------------------------------------------------------------------- */

/* 1234567 as 1,234,567 */
static void
write_number(struct rt_text *text, int64_t value) {
    if (value >= 1000) {
        write_number(text, value / 1000);
        rt_text_string(text, ",");
        for (int64_t digits = 100; digits > 1 && value % 1000 < digits; digits /= 10)
            rt_text_string(text, "0");
    }
    rt_text_integer(text, value % 1000);
}

static void
note_growth(struct wl_watch *watch, const struct suspect *suspect) {
    char line[LINE_BYTES];
    struct rt_text text;

    rt_text_init(&text, line, sizeof line);
    rt_text_string(&text, suspect->type);
    rt_text_string(&text, " grows by ");
    write_number(&text, llround(suspect->objects));
    rt_text_string(&text, llround(suspect->objects) == 1 ? " object and " : " objects and ");
    write_number(&text, suspect->bytes);
    rt_text_string(&text, " bytes a round");
    wl_note(watch->run, line);
}

static void
note_silence(struct wl_watch *watch) {
    char line[LINE_BYTES];
    struct rt_text text;

    rt_text_init(&text, line, sizeof line);
    if (watch->growth.rounds < WL_GROWTH_ROUNDS_LEAST) {
        rt_text_string(&text, "too few rounds to tell what grows: it takes ");
        rt_text_integer(&text, WL_GROWTH_ROUNDS_LEAST);
    } else {
        rt_text_string(&text, "nothing grew over the last ");
        rt_text_integer(&text, wl_growth_watched(&watch->growth));
        rt_text_string(&text, " rounds");
    }
    wl_note(watch->run, line);
}

/* How many objects are on the path; 0: there is none, or -1. */
static int
note_path(struct wl_watch *watch, struct en_object *object) {
    char line[LINE_BYTES];
    struct rt_text text;

    rt_text_init(&text, line, sizeof line);
    int objects = wl_path_write(&watch->path, watch->run->heap, object, &text);
    if (objects < 0)
        return objects == -ENOMEM ? -1 : 0;
    wl_note(watch->run, line);
    return objects;
}

/* The one that takes the most bytes first. -1: ENOMEM. */
static int
rank(struct wl_watch *watch, const struct wl_growth_finding *findings, size_t count,
     struct suspect *ret_suspects) {
    for (size_t i = 0; i < count; i++) {
        struct suspect suspect;
        size_t place = i;
        if (measure_suspect(watch, &findings[i], &suspect) != 0)
            return -1;
        for (; place > 0 && ret_suspects[place - 1].bytes < suspect.bytes; place--)
            ret_suspects[place] = ret_suspects[place - 1];
        ret_suspects[place] = suspect;
    }
    return 0;
}

int
wl_watch_judge(struct wl_watch *watch, const struct wl_path_name *names, size_t name_count,
               struct wl_watch_verdict *ret_verdict) {
    struct wl_growth_finding findings[SUSPECTS_MOST];
    struct suspect suspects[SUSPECTS_MOST];
    size_t found = wl_growth_find(&watch->growth, findings, SUSPECTS_MOST);

    *ret_verdict = (struct wl_watch_verdict){0};
    if (found == 0) {
        note_silence(watch);
        return 0;
    }
    found = found < SUSPECTS_MOST ? found : SUSPECTS_MOST;
    if (rank(watch, findings, found, suspects) != 0)
        return -1;
    for (size_t i = 0; i < found; i++)
        note_growth(watch, &suspects[i]);
    watch->path.names = names;
    watch->path.name_count = name_count;
    int objects = note_path(watch, suspects[0].last);
    *ret_verdict = (struct wl_watch_verdict){suspects[0].objects, suspects[0].bytes, objects};
    return objects < 0 ? -1 : 0;
}
