/* SPDX-License-Identifier: MIT
 *
 * sharing.c: many values, few of them different: which objects does one get for them?
 *
 * In each round a list is filled with `sharing.count` values drawn from `sharing.distinct` symbols, each an int
 * or a text that is made when it is needed, as a parser or a join makes it. An operation makes `sharing.batch`
 * of them. Then all are read, and dropped with the list. In the first round it is found out how many
 * objects they are.
 *
 * Invariants:
 *   - Which symbol stands at place i follows from the seed alone, and is drawn before the run. What is read later says its symbol by its
 *     value: an int by subtraction, a text by being equal to another object of that text. The digest folds in
 *     the symbols, so that every kind gives the same.
 *   - What the texts are joined and compared with is there before the first operation, and has no part in
 *     what is counted. Of interned texts the engine keeps nothing once nobody refers to them; its table has had
 *     its full size before the run.
 *   - An object counts as made when it is handed out and nobody else refers to it. It counts as held when no
 *     value of the same symbol before it in the list is the same object as the first; what is interned or
 *     shared is so for all, and what is not is so for none.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum kind {
    KIND_SMALL_INTS,
    KIND_LARGE_INTS,
    KIND_NAMES,
    KIND_JOINED,
    KIND_JOINED_INTERNED
};

enum own_metric {
    METRIC_MADE,
    METRIC_HELD,
    METRIC_SAVED,
    METRIC_HELD_BYTES,
    METRIC_SAVED_BYTES,
    METRIC_COUNT
};

enum {
    SMALL_LEAST = -5,
    SMALL_COUNT = 262, /* up to 256 */
    LARGE_LEAST = 1 << 20,
    TAIL_LETTERS = 5, /* by which texts differ: 26 to the power of it */
    LETTERS_LEAST = 8,
    LETTERS_MOST = 4096,
    DISTINCT_MOST = 1 << 20,
    STR_BYTES = 49, /* an empty one */
};

struct sharing_knobs {
    int64_t count, distinct, kind, length, batch, rounds;
};

/* What is known of one. */
struct symbol {
    struct en_object *tail; /* a text is joined from the head that all have in common, and this */
    struct en_object *expected; /* equal to it */
    const void *first;          /* the object that stood for it first */
    int64_t bytes;              /* that one's size */
};

struct sharing {
    const struct sharing_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    uint32_t *order; /* the symbols of the values */
    uint64_t digest;
    struct en_object *list, *head;
    struct symbol *symbols;
    char *text;            /* the one that is being made */
    int64_t round, length; /* of the list, up to now */
    int64_t made, held, held_bytes, saved_bytes, wrong;
};

static const char *const kinds[] = {"small_ints", "large_ints",      "names",
                                    "joined",     "joined_interned", NULL};

static const struct rt_knob rows[] = {
    {.name = "sharing.count",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct sharing_knobs, count),
     .low = 1,
     .high = 100000000,
     .initial = 10000,
     .unit = "values",
     .help = "values that are kept in a list; what is not shared costs an object for each"},
    {.name = "sharing.distinct",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct sharing_knobs, distinct),
     .low = 1,
     .high = DISTINCT_MOST,
     .initial = 200,
     .unit = "symbols",
     .help = "different values among them; small_ints has 262, and shared strings cost one each"},
    {.name = "sharing.kind",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct sharing_knobs, kind),
     .low = 0,
     .high = KIND_JOINED_INTERNED,
     .initial = KIND_JOINED,
     .choices = kinds,
     .unit = "",
     .help = "ints from -5 on, ints from 1048576 on, names as in a program's text, texts joined "
             "when needed, the same and interned"},
    {.name = "sharing.length",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct sharing_knobs, length),
     .low = LETTERS_LEAST,
     .high = LETTERS_MOST,
     .initial = 20,
     .unit = "letters",
     .help = "letters of a text; longer ones save more when shared, and cost more to intern"},
    {.name = "sharing.batch",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct sharing_knobs, batch),
     .low = 1,
     .high = 1000000,
     .initial = 100,
     .unit = "values",
     .help = "values that one operation makes; a single one takes less time than timing it"},
    {.name = "sharing.rounds",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct sharing_knobs, rounds),
     .low = 1,
     .high = 1000000,
     .initial = 20,
     .unit = "rounds",
     .help =
         "times that all are made and dropped; the first also pays for memory never used before"},
};

static const struct wl_metric own_metrics[METRIC_COUNT] = {
    [METRIC_MADE] = {"sharing.objects_made", "objects", "lower",
                     "objects made for the values, those included that were not kept", true},
    [METRIC_HELD] = {"sharing.objects_held", "objects", "lower",
                     "different objects that the values are", true},
    [METRIC_SAVED] = {"sharing.objects_saved", "objects", "higher",
                      "values that are an object which another value is already", true},
    [METRIC_HELD_BYTES] = {"sharing.bytes_held", "bytes", "lower",
                           "sizes of the different objects, as sys.getsizeof says them", true},
    [METRIC_SAVED_BYTES] = {"sharing.bytes_saved", "bytes", "higher",
                            "what the others would take if each value had its own", true},
};

static int
sharing_check(const void *knobs, struct rt_text *why) {
    const struct sharing_knobs *sharing = knobs;

    if (sharing->kind != KIND_SMALL_INTS || sharing->distinct <= SMALL_COUNT)
        return 0;
    if (why != NULL) {
        rt_text_string(why, "there are only 262 small ints, and sharing.distinct=");
        rt_text_integer(why, sharing->distinct);
    }
    return -EINVAL;
}

static bool
has_texts(const struct sharing_knobs *knobs) {
    return knobs->kind != KIND_SMALL_INTS && knobs->kind != KIND_LARGE_INTS;
}

static bool
is_interned(const struct sharing_knobs *knobs) {
    return knobs->kind == KIND_NAMES || knobs->kind == KIND_JOINED_INTERNED;
}

/* ---- Texts -------------------------------------------------------------------------------------- */

static const char *
write_text(struct sharing *sharing, int64_t symbol) {
    char *tail = sharing->text + sharing->knobs->length - TAIL_LETTERS;

    for (int i = TAIL_LETTERS - 1; i >= 0; i--, symbol /= 26)
        tail[i] = (char)('a' + symbol % 26);
    return tail;
}

/* So that the table of interned texts has its size. */
static int
intern_all_once(struct sharing *sharing) {
    int64_t count = 0;
    struct en_object **names = calloc((size_t)sharing->knobs->distinct, sizeof *names);

    if (names == NULL)
        return -ENOMEM;
    for (; count < sharing->knobs->distinct; count++) {
        (void)write_text(sharing, count);
        names[count] = en_name(sharing->heap, sharing->text);
        if (names[count] == NULL)
            break;
    }
    bool failed = count < sharing->knobs->distinct;
    while (count > 0)
        en_decref(sharing->heap, names[--count]);
    free(names);
    return failed ? -en_error(sharing->heap) : 0;
}

/* What there is of them in case of a failure goes with drop_texts. */
static int
make_texts(struct sharing *sharing) {
    size_t length = (size_t)sharing->knobs->length;

    sharing->head = en_str(sharing->heap, sharing->text, length - TAIL_LETTERS);
    for (int64_t i = 0; sharing->head != NULL && i < sharing->knobs->distinct; i++) {
        struct symbol *symbol = &sharing->symbols[i];
        symbol->tail = en_str(sharing->heap, write_text(sharing, i), TAIL_LETTERS);
        if (symbol->tail != NULL)
            symbol->expected = en_str(sharing->heap, sharing->text, length);
        if (symbol->expected == NULL)
            return -1;
    }
    return sharing->head == NULL ? -1 : 0;
}

static void
drop_texts(struct sharing *sharing) {
    en_xdecref(sharing->heap, sharing->head);
    for (int64_t i = 0; i < sharing->knobs->distinct; i++) {
        en_xdecref(sharing->heap, sharing->symbols[i].tail);
        en_xdecref(sharing->heap, sharing->symbols[i].expected);
    }
}

/* ---- Values ------------------------------------------------------------------------------------- */

static struct en_object *
make_object(struct sharing *sharing, uint32_t symbol) {
    switch ((enum kind)sharing->knobs->kind) {
    case KIND_SMALL_INTS:
        return en_int(sharing->heap, SMALL_LEAST + (int64_t)symbol);
    case KIND_LARGE_INTS:
        return en_int(sharing->heap, LARGE_LEAST + (int64_t)symbol);
    case KIND_NAMES:
        (void)write_text(sharing, symbol);
        return en_name(sharing->heap, sharing->text);
    case KIND_JOINED:
    case KIND_JOINED_INTERNED:
        break;
    }
    return en_str_concat(sharing->heap, sharing->head, sharing->symbols[symbol].tail);
}

static int
add_value(struct sharing *sharing) {
    struct en_object *object = make_object(sharing, sharing->order[sharing->length]);

    if (object == NULL)
        return -1;
    sharing->made += sharing->round == 0 && en_refcount(object) == 1;
    if (sharing->knobs->kind == KIND_JOINED_INTERNED)
        en_str_intern(sharing->heap, &object);
    en_list_put_steal(sharing->list, (size_t)sharing->length, object);
    return 0;
}

/* Whether the object has the value that it should have. */
static bool
is_symbol(struct sharing *sharing, struct en_object *object, uint32_t symbol) {
    int64_t least = sharing->knobs->kind == KIND_SMALL_INTS ? SMALL_LEAST : LARGE_LEAST, value;

    if (has_texts(sharing->knobs))
        return en_equal(sharing->heap, object, sharing->symbols[symbol].expected) == 1;
    return en_int_value(sharing->heap, object, &value) == 0 && value == least + (int64_t)symbol;
}

static void
count_object(struct sharing *sharing, struct en_object *object, struct symbol *symbol) {
    if (symbol->first == NULL) {
        symbol->first = object;
        symbol->bytes = en_sizeof(sharing->heap, object);
    } else if (symbol->first == object) {
        sharing->saved_bytes += symbol->bytes;
        return;
    }
    sharing->held++;
    sharing->held_bytes += symbol->bytes;
}

static void
count_objects(struct sharing *sharing) {
    for (int64_t i = 0; i < sharing->length; i++)
        count_object(sharing, en_list_get(sharing->list, (size_t)i),
                     &sharing->symbols[sharing->order[i]]);
}

static void
read_values(struct sharing *sharing) {
    for (int64_t i = 0; i < sharing->length; i++) {
        uint32_t symbol = sharing->order[i];
        struct en_object *object = en_list_get(sharing->list, (size_t)i);
        sharing->wrong += !is_symbol(sharing, object, symbol);
        sharing->digest = (sharing->digest + symbol) * UINT64_C(0x9e3779b97f4a7c15);
    }
}

/* ---- What it is going to need ------------------------------------------------------------------- */

static uint64_t
sharing_peak_live_bytes(const void *knobs) {
    const struct sharing_knobs *sharing = knobs;
    int64_t list = WL_SIZES_LIST + 8 * sharing->count, text = STR_BYTES + sharing->length;
    int64_t held = sharing->count < sharing->distinct ? sharing->count : sharing->distinct;

    if (sharing->kind == KIND_SMALL_INTS)
        return (uint64_t)list;
    if (sharing->kind == KIND_LARGE_INTS)
        return (uint64_t)(list + WL_SIZES_INT * sharing->count);
    if (!is_interned(sharing))
        held = sharing->count;
    return (uint64_t)(list + text * held + (text + STR_BYTES + TAIL_LETTERS) * sharing->distinct);
}

static uint64_t
sharing_round_operations(const void *knobs) {
    const struct sharing_knobs *sharing = knobs;
    return (uint64_t)((sharing->count + sharing->batch - 1) / sharing->batch);
}

static uint64_t
sharing_operations(const void *knobs) {
    const struct sharing_knobs *sharing = knobs;
    return sharing_round_operations(knobs) * (uint64_t)sharing->rounds;
}

/* ---- The run ------------------------------------------------------------------------------------ */

static int
add_all(struct sharing *sharing) {
    const struct sharing_knobs *knobs = sharing->knobs;
    int error = 0;

    while (error == 0 && sharing->length < knobs->count) {
        int64_t end = sharing->length + knobs->batch;
        end = end < knobs->count ? end : knobs->count;
        wl_begin(sharing->run);
        for (; error == 0 && sharing->length < end; sharing->length += error == 0)
            error = add_value(sharing);
        wl_end(sharing->run);
        en_safe_point(sharing->heap);
    }
    return error;
}

static int
run_round(struct sharing *sharing) {
    sharing->length = 0;
    sharing->list = en_list_new(sharing->heap, (size_t)sharing->knobs->count);
    if (sharing->list == NULL)
        return -1;
    int64_t before = en_live_bytes(sharing->heap);
    int error = add_all(sharing);
    if (error == 0 && sharing->round == 0) {
        sharing->run->items_live_bytes = wl_live_since(sharing->heap, before);
        count_objects(sharing);
    }
    if (error == 0)
        read_values(sharing);
    en_decref(sharing->heap, sharing->list);
    return error;
}

static int
run_rounds(struct sharing *sharing) {
    int error = has_texts(sharing->knobs) ? make_texts(sharing) : 0;

    while (error == 0 && sharing->wrong == 0 && sharing->round < sharing->knobs->rounds) {
        error = run_round(sharing);
        sharing->round += error == 0;
    }
    return error;
}

static void
tell(struct sharing *sharing) {
    struct wl_run *run = sharing->run;

    run->items = (uint64_t)sharing->knobs->count;
    run->digest = wl_rng_mix(sharing->digest);
    run->metrics[METRIC_MADE] = (double)sharing->made;
    run->metrics[METRIC_HELD] = (double)sharing->held;
    run->metrics[METRIC_SAVED] = (double)(sharing->knobs->count - sharing->held);
    run->metrics[METRIC_HELD_BYTES] = (double)sharing->held_bytes;
    run->metrics[METRIC_SAVED_BYTES] = (double)sharing->saved_bytes;
}

static int
sharing_run(struct wl_run *run) {
    struct sharing *sharing = run->state;
    int error = run_rounds(sharing);

    if (error != 0)
        error = -en_error(run->heap);
    drop_texts(sharing);
    en_free_lists_clear(run->heap);
    tell(sharing);
    if (run->why != NULL && error != 0) {
        rt_text_string(run->why, "a request failed in round ");
        rt_text_integer(run->why, sharing->round + 1);
        rt_text_string(run->why, " after ");
        rt_text_integer(run->why, sharing->length);
        rt_text_string(run->why, " values");
    } else if (run->why != NULL && sharing->wrong > 0) {
        rt_text_integer(run->why, sharing->wrong);
        rt_text_string(run->why, " values were not what had been put there");
    }
    return error == 0 && sharing->wrong > 0 ? -EBADMSG : error;
}

static void
draw_order(struct sharing *sharing) {
    struct wl_rng rng;

    wl_rng_init(&rng, sharing->run->seed);
    for (int64_t i = 0; i < sharing->knobs->count; i++)
        sharing->order[i] = wl_rng_below(&rng, (uint32_t)sharing->knobs->distinct);
}

static int
sharing_prepare(struct wl_run *run) {
    const struct sharing_knobs *knobs = run->knobs;
    struct sharing *sharing = calloc(1, sizeof *sharing);

    run->state = sharing;
    if (sharing == NULL)
        return -ENOMEM;
    sharing->knobs = knobs;
    sharing->run = run;
    sharing->heap = run->heap;
    sharing->digest = wl_rng_derive(run->seed, 1);
    sharing->symbols = malloc((size_t)knobs->distinct * sizeof *sharing->symbols);
    sharing->text = malloc((size_t)knobs->length + 1);
    sharing->order = malloc((size_t)knobs->count * sizeof *sharing->order);
    if (sharing->symbols == NULL || sharing->text == NULL || sharing->order == NULL)
        return -ENOMEM;
    draw_order(sharing);
    memset(sharing->symbols, 0, (size_t)knobs->distinct * sizeof *sharing->symbols);
    memset(sharing->text, 'v', (size_t)knobs->length);
    sharing->text[knobs->length] = '\0';
    if (!is_interned(knobs))
        return 0;
    int error = intern_all_once(sharing);
    if (error != 0 && run->why != NULL)
        rt_text_string(run->why, "a request failed while texts were interned");
    return error;
}

static void
sharing_finish(struct wl_run *run) {
    struct sharing *sharing = run->state;

    if (sharing != NULL) {
        free(sharing->order);
        free(sharing->symbols);
        free(sharing->text);
    }
    free(sharing);
    run->state = NULL;
}

extern const struct wl_workload wl_sharing;
const struct wl_workload wl_sharing = {
    .name = "sharing",
    .summary = "many values of which few differ: as shared objects, or as one object each",
    .caveat = "all values are equally likely, and live until the end; what is compared and looked "
              "up with them later, where shared objects save time too, is not shown",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct sharing_knobs),
    .variant = "sharing.kind",
    .metrics = own_metrics,
    .metric_count = METRIC_COUNT,
    .check = sharing_check,
    .peak_live_bytes = sharing_peak_live_bytes,
    .operations = sharing_operations,
    .round_operations = sharing_round_operations,
    .prepare = sharing_prepare,
    .run = sharing_run,
    .finish = sharing_finish,
};
