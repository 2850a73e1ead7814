/* SPDX-License-Identifier: MIT
 *
 * ops_random.c: random op scripts. See ops_random.h.
 *
 * A script is made of templates, drawn by weight. A template's letters stand for what a statement of its kind
 * takes; which names are bound, and to what kind of object, is followed as well as that can be without running the
 * script: names that a finalizer or callback binds or drops are not, and so a statement may turn out to be a mistake,
 * about which both engines have to say the same.
 *
 * In a template `$` and a letter is replaced:
 *   $N   a name, bound by the statement to the template's kind
 *   $l $t $d $s $a $c $f $g $w $i $b $S $I $F $W $M
 *        a name bound to a list, tuple, dict, set, array, cell, function, generator, weak reference, instance,
 *        bytes, str, int, float, weak dict, weak set
 *   $v   any bound name, or a literal       $n   any bound name
 *   $o   a bound name of something that can be in a cycle
 *   $r   something that weak references can refer to
 *   $k   a literal, which hashes by its value; $# a small number; $% a larger one; $A an attribute's name; $C a
 *        class; $G a generation
 * Templates that need a name of a kind that there is none of are drawn again. `gc unfreeze` is in none: it lets loose
 * what the engine itself froze, of which each has its own.
 */
#include "workloads/ops_random.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/rng.h"

enum {
    NAMES_MAX = 64,
    LINE_BYTES = 256,
    LEAST_STATEMENTS = 200,
    MOST_STATEMENTS = 2000,
    UNBOUND = 0,
};

enum group {
    MAKE,
    STORE,
    REMOVE,
    WEAK,
    CODE,
    COLLECT,
    LOOK,
    GROUPS
};

struct template {
    enum group group;
    int weight;
    char kind; /* of the name that it binds; 0: none */
    const char *text;
};

static const struct template templates[] = {
    {MAKE, 4, 'l', "list $N"},
    {MAKE, 6, 'l', "list $N = $v $v"},
    {MAKE, 2, 'l', "list $N = $v $v $v $v $v"},
    {MAKE, 1, 'l', "repeated $N = $v $%"},
    {MAKE, 4, 't', "tuple $N = $v $v"},
    {MAKE, 2, 't', "tuple $N = $k $k $k"},
    {MAKE, 1, 't', "tuple $N"},
    {MAKE, 4, 'd', "dict $N"},
    {MAKE, 3, 'd', "dict $N = $k $v"},
    {MAKE, 2, 's', "set $N"},
    {MAKE, 2, 's', "set $N = $k $k"},
    {MAKE, 1, 'a', "array $N d $#"},
    {MAKE, 1, 'a', "array $N i $#"},
    {MAKE, 1, 'S', "str $N = \"$%x\""},
    {MAKE, 1, 'I', "int $N = $%"},
    {MAKE, 1, 'I', "power $N = $%"},
    {MAKE, 1, 'F', "float $N = 0.$%"},
    {MAKE, 1, 'b', "bytes $N = \"$%$%$%\""},
    {MAKE, 12, 'i', "new $N $C"},
    {MAKE, 2, 'l', "copy $N = $l"},
    {MAKE, 2, 'd', "copy $N = $d"},
    {MAKE, 1, 's', "copy $N = $s"},
    {MAKE, 1, 'l', "slice $N = $l[$#:$#]"},
    {MAKE, 1, 'S', "concat $N = $S $S"},
    {MAKE, 1, 'I', "sum $N = $I $I"},
    {STORE, 6, 0, "append $l $v"},
    {STORE, 6, 0, "append $l $o"},
    {STORE, 2, 0, "insert $l $# $v"},
    {STORE, 2, 0, "extend $l $l"},
    {STORE, 1, 0, "extend $l $t"},
    {STORE, 3, 0, "item $l[$#] = $o"},
    {STORE, 6, 0, "key $d[$k] = $o"},
    {STORE, 2, 0, "key $d[$r] = $v"},
    {STORE, 2, 0, "update $d $d"},
    {STORE, 3, 0, "add $s $k"},
    {STORE, 12, 0, "attr $i.$A = $o"},
    {STORE, 4, 0, "attr $i.$A = $v"},
    {STORE, 8, 0, "attr $i.$A = $i"},
    {STORE, 4, 0, "append $l $l"},
    {STORE, 4, 0, "append $l $i"},
    {STORE, 4, 0, "attr $i.$A = $l"},
    {STORE, 1, 0, "append $a $#"},
    {STORE, 2, 0, "put $c = $o"},
    {STORE, 1, 0, "intern $S"},
    {STORE, 1, 0, "grow $S $S"},
    {STORE, 3, 'l', "alias $N = $l"},
    {STORE, 3, 'i', "alias $N = $i"},
    {REMOVE, 14, UNBOUND, "drop $v"},
    {REMOVE, 2, 0, "pop $l"},
    {REMOVE, 2, 0, "pop $l $#"},
    {REMOVE, 1, 0, "clear $l"},
    {REMOVE, 1, 0, "clear $d"},
    {REMOVE, 1, 0, "clear $s"},
    {REMOVE, 1, 0, "del $l[$#:$#]"},
    {REMOVE, 2, 0, "del $d[$k]"},
    {REMOVE, 1, 0, "del $i.$A"},
    {REMOVE, 1, 0, "discard $s $k"},
    {REMOVE, 1, 0, "reverse $l"},
    {WEAK, 4, 'w', "weakref $N = $r"},
    {WEAK, 4, 'w', "weakref $N = $r runs print"},
    {WEAK, 2, 'w', "weakref $N = $r runs letgo"},
    {WEAK, 1, 'w', "weakref $N = $r runs makes"},
    {WEAK, 2, 'i', "deref $N = $w"},
    {WEAK, 2, 0, "print alive $w"},
    {WEAK, 1, 0, "print weakrefs $r"},
    {CODE, 2, 'c', "cell $N = $v"},
    {CODE, 1, 'c', "cell $N"},
    {CODE, 2, 'f', "function $N runs makes"},
    {CODE, 3, 'f', "closure $N runs letgo = $c $c"},
    {CODE, 1, 0, "call saved = $f"},
    {CODE, 2, 'm', "method $N = $f $i"},
    {CODE, 3, 'g', "generator $N $# slots 2 runs makes"},
    {CODE, 2, 0, "item $g[0] = $o"},
    {CODE, 2, 0, "next saved = $g"},
    {COLLECT, 3, 0, "print collect $G"},
    {COLLECT, 2, 0, "print collect"},
    {COLLECT, 1, 0, "gc disable"},
    {COLLECT, 3, 0, "gc enable"},
    {COLLECT, 1, 0, "gc threshold $% $# $#"},
    {COLLECT, 1, 0, "gc threshold $# 2 2"},
    {COLLECT, 1, 0, "gc freeze"},
    {LOOK, 10, 0, "print count"},
    {LOOK, 4, 0, "print stats"},
    {LOOK, 2, 0, "print objects $G"},
    {LOOK, 1, 0, "print objects"},
    {LOOK, 1, 0, "print frozen"},
    {LOOK, 1, 0, "print garbage"},
    {LOOK, 1, 0, "print enabled"},
    {LOOK, 1, 0, "print thresholds"},
    {LOOK, 4, 0, "print tracked $v"},
    {LOOK, 3, 0, "print refcount $o"},
    {LOOK, 4, 0, "print size $v"},
    {LOOK, 1, 0, "print deep $l"},
    {LOOK, 2, 0, "print len $l"},
    {LOOK, 1, 0, "print len $d"},
    {LOOK, 1, 0, "print finalized $i"},
    {LOOK, 1, 0, "print has $i.$A"},
    {LOOK, 1, 0, "print same $v $v"},
    {LOOK, 1, 0, "print hash $k"},
};

/* Finalizers and callbacks print, bring back, let go of something, and make something. */
static const char prologue[] = "class Plain inline\n"
                               "class Slotted slots x y weakref\n"
                               "class Bare slots x\n"
                               "class Dicted dict\n"
                               "class Saying inline finalizer print\n"
                               "class Saving inline finalizer resurrect saved\n"
                               "class Dropping slots x y weakref finalizer drop n3\n"
                               "class Making inline finalizer makes\n"
                               "block makes\n"
                               "  list made = 1 2\n"
                               "  append made made\n"
                               "  print text \"makes\"\n"
                               "end\n"
                               "block letgo\n"
                               "  print text \"lets go\"\n"
                               "  drop n1 n2\n"
                               "end\n";

static const char *const classes[] = {"Plain",  "Plain",  "Slotted",  "Bare",  "Dicted",
                                      "Saying", "Saving", "Dropping", "Making"};
static const char *const attributes[] = {"x", "y", "x", "y", "x", "y", "x", "y", "x", "zed"};
static const char *const literals[] = {"None", "1", "2.5", "\"k\"", "True", "-9"};

/* None is not among them: it hashes by its address. */
static const char *const keys[] = {"True", "1", "300", "2.5",          "\"k\"", "\"key two\"",
                                   "7",    "0", "-9",  "123456789012", "\"\""};

#define KIND_KNOB(field, most, first, text)                                                        \
    {                                                                                              \
        .name = "random." #field, .type = RT_KNOB_INTEGER,                                         \
        .offset = offsetof(struct wl_ops_random_knobs, field), .low = 0, .high = (most),           \
        .initial = (first), .unit = "", .help = text                                               \
    }

static const struct rt_knob rows[] = {
    KIND_KNOB(statements, 1000000, 0, "statements of a script; 0: 200 to 2000, as the seed says"),
    KIND_KNOB(names, NAMES_MAX, 20, "names that a script binds; few are bound over and over"),
    KIND_KNOB(mistakes, 1000, 20, "of a thousand statements, those whose operands are anything"),
    KIND_KNOB(make, 1000, 30, "how often something is made, beside the other weights"),
    KIND_KNOB(store, 1000, 35, "how often something is stored"),
    KIND_KNOB(remove, 1000, 18, "how often something is removed or dropped"),
    KIND_KNOB(weak, 1000, 6, "how often weak references are made and asked"),
    KIND_KNOB(code, 1000, 6, "how often functions, cells, generators come up"),
    KIND_KNOB(collect, 1000, 4, "how often the collector is told something"),
    KIND_KNOB(look, 1000, 10, "how often something is printed"),
};

struct rt_knob_table
wl_ops_random_knobs(void) {
    return (struct rt_knob_table){rows, sizeof rows / sizeof rows[0]};
}

struct writer {
    struct wl_rng rng;
    const struct wl_ops_random_knobs *knobs;
    char kinds[NAMES_MAX]; /* by name */
    char *text;
    size_t bytes, capacity;
    bool is_out_of_memory;
};

/* ---- Text --------------------------------------------------------------------------------------- */

static void
write_bytes(struct writer *writer, const char *text, size_t bytes) {
    if (writer->bytes + bytes > writer->capacity) {
        size_t wider = (writer->bytes + bytes) * 2;
        char *moved = realloc(writer->text, wider);
        if (moved == NULL) {
            writer->is_out_of_memory = true;
            return;
        }
        writer->text = moved;
        writer->capacity = wider;
    }
    memcpy(writer->text + writer->bytes, text, bytes);
    writer->bytes += bytes;
}

/* ---- What stands for a letter ------------------------------------------------------------------- */

static const char *
draw_word(struct writer *writer, const char *const *words, size_t count) {
    return words[wl_rng_below(&writer->rng, (uint32_t)count)];
}

#define DRAW(writer, words) draw_word(writer, words, sizeof(words) / sizeof((words)[0]))

static bool
fits(char kind, char letter) {
    if (kind == UNBOUND)
        return false;
    switch (letter) {
    case 'v':
    case 'n':
        return true;
    case 'o':
        return strchr("ltdicfgm", kind) != NULL;
    case 'r':
        return strchr("isfga", kind) != NULL;
    default:
        return kind == letter;
    }
}

/* -1: there is none. */
static int
draw_name(struct writer *writer, char letter) {
    int first = (int)wl_rng_below(&writer->rng, (uint32_t)writer->knobs->names);

    for (int i = 0; i < writer->knobs->names; i++) {
        int name = (first + i) % (int)writer->knobs->names;
        if (fits(writer->kinds[name], letter))
            return name;
    }
    return -1;
}

static void
put_name(struct rt_text *line, int name) {
    rt_text_string(line, "n");
    rt_text_integer(line, name);
}

/* False: there is nothing of the sort. */
static bool
put_letter(struct writer *writer, struct rt_text *line, char letter, int target) {
    int name;

    switch (letter) {
    case 'N':
        put_name(line, target);
        return true;
    case '#':
    case 'G':
        rt_text_unsigned(line, wl_rng_below(&writer->rng, letter == 'G' ? 3 : 6));
        return true;
    case '%':
        rt_text_unsigned(line, wl_rng_below(&writer->rng, 90));
        return true;
    case 'A':
        rt_text_string(line, DRAW(writer, attributes));
        return true;
    case 'C':
        rt_text_string(line, DRAW(writer, classes));
        return true;
    case 'k':
        rt_text_string(line, DRAW(writer, keys));
        return true;
    default:
        name = draw_name(writer, letter);
        if (letter == 'v' && (name < 0 || wl_rng_below(&writer->rng, 4) == 0)) {
            rt_text_string(line, DRAW(writer, literals));
            return true;
        }
        if (name >= 0)
            put_name(line, name);
        return name >= 0;
    }
}

/* ---- Statements --------------------------------------------------------------------------------- */

static const struct template *
draw_template(struct writer *writer) {
    const struct wl_ops_random_knobs *knobs = writer->knobs;
    const int64_t weights[GROUPS] = {knobs->make, knobs->store,   knobs->remove, knobs->weak,
                                     knobs->code, knobs->collect, knobs->look};
    int64_t all = 0, drawn;

    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++)
        all += weights[templates[i].group] * templates[i].weight;
    drawn = (int64_t)wl_rng_below(&writer->rng, (uint32_t)all);
    for (size_t i = 0;; i++) {
        drawn -= weights[templates[i].group] * templates[i].weight;
        if (drawn < 0)
            return &templates[i];
    }
}

/* False: it needs what there is none of. */
static bool
write_statement(struct writer *writer, const struct template *template, bool is_mistake) {
    int target = (int)wl_rng_below(&writer->rng, (uint32_t)writer->knobs->names);
    char data[LINE_BYTES];
    struct rt_text line;

    rt_text_init(&line, data, sizeof data);
    for (const char *at = template->text; *at != '\0'; at++) {
        const char plain[2] = {*at, '\0'};
        bool is_name = *at == '$' && strchr("NACGk#%", at[1]) == NULL;
        if (*at != '$')
            rt_text_string(&line, plain);
        else if (!put_letter(writer, &line, is_name && is_mistake ? 'n' : at[1], target))
            return false;
        at += *at == '$';
    }
    rt_text_string(&line, "\n");
    write_bytes(writer, data, line.length);
    if (template->kind != 0)
        writer->kinds[target] = template->kind;
    return true;
}

/* A name is dropped by itself: which one it is has to be known. */
static void
write_drop(struct writer *writer) {
    int name = draw_name(writer, 'v');
    char data[LINE_BYTES];
    struct rt_text line;

    if (name < 0)
        return;
    rt_text_init(&line, data, sizeof data);
    rt_text_string(&line, "drop ");
    put_name(&line, name);
    rt_text_string(&line, "\n");
    write_bytes(writer, data, line.length);
    writer->kinds[name] = UNBOUND;
}

static void
write_next(struct writer *writer) {
    bool is_mistake = (int64_t)wl_rng_below(&writer->rng, 1000) < writer->knobs->mistakes;
    bool is_done = false;

    for (int tries = 0; !is_done && tries < 100; tries++) {
        const struct template *template = draw_template(writer);
        if (strcmp(template->text, "drop $v") == 0) {
            write_drop(writer);
            return;
        }
        is_done = write_statement(writer, template, is_mistake);
    }
}

int
wl_ops_random(const struct wl_ops_random_knobs *knobs, uint64_t seed, char **ret_text,
              size_t *ret_bytes) {
    struct writer writer = {.knobs = knobs};
    int64_t statements = knobs->statements;

    if (knobs->names < 1 || knobs->make + knobs->store + knobs->remove + knobs->weak + knobs->code +
                                    knobs->collect + knobs->look ==
                                0)
        return -EINVAL;
    wl_rng_init(&writer.rng, seed);
    if (statements == 0)
        statements =
            LEAST_STATEMENTS + wl_rng_below(&writer.rng, MOST_STATEMENTS - LEAST_STATEMENTS + 1);
    write_bytes(&writer, prologue, sizeof prologue - 1);
    for (int64_t i = 0; i < statements && !writer.is_out_of_memory; i++)
        write_next(&writer);
    write_bytes(&writer, "print count\nprint stats\n", 24);
    if (writer.is_out_of_memory) {
        free(writer.text);
        return -ENOMEM;
    }
    *ret_text = writer.text;
    *ret_bytes = writer.bytes;
    return 0;
}
