/* SPDX-License-Identifier: MIT
 *
 * compiler.c: a growing heap with bursts of cyclic trash. Modules are compiled one after the other: each is
 * parsed into functions, which are trees of nodes with a table of symbols; names are resolved to types, which
 * all modules share; the result is written out. Then some functions are kept for good, and the others go all at
 * once. What is kept makes every full collection longer than the one before, and what goes waits for one.
 *
 *   function   an instance: name, scope, body. The body is the root of a tree of `compiler.function` nodes.
 *   scope      a dict of SYMBOLS symbols by name. A symbol knows its type, and may know its function.
 *   node       an instance: name, line, type, children, parent. Those that have children have a list of them.
 *
 * An operation is a module. Behind it there are a manual point and an idle window, behind each node and each
 * symbol a safe point.
 *
 * Invariants:
 *   - A function is cyclic or not: symbols and nodes of a cyclic one refer to their function and their parents.
 *     One that is not dies by count when its module goes, and so does all of it.
 *   - Which functions are cyclic and which are kept follows from their number alone, evenly spread and each
 *     independent of the other (Weyl's sequences).
 *   - A node's line and name and a symbol's type follow from the seed and their numbers. Writing out compares
 *     all of them, and the digest folds them in, in order, and at the end those that were kept once more.
 *     Shares of what is cyclic are not in it.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <stdlib.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum {
    SYMBOLS = 5,               /* of a scope */
    FAN = 3,                   /* children of a node that has any */
    TEXTS = 64,                /* different names of things */
    LINE_MASK = (1 << 30) - 1, /* an int of one digit */
    LINE_LEAST = 1 << 10,      /* above the ints that are shared */
    CLASSES_BYTES = 12000      /* four classes, their keys and the names, about */
};

enum {
    NAME,
    SCOPE,
    BODY,
    LINE,
    TYPE,
    CHILDREN,
    PARENT,
    OWNER,
    NUMBER,
    BASE,
    ATTRIBUTES
};

enum {
    METRIC_KEPT,
    METRIC_CYCLIC,
    METRIC_COUNT
};

struct compiler_knobs {
    int64_t modules, nodes, function, types, passes;
    double kept_share, cyclic_share;
};

struct compiler {
    const struct compiler_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *none, *node_class, *function_class, *symbol_class, *type_class;
    struct en_object *names[ATTRIBUTES], *texts[TEXTS];
    struct en_object *types, *program, *module; /* lists; the last two of functions */
    struct en_object **nodes;                   /* of the function that is made, borrowed */
    int64_t functions;                          /* of a module */
    int64_t made;
    uint64_t salt, digest;
    int64_t wrong;
};

static const char *const names[ATTRIBUTES] = {
    [NAME] = "name",         [SCOPE] = "scope",   [BODY] = "body",   [LINE] = "line",
    [TYPE] = "type",         [PARENT] = "parent", [OWNER] = "owner", [NUMBER] = "number",
    [CHILDREN] = "children", [BASE] = "base"};

static const struct wl_metric own_metrics[METRIC_COUNT] = {
    [METRIC_KEPT] = {"compiler.kept_objects", "objects", "none",
                     "objects of functions that were kept, which every full collection visits",
                     true},
    [METRIC_CYCLIC] = {"compiler.trash_objects", "objects", "none",
                       "objects of functions that became trash, for the collector to find", true},
};

static const struct rt_knob rows[] = {
    {.name = "compiler.modules",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct compiler_knobs, modules),
     .low = 1,
     .high = 1000000,
     .initial = 30,
     .unit = "modules",
     .help = "modules that are compiled; behind each is the point at which a program would collect "
             "by hand"},
    {.name = "compiler.nodes",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct compiler_knobs, nodes),
     .low = 1,
     .high = 100000000,
     .initial = 5000,
     .unit = "nodes",
     .help = "nodes of a module, to the next whole function: the size of the burst at its end"},
    {.name = "compiler.function",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct compiler_knobs, function),
     .low = 1,
     .high = 1000000,
     .initial = 50,
     .unit = "nodes",
     .help = "nodes of a function, which is kept or goes as one"},
    {.name = "compiler.types",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct compiler_knobs, types),
     .low = 1,
     .high = 10000000,
     .initial = 500,
     .unit = "types",
     .help = "types that all modules share, there from the beginning"},
    {.name = "compiler.passes",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct compiler_knobs, passes),
     .low = 1,
     .high = 10000,
     .initial = 1,
     .unit = "passes",
     .help =
         "times that the names of a module are resolved: work that makes nothing, and so lessens "
         "the collector's share"},
    {.name = "compiler.kept_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct compiler_knobs, kept_share),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 0.2,
     .unit = "",
     .help = "of the functions, those that are kept for good: how fast the heap grows"},
    {.name = "compiler.cyclic_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct compiler_knobs, cyclic_share),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 0.5,
     .unit = "",
     .help = "of the functions, those that only the collector can free; settings that were tried "
             "without any look cheap"},
};

/* ---- What follows from numbers ------------------------------------------------------------------ */

static bool
is_among(uint64_t step, double share, int64_t number) {
    return (double)(uint32_t)((uint64_t)number * step >> 32) < share * 0x1p32;
}

static bool
is_kept(const struct compiler_knobs *knobs, int64_t function) {
    return is_among(UINT64_C(0x9e3779b97f4a7c15), knobs->kept_share, function);
}

static bool
is_cyclic(const struct compiler_knobs *knobs, int64_t function) {
    return is_among(UINT64_C(0x6a09e667f3bcc909), knobs->cyclic_share, function);
}

static int64_t
functions_of_module(const struct compiler_knobs *knobs) {
    return (knobs->nodes + knobs->function - 1) / knobs->function;
}

/* What is drawn for one of a function's symbols, which come first, or nodes. */
static uint64_t
draw(const struct compiler *compiler, int64_t function, int64_t part) {
    uint64_t parts = (uint64_t)(SYMBOLS + compiler->knobs->function);
    return wl_rng_mix(compiler->salt + (uint64_t)function * parts + (uint64_t)part);
}

static int64_t
type_drawn(const struct compiler *compiler, uint64_t drawn) {
    return (int64_t)((drawn >> 32) * (uint64_t)compiler->knobs->types >> 32);
}

static int64_t
line_drawn(uint64_t drawn) {
    return (int64_t)(drawn & LINE_MASK) | LINE_LEAST;
}

static int64_t
symbol_drawn(uint64_t drawn) {
    return (int64_t)((drawn >> 32) * SYMBOLS >> 32);
}

/* A function's symbols have names that follow each other. */
static struct en_object *
name_of_symbol(const struct compiler *compiler, int64_t function, int64_t symbol) {
    return compiler->texts[(function + symbol) % TEXTS];
}

/* ---- Parsing ------------------------------------------------------------------------------------ */

static int
set(struct compiler *compiler, struct en_object *instance, int name, struct en_object *value) {
    return en_attr_set(compiler->heap, instance, compiler->names[name], value);
}

/* Takes over the value, which may be NULL: that has failed, too. */
static int
set_steal(struct compiler *compiler, struct en_object *instance, int name,
          struct en_object *value) {
    int error = value == NULL ? -1 : set(compiler, instance, name, value);
    en_xdecref(compiler->heap, value);
    return error;
}

/* Borrowed: the instance refers to it. */
static struct en_object *
get(struct compiler *compiler, struct en_object *instance, int name) {
    struct en_object *found = en_attr_get(compiler->heap, instance, compiler->names[name]);
    en_xdecref(compiler->heap, found);
    return found;
}

static int
add_symbol(struct compiler *compiler, struct en_object *function, struct en_object *scope,
           int64_t symbol) {
    const int64_t number = compiler->made;
    int64_t type = type_drawn(compiler, draw(compiler, number, symbol));
    struct en_object *made = en_instance_new(compiler->heap, compiler->symbol_class);
    int error = made == NULL ? -1 : 0;

    if (error == 0)
        error = set(compiler, made, TYPE, en_list_get(compiler->types, (size_t)type));
    if (error == 0)
        error = set(compiler, made, OWNER,
                    is_cyclic(compiler->knobs, number) ? function : compiler->none);
    if (error == 0)
        error = en_dict_set(compiler->heap, scope, name_of_symbol(compiler, number, symbol), made);
    en_xdecref(compiler->heap, made);
    en_safe_point(compiler->heap);
    return error;
}

static int
add_scope(struct compiler *compiler, struct en_object *function) {
    struct en_object *scope = en_dict_new(compiler->heap);
    int error = scope == NULL ? -1 : 0;

    for (int64_t symbol = 0; error == 0 && symbol < SYMBOLS; symbol++)
        error = add_symbol(compiler, function, scope, symbol);
    if (error == 0)
        error = set(compiler, function, SCOPE, scope);
    en_xdecref(compiler->heap, scope);
    return error;
}

/* Puts it where it belongs: the function's body, or a child of a node that was made before. */
static int
attach_node(struct compiler *compiler, struct en_object *function, int64_t place,
            struct en_object *node) {
    if (place == 0)
        return set(compiler, function, BODY, node);
    struct en_object *parent = compiler->nodes[(place - 1) / FAN];
    if ((place - 1) % FAN == 0 &&
        set_steal(compiler, parent, CHILDREN, en_list_new(compiler->heap, 0)) != 0)
        return -1;
    struct en_object *children = get(compiler, parent, CHILDREN);
    return children == NULL ? -1 : en_list_append(compiler->heap, children, node);
}

static int
add_node(struct compiler *compiler, struct en_object *function, int64_t place) {
    const int64_t number = compiler->made;
    uint64_t drawn = draw(compiler, number, SYMBOLS + place);
    struct en_object *node = en_instance_new(compiler->heap, compiler->node_class);
    struct en_object *parent = place == 0 ? function : compiler->nodes[(place - 1) / FAN];
    int error = node == NULL ? -1 : 0;

    if (!is_cyclic(compiler->knobs, number))
        parent = compiler->none;
    if (error == 0)
        error = set(compiler, node, NAME, name_of_symbol(compiler, number, symbol_drawn(drawn)));
    if (error == 0)
        error = set_steal(compiler, node, LINE, en_int(compiler->heap, line_drawn(drawn)));
    if (error == 0)
        error = set(compiler, node, TYPE, compiler->none);
    if (error == 0)
        error = set(compiler, node, CHILDREN, compiler->none);
    if (error == 0)
        error = set(compiler, node, PARENT, parent);
    if (error == 0)
        error = attach_node(compiler, function, place, node);
    compiler->nodes[place] = node;
    en_xdecref(compiler->heap, node);
    en_safe_point(compiler->heap);
    return error;
}

/* Adds the next one to the module. */
static int
parse_function(struct compiler *compiler) {
    struct en_object *function = en_instance_new(compiler->heap, compiler->function_class);
    int error = function == NULL ? -1 : 0;

    if (error == 0)
        error = set(compiler, function, NAME, name_of_symbol(compiler, compiler->made, 0));
    if (error == 0)
        error = add_scope(compiler, function);
    for (int64_t place = 0; error == 0 && place < compiler->knobs->function; place++)
        error = add_node(compiler, function, place);
    if (error == 0)
        error = en_list_append(compiler->heap, compiler->module, function);
    en_xdecref(compiler->heap, function);
    compiler->made++;
    return error;
}

/* ---- Resolving ---------------------------------------------------------------------------------- */

static int
resolve_node(struct compiler *compiler, struct en_object *scope, struct en_object *node) {
    struct en_object *name = get(compiler, node, NAME);
    struct en_object *symbol = name == NULL ? NULL : en_dict_get(compiler->heap, scope, name);
    struct en_object *type = symbol == NULL ? NULL : get(compiler, symbol, TYPE);
    struct en_object *children = get(compiler, node, CHILDREN);

    if (type == NULL || children == NULL || set(compiler, node, TYPE, type) != 0)
        return -1;
    size_t count = children == compiler->none ? 0 : en_list_length(children);
    for (size_t i = 0; i < count; i++)
        if (resolve_node(compiler, scope, en_list_get(children, i)) != 0)
            return -1;
    return 0;
}

static int
resolve_function(struct compiler *compiler, struct en_object *function) {
    struct en_object *scope = get(compiler, function, SCOPE);
    struct en_object *body = get(compiler, function, BODY);
    return scope == NULL || body == NULL ? -1 : resolve_node(compiler, scope, body);
}

/* ---- Writing out -------------------------------------------------------------------------------- */

static int
read_number(struct compiler *compiler, struct en_object *instance, int name, int64_t *ret_number) {
    struct en_object *number = instance == NULL ? NULL : get(compiler, instance, name);
    if (number == NULL)
        return -1;
    if (en_int_value(compiler->heap, number, ret_number) != 0)
        *ret_number = -1;
    return 0;
}

static int
write_node(struct compiler *compiler, struct en_object *node, int64_t function, int64_t place) {
    uint64_t drawn = draw(compiler, function, SYMBOLS + place);
    uint64_t symbol = draw(compiler, function, symbol_drawn(drawn));
    struct en_object *children = get(compiler, node, CHILDREN);
    int64_t line, type;

    if (children == NULL || read_number(compiler, node, LINE, &line) != 0 ||
        read_number(compiler, get(compiler, node, TYPE), NUMBER, &type) != 0)
        return -1;
    compiler->wrong += line != line_drawn(drawn) || type != type_drawn(compiler, symbol);
    compiler->digest =
        compiler->digest * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)line + ((uint64_t)type << 32);
    size_t count = children == compiler->none ? 0 : en_list_length(children);
    for (size_t i = 0; i < count; i++)
        if (write_node(compiler, en_list_get(children, i), function,
                       place * FAN + 1 + (int64_t)i) != 0)
            return -1;
    return 0;
}

static int
write_function(struct compiler *compiler, struct en_object *function, int64_t number) {
    struct en_object *body = get(compiler, function, BODY);
    return body == NULL ? -1 : write_node(compiler, body, number, 0);
}

/* Those that were kept, once more. */
static int
write_program(struct compiler *compiler) {
    size_t next = 0;

    for (int64_t i = 0; i < compiler->made; i++)
        if (is_kept(compiler->knobs, i) &&
            write_function(compiler, en_list_get(compiler->program, next++), i) != 0)
            return -1;
    compiler->wrong += next != en_list_length(compiler->program);
    return 0;
}

/* ---- What it is going to need ------------------------------------------------------------------- */

static int64_t
nodes_with_children(const struct compiler_knobs *knobs) {
    return (knobs->function - 1 + FAN - 1) / FAN;
}

/* That the collector knows of: the function, its scope, symbols, nodes, and their lists. */
static int64_t
objects_of_function(const struct compiler_knobs *knobs) {
    return 2 + SYMBOLS + knobs->function + nodes_with_children(knobs);
}

static int64_t
functions_bytes(const struct compiler_knobs *knobs, int64_t count) {
    int64_t nodes = count * knobs->function, symbols = count * SYMBOLS;
    int64_t instances = nodes + symbols + count;

    return instances * WL_SIZES_INSTANCE + wl_sizes_values(nodes, 5) + wl_sizes_values(symbols, 2) +
           wl_sizes_values(count, 3) + nodes * WL_SIZES_INT +
           count * (WL_SIZES_DICT + wl_sizes_string_keys(8)) +
           count * nodes_with_children(knobs) * wl_sizes_list(FAN, 1);
}

/* Of the first modules; those that are cyclic and go, or those that are kept. */
static int64_t
count_functions(const struct compiler_knobs *knobs, int64_t modules, bool kept) {
    int64_t all = modules * functions_of_module(knobs), count = 0;

    for (int64_t i = 0; i < all; i++)
        count += kept ? is_kept(knobs, i) : !is_kept(knobs, i) && is_cyclic(knobs, i);
    return count;
}

/* When the last module is complete. */
static uint64_t
compiler_peak_live_bytes(const void *fields) {
    const struct compiler_knobs *knobs = fields;
    int64_t functions = functions_of_module(knobs);
    int64_t kept = count_functions(knobs, knobs->modules - 1, true);
    int64_t types = knobs->types * (WL_SIZES_INSTANCE + WL_SIZES_INT + 8) +
                    wl_sizes_values(knobs->types, 2) + WL_SIZES_LIST;

    return (uint64_t)(CLASSES_BYTES + types + functions_bytes(knobs, kept + functions) +
                      wl_sizes_list(kept, 1) + wl_sizes_list(functions, 1));
}

static uint64_t
compiler_peak_trash_bytes(const void *fields) {
    const struct compiler_knobs *knobs = fields;
    int64_t trash = count_functions(knobs, knobs->modules - 1, false);
    return (uint64_t)functions_bytes(knobs, trash);
}

static uint64_t
compiler_operations(const void *fields) {
    return (uint64_t)((const struct compiler_knobs *)fields)->modules;
}

/* ---- The run ------------------------------------------------------------------------------------ */

static int
make_type(struct compiler *compiler, int64_t number) {
    struct en_object *type = en_instance_new(compiler->heap, compiler->type_class);

    if (type == NULL)
        return -1;
    en_list_put_steal(compiler->types, (size_t)number, type);
    struct en_object *base =
        number == 0 ? compiler->none : en_list_get(compiler->types, (size_t)(number - 1) / 2);
    if (set_steal(compiler, type, NUMBER, en_int(compiler->heap, number)) != 0)
        return -1;
    en_safe_point(compiler->heap);
    return set(compiler, type, BASE, base);
}

static int
make_library(struct compiler *compiler) {
    int error = 0;

    compiler->types = en_list_new(compiler->heap, (size_t)compiler->knobs->types);
    if (compiler->types != NULL)
        compiler->program = en_list_new(compiler->heap, 0);
    if (compiler->program == NULL)
        return -1;
    for (int64_t i = 0; error == 0 && i < compiler->knobs->types; i++)
        error = make_type(compiler, i);
    return error;
}

/* What is not kept goes at once: the burst. */
static int
finish_module(struct compiler *compiler, int64_t first) {
    const struct compiler_knobs *knobs = compiler->knobs;
    int64_t objects = objects_of_function(knobs);
    struct en_object *module = compiler->module;
    int error = 0;

    for (int64_t i = 0; error == 0 && i < compiler->functions; i++) {
        if (is_kept(knobs, first + i))
            error =
                en_list_append(compiler->heap, compiler->program, en_list_get(module, (size_t)i));
        else if (is_cyclic(knobs, first + i))
            compiler->run->trash_objects += (uint64_t)objects;
    }
    compiler->module = NULL;
    en_decref(compiler->heap, module);
    return error;
}

static int
compile_module(struct compiler *compiler) {
    const int64_t first = compiler->made, functions = compiler->functions;
    int error;

    compiler->module = en_list_new(compiler->heap, 0);
    error = compiler->module == NULL ? -1 : 0;
    for (int64_t i = 0; error == 0 && i < functions; i++)
        error = parse_function(compiler);
    for (int64_t i = 0; error == 0 && i < functions * compiler->knobs->passes; i++)
        error = resolve_function(compiler, en_list_get(compiler->module, (size_t)(i % functions)));
    for (int64_t i = 0; error == 0 && i < functions; i++)
        error = write_function(compiler, en_list_get(compiler->module, (size_t)i), first + i);
    return error == 0 ? finish_module(compiler, first) : error;
}

static int
run_all(struct compiler *compiler) {
    int error = make_library(compiler);

    for (int64_t i = 0; error == 0 && i < compiler->knobs->modules; i++) {
        wl_begin(compiler->run);
        error = compile_module(compiler);
        wl_end(compiler->run);
        if (error == 0) {
            en_manual_point(compiler->heap);
            en_idle_window(compiler->heap);
        }
    }
    return error == 0 ? write_program(compiler) : error;
}

static void
tell_metrics(const struct compiler *compiler, double *metrics) {
    int64_t objects = objects_of_function(compiler->knobs);
    int64_t kept = count_functions(compiler->knobs, compiler->knobs->modules, true);

    metrics[METRIC_KEPT] = (double)(kept * objects);
    metrics[METRIC_CYCLIC] = (double)compiler->run->trash_objects;
}

/* The types last, or what is left of the trash would count them in. */
static void
release_all(struct compiler *compiler) {
    struct en_object **all[] = {&compiler->module, &compiler->program, &compiler->types};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i] == &compiler->types)
            en_gc_collect(compiler->heap, RT_GENERATIONS - 1);
        en_xdecref(compiler->heap, *all[i]);
        *all[i] = NULL;
    }
    en_free_lists_clear(compiler->heap);
}

static int
compiler_run(struct wl_run *run) {
    struct compiler *compiler = run->state;
    int error = run_all(compiler);

    if (error != 0)
        error = -en_error(run->heap);
    tell_metrics(compiler, run->metrics);
    wl_done(run);
    release_all(compiler);
    run->digest = wl_rng_mix(compiler->digest);
    return wl_ended(run, error, compiler->made, "functions", compiler->wrong,
                    "nodes did not hold what was written into them");
}

/* ---- Before and after --------------------------------------------------------------------------- */

static struct en_object *
make_class(struct compiler *compiler, const char *name) {
    const struct en_class_spec spec = {.name = name};
    return en_class_new(compiler->heap, &spec);
}

/* What there is of them in case of a failure goes with drop_classes. */
static int
make_classes(struct compiler *compiler) {
    for (int i = 0; i < ATTRIBUTES; i++)
        if ((compiler->names[i] = en_name(compiler->heap, names[i])) == NULL)
            return -1;
    for (int i = 0; i < TEXTS; i++) {
        const char text[] = {(char)('a' + i / 8), (char)('a' + i % 8), '\0'};
        if ((compiler->texts[i] = en_name(compiler->heap, text)) == NULL)
            return -1;
    }
    if ((compiler->node_class = make_class(compiler, "Node")) == NULL ||
        (compiler->function_class = make_class(compiler, "Function")) == NULL ||
        (compiler->symbol_class = make_class(compiler, "Symbol")) == NULL)
        return -1;
    compiler->type_class = make_class(compiler, "Type");
    return compiler->type_class == NULL ? -1 : 0;
}

static void
drop_classes(struct compiler *compiler) {
    struct en_object **all[] = {&compiler->node_class, &compiler->function_class,
                                &compiler->symbol_class, &compiler->type_class};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        en_xdecref(compiler->heap, *all[i]);
        *all[i] = NULL;
    }
    for (int i = 0; i < ATTRIBUTES; i++) {
        en_xdecref(compiler->heap, compiler->names[i]);
        compiler->names[i] = NULL;
    }
    for (int i = 0; i < TEXTS; i++) {
        en_xdecref(compiler->heap, compiler->texts[i]);
        compiler->texts[i] = NULL;
    }
}

static int
compiler_prepare(struct wl_run *run) {
    const struct compiler_knobs *knobs = run->knobs;
    struct compiler *compiler = calloc(1, sizeof *compiler);

    run->state = compiler;
    if (compiler == NULL)
        return -ENOMEM;
    compiler->knobs = knobs;
    compiler->run = run;
    compiler->heap = run->heap;
    compiler->none = en_none(run->heap);
    compiler->functions = functions_of_module(knobs);
    compiler->salt = compiler->digest = wl_rng_derive(run->seed, 1);
    compiler->nodes = calloc((size_t)knobs->function, sizeof(struct en_object *));
    if (compiler->nodes == NULL)
        return -ENOMEM;
    int error = make_classes(compiler);
    if (error != 0)
        drop_classes(compiler);
    return wl_prepared(run, error, "a request failed while the classes were made");
}

static void
compiler_finish(struct wl_run *run) {
    struct compiler *compiler = run->state;

    if (compiler != NULL) {
        drop_classes(compiler);
        free(compiler->nodes);
    }
    free(compiler);
    run->state = NULL;
}

extern const struct wl_workload wl_compiler;
const struct wl_workload wl_compiler = {
    .name = "compiler",
    .summary = "modules are compiled one after the other: some of each is kept for good, the rest "
               "goes in a burst, in part as cyclic trash",
    .caveat = "functions are all of one size and shape, no two refer to each other, and nothing is "
              "read from files or printed, so that the collector's share is larger than a "
              "compiler's",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct compiler_knobs),
    .metrics = own_metrics,
    .metric_count = METRIC_COUNT,
    .peak_live_bytes = compiler_peak_live_bytes,
    .peak_trash_bytes = compiler_peak_trash_bytes,
    .operations = compiler_operations,
    .prepare = compiler_prepare,
    .run = compiler_run,
    .finish = compiler_finish,
};
