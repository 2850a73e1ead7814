/* SPDX-License-Identifier: MIT
 *
 * ops_look.c: the words that print. A line says what was asked, of what, and the answer: "len a3: 5".
 *
 * What engines cannot agree on is not printed: of objects that an interpreter shares the number of references is
 * "shared", and a hash has to come from the value.
 */
#include "workloads/ops_machine.h"

#include <string.h>

#define WORD(name)                                                                                 \
    void wl_ops_word_##name(struct wl_ops_machine *machine, const struct wl_ops_operand *operands, \
                            uint32_t count)

#define BIT(kind) (1u << RT_KIND_##kind)

enum {
    LINE_BYTES = 1024
};

struct line {
    char data[LINE_BYTES];
    struct rt_text text;
};

/* "len a3: " */
static struct rt_text *
begin(struct wl_ops_machine *machine, struct line *line, const struct wl_ops_operand *operand) {
    const char *verb = wl_ops_verb_rows[machine->step->verb].name;

    rt_text_init(&line->text, line->data, sizeof line->data);
    rt_text_string(&line->text, verb + strlen("print "));
    if (operand != NULL && operand->type != WL_OPS_NOTHING) {
        rt_text_string(&line->text, " ");
        wl_ops_label(machine, operand, &line->text);
    }
    rt_text_string(&line->text, ": ");
    return &line->text;
}

static void
print_integer(struct wl_ops_machine *machine, const struct wl_ops_operand *operand, int64_t value) {
    struct line line;
    struct rt_text *text = begin(machine, &line, operand);

    rt_text_integer(text, value);
    wl_ops_print_line(machine, text);
}

static void
print_word(struct wl_ops_machine *machine, const struct wl_ops_operand *operand, const char *word) {
    struct line line;
    struct rt_text *text = begin(machine, &line, operand);

    rt_text_string(text, word);
    wl_ops_print_line(machine, text);
}

static void
print_bool(struct wl_ops_machine *machine, const struct wl_ops_operand *operand, bool is_true) {
    print_word(machine, operand, is_true ? "yes" : "no");
}

/* ---- Of one object ------------------------------------------------------------------------------ */

WORD(print_text) {
    char letters[WL_OPS_TEXT_BYTES];
    struct rt_text text = {letters, sizeof letters, 0, false};

    (void)count;
    if (wl_ops_expand(machine, operands[0].index, letters, &text.length))
        wl_ops_print_line(machine, &text);
}

static void
add_value(struct wl_ops_machine *machine, struct en_object *object, struct rt_text *text) {
    enum rt_kind kind = en_kind(machine->heap, object);
    int64_t value;

    if (kind == RT_KIND_NONE) {
        rt_text_string(text, "None");
    } else if (kind == RT_KIND_BOOL) {
        rt_text_string(text, object == en_bool(machine->heap, true) ? "True" : "False");
    } else if (kind == RT_KIND_FLOAT) {
        rt_text_ratio(text, en_float_value(object));
    } else if (kind == RT_KIND_INT && en_int_value(machine->heap, object, &value) == 0) {
        rt_text_integer(text, value);
    } else {
        if (kind == RT_KIND_INT)
            (void)en_error(machine->heap);
        rt_text_string(text, en_type_name(machine->heap, object));
        value = wl_ops_length(machine, object, kind);
        if (value >= 0) {
            rt_text_string(text, " of ");
            rt_text_integer(text, value);
        }
    }
}

WORD(print_value) {
    struct en_object *object = wl_ops_value(machine, &operands[0]);
    struct line line;
    struct rt_text *text;

    (void)count;
    if (object == NULL)
        return;
    text = begin(machine, &line, operands);
    add_value(machine, object, text);
    wl_ops_print_line(machine, text);
    en_decref(machine->heap, object);
}

WORD(print_type) {
    struct en_object *object = wl_ops_value(machine, &operands[0]);

    (void)count;
    if (object == NULL)
        return;
    print_word(machine, operands, en_type_name(machine->heap, object));
    en_decref(machine->heap, object);
}

WORD(print_len) {
    const unsigned kinds = BIT(STR) | BIT(BYTES) | BIT(TUPLE) | BIT(LIST) | BIT(DICT) | BIT(SET) |
                           BIT(ARRAY) | BIT(WEAK_SET) | BIT(WEAK_DICT);
    struct en_object *object = wl_ops_value_of(machine, &operands[0], kinds);

    (void)count;
    if (object == NULL)
        return;
    print_integer(machine, operands,
                  wl_ops_length(machine, object, en_kind(machine->heap, object)));
    en_decref(machine->heap, object);
}

WORD(print_size) {
    struct en_object *object = wl_ops_value_of(machine, &operands[0], ~BIT(CLASS));

    (void)count;
    if (object == NULL)
        return;
    print_integer(machine, operands, en_sizeof(machine->heap, object));
    en_decref(machine->heap, object);
}

WORD(print_deep) {
    struct en_object *object = wl_ops_value_of(machine, &operands[0], ~BIT(CLASS));
    int64_t bytes;

    (void)count;
    if (object == NULL)
        return;
    bytes = wl_ops_deep_size(machine, object);
    if (bytes < 0)
        wl_ops_complain(machine, "print deep", "found no memory");
    else
        print_integer(machine, operands, bytes);
    en_decref(machine->heap, object);
}

WORD(print_hash) {
    struct en_object *object = wl_ops_value(machine, &operands[0]);
    int64_t hash;

    (void)count;
    if (object == NULL)
        return;
    if (wl_ops_has_plain_hash(machine, operands, object)) {
        if (en_hash(machine->heap, object, &hash) == 0)
            print_integer(machine, operands, hash);
        else
            wl_ops_complain_of_engine(machine);
    }
    en_decref(machine->heap, object);
}

/* Those that an interpreter has one of for all who ask, or may have. */
static bool
is_shared(struct wl_ops_machine *machine, struct en_object *object) {
    enum rt_kind kind = en_kind(machine->heap, object);
    int64_t value = 0;

    if (kind == RT_KIND_INT && en_int_value(machine->heap, object, &value) != 0) {
        (void)en_error(machine->heap);
        return false;
    }
    return kind == RT_KIND_NONE || kind == RT_KIND_BOOL || kind == RT_KIND_STR ||
           kind == RT_KIND_CLASS || object == en_gc_garbage(machine->heap) ||
           (kind == RT_KIND_INT && value >= -5 && value <= 256) ||
           (kind == RT_KIND_BYTES && en_bytes_length(object) < 2) ||
           (kind == RT_KIND_TUPLE && en_tuple_length(object) == 0);
}

/* Without the reference that asking takes. */
WORD(print_refcount) {
    struct en_object *object = wl_ops_value(machine, &operands[0]);

    (void)count;
    if (object == NULL)
        return;
    if (is_shared(machine, object))
        print_word(machine, operands, "shared");
    else
        print_integer(machine, operands, en_refcount(object) - 1);
    en_decref(machine->heap, object);
}

WORD(print_tracked) {
    struct en_object *object = wl_ops_value(machine, &operands[0]);

    (void)count;
    if (object == NULL)
        return;
    print_bool(machine, operands, en_is_tracked(object));
    en_decref(machine->heap, object);
}

WORD(print_finalized) {
    struct en_object *object = wl_ops_value(machine, &operands[0]);

    (void)count;
    if (object == NULL)
        return;
    print_bool(machine, operands, en_is_finalized(object));
    en_decref(machine->heap, object);
}

WORD(print_alive) {
    struct en_object *weakref = wl_ops_value_of(machine, &operands[0], BIT(WEAKREF));

    (void)count;
    if (weakref == NULL)
        return;
    print_bool(machine, operands, en_weakref_get(machine->heap, weakref) != NULL);
    en_decref(machine->heap, weakref);
}

WORD(print_weakrefs) {
    struct en_object *object = wl_ops_value(machine, &operands[0]);

    (void)count;
    if (object == NULL)
        return;
    if (wl_ops_takes_weakrefs(machine, operands, object))
        print_integer(machine, operands, (int64_t)en_weakref_count(machine->heap, object));
    en_decref(machine->heap, object);
}

WORD(print_position) {
    struct en_object *generator = wl_ops_value_of(machine, &operands[0], BIT(GENERATOR));

    (void)count;
    if (generator == NULL)
        return;
    print_integer(machine, operands, wl_ops_generator_given(generator));
    en_decref(machine->heap, generator);
}

WORD(print_bound) {
    uint32_t slot;
    bool is_bound = wl_ops_find_slot(machine, &operands[0], false, &slot);

    (void)count;
    print_bool(machine, operands, is_bound);
}

/* ---- Of two ------------------------------------------------------------------------------------- */

static void
print_pair(struct wl_ops_machine *machine, const struct wl_ops_operand *operands, bool is_true) {
    struct line line;
    struct rt_text *text = begin(machine, &line, operands);

    if (!text->cut && text->length >= 2)
        text->length -= 2;
    rt_text_string(text, " ");
    wl_ops_label(machine, &operands[1], text);
    rt_text_string(text, is_true ? ": yes" : ": no");
    wl_ops_print_line(machine, text);
}

WORD(print_equal) {
    struct en_object *one = wl_ops_value(machine, &operands[0]), *other = NULL;
    int answer;

    (void)count;
    if (one == NULL || (other = wl_ops_value(machine, &operands[1])) == NULL) {
        en_xdecref(machine->heap, one);
        return;
    }
    if (wl_ops_is_comparable(machine, &operands[0], one) &&
        wl_ops_is_comparable(machine, &operands[1], other)) {
        answer = en_equal(machine->heap, one, other);
        if (answer < 0)
            wl_ops_complain_of_engine(machine);
        else
            print_pair(machine, operands, answer == 1);
    }
    en_decref(machine->heap, other);
    en_decref(machine->heap, one);
}

WORD(print_same) {
    struct en_object *one = wl_ops_value(machine, &operands[0]), *other = NULL;

    (void)count;
    if (one != NULL && (other = wl_ops_value(machine, &operands[1])) != NULL)
        print_pair(machine, operands, one == other);
    en_xdecref(machine->heap, other);
    en_xdecref(machine->heap, one);
}

WORD(print_contains) {
    struct en_object *holder = wl_ops_value_of(machine, &operands[0], BIT(SET) | BIT(DICT)), *key;
    int answer;

    (void)count;
    if (holder == NULL)
        return;
    key = wl_ops_value(machine, &operands[1]);
    if (key != NULL && wl_ops_is_hashable(machine, &operands[1], key)) {
        if (en_kind(machine->heap, holder) == RT_KIND_SET) {
            answer = en_set_contains(machine->heap, holder, key);
        } else {
            answer = en_dict_get(machine->heap, holder, key) != NULL;
            if (answer == 0)
                (void)en_error(machine->heap);
        }
        if (answer < 0)
            wl_ops_complain_of_engine(machine);
        else
            print_pair(machine, operands, answer == 1);
    }
    en_xdecref(machine->heap, key);
    en_decref(machine->heap, holder);
}

WORD(print_has) {
    struct en_object *instance = wl_ops_value_of(machine, &operands[0], BIT(INSTANCE)), *name;
    int answer;

    (void)count;
    if (instance == NULL)
        return;
    name = wl_ops_is_dict_attribute(machine, &operands[1])
               ? NULL
               : wl_ops_attribute(machine, &operands[1]);
    if (name == NULL) {
        wl_ops_complain_of(machine, &operands[1], "cannot be asked for");
    } else {
        answer = en_attr_has(machine->heap, instance, name);
        if (answer < 0)
            wl_ops_complain_of_engine(machine);
        else
            print_pair(machine, operands, answer == 1);
    }
    en_xdecref(machine->heap, name);
    en_decref(machine->heap, instance);
}

/* ---- Of the collector --------------------------------------------------------------------------- */

WORD(print_collect) {
    int64_t generation, found;

    (void)count;
    if (!wl_ops_number_within(machine, &operands[0], 0, RT_GENERATIONS - 1, RT_GENERATIONS - 1,
                              &generation))
        return;
    found = en_gc_collect(machine->heap, (int)generation);
    if (found < 0)
        wl_ops_complain_of_engine(machine);
    else
        print_integer(machine, operands, found);
}

/* "count: 12 0 0" */
static void
print_three(struct wl_ops_machine *machine, int64_t (*read)(struct en_heap *, int)) {
    struct line line;
    struct rt_text *text = begin(machine, &line, NULL);

    for (int i = 0; i < RT_GENERATIONS; i++) {
        rt_text_string(text, i == 0 ? "" : " ");
        rt_text_integer(text, read(machine->heap, i));
    }
    wl_ops_print_line(machine, text);
}

static int64_t
read_count(struct en_heap *heap, int generation) {
    return en_gc_count(heap, generation);
}

static int64_t
read_threshold(struct en_heap *heap, int generation) {
    return en_gc_threshold(heap, generation);
}

WORD(print_count) {
    (void)operands;
    (void)count;
    print_three(machine, read_count);
}

WORD(print_thresholds) {
    (void)operands;
    (void)count;
    print_three(machine, read_threshold);
}

/* Since the script began: collections, collected and uncollectable of each generation. */
WORD(print_stats) {
    struct line line;
    struct rt_text *text = begin(machine, &line, NULL);

    (void)operands;
    (void)count;
    for (int i = 0; i < RT_GENERATIONS; i++) {
        struct rt_gc_stats now;
        en_gc_stats_read(machine->heap, i, &now);
        rt_text_string(text, i == 0 ? "" : ", ");
        rt_text_unsigned(text, now.collections - machine->stats[i].collections);
        rt_text_string(text, " ");
        rt_text_unsigned(text, now.collected - machine->stats[i].collected);
        rt_text_string(text, " ");
        rt_text_unsigned(text, now.uncollectable - machine->stats[i].uncollectable);
    }
    wl_ops_print_line(machine, text);
}

WORD(print_enabled) {
    (void)operands;
    (void)count;
    print_bool(machine, NULL, en_gc_is_enabled(machine->heap));
}

WORD(print_frozen) {
    (void)operands;
    (void)count;
    print_integer(machine, NULL,
                  (int64_t)en_gc_frozen_count(machine->heap) - machine->hidden_frozen);
}

WORD(print_garbage) {
    struct en_object *garbage = en_gc_garbage(machine->heap);

    (void)operands;
    (void)count;
    if (garbage == NULL)
        wl_ops_complain_of_engine(machine);
    else
        print_integer(machine, NULL, (int64_t)en_list_length(garbage));
}

WORD(print_objects) {
    struct en_object *list;
    int64_t generation, length;

    (void)count;
    if (!wl_ops_number_within(machine, &operands[0], 0, RT_GENERATIONS - 1, -1, &generation))
        return;
    list = en_gc_objects(machine->heap, (int)generation);
    if (list == NULL) {
        wl_ops_complain_of_engine(machine);
        return;
    }
    length = (int64_t)en_list_length(list);
    en_decref(machine->heap, list);
    if (generation < 0 || generation == RT_GENERATIONS - 1)
        length -= machine->hidden_objects;
    if (wl_ops_charge(machine, length / 8))
        print_integer(machine, operands, length);
}

WORD(print_live) {
    (void)operands;
    (void)count;
    print_integer(machine, NULL, en_live_bytes(machine->heap));
}
